"""Mapping files of leaderboards and of publication counts, and the list of what a collection of sources holds."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from miner.errors import ConfigError

KINDS = ("studies", "leaderboards", "counts")
# The keys of these files by kind and section, with what they mean.
KEYS: dict[str, dict[str, dict[str, str]]] = {
    "leaderboards": {
        "": {
            "kind": "`leaderboards`.",
            "source": "Where the boards come from, for reports.",
            "min_entries": "Teams with fewer submissions are left out; 2 where it is left out.",
            "columns": "Which columns are which.",
            "competition": "By the competition's name: what is known of it. Where any is named, boards of others are set aside.",
        },
        "columns": {name: f"The column, or the names that it may have, of the {words}." for name, words in (
            ("team", "team"), ("score", "score"), ("entries", "number of submissions"), ("public", "public score"), ("private", "private score"),
        )},
        "competition": {
            "title": "What reports call it; its name where it is left out.",
            "metric": "The metric of its scores.",
            "better": "`higher` or `lower`; told from the order of the private board where it is left out.",
            "min_entries": "As above, for this one.",
        },
    },
    "counts": {
        "": {
            "kind": "`counts`.",
            "source": "Where the counts come from, for reports.",
            "year": "The column of years; `year` where it is left out.",
            "sheet": "Which sheet of a spreadsheet; the first where it is left out.",
            "topics": "Column to topic; every column is one where it is left out.",
        },
    },
    "sources": {
        "": {"kind": "`sources`.", "source": "Where the collection comes from, for reports.", "part": "What the folder holds."},
        "part": {
            "as": f"What it is: {', '.join(KINDS)}.",
            "path": "The path within the folder, or several of which one is there.",
            "mapping": "The mapping file beside this one; of studies, one a table, found by the table's name.",
        },
    },
}  # fmt: skip
_START = "take one of pipelines/varoquaux2022 as a start"


@dataclass(frozen=True, slots=True)
class Competition:
    """What is known of a competition besides its boards.

    ``higher_is_better`` is None where it is to be told from the order of the private board.
    """

    competition: str
    title: str
    metric: str | None = None
    higher_is_better: bool | None = None
    min_entries: int = 2
    source: str | None = None


@dataclass(frozen=True, slots=True)
class BoardMapping:
    """Which columns of a leaderboard are which, and which competitions there are.

    ``columns`` leads from ``team, score, entries, public, private`` to the names that the column may have; where ``competitions`` names
    any, boards of others are set aside.
    """

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    competitions: dict[str, Competition] = field(default_factory=dict)
    source: str | None = None


@dataclass(frozen=True, slots=True)
class CountMapping:
    """Which columns of a table of counts are which: ``topics`` leads from a column to its topic, all columns where it is empty."""

    year: str = "year"
    topics: dict[str, str] = field(default_factory=dict)
    sheet: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class SourcePart:
    """One part of a collection: its kind, the paths under which it may lie, and its mapping's file where it has one."""

    kind: str
    paths: tuple[str, ...]
    mapping: str | None = None


def kind_of(path: Path) -> str:
    """Return what a mapping file is for: ``studies`` unless its key ``kind`` says otherwise.

    Raises
    ------
    ConfigError
        If it is no TOML.
    """
    return str(_read(path).get("kind", "studies"))


def load_board_mapping(path: Path) -> BoardMapping:
    """Read and check a mapping of leaderboards.

    Raises
    ------
    ConfigError
        If it is no TOML, of another kind, or has a key that is not known; the message names it.
    """
    content, where = _of_kind(path, "leaderboards"), Path(path).name
    least, source = content.get("min_entries", 2), content.get("source")
    if not isinstance(least, int) or least < 0:
        raise ConfigError(f"min_entries must be a whole number, not {least!r}", where=where)
    columns = _table(content, "columns", where)
    _known(columns, set(KEYS["leaderboards"]["columns"]), "[columns]", where)
    return BoardMapping(
        {name: _names(f"[columns] {name}", value, where) for name, value in columns.items()},
        {name: _competition(name, value, least, source, where) for name, value in _table(content, "competition", where).items()},
        source,
    )


def _competition(name: str, value: Any, least: int, source: str | None, where: str) -> Competition:
    place = f"[competition.{name}]"
    if not isinstance(value, dict):
        raise ConfigError(f"{place} must be a table", where=where)
    _known(value, set(KEYS["leaderboards"]["competition"]), place, where)
    better = value.get("better")
    if better not in {None, "higher", "lower"}:
        raise ConfigError(f"{place} better must be 'higher' or 'lower', not {better!r}", where=where)
    return Competition(
        name,
        value.get("title", name),
        value.get("metric"),
        None if better is None else better == "higher",
        value.get("min_entries", least),
        source,
    )


def load_count_mapping(path: Path) -> CountMapping:
    """Read and check a mapping of publication counts.

    Raises
    ------
    ConfigError
        As :func:`load_board_mapping` does.
    """
    content, where = _of_kind(path, "counts"), Path(path).name
    topics = _table(content, "topics", where)
    if not all(isinstance(t, str) and t for t in topics.values()):
        raise ConfigError("[topics] leads from a column's name to a topic's", where=where)
    return CountMapping(content.get("year", "year"), topics, content.get("sheet"), content.get("source"))


def load_parts(path: Path) -> list[SourcePart]:
    """Read and check the list of what a collection of sources holds.

    Raises
    ------
    ConfigError
        As :func:`load_board_mapping` does.
    """
    content, where = _of_kind(path, "sources"), Path(path).name
    parts = content.get("part", [])
    if not isinstance(parts, list) or not parts:
        raise ConfigError("there is no [[part]]", where=where, hint=_START)
    found = []
    for part in parts:
        _known(part, set(KEYS["sources"]["part"]), "[[part]]", where)
        if part.get("as") not in KINDS:
            raise ConfigError(f"[[part]] as must be one of {', '.join(KINDS)}, not {part.get('as')!r}", where=where)
        found.append(SourcePart(part["as"], _names("[[part]] path", part.get("path", ()), where), part.get("mapping")))
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), hint=_START) from error


def _of_kind(path: Path, kind: str) -> dict[str, Any]:
    content = _read(path)
    if content.get("kind") != kind:
        raise ConfigError(
            f"this mapping is for {content.get('kind', 'studies')}, not for {kind}", where=Path(path).name, hint=f'kind = "{kind}"'
        )
    _known(content, set(KEYS[kind][""]), "", Path(path).name)
    return content


def _known(keys: MappingType[str, Any], known: set[str], place: str, where: str) -> None:
    for key in keys:
        if key not in known:
            raise ConfigError(
                f"unknown key {place} {key!r}".replace("  ", " "), where=where, hint=f"known keys: {', '.join(sorted(known))}"
            )


def _table(content: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    value = content.get(name, {})
    if not isinstance(value, dict):
        raise ConfigError(f"[{name}] must be a table", where=where)
    return value


def _names(place: str, value: Any, where: str) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else ()
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ConfigError(f"{place} must be a name or a list of names", where=where)
    return names
