"""Key terms, key sentences and related papers in the database: what is yet to be read, what papers are compared by, and what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miner.store.arrow import registered
from miner.store.connect import transaction
from miner.store.rows import scalar

if TYPE_CHECKING:
    import duckdb

    from miner.describe.facets import KeySentence
    from miner.describe.terms import Term

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Undescribed:
    """One record whose terms and key sentences are yet to be read in its present state."""

    paper_id: str
    digest: str
    title: str
    abstract: str
    keywords: tuple[str, ...]
    mesh: tuple[str, ...]


def forget_descriptions(con: duckdb.DuckDBPyConnection) -> None:
    """Remove what was read of records that are gone or have changed."""
    with transaction(con):
        con.execute(
            "DELETE FROM paper_described WHERE NOT EXISTS (SELECT 1 FROM paper p WHERE p.paper_id = paper_described.paper_id AND p.digest = paper_described.digest)"
        )
        for table in ("paper_term", "paper_facet"):
            con.execute(f"DELETE FROM {table} WHERE paper_id NOT IN (SELECT paper_id FROM paper_described)")  # noqa: S608 -- names of ours
        con.execute("DELETE FROM paper_related WHERE paper_id NOT IN (SELECT paper_id FROM paper)")


def describable(con: duckdb.DuckDBPyConnection) -> int:
    """Return how many records there are."""
    return int(scalar(con, "SELECT count(*) FROM paper"))


def undescribed(con: duckdb.DuckDBPyConnection, version: str) -> Iterator[list[Undescribed]]:
    """Yield, in batches, the records that were not read in their present state by this version; the caller writes before the next batch."""
    last = ""
    while True:
        rows = con.execute(
            f"""WITH waiting AS (
                    SELECT p.paper_id, p.digest, p.title, p.abstract, p.mesh
                    FROM paper p LEFT JOIN paper_described d ON d.paper_id = p.paper_id AND d.digest = p.digest AND d.version = ?
                    WHERE d.paper_id IS NULL AND p.paper_id > ? ORDER BY p.paper_id LIMIT {BATCH}
                ), worded AS (
                    SELECT paper_id, list(keyword ORDER BY position) AS keywords FROM keyword
                    WHERE kind = 'author' AND paper_id IN (SELECT paper_id FROM waiting) GROUP BY paper_id)
                SELECT w.paper_id, w.digest, w.title, w.abstract, coalesce(k.keywords, []), w.mesh
                FROM waiting w LEFT JOIN worded k USING (paper_id) ORDER BY w.paper_id""",  # noqa: S608 -- a number of ours
            [version, last],
        ).fetchall()
        if not rows:
            return
        yield [
            Undescribed(paper, digest, title, abstract, tuple(words), tuple(mesh)) for paper, digest, title, abstract, words, mesh in rows
        ]
        last = rows[-1][0]


def write_descriptions(
    con: duckdb.DuckDBPyConnection, version: str, found: Sequence[tuple[Undescribed, Sequence[Term], Sequence[KeySentence]]]
) -> None:
    """Write what was read in place of what was read before, in one transaction."""
    import pyarrow as pa

    terms = [(p.paper_id, rank, t.term, t.surface, t.weight, t.source) for p, ts, _ in found for rank, t in enumerate(ts, 1)]
    facets = [
        (p.paper_id, s.facet, s.section, s.start, s.end, f"{p.title}\n{p.abstract}"[s.start : s.end], s.score)
        for p, _, fs in found
        for s in fs
    ]
    read = {"paper_id": [p.paper_id for p, _, _ in found], "digest": [p.digest for p, _, _ in found], "version": [version] * len(found)}
    with transaction(con), registered(con, "read_now", read, {"version": pa.string()}):
        for table in ("paper_term", "paper_facet"):
            con.execute(f"DELETE FROM {table} WHERE paper_id IN (SELECT paper_id FROM read_now)")  # noqa: S608 -- names of ours
        _insert(con, "paper_term", ("paper_id", "rank", "term", "surface", "weight", "source"), terms)
        _insert(con, "paper_facet", ("paper_id", "facet", "section", "start", "end", "text", "score"), facets)
        con.execute(
            """INSERT INTO paper_described (paper_id, digest, version) SELECT paper_id, digest, version FROM read_now
               ON CONFLICT DO UPDATE SET digest = excluded.digest, version = excluded.version"""
        )


def _insert(con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    import pyarrow as pa

    types = {"rank": pa.int32(), "weight": pa.float64(), "why": pa.list_(pa.string())}
    with registered(con, "found_now", {c: [row[i] for row in rows] for i, c in enumerate(columns)}, types):
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM found_now")  # noqa: S608 -- names of ours


# Stems as search has them, and key terms as they are: numbered by their order, so that numbers do not hang on what came first.
_WORDS = """
CREATE OR REPLACE TEMP TABLE compared_word AS
WITH counted AS (
    SELECT d.paper_id, t.term AS word, p.tf AS count
    FROM search_posting p JOIN search_document d ON d.doc = p.doc JOIN search_term t ON t.term_id = p.term_id
    WHERE NOT regexp_full_match(t.term, '[0-9]*|.')
    UNION ALL
    SELECT paper_id, lower(term), 1 + (rank <= 4)::INTEGER FROM paper_term WHERE contains(term, ' ')
)
SELECT paper_id, word, sum(count)::INTEGER AS count FROM counted GROUP BY paper_id, word
"""
# What a paper cites, itself (so that it is coupled with those that cite it), and those that cite it.
_WORKS = """
CREATE OR REPLACE TEMP TABLE compared_work AS
SELECT paper_id, provider || ' ' || work_id AS work FROM citation_reference
UNION SELECT paper_id, provider || ' ' || work_id FROM citation_count
UNION SELECT c.paper_id, 'by ' || r.paper_id
FROM citation_reference r JOIN citation_count c ON c.provider = r.provider AND c.work_id = r.work_id
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """What papers are compared by.

    Their names in order, with the digests of the weights by which each was compared last; words and works as arrays of numbers, what they are called, and hashes
    of that; and which works are which papers.
    """

    papers: list[str]
    last: list[str | None]
    words: Mapping[str, Any]
    word_names: list[str]
    word_hashes: Any
    works: Mapping[str, Any]
    work_names: list[str]
    work_hashes: Any
    own_works: Mapping[str, str]


def compared(con: duckdb.DuckDBPyConnection) -> Compared:
    """Return what papers are compared by; the index of search must be up to date."""
    con.execute(_WORDS)
    con.execute(_WORKS)
    try:
        papers = con.execute(
            "SELECT p.paper_id, d.compared FROM paper p LEFT JOIN paper_described d USING (paper_id) ORDER BY p.paper_id"
        ).fetchall()
        words, word_names, word_hashes = _numbered(con, "compared_word", "word", ", x.count")
        works, work_names, work_hashes = _numbered(con, "compared_work", "work", "")
        own = dict(con.execute("SELECT provider || ' ' || work_id, min(paper_id) FROM citation_count GROUP BY ALL").fetchall())
    finally:
        con.execute("DROP TABLE IF EXISTS compared_word; DROP TABLE IF EXISTS compared_work")
    names, last = [p for p, _ in papers], [c for _, c in papers]
    return Compared(names, last, words, word_names, word_hashes, works, work_names, work_hashes, own)


def _numbered(con: duckdb.DuckDBPyConnection, table: str, name: str, more: str) -> tuple[Mapping[str, Any], list[str], Any]:
    """Return rows (paper, name) as numbers, the names that stand in at least two papers, and hashes of these."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE compared_name AS
            SELECT {name} AS name, (row_number() OVER (ORDER BY {name}) - 1)::INTEGER AS number FROM {table} GROUP BY {name} HAVING count(*) > 1"""  # noqa: S608 -- names of ours
    )
    names = con.execute("SELECT name, hash(name) AS hash FROM compared_name ORDER BY number").fetchnumpy()
    rows = con.execute(
        f"""SELECT p.number AS paper, n.number AS name{more}
            FROM {table} x JOIN compared_name n ON n.name = x.{name}
            JOIN (SELECT paper_id, (row_number() OVER (ORDER BY paper_id) - 1)::INTEGER AS number FROM paper) p ON p.paper_id = x.paper_id
            ORDER BY paper, name"""  # noqa: S608 -- names of ours
    ).fetchnumpy()
    con.execute("DROP TABLE compared_name")
    return rows, list(names["name"]), names["hash"]


def related_so_far(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, float]]]:
    """Return the lists of related papers as they are, the nearest first."""
    lists: dict[str, list[tuple[str, float]]] = {}
    for paper, other, score in con.execute("SELECT paper_id, other_id, score FROM paper_related ORDER BY paper_id, rank").fetchall():
        lists.setdefault(paper, []).append((other, score))
    return lists


def texts_of(con: duckdb.DuckDBPyConnection, papers: Sequence[str]) -> dict[str, str]:
    """Return the titles and abstracts of papers."""
    with registered(con, "asked_now", {"paper_id": list(papers)}):
        rows = con.execute(
            "SELECT paper_id, concat_ws(chr(10), title, abstract) FROM paper SEMI JOIN asked_now USING (paper_id)"
        ).fetchall()
    return dict(rows)


def write_related(
    con: duckdb.DuckDBPyConnection,
    changed: Mapping[str, Sequence[tuple[str, float, Sequence[str]]]],
    compared_by: Mapping[str, str],
) -> None:
    """Write lists of related papers in place of those of the same papers, and the digests of the weights that they were compared by."""
    rows = [(p, other, rank, score, list(why)) for p, near in changed.items() for rank, (other, score, why) in enumerate(near, 1)]
    names = {"paper_id": list(changed)}
    marks = {"paper_id": list(compared_by), "compared": list(compared_by.values())}
    with transaction(con), registered(con, "changed_now", names), registered(con, "marked_now", marks):
        con.execute("DELETE FROM paper_related WHERE paper_id IN (SELECT paper_id FROM changed_now)")
        _insert(con, "paper_related", ("paper_id", "other_id", "rank", "score", "why"), rows)
        con.execute("UPDATE paper_described SET compared = m.compared FROM marked_now m WHERE m.paper_id = paper_described.paper_id")
