"""Reading from a snapshot what exports write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.export.references import Reference
from miner.say import counted
from miner.store.bibliography import ALL_PAPERS, read_bibliography
from miner.store.query import named_queries
from miner.store.select import select

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb
    import pyarrow as pa

    from miner.export.format import Export


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
    table = rows_of(con, source, ALL_PAPERS)
    if "paper_id" not in table.column_names:
        raise UsageError("the query gives no column paper_id", where=source, hint="select paper_id, …")
    ids = list(dict.fromkeys(p for p in table.column("paper_id").to_pylist() if p is not None))
    return references_of(con, ids)


def references_of(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> list[Reference]:
    """Return what a bibliography says of these records, in their order."""
    return [_reference(row) for row in read_bibliography(con, ids)]


def write_references(asked: Export, written: Callable[[list[Reference]], str]) -> str:
    """Write the records that were asked for as ``written`` gives them, and return a sentence on it."""
    references = read_references(asked.con, asked.query)
    asked.output.write_text(written(references), encoding="utf-8")
    return f"{counted(len(references), 'record')} written to {asked.output}"


def _reference(row: dict[str, Any]) -> Reference:
    authors = tuple(_name(family or "", given or "", collective) for family, given, collective in row.pop("authors") or [])
    return Reference(**{**row, "keywords": tuple(row["keywords"] or ())}, authors=authors)


def _name(family: str, given: str, collective: bool) -> tuple[str, str]:
    """Part a name that its source gives in one piece, as arXiv does: what stands last is the family name."""
    if given or collective or " " not in family:
        return family, given
    first, _, last = family.rpartition(" ")
    return last, first
