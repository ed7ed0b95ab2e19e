"""Crawling a source: windows planned, fetched, proved complete by their counts, and written; safe to stop anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from miner.config import contact
from miner.errors import HarvestError, ServiceError, UsageError
from miner.harvest.arxiv_oai import ArxivOaiSource, parse_query
from miner.harvest.http import Budget, BudgetSpentError, Http
from miner.harvest.rawstore import RawStore
from miner.harvest.records import Parsed
from miner.harvest.source import Outcome, Page, Reader, Say, Source
from miner.harvest.windows import OPEN, Window, days
from miner.jobs.crawling.crawl_oai import crawl_oai, plan_oai
from miner.jobs.crawling.planning import Plan, make_plan
from miner.jobs.loading.importing import ImportReport, import_file
from miner.jobs.loading.intake import Intake
from miner.store.ledger import Entry, Ledger, known_papers
from miner.types import Paper

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace

__all__ = ["HarvestReport", "ImportReport", "harvest_source", "import_file", "open_source", "plan_source"]

SOURCES = ("arxiv", "arxiv-oai", "pubmed", "europepmc", "openalex")
ATTEMPTS = 3  # of a window in one run
GIVE_UP = 3  # windows that failed one after another: the service is down


@dataclass(slots=True)
class HarvestReport:
    """What a crawl of one source did.

    ``reported`` and ``received`` are summed over the windows that this run worked on; ``new``, ``changed`` and ``unchanged`` say what became
    of the records, and ``rechecked`` how many were fetched again because the service says that they changed. ``partial`` is true where a window is left to be tried again.
    """

    source: str
    query: str
    reported: int = 0
    received: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    problems: int = 0
    rechecked: int = 0
    windows_done: int = 0
    windows_failed: int = 0
    windows_left: int = 0
    requests: int = 0
    retries: int = 0
    limited: bool = False
    watermark: str | None = None
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def partial(self) -> bool:
        """Whether something is left that was asked for."""
        return bool(self.windows_failed or self.errors or (self.windows_left and not self.limited))

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {**asdict(self), "partial": self.partial}


def open_source(name: str, http: Http, *, size: int | None = None, page: int | None = None) -> Source:
    """Return the source of that name, of those that tell counts.

    Raises
    ------
    UsageError
        If there is none.
    """
    from miner.harvest.arxiv import ArxivSource
    from miner.harvest.europepmc import EuropePmcSource
    from miner.harvest.openalex import OpenAlexSource
    from miner.harvest.pubmed import PubmedSource

    sizes = {k: v for k, v in (("size", size), ("page", page)) if v is not None}
    if name == "arxiv":
        return ArxivSource(http, **sizes)
    if name == "pubmed":
        return PubmedSource(http, **sizes)
    if name == "europepmc":
        return EuropePmcSource(http, **sizes)
    if name == "openalex":
        return OpenAlexSource(http, **sizes)
    raise UsageError(f"there is no source {name!r}", hint=f"sources: {', '.join(SOURCES)}")


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
        ``arxiv``, ``arxiv-oai``, ``pubmed``, ``europepmc`` or ``openalex``.
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
    report = HarvestReport(source, query)
    oai = ArxivOaiSource(http) if source == "arxiv-oai" else None
    origin = None if oai else open_source(source, http, size=size, page=page)
    reader = oai or origin
    assert reader is not None  # noqa: S101 -- one of the two was made
    crawl = Crawl(con, job, reader, ledger, http, report, say, limit)
    if replay:
        return crawl.replay()
    try:
        if oai:
            crawl_oai(crawl, oai, query, since, until, today())
        elif origin:
            crawl.run(make_plan(origin, query, ledger, since, until, today()))
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
    origin: Reader
    if source == "arxiv-oai":
        origin = ArxivOaiSource(http)
        todo = plan_oai(ledger, origin, since, until, today())
    else:
        counting = origin = open_source(source, http)
        todo = make_plan(counting, query, ledger, since, until, today()).todo
    requests = sum(1 + -(-e.reported // origin.page) for e in todo if e.reported or source == "arxiv-oai")
    return {
        "source": source,
        "query": query,
        "windows": len(todo),
        "reported": sum(e.reported for e in todo),
        "requests": requests,
        "seconds": round(requests * origin.seconds_a_request, 1),
        "plan": [{"window": str(e.window), "from": e.window.start, "until": e.window.until, "reported": e.reported} for e in todo],
    }


def today() -> str:
    """Return today's date, UTC."""
    return datetime.now(UTC).date().isoformat()


def _check_query(query: str) -> None:
    if not query.strip():
        raise UsageError("the query is empty", hint="say what to look for")


class Crawl:
    """One run over one source."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        job: str,
        source: Reader,
        ledger: Ledger,
        http: Http,
        report: HarvestReport,
        say: Say,
        limit: int | None,
    ) -> None:
        self.con, self.job, self.source, self.ledger = con, job, source, ledger
        self.http, self.report, self.say, self.limit = http, report, say, limit
        self._failed_in_a_row = 0

    def run(self, plan: Plan) -> None:
        """Work through a plan; save it first, so that a run that is killed goes on where it was."""
        self.ledger.begin(plan.today)
        self.ledger.save(plan.todo, plan.replaced)
        self.keep_log()
        if plan.todo:
            self.say(f"{self.source.name}: {sum(e.reported for e in plan.todo):,} records in {len(plan.todo)} windows")
        query = self.ledger.key[2]
        for number, entry in enumerate(plan.todo):
            left = len(plan.todo) - number
            if self.spent():
                self.report.windows_left = left
                return
            try:
                self.window(entry, partial(self.source.pages, query, entry.window))
            except BudgetSpentError:
                self.report.windows_left = left
                raise
            if self._failed_in_a_row >= GIVE_UP:
                self.report.windows_left = left - 1
                raise ServiceError(f"{GIVE_UP} windows failed one after another", hint="run again later to go on")
        if not self.report.windows_failed and not self.report.windows_left:
            self._changes(query)
        self.report.watermark = self.ledger.move_watermark()

    def spent(self) -> bool:
        """Whether the limit of records is reached."""
        self.report.limited = self.limit is not None and self.report.received >= self.limit
        return self.report.limited

    def window(self, entry: Entry, pages: Callable[[Outcome], Iterator[Page]], keep: Callable[[Parsed], bool] = lambda _: True) -> None:
        """Fetch one window until what came is what was reported; else record why not."""
        if not entry.reported:
            entry.state, entry.received = "done", 0
            self.close(entry)
            return
        for _ in range(ATTEMPTS):
            entry.attempts += 1
            try:
                complete = self._attempt(entry, pages, keep)
            except ServiceError as error:
                entry.state, entry.last_error = "failed", str(error)
                break
            except HarvestError as error:
                entry.state, entry.last_error = "failed", str(error)
                self.ledger.save([entry])
                raise
            if complete or self.report.limited:
                break
        self.close(entry)

    def _attempt(self, entry: Entry, pages: Callable[[Outcome], Iterator[Page]], keep: Callable[[Parsed], bool]) -> bool:
        outcome = Outcome(entry.reported)
        ids: set[str] = set()
        intake = Intake(self.con, self.job, f"{self.source.name} {entry.window}", batch=2_000)
        try:
            for page in pages(outcome):
                intake.take(r for r in page.records if keep(r))
                ids |= page.ids
                if self.limit is not None and self.report.received + len(ids) >= self.limit:
                    self.report.limited = True
                    break
        finally:
            # What came is kept, whatever comes after: it will be found unchanged.
            intake.close()
            self.keep_log()
            self.count(intake)
        entry.reported, entry.received, entry.note = outcome.reported, len(ids), outcome.note
        if outcome.note and outcome.note not in self.report.notes:
            self.report.notes.append(outcome.note)
            self.say(f"{self.source.name}: {outcome.note}")
        complete = entry.received == entry.reported
        if complete:
            entry.state, entry.last_error = "done", None
        elif self.report.limited:
            entry.state, entry.last_error = "planned", None
        else:
            entry.state, entry.last_error = "failed", f"{entry.received} of {entry.reported} records came"
            self.say(f"{self.source.name}: {entry.window}: {entry.last_error}")
        return complete

    def count(self, intake: Intake) -> None:
        """Add what was written to the report."""
        w, r = intake.written, self.report
        r.new, r.changed, r.unchanged = r.new + w.new, r.changed + w.changed, r.unchanged + w.unchanged
        r.deleted, r.problems = r.deleted + intake.deleted, r.problems + len(intake.problems)

    def close(self, entry: Entry) -> None:
        """Write a window to the ledger, and count it."""
        self.ledger.save([entry])
        self.report.reported += entry.reported
        self.report.received += entry.received
        if entry.state == "done":
            self.report.windows_done += 1
            self._failed_in_a_row = 0
        elif entry.state == "failed":
            self.report.windows_failed += 1
            self.report.errors.append(f"{entry.window}: {entry.last_error}")
            self._failed_in_a_row += 1
        else:
            self.report.windows_left += 1

    def keep_log(self) -> None:
        """Record the responses that were kept since."""
        self.ledger.log(self.http.log)
        self.http.log.clear()

    def _changes(self, query: str) -> None:
        """Ask what has changed since the last complete run; then this one is complete.

        Only records that are here already are taken: new ones show in the windows' counts.
        """
        since = self.ledger.changes_since()
        if since is not None:
            self._changed_since(query, Window(days(since, -1), OPEN, kind="changed"))
        self.ledger.finish()

    def _changed_since(self, query: str, window: Window) -> None:
        outcome, taken = Outcome(), 0
        intake = Intake(self.con, self.job, f"{self.source.name} {window}")
        try:
            for page in self.source.pages(query, window, outcome):
                here = known_papers(self.con, page.ids)
                records = [r for r in page.records if not isinstance(r, Paper) or r.paper_id in here]
                intake.take(records)
                taken += len(records)
        finally:
            intake.close()
            self.keep_log()
            self.count(intake)
        self.report.rechecked += taken

    def replay(self) -> HarvestReport:
        """Read what the raw store keeps for this query, in the order in which it came."""
        intake = Intake(self.con, self.job, f"{self.source.name} replay")
        ids: set[str] = set()
        keep = parse_query(self.ledger.key[2]).keeps if self.source.name == "arxiv-oai" else lambda _: True
        for sha256 in self.ledger.fetched():
            records = [r for r in self.source.parse(self.http.raw.get(sha256), sha256) if keep(r)]
            intake.take(records)
            ids |= {r.paper_id for r in records if isinstance(r, Paper)}
        intake.close()
        self.count(intake)
        self.report.reported = self.report.received = len(ids)
        self.report.watermark = self.ledger.watermark()
        return self.report


def as_day(text: str | None) -> str | None:
    """Return a day in ISO 8601, or raise UsageError."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"not a day: {text!r}", hint="write YYYY-MM-DD") from None
