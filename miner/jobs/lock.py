"""The lock of a workspace: one run writes at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from miner.errors import LockedError
from miner.store.connect import open_writer
from miner.store.holder import forget_holder, read_holder, this_process, write_holder

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace


@contextmanager
def writing(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """Hold the workspace's lock and its database open for writing.

    Raises
    ------
    LockedError
        If another run holds the lock; the message says which command, in which process, and since when. A lock of a dead process is free by itself.
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
    from filelock import FileLock, Timeout

    workspace.data.mkdir(parents=True, exist_ok=True)
    lock = FileLock(workspace.lock, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        who = read_holder(workspace) or "another process"
        raise LockedError(f"the workspace is being written by {who}", where=str(workspace.root), hint="wait for it to end") from error
    try:
        write_holder(workspace, this_process())
        yield
    finally:
        forget_holder(workspace)
        lock.release()
