"""Sentence forms that several panels share; each says no more than its numbers do."""

from __future__ import annotations

import math

from miner.meta.analysis.evidence import how_sure
from miner.report.formats.parts import interval, p_is, signed

__all__ = ["CAUSES", "LEVEL", "OTHER_WAY", "how_sure", "joined", "p_is", "size_trend"]

CAUSES = "It does not show why: unpublished results, tuning that small samples hide, and small samples that are easier than large, mixed ones all look like this."
OTHER_WAY = "It does not show why; unpublished results, and tuning that small samples hide, would look the other way round."
LEVEL = "tasks brought to one level"


def size_trend(what: str, level: str, points: float, low: float, high: float, p: float, *, model: str) -> str:
    """Say how values change with sample size: direction, size in percentage points for a tenfold n, interval, how sure.

    Parameters
    ----------
    what : str
        The metric in words.
    level : str
        The pooled value that the points are counted from; empty where they are the model's own.
    points, low, high : float
        Percentage points for a tenfold n, with the 95 % interval.
    p : float
        Of no trend.
    model : str
        Which model says so.

    Examples
    --------
    >>> size_trend("accuracy", "88.0 %", -5.24, -8.1, -2.3, 0.0004, model="binomial mixed model")
    'Larger studies report lower accuracy: −5.2 percentage points for each tenfold n, from the pooled 88.0 % (95 % interval −8.1 to −2.3; binomial mixed model). Were there no trend, chance alone would rarely give one as large (p < 0.001).'
    """
    between = "" if math.isnan(p) else f"95 % interval {interval(low, high)}; "
    size = f"{signed(points)} percentage points for each tenfold n{level and f', from the pooled {level}'} ({between}{model})"
    if p < 0.05:
        return f"Larger studies report {'lower' if points < 0 else 'higher'} {what}: {size}. {how_sure(p)}"
    return f"Between small and large studies {what} changes by {size}. {how_sure(p)}"


def joined(*sentences: str) -> str:
    """Join sentences, leaving out those that are empty."""
    return " ".join(s for s in sentences if s)
