"""The sentences of an abstract with the label that they stand under, and what a linear model sees of each."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from miner.describe.labels import LABEL, facets_of
from miner.text.normalise import normalise
from miner.text.sentences import split
from miner.text.words import normals

_WORD = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*|%")
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class AbstractSentence:
    """One sentence: its place in the raw text without the label, its words in normal form, and the label of its section, None where there are no labels."""

    start: int
    end: int
    words: tuple[str, ...]
    label: str | None


def sentences_of(text: str) -> list[AbstractSentence]:
    r"""Return the sentences of an abstract; the title (first line) and what is too short to tell anything is left out.

    Examples
    --------
    >>> text = "On scans\nAIM: To find out who sleeps.\nMETHODS: We read 12 scans of the brain."
    >>> [(text[s.start:s.end], s.label) for s in sentences_of(text)]
    [('To find out who sleeps.', 'AIM'), ('We read 12 scans of the brain.', 'METHODS')]
    """
    normal = normalise(text)
    found, label = [], None
    for span in split(normal.text):
        if span.section == "title":
            continue
        start = span.start
        if (heading := _heading(normal.text, start, span.end)) is not None:
            label, start = heading[1], heading[0]
        words = tuple("0" if w[0].isdigit() else w for w in normals(m.group() for m in _WORD.finditer(normal.text, start, span.end)))
        if len(words) >= _SHORTEST:
            found.append(AbstractSentence(*normal.raw_span(start, span.end), words, label))
    return found


def _heading(text: str, start: int, end: int) -> tuple[int, str] | None:
    """Return where the sentence begins behind a heading, and the heading. Behind a full stop only customary words are one."""
    match = LABEL.match(text, start, end)
    if match is None:
        return None
    label = match["label"]
    first = start == 0 or text[start - 1] == "\n"
    return (match.end(), label) if (facets_of(label) and (first or len(label.split()) <= 3)) or (first and label.isupper()) else None


def features(sentence: AbstractSentence, position: int, count: int) -> set[str]:
    """Return what the model sees of a sentence: its words, its pairs of words, and where it stands among the others.

    Examples
    --------
    >>> sorted(features(AbstractSentence(0, 9, ("we", "read", "0", "scan"), None), 0, 3))
    ['#0', '#first', '0', '0 scan', 'read', 'read 0', 'scan', 'we', 'we read']
    """
    words = sentence.words
    seen = {*words, *map(" ".join, itertools.pairwise(words)), f"#{position * 10 // count}"}
    if position == 0:
        seen.add("#first")
    if position == count - 1:
        seen.add("#last")
    return seen
