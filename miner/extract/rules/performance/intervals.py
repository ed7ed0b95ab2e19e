"""Intervals and spreads: which numbers are the bounds or the deviation of an estimate before them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from miner.text.numbers import Interval, Number, after_percent, find_intervals, find_plus_minus
from miner.text.patterns import load_patterns

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
# ``95% CI``: the number is the level of an interval. ``67% (CI: 60-73)`` is an estimate.
_LEVEL_AFTER = _PATTERNS["level_after"]
_LEVEL_BEFORE = re.compile(r"(?:\bCIs?|confidence intervals?) \(?$")
_LEVELS = {80.0, 85.0, 90.0, 95.0, 97.5, 99.0, 99.9, 0.95, 0.9, 0.99}
_COUNT = re.compile(r"\d\s?(?:/|of|out of)\s?\d")
_NOT_CI = re.compile(r"\b(?:IQR|interquartile|ranges?|ranging|ranged|min|max|Q1|quartiles?)\b[^()\[\]]{0,25}$", re.IGNORECASE)
_SPREAD_NAMED = re.compile(
    r"\s?(?:%|percent)?\s?[,;]?\s?[(\[]?\s?(?:(?:mean )?(?:SDs?|SEs?|SEM|std\.?|s\.d\.|standard (?:deviations?|errors?)(?: of the mean)?)(?: \((?:SD|SE|SEM)\))?)\s?(?:of|=|:|was|,)?\s?[±]?\s?",
    re.IGNORECASE,
)
_FAR = 110
_PERCENT = re.compile(r"\s?(?:%|percent\b|per cent\b)")
_CLOSE = re.compile(r"[^()\[\]{}]{0,60}[)\]}]{1,3}")
_BETWEEN = re.compile(
    r"\s?(?:%|percent)?\s?[;,]?\s?(?:[(\[{]\s?)?(?:[pP]\s?[<=>≤]\s?[\d.]+[,;]\s?)?(?:\d+ ?/ ?\d+\s?[;,)\]]{0,2}\s?[(\[]?)?"
)


@dataclass(slots=True)
class LinkedIntervals:
    """What belongs to estimates: by the start of an estimate, its bounds and its spread. ``inner`` are starts of such numbers.

    ``asides`` are numbers in a bracket of their own behind an estimate, which the text calls nothing: ``0.92 (0.04)``.
    """

    bounds: dict[int, tuple[Number, Number]] = field(default_factory=dict)
    spreads: dict[int, Number] = field(default_factory=dict)
    inner: dict[int, str] = field(default_factory=dict)
    asides: dict[int, Number] = field(default_factory=dict)


def is_level(text: str, number: Number) -> bool:
    """Whether a number is the level of an interval, as 95 in ``95% CI``."""
    return number.value in _LEVELS and (
        _LEVEL_AFTER.match(text, number.end) is not None or _LEVEL_BEFORE.search(text, max(0, number.start - 24), number.start) is not None
    )


def link_intervals(text: str, numbers: list[Number]) -> LinkedIntervals:
    """Return the intervals and spreads of a sentence with the estimates that they belong to."""
    found = LinkedIntervals()
    for pair in find_plus_minus(text, numbers):
        if pair.centre.start not in found.inner:
            found.spreads[pair.centre.start] = pair.spread
            found.inner[pair.spread.start] = "a spread"
    for before, number in pairwise(numbers):
        if number.start not in found.inner and _SPREAD_NAMED.fullmatch(text, before.end, number.start):
            found.spreads.setdefault(before.start, number)
            found.inner[number.start] = "a spread"
        elif number.start not in found.inner and _is_small_aside(text, before, number):
            found.asides[before.start] = number
            found.inner[number.start] = "an unnamed bracket behind an estimate"
    _link_intervals(text, numbers, found)
    return found


_ASIDE = re.compile(r"\s?%?\s?\(")


def _is_small_aside(text: str, before: Number, number: Number) -> bool:
    """``0.92 (0.04)``: written as the estimate is, in a bracket of its own, and too small to be another estimate."""
    alike = before.decimals == number.decimals > 0 and before.kind == number.kind
    return (
        alike
        and 0 < number.value < 0.2 * before.value
        and _ASIDE.fullmatch(text, before.end, number.start) is not None
        and text.startswith(")", after_percent(text, number.end))
    )


def _link_intervals(text: str, numbers: list[Number], found: LinkedIntervals) -> None:
    intervals = _named_together(
        text, [i for i in find_intervals(text, numbers) if not _NOT_CI.search(text[max(0, i.start - 40) : i.start])]
    )
    stated = [i for i in intervals if i.stated or i.bracketed or _in_one_bracket(text, numbers, i)]
    ends = {i.end: i for i in stated}
    bounds = {n.start for i in stated for n in (i.low, i.high)}
    starts = [n.start for n in numbers]
    chain: list[Interval] = []
    for interval in stated:
        linked = bool(chain) and _joined(text, chain[-1].end, interval.start)
        chain = [*chain, interval] if linked else [interval]
        if linked and _pair_chain(text, numbers, chain, found, bounds):
            continue
        index = bisect_right(starts, interval.start) - 2
        while index >= 0 and _passed_over(text, numbers[index], found):
            index -= 1
        if index < 0 or numbers[index].start in bounds or numbers[index].end in ends:
            _keep_unlinked(interval, found)
            continue
        estimate = numbers[index]
        if (_holds(estimate, interval) and _belongs(text, estimate, interval)) or _slipped(text, estimate, interval):
            _keep(estimate, interval, found)
        else:
            _keep_unlinked(interval, found)
    for interval in intervals:
        if interval.stated and interval.low.start not in found.inner:
            found.inner[interval.low.start] = found.inner[interval.high.start] = "a bound"


def _named_together(text: str, intervals: list[Interval]) -> list[Interval]:
    """``(95% CI 0.75-0.85 and 0.70-0.84)``: the name holds for both intervals."""
    named: list[Interval] = []
    for interval in intervals:
        if named and named[-1].stated and not interval.stated and _joined(text, named[-1].end, interval.start):
            interval = replace(interval, stated=True)  # noqa: PLW2901 -- the same interval, called by its name
        named.append(interval)
    return named


_OPENED = re.compile(r"[(\[][^()\[\]\d]{0,25}$")
_ESTIMATE_COMMA = re.compile(r"\s?%?[,;] ")


def _in_one_bracket(text: str, numbers: list[Number], interval: Interval) -> bool:
    """``(0.784, 0.773 to 0.794)``: an estimate and its bounds in one bracket."""
    index = bisect_left(numbers, interval.start, key=lambda n: n.start) - 1
    if index < 0 or text[interval.high.end : interval.high.end + 2].lstrip("%")[:1] not in {")", "]", ";"}:
        return False
    estimate = numbers[index]
    return (
        estimate.decimals > 0
        and _OPENED.search(text[max(0, estimate.start - 30) : estimate.start]) is not None
        and _ESTIMATE_COMMA.fullmatch(text, estimate.end, interval.low.start) is not None
        and interval.low.value < estimate.value < interval.high.value
    )


def _keep(estimate: Number, interval: Interval, found: LinkedIntervals) -> None:
    found.bounds.setdefault(estimate.start, (interval.low, interval.high))
    found.inner[interval.low.start] = found.inner[interval.high.start] = "a bound"


def _keep_unlinked(interval: Interval, found: LinkedIntervals) -> None:
    """Keep the numbers of a stated interval without an estimate as bounds; brackets without a name may hold anything."""
    if interval.stated:
        found.inner[interval.low.start] = found.inner[interval.high.start] = "a bound"


def _joined(text: str, end: int, start: int) -> bool:
    gap = _PERCENT.sub("", text[end:start])
    return gap.strip(" ,;") in {"", "and", "&", "versus", "vs"} and ")" not in gap and "]" not in gap and len(gap) < 10


def _pair_chain(text: str, numbers: list[Number], chain: list[Interval], found: LinkedIntervals, bounds: set[int]) -> bool:
    """``AUCs of 0.81 and 0.79 (95% CI 0.75-0.85 and 0.70-0.84)``: as many estimates stand before the first interval as there are intervals."""
    first = bisect_left(numbers, chain[0].start, key=lambda n: n.start)
    before = [n for n in numbers[max(0, first - 20) : first] if n.start not in bounds and not _passed_over(text, n, found)]
    estimates = before[-len(chain) :]
    if len(estimates) < len(chain) or any(e.start in found.bounds and found.bounds[e.start][0] is not chain[0].low for e in estimates):
        return False
    if not all(_holds(e, i) for e, i in zip(estimates, chain, strict=True)):
        return False
    for estimate in estimates:
        found.bounds.pop(estimate.start, None)
    for estimate, interval in zip(estimates, chain, strict=True):
        _keep(estimate, interval, found)
    return True


_P_VALUE = re.compile(r"\b[pP](?:[ -]?values?)?\s?[<=>≤]+\s?$")


def _passed_over(text: str, number: Number, found: LinkedIntervals) -> bool:
    """Numbers that may stand between an estimate and its interval: the interval's level, a count, a spread."""
    return (
        is_level(text, number)
        or number.start in found.inner
        or _P_VALUE.search(text, max(0, number.start - 14), number.start) is not None
        or (number.kind != "percent" and _COUNT.search(text, max(0, number.start - 9), number.end + 9) is not None)
    )


def _holds(estimate: Number, interval: Interval) -> bool:
    low, high = interval.low, interval.high
    factor = 1.0
    if low.value <= 1 < high.value and low.decimals and not high.decimals and high.kind != "percent":
        return False  # 0.47-076: two scales
    if high.value > 1 and estimate.value <= 1 and estimate.kind != "percent":
        factor = 0.01
    elif estimate.value > 1 and high.value <= 1 and high.kind != "percent":
        factor = 100.0
    return low.value * factor - 1e-9 <= estimate.value <= high.value * factor + 1e-9


def _belongs(text: str, estimate: Number, interval: Interval) -> bool:
    if _BETWEEN.fullmatch(text, estimate.end, interval.start):
        return True
    gap = text[estimate.end : interval.start]
    return interval.stated and len(gap) <= _FAR and ". " not in gap


_NAMED = re.compile(r"\s?%?[;,]? ?[(\[]?(?:9[059] ?% ?)?(?:CIs?|confidence intervals?)[ :=,]{0,3}", re.IGNORECASE)


def _slipped(text: str, estimate: Number, interval: Interval) -> bool:
    """Whether the text calls an interval so, right behind an estimate that it does not hold: a slip of the authors, not ours to mend."""
    same = (estimate.value <= 1) == (interval.high.value <= 1) and interval.low.value > 0.5 * estimate.value
    return same and interval.stated and _NAMED.fullmatch(text, estimate.end, interval.start) is not None


def end_of(text: str, start: int, last: int) -> int:
    """Return where an estimate ends that begins at ``start`` and whose last number ends at ``last``: with per cent sign and bracket."""
    sign = _PERCENT.match(text, last)
    end = sign.end() if sign else last
    inside = text[start:end]
    if any(inside.count(a) > inside.count(b) for a, b in ("()", "[]", "{}")):
        close = _CLOSE.match(text, end)
        return close.end() if close else end
    return end
