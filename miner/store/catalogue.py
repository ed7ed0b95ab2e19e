"""What the database says of its own views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miner.store.query import select

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


def described(con: duckdb.DuckDBPyConnection, view: str) -> tuple[str, list[tuple[str, str, str | None]]]:
    """Return a view's comment, and of each column name, type and comment."""
    comment = con.execute("SELECT comment FROM duckdb_views() WHERE view_name = ?", [view]).fetchall()
    columns = con.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = ? AND NOT internal ORDER BY column_index", [view]
    ).fetchall()
    return comment[0][0] if comment else "", columns


def whole_view(con: duckdb.DuckDBPyConnection, view: str) -> pa.Table:
    """Return all rows of a view of ours, in an order that depends on nothing else."""
    return select(con, f"SELECT * FROM {view} ORDER BY ALL")  # noqa: S608 -- a name of ours
