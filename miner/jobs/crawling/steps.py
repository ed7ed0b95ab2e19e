"""Crawling a list in order of modification (OAI-PMH): days in ascending order, each proved complete before the watermark passes it."""

from __future__ import annotations

from functools import partial

from miner.errors import ServiceError
from miner.harvest.source import Lister, Step
from miner.harvest.windows import OPEN, Window, days
from miner.jobs.crawling.passes import Crawl
from miner.jobs.loading.intake import Intake
from miner.say import counted
from miner.store.ledger import Entry, Ledger

OVERLAP = 1  # days before the watermark that are listed again: a day's list can still grow


def start_day(ledger: Ledger, since: str | None, first_day: str) -> str:
    """Return the day with which to begin: where the last run stopped, with some overlap.

    A run that goes on where another was interrupted needs no overlap before the day on which that one began.
    """
    asked = max(since or first_day, first_day)
    done = sorted((e for e in ledger.entries() if e.state == "done" and e.window.until >= asked), key=lambda e: e.window)
    reached = asked
    for entry in done:
        if entry.window.start > reached:
            break
        reached = max(reached, days(entry.window.until, 1))
    if reached <= asked:
        return asked
    start = days(reached, -1 - OVERLAP)
    begun, complete = ledger.started(), ledger.changes_since()
    if begun is not None and (complete is None or reached > days(complete, 1)):  # the interrupted run has come further than the last
        start = max(start, min(reached, days(begun, -OVERLAP)))
    return max(asked, start)


def plan_steps(ledger: Ledger, source: Lister, since: str | None, until: str | None, today: str) -> list[Entry]:
    """Return what is to be listed; such a service tells no counts before."""
    start = start_day(ledger, since, source.first_day)
    return [Entry(Window(start, until or today), 0)] if start <= (until or today) else []


def crawl_steps(crawl: Crawl, source: Lister, query: str, since: str | None, until: str | None, today: str) -> None:
    """List from where the last run stopped up to now, and keep the records that the query wants.

    Parameters
    ----------
    crawl : Crawl
        The run.
    source : Lister
    query : str
        In the source's syntax.
    since, until : str, optional
        Days of modification (datestamps), not of submission.
    today : str
        The last day, where ``until`` names none.
    """
    start, end = start_day(crawl.ledger, since, source.first_day), until or OPEN
    crawl.ledger.begin(today)
    try:
        while start <= end and not crawl.spent():
            step = source.step(query, start, until, today)
            if step is None:
                entry = Entry(Window(start, start), 1)
                crawl.window(entry, partial(source.pages, query, entry.window))
                if crawl.report.limited:
                    break
                if entry.state != "done":
                    raise ServiceError(f"{start}: {entry.last_error}", hint="run again to go on")
                start = days(start, 1)
                continue
            _take(crawl, step)
            if crawl.report.limited:
                crawl.report.windows_left = 1
                break
            if not step.more:
                break
            start = days(step.until, 1)
        else:
            crawl.report.windows_left = int(crawl.report.limited)
        if not crawl.report.partial and not crawl.report.limited:
            crawl.ledger.finish()
    finally:
        crawl.keep_log()
        crawl.report.watermark = crawl.ledger.move_watermark()


def _take(crawl: Crawl, step: Step) -> None:
    intake = Intake(crawl.con, crawl.job, f"{crawl.source.name} {step.start} to {step.until}")
    intake.take(crawl.wanted(step.page))
    intake.close()
    crawl.keep_log()
    crawl.count(intake)
    if crawl.report.limited:
        return  # these days are listed again: what is here by now does not count then
    window = Window(step.start, step.until)
    if any(e.state == "done" and e.window.start <= window.start and window.until <= e.window.until for e in crawl.ledger.entries()):
        crawl.report.rechecked += step.listed  # days that were complete before
    else:
        crawl.close(Entry(window, step.listed, len(step.page.ids), "done", 1))
    crawl.say(f"{crawl.source.name}: {step.start} to {step.until}: {counted(step.listed, 'record')}")
