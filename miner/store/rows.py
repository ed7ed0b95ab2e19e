"""Reading single values and rows by name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def now(timespec: str = "seconds") -> str:
    """Return the time as the database writes it: ISO 8601, UTC, to the second or, with ``microseconds``, to the millionth of one."""
    return datetime.now(UTC).isoformat(timespec=timespec)


def scalar(con: duckdb.DuckDBPyConnection, sql: str, parameters: Any = None) -> Any:
    """Return the first value of the first row, or None; all rows are fetched, since DuckDB refuses other work before that."""
    rows = con.execute(sql, parameters).fetchall()
    return rows[0][0] if rows else None


def dicts(con: duckdb.DuckDBPyConnection, sql: str, parameters: Any = None) -> list[dict[str, Any]]:
    """Return the rows, each by the names of its columns."""
    result = con.execute(sql, parameters)
    names = [d[0] for d in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
