"""Opening the database for writing, or a snapshot locked down for reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from miner.errors import LockedError, StoreError
from miner.store.migrate import migrate

if TYPE_CHECKING:
    import duckdb

MEMORY_LIMIT = "2GB"
_LOCKED_DOWN: dict[str, str | int | float | list[str]] = {
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "memory_limit": MEMORY_LIMIT,
    "lock_configuration": True,
}


def open_writer(path: Path) -> duckdb.DuckDBPyConnection:
    """Open (or make) the database for writing, with all migrations applied.

    Raises
    ------
    LockedError
        If another process has it open.
    StoreError
        If it cannot be opened or brought up to date.
    """
    import duckdb

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        con = duckdb.connect(str(path))
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise LockedError("another process is writing to this database", where=str(path), hint="wait for it to end") from error
        raise StoreError(f"cannot be opened: {error}", where=str(path), hint="restore it from data/snapshots") from error
    except duckdb.Error as error:
        raise StoreError(f"cannot be opened: {error}", where=str(path), hint="restore it from data/snapshots") from error
    try:
        migrate(con)
    except BaseException:
        con.close()
        raise
    return con


def open_reader(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a snapshot read-only: no files, no extensions, no settings, bounded memory.

    Raises
    ------
    StoreError
        If there is none yet, or it cannot be opened.
    """
    import duckdb

    target = path.resolve()
    if not target.is_file():
        raise StoreError("nothing has been published yet", where=str(path), hint="run a job, or import files, first")
    try:
        return duckdb.connect(str(target), read_only=True, config=_LOCKED_DOWN)
    except duckdb.Error as error:
        raise StoreError(f"cannot be opened: {error}", where=str(target), hint="publish again: miner publish") from error


def open_for_planning(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a snapshot read-only, or an empty database in memory where nothing has been published: what is planned takes no lock and writes nothing."""
    return open_reader(path) if path.exists() else open_writer(Path(":memory:"))


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Do all of the block or nothing.

    Raises
    ------
    StoreError
        If the database cannot be written, for example where the disk is full; it is as it was.
    """
    import duckdb

    con.execute("BEGIN")
    try:
        yield
        con.execute("COMMIT")
    except BaseException as error:
        with suppress(duckdb.Error):  # a commit that failed has ended the transaction itself
            con.execute("ROLLBACK")
        if isinstance(error, duckdb.IOException | duckdb.TransactionException | duckdb.OutOfMemoryException | duckdb.FatalException):
            raise StoreError(
                f"the database cannot be written, and is as it was: {error}", hint="free some space or memory, then run again"
            ) from error
        raise
