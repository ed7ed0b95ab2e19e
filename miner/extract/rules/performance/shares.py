"""Shares of what should be found, answered or ranked: they state a metric without naming it."""

from __future__ import annotations

import re
from pathlib import Path

from miner.text.patterns import load_patterns

from .rejects import FOUND_BY, FOUND_OF
from .values import Value

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_MISSES = _PATTERNS["misses"]
_AGREED = _PATTERNS["agreed"]
_CATCHES = _PATTERNS["catches"]
_CAUGHT = _PATTERNS["caught"]
_MACHINE = _PATTERNS["machine"]
_FOUND_TOO = _PATTERNS["found_too"]
_DONE = _PATTERNS["done"]
_TASKS = _PATTERNS["tasks"]
_RANKED = _PATTERNS["ranked"]

_STOPS = re.compile(r"\s?%(?:[.,;)]|$| in\b)")
_SHARED_VERB = re.compile(r"[^.;:]{3,110}(?:,| and|, and) (?:only |about )?")
_REACHES = re.compile(r"\b(?:reach|achiev|attain|manag|complet|solv)\w* (?:only |about )?$")
_AGREES_ON = re.compile(r"\s?%(?: of\b|[.,;)])")


def caught(text: str, values: list[Value]) -> None:
    """Link shares of what should be found: ``the algorithm detected 92% of the lesions`` states a sensitivity."""
    machine = _MACHINE.search(text) is not None
    for i, value in enumerate(values):
        if value.metric is None and value.percent and (stated := _stated(text, values, i, machine=machine)) is not None:
            value.metric, value.how = stated


def _stated(text: str, values: list[Value], i: int, *, machine: bool) -> tuple[str, str] | None:
    """Return the metric that a share states, and how; ``machine`` says that the sentence speaks of what can find or answer."""
    value = values[i]
    before = text[max(0, value.start - 90) : value.start]
    if FOUND_BY.match(text, value.number.end) or FOUND_OF.search(before):
        return "sensitivity", "share found"
    sought = machine and _CAUGHT.match(text, value.number.end) is not None
    if sought and _MISSES.search(before):
        return "error_rate", "share missed"
    if _RANKED.search(text, max(0, value.start - 140), value.start):
        return "accuracy", "share ranked"
    if not machine:
        return None
    if sought and (_CATCHES.search(before[-70:]) or _goes_on(text, values, i)):
        return "sensitivity", "share found"
    if _STOPS.match(text, value.number.end) and _FOUND_TOO.search(text, max(0, value.start - 220), value.start):
        return "sensitivity", "share found"
    if _AGREES_ON.match(text, value.number.end) and _AGREED.search(before):
        return "accuracy", "agreement"
    done = _DONE.search(before) and _TASKS.match(text, value.number.end)
    if done or (i and values[i - 1].how == "share done" and _REACHES.search(before)):
        return "other", "share done"
    return None


def _goes_on(text: str, values: list[Value], i: int) -> bool:
    """Whether a share of what should be found follows another: ``predicted 90% of recurrences in men and 79% of those in women``."""
    earlier = values[i - 1] if i else None
    return earlier is not None and earlier.how == "share found" and _SHARED_VERB.fullmatch(text, earlier.end, values[i].start) is not None
