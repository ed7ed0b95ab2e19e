"""Proper names of data sets."""

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
