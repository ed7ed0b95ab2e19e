"""One sentence where analyses of the same values disagree, and why each may be right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from miner.errors import MetaError
from miner.meta.effects.odds import points
from miner.say import listed, p_is, signed

if TYPE_CHECKING:
    from miner.meta.analysis.rows import Row
    from miner.meta.analysis.sample import Sample

_PRIMARY = {"trend", "trend-scores"}
# What else each analysis of sample size asks than the primary one, and the sign of its figure where larger studies report more.
_OTHERS = {
    "trend-three-level": ("the three-level model", 1),
    "trend-least-squares": ("least squares, which count all values alike", 1),
    "quantiles": ("the slope of the median", 1),
    "asymmetry": ("the test on 1/√n, which looks at the smallest studies", -1),
}


@dataclass(frozen=True, slots=True)
class Direction:
    """What an analysis tells of sample size: -1 larger studies report less, 1 more, 0 not told from chance."""

    id: str
    name: str
    p: float
    way: int


def direction_of(row: Row) -> Direction | None:
    """Return what a line tells of sample size; None for other lines, and where nothing could be computed."""
    name, sign = _OTHERS.get(row.id, ("the primary model", 1))
    if not row.numbers or (row.id not in _OTHERS and row.id not in _PRIMARY):
        return None
    found = row.numbers
    slope, p = (
        (found["slopes"]["0.5"], found["p"]["0.5"])
        if row.id == "quantiles"
        else (found["stat" if row.id == "asymmetry" else "beta"], found["p"])
    )
    return None if np.isnan(p) else Direction(row.id, name, float(p), int(sign * np.sign(slope)) if p < 0.05 else 0)


def disagreement(rows: tuple[Row, ...]) -> str:
    """Say which analyses of sample size tell something else than the primary one; nothing where all agree or it was not computed.

    Examples
    --------
    >>> from miner.meta.analysis.rows import Row
    >>> first = Row("", 9, numbers={"beta": -0.1, "p": 0.4}, id="trend")
    >>> disagreement((first, Row("", 9, numbers={"stat": 2.1, "p": 0.03}, id="asymmetry")))[:85]
    'Not all analyses agree: the primary model tells no trend from chance (p = 0.40), but '
    """
    found = [t for row in rows if (t := direction_of(row)) is not None]
    if not found or found[0].id not in _PRIMARY:
        return ""
    first, others = found[0], [t for t in found[1:] if t.way != found[0].way]
    if not others:
        return ""
    words = {-1: "larger studies report lower values", 1: "larger studies report higher values", 0: "no trend is told from chance"}
    ways = [w for w in (-1, 1, 0) if any(t.way == w for t in others)]
    parts = [f"by {listed([f'{t.name} ({p_is(t.p)})' for t in others if t.way == w])} {words[w]}" for w in ways]
    said = {
        0: "tells no trend from chance",
        -1: "says that larger studies report lower values",
        1: "says that larger studies report higher values",
    }
    return (
        f"Not all analyses agree: the primary model {said[first.way]} ({p_is(first.p)}), but {listed(parts)}. The primary model goes first: it was chosen"
        " before the data were seen, and weighs each value by what its n can tell; among several tests one may differ by chance alone."
    )


def between_tasks(sample: Sample, row: Row) -> str:
    """Say where a trend over all values, without regard to task, is another than the one within tasks; nothing where there is one task."""
    from miner.meta.models.score_test import score_test

    first = direction_of(row)
    if not sample.several_tasks or first is None or not sample.counts:
        return ""
    mods = {name: values for name, values in sample.moderators().items() if name != "task"}
    try:
        test = score_test(sample.column("x"), sample.column("n"), mods, "log10_n", sample.frame["cluster"].to_numpy())
    except MetaError:
        return ""
    b, p = test.estimate, test.pval
    way = int(np.sign(b)) if p < 0.05 else 0
    if way == first.way:
        return ""
    size = f"{signed(points(sample.pooled.value, b))} percentage points for each tenfold n"
    if way == 0:
        return f"Without regard to task no trend would be told from chance ({size}): tasks that differ in level and in size hide the one within them."
    within = "no trend is told from chance" if first.way == 0 else f"larger studies report {'lower' if first.way < 0 else 'higher'} values"
    return (
        f"Without regard to task, larger studies would seem to report {'lower' if way < 0 else 'higher'} {sample.what} ({size}): that is how tasks of"
        f" different level and size lie to each other; within them {within}."
    )
