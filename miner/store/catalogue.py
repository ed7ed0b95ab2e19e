"""What the database says of its own views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miner.store.select import select
from miner.store.snapshot import CLOCK

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


_COLUMNS = """SELECT {first}column_name AS "column", data_type AS type, comment AS meaning FROM duckdb_columns()
              WHERE NOT internal AND {where} ORDER BY table_name, column_index"""
# What a session of statements asks of a snapshot: its views, their columns, and the words that can be completed.
VIEWS = "SELECT view_name AS view, comment AS holds FROM duckdb_views() WHERE NOT internal AND starts_with(view_name, 'v_') ORDER BY 1"
COLUMNS_OF_VIEWS = _COLUMNS.format(first="table_name AS view, ", where="starts_with(table_name, 'v_')")
COLUMNS_OF_ONE = _COLUMNS.format(first="", where="table_name = $name")
WORDS = """SELECT keyword_name AS word FROM duckdb_keywords() WHERE keyword_category = 'reserved'
           UNION SELECT view_name FROM duckdb_views() WHERE NOT internal UNION SELECT table_name FROM duckdb_tables() WHERE NOT internal
           UNION SELECT column_name FROM duckdb_columns() WHERE NOT internal"""


def described(con: duckdb.DuckDBPyConnection, view: str) -> tuple[str, list[tuple[str, str, str | None]]]:
    """Return a view's comment, and of each column name, type and comment, without :data:`miner.store.snapshot.CLOCK`."""
    comment = con.execute("SELECT comment FROM duckdb_views() WHERE view_name = ?", [view]).fetchall()
    columns = con.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = ? AND NOT internal ORDER BY column_index", [view]
    ).fetchall()
    return comment[0][0] if comment else "", [c for c in columns if c[0] != CLOCK]


def whole_view(con: duckdb.DuckDBPyConnection, view: str) -> pa.Table:
    """Return all rows of a view of ours, in an order that depends on nothing else, without :data:`miner.store.snapshot.CLOCK`."""
    columns = ", ".join(f'"{name}"' for name, *_ in described(con, view)[1])
    return select(con, f"SELECT {columns} FROM {view} ORDER BY ALL")  # noqa: S608 -- names of ours


def first_rows(view: str, number: int) -> str:
    """Return the statement that reads the first rows of a view."""
    return f'SELECT * FROM "{view}" LIMIT {number}'  # noqa: S608 -- a view of the catalogue
