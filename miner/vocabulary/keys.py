"""Keys of tasks, ``QUESTION: target [vs comparator]``, and the other names that they go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from miner.vocabulary import Vocabulary, vocabulary


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
    known = aliases if aliases is not None else aliases_of()
    question, colon, rest = known.get(task.casefold(), task).partition(": ")
    if not colon:
        return None
    target, _, comparator = rest.partition(" vs ")
    if question == "differential" and comparator:
        target, comparator = sorted((target, comparator), key=str.casefold)
    return Key(question, target, comparator or None)


def aliases_of(words: Vocabulary | None = None) -> Mapping[str, str]:
    """Return the keys by their other names in small letters, as a vocabulary has them; the one that ships with miner by default.

    Examples
    --------
    >>> aliases_of()["mci vs hc"]
    'diagnosis: mild cognitive impairment vs healthy'
    """
    return _aliases(words or vocabulary())


@lru_cache(maxsize=8)
def _aliases(words: Vocabulary) -> Mapping[str, str]:
    return {name.casefold(): key for name, key in words.table("aliases")["aliases"].items()}
