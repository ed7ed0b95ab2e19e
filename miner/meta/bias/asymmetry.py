"""Regression tests for funnel asymmetry: effects on their standard error, variance or sample size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from miner.errors import MetaError
from miner.meta.bias.suitability import EGGER, ON_PRECISION, asymmetry_warnings, recognise
from miner.meta.design import design
from miner.meta.guard import numbers, sheltered
from miner.meta.models.pooling import Method, check_effects, pool
from miner.meta.models.small_samples import Test
from miner.meta.models.tau2 import wls
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import counted, num, p_is

Predictor = Literal["sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv", "log_n", "log10_n"]

# Predictors that go to zero as precision grows: the intercept is the effect expected in an infinitely large study.
_LIMITED = ("sei", "vi", "ninv", "sqrtninv")
_OF_N: dict[str, Callable[[Floats], Floats]] = {
    "ni": lambda n: n,
    "ninv": lambda n: 1 / n,
    "sqrtni": np.sqrt,
    "sqrtninv": lambda n: 1 / np.sqrt(n),
    "log_n": np.log,
    "log10_n": np.log10,
}


@dataclass(frozen=True)
class RegTest(Result):
    """A regression test for funnel asymmetry.

    Attributes
    ----------
    k : int
        Number of studies.
    model, predictor, test, method, measure : str
        What was fitted; ``method`` is None for ``lm``, ``measure`` None where nothing is known about the effects.
    stat, pval : float
        The slope's test, z or (with ``df``) t, and its two-sided p-value.
    df : int or None
        Degrees of freedom of a t test.
    limit_est, limit_ci_lb, limit_ci_ub : float
        The effect where the predictor is 0, with its interval; nan for predictors that grow with the sample size.
    coef, se : arrays, shape (2,)
        Intercept and slope.
    tau2 : float
        Residual heterogeneity (nan for ``lm``).
    """

    k: int
    model: str
    predictor: str
    test: str
    method: str | None
    measure: str | None
    stat: float
    pval: float
    df: int | None
    limit_est: float
    limit_ci_lb: float
    limit_ci_ub: float
    coef: Floats
    se: Floats
    tau2: float
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the test in two lines, then the warnings."""
        kind = "weighted regression, multiplicative dispersion" if self.model == "lm" else f"meta-regression ({self.method})"
        shown = f"z = {num(self.stat, '.4f')}" if self.df is None else f"t = {num(self.stat, '.4f')}, df = {self.df}"
        lines = [f"Test for funnel asymmetry: {kind} on {self.predictor}, k = {self.k}", f"  {shown}, {p_is(self.pval)}"]
        if np.isfinite(self.limit_est):
            lines.append(f"  limit estimate {num(self.limit_est, '.4f')} [{num(self.limit_ci_lb, '.4f')}, {num(self.limit_ci_ub, '.4f')}]")
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])


def check_sizes(ni: ArrayLike | None, k: int) -> Floats:
    """Return the sample sizes as an array of length ``k``, or say what is wrong with them."""
    if ni is None:
        raise MetaError("this predictor needs the sample sizes", hint="give ni=, one a study")
    n = np.atleast_1d(numbers(ni, "ni"))
    if n.shape != (k,):
        raise MetaError(f"there are {counted(k, 'study', 'studies')}, but ni has shape {n.shape}", hint="give one sample size a study")
    if not (np.isfinite(n) & (n > 0)).all():
        raise MetaError(
            f"{int((~(np.isfinite(n) & (n > 0))).sum())} of {k} sample sizes are missing or not positive",
            hint="leave these studies out, or correct them",
        )
    return n


def known_measure(measure: str | None, y: Floats, v: Floats, ni: ArrayLike | None) -> str | None:
    """Return ``measure``, checked, or what the variances tell of it where it is None."""
    if measure is not None:
        return measure.upper()
    if ni is None:
        return None
    n = np.atleast_1d(numbers(ni, "ni"))
    return recognise(y, v, n) if n.shape == y.shape else None


@sheltered
def regtest(
    yi: ArrayLike,
    vi: ArrayLike,
    ni: ArrayLike | None = None,
    model: Literal["rma", "lm"] = "rma",
    predictor: Predictor = "sei",
    method: Method = "REML",
    test: Test = "z",
    *,
    measure: str | None = None,
    level: float = 0.95,
    mods: Any = None,
) -> RegTest:
    r"""Test whether effects are related to their precision or to sample size.

    ``lm`` is the classical test: least squares of the effects on the predictor with weights 1/v_i and a multiplicative dispersion. ``rma`` is
    a meta-regression with an additive between-study variance. For proportions, whose standard error depends on the proportion itself, tests on
    ``sei`` or ``vi`` carry a warning with their simulated error rate; ``sqrtninv`` and ``log_n`` fit better.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    ni : array_like, shape (k,), optional
        Sample sizes; needed for all predictors but ``sei`` and ``vi``.
    model : {"rma", "lm"}
    predictor : str
        ``sei``, ``vi`` (standard error, variance), ``ni``, ``ninv``, ``sqrtni``, ``sqrtninv`` (n, 1/n, square root, 1/square root), ``log_n``,
        ``log10_n``.
    method, test : str
        Estimator of tau² and kind of test for ``rma``, as in :func:`miner.meta.pool`.
    measure : str, optional
        What the effects are (``PR``, ``PLO``, ``SMD`` …), for the warnings; without it, proportions are recognised by their variances and ``ni``.
    level : float
        Confidence level of the limit estimate.
    mods : array_like, mapping or data frame, optional
        Moderators that are held, as in :func:`miner.meta.pool`, for ``rma``; there is no limit estimate then.

    Returns
    -------
    RegTest

    Raises
    ------
    MetaError
        For fewer than three studies, impossible input, or a predictor that is the same in all studies.

    References
    ----------
    Egger M, Davey Smith G, Schneider M, Minder C (1997). BMJ 315:629-634. Sterne JAC, Egger M (2005), in Rothstein et al., Publication Bias in
    Meta-Analysis, 99-110. Macaskill P, Walter SD, Irwig L (2001). Statistics in Medicine 20:641-654 (n). Peters JL et al. (2006). JAMA
    295:676-680 (1/n). Sterne JAC et al. (2011). BMJ 343:d4002.

    Examples
    --------
    >>> found = regtest([0.9, 0.5, 0.4, 0.3], [0.2, 0.1, 0.05, 0.01], model="lm")
    >>> round(found.stat, 2), found.df, round(found.limit_est, 2)
    (3.89, 2, 0.16)
    """
    y, v = check_effects(yi, vi, least=3)
    if model not in {"rma", "lm"}:
        raise MetaError(f"there is no model {model!r}", hint="there are: rma, lm")
    if model == "lm" and mods is not None:
        raise MetaError("the classical test takes no moderators", hint="use model='rma'")
    if predictor in _OF_N:
        x = _OF_N[predictor](check_sizes(ni, len(y)))
    elif predictor in ON_PRECISION:
        x = np.sqrt(v) if predictor == "sei" else v
    else:
        raise MetaError(f"there is no predictor {predictor!r}", hint=f"there are: {', '.join((*ON_PRECISION, *_OF_N))}")
    if np.ptp(x) <= 1e-12 * np.max(np.abs(x)):
        raise MetaError(
            f"the predictor {predictor} is the same in all {counted(len(y), 'study', 'studies')}",
            hint="asymmetry cannot be tested; use another predictor",
        )
    if (model == "lm" or test in {"knha", "adhoc"}) and perfect_line(y, v, x):
        raise MetaError(
            "the effects lie exactly on a line, so there is no residual variance to test with", hint="check the data for copies"
        )
    kind = known_measure(measure, y, v, ni)
    notes = asymmetry_warnings(len(y), kind, predictor in ON_PRECISION, EGGER)
    if model == "lm":
        coef, se, tau2 = _dispersed(y, v, x)
        df: int | None = len(y) - 2
    else:
        fit = pool(y, v, mods=_added(predictor, x, mods), method=method, test=test)
        coef, se, tau2, df = fit.beta[:2], fit.se[:2], fit.tau2, fit.dfs
    dist = stats.norm if df is None else stats.t(df)
    with np.errstate(divide="ignore", invalid="ignore"):
        stat = float(coef[1] / se[1])
    crit = float(dist.ppf(0.5 + level / 2)) * float(se[0])
    limit = float(coef[0]) if predictor in _LIMITED and mods is None else float("nan")
    return RegTest(
        len(y), model, predictor, "t" if model == "lm" else test, None if model == "lm" else method, kind, stat, float(2 * dist.sf(abs(stat))), df,
        limit, limit - crit, limit + crit, coef, se, tau2, notes,
    )  # fmt: skip


def _added(predictor: str, x: Floats, mods: Any) -> Any:
    """Return moderators with the predictor before them, so that its coefficient is the second."""
    if mods is None:
        return {predictor: x}
    matrix, names = design(mods, len(x))
    return {predictor: x} | {name: matrix[:, j] for j, name in enumerate(names) if j}


def perfect_line(y: Floats, v: Floats, x: Floats) -> bool:
    """Tell whether effects are a linear function of ``x`` up to rounding errors."""
    fit = wls(y, np.column_stack((np.ones_like(x), x)), 1 / v)
    return fit.rss <= 1e-24 * float(np.sum(y**2 / v)) or not np.any(y)


def _dispersed(y: Floats, v: Floats, x: Floats) -> tuple[Floats, Floats, float]:
    """Fit by weighted least squares with a dispersion estimated from the residuals; return coefficients, errors and no tau²."""
    fit = wls(y, np.column_stack((np.ones_like(x), x)), 1 / v)
    return fit.beta, np.sqrt(np.diag(fit.M) * fit.rss / (len(y) - 2)), float("nan")
