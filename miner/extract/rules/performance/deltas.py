"""Which values are differences: an improvement by so much, not a level that was reached."""

from __future__ import annotations

import re
from itertools import pairwise

from .values import Value

_ABOUT = r"(?:up to|about|approximately|around|nearly|almost|over|more than|at least|at most|as much as|(?:an )?average(?: of)?|an additional|a margin of|only|roughly|some|a mere|merely|~|≈|>|an?|absolute|relative|\w+ly|\+|\$)"
_LIST = r"(?:\+?[\d.]+ ?(?:%|percent(?:age)?(?: points?)?|points?|pp)?(?: (?:\([^()]*\)|(?:for|in|on|at) [^.;,\d]{1,30}))? ?(?:,\s?and|,|and|to|or|-|/) ?\+?)*"
_CHANGE = (
    r"(?:improv\w+|increas\w+|gain\w*|enhanc\w+|boost\w*|rais(?:e|es|ed|ing)|rose|outperform\w*|surpass\w*|exceed\w*|better|higher|lower|reduc\w+|decreas\w+|drop\w*|declin\w+|differ\w*|superior|advanc\w+|grew|elevat\w+|fell|degrad\w+|lift\w*|jump\w*|climb\w*|strengthen\w*|los(?:es|t|ing)|up\b|down\b|"
    r"beat\w*|worse\w*|underperform\w*)"
)
_BY = re.compile(rf"(?<![A-Za-z]){_CHANGE}\b(?:[^.;]|\.\d){{0,130}}?\bby\s+(?:{_ABOUT}\s*)*{_LIST}$", re.IGNORECASE)
_NOUN_OF = re.compile(
    r"(?<![A-Za-z])(?:improvements?|increases?|(?<!no )gains?(?! (?:an?|the|overall) )|reductions?|decreases?|drops?|differences?|boosts?|declines?|enhancements?|margins?|uplift|degradations?|gap|variations?)\b(?:[^.;,\d]|(?<=[A-Za-z@-])\d){0,60}?"
    rf"\b(?:of|by|=|was|were|:|reaching|exceeding|ranging from|between|from)\s+(?:{_ABOUT}\s*)*{_LIST}$",
    re.IGNORECASE,
)
_NOUN_TIGHT = re.compile(
    rf"(?<![A-Za-z])(?:improvements?|increases?|gains?|drops?|differences?|boosts?|degradations?)\s?[(:,]?\s?(?:avg\.? )?-?(?:{_ABOUT}\s*)*$",
    re.IGNORECASE,
)
_UP_TO = re.compile(
    rf"(?:improv|increas|enhanc|boost|rais)\w* (?:the |its |their )?(?:\w+ ){{0,4}}?(?:accuracy|accuracies|performance|AUC|AUROC|F1|dice|sensitivity|recall|precision) (?:by )?up to {_LIST}$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s*(?:%|percent)?\s*-?\s*(?:of (?=better|higher))?(?:(?:absolute|relative|percentage|average|mean|overall|significant|substantial|accuracy|AUC|AUROC|mAP|F1|F1-score|Dice|DSC|score|IoU|mIoU|Jaccard|sensitivity|specificity|recall|precision|performance|points?|in|classification|"
    r"top-\d|C-index|c-statistic|balanced|kappa|BLEU|Acc@\d+|macro|micro|mean|further) )*(?:percentage[- ]points?|pp\b|p\b|points|improvements?|increases?|gains?|higher|lower|better|reductions?|decreases?|drops?|declines?|boosts?|differences?|superior|more accurate|advantage|increments?|enhancements?|"
    r"improved|degradations?|uplift|worse|increment|gaps?|[\w-]+ (?:gains?|improvements?) over)\b",
    re.IGNORECASE,
)
_POINTS_LEVEL = re.compile(r"\s*(?:percentage )?points?\b", re.IGNORECASE)
_DELTA = re.compile(r"(?:Δ|delta|∆)\s*-?\w*\s*(?:=|of|:|,|was|were|is)?\s*[+-]?\s*$", re.IGNORECASE)
# ``the average improvements over A, B and C were 4%, 3% and 2%``
_NOUN_WERE = re.compile(
    rf"\bimprovements? (?:of|over|upon|in)\b(?:(?!\band the\b|, (?:and|with) )[^.;]|\.(?=\d)){{0,110}}? were {_LIST}$", re.IGNORECASE
)
# ``drops in A and B (7% and 3%)``
_NOUN_BRACKET = re.compile(
    rf"\b(?:drops?|gains?|improvements?|declines?|decreases?|reductions?) (?:in|for|on) (?:[\w -]{{2,30}} \([\d.]+ ?%?\)(?:,| and|, and) ){{0,4}}(?:[^.;()\d]{{2,50}}|[\w-]{{2,15}}) \({_LIST}$",
    re.IGNORECASE,
)
# ``accuracy dropping 15-25%``
_DROPPING = re.compile(
    r"\b(?:dropping|declining|degrading|decreasing|falling|losing|gaining) (?:about |up to |over |approximately )?(?:[\d.]+ ?%?-{1,2})?$"
)
# Net reclassification and integrated discrimination are improvements by their definition.
_RECLASSIFIED = re.compile(
    r"\b(?:NRI|IDI|(?:net reclassification|integrated discrimination)(?: improvement| index)?)(?: \([^()\d]*\))?(?: (?:of|was|were|is)|[ =:(,])* ?$"
)
# ``improving report generation (12% precision, 10% recall)``
_IMPROVING = re.compile(r"\b(?:improving|boosting|enhancing|increasing|raising) [^.;()\d]{3,60}\((?:[\d.]+ ?\\?% [\w-]+, )*$")
_VERSUS = re.compile(r"[^()]{0,20}\b(?:vs|versus|to)\b")
# ``an AUC within 5-7% of the baseline``: how far from it.
_WITHIN = re.compile(rf"\bwithin (?:{_ABOUT}\s*)*{_LIST}$", re.IGNORECASE)
_OF = re.compile(r"[^.;,]{0,25}?(?:\bof\b|points?\b|\bpp\b|-\s?[\d.]+ ?%|% (?:accura|AU|F1|dice))", re.IGNORECASE)
_TO = re.compile(r"\bto\b|\bfrom\b")
_AND = re.compile(r"(?:[^.;:]|\.(?=\d)){0,60}?(?:,|\band\b)(?:[^.;:]|\.(?=\d)){0,25}$")
_RIVAL = re.compile(r"\b(?:vs\.?|versus|over|than|compared (?:to|with)|relative to) [\w-]+")
# ``a drop of 4% compared to 8% for the baseline``: two differences.
_AS_ANOTHER = re.compile(
    r"\s?%?\s(?:(?:improvement|increase|gain|reduction|drop)s? (?:in [^.;,\d]{3,40} )?)?(?:compared (?:to|with)|versus|vs\.?)\s(?:only |about |an? )?(?:[\d.]+ ?%?-\s?)?",
    re.IGNORECASE,
)
_GAINED = re.compile(r"\s?%?\s(?:improvement|increase|gain|higher|better)")
_LOSS = re.compile(r"degrad|drop|declin|decreas|loss|gap|reduc", re.IGNORECASE)
_NEW_VERB = re.compile(
    r"\b(?:achiev|reach|yield|obtain|attain|result|with an?|was|were|had|is|compared|versus|vs|from|to|at|while|whereas|but|show|accuracy of|of)\w*\b",
    re.IGNORECASE,
)


_HINT = re.compile(
    rf"(?<![A-Za-z]){_CHANGE}|margin|gap\b|advantage|uplift|superior|accurate|variation|within|\bup by\b|\bdown by\b|increment|points?\b|\bpp\b|Δ|∆|delta|\+",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\s?%?(?:,| and|, and|/) ?\+?")
_NAMED_LIST = re.compile(r"\s?\\?%? [\w-]+(?: [\w-]+)?(?:,| and|, and) \+?(?:[\d.]+-{1,2})?")  # ``2% accuracy and 3% AUC improvements``
_NOUN = re.compile(
    r"improvement|increase|gain|reduction|decrease|drop|difference|boost|decline|enhancement|margin|uplift|degradation|gap|variation",
    re.IGNORECASE,
)


def mark_deltas(text: str, values: list[Value]) -> None:
    """Set the claim of differences to ``delta``."""
    previous: Value | None = None
    if not _HINT.search(text):
        return
    for value in values:
        if value.metric is None:
            previous = None
            continue
        if value.claim == "delta" or _is_delta(text, value) or (previous is not None and _goes_on(text, previous, value)):
            value.claim = "delta"
            previous = value
        else:
            previous = None
    # ``2-3% better``: what stands behind a range holds for both its ends.
    for low, high in pairwise(values):
        if (
            high.claim == "delta"
            and low.metric is not None
            and text[low.end : high.start].strip(" %") in {"-", "--", "to", "or"}
            and not _TO.search(text[max(0, low.start - 6) : low.start])
        ):
            low.claim = "delta"
    # ``3%, 24% and 27% improvements in accuracy``: so does what stands behind a list.
    for low, high in pairwise(values[::-1]):
        low, high = high, low  # noqa: PLW2901 -- from the end
        if (
            high.claim == "delta"
            and low.metric is not None
            and not (low.number.value <= 1 < high.number.value and low.number.kind != high.number.kind)
            and low.how == high.how
            and (low.how == "name after" or _AFTER.match(text, _past_sign(text, high)) is not None)
            and (_LISTED.fullmatch(text, low.end, high.start) or _NAMED_LIST.fullmatch(text, low.end, high.start))
        ):
            low.claim = "delta"


def _is_delta(text: str, value: Value) -> bool:
    before = text[max(0, value.start - 230) : value.start]
    near = before[-110:]
    by, noun = "by" in near, _NOUN.search(before) is not None
    if (
        value.signed
        or (by and _BY.search(before))
        or (noun and _NOUN_OF.search(before))
        or _DELTA.search(near)
        or (noun and _NOUN_WERE.search(before))
        or (value.percent and value.fraction < 0.2 and _NOUN_BRACKET.search(near) and not _VERSUS.match(text, value.end))
        or (_WITHIN.search(near) and _OF.match(text, value.number.end))
        or _RECLASSIFIED.search(near)
        or (value.percent and _DROPPING.search(near))
        or (value.percent and value.fraction < 0.3 and value.how == "name after" and _IMPROVING.search(before))
        or ("up to" in near and _UP_TO.search(before))
    ):
        return not _ends_a_change(value, before)
    if _NOUN_TIGHT.search(before[-40:]) and not before.rstrip().endswith(":"):
        return True
    return _AFTER.match(text, _past_sign(text, value)) is not None


def _past_sign(text: str, value: Value) -> int:
    return value.number.end if text[value.number.end : value.end].strip() in {"", "%"} else value.end


def _ends_a_change(value: Value, before: str) -> bool:
    """``improved by 3% to 92%``, ``a gain of 5%, from 80% to 85%``: the level that a change leads to is none itself."""
    change = re.search(
        r"\bfrom (?:[^.;,]{0,20} )?[\d.]+ ?%?(?: ?\([^()]*\))?(?: [^.;,\d]{1,45})? (?:to|and) $|\bby (?:[^.;,]{0,12} )?(?P<by>[\d.]+) ?(?P<unit>%|points?|percentage points?|pp)? to $|\bfrom [>≥~]?\s?$",
        before,
    )
    if change is None or change["by"] is None or (change["unit"] and (value.fraction > 0.2 or value.bare)):
        return change is not None
    # ``higher by 10 to 18 percentage points``: a range of differences
    return value.fraction > 0.5 or value.fraction * 25 > float(change["by"])


def _goes_on(text: str, previous: Value, value: Value) -> bool:
    """``improves AUC by 3% for A and 5.9% for B``: the second difference has no verb of its own."""
    if text[previous.end : value.start].strip(" %") in {"-", "--"}:
        return True
    if text[value.start - 2 : value.start].strip() in {"=", ":"}:
        return False
    gap = _RIVAL.sub(" ", text[previous.end : value.start])
    if _AS_ANOTHER.fullmatch(text, previous.end, value.start) and value.fraction < 4 * previous.fraction:
        gained = value.fraction < previous.fraction and _GAINED.match(text, previous.number.end) is not None
        return gained or _LOSS.search(text, max(0, previous.start - 80), previous.start) is not None
    return (
        len(gap) < 90
        and _AND.fullmatch(gap) is not None
        and not _NEW_VERB.search(re.sub(r"\([^()]*\)", "", gap))
        and value.fraction < max(0.6, 1.6 * previous.fraction)
    )
