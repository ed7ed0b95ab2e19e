"""Estimators of the variance between studies, with moderators; every step costs O(k p²)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, stats

from miner.meta.models.likelihood import Likelihood, maximise
from miner.meta.models.wls import Wls, fit_basis, wls
from miner.meta.numerics.arrays import Floats

__all__ = ["METHODS", "Floats", "Tau2", "Wls", "estimate", "wls"]
METHODS = ("DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM", "DLIT", "SJIT", "EE")
_ONE = np.ones(1)  # the identity as a diagonal


@dataclass(frozen=True)
class Tau2:
    """An estimate of the variance between studies, its standard error (nan where there is none), and how many maxima its likelihood has."""

    value: float
    se: float
    raw: float
    maxima: int = 1


def estimate(method: str, y: Floats, v: Floats, X: Floats) -> Tau2:
    """Estimate tau² by ``method``, one of ``METHODS``; negative estimates are set to 0 (``raw`` keeps them).

    Variances are measured in a typical one (to the next power of 4, which costs no digit), and all estimators but Sidik & Jonkman's, whose start is
    the variance of the effects themselves, get what the moderators leave of them: so no tolerance depends on units or on the mean.
    """
    k, p = X.shape
    if method == "EE" or k == p:
        return Tau2(0.0, float("nan"), 0.0)
    root = float(2.0 ** np.round(np.log2(np.median(v)) / 2))
    basis = np.linalg.qr(X)[0]  # tau² depends on the space of the moderators only
    effects = y if method == "SJ" else y - basis @ (basis.T @ y)
    raw, se, *more = _ESTIMATORS[method](effects / root, v / root**2, basis)
    value = max(0.0, raw)
    return Tau2(value * root**2, se(value) * root**2, raw * root**2, *more)


_Se = Callable[[float], float]
_Result = tuple[Any, ...]  # estimate, the function of it that gives its standard error[, number of maxima]


def _root(t: float) -> float:
    return float(np.sqrt(t)) if t >= 0 else float("nan")


def _moment_se(fit: Wls, v: Floats, scale: float) -> _Se:
    """Return the standard error of a moment estimator y'Py / scale, by the variance of a quadratic form."""

    def se(t: float) -> float:
        return _root(2 * fit.trace(v, v) + 4 * t * fit.trace(_ONE, v) + 2 * t**2 * fit.trace(_ONE, _ONE)) / scale

    return se


def _dl(y: Floats, v: Floats, X: Floats) -> _Result:
    """DerSimonian & Laird (1986), with moderators as Raudenbush (2009, eq. 16.37)."""
    fit = fit_basis(y, X, 1 / v)
    k, p = X.shape
    return (fit.rss - (k - p)) / fit.trace(_ONE), _moment_se(fit, v, fit.trace(_ONE))


def _he(y: Floats, v: Floats, X: Floats) -> _Result:
    """Hedges & Olkin (1985, chapter 9): the unweighted moment estimator."""
    fit = fit_basis(y, X, np.ones_like(v))
    k, p = X.shape
    return (fit.rss - fit.trace(v)) / (k - p), _moment_se(fit, v, k - p)


def _hs(y: Floats, v: Floats, X: Floats) -> _Result:
    """Hunter & Schmidt (2004)."""
    fit = fit_basis(y, X, 1 / v)
    return (fit.rss - len(y)) / fit.w.sum(), _moment_se(fit, v, float(fit.w.sum()))


def _hsk(y: Floats, v: Floats, X: Floats) -> _Result:
    """Hunter & Schmidt with the small-sample correction of Brannick et al. (2019)."""
    fit = fit_basis(y, X, 1 / v)
    k, p = X.shape
    scale = float(fit.w.sum()) * (k - p) / k
    return (fit.rss * k / (k - p) - k) / fit.w.sum(), _moment_se(fit, v, scale)


def _sj_start(y: Floats) -> float:
    return float(np.sum((y - y.mean()) ** 2) / len(y))


def _sj(y: Floats, v: Floats, X: Floats) -> _Result:
    """Sidik & Jonkman (2005)."""
    k, p = X.shape
    start = _sj_start(y)
    if start == 0:
        return 0.0, lambda _: float("nan")
    fit = fit_basis(y, X, 1 / (v + start))
    return start * fit.rss / (k - p), _moment_se(fit, v, (k - p) / start)


def _pm_se(v: Floats, k: int, p: int) -> _Se:
    return lambda t: float(np.sqrt(2 * k**2 / (k - p)) / np.sum(1 / (v + t)))


def _sjit(y: Floats, v: Floats, X: Floats) -> _Result:
    """Sidik & Jonkman, iterated to its fixed point, where Q equals k - p: the Paule-Mandel estimator wherever that is positive."""
    k, p = X.shape
    return _solve_q(y, v, X, k - p), _pm_se(v, k, p)


def _dlit(y: Floats, v: Floats, X: Floats) -> _Result:
    """DerSimonian & Laird, iterated: the tau² that equals (Q - (k - p)) / tr(P) with weights 1/(v + tau²)."""
    k, p = X.shape

    def gap(t: float) -> float:
        fit = fit_basis(y, X, 1 / (v + t))
        value: float = t - (fit.rss - (k - p)) / fit.trace(_ONE)
        return value

    t = _falling(lambda s: -gap(s), y, v)
    fit = fit_basis(y, X, 1 / (v + t))
    scale = fit.trace(_ONE)
    return t, lambda s: _root(2 * (k - p) + 4 * s * scale + 2 * s**2 * fit.trace(_ONE, _ONE)) / scale


def _falling(f: Callable[[float], float], y: Floats, v: Floats) -> float:
    """Return the root of a function that falls in tau² (0 where it is not positive at 0)."""
    if f(0.0) <= 0:
        return 0.0
    high = max(float(np.var(y)), float(v.max()), 1.0)
    while f(high) > 0:
        high *= 4
    return float(optimize.brentq(f, 0.0, high, xtol=1e-30, rtol=8.9e-16, maxiter=1000))


def _solve_q(y: Floats, v: Floats, X: Floats, target: float) -> float:
    """Return the tau² at which the generalised Q equals ``target`` (0 where it is below at 0); Q falls in tau²."""
    return _falling(lambda t: fit_basis(y, X, 1 / (v + t)).rss - target, y, v)


def _pm(y: Floats, v: Floats, X: Floats) -> _Result:
    """Paule & Mandel (1982): Q equals its expectation k - p; the empirical Bayes estimator is the same (Viechtbauer et al. 2015)."""
    k, p = X.shape
    t = _solve_q(y, v, X, k - p)
    return t, _pm_se(v, k, p)


def _pmm(y: Floats, v: Floats, X: Floats) -> _Result:
    """Median-unbiased Paule-Mandel (Viechtbauer 2021): Q equals the median of its distribution."""
    k, p = X.shape
    t = _solve_q(y, v, X, float(stats.chi2.ppf(0.5, k - p)))
    return t, _pm_se(v, k, p)


def _by_likelihood(restricted: bool) -> Callable[[Floats, Floats, Floats], _Result]:
    def fit_it(y: Floats, v: Floats, X: Floats) -> _Result:
        """Maximum (restricted) likelihood: Harville (1977); Viechtbauer (2005, eq. 11)."""
        like = Likelihood(y, v, X, restricted)
        t, maxima = maximise(like, _he(y, v, X)[0])
        return t, lambda s: float(np.sqrt(2 / like.information(s))), maxima

    return fit_it


_ESTIMATORS: dict[str, Callable[[Floats, Floats, Floats], _Result]] = {
    "DL": _dl, "HE": _he, "HS": _hs, "HSk": _hsk, "SJ": _sj, "SJIT": _sjit, "DLIT": _dlit, "PM": _pm, "EB": _pm, "PMM": _pmm,
    "ML": _by_likelihood(restricted=False), "REML": _by_likelihood(restricted=True),
}  # fmt: skip
