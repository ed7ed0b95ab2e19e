"""Files that are read in bulk: which were read whole, and how much is written at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miner.store.rows import scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb


def write_once(con: duckdb.DuckDBPyConnection) -> None:
    """Let batches go to the log only; by default DuckDB writes each twice, there and at once into the file, which takes in the log when it is closed."""
    con.execute("SET checkpoint_threshold = '256MB'")


def received_of(con: duckdb.DuckDBPyConnection, job: str, sha256: str, parser_version: str) -> int | None:
    """Return how many records a file brought that was read whole by this version of the parser; None where it was not."""
    count: int | None = scalar(
        con, "SELECT received FROM bulk_file WHERE job = ? AND sha256 = ? AND parser_version = ?", [job, sha256, parser_version]
    )
    return count


def write_file(con: duckdb.DuckDBPyConnection, row: Sequence[Any]) -> None:
    """Note that a file was read whole; ``row`` has the columns of ``bulk_file``."""
    con.execute("INSERT OR REPLACE INTO bulk_file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
