"""Crawling a source: windows planned, fetched, proved complete by their counts, and written; safe to stop anywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from miner.config import contact
from miner.errors import ServiceError, UsageError
from miner.harvest.http import Budget, BudgetSpentError, Http
from miner.harvest.rawstore import RawStore
from miner.harvest.registry import source_spec
from miner.harvest.source import Lister, Say, Source
from miner.jobs.crawling.passes import Crawl
from miner.jobs.crawling.planning import make_plan
from miner.jobs.crawling.report import HarvestReport
from miner.jobs.crawling.steps import crawl_steps, plan_steps
from miner.store.ledger import Ledger

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace


def harvest_source(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    job: str,
    source: str,
    query: str,
    *,
    since: str | None = None,
    until: str | None = None,
    limit: int | None = None,
    say: Say = lambda _: None,
    budget: Budget | None = None,
    replay: bool = False,
    size: int | None = None,
    page: int | None = None,
) -> HarvestReport:
    """Bring all records of a query into the database, or what is new and changed since the last time.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    workspace : Workspace
        Its raw store keeps the responses.
    job : str
        The job's name; the ledger is kept by job, source and query.
    source : str
        One of :func:`miner.harvest.registry.sources`.
    query : str
        In the source's syntax.
    since, until : str, optional
        Days (ISO 8601) of submission or entry, both included.
    limit : int, optional
        Stop after so many records; the windows that were not finished are taken up by the next run.
    say : callable
        Told of progress.
    budget : Budget, optional
        Requests and seconds that the run may spend.
    replay : bool
        Read the responses that the raw store keeps for this query, and ask nobody.
    size, page : int, optional
        Records a window and a request, at most.

    Returns
    -------
    HarvestReport

    Raises
    ------
    HarvestError
        If the service refuses the query.
    """
    _check_query(query)
    http = Http(contact(workspace), RawStore(workspace.raw), budget, say)
    ledger = Ledger(con, job, source, query)
    done = [e for e in ledger.entries() if e.state == "done" and e.window.kind == "entered"]
    report = HarvestReport(
        source, query, complete_since=ledger.changes_since(), complete_windows=len(done), complete_records=sum(e.received for e in done)
    )
    spec = source_spec(source)
    reader: Source | Lister = spec.open(http, **{k: v for k, v in (("size", size), ("page", page)) if v is not None})
    crawl = Crawl(con, job, reader, ledger, http, report, say, limit, spec.keep(query))
    if replay:
        return crawl.replay()
    try:
        if isinstance(reader, Lister):
            crawl_steps(crawl, reader, query, since, until, today())
        else:
            crawl.run(make_plan(reader, query, ledger, since, until, today()))
    except BudgetSpentError as error:
        report.errors.append(str(error))
        say(f"{source}: {error}")
    except ServiceError as error:
        report.errors.append(str(error))
        say(f"{source}: {error}")
    finally:
        ledger.log(http.log)
        report.requests, report.retries = http.budget.asked, http.retries
    return report


def plan_source(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    job: str,
    source: str,
    query: str,
    *,
    since: str | None = None,
    until: str | None = None,
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Say what a crawl would fetch: windows, counts, requests and seconds. Only counts are asked; the ledger stays as it is.

    ``con`` may be a reader: nothing is written.
    """
    _check_query(query)
    http = Http(contact(workspace), RawStore(workspace.raw), None, say)
    ledger = Ledger(con, job, source, query)
    reader: Source | Lister = source_spec(source).open(http)
    listed = isinstance(reader, Lister)
    if isinstance(reader, Lister):
        todo = plan_steps(ledger, reader, since, until, today())
    else:
        todo = make_plan(reader, query, ledger, since, until, today()).todo
    requests = sum(1 + -(-e.reported // reader.page) for e in todo if e.reported or listed)
    return {
        "source": source,
        "query": query,
        "windows": len(todo),
        "reported": sum(e.reported for e in todo),
        "requests": requests,
        "seconds": round(requests * reader.seconds_a_request, 1),
        "plan": [{"window": str(e.window), "from": e.window.start, "until": e.window.until, "reported": e.reported} for e in todo],
    }


def today() -> str:
    """Return today's date, UTC."""
    return datetime.now(UTC).date().isoformat()


def _check_query(query: str) -> None:
    if not query.strip():
        raise UsageError("the query is empty", hint="say what to look for")
