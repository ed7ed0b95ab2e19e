"""The bivariate model of sensitivity and specificity, its summary point, regions and summary ROC curve."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.guard import guarded, whole_numbers
from miner.meta.models.multilevel import coefficient_table
from miner.meta.models.pairs import PairModel
from miner.meta.numerics.arrays import Floats
from miner.meta.numerics.climb import Objective, climb
from miner.meta.numerics.quadrature import binomial, expit
from miner.meta.result import Result
from miner.say import counted, num

Method = Literal["REML", "ML", "binomial"]


@dataclass(frozen=True)
class BivariateResult(Result):
    """A bivariate fit; order is sensitivity, specificity, on the logit scale.

    Attributes
    ----------
    m : int
        Studies.
    beta, se, zval, pval, ci_lb, ci_ub : arrays, shape (2,)
    tau2 : array, shape (2,)
        Variances between studies.
    rho, cov_between : float
        Correlation and covariance between studies of the two logits.
    sens, spec : arrays, shape (3,)
        Summary proportions with their interval.
    dor, lr_positive, lr_negative : float
        Diagnostic odds ratio and likelihood ratios at the summary point.
    QE, QEp, QM, QMp : float
        Heterogeneity with sampling variances only; test that both logits are zero (nan for the binomial model).
    hsroc : dict
        Lambda, Theta, beta, s2_alpha, s2_theta of the equivalent HSROC model (Harbord et al. 2007, eq. 5).
    fpr_range : array, shape (2,)
        Smallest and largest observed false-positive rate, the range over which the curve is drawn.
    """

    m: int
    method: str
    names: tuple[str, ...]
    beta: Floats
    se: Floats
    zval: Floats
    pval: Floats
    ci_lb: Floats
    ci_ub: Floats
    vcov: Floats
    tau2: Floats
    rho: float
    cov_between: float
    sens: Floats
    spec: Floats
    dor: float
    lr_positive: float
    lr_negative: float
    QE: float
    QEp: float
    QM: float
    QMp: float
    ll: float
    ll_ML: float
    ll_REML: float
    hsroc: dict[str, float]
    fpr_range: Floats
    warnings: tuple[str, ...] = ()
    level: float = field(repr=False, default=0.95)

    def __str__(self) -> str:
        """Return a table of the fit."""
        lines = [f"Bivariate model ({self.method}), {counted(self.m, 'study', 'studies')}; log-likelihood {num(self.ll, '.6g')}"]
        lines += coefficient_table(self.names, self.beta, self.se, self.pval, self.ci_lb, self.ci_ub)
        for name, (est, lo, hi) in (("sensitivity", self.sens), ("specificity", self.spec)):
            lines.append(f"  {name} {num(est, '.3f')} [{num(lo, '.3f')}, {num(hi, '.3f')}]")
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])

    def curve(self, points: int = 101) -> dict[str, Floats]:
        """Return the summary ROC curve over the observed false-positive rates: arrays ``fpr`` and ``sens``."""
        low, high = np.clip(self.fpr_range, 1e-4, 1 - 1e-4)
        fpr = np.linspace(low, high, points)
        slope = np.exp(-self.hsroc["beta"] / 2)
        return {"fpr": fpr, "sens": expit(slope * self.hsroc["Lambda"] + slope**2 * np.log(fpr / (1 - fpr)))}

    def region(self, kind: Literal["confidence", "prediction"] = "confidence", points: int = 181) -> dict[str, Floats]:
        """Return an ellipse around the summary point, drawn on the ROC plane: arrays ``fpr`` and ``sens``."""
        from scipy import stats

        between = np.array([[self.tau2[0], self.cov_between], [self.cov_between, self.tau2[1]]])
        cov = self.vcov + (between if kind == "prediction" else 0.0)
        radius = np.sqrt(2 * stats.f.ppf(self.level, 2, max(self.m - 2, 1)))
        angle = np.linspace(0, 2 * np.pi, points)
        values, vectors = np.linalg.eigh(cov)
        ring = self.beta[:, None] + radius * (vectors * np.sqrt(np.maximum(values, 0))) @ np.stack((np.cos(angle), np.sin(angle)))
        return {"fpr": expit(-ring[1]), "sens": expit(ring[0])}


@guarded
def bivariate(
    tp: ArrayLike, fp: ArrayLike, fn: ArrayLike, tn: ArrayLike, method: Method = "REML", correction: float = 0.5, level: float = 0.95
) -> BivariateResult:
    r"""Fit the bivariate random-effects model of sensitivity and specificity.

    Parameters
    ----------
    tp, fp, fn, tn : array_like, shape (m,)
        Counts of the 2 x 2 table of each study.
    method : {"REML", "ML", "binomial"}
        Normal approximation of the logits (Reitsma et al. 2005), or exact binomial by Laplace (Chu & Cole 2006), which needs no correction.
    correction : float
        Added to every cell of every study by the normal approximation.
    level : float

    Returns
    -------
    BivariateResult

    Raises
    ------
    MetaError
        For impossible counts, fewer than three studies, studies without cases or without controls.

    References
    ----------
    Reitsma JB et al. (2005). Journal of Clinical Epidemiology 58:982-990, eq. 1-2. Chu H, Cole SR (2006). Journal of Clinical Epidemiology
    59:1331-1332. Harbord RM et al. (2007). Biostatistics 8:239-251 (equivalence with the HSROC model of Rutter & Gatsonis 2001).

    Examples
    --------
    >>> fit = bivariate([40, 22, 60, 30], [5, 4, 9, 2], [10, 8, 9, 11], [80, 41, 70, 55])
    >>> bool(fit.sens[1] < fit.sens[0] < fit.sens[2])
    True
    """
    cells = _check(tp, fp, fn, tn, method)
    a, b, c, d = cells
    rates = (b + 0.5) / (b + d + 1)
    span = np.array([rates.min(), rates.max()])
    if method == "binomial":
        return _exact(cells, span, level)
    a, b, c, d = (cell + correction for cell in cells)
    if correction <= 0 and np.any(np.concatenate((a, b, c, d)) == 0):
        raise MetaError("a cell is zero", hint="use correction=0.5, or method='binomial'")
    y = np.stack((np.log(a / c), np.log(d / b)), axis=1)
    v = np.stack((1 / a + 1 / c, 1 / b + 1 / d), axis=1)
    restricted = method == "REML"
    objective = _normal_likelihood(y, v, restricted)
    excess = np.maximum(y.var(axis=0, ddof=1) - np.median(v, axis=0), 0.05)
    peak = climb(objective, np.array([np.sqrt(excess[0]), 0.0, np.sqrt(excess[1])]), longest=1.0)
    sigma = _sigma(peak.at)
    at, fixed = _gls(y, v, sigma), _gls(y, v, np.zeros((2, 2)))
    from scipy import stats

    m = len(y)
    qm = float(at.beta @ np.linalg.solve(at.vcov, at.beta))
    heterogeneity = (fixed.rss, float(stats.chi2.sf(fixed.rss, 2 * m - 2)), qm, float(stats.chi2.sf(qm, 2)))
    return _report(m, method, at.beta, at.vcov, sigma, heterogeneity, (at.reml if restricted else at.ml, at.ml, at.reml), span, level)


def _check(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike, tn: ArrayLike, method: str) -> tuple[Floats, Floats, Floats, Floats]:
    cells = tuple(whole_numbers(cell, "a count") for cell in (tp, fp, fn, tn))
    if any(c.ndim != 1 or c.shape != cells[0].shape for c in cells):
        raise MetaError("tp, fp, fn and tn must be columns of the same length")
    table = np.stack(cells)
    bad = np.flatnonzero(~np.all(np.isfinite(table) & (table >= 0), axis=0))
    if len(bad):
        raise MetaError("a count is negative or missing", where=f"study {bad[0] + 1}", hint="drop studies without a full 2 x 2 table")
    empty = np.flatnonzero((table[0] + table[2] == 0) | (table[1] + table[3] == 0))
    if len(empty):
        raise MetaError(
            "a study has no cases or no controls", where=f"study {empty[0] + 1}", hint="drop it: it tells nothing about one of the two"
        )
    if table.shape[1] < 3:
        raise MetaError(
            f"{counted(table.shape[1], 'study', 'studies')} cannot carry two means, two variances and a correlation",
            hint="report each study",
        )
    if method not in ("REML", "ML", "binomial"):
        raise MetaError(f"unknown method {method!r}", hint="REML, ML or binomial")
    return table[0], table[1], table[2], table[3]


def _sigma(at: Floats) -> Floats:
    """Return the covariance between studies from its Cholesky factor (l11, l21, l22)."""
    factor = np.array([[at[0], 0.0], [at[1], at[2]]])
    out: Floats = factor @ factor.T
    return out


@dataclass(frozen=True)
class _Gls:
    beta: Floats
    vcov: Floats
    inverse: Floats
    residual: Floats
    rss: float
    ml: float
    reml: float


def _gls(y: Floats, v: Floats, sigma: Floats) -> _Gls:
    """Estimate the two means at a covariance between studies."""
    m = len(y)
    blocks = sigma + v[:, :, None] * np.eye(2)
    inverse = np.asarray(np.linalg.inv(blocks), dtype=float)
    info = inverse.sum(axis=0)
    vcov = np.asarray(np.linalg.inv(info), dtype=float)
    beta = vcov @ np.einsum("mab,mb->a", inverse, y)
    residual = y - beta
    rss = float(np.einsum("ma,mab,mb->", residual, inverse, residual))
    logdet = float(np.sum(np.linalg.slogdet(blocks)[1]))
    ml = -0.5 * (2 * m * np.log(2 * np.pi) + logdet + rss)
    reml = -0.5 * ((2 * m - 2) * np.log(2 * np.pi) + logdet + rss + np.linalg.slogdet(info)[1] - 2 * np.log(m))
    return _Gls(beta, vcov, inverse, residual, rss, float(ml), float(reml))


def _normal_likelihood(y: Floats, v: Floats, restricted: bool) -> Objective:
    """Return the profile log-likelihood of the Cholesky factor with its exact gradient."""

    def objective(at: Floats) -> tuple[float, Floats]:
        fit = _gls(y, v, _sigma(at))
        py = np.einsum("mab,mb->ma", fit.inverse, fit.residual)
        slope = -0.5 * (fit.inverse.sum(axis=0) - py.T @ py)
        if restricted:
            slope = slope + 0.5 * np.einsum("mab,bc,mcd->ad", fit.inverse, fit.vcov, fit.inverse)
        by_factor = 2 * slope @ np.array([[at[0], 0.0], [at[1], at[2]]])
        return (fit.reml if restricted else fit.ml), np.array([by_factor[0, 0], by_factor[1, 0], by_factor[1, 1]])

    return objective


def _exact(cells: tuple[Floats, Floats, Floats, Floats], span: Floats, level: float) -> BivariateResult:
    tp, fp, fn, tn = cells
    m = len(tp)
    x = np.stack((tp, tn), axis=1).ravel()
    n = np.stack((tp + fn, tn + fp), axis=1).ravel()
    for name, right, wrong in (("sensitivities", tp, fn), ("specificities", tn, fp)):
        if not right.any() or not wrong.any():
            raise MetaError(f"all {name} are perfect, so their logit has no finite mean", hint="method='REML' with its correction")
    model = PairModel(binomial(x, n), np.tile(np.eye(2), (m, 1)), np.eye(2), correlated=True)
    logit = np.log((x + 0.5) / (n - x + 0.5)).reshape(m, 2)
    sd = np.maximum(logit.std(axis=0) * 0.8, 0.2)
    peak = model.fit(logit.mean(axis=0), (float(sd[0]), float(sd[1])))
    factor = model.factor(peak.at)
    vcov = np.asarray(np.linalg.inv(-peak.hessian)[:2, :2], dtype=float)
    nan = float("nan")
    return _report(m, "binomial", peak.at[:2], vcov, factor @ factor.T, (nan, nan, nan, nan), (peak.value, peak.value, nan), span, level)


def _report(
    m: int, method: str, beta: Floats, vcov: Floats, sigma: Floats, heterogeneity: tuple[float, float, float, float], ll: tuple[float, float, float],
    span: Floats, level: float,
) -> BivariateResult:  # fmt: skip
    from scipy import stats

    se = np.sqrt(np.diag(vcov))
    z = beta / se
    crit = float(stats.norm.isf((1 - level) / 2))
    low, high = beta - crit * se, beta + crit * se
    sd = np.sqrt(np.diag(sigma))
    rho = float(sigma[0, 1] / (sd[0] * sd[1])) if sd.min() > 0 else float("nan")
    sens, spec = (expit(np.array([beta[i], low[i], high[i]])) for i in (0, 1))
    notes = []
    if m < 10:
        notes.append(f"only {counted(m, 'study', 'studies')}: variances and correlation are unreliable")
    if sd.min() ** 2 < 1e-6 or abs(rho) > 0.999:
        notes.append(
            "a variance between studies is zero or the correlation is at its bound: the curve is not identified; read the summary point only"
        )
    return BivariateResult(
        m, method, ("sens", "spec"), beta, se, z, 2 * stats.norm.sf(np.abs(z)), low, high, vcov, np.diag(sigma).copy(), rho, float(sigma[0, 1]), sens, spec,
        float(np.exp(beta.sum())), float(sens[0] / (1 - spec[0])), float((1 - sens[0]) / spec[0]), *heterogeneity, *ll, _hsroc(beta, sigma, sd), span,
        tuple(notes), level,
    )  # fmt: skip


def _hsroc(beta: Floats, sigma: Floats, sd: Floats) -> dict[str, float]:
    """Translate to the HSROC parameters; equal spreads are assumed where one is zero."""
    ratio = float(sd[1] / sd[0]) if sd.min() > 0 else 1.0
    up, down = np.sqrt(ratio), np.sqrt(1 / ratio)
    product = float(sd[0] * sd[1])
    return {
        "Lambda": float(up * beta[0] + down * beta[1]),
        "Theta": float(0.5 * (up * beta[0] - down * beta[1])),
        "beta": float(np.log(ratio)),
        "s2_alpha": 2 * (product + float(sigma[0, 1])),
        "s2_theta": 0.5 * (product - float(sigma[0, 1])),
    }
