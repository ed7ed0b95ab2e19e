"""Named relations between a performance and what it may have been measured on. Each is there or not; ``weights.tsv`` says what each counts for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.extract.relation.candidates import Candidate
from miner.extract.relation.context import Context
from miner.extract.relation.document import EVALUATED, SETS, Performance
from miner.extract.relation.rules import Guess
from miner.extract.relation.seen import Seen

_CLAUSE = re.compile(r"[;:]|\b(?:while|whereas|but|respectively)\b|, (?:and|with|compared)\b", re.IGNORECASE)
_BRACKET = 60  # characters between a value and the bracket behind it in which its size stands


def features(p: Performance, candidate: Candidate, c: Context, seen: Seen, first: Guess) -> Iterator[str]:
    """Yield the names of the relations that hold between a performance and a candidate; ``first`` is the rules' guess.

    Pure: the same document gives the same names. ``features.toml`` says what each means.
    """
    if candidate.n == first.n:
        yield "guessed"
        yield f"guess: {first.rule}"
    yield candidate.kind
    if candidate.kind == "none":
        yield from _none(p, c, seen)
    elif candidate.sizes and candidate.kind != "fraction":
        yield from _place(p, candidate, c)
        yield from _part(p, candidate, c, seen)
        yield from _sum(p, candidate, c, seen)
        yield from _words(candidate, c, seen)


def _none(p: Performance, c: Context, seen: Seen) -> Iterator[str]:
    yield f"none, data {c.regime}"
    yield f"none, part {seen.part}"
    if seen.subset:
        yield "none, some of the data"
    if "reader" in seen.kinds:
        yield "none, readers"
    if "subgroup" in seen.kinds:
        yield "none, subgroup"
    if p.metric == "other":
        yield "none, score of another kind"


def _place(p: Performance, candidate: Candidate, c: Context) -> Iterator[str]:
    size, text = candidate.sizes[-1], c.d.text
    if size.sentence == p.sentence:
        ahead = size.end <= p.start
        yield "same sentence, before" if ahead else "same sentence, behind"
        between = text[size.end : p.start] if ahead else text[p.end : size.start]
        if _CLAUSE.search(between) is None:
            yield "same clause"
        if not ahead and between.count("(") == 1 > between.count(")") and len(between) < _BRACKET:
            yield "in the bracket behind"
        others = [s for s in c.sizes if s.sentence == p.sentence and s not in candidate.sizes]
        if all(abs(s.start - p.start) > abs(size.start - p.start) for s in others):
            yield "nearest of the sentence"
        low, high = min(size.start, p.start), max(size.start, p.start)
        if not any(q.sentence == p.sentence and low < q.start < high for q in c.d.performances):
            yield "no value between"
    elif size.sentence == p.sentence - 1:
        yield "sentence before"
    else:
        yield "earlier sentence" if size.sentence < p.sentence else "later sentence"
    before = [s for s in c.sizes if s.start < p.start]
    if before and before[-1] is size:
        yield "last size before"
    if candidate.sizes[0] is c.sizes[0]:
        yield "first size"
    sections = c.d.sentences[size.sentence].section, c.d.sentences[p.sentence].section
    if sections == ("results", "results"):
        yield "both in the results"
    if sections[0] in {"background", "title", "aim", "conclusions"}:
        yield "outside methods and results"


def _part(p: Performance, candidate: Candidate, c: Context, seen: Seen) -> Iterator[str]:
    part = candidate.sizes[0].part
    if part in SETS:
        if not p.parts:
            yield "training set, part untold" if part == "train" else "evaluated set, part untold"
        elif part in p.parts:
            yield "part agrees" if seen.said else "part agrees with the one carried"
        elif part in EVALUATED and seen.part == "eval":
            yield "another evaluated set"
        else:
            yield "part differs"
    elif p.parts and p.parts[0] in c.parts:
        yield "whole or group, though its part has a size"
    elif c.regime == "sized":
        yield "whole or group, though sets have sizes"


def _words(candidate: Candidate, c: Context, seen: Seen) -> Iterator[str]:
    if len(c.values) > 1 and candidate.kind == "size":
        sharing = {s.value for s in c.sizes if c.said(s) & seen.clause}
        if sharing == {candidate.n}:
            yield "shares words"
        elif sharing and candidate.n not in sharing:
            yield "another shares words"
        if candidate.sizes[0].share:
            yield "some of another one"


def _sum(p: Performance, candidate: Candidate, c: Context, seen: Seen) -> Iterator[str]:
    if candidate.kind == "parts":
        roles = {s.part or s.role for s in candidate.sizes}
        yield "sum of totals" if roles == {"total"} else "sum of sets"
        if len(p.parts) > 1 and roles == set(p.parts):
            yield "sum of its parts"
    if candidate.kind != "groups":
        return
    if c.totals:
        yield "groups beside a total"
        if candidate.n in c.total_values:
            yield "groups that make a total"
    run = [s for s in c.groups if s.sentence == candidate.sizes[0].sentence]
    named = [s for s in run if c.own_names(s) & seen.classes]
    yield "all groups of the sentence" if len(candidate.sizes) >= len(run) else "some groups of the sentence"
    if len(candidate.sizes) < len(run) and all(s in named for s in candidate.sizes):
        yield "groups named beside the value"
    if candidate.sizes[0].sentence != candidate.sizes[-1].sentence:
        yield "groups of two sentences"
    if candidate.sizes[0] is c.groups[0]:
        yield "first groups"
    if any(s.share for s in candidate.sizes):
        yield "groups that are shares"
