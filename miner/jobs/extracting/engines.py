"""Where extraction from documents runs: in this process, on all cores, or on a cluster over Parquet shards. The results are the same, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from miner.extract import pool
from miner.extract.fulltext import extract_full_text
from miner.fulltext.model import FullText
from miner.types import Evidence, Extraction

if TYPE_CHECKING:
    from miner.extract.engine import Extractor

CHUNK = 200


@dataclass(frozen=True, slots=True)
class Task:
    """One document to read: its identifier, the rules (ids) that have to, its text, and its sections and tables if it is a full text."""

    document_id: str
    rules: tuple[str, ...]
    text: str
    full: FullText | None = None


# What was found in a document; or None and what a rule stumbled over.
Result = tuple[list[Extraction] | None, str | None]
Engine = Callable[[Iterable[list[Task]]], Iterator[tuple[list[Task], list[Result]]]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What workers load: folders of rules, and the (id, checksum) of each rule, which must be theirs too."""

    folders: tuple[str, ...]
    ids: pool.Hashes

    def only(self, rules: Sequence[str]) -> Extractor:
        """Return this process's extractor of some of the rules."""
        return pool.extractor(self.folders, tuple(i for i in self.ids if i[0] in rules))


def read(tasks: Sequence[Task], rules: Rules) -> list[Result]:
    """Extract from documents; a rule that fails on one does not stop the rest. What a worker runs."""
    return [_read(task, rules) for task in tasks]


def _read(task: Task, rules: Rules) -> Result:
    extractor = rules.only(task.rules)
    try:
        return _found(task, extractor), None
    except Exception as error:  # noqa: BLE001 -- a user's rule may raise anything; one document must not stop the rest
        return None, f"{type(error).__name__}: {error}"


def _found(task: Task, extractor: Extractor) -> list[Extraction]:
    """Extract from an abstract, or from a full text with its sections and tables; what stands on a page tells which."""
    full = task.full
    if full is None:
        return extractor.extract(task.text)
    found = extract_full_text(extractor, full.text, full.sections, full.tables, aside=full.printed_tables(), document_id=task.document_id)
    return [replace(x, evidence=replace(x.evidence, page=x.evidence.page or full.page_at(x.evidence.start))) for x in found]


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
            from miner.jobs.extracting.shards import ShardFolder

            folder = ShardFolder(shards)
            yield lambda chunks: folder.results(chunks, rules, executor, ahead)
        else:
            yield lambda chunks: pool.ordered(chunks, lambda tasks: executor.submit(read, tasks, rules), ahead)


def to_json(x: Extraction) -> dict[str, Any]:
    """Return an extraction as JSON-ready data, with all of its evidence."""
    return asdict(x)


def from_json(data: dict[str, Any]) -> Extraction:
    """Return the extraction that :func:`to_json` wrote.

    Examples
    --------
    >>> import json
    >>> x = Extraction("sample_size", 120, Evidence(0, 3, "120", "120 people."), "sample_size", "1.0.0", fields={"unit": "participant"})
    >>> from_json(json.loads(json.dumps(to_json(x)))) == x
    True
    """
    return Extraction(**{**data, "evidence": Evidence(**data["evidence"])})
