"""Fixed-effect pooling of two arms from their 2 x 2 tables: Mantel-Haenszel and Peto; no correction of empty cells is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from miner.errors import MetaError
from miner.meta.guard import numbers, sheltered
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import headed, num, out_of, p_is

Measure = Literal["OR", "RR", "RD"]
_Tests = tuple[float, float, float, float]
_Estimate = tuple[float, float, _Tests]
_NO_TESTS: _Tests = (float("nan"), float("nan"), float("nan"), float("nan"))
_SILENT = {
    "OR": "they tell nothing about the ratio",
    "RR": "they tell nothing about the ratio",
    "RD": "they count in the mean difference, but not in the test of heterogeneity (see drop00)",
}


@dataclass(frozen=True)
class TableResult(Result):
    """A pooled odds ratio, risk ratio (both as logarithms) or risk difference.

    Attributes
    ----------
    beta, se, zval, pval, ci_lb, ci_ub : float
        The pooled effect with its test and interval.
    QE, QEp : float
        Heterogeneity of the studies' own effects, with its p-value.
    MH, MHp : float
        Cochran-Mantel-Haenszel test with continuity correction (odds ratios only).
    TA, TAp : float
        Tarone's test of equal odds ratios (odds ratios only; no p-value for a single informative study).
    """

    method: str
    measure: str
    k: int
    beta: float
    se: float
    zval: float
    pval: float
    ci_lb: float
    ci_ub: float
    QE: float
    QEp: float
    MH: float
    MHp: float
    TA: float
    TAp: float
    level: float
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the estimate and its tests."""
        head = f"{self.method} ({self.measure}), k = {self.k}: {num(self.beta, '.6g')} [{num(self.ci_lb, '.6g')}, {num(self.ci_ub, '.6g')}], {p_is(self.pval)}"
        return "\n".join([head, f"  Q = {num(self.QE, '.4g')} ({p_is(self.QEp)})", *(f"  warning: {w}" for w in self.warnings)])


@sheltered
def mantel_haenszel(
    ai: ArrayLike,
    bi: ArrayLike,
    ci: ArrayLike,
    di: ArrayLike,
    measure: Measure = "OR",
    level: float = 0.95,
    *,
    drop00: bool | tuple[bool, bool] = (True, False),
) -> TableResult:
    """Pool 2 x 2 tables by the method of Mantel and Haenszel.

    Parameters
    ----------
    ai, bi, ci, di : array_like, shape (k,)
        Events and non-events of the first arm, then of the second.
    measure : {"OR", "RR", "RD"}
        Log odds ratio, log risk ratio or risk difference.
    level : float
        Confidence level.
    drop00 : bool or (bool, bool)
        Whether studies without any event (or with events only) in both arms are left out: of the studies' own effects, on which the test of
        heterogeneity rests, and of the pooled effect. One value is for the first (as in metafor, whose default this is). Such studies tell nothing
        about a ratio; to a risk difference they contribute a difference of 0, which by default counts in the mean, but not in the heterogeneity,
        since its variance would be 0 but for the 1/2 added to the cells.

    Returns
    -------
    TableResult

    Raises
    ------
    MetaError
        For impossible counts, or no event (or only events) in all studies.

    References
    ----------
    Mantel N, Haenszel W (1959). Journal of the National Cancer Institute 22:719-748. Robins J, Breslow N, Greenland S (1986). Biometrics
    42:311-323 (variance of the log odds ratio). Greenland S, Robins JM (1985). Biometrics 41:55-68 (risk ratio). Sato T, Greenland S, Robins JM
    (1989). Biometrics 45:1323-1324 (risk difference). Tarone RE (1985). Biometrika 72:91-95.

    Examples
    --------
    >>> fit = mantel_haenszel([4, 6], [119, 300], [11, 29], [128, 274])
    >>> round(fit.beta, 3), round(fit.se, 3)
    (-1.422, 0.36)
    """
    if measure not in _SILENT:
        raise MetaError(f"there is no measure {measure!r} for 2 x 2 tables", hint=f"there are: {', '.join(_SILENT)}")
    table = _cells(ai, bi, ci, di)
    own, pooled = (drop00, False) if isinstance(drop00, bool) else drop00
    informative = (table[0] + table[2] > 0) & (table[1] + table[3] > 0)
    if pooled and not informative.any():
        raise MetaError("no study has both events and non-events", hint="use drop00=(True, False) with measure='RD'")
    used = tuple(x[informative] for x in table) if pooled else table
    beta, se, tests = _POOLED[measure](*used)
    y, v = _own_effects(measure, *([x[informative] for x in table] if own else table))
    q, left, k = float(np.sum((y - beta) ** 2 / v)), int((~informative).sum()), len(informative)
    what = "they were left out" if pooled else _SILENT[measure]
    notes = (
        (f"{headed(out_of(left, k, 'study', 'have', many='studies'))} no event, or only events, in both arms: {what}.",)
        if left and (pooled or own)
        else ()
    )
    return _result("Mantel-Haenszel", measure, beta, se, q, len(y), level, tests, len(used[0]), notes)


@sheltered
def peto(ai: ArrayLike, bi: ArrayLike, ci: ArrayLike, di: ArrayLike, level: float = 0.95) -> TableResult:
    """Pool log odds ratios by the one-step method of Peto.

    Parameters
    ----------
    ai, bi, ci, di : array_like, shape (k,)
        Events and non-events of the first arm, then of the second.
    level : float
        Confidence level.

    Returns
    -------
    TableResult

    Raises
    ------
    MetaError
        For impossible counts, or no event (or only events) in all studies.

    References
    ----------
    Yusuf S, Peto R, Lewis J, Collins R, Sleight P (1985). Progress in Cardiovascular Diseases 27:335-371.

    Examples
    --------
    >>> round(peto([4, 6], [119, 300], [11, 29], [128, 274]).beta, 3)
    -1.24
    """
    a, b, c, d = _cells(ai, bi, ci, di)
    gap, v = _hypergeometric(a, b, c, d)
    inside = v > 0
    total = float(v.sum())
    if total <= 0:
        raise MetaError("no study has both events and non-events", hint="odds ratios cannot be told from these tables")
    beta, se = float(gap.sum()) / total, total**-0.5
    q = float(np.sum(gap[inside] ** 2 / v[inside])) - float(gap.sum()) ** 2 / total
    left = len(a) - int(inside.sum())
    notes = (
        (f"{headed(out_of(left, len(a), 'study', 'have', many='studies'))} no event, or only events, in both arms: {_SILENT['OR']}.",)
        if left
        else ()
    )
    return _result("Peto", "OR", beta, se, q, int(inside.sum()), level, _NO_TESTS, len(a), notes)


def _cells(*cells: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
    a, b, c, d = (np.atleast_1d(numbers(x, "a count")) for x in cells)
    if not (a.ndim == 1 and a.shape == b.shape == c.shape == d.shape):
        raise MetaError(
            f"the four columns of counts have shapes {a.shape}, {b.shape}, {c.shape}, {d.shape}", hint="give one count a study in each"
        )
    if len(a) == 0:
        raise MetaError("0 studies, at least 1 is needed", hint="collect more studies")
    table = np.stack((a, b, c, d))
    if not np.isfinite(table).all() or (table < 0).any() or (table != np.round(table)).any():
        raise MetaError("counts must be whole numbers from 0 up", hint="leave out studies with missing counts")
    if ((a + b == 0) | (c + d == 0)).any():
        raise MetaError(f"study {int(np.argmax((a + b == 0) | (c + d == 0))) + 1} has an arm without participants", hint="leave it out")
    return a, b, c, d


def _positive(*sums: float) -> None:
    if min(sums) <= 0:
        raise MetaError("one arm has no event in any study, so the ratio is not estimable", hint="use measure='RD'")


def _odds_ratio(a: Floats, b: Floats, c: Floats, d: Floats) -> _Estimate:
    n = a + b + c + d
    p, q, r, s = (a + d) / n, (b + c) / n, a * d / n, b * c / n
    big_r, big_s = float(r.sum()), float(s.sum())
    _positive(big_r, big_s)
    var = 0.5 * (np.sum(p * r) / big_r**2 + np.sum(p * s + q * r) / (big_r * big_s) + np.sum(q * s) / big_s**2)
    ta = _tarone(a, a + b, a + c, n, big_r / big_s)
    informative = int(((a + c > 0) & (b + d > 0)).sum())
    tests = (*_cmh(a, b, c, d), ta, float(stats.chi2.sf(ta, informative - 1)) if informative > 1 else float("nan"))
    return float(np.log(big_r / big_s)), float(np.sqrt(var)), tests


def _risk_ratio(a: Floats, b: Floats, c: Floats, d: Floats) -> _Estimate:
    n1, n2 = a + b, c + d
    n = n1 + n2
    r, s = float(np.sum(a * n2 / n)), float(np.sum(c * n1 / n))
    _positive(r, s)
    return float(np.log(r / s)), float(np.sqrt(np.sum((n1 * n2 * (a + c) - a * c * n) / n**2) / (r * s))), _NO_TESTS


def _risk_difference(a: Floats, b: Floats, c: Floats, d: Floats) -> _Estimate:
    n1, n2 = a + b, c + d
    n = n1 + n2
    total = float(np.sum(n1 * n2 / n))
    beta = float(np.sum((a * n2 - c * n1) / n)) / total
    p = np.sum(c * (n1 / n) ** 2 - a * (n2 / n) ** 2 + (n1 / n) * (n2 / n) * (n2 - n1) / 2)
    q = np.sum(a * (n2 - c) / n + c * (n1 - a) / n) / 2
    return beta, float(np.sqrt((beta * p + q) / total**2)), _NO_TESTS


_POOLED: dict[str, Callable[..., _Estimate]] = {"OR": _odds_ratio, "RR": _risk_ratio, "RD": _risk_difference}


def _hypergeometric(a: Floats, b: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats]:
    """Return observed minus expected events of the first arm, and their variance given the margins."""
    n1, n2, events, n = a + b, c + d, a + c, a + b + c + d
    return a - events * n1 / n, n1 * n2 * events * (b + d) / (n**2 * (n - 1))


def _cmh(a: Floats, b: Floats, c: Floats, d: Floats) -> tuple[float, float]:
    gap, v = _hypergeometric(a, b, c, d)
    stat = max(0.0, abs(float(gap.sum())) - 0.5) ** 2 / float(v.sum())
    return stat, float(stats.chi2.sf(stat, 1))


def _tarone(a: Floats, n1: Floats, events: Floats, n: Floats, ratio: float) -> float:
    """Return Tarone's statistic: cells against those expected under one odds ratio (the root of a quadratic that lies inside the margins)."""
    keep = (events > 0) & (events < n)
    a, n1, events, n = a[keep], n1[keep], events[keep], n[keep]
    n2 = n - n1
    if abs(ratio - 1) < 1e-12:
        expected = events * n1 / n
    else:
        linear = n2 - events + ratio * (n1 + events)
        root = np.sqrt(linear**2 - 4 * (ratio - 1) * ratio * n1 * events)
        expected = 2 * ratio * n1 * events / (linear + root)  # the stable form of the smaller root
    v = 1 / (1 / expected + 1 / (n1 - expected) + 1 / (events - expected) + 1 / (n2 - events + expected))
    return float(np.sum((a - expected) ** 2 / v) - np.sum(a - expected) ** 2 / np.sum(v))


def _own_effects(measure: str, a: Floats, b: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats]:
    """Return each study's effect, 1/2 added to its cells where one is empty."""
    a, b, c, d = (np.where((a == 0) | (b == 0) | (c == 0) | (d == 0), x + 0.5, x) for x in (a, b, c, d))
    n1, n2 = a + b, c + d
    if measure == "OR":
        return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
    if measure == "RR":
        return np.log(a * n2 / (c * n1)), 1 / a - 1 / n1 + 1 / c - 1 / n2
    return a / n1 - c / n2, a * b / n1**3 + c * d / n2**3


def _result(
    method: str,
    measure: str,
    beta: float,
    se: float,
    q: float,
    own: int,
    level: float,
    tests: _Tests,
    k: int,
    notes: tuple[str, ...],
) -> TableResult:
    crit = float(stats.norm.ppf(0.5 + level / 2))
    return TableResult(
        method, measure, k, beta, se, beta / se, float(2 * stats.norm.sf(abs(beta / se))), beta - crit * se, beta + crit * se, q,
        float(stats.chi2.sf(q, own - 1)) if own > 1 else 1.0, *tests, level, notes,
    )  # fmt: skip
