"""What the words that ask a question ask it of: the condition, event or other target that stands before or behind them."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from miner.extract.labels.reading import Mention, Reading
from miner.vocabulary.lexicon import Lexicon

_BARS = frozenset(".;:()?!")
_AHEAD, _BEHIND = 9, 3


class Asked(NamedTuple):
    """A question's word and what it is asked of: ``group`` is ``condition``, ``event``, or the group of a target."""

    question: str
    group: str
    value: str
    at: int
    distance: int
    sentence: int


def asked(reading: Reading, lexicon: Lexicon) -> list[Asked]:
    """Return what each question's word is asked of, at most one before it and one behind it."""
    objects = [(m, _group(m, lexicon)) for kind in ("condition", "event", "target") for m in reading.mentions.get(kind, ())]
    objects.sort(key=lambda o: (o[0].first, -o[0].last))
    firsts = [o[0].first for o in objects]
    cues = sorted(
        list(reading.mentions.get("question", ())) + [m for m in reading.mentions.get("clue", ()) if m.value == "predict"],
        key=lambda m: m.first,
    )
    found: list[Asked] = []
    for cue in cues:
        start = bisect_left(firsts, cue.first - _BEHIND - 6)
        before: tuple[Mention, str] | None = None
        for m, group in objects[start:]:
            if m.first >= cue.last + _AHEAD:
                break
            if m.sentence != cue.sentence:
                continue
            if m.last <= cue.first and cue.first - m.last < _BEHIND and not _barred(reading, m.last, cue.first):
                before = (m, group)
            elif m.first <= cue.first < m.last or cue.first <= m.first < cue.last:
                found.append(Asked(cue.value, group, m.value, cue.first, 0, cue.sentence))
            elif m.first >= cue.last and not _barred(reading, cue.last, m.first):
                found.append(Asked(cue.value, group, m.value, cue.first, m.first - cue.last + 1, cue.sentence))
                break
        if before is not None:
            found.append(Asked(cue.value, before[1], before[0].value, cue.first, -(cue.first - before[0].last) - 1, cue.sentence))
    return found


def _group(mention: Mention, lexicon: Lexicon) -> str:
    return lexicon.values["target"][mention.value].group or "target" if mention.kind == "target" else mention.kind


def _barred(reading: Reading, first: int, last: int) -> bool:
    return any(w in _BARS for w in reading.raw[first:last])
