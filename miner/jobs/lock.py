"""The lock of a workspace: one run writes at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from miner.errors import LockedError
from miner.store.connect import open_writer

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace


@contextmanager
def writing(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """Hold the workspace's lock and its database open for writing.

    Raises
    ------
    LockedError
        If another run holds the lock; the message says which process. A lock of a dead process is free by itself.
    """
    with locked(workspace):
        con = open_writer(workspace.database)
        try:
            yield con
        finally:
            con.close()


@contextmanager
def locked(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's lock, and leave its database alone.

    Raises
    ------
    LockedError
        As in :func:`writing`.
    """
    import os

    from filelock import FileLock, Timeout

    workspace.data.mkdir(parents=True, exist_ok=True)
    lock = FileLock(workspace.lock, timeout=0)
    holder = workspace.lock.with_suffix(".pid")
    try:
        lock.acquire()
    except Timeout as error:
        who = holder.read_text(encoding="utf-8").strip() if holder.exists() else "another process"
        raise LockedError(f"the workspace is being written by {who}", where=str(workspace.root), hint="wait for it to end") from error
    try:
        holder.write_text(f"process {os.getpid()}", encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
