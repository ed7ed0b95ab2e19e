"""Which numbers of a sentence can state a performance, with the interval and spread that belong to each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from miner.text.numbers import Number

from .intervals import end_of, is_level, link_intervals
from .rejects import COST_AFTER, THINGS_AFTER, UNIT_AFTER, reject

# ``90/85/80%`` are three scores; ``39/791`` is a share of cases.
_SCORES_SLASHED = re.compile(r"(?<![\d.])\d{2}(?:\s?/\s?\d{2})+\s?%")
# ``28 dB/0.82 PSNR/SSIM``
_BESIDE_SCORES = re.compile(r"(?P<unit>\s{0,2}-?(?:dB|mm|cm|ms|HU|s))\s?(?:/|,|;|,? and) ?0?\.\d")
_DASH = re.compile(r"\s?-{1,2}\s?")
_RANGE = re.compile(r"\s?%?\s?(?:-|to|and)\s?-?")
_INTERVAL_WORDS = re.compile(
    r"confidence|credible|intervals?|CIs?|CrIs?|C\.I\.|bootstrap\w*|two-sided|percent|ranging|range|from|with|between|of|to|SD|SE|mean|standard|deviation|conservative|and|was|is",
    re.IGNORECASE,
)
_OTHER_WORDS = re.compile(r"[A-Za-z]{2}")


@dataclass(slots=True)
class Value:
    """One number that may state a performance. ``fraction`` is what it says as a fraction."""

    number: Number
    fraction: float
    low: float | None = None
    high: float | None = None
    sd: float | None = None
    end: int = 0  # where its interval or spread ends
    metric: str | None = None
    claim: str = "own"
    how: str = ""
    in_percent: bool = False  # its spread or interval has the sign
    listed: bool = False  # in a list whose last number has the sign
    signed: bool = False  # written with a plus: a difference
    foreign: bool = False  # has a unit, and stands in a list with scores: it keeps its place there, and states none

    @property
    def start(self) -> int:
        """Where the number begins."""
        return self.number.start

    @property
    def percent(self) -> bool:
        """Whether it is written in per cent."""
        return self.number.kind == "percent" or self.in_percent

    @property
    def bare(self) -> bool:
        """Whether it is a number above 1 without a per cent sign."""
        return not self.percent and self.number.value > 1 and not self.foreign

    @property
    def scorelike(self) -> bool:
        """Whether its form is that of a score: a fraction with decimals, or a percentage."""
        return self.percent or (self.number.decimals > 0 and self.number.value <= 1) or self.sd is not None


def fraction_of(number: Number, *, percent: bool | None = None) -> float:
    """Return what a number says as a fraction: 94.2 % and 94.2 are 0.942, 0.93 is 0.93."""
    in_percent = number.kind == "percent" or number.value > 1 if percent is None else percent
    return round(number.value / 100, 10) if in_percent else number.value


def find_values(text: str, numbers: list[Number]) -> tuple[list[Value], list[tuple[Number, str]]]:
    """Return the candidates with their intervals, and the numbers that are none with the reason."""
    rejected: list[tuple[Number, str]] = []
    attached = link_intervals(text, numbers)
    slashed = [m.span() for m in _SCORES_SLASHED.finditer(text)]
    values: list[Value] = []
    foreign_end = -1
    listed = _listed_foreign(text, numbers)
    for number in numbers:
        if number.start in listed:
            rejected.append((number, "another quantity"))
            continue
        spread = attached.spreads.get(number.start)
        if spread is not None and UNIT_AFTER.match(text, spread.end):
            if scores := _BESIDE_SCORES.match(text, spread.end):
                values.append(Value(number, 0.0, end=scores.end("unit"), foreign=True))
            else:
                rejected.append((number, "has a unit"))
            continue
        reason = attached.inner.get(number.start) or (None if any(a <= number.start < b for a, b in slashed) else reject(text, number))
        if reason is None and foreign_end >= 0 and _RANGE.fullmatch(text, foreign_end, number.start):
            reason = "another quantity"
        if reason == "has a unit" and (scores := _BESIDE_SCORES.match(text, number.end)):
            values.append(Value(number, 0.0, end=scores.end("unit"), foreign=True))
            continue
        if reason:
            rejected.append((number, reason))
            foreign_end = number.end if reason == "another quantity" else -1
            continue
        foreign_end = -1
        values.append(_value(text, number, attached.bounds.get(number.start), spread))
    for low, high in pairwise(values):
        # ``8-10%``: the sign holds for both ends of a range.
        if (
            high.number.kind == "percent"
            and not low.percent
            and low.number.value < high.number.value
            and _DASH.fullmatch(text, low.number.end, high.start)
        ):
            low.in_percent, low.fraction = True, fraction_of(low.number, percent=True)
    return values, rejected


_LISTED = re.compile(r"\s?%?(?:,| and|, and|,? or|-| to) ?")


def _listed_foreign(text: str, numbers: list[Number]) -> set[int]:
    """``1%, 5% and 10% labelled data``: what stands behind the last number of a list holds for all of it."""
    found: set[int] = set()
    for before, number in zip(reversed(numbers[:-1]), reversed(numbers), strict=False):
        held = number.start in found or (not is_level(text, number) and COST_AFTER.match(text, number.end) is not None)
        counted = (
            number.kind == "integer"
            and before.kind == "integer"
            and (
                number.start in found or UNIT_AFTER.match(text, number.end) is not None or THINGS_AFTER.match(text, number.end) is not None
            )
        )
        if ((held and number.kind == "percent") or counted) and _LISTED.fullmatch(text, before.end, number.start):
            found.add(before.start)
    return found


def _value(text: str, number: Number, bounds: tuple[Number, Number] | None, spread: Number | None) -> Value:
    in_percent = number.kind == "percent" or number.value > 1 or (spread is not None and spread.kind == "percent")
    if bounds is not None and bounds[1].kind == "percent" and number.value > 1:
        in_percent = True
    value = Value(number, fraction_of(number, percent=in_percent), end=end_of(text, number.start, number.end))
    value.in_percent = in_percent and (spread is not None or bounds is not None)
    value.signed = text[max(0, number.start - 2) : number.start].strip().endswith("+") and not text[: number.start].rstrip(" +").endswith(
        "/"
    )
    if spread is not None:
        value.sd = fraction_of(spread, percent=in_percent)
        value.end = end_of(text, number.start, spread.end)
    if bounds is not None:
        low, high = bounds
        scaled = in_percent and (high.value > 1 or high.kind == "percent")
        value.low = fraction_of(low, percent=scaled or high.value > 1)
        value.high = fraction_of(high, percent=scaled or high.value > 1)
        if not _OTHER_WORDS.search(_INTERVAL_WORDS.sub("", text[number.end : low.start])):
            value.end = max(value.end, end_of(text, number.start, high.end))
    return value
