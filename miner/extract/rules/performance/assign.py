"""Which metric each value states: names before and after it, lists with ``respectively``, pairs."""

from __future__ import annotations

import re

from .metrics import Mention
from .values import Value

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_JOINER = re.compile(
    r"\s*(?:%|percent)?\s*(?P<sep>,\s*and|,\s*or|;\s*and|,|;|/|and|or|to|vs\.?|versus|-|–|&)?\s*(?:respectively,?\s*)?(?:an?|the|about|approximately|nearly|over|up to|≥|>|<|~)?\s*$"
)
_TIGHT_AFTER = re.compile(
    r"\s*(?:\([^()]*\)|\[[^\[\]]*\])?\s*(?:for |in |of |as )?(?:the |its |their |both |an? )?(?:(?:mean|average|overall|test|testing|training|validation|classification|diagnostic|prediction|predictive|detection|balanced|macro|micro|weighted|top-1|top-5|maximum|"
    r"accuracy|segmentation|recognition|cross-validated|cross-validation|pooled|global|total|median|high|higher|highest|patient-level|image-level|pixel|per-\w+)\s+){0,3}\s*$"
)
_LINK = re.compile(
    r"\s*(?:\([^()]*\)|\[[^\[\]]*\])?\s*(?:\)|\])?\s*(?:scores?|values?|rates?|levels?|coefficients?|index|performance|metrics?|results?|estimates?|s)?\s*(?:\([^()]*\))?\s*"
    r"(?:(?:of|=|:|was|were|is|are|reached|reaching|at|up to|as high as|ranged|ranging|range|from|between|above|over|exceeding|exceeded|greater than|higher than|more than|better than|less than|lower than|below|around|"
    r"about|approximately|nearly|almost|only|the|an?|best|mean|average|equal to|to be|has been|had|have|by|that was|which was|improved|increased|to|"
    r"both|both of|average of|mean of|close to|in excess of|at least|also|still|just|as|low as|all|being|≥|>|<|≤|≈|~|\(|\[|,|;|=|-|–|—|%|value|reached to|respectively|with|and|achieved|of about|results?|then|further|significantly|slightly)\s*)*$"
)
_AFTER_TAKEN = re.compile(
    r"\s*(?:\([^()\d]*\))?\s*(?:scores?|values?|rates?)?\s*(?:of|=|:|was|were|is|are|reached|at|\()\s*(?:about|approximately|over|up to|≥|>|~|an?)?\s*\.?\d"
)
_LOOSE_BEFORE = re.compile(
    r"(?:\b(?:of|was|were|is|are|reached|reach|reaching|achiev\w+|yield\w*|obtain\w*|show\w*|demonstrat\w+|report\w*|produc\w+|gave|giving|given|attain\w*|scor\w+|had|have|has|with|by|from|to|and|or|than|exceed\w*|surpass\w*|over|above|below|under|at|only|"
    r"approximately|about|around|nearly|almost|up to|between|versus|vs\.?|for|respectively|an?|the|increas\w+|improv\w+|decreas\w+|drop\w*|rose|ranging|ranged|as|not|further|even|just|least|more|high|low|average|mean|respectively|either|both)|[(\[=:,;/<>≥≤~≈–-])\s*$"
)
_NOUN_AFTER = re.compile(
    r"\s*(?:%|percent)?\s*-?(?!(?:in|for|on|with|at|by|using|and|or|to|vs|versus|compared|than|when|while|whereas|after|before|under|across|among|amongst|from|respectively|as|is|was|were|are|which|that|but|during|within|over|via|through|"
    r"between|based|on|using|if|the|when|even|both|without|per|depending|followed|against|only|toward|towards|confidence|achieved|obtained|respectively|correct|accurate|concordan|agreement|improvement|increase|higher|lower|better|gain|reduction|decrease|relative|absolute|points?|percentage|of)\b)[A-Za-z]{3,}"
)


def link(text: str, values: list[Value], groups: list[list[Mention]]) -> None:
    """Give each value the metric that it states; values that state none keep ``metric`` None, with the reason in ``how``."""
    for run in runs(text, values):
        _link_run(text, run, groups, values)


def runs(text: str, values: list[Value]) -> list[list[Value]]:
    """Return values in lists: those with nothing but a comma, ``and``, a slash or a bracketed name between them."""
    found: list[list[Value]] = []
    for value in values:
        if found and _JOINER.match(_BRACKETS.sub(" ", text[found[-1][-1].end : value.start])):
            found[-1].append(value)
        else:
            found.append([value])
    return found


def _link_run(text: str, run: list[Value], groups: list[list[Mention]], values: list[Value]) -> None:
    first, last = run[0], run[-1]
    before = [g for g in groups if g[-1].end <= first.start]
    after = [g for g in groups if g[0].start >= last.number.end]
    previous = max((v.end for v in values if v.end <= first.start), default=0)
    tight_before = before and before[-1][-1].end >= previous and _LINK.match(_gap(text, before[-1][-1].end, first.start))
    if tight_before:
        _spread(text, run, before[-1], "name before")
        return
    if after and _TIGHT_AFTER.match(text[last.end : after[0][0].start]) and not _AFTER_TAKEN.match(text, after[0][-1].end):
        _spread(text, run, after[0], "name after")
        return
    inside = [g for g in groups if first.start < g[0].start < last.start]
    if inside:
        for value in run:
            _link_run(text, [value], groups, values)
        return
    if before and _loose(text, run, before[-1]):
        _spread(text, run, before[-1], "same sentence")
        return
    if (
        after
        and not before
        and after[0][0].start - last.end < 50
        and _loose(text, run, after[0])
        and not _AFTER_TAKEN.match(text, after[0][-1].end)
    ):
        _spread(text, run, after[0], "name later")
        return
    for value in run:
        value.how = "no metric near"


def _gap(text: str, start: int, end: int) -> str:
    return _BRACKETS.sub(" ", text[start:end]) if text[start:end].count("(") == text[start:end].count(")") else text[start:end]


def _loose(text: str, run: list[Value], group: list[Mention]) -> bool:
    """Whether values that stand away from any name can state the metric named before them."""
    first = run[0]
    if any(not v.percent and (v.number.value > 1 or v.number.decimals == 0) for v in run):
        return False
    if _NOUN_AFTER.match(text, run[-1].end) or not _LOOSE_BEFORE.search(text[: first.start]):
        return False
    return abs(first.start - group[-1].end) < 700 and not group[-1].weak


def _spread(text: str, run: list[Value], group: list[Mention], how: str) -> None:
    n, k = len(run), len(group)
    names = [m.metric for m in group]
    if k == 1 or n == 1:
        chosen = [names[0] if how != "name before" or k == 1 else names[0]] * n
    elif n == k or n < k:
        chosen = names[:n]
    elif n % k == 0:
        chosen = _blocks(text, run, names)
    else:
        chosen = [names[min(i, k - 1)] for i in range(n)]
    for value, metric in zip(run, chosen, strict=True):
        value.metric, value.how = metric, how


def _blocks(text: str, run: list[Value], names: list[str]) -> list[str]:
    """``96%/96%, 98%/68%`` goes metric by metric; ``0.9, 0.8 and 0.7, 0.6`` for two metrics too, unless its strongest joints say otherwise."""
    n, k = len(run), len(names)
    joints = [_BRACKETS.sub(" ", text[a.end : b.start]).strip(" %") for a, b in zip(run, run[1:], strict=False)]
    size = n // k
    by_metric = [i for i in range(n - 1) if (i + 1) % size == 0]
    if size > 1 and all(";" in joints[i] for i in by_metric) and not all(";" in j for j in joints):
        return [names[i // size] for i in range(n)]
    return [names[i % k] for i in range(n)]
