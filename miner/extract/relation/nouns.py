"""What a number counts, as words: behind it, and before the bracket that it stands in."""

from __future__ import annotations

import re
from functools import lru_cache

from miner.extract.spans import Words
from miner.text.sentences import SentenceSpan

_INSIDE = frozenset({"of", "with", "without", "from", "had", "have", "were"})
_BRACKET = re.compile(r"[(\[]\s?(?:[nN]\s?=\s?)?$|[nN]\s?=\s?$")
_NUMBER = re.compile(r"\d")
_BREAK = re.compile(r"[;,()\[\]]|\b(?:while|whereas|but)\b", re.IGNORECASE)
_BEHIND, _BEFORE = 5, 6


def nouns_of(
    text: str, words: Words, start: int, end: int, sentence: SentenceSpan, ends: frozenset[str], *, group: bool = False
) -> tuple[frozenset[str], int]:
    """Return the words of the noun phrases that a number at ``start`` to ``end`` counts, in the singular, and where the one behind it ends.

    Of a group they include what it is ``with``.

    ``ends`` are the words at which a noun phrase ends.

    Examples
    --------
    >>> from miner.extract.spans import words_of
    >>> text = "We saw the late stage group (n = 164) and 35 healthy controls."
    >>> sentence = SentenceSpan(0, len(text))
    >>> ends = frozenset({"and", "the"})
    >>> for at, length in ((33, 3), (42, 2)):
    ...     nouns, stop = nouns_of(text, words_of(text), at, at + length, sentence, ends)
    ...     print(sorted(nouns), repr(text[at:stop]))
    ['group', 'late', 'stage'] '164'
    ['control', 'healthy'] '35 healthy controls'
    """
    found, stop = _walk(text, words, end, sentence.end, ends, group=group)
    bracket = _BRACKET.search(text, max(sentence.start, start - 12), start)
    if bracket is not None:
        found += _back(text, words, bracket.start(), sentence.start, ends)
    return frozenset(singular(w) for w in found), stop


def _walk(text: str, words: Words, end: int, stop: int, ends: frozenset[str], *, group: bool) -> tuple[list[str], int]:
    found: list[str] = []
    last = end
    closing = ends - _INSIDE if group else ends
    at = words.index(end)
    for index in range(at, min(at + _BEHIND, len(words.words))):
        word, start = words.words[index], words.starts[index]
        if start >= stop or word in closing or _BREAK.search(text, end, start) is not None or _NUMBER.search(text, end, start) is not None:
            break
        if word not in ends:
            found.append(word)
            last = start + len(word)
    return found, last


def _back(text: str, words: Words, end: int, stop: int, ends: frozenset[str]) -> list[str]:
    found: list[str] = []
    at = words.index(end)
    for index in range(at - 1, max(-1, at - 1 - _BEFORE), -1):
        word, start = words.words[index], words.starts[index]
        if start < stop or (word in ends and word not in _INSIDE) or _BREAK.search(text, start + len(word), end) is not None:
            break
        if word not in ends:
            found.append(word)
    return found


@lru_cache(maxsize=1 << 16)
def singular(word: str) -> str:
    """Return a noun without a regular plural's end.

    Examples
    --------
    >>> singular("nodules"), singular("biopsies"), singular("pelvis")
    ('nodule', 'biopsy', 'pelvis')
    """
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word
