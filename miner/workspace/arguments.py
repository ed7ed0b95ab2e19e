"""Checks of what people hand to the library: each error says what is wrong, with which argument, and what is right."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING

from miner.errors import UsageError
from miner.settings import suggest

if TYPE_CHECKING:
    from miner.harvest.http import Budget


def whole(least: int = 1, **given: object) -> None:
    """Check whole numbers of at least ``least``; None is left out.

    Raises
    ------
    UsageError
        If one is something else.

    Examples
    --------
    >>> whole(limit=3, workers=None)
    >>> whole(limit=-1)
    Traceback (most recent call last):
    miner.errors.UsageError: limit: it is -1 (give a whole number of at least 1)
    """
    for name, value in given.items():
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < least):
            raise UsageError(f"it is {value!r}", where=name, hint=f"give a whole number of at least {least}")


def positive(**given: object) -> None:
    """Check finite numbers above zero; None is left out."""
    for name, value in given.items():
        if value is not None and not (isinstance(value, int | float) and math.isfinite(value) and value > 0):
            raise UsageError(f"it is {value!r}", where=name, hint="give a number above 0")


def text(**given: object) -> None:
    """Check texts that hold something; None is left out."""
    for name, value in given.items():
        if value is not None and not (isinstance(value, str) and value.strip()):
            raise UsageError(f"it is {value!r}", where=name, hint="give a text that is not empty")


def texts(**given: object) -> list[str]:
    """Check one list of texts that hold something, and return it.

    Examples
    --------
    >>> texts(metrics=("auc", "accuracy"))
    ['auc', 'accuracy']
    >>> texts(metrics="auc")
    Traceback (most recent call last):
    miner.errors.UsageError: metrics: it is 'auc' (give a list of texts)
    """
    ((name, value),) = given.items()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise UsageError(f"it is {value!r}", where=name, hint="give a list of texts")
    for one in value:
        text(**{name: one})
    return [str(one) for one in value]


def number(**given: object) -> None:
    """Check single numbers; None is left out."""
    for name, value in given.items():
        if value is not None and not isinstance(value, Real):
            raise UsageError(f"it is {value!r}", where=name, hint="give a number")


def mapping(**given: object) -> None:
    """Check values by name; None is left out."""
    for name, value in given.items():
        if value is not None and not isinstance(value, Mapping):
            raise UsageError(f"it is {value!r}", where=name, hint="give values by name, as a dictionary")


def year_range(years: object) -> None:
    """Check a first and a last year; None is open."""
    if not isinstance(years, tuple | list) or len(years) != 2:
        raise UsageError(f"it is {years!r}", where="years", hint="give the first and the last year, None where it is open: (2019, None)")
    first, last = years
    whole(years=first)
    whole(first or 1, years=last)


def one_of(known: Iterable[str], **given: object) -> None:
    """Check names that must be known; None is left out."""
    for name, value in given.items():
        there = sorted(known)
        if value is not None and value not in there:
            raise UsageError(f"there is no {name} {value!r}", where=name, hint=suggest(str(value), there) if there else "there is none yet")


def engine(name: str, workers: int, *, scheduler: str | None = None, shards: str | None = None) -> None:
    """Check where extraction shall run."""
    one_of(("local", "dask"), engine=name)
    whole(workers=workers)
    text(scheduler=scheduler, shards=shards)
    if (scheduler or shards) and name != "dask":
        raise UsageError("only the engine dask takes a scheduler and shards", where="engine", hint="leave them out, or name dask")


def spendable(budget: Budget | None) -> None:
    """Check what a run may spend."""
    if budget is not None:
        from miner.harvest.http import Budget

        if not isinstance(budget, Budget):
            raise UsageError(f"it is {budget!r}", where="budget", hint="give a miner.parts.Budget(requests, seconds)")
        whole(requests=budget.requests)
        positive(seconds=budget.seconds)
