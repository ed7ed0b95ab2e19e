"""Named relations between a performance and what it may have been measured on. Each is there or not; ``weights.tsv`` says what each counts for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from miner.extract.relation.candidates import Candidate
from miner.extract.relation.context import Context
from miner.extract.relation.document import EVALUATED, SETS, Performance, Size
from miner.extract.relation.seen import Seen
from miner.extract.relation.still import still

_CLAUSE = re.compile(r"[;:]|\b(?:while|whereas|but|respectively)\b|, (?:and|with|compared)\b", re.IGNORECASE)
_AHEAD = re.compile(
    r"\b(?:in|among|for|on|of|from|across) (?:the |our |all |these |those |an? )?(?:other |remaining |total of )?$", re.IGNORECASE
)
_BRACKET, _NEAR = 60, 70  # characters between a value and the size in the bracket, or behind the preposition, that follows
_MANY = 4
_AWAY = {1: "sentence before", 2: "two sentences before"}
_FITS = {"patient": "participant", "image": "image", "lesion": "sample"}
_KINDS = ("reader", "subgroup", "split", "comparator")
HOW = {
    "list": "said",
    "behind": "said",
    "before": "said",
    "sentence": "in the sentence",
    "carried": "carried",
    "carried from words": "carried",
}


class View:
    """One performance and what it may have been measured on.

    Parameters
    ----------
    p : Performance
    c : Context
    seen : Seen
    """

    def __init__(self, p: Performance, c: Context, seen: Seen) -> None:
        self.p, self.c, self.seen = p, c, seen
        self.before = [s for s in c.sizes if s.start < p.start]
        self.here = [s for s in c.sizes if s.sentence == p.sentence]
        self.values = [q for q in c.d.performances if q.sentence == p.sentence]
        self.how = HOW.get(p.how, "")

    @cached_property
    def sharing(self) -> list[tuple[str, set[int]]]:
        """For each sort of words beside the value, the sizes that have some of them."""
        c, seen = self.c, self.seen
        sorts = (
            ("words", c.said, seen.clause),
            ("words of the sentence", c.said, seen.words),
            ("names", c.names, seen.clause_names),
            ("names of a data set", c.proper, seen.on),
            ("names of the sentence", c.names, seen.names),
        )
        found = [(name, {s.value for s in c.sizes if near(s) & words}) for name, near, words in sorts if words]
        return [(name, values) for name, values in found if values]


def features(view: View, candidate: Candidate) -> Iterator[str]:
    """Yield the names of the relations that hold between a performance and a candidate.

    Pure: the same document gives the same names. ``features.toml`` says what each means.
    """
    yield candidate.kind
    if candidate.kind == "none":
        yield from _none(view)
        yield from _none_else(view)
    elif candidate.sizes:
        yield from still(candidate, view.c)
        yield from _place(view, candidate)
        yield from _part(view, candidate)
        yield from _words(view, candidate)
        yield from _groups(view, candidate)


def _none(view: View) -> Iterator[str]:
    p, c, seen = view.p, view.c, view.seen
    yield f"none, data {c.regime}"
    yield f"none, part {seen.part}"
    if p.parts and p.parts[0] in SETS and p.parts[0] not in c.parts:
        yield f"none, its part has no size, {view.how}"
    for kind in seen.some:
        yield f"none, some: {kind}"
    for kind in _KINDS:
        if kind in seen.kinds:
            yield f"none, {kind}"
    if seen.fresh:
        yield "none, restricted by new words"
    if seen.fresh > 1:
        yield "none, restricted by several new words"
    if p.metric == "other":
        yield "none, score of another kind"


def _none_else(view: View) -> Iterator[str]:
    p, c, seen = view.p, view.c, view.seen
    if seen.on and not any((c.proper(s) | c.names(s)) & seen.on for s in c.sizes):
        yield "none, another data set named"
    elif seen.names and not any(c.names(s) & seen.names for s in c.sizes):
        yield "none, another name"
    if not view.before:
        yield "none, sizes told later"
    if not c.totals:
        yield "none, no total"
    if view.here:
        yield "none, size in the sentence"
    rivals = [q for q in c.d.performances if q.metric == p.metric and q.claim == p.claim and q is not p]
    yield "none, its metric told before" if any(q.sentence < p.sentence for q in rivals) else "none, first of its metric"
    if any(q.sentence == p.sentence for q in rivals):
        yield "none, several of its metric in the sentence"
    if len(rivals) > _MANY:
        yield "none, many of its metric"
    if not c.sectioned:
        yield "none, abstract without sections"


def _place(view: View, candidate: Candidate) -> Iterator[str]:
    size, p, c = candidate.sizes[-1], view.p, view.c
    away = p.sentence - size.sentence
    if not away:
        yield from _beside(view, candidate)
    elif away > 0:
        yield _AWAY.get(away, "earlier sentence")
    else:
        yield "later sentence"
    if view.before and view.before[-1] is size:
        yield "last size before"
    if away and view.before and view.before[-1].sentence == size.sentence:
        yield "last sentence with sizes"
    if (c.d.sentences[size.sentence].section, c.d.sentences[p.sentence].section) == ("results", "results"):
        yield "both in the results"


def _beside(view: View, candidate: Candidate) -> Iterator[str]:
    """Yield where a size stands in the value's sentence."""
    size, p, text = candidate.sizes[-1], view.p, view.c.d.text
    ahead = size.end <= p.start
    side = "before" if ahead else "behind"
    low, high = (size.end, p.start) if ahead else (p.end, size.start)
    between = text[low:high]
    same = _CLAUSE.search(between) is None
    others = [s for s in view.here if s not in candidate.sizes]
    alone = not any(low <= q.start < high for q in view.values)
    yield f"same sentence, {side}"
    if same:
        yield f"same clause, {side}"
    if alone:
        yield "no value between"
    if all(abs(s.start - p.start) > abs(size.start - p.start) for s in others):
        yield "nearest of the sentence"
    if ahead:
        if _AHEAD.search(text, max(0, size.start - 20), size.start):
            yield "before, behind a preposition"
    else:
        if between.count("(") == 1 > between.count(")") and len(between) < _BRACKET:
            yield "in the bracket behind"
        if alone and len(between) < _NEAR and _AHEAD.search(between):
            yield "behind a preposition"


def _part(view: View, candidate: Candidate) -> Iterator[str]:
    p, c, part = view.p, view.c, candidate.sizes[0].part
    if part not in SETS:
        kind = candidate.kind if candidate.kind != "size" else "total" if candidate.sizes[0].role == "total" else "group"
        yield f"{kind}, data {c.regime}"
        yield f"{kind}, part {view.seen.part}"
        if p.parts and p.parts[0] in c.parts:
            yield f"{kind}, though its part has a size"
    elif not p.parts:
        yield "training set, part untold" if part == "train" else "evaluated set, part untold"
        if part in c.claimed:
            yield "part untold, others are of it"
        elif c.claimed & EVALUATED:
            yield "part untold, others are of another"
        if part != "train" and len(c.parts & EVALUATED) > 1:
            yield "one of several evaluated sets"
    elif part in p.parts:
        yield f"part agrees, {view.how}"
        if sum(s.part == part for s in c.sizes) > 1:
            yield "one of several of its part"
    elif part == "train" and p.parts[0] in {"cross-validation", "whole"}:
        yield "training set, by cross-validation"
    elif part in EVALUATED and view.seen.part == "eval":
        yield "the only other evaluated set" if len(c.parts & EVALUATED) == 1 else "another evaluated set"
    else:
        yield f"part differs, {view.how}"


def _words(view: View, candidate: Candidate) -> Iterator[str]:
    if candidate.kind != "size" or len(view.c.values) < 2:
        return
    size = candidate.sizes[0]
    for name, values in view.sharing:
        if size.value not in values:
            yield f"another shares {name}"
        else:
            yield f"shares {name}" if len(values) == 1 else f"one that shares {name}"
    if len(view.seen.levels) == 1:
        yield "unit of the level" if size.unit == _FITS[next(iter(view.seen.levels))] else "unit of another level"
    if size.nouns & view.seen.clause:
        yield "its noun in the clause"


def _groups(view: View, candidate: Candidate) -> Iterator[str]:
    c, seen, sizes = view.c, view.seen, candidate.sizes
    if candidate.kind == "size" and sizes[0].role == "group" and c.own_names(sizes[0]) & seen.classes:
        yield "group named beside the value"
        if seen.some:
            yield "group named, some of the data"
    if candidate.kind != "groups":
        return
    run = [s for s in c.groups if s.sentence == sizes[0].sentence]
    if len(sizes) >= len(run):
        yield "all groups of the sentence"
    else:
        yield "groups named beside the value"
    if len(sizes) < len(run) and seen.pair and all(c.own_names(s) & seen.pair for s in sizes):
        yield "groups that are compared"


def named(view: View) -> Sequence[tuple[Size, ...]]:
    """Return the groups, some of those of a sentence, that are each named beside the value, and those that its task compares."""
    found: dict[tuple[Size, ...], None] = {}
    for at in {s.sentence for s in view.c.groups}:
        run = [s for s in view.c.groups if s.sentence == at]
        for words in (view.seen.classes, view.seen.pair):
            some = tuple(s for s in run if view.c.own_names(s) & words)
            if 1 < len(some) < len(run):
                found[some] = None
    return list(found)
