"""Snapshots: the digests of what a database holds, and copies of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from miner.errors import StoreError
from miner.store.rows import scalar

if TYPE_CHECKING:
    import duckdb

# Tables that say how and when work was done, not what was found: two runs over the same input differ in them.
OPERATIONAL = frozenset({"migration", "job_run", "job_step"})
# When a row came is no part of what it says either: the same content gives the same snapshot and exports, whenever it was harvested.
CLOCK = "first_seen"
_WHEN = {"paper": CLOCK}


def content_digest(con: duckdb.DuckDBPyConnection) -> str:
    """Return a digest of all that was found, independent of row order and of when it was found.

    Tables whose comment begins with ``Operational`` (crawl ledgers, fetches) and those of ``OPERATIONAL`` are left out.
    """
    import hashlib

    total = hashlib.sha256()
    rows = con.execute(
        """SELECT table_name, coalesce(comment, '') FROM duckdb_tables()
           WHERE NOT internal AND NOT temporary AND schema_name = 'main' ORDER BY table_name"""
    ).fetchall()
    for table, comment in rows:
        if table in OPERATIONAL or comment.startswith("Operational"):
            continue
        # A sum, not an exclusive or, so that two equal rows do not cancel each other. DuckDB's own hash is a hundred times as fast as MD5
        # over the row's text; it is the same everywhere for one version of DuckDB, which is what a snapshot's name needs.
        rows_of = f"(SELECT * EXCLUDE ({_WHEN[table]}) FROM {table})" if table in _WHEN else table  # noqa: S608 -- names of ours
        row = con.execute(f"SELECT count(*), sum(hash(t)::HUGEINT), sum(hash(t, 1)::HUGEINT) FROM {rows_of} AS t").fetchall()[0]  # noqa: S608 -- a name from the catalogue
        total.update(f"{table}:{row}\n".encode())
    return total.hexdigest()


def schema_digest(con: duckdb.DuckDBPyConnection) -> str:
    """Return a digest of the migrations and views that the database has."""
    import hashlib

    rows = con.execute(
        "SELECT sha256 FROM (SELECT number, sha256 FROM migration UNION ALL SELECT 999999, sha256 FROM v_definitions) ORDER BY number"
    ).fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


# Above this share of unused blocks the copy is written anew, which is slower and leaves them out.
_WASTE = 0.3


def copy_database(con: duckdb.DuckDBPyConnection, source: Path, target: Path) -> None:
    """Copy the writer's database into a file that appears under its name once it is whole.

    Raises
    ------
    StoreError
        If it cannot be written; nothing is left of it.
    """
    import subprocess

    import duckdb

    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    try:
        con.execute("CHECKPOINT")
        if _wasteful(con):
            _rewrite(con, part)
        else:
            # In a process of its own: if this one closed a file that DuckDB has locked, POSIX would drop DuckDB's lock.
            command = [sys.executable, "-c", "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])", str(source), str(part)]
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 -- our own interpreter and paths
        with part.open("rb+") as handle:
            os.fsync(handle.fileno())
        part.replace(target)
    except (duckdb.Error, OSError, subprocess.CalledProcessError) as error:
        part.unlink(missing_ok=True)
        said = (
            error.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            if isinstance(error, subprocess.CalledProcessError)
            else str(error)
        )
        raise StoreError(
            f"publishing failed, readers keep the last snapshot: {said}", where=str(target), hint="free some space, then publish again"
        ) from error


def _wasteful(con: duckdb.DuckDBPyConnection) -> bool:
    total, free = con.execute(
        "SELECT total_blocks, free_blocks FROM pragma_database_size() WHERE database_name = current_database()"
    ).fetchall()[0]
    return bool(total > 100 and free > _WASTE * total)


def _rewrite(con: duckdb.DuckDBPyConnection, part: Path) -> None:
    name = scalar(con, "SELECT current_database()")
    con.execute(f"ATTACH '{_quoted(part)}' AS publishing")
    try:
        con.execute(f'COPY FROM DATABASE "{name}" TO publishing')
    finally:
        con.execute("DETACH publishing")


def copy_for_older(source: Path, target: Path) -> None:
    """Copy a snapshot into a file that DuckDB from 1.0 on can read.

    Raises
    ------
    StoreError
        If the target exists or cannot be written.
    """
    import duckdb

    if target.exists():
        raise StoreError("there is a file already", where=str(target), hint="name another one")
    # An in-memory connection: the snapshot's own readers are locked down and cannot write files.
    with duckdb.connect() as con:
        try:
            con.execute(f"ATTACH '{_quoted(source)}' AS snapshot (READ_ONLY)")
            con.execute(f"ATTACH '{_quoted(target)}' AS older (STORAGE_VERSION 'v1.0.0')")
            con.execute("COPY FROM DATABASE snapshot TO older")
        except duckdb.Error as error:
            target.unlink(missing_ok=True)
            raise StoreError(f"cannot be written: {error}", where=str(target), hint="name another file, or free some space") from error


def file_of(con: duckdb.DuckDBPyConnection) -> Path:
    """Return the file of the snapshot that a reader has open."""
    return Path(con.execute("SELECT path FROM duckdb_databases() WHERE NOT internal").fetchall()[0][0])


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
