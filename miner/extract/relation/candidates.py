"""What a performance may have been measured on: each sample size, sums of sizes that are told together, and nothing that the text tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from miner.extract.relation.document import SETS, Performance, Size

_MOST = 6  # groups in one sum
_DENOMINATOR = re.compile(
    r"\s?%?\s?[,;:]?\s?[(\[]{1,2}\s?(?:n ?= ?)?(\d[\d,  ]*)\s?(?:/|of|out of)\s?(\d[\d,  ]*?)(?: [a-z-]+){0,3}\s?[)\],;]"
)
_FRACTION = re.compile(r"(\d[\d,  ]*)\s?(?:/|of|out of)\s?(?:the )?(\d[\d,  ]*?)(?=\s?[(\[,;)]|\s[a-z])[^()\[\]]{0,60}[(\[]\s?$")
_EXACT = 0.006  # a share is printed with two digits at least


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible n: the sizes whose sum it is (none: not told), and its ``kind``: ``size``, ``groups``, ``parts``, ``fraction``, ``sum`` or ``none``."""

    kind: str
    sizes: tuple[Size, ...] = ()
    n: int | None = None


NONE = Candidate("none")


def shared(sizes: Sequence[Size]) -> list[Candidate]:
    """Return the candidates of all performances of a document."""
    return [*(Candidate("size", (s,), s.value) for s in sizes), *_sums(sizes), NONE]


def _sums(sizes: Sequence[Size]) -> Iterator[Candidate]:
    seen: set[tuple[int, ...]] = set()
    for members in (*_groups(sizes), *_parts(sizes)):
        key = tuple(s.index for s in members)
        if key not in seen:
            seen.add(key)
            yield Candidate("groups" if members[0].role == "group" else "parts", tuple(members), sum(s.value for s in members))


def _groups(sizes: Sequence[Size]) -> Iterator[Sequence[Size]]:
    """Yield the groups that a sentence lists, and single groups of sentences that follow one another."""
    runs: list[list[Size]] = []
    for s in sizes:
        if s.role == "group":
            if runs and s.unit == runs[-1][-1].unit and s.sentence == runs[-1][-1].sentence:
                runs[-1].append(s)
            else:
                runs.append([s])
    for run in runs:
        for members in (run, [s for s in run if not s.share]):
            if 2 <= len(members) <= _MOST:
                yield members
    for left, right in pairwise(runs):
        if left[0].unit == right[0].unit and right[0].sentence - left[0].sentence == 1 and len(left) == len(right) == 1:
            yield [*left, *right]


def _parts(sizes: Sequence[Size]) -> Iterator[Sequence[Size]]:
    """Yield several sets of one part, the training set with another, and several totals of one sentence."""
    by_role: dict[tuple[str, str], list[Size]] = {}
    totals: dict[tuple[int, str], list[Size]] = {}
    for s in sizes:
        if s.role in SETS:
            by_role.setdefault((s.role, s.unit), []).append(s)
        elif s.role == "total":
            totals.setdefault((s.sentence, s.unit), []).append(s)
    for members in (*by_role.values(), *totals.values()):
        if 2 <= len(members) <= _MOST and len({s.value for s in members}) > 1 and members[-1].sentence == members[0].sentence:
            yield members
    for unit in ("participant", "image", "sample"):
        for other in ("validation", "test", "external"):
            train, rest = by_role.get(("train", unit)), by_role.get((other, unit))
            if train and rest:
                yield [train[0], rest[0]]


def some_groups(chosen: Iterable[Sequence[Size]]) -> list[Candidate]:
    """Return the candidates of some of the groups of a sentence."""
    return [Candidate("groups", tuple(sizes), sum(s.value for s in sizes)) for sizes in chosen]


def written(text: str, p: Performance, sizes: Sequence[Size]) -> Candidate | None:
    """Return the denominator that a share is written with: 83.9% (26/31); 26 of 31 (83.9%).

    A predictive value's denominator counts positive calls, not data: it is taken only where it was found as a sample size.
    """
    match = _DENOMINATOR.match(text, p.end, p.end + 60) or _FRACTION.search(text, max(0, p.start - 80), p.start)
    if match is None:
        return None
    above, below = (int(re.sub(r"\D", "", g)) for g in match.groups())
    if not below or abs(above / below - float(p.label.value)) > _EXACT:
        return None
    same = tuple(s for s in sizes if s.start <= match.start(2) < s.end)[:1]
    if not same and p.metric in {"precision", "npv"}:
        return None
    return Candidate("fraction", same, below)
