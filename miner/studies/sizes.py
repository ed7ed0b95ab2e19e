"""A cell of sample sizes becomes a number, with the groups that it names, or a reason why it does not."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from miner.studies.clean import DASH, NUMBER, Numerals, is_date, is_missing, numeral, signed, without_footnotes
from miner.studies.estimates import taken
from miner.vocabulary import vocabulary

_AS_TOLD = Numerals()
_COUNT = rf"(?:n\s*[.=:]*\s*)?(?P<count>{NUMBER}k?)(?![\w.])"
_PREFIX = re.compile(rf"(?:n|total|total n|sample size|#)\s*[.=:]*\s*(?=[~≈<>≥≤]?\s*{NUMBER})", re.I)
_BRACKET = r"(?:\s*[(\[][^()\[\]]*[)\]])*"
_NAME = r"(?P<name>[^\W\d_][^=:()\[\]]*?)"
# A number alone or with words, and what describes it in brackets: `23 (12F)`, `45 patients`.
_WHOLE = re.compile(rf"(?P<count>{NUMBER}k?)(?:\s+(?P<name>[^\W\d_][^\d()\[\]±%/]*?))?{_BRACKET}\.?")
_RANGE = re.compile(rf"({NUMBER})\s*{DASH}\s*({NUMBER})(?:\s+[^\W\d_][^\d()±%/]*)?")
_SUM = re.compile(rf"{NUMBER}(?:\s*\+\s*{NUMBER})+")
_GROUPS = [
    re.compile(form)
    for form in (
        rf"{_NAME}\s*[=:]\s*{_COUNT}{_BRACKET}",
        rf"{_NAME}\s*[(\[]\s*{_COUNT}\s*[)\]]",
        rf"{_COUNT}\s*[(\[]\s*{_NAME}\s*[)\]]",
        rf"{_COUNT}\s*{_NAME}{_BRACKET}",
        rf"{_NAME}\s+{_COUNT}{_BRACKET}",
    )
]
_BETWEEN = re.compile(r"(?:[;+&/]|,(?!\d{3}(?!\d))|\band\b|\bvs?\b\.?|\bversus\b)(?![^()\[\]]*[)\]])", re.I)
_TOTALS = {"total", "n", "all"}


@dataclass(frozen=True, slots=True)
class Size:
    """The sample size of a cell: the total, and the groups that it names; ``bound`` is ``~``, ``>``, ``≥``, ``<`` or ``≤``."""

    total: int | None
    groups: tuple[tuple[str, int], ...] = ()
    reason: str | None = None
    bound: str | None = None


def parse_size(cell: str, take: str | None = None, numerals: Numerals = _AS_TOLD) -> Size:
    """Read a sample size: a number, or groups with or without their total.

    Parameters
    ----------
    cell : str
        For example ``363``, ``n=23 (12F)``, ``45 (AD), 40 (HC)``, ``30 + 30``.
    take : {"first", "last", "low", "high", "midpoint"}, optional
        What counts of a range; it is not read otherwise.
    numerals : Numerals
        How the table writes numbers.

    Examples
    --------
    >>> size = parse_size("AD = 80, MCI = 141, total = 363")
    >>> size.total, size.groups
    (363, (('AD', 80), ('MCI', 141)))
    >>> [parse_size(cell).total for cell in ("45 (AD), 40 (HC)", "30 + 30", "23 (12F)", "30/30", "20-30")]
    [85, 60, 23, None, None]
    >>> parse_size("20-30", take="low").total, parse_size("~100").bound
    (20, '~')
    >>> parse_size("NR").reason
    "no sample size: 'NR'"
    """
    if is_missing(cell):
        return Size(None, (), f"no sample size: {cell!r}")
    if is_date(cell):
        return Size(None, (), f"no sample size: {cell!r} is a date, as spreadsheets make of a range")
    text, bound = signed(without_footnotes(cell))
    prefix = _PREFIX.match(text)
    text, bound = signed(text[prefix.end() :]) if prefix and bound is None else (text, bound)
    found = _read(text.strip(), cell, take, numerals)
    return replace(found, bound=bound) if found.total is not None else found


def _read(text: str, cell: str, take: str | None, numerals: Numerals) -> Size:
    whole, span = _WHOLE.fullmatch(text), _RANGE.fullmatch(text)
    if whole:
        return _single(whole, cell, numerals)
    if span:
        ends = [numeral(end, numerals, share=False) for end in (span[1], span[2])]
        if take is None or any(e is None for e in ends):
            return Size(None, (), f"no sample size: {cell!r} is a range; [n] take in the mapping may say what counts")
        return _counted(taken([e for e in ends if e is not None], take), cell)
    if _SUM.fullmatch(text):
        return _total([("", _whole(n, numerals)) for n in re.split(r"\s*\+\s*", text)], cell)
    parts = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    found = [_group(part, numerals) for part in parts]
    groups = [g for g in found if g is not None]
    if len(groups) < len(found) or not groups:
        if re.fullmatch(rf"{NUMBER}(?:\s*[/,;]\s*{NUMBER})+", text):
            return Size(None, (), f"no sample size: whether {cell!r} are groups, a share or alternatives, the cell does not say")
        return Size(None, (), f"no sample size can be read in {cell!r}")
    return _total(groups, cell)


def _single(whole: re.Match[str], cell: str, numerals: Numerals) -> Size:
    unit = (whole["name"] or "").split()
    if unit and _many(unit[-1]):
        return Size(None, (), f"no sample size: {cell!r} counts {unit[-1]}, of which one person or image has many")
    count = numeral(whole["count"].rstrip("k"), numerals, share=False)
    if count is None:
        return Size(None, (), f"no sample size: {cell!r} may be thousands or a fraction; [table] thousands in the mapping may say so")
    return _counted(count * 1000 if whole["count"].endswith("k") else count, cell)


def _counted(count: float, cell: str) -> Size:
    return Size(int(count)) if count == int(count) and count >= 1 else Size(None, (), f"{cell!r} is no sample size")


def _group(part: str, numerals: Numerals) -> tuple[str, int | None] | None:
    found = next((m for form in _GROUPS if (m := form.fullmatch(part))), None)
    return (found["name"].strip(), _whole(found["count"], numerals)) if found else None


def _whole(text: str, numerals: Numerals) -> int | None:
    count = numeral(text.rstrip("k"), numerals, share=False)
    count = count * 1000 if count is not None and text.endswith("k") else count
    return int(count) if count is not None and count == int(count) else None


def _total(groups: list[tuple[str, int | None]], cell: str) -> Size:
    many = next((name for name, _ in groups if name and _many(name.split()[-1])), None)
    if many is not None:
        return Size(None, (), f"no sample size: {cell!r} counts {many} beside others")
    if any(count is None for _, count in groups):
        return Size(None, (), f"no sample size can be read in {cell!r}")
    counts = [(name, count) for name, count in groups if count is not None]
    told = next((count for name, count in counts if name.casefold() in _TOTALS), None)
    named = tuple((name, count) for name, count in counts if name and name.casefold() not in _TOTALS)
    return Size(told if told is not None else sum(count for _, count in counts), named)


def _many(noun: str) -> bool:
    """Tell whether one person, scan or image has many of a unit."""
    units = vocabulary().table("units")
    known = {*units["many"], *units["records"]}
    return noun.casefold() in known or noun.casefold().removesuffix("s") in known
