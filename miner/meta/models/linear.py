"""Linear models of accuracies: least squares with classical, heteroscedastic and cluster-robust errors, splines, mixed models, quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.design import design, named_columns
from miner.meta.guard import numbers, sheltered
from miner.meta.models.blocks import BlockCovariance, codes, group_sums
from miner.meta.models.multilevel import coefficient_table
from miner.meta.models.varcomp import Likelihood, maximise
from miner.meta.numerics.arrays import Floats, Ints
from miner.meta.result import Result
from miner.say import counted, num

HC_KINDS = ("HC0", "HC1", "HC2", "HC3")
CR_KINDS = ("CR0", "CR1", "CR1p", "CR1S", "CR2", "CR3")


@dataclass(frozen=True)
class LinearFit(Result):
    """A least-squares fit with Student t tests.

    Attributes
    ----------
    coef, se, t, p, ci_lb, ci_ub : arrays, shape (p,)
    df : array, shape (p,)
        Degrees of freedom of each test.
    vcov_kind : str
        classical, HC0 to HC3 or CR0 to CR3.
    F, Fp : float
        Test of all coefficients but the intercept (classical).
    sigma, ll, AIC : float
        Residual standard deviation, log-likelihood, and -2 ll + 2 (p + 1).
    warnings : tuple of str
        What limits the fit. Where the moderators give the outcome exactly, it has neither errors nor a likelihood (nan); where all outcomes are the same,
        no R² either: there is nothing to explain.
    """

    n: int
    names: tuple[str, ...]
    coef: Floats
    se: Floats
    t: Floats
    df: Floats
    p: Floats
    ci_lb: Floats
    ci_ub: Floats
    r2: float
    adj_r2: float
    F: float
    Fp: float
    sigma: float
    ll: float
    AIC: float
    vcov_kind: str
    warnings: tuple[str, ...] = ()
    model: Any = field(repr=False, default=None)

    def __str__(self) -> str:
        """Return a table of the fit."""
        head = f"Least squares, {counted(self.n, 'row')}, errors {self.vcov_kind}, R² = {num(self.r2, '.3f')}"
        rows = coefficient_table(self.names, self.coef, self.se, self.p, self.ci_lb, self.ci_ub)
        return "\n".join([head, *rows, *(f"  warning: {w}" for w in self.warnings)])


@sheltered
def linear(
    y: ArrayLike,
    mods: Any,
    weights: ArrayLike | None = None,
    vcov: str = "classical",
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> LinearFit:
    """Fit ordinary or weighted least squares through statsmodels.

    Parameters
    ----------
    y : array_like, shape (k,)
    mods : array_like, mapping or data frame
        Regressors; an intercept is added.
    weights : array_like, shape (k,), optional
    vcov : str
        ``classical``, ``HC0`` to ``HC3``, or with ``cluster`` ``CR0`` to ``CR3`` (CR2 and CR3 with Satterthwaite degrees of freedom;
        CR1S as R's sandwich has it, with clusters - 1).
    cluster : array_like, shape (k,), optional
    level : float

    Returns
    -------
    LinearFit

    References
    ----------
    MacKinnon JG, White H (1985). Journal of Econometrics 29:305-325 (HC). For CR see :func:`miner.meta.robust`.

    Examples
    --------
    >>> fit = linear([1.0, 2.1, 2.9, 4.2], {"x": [1, 2, 3, 4]})
    >>> round(float(fit.coef[1]), 2)
    1.04
    """
    import statsmodels.api as sm
    from scipy import stats

    values = _outcome(y)
    x, names = design(mods, len(values))
    k, p = x.shape
    if k <= p:
        raise MetaError(f"{counted(k, 'row')} cannot carry {counted(p, 'coefficient')}", hint="use fewer moderators")
    model = sm.OLS(values, x) if weights is None else sm.WLS(values, x, weights=_weights(weights, k))
    fit = model.fit()
    warnings: tuple[str, ...] = ()
    if vcov == "classical":
        se, df = np.asarray(fit.bse), np.full(p, float(fit.df_resid))
    elif vcov in HC_KINDS:
        se, df = np.asarray(getattr(fit, f"{vcov}_se")), np.full(p, float(fit.df_resid))
    elif vcov in CR_KINDS:
        if cluster is None:
            raise MetaError(f"{vcov} needs clusters", hint="give cluster=, one label a row")
        from miner.meta.models.robust import robust

        number: Any = {
            "CR0": float(k - p),
            "CR1": "clusters",
            "CR1p": "clusters",
            "CR1S": float(len(set(np.asarray(cluster).tolist())) - 1),
        }.get(vcov, "satterthwaite")
        result = robust(fit, cluster, vcov, df=number, names=names)  # type: ignore[arg-type]  # vcov is one of CR_KINDS
        se, df, warnings = result.se, result.df, result.warnings
    else:
        raise MetaError(f"unknown errors {vcov!r}", hint="one of classical, " + ", ".join(HC_KINDS + CR_KINDS))
    coef = np.asarray(fit.params)
    exact, same = no_residual(np.asarray(fit.resid), values), bool(np.ptp(values) <= 1e-12 * np.max(np.abs(values)))
    r2 = (float("nan"),) * 2 if same else (float(fit.rsquared), float(fit.rsquared_adj))
    ll = float("nan") if exact else float(fit.llf)
    if exact:
        why = "all outcomes are the same" if same else "the moderators give the outcome exactly, up to rounding"
        se, warnings = np.full(p, np.nan), (*warnings, f"{why}: nothing can be tested")
    t = coef / se
    crit = stats.t.isf((1 - level) / 2, df)
    pval = np.asarray(2 * stats.t.sf(np.abs(t), df), dtype=float)
    tested = p > 1 and np.isfinite(se).all()
    return LinearFit(
        k, names, coef, se, t, df, pval, coef - crit * se, coef + crit * se, *r2,
        float(fit.fvalue) if tested else float("nan"), float(fit.f_pvalue) if tested else float("nan"), float(np.sqrt(fit.scale)), ll,
        -2 * ll + 2 * (p + 1), vcov, warnings, fit.model,
    )  # fmt: skip


def _outcome(y: ArrayLike) -> Floats:
    values = numbers(y, "y")
    if values.ndim != 1 or not len(values) or not np.all(np.isfinite(values)):
        raise MetaError("the outcome must be one column of finite numbers", hint="drop rows without a value first")
    return values


def no_residual(resid: Floats, y: Floats) -> bool:
    """Tell whether residuals are what rounding leaves of 0."""
    return bool(np.max(np.abs(resid)) <= 1e-12 * np.max(np.abs(y)))


def _weights(weights: ArrayLike, k: int) -> Floats:
    w = numbers(weights, "weights")
    if w.shape != (k,) or not np.all(np.isfinite(w) & (w > 0)):
        raise MetaError("weights must be positive, one a row")
    return w


def natural_spline(x: ArrayLike, df: int = 3) -> Floats:
    """Return the natural cubic spline basis with knots at quantiles, linear beyond the data.

    The space is that of cubic B-splines whose second derivative is zero at both ends (de Boor 1978); the columns are those of
    R's ``splines::ns`` without intercept.

    Parameters
    ----------
    x : array_like, shape (k,)
    df : int
        Columns; df - 1 interior knots.

    Returns
    -------
    array, shape (k, df)

    Examples
    --------
    >>> natural_spline([1, 2, 3, 4, 5, 6], 3).shape
    (6, 3)
    """
    from scipy.interpolate import BSpline

    values = numbers(x, "x")
    if len(np.unique(values)) <= df:
        raise MetaError(f"a spline with {df} degrees of freedom needs more than {df} different values", hint="use a line")
    low, high = float(values.min()), float(values.max())
    inner = np.quantile(values, np.arange(1, df) / df) if df > 1 else np.empty(0)
    if np.any(np.diff(np.concatenate(([low], inner, [high]))) <= 0):
        raise MetaError("ties put spline knots on top of each other", hint="use fewer degrees of freedom")
    knots = np.concatenate((np.repeat(low, 4), inner, np.repeat(high, 4)))
    spline = BSpline(knots, np.eye(len(knots) - 4), 3)
    basis, ends = spline(values)[:, 1:], spline.derivative(2)(np.array([low, high]))[:, 1:]
    q = np.linalg.qr(ends.T, mode="complete")[0]
    out: Floats = (basis @ q)[:, 2:]
    return out


@dataclass(frozen=True)
class SplineTest(Result):
    """F test of a natural spline against a straight line."""

    F: float
    df1: int
    df2: int
    p: float
    AIC_linear: float
    AIC_spline: float
    warnings: tuple[str, ...] = ()


@sheltered
def spline_test(y: ArrayLike, x: ArrayLike, others: Any = None, df: int = 3) -> SplineTest:
    """Test whether a natural spline in ``x`` fits better than a line, beside the regressors ``others`` (a column, a matrix, a mapping or a data frame).

    Examples
    --------
    >>> x = np.arange(20.0)
    >>> spline_test((x - 10) ** 2, x).p < 0.001
    True
    """
    from scipy import stats

    if np.ndim(x) != 1:
        raise MetaError(f"x has {np.ndim(x)} dimensions", where="x", hint="give one column")
    rest = dict(named_columns(others))
    basis = natural_spline(x, df)
    straight = linear(y, {"x": x, **rest})
    curved = linear(y, {**{f"ns{j + 1}": column for j, column in enumerate(basis.T)}, **rest})
    df2 = curved.n - len(curved.coef)
    rss = [f.sigma**2 * (f.n - len(f.coef)) for f in (straight, curved)]
    if rss[1] <= 1e-14 * rss[0] or np.isnan(curved.se).any():
        raise MetaError(
            "the spline gives the outcome exactly, so there is no residual variance to test with", hint="check the data for copies"
        )
    f = (rss[0] - rss[1]) / (df - 1) / (rss[1] / df2)
    return SplineTest(f, df - 1, df2, float(stats.f.sf(f, df - 1, df2)), straight.AIC, curved.AIC)


@dataclass(frozen=True)
class MixedFit(Result):
    """A linear model with a random intercept for clusters."""

    names: tuple[str, ...]
    coef: Floats
    se: Floats
    t: Floats
    sd_cluster: float
    sigma: float
    ll: float
    method: str
    warnings: tuple[str, ...] = ()


@sheltered
def mixed(y: ArrayLike, mods: Any, cluster: ArrayLike, method: str = "REML") -> MixedFit:
    """Fit y = x'beta + b_cluster + e by (restricted) maximum likelihood (Laird & Ware 1982, Biometrics 38:963).

    Raises
    ------
    MetaError
        Where each row is its own cluster, or there is one cluster only.

    Examples
    --------
    >>> fit = mixed([1.0, 1.2, 3.0, 3.1, 2.0, 2.2], None, [1, 1, 2, 2, 3, 3])
    >>> fit.sd_cluster > fit.sigma
    True
    """
    values = _outcome(y)
    x, names = design(mods, len(values))
    group = codes(cluster, len(values))
    m = int(group.max()) + 1
    if m < 2 or m == len(values):
        raise MetaError(
            f"{counted(m, 'cluster')} of {counted(len(values), 'row')}: the two variances cannot be told apart", hint="use linear"
        )
    basis, triangle = np.linalg.qr(x)
    total = max(float(np.var(values - basis @ (basis.T @ values))), 1e-300)
    _refuse_equal_rows(values, x, group, total, restricted=method == "REML")

    def build(theta: Floats) -> BlockCovariance:
        return BlockCovariance(
            np.full(len(values), max(float(theta[1]), 1e-10 * total)), group, np.ones((len(values), 1)), np.array([[theta[0]]])
        )

    groups: list[Ints | None] = [group, None]
    likelihood = Likelihood(values, basis, build, groups)
    fits = [maximise(likelihood, total * np.array(s), method == "REML") for s in ((0.5, 0.5), (0.1, 0.9))]
    fit = max(fits, key=lambda f: f.ll(method == "REML"))
    back = np.linalg.inv(triangle)
    coef, se = back @ fit.beta, np.sqrt(np.diag(back @ fit.vcov @ back.T))
    floor = float(fit.theta[1]) <= 1.01e-10 * total
    notes = ("the residual variance runs to zero: too few papers have more than one row, or their rows are equal",) if floor else ()
    return MixedFit(
        names, coef, se, coef / se, float(np.sqrt(fit.theta[0])), float(np.sqrt(fit.theta[1])), fit.ll(method == "REML"), method, notes
    )


def _refuse_equal_rows(y: Floats, x: Floats, group: Ints, total: float, *, restricted: bool) -> None:
    """Raise where the rows of each cluster differ by nothing that the moderators don't explain: the likelihood has no maximum."""
    size = np.bincount(group)[:, None]
    inside = np.column_stack((y, x)) - (group_sums(np.column_stack((y, x)), group) / size)[group]
    coef, _, rank, _ = np.linalg.lstsq(inside[:, 1:], inside[:, 0], rcond=1e-12)
    left = float(np.sum((inside[:, 0] - inside[:, 1:] @ coef) ** 2))
    spare = len(y) - len(size) - (int(rank) if restricted else 0)
    if spare > 0 and left <= 1e-20 * max(total, float(np.max(y**2))) * len(y):
        raise MetaError(
            "the residual variance runs to zero: the rows of each cluster are equal", hint="use linear, with one row a cluster or CR2"
        )


@dataclass(frozen=True)
class QuantileFit(Result):
    """A quantile regression with kernel standard errors."""

    tau: float
    names: tuple[str, ...]
    coef: Floats
    se: Floats
    p: Floats
    objective: float
    warnings: tuple[str, ...] = ()


@sheltered
def quantile_regression(y: ArrayLike, mods: Any, taus: Sequence[float] = (0.1, 0.25, 0.5, 0.75, 0.9)) -> dict[str, QuantileFit]:
    """Fit linear quantile regressions exactly, by linear programming.

    Standard errors are Powell's kernel sandwich with the Hall-Sheather bandwidth (Koenker 2005, Quantile Regression, section 3.4.2).
    Where the solution is not unique, the warning says so.

    Examples
    --------
    >>> fit = quantile_regression([1.0, 2.0, 3.0, 4.0, 9.0], None, [0.5])["0.5"]
    >>> float(fit.coef[0])
    3.0
    """
    values = _outcome(y)
    x, names = design(mods, len(values))
    if len(values) <= x.shape[1]:
        raise MetaError(f"{counted(len(values), 'row')} cannot carry {counted(x.shape[1], 'coefficient')}", hint="use fewer moderators")
    if any(not 0 < tau < 1 for tau in taus):
        raise MetaError("quantiles must lie between 0 and 1")
    return {f"{tau:g}": _quantile(values, x, names, tau) for tau in taus}


def _quantile(y: Floats, x: Floats, names: tuple[str, ...], tau: float) -> QuantileFit:
    from scipy import optimize, sparse, stats

    k, p = x.shape
    scale = np.maximum(np.max(np.abs(x), axis=0), 1e-300)
    a = sparse.hstack([sparse.csr_array(x / scale), sparse.eye_array(k), -sparse.eye_array(k)], format="csc")
    cost = np.concatenate((np.zeros(p), np.full(k, tau), np.full(k, 1 - tau)))
    bounds = [(None, None)] * p + [(0, None)] * (2 * k)
    found = optimize.linprog(cost, A_eq=a, b_eq=y, bounds=bounds, method="highs-ds")
    if found.status != 0 or found.x is None:
        raise MetaError(f"the quantile regression at {tau:g} failed: {found.message}")
    resid = y - x @ (found.x[:p] / scale)
    # The vertex is given exactly by the p rows that it interpolates.
    active = np.argsort(np.abs(resid))[:p]
    coef = found.x[:p] / scale
    if np.linalg.matrix_rank(x[active]) == p:
        vertex = np.linalg.solve(x[active], y[active])
        if np.allclose(vertex, coef, rtol=1e-4, atol=1e-6):
            coef = vertex
    resid = y - x @ coef
    objective = float(np.sum(np.where(resid >= 0, tau * resid, (tau - 1) * resid)))
    se = _kernel_errors(x, resid, tau)
    notes = () if _unique(y, x, resid, tau) else ("the solution may not be unique",)
    return QuantileFit(tau, names, coef, se, 2 * stats.t.sf(np.abs(coef / se), k - p), objective, notes)


def _unique(y: Floats, x: Floats, resid: Floats, tau: float) -> bool:
    """Check that the subgradient holds strictly at the vertex (Koenker 2005, theorem 2.1), equal rows counted together."""
    zero = np.abs(resid) < 1e-9 * max(1.0, float(np.max(np.abs(y))))
    vertex, counts = np.unique(np.column_stack((x, y))[zero].round(12), axis=0, return_counts=True)
    if vertex.shape[0] != x.shape[1] or np.linalg.matrix_rank(vertex[:, :-1]) < x.shape[1]:
        return False
    pull = np.where(resid[~zero] > 0, tau, tau - 1) @ x[~zero]
    dual = np.linalg.solve(vertex[:, :-1].T, -pull) / counts
    return bool(np.all((dual > tau - 1 + 1e-9) & (dual < tau - 1e-9)))


def _kernel_errors(x: Floats, resid: Floats, tau: float) -> Floats:
    from scipy import stats

    k = len(resid)
    z = stats.norm.ppf(tau)
    h = k ** (-1 / 3) * stats.norm.ppf(0.975) ** (2 / 3) * ((1.5 * stats.norm.pdf(z) ** 2) / (2 * z**2 + 1)) ** (1 / 3)
    while tau - h < 0 or tau + h > 1:
        h /= 2
    spread = np.quantile(resid, 0.75) - np.quantile(resid, 0.25)
    width = (stats.norm.ppf(tau + h) - stats.norm.ppf(tau - h)) * min(float(np.std(resid, ddof=1)), float(spread) / 1.34)
    if width <= 0:
        return np.full(x.shape[1], np.nan)
    density = stats.norm.pdf(resid / width) / width
    sparsity = np.linalg.pinv((x.T * density) @ x)
    return np.sqrt(np.diag(tau * (1 - tau) * sparsity @ (x.T @ x) @ sparsity))
