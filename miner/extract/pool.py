"""Extraction on many processes: the same lines out, in the same order, with bounded memory."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from miner.errors import MinerError, RuleError, UsageError
from miner.extract.api import LineReport, extract_line
from miner.extract.engine import Extractor
from miner.extract.rule import RuleSet, load_rules

CHUNK_LINES = 200
CHUNK_BYTES = 1 << 20
_PATIENCE = 10  # seconds that a scheduler has to answer
Hashes = tuple[tuple[str, str], ...]
T = TypeVar("T")
R = TypeVar("R")


@lru_cache(maxsize=16)
def extractor(folders: tuple[str, ...], ids: Hashes) -> Extractor:
    """Return this process's extractor, made once; the rules must be those of the process that asks."""
    rules = load_rules([Path(f) for f in folders]).only(*(i for i, _ in ids))
    if tuple((r.id, r.sha256) for r in rules) != ids:
        raise RuleError(
            "a worker's rules are not those of the process that started it",
            hint="install the same version of miner and of its rules everywhere",
        )
    return Extractor(rules)


def extract_chunk(lines: list[str], folders: tuple[str, ...], ids: Hashes) -> list[tuple[str | None, str | None]]:
    """Extract from one chunk of lines; what a worker runs."""
    runs = extractor(folders, ids)
    return [extract_line(line, runs) for line in lines]


@contextmanager
def local(workers: int) -> Iterator[Executor]:
    """Hold a pool of processes on this machine; on Ctrl-C, or any error, its processes end at once rather than with their work."""
    executor = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_ignore_interrupts)
    try:
        yield executor
    except BaseException:
        processes = list((executor._processes or {}).values())  # there is no public way to end the work in hand
        executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        raise
    executor.shutdown()


def _ignore_interrupts() -> None:
    # The terminal sends Ctrl-C to the whole group: the parent alone answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def dask(scheduler: str | None, workers: int) -> AbstractContextManager[Any]:
    """Return an executor on a Dask cluster, or on one made here for the occasion.

    Raises
    ------
    UsageError
        If Dask is not installed.
    """
    try:
        from distributed import Client  # type: ignore[import-not-found,unused-ignore]  # an optional dependency
    except ImportError as error:
        raise UsageError(
            "Dask is not installed", where="--engine dask", hint="pip install 'dask[distributed]', or use --engine local"
        ) from error
    make: Any = Client
    try:
        client = make(scheduler, timeout=_PATIENCE) if scheduler else make(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError(
            f"the scheduler {scheduler} does not answer", where="--scheduler", hint="start one with: dask scheduler"
        ) from error
    executor: AbstractContextManager[Any] = client.get_executor(pure=False, retries=3)
    return executor


def extract_parallel(
    lines: Iterable[str | bytes], rules: RuleSet, executor: Executor, report: LineReport, *, ahead: int = 8
) -> Iterator[str]:
    """Extract from JSON lines on an executor; output as `miner.extract.api.extract_lines` gives, byte for byte.

    Parameters
    ----------
    lines : iterable of str or bytes
        Input lines.
    rules : RuleSet
        From `load_rules`; workers load the same folders and check the hashes.
    executor : concurrent.futures.Executor
        From `local` or `dask`.
    report : LineReport
        Filled in as lines come back.
    ahead : int
        Most chunks (of 200 lines or 1 MB) in work at a time: what bounds the memory.

    Yields
    ------
    str
        Output lines, in the order of the input.

    Raises
    ------
    MinerError
        If a worker dies.
    """
    folders = tuple(str(Path(f).resolve()) for f in rules.folders)
    ids = tuple((r.id, r.sha256) for r in rules)
    for (numbers, _), results in ordered(_chunks(lines), lambda numbered: executor.submit(extract_chunk, numbered[1], folders, ids), ahead):
        yield from _collect(numbers, results, report)


def ordered(chunks: Iterable[T], submit: Callable[[T], Future[R]], ahead: int) -> Iterator[tuple[T, R]]:
    """Yield each chunk with its result, in order, with at most ``ahead`` in work: what bounds the memory.

    Raises
    ------
    MinerError
        If a worker dies.
    """
    waiting: deque[tuple[T, Future[R]]] = deque()
    try:
        for chunk in chunks:
            waiting.append((chunk, submit(chunk)))
            if len(waiting) >= ahead:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    except BrokenProcessPool as error:
        raise MinerError("a worker process died", where="--workers", hint="memory may have run out: use fewer workers") from error


def _collect(numbers: Sequence[int], results: Iterable[tuple[str | None, str | None]], report: LineReport) -> Iterator[str]:
    for number, (output, problem) in zip(numbers, results, strict=True):
        report.read += 1
        if output is None:
            report.add(number, problem or "")
        else:
            report.written += 1
            yield output


def _chunks(lines: Iterable[str | bytes]) -> Iterator[tuple[list[int], list[str]]]:
    numbers: list[int] = []
    chunk: list[str] = []
    size = 0
    for number, raw in enumerate(lines, 1):
        line = raw.decode("utf-8", "surrogateescape") if isinstance(raw, bytes) else raw
        if not line.strip():
            continue
        numbers.append(number)
        chunk.append(line)
        size += len(line)
        if len(chunk) >= CHUNK_LINES or size >= CHUNK_BYTES:
            yield numbers, chunk
            numbers, chunk, size = [], [], 0
    if chunk:
        yield numbers, chunk
