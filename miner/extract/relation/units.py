"""Which of the sizes that tell of the same data in other units counts what was predicted: of 300 lesions in 120 patients the lesions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from miner.extract.relation.context import Context
from miner.extract.relation.document import Performance, Size
from miner.extract.relation.seen import Seen

_FROM = re.compile(r"[^.;]{0,50}?\b(?:from|of|in|among|across|on|per)\s+(?:an? |the |our )?(?:total of )?", re.IGNORECASE)
_INTO = re.compile(
    r"[^.;]{0,60}?(?:[,(]|\b(?:with|together with|paired with|into|comprising|including|containing|yielding|generating|resulting|producing)\b)[^.;]{0,30}",
    re.IGNORECASE,
)
_FITS = {"patient": "participant", "image": "image", "lesion": "sample"}


def predicted(size: Size, among: Sequence[Size], c: Context, seen: Seen) -> Size:
    """Return of a size and those told with it the one whose units were predicted."""
    pool = linked(size, among, c)
    if len(pool) == 1:
        return size
    if len(seen.levels) == 1:
        same = [s for s in pool if s.unit == _FITS[next(iter(seen.levels))]]
        if same and len(same) < len(pool):
            return same[0]
    records = c.d.known.records
    named = [s for s in pool if s.nouns & seen.clause]
    if len(named) == 1 and not named[0].nouns & records:
        return named[0]
    things = [s for s in pool if s.unit != "participant" and not s.nouns & records]
    if not things:
        return pool[0]
    for left, right in pairwise(pool):
        if left in things and _FROM.fullmatch(c.d.text, left.end, right.start):
            return left
        if right in things and _INTO.fullmatch(c.d.text, left.end, right.start):
            return left if left in things and right.unit == "participant" else right
    return things[0]


def linked(size: Size, among: Sequence[Size], c: Context) -> list[Size]:
    """Return the sizes that tell of the same data in other units, in order: images of patients, questions on reports."""
    same = sorted(
        (s for s in among if s.sentence == size.sentence and (s.part == size.part or not s.part or not size.part)), key=lambda s: s.start
    )
    low = high = same.index(size) if size in same else 0
    while low and _tied(same[low - 1], same[low], c):
        low -= 1
    while high + 1 < len(same) and _tied(same[high], same[high + 1], c):
        high += 1
    return same[low : high + 1] or [size]


def _tied(left: Size, right: Size, c: Context) -> bool:
    text = c.d.text
    other = left.unit != right.unit or _FROM.fullmatch(text, left.end, right.start) is not None or " into " in text[left.end : right.start]
    return left.value != right.value and other


def among(p: Performance, sizes: Sequence[Size], c: Context, seen: Seen) -> Size:
    """Return the size that shares names or words with the value's clause, else the last before it, else the first."""
    if len({s.value for s in sizes}) == 1:
        return sizes[0]
    for fitting in (
        [s for s in sizes if c.names(s) & seen.clause_names],
        [s for s in sizes if c.said(s) & seen.clause],
        [s for s in sizes if c.names(s) & seen.names],
        [s for s in sizes if c.said(s) & seen.words],
    ):
        if fitting and len(fitting) < len(sizes) and len({(s.sentence, s.unit) for s in fitting}) == 1:
            return predicted(fitting[0], sizes, c, seen)
    before = [s for s in sizes if s.start < p.start]
    return predicted(before[-1] if before else sizes[0], sizes, c, seen)
