"""Pooling and meta-regression: fixed- and random-effects models with one row a study."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from miner.errors import MetaError
from miner.meta.design import design
from miner.meta.guard import guarded, numbers
from miner.meta.models.small_samples import SCALED, TESTS, Test, narrow_note, refuse_perfect, scale_and_df
from miner.meta.models.tau2 import METHODS, Tau2, Wls, estimate, wls
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import counted, num, out_of, p_is

Method = Literal["DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM", "DLIT", "SJIT", "EE"]


@dataclass(frozen=True)
class PoolResult(Result):
    """A pooled estimate or meta-regression.

    Attributes
    ----------
    k, p : int
        Numbers of studies and of coefficients.
    names : tuple of str
        The coefficients; ``intrcpt`` is the pooled effect where there are no moderators.
    beta, se, zval, pval, ci_lb, ci_ub : arrays, shape (p,)
        Coefficients with their tests (z, or t with ``dfs`` degrees of freedom) and intervals.
    dfs : int or None
        Degrees of freedom of the t tests (None where the tests are normal).
    tau2, se_tau2 : float
        Variance between studies beyond sampling error and moderators, with its standard error.
    QE, QEp : float
        Cochran's Q of the residuals and its p-value.
    QM, QMp : float
        Test of all coefficients but the intercept (of the intercept where it stands alone): chi-square, or F.
    I2, H2 : float
        Per cent of the variance that is not sampling error; total over sampling variance (Higgins & Thompson 2002); nan for one study.
    R2 : float
        Per cent of the heterogeneity that the moderators explain (nan without moderators).
    ll_ML, ll_REML, AIC, AICc, BIC : float
        Log-likelihoods at ``tau2``; criteria from ``ll_ML``.
    pi_lb, pi_ub : float
        Prediction interval of a new study's effect (nan with moderators, for one study, and where effects are taken to be equal).
    pi_lb_riley, pi_ub_riley : float
        The same from Student's t with k - 2 degrees of freedom whatever the test (Riley et al. 2011).
    X, yi, vi, index : arrays
        The data and the labels of their rows (not among the figures of ``to_dict``), for :func:`miner.meta.robust`.
    """

    k: int
    p: int
    names: tuple[str, ...]
    beta: Floats
    se: Floats
    zval: Floats
    pval: Floats
    ci_lb: Floats
    ci_ub: Floats
    dfs: int | None
    tau2: float
    se_tau2: float
    QE: float
    QEp: float
    QM: float
    QMp: float
    I2: float
    H2: float
    R2: float
    ll_ML: float
    ll_REML: float
    AIC: float
    AICc: float
    BIC: float
    pi_lb: float
    pi_ub: float
    pi_lb_riley: float
    pi_ub_riley: float
    vcov: Floats
    method: str
    test: str
    level: float
    warnings: tuple[str, ...] = ()
    X: Floats = field(repr=False, default_factory=lambda: np.empty((0, 0)))
    yi: Floats = field(repr=False, default_factory=lambda: np.empty(0))
    vi: Floats = field(repr=False, default_factory=lambda: np.empty(0))
    index: Any = field(repr=False, default=None)
    weighted: bool = field(repr=False, default=True)

    def __str__(self) -> str:
        """Return a table of the fit."""
        lines = [f"{'Equal-effects' if self.method == 'EE' else 'Random-effects'} model ({self.method}, {self.test}), k = {self.k}"]
        if self.k > self.p:
            lines.append(
                f"  tau2 = {num(self.tau2, '.6g')}, I2 = {num(self.I2, '.1f')} %, Q({self.k - self.p}) = {num(self.QE, '.4g')} ({p_is(self.QEp)})"
            )
        for i, name in enumerate(self.names):
            lines.append(
                f"  {name}: {num(self.beta[i], '.6g')} [{num(self.ci_lb[i], '.6g')}, {num(self.ci_ub[i], '.6g')}], se {num(self.se[i], '.4g')}, {p_is(self.pval[i])}"
            )
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])


def check_effects(yi: ArrayLike, vi: ArrayLike, least: int = 1) -> tuple[Floats, Floats]:
    """Return the effects and variances as arrays, or say what is wrong with them.

    Raises
    ------
    MetaError
        For other than ``least`` values, different lengths, values that are not finite, variances that are not positive.
    """
    y, v = np.atleast_1d(numbers(yi, "yi")), np.atleast_1d(numbers(vi, "vi"))
    if y.ndim != 1 or y.shape != v.shape:
        raise MetaError(f"yi has shape {y.shape} and vi {v.shape}", hint="give one effect and one variance for each study")
    if len(y) < least:
        raise MetaError(f"{counted(len(y), 'study', 'studies')}, at least {least} are needed", hint="collect more studies")
    if not np.isfinite(y).all():
        raise MetaError(
            f"{out_of(int((~np.isfinite(y)).sum()), len(y), 'effect', 'are')} missing or infinite",
            hint="leave these studies out, or correct them",
        )
    if not (np.isfinite(v).all() and (v > 0).all()):
        bad = int((~(np.isfinite(v) & (v > 0))).sum())
        raise MetaError(
            f"{out_of(bad, len(v), 'variance', 'are')} not positive finite numbers",
            hint="perfect proportions need a correction: see effect_sizes",
        )
    return y, v


@guarded
def pool(
    yi: ArrayLike,
    vi: ArrayLike,
    mods: Any = None,
    method: Method = "REML",
    test: Test = "z",
    *,
    intercept: bool = True,
    weighted: bool = True,
    level: float = 0.95,
) -> PoolResult:
    r"""Pool effects, or regress them on moderators.

    The model is :math:`y_i = x_i'\beta + u_i + e_i` with :math:`u_i \sim N(0, \tau^2)` and known :math:`Var(e_i) = v_i`.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    mods : array, mapping or data frame, optional
        Moderators; categories become indicators against the first level.
    method : str
        Estimator of tau²: DL, HE, HS, HSk, SJ, SJIT, ML, REML, EB, PM, PMM, DLIT, or EE for a model with equal effects.
    test : {"z", "t", "knha", "adhoc", "hybrid", "IQWiG6"}
        Normal tests; t with k - p degrees of freedom; Knapp & Hartung's, whose variance is scaled by the residuals; the same with a variance
        never below the unscaled one; the normal test where Knapp & Hartung's interval is narrower; the ad hoc variance where their interval is
        narrower than DerSimonian & Laird's. Where few effects agree by chance, ``knha`` alone gives intervals that are far too narrow, with a warning.
    intercept : bool
        Whether there is an intercept.
    weighted : bool
        False to average without weights (the variance still counts heterogeneity).
    level : float
        Confidence level.

    Returns
    -------
    PoolResult

    Raises
    ------
    MetaError
        For impossible input, collinear moderators, fewer studies than coefficients, or ``knha`` where there are no residuals (identical effects).

    References
    ----------
    Viechtbauer W (2005). Journal of Educational and Behavioral Statistics 30:261-293 (estimators). Knapp G, Hartung J (2003). Statistics in
    Medicine 22:2693-2710, eq. 2.7. Jackson D, Law M, Rücker G, Schwarzer G (2017). Statistics in Medicine 36:3923-3934 (ad hoc corrections).
    IQWiG (2022). General Methods, version 6.1, section 9.3.8.1.2. Higgins JPT, Thompson SG (2002). Statistics in Medicine 21:1539-1558. Riley RD, Higgins JPT, Deeks JJ (2011).
    BMJ 342:d549 (prediction interval).

    Examples
    --------
    >>> fit = pool([0.1, 0.3, 0.5], [0.01, 0.02, 0.03], method="DL")
    >>> round(float(fit.beta[0]), 3), round(fit.tau2, 3)
    (0.267, 0.022)
    """
    if method not in METHODS:
        raise MetaError(f"there is no estimator {method!r}", hint=f"there are: {', '.join(METHODS)}")
    if test not in TESTS:
        raise MetaError(f"there is no test {test!r}", hint=f"there are: {', '.join(TESTS)}")
    if not 0 < level < 1:
        raise MetaError(f"level = {level} is not between 0 and 1", hint="give 0.95 for 95 %")
    y, v = check_effects(yi, vi)
    k = len(y)
    X, names = design(mods, k, intercept)
    p = X.shape[1]
    if k < p or (k == p and (p > 1 or test != "z")):
        raise MetaError(
            f"{counted(k, 'study', 'studies')} cannot tell {counted(p, 'coefficient')} and leave something to test {'it' if p == 1 else 'them'} by",
            hint="leave moderators out, or use test='z'",
        )
    t2 = estimate(method, y, v, X)
    w = 1 / (v + t2.value)
    fit = wls(y, X, w)
    fixed = wls(y, X, 1 / v)
    if weighted:
        beta, vcov = fit.beta, fit.M
    else:
        plain = wls(y, X, np.ones(k))
        beta, vcov = plain.beta, plain.M @ (X.T * (v + t2.value)) @ X @ plain.M
    refuse_perfect(test, fit, y)
    scale, dfs = scale_and_df(test, fit, y, v, np.sqrt(np.diag(vcov)), level)
    notes = narrow_note(test, scale, dfs, level)
    return _report(X, names, y, v, beta, vcov * scale, t2, fit, fixed, method, test, dfs, level, intercept, weighted, notes)


def coefficient_tests(y: Floats, v: Floats, X: Floats, method: str, test: str) -> tuple[Floats, float]:
    """Return the test statistics of the coefficients and of all together, without the rest of a fit (for permutations)."""
    fit = wls(y, X, 1 / (v + estimate(method, y, v, X).value))
    scale, dfs = scale_and_df(test, fit, y, v, np.sqrt(np.diag(fit.M)), 0.95)
    vcov = fit.M * scale
    return fit.beta / np.sqrt(np.diag(vcov)), _omnibus(fit.beta, vcov, dfs, intercept=True)[0]


def _report(
    X: Floats,
    names: tuple[str, ...],
    y: Floats,
    v: Floats,
    beta: Floats,
    vcov: Floats,
    t2: Tau2,
    fit: Wls,
    fixed: Wls,
    method: str,
    test: str,
    dfs: int | None,
    level: float,
    intercept: bool,
    weighted: bool,
    notes: tuple[str, ...],
) -> PoolResult:
    k, p = X.shape
    se = np.sqrt(np.diag(vcov))
    with np.errstate(divide="ignore", invalid="ignore"):
        zval = beta / se
    crit = float(stats.norm.ppf(0.5 + level / 2) if dfs is None else stats.t.ppf(0.5 + level / 2, dfs))
    qm, qmp = _omnibus(beta, vcov, dfs, intercept)
    qep = float(stats.chi2.sf(fixed.rss, k - p)) if k > p else 1.0
    i2, h2 = _heterogeneity(fixed, t2.value, method, k, p)
    ll_ml, ll_reml = log_likelihoods(fit, float(np.sum(fit.w * (y - X @ beta) ** 2)), v, t2.value)
    parameters = p + (method != "EE")
    small = 2 * parameters * max(k, parameters + 2) / (max(k, parameters + 2) - parameters - 1)
    predicted = p == 1 and intercept and k > 1 and method != "EE"
    spread = float(np.sqrt(se[0] ** 2 + t2.value)) if predicted else float("nan")
    riley = float(stats.t.ppf(0.5 + level / 2, k - p - 1)) if k > p + 1 else float("nan")
    return PoolResult(
        k=k, p=p, names=names, beta=beta, se=se, zval=zval, pval=2 * (stats.norm.sf(np.abs(zval)) if dfs is None else stats.t.sf(np.abs(zval), dfs)), ci_lb=beta - crit * se, ci_ub=beta + crit * se,
        dfs=dfs, tau2=t2.value, se_tau2=t2.se, QE=fixed.rss, QEp=qep, QM=qm, QMp=qmp, I2=i2, H2=h2,
        R2=_explained(y, v, X, t2.value, method, intercept), ll_ML=ll_ml, ll_REML=ll_reml, AIC=-2 * ll_ml + 2 * parameters,
        AICc=-2 * ll_ml + small, BIC=-2 * ll_ml + parameters * float(np.log(k)), pi_lb=float(beta[0] - crit * spread),
        pi_ub=float(beta[0] + crit * spread), pi_lb_riley=float(beta[0] - riley * spread), pi_ub_riley=float(beta[0] + riley * spread), vcov=vcov, method=method, test=test, level=level, warnings=notes + _warnings(k, t2, method, test), X=X, yi=y, vi=v, weighted=weighted,
    )  # fmt: skip


def _omnibus(beta: Floats, vcov: Floats, dfs: int | None, intercept: bool) -> tuple[float, float]:
    """Wald test of all coefficients but the intercept (of the intercept where it stands alone)."""
    tested = np.arange(1, len(beta)) if intercept and len(beta) > 1 else np.arange(len(beta))
    b = beta[tested]
    q = float(b @ np.linalg.solve(vcov[np.ix_(tested, tested)], b))
    if dfs is None:
        return q, float(stats.chi2.sf(q, len(tested)))
    return q / len(tested), float(stats.f.sf(q / len(tested), len(tested), dfs))


def _heterogeneity(fixed: Wls, tau2: float, method: str, k: int, p: int) -> tuple[float, float]:
    """I² and H² from the typical sampling variance (Higgins & Thompson 2002, eq. 9); from Q where effects are equal."""
    if k == p:
        return float("nan"), float("nan")
    if method == "EE":
        h2 = fixed.rss / (k - p)
        return max(0.0, 100 * (h2 - 1) / h2) if h2 > 0 else 0.0, h2
    typical = (k - p) / fixed.trace(np.ones(1))
    return 100 * tau2 / (typical + tau2), tau2 / typical + 1


def log_likelihoods(fit: Wls, rss: float, v: Floats, tau2: float | Floats) -> tuple[float, float]:
    """Return the log-likelihood and the restricted one (with the constant that includes log|X'X|) at ``tau2``."""
    k, p = fit.X.shape
    common = -0.5 * float(np.sum(np.log(v + tau2))) - 0.5 * rss
    xx = 2 * float(np.sum(np.log(np.abs(np.diag(np.linalg.qr(fit.X, mode="r"))))))
    full = -0.5 * k * float(np.log(2 * np.pi)) + common
    return full, -0.5 * (k - p) * float(np.log(2 * np.pi)) + 0.5 * xx - 0.5 * fit.logdet + common


def _explained(y: Floats, v: Floats, X: Floats, tau2: float, method: str, intercept: bool) -> float:
    """Return R²: the share of the heterogeneity without moderators that is gone with them (Raudenbush 2009); the adjusted R² for EE."""
    k, p = X.shape
    if p == 1 or not intercept:
        return float("nan")
    if method == "EE":
        total = wls(y, np.ones((k, 1)), 1 / v).rss
        return max(0.0, 100 * (1 - (wls(y, X, 1 / v).rss / (k - p)) / (total / (k - 1)))) if total > 0 and k > p else 0.0
    alone = estimate(method, y, v, np.ones((len(y), 1))).value
    return max(0.0, 100 * (alone - tau2) / alone) if alone > 0 else 0.0


def _warnings(k: int, t2: Tau2, method: str, test: str) -> tuple[str, ...]:
    if k == 1:
        return ("One study: the variance between studies, I² and a prediction interval cannot be given.",)
    found = []
    if k < 10:
        advice = "" if test in SCALED else "; Knapp and Hartung's tests with the ad hoc correction allow for that"
        found.append(f"k = {k}: with fewer than ten studies the variance between them, and so the interval, is uncertain{advice}.")
    if t2.maxima > 1:
        found.append(
            f"The likelihood of tau2 has {counted(t2.maxima, 'maximum', 'maxima')}, of which this is the highest; compare other estimators."
        )
    if method != "EE" and t2.value == 0 and k > 1:
        found.append("The estimate of tau2 is 0; that is no proof that effects are the same.")
    return tuple(found)
