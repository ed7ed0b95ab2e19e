"""Sentence forms that several panels share; each says no more than its numbers do."""

from __future__ import annotations

from miner.report.formats.parts import interval, p_text, signed

CAUSES = "It does not show why: unpublished results, tuning that small samples hide and easier samples all look like this."


def p_is(p: float) -> str:
    """Write a p-value with its sign of relation.

    Examples
    --------
    >>> p_is(0.0002), p_is(0.3)
    ('p < 0.001', 'p = 0.30')
    """
    text = p_text(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def how_sure(p: float, what: str = "a trend") -> str:
    """Say how sure a finding is.

    Examples
    --------
    >>> how_sure(0.001)
    'Chance alone is an unlikely reason (p = 0.001).'
    >>> how_sure(0.02)
    'The evidence is weak and should be confirmed (p = 0.020).'
    >>> how_sure(0.4)
    'The data do not tell a trend from chance (p = 0.40); this is no proof that there is none.'
    """
    if p < 0.005:
        return f"Chance alone is an unlikely reason ({p_is(p)})."
    if p < 0.05:
        return f"The evidence is weak and should be confirmed ({p_is(p)})."
    return f"The data do not tell {what} from chance ({p_is(p)}); this is no proof that there is none."


def size_trend(what: str, points: float, low: float, high: float, p: float, *, model: str) -> str:
    """Say how values change with sample size: direction, size in percentage points for a tenfold n, interval, how sure.

    Parameters
    ----------
    what : str
        The metric in words.
    points, low, high : float
        Percentage points for a tenfold n, with the 95 % interval.
    p : float
        Of no trend.
    model : str
        Which model says so.

    Examples
    --------
    >>> size_trend("accuracy", -5.24, -8.1, -2.3, 0.0004, model="binomial mixed model")
    'Larger studies report lower accuracy: −5.2 percentage points for each tenfold n (95 % interval −8.1 to −2.3; binomial mixed model). Chance alone is an unlikely reason (p < 0.001).'
    """
    size = f"{signed(points)} percentage points for each tenfold n (95 % interval {interval(low, high)}; {model})"
    if p < 0.05:
        return f"Larger studies report {'lower' if points < 0 else 'higher'} {what}: {size}. {how_sure(p)}"
    return f"Between small and large studies {what} changes by {size}. {how_sure(p)}"


def joined(*sentences: str) -> str:
    """Join sentences, leaving out those that are empty."""
    return " ".join(s for s in sentences if s)
