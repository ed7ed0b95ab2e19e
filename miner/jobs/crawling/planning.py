"""What a crawl has to do: new windows, windows that failed or were never finished, and those whose count has changed since."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from miner.harvest.source import Source
from miner.harvest.windows import OPEN, Window, confirmed, days, divide, plan
from miner.store.ledger import Entry, Ledger

OVERLAP = 7  # days that stay open: services enter records with the date of some days before


@dataclass(slots=True)
class Plan:
    """Windows to fetch, those that they replace, in order of time."""

    today: str
    todo: list[Entry] = field(default_factory=list)
    replaced: list[Window] = field(default_factory=list)


def make_plan(source: Source, query: str, ledger: Ledger, since: str | None, until: str | None, today: str) -> Plan:
    """Compare what was asked for with the ledger, and ask the service for the counts of what it cannot tell.

    A window that is done is counted again: records that were entered late, or with an earlier date, change its count. While windows of
    the last run are still to be finished, those come first.
    """
    planner = _Planner(source, query, today)
    asked = Window(since or source.first_day, until or OPEN)
    known = [e for e in ledger.entries() if e.window.kind == "entered"]
    touched = [e for e in known if e.window.until >= asked.start and e.window.start <= asked.until]
    result = Plan(today)
    unfinished = [e for e in touched if e.state != "done"]
    result.todo += unfinished
    if not unfinished:
        for group in _by_days(touched):
            planner.revisit(group, result)
    for gap in gaps(asked, [e.window for e in known]):
        planner.add(gap, result)
    result.todo.sort(key=lambda e: e.window)
    return result


def _by_days(entries: list[Entry]) -> list[list[Entry]]:
    groups: dict[tuple[str, str], list[Entry]] = {}
    for e in entries:
        groups.setdefault((e.window.start, e.window.until), []).append(e)
    return list(groups.values())


def gaps(asked: Window, known: list[Window]) -> list[Window]:
    """Return the parts of ``asked`` that no known window covers.

    Examples
    --------
    >>> [str(w) for w in gaps(Window("2020-01-01", "2020-12-31"), [Window("2020-03-01", "2020-03-31")])]
    ['2020-01-01 to 2020-02-29', '2020-04-01 to 2020-12-31']
    """
    found, start = [], asked.start
    for window in sorted(known):
        if window.until < start or window.start > asked.until:
            continue
        if window.start > start:
            found.append(Window(start, days(window.start, -1)))
        if window.until == OPEN:
            return found
        start = days(window.until, 1)
    if start <= asked.until:
        found.append(Window(start, asked.until))
    return found


class _Planner:
    def __init__(self, source: Source, query: str, today: str) -> None:
        self.source, self.query = source, query
        self.tail = days(today, -OVERLAP)  # where the open window begins

    def count(self, window: Window) -> int:
        return self.source.count(self.query, window)

    def add(self, window: Window, result: Plan) -> None:
        """Plan a window of which nothing is known."""
        self._cut(window, confirmed(self.count, window), result)

    def revisit(self, group: list[Entry], result: Plan) -> None:
        """Plan the days of windows that are done once more, if they are open and have moved on, or if their count has changed.

        PMID ranges of one day are one group: they are counted together.
        """
        merged = Window(group[0].window.start, group[0].window.until)
        before = sum(e.reported for e in group)
        now = self.count(merged)
        if now != before:
            now = confirmed(self.count, merged)
        moved = merged.open and merged.start < self.tail
        if now == before and not moved:
            return
        result.replaced += [e.window for e in group]
        self._cut(merged, now, result)

    def _cut(self, window: Window, reported: int, result: Plan) -> None:
        parts = [(window, reported)]
        if window.open and window.start < self.tail:
            # What lies some days back is closed; the rest stays open, and is counted again by each run.
            two = replace(window, until=days(self.tail, -1)), replace(window, start=self.tail)
            parts = list(zip(two, divide(self.count, window, reported, two), strict=True))
        for part, number in parts:
            cuts = plan(self.count, lambda w: self.source.split(self.query, w), part, number, self.source.size)
            result.todo += [Entry(w, n) for w, n in cuts]
