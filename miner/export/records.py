"""Reading from a snapshot what exports write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.export.references import Reference
from miner.store.arrow import registered
from miner.store.query import named_queries, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    import pyarrow as pa

_REFERENCES = """
SELECT p.paper_id, p.source, p.title, p.abstract, p.year, p.published, coalesce(p.venue, p.journal_ref) AS venue, p.doi, p.pmid, p.pmcid,
       p.arxiv_id, p.language, CASE WHEN len(p.mesh) > 0 THEN p.mesh ELSE p.categories END AS keywords, s.included,
       a.names AS authors
FROM wanted w JOIN paper p USING (paper_id) LEFT JOIN v_screening s USING (paper_id)
LEFT JOIN (SELECT paper_id, list((coalesce(collective, family, name),
                                  CASE WHEN collective IS NULL AND family IS NOT NULL THEN coalesce(given, initials, '') ELSE '' END,
                                  collective IS NOT NULL) ORDER BY position) AS names
           FROM author WHERE paper_id IN (SELECT paper_id FROM wanted) GROUP BY paper_id) a USING (paper_id)
ORDER BY w.position
"""


def rows_of(con: duckdb.DuckDBPyConnection, source: str | None, default: str) -> pa.Table:
    """Run the query that an export is made from: the name of a named query, or a SELECT; ``default`` where none is given."""
    queries = named_queries()
    if source in queries:
        return select(con, queries[source].sql, queries[source].parameters)
    return select(con, source or default)


def read_references(con: duckdb.DuckDBPyConnection, source: str | None) -> list[Reference]:
    """Return the records whose ``paper_id`` a query gives, each once, in its order; all of ``v_paper`` where there is no query.

    Raises
    ------
    UsageError
        If the query gives no column ``paper_id``.
    QueryError
        If it fails.
    """
    table = rows_of(con, source, "SELECT paper_id FROM v_paper ORDER BY paper_id")
    if "paper_id" not in table.column_names:
        raise UsageError("the query gives no column paper_id", where=source, hint="select paper_id, …")
    ids = list(dict.fromkeys(p for p in table.column("paper_id").to_pylist() if p is not None))
    return _references(con, ids)


def _references(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> list[Reference]:
    with registered(con, "wanted", {"paper_id": list(ids), "position": list(range(len(ids)))}):
        result = con.execute(_REFERENCES)
        names = [d[0] for d in result.description or []]
        return [_reference(dict(zip(names, row, strict=True))) for row in result.fetchall()]


def _reference(row: dict[str, Any]) -> Reference:
    authors = tuple(_name(family or "", given or "", collective) for family, given, collective in row.pop("authors") or [])
    return Reference(**{**row, "keywords": tuple(row["keywords"] or ())}, authors=authors)


def _name(family: str, given: str, collective: bool) -> tuple[str, str]:
    """Part a name that its source gives in one piece, as arXiv does: what stands last is the family name."""
    if given or collective or " " not in family:
        return family, given
    first, _, last = family.rpartition(" ")
    return last, first
