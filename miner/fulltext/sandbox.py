"""Parsing documents that may be hostile: each in a worker process with limits, over a pool that survives what happens to one.

A worker limits its own address space and file sizes once, and its processor time anew for each document; the parent holds the
clock and the size of the answer. A worker that dies is replaced, and its document is recorded as failed with the reason.
"""

from __future__ import annotations

import base64
import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType

from miner.errors import FullTextError
from miner.fulltext.model import Box, FullText

NOT_WITHIN, MORE_TIME = "not read within", "of processor time"
_ENDIAN = struct.Struct("<Q")
_AT_ONCE = 4  # documents asked for in one go: few enough that their requests fit into a pipe
_RECYCLE = 500  # documents a worker reads before it is replaced, so that a leak cannot grow for ever


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may take.

    Parameters
    ----------
    memory : int
        Bytes of address space of the worker (``RLIMIT_AS``).
    cpu : int
        Seconds of processor time a document.
    wall : float
        Seconds of wall-clock time a document: for what waits for ever, not for what a busy machine makes slow.
    pages : int
        Pages a PDF may have.
    output : int
        Bytes of the answer.
    size : int
        Bytes of the file.
    """

    memory: int = 480 << 20
    cpu: int = 14
    wall: float = 240.0
    pages: int = 1_000
    output: int = 48 << 20
    size: int = 200 << 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document: ``state`` is ``read`` or ``failed``; a failed one has a reason and no document."""

    path: Path
    state: str
    reason: str | None
    document: FullText | None
    seconds: float


def took_too_long(reason: str | None) -> bool:
    """Tell whether a document failed for its time: another time it may not.

    Examples
    --------
    >>> took_too_long("not read within 17 s"), took_too_long("encrypted")
    (True, False)
    """
    return reason is not None and (reason.startswith(NOT_WITHIN) or reason.endswith(MORE_TIME))


class _Died(Exception):  # noqa: N818 -- never leaves this module
    """The worker did not answer; the message is the reason."""


class _Worker:
    """One worker process, started when the first document comes and again after each death."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.process: subprocess.Popen[bytes] | None = None
        self.done = 0

    def read(self, paths: Sequence[Path], *, tables: bool) -> list[Outcome]:
        """Have documents parsed; never raises for what they are or do.

        All are asked for at once, so that the worker need not wait for us between two; where it dies, the rest is asked for again.
        """
        outcomes: list[Outcome] = []
        fresh, first = False, 0.0  # whether the next document has had a try, and when that began
        while len(outcomes) < len(paths):
            todo = paths[len(outcomes) :]
            started = time.monotonic()
            try:
                self._send([{"path": str(p), "tables": tables} for p in todo])
                for path in todo:
                    started, first = first or time.monotonic(), 0.0
                    outcomes.append(self._outcome(path, self._answer(started + self.limits.wall), started))
            except _Died as death:
                # Memory that a library keeps adds up over documents: what a used worker had no room for, a new one may have.
                if "of memory" in str(death) and self.done and not fresh:
                    fresh, first = True, started
                    continue
                path = paths[len(outcomes)]
                outcomes.append(Outcome(path, "failed", str(death), None, time.monotonic() - started))
            fresh = False
        if self.done >= _RECYCLE:
            self.stop()
        return outcomes

    def _outcome(self, path: Path, answer: dict[str, object], started: float) -> Outcome:
        taken = time.monotonic() - started
        if "reason" in answer:
            reason = str(answer["reason"])
            if "of memory" in reason and self.done > 1:
                self.stop()
                raise _Died(reason)
            return Outcome(path, "failed", reason, None, taken)
        try:
            return Outcome(path, "read", None, FullText.from_json(answer), taken)
        except (KeyError, IndexError, TypeError, ValueError):  # a worker that a file took over may say anything
            return Outcome(path, "failed", "the parser gave no document", None, taken)

    def picture(self, path: Path, page: int, boxes: Sequence[Box], lines: Sequence[Box], quote: str) -> bytes:
        """Have one page drawn.

        Raises
        ------
        FullTextError
            If it cannot be, with the reason.
        """
        try:
            self._send([{"path": str(path), "page": page, "boxes": list(boxes), "lines": list(lines), "quote": quote}])
            answer = self._answer(time.monotonic() + self.limits.wall)
        except _Died as death:
            raise FullTextError(str(death), where=str(path)) from death
        if "png" not in answer:
            raise FullTextError(str(answer.get("reason", "the page was not drawn")), where=str(path))
        return base64.b64decode(str(answer["png"]))

    def _send(self, requests: Iterable[dict[str, object]]) -> None:
        process = self._running()
        assert process.stdin is not None  # noqa: S101 -- opened as a pipe below
        try:
            for request in requests:
                process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
            process.stdin.flush()
        except OSError:
            raise _Died(self._post_mortem()) from None

    def _answer(self, deadline: float) -> dict[str, object]:
        (length,) = _ENDIAN.unpack(self._receive(_ENDIAN.size, deadline))
        if length > self.limits.output:
            self.stop()
            raise _Died(f"more than {self.limits.output >> 20} MB of text")
        try:
            answer = json.loads(self._receive(length, deadline))
        except (ValueError, RecursionError):
            self.stop()
            raise _Died("the parser gave no document") from None
        self.done += 1
        return answer if isinstance(answer, dict) else {"reason": "the parser gave no document"}

    def _receive(self, number: int, deadline: float) -> bytes:
        process = self._running()
        assert process.stdout is not None  # noqa: S101 -- opened as a pipe below
        handle, parts, missing = process.stdout.fileno(), [], number
        while missing:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([handle], [], [], left)[0]:
                self.stop()
                raise _Died(f"{NOT_WITHIN} {self.limits.wall:g} s")
            part = os.read(handle, min(missing, 1 << 20))
            if not part:
                raise _Died(self._post_mortem())
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            package = str(Path(__file__).resolve().parents[2])
            path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
            self.process = subprocess.Popen(  # noqa: S603 -- our own module by our own interpreter
                [sys.executable, "-m", "miner.fulltext.worker", json.dumps(asdict(self.limits))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # No proxies, keys or contact addresses for what a hostile file may run; one arena keeps address space small.
                env={"PATH": os.defpath, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "MALLOC_ARENA_MAX": "1"},
                start_new_session=True,
            )
            self.done = 0
        return self.process

    def _post_mortem(self) -> str:
        process = self.process
        try:
            code = process.wait(5) if process else 0
        except subprocess.TimeoutExpired:  # it closed its end and lives on
            code = 0
        self.stop()
        if code == -signal.SIGXCPU:
            return f"more than {self.limits.cpu} s {MORE_TIME}"
        if code == -signal.SIGABRT:
            return f"the parser gave up (SIGABRT: as a rule, more than {self.limits.memory >> 20} MB of memory)"
        if code < 0:
            return f"the parser crashed ({signal.Signals(-code).name})"
        return f"the parser ended with code {code}"

    def stop(self) -> None:
        """End the process, whatever it does."""
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue


class Sandbox:
    """A pool of worker processes; use it as a context manager.

    Parameters
    ----------
    workers : int
        How many documents are parsed at once.
    limits : Limits
        What one document may take.

    Examples
    --------
    >>> with Sandbox() as sandbox:
    ...     sandbox.read(Path("/absent.pdf")).reason
    'the file is not there'
    """

    def __init__(self, workers: int = 1, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._workers = [_Worker(self.limits) for _ in range(max(1, workers))]
        self._free: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            self._free.put(worker)
        self._threads = ThreadPoolExecutor(len(self._workers), thread_name_prefix="fulltext")

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End all workers."""
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.stop()

    def read(self, path: Path, *, tables: bool = True) -> Outcome:
        """Parse one document."""
        with self._worker() as worker:
            return worker.read([path], tables=tables)[0]

    def _read_some(self, paths: Sequence[Path], *, tables: bool) -> list[Outcome]:
        with self._worker() as worker:
            return worker.read(paths, tables=tables)

    def picture(self, path: Path, page: int, boxes: Sequence[Box], lines: Sequence[Box] = (), quote: str = "") -> bytes:
        """Draw a page as PNG with boxes framed and lines shaded (see ``miner.fulltext.picture``).

        Raises
        ------
        FullTextError
            If it cannot be drawn.
        """
        with self._worker() as worker:
            return worker.picture(path, page, boxes, lines, quote)

    def read_many(self, paths: Iterable[Path], *, tables: bool = True) -> Iterator[Outcome]:
        """Parse documents, as many at once as there are workers; outcomes come in the order of the paths."""
        waiting: deque[Future[list[Outcome]]] = deque()
        stream = iter(paths)
        while some := list(islice(stream, _AT_ONCE)):
            waiting.append(self._threads.submit(self._read_some, some, tables=tables))
            if len(waiting) >= 2 * len(self._workers):
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()

    @contextmanager
    def _worker(self) -> Iterator[_Worker]:
        worker = self._free.get()
        try:
            yield worker
        finally:
            self._free.put(worker)
