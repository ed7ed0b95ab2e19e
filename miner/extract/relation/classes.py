"""What groups of people or samples are called: by their nouns, by the short names that a text defines, and whatever controls are called."""

from __future__ import annotations

import re
from collections.abc import Iterable

from miner.extract.relation.nouns import singular

CONTROL = "control"
# Mild cognitive impairment (MCI)
_SHORT = re.compile(r"\(([A-Z][A-Za-z]*[A-Z][A-Za-z]*?)s?(?:[;,][^()]{0,40})?\)")
_BEFORE = 90  # characters before a short name in which its words stand
_PART = re.compile(r"[A-Za-z]+")


def short_names(text: str, plain: frozenset[str]) -> dict[str, frozenset[str]]:
    """Return the words that each short name stands for, where a text defines it in brackets behind them.

    A short name's letters are those that its words begin with, in order (Schwartz and Hearst 2003, doi:10.1142/9789812776303_0042, ask for less). ``plain`` words say nothing.

    Examples
    --------
    >>> found = short_names("patients with mild cognitive impairment (MCI) or Alzheimer's disease (AD)", frozenset({"with"}))
    >>> sorted((short, sorted(words)) for short, words in found.items())
    [('ad', ['alzheimer', 'disease']), ('mci', ['cognitive', 'impairment', 'mild'])]
    """
    found: dict[str, frozenset[str]] = {}
    for match in _SHORT.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        words, short = re.split(r"[,.;:()]", before)[-1].split(), match[1].lower()
        for count in range(1, min(len(words), len(short) + 2) + 1):
            long = words[-count:]
            parts = [p.lower() for w in long for p in _PART.findall(w)]
            if parts and parts[0][0] == short[0] and _initials("".join(p[0] for p in parts), short):
                found[short] = frozenset(singular(p) for p in parts if len(p) > 1) - plain
                break
    return found


def _initials(first: str, short: str) -> bool:
    """Whether the letters of a short name are initials in order; initials of small words may be left over."""
    at = 0
    for letter in short:
        at = first.find(letter, at) + 1
        if not at:
            return False
    return True


def named(words: Iterable[str], short: dict[str, frozenset[str]], controls: frozenset[str]) -> frozenset[str]:
    """Return words with what short names among them stand for, and the short names of those that are all there; controls under one name.

    Examples
    --------
    >>> short = {"mci": frozenset({"mild", "cognitive", "impairment"})}
    >>> sorted(named(["hc", "mci"], short, frozenset({"hc", "healthy"})))
    ['cognitive', 'control', 'hc', 'impairment', 'mci', 'mild']
    """
    found = set(words)
    for name, long in short.items():
        if name in found:
            found |= long
        elif long and long <= found:
            found.add(name)
    if found & controls:
        found.add(CONTROL)
    return frozenset(found)
