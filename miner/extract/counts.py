"""Counts of participants in the forms that methods sections use and abstracts seldom do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from miner.text.numbers import parse_words
from miner.types import Evidence, Extraction

# They are filed under the rule whose kind they have: its version covers them.
RULE_ID = "sample_size"

_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_WORD = rf"(?:(?:{_ONES}|{_TEENS})[ -]hundred(?:[ -]and)?(?:[ -](?:(?:{_TENS})(?:[ -](?:{_ONES}))?|{_TEENS}|{_ONES}))?|(?:{_TENS})(?:[ -](?:{_ONES}))?|{_TEENS}|{_ONES})"
_DIGITS = r"(?<![\w.,/–-])\d{1,3}(?:,\d{3})+(?!\d)|(?<![\w.,/–-])\d{1,6}(?![\d%]|\.\d|,\d{3}(?!\d))"
_COUNT = rf"(?P<n>{_DIGITS}|(?<![\w-]){_WORD}\b)"
_PERSON = (
    r"(?:participants?|subjects?|volunteers?|patients?|adults?|children|adolescents?|individuals?|controls|persons?|people|students?|women|men|males?|females?|girls?|boys?"
    r"|infants|neonates|youths?|teenagers?|undergraduates|speakers|musicians|athletes|veterans|smokers|drinkers|users|designers|professionals|experts|novices"
    r"|twins|siblings|probands|relatives|HCs?|NCs?|right-?handers|left-?handers|sufferers|survivors|carriers|elderly|seniors|mothers|fathers|parents|dancers|players)"
)
_SEX = r"(?:females?|males?|women|woman|men|man|girls?|boys?)"
_GAP = r"[ \t\u00a0\u2009\u202f\n]{1,3}"
# Words between the number and the noun: adjectives, diagnoses, commas; nothing that ends the phrase.
_BETWEEN = r"(?:(?!(?:of|in|from|with|were|was|and|or|to|at|by|for|on|years?|months?|weeks?|days?|hours?|mm|cm|min|s|ms|times?|trials?|sessions?|runs?|scans?|blocks?|per|different|experts?)\b)[A-Za-z][\w’'/-]*,?[ \u00a0]){0,6}?"

_FORMS: tuple[tuple[str, float, re.Pattern[str]], ...] = tuple(
    (role, score, re.compile(pattern, flags))
    for role, score, flags, pattern in (
        # n = 28, N of 34; digits that follow after a comma are another number
        ("group", 0.4, 0, r"\b[nN]s?\s{0,3}=\s{0,3}(?P<n>\d{1,3}(?:,\d{3})+(?!\d)|\d{1,6})(?![\d%]|\.\d)"),
        ("total", 0.8, 0, r"\b[nN] of (?P<n>\d{1,6})\b"),
        # thirty-eight healthy, childless adults
        ("total", 0.6, re.IGNORECASE, rf"{_COUNT}{_GAP}{_BETWEEN}{_PERSON}\b"),
        # 36M/66F, 5 m, 6 f, 12 M and 9 F
        ("group", 0.7, 0, r"(?<![\w.])(?P<n>\d{1,5}) ?[MmFf]\b(?=\s?(?:[/,;:)]|and|&)\s?\d{0,5})(?! ?[mM]\b)"),
        ("group", 0.7, 0, r"(?<=[MmFf][/,;]) ?(?P<n>\d{1,5}) ?[MmFf]\b"),
        # 20 (55.6%) female; 7 were males
        ("group", 0.7, re.IGNORECASE, rf"{_COUNT}{_GAP}\(\d[\d.]* ?%\){_GAP}(?:were |was |are |of them )?{_SEX}\b"),
        ("group", 0.7, re.IGNORECASE, rf"{_COUNT}{_GAP}(?:were|was|are){_GAP}{_SEX}\b"),
        ("group", 0.7, re.IGNORECASE, rf"(?<![\w.])(?:{_SEX}|M|F)\s?[:=/]\s?(?P<n>\d{{1,5}})\b(?!%|\.\d)"),
        # 39 in the control group; 10 allocated to the … group
        (
            "group",
            0.6,
            re.IGNORECASE,
            rf"{_COUNT}{_GAP}(?:(?:were|was|are) )?(?:(?:randomly |randomi[sz]ed |allocated |assigned )+)?(?:in|to|into){_GAP}(?:the|an?|each){_GAP}(?:[\w’'/-]+ ){{1,4}}?(?:group|sample|arm|cohort)\b",
        ),
        # among the 284 participants, 142 …; of the 33 enrolled, data from 28 were analysed
        (
            "group",
            0.6,
            re.IGNORECASE,
            rf"\b(?:of|among|from) (?:the|these|all|our) (?:\d{{1,6}}|{_WORD}) [^.,;()]{{0,60}}{_PERSON}[^.,;()]{{0,30}}, (?:data (?:from|of) )?{_COUNT}(?= (?!years|months|%)[a-z(])",
        ),
        # 19 (10 females)
        ("group", 0.6, re.IGNORECASE, rf"{_COUNT} (?=\((?:\d{{1,4}}|{_WORD}) ?{_SEX}\b)"),
        ("group", 0.6, 0, r"(?<![\w.])(?P<n>\d{1,5}) (?=\(\d{1,4} ?[MFmf]\b)"),
    )
)  # fmt: skip
_PEOPLE_AROUND = re.compile(rf"\b{_PERSON}\b", re.IGNORECASE)
_NOT_PEOPLE = re.compile(
    r"\b(?:voxels?|clusters?|trials|stimuli|runs|sessions|epochs|images|pictures|words|items|studies|articles|papers|datasets|electrodes|channels|contrasts?)\b[^.;]{0,25}$"
)
_READ = frozenset({"abstract", "methods", "results", "other", "front"})
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z(])|\n")


class Section(Protocol):
    """What is asked of a section: its kind and its span."""

    @property
    def kind(self) -> str: ...  # noqa: D102 -- named in the class
    @property
    def start(self) -> int: ...  # noqa: D102 -- as above
    @property
    def end(self) -> int: ...  # noqa: D102 -- as above


def participant_counts(
    text: str, sections: Sequence[Section], document_id: str | None = None, *, version: str = "1.0.0"
) -> list[Extraction]:
    """Find counts of people in the abstract, methods and results of a full text.

    Parameters
    ----------
    text : str
    sections : sequence of Section
        Spans with ``kind``, ``start``, ``end``.
    document_id : str, optional
        What goes into the evidence.
    version : str
        The version of the rule ``sample_size``.

    Returns
    -------
    list of Extraction
        Kind ``sample_size``, unit ``participant``; no two overlap.

    Examples
    --------
    >>> from miner.text.outline import Span
    >>> text = "Thirty-eight healthy, childless adults (20M/18F) took part."
    >>> [(e.evidence.quote, e.value) for e in participant_counts(text, [Span("methods", "", 0, len(text))])]
    [('Thirty-eight', 38), ('20', 20), ('18', 18)]
    """
    found: dict[int, Extraction] = {}
    for section in sections:
        if section.kind not in _READ:
            continue
        for start, end in _sentences(text, section.start, section.end):
            if any(c.isdigit() for c in text[start:end]) or _NUMBERISH.search(text, start, end):
                _read(text, (start, end), document_id, version, found)
    kept: list[Extraction] = []
    for at in sorted(found):
        if not kept or found[at].evidence.start >= kept[-1].evidence.end:
            kept.append(found[at])
    return kept


_NUMBERISH = re.compile(rf"\b(?:{_WORD})\b", re.IGNORECASE)


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans, at = [], start
    for match in _SENTENCE_END.finditer(text, start, end):
        if match.start() > at:
            spans.append((at, match.start()))
        at = match.end()
    if at < end:
        spans.append((at, end))
    return [s for s in spans if s[1] - s[0] < 3_000]


def _read(text: str, span: tuple[int, int], document_id: str | None, version: str, found: dict[int, Extraction]) -> None:
    start, end = span
    sentence = text[start:end]
    about_people: bool | None = None
    for role, score, pattern in _FORMS:
        for match in pattern.finditer(sentence):
            value = _value(match["n"])
            if value is None or value < 1 or match.start("n") + start in found:
                continue
            if score < 0.5:
                about_people = _PEOPLE_AROUND.search(sentence) is not None if about_people is None else about_people
                if not about_people or _NOT_PEOPLE.search(sentence[: match.start()]):
                    continue
            begin, stop = start + match.start("n"), start + match.end("n")
            evidence = Evidence(begin, stop, text[begin:stop], sentence, None, document_id)
            fields = {"unit": "participant", "role": role, "own": True}
            found[begin] = Extraction("sample_size", value, evidence, RULE_ID, version, score, fields)


def _value(words: str) -> int | None:
    digits = words.replace(",", "")
    return int(digits) if digits.isdecimal() else parse_words(words)
