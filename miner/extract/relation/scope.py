"""What a value stands for among others of its kind: an overall figure, one of some of the data, an end of a range, or a bound."""

from __future__ import annotations

import re

from miner.extract.relation.document import Document, Performance
from miner.extract.relation.seen import Seen

_OVERALL = re.compile(
    r"\b(?:overall|pooled|average[ds]?|mean|median|macro|micro|weighted|aggregated?|combined|total|summary|final)\b[^.;,]{0,60}$",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"(?:[<>≤≥]|\b(?:over|above|below|under|more than|less than|at least|at most|up to|exceed(?:s|ed|ing)?|nearly|almost|beyond|greater than|higher than))\s?$",
    re.IGNORECASE,
)
# From 0.80 to 0.85; 0.80-0.85; between 0.80 and 0.85
_TO = re.compile(r"\s?%?\s?(?:-|–|—|−|to|through)\s?", re.IGNORECASE)
_AND = re.compile(r"\s?%?\s?(?:\([^()]*\)\s?)?(?:,\s?[^,;.]{0,60},\s?)?and\s?", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:between|rang(?:e|es|ed|ing)(?: from)?|from)\s?$", re.IGNORECASE)
# Words between two values that say the second is of something else: 88% and that of class two was 90%
_APART = re.compile(r"\b(?:that|those|of|for|in|was|were)\b", re.IGNORECASE)
_NEAR = 80


def scope_of(p: Performance, seen: Seen, document: Document) -> str | None:
    """Return ``some``, ``range``, ``bound``, ``overall``, or None for a plain value.

    A value of some of the data is that before all else: the highest accuracy of one subgroup is no overall figure.
    """
    text, start = document.text, document.sentences[p.sentence].start
    at = seen.run.index(p)
    start = max(start, seen.run[at - 1].end) if at and _APART.search(text, seen.run[at - 1].end, p.start) else start
    before = text[max(start, p.start - _NEAR) : p.start]
    if seen.some or "subgroup" in seen.kinds:
        return "some"
    if _in_range(p, seen, text, before):
        return "range"
    if _BOUND.search(before):
        return "bound"
    return "overall" if _OVERALL.search(before) else None


def _in_range(p: Performance, seen: Seen, text: str, before: str) -> bool:
    at = seen.run.index(p)
    ahead = seen.run[at + 1] if at + 1 < len(seen.run) else None
    back = seen.run[at - 1] if at else None
    if ahead is not None and _ends(p, ahead, text, before):
        return True
    return back is not None and _ends(back, p, text, text[max(0, back.start - _NEAR) : back.start])


def _ends(low: Performance, high: Performance, text: str, before: str) -> bool:
    between = text[low.end : high.start]
    joined = _TO.fullmatch(between) is not None or (_BETWEEN.search(before) is not None and _AND.fullmatch(between) is not None)
    return joined and low.claim == high.claim
