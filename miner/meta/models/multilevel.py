"""Three-level and correlated-hierarchical-effects models for several effects from one paper."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.design import design
from miner.meta.guard import guarded, numbers
from miner.meta.models.blocks import BlockCovariance, codes, crossed, group_sums
from miner.meta.models.varcomp import Fit, Likelihood, maximise
from miner.meta.numerics.arrays import Floats, Ints
from miner.meta.result import Result
from miner.say import counted, num, p_is

Method = Literal["REML", "ML"]


@dataclass(frozen=True)
class MultilevelResult(Result):
    """A fitted multilevel model.

    Attributes
    ----------
    k : int
        Number of effects.
    beta, se, zval, pval, ci_lb, ci_ub : arrays, shape (p,)
        Coefficients with Wald tests and 95 % intervals.
    names : tuple of str
    sigma2 : array
        Variance between clusters, then between the effects of a cluster.
    s_levels : tuple of int
        Number of levels of each.
    QE, QEp : float
        Residual heterogeneity with sampling variances only, its p-value.
    QM, QMp : float
        Test of all coefficients but the intercept (of the intercept where it stands alone).
    ll_ML, ll_REML : float
        Log-likelihoods at these variances.
    I2 : array
        Per cent of the total variance that is not sampling variance: total, then by level (nan with correlated sampling errors).
    """

    k: int
    names: tuple[str, ...]
    beta: Floats
    se: Floats
    zval: Floats
    pval: Floats
    ci_lb: Floats
    ci_ub: Floats
    vcov: Floats
    sigma2: Floats
    s_levels: tuple[int, ...]
    QE: float
    QEp: float
    QM: float
    QMp: float
    ll: float
    ll_ML: float
    ll_REML: float
    I2: Floats
    method: str
    test: str
    rho: float | None
    warnings: tuple[str, ...]
    cov: BlockCovariance = field(repr=False)  # absent from to_dict(), as what follows
    X: Floats = field(repr=False)
    y: Floats = field(repr=False)
    model: Likelihood = field(repr=False)
    index: Any = field(repr=False, default=None)

    def __str__(self) -> str:
        """Return a table of the fit."""
        lines = [f"Multilevel model ({self.method}), {counted(self.k, 'effect')} in {counted(self.s_levels[0], 'cluster')}"]
        lines += [
            f"  sigma2[{i + 1}] = {num(v, '.6g')} ({counted(n, 'level')})"
            for i, (v, n) in enumerate(zip(self.sigma2, self.s_levels, strict=True))
        ]
        lines += coefficient_table(self.names, self.beta, self.se, self.pval, self.ci_lb, self.ci_ub)
        lines += [f"  Q_E = {num(self.QE, '.4g')} ({p_is(self.QEp)}), Q_M = {num(self.QM, '.4g')} ({p_is(self.QMp)})"]
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])


def coefficient_table(names: tuple[str, ...], beta: Floats, se: Floats, pval: Floats, lb: Floats, ub: Floats) -> list[str]:
    """Return one aligned line a coefficient: estimate, standard error, p-value, interval."""
    width = max(len(n) for n in names)
    rows = zip(names, beta, se, pval, lb, ub, strict=True)
    return [
        f"  {n:<{width}}  {num(b, '.5g'):>10}  se {num(s, '.4g'):>9}  {p_is(p):<9}  [{num(lo, '.5g')}, {num(hi, '.5g')}]"
        for n, b, s, p, lo, hi in rows
    ]


@guarded
def multilevel(
    yi: ArrayLike,
    vi: ArrayLike,
    cluster: ArrayLike,
    inner: ArrayLike | Literal[False] | None = None,
    mods: Any = None,
    rho: float | None = None,
    method: Method = "REML",
    test: Literal["z", "t"] = "z",
    level: float = 0.95,
) -> MultilevelResult:
    r"""Fit a three-level model, or a correlated-hierarchical-effects model where ``rho`` is given.

    :math:`y_{ij} = x_{ij}'\beta + b_j + u_{ij} + e_{ij}` with :math:`b_j \sim N(0, \sigma^2_1)`, :math:`u_{ij} \sim N(0, \sigma^2_2)`
    and sampling variances ``vi``; with ``rho`` the sampling errors of one cluster correlate by that constant.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances (> 0).
    cluster : array_like, shape (k,)
        The paper (or lab, cohort) of each effect.
    inner : array_like, shape (k,), optional
        Groups inside clusters; each row its own where None; ``False`` fits the cluster level only.
    mods : array_like, mapping or data frame, optional
        Moderators, as in :func:`miner.meta.pool`.
    rho : float, optional
        Assumed correlation of sampling errors within a cluster, 0 <= rho < 1.
    method : {"REML", "ML"}
    test : {"z", "t"}
        ``t`` uses k - p degrees of freedom; for few clusters use :func:`miner.meta.robust`.
    level : float
        Confidence level.

    Returns
    -------
    MultilevelResult

    Raises
    ------
    MetaError
        For one cluster, collinear moderators, non-positive variances, too few effects, labels that do not nest.

    References
    ----------
    Konstantopoulos S (2011). Research Synthesis Methods 2:61-76, eq. 1-3. Pustejovsky JE, Tipton E (2022). Prevention Science 23:425-438,
    eq. 4 (CHE). Gilmour AR, Thompson R, Cullis BR (1995). Biometrics 51:1440-1450 (average information).

    Examples
    --------
    >>> fit = multilevel([0.1, 0.3, 0.6, 0.8, 0.2, 0.4], [0.04] * 6, cluster=[1, 1, 2, 2, 3, 3])
    >>> round(float(fit.beta[0]), 3)
    0.4
    """
    y, v = _effects(yi, vi)
    k = len(y)
    matrix, names = design(mods, k)
    if k < 2:
        raise MetaError(f"{counted(k, 'effect')} cannot carry a mean and variances", hint="collect more studies")
    group = codes(cluster, k)
    if rho is not None and not 0 <= rho < 1:
        raise MetaError(
            f"rho is {rho}, but must be at least 0 and below 1", hint="0.6 is a common assumption; vary it as a sensitivity analysis"
        )
    levels: tuple[int, ...] = (int(group.max()) + 1,)
    if levels[0] < 2:
        raise MetaError("all effects belong to one cluster: the variance between clusters cannot be estimated", hint="use pool(yi, vi)")
    nested = None
    if inner is not False:
        nested = _nested(inner, group, k)
        levels += (k if nested is None else int(nested.max()) + 1,)
    if k <= matrix.shape[1]:
        raise MetaError(f"{counted(k, 'effect')} cannot carry {counted(matrix.shape[1], 'coefficient')}", hint="use fewer moderators")
    # An orthonormal basis of the design: years around 2000 beside an intercept cost six digits otherwise.
    basis, triangle = np.linalg.qr(matrix)
    _refuse_saturated(basis, group, method)
    model = _model(y, v, basis, group, nested, rho, len(levels))
    restricted = method == "REML"
    if method not in ("REML", "ML"):
        raise MetaError(f"unknown method {method!r}", hint="REML or ML")
    return _report(model, _best(model, v, restricted), matrix, triangle, names, levels, method, test, rho, level, v)


def _refuse_saturated(basis: Floats, group: Ints, method: str) -> None:
    """Raise where the design spans all clusters: the restricted likelihood then does not depend on the variance between them."""
    left = np.bincount(group) - np.sum(group_sums(basis, group) ** 2, axis=1)
    if method == "REML" and (left <= 1e-10 * np.bincount(group)).all():
        raise MetaError(
            "the moderators tell all clusters apart, so that nothing is left to estimate the variance between them from",
            hint="leave out moderators that are the same for all effects of a cluster, or collect more clusters",
        )


def _effects(yi: ArrayLike, vi: ArrayLike) -> tuple[Floats, Floats]:
    """Check effects and variances."""
    y, v = numbers(yi, "yi"), numbers(vi, "vi")
    if y.ndim != 1 or y.shape != v.shape:
        raise MetaError(f"yi has shape {y.shape} and vi {v.shape}", hint="give two one-dimensional arrays of the same length")
    bad = np.flatnonzero(~(np.isfinite(y) & np.isfinite(v) & (v > 0)))
    if len(bad):
        where = f"row {bad[0] + 1}" + (f" and {len(bad) - 1} more" if len(bad) > 1 else "")
        raise MetaError(
            "an effect is not finite, or its variance is not positive", where=where, hint="drop such rows, or correct them first"
        )
    return y, v


def _nested(inner: Any, group: Ints, k: int) -> Ints | None:
    """Return codes of inner groups, None where each row is its own."""
    if inner is None:
        return None
    nested = crossed(group, codes(inner, k, "inner"))
    return None if int(nested.max()) + 1 == k else nested


def _model(y: Floats, v: Floats, x: Floats, group: Ints, nested: Ints | None, rho: float | None, n_levels: int) -> Likelihood:
    """Assemble the likelihood: the outer variance and the sampling correlation are the low-rank part of each block."""
    r = rho or 0.0
    u = np.column_stack((np.ones(len(y)), np.sqrt(v)))
    if not r:
        u = u[:, :1]

    def build(theta: Floats) -> BlockCovariance:
        within = float(theta[1]) if n_levels > 1 else 0.0
        c = np.diag([float(theta[0]), r]) if r else np.array([[float(theta[0])]])
        if nested is None:
            return BlockCovariance((1 - r) * v + within, group, u, c)
        return BlockCovariance((1 - r) * v, group, u, c, nested, within)

    groups: list[Ints | None] = [group]
    if n_levels > 1:
        groups.append(nested)
    return Likelihood(y, x, build, groups)


def _best(model: Likelihood, v: Floats, restricted: bool) -> Fit:
    """Climb from several splits of the total variance and keep the highest point."""
    beta = np.linalg.lstsq(model.x, model.y, rcond=None)[0]
    total = max(float(np.var(model.y - model.x @ beta)) - float(np.median(v)), 0.1 * float(np.median(v)))
    splits = [(0.5, 0.5), (0.95, 0.05), (0.05, 0.95)] if len(model.groups) > 1 else [(1.0,), (0.1,)]
    fits = [maximise(model, total * np.array(s), restricted) for s in splits]
    return max(fits, key=lambda f: f.ll(restricted))


def _report(
    model: Likelihood,
    fit: Fit,
    x: Floats,
    triangle: Floats,
    names: tuple[str, ...],
    levels: tuple[int, ...],
    method: str,
    test: str,
    rho: float | None,
    level: float,
    v: Floats,
) -> MultilevelResult:
    from scipy import stats

    k, p = x.shape
    back = np.linalg.inv(triangle)
    beta, vcov = back @ fit.beta, back @ fit.vcov @ back.T
    se = np.sqrt(np.diag(vcov))
    stat = beta / se
    fixed = model.fit(np.zeros(len(fit.theta)))
    df = k - p
    tested = [i for i, n in enumerate(names) if n != "intrcpt"] or [0]
    qm = float(beta[tested] @ np.linalg.solve(vcov[np.ix_(tested, tested)], beta[tested]))
    if test == "z":
        pval, crit, qmp = 2 * stats.norm.sf(np.abs(stat)), stats.norm.isf((1 - level) / 2), stats.chi2.sf(qm, len(tested))
    elif test == "t":
        qm /= len(tested)
        pval, crit, qmp = 2 * stats.t.sf(np.abs(stat), df), stats.t.isf((1 - level) / 2, df), stats.f.sf(qm, len(tested), df)
    else:
        raise MetaError(f"unknown test {test!r}", hint="z or t")
    warnings = []
    if levels[0] < 10:
        warnings.append(
            f"only {counted(levels[0], 'cluster')}: variances and tests are unreliable; cluster-robust standard errors (CR2) with Satterthwaite's degrees of freedom allow for that"
        )
    for name, value in zip(("between", "within"), fit.theta, strict=False):
        if value == 0:
            warnings.append(f"the variance {name} clusters is estimated as zero")
    return MultilevelResult(
        k, names, beta, se, stat, pval, beta - crit * se, beta + crit * se, vcov, fit.theta, levels, fixed.rss,
        float(stats.chi2.sf(fixed.rss, df)), qm, float(qmp), fit.ll(method == "REML"), fit.ml, fit.reml,
        _i2(model.x, v, fit.theta, rho), method, test, rho, tuple(warnings), fit.cov, x, model.y, model,
    )  # fmt: skip


def _i2(x: Floats, v: Floats, sigma2: Floats, rho: float | None) -> Floats:
    """Return I² in per cent, total and by level, against the typical sampling variance (k - p) / tr(P) of Higgins & Thompson (2002)."""
    if rho:
        return np.full(1 + len(sigma2), np.nan)
    wx = x / v[:, None]
    trace = float(np.sum(1 / v) - np.sum(np.linalg.solve(x.T @ wx, wx.T @ wx).diagonal()))
    typical = (len(v) - x.shape[1]) / trace
    total = float(np.sum(sigma2))
    out: Floats = 100 * np.concatenate(([total], sigma2)) / (total + typical)
    return out


def profile_interval(fit: MultilevelResult, which: int, level: float = 0.95) -> tuple[float, float, float]:
    """Return the estimate of variance ``which`` (0 between, 1 within) and its profile-likelihood interval.

    Examples
    --------
    >>> fit = multilevel([0.1, 0.3, 0.6, 0.8, 0.2, 0.4], [0.004] * 6, cluster=[1, 1, 2, 2, 3, 3])
    >>> est, low, high = profile_interval(fit, 0)
    >>> low < est < high
    True
    """
    from scipy import optimize, stats

    if not 0 <= which < len(fit.sigma2):
        raise MetaError(f"there is no variance number {which}", hint=f"0 to {len(fit.sigma2) - 1}")
    restricted = fit.method == "REML"
    free = np.arange(len(fit.sigma2)) != which
    target = fit.ll - stats.chi2.isf(1 - level, 1) / 2

    def gap(value: float) -> float:
        start = fit.sigma2.copy()
        start[which] = value
        start[free] = np.maximum(start[free], 1e-3 * float(np.sum(fit.sigma2)))
        return maximise(fit.model, start, restricted, free).ll(restricted) - target

    estimate = float(fit.sigma2[which])
    low = 0.0 if gap(0.0) >= 0 else float(optimize.brentq(gap, 0.0, estimate, xtol=1e-14, rtol=1e-12))
    above = max(2 * estimate, 1e-3 * float(np.var(fit.y)))
    for _ in range(60):
        if gap(above) < 0:
            return estimate, low, float(optimize.brentq(gap, estimate, above, xtol=1e-14, rtol=1e-12))
        above *= 2
    return estimate, low, float("inf")
