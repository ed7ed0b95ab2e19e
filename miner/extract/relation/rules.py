"""The first guess: the rule of thumb by which a reader finds what a performance was measured on. Each rule has a name, which becomes a feature.

Rules look first beside the value (here), then among the parts of the data (``sets``), then at the whole of it (``wholes``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from miner.extract.relation.candidates import Candidate
from miner.extract.relation.context import Context
from miner.extract.relation.document import EVALUATED, Performance, Size
from miner.extract.relation.seen import Seen
from miner.extract.relation.sets import held, of_part, untold
from miner.extract.relation.units import predicted
from miner.extract.relation.wholes import of_all

# 0.8 (n = 74); 0.8 for the 74 patients
_BEHIND = re.compile(
    r"\s?%?(?:\s?[([][^()[\]]*[)\]])?[^.;%()]{0,40}(?:\((?:n|N)\s?=\s?|\b(?:in|on|for|over|among|across|from|of)\s+(?:the |an? |our |all )?(?:other |remaining |total of )?)"
)
# A group that is counted as having something is no set that was predicted: 39 patients (45.3%) had …
_COUNTED = re.compile(r"[\w\s-]{0,25}(?:\(\d+(?:\.\d+)?\s?%|\b(?:had|developed|died|experienced|achieving)\b)")
_IN = re.compile(r"\b(?:in|among|for|on|of) (?:the |our |all )?$", re.IGNORECASE)
_RESPECTIVE = re.compile(r"\brespective (?:data|set|cohort|test|task|bench|group)|\(1\)")
_NEAR, _WORDS = 70, 45


class Guess(NamedTuple):
    """The name of the rule that applies, and the n that it gives; None where the text does not tell it."""

    rule: str
    n: int | None


def guess(p: Performance, candidates: Sequence[Candidate], c: Context, seen: Seen) -> Guess:
    """Apply the first rule that fits."""
    fraction = next((x for x in candidates if x.kind == "fraction"), None)
    if fraction is not None:
        return Guess("written denominator", fraction.n)
    if not c.sizes:
        return Guess("no size", None)
    for rule in (_ranked, *((_named, _attached) if seen.ranked else (_attached, _named))):
        if (found := rule(p, c, seen)) is not None:
            return Guess(*found)
    if seen.part in {"eval", "train"}:
        return Guess(*of_part(p, c, seen))
    if seen.part == "untold" and c.regime == "sized":
        return Guess(*untold(p, c, seen))
    if c.regime in {"held", "held and crossed"} and seen.part not in {"cross-validation", "whole"}:
        return Guess(*held(c))
    return Guess(*of_all(p, c, seen, candidates))


def _ranked(p: Performance, c: Context, seen: Seen) -> tuple[str, int] | None:
    """Apply where a list of values stands for a list of sets: 0.89, 0.96 and 0.94 on the respective data sets."""
    if len(seen.run) < 2 or _RESPECTIVE.search(c.d.sentence_text(p.sentence)) is None:
        return None
    for at in range(p.sentence - 1, max(-1, p.sentence - 4), -1):
        listed = [s for s in c.sizes if s.sentence == at]
        if listed:
            same = [s for s in listed if s.unit == listed[-1].unit and s.role != "train"]
            fits = len(same) == len(seen.run) and not any(s.share for s in same) and len({s.value for s in same}) > 1
            return ("by rank", same[seen.run.index(p)].value) if fits else None
    return None


def _attached(p: Performance, c: Context, seen: Seen) -> tuple[str, int | None] | None:
    """Apply where a size stands in the clause of the value: in the 74 patients without stroke the AUC was 0.8; 0.8 (n = 74)."""
    here = [s for s in c.sizes if s.sentence == p.sentence and s.unit != "study" and not s.share]
    values = c.d.performances
    for s in here:
        near = p.end < s.start < p.end + _NEAR and not any(p.end <= q.start < s.start for q in values)
        if near and not _differs(s, p, c, seen) and _BEHIND.fullmatch(c.d.text, p.end, s.start):
            return "size behind", predicted(s, here, c, seen).value
    before = [s for s in here if s.end <= p.start]
    if not before:
        return None
    last = before[-1]
    between = c.d.text[last.end : p.start]
    if _differs(last, p, c, seen):
        return None
    counted = last.role == "group" and _COUNTED.match(between) and not _IN.search(c.d.text, max(0, last.start - 12), last.start)
    if counted or between.count(" ") > _WORDS or "respectively" in between:
        return None
    siblings = [s for s in before if s.role == last.role and s.value != last.value]
    if siblings:
        common = last.nouns.intersection(*(s.nouns for s in siblings))
        fitting = [s for s in [*siblings, last] if s.nouns & seen.clause - common]
        if len(fitting) == 1:
            return "size before, named", fitting[0].value
        siblings = [s for s in siblings if s.unit == last.unit]
        if siblings and last.role == "group":
            return None
    if c.regime.startswith("held") and last.role == "total" and not last.part:
        return "total before, divided", None
    return "training size before" if last.part == "train" else "size before", predicted(last, before, c, seen).value


def _differs(size: Size, p: Performance, c: Context, seen: Seen) -> bool:
    """Whether a size is of another part of the data than a value."""
    if not p.parts or p.parts == ("cross-validation",):
        return False
    if not size.part:
        return size.role == "total" and seen.part == "eval" and c.verb(size) == "trained"
    return size.part not in p.parts and not (seen.part == "eval" and size.part in EVALUATED)


def _named(_: Performance, c: Context, seen: Seen) -> tuple[str, int] | None:
    """Apply where the value's clause names a data set that a size is told of: on KiTS23 the Dice was 0.8; KiTS23 (489 cases)."""
    fitting = [s for s in c.sizes if not s.share and c.proper(s) & seen.on] if seen.on else []
    if fitting and len(c.values) > 1 and len({s.value for s in fitting}) == 1:
        return "named data set", fitting[0].value
    return None
