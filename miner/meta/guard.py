"""Bad input gets a clear error: columns that are no numbers, equations without a solution, fits that give no finite figures."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from miner.errors import MetaError
from miner.meta.alignment import aligned

P = ParamSpec("P")
R = TypeVar("R")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
# 2020-01-31, 2020/1/31, 2020-01; 31/1/2020, 1.31.20, 31-01-2020; 31 January 2020, 31-Jan-20, Jan 2020; Jan 31, 2020; each with a time or without.
_DATE = re.compile(
    rf"(?:\d{{4}}([-/.])\d\d?\1\d\d?|\d{{4}}-(?:0[1-9]|1[0-2])|\d\d?([-/.])\d\d?\2(?:\d\d){{1,2}}|(?:\d\d?[ -])?{_MONTH}[ -](?:\d\d){{1,2}}|{_MONTH} \d\d?, ?\d{{4}})"
    r"(?:[T ,]+\d\d?:.*)?",
    re.IGNORECASE,
)


def missing(value: Any) -> bool:
    """Tell whether a value stands for a missing one: None, NaN, NaT, pandas' NA.

    Examples
    --------
    >>> missing(None), missing(float("nan")), missing(0), missing("")
    (True, True, False, False)
    """
    try:
        return value is None or bool(value != value)  # noqa: PLR0124 - NaN and NaT differ from themselves
    except (TypeError, ValueError):  # pandas' NA is neither equal nor different
        return type(value).__name__ == "NAType"


def dates(values: NDArray[Any]) -> bool:
    """Tell whether a column holds dates or durations, or text in the form of dates (and nothing else but blanks).

    Examples
    --------
    >>> dates(np.array(["2020-01-31", "2021-07-01"])), dates(np.array(["2020", "2021"]))
    (True, False)
    >>> dates(np.array(["31/1/2020", "1/7/2021", ""])), dates(np.array(["Jan 2020", "July 2021"])), dates(np.array(["1/2", "may"]))
    (True, True, False)
    """
    if values.dtype.kind in "mM":
        return True
    if values.dtype.kind not in "OUST":
        return False
    given = [v for v in values.ravel().tolist() if not missing(v) or type(v).__name__ == "NaTType"]
    if any(isinstance(v, date | time | timedelta) or type(v).__name__ == "Period" for v in given):
        return True
    told = [v for v in given if not (isinstance(v, str) and not v.strip())]
    return bool(told) and all(isinstance(v, str) and _DATE.fullmatch(v.strip()) for v in told)


def numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return a column as numbers; what is missing becomes nan.

    Raises
    ------
    MetaError
        For text, dates and other things that are no numbers.

    Examples
    --------
    >>> numbers([1, None], "yi")
    array([ 1., nan])
    """
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(float), np.nan)
    try:
        array = np.asarray(values)
        if dates(array):
            raise MetaError(f"{name} holds dates, which are no numbers", hint="give years, or days since a date")
        if array.dtype.kind == "O":
            array = np.array([np.nan if missing(v) else v for v in array.ravel().tolist()], dtype=object).reshape(array.shape)
        if array.dtype.kind == "c":
            raise MetaError(f"{name} holds complex numbers", hint="convert the column first")
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise MetaError(f"{name} holds something that is not a number: {error}", hint="convert the column first") from error


def broadcast(**columns: ArrayLike) -> list[NDArray[np.float64]]:
    """Return columns of numbers in one shape: single values stand for all rows.

    Raises
    ------
    MetaError
        If their shapes do not go together.

    Examples
    --------
    >>> [c.tolist() for c in broadcast(t=[0.5, 0.7], n=10)]
    [[0.5, 0.7], [10.0, 10.0]]
    """
    found = {name: numbers(column, name) for name, column in columns.items()}
    try:
        return list(np.broadcast_arrays(*found.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {column.shape}" for name, column in found.items())
        raise MetaError(f"shapes that do not go together: {shapes}", hint="give columns of one length, or single values") from None


def whole_numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return a column of counts: whole numbers, from which rounding errors (of an accuracy times its n) are removed.

    Raises
    ------
    MetaError
        For fractions; accuracies given as counts would be taken for studies without a success otherwise.

    Examples
    --------
    >>> whole_numbers([3, 0.29 * 100], "x").tolist()
    [3.0, 29.0]
    """
    counts = numbers(values, name)
    near = np.round(counts)
    off = np.isfinite(counts) & (np.abs(counts - near) > 1e-9 * np.maximum(1.0, np.abs(near)))
    if off.any():
        row = int(np.argmax(off.ravel()))
        found = counts[np.isfinite(counts)]
        share = bool(((found >= 0) & (found <= 1)).all())
        hint = "these look like shares: give counts, such as round(accuracy * n)" if share else "round it first"
        raise MetaError(f"{name} = {counts.ravel()[row]:g} is no whole count", where=f"row {row + 1}", hint=hint)
    return near


_ESTIMATES = ("beta", "coef", "estimate")


def sheltered(method: Callable[P, R]) -> Callable[P, R]:
    """Turn equations without a solution, and results without estimates that say no reason, into errors that say so; match rows (see ``aligned``).

    No warning of the numerics leaves the method: what they say of infinite and undefined figures is for the method to say.
    """
    return _kept(method, _told)


def guarded(method: Callable[P, R]) -> Callable[P, R]:
    """Do as ``sheltered``, and refuse estimates and standard errors that are not finite."""
    return _kept(method, _finite)


def _figures(result: Any, name: str) -> NDArray[np.float64]:
    return np.asarray(getattr(result, name, 0.0), dtype=float)


def _finite(result: Any) -> bool:
    return all(np.isfinite(_figures(result, name)).all() for name in (*_ESTIMATES, "se"))


def _told(result: Any) -> bool:
    """Tell whether no estimate is infinite, and one that is not known at all has a warning that says why."""
    found = [_figures(result, name) for name in _ESTIMATES]
    unknown = any(f.size and np.isnan(f).all() for f in found)
    return not any(np.isinf(f).any() for f in found) and (not unknown or bool(getattr(result, "warnings", ())))


def _kept(method: Callable[P, R], sound: Callable[[Any], bool]) -> Callable[P, R]:
    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
                result = method(*args, **kwargs)
        except np.linalg.LinAlgError as error:
            hint = "look for effects that are all the same, variances of very different size, or moderators of very different scale"
            raise MetaError(f"the equations have no unique solution ({error})", hint=hint) from error
        except ArithmeticError as error:
            hint = "check for effects or variances that are many orders of magnitude off"
            raise MetaError(f"the figures are too large or too small to compute with ({error})", hint=hint) from error
        if not sound(result):
            raise MetaError("the fit gives no finite estimate", hint="look for infinite odds, or effects of very different size")
        return result

    return aligned(call)
