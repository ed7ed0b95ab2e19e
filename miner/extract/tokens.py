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
_PLAIN = re.compile(rf"{_WORD}|(?P<number>{DIGITS})|{_OTHER}")
_NO_NUMBER = re.compile(rf"{_WORD}|{_OTHER}")
_WITH_WORDS = re.compile(rf"(?P<words>(?i:{WORDS}))|{_WORD}|(?P<number>{DIGITS})|{_OTHER}")
_LONGEST = 40
_DIGIT_NUMBER = re.compile(DIGITS)
_FIRST_LETTERS = frozenset("zotfsenZOTFSEN")
_WORD_NUMBER = re.compile(WORDS, re.IGNORECASE)

Tokens = tuple[list[str], list[int], list[int], dict[int, Number]]


def tokenise(text: str, *, number_words: bool = True, digits: bool = True) -> Tokens:
    """Return the tokens of a normal text: strings, starts, ends, and the numbers by token index.

    Parameters
    ----------
    text : str
        A sentence or phrase.
    number_words, digits : bool
        False where the text is known to hold no numbers in words, or no digits at all, which is faster.

    Examples
    --------
    >>> tokenise("29 823 X-ray scans (n=12)")[0]
    ['29 823', 'X', '-', 'ray', 'scans', '(', 'n', '=', '12', ')']
    """
    if not digits and not number_words:
        spans = [m.span() for m in _NO_NUMBER.finditer(text)]
        return [text[a : min(b, a + _LONGEST)] for a, b in spans], [a for a, _ in spans], [b for _, b in spans], {}
    return _with_words(text) if number_words else _with_digits(text)


def _with_digits(text: str) -> Tokens:
    """Tokenise a text whose numbers are digits: most sentences, so in as few steps of Python as it takes."""
    matches = list(_PLAIN.finditer(text))
    spans = [m.span() for m in matches]
    words = [text[a:b] if b - a <= _LONGEST else text[a : a + _LONGEST] for a, b in spans]
    numbers: dict[int, Number] = {}
    for index, match in enumerate(matches):
        if match.lastindex is not None and (found := digit_number(text, *spans[index])) is not None:
            numbers[index] = found
    return words, [a for a, _ in spans], [b for _, b in spans], numbers


def _with_words(text: str) -> Tokens:
    """Tokenise a text that holds numbers in words too."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    numbers: dict[int, Number] = {}
    for match in _WITH_WORDS.finditer(text):
        start, end = match.span()
        kind = match.lastgroup
        if kind == "words":
            for number in word_numbers(text, start, end):
                numbers[len(words)] = number
                words.append(text[number.start : number.end][:_LONGEST])
                starts.append(number.start)
                ends.append(number.end)
            continue
        if kind == "number" and (number_found := digit_number(text, start, end)) is not None:
            numbers[len(words)] = number_found
        words.append(match.group() if end - start <= _LONGEST else text[start : start + _LONGEST])
        starts.append(start)
        ends.append(end)
    return words, starts, ends, numbers


def like_number(text: str) -> bool:
    """Whether a token is a number: what ``LIKE_NUM`` means in a rule's patterns."""
    first = text[:1]
    if "0" <= first <= "9" or first == ".":
        return bool(_DIGIT_NUMBER.fullmatch(text))
    if first not in _FIRST_LETTERS:
        return False
    return bool(_WORD_NUMBER.fullmatch(text)) and bool(word_numbers(text, 0, len(text)))


def blank(asked: frozenset[str] | None = None) -> Language:
    """Return a fresh ``spacy.blank("en")`` with our tokeniser and our meaning of ``LIKE_NUM``.

    Of each new word it works out what is ``asked`` (names of token attributes beside ``LOWER``; all by default): the others cost a tenth of the time.
    """
    import spacy
    from spacy.attrs import IDS, LIKE_NUM  # type: ignore[import-not-found]  # a compiled module without stubs

    nlp = spacy.blank("en")
    nlp.vocab.lex_attr_getters[LIKE_NUM] = like_number  # type: ignore[attr-defined]  # missing in spaCy's stubs
    if asked is not None:
        wanted = {IDS[name] for name in asked | {"LOWER"} if name in IDS}
        for attribute in set(nlp.vocab.lex_attr_getters) - wanted:  # type: ignore[attr-defined]  # as above
            del nlp.vocab.lex_attr_getters[attribute]  # type: ignore[attr-defined]  # as above
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
