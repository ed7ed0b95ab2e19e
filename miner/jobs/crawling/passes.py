"""One run over one source: windows fetched until what came is what was reported, written with their rows of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from miner.errors import HarvestError, ServiceError
from miner.harvest.http import BudgetSpentError, Http
from miner.harvest.records import Parsed
from miner.harvest.source import Outcome, Page, Reader, Say
from miner.harvest.windows import OPEN, Window, days
from miner.jobs.crawling.planning import Plan
from miner.jobs.crawling.report import HarvestReport
from miner.jobs.loading.intake import Intake
from miner.progress import Meter
from miner.say import counted
from miner.store.ledger import Entry, Ledger, known_papers
from miner.types import Paper

if TYPE_CHECKING:
    import duckdb

ATTEMPTS = 3  # of a window in one run
GIVE_UP = 3  # windows that failed one after another: the service is down


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
        keep: Callable[[Parsed], bool] = lambda _: True,
    ) -> None:
        self.con, self.job, self.source, self.ledger = con, job, source, ledger
        self.http, self.report, self.say, self.limit, self.keep = http, report, say, limit, keep
        self._failed_in_a_row = 0
        self._brought: set[str] = set()
        self.meter = Meter(say, source.name, "record")

    def run(self, plan: Plan) -> None:
        """Work through a plan; save it first, so that a run that is killed goes on where it was."""
        self.ledger.begin(plan.today)
        self.ledger.save(plan.todo, plan.replaced)
        self.keep_log()
        if plan.todo:
            self.meter.total = sum(e.reported for e in plan.todo)
            self.say(f"{self.source.name}: {counted(self.meter.total, 'record')} in {counted(len(plan.todo), 'window')}")
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
        self.report.limited = self.limit is not None and len(self._brought) >= self.limit
        return self.report.limited

    def wanted(self, page: Page) -> list[Parsed]:
        """Return the records of a page that are kept, up to the limit: what the job has already does not count, so that the next run goes on."""
        kept = [r for r in page.records if self.keep(r)]
        if self.limit is None:
            return kept
        here = known_papers(self.con, (r.paper_id for r in kept if isinstance(r, Paper)), self.job) | self._brought
        taken: list[Parsed] = []
        for record in kept:
            if isinstance(record, Paper) and record.paper_id not in here:
                if len(self._brought) == self.limit:
                    self.report.limited = True
                    break
                self._brought.add(record.paper_id)
                here.add(record.paper_id)
            taken.append(record)
        return taken

    def window(self, entry: Entry, pages: Callable[[Outcome], Iterator[Page]]) -> None:
        """Fetch one window until what came is what was reported; else record why not."""
        if not entry.reported:
            entry.state, entry.received = "done", 0
            self.close(entry)
            return
        for _ in range(ATTEMPTS):
            entry.attempts += 1
            try:
                complete = self._attempt(entry, pages)
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

    def _attempt(self, entry: Entry, pages: Callable[[Outcome], Iterator[Page]]) -> bool:
        outcome = Outcome(entry.reported)
        ids: set[str] = set()
        intake = Intake(self.con, self.job, f"{self.source.name} {entry.window}", batch=2_000)
        try:
            for page in pages(outcome):
                records = self.wanted(page)
                intake.take(records)
                self.meter.add(len(page.ids - ids))
                if self.report.limited:
                    ids |= {r.paper_id for r in records if isinstance(r, Paper)}
                    break
                ids |= page.ids
                if len(ids) < outcome.reported and self.spent():
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
            entry.state, entry.last_error = "failed", f"{entry.received} of {counted(entry.reported, 'record')} came"
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
        for sha256 in self.ledger.fetched():
            records = [r for r in self.source.parse(self.http.raw.get(sha256), sha256) if self.keep(r)]
            intake.take(records)
            ids |= {r.paper_id for r in records if isinstance(r, Paper)}
        intake.close()
        self.count(intake)
        self.report.reported = self.report.received = len(ids)
        self.report.watermark = self.ledger.watermark()
        return self.report
