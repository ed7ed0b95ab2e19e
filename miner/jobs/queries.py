"""A job is its queries: what former ones brought, and whether it stays in the job."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from miner.config import contact
from miner.errors import MinerError, UsageError
from miner.harvest.http import Http
from miner.harvest.rawstore import RawStore
from miner.harvest.registry import source_spec, sources
from miner.say import counted
from miner.store.ledger import Ledger, asked_queries, forget_query, take_out_of_job
from miner.store.reports import defined_jobs
from miner.types import Paper

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace
    from miner.jobs.definition import Job

    Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FormerQuery:
    """A query that a job asked once and asks no more, and how many records came of it."""

    source: str
    query: str
    received: int

    @property
    def digest(self) -> str:
        """What tells this query from every other."""
        return _digest([(self.source, self.query)])


def query_digest(job: Job) -> str:
    """Return what tells a job's queries from all others; the order of the sources does not count.

    Examples
    --------
    >>> from miner.jobs.definition import Job
    >>> one = Job(name="x", question="?", harvest=[{"source": "arxiv", "query": "all:gout"}])
    >>> query_digest(one), query_digest(one.model_copy(update={"question": "!"})) == query_digest(one)
    ('519287c629a7', True)
    """
    return _digest([(h.source, h.query) for h in job.harvest])


def _digest(queries: list[tuple[str, str]]) -> str:
    return hashlib.sha256(json.dumps(sorted(queries), ensure_ascii=False).encode()).hexdigest()[:12]


def former_queries(con: duckdb.DuckDBPyConnection, job: Job) -> list[FormerQuery]:
    """Return what the job asked before and asks no more, without what was dropped."""
    now = {(h.source, h.query) for h in job.harvest}
    return [FormerQuery(*row) for row in asked_queries(con, job.name) if row[:2] not in now]


def kept_queries(con: duckdb.DuckDBPyConnection, job: str) -> list[str]:
    """Return the digests of former queries of which somebody said that their records stay."""
    return list(defined_jobs(con).get(job, ("", {}))[1].get("kept_queries", []))


def settle_queries(con: duckdb.DuckDBPyConnection, workspace: Workspace, job: Job, choice: str | None, say: Say) -> list[str]:
    """Say what becomes of records that only former queries brought, and do it; return the digests of the queries that were said to stay.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    workspace : Workspace
        Its raw store tells which records a query brought.
    job : Job
        As it is now.
    choice : str or None
        ``keep`` or ``drop``; None keeps them and asks for a word at each run.
    say : callable
        Told before anything is done.

    Raises
    ------
    UsageError
        If they are to be dropped and the raw store no longer tells which they are: nothing is changed then.
    """
    kept = kept_queries(con, job.name)
    former = former_queries(con, job)
    told = [f for f in former if choice == "drop" or f.digest not in kept]
    for f in told:
        fate = {
            "drop": "they leave the job, unless its queries of today find them; the database keeps them",
            "keep": "they stay in the job",
        }.get(choice or "", "they stay in the job: nothing is lost. --drop takes them out of it, --keep says that they shall stay")
        say(f"{job.name}: a former query of {f.source} brought {counted(f.received, 'record')} ({_short(f.query)}); {fate}")
    if choice == "drop":
        _drop(con, workspace, job, told, say)
        return []
    return sorted({*kept, *(f.digest for f in former)} if choice == "keep" else kept)


def _short(query: str) -> str:
    return query if len(query) <= 60 else query[:59] + "…"


def _drop(con: duckdb.DuckDBPyConnection, workspace: Workspace, job: Job, former: list[FormerQuery], say: Say) -> None:
    if not former:
        return
    gone = {i for f in former for i in _brought(con, workspace, job.name, f.source, f.query)}
    stay = {i for h in job.harvest for i in _brought(con, workspace, job.name, h.source, h.query)}
    taken = take_out_of_job(con, job.name, gone - stay)
    for f in former:
        forget_query(con, job.name, f.source, f.query)
    say(f"{job.name}: {counted(taken, 'record')} left the job")


def _brought(con: duckdb.DuckDBPyConnection, workspace: Workspace, job: str, source: str, query: str) -> set[str]:
    """Return the records that the kept answers to a query hold."""
    if source not in sources():
        raise UsageError(
            f"the source {source} is here no more, so what it brought cannot be told",
            where=job,
            hint="give --keep, or install its plugin again",
        )
    http = Http(contact(workspace), RawStore(workspace.raw))
    spec = source_spec(source)
    reader, fits = spec.open(http), spec.keep(query)
    answers, found = Ledger(con, job, source, query).fetched(), set[str]()
    if not answers and any(row[:2] == (source, query) and row[2] for row in asked_queries(con, job)):
        raise UsageError(f"no answer of {source} was kept, so what its query brought cannot be told", where=job, hint="give --keep")
    for sha256 in answers:
        try:
            content = http.raw.get(sha256)
        except MinerError as error:
            raise UsageError(
                f"an answer of {source} is not in the raw store, so what its query brought cannot be told", where=job, hint="give --keep"
            ) from error
        found |= {r.paper_id for r in reader.parse(content, sha256) if isinstance(r, Paper) and fits(r)}
    return found
