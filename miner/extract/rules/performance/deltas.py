"""Which values are differences: an improvement by so much, not a level that was reached."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from miner.text.patterns import load_patterns

from .values import Value

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_BY = _PATTERNS["by"]
_NOUN_OF = _PATTERNS["noun_of"]
_NOUN_TIGHT = _PATTERNS["noun_tight"]
_UP_TO = _PATTERNS["up_to"]
_AFTER = _PATTERNS["after"]
_POINTS_LEVEL = _PATTERNS["points_level"]
_DELTA = _PATTERNS["delta"]
_NOUN_WERE = _PATTERNS["noun_were"]
_NOUN_BRACKET = _PATTERNS["noun_bracket"]
_DROPPING = _PATTERNS["dropping"]
_RECLASSIFIED = _PATTERNS["reclassified"]
_IMPROVING = _PATTERNS["improving"]
_VERSUS = _PATTERNS["versus"]
_WITHIN = _PATTERNS["within"]
_OF = _PATTERNS["of"]
_TO = _PATTERNS["to"]
_AND = _PATTERNS["and"]
_RIVAL = _PATTERNS["rival"]
_AS_ANOTHER = _PATTERNS["as_another"]
_GAINED = _PATTERNS["gained"]
_LOSS = _PATTERNS["loss"]
_NEW_VERB = _PATTERNS["new_verb"]
_HINT = _PATTERNS["hint"]
_LISTED = _PATTERNS["listed"]
_NAMED_LIST = _PATTERNS["named_list"]
_NOUN = _PATTERNS["noun"]


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
