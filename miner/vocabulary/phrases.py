"""The phrases by which texts speak of the data: parts, use, division, units; ``db/vocabulary/parts.toml``, ``words.toml`` and ``units.toml`` made ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from miner.errors import ConfigError
from miner.vocabulary import Vocabulary

Part = Literal["train", "validation", "test", "external", "cross-validation", "whole"]
PARTS: tuple[str, ...] = get_args(Part)
_Phrase = Annotated[str, Field(pattern=r"^[a-z]+(?: [a-z]+){0,5}$")]


class _PartSpec(BaseModel):
    model_config = ConfigDict(extra="forbid")
    names: list[_Phrase] = []
    bare: list[_Phrase] = []
    alone: list[_Phrase] = []
    apart: list[_Phrase] = []


class _PartsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    nouns: list[_Phrase] = []
    units: list[_Phrase] = []
    beside: list[_Phrase] = []
    before: list[_Phrase] = []
    part: dict[Part, _PartSpec] = {}


class _WordsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    use: dict[Literal["evaluated", "trained", "gathered", "analysed", "source"], list[_Phrase]] = {}
    purpose: dict[Literal["train", "test"], list[_Phrase]] = {}
    level: dict[Literal["patient", "lesion", "image"], list[_Phrase]] = {}
    split: list[_Phrase] = []
    later: list[_Phrase] = []
    review: list[_Phrase] = []
    reader: list[_Phrase] = []
    subgroup: list[_Phrase] = []
    comparator: list[_Phrase] = []


class _UnitsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    people: list[_Phrase] = []
    records: list[_Phrase] = []
    many: list[_Phrase] = []
    common: list[_Phrase] = []
    controls: list[_Phrase] = []
    plain: list[_Phrase] = []
    ends: list[_Phrase] = []
    capitals: list[Annotated[str, Field(pattern=r"^\S+$")]] = []


_FILES: dict[str, type[BaseModel]] = {"parts": _PartsFile, "words": _WordsFile, "units": _UnitsFile}
_LISTS = ("nouns", "units", "beside", "before", "people", "records", "many", "common", "controls", "plain", "ends", "capitals")
Entry = tuple[tuple[str, ...], str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """Phrases by their first word, each as the words that follow, its kind and its value; the longest first.

    Attributes
    ----------
    by_first : mapping of str to sequence of tuple
        The kind is ``name``, ``bare`` or ``part`` where a part of the data is named (see ``db/vocabulary/parts.toml``), '' where a phrase only looks like
        one, else a table of ``words.toml``.
    nouns, units, beside, before : frozenset of str
        What makes a part's name one: the nouns behind it, plural too, and what stands beside it.
    people, records, many : frozenset of str
        Nouns: people, what each of them has many of without its being predicted one by one, and what makes up one scan, run or image.
    controls : frozenset of str
        What groups that a class is told from are called.
    common, plain, ends, capitals : frozenset of str
        Words that tell no group, or set of data, from another, at which a noun phrase ends, and capitals that name no data set.

    Examples
    --------
    >>> from miner.vocabulary import vocabulary
    >>> words = phrases(vocabulary())
    >>> words.by_first["hold"][0], "cohorts" in words.nouns
    ((('out',), 'part', 'test'), True)
    """

    by_first: Mapping[str, Sequence[Entry]]
    nouns: frozenset[str]
    units: frozenset[str]
    beside: frozenset[str]
    before: frozenset[str]
    people: frozenset[str]
    records: frozenset[str]
    many: frozenset[str]
    common: frozenset[str]
    controls: frozenset[str]
    plain: frozenset[str]
    ends: frozenset[str]
    capitals: frozenset[str]

    def to_dict(self) -> dict[str, dict[str, list[str]]]:
        """Return all phrases by kind and value, JSON-ready."""
        found: dict[str, dict[str, list[str]]] = {}
        for first, listed in self.by_first.items():
            for rest, kind, value in listed:
                found.setdefault(kind or "apart", {}).setdefault(value, []).append(" ".join((first, *rest)))
        return {kind: {value: sorted(listed) for value, listed in sorted(values.items())} for kind, values in sorted(found.items())}


@lru_cache(maxsize=32)
def phrases(words: Vocabulary) -> Phrases:
    """Return the phrases of a vocabulary, checked.

    Raises
    ------
    ConfigError
        Naming the file, the key, and how to mend it.
    """
    entries: list[tuple[str, str, str]] = []
    lists: dict[str, set[str]] = {name: set() for name in _LISTS}
    for name, model in _FILES.items():
        content = _checked(name, model, words.table(name))
        for key, listed in lists.items():
            listed.update(getattr(content, key, []))
        entries += _entries(content)
    ready = {name: frozenset(_with_plurals(listed) if name in {"nouns", "units"} else listed) for name, listed in lists.items()}
    return Phrases(_by_first(entries), **ready)


def _checked(name: str, model: type[BaseModel], table: Mapping[str, Any]) -> BaseModel:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"{key}: {first['msg']}",
            where=f"vocabulary/{name}.toml, the one that ships with miner or a workspace's",
            hint=f"db/vocabulary/{name}.toml says what each key means; a phrase is small letters and spaces",
        ) from error


def _entries(content: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(content, _PartsFile):
        for part, spec in content.part.items():
            yield from ((phrase, "part", part) for phrase in spec.alone)
            yield from ((phrase, "bare", part) for phrase in spec.bare)
            yield from ((phrase, "name", part) for phrase in spec.names)
            yield from ((phrase, "", "") for phrase in spec.apart)
    elif isinstance(content, _WordsFile):
        for kind in _WordsFile.model_fields:
            listed = getattr(content, kind)
            for value, words in listed.items() if isinstance(listed, dict) else [(kind, listed)]:
                yield from ((phrase, kind, value) for phrase in words)


def _with_plurals(nouns: Iterable[str]) -> Iterator[str]:
    for noun in nouns:
        yield noun
        yield noun[:-1] + "ies" if noun.endswith("y") else noun + "s"


def _by_first(entries: Iterable[tuple[str, str, str]]) -> dict[str, list[Entry]]:
    """Index phrases by their first word; of two meanings of one phrase the first counts."""
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for phrase, kind, value in entries:
        found.setdefault(tuple(phrase.split()), (kind, value))
    listed: dict[str, list[Entry]] = {}
    for (first, *rest), (kind, value) in found.items():
        listed.setdefault(first, []).append((tuple(rest), kind, value))
    for options in listed.values():
        options.sort(key=lambda x: (-len(x[0]), x))
    return listed
