"""Where extraction from documents runs: in this process, on all cores, or on a cluster over Parquet shards. The results are the same, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Literal

from miner.extract import pool
from miner.jobs.extracting.shards import ShardFolder
from miner.jobs.extracting.tasks import Result, Rules, Task, read

CHUNK = 200
Engine = Callable[[Iterable[list[Task]]], Iterator[tuple[list[Task], list[Result]]]]


@contextmanager
def engine(
    kind: Literal["local", "dask"],
    rules: Rules,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    shards: str | None = None,
) -> Iterator[Engine]:
    """Hold an engine.

    Parameters
    ----------
    kind : str
        ``local`` or ``dask``.
    rules : Rules
    workers : int
        Processes of the local engine; also how many are made for ``dask`` where no scheduler is named.
    scheduler : str, optional
        The address of a Dask scheduler.
    shards : str, optional
        For ``dask``: a folder, or any address that fsspec knows (``s3://…``), that all workers see. Each chunk of documents lies there as a Parquet
        file until it is loaded; what a run that was stopped has finished is not done again. Without it, documents travel with the tasks.

    Raises
    ------
    UsageError
        If Dask is not installed, its scheduler does not answer, or the folder cannot be used.
    MinerError
        If a worker of the local engine dies.
    """
    if kind == "local" and workers == 1:
        yield lambda chunks: ((tasks, read(tasks, rules)) for tasks in chunks)
        return
    with ExitStack() as stack:
        executor = stack.enter_context(pool.dask(scheduler, workers) if kind == "dask" else pool.local(workers))
        ahead = 2 * workers + 2
        if kind == "dask" and shards is not None:
            folder = ShardFolder(shards)
            yield lambda chunks: folder.results(chunks, rules, executor, ahead)
        else:
            yield lambda chunks: pool.ordered(chunks, lambda tasks: executor.submit(read, tasks, rules), ahead)
