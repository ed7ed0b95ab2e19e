"""Two values side by side that have one subject: in two groups of cases, on two sets, or of two sorts of people."""

from __future__ import annotations

import re

from .rivals import METHOD, RIVAL_NAME
from .values import Value

# ``the two performed similarly (80% vs 75%)``
EQUALS = re.compile(r"\b(?:similarly|comparably|equally)\b(?:[^.;]|\.(?=\d)){0,100}\($")

_SIDES = re.compile(
    r"\b(?:(?:higher|lower|better|worse|greater|poorer|stronger|weaker|superior|inferior|increased|decreased|reduced)(?= (?:for|in|among|amongst|on|at|than|during)\b)|differ\w*(?: [^.;()]{1,60})?(?= between\b))(?P<sides> (?:for|in|among|amongst|on|at|than|during|between)\b[^.;()]{2,110})[(\[][^()\[\]\d]{0,30}$",
    re.IGNORECASE,
)

_METHODS = re.compile(
    rf"\b(?:{METHOD}|AI|CNNs?|U-?Net|SVM|forest|XGBoost|assist\w*|aid\w*|DL|signature|LLMs?|GPT\S*|transformers?|ours|we|our|proposed|us|group|alone|software|test|assay|imaging|ultrasound|data|features)\b|[a-z]*[A-Z]{{2,}}",
)

_MODALITY = re.compile(r"\b(?:MRI|MR|CT|PET|US|OCT|ECG|EEG)\b")

_SUBGROUPS = re.compile(
    r"^ (?:than )?(?:for|in|among|amongst|on|at|during|between) .*\b(?:patients?|participants?|subjects|individuals|children|adults|women|men|males?|females?|boys|girls|infants|people|age|years?|months|lesions?|nodules?|tumou?rs?|cancers?|masses|calcifications|"
    r"images?|scans?|sets?|cohorts?|cases|eyes|breasts?|classes|class|sites?|hospitals?|stages?|grades?|types?|subtypes?)\b"
)


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


_SETS = r"(?:training|train|testing|test|internal|external|validation|derivation|development|discovery|replication|hold-?out|held-out|cross-?validation|prospective|retrospective|temporal|independent)\b"

_IN_SET = re.compile(rf"\s?%?(?:\s?[(\[][^()\[\]]*[)\]])? ?(?:in|for|on|during|at) (?:the )?(?:[\w-]+ )?{_SETS}", re.IGNORECASE)

_SETS_BESIDE = re.compile(rf"\b{_SETS}[^.;()]{{0,30}}? (?:versus|vs\.?) (?:the )?(?:[\w-]+ )?{_SETS}(?:[^.;]|\.\d)*$", re.IGNORECASE)

_GROUP = r"(?:in|for|among|amongst) (?:the )?(?:[\w-]+ )?(?:men|women|males?|females?|boys|girls|children|adults|patients|participants|subjects|smokers|non-?smokers|stages? \w+|grades? \w+)\b"
_IN_GROUP = re.compile(rf"\s?%?(?:\s?[(\[][^()\[\]]*[)\]])? {_GROUP}", re.IGNORECASE)
_GROUP_AHEAD = re.compile(rf"(?:^|[ .,;(]){_GROUP}[^\d;]{{0,50}}$", re.IGNORECASE)
_OF_ONE = re.compile(r"\s?%?(?:\s?[(\[][^()\[\]]*[)\]])? (?:for|of|by|with|using|from)\b")

SETS_NEAR = re.compile(rf"\d[^.;]{{0,20}} {_SETS}(?: \w+)? $", re.IGNORECASE)


def of_sets(text: str, earlier: Value, value: Value) -> bool:
    """Whether two values are those of one subject on two sets or in two groups: ``0.95 in testing versus 0.84 in prospective validation``."""
    ends = _IN_SET.match(text, value.end) is not None or _OF_ONE.match(text, value.end) is None
    if _IN_SET.match(text, earlier.end) is not None and ends:
        return True
    told = _IN_GROUP.match(text, earlier.end) or _GROUP_AHEAD.search(text, max(0, earlier.start - 90), earlier.start)
    if told is not None and _IN_GROUP.match(text, value.end) is not None:
        return True
    return _SETS_BESIDE.search(text, max(0, earlier.start - 200), earlier.start) is not None


_AIDED = re.compile(r"\b(?:with|using|(?P<without>without)) (?:the )?(?:AI|assist\w*|aid|model|CAD|deep|computer)\b", re.IGNORECASE)
