"""What the cells of other people's tables have in common: values that are absent, numbers in all their writings, dates, footnotes, years."""

from __future__ import annotations

import re
from dataclasses import dataclass

MISSING = frozenset({"", "-", "–", "—", "#", "?", "n/a", "na", "nr", "nan", "none", "null", "not reported", "not available"})
# How the reasons begin of rows that lack an accuracy, that name no task beside it, and that a mapping wants whole.
NO_ACCURACY, NO_TASK, INCOMPLETE = "no accuracy", "no task", "incomplete"
UNREAD = (NO_ACCURACY, NO_TASK)
TAKES = ("first", "last", "low", "high", "midpoint")

_SPACES = " \u00a0\u2009\u202f"
NUMBER = rf"(?:\d{{1,3}}(?:[{_SPACES}.,'’]\d{{3}})+(?!\d)(?:[.,·]\d+)?|\d+(?:[.,·]\d+)?(?:[eE][+-]?\d{{1,3}})?|[.,·]\d+)"
DASH = r"(?:[-–—−]|\bto\b)"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(rf"(?:\d{{1,4}}[-/ ]{_MONTH}|{_MONTH}[-/ ]\d{{1,4}}|\d{{4}}-\d\d-\d\d(?:[T ][\d:.]+)?)", re.I)
# Signs behind a number or a bracket that lead to a note below the table; letters to e only, so that `12F` stays twelve women.
_FOOTNOTE = re.compile(r"(?<=[\d%)])\s*(?:[*†‡§¶#‖]+|[¹²³⁴⁵⁶⁷⁸⁹⁰]+|\[\d{1,3}\](?!\d)|[a-d](?![\w.]))")
_SIGN = re.compile(r"(?:(?P<about>[~≈∼]|\b(?:about|around|approximately|approx\.?|circa|ca\.|c\.)(?!\w))|(?P<bound>>=|<=|[<>≥≤]))\s*", re.I)
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_BOUNDS = {">=": "≥", "<=": "≤"}


@dataclass(frozen=True, slots=True)
class Numerals:
    """How a table writes numbers: the decimal sign and the sign between thousands; None where it does not say."""

    decimal: str | None = None
    thousands: str | None = None


def is_missing(text: str) -> bool:
    """Tell whether a cell says that there is no value (empty, a dash, ``NR``, ``N/A`` …).

    Examples
    --------
    >>> is_missing(" NR "), is_missing("0")
    (True, False)
    """
    return text.strip().casefold() in MISSING


def is_date(text: str) -> bool:
    """Tell whether a cell is a day or a month: what spreadsheets make of ``1-30``.

    Examples
    --------
    >>> is_date("Jan-30"), is_date("2022-01-30 00:00:00"), is_date("20-30")
    (True, True, False)
    """
    return _DATE.fullmatch(text.strip()) is not None


def without_footnotes(text: str) -> str:
    """Return a cell without the signs that lead to notes.

    Examples
    --------
    >>> without_footnotes("80*"), without_footnotes("91.2 % [12]"), without_footnotes("0.9 [0.8, 0.95]")
    ('80', '91.2 %', '0.9 [0.8, 0.95]')
    """
    return _FOOTNOTE.sub("", text).strip()


def signed(text: str) -> tuple[str, str | None]:
    """Take off what makes a number a bound or an approximation; return the rest, and ``~``, ``>``, ``≥``, ``<``, ``≤`` or None.

    Examples
    --------
    >>> signed("≈100"), signed(">= 90%"), signed("45")
    (('100', '~'), ('90%', '≥'), ('45', None))
    """
    found = _SIGN.match(text)
    if found is None:
        return text, None
    return text[found.end() :], "~" if found["about"] else _BOUNDS.get(found["bound"], found["bound"])


def numeral(text: str, marks: Numerals, *, share: bool) -> float | None:
    """Read one number as a table writes it; None where it is none, or may be two.

    Where the table does not tell its signs, a comma or a point before three digits groups thousands in a count (``1,234``; a point there may
    also be decimal, so that ``1.234`` is not guessed), and is decimal in a ``share``.

    Examples
    --------
    >>> numeral("1,234", Numerals(), share=False), numeral("91,234", Numerals(), share=True), numeral("1.234", Numerals(), share=False)
    (1234.0, 91.234, None)
    >>> numeral("1.234", Numerals(thousands="."), share=False), numeral("12 504", Numerals(), share=False), numeral("2e3", Numerals(), share=False)
    (1234.0, 12504.0, 2000.0)
    """
    text = text.strip().replace("·", marks.decimal or ".")
    if not re.fullmatch(NUMBER, text):
        return None
    found = _plain(re.sub(rf"[{_SPACES}'’]", "", text), marks, share=share)
    return float(found) if found is not None else None


def _plain(text: str, marks: Numerals, *, share: bool) -> str | None:
    """Return a number with a decimal point and nothing between thousands."""
    if marks.decimal is not None or marks.thousands is not None:
        decimal = marks.decimal or ("," if marks.thousands == "." else ".")
        return _grouped(text, "," if decimal == "." else ".", decimal)
    if "," in text and "." in text:
        last = max(",.", key=text.rfind)
        return _grouped(text, ",.".replace(last, ""), last)
    for mark in ",.":
        if text.count(mark) > 1:
            return _grouped(text, mark, "")
    if "," in text:
        return _grouped(text, ",", "") if not share and re.fullmatch(r"[1-9]\d{0,2},\d{3}", text) else text.replace(",", ".")
    return None if not share and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", text) else text


def _grouped(text: str, thousands: str, decimal: str) -> str | None:
    whole, _, rest = text.partition(decimal) if decimal else (text, "", "")
    if thousands in rest or (thousands in whole and not re.fullmatch(rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+", whole)):
        return None
    return whole.replace(thousands, "") + (f".{rest}" if rest else "")


def parse_number(text: str) -> float | None:
    """Read a whole cell as one number: thousands may be grouped by spaces or commas, the decimal mark may be a mid-dot.

    Examples
    --------
    >>> parse_number("12 504"), parse_number("0·87"), parse_number("1,409"), parse_number("about 3")
    (12504.0, 0.87, 1409.0, None)
    """
    return numeral(text, _ENGLISH, share=False)


_ENGLISH = Numerals(".", ",")


def parse_year(text: str) -> int | None:
    """Read the first year from 1800 to 2099 in a cell.

    Examples
    --------
    >>> parse_year("Doe et al. (2011a) [45]"), parse_year("in press")
    (2011, None)
    """
    found = _YEAR.search(text)
    return int(found[1]) if found else None
