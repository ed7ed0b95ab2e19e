"""Location-scale models: moderators of the mean and of the variance between studies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from miner.errors import MetaError
from miner.meta.design import design
from miner.meta.guard import guarded
from miner.meta.models.pooling import check_effects, log_likelihoods
from miner.meta.models.tau2 import estimate, wls
from miner.meta.numerics.arrays import Floats
from miner.meta.numerics.climb import climb
from miner.meta.result import Result
from miner.say import counted, num, p_is


@dataclass(frozen=True)
class LocationScale(Result):
    """A model of means and of log variances.

    Attributes
    ----------
    beta, se, zval, pval, ci_lb, ci_ub : arrays, shape (p,)
        Coefficients of the mean (``names``).
    alpha, se_alpha, zval_alpha, pval_alpha : arrays, shape (q,)
        Coefficients of the logarithm of tau² (``scale_names``).
    tau2 : array, shape (k,)
        Each study's variance.
    ll_ML, ll_REML : float
    """

    k: int
    names: tuple[str, ...]
    beta: Floats
    se: Floats
    zval: Floats
    pval: Floats
    ci_lb: Floats
    ci_ub: Floats
    scale_names: tuple[str, ...]
    alpha: Floats
    se_alpha: Floats
    zval_alpha: Floats
    pval_alpha: Floats
    tau2: Floats
    ll_ML: float
    ll_REML: float
    method: str
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return both parts."""
        head = f"Location-scale model ({self.method}), k = {self.k}"
        mean = [
            f"  {n}: {num(b, '.5g')}, se {num(s, '.4g')}, {p_is(p)}"
            for n, b, s, p in zip(self.names, self.beta, self.se, self.pval, strict=True)
        ]
        scale = zip(self.scale_names, self.alpha, self.se_alpha, self.pval_alpha, strict=True)
        return "\n".join(
            [
                head,
                *mean,
                "log tau2:",
                *(f"  {n}: {num(a, '.5g')}, se {num(s, '.4g')}, {p_is(p)}" for n, a, s, p in scale),
                *(f"  warning: {w}" for w in self.warnings),
            ]
        )


@guarded
def location_scale(
    yi: ArrayLike, vi: ArrayLike, mods: Any = None, scale: Any = None, method: Literal["REML", "ML"] = "REML", level: float = 0.95
) -> LocationScale:
    r"""Fit :math:`y_i \sim N(x_i'\beta, v_i + \exp(z_i'\alpha))`.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    mods, scale : array, mapping or data frame, optional
        Moderators of the mean and of the logarithm of tau²; both parts have an intercept.
    method : {"REML", "ML"}
    level : float

    Returns
    -------
    LocationScale

    Raises
    ------
    MetaError
        For impossible input, collinear moderators, or where the effects vary less than sampling error (log tau² has no maximum).

    References
    ----------
    Viechtbauer W, López-López JA (2022). Research Synthesis Methods 13:697-715, eq. 3-6.

    Examples
    --------
    >>> y, v = [0.1, 0.9, -0.4, 0.6, 0.3, 0.2, 0.35, 0.25], [0.02] * 8
    >>> fit = location_scale(y, v, scale={"late": [0, 0, 0, 0, 1, 1, 0, 1]})
    >>> bool(fit.alpha[1] < 0)
    True
    """
    y, v = check_effects(yi, vi)
    k = len(y)
    X, names = design(mods, k)
    Z, scale_names = design(scale, k)
    if k <= X.shape[1] + Z.shape[1]:
        raise MetaError(
            f"{counted(k, 'study', 'studies')} cannot tell {counted(X.shape[1] + Z.shape[1], 'coefficient')}", hint="leave moderators out"
        )
    if method not in {"REML", "ML"}:
        raise MetaError(f"there is no method {method!r}", hint="REML or ML")
    basis, triangle = np.linalg.qr(Z)

    def objective(a: Floats) -> tuple[float, Floats]:
        t = np.exp(np.clip(basis @ a, -700, 700))
        fit = wls(y, X, 1 / (v + t))
        value = -0.5 * (float(np.sum(np.log(v + t))) + fit.rss + (fit.logdet if method == "REML" else 0.0))
        own = fit.w * (1 - fit.hat) if method == "REML" else fit.w
        return value, -0.5 * (((own - (fit.w * fit.resid) ** 2) * t) @ basis)

    start = max(estimate(method, y, v, X).value, 0.05 * float(np.mean(v)))
    peak = climb(objective, basis.T @ np.full(k, np.log(start)), longest=2.0 * np.sqrt(k))
    back = np.linalg.inv(triangle)
    alpha, spread = back @ peak.at, back @ np.linalg.inv(-peak.hessian) @ back.T
    tau2 = np.exp(Z @ alpha)
    fit = wls(y, X, 1 / (v + tau2))
    se, se_alpha = np.sqrt(np.diag(fit.M)), np.sqrt(np.diag(spread))
    crit = float(stats.norm.ppf(0.5 + level / 2))
    ml, reml = log_likelihoods(fit, fit.rss, v, tau2)
    notes = (
        ("The variance tends to 0 for some studies: the coefficients of log tau2 have no finite maximum.",)
        if tau2.min() < 1e-6 * v.min()
        else ()
    )
    return LocationScale(
        k, names, fit.beta, se, fit.beta / se, 2 * stats.norm.sf(np.abs(fit.beta / se)), fit.beta - crit * se, fit.beta + crit * se, scale_names,
        alpha, se_alpha, alpha / se_alpha, 2 * stats.norm.sf(np.abs(alpha / se_alpha)), tau2, ml, reml, method, notes,
    )  # fmt: skip
