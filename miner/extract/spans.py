"""Typed spans: what the words of a text say of the data, its parts and their use, read once by the phrases of ``db/vocabulary``."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from miner.vocabulary.phrases import PARTS, Phrases

_WORD = re.compile(r"[a-z]+")
# Where two names of parts stand together, the later of these decides: an external validation cohort is external.
_STRENGTH = {part: rank for rank, part in enumerate(("whole", "train", "validation", "test", "external", "cross-validation"))}
_LINKS = frozenset(["of", "in", "on", "for", "the", "a", "an", "and", "with", "by", "to", "from", "was", "were", "is", "as"])
_NAMES = frozenset({"name", "bare", "part"})
# A share or size behind a name: training (80%) and test (20%) sets
_ASIDE = r"(?:\s?\([^()]{0,20}\))"
_BEHIND = re.compile(_ASIDE)
_TIGHT = frozenset({" ", "-", ""})
_JOINT = re.compile(rf"{_ASIDE}?\s?(?:[-/,&]|and|or|, ?and|, ?or)?\s?(?:the |an? )?", re.IGNORECASE)
_WITHIN = re.compile(r" (?:[\w-]+ ){1,2}")
_AFTER = re.compile(r"\s?[,;.)(]|\s(?:and|or)\b")
_BARRIER = re.compile(r"[,;:.()\[\]]")


class Span(NamedTuple):
    """Words from ``start`` to ``end`` (offsets into the text, ``end`` exclusive) and what they are: a ``kind`` and a ``value`` of it.

    ``kind`` is ``part`` or a table of ``words.toml``. ``sure`` is false for a part that is named without saying that it is one (``validation`` without ``cohort``).
    """

    start: int
    end: int
    kind: str
    value: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text in small letters, with their offsets."""

    text: str
    words: list[str]
    starts: list[int]

    def index(self, offset: int) -> int:
        """Return the index of the first word that begins at or behind an offset."""
        return bisect_left(self.starts, offset)

    def between(self, start: int, end: int) -> list[str]:
        """Return the words that begin in a stretch of the text."""
        return self.words[bisect_left(self.starts, start) : bisect_left(self.starts, end)]


def words_of(text: str) -> Words:
    """Return the words of a text.

    Examples
    --------
    >>> words_of("10-fold Cross-validation").words
    ['fold', 'cross', 'validation']
    """
    lower = text.lower()
    if len(lower) != len(text):
        # A few capitals (İ) become two characters: offsets would shift.
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    found = list(_WORD.finditer(lower))
    return Words(text, [m[0] for m in found], [m.start() for m in found])


def read_spans(words: Words, known: Phrases) -> list[Span]:
    """Return the spans of a text, in order; where phrases overlap, the first and of those the longest counts.

    Examples
    --------
    >>> from miner.vocabulary import vocabulary
    >>> from miner.vocabulary.phrases import phrases
    >>> text = "an AUC of 0.9 in the training and 0.8 in the external validation cohort"
    >>> [(text[s.start : s.end], s.value) for s in read_spans(words_of(text), phrases(vocabulary()))]
    [('training', 'train'), ('external validation', 'external')]
    """
    found: list[Span] = []
    listed, starts, by_first = words.words, words.starts, known.by_first
    size, skip = len(listed), 0
    for index, word in enumerate(listed):
        if index < skip or word not in by_first:
            continue
        for rest, kind, value in by_first[word]:
            end = index + 1 + len(rest)
            if end > size or (rest and (listed[index + 1] != rest[0] or tuple(listed[index + 1 : end]) != rest)):
                continue
            stop = starts[end - 1] + len(listed[end - 1])
            # Nothing but one space, hyphen or slash stands between the words of a phrase.
            if stop - starts[index] == sum(map(len, listed[index:end])) + len(rest):
                if kind:
                    found.append(Span(starts[index], stop, kind, value))
                skip = end
                break
    return list(_with_parts(words, known, found))


def _with_parts(words: Words, known: Phrases, found: list[Span]) -> Iterator[Span]:
    """Join names of parts that stand together, and tell those that a noun follows from those that are named alone."""
    pending: list[Span] = []
    for span in [*found, None]:
        if pending and (span is None or not _joined(words.text, pending[-1], span)):
            yield from _named(words, known, pending)
            pending = []
        if span is None:
            return
        if span.kind in _NAMES:
            pending.append(span)
        else:
            yield span


def _named(words: Words, known: Phrases, run: list[Span]) -> Iterator[Span]:
    """Yield one span for each of several parts that are named together (training, validation and test sets)."""
    groups: list[list[Span]] = []
    for span in run:
        if groups and _adjacent(words.text, groups[-1][-1], span):
            groups[-1].append(span)
        else:
            groups.append([span])
    sure = any(s.kind == "part" for s in run) or _noun_follows(words, known, run)
    if not sure and len(groups) == 1 and not (groups[0][-1].kind == "bare" and _stands_alone(words, known, groups[0][-1])):
        return
    for group in groups:
        value = max((s.value for s in group), key=_STRENGTH.__getitem__)
        yield Span(group[0].start, group[-1].end, "part", value, sure)


def _joined(text: str, left: Span, right: Span) -> bool:
    """Whether two names of parts belong to one list: training and validation; training, validation; train/test."""
    if right.kind not in _NAMES:
        return False
    return _adjacent(text, left, right) or _JOINT.fullmatch(text, left.end, right.start) is not None


def _adjacent(text: str, left: Span, right: Span) -> bool:
    """Whether two names stand in one phrase: external validation; independent multi-institutional test set."""
    if text[left.end : right.start] in _TIGHT:
        return True
    if left.value not in {"external", "test"} or right.start - left.end > 32:
        return False
    between = _WITHIN.fullmatch(text, left.end, right.start)
    return between is not None and not any(w in _LINKS for w in between[0].lower().split())


def _noun_follows(words: Words, known: Phrases, run: list[Span]) -> bool:
    """Whether the next words say that what was named is a part of the data; one word may stand between."""
    aside = _BEHIND.match(words.text, run[-1].end)
    end, bare = aside.end() if aside else run[-1].end, any(s.kind == "bare" for s in run)
    at = words.index(end)
    for index in range(at, min(at + 2, len(words.words))):
        word = words.words[index]
        if word in _LINKS or _BARRIER.search(words.text, end, words.starts[index]) is not None:
            return False
        if word in known.nouns or (bare and index == at and word in known.units):
            return True
    return False


def _stands_alone(words: Words, known: Phrases, span: Span) -> bool:
    """Whether a word by itself names a part, by what stands beside it: in validation, test AUC, 0.9 in the training and 0.8 in."""
    at = words.index(span.start)
    ahead, back = words.words[at + 1 : at + 2], words.words[max(0, at - 2) : at]
    if (ahead and ahead[0] in known.beside) or (back and back[-1] in known.before):
        return True
    return len(back) == 2 and back[0] in known.before and back[1] == "the" and _AFTER.match(words.text, span.end) is not None


__all__ = ["PARTS", "Span", "Words", "read_spans", "words_of"]
