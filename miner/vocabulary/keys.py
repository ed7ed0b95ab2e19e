"""Keys of tasks, ``QUESTION: target [vs comparator]``, and the other names that they go by."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from miner.errors import ConfigError
from miner.resources import resource

_FILE = "aliases.toml"


@dataclass(frozen=True, slots=True)
class Key:
    """What a study asked: the question, what it is asked of, and what that is compared with; codebook 1.1 has the questions."""

    question: str
    target: str | None = None
    comparator: str | None = None

    def __str__(self) -> str:
        against = f" vs {self.comparator}" if self.comparator else ""
        return f"{self.question}: {self.target}{against}" if self.target else self.question

    @property
    def condition(self) -> str | None:
        """What the target is without the event that a prognosis foretells: the level of a roll-up between key and question."""
        if self.target is None:
            return None
        event, _, population = self.target.partition(" in ")
        return population if self.question == "prognosis" and population else event if self.question == "prognosis" else self.target


def read_key(task: str | None, aliases: Mapping[str, str] | None = None) -> Key | None:
    """Read a key, by whatever name; None for what is no key and no name of one.

    Two conditions of a differential are put in the order of the alphabet: whoever compares keys ignores the order.

    Examples
    --------
    >>> read_key("prognosis: death in sepsis").condition, str(read_key("AD vs HC"))
    ('sepsis', "diagnosis: Alzheimer's disease vs healthy")
    >>> str(read_key("differential: pseudogout vs gout"))
    'differential: gout vs pseudogout'
    >>> read_key("the last word") is None
    True
    """
    if not task:
        return None
    known = aliases if aliases is not None else _shipped()
    question, colon, rest = known.get(task.casefold(), task).partition(": ")
    if not colon:
        return None
    target, _, comparator = rest.partition(" vs ")
    if question == "differential" and comparator:
        target, comparator = sorted((target, comparator), key=str.casefold)
    return Key(question, target, comparator or None)


def aliases_of(folders: Sequence[Path] = ()) -> Mapping[str, str]:
    """Return the keys by their other names in small letters: those that ship with miner, and what ``folders`` of rules add.

    Raises
    ------
    ConfigError
        If a file is no TOML, or an alias stands for something that is no key.
    """
    paths = [resource("db", "vocabulary") / _FILE, *(p for folder in folders if (p := Path(folder) / "vocabulary" / _FILE).is_file())]
    return _read(tuple((str(p), p.read_text(encoding="utf-8")) for p in paths))


@cache
def _shipped() -> Mapping[str, str]:
    return aliases_of()


@lru_cache(maxsize=8)
def _read(files: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for path, text in files:
        try:
            told = tomllib.loads(text).get("aliases", {})
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"is not TOML: {error}", where=path, hint="the message names the line") from error
        for name, key in told.items():
            if not isinstance(key, str) or ": " not in key:
                raise ConfigError(f"the alias {name!r} stands for {key!r}, which is no key", where=path, hint='write "QUESTION: target"')
            found[name.casefold()] = key
    return found
