"""Whether the numbers of a text stand in another: normalised, in digits or in words, as shares or in per cent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from miner.text.normalise import normalise
from miner.text.numbers import Number, find_numbers

# Words that tell a number without being one; the word itself may stand in the other text instead.
_TOLD = {
    "half": 0.5, "halved": 0.5, "halves": 0.5, "quarter": 0.25, "quarters": 0.25, "dozen": 12.0, "dozens": None,
    "twice": 2.0, "double": 2.0, "doubled": 2.0, "doubles": 2.0, "twofold": 2.0, "thrice": 3.0, "triple": 3.0, "tripled": 3.0, "threefold": 3.0,
    "tenfold": 10.0, "hundreds": None, "thousands": None, "millions": None, "billions": None,
}  # fmt: skip
_LIST = re.compile(r"\s*(?:,|;|/|-|±|\+/-|\(|and|or|to|vs\.?|versus|,\s?and)\s*\(?", re.IGNORECASE)
_TOKEN = re.compile(r"\S+")
_LETTERS = re.compile(r"[a-z]+")

Reading = tuple[str, float]


def strange_numbers(claim: str, source: str) -> list[str]:
    """Return what of a text's numbers does not stand in another text.

    A number in per cent is a share of one; so is a number up to 1, and one in a list whose last is in per cent. What is no number by itself (``T2``, ``10⁵``)
    has to stand there letter by letter. ``one`` is taken as a pronoun. Nothing is rounded.

    Parameters
    ----------
    claim, source : str
        The text whose numbers are looked for, and that in which they should stand.

    Returns
    -------
    list of str
        As the claim writes them: numbers, then words that tell one, then words with digits.

    Examples
    --------
    >>> said = "Of 1,234 scans, twenty were lost; accuracy was 0.883 (AUC 91.2 and 93.0%) with T2."
    >>> strange_numbers("In 1234 scans less 20, accuracy was 88.3 %, AUC 91.2 %, with T2", said)
    []
    >>> strange_numbers("Accuracy was 88 % on T1 scans of half of 20 % of them", said)
    ['88', '20', 'half', 'T1']
    """
    ours, theirs = normalise(claim).text, normalise(source).text
    known = {r for number, percent in _numbers(theirs) for r in _readings(number, percent=percent, generous=True)}
    words = set(_LETTERS.findall(theirs.lower()))
    found = [n for n, _ in _numbers(ours)]
    strange = [
        ours[n.start : n.end]
        for n, percent in _numbers(ours)
        if ours[n.start : n.end].lower() != "one" and not known & _readings(n, percent=percent)
    ]
    for match in _LETTERS.finditer(ours.lower()):
        if match[0] in _TOLD and match[0] not in words:
            value = _TOLD[match[0]]
            if value is None or not known & {("share", value), ("count", value)}:
                strange.append(match[0])
    return [*strange, *_odd(ours, theirs.lower(), found)]


def _numbers(text: str) -> Iterator[tuple[Number, bool]]:
    """Yield numbers, each with whether it is in per cent; in a list the sign may stand behind the last alone."""
    found = find_numbers(text)
    percents = [n.kind == "percent" for n in found]
    for i, (one, other) in reversed(list(enumerate(pairwise(found)))):
        percents[i] |= percents[i + 1] and _LIST.fullmatch(text, one.end, other.start) is not None
    return zip(found, percents, strict=True)


def _readings(number: Number, *, percent: bool, generous: bool = False) -> set[Reading]:
    """Return what a number may say. In what is cited, a number of a list in per cent may be a count all the same."""
    value = float(number.value)
    readings: set[Reading] = set()
    if percent:
        readings.add(("share", round(value / 100, 9)))
    if not percent or (generous and number.kind != "percent"):
        readings.add(("count", value))
        if value <= 1 and number.decimals:
            readings.add(("share", round(value, 9)))
    if number.decimals and value > 1:  # 88.3 for 88.3 %, as in a table
        readings |= {("count", value), ("share", round(value / 100, 9))}
    return readings


def _odd(text: str, source: str, numbers: Iterable[Number]) -> list[str]:
    """Return words with digits outside of the numbers, where the source does not have them."""
    inside = {i for n in numbers for i in range(n.start, n.end)}
    odd = []
    for match in _TOKEN.finditer(text):
        if any(text[i].isnumeric() and i not in inside for i in range(*match.span())):
            word = match[0].strip(".,;:!?()[]{}\"'")
            if not re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", source):
                odd.append(word)
    return odd
