"""Shares of what should be found, answered or ranked: they state a metric without naming it."""

from __future__ import annotations

import re

from .rejects import FOUND_BY, FOUND_OF
from .values import Value

_MISSES = re.compile(r"\bmiss(?:es|ed|ing)? (?:only |about |up to |just |as many as )?(?:[\d.]+ ?%?-)?$", re.IGNORECASE)
_AGREED = re.compile(r"\bagree[ds]? (?:with [^.;]{3,60} )?in (?:about |only |over )?$", re.IGNORECASE)
_CATCHES = re.compile(
    r"\b(?:detect|identif|captur|recogni[sz]|flagg|diagnos|retriev|recover|locat|predict|found|catch|caught|pick)\w*(?: up)?(?: correctly)? (?:(?:only|over|up to|about|approximately|nearly|more than|at least|an average of|as many as) |~ ?)*"
    r"(?:[\d.]+ ?% (?:and|or|to|vs\.?|versus) )?$",
    re.IGNORECASE,
)
_CAUGHT = re.compile(
    r"\s?% of (?:(?:the|all|these|those|true|actual|observed|known|confirmed|relevant|clinically significant|malignant|early|invasive|[\w-]+) ){0,3}?(?:cancers?|lesions?|nodules?|polyps?|tumou?rs?|carcinomas?|caries|cases|events?|recurrences?|deaths?|fractures?|seizures?|"
    r"aneurysms?|metastas[ei]s|positives?|changes|errors|entities|stenos[ei]s|h(?:a)?emorrhages?|infections?|malignanc(?:y|ies)|converters|non-?responders|relapses?|falls|attacks|episodes|mutations|variants|diseases?|adenomas?|abnormalities|diagnoses|structures|objects|landmarks|targets|recurrence|mortality)\b",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"model|method|approach|framework|pipeline|agent|algorithm|\bAI\b|software|network|machine|classifier|LLM|GPT|signature|tool|system|test|assay|score|readers?|radiologists?|group",
    re.IGNORECASE,
)
# ``found 44% of the caries, whereas the other group found 76%``
_FOUND_TOO = re.compile(r"\b(?P<verb>found|detected|identified|predicted|caught) [\d.]+ ?% of [^.;]{3,140}\b(?P=verb) (?:only |about )?$")
_STOPS = re.compile(r"\s?%(?:[.,;)]|$| in\b)")
_SHARED_VERB = re.compile(r"[^.;:]{3,110}(?:,| and|, and) (?:only |about )?")
_REACHES = re.compile(r"\b(?:reach|achiev|attain|manag|complet|solv)\w* (?:only |about )?$")
_AGREES_ON = re.compile(r"\s?%(?: of\b|[.,;)])")
_DONE = re.compile(
    r"\b(?:complet|solv|pass|answer|fulfil|satisf|resolv)\w*(?: correctly)? (?:only |over |up to |about |approximately |nearly |more than |at least |~ ?)*$",
    re.IGNORECASE,
)
_TASKS = re.compile(
    r"\s?% of (?:the |all |these )?(?:[\w-]+ ){0,3}?(?:tasks?|items?|questions?|problems?|criteria|rubrics?|instructions?|cases|tests)\b"
)
# ``ranks the gene within the top 5, 10 or 25 in 50%, 71% or 88% of exomes``
_RANKED = re.compile(
    r"\b(?:within|in|among) (?:the |its )?top[- ](?:\d+|one|two|three|five|ten)\b[^.;%]{0,60} (?:in|for) (?:more than |over |about |at least )?(?:[\d.]+ ?%(?:,| or|, or| and|, and) )*$",
    re.IGNORECASE,
)


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
