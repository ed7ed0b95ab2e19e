"""Binomial generalised linear mixed models of proportions: the primary analysis of accuracies on sample size and year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.design import design
from miner.meta.guard import guarded, numbers, whole_numbers
from miner.meta.models.blocks import codes
from miner.meta.models.glmm_fits import Solution, fit_logistic, fit_nested, fit_rows
from miner.meta.models.multilevel import coefficient_table
from miner.meta.numerics.arrays import Floats, Ints
from miner.meta.numerics.quadrature import Binomial, binomial, expit
from miner.meta.result import Result
from miner.say import counted, num

WALD = "only {}: the variance and the Wald tests are unreliable"


@dataclass(frozen=True)
class GlmmResult(Result):
    """A fitted binomial mixed model, on the logit scale.

    Attributes
    ----------
    beta, se, zval, pval, ci_lb, ci_ub : arrays, shape (p,)
        Coefficients with Wald tests.
    tau2, sigma2_cluster : float
        Variance of the effects of rows and of clusters (nan where not in the model).
    sd, se_log_sd : float
        Square root of the row (else cluster) variance, standard error of its logarithm.
    ll : float
        Marginal log-likelihood, binomial coefficients included.
    ll_conditional : float
        Saturated log-likelihood less half the deviance at the modes: what lme4's ``deviance``, and so metafor 3.8's ``rma.glmm``, reports.
    QE_Wld, QEp_Wld, QE_LRT, QEp_LRT, QE_df : float
        Heterogeneity of the rows by a Wald and a likelihood-ratio test against the saturated model.
    I2, H2 : float
        As in ``pool``, from the row variance and the sampling variances of the logits.
    LRT, LRTp : float
        Likelihood-ratio test of the random effects; its p-value halves the chi-square of one variance on its boundary.
    max_gradient : float
        Largest absolute derivative of the log-likelihood at the optimum.
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
    tau2: float
    sigma2_cluster: float
    sd: float
    se_log_sd: float
    ll: float
    ll_conditional: float
    AIC: float
    BIC: float
    QE_Wld: float
    QEp_Wld: float
    QE_LRT: float
    QEp_LRT: float
    QE_df: int
    I2: float
    H2: float
    LRT: float
    LRTp: float
    nAGQ: int
    n_clusters: int
    test: str
    max_gradient: float
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return a table of the fit."""
        how = "Laplace" if self.nAGQ == 1 else f"{self.nAGQ} quadrature nodes"
        lines = [
            f"Binomial mixed model (logit, {how}), {counted(self.k, 'row')}"
            + (f", {counted(self.n_clusters, 'cluster')}" if self.n_clusters else "")
        ]
        found = (("tau2 (rows)", self.tau2), ("variance between clusters", self.sigma2_cluster))
        variances = "".join(f"{name} = {num(value, '.5g')}, " for name, value in found if np.isfinite(value))
        lines.append(f"  {variances}log-likelihood = {num(self.ll, '.6g')}")
        lines += coefficient_table(self.names, self.beta, self.se, self.pval, self.ci_lb, self.ci_ub)
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])


@guarded
def glmm(
    x: ArrayLike,
    n: ArrayLike,
    mods: Any = None,
    cluster: ArrayLike | None = None,
    row: bool = True,
    nAGQ: int = 7,
    offset: ArrayLike | None = None,
    test: str = "z",
    level: float = 0.95,
) -> GlmmResult:
    r"""Fit :math:`x_{ij} \sim Bin(n_{ij}, p_{ij})`, :math:`logit\,p_{ij} = x_{ij}'\beta + b_j + u_{ij}` by maximum likelihood.

    Parameters
    ----------
    x, n : array_like, shape (k,)
        Whole counts of successes and totals, 0 <= x <= n, n >= 1; for an accuracy ``x = round(acc * n)``.
    mods : array_like, mapping or data frame, optional
        Moderators, for example ``{"log10_n": ..., "year_2015": year - 2015}``.
    cluster : array_like, shape (k,), optional
        The paper of each row: adds an effect of papers and uses the Laplace approximation.
    row : bool
        Whether each row has an effect of its own (overdispersion). Without it and without ``cluster`` this is logistic regression.
    nAGQ : int
        Nodes of the adaptive Gauss-Hermite quadrature over row effects, 1 (Laplace) to 101; with ``cluster`` always 1.
    offset : array_like, shape (k,), optional
        A known part of the linear predictor.
    test : {"z", "t"}
        ``t`` uses k - p degrees of freedom.
    level : float
        Confidence level.

    Returns
    -------
    GlmmResult

    Raises
    ------
    MetaError
        For impossible counts, all proportions perfect, separation, collinear moderators, one cluster, or too few rows.

    References
    ----------
    Stijnen T, Hamza TH, Özdemir P (2010). Statistics in Medicine 29:3046-3067, section 3. Bates D, Mächler M, Bolker B, Walker S (2015). Journal of
    Statistical Software 67(1). Pinheiro JC, Bates DM (1995). Journal of Computational and Graphical Statistics 4:12-35, eq. 2.11 (adaptive
    quadrature).

    Examples
    --------
    >>> fit = glmm([40, 62, 30, 80], [50, 80, 45, 90])
    >>> 1.0 < float(fit.beta[0]) < 1.6
    True
    """
    data, matrix, names, shift, group = _check(x, n, mods, offset, cluster, row, nAGQ, test)
    basis, triangle = np.linalg.qr(matrix)
    fixed = fit_logistic(data, basis, shift)
    if not row and group is None:
        solution = fixed
    elif group is None:
        solution = fit_rows(data, basis, shift, fixed, nAGQ)
    else:
        solution = fit_nested(data, basis, shift, fixed, group, row)
    return _report(
        data,
        matrix,
        triangle,
        names,
        shift,
        solution,
        fixed,
        0 if group is None else int(group.max()) + 1,
        nAGQ if group is None else 1,
        test,
        level,
    )


def _check(
    x: ArrayLike, n: ArrayLike, mods: Any, offset: ArrayLike | None, cluster: ArrayLike | None, row: bool, nodes: int, test: str
) -> tuple[Binomial, Floats, tuple[str, ...], Floats, Ints | None]:
    """Refuse what cannot be fitted, with the reason."""
    counts, totals = whole_numbers(x, "x"), whole_numbers(n, "n")
    if counts.ndim != 1 or counts.shape != totals.shape or not len(counts):
        raise MetaError(f"x has shape {counts.shape} and n {totals.shape}", hint="give two one-dimensional arrays of the same length")
    bad = np.flatnonzero(~((counts >= 0) & (counts <= totals) & (totals >= 1) & np.isfinite(totals)))
    if len(bad):
        raise MetaError(
            f"x = {counts[bad[0]]:g} of n = {totals[bad[0]]:g} is not a count", where=f"row {bad[0] + 1}", hint="0 <= x <= n, n >= 1"
        )
    k = len(counts)
    matrix, names = design(mods, k)
    if nodes < 1 or nodes > 101 or test not in ("z", "t"):
        raise MetaError(f"nAGQ = {nodes}, test = {test!r}", hint="nAGQ is 1 to 101; test z or t")
    if k <= matrix.shape[1]:
        raise MetaError(
            f"{counted(k, 'row')} cannot carry {counted(matrix.shape[1], 'coefficient')} and a variance",
            hint="use fewer moderators or more rows",
        )
    group = None if cluster is None else codes(cluster, k)
    if group is not None and group.max() == 0:
        raise MetaError("all rows belong to one cluster: the variance between clusters cannot be estimated", hint="leave cluster out")
    if group is not None and row and int(group.max()) + 1 == k:
        raise MetaError("each row is its own cluster: the two variances cannot be told apart", hint="leave cluster out")
    shift = np.zeros(k) if offset is None else numbers(offset, "offset")
    if shift.shape != (k,) or not np.all(np.isfinite(shift)):
        raise MetaError("the offset needs one finite value a row")
    data = binomial(counts, totals)
    refuse_separation(data, matrix, names)
    return data, matrix, names, shift, group


def refuse_separation(data: Binomial, matrix: Floats, names: tuple[str, ...]) -> None:
    """Raise where the likelihood has no maximum: some combination of moderators orders the perfect rows (Albert & Anderson 1984)."""
    zero, full = data.x == 0, data.x == data.n
    between = ~(zero | full)
    if between.any() and np.linalg.matrix_rank(matrix[between]) == matrix.shape[1]:
        return
    if full.all() or zero.all():
        raise MetaError(
            "all proportions are perfect: the logit has no finite estimate",
            hint="effect_sizes('PAS', x, n) with pool, or report the interval",
        )
    from scipy import optimize

    signed = np.where(full[:, None], matrix, -matrix)[~between]
    bounds = [(-1, 1)] * matrix.shape[1]
    equal = matrix[between] if between.any() else None
    found = optimize.linprog(
        -signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(len(signed)),
        A_eq=equal,
        b_eq=None if equal is None else np.zeros(len(equal)),
        bounds=bounds,
    )
    if found.status == 0 and found.x is not None and found.fun is not None and -found.fun > 1e-9:
        worst = names[int(np.argmax(np.abs(found.x)))]
        raise MetaError(
            f"separation: moderator {worst!r} predicts which proportions are 0 or 1 exactly, so its coefficient is infinite",
            hint="drop it, or merge levels",
        )


def _report(
    data: Binomial, matrix: Floats, triangle: Floats, names: tuple[str, ...], shift: Floats, found: Solution, fixed: Solution, clusters: int, nodes: int,
    test: str, level: float,
) -> GlmmResult:  # fmt: skip
    from scipy import stats

    k, p = matrix.shape
    back = np.linalg.inv(triangle)
    beta, vcov = back @ found.beta, back @ found.vcov @ back.T
    se = np.sqrt(np.diag(vcov))
    z = beta / se
    law = stats.norm if test == "z" else stats.t(k - p)
    crit = law.isf((1 - level) / 2)
    df = k - p
    wald, lrt = _wald(data, matrix, shift), max(0.0, 2 * (data.saturated() - fixed.ll))
    tau2 = found.tau2
    i2, h2 = _i2(data, matrix, tau2)
    notes = list(found.notes)
    if k < 10:
        notes.append(WALD.format(counted(k, "row")))
    if 0 < clusters < 10:
        notes.append(f"only {counted(clusters, 'cluster')}: the variance between them is unreliable")
    ratio = max(0.0, 2 * (found.ll - fixed.ll))
    ratio_p = float("nan") if not found.n_random else float(stats.chi2.sf(ratio, found.n_random)) / (2 if found.n_random == 1 else 1)
    variance = tau2 if not np.isnan(tau2) else found.sigma2_cluster
    count = p + found.n_random
    return GlmmResult(
        k, names, beta, se, z, 2 * law.sf(np.abs(z)), beta - crit * se, beta + crit * se, vcov, tau2, found.sigma2_cluster, float(np.sqrt(variance)),
        found.se_log_sd, found.ll, float(np.sum(data.logpdf(found.fitted))), 2 * count - 2 * found.ll, count * np.log(k) - 2 * found.ll,
        wald, float(stats.chi2.sf(wald, df)), lrt, float(stats.chi2.sf(lrt, df)), df, i2, h2, ratio, ratio_p, nodes, clusters, test, found.gradient,
        tuple(notes),
    )  # fmt: skip


def _wald(data: Binomial, matrix: Floats, shift: Floats) -> float:
    """Return Q_E by the Wald test of the saturated model; perfect rows have infinite variance there and add nothing."""
    inside = (data.x > 0) & (data.x < data.n)
    if inside.sum() <= matrix.shape[1]:
        return float("nan")
    x, n = data.x[inside], data.n[inside]
    w = x * (n - x) / n
    y = np.log(x / (n - x)) - shift[inside]
    root = np.sqrt(w)[:, None]
    coef = np.linalg.lstsq(root * matrix[inside], root[:, 0] * y, rcond=None)[0]
    return float(np.sum(w * (y - matrix[inside] @ coef) ** 2))


def _i2(data: Binomial, matrix: Floats, tau2: float) -> tuple[float, float]:
    """Return I² in per cent and H² from the typical sampling variance of the logits, corrected by 1/2 in perfect rows only."""
    if np.isnan(tau2):
        return float("nan"), float("nan")
    perfect = (data.x == 0) | (data.x == data.n)
    a, b = data.x + 0.5 * perfect, data.n - data.x + 0.5 * perfect
    w = a * b / (a + b)
    wx = matrix * w[:, None]
    trace = float(np.sum(w) - np.trace(np.linalg.solve(matrix.T @ wx, wx.T @ wx)))
    typical = (len(w) - matrix.shape[1]) / trace
    return 100 * tau2 / (tau2 + typical), 1 + tau2 / typical


def fitted_proportion(fit: GlmmResult) -> float:
    """Return the proportion at moderators zero and random effects zero: the inverse logit of the intercept.

    Examples
    --------
    >>> fit = glmm([40, 62, 30, 80], [50, 80, 45, 90])
    >>> 0.7 < fitted_proportion(fit) < 0.9
    True
    """
    return float(expit(np.asarray(fit.beta[:1]))[0])
