"""How far something long is, for who waits: a line at a time, with its rate and the time that is left."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from miner.say import counted

EVERY = 1.0  # seconds between two lines
_PATIENCE = 2.0  # seconds that pass without a word

Say = Callable[[str], None]


class Passing(str):
    """A line that the next one may replace: who listens may show it in place, thin it, or keep it.

    Examples
    --------
    >>> Passing("3 of 5 files").passing, getattr("3 of 5 files", "passing", False)
    (True, False)
    """

    __slots__ = ()
    passing = True


class Meter:
    """Counts what is done, and says so, a line a second at most.

    Parameters
    ----------
    say : callable
        Told :class:`Passing` lines.
    what : str
        What goes on: ``extracting``.
    thing : str
        What is counted, in the singular.
    total : int, optional
        How many there will be.
    clock : callable, optional
        Tells seconds.

    Examples
    --------
    >>> seconds = iter([0.0, 4.0])
    >>> Meter(print, "extracting", "document", 1400, lambda: next(seconds)).add(200)
    extracting: 200 of 1,400 documents, 50 a second, 24 s left
    """

    def __init__(self, say: Say, what: str, thing: str, total: int | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._what, self._thing, self.total, self._clock = say, what, thing, total, clock
        self.done = 0
        self._begun = self._told = clock()

    def add(self, number: int = 1) -> None:
        """Count, and say so where it is time."""
        self.done += number
        now = self._clock()
        if now - self._told >= EVERY:
            self._told = now
            self._say(Passing(self._line(now - self._begun)))

    def _line(self, seconds: float) -> str:
        rate = self.done / seconds
        line = f"{self._what}: " + (
            f"{self.done:,} of {counted(self.total, self._thing)}" if self.total else counted(self.done, self._thing)
        )
        if rate >= 2:
            line += f", {rate:,.0f} a second"
        left = (self.total or 0) - self.done
        return f"{line}, {duration(left / rate)} left" if left > 0 and rate else line


@contextmanager
def waiting(say: Say, what: str) -> Iterator[None]:
    """Say from time to time that something goes on whose end nobody knows, and for how long it has.

    Examples
    --------
    >>> with waiting(print, "publishing"):
    ...     pass  # was too short for a word
    """
    over, begun = threading.Event(), time.monotonic()

    def tick() -> None:
        pause = _PATIENCE
        while not over.wait(pause):
            pause = EVERY
            say(Passing(f"{what}: {duration(time.monotonic() - begun)} so far"))

    thread = threading.Thread(target=tick, name=what, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def duration(seconds: float) -> str:
    """Write seconds as people say them.

    Examples
    --------
    >>> duration(0.2), duration(42), duration(150), duration(9000)
    ('1 s', '42 s', '3 min', '2.5 h')
    """
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    return f"{int(seconds / 60 + 0.5)} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
