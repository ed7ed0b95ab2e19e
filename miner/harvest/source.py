"""What a source of records can do; the crawl knows no more of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

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
        """Return the records of a kept response; none where it is a count."""
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


Say = Callable[[str], None]
