"""Whose performance a value is: the study's own, that of something it is compared with, or a difference of two."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

from miner.text.patterns import load_patterns

from .changes import change_claim
from .deltas import mark_deltas
from .foils import is_of_rival, is_other_scale
from .rivals import RIVAL_NAME
from .sides import EQUALS, SETS_NEAR, alike, of_sets
from .values import Value

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_VERSUS = _PATTERNS["versus"]
_VERSUS_OURS = _PATTERNS["versus_ours"]
_BEFORE_OURS = _PATTERNS["before_ours"]
_EXCEEDED = _PATTERNS["exceeded"]
_VERSUS_NEXT = _PATTERNS["versus_next"]
_OURS = _PATTERNS["ours"]
_CUES = _PATTERNS["cues"]
_RESPECTIVELY = _PATTERNS["respectively"]
_HELPED = _PATTERNS["helped"]
_JUDGED_BY = _PATTERNS["judged_by"]
_POINTED = _PATTERNS["pointed"]
_WITH = _PATTERNS["with"]
_NAMES_BEGIN = _PATTERNS["names_begin"]
_NAMES = _PATTERNS["names"]
_NAME_JOINT = _PATTERNS["name_joint"]
_OUR_NAME = _PATTERNS["our_name"]
_AMONG = _PATTERNS["among"]
_HELP_BEHIND = _PATTERNS["help_behind"]
_AS_GOOD = _PATTERNS["as_good"]
_OPENED = _PATTERNS["opened"]
_METRICS_ONLY = _PATTERNS["metrics_only"]
_MANY = _PATTERNS["many"]
_WORSE_THAN = _PATTERNS["worse_than"]
_TERMS = _PATTERNS["terms"]
_AT_A_TASK = _PATTERNS["at_a_task"]
_MEASURED = _PATTERNS["measured"]
_ITEM_ENDS = _PATTERNS["item_ends"]
_TASK = _PATTERNS["task"]
_OPENS = _PATTERNS["opens"]
_REFERENCE = _PATTERNS["reference"]
_OTHER_CASES = _PATTERNS["other_cases"]
_EXAMINED = _PATTERNS["examined"]
_OTHER_SET = _PATTERNS["other_set"]
_CONCEDES = _PATTERNS["concedes"]
_OF_OURS = _PATTERNS["of_ours"]
_REACHED = _PATTERNS["reached"]
_LIST_GOES_ON = _PATTERNS["list_goes_on"]
_VERB = _PATTERNS["verb"]

_REACH = 420
_COMPARING = {"than", "beat"}


@dataclass(frozen=True, slots=True)
class _Cue:
    """A word that says whose the values after it are."""

    start: int
    end: int
    kind: str


def claim(text: str, values: list[Value], runs: list[list[Value]], title: str = "") -> None:
    """Set the claim of every value that has a metric."""
    if all(v.metric is None for v in values):
        return
    mark_deltas(text, values)
    patterns: dict[int, list[str]] = {}
    cues = [_Cue(m.start(), m.end(), str(m.lastgroup)) for m in _CUES.finditer(text)]
    earlier: Value | None = None
    for run in runs:
        if run[0].metric is None:
            continue
        levels = [v for v in run if v.claim != "delta"]
        for i, value in enumerate(levels):
            value.claim = _one(text, cues, levels, i, earlier)
            earlier = value
        _align(text, levels, patterns, title)
    _rescale(values)
    for value in values:
        if value.metric is not None and value.claim == "own" and is_of_rival(text, value, title):
            value.claim = "comparator"


def _rescale(values: list[Value]) -> None:
    """Give a rival's value the one metric that is written as it is: ``77.0% accuracy and an AUC of 0.80, compared with 70.9%``."""
    for value in values:
        if value.claim != "comparator" or value.metric is None:
            continue
        own = [v for v in values if v.claim == "own" and v.metric is not None and v.start < value.start]
        if not any(v.metric == value.metric for v in own) or any(
            v.metric == value.metric and _in_percent(v) == _in_percent(value) for v in own
        ):
            continue
        fitting = {v.metric for v in own if _in_percent(v) == _in_percent(value)}
        if len(fitting) == 1 and not any(v.metric in fitting for v in values if v.claim == "comparator"):
            value.metric = fitting.pop()


def _in_percent(value: Value) -> bool:
    return value.number.kind == "percent" or value.number.value > 1


def _one(text: str, cues: list[_Cue], run: list[Value], i: int, earlier: Value | None) -> str:
    """Return the claim of one value of a run: by the words beside it, else by the last cue before it."""
    value = run[i]
    begin = max(0, value.start - _REACH)
    before = text[begin : value.start]
    if stated := change_claim(text, run, i, before) or _set_beside(text, run, i, before, earlier):
        return stated
    state, how = _state(text, cues, value.start)
    if state == "comparator" and any(c.kind == "beat" and _AT_A_TASK.match(text, c.end, value.start) for c in cues):
        return "own"
    if state == "comparator" and how in _COMPARING:
        cue = max((c for c in cues if c.end <= value.start and c.kind in _COMPARING), key=lambda c: c.end)
        if _TERMS.search(text, cue.end, value.start):
            return "own"
        alike = _AS_GOOD.match(text, cue.start) is not None  # the rival is named to tell what it reached
        return "comparator" if alike and value.how == "name after" else _in_bracket(text, run, i, earlier)
    if state == "comparator" and how == "human" and _HELP_BEHIND.match(text, value.end):
        return "own"
    return state


def _set_beside(text: str, run: list[Value], i: int, before: str, earlier: Value | None) -> str:
    """Return the claim of a value that ``ours``, ``vs.`` or ``compared with`` sets beside another; empty where none does."""
    value = run[i]
    if "urs" in before[-60:] and _OURS.search(before[-60:]):
        return "own" if re.search(r"\bours\s*[:=(]\s*$", before, re.IGNORECASE) else "comparator"
    if earlier is not None and earlier.metric == value.metric and _EXCEEDED.search(before[-60:]):
        return "comparator"
    if _VERSUS_OURS.search(before[-40:]):
        return "own"
    if _BEFORE_OURS.match(text, value.end):
        return "comparator"
    if _VERSUS.search(before[-70:]):
        return (
            earlier.claim
            if earlier is not None
            and (alike(text, earlier) or of_sets(text, earlier, value) or EQUALS.search(text, max(0, earlier.start - 110), earlier.start))
            else "comparator"
        )
    if i + 1 < len(run) and _VERSUS_NEXT.search(text[value.end : run[i + 1].start]):
        return "comparator" if alike(text, value) == "human" else "own"
    return ""


def _in_bracket(text: str, run: list[Value], i: int, earlier: Value | None) -> str:
    """Return the claim of a value behind a comparison: that of the rival, unless a bracket gives the subject's."""
    bracket = re.search(r"(?P<object>[\w-]+) [(\[](?P<name>[^()\[\]\d]{0,30})$", text[max(0, run[0].start - 60) : run[0].start])
    if bracket is not None and len(run) > 1 and _enumerates(text, run):
        return "own" if i == 0 else "comparator"
    if len(run) > 1:
        return "comparator"
    # ``better than the junior readers (AUC: 0.85)``: many objects have not one value.
    many = bracket is not None and bracket["name"] and _MANY.fullmatch(bracket["object"])
    return "own" if many or _lists_metrics(text, run[0], earlier) else "comparator"


def _lists_metrics(text: str, value: Value, earlier: Value | None) -> bool:
    """Whether a value stands in the bracket of many with its metric, and no value before that bracket."""
    opened = _OPENED.search(text, max(0, value.start - 150), value.start)
    if opened is None or not _MANY.fullmatch(opened["object"]):
        return False
    if value.how == "name after":
        return earlier is None or earlier.start > opened.start()
    return value.how == "name before" and _METRICS_ONLY.search(text, opened.start(), value.start) is not None


def _enumerates(text: str, run: list[Value]) -> bool:
    """``X had higher recall than Y and Z (0.8, 0.6 and 0.5, respectively)``: the first value is that of the subject."""
    return _RESPECTIVELY.match(text, run[-1].end) is not None


def _align(text: str, run: list[Value], patterns: dict[int, list[str]], title: str) -> None:
    """Set the claims of lists whose order names who is who (``surgeons and the network was 75% and 84%``), and of lists of the same length after such a one."""
    n = len(run)
    if n < 2:
        return
    ahead = text[max(0, run[0].start - 190) : run[0].start]
    for opening in _NAMES_BEGIN.finditer(ahead):
        match = _NAMES.match(ahead, opening.end())
        names = _NAME_JOINT.split(match["names"]) if match else []
        ours = [_OUR_NAME.match(name) is not None for name in names]
        foils = (
            [not our for our in ours]
            if sum(ours) == 1
            else [RIVAL_NAME.search(name) is not None or is_other_scale(name, title) for name in names]
        )
        if len(names) == n and any(foils) and not all(foils):
            for value, is_foil in zip(run, foils, strict=True):
                value.claim = "comparator" if is_foil else "own"
    claims = [v.claim for v in run]
    if claims[0] == "own" and set(claims[1:]) == {"comparator"} and _enumerates(text, run):
        patterns[n] = claims
    elif n in patterns and _enumerates(text, run):
        for value, known in zip(run, patterns[n], strict=True):
            value.claim = known


def _state(text: str, cues: list[_Cue], position: int) -> tuple[str, str]:
    """Return the claim that the words before a position set, and the last cue that set it."""
    state, how, beaten = "own", "", -1
    for cue in cues[bisect_left(cues, position - _REACH, key=lambda c: c.start) :]:
        if cue.end > position:
            break
        if _closed_bracket(text, cue.start, position) or not _counts(text, cue, position, how):
            continue
        if cue.kind == "than" and how == "human" and _WORSE_THAN.search(text, max(0, cue.start - 8), cue.end):
            state, how = "own", "with"  # ``the experts were inferior to the network (0.89)``
        elif cue.kind in {"than", "beat", "human", "base"}:
            state, how = "comparator", how if cue.kind == "base" and how in _COMPARING else cue.kind
            beaten = cue.end if cue.kind == "beat" else -1 if cue.kind == "than" else beaten
        else:
            state, how = "own", cue.kind
            beaten = beaten if cue.kind == "own" else -1
    if beaten >= 0 and _flips(text[beaten:position]):
        return "own", "with"
    return state, how


def _counts(text: str, cue: _Cue, position: int, how: str) -> bool:
    """Whether a cue says anything about a position, after the cue ``how``."""
    near = text[max(0, cue.start - 40) : cue.start]
    if cue.kind == "than":
        return _compares(text, cue, position, near)
    if cue.kind == "machine":
        return how == "human"  # ``experts achieved 77% and the algorithm 84%``
    if cue.kind == "verb":
        return how in _COMPARING  # ``outperforms the others and achieves 0.9``
    if cue.kind == "human":
        return not ((how not in _COMPARING and _HELPED.search(near)) or _JUDGED_BY.search(near))
    if cue.kind == "base":
        if text[cue.start] in "sS" and _REACHED.search(near):
            return False
        if how == "own":
            return _POINTED.search(near) is not None
        among = _AMONG.search(text[max(0, cue.start - 90) : cue.start]) and _comparison_end(text, cue.end, position) >= 0
        return how in _COMPARING or not (among or _EXAMINED.search(near))
    return not (cue.kind == "own" and how == "than" and _OF_OURS.search(near))


def _compares(text: str, cue: _Cue, position: int, near: str) -> bool:
    """Whether a comparison sets a rival beside the subject, and still does at a position."""
    if text.startswith((" chance", " the chance"), cue.end):
        return False
    if _OTHER_SET.match(text, cue.end) or _OTHER_CASES.match(text, cue.end) or _REFERENCE.match(text, cue.end):
        return False
    if text[cue.start] in "vV" and _is_of_classes(text, cue, near):
        return False
    # ``Compared with others, our model …``: the comparison ends at its comma.
    begins = not text.startswith("against", cue.start) and (
        cue.start < 3 or _OPENS.search(near) or _CONCEDES.search(text[max(0, cue.start - 60) : cue.start])
    )
    return not (begins and _comparison_end(text, cue.end, position) >= 0)


def _is_of_classes(text: str, cue: _Cue, near: str) -> bool:
    """Whether ``vs.`` stands between two classes or sets rather than two methods: ``AD vs. controls``, ``0.87 vs. pneumonia, 0.93 vs. nodules``."""
    if not _MEASURED.search(near) or _ITEM_ENDS.match(text, cue.end) or SETS_NEAR.search(near):
        return True
    return _TASK.search(near) is not None and not _MEASURED.match(text, cue.end + 1)  # ``… 71%, and for AD vs. MCI it was 80%``


def _comparison_end(text: str, start: int, position: int) -> int:
    """Return the comma that ends ``compared with A (0.8), B (0.7), our model``; -1 where there is none before the position."""
    comma = text.find(",", start, position)
    while comma >= 0 and (_goes_on(text, comma) or text.count("(", start, comma) > text.count(")", start, comma)):
        comma = text.find(",", comma + 1, position)
    return comma


def _goes_on(text: str, comma: int) -> bool:
    """Whether a list of rivals goes on behind a comma: another name with its bracket, and no verb behind it."""
    item = _LIST_GOES_ON.match(text, comma) if text[comma - 1] in ")]" else None
    close = text.find(")", item.end()) if item is not None else -1
    return item is not None and not (close >= 0 and _VERB.match(text, close + 1))


def _flips(object_: str) -> bool:
    """``outperformed all other models with an accuracy of 97%``: what follows ``with`` is the subject's."""
    match = next(iter(reversed(list(_WITH.finditer(object_)))), None)
    return match is not None and "only" not in object_[match.start() :] and "(" not in object_[match.start() :]


def _closed_bracket(text: str, cue: int, position: int) -> bool:
    """Whether a cue stands in a bracket that closes before the position."""
    close = text.find(")", cue, position)
    return close >= 0 and "(" not in text[cue:close]
