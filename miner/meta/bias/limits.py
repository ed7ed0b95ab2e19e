"""Limit meta-analysis (Rücker): the effect in infinitely large studies, where small ones may be biased."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from miner.errors import MetaError
from miner.meta.guard import sheltered
from miner.meta.models.pooling import Method, check_effects, pool
from miner.meta.models.tau2 import wls
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import counted, num, p_is


@dataclass(frozen=True)
class LimitMetaAnalysis(Result):
    """A limit meta-analysis beside the random-effects one (``*_random``).

    Attributes
    ----------
    estimate, se, zval, pval, ci_lb, ci_ub : float
        The adjusted effect, beta + tau alpha, with its test and interval.
    alpha, beta : float
        The bias, in standard errors, and the slope of the generalised radial plot.
    tau2 : float
        Variance between studies of the random-effects model.
    limit_effects : array, shape (k,)
        The studies' effects with their precision raised without bound: drawn together as in empirical Bayes estimates.
    Q, Q_small, Q_resid, Qp, Qp_small, Qp_resid : float
        Cochran's Q, its part that small-study effects explain (1 degree of freedom), and the rest (k - 2), with p-values.
    estimate_random, se_random, ci_lb_random, ci_ub_random : float
    """

    k: int
    estimate: float
    se: float
    zval: float
    pval: float
    ci_lb: float
    ci_ub: float
    alpha: float
    beta: float
    tau2: float
    limit_effects: Floats
    Q: float
    Qp: float
    Q_small: float
    Qp_small: float
    Q_resid: float
    Qp_resid: float
    estimate_random: float
    se_random: float
    ci_lb_random: float
    ci_ub_random: float
    level: float
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return both analyses and the test of small-study effects, then the warnings."""
        lines = [
            f"Limit meta-analysis, k = {self.k}, tau2 = {num(self.tau2, '.6g')}: {num(self.estimate, '.6g')} [{num(self.ci_lb, '.6g')}, {num(self.ci_ub, '.6g')}]"
        ]
        lines.append(
            f"  random effects: {num(self.estimate_random, '.6g')} [{num(self.ci_lb_random, '.6g')}, {num(self.ci_ub_random, '.6g')}]"
        )
        lines.append(
            f"  small-study effects: Q = {num(self.Q_small, '.4g')} ({p_is(self.Qp_small)}), rest {num(self.Q_resid, '.4g')} ({p_is(self.Qp_resid)})"
        )
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])


@sheltered
def limit_meta_rucker(yi: ArrayLike, vi: ArrayLike, method: Method = "REML", level: float = 0.95) -> LimitMetaAnalysis:
    r"""Adjust a pooled effect for small-study effects by limit meta-analysis.

    In the extended random-effects model :math:`y_i = \beta + \sqrt{v_i + \tau^2}\,(\alpha + \epsilon_i)`, :math:`\epsilon_i \sim N(0, 1)`, the
    bias of a study is :math:`\alpha` of its standard deviations. Given :math:`\tau^2`, least squares in the generalised radial plot, of
    :math:`y_i / \sqrt{v_i + \tau^2}` on :math:`1 / \sqrt{v_i + \tau^2}`, gives :math:`\alpha` (intercept) and :math:`\beta` (slope). In a study
    without sampling error the expected effect is :math:`\beta_0 = \beta + \tau \alpha`, the adjusted estimate.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    method : str
        Estimator of tau², as in :func:`miner.meta.pool`.
    level : float
        Confidence level.

    Returns
    -------
    LimitMetaAnalysis

    Raises
    ------
    MetaError
        For fewer than three studies, impossible input, or variances that are all the same.

    Notes
    -----
    The standard error is that of the slope of the radial plot of :math:`y_i / s_i` on :math:`1 / s_i` with errors of variance 1,
    :math:`(\sum (1/s_i - \overline{1/s})^2)^{-1/2}`, as in the authors' software. Of their three adjusted estimates this is the one by
    expectation; those by regression on the limit effects can be had from ``limit_effects``.

    References
    ----------
    Rücker G, Schwarzer G, Carpenter JR, Binder H, Schumacher M (2011). Treatment-effect estimates adjusted for small-study effects via a limit
    meta-analysis. Biostatistics 12:122-142 (model, sections 3-5; heterogeneity, section 7).

    Examples
    --------
    >>> found = limit_meta_rucker([0.9, 0.5, 0.4, 0.3], [0.2, 0.1, 0.05, 0.01])
    >>> round(found.estimate, 2), round(found.estimate_random, 2)
    (0.16, 0.35)
    """
    y, v = check_effects(yi, vi, least=3)
    if not 0 < level < 1:
        raise MetaError(f"the level {level:g} is not between 0 and 1", hint="0.95 is usual")
    precision = 1 / np.sqrt(v)
    if np.ptp(precision) <= 1e-12 * precision.max():
        raise MetaError(f"all {counted(len(y), 'variance is', 'variances are')} the same, so there are no small studies", hint="use pool")
    usual = pool(y, v, method=method, level=level)
    total, one = np.sqrt(v + usual.tau2), np.ones(len(y))
    # The radial regression, with the weights that undo its division: the intercept there is the slope on the standard deviation here.
    beta, alpha = (float(b) for b in wls(y, np.column_stack((one, total)), 1 / total**2).beta)
    tau = float(np.sqrt(usual.tau2))
    estimate = beta + tau * alpha
    se = float(np.sum((precision - precision.mean()) ** 2) ** -0.5)
    rest = wls(y, np.column_stack((one, np.sqrt(v))), 1 / v).rss
    z, half = estimate / se, float(stats.norm.ppf(0.5 + level / 2)) * se
    small = max(0.0, usual.QE - rest)
    notes = (f"k = {len(y)}: with fewer than ten studies small-study effects can hardly be told from chance.",) if len(y) < 10 else ()
    return LimitMetaAnalysis(
        len(y), estimate, se, z, float(2 * stats.norm.sf(abs(z))), estimate - half, estimate + half, alpha, beta, usual.tau2,
        beta + tau * (y - beta) / total, usual.QE, usual.QEp, small, float(stats.chi2.sf(small, 1)), rest, float(stats.chi2.sf(rest, len(y) - 2)),
        float(usual.beta[0]), float(usual.se[0]), float(usual.ci_lb[0]), float(usual.ci_ub[0]), level, notes,
    )  # fmt: skip
