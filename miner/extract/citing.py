"""Whether a sentence quotes a result: the literature is cited beside the value, or its authors are the ones who reached it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache

# Stands where a document's mark-up cites the literature.
_MARK = "\uf8ff"
_CITE = rf"(?:[(\[]?{_MARK}[)\]]?|\[\s?\d+(?:\s?[,–-]\s?\d+)*\s?\])"
_NAME = r"[A-Z][a-zà-ÿ’'-]+"
_AUTHORS = rf"(?:\bet al\b\.?|\b{_NAME} and (?:colleagues|co-?workers)\b|\b{_NAME}(?: (?:and|&) {_NAME})?,? \((?:19|20)\d\d[a-c]?\))"
_REPORT = r"(?:report|achiev|obtain|reach|yield|attain|show|demonstrat|publish|describ|found|find|claim|present|produc|observ|got\b|had\b|gave\b|giv)\w*"
_WORK = r"(?:method|approach|model|classifier|algorithm|network|system|work|study|framework|technique|pipeline|paper|results?|findings?|that|those|one)"
_OURS = re.compile(
    r"\b(?:we|our|ours|us|this (?:study|work|paper)|here(?:in)?|(?:the )?(?:present|current|proposed) [a-z]+)\b", re.IGNORECASE
)
_BOUND = re.compile(r";|,? (?:while|whereas|but|compared (?:to|with)|in contrast to|than|versus|vs\.?)\b", re.IGNORECASE)
# What is done with the work of others is ours: ``Using the method of Miller et al., …``
_BY_MEANS = re.compile(
    r"(?:^|[,;(]\s?|\b(?:and|was|were|is|are) )(?:using|with|by (?:using|applying)|following|based on|according to|as (?:in|described|proposed|suggested)|similar(?:ly)? to|(?:un)?like"
    r"|consistent with|in (?:line|agreement|accordance|keeping) with|adapted from|applying|extending|trained)\b[^,;]*$",
    re.IGNORECASE,
)
_BY_THEM = re.compile(rf"{_AUTHORS}")
_SUBJECT = re.compile(
    rf"{_CITE} (?:has |have |had |also |recently |previously )*{_REPORT}[^,;]*$|{_CITE}, (?:which|who) (?:\w+ )?{_REPORT}[^;]*$"
)
_OF_THEM = re.compile(
    rf"\b{_WORK}s? (?:\w+ )?(?:of|by|from|in)(?: ref\.?)? (?:the )?(?:{_NAME},? ?(?:(?:and|&) {_NAME} ?|et al\.? ?|and colleagues ?)?)?(?:\(\d{{4}}\) ?)?(?:{_CITE}|{_AUTHORS})",
    re.IGNORECASE,
)
_REPORTED_IN = re.compile(
    rf"\b{_REPORT}(?: (?:previously|earlier|before))? (?:in|by)(?: the)?(?: (?:{_WORK}|authors|group))?(?: (?:of|by|in))?(?: refs?\.?)? ?(?:{_NAME} (?:et al\.?,? ?)?)?(?:{_CITE}|{_AUTHORS})",
    re.IGNORECASE,
)
_JUST_BEHIND = re.compile(rf"\s?%?\)?(?:(?! (?:data|using|with|software|toolbox|kernel|implemented)\b)[^,.;:\d(]){{0,30}}\s?\(?{_CITE}")
_OF_WHAT_WAS_USED = re.compile(
    r"\b(?:data|data ?sets?|database|cohort|set|corpus|atlas|toolbox|software|package|benchmark|challenge|library|criteria|test|scale|in|on|from)\b",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"\b(?:previous(?:ly)?|prior|earlier|other|recent|past|existing|published|several|many|most)\b (?:[\w-]+ ){0,3}(?:stud(?:y|ies)|works?|reports?|authors|researchers|papers|groups|methods|approaches|classifiers|systems|algorithms)\b"
    rf"[^.;]{{0,60}}?\b(?:{_REPORT}|rang\w+)|\b(?:has|have) been (?:previously )?reported|\bpreviously (?:been )?reported|\bin the literature\b",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"\b(?:has|have|had) (?:previously |already |also )?been (?:reported|obtained|achieved|published|shown|found|described)|\b(?:was|were) (?:previously|already) (?:reported|obtained|achieved|published|shown|found|described)",
    re.IGNORECASE,
)
_IN_CITED = re.compile(rf"\W*In (?:refs?\.? )?(?:{_CITE}|{_AUTHORS})")
_THEY = re.compile(r"\W*(?:They|Their|He|She|His|Her|The(?:se)? authors?|That (?:study|group|model|work)|Its authors)\b")
_THEN_OF_THEM = re.compile(
    rf"\s?%?\)?, the {_WORK} (?:of|by|from|in) (?:{_NAME} )?(?:{_CITE}|{_AUTHORS}|{_NAME} and (?:colleagues|co-?workers))", re.IGNORECASE
)


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
    beside = _JUST_BEHIND.match(rest)
    if beside is not None and not _OF_WHAT_WAS_USED.search(beside.group()):
        return True
    if (match := _REPORTED_IN.search(rest)) is not None and not re.search(r"\d", rest[: match.start()].lstrip(" %0123456789.)")):
        return True
    return _THEY.match(before) is not None and not _OURS.search(before + after) and _tells_of_them(previous)


def _tells_of_them(words: str) -> bool:
    """Whether others were named last, and not the authors themselves."""
    others = [m.start() for m in re.finditer(rf"{_AUTHORS}|{_CITE}", words)]
    ours = [m.start() for m in _OURS.finditer(words)]
    return bool(others) and (not ours or ours[-1] < others[-1])
