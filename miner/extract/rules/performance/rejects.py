"""Numbers that state no performance: other quantities, units, counts, shares, and what was set in advance."""

from __future__ import annotations

import re
from pathlib import Path

from miner.text.numbers import Number
from miner.text.patterns import load_patterns

from .intervals import is_level
from .metrics import find_metrics
from .settings import is_set

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_OTHER_BEFORE = _PATTERNS["other_before"]
_METRIC_OF = _PATTERNS["metric_of"]
_OUTCOME_BEFORE = _PATTERNS["outcome_before"]
_P_LIST = _PATTERNS["p_list"]
_CUTOFFS = _PATTERNS["cutoffs"]
_AT_CUTOFF = _PATTERNS["at_cutoff"]
_REDUCED = _PATTERNS["reduced"]
_COST_BEFORE = _PATTERNS["cost_before"]
COST_AFTER = _PATTERNS["cost_after"]
UNIT_AFTER = _PATTERNS["unit_after"]
THINGS_AFTER = _PATTERNS["things_after"]
_SE_BEFORE = _PATTERNS["se_before"]
_SP = _PATTERNS["sp"]
_INTEGER_BEFORE = _PATTERNS["integer_before"]
_BEGINS_RANGE = _PATTERNS["begins_range"]
_PARAMETER = _PATTERNS["parameter"]
_PART = _PATTERNS["part"]
_COMPOUND = _PATTERNS["compound"]
_OF_PEOPLE = _PATTERNS["of_people"]
_JUDGED = _PATTERNS["judged"]
_SHARE_BEFORE = _PATTERNS["share_before"]
_SHARE_AFTER = _PATTERNS["share_after"]
_SLASH_AFTER = _PATTERNS["slash_after"]
_OF_AFTER = _PATTERNS["of_after"]
_OF_BEFORE = _PATTERNS["of_before"]
_SHARE_CLOSED = _PATTERNS["share_closed"]
_THINGS = _PATTERNS["things"]
_SET_BEFORE = _PATTERNS["set_before"]
_SET_AFTER = _PATTERNS["set_after"]
_FROM_ZERO = _PATTERNS["from_zero"]
_CLOCK = _PATTERNS["clock"]
_BEYOND_ONE = _PATTERNS["beyond_one"]
_POWER_OF_TEN = _PATTERNS["power_of_ten"]
_BOUND_OF = _PATTERNS["bound_of"]
_P_LAST = _PATTERNS["p_last"]
_COST_ENDS = _PATTERNS["cost_ends"]
_SET_ENDS = _PATTERNS["set_ends"]
_MARK_OF = _PATTERNS["mark_of"]
FOUND_BY = _PATTERNS["found_by"]
FOUND_OF = _PATTERNS["found_of"]
_VERSION = _PATTERNS["version"]
_UNIT_PAST_BRACKET = _PATTERNS["unit_past_bracket"]
_RANGE_END = _PATTERNS["range_end"]
_NAMED_JUST = _PATTERNS["named_just"]
_COUNTED = _PATTERNS["counted"]
_TAIL = 16
_GENERAL = {"Mean", "The", "Average", "Overall", "Final", "Best", "Composite", "Total", "Matching", "Macro", "Micro"}


def reject(text: str, number: Number) -> str | None:
    """Return why a number states no performance by its own form and the words beside it, or None where it may state one."""
    if number.kind == "words" or number.value < 0 or number.value > 300 or (number.value > 100 and number.kind != "percent"):
        return "no bounded score"
    if number.value == 0 and number.kind == "integer" and not _FROM_ZERO.match(text, number.end):
        return "no bounded score"
    if is_level(text, number):
        return "level of an interval"
    before = text[max(0, number.start - 80) : number.start]
    if _CLOCK.search(before[-3:]):
        return "a time or a ratio"
    if _BEYOND_ONE.match(text, number.end) or _POWER_OF_TEN.match(text, number.end):
        return "a range or a number beyond one"
    return _other_quantity(text, number, before) or (
        _share(text, number, before) if number.kind == "percent" else _count(text, number, before)
    )


def _other_quantity(text: str, number: Number, before: str) -> str | None:
    if _SE_BEFORE.search(before) and _SP.search(text):
        return None  # ``SE = 0.9, SP = 0.8``: sensitivity and specificity
    if _REDUCED.search(before) or (number.decimals == 0 and _marked(before)):
        return "another quantity"
    if is_set(text, number, before):
        return "a setting or a statistic"
    if (bound := _BOUND_OF.search(before)) is not None and not find_metrics(bound["name"]):
        return "another quantity"
    other = _OTHER_BEFORE.search(before, max(0, len(before) - 60)) if not _AT_CUTOFF.search(before) else None
    if other is not None and other["noun"] and _METRIC_OF.search(text, max(0, number.start - 140), number.start - len(other.group())):
        other = None
    if "respectively" in text and _P_LAST.search(before):
        return None  # ``the sensitivity, the AUC and the p value were 0.83, 0.84 and 0.001, respectively``
    if (
        _P_LIST.search(before)
        or _CUTOFFS.search(before)
        or other is not None
        or _ends(before, _COST_ENDS, _COST_BEFORE)
        or COST_AFTER.match(text, number.end)
    ):
        return "another quantity"
    if (outcome := _OUTCOME_BEFORE.search(before)) is not None and not outcome["what"]:
        return "another quantity"
    return "set in advance" if _ends(before, _SET_ENDS, _SET_BEFORE) or _SET_AFTER.match(text, number.end) else None


def _ends(before: str, ends: re.Pattern[str], whole: re.Pattern[str]) -> bool:
    return ends.search(before, max(0, len(before) - _TAIL)) is not None and whole.search(before) is not None


def _marked(before: str) -> bool:
    """Whether a number is, as in ``a Brock score of 5-65%``, a mark on a clinical scale that bears a name, which is no metric's."""
    mark = _MARK_OF.search(before)
    return mark is not None and not find_metrics(mark["name"] + " score") and mark["name"] not in _GENERAL


def _share(text: str, number: Number, before: str) -> str | None:
    if FOUND_BY.match(text, number.end) or FOUND_OF.search(before):
        return None
    if _SHARE_BEFORE.search(before) and not _JUDGED.search(before[-45:]) and _SHARE_CLOSED.match(text, number.end):
        return "share of a count"
    judged = _JUDGED.search(text, max(0, number.start - 40), number.end + 60)
    return "share of people" if _OF_PEOPLE.match(text, number.end) and not judged else None


def _count(text: str, number: Number, before: str) -> str | None:
    if _VERSION.search(before[-12:]):
        return "part of a name"
    if number.decimals == 0 and THINGS_AFTER.match(text, number.end):
        return "count of things"
    if (
        UNIT_AFTER.match(text, number.end)
        or _unit_of_range(text, number)
        or _UNIT_PAST_BRACKET.match(text, number.end)
        or _PART.match(text, number.end)
        or _THINGS.match(text, number.end)
    ):
        return "has a unit"
    return _whole(text, number, before) if number.kind == "integer" else None


def _unit_of_range(text: str, number: Number) -> bool:
    """``10-45x``: the unit behind the range holds for both ends."""
    other = _RANGE_END.match(text, number.end)
    return other is not None and UNIT_AFTER.match(text, other.end()) is not None


def _whole(text: str, number: Number, before: str) -> str | None:
    if number.value < 10 and before.endswith("(") and text[number.end : number.end + 1] == ")":
        return "an enumerator"
    if _BEGINS_RANGE.match(text, number.end) and before[-1:] in {" ", "(", "[", "~"}:
        return None
    if not _INTEGER_BEFORE.search(before) or _COMPOUND.match(text, number.end):
        return "part of a name"
    if _NAMED_JUST.search(before) and _COUNTED.match(text, number.end):
        return "count of things"
    if _PARAMETER.search(before) and not _JUDGED.search(before[-16:]):
        return "another quantity"
    if _SHARE_AFTER.match(text, number.end) or _SLASH_AFTER.match(text, number.end) or _OF_AFTER.match(text, number.end):
        return "count of a total"
    return "total of a count" if _OF_BEFORE.search(before) else None
