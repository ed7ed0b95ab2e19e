"""The tokeniser that rules work on: a blank spaCy vocabulary, and numbers as single tokens however they are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from miner.text.numbers import DIGITS, WORDS, Number, digit_number, word_numbers

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

# A word keeps a number behind a hyphen (COVID-19, PHQ-9); any other hyphen is a token, so that X-ray and X ray differ by one
# token only. Words come first in the pattern because most tokens are words.
_WORD = r"[^\W\d_][^\W_]*(?:-(?=[A-Za-z]{0,3}[0-9])[A-Za-z0-9]{1,12}(?![.,]?[0-9]|\w))*"
_OTHER = r"[0-9]\w*|'s\b|\S"
_PLAIN = re.compile(rf"(?P<word>{_WORD})|(?P<number>{DIGITS})|{_OTHER}")
_WITH_WORDS = re.compile(rf"(?P<words>(?i:{WORDS}))|(?P<word>{_WORD})|(?P<number>{DIGITS})|{_OTHER}")
_LONGEST = 40
_DIGIT_NUMBER = re.compile(DIGITS)
_WORD_NUMBER = re.compile(WORDS, re.IGNORECASE)

Tokens = tuple[list[str], list[int], list[int], dict[int, Number]]


def tokenise(text: str, *, number_words: bool = True) -> Tokens:
    """Return the tokens of a normal text: strings, starts, ends, and the numbers by token index.

    Parameters
    ----------
    text : str
        A sentence or phrase.
    number_words : bool
        False where the text is known to hold no numbers in words, which is faster.

    Examples
    --------
    >>> tokenise("29 823 X-ray scans (n=12)")[0]
    ['29 823', 'X', '-', 'ray', 'scans', '(', 'n', '=', '12', ')']
    """
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    numbers: dict[int, Number] = {}
    for match in (_WITH_WORDS if number_words else _PLAIN).finditer(text):
        start, end = match.span()
        kind = match.lastgroup
        if kind is not None and kind != "word":
            if kind == "words":
                for number in word_numbers(text, start, end):
                    numbers[len(words)] = number
                    words.append(text[number.start : number.end][:_LONGEST])
                    starts.append(number.start)
                    ends.append(number.end)
                continue
            if (number_found := digit_number(text, start, end)) is not None:
                numbers[len(words)] = number_found
        words.append(match.group() if end - start <= _LONGEST else text[start : start + _LONGEST])
        starts.append(start)
        ends.append(end)
    return words, starts, ends, numbers


def like_number(text: str) -> bool:
    """Whether a token is a number: what ``LIKE_NUM`` means in a rule's patterns."""
    first = text[:1]
    if first.isdigit() or first == ".":
        return bool(_DIGIT_NUMBER.fullmatch(text))
    return bool(_WORD_NUMBER.fullmatch(text)) and bool(word_numbers(text, 0, len(text)))


def blank() -> Language:
    """Return a fresh ``spacy.blank("en")`` with our tokeniser and our meaning of ``LIKE_NUM``."""
    import spacy
    from spacy.attrs import LIKE_NUM  # type: ignore[import-not-found]  # a compiled module without stubs

    nlp = spacy.blank("en")
    nlp.vocab.lex_attr_getters[LIKE_NUM] = like_number  # type: ignore[attr-defined]  # missing in spaCy's stubs
    nlp.tokenizer = _Tokeniser(nlp.vocab)
    return nlp


class _Tokeniser:
    """A spaCy tokeniser: text in, Doc out."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        from spacy.tokens import Doc

        words, starts, ends, _ = tokenise(text)
        return Doc(self.vocab, words=words, spaces=[a != b for a, b in zip(ends, [*starts[1:], len(text)], strict=True)])
