"""The screen: one pass of a compiled re2 set over a sentence says whether tokenising it can be of any use.

It may let through too much, never too little: a sentence that it holds back contains no trigger of any rule, or no number for the
rules that need one. Bytes in Latin-1 keep one byte a code point; what Latin-1 lacks becomes ``?``, and patterns take any byte there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import re2

from miner.extract.tokens import tokenise

_NUMBER_WORDS = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|"
    "twenty|thirty|fou?rty|fifty|sixty|seventy|eighty|nine?ty"
)
_DIGITS, _WORDS, _WITH_NUMBER, _WITHOUT = range(4)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the screen saw in a sentence."""

    digits: bool
    number_words: bool
    number_trigger: bool
    other_trigger: bool

    @property
    def passes(self) -> bool:
        """Whether the sentence is worth tokenising."""
        return self.other_trigger or (self.number_trigger and (self.digits or self.number_words))


class Screen:
    """The compiled screen of a set of triggers.

    Parameters
    ----------
    with_number : iterable of str
        Triggers of rules that need a number in the sentence.
    without : iterable of str
        Triggers of the other rules.

    Examples
    --------
    >>> screen = Screen(["patients"], ["ADNI"])
    >>> screen.look(b"12 patients").passes, screen.look(b"some patients").passes, screen.look(b"on ADNI").passes
    (True, False, True)
    """

    def __init__(self, with_number: Iterable[str], without: Iterable[str]) -> None:
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.case_sensitive = False
        options.max_mem = 256 << 20
        options.never_capture = True
        options.log_errors = False
        self._set = re2.Set.SearchSet(options)
        for pattern in ("[0-9]", rf"(?:^|[^a-z])(?:{_NUMBER_WORDS})(?:$|[^a-z])", _any_of(with_number), _any_of(without)):
            self._set.Add(pattern)
        self._set.Compile()

    def look(self, sentence: bytes) -> Verdict:
        """Return what the screen sees in a sentence (Latin-1 bytes of its normal text)."""
        seen = self._set.Match(sentence) or ()
        return Verdict(_DIGITS in seen, _WORDS in seen, _WITH_NUMBER in seen, _WITHOUT in seen)


def _any_of(phrases: Iterable[str]) -> str:
    patterns = sorted({_pattern(p) for p in phrases})
    return "|".join(patterns) if patterns else r"\x00\x01\x00\x01\x02"


def _pattern(phrase: str) -> str:
    tokens = tokenise(phrase)[0]
    body = " *".join("".join(_character(c) for c in token) for token in tokens)
    begin = r"(?:^|[^a-z])" if _is_letter(tokens[0][0]) else ""
    end = r"(?:$|[^a-z])" if _is_letter(tokens[-1][-1]) else ""
    return f"{begin}{body}{end}"


def _is_letter(c: str) -> bool:
    return c.isascii() and c.isalpha()


def _character(c: str) -> str:
    if not c.isascii():
        return r"[\x00-\xff]{1,2}"  # its lower or upper form may be two characters
    return c if c.isalnum() else rf"\x{ord(c):02x}"
