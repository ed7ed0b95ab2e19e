"""How often papers are cited, and what they cite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from miner.store.arrow import registered
from miner.store.connect import transaction

if TYPE_CHECKING:
    import duckdb

    from miner.harvest.records import Cited


def write_citations(con: duckdb.DuckDBPyConnection, found: Sequence[Cited]) -> None:
    """Write counts and references in place of what the same provider said before; those of papers that are not here are left out."""
    import pyarrow as pa

    latest = {(c.paper_id, c.provider): c for c in found}
    counts = list(latest.values())
    names = ("paper_id", "provider", "work_id", "cited_by", "raw_sha256")
    references = [(c.paper_id, c.provider, i, r) for c in counts for i, r in enumerate(c.references or ())]
    listed = [c for c in counts if c.references is not None]
    columns = ("paper_id", "provider", "position", "work_id")
    with (
        transaction(con),
        registered(con, "counted", {n: [getattr(c, n) for c in counts] for n in names}, {"cited_by": pa.int64()}),
        registered(con, "listed", {n: [getattr(c, n) for c in listed] for n in names[:2]}),
        registered(con, "referred", {n: [r[i] for r in references] for i, n in enumerate(columns)}),
    ):
        con.execute(
            """INSERT INTO citation_count BY NAME SELECT * FROM counted SEMI JOIN paper USING (paper_id)
               ON CONFLICT DO UPDATE SET work_id = excluded.work_id, cited_by = excluded.cited_by, raw_sha256 = excluded.raw_sha256"""
        )
        con.execute("DELETE FROM citation_reference WHERE (paper_id, provider) IN (SELECT (paper_id, provider) FROM listed)")
        con.execute("INSERT INTO citation_reference BY NAME SELECT * FROM referred SEMI JOIN paper USING (paper_id)")


def papers_to_look_up(con: duckdb.DuckDBPyConnection, limit: int | None = None) -> list[tuple[str, str | None, str | None]]:
    """Return (paper_id, DOI, PMID) of all papers that have one of the two, those without a count first."""
    return con.execute(
        f"""SELECT p.paper_id, p.doi, p.pmid FROM paper p
            LEFT JOIN citation_count c ON c.paper_id = p.paper_id AND c.provider = 'openalex'
            WHERE p.doi IS NOT NULL OR p.pmid IS NOT NULL
            ORDER BY c.paper_id IS NOT NULL, p.paper_id {f"LIMIT {int(limit)}" if limit else ""}"""  # noqa: S608 -- a number
    ).fetchall()
