"""How rare words are, and how often authors make them part of a keyword: facts of counts, of words that stand in many abstracts."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("words.tsv")
ENDING = 3


class Word(NamedTuple):
    """What is known of a word, in whole steps.

    ``rarity`` is log2 of abstracts by abstracts with it. ``alone``, ``first`` and ``last`` are twice log2 of how much more often than the average word it is a keyword,
    begins one and ends one where it stands in a text. ``flags`` holds ``c`` where it is written with a capital, ``p`` where it is hardly ever without its plural's s.
    """

    rarity: int
    alone: int
    first: int
    last: int
    flags: str = ""


class Lexis(dict[str, Word]):
    """The words that are known by their normal forms; of others their endings tell, and they are as rare as can be."""

    rarest = 12

    def __init__(self) -> None:
        super().__init__()
        self.roles: dict[str, tuple[bool, bool, bool, bool]] = {}
        """What words can do in a phrase, as :mod:`miner.describe.candidates` found it."""

    def __missing__(self, word: str) -> Word:
        ending = self.get(f"-{word[-ENDING:]}") or self["-"]
        return Word(self.rarest, ending.alone, ending.first, ending.last)


@lru_cache(maxsize=1)
def lexis(file: Path = FILE) -> Lexis:
    """Return what a file knows of words.

    Examples
    --------
    >>> lexis()["the"].rarity < lexis()["hippocampus"].rarity
    True
    """
    words = Lexis()
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        name, rarity, alone, first, last, flags = line.split("\t")
        words[name] = Word(int(rarity), int(alone), int(first), int(last), flags)
    return words
