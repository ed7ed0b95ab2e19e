"""What holds for one performance whatever it was measured on: the words, names and lists that it stands in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

from miner.extract.relation.context import Context
from miner.extract.relation.document import EVALUATED, Document, Performance
from miner.extract.relation.labels import groups_of, labels_of
from miner.extract.relation.names import names_used, proper_names, sets_named
from miner.extract.relation.nouns import singular
from miner.extract.relation.restrict import new_words, restrictions
from miner.extract.spans import Span

_SEPARATE = re.compile(r",\s*(?:and\s+)?|\s+and\s+|;\s*(?:and\s+)?", re.IGNORECASE)
_PREPOSITION = re.compile(r"\s*(?:on|in|for|at|across|among)\b")
_RANGE = re.compile(r"\s?%?\s?(?:-|–|to|and)\s?")
_BARE = re.compile(r"[\s%]*(?:[(\[][^()\[\]]*[)\]])?[\s,;]*(?:and|vs\.?|versus)?\s*")
_OTHER = re.compile(r"\b(?:on|in|for|at|across|among|while|whereas|but)\b|;")
_MARKS = (
    re.compile(r";"),
    re.compile(r", (?:and|while|whereas|but)\b"),
    re.compile(r", (?![^()]*\))"),
    re.compile(r" (?:and|while|whereas|but) (?![^()]*\))"),
)
_LETTERS = re.compile("[a-z]+")
_LISTED = 45  # characters between two values of one list, at most: an interval may stand there


class Seen:
    """What holds for a performance whatever it was measured on.

    Attributes
    ----------
    run : list of Performance
        The list of values of one metric that it stands in.
    stretch : tuple of int
        Where its own part of the sentence begins and ends.
    item : str or None
        Its item where a list of names belongs to a list of values.
    labels : list
        What it was a measure of (see `miner.extract.relation.labels`).
    task : str or None
    part : str
        The part of the data: ``eval`` for a set that was evaluated on, ``untold``, or as the part is called.
    some : list of str
        How words restrict it to some of the data.
    """

    def __init__(self, p: Performance, c: Context) -> None:
        self.p, self.c = p, c
        d = c.d
        sentence = d.sentences[p.sentence]
        self.spans: Sequence[Span] = d.spans_of.get(p.sentence, [])
        self.kinds = {s.kind for s in self.spans}
        same = [q for q in d.performances if q.sentence == p.sentence]
        at = same.index(p)
        left, right = _row(d.text, same, at)
        low, high = sentence.start, sentence.end
        if left:
            low = _mark(d.text, same[left - 1].end, same[left].start, same[left - 1].end)
        if right + 1 < len(same):
            high = _mark(d.text, same[right].end, same[right + 1].start, same[right + 1].start)
        clause = (low, high)
        low = max([low, *(s.stop for s in c.sizes if s.sentence == p.sentence and s.end <= p.start)])
        self.stretch = low, high
        levels = [s for s in self.spans if s.kind == "level"]
        self.levels = {s.value for s in levels if low <= s.start < high} or {s.value for s in levels}
        self.run = _run(p, same)
        self.item = _item(p, same, self.run, d)
        self.labels = labels_of(p, d, clause, self.item)
        self.task = next((x.value for x in self.labels if x.kind == "task"), None)
        self.part = "untold"
        if p.parts:
            self.part = "eval" if p.parts[0] in EVALUATED else p.parts[0]
        start = self._from = low if left else sentence.start
        self.some = restrictions(d.text, sentence.start, sentence.end, (start, p.start), (p.end, high))

    @cached_property
    def fresh(self) -> int:
        """How many words restrict it to units that no sentence with sizes speaks of."""
        return new_words(self.c.d.text, self._from, self.stretch[1], self.c.d.known, self.c.size_words)

    @cached_property
    def words(self) -> set[str]:
        """The words of the sentence."""
        sentence = self.c.d.sentences[self.p.sentence]
        return {singular(w) for w in self.c.d.words.between(sentence.start, sentence.end)}

    @cached_property
    def clause(self) -> set[str]:
        """The words of the value's own stretch, or item."""
        words = self.c.d.words.between(*self.stretch) if self.item is None else _LETTERS.findall(self.item.lower())
        return {singular(w) for w in words}

    @cached_property
    def pair(self) -> frozenset[str]:
        """What the groups that its task compares are called; one group of a pair alone says nothing of the other, which may be called otherwise."""
        c = self.c
        found = c.classes(singular(w) for w in _LETTERS.findall(groups_of(self.task, c.tasks).lower())) - {"vs"}
        return found if sum(bool(c.own_names(s) & found) for s in c.groups) > 1 else frozenset()

    @cached_property
    def classes(self) -> frozenset[str]:
        """What groups that stand beside it or in its task are called."""
        return self.c.classes(self.clause) | self.pair

    @cached_property
    def names(self) -> set[str]:
        """The names that the sentence says something was measured on, came from or was done with."""
        sentence = self.c.d.sentences[self.p.sentence]
        return names_used(self.c.d.text, sentence.start, sentence.end) - self.c.d.known.capitals

    @cached_property
    def clause_names(self) -> set[str]:
        """The proper names of its own stretch."""
        return proper_names(f", {self._text}", 0, len(self._text) + 2, self.c.d.known.capitals)

    @cached_property
    def on(self) -> set[str]:
        """The names of what it is said to be measured on."""
        d, p = self.c.d, self.p
        ahead = sets_named(d.text[d.sentences[p.sentence].start : p.start])
        return (sets_named(f" {self._text}") | self.names & ahead) - d.known.capitals

    @property
    def _text(self) -> str:
        return self.c.d.text[slice(*self.stretch)] if self.item is None else self.item


def _row(text: str, same: Sequence[Performance], at: int) -> tuple[int, int]:
    """Return the first and last of the values of several metrics that are told together with one."""
    metrics = {same[at].metric}

    def joined(one: Performance, other: Performance, new: Performance) -> bool:
        between = text[one.end : other.start]
        if _RANGE.fullmatch(between):
            return True
        fits = new.metric not in metrics and _OTHER.search(between) is None
        metrics.add(new.metric)
        return fits

    left = right = at
    while left and joined(same[left - 1], same[left], same[left - 1]):
        left -= 1
    while right + 1 < len(same) and joined(same[right], same[right + 1], same[right + 1]):
        right += 1
    return left, right


def _mark(text: str, start: int, end: int, default: int) -> int:
    """Return where what is said of a value ends and that of the next begins."""
    for mark in _MARKS:
        found = list(mark.finditer(text, start, end))
        if found:
            return found[-1].start()
    return default


def _run(p: Performance, same: Sequence[Performance]) -> list[Performance]:
    """Return the list of values of one metric that a value stands in."""
    run = [q for q in same if q.metric == p.metric]
    low = high = run.index(p)
    while low and run[low].start - run[low - 1].end < _LISTED:
        low -= 1
    while high + 1 < len(run) and run[high + 1].start - run[high].end < _LISTED:
        high += 1
    return run[low : high + 1]


def _item(p: Performance, same: Sequence[Performance], run: Sequence[Performance], d: Document) -> str | None:
    """Return what a list of names says of a value in a list of values: 0.9 and 0.8 for A and B, respectively."""
    if len(run) < 2:
        return None
    sentence = d.sentences[p.sentence]
    after = next((q.start for q in same if q.start > run[-1].end), sentence.end)
    ahead = max((q.end for q in same if q.end < run[0].start), default=sentence.start)
    respectively = "respectively" in d.text[run[-1].end : sentence.end]
    if not respectively and any(_BARE.fullmatch(d.text, one.end, other.start) is None for one, other in pairwise(run)):
        return None
    for text in (d.text[run[-1].end : after], d.text[ahead : run[0].start]):
        if not respectively and text.count(",") + text.count(" and ") < 1:
            continue
        items = [i for i in _SEPARATE.split(text.replace("respectively", "")) if re.search("[A-Za-z]{2}", i)]
        if len(items) >= len(run):
            own, first = items[len(items) - len(run) + run.index(p)], items[len(items) - len(run)]
            before = _PREPOSITION.match(first)
            return own if before is None or own is first else f"{before[0]} {own}"
    return None
