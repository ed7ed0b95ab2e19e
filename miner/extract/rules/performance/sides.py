"""Two values side by side that have one subject: in two groups of cases, on two sets, or of two sorts of people."""

from __future__ import annotations

import re
from pathlib import Path

from miner.text.patterns import load_patterns

from .rivals import RIVAL_NAME
from .values import Value

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
EQUALS = _PATTERNS["equals"]
_SIDES = _PATTERNS["sides"]
_METHODS = _PATTERNS["methods"]
_SUBGROUPS = _PATTERNS["subgroups"]
_IN_SET = _PATTERNS["in_set"]
_SETS_BESIDE = _PATTERNS["sets_beside"]
_IN_GROUP = _PATTERNS["in_group"]
_GROUP_AHEAD = _PATTERNS["group_ahead"]
SETS_NEAR = _PATTERNS["sets_near"]
_AIDED = _PATTERNS["aided"]


_MODALITY = re.compile(r"\b(?:MRI|MR|CT|PET|US|OCT|ECG|EEG)\b")


def alike(text: str, value: Value) -> str:
    """Return whether the two values of ``(68% vs 58%)`` are those of one subject, in two groups of cases, or of two sorts of unaided readers: ``cases``, ``human`` or nothing."""
    before = text[max(0, value.start - 240) : value.start]
    match = _SIDES.search(before)
    if match is None:
        return ""
    sides = match["sides"]
    if RIVAL_NAME.search(sides) and RIVAL_NAME.search(before, 0, match.start()):
        helped = list(_AIDED.finditer(before, 0, match.start()))
        return "cases" if helped and not helped[-1]["without"] else "human"
    return "cases" if _SUBGROUPS.match(sides) and not _METHODS.search(_MODALITY.sub("", sides)) and not RIVAL_NAME.search(sides) else ""


_OF_ONE = re.compile(r"\s?%?(?:\s?[(\[][^()\[\]]*[)\]])? (?:for|of|by|with|using|from)\b")


def of_sets(text: str, earlier: Value, value: Value) -> bool:
    """Whether two values are those of one subject on two sets or in two groups: ``0.95 in testing versus 0.84 in prospective validation``."""
    ends = _IN_SET.match(text, value.end) is not None or _OF_ONE.match(text, value.end) is None
    if _IN_SET.match(text, earlier.end) is not None and ends:
        return True
    group = _IN_GROUP.match(text, earlier.end) or _GROUP_AHEAD.search(text, max(0, earlier.start - 90), earlier.start)
    if group is not None and _IN_GROUP.match(text, value.end) is not None:
        return True
    return _SETS_BESIDE.search(text, max(0, earlier.start - 200), earlier.start) is not None
