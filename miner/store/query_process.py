"""Asking a snapshot from a process of its own, which is killed where a query goes on beyond its time."""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
from pathlib import Path
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any

from miner.errors import MinerError, QueryError
from miner.store.query_worker import READY, TABLE

if TYPE_CHECKING:
    import pyarrow as pa

_GRACE = 0.5  # seconds that DuckDB gets to stop by itself, so that the process can answer the next query
_IDLE = 2  # processes that wait for the next query


class _Worker:
    """One process; ``ready`` once it has loaded what it needs, ``stopped`` once it was killed for its time."""

    def __init__(self) -> None:
        package = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "miner.store.query_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for the one who asked, who then kills this
        )
        self.ready = self.stopped = False

    def kill(self) -> None:
        """End it, whatever it does; one that has ended itself keeps its code."""
        if self.process.poll() is None and not self._ending():
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue

    def _ending(self) -> bool:
        """Tell whether it has closed its end, and give it a moment to be gone."""
        try:
            self.process.wait(0.2)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _over(self) -> None:
        self.stopped = True
        self.process.kill()

    def ask(self, request: tuple[Any, ...], timeout: float) -> pa.Table:
        """Return the rows; an error of miner is raised as it was there."""
        import pyarrow as pa

        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None and stdout is not None  # noqa: S101, PT018 -- opened as pipes above
        if not self.ready and stdout.read(1) != READY:
            raise EOFError
        self.ready = True
        timer = Timer(timeout + _GRACE, self._over)
        timer.daemon = True
        timer.start()
        try:
            pickle.dump(request, stdin)
            stdin.flush()
            kind = stdout.read(1)
        finally:
            timer.cancel()
        if kind == TABLE:
            return pa.ipc.open_stream(stdout).read_all()
        error, what, where, hint = pickle.load(stdout)  # noqa: S301 -- from the process that was started above; EOFError where it died
        raise error(what, where=where, hint=hint)


class _Workers:
    """Processes that wait for queries, of this process and not of the one that it was forked from."""

    def __init__(self) -> None:
        self._lock, self._free, self._owner = Lock(), list[_Worker](), os.getpid()

    def take(self) -> _Worker:
        with self._lock:
            if self._owner != os.getpid():
                self._free, self._owner = [], os.getpid()
            while self._free:
                worker = self._free.pop()
                if worker.process.poll() is None:
                    return worker
                worker.kill()
        return _Worker()

    def give(self, worker: _Worker) -> None:
        with self._lock:
            if len(self._free) < _IDLE:
                self._free.append(worker)
                return
        worker.kill()

    def close(self) -> None:
        with self._lock:
            free, self._free = self._free if self._owner == os.getpid() else [], []
        for worker in free:
            worker.kill()


_workers = _Workers()
atexit.register(_workers.close)


def ask(path: Path, sql: str, parameters: dict[str, Any] | None, timeout: float, max_bytes: int) -> pa.Table:
    """Run one SELECT on a snapshot, and end by the time limit whatever it is.

    Raises
    ------
    QueryError
        If it does not only read, fails, goes beyond a limit, or ends the process.
    StoreError
        If there is no snapshot.
    """
    worker = _workers.take()
    used = worker.ready
    try:
        table = worker.ask((path, sql, parameters, timeout, max_bytes), timeout)
    except MinerError:
        _workers.give(worker)
        raise
    except (EOFError, OSError) as error:
        worker.kill()
        if used and not worker.stopped:  # it may have died while it waited: once more, by a new one
            _workers.close()
            return ask(path, sql, parameters, timeout, max_bytes)
        raise _ended(worker, timeout) from error
    except BaseException:  # Ctrl-C: what it answers is nobody's
        worker.kill()
        raise
    _workers.give(worker)
    return table


def _ended(worker: _Worker, timeout: float) -> QueryError:
    if worker.stopped:
        return QueryError(f"the query was stopped after {timeout:g} s", hint="narrow it, or give a longer --timeout")
    code = worker.process.returncode
    return QueryError(
        f"the process that ran the query ended ({f'signal {-code}' if code < 0 else f'code {code}'})",
        hint="as a rule it needed more memory than there is: narrow it with WHERE, LIMIT or an aggregate",
    )
