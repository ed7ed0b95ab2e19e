"""Numbers as papers write them: ``1,234``, ``29 823``, ``19,20,848``, ``12k``, ``1.3 million``, ``two hundred and five``, ``.87``.

All work on normal text (`miner.text.normalise`): spaces are plain, a minus is ``-``, a decimal mid-dot is ``.``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

NumberKind = Literal["integer", "decimal", "percent", "words"]

_ONES = dict(zip(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
                  "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"], range(20), strict=True))  # fmt: skip
_TENS = dict(zip(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], range(20, 100, 10), strict=True))
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_SMALL = {**_ONES, **_TENS, "fourty": 40, "ninty": 90}
_SUFFIX = {"k": 1_000, "K": 1_000, "M": 1_000_000}

_WORD = "|".join(sorted([*_SMALL, *_SCALES], key=len, reverse=True))
# A number in words begins with a small number (``hundred patients`` alone is no count) and goes on with more words.
WORDS = rf"\b(?:{'|'.join(sorted(_SMALL, key=len, reverse=True))})(?:(?:\s?-\s?|\s+)(?:and\s+)?(?:{_WORD})){{0,17}}\b"
_GROUPED = (
    r"[0-9]{1,3}(?:,[0-9]{3})+"  # 1,234,567
    r"|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}"  # 19,20,848
    r"|[0-9]{1,3}, [0-9]{3}(?= (?!and\b|or\b|vs\b|to\b)[A-Za-z])"  # 5, 159 images: a slip of the typesetter; not 45, 120 and 300
    r"|[0-9]{1,3}(?: [0-9]{3})+"  # 29 823
    r"|[0-9]{1,2},[0-9]{1,2}(?=\s?\\?%)"  # 91,57 %: a decimal comma
)
# A digit number stands alone: not in a word (T2, 3D), an identifier (1.2.3), a date or a time.
DIGITS = (
    rf"(?<![\w.])(?<![0-9],)(?:(?:{_GROUPED})(?![0-9])(?:\.[0-9]{{1,9}})?|[0-9]{{1,15}}(?:\.[0-9]{{1,15}})?)(?!\.?[0-9])"
    r"(?:(?:\s|-)?(?:thousand|million|billion)\b|[kKM](?![\w])|(?=(?:pp|pts)\b)|(?![^\W\d]))"  # 3.8pp: percentage points
    r"|(?<![\w.])\.[0-9]{1,9}(?![\w]|\.[0-9])"
    r"|(?<=[0-9],)0?\.[0-9]{1,9}(?![\w]|\.[0-9])"  # 0.99,0.98: no space after the comma
)
_DIGITS = re.compile(DIGITS)
_WORDS = re.compile(WORDS, re.IGNORECASE)
_PERCENT = re.compile(r"\s?(?:%|percent\b|per cent\b|percentage points?\b|pp\b)")
_DECIMAL_COMMA = re.compile(r"[0-9]{1,2},[0-9]{1,2}")
_SCALE_WORD = re.compile(r"(?:\s|-)?(thousand|million|billion)$|([kKM])$")


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a text.

    ``start`` and ``end`` hold the number alone (``94.2`` of ``94.2 %``, ``1.3 million`` whole); ``value`` is what it says
    (94.2, not 0.942); ``kind`` is ``percent`` where a percent sign or word follows; ``decimals`` counts the digits after the point.
    """

    start: int
    end: int
    value: float
    kind: NumberKind
    decimals: int = 0

    @property
    def is_count(self) -> bool:
        """Whether it can count things: a whole number that is no percentage."""
        return self.kind in {"integer", "words"}


@dataclass(frozen=True, slots=True)
class Interval:
    """Two bounds as written: ``0.91-0.95``, ``[0.91, 0.95]``, ``0.91 to 0.95``. ``stated`` where the text calls it a CI or CrI."""

    start: int
    end: int
    low: Number
    high: Number
    bracketed: bool = False
    stated: bool = False


@dataclass(frozen=True, slots=True)
class PlusMinus:
    """An estimate and what stands after its ``±``."""

    start: int
    end: int
    centre: Number
    spread: Number


def parse_words(text: str) -> int | None:
    """Return the whole number that English words say, or None.

    Examples
    --------
    >>> parse_words("two hundred and five"), parse_words("Eight hundred and seventy-six"), parse_words("one two")
    (205, 876, None)
    """
    words = _LETTERS.findall(text.lower())
    value, read = _read_words(words)
    return value if read == len(words) else None


_LETTERS = re.compile(r"[a-z]+")


def _read_words(words: Sequence[str]) -> tuple[int, int]:
    """Return the number that words begin with, and how many words say it."""
    total = current = 0
    previous = 1 << 60
    for count, word in enumerate(words):
        if word == "and":
            continue
        if word in _SMALL:
            value = _SMALL[word]
            # Twenty-five, hundred five: each smaller than what stands before; "one two" and "five twenty" are not one number.
            if (value == 0 and current) or value >= previous or (previous < 100 and not (previous >= 20 and 0 < value < 10)):
                return total + current, count
            current += value
            previous = value if value else 1
        elif word == "hundred":
            if not 0 < current < 100:
                return total + current, count
            current *= 100
            previous = 100
        elif word in _SCALES:
            if not current or (total and total % (_SCALES[word] * 1000)):
                return total + current, count
            total += current * _SCALES[word]
            current, previous = 0, _SCALES[word]
        else:
            return total + current, count
    return total + current, len(words)


def parse_digits(text: str) -> tuple[float, int]:
    """Return the value of a number in digits, and how many decimals it has.

    Examples
    --------
    >>> parse_digits("29 823"), parse_digits("19,20,848"), parse_digits("1.3 million"), parse_digits(".87"), parse_digits("12k")
    ((29823, 0), (1920848, 0), (1300000, 0), (0.87, 2), (12000, 0))
    """
    scale = 1
    if match := _SCALE_WORD.search(text):
        scale = _SCALES[match.group(1)] if match.group(1) else _SUFFIX[match.group(2)]
        text = text[: match.start()]
    digits = text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text.replace(",", "").replace(" ", "")
    decimals = len(digits) - digits.index(".") - 1 if "." in digits else 0
    if not decimals:
        return int(digits) * scale, 0
    value = float(digits) * scale
    if scale > 1 and abs(value - round(value)) < 1e-6 * scale:
        return round(value), 0
    return value, decimals


def find_numbers(text: str) -> list[Number]:
    """Return all numbers of a normal text, in order; none overlap.

    Parameters
    ----------
    text : str
        Normal text.

    Returns
    -------
    list of Number
        What stands in a word (``T2``, ``COVID-19``), an identifier or a number of more than 15 digits is left out.

    Examples
    --------
    >>> [(n.value, n.kind) for n in find_numbers("Twenty-seven of 1,234 patients (94.2 %); COVID-19, n=12/group, .87")]
    [(27, 'words'), (1234, 'integer'), (94.2, 'percent'), (12, 'integer'), (0.87, 'decimal')]
    """
    found = [n for m in _DIGITS.finditer(text) if (n := digit_number(text, m.start(), m.end())) is not None]
    words = [n for m in _WORDS.finditer(text) for n in word_numbers(text, m.start(), m.end())]
    return sorted([*found, *words], key=lambda n: n.start) if words else found


def digit_number(text: str, start: int, end: int) -> Number | None:
    """Return the number that ``DIGITS`` matched at ``start`` to ``end``, or None where a name such as ``COVID-19`` holds it."""
    if start >= 2 and text[start - 1] == "-" and text[start - 2].isalpha() and _is_name(text, start):
        return None
    value, decimals = parse_digits(text[start:end])
    if _PERCENT.match(text, end):
        return Number(start, end, value, "percent", decimals)
    return Number(start, end, value, "decimal" if decimals else "integer", decimals)


def _is_name(text: str, start: int) -> bool:
    """Whether the word before the hyphen at ``start - 1`` makes a name with the number: COVID-19, PHQ-9, ADAS-13."""
    begin = start - 2
    while begin > 0 and start - begin < 20 and (text[begin - 1].isalnum() or text[begin - 1] == "-"):
        begin -= 1
    word = text[begin : start - 1]
    return any(c.isupper() for c in word)


def word_numbers(text: str, start: int, end: int) -> list[Number]:
    """Return the numbers in words from ``start`` to ``end``; ``one, two`` is two of them."""
    spans = [(m.start() + start, m.end() + start) for m in _LETTERS.finditer(text[start:end].lower())]
    found: list[Number] = []
    while spans:
        value, read = _read_words([text[a:b].lower() for a, b in spans])
        if read == len(spans) and not found:
            return [Number(start, end, value, "percent" if _PERCENT.match(text, end) else "words")]
        # More than one number: the longest beginning that is a number, then what stands behind it.
        last = max(read, 1)
        while last > 1 and text[spans[last - 1][0] : spans[last - 1][1]].lower() == "and":
            last -= 1
        if read:
            stop = spans[last - 1][1]
            found.append(Number(spans[0][0], stop, value, "percent" if _PERCENT.match(text, stop) else "words"))
        spans = spans[last:]
        while spans and text[spans[0][0] : spans[0][1]].lower() == "and":
            spans = spans[1:]
    return found


_CI = r"(?:(?:9[059]|8[05]|99\.9|97\.5)\s?-?\s?%\s?-?\s?)?(?:confidence intervals?|credible intervals?|conf\. int\.|CIs?|CrIs?|C\.I\.|PIs?\b|prediction intervals?)"
_STATED = re.compile(
    rf"(?:{_CI}(?:\s?9[059]\s?%)?|(?:9[059]|8[05]|97\.5)\s?%)(?:\s?[(\[](?:\d\d\s?%\s?)?(?:{_CI})[)\]])?(?: intervals?)?[)\]]?[\s:=,;]{{0,3}}(?:of |was |were |from |is |between |ranging from )?[\s(\[{{]{{0,2}}$",
    re.IGNORECASE,
)
_STATED_AFTER = re.compile(rf"\s?[,;]?\s?\(?{_CI}", re.IGNORECASE)
# ``(0.88-0.94; p < 0.001)`` and ``(p < 0.001, 0.88-0.94)``: a p value in the same bracket.
_P = r"[pP](?:[ -]?values?)?\s?[<=>≤]+\s?0?\.\d+"
_CLOSED_P = re.compile(rf"\s?[,;]\s?{_P}\s?[)\]]")
_OPENED_P = re.compile(rf"[(\[]\s?{_P}\s?[,;]\s?$")
_JOIN = re.compile(r"\s?(?:%|percent)?\s?(?:-|--|to|,|;|~|and|through)\s?(?:[-+])?", re.IGNORECASE)


def find_intervals(text: str, numbers: Sequence[Number] | None = None) -> list[Interval]:
    """Return the intervals of a normal text.

    Two neighbouring numbers joined by a dash or ``to``; or by a comma or ``and`` where brackets hold them alone or the text
    calls them a confidence or credible interval.

    Parameters
    ----------
    text : str
        Normal text.
    numbers : sequence of Number, optional
        Its numbers, where they are known already.

    Returns
    -------
    list of Interval
        In order, none overlapping.

    Examples
    --------
    >>> [(i.low.value, i.high.value, i.stated) for i in find_intervals("AUC 0.93 (95% CI 0.91-0.95), [0.8, 0.9], 85 to 91%")]
    [(0.91, 0.95, True), (0.8, 0.9, False), (85, 91, False)]
    """
    found: list[Interval] = []
    numbers = find_numbers(text) if numbers is None else numbers
    used = -1
    for low, high in pairwise(numbers):
        if low.start < used:
            continue
        join = _JOIN.fullmatch(text, low.end, high.start)
        if not join or high.value < low.value:
            continue
        opened = text[low.start - 1 : low.start]
        closing = after_percent(text, high.end)
        before = text[max(0, low.start - 60) : low.start]
        bracketed = (opened in {"(", "["} or _OPENED_P.search(before) is not None) and (
            text[closing : closing + 1] in {")", "]"} or _CLOSED_P.match(text, closing) is not None
        )
        stated = bool(_STATED.search(before)) or bool(bracketed and _STATED_AFTER.match(text, closing + 1))
        weak = join.group().strip(" %").lower() in {",", ";", "and", ""}
        if weak and not (bracketed or stated):
            continue
        found.append(Interval(low.start, high.end, low, high, bracketed, stated))
        used = high.end
    return found


def after_percent(text: str, position: int) -> int:
    """Return where a per cent sign or word at ``position`` ends, or ``position`` where there is none."""
    match = _PERCENT.match(text, position)
    return match.end() if match else position


_SPREAD = re.compile(r"\s?(?:%|percent)?\s?(?:±|\+/-|\+-|\(±|\(\+/-|plus or minus|plus/minus)\s?")


def find_plus_minus(text: str, numbers: Sequence[Number] | None = None) -> list[PlusMinus]:
    """Return the estimates that stand with ``±`` (or ``+/-``).

    Examples
    --------
    >>> [(p.centre.value, p.spread.value) for p in find_plus_minus("88.5 ± 7.0% and 0.91+/-0.02")]
    [(88.5, 7.0), (0.91, 0.02)]
    """
    numbers = find_numbers(text) if numbers is None else numbers
    return [
        PlusMinus(centre.start, spread.end, centre, spread)
        for centre, spread in pairwise(numbers)
        if _SPREAD.fullmatch(text, centre.end, spread.start)
    ]


def number_at(numbers: Sequence[Number], start: int) -> Number | None:
    """Return the number that begins at ``start``, or None; ``numbers`` are in order."""
    index = bisect_left(numbers, start, key=lambda n: n.start)
    return numbers[index] if index < len(numbers) and numbers[index].start == start else None
