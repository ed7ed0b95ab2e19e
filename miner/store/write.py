"""Writing papers: upserts in bulk through Arrow; a record whose content is unchanged is not written again."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import TYPE_CHECKING

from miner.store.arrow import registered
from miner.store.connect import transaction
from miner.store.paper_tables import CHILDREN as _CHILDREN
from miner.store.paper_tables import COLUMNS, PaperTables, paper_tables
from miner.store.rows import now, scalar
from miner.types import Author, Paper

if TYPE_CHECKING:
    import duckdb

BATCH = 5_000


@dataclass(slots=True)
class WriteCounts:
    """How many records were received, and what became of them."""

    received: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def add(self, other: WriteCounts) -> None:
        """Add the counts of another batch."""
        for f in fields(self):
            setattr(self, f.name, getattr(self, f.name) + getattr(other, f.name))


def upsert_papers(con: duckdb.DuckDBPyConnection, papers: Iterable[Paper], job: str) -> WriteCounts:
    """Insert new records, replace changed ones, keep every version received.

    Of several records of one identifier, in one call or over time, the one of the highest version stands in ``paper``; of equal
    versions the one revised last, and of those the one received last. All stand in ``paper_version``.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    papers : iterable of Paper
    job : str
        What brings them; recorded in ``paper_job``.
    """
    total, stream = WriteCounts(), iter(papers)
    while batch := list(islice(stream, BATCH)):
        total.add(upsert_tables(con, paper_tables(_with_known(con, batch)), job))
    return total


def foresee(con: duckdb.DuckDBPyConnection, papers: Iterable[Paper]) -> WriteCounts:
    """Return what :func:`upsert_papers` would do, and write nothing; a reader will do. Each batch is told apart from what is in the database only."""
    total, stream = WriteCounts(), iter(papers)
    while batch := list(islice(stream, BATCH)):
        con.register("incoming", paper_tables(_with_known(con, batch)).paper)
        new, changed = con.execute(f"SELECT count(*) FILTER (is_new), count(*) FILTER (NOT is_new) FROM ({_CHOICE})").fetchall()[0]  # noqa: S608 -- ours
        con.unregister("incoming")
        total.add(WriteCounts(len(batch), new, changed, len(batch) - new - changed))
    return total


def upsert_tables(con: duckdb.DuckDBPyConnection, tables: PaperTables, job: str, sequence: int | None = None) -> WriteCounts:
    """Do the same with papers that are tables already.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    tables : PaperTables
    job : str
    sequence : int, optional
        The place of the file that brings them in the source's own order: a record that a later file deleted is left out.
    """
    import duckdb

    with transaction(con):
        con.register("incoming", tables.paper)
        try:
            written = _merge(con, tables, job, sequence)
            con.execute("DROP TABLE chosen_paper")
        finally:
            with suppress(duckdb.Error):  # after a fatal error nothing can be done; that error is what counts
                con.unregister("incoming")
    return written


_CHOICE = """
    SELECT i.row, i.paper_id, p.paper_id IS NULL AS is_new FROM incoming i LEFT JOIN paper p USING (paper_id)
    WHERE i.latest AND (p.paper_id IS NULL OR (p.digest <> i.digest AND (i.version > p.version OR (i.version = p.version
          AND coalesce(i.updated >= p.updated, true)))))"""
_CHOOSE = "CREATE OR REPLACE TEMP TABLE chosen_paper AS" + _CHOICE
_NOT_GONE = """ AND NOT EXISTS (SELECT 1 FROM deleted_record d WHERE d.paper_id = i.paper_id AND d.sequence > $sequence)"""


def _merge(con: duckdb.DuckDBPyConnection, tables: PaperTables, job: str, sequence: int | None) -> WriteCounts:
    later = scalar(con, "SELECT count(*) FROM deleted_record WHERE sequence > ?", [sequence]) if sequence is not None else 0
    gone, parameters = (_NOT_GONE, {"sequence": sequence}) if later else ("", {})
    con.execute(
        f"""INSERT INTO paper_job SELECT DISTINCT paper_id, $job FROM incoming i
           WHERE NOT EXISTS (SELECT 1 FROM paper_job j WHERE j.paper_id = i.paper_id AND j.job = $job){gone}""",  # noqa: S608 -- ours
        {"job": job, **parameters},
    )
    con.execute(
        f"""INSERT INTO paper_version
           SELECT paper_id, version, digest, title, abstract, updated, doi, raw_sha256 FROM incoming i
           WHERE true{gone} ON CONFLICT DO NOTHING""",  # noqa: S608 -- ours
        parameters,
    )
    con.execute(_CHOOSE + gone, parameters)
    counts = con.execute("SELECT count(*) FILTER (is_new), count(*) FILTER (NOT is_new) FROM chosen_paper").fetchall()[0]
    new, changed = int(counts[0]), int(counts[1])
    if new or changed:
        columns = ", ".join(COLUMNS)
        updates = ", ".join(f"{c} = excluded.{c}" for c in COLUMNS if c != "paper_id")
        con.execute(
            f"""INSERT INTO paper ({columns}, first_seen) SELECT {columns}, ? FROM incoming WHERE row IN (SELECT row FROM chosen_paper)
                {"ON CONFLICT DO UPDATE SET " + updates if changed else ""}""",  # noqa: S608 -- column names of ours
            [now("microseconds")],
        )
        _replace_children(con, tables, changed=changed > 0)
    return WriteCounts(len(tables), new, changed, len(tables) - new - changed)


def _replace_children(con: duckdb.DuckDBPyConnection, tables: PaperTables, *, changed: bool) -> None:
    for name, columns in _CHILDREN.items():
        if changed:
            con.execute(f"DELETE FROM {name} WHERE paper_id IN (SELECT paper_id FROM chosen_paper WHERE NOT is_new)")  # noqa: S608 -- a name of ours
        con.register("children", tables.children[name])
        names = ", ".join(columns)
        con.execute(f"INSERT INTO {name} ({names}) SELECT {names} FROM children WHERE row IN (SELECT row FROM chosen_paper)")  # noqa: S608 -- names of ours
        con.unregister("children")


def _with_known(con: duckdb.DuckDBPyConnection, batch: list[Paper]) -> list[Paper]:
    """Complete arXiv records with what another interface told of the same version.

    The search API gives affiliations and no licence, OAI-PMH a licence and names in their parts: without this, crawls over both would
    replace each other's records in turn.
    """
    arxiv = {p.paper_id for p in batch if p.source == "arxiv"}
    if not arxiv:
        return batch
    with registered(con, "wanted", {"paper_id": sorted(arxiv)}):
        rows = con.execute(
            """SELECT p.paper_id, p.version, p.license, p.withdrawn,
                      list([a.name, a.family, a.given, a.suffix] ORDER BY a.position) FILTER (a.name IS NOT NULL),
                      list(a.affiliations ORDER BY a.position) FILTER (a.name IS NOT NULL)
               FROM paper p SEMI JOIN wanted USING (paper_id) LEFT JOIN author a USING (paper_id)
               GROUP BY ALL"""
        ).fetchall()
    known = {r[0]: r[1:] for r in rows}
    return [_completed(p, *known[p.paper_id][1:]) if p.paper_id in known and known[p.paper_id][0] == p.version else p for p in batch]


def _completed(
    paper: Paper, licence: str | None, withdrawn: bool, names: list[list[str | None]] | None, affiliations: list[list[str]] | None
) -> Paper:
    authors = paper.authors
    if names and affiliations and len(names) == len(authors):
        authors = tuple(_author(*parts) for parts in zip(authors, names, affiliations, strict=True))
    return replace(paper, license=paper.license or licence, withdrawn=paper.withdrawn or withdrawn, authors=authors)


def _author(author: Author, known: list[str | None], affiliations: list[str]) -> Author:
    name, family, given, suffix = known
    places = author.affiliations or tuple(affiliations)
    if author.family is None and family is not None:
        return Author(name or author.name, family, given, author.initials, suffix, affiliations=places)
    return replace(author, affiliations=places)


# In an order in which nothing refers to what is gone.
_OF_A_PAPER = (
    "effect", "study_link", "study", "extraction", "fulltext_download", "document", *_CHILDREN, "citation_count", "citation_reference", "paper_job", "paper_version", "paper",
)  # fmt: skip


def delete_papers(con: duckdb.DuckDBPyConnection, paper_ids: Iterable[str]) -> int:
    """Remove records that their source has deleted (PubMed's DeleteCitation), with all that was read from them.

    Returns
    -------
    int
        How many of them were there.
    """
    ids = sorted(set(paper_ids))
    with registered(con, "deleted", {"paper_id": ids}):
        there = scalar(con, "SELECT count(*) FROM paper WHERE paper_id IN (SELECT paper_id FROM deleted)")
        with transaction(con):
            con.execute(
                """DELETE FROM extraction_pass
                   WHERE document_id IN (SELECT document_id FROM document WHERE paper_id IN (SELECT paper_id FROM deleted))"""
            )
            con.execute("DELETE FROM study_link WHERE other_id IN (SELECT paper_id FROM deleted)")
            for table in ("document_section", "document_layout"):
                con.execute(
                    f"""DELETE FROM {table}
                       WHERE document_id IN (SELECT document_id FROM document WHERE paper_id IN (SELECT paper_id FROM deleted))"""  # noqa: S608 -- names of ours
                )
            for table in ("effect_candidate", "effect_label"):
                con.execute(
                    f"""DELETE FROM {table}
                       WHERE effect_id IN (SELECT effect_id FROM effect WHERE paper_id IN (SELECT paper_id FROM deleted))"""  # noqa: S608 -- names of ours
                )
            for table in _OF_A_PAPER:
                con.execute(f"DELETE FROM {table} WHERE paper_id IN (SELECT paper_id FROM deleted)")  # noqa: S608 -- names of ours
    return int(there)


def delete_in_order(con: duckdb.DuckDBPyConnection, paper_ids: Iterable[str], file: str, sequence: int | None) -> int:
    """Remove records that a file of a numbered series deletes, but not those that a later file has brought; return how many were there.

    What it deletes is noted, so that an earlier file that is read later does not bring it back. Without ``sequence`` it is a plain deletion.
    """
    ids = sorted(set(paper_ids))
    if sequence is None:
        return delete_papers(con, ids)
    with registered(con, "gone", {"paper_id": ids}):
        con.execute(
            """INSERT INTO deleted_record SELECT paper_id, $file, $sequence FROM gone
               ON CONFLICT DO UPDATE SET file = CASE WHEN excluded.sequence > sequence THEN excluded.file ELSE file END,
                                         sequence = greatest(sequence, excluded.sequence)""",
            {"file": file, "sequence": sequence},
        )
        later = con.execute(
            """SELECT p.paper_id FROM paper p SEMI JOIN gone USING (paper_id)
               JOIN bulk_file f ON f.sha256 = p.raw_sha256 WHERE f.sequence > ?""",
            [sequence],
        ).fetchall()
    return delete_papers(con, set(ids) - {r[0] for r in later})
