"""Values that a change begins from or leads to: ``improved from 85% to 91%``."""

from __future__ import annotations

import re

from .values import Value

_RISE = r"improv|increas|rais|rose|boost|enhanc|elevat|went|goes|grew|grow|rise|gain|upgrad|jump|advanc|lift|climb"

_FROM = re.compile(
    rf"(?:{_RISE})(?:[^.;]|\.\d){{0,150}}?(?<!ranging )(?<!ranged )(?<!range )\bfrom\s+(?:(?:an?|about|approximately|around|only|the|baseline) |[>≥~<] ?|(?:\w+ ){{0,3}}of )*(?:[\d.]+ ?%?(?: ?\([^()]*\))?(?:(?:,| and|, and) |-|/))*$",
    re.IGNORECASE,
)

# ``to 44% (from OldNet's 42%)``, ``rising to 90% (from 79%)``
_FROM_RIVAL = re.compile(r"\(from [A-Z][\w.-]*['’]s $|\d ?%? \((?:up )?from $")

_UP_FROM = re.compile(
    r"\b(?:improvements?|increases?|gains?|rise|up) (?:\w+ )?from (?:[>≥~] ?|about |an? )?(?:[\d.]+ ?%?/)?$", re.IGNORECASE
)

# ``from 29% at 1:1 dilution to 97%``: one test under two conditions
_AT_LEVEL = re.compile(r"\s?%?(?: ?[(\[][^()\[\]]*[)\]])? (?:at|with) (?:an? |the )?\d")

# Of errors, fewer are better: ``cut the error rate from 12% to 5%``.
_FEWER_ERRORS = re.compile(
    r"\b(?:error|hallucination|misclassif\w+|false)[^.;\d]{0,40} (?:reduced|cut|lowered|decreased|dropped|fell)\b[^.;\d]{0,25} from (?:about |an? )?$|\b(?:reduc|cut|lower|decreas|halv|slash)\w* [^.;]{0,60}?(?:error|hallucination|misclassif|false|EER|FPR|FNR)[^.;\d]{0,40}\bfrom (?:about |an? )?$",
    re.IGNORECASE,
)


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
_CHANGED_BY = re.compile(
    rf"(?:{_RISE})\w*[^.;()]{{0,40}}? by (?:about |approximately |up to )?[\d.]+ ?(?:%|points?|percentage points?|pp)? ?\($|(?:reduc|cut|lower|decreas)\w* [^.;()\d]{{0,40}}(?:error|false|hallucination|misclassif)[^.;()\d]{{0,40}}\($|(?:improv|increas|rais|boost|enhanc|doubl|tripl)\w* [^.;()\d]{{3,60}}\((?:[A-Za-z][\w -]{{0,12}}[:=]? ?)?$|\bfrom [\d.]+ ?%? to [\d.]+ ?%? \([A-Za-z][\w -]{{0,15}}:? $|\bimproved [^.;()\d]{{3,45}}(?:\([^()]*\) and [^.;()\d]{{3,45}})?\($",
    re.IGNORECASE,
)


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

_CHANGES = re.compile(rf"\bfrom\b|{_RISE}", re.IGNORECASE)
