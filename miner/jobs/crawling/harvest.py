"""One source into a workspace, outside of any job: the database is published however far the run came."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.harvest.http import Budget
from miner.harvest.registry import sources
from miner.harvest.windows import day, past
from miner.jobs.crawling.crawl import harvest_source, plan_source
from miner.jobs.crawling.enrich import EnrichReport, fetch_citations, fetch_pmc
from miner.jobs.crawling.report import HarvestReport
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.settings import suggest
from miner.store.connect import open_for_planning

if TYPE_CHECKING:
    from miner.config import Workspace

    Say = Callable[[str], None]

# What asks about papers that are here already.
FOR_PAPERS = {"citations": fetch_citations, "pmc": fetch_pmc}


def days(since: str | None, until: str | None) -> tuple[str | None, str | None]:
    """Return two days checked (ISO 8601; a year or a month is its first day).

    Raises
    ------
    UsageError
        If one is no day, or the first is after the second.
    """
    try:
        since, until = (day(d) if d else None for d in (since, until))
    except (ValueError, TypeError) as error:
        raise UsageError(f"not a day: {error}", where="--since/--until", hint="write YYYY-MM-DD") from error
    try:
        past(since or "1800")
    except ValueError as error:
        what, _, hint = str(error).partition(" | ")
        raise UsageError(what, where="--since", hint=hint) from error
    if since and until and since > until:
        raise UsageError(f"--since {since} is after --until {until}")
    return since, until


def known_source(name: str) -> None:
    """Raise UsageError, with those there are, if there is no source of this name."""
    if name not in sources() and name not in FOR_PAPERS:
        raise UsageError(f"there is no source {name!r}", hint=suggest(name, (*sources(), *FOR_PAPERS), all_too=True))


def harvest_into(
    workspace: Workspace,
    source: str,
    query: str,
    say: Say,
    *,
    since: str | None = None,
    until: str | None = None,
    limit: int | None = None,
    budget: Budget | None = None,
    job: str = "harvest",
    replay: bool = False,
) -> HarvestReport:
    """Harvest one source and publish; parameters as for :func:`miner.jobs.crawling.crawl.harvest_source`."""
    since, until = days(since, until)
    known_source(source)
    with writing(workspace) as con:
        try:
            return harvest_source(
                con, workspace, job, source, query, since=since, until=until, limit=limit, say=say, budget=budget, replay=replay
            )
        finally:
            publish(con, workspace, say)


def enrich(
    workspace: Workspace, source: str, say: Say, *, limit: int | None = None, budget: Budget | None = None, job: str = "harvest"
) -> EnrichReport:
    """Ask about papers that are here (``citations`` of OpenAlex, full texts of ``pmc``) and publish."""
    if source not in FOR_PAPERS:
        raise UsageError(f"{source!r} is asked nothing about papers that are here", hint=suggest(source, FOR_PAPERS, all_too=True))
    with writing(workspace) as con:
        try:
            return FOR_PAPERS[source](con, workspace, job, limit=limit, say=say, budget=budget)
        finally:
            publish(con, workspace, say)


def plan(
    workspace: Workspace, source: str, query: str, say: Say, *, since: str | None = None, until: str | None = None, job: str = "harvest"
) -> dict[str, Any]:
    """Say what a harvest would fetch (see :func:`miner.jobs.crawling.crawl.plan_source`)."""
    since, until = days(since, until)
    with open_for_planning(workspace.current) as con:  # only counts are asked for: a crawl may go on meanwhile
        return plan_source(con, workspace, job, source, query, since=since, until=until, say=say)
