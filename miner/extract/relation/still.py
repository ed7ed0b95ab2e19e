"""What holds for a candidate wherever the value stands: what it counts, where and how it is told. Worked out once a document."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.extract.relation.candidates import Candidate
from miner.extract.relation.context import Context
from miner.extract.relation.document import Size
from miner.extract.relation.units import linked

_DATASET = re.compile(r"\b(?:data ?set|benchmark|corpus|database|archive|collection|repository)", re.IGNORECASE)
_BESIDE = 70, 40  # characters before and behind a size in which a word for a data set belongs to it
_OUTSIDE = frozenset({"background", "title", "aim", "conclusions"})
_FEW, _SMALL = 10, 10


def still(candidate: Candidate, c: Context) -> list[str]:
    """Return the names of what holds for a candidate whatever the value is."""
    if candidate not in c.still:
        c.still[candidate] = [*_all(candidate, c), *(_size(candidate.sizes[0], c) if candidate.kind == "size" else _sum(candidate, c))]
    return c.still[candidate]


def _all(candidate: Candidate, c: Context) -> Iterator[str]:
    first, last, n, text = candidate.sizes[0], candidate.sizes[-1], candidate.n or 0, c.d.text
    largest = max(c.values)
    if n == largest:
        yield "largest"
    if n < largest / _SMALL:
        yield "a tenth of the largest at most"
    if n < _FEW:
        yield "below ten"
    if first is c.sizes[0]:
        yield "first size"
    if c.d.sentences[last.sentence].section in _OUTSIDE:
        yield "outside methods and results"
    if any(s.share for s in candidate.sizes):
        yield "some of another one"
    low, high = c.d.sentences[first.sentence].start, c.d.sentences[last.sentence].end
    if _DATASET.search(text, max(low, first.start - _BESIDE[0]), min(last.end + _BESIDE[1], high)):
        yield "told of a data set"


def _size(size: Size, c: Context) -> Iterator[str]:
    yield f"unit {size.unit}"
    yield f"role {size.role}"
    if size.nouns & c.d.known.records:
        yield "counts records"
    if verb := c.verb(size):
        yield f"verb {verb}"
    one = size.role != "group" or sum(s.sentence == size.sentence and s.role == "group" for s in c.left) == 1
    if c.final(size):
        yield "analysed in the end" if one else "one group of what was analysed in the end"
    if size in c.left:
        yield "what was left of a larger one" if one else "one group of what was left of a larger one"
    elif any(s.unit == size.unit and s.value < size.value and s.index > size.index for s in c.left):
        yield "of which some were left"
    if sum(s.value == size.value for s in c.sizes) > 1:
        yield "told again"
    if size.role == "total":
        yield "only total" if len(c.total_values) == 1 else "one of several totals"
    near = linked(size, [s for s in c.sizes if s.role == size.role], c.d.text)
    if len({s.unit == "participant" for s in near}) > 1:
        yield "people beside things" if size.unit == "participant" else "things beside people"


def _sum(candidate: Candidate, c: Context) -> Iterator[str]:
    if candidate.kind == "parts":
        yield "sum of totals" if {s.part or s.role for s in candidate.sizes} == {"total"} else "sum of sets"
    elif candidate.kind == "groups":
        if c.totals:
            yield "groups beside a total"
        if candidate.n in c.total_values:
            yield "groups that make a total"
        if candidate.sizes[0].sentence != candidate.sizes[-1].sentence:
            yield "groups of two sentences"
        if candidate.sizes[0] is c.groups[0]:
            yield "first groups"
        if all(s in c.left for s in candidate.sizes):
            yield "what was left of a larger one"
        elif any(s in c.left for s in candidate.sizes):
            yield "groups with what was left of a larger one"
