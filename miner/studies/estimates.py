"""A cell of estimates becomes values with their intervals and spreads, or a reason why it does not."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from miner.studies.clean import DASH, NO_ACCURACY, NUMBER, Numerals, is_date, is_missing, numeral, signed, without_footnotes
from miner.vocabulary import Vocabulary, vocabulary

_AS_TOLD = Numerals()
_VALUE = rf"{NUMBER}\s*(?:%|per ?cent\b)?"
_SINGLE = re.compile(rf"(?P<value>{NUMBER})\s*(?P<percent>%|per ?cent\b)?\s*(?P<rest>.*)", re.S)
_RANGE = re.compile(rf"({_VALUE})\s*{DASH}\s*({_VALUE})\.?")
_LIST = re.compile(rf"{_VALUE}(?:\s*(?:[/;|&]|,\s|\band\b)\s*{_VALUE})+\.?")
_SPREAD = re.compile(rf"(?:±|\+/?-|\bs\.?d\.?|\bstd\.?)\s*[=:]?\s*({_VALUE})", re.I)
_LEVEL = r"(?:\d\d(?:\.\d)?\s*%\s*)?(?:(?:CI|CrI|confidence interval|credible interval)\s*[:=,]?\s*)?"
_INTERVAL = re.compile(rf"{_LEVEL}[\[(]?({_VALUE})\s*(?:{DASH}|[,;])\s*({_VALUE})[\])]?", re.I)
_SHARE = re.compile(rf"({NUMBER})\s*(?:/|of)\s*({NUMBER})")
_NAMED = re.compile(r"(?P<name>[^\W\d][\w\s.@+-]*?)\s*[:=]?\s*(?=[~≈<>≥≤]?\s*[\d.])")
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]?")


@dataclass(frozen=True, slots=True)
class Scale:
    """How a column of estimates is read.

    ``percentage`` is True where numbers without a sign are percentages, False where they are fractions, None where each tells it;
    ``below_one`` says that percentages at or below 1 are meant; ``take`` which of several values counts; ``missing`` what means none.
    """

    metric: str = "accuracy"
    percentage: bool | None = None
    below_one: bool = False
    take: str | None = None
    numerals: Numerals = _AS_TOLD


_ACCURACIES = Scale()


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimate of a cell, with the task that the cell names beside it.

    ``value``, ``ci_low``, ``ci_high`` and ``sd`` are on the metric's scale: proportions, where it is one. ``bound`` is ``~``, ``>``, ``≥``,
    ``<`` or ``≤``. ``reason`` says why there is no value, ``note`` what of the cell was not read.
    """

    value: float | None
    task: str | None
    raw: str
    reason: str | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    sd: float | None = None
    bound: str | None = None
    note: str | None = None
    metric: str | None = None


def parse_estimates(cell: str, scale: Scale = _ACCURACIES, *, several: bool = False, words: Vocabulary | None = None) -> list[Estimate]:
    """Read the estimates of a cell.

    Parameters
    ----------
    cell : str
        For example ``87%``, ``0.91``, ``95.2 ± 1.3``, ``0.88 (0.80-0.93)``, ``0.9 (AD vs HC), 0.7 (MCI vs NC)``.
    scale : Scale
        How the column is read.
    several : bool
        The cell may hold a list, each item with its task in parentheses.
    words : Vocabulary, optional
        Has the metrics and their ranges; the one that ships with miner by default.

    Returns
    -------
    list of Estimate
        One an item; where it could not be read, ``value`` is None and ``reason`` says why.

    Examples
    --------
    >>> [(e.value, e.task) for e in parse_estimates("0.9 (AD vs HC), 0.7(MCI vs NC)", several=True)]
    [(0.9, 'AD vs HC'), (0.7, 'MCI vs NC')]
    >>> e = parse_estimates("95.2 ± 1.3")[0]
    >>> e.value, e.sd
    (0.952, 0.013)
    >>> parse_estimates("187%")[0].reason
    '187% is above 100 %'
    """
    reader = _Reader(scale, words or vocabulary())
    items = [item.strip() for item in _outside(scale.numerals, cell).split(cell)] if several else [cell.strip()]
    return [reader.read(item) for item in items if item] or [Estimate(None, None, cell, f"{NO_ACCURACY}: the cell is empty")]


def _outside(numerals: Numerals, cell: str) -> re.Pattern[str]:
    """Return what parts items of a list: not a comma within a bracket, nor one that is decimal."""
    decimal = numerals.decimal == "," or (numerals.decimal is None and "." not in cell)
    comma = r",(?!\d)|(?<!\d)," if decimal else ","
    return re.compile(rf"(?:{comma}|;)(?![^()]*\))")


@dataclass(frozen=True, slots=True)
class _Reader:
    scale: Scale
    words: Vocabulary

    def read(self, item: str) -> Estimate:
        if is_missing(item):
            return Estimate(None, None, item, f"{NO_ACCURACY}: {item!r}")
        if is_date(item):
            return Estimate(None, None, item, f"{NO_ACCURACY}: {item!r} is a date, as spreadsheets make of a range")
        text, other = self._unnamed(without_footnotes(item))
        if other is not None:
            return Estimate(None, None, item, f"{NO_ACCURACY} can be read in {item!r}: it names {other}")
        text, bound = signed(text)
        many = self._many(text)
        if many is not None:
            return self._taken(many, item, bound)
        found = _SINGLE.fullmatch(text)
        value = self._number(found["value"]) if found else None
        if found is None or value is None:
            return Estimate(None, None, item, f"{NO_ACCURACY} can be read in {item!r}")
        beside = self._beside(found["rest"])
        if beside is None:
            return Estimate(None, None, item, f"{NO_ACCURACY} can be read in {item!r}")
        percent = bool(found["percent"]) or "%" in (found["rest"] if beside.task is None and not beside.levelled else "")
        return self._scaled(replace(beside.estimate, value=value, raw=item, bound=bound), percent=percent)

    def _unnamed(self, text: str) -> tuple[str, str | None]:
        """Take off the name of the metric before the value; where it is another metric's, return what it names."""
        found = _NAMED.match(text)
        if found is None or signed(text)[1] is not None:
            return text, None
        named = self.words.canonical(found["name"].strip())
        return text[found.end() :], None if named == self.scale.metric else found["name"].strip()

    def _number(self, text: str) -> float | None:
        return numeral(re.sub(r"%|per ?cent", "", text), self.scale.numerals, share=True)

    def _many(self, text: str) -> tuple[str, list[str]] | None:
        """Return the ends of a range or the values of a list, and which of the two it is."""
        found = _RANGE.fullmatch(text)
        if found:
            return "range", [found[1], found[2]]
        return ("values", re.findall(_VALUE, text)) if _LIST.fullmatch(text) else None

    def _taken(self, many: tuple[str, list[str]], item: str, bound: str | None) -> Estimate:
        kind, texts = many
        if self.scale.take is None:
            say = "which of them counts, the mapping must say: [estimate] take, or split with names"
            return Estimate(None, None, item, f"{NO_ACCURACY}: {item!r} is {'a range' if kind == 'range' else 'several values'}; {say}")
        percent = any("%" in t or "cent" in t for t in texts)
        read = [self._scaled(Estimate(self._number(t), None, item, bound=bound), percent=percent) for t in texts]
        values = [e.value for e in read if e.value is not None]
        if len(values) < len(read):
            return next(e for e in read if e.value is None)
        return replace(read[0], value=taken(values, self.scale.take))

    def _beside(self, rest: str) -> _Beside | None:
        """Read what stands behind a value: a spread, an interval, a count of hits, a task; None where something else does."""
        rest = rest.strip()
        beside = _Beside(Estimate(None, None, ""))
        while rest and rest != ".":
            found = _BRACKETS.match(rest) or _SPREAD.match(rest) or re.match(r",?\s*" + _INTERVAL.pattern, rest, re.I)
            if found is None:
                return None
            told = found[1] if found.re is _BRACKETS else found[0].lstrip(", ")
            beside = self._told(beside, told.strip())
            rest = rest[found.end() :].strip()
        return beside

    def _told(self, beside: _Beside, text: str) -> _Beside:
        spread, interval = _SPREAD.fullmatch(text), _INTERVAL.fullmatch(text)
        if spread:
            return replace(beside, estimate=replace(beside.estimate, sd=self._number(spread[1])))
        if interval:
            low, high = self._number(interval[1]), self._number(interval[2])
            levelled = re.match(r"\d\d(?:\.\d)?\s*%", text) is not None and text.count("%") == 1
            return replace(beside, estimate=replace(beside.estimate, ci_low=low, ci_high=high), levelled=levelled)
        if _SHARE.fullmatch(text) or not text:
            return beside
        if not re.search(r"[^\W\d]", text):
            return replace(beside, estimate=replace(beside.estimate, note=f"what ({text}) is, the cell does not say"))
        task = " ".join(text.split())
        return replace(beside, estimate=replace(beside.estimate, task=task), task=task)

    def _scaled(self, e: Estimate, *, percent: bool) -> Estimate:
        """Turn percentages into proportions; ask where a number may be either."""
        value, known = e.value, self.words.metric(self.scale.metric)
        if value is None:
            return replace(e, reason=f"{NO_ACCURACY} can be read in {e.raw!r}")
        if (known is None and self.scale.percentage is None and not percent) or (known is not None and known.high != 1):
            return self._checked(e)  # no share, as far as is known: as it stands
        if percent or self.scale.percentage or (self.scale.percentage is None and value > 1):
            if value > 100:
                return replace(e, value=None, reason=f"{e.raw} is above 100 %")
            if 0 < value <= 1 and not self.scale.below_one:
                ask = "a share with a sign too many? Where it is meant, the mapping says [estimate] below_one = true"
                return replace(e, value=None, reason=f"{e.raw!r}: {value:g} %, or {ask}")
            return self._checked(_divided(e))
        if value > 1:
            return replace(e, value=None, reason=f"{e.raw} is above 1: if the column holds percentages, the mapping must say so")
        if value == 1 and self.scale.percentage is None and not re.search(r"1[.,·]0", e.raw):
            return replace(e, value=None, reason=f"{e.raw!r}: 1 % or 100 %? The mapping must say: [estimate] percentage = true, or false")
        return self._checked(e)

    def _checked(self, e: Estimate) -> Estimate:
        """Leave out an interval that does not hold its value."""
        if e.ci_low is None or e.ci_high is None or (e.value is not None and e.ci_low <= e.value <= e.ci_high):
            return e
        return replace(e, ci_low=None, ci_high=None, note=f"the interval does not hold the value in {e.raw!r}")


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands behind a value; ``levelled`` where the only sign of per cent is that of the interval's level."""

    estimate: Estimate
    task: str | None = None
    levelled: bool = False


def _divided(e: Estimate) -> Estimate:
    def share(x: float | None) -> float | None:
        return None if x is None else float(f"{x / 100:.15g}")

    return replace(e, value=share(e.value), ci_low=share(e.ci_low), ci_high=share(e.ci_high), sd=share(e.sd))


def taken(values: list[float], take: str) -> float:
    """Return the value that ``take`` (one of ``TAKES``) chooses.

    Examples
    --------
    >>> [taken([0.9, 0.8], how) for how in ("first", "last", "low", "high")], round(taken([0.9, 0.8], "midpoint"), 3)
    ([0.9, 0.8, 0.8, 0.9], 0.85)
    """
    if take == "midpoint":
        return float(f"{(min(values) + max(values)) / 2:.12g}")
    return {"first": values[0], "last": values[-1], "low": min(values), "high": max(values)}[take]
