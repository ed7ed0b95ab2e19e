"""Sizes that tell of the same data in other units: 300 lesions in 120 patients; 24,000 images from 300 patients."""

from __future__ import annotations

import re
from collections.abc import Sequence

from miner.extract.relation.document import Size

_FROM = re.compile(r"[^.;]{0,50}?\b(?:from|of|in|among|across|on|per)\s+(?:an? |the |our )?(?:total of )?", re.IGNORECASE)


def linked(size: Size, among: Sequence[Size], text: str) -> list[Size]:
    """Return the sizes that tell of the same data in other units, in order."""
    same = [s for s in among if s.sentence == size.sentence and (s.part == size.part or not s.part or not size.part)]
    low = high = same.index(size)
    while low and _tied(same[low - 1], same[low], text):
        low -= 1
    while high + 1 < len(same) and _tied(same[high], same[high + 1], text):
        high += 1
    return same[low : high + 1]


def _tied(left: Size, right: Size, text: str) -> bool:
    other = left.unit != right.unit or _FROM.fullmatch(text, left.end, right.start) is not None or " into " in text[left.end : right.start]
    return left.value != right.value and other
