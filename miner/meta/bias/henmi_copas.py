"""Henmi & Copas's interval: the equal-effects mean, which publication bias moves less, with an interval that allows for heterogeneity."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import integrate, special

from miner.errors import MetaError
from miner.meta.guard import sheltered
from miner.meta.models.pooling import check_effects, pool
from miner.meta.numerics.arrays import Floats
from miner.meta.numerics.roots import zeroin
from miner.meta.result import Result
from miner.say import num


@dataclass(frozen=True)
class HenmiCopas(Result):
    """Henmi & Copas's analysis beside the random-effects one (``*_rma``).

    Attributes
    ----------
    beta, se, ci_lb, ci_ub : float
        Mean with weights 1/v_i; its standard error with tau²; interval.
    tau2 : float
        DerSimonian & Laird's.
    beta_rma, se_rma, ci_lb_rma, ci_ub_rma, tau2_rma : float
        The usual random-effects analysis, for comparison.
    """

    k: int
    beta: float
    se: float
    ci_lb: float
    ci_ub: float
    tau2: float
    beta_rma: float
    se_rma: float
    ci_lb_rma: float
    ci_ub_rma: float
    tau2_rma: float
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return both analyses, then the warnings."""
        lines = [
            f"Henmi-Copas, k = {self.k}, tau2 = {num(self.tau2, '.6g')}: {num(self.beta, '.6g')} [{num(self.ci_lb, '.6g')}, {num(self.ci_ub, '.6g')}]"
        ]
        lines.append(f"  random effects: {num(self.beta_rma, '.6g')} [{num(self.ci_lb_rma, '.6g')}, {num(self.ci_ub_rma, '.6g')}]")
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])


@dataclass(frozen=True)
class _Moments:
    """Mean and variance of Cochran's Q given the standardised mean R = (theta-hat - theta) sqrt(sum w), with z ~ N(0, 1/w + tau²).

    Q is the quadratic form z'Az, A = W - ww'/sum w; (z | R) is normal with mean c R / V and covariance D - cc' / V, where V = Var(R) and
    A c = tau² A w / sqrt(sum w). So only the sums of powers of the weights are needed.
    """

    centre: float
    spread: float
    bend: float
    curve: float
    V: float

    def mean(self, r: float) -> float:
        return self.centre + self.bend * (r**2 / self.V**2 - 1 / self.V)

    def variance(self, r: float) -> float:
        own = 2 * (self.spread - 2 * self.curve / self.V + self.bend**2 / self.V**2)
        return own + 4 * r**2 / self.V**2 * (self.curve - self.bend**2 / self.V)


def _moments(w: Floats, tau2: float) -> tuple[_Moments, float, float]:
    """Return the moments of Q with the sums w1 = sum w and w2 = sum w² / sum w."""
    w1 = float(w.sum())
    w2, w3, w4 = (float(np.sum(w**j)) / w1 for j in (2, 3, 4))
    k = len(w)
    bend = tau2**2 * (w3 - w2**2)
    return _Moments(
        centre=k - 1 + tau2 * (w1 - w2),
        spread=k - 1 + 2 * tau2 * (w1 - w2) + tau2**2 * (w1 * w2 - 2 * w3 + w2**2),
        bend=bend,
        curve=bend + tau2**3 * (w4 - 2 * w2 * w3 + w2**3),
        V=1 + tau2 * w2,
    ), w1, w2  # fmt: skip


@sheltered
def henmi_copas(yi: ArrayLike, vi: ArrayLike, level: float = 0.95, *, tol: float | None = None) -> HenmiCopas:
    r"""Return Henmi & Copas's interval for the pooled effect.

    The pivot :math:`R / \sqrt{1 + \hat\tau^2 W_2}` exceeds u where R does and Q, gamma distributed given R, is small enough for tau² to be so.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    level : float
        Confidence level.
    tol : float, optional
        Tolerance of the integral and of the root; full precision if not given (metafor's figures have 1.22e-4).

    Returns
    -------
    HenmiCopas

    Raises
    ------
    MetaError
        For fewer than two studies or impossible input.

    References
    ----------
    Henmi M, Copas JB (2010). Statistics in Medicine 29:2969-2983, section 3.

    Examples
    --------
    >>> found = henmi_copas([0.1, 0.3, 0.5, 0.2], [0.01, 0.02, 0.03, 0.01])
    >>> round(found.beta, 3), round(found.ci_ub - found.ci_lb, 2)
    (0.218, 0.32)
    """
    y, v = check_effects(yi, vi, least=2)
    if not 0 < level < 1:
        raise MetaError(f"the level {level:g} is not between 0 and 1", hint="0.95 is usual")
    usual = pool(y, v, method="DL", level=level)
    given, w1, w2 = _moments(1 / v, usual.tau2)
    beta, se = float(np.sum(y / v) / w1), float(np.sqrt(given.V / w1))
    if tol is not None and not tol > 0:
        raise MetaError(f"tol is {tol}", hint="give a number above 0, or leave it out")
    quantile, error = _quantile(given, len(y), w1, w2, 1 - level, tol)
    half = quantile * se
    notes = [f"k = {len(y)}: with fewer than ten studies the interval is approximate."] if len(y) < 10 else []
    if tol is None and error > 1e-6 * (1 - level):
        notes.append("The variances differ so much that the interval's integral is not accurate.")
    return HenmiCopas(
        len(y), beta, se, beta - half, beta + half, usual.tau2, float(usual.beta[0]), float(usual.se[0]), float(usual.ci_lb[0]),
        float(usual.ci_ub[0]), usual.tau2, tuple(notes),
    )  # fmt: skip


def _quantile(given: _Moments, k: int, w1: float, w2: float, alpha: float, tol: float | None) -> tuple[float, float]:
    """Return the two-sided quantile of the pivot, found in units of R's standard deviation, and the largest error of its integrals."""
    errors = [0.0]
    sd = float(np.sqrt(given.V))
    absolute, relative = (1e-13, 1e-11) if tol is None else (tol, tol)

    def beyond(u: float) -> float:
        def integrand(r: float) -> float:
            limit = k - 1 + (w1 - w2) * ((r / u) ** 2 - 1) / w2 if u > 0 else np.inf
            mean, variance = given.mean(sd * r), given.variance(sd * r)
            return float(special.gammainc(mean**2 / variance, max(0.0, limit * mean / variance)) * np.exp(-(r**2) / 2) / np.sqrt(2 * np.pi))

        value, error, *_ = integrate.quad(integrand, u, np.inf, epsabs=absolute, epsrel=relative, limit=400, full_output=1)
        errors.append(float(error))
        return float(value)

    high = 2.0
    while beyond(high) > alpha / 2:
        high *= 2
    return sd * zeroin(lambda u: beyond(u) - alpha / 2, 0.0, high, tol or 0.0), max(errors)


def limit_meta(yi: ArrayLike, vi: ArrayLike, level: float = 0.95, *, tol: float | None = None) -> HenmiCopas:
    """Return Henmi & Copas's interval under the name that it had by mistake; deprecated.

    Limit meta-analysis is the method of Rücker et al.: :func:`miner.meta.limit_meta_rucker`. This is :func:`miner.meta.henmi_copas`.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     limit_meta([0.1, 0.3], [0.01, 0.02]) == henmi_copas([0.1, 0.3], [0.01, 0.02])
    True
    """
    said = "limit_meta is henmi_copas; limit meta-analysis is limit_meta_rucker"
    warnings.warn(said, DeprecationWarning, stacklevel=2)
    return henmi_copas(yi, vi, level, tol=tol)
