"""Counting publications by topic and year, as a job's ``[counts]`` says."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from miner.config import contact
from miner.errors import ConfigError, HarvestError
from miner.harvest.http import Budget, BudgetSpentError, Http
from miner.harvest.pubmed_counts import PubmedCounts
from miner.harvest.rawstore import RawStore
from miner.harvest.source import Say
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.say import counted
from miner.store.studies import write_counts
from miner.studies.counts import Count

if TYPE_CHECKING:
    from miner.config import Workspace
    from miner.jobs.definition import Job

SOURCE = "PubMed"


@dataclass(slots=True)
class CountReport:
    """What was counted: ``counts`` by topic and year, ``failed`` topics with the reason, ``notes`` of queries that PubMed changed."""

    job: str
    source: str = SOURCE
    requests: int = 0
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return asdict(self)


def count_publications(workspace: Workspace, job: Job, say: Say, *, budget: Budget | None = None) -> CountReport:
    """Count a job's topics in PubMed, year by year, store and publish them.

    A topic is stored once all its years are there, so that no series is of two days; what fails stands in the report and is counted by
    the next run.

    Parameters
    ----------
    workspace : Workspace
    job : Job
        Its ``counts`` name the topics with their queries, and the years.
    say : callable
        Told how far it is.
    budget : Budget, optional
        What the run may spend.

    Raises
    ------
    ConfigError
        If the job names no topics.
    HarvestError
        If no topic could be counted.
    """
    if job.counts is None or not job.counts.topics:
        raise ConfigError("the job counts nothing", where=job.name, hint="add [counts.topics]: name = 'PubMed query'")
    years = range(job.counts.since, (job.counts.until or datetime.now(UTC).year - 1) + 1)
    if not years:
        raise ConfigError(f"there is no year from {years.start} to {years.stop - 1}", where=f"{job.name}: [counts]")
    http = Http(contact(workspace), RawStore(workspace.raw), budget, say)
    service, report, rows = PubmedCounts(http), CountReport(job.name), []
    for topic, query in job.counts.topics.items():
        try:
            found = list(service.by_year(query, years))
        except HarvestError as error:
            report.failed[topic] = str(error)
            say(f"{topic}: {error}")
            if isinstance(error, BudgetSpentError):
                break
            continue
        report.counts[topic] = {f.year: f.count for f in found}
        rows += [Count(topic, f.year, f.count, SOURCE, query) for f in found]
        if note := next((f.note for f in found if f.note), None):
            report.notes[topic] = note
        say(f"{topic}: {counted(sum(f.count for f in found), 'publication')} in {counted(len(found), 'year')}")
    report.requests = len(http.log)
    if not rows:
        raise HarvestError("no topic could be counted", where=job.name, hint="; ".join(f"{t}: {r}" for t, r in report.failed.items())[:400])
    with writing(workspace) as con:
        write_counts(con, rows)
        publish(con, workspace, say)
    return report
