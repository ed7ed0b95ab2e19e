"""What a source of records can do; the crawl knows no more of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from miner.harvest.records import Parsed
from miner.harvest.windows import Window


@dataclass(frozen=True, slots=True)
class Page:
    """Records that came together: the response's SHA-256, its records, and the identifiers that they count for."""

    sha256: str
    records: tuple[Parsed, ...]
    ids: frozenset[str]


@dataclass(slots=True)
class Outcome:
    """What a window's harvest came to, filled in while its pages are drawn."""

    reported: int = 0
    note: str | None = None


class Reader(Protocol):
    """A service that yields the records of a window."""

    name: str
    first_day: str
    page: int
    seconds_a_request: float

    def pages(self, query: str, window: Window, outcome: Outcome) -> Iterator[Page]:
        """Yield the window's records, and say in ``outcome`` how many the service reported."""
        ...

    def parse(self, content: bytes, sha256: str) -> tuple[Parsed, ...]:
        """Return the records of a kept response."""
        ...


class Source(Reader, Protocol):
    """A service that tells how many records a window has."""

    size: int

    def count(self, query: str, window: Window) -> int:
        """Return how many records the service reports."""
        ...

    def split(self, query: str, window: Window) -> tuple[Window, Window]:
        """Cut a window that holds too many."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """What one answer proves complete: the days ``start`` to ``until`` and their records; ``more`` where the list goes on after them."""

    start: str
    until: str
    page: Page
    listed: int
    response_date: str
    more: bool


@runtime_checkable
class Lister(Reader, Protocol):
    """A service that tells no counts, and lists records in the order in which they changed."""

    def step(self, query: str, start: str, until: str | None, today: str) -> Step | None:
        """Return what one answer holds from ``start`` on; None where a single day does not fit in it."""
        ...


def keep_all(query: str) -> Callable[[Parsed], bool]:  # noqa: ARG001 -- the signature of SourceSpec.keep
    """Keep every record: the service itself has searched."""
    return lambda _: True


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source as ``miner harvest`` and jobs name it.

    Parameters
    ----------
    name : str
        How commands and jobs call it.
    label : str
        How people call it.
    open : callable
        ``open(http, **sizes)`` gives a `Source` or a `Lister`; ``sizes`` may hold ``size`` and ``page``.
    url : callable
        Returns the address in use.
    limits : str
        What the service asks of its users, in words.
    syntax : str
        How its queries are written, in words.
    database : str
        What its records have as ``v_paper.source``; the name by default.
    keep : callable
        ``keep(query)`` gives a test of records, for services that cannot search.
    """

    name: str
    label: str
    open: Callable[..., Any]
    url: Callable[[], str]
    limits: str
    syntax: str
    database: str = ""
    keep: Callable[[str], Callable[[Parsed], bool]] = keep_all


Say = Callable[[str], None]
