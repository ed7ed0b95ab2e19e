"""How long the database takes at scale: views, search, publishing and linking over synthetic records.

Run with ``python tests/bench/bench_store.py [PAPERS]`` (1,000,000 by default; there are five extractions a paper). Each figure stands beside its bound.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from miner.config import init_workspace
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.connect import open_reader
from miner.store.linking import link_all_records
from miner.store.search import search, sync_search
from miner.store.snapshot import content_digest

BOUNDS = {
    "view by key (s)": 0.05,
    "v_effect in full (s)": 5.0,
    "search (s)": 0.3,
    "publish (s)": 30.0,
    "link (s)": 600.0,
    "peak memory up to here (GB)": 4.0,
}

# A vocabulary with Zipf's frequencies; every tenth record is a preprint of the one before, with the same authors and almost the same title.
_WORDS = "CREATE TEMP TABLE vocabulary AS SELECT i, 'w' || (i * 7919 % 99991) || chr((97 + i % 26)::INTEGER) AS word FROM range(50000) t(i)"


def fill(con: Any, papers: int) -> None:
    """Write synthetic papers, authors, documents, extractions and effects."""
    con.execute(_WORDS)
    # Texts are put together from a few thousand different sentences, since making each word by itself would take longer than the bench.
    con.execute(
        """CREATE TEMP TABLE sentence AS
           SELECT s, string_agg(word, ' ' ORDER BY k) AS text FROM (
               SELECT s, k, word FROM range(20000) t(s), range(12) u(k)
               JOIN vocabulary v ON v.i = floor(exp(ln(50000) * ((hash(s, k) % 1000003) / 1000003.0)))::BIGINT) GROUP BY s"""
    )
    con.execute(f"CREATE TEMP TABLE seed AS SELECT i, CASE WHEN i % 10 = 9 THEN i - 1 ELSE i END AS work FROM range({papers}) t(i)")
    con.execute(
        """CREATE TEMP TABLE made AS
            SELECT i, work, t.text || ' ' || work AS title,
                   a.text || '. ' || b.text || '. ' || c.text || '. ' || d.text || '. ' || e.text || '. ' || f.text || '. ' || g.text || '.' AS abstract
            FROM seed JOIN sentence t ON t.s = hash(work, 't') % 20000
            JOIN sentence a ON a.s = hash(work, 1) % 20000 JOIN sentence b ON b.s = hash(work, 2) % 20000 JOIN sentence c ON c.s = hash(work, 3) % 20000
            JOIN sentence d ON d.s = hash(work, 4) % 20000 JOIN sentence e ON e.s = hash(work, 5) % 20000 JOIN sentence f ON f.s = hash(work, 6) % 20000
            JOIN sentence g ON g.s = hash(i, 7) % 20000"""
    )
    con.execute(
        """INSERT INTO paper (paper_id, source, title, abstract, year, venue, doi, arxiv_id, pmid, categories, version, withdrawn, retracted,
                              publication_types, mesh, digest)
           SELECT CASE WHEN i % 10 = 9 THEN 'arxiv:' || i ELSE 'pmid:' || i END, CASE WHEN i % 10 = 9 THEN 'arxiv' ELSE 'pubmed' END, title, abstract,
                  2000 + (work % 25)::INTEGER, 'Journal ' || work % 500, CASE WHEN i % 10 = 9 THEN NULL ELSE '10.1000/' || i END,
                  CASE WHEN i % 10 = 9 THEN i::VARCHAR END, CASE WHEN i % 10 <> 9 THEN i::VARCHAR END, [], 1, FALSE, FALSE, [], [], md5(i::VARCHAR)
           FROM made"""
    )
    con.execute(
        """INSERT INTO author (paper_id, position, name, family, given, affiliations)
           SELECT paper_id, k, 'A Family' || f, 'Family' || f, 'A', []
           FROM (SELECT paper_id, k, hash(coalesce(arxiv_id::BIGINT - 1, pmid::BIGINT), k) % 40000 AS f FROM paper, range(4) u(k))"""
    )
    con.execute(
        """INSERT INTO document (document_id, paper_id, kind, sha256, parser, parser_version, state)
           SELECT paper_id || '#abstract', paper_id, 'abstract', digest, 'abstract', '1', 'read' FROM paper"""
    )
    con.execute(
        "INSERT INTO extraction_pass SELECT document_id, r, '1', 'r', sha256 FROM document, (VALUES ('sample_size'), ('performance')) v(r)"
    )
    con.execute(
        """INSERT INTO extraction (extraction_id, document_id, document_sha256, paper_id, kind, value, unit, role, own, metric, claim, "start", "end", quote,
                                   sentence, rule_id, rule_version, rule_sha256, score)
           SELECT 'x' || md5(document_id || k), document_id, sha256, paper_id, CASE WHEN k < 2 THEN 'sample_size' ELSE 'performance' END,
                  CASE WHEN k < 2 THEN 50 + hash(document_id, k) % 1000 ELSE 0.5 + (hash(document_id, k) % 499) / 1000 END, 'participant', 'total', TRUE,
                  CASE k WHEN 2 THEN 'accuracy' WHEN 3 THEN 'auc' WHEN 4 THEN 'sensitivity' END, CASE WHEN k >= 2 THEN 'own' END, 10 * k, 10 * k + 4,
                  '0.91', 'A sentence that holds the value which was found in the text, with some further words around it, number ' || k,
                  CASE WHEN k < 2 THEN 'sample_size' ELSE 'performance' END, '1', 'r', 1.0
           FROM document, range(5) u(k)"""
    )
    con.execute(
        """INSERT INTO effect (effect_id, study_id, paper_id, origin, metric, estimate, n, n_unit, n_role, year, decided, performance_extraction_id)
           SELECT 'e' || extraction_id, paper_id, paper_id, 'extracted', metric, value, 100, 'participant', 'total', 2010, 'the only one', extraction_id
           FROM extraction WHERE kind = 'performance'"""
    )


def timed(work: Callable[[], Any], runs: int = 1) -> float:
    """Return the best of some runs, in seconds."""
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def measure(papers: int, folder: Path) -> dict[str, float]:
    """Return the figures."""
    place = init_workspace(folder)
    found: dict[str, float] = {}
    with writing(place) as con:
        con.execute(f"SET temp_directory = '{folder}/spill'")
        con.execute("SET memory_limit = '2GB'")  # linking's own memory comes on top
        fill(con, papers)
        con.execute("CHECKPOINT")
        found["first index (s)"] = timed(lambda: sync_search(con))
        start = time.perf_counter()
        studies = link_all_records(con)
        found["link (s)"] = time.perf_counter() - start
        found["peak memory up to here (GB)"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        found["studies a paper"] = studies / papers
        found["digest (s)"] = timed(lambda: content_digest(con))
        con.execute("UPDATE paper SET venue = 'changed' WHERE paper_id = 'pmid:1'")
        found["publish (s)"] = timed(lambda: publish(con, place))
    found["snapshot (GB)"] = place.current.resolve().stat().st_size / 1e9
    with open_reader(place.current) as con:
        one = f"pmid:{papers // 2 // 10 * 10 + 1}"
        views = ("v_paper", "v_sample_size", "v_performance", "v_label", "v_effect", "v_study")
        by_view = {v: timed(lambda v=v: con.execute(f"SELECT * FROM {v} WHERE paper_id = ?", [one]).fetchall(), 5) for v in views}
        found |= {f"{view} by key (s)": seconds for view, seconds in by_view.items()}
        found["view by key (s)"] = max(by_view.values())
        found["v_effect in full (s)"] = timed(lambda: con.sql("SELECT * FROM v_effect").to_arrow_table(), 3)
        words = [r[0] for r in con.execute("SELECT term FROM search_term ORDER BY term_id LIMIT 400 OFFSET 100").fetchall()]
        found["search (s)"] = max(timed(lambda i=i: search(con, f"{words[i]} {words[i + 200]}"), 3) for i in (0, 50, 150))
        common = [
            r[0]
            for r in con.execute(
                "SELECT t.term FROM search_posting p JOIN search_term t USING (term_id) GROUP BY ALL ORDER BY count(*) DESC LIMIT 2"
            ).fetchall()
        ]
        found["search, commonest words (s)"] = timed(lambda: search(con, " ".join(common)), 3)
    return found


def run(papers: int = 50_000) -> dict[str, Any]:
    """Measure a smaller database than the bounds are for; they hold for a million papers."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure(papers, Path(folder))
    rows = [{"what": k, "measured": round(v, 3), "bound at a million papers": BOUNDS.get(k, "")} for k, v in found.items()]
    return {
        "what": f"the database with {papers:,} papers and five extractions each",
        "table": rows,
        "passes": all(found[k] <= b for k, b in BOUNDS.items() if k in found),
    }


def main() -> None:
    """Print the figures of a database of the size given, with their bounds where there are any."""
    papers = int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else 1_000_000
    for row in run(papers)["table"]:
        print(
            f"{row['what']}: {row['measured']}"
            + (f" (bound {row['bound at a million papers']:g})" if row["bound at a million papers"] else "")
        )


if __name__ == "__main__":
    main()
