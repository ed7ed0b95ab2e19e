"""Finding records that report the same study: by identifiers, then by likeness inside blocks; nothing here compares all with all.

Blocking and likeness run in DuckDB (Christen, *Data Matching*, 2012, chapters 4 and 5); miner.link.studies decides.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from miner.errors import UsageError
from miner.link.identifiers import works
from miner.link.studies import Link, Linked, link_records
from miner.store.arrow import registered
from miner.store.rows import scalar

if TYPE_CHECKING:
    import duckdb

# A block of more records is a heading ("Editorial"), not a title; leaving it out keeps the number of pairs linear.
LARGEST_BLOCK = 60
YEARS_APART = 3

_RECORDS = r"""
CREATE OR REPLACE TEMP TABLE link_record AS
WITH a AS (
    SELECT paper_id, list(DISTINCT strip_accents(lower(coalesce(family, regexp_extract(name, '(\S+)$', 1)))) ) AS families,
           arg_min(strip_accents(lower(coalesce(family, regexp_extract(name, '(\S+)$', 1)))), position) AS first_family
    FROM author WHERE collective IS NULL GROUP BY paper_id
), t AS (
    SELECT paper_id, year, source, list_contains(publication_types, 'Preprint') AS preprint, abstract, doi, pmid,
           trim(regexp_replace(lower(strip_accents(regexp_replace(title, '<[^>]*>|\\[a-zA-Z]+\*?|[$]', ' ', 'g'))), '[^a-z0-9]+', ' ', 'g')) AS title
    FROM paper
)
SELECT t.paper_id, t.year, t.source, t.preprint, t.title, replace(t.title, ' ', '') AS squeezed, list_distinct(string_split(t.title, ' ')) AS words,
       coalesce(a.families, []) AS families, a.first_family, t.doi, t.pmid,
       list_sort(regexp_extract_all(t.title, '\b(?:\d+\w*|ii|iii|iv|v|vi|vii|viii|ix|x)\b')) AS numerals,
       regexp_matches(t.title, '^(author |publisher )?(correction|corrigendum|erratum|retraction|reply|response|comment|letter|expression of concern|withdrawn|retracted)\b') AS about
FROM t LEFT JOIN a USING (paper_id)
"""

# Typing errors and changed words spoil some of the keys, rarely all of them.
_BLOCKS = """
CREATE OR REPLACE TEMP TABLE link_block AS
WITH titled AS (
    SELECT paper_id, squeezed, first_family, list_sort(list_filter(words, lambda w: length(w) > 3)) AS long,
           list_reverse_sort(list_transform(list_filter(words, lambda w: length(w) > 3), lambda w: {'n': length(w), 'w': w})) AS by_length
    FROM link_record WHERE length(squeezed) >= 12
), key AS (
    SELECT paper_id, hash('start', squeezed[1:16]) AS key FROM titled
    UNION ALL SELECT paper_id, hash('end', squeezed[-16:]) FROM titled
    UNION ALL SELECT paper_id, hash('longest', by_length[1].w, by_length[2].w) FROM titled WHERE len(by_length) >= 2
    UNION ALL SELECT paper_id, hash('author', first_family, by_length[1].w) FROM titled WHERE first_family IS NOT NULL AND len(by_length) >= 1
    UNION ALL SELECT paper_id, hash('author', first_family, by_length[2].w) FROM titled WHERE first_family IS NOT NULL AND len(by_length) >= 2
    UNION ALL SELECT paper_id, hash('author', first_family, by_length[3].w) FROM titled WHERE first_family IS NOT NULL AND len(by_length) >= 3
    UNION ALL SELECT paper_id, hash('set', long) FROM titled WHERE len(long) >= 3
)
SELECT key, paper_id FROM key
WHERE key IN (SELECT key FROM key GROUP BY key HAVING count(*) BETWEEN 2 AND $largest)
"""

_PAIRS = """
CREATE OR REPLACE TEMP TABLE link_pair AS
WITH pair AS (
    SELECT DISTINCT x.paper_id AS a, y.paper_id AS b
    FROM link_block x JOIN link_block y ON x.key = y.key AND x.paper_id < y.paper_id
), seen AS (
    SELECT p.a, p.b, r.squeezed = s.squeezed AND length(r.squeezed) >= 20 AS same_title,
           len(list_intersect(r.words, s.words)) / greatest(len(list_distinct(list_concat(r.words, s.words))), 1) AS words,
           jaro_winkler_similarity(r.squeezed, s.squeezed) AS spelling,
           levenshtein(r.squeezed[1:200], s.squeezed[1:200]) / greatest(length(r.squeezed[1:200]), length(s.squeezed[1:200])) AS edits,
           len(list_intersect(r.families, s.families)) / greatest(least(len(r.families), len(s.families)), 1) AS authors,
           least(len(r.families), len(s.families)) AS known_authors, r.first_family = s.first_family AS same_first,
           least(length(r.squeezed), length(s.squeezed)) >= 30 AND (starts_with(r.squeezed, s.squeezed) OR starts_with(s.squeezed, r.squeezed)) AS extends
    FROM pair p JOIN link_record r ON r.paper_id = p.a JOIN link_record s ON s.paper_id = p.b
    WHERE (r.year IS NULL OR s.year IS NULL OR abs(r.year - s.year) <= $years)
      AND r.numerals = s.numerals AND r.about = s.about
      AND NOT (r.source = s.source AND r.preprint = s.preprint AND r.doi IS NULL AND s.doi IS NULL AND NOT (r.squeezed = s.squeezed AND r.families = s.families))
)
SELECT * FROM seen
WHERE (authors >= 0.5 OR known_authors = 0) AND (same_title OR words >= 0.35 OR edits <= 0.25 OR extends)
"""

# Two works of one group often have titles that differ in a word (CT, MRI); only there the abstracts decide, so they are compared for few pairs.
_ALIKE = r"""
WITH word AS (
    SELECT paper_id, list_distinct(regexp_extract_all(lower(abstract), '[a-z]{4,}')) AS words
    FROM paper WHERE paper_id IN (SELECT a FROM link_pair UNION SELECT b FROM link_pair)
), scored AS (
    SELECT p.*, CASE WHEN len(x.words) >= 20 AND len(y.words) >= 20
                     THEN len(list_intersect(x.words, y.words)) / len(list_distinct(list_concat(x.words, y.words))) END AS abstracts
    FROM link_pair p JOIN word x ON x.paper_id = p.a JOIN word y ON y.paper_id = p.b
)
SELECT a, b, round(least(0.99, 0.5 * greatest(words, 1 - edits) + 0.25 * CASE WHEN known_authors = 0 THEN 0.5 ELSE authors END + 0.25 * coalesce(abstracts, 0.5)), 3) AS score
FROM scored
WHERE CASE WHEN abstracts IS NULL
           THEN (same_title AND (known_authors > 0 OR length_ok))
                OR (known_authors > 0 AND same_first AND authors >= 0.6 AND edits <= 0.08)
           ELSE (same_title AND abstracts >= 0.2 AND (known_authors > 0 OR abstracts >= 0.5))
                OR (known_authors > 0 AND (edits <= 0.08 OR words >= 0.8) AND abstracts >= 0.4)
                OR (known_authors > 0 AND abstracts >= 0.55)
      END
"""
# Without authors or abstracts, a title must be long to be told from a heading.
_LONG_TITLE = "(SELECT length(squeezed) >= 40 FROM link_record r WHERE r.paper_id = a)"


def link_all_records(con: duckdb.DuckDBPyConnection) -> int:
    """Make one study of the records that report the same work, and keep why; return the number of studies.

    Identifiers come first (DOI, arXiv identifier and its DOI, PMCID, PubMed's own links between a preprint and its article), then titles,
    years, authors and abstracts inside blocks. Reviewers' merges and splits stand above both.
    """
    decided = _decided(con)
    apart = frozenset(p for p, (action, _) in decided.items() if action == "split")
    manual = [Link(p, o, "merged by a reviewer", 2.0) for p, (action, o) in decided.items() if action == "merge" and o]
    named = _works(con)
    candidates = [*manual, *_by_identifier(con, named), *_by_likeness(con)]
    found = link_records(candidates, named, apart)
    _write(con, found, apart)
    return int(scalar(con, "SELECT count(DISTINCT study_id) FROM study"))


def _works(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    rows = con.execute("SELECT paper_id, doi, arxiv_id FROM paper WHERE doi IS NOT NULL OR arxiv_id IS NOT NULL").fetchall()
    return {paper: works(doi, arxiv_id) for paper, doi, arxiv_id in rows}


def _by_identifier(con: duckdb.DuckDBPyConnection, named: dict[str, dict[str, str]]) -> list[Link]:
    first: dict[tuple[str, str], str] = {}
    links = []
    for paper in sorted(named):
        for kind, name in named[paper].items():
            other = first.setdefault((kind, name), paper)
            if other != paper:
                links.append(Link(other, paper, "same arXiv identifier" if kind == "arxiv" else "same DOI", 1.0))
    shared = con.execute(
        """SELECT min(paper_id) OVER same, paper_id FROM paper WHERE nullif(trim(pmcid), '') IS NOT NULL
           WINDOW same AS (PARTITION BY upper(trim(pmcid)))
           QUALIFY count(*) OVER same > 1 AND paper_id > min(paper_id) OVER same"""
    ).fetchall()
    links += [Link(a, b, "same PMCID", 1.0) for a, b in shared]
    updates = con.execute(
        """SELECT DISTINCT least(c.paper_id, p.paper_id), greatest(c.paper_id, p.paper_id)
           FROM correction c JOIN paper p ON p.pmid = c.pmid
           WHERE c.kind IN ('UpdateIn', 'UpdateOf') AND c.paper_id <> p.paper_id"""
    ).fetchall()
    return links + [Link(a, b, "linked by PubMed as preprint and article", 1.0) for a, b in updates]


def _by_likeness(con: duckdb.DuckDBPyConnection) -> list[Link]:
    con.execute(_RECORDS)
    con.execute(_BLOCKS, {"largest": LARGEST_BLOCK})
    con.execute(_PAIRS, {"years": YEARS_APART})
    rows = con.execute(_ALIKE.replace("length_ok", _LONG_TITLE)).fetchall()
    for table in ("link_pair", "link_block", "link_record"):
        con.execute(f"DROP TABLE {table}")
    return [Link(a, b, "title, year and authors alike", float(score)) for a, b, score in rows]


def _write(con: duckdb.DuckDBPyConnection, found: Linked, apart: frozenset[str]) -> None:
    papers = list(found.study_of)
    columns = {
        "paper_id": papers,
        "study_id": [found.study_of[p] for p in papers],
        "reason": [found.reason_of[p] for p in papers],
    }
    links = {
        "paper_id": [x.paper_id for x in found.links],
        "other_id": [x.other_id for x in found.links],
        "reason": [x.reason for x in found.links],
        "score": [x.score for x in found.links],
    }
    con.execute("BEGIN")
    try:
        con.execute("DELETE FROM study")
        con.execute("DELETE FROM study_link")
        with registered(con, "linked", columns), registered(con, "found_link", links), registered(con, "alone", {"paper_id": sorted(apart)}):
            con.execute(
                """INSERT INTO study (study_id, paper_id, reason)
                   SELECT coalesce(l.study_id, p.paper_id), p.paper_id,
                          coalesce(l.reason, CASE WHEN a.paper_id IS NOT NULL THEN 'split off by a reviewer' END, 'single record')
                   FROM paper p LEFT JOIN linked l USING (paper_id) LEFT JOIN alone a USING (paper_id)"""
            )
            con.execute("INSERT INTO study_link BY NAME SELECT * FROM found_link")
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise


def _decided(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str | None]]:
    """Return the last word on each record that has one."""
    rows = con.execute("SELECT paper_id, action, other_id FROM link_decision ORDER BY link_decision_id").fetchall()
    return {paper: (action, other) for paper, action, other in rows}


def decide_link(con: duckdb.DuckDBPyConnection, action: str, paper_id: str, other_id: str | None, reviewer: str, note: str | None = None) -> None:
    """Record a reviewer's word on which study a record belongs to; linking honours the last one.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    action : str
        ``split`` (the record is a study of its own), ``merge`` (it belongs to the study of ``other_id``) or ``free`` (forget the earlier word).
    paper_id, other_id : str
        Records.
    reviewer, note : str
        Who, and why.

    Raises
    ------
    UsageError
        If there is no such record.
    """
    for paper in filter(None, (paper_id, other_id)):
        if not scalar(con, "SELECT count(*) FROM paper WHERE paper_id = ?", [paper]):
            raise UsageError(f"there is no record {paper!r}", hint="miner sql 'select paper_id, title from v_paper' lists them")
    if paper_id == other_id:
        raise UsageError("a record cannot be merged with itself", where=paper_id)
    con.execute(
        "INSERT INTO link_decision SELECT coalesce(max(link_decision_id), 0) + 1, ?, ?, ?, ?, ?, ? FROM link_decision",
        [action, paper_id, other_id, reviewer, datetime.now(UTC).isoformat(timespec="seconds"), note],
    )
