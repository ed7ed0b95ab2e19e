"""Extraction over a workspace: every document that a new or changed rule concerns, and no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from miner.extract.api import load_rules
from miner.jobs.describing import describe_pending
from miner.jobs.extracting.engines import CHUNK, engine
from miner.jobs.extracting.tasks import Rules, Task
from miner.jobs.loading.documents import reread_outdated
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.progress import Meter
from miner.store.documents import Pending, RuleKey, pending, sync_abstracts, sync_rules, waiting_for
from miner.store.extractions import write_extractions
from miner.store.fulltexts import full_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb

    from miner.config import Workspace


@dataclass(slots=True)
class ExtractReport:
    """What a run of extraction did: documents read, values found, and documents that a rule failed on (document, reason)."""

    documents: int = 0
    values: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Where extraction runs (see :func:`miner.jobs.extracting.engines.engine`)."""

    engine: Literal["local", "dask"] = "local"
    workers: int = 1
    scheduler: str | None = None
    shards: str | None = None


HERE = EngineChoice()


def extract_workspace(
    workspace: Workspace, say: Callable[[str], None], where: EngineChoice = HERE, limit: int | None = None
) -> ExtractReport:
    """Extract from all that a new or changed rule concerns, or from so many documents of it, choose effects again, and publish."""
    from miner.jobs.link import link_all

    with writing(workspace) as con:
        report = extract_pending(con, workspace, say, where, limit)
        link_all(con, [workspace.rules], say)
        publish(con, workspace, say)
    return report


def extract_pending(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    say: Callable[[str], None],
    where: EngineChoice = HERE,
    limit: int | None = None,
) -> ExtractReport:
    """Run each rule over the documents that it has not read in their present text and its present state; over ``limit`` of them at most.

    Then what records are about is brought up to date (:func:`miner.jobs.describing.describe_pending`).

    What is found is written chunk by chunk, by this process alone: a run that is stopped has lost nothing that was written.
    """
    rules = load_rules([workspace.rules])
    keys = {r.id: RuleKey(r.id, r.version, r.kind, r.sha256) for r in rules}
    reread_outdated(con, workspace, say)
    sync_abstracts(con)
    sync_rules(con, list(keys.values()))
    report = ExtractReport()
    reads = tuple((r.id, rules.read_by(r.id)) for r in rules)
    shared = Rules(tuple(str(f.resolve()) for f in rules.folders), tuple((r.id, r.sha256) for r in rules), reads)
    documents: dict[str, Pending] = {}
    waiting = waiting_for(con, list(keys.values()))
    meter = Meter(say, "extracting", "document", waiting if limit is None else min(waiting, limit))
    with engine(where.engine, shared, workers=where.workers, scheduler=where.scheduler, shards=where.shards) as run:
        for tasks, results in run(_chunks(con, list(keys.values()), documents, limit)):
            done = []
            for task, (found, problem) in zip(tasks, results, strict=True):
                document = documents.pop(task.document_id)
                if found is None:
                    report.failed.append((task.document_id, problem or ""))
                else:
                    done.append((document, found))
            if done:
                report.values += write_extractions(con, done, keys)
            report.documents += len(done)
            meter.add(len(tasks))
    describe_pending(con, say)
    return report


def _chunks(con: duckdb.DuckDBPyConnection, keys: list[RuleKey], documents: dict[str, Pending], limit: int | None) -> Iterator[list[Task]]:
    """Yield what is to be read, a few hundred documents at a time, and no more than the limit; ``documents`` keeps those in work."""
    left = limit
    for waiting in pending(con, keys):
        batch = waiting[:left]
        left = None if left is None else left - len(batch)
        for start in range(0, len(batch), CHUNK):
            chunk = batch[start : start + CHUNK]
            documents.update({d.document_id: d for d in chunk})
            yield [Task(d.document_id, d.rules, d.text, None if d.kind == "abstract" else full_text(con, d.document_id)) for d in chunk]
        if left == 0:
            return
