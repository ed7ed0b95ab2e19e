"""Proper names of data sets, and the words that restrict a value to some of the data."""

from __future__ import annotations

import re

_NAME = r"[A-Z][a-z]*[A-Z0-9][\w-]*|[A-Z]{2,}[\w-]*"
_PLACE = rf"(?:{_NAME}|[A-Z][a-z]{{3,}})"
_NAMED = re.compile(
    rf"\b(?:[Oo]n|[Ii]n|[Aa]cross|[Ff]rom|[Aa]t|[Uu]sing|[Ww]ith)\s+(?:the\s+|an?\s+|our\s+)?(?:[\w-]+\s+){{0,2}}?\$?\\?({_NAME})\b"
)
_ON = re.compile(rf"\b(?:[Oo]n|[Ii]n|[Aa]cross|[Aa]t) (?:the |our )?({_PLACE})\b")
_SET = re.compile(rf"\b({_PLACE}) (?:cohort|(?:data ?)?set|data|hospital|benchmark)s?\b")
_NAMES = re.compile(rf"\b(?:{_NAME})\b")
_CAPITAL = re.compile(r"(?<=[a-z,:] )[A-Z][a-z]{3,}\b")
_WHO = (
    r"(?:patients|people|participants|women|men|children|adults|samples|animals|documents|images|lesions|nodules|tumou?rs|cases|subjects|individuals|those|notes"
    r"|questions|records|reports|eyes)"
)
# Less than all of the data: for patients aged 60 or older, highest in research, when comparing two classes, in 3 of the tasks, > 2 cm, at 5 years.
_SOME = re.compile(
    rf"\b(?:for|in|among|on|within)\s+(?:the\s+)?(?:[\w-]+ ){{0,3}}{_WHO}\s+"
    r"(?:aged|older|younger|smaller|larger|with|without|exceeding|who|whose|between|above|below|under|over|at|treated|from)\b"
    r"|\b(?:highest|lowest|best|worst) (?:in|for|on)\b|\b(?:in|for) (?:high|low|mild|moderate|severe|early|late|symptomatic|asymptomatic)\b"
    r"|\b(?:when|by) (?:directly )?comparing\b|\bin (?:\d+|two|three|four|five|six|seven|eight|nine|ten) (?:out )?of (?:the |\d)|\bin \d+(?:\.\d+)?% of\b"
    r"|\bagainst the \w+|\bsubgroup\b|\bsubset of\b|\bin the [\w-]+ (?:subgroup|category)\b|\bcategory \d"
    r"|[≤≥<>]\s?\d+(?:\.\d+)? ?(?:years|cm|mm|months|weeks)|\b(?:at|within|after) \d+[- ](?:years?|months?|weeks?|days?)\b",
    re.IGNORECASE,
)
_ONE, _OTHER = r"(?:women|females|girls)", r"(?:men|males|boys)"
_SEXES = re.compile(rf"\b(?:in|for|among) (?:{_ONE}\b[^;]{{0,60}}\b{_OTHER}|{_OTHER}\b[^;]{{0,60}}\b{_ONE})\b")


def proper_names(text: str, start: int, end: int, others: frozenset[str]) -> set[str]:
    """Return the words of a stretch that may name a data set: with inner capitals or digits, or a capital inside a sentence, but not ``others``.

    Examples
    --------
    >>> sorted(proper_names("The AUC in the Hefei cohort and on CheXpert was 0.9", 0, 51, frozenset({"AUC"})))
    ['CheXpert', 'Hefei']
    """
    return {*_NAMES.findall(text, start, end), *_CAPITAL.findall(text, start, end)} - others


def sets_named(text: str) -> set[str]:
    """Return the names that a stretch says something was measured on, in or at, or that a word for data stands behind.

    Examples
    --------
    >>> sorted(sets_named("an AUC of 0.9 on KiTS23 and of 0.8 with ResNet in the Vienna cohort"))
    ['KiTS23', 'Vienna']
    """
    return {*_ON.findall(text), *_SET.findall(text)}


def names_used(text: str, start: int, end: int) -> set[str]:
    """Return the names that something was measured on, or came from, or was done with."""
    return set(_NAMED.findall(text, start, end))


def of_some(text: str, *stretches: tuple[int, int]) -> bool:
    """Return whether the words of a stretch restrict a value to some of the data.

    Examples
    --------
    >>> text = "the AUC was 0.8 in patients older than 60 years"
    >>> of_some(text, (0, len(text))), of_some(text, (0, 15))
    (True, False)
    """
    return any(_SOME.search(text, start, end) is not None for start, end in stretches)


def by_sex(text: str, start: int, end: int) -> bool:
    """Return whether a stretch tells of women and of men apart."""
    return _SEXES.search(text, start, end) is not None
