"""Confidence intervals of the variance between studies: Q-profile and profile likelihood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from miner.errors import MetaError
from miner.meta.design import design
from miner.meta.guard import guarded
from miner.meta.models.pooling import check_effects
from miner.meta.models.tau2 import METHODS, estimate, wls
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import counted, num

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Tau2Interval(Result):
    """An interval of the heterogeneity; each field holds the estimate and the two bounds.

    Attributes
    ----------
    tau2, tau : tuple of float
        Variance and standard deviation between studies, in the units of the effects (squared).
    I2, H2 : tuple of float
        Per cent of the variance that is not sampling error, and total over sampling variance.
    """

    kind: str
    method: str
    level: float
    tau2: Triple
    tau: Triple
    I2: Triple
    H2: Triple
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the four intervals."""
        rows = (
            f"  {name} = {num(v[0], '.6g')} [{num(v[1], '.6g')}, {num(v[2], '.6g')}]"
            for name, v in (("tau2", self.tau2), ("tau", self.tau), ("I2", self.I2), ("H2", self.H2))
        )
        return "\n".join([f"Heterogeneity ({self.method}, {self.kind} interval)", *rows, *(f"  warning: {w}" for w in self.warnings)])


@guarded
def tau2_interval(
    yi: ArrayLike,
    vi: ArrayLike,
    mods: Any = None,
    kind: Literal["QP", "PL"] = "QP",
    method: str = "REML",
    *,
    intercept: bool = True,
    level: float = 0.95,
) -> Tau2Interval:
    """Compute an interval of the variance between studies.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    mods : array, mapping or data frame, optional
        Moderators; the variance is the one that they leave.
    kind : {"QP", "PL"}
        Q-profile, which is exact under normality; or the values whose (restricted) likelihood is not too far below the maximum.
    method : str
        Estimator of tau²; for ``PL`` ML or REML.
    intercept : bool
    level : float
        Confidence level.

    Returns
    -------
    Tau2Interval

    Raises
    ------
    MetaError
        For impossible input, or fewer than one degree of freedom.

    References
    ----------
    Viechtbauer W (2007). Statistics in Medicine 26:37-52 (Q-profile, eq. 8). Hardy RJ, Thompson SG (1996). Statistics in Medicine 15:619-629
    (profile likelihood).

    Examples
    --------
    >>> found = tau2_interval([0.1, 0.3, 0.9, 0.5], [0.01, 0.02, 0.03, 0.01])
    >>> [round(x, 3) for x in found.tau2]
    [0.091, 0.017, 1.6]
    """
    y, v = check_effects(yi, vi)
    X, _ = design(mods, len(y), intercept)
    k, p = X.shape
    if k <= p:
        raise MetaError(
            f"{counted(k, 'study leaves', 'studies leave')} no degree of freedom for the variance between them", hint="collect more studies"
        )
    if method not in METHODS or method == "EE" or (kind == "PL" and method not in {"ML", "REML"}) or kind not in {"QP", "PL"}:
        raise MetaError(
            f"there is no {kind} interval with the estimator {method!r}", hint="kind='PL' goes with ML and REML, kind='QP' with any but EE"
        )
    if not 0 < level < 1:
        raise MetaError(f"level = {level} is not between 0 and 1", hint="give 0.95 for 95 %")
    value = estimate(method, y, v, X).value
    low, high, empty = _q_profile(y, v, X, level) if kind == "QP" else _profile_likelihood(y, v, X, value, method == "REML", level)
    typical = (k - p) / wls(y, X, 1 / v).trace(np.ones(1))
    tau2 = (value, low, high)
    said = "The data vary less than sampling error alone would make them: the interval is empty, both bounds are set to 0."
    return Tau2Interval(
        kind, method, level, tau2, _each(np.sqrt, tau2), _each(lambda t: 100 * t / (t + typical), tau2), _each(lambda t: t / typical + 1, tau2),
        (said,) if empty else (),
    )  # fmt: skip


def _each(f: Callable[[float], float], values: Triple) -> Triple:
    return float(f(values[0])), float(f(values[1])), float(f(values[2]))


def _upper(f: Callable[[float], float], start: float, step: float) -> float:
    """Return where a function that falls in tau² crosses 0 beyond ``start``."""
    high = start + step
    while f(high) > 0:
        high = start + (high - start) * 4
        if high > 1e12 * (1 + step):
            raise MetaError("the interval of tau2 has no upper bound", hint="use kind='QP', or another estimator")
    return float(optimize.brentq(f, start, high, xtol=1e-300, rtol=8.9e-16, maxiter=500))


def _q_profile(y: Floats, v: Floats, X: Floats, level: float) -> tuple[float, float, bool]:
    k, p = X.shape
    step = max(float(np.var(y)), float(v.max()), 1e-8)
    bounds = []
    for tail in (0.5 + level / 2, 0.5 - level / 2):
        target = float(stats.chi2.ppf(tail, k - p))

        def excess(t: float, target: float = target) -> float:
            return wls(y, X, 1 / (v + t)).rss - target

        bounds.append(_upper(excess, 0.0, step) if excess(0.0) > 0 else -1.0)
    return max(bounds[0], 0.0), max(bounds[1], 0.0), bounds[1] < 0


def _profile_likelihood(y: Floats, v: Floats, X: Floats, peak: float, restricted: bool, level: float) -> tuple[float, float, bool]:
    def ll(t: float) -> float:
        fit = wls(y, X, 1 / (v + t))
        return -0.5 * (float(np.sum(np.log(v + t))) + fit.rss + (fit.logdet if restricted else 0.0))

    floor = ll(peak) - float(stats.chi2.ppf(level, 1)) / 2

    def excess(t: float) -> float:
        return ll(t) - floor

    low = 0.0
    if peak > 0 and excess(0.0) < 0:
        low = float(optimize.brentq(excess, 0.0, peak, xtol=1e-300, rtol=8.9e-16, maxiter=500))
    return low, _upper(excess, peak, max(float(np.var(y)), float(v.max()), 1e-8)), False
