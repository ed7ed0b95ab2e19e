"""Diagnostics of a pooled estimate or meta-regression: residuals, influence, best predictions of single effects, Baujat's plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from miner.errors import MetaError
from miner.meta.design import design
from miner.meta.guard import sheltered
from miner.meta.models.pooling import Method, check_effects
from miner.meta.models.tau2 import METHODS, estimate, wls
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.meta.sensitivity.subsets import Fits, fit_subsets, warm_start, without
from miner.say import counted, num, out_of


@dataclass(frozen=True)
class Residuals(Result):
    """Residuals with their standard errors and z-values."""

    kind: str
    resid: Floats
    se: Floats
    z: Floats
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the number of outliers and the largest residual."""
        worst = int(np.nanargmax(np.abs(self.z)))
        return f"{self.kind} residuals: {int(np.nansum(np.abs(self.z) > 1.96))} of {len(self.z)} beyond 1.96; largest {num(self.z[worst], '.3g')} (row {worst + 1})"


@dataclass(frozen=True)
class Blup(Result):
    """Best linear unbiased predictions of the studies' true effects, with their standard errors and intervals."""

    pred: Floats
    se: Floats
    pi_lb: Floats
    pi_ub: Floats
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Baujat(Result):
    """Each study's share of Q (``x``) and its influence on the pooled effect (``y``)."""

    x: Floats
    y: Floats
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Influence(Result):
    """What happens to a fit without each study.

    Attributes
    ----------
    rstudent : array, shape (k,)
        Externally standardised residuals.
    dffits, cook_d, cov_r : arrays, shape (k,)
        Change of the fitted value in standard errors; Cook's distance; ratio of the determinants of the covariance matrices.
    tau2_del, QE_del : arrays, shape (k,)
        Variance between studies and Cochran's Q without the study.
    hat, weight : arrays, shape (k,)
        Leverages; weights in per cent.
    dfbs : array, shape (k, p)
        Changes of the coefficients in standard errors.
    is_infl : array of bool, shape (k,)
        Whether one of the rules of Viechtbauer & Cheung (2010) calls the study influential.
    """

    names: tuple[str, ...]
    rstudent: Floats
    dffits: Floats
    cook_d: Floats
    cov_r: Floats
    tau2_del: Floats
    QE_del: Floats
    hat: Floats
    weight: Floats
    dfbs: Floats
    is_infl: Any
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the influential rows."""
        rows = (np.flatnonzero(self.is_infl) + 1).tolist()
        return f"influence: {out_of(len(rows), len(self.hat), 'study', 'are', many='studies')} influential" + (
            f" (rows {rows})" if rows else ""
        )


@dataclass(frozen=True)
class _Full:
    """The fit of all studies, and those without each."""

    y: Floats
    v: Floats
    X: Floats
    names: tuple[str, ...]
    tau2: float
    beta: Floats
    vcov: Floats
    method: str

    @property
    def w(self) -> Floats:
        return 1 / (self.v + self.tau2)

    @property
    def leverage(self) -> Floats:
        """Variances of the fitted values."""
        out: Floats = np.einsum("ip,pq,iq->i", self.X, self.vcov, self.X)
        return out

    def deleted(self) -> Fits:
        """Return the fits without each study."""
        group = np.arange(len(self.y))
        start = warm_start(self.y, self.v, self.X, self.tau2, group, self.method)
        return fit_subsets(self.y, self.v, self.X, self.method, without(group), len(self.y), start)


def _full(yi: ArrayLike, vi: ArrayLike, mods: Any, method: str, spare: int = 0) -> _Full:
    """Fit all studies; ``spare`` is how many must be there beyond the coefficients."""
    if method not in METHODS:
        raise MetaError(f"there is no estimator {method!r}", hint=f"there are: {', '.join(METHODS)}")
    y, v = check_effects(yi, vi)
    X, names = design(mods, len(y))
    if len(y) < X.shape[1] + spare:
        raise MetaError(
            f"{counted(len(y), 'study', 'studies')} cannot tell {counted(X.shape[1], 'coefficient')} when one is left out",
            hint="leave moderators out",
        )
    tau2 = estimate(method, y, v, X).value
    fit = wls(y, X, 1 / (v + tau2))
    return _Full(y, v, X, names, tau2, fit.beta, fit.M, method)


def _lost(fits: Fits) -> tuple[str, ...]:
    bad = (np.flatnonzero(~np.isfinite(fits.beta).all(axis=1)) + 1).tolist()
    return (
        (f"Without row{'s' if len(bad) > 1 else ''} {', '.join(map(str, bad))} the moderators cannot be told apart: no figures there.",)
        if bad
        else ()
    )


@sheltered
def rstandard(yi: ArrayLike, vi: ArrayLike, mods: Any = None, method: Method = "REML") -> Residuals:
    """Return internally standardised residuals: the study is part of the fit.

    References
    ----------
    Viechtbauer W, Cheung MW-L (2010). Research Synthesis Methods 1:112-125, eq. 7.

    Examples
    --------
    >>> rstandard([0.1, 0.2, 0.9], [0.01, 0.01, 0.01], method="EE").z.round(2).tolist()
    [-3.67, -2.45, 6.12]
    """
    full = _full(yi, vi, mods, method, spare=1)
    resid = full.y - full.X @ full.beta
    se = np.sqrt(np.maximum(full.v + full.tau2 - full.leverage, 0.0))
    return Residuals("internally standardised", resid, se, np.divide(resid, se, out=np.full_like(resid, np.nan), where=se > 0))


@sheltered
def rstudent(yi: ArrayLike, vi: ArrayLike, mods: Any = None, method: Method = "REML") -> Residuals:
    """Return externally standardised residuals: each study against the fit without it.

    References
    ----------
    Viechtbauer W, Cheung MW-L (2010). Research Synthesis Methods 1:112-125, eq. 8-9.

    Examples
    --------
    >>> rstudent([0.1, 0.2, 0.9], [0.01, 0.01, 0.01], method="EE").resid.round(2).tolist()
    [-0.45, -0.3, 0.75]
    """
    full = _full(yi, vi, mods, method, spare=1)
    fits = full.deleted()
    resid, se = _external(full, fits)
    return Residuals("externally standardised", resid, se, resid / se, _lost(fits))


def _external(full: _Full, fits: Fits) -> tuple[Floats, Floats]:
    resid = full.y - np.einsum("ip,ip->i", full.X, fits.beta)
    return resid, np.sqrt(full.v + fits.tau2 + np.einsum("ip,ipq,iq->i", full.X, fits.vcov, full.X))


@sheltered
def weights(yi: ArrayLike, vi: ArrayLike, mods: Any = None, method: Method = "REML") -> Floats:
    """Return each study's weight in the fit, in per cent.

    Examples
    --------
    >>> weights([0.1, 0.2], [0.01, 0.03], method="EE").round(6).tolist()
    [75.0, 25.0]
    """
    full = _full(yi, vi, mods, method)
    out: Floats = 100 * full.w / full.w.sum()
    return out


@sheltered
def blup(yi: ArrayLike, vi: ArrayLike, mods: Any = None, method: Method = "REML", *, level: float = 0.95) -> Blup:
    """Return the best predictions of the studies' true effects: each is drawn to the fit in proportion to its sampling error.

    References
    ----------
    Raudenbush SW, Bryk AS (1985). Journal of Educational Statistics 10:75-98 (empirical Bayes). Robinson GK (1991). Statistical Science 6:15-32.

    Examples
    --------
    >>> blup([0.0, 1.0], [0.5, 0.5], method="HE").pred.round(6).tolist()
    [0.5, 0.5]
    """
    full = _full(yi, vi, mods, method)
    share = full.tau2 / (full.tau2 + full.v)
    pred = share * full.y + (1 - share) * (full.X @ full.beta)
    se = np.sqrt(share * full.v + (1 - share) ** 2 * full.leverage)
    crit = float(stats.norm.ppf(0.5 + level / 2))
    return Blup(pred, se, pred - crit * se, pred + crit * se)


@sheltered
def baujat(yi: ArrayLike, vi: ArrayLike, mods: Any = None, method: Method = "REML") -> Baujat:
    """Return the coordinates of Baujat's plot: squared Pearson residuals against the standardised change of the fitted value.

    References
    ----------
    Baujat B, Mahé C, Pignon J-P, Hill C (2002). Statistics in Medicine 21:2641-2652.

    Examples
    --------
    >>> baujat([0.1, 0.2, 0.9], [0.01, 0.01, 0.01], method="EE").x.round(2).tolist()
    [9.0, 4.0, 25.0]
    """
    full = _full(yi, vi, mods, method, spare=1)
    fits = full.deleted()
    fitted = full.X @ full.beta
    change = fitted - np.einsum("ip,ip->i", full.X, fits.beta)
    return Baujat(full.w * (full.y - fitted) ** 2, change**2 / np.einsum("ip,ipq,iq->i", full.X, fits.vcov, full.X), _lost(fits))


@sheltered
def influence(yi: ArrayLike, vi: ArrayLike, mods: Any = None, method: Method = "REML") -> Influence:
    """Return what each study does to a fit.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    mods : array, mapping or data frame, optional
        Moderators.
    method : str
        Estimator of tau² (see ``pool``).

    Returns
    -------
    Influence

    Raises
    ------
    MetaError
        For impossible input or too few studies.

    References
    ----------
    Viechtbauer W, Cheung MW-L (2010). Research Synthesis Methods 1:112-125, eq. 10-16; a study is called influential where its DFFITS is beyond
    3 sqrt(p/(k - p)), Cook's distance beyond the median of chi-square with p degrees of freedom, its leverage beyond 3 p/k, or a DFBETAS beyond 1.

    Examples
    --------
    >>> influence([0.1, 0.2, 0.15, 0.12, 2.9], [0.01, 0.01, 0.01, 0.01, 0.01]).is_infl.tolist()
    [False, False, False, False, True]
    """
    full = _full(yi, vi, mods, method, spare=1)
    fits = full.deleted()
    resid, se = _external(full, fits)
    k, p = full.X.shape
    change = full.beta - fits.beta
    hat = full.w * full.leverage
    with np.errstate(divide="ignore", invalid="ignore"):
        dffits = np.einsum("ip,ip->i", full.X, change) / np.sqrt(hat * (fits.tau2 + full.v))
        dfbs = change / _spreads(full, fits.tau2)
    cook = np.einsum("ip,pq,iq->i", change, np.linalg.inv(full.vcov), change)
    with np.errstate(invalid="ignore"):
        ratio = np.linalg.det(fits.vcov) / np.linalg.det(full.vcov)
    flags = (
        (np.abs(dffits) > 3 * np.sqrt(p / (k - p))) | (stats.chi2.cdf(cook, p) > 0.5) | (hat > 3 * p / k) | (np.abs(dfbs) > 1).any(axis=1)
    )
    return Influence(
        full.names, resid / se, dffits, cook, ratio, fits.tau2, fits.Q, hat, 100 * full.w / full.w.sum(), dfbs, flags, _lost(fits)
    )


def _spreads(full: _Full, tau2: Floats) -> Floats:
    """Return the standard errors of the coefficients of all studies at each tau²."""
    k, p = full.X.shape
    products = (full.X[:, :, None] * full.X[:, None, :]).reshape(k, p * p)
    out = np.empty((k, p))
    size = max(1, (1 << 21) // k)
    for low in range(0, k, size):
        w = 1 / (full.v + np.where(np.isfinite(tau2[low : low + size]), tau2[low : low + size], full.tau2)[:, None])
        out[low : low + size] = np.sqrt(np.einsum("npp->np", np.linalg.inv((w @ products).reshape(-1, p, p))))
    return out
