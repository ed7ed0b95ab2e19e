"""Cutting a query into windows that a service can answer in full, with counts that add up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from miner.errors import ServiceError

OPEN = "9999-12-31"  # the end of a window that has none
MAX_UID = 999_999_999
RECOUNTS = 4


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Days ``start`` to ``until``, both included, and where a day is too dense a range of PMIDs.

    ``kind`` is ``entered`` for records by the date on which they came, ``changed`` for a pass over what changed since.
    """

    start: str
    until: str
    uid_from: int = 0
    uid_until: int = 0
    kind: str = "entered"

    @property
    def open(self) -> bool:
        """Whether it has no end."""
        return self.until == OPEN

    @property
    def single_day(self) -> bool:
        """Whether it cannot be cut by date."""
        return self.start == self.until

    def __str__(self) -> str:
        days = f"{self.start} to {'now' if self.open else self.until}"
        uids = f", {self.uid_from}:{self.uid_until}" if self.uid_until else ""
        return f"{days}{uids}{' (changes)' if self.kind == 'changed' else ''}"


def day(text: str) -> str:
    """Return a day as ``YYYY-MM-DD``; a year or a month stands for its first day.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> day("2024"), day("2024-02")
    ('2024-01-01', '2024-02-01')
    """
    full = text + "-01" * (2 - text.count("-")) if re.fullmatch(r"\d{4}(-\d{2}){0,2}", text) else text
    return date.fromisoformat(full).isoformat()


def past(text: str) -> str:
    """Return a day from which records are wanted, as :func:`day` does.

    Raises
    ------
    ValueError
        If it is none, or has not come yet: nothing would be found, without a word.

    Examples
    --------
    >>> past("2024")
    '2024-01-01'
    """
    found = day(text)
    today = date.today()
    if date.fromisoformat(found) > today + timedelta(days=1):  # tomorrow has begun somewhere
        raise ValueError(f"{found} is in the future, so no record can be found from then on | today is {today.isoformat()}")
    return found


def days(text: str, number: int) -> str:
    """Return the day ``number`` days after.

    Examples
    --------
    >>> days("2024-02-28", 2)
    '2024-03-01'
    """
    return (date.fromisoformat(text) + timedelta(days=number)).isoformat()


def halves(window: Window) -> tuple[Window, Window]:
    """Cut a window of more than one day in two.

    Examples
    --------
    >>> halves(Window("2024-01-01", "2024-01-04"))[0].until
    '2024-01-02'
    """
    first, last = date.fromisoformat(window.start), min(date.fromisoformat(window.until), date.today() + timedelta(days=400))
    if last <= first:
        last = first + timedelta(days=1)
    middle = (first + (last - first) // 2).isoformat()
    return replace(window, until=middle), replace(window, start=days(middle, 1))


def divide(count: Callable[[Window], int], window: Window, reported: int, parts: tuple[Window, Window]) -> tuple[int, int]:
    """Return the counts of a window's two parts, once they add up to the whole's; else all three are asked again.

    Raises
    ------
    HarvestError
        If they never add up.
    """
    for _ in range(RECOUNTS):
        one, two = count(parts[0]), count(parts[1])
        if one + two == reported:
            return one, two
        reported = count(window)  # records may have come meanwhile, or an answer was wrong
    raise ServiceError(f"the counts of {parts[0]} and {parts[1]} do not add up: {one} + {two} is not {reported}", hint="run again")


def plan(
    count: Callable[[Window], int],
    split: Callable[[Window], tuple[Window, Window]],
    window: Window,
    reported: int,
    size: int,
) -> Iterator[tuple[Window, int]]:
    """Cut ``window`` until no part holds more than ``size`` records; yield the parts with their counts, in order.

    Parameters
    ----------
    count : callable
        Asks the service how many records a window holds.
    split : callable
        Cuts a window in two; raises HarvestError where it cannot.
    window : Window
    reported : int
        Its count.
    size : int
        The most that a window may hold.
    """
    if reported <= size:
        yield window, reported
        return
    parts = split(window)
    one, two = divide(count, window, reported, parts)
    yield from plan(count, split, parts[0], one, size)
    yield from plan(count, split, parts[1], two, size)


def confirmed(count: Callable[[Window], int], window: Window, times: int = 3) -> int:
    """Return a window's count; nothing is believed only when it has been said ``times`` times: services send empty pages by mistake."""
    for _ in range(times):
        found = count(window)
        if found:
            return found
    return 0
