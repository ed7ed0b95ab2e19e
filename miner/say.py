"""Numbers and lists as sentences write them."""

from __future__ import annotations

import math
import re

from miner.digits import significant

_SINGULAR = {"are": "is", "have": "has", "lie": "lies", "differ": "differs"}
_DENIED = {"are": "is not", "have": "does not have", "lie": "does not lie", "differ": "does not differ"}

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def num(x: float, form: str) -> str:
    """Write a number in a format, from digits that every processor agrees on.

    Examples
    --------
    >>> num(0.12345678949, ".3f"), num(float("nan"), ".1f"), num(-0.001, "+.2f")
    ('0.123', '–', '0.00')
    """
    if math.isnan(x):
        return "–"
    text = format(significant(float(x)), form)
    return text if text[0] not in "+-" or float(text) else text[1:]


def percent(x: float, digits: int = 1) -> str:
    """Write a proportion in per cent.

    Examples
    --------
    >>> percent(0.8766), percent(float("nan"))
    ('87.7 %', '–')
    """
    return "–" if math.isnan(x) else f"{significant(100 * x):.{digits}f} %"


def score(x: float, *, share: bool, digits: int = 0) -> str:
    """Write a score as its field does: shares of units in per cent, all others as numbers; with so many ``digits`` more than is usual.

    Examples
    --------
    >>> score(0.8766, share=True), score(0.799, share=False), score(-0.12, share=False), score(0.8766, share=True, digits=1)
    ('87.7 %', '0.799', '−0.120', '87.66 %')
    """
    return percent(x, 1 + digits) if share else num(x, f".{3 + digits}f").replace("-", "−")


def minus(text: str) -> str:
    """Write minus signs before numbers.

    Examples
    --------
    >>> minus("about -3.9 points (-6.6 to +1.2) of three-level, 2010-2012")
    'about −3.9 points (−6.6 to +1.2) of three-level, 2010-2012'
    """
    return re.sub(r"(?<![\w.)\]-])-(?=[\d.])", "−", text)


def signed(x: float, digits: int = 1) -> str:
    """Write a number with its sign.

    Examples
    --------
    >>> signed(-8.08), signed(0.75, 2), signed(-0.001)
    ('−8.1', '+0.75', '0.0')
    """
    if math.isnan(x):
        return "–"
    text = f"{significant(x):+.{digits}f}"
    return text.replace("-", "−") if float(text) else text[1:]


def p_text(p: float) -> str:
    """Write a p-value as journals do.

    Examples
    --------
    >>> p_text(0.0004), p_text(0.0468), p_text(0.3)
    ('< 0.001', '0.047', '0.30')
    """
    if math.isnan(p):
        return "–"
    p = significant(p)
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def p_is(p: float) -> str:
    """Write a p-value with its sign of relation.

    Examples
    --------
    >>> p_is(0.0002), p_is(0.3), p_is(float("nan"))
    ('p < 0.001', 'p = 0.30', 'not tested')
    """
    text = p_text(p)
    if math.isnan(p):
        return "not tested"
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def interval(low: float, high: float, digits: int = 1) -> str:
    """Write an interval of signed numbers.

    Examples
    --------
    >>> interval(-15.1, -1.07)
    '−15.1 to −1.1'
    """
    return "–" if math.isnan(low) or math.isnan(high) else f"{signed(low, digits)} to {signed(high, digits)}"


def outcome(low: float, high: float, p: float, digits: int = 1, before: str = "") -> str:
    """Write the interval of signed numbers with its p-value, or that nothing was tested.

    Examples
    --------
    >>> outcome(-8.1, -2.3, 0.0004), outcome(float("nan"), float("nan"), float("nan"))
    ('−8.1 to −2.3, p < 0.001', 'not tested')
    """
    return "not tested" if math.isnan(p) else f"{before}{interval(low, high, digits)}, {p_is(p)}"


def legible(text: str) -> str:
    r"""Return a page without the control characters that records bring and HTML does not know (NUL, BEL, ESC …).

    Examples
    --------
    >>> legible("a\x1b[31m red\x00\n line")
    'a[31m red\n line'
    """
    return _CONTROLS.sub("", text)


def listed(words: list[str]) -> str:
    """Join words as a sentence does.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else "none"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> counted(1, "study", "studies"), counted(1200, "paper")
    ('1 study', '1,200 papers')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def out_of(part: int, whole: int, one: str, verb: str, many: str | None = None) -> str:
    """Write how many of how many, with the verb that goes with the first number: none, and the only one, have words of their own.

    Examples
    --------
    >>> out_of(1, 5, "study", "have", "studies"), out_of(2, 5, "value", "are"), out_of(1, 1, "row", "are")
    ('1 of 5 studies has', '2 of 5 values are', 'the one row is')
    >>> out_of(0, 5, "value", "lie"), out_of(0, 1, "value", "lie")
    ('none of the 5 values lies', 'the one value does not lie')
    """
    if whole == 1:
        return f"the one {one} {_SINGULAR[verb] if part else _DENIED[verb]}"
    if not part:
        return f"none of the {counted(whole, one, many)} {_SINGULAR[verb]}"
    return f"{part:,} of {counted(whole, one, many)} {_SINGULAR[verb] if part == 1 else verb}"


def headed(text: str) -> str:
    """Write a text as a sentence or an axis begins: its first letter large, the others as they are; symbols stay small.

    Examples
    --------
    >>> headed("area under the ROC curve"), headed("k = 2: too few")
    ('Area under the ROC curve', 'k = 2: too few')
    """
    return text if re.match(r"\w = ", text) else text[:1].upper() + text[1:]


def letters(number: int) -> str:
    """Return what tells the same names apart: a, b, … z, aa for 1, 2, … 26, 27.

    Examples
    --------
    >>> letters(1), letters(26), letters(28)
    ('a', 'z', 'ab')
    """
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(97 + rest) + text
    return text
