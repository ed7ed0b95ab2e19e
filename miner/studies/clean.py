"""The small cleaning that tables of studies need: one cell becomes numbers, or a reason why it does not."""

from __future__ import annotations

import re
from dataclasses import dataclass

MISSING = frozenset({"", "-", "–", "—", "#", "?", "n/a", "na", "nr", "nan", "none", "null", "not reported", "not available"})
_NUMBER = r"\d{1,3}(?:[ ,\u00a0\u2009\u202f]\d{3})+(?:\.\d+)?|\d+(?:[.·]\d+)?|[.·]\d+"
# How the reasons begin of rows that lack an accuracy, that name no task beside it, and that a mapping wants whole.
NO_ACCURACY, NO_TASK, INCOMPLETE = "no accuracy", "no task", "incomplete"
UNREAD = (NO_ACCURACY, NO_TASK)
_ESTIMATE = re.compile(rf"(?P<value>{_NUMBER})\s*(?P<percent>%)?\s*(?:\((?P<task>[^()]*)\)?)?\s*\.?")
_GROUP = re.compile(rf"(?P<name>[^=,;:]+?)\s*[=:]\s*(?P<count>{_NUMBER})\s*$")
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_OUTSIDE = re.compile(r"[,;](?![^()]*\))")


@dataclass(frozen=True, slots=True)
class Estimate:
    """One accuracy of a cell: a proportion, with the task that the cell names beside it."""

    value: float | None
    task: str | None
    raw: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Size:
    """The sample size of a cell: the total, and the groups that it names."""

    total: int | None
    groups: tuple[tuple[str, int], ...] = ()
    reason: str | None = None


def is_missing(text: str) -> bool:
    """Tell whether a cell says that there is no value (empty, a dash, ``NR``, ``N/A`` …).

    Examples
    --------
    >>> is_missing(" NR "), is_missing("0")
    (True, False)
    """
    return text.strip().casefold() in MISSING


def parse_number(text: str) -> float | None:
    """Read a whole cell as one number: thousands may be grouped by spaces or commas, the decimal mark may be a mid-dot.

    Examples
    --------
    >>> parse_number("12 504"), parse_number("0·87"), parse_number("1,409"), parse_number("about 3")
    (12504.0, 0.87, 1409.0, None)
    """
    text = text.strip()
    if not re.fullmatch(_NUMBER, text):
        # what spreadsheets write of floats (59.599999999999994, 2.00E+06) is a number too
        try:
            return float(text) if re.fullmatch(r"\d+(\.\d+)?([eE][+-]?\d{1,3})?", text) else None
        except ValueError:
            return None
    return float(re.sub(r"[ ,\u00a0\u2009\u202f]", "", text).replace("·", "."))


def parse_year(text: str) -> int | None:
    """Read the first year from 1800 to 2099 in a cell.

    Examples
    --------
    >>> parse_year("Doe et al. (2011a) [45]"), parse_year("in press")
    (2011, None)
    """
    found = _YEAR.search(text)
    return int(found[1]) if found else None


def parse_estimates(cell: str, *, percentage: bool = False, several: bool = False) -> list[Estimate]:
    """Read the accuracies of a cell.

    Parameters
    ----------
    cell : str
        For example ``87%``, ``0.91``, ``0.9 (AD vs HC), 0.7 (MCI vs NC)``.
    percentage : bool
        Numbers without a percent sign are percentages.
    several : bool
        The cell may hold a list, each item with its task in parentheses.

    Returns
    -------
    list of Estimate
        One an item; where it could not be read, ``value`` is None and ``reason`` says why.

    Examples
    --------
    >>> [(e.value, e.task) for e in parse_estimates("0.9 (AD vs HC), 0.7(MCI vs NC)", several=True)]
    [(0.9, 'AD vs HC'), (0.7, 'MCI vs NC')]
    >>> parse_estimates("187%")[0].reason
    '187% is above 100 %'
    """
    items = [item.strip() for item in _OUTSIDE.split(cell)] if several else [cell.strip()]
    found = [_estimate(item, percentage=percentage) for item in items if item]
    return found or [Estimate(None, None, cell, f"{NO_ACCURACY}: the cell is empty")]


def _estimate(item: str, *, percentage: bool) -> Estimate:
    if is_missing(item):
        return Estimate(None, None, item, f"{NO_ACCURACY}: {item!r}")
    bare = item.rstrip("%").strip()
    number = parse_number(bare)
    if number is not None:
        return _bounded(number, item, None, percentage=percentage or item.endswith("%"))
    found = _ESTIMATE.fullmatch(item)
    value = parse_number(found["value"]) if found else None
    if found is None or value is None:
        return Estimate(None, None, item, f"{NO_ACCURACY} can be read in {item!r}")
    task = " ".join(found["task"].split()) if found["task"] else None
    return _bounded(value, item, task, percentage=percentage or bool(found["percent"]))


def _bounded(value: float, item: str, task: str | None, *, percentage: bool) -> Estimate:
    if percentage:
        if value > 100:
            return Estimate(None, task, item, f"{item} is above 100 %")
        return Estimate(value / 100.0, task, item)
    if value > 1:
        return Estimate(None, task, item, f"{item} is above 1: if the column holds percentages, the mapping must say so")
    return Estimate(value, task, item)


def parse_size(cell: str) -> Size:
    """Read a sample size: a number, or groups with or without their total.

    Examples
    --------
    >>> size = parse_size("AD = 80, MCI = 141, total = 363")
    >>> size.total, size.groups
    (363, (('AD', 80), ('MCI', 141)))
    >>> parse_size("AD = 20, HC = 22").total
    42
    >>> parse_size("NR").reason
    "no sample size: 'NR'"
    """
    if is_missing(cell):
        return Size(None, (), f"no sample size: {cell!r}")
    number = parse_number(cell)
    if number is not None:
        if number != int(number) or number < 1:
            return Size(None, (), f"{cell!r} is no sample size")
        return Size(int(number))
    groups: list[tuple[str, int]] = []
    total: int | None = None
    for part in cell.split(","):
        found = _GROUP.fullmatch(part.strip())
        count = parse_number(found["count"]) if found else None
        if found is None or count is None or count != int(count):
            return Size(None, (), f"no sample size can be read in {cell!r}")
        name = found["name"].strip()
        if name.casefold() in {"total", "n", "all"}:
            total = int(count)
        else:
            groups.append((name, int(count)))
    return Size(total if total is not None else sum(c for _, c in groups), tuple(groups))
