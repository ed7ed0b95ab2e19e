"""Pairs of groups that a text sets against each other word by word: ``AD vs HC``, ``sMCI/pMCI``, ``converters and non-converters``."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from miner.extract.labels.reading import Mention, Reading
from miner.vocabulary.lexicon import Lexicon

HEALTHY = "healthy"
_MCI, _DEMENTIA = "mild cognitive impairment", "dementia"
_WORSE = re.compile(r"(?:p|c)-?MCIs?|a?MCI-?[cCpP]|progressors?|converters?|progressive|P-?MCI", re.ASCII)
_STABLE = re.compile(r"(?:s|nc|S)-?MCIs?|a?MCI-?(?:NC|nc|[sS])|stable|nonconverters?|nonprogressors?|non", re.ASCII)
_AGAINST = frozenset({"vs", "versus", "against", "from"})
_BETWEEN = frozenset(
    [
        "patient",
        "subject",
        "individual",
        "participant",
        "group",
        "person",
        "people",
        "disease",
        "disorder",
        "the",
        "of",
        "cognitively",
        "age",
        "matched",
        "(",
        ")",
        ".",
        "in",
        "with",
        "elderly",
        "older",
        "adult",
    ]
)
_FARTHEST = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """Two groups set against each other, as question, target and comparator, and the words that say so."""

    question: str
    target: str
    comparator: str | None
    mention: Mention


@dataclass(frozen=True, slots=True)
class _Side:
    value: str
    stage: str
    first: int
    last: int


def pairs(reading: Reading, roles: list[str], clue: list[set[str]], lexicon: Lexicon) -> list[Pair]:
    """Return the pairs of a document's own sentences, each once, in order.

    Examples
    --------
    >>> from miner.extract.labels.reading import read
    >>> from miner.extract.sentence import DocumentText
    >>> from miner.text.sentences import split
    >>> from miner.vocabulary.lexicon import lexicon
    >>> text = "Accuracy was 95% for CN/AD and 74% for sMCI/pMCI."
    >>> reading = read(DocumentText(text, split(text)), lexicon())
    >>> [(p.question, p.target, p.comparator) for p in pairs(reading, ["title"], [{"performance"}], lexicon())]
    [('diagnosis', "Alzheimer's disease", 'healthy'), ('prognosis', 'dementia in mild cognitive impairment', None)]
    """
    found: dict[tuple[str, ...], Pair] = {}
    groups: dict[int, dict[int, Mention]] = {}
    for kind in ("clue", "condition"):
        for m in reading.mentions.get(kind, ()):
            if (kind == "condition" or m.value == HEALTHY) and roles[m.sentence] != "background":
                groups.setdefault(m.sentence, {})[m.first] = m
    for index, here in groups.items():
        mci = any(m.value == _MCI for m in here.values())
        if len(here) < 2 and not mci:
            continue
        sides = list(_sides(reading, index, here, mci=mci))
        for a, b in itertools.pairwise(sides):
            if (
                _set_against(reading, a, b, clue[index], only=len({s.value for s in sides}) == 2)
                and (pair := _pair(a, b, index, clue[index], lexicon)) is not None
            ):
                found.setdefault((pair.question, *sorted((pair.target, pair.comparator or ""))), pair)
    conversion = _conversion(reading, roles)
    if conversion is not None:
        found.setdefault((conversion.question, "", conversion.target), conversion)
    return list(found.values())


def _sides(reading: Reading, index: int, here: Mapping[int, Mention], *, mci: bool) -> Iterator[_Side]:
    """Yield the groups that a sentence names, in order."""
    at, last = reading.bounds[index]
    if not mci:
        for first in sorted(here):
            yield _Side(here[first].value, "", first, here[first].last)
        return
    while at < last:
        m = here.get(at)
        stage = _stage(reading, at, m.last if m else at + 1)
        if m is not None:
            yield _Side(m.value, stage if m.value == _MCI else "", m.first, m.last)
        elif stage and reading.norm[at].startswith(("conver", "nonconv", "non")):
            yield _Side(_MCI, stage, at, at + (2 if reading.norm[at] == "non" else 1))
        at = m.last if m else at + (2 if reading.norm[at] == "non" else 1)


def _stage(reading: Reading, first: int, last: int) -> str:
    """Return ``worse`` or ``stable`` where a group of people with mild cognitive impairment is called so."""
    text = reading.text(first, last)
    words = [
        text,
        text.split()[0],
        *([reading.raw[first - 1]] if first and reading.raw[first - 1].lower() in {"progressive", "stable"} else []),
    ]
    if any(_STABLE.fullmatch(w) for w in words) and (
        reading.norm[first] != "non" or reading.norm[min(first + 1, len(reading.norm) - 1)].startswith(("conver", "progress"))
    ):
        return "stable"
    return "worse" if any(_WORSE.fullmatch(w) for w in words) else ""


def _set_against(reading: Reading, a: _Side, b: _Side, clue: set[str], *, only: bool) -> bool:
    """Whether nothing but the words of a comparison stand between two groups."""
    between = reading.norm[a.last : b.first]
    if reading.norm[b.first] in _AGAINST:
        between = [*between, reading.norm[b.first]]
    if not between:
        return "/" in reading.document.text[reading.ends[a.last - 1] : reading.starts[b.first]]
    rest = [w for w in between if w not in _AGAINST and w not in _BETWEEN and reading.raw[a.last + between.index(w)] not in {"HC"}]
    if len(between) > _FARTHEST:
        return False
    if any(w in _AGAINST for w in between):
        return not [
            w for w in rest if w not in {"were", "was", "classified", "distinguished", "separated", "discriminated", "differentiated"}
        ]
    return only and rest == ["and"] and "apart" in clue and (HEALTHY in (a.value, b.value) or "control" not in clue)


def _pair(a: _Side, b: _Side, index: int, clue: set[str], lexicon: Lexicon) -> Pair | None:
    def mention(side: _Side) -> Mention:
        return Mention("condition", side.value, a.first, b.last, index)

    if a.stage and b.stage and a.stage != b.stage:
        return Pair("prognosis", f"{_DEMENTIA} in {_MCI}", None, mention(a))
    if HEALTHY in (a.value, b.value) and a.value != b.value:
        ill = b if a.value == HEALTHY else a
        return Pair("diagnosis", ill.value, HEALTHY, mention(ill))
    alike = a.value == b.value or a.value in lexicon.above("condition", b.value) or b.value in lexicon.above("condition", a.value)
    if alike or not clue & {"performance", "concordance", "apart"}:
        return None
    return Pair("differential", a.value, b.value, mention(a))


def _conversion(reading: Reading, roles: list[str]) -> Pair | None:
    """Return the foretelling of dementia in mild cognitive impairment where conversion is what an own sentence tells of."""
    if not any(m.value == _MCI for m in reading.mentions.get("condition", ())):
        return None
    for m in reading.mentions.get("event", ()):
        if m.value == _DEMENTIA and roles[m.sentence] not in ("background", "methods"):
            return Pair("prognosis", f"{_DEMENTIA} in {_MCI}", None, m)
    return None
