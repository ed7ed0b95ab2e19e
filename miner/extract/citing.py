"""Whether a sentence quotes a result: the literature is cited beside the value, or its authors are the ones who reached it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from miner.text.patterns import load_patterns

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_OURS = _PATTERNS["ours"]
_BOUND = _PATTERNS["bound"]
_BY_MEANS = _PATTERNS["by_means"]
_BY_THEM = _PATTERNS["by_them"]
_SUBJECT = _PATTERNS["subject"]
_OF_THEM = _PATTERNS["of_them"]
_REPORTED_IN = _PATTERNS["reported_in"]
_JUST_BEHIND = _PATTERNS["just_behind"]
_OF_WHAT_WAS_USED = _PATTERNS["of_what_was_used"]
_EARLIER = _PATTERNS["earlier"]
_PASSIVE = _PATTERNS["passive"]
_IN_CITED = _PATTERNS["in_cited"]
_THEY = _PATTERNS["they"]
_OTHERS = _PATTERNS["others"]
_THEN_OF_THEM = _PATTERNS["then_of_them"]

# Stands where a document's mark-up cites the literature.
_MARK = "\uf8ff"


def quotes(text: str, start: int, end: int, sentence: str, cited: Sequence[int] = (), previous: str = "") -> bool:
    """Return whether the value at ``start`` is quoted from the literature.

    Parameters
    ----------
    text : str
        The document.
    start, end : int
        Where the value stands in it.
    sentence : str
        The sentence that it stands in, as it is in the text.
    cited : sequence of int
        Where the document's mark-up cites the literature, sorted; what is printed in brackets or by authors' names is seen without it.
    previous : str
        What stands before it in the paragraph, with marks: ``They achieved 93%`` speaks of the authors named there.

    Examples
    --------
    >>> said = "The method of Miller [3] reached an accuracy of 97.5%."
    >>> quotes(said, said.index("97.5"), said.index("97.5") + 4, said)
    True
    >>> said = "Using the toolbox of Miller [3], we reached an accuracy of 84%."
    >>> quotes(said, said.index("84"), said.index("84") + 2, said)
    False
    """
    begin = text.find(sentence, max(0, end - len(sentence)), start + len(sentence))
    if begin < 0:
        return False
    before, after = marked(text, begin, start, cited), marked(text, end, begin + len(sentence), cited)
    return _quoted(before, after, previous)


def marked(text: str, start: int, end: int, cited: Sequence[int]) -> str:
    """Return a stretch of the text with a mark where its mark-up cites the literature."""
    parts: list[str] = []
    at = start
    for place in cited[bisect_left(cited, start + 1) : bisect_right(cited, end)]:
        parts += (text[at:place], _MARK)
        at = place
    parts.append(text[at:end])
    return "".join(parts)


@lru_cache(maxsize=1024)
def _quoted(before: str, after: str, previous: str) -> bool:
    bounds = list(_BOUND.finditer(before))
    clause = before[bounds[-1].end() :] if bounds else before
    behind = _BOUND.search(after)
    rest = after[: behind.start()] if behind else after
    ours = list(_OURS.finditer(clause))
    last_ours = ours[-1].start() if ours else -1
    for pattern in (_BY_THEM, _SUBJECT, _OF_THEM, _REPORTED_IN, _EARLIER):
        if any(m.end() > last_ours and not _BY_MEANS.search(clause, 0, m.start()) for m in pattern.finditer(clause)):
            return True
    if _THEN_OF_THEM.match(rest):
        return True
    if last_ours >= 0:
        return False
    if _IN_CITED.match(clause) or _PASSIVE.search(rest):
        return True
    adjacent = _JUST_BEHIND.match(rest)
    if adjacent is not None and not _OF_WHAT_WAS_USED.search(adjacent.group()):
        return True
    if (match := _REPORTED_IN.search(rest)) is not None and not re.search(r"\d", rest[: match.start()].lstrip(" %0123456789.)")):
        return True
    return _THEY.match(before) is not None and not _OURS.search(before + after) and _tells_of_them(previous)


def _tells_of_them(words: str) -> bool:
    """Whether others were named last, and not the authors themselves."""
    others = [m.start() for m in _OTHERS.finditer(words)]
    ours = [m.start() for m in _OURS.finditer(words)]
    return bool(others) and (not ours or ours[-1] < others[-1])
