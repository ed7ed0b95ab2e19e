"""Linear models of accuracies: least squares with classical, heteroscedastic and cluster-robust errors, and mixed models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.design import design
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

    values = outcome(y)
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


def outcome(y: ArrayLike) -> Floats:
    """Return the outcome of a model, one column of finite numbers."""
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
    values = outcome(y)
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
