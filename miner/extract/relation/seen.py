"""What holds for one performance whatever it was measured on: the words, names and lists that it stands in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from miner.extract.relation.context import Context
from miner.extract.relation.document import EVALUATED, Document, Performance
from miner.extract.relation.labels import groups_of, labels_of
from miner.extract.relation.names import by_sex, names_used, of_some, proper_names, sets_named
from miner.extract.relation.nouns import singular
from miner.extract.relation.parts import SAID
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

    ``clause`` holds the words of its own stretch of the sentence, or of its item where a list of names belongs to a list of values (then ``ranked``).
    """

    def __init__(self, p: Performance, c: Context) -> None:
        d = c.d
        sentence = d.sentences[p.sentence]
        self.spans: Sequence[Span] = d.spans_of.get(p.sentence, [])
        self.kinds = {s.kind for s in self.spans}
        self.levels = {s.value for s in self.spans if s.kind == "level"}
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
        self.run = _run(p, same)
        item = _item(p, same, self.run, d)
        self.ranked = item is not None
        text = d.text[low:high] if item is None else item
        self.words = {singular(w) for w in d.words.between(sentence.start, sentence.end)}
        self.clause = {singular(w) for w in (d.words.between(low, high) if item is None else _LETTERS.findall(item.lower()))}
        self.labels = labels_of(p, d, clause, item)
        self.task = next((x.value for x in self.labels if x.kind == "task"), None)
        self.pair = self.classes = frozenset[str]()
        if c.groups:
            self.pair = c.classes(singular(w) for w in _LETTERS.findall(groups_of(self.task, c.tasks).lower())) - {"vs"}
            # One group of a pair alone says nothing of the other, which may be called otherwise.
            if sum(bool(c.own_names(s) & self.pair) for s in c.groups) < 2:
                self.pair = frozenset()
            self.classes = c.classes(self.clause) | self.pair
        self.part = "untold"
        if p.parts:
            self.part = "eval" if p.parts[0] in EVALUATED else p.parts[0]
        self.said = p.how in SAID
        self.names = names_used(d.text, sentence.start, sentence.end) - d.known.capitals
        self.clause_names = proper_names(f", {text}", 0, len(text) + 2, d.known.capitals)
        self.on = (sets_named(f" {text}") | self.names & sets_named(d.text[sentence.start : p.start])) - d.known.capitals
        low = low if left else sentence.start
        self.subset = by_sex(d.text, sentence.start, sentence.end) or of_some(d.text, (low, p.start), (p.end, high))


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
