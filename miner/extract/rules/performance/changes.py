"""Values that a change begins from or leads to: ``improved from 85% to 91%``."""

from __future__ import annotations

import re
from pathlib import Path

from miner.text.patterns import load_patterns

from .values import Value

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_FROM = _PATTERNS["from"]

# ``to 44% (from OldNet's 42%)``, ``rising to 90% (from 79%)``
_FROM_RIVAL = re.compile(r"\(from [A-Z][\w.-]*['’]s $|\d ?%? \((?:up )?from $")

_UP_FROM = re.compile(
    r"\b(?:improvements?|increases?|gains?|rise|up) (?:\w+ )?from (?:[>≥~] ?|about |an? )?(?:[\d.]+ ?%?/)?$", re.IGNORECASE
)

# ``from 29% at 1:1 dilution to 97%``: one test under two conditions
_AT_LEVEL = re.compile(r"\s?%?(?: ?[(\[][^()\[\]]*[)\]])? (?:at|with) (?:an? |the )?\d")

# Of errors, fewer are better: ``cut the error rate from 12% to 5%``.
_FEWER_ERRORS = _PATTERNS["fewer_errors"]


def change_claim(text: str, run: list[Value], i: int, before: str) -> str:
    """Return the claim of a value that a change begins from or leads to; empty where it does neither."""
    value = run[i]
    if _FROM_RIVAL.search(before[-50:]) or _UP_FROM.search(before[-60:]):
        return "comparator"
    leaves = ("from" in before and (_FROM.search(before[-260:]) or _FEWER_ERRORS.search(before[-160:]))) or (
        "(" in before[-20:] and _CHANGED_BY.search(before[-120:])
    )
    if (leaves and _leads_on(text, run, i) and not _AT_LEVEL.match(text, value.end)) or _ARROW.match(
        text[value.end : value.end + 40].lstrip(")] ")
    ):
        return "comparator"
    return "own" if i and _arrives(text, run, i) else ""


_ARROW = re.compile(r"%?\s*(?:→|->)")

# ``BLEU increased by 84% (0.17 to 0.32)``
_CHANGED_BY = _PATTERNS["changed_by"]


def _leads_on(text: str, run: list[Value], i: int) -> bool:
    """Whether ``to`` follows a value, or the list of values that it begins."""
    after = text[run[i].number.end : run[i].end + 60]
    if re.match(r"\s*%?\s*(?:\([^()]*\)|\[[^\[\]]*\]|±\s?[\d.]+%?)?\s*(?:(?:for|in|on|with|at) [^.;,]{1,40} )?to\b", after):
        return True
    return any(re.search(r"\bto $", text[max(0, v.start - 4) : v.start]) for v in run[i + 1 :])


def _arrives(text: str, run: list[Value], i: int) -> bool:
    """Whether a value is where a change from a comparator leads."""
    previous = run[i - 1]
    gap = text[previous.end : run[i].start]
    if previous.claim != "comparator" or re.search(r"\bto\b|→|->", gap) is None:
        return False
    # ``outperforming it (0.24 to 0.60)``: a range has both its ends from one method.
    if "to" not in gap:
        return True
    begin = max(0, run[0].start - 200)
    return _CHANGES.search(text, begin, previous.start) is not None and _RIVAL_BRACKET.search(text, begin, previous.start) is None


_RIVAL_BRACKET = re.compile(r"\b(?:compared (?:to|with)|than|outperform\w*|surpass\w*) [^.;()\d]{0,60}\($")

_CHANGES = _PATTERNS["changes"]
