"""The linear working model of a fitted binomial mixed model, in which values of one of its coefficients are tested by their score."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from miner.meta.design import design
from miner.meta.models.blocks import BlockCovariance, group_sums
from miner.meta.models.glmm import GlmmResult
from miner.meta.models.varcomp import Fit, Likelihood, maximise
from miner.meta.numerics.arrays import Floats, Ints
from miner.meta.numerics.quadrature import expit, hermite

NODES = 30
LEAST = 1 / 3  # of the variance with the coefficient in the model, below which that without it is not let


@dataclass(frozen=True)
class Scored:
    """The test of one value of a coefficient: the step from it to the score estimate, with its standard error and degrees of freedom (nan where nothing varies)."""

    step: float
    se: float
    df: float

    @property
    def t(self) -> float:
        """The step over its standard error."""
        return float(np.divide(self.step, self.se))

    @property
    def pval(self) -> float:
        """The two-sided p-value by Student's t."""
        from scipy import stats

        return float(2 * stats.t.sf(abs(self.t), self.df))


@dataclass(frozen=True)
class WorkingModel:
    """The working model; calling it tests a value of the coefficient of ``column`` (see :func:`miner.meta.models.score_test.score_test` for the method).

    Attributes
    ----------
    y, v, column : array, shape (k,)
        Working response, its sampling variances, and the tested moderator.
    others : array, shape (k, p - 1)
    group : array of int, shape (k,), optional
        The paper of each row, where papers have several.
    theta : array, shape (1,) or (2,)
        A start for the variances between rows and between papers.
    """

    y: Floats
    v: Floats
    others: Floats
    column: Floats
    group: Ints | None
    theta: Floats

    def __call__(self, value: float) -> Scored:
        """Test whether the coefficient is ``value``."""
        null = self._restricted(self.y - value * self.column, self.others)
        free = len(self.y) - self.others.shape[1]
        left = self.column - self.others @ (null.vcov @ (null.wx.T @ self.column))
        pull = null.cov.solve(left[:, None])[:, 0]
        information = float(left @ pull)
        step = float(pull @ (self.y - value * self.column)) / information
        before, total = null.rss / free / information, self._degrees(null, pull, information, free)
        if null.rss < 1e-10 * free:
            return Scored(step, float("nan"), float("nan"))
        after = (total * before - step**2) / (total - 1)
        if self.group is not None:
            after = max(after, LEAST * self._with_coefficient)
        return Scored(step, float(np.sqrt(max(after, 0.0))), total - 1)

    def _restricted(self, y: Floats, x: Floats) -> Fit:
        """Fit the variances between rows and, where papers have several, between papers by restricted maximum likelihood."""
        group = np.arange(len(y)) if self.group is None else self.group
        ones = np.ones((len(y), 1))

        def build(theta: Floats) -> BlockCovariance:
            return BlockCovariance(self.v + theta[0], group, ones, np.array([[theta[1] if self.group is not None else 0.0]]))

        return maximise(Likelihood(y, x, build, [None] if self.group is None else [None, group]), self.theta, restricted=True)

    def _degrees(self, null: Fit, pull: Floats, information: float, free: int) -> float:
        """Return Satterthwaite's degrees of freedom of the variance of the score, from those of the scale of V and of the variance between papers."""
        if self.group is None:
            return float(free)
        on_papers = float(np.sum(group_sums(pull[:, None], self.group) ** 2)) / information
        diagonal = group_sums(null.cov.solve(np.ones((len(pull), 1))), self.group)[:, 0]
        s = group_sums(null.wx, self.group)
        inside = (s @ null.vcov) * s
        one = float(np.sum(diagonal) - np.sum(inside))
        bent = null.vcov @ (s.T @ s)
        two = float(np.sum(diagonal**2) - 2 * np.sum(diagonal[:, None] * inside) + np.sum(bent * bent.T))
        determinant = free * two - one**2
        if determinant < 1e-9 * free * two:
            return float(free)
        return float(max(determinant / (two - 2 * on_papers * one + on_papers**2 * free), 2.0))

    @cached_property
    def _with_coefficient(self) -> float:
        """The variance of the coefficient in the model that has it, the same whatever value is tested."""
        fit = self._restricted(self.y, np.column_stack((self.others, self.column)))
        df = len(self.y) - fit.wx.shape[1]
        variance: float = float(fit.vcov[-1, -1]) * fit.rss / df
        return variance


def working_model(fit: GlmmResult, x: ArrayLike, n: ArrayLike, mods: Any, coefficient: str, group: Ints | None = None) -> WorkingModel:
    """Return the working model at a fit of these counts on these moderators.

    Parameters
    ----------
    fit : GlmmResult
    x, n, mods
        What was fitted.
    coefficient : str
        Name of the coefficient that will be tested.
    group : array of int, shape (k,), optional
        The paper of each row, numbered from 0, where papers have several.

    Examples
    --------
    >>> from miner.meta.models.glmm import glmm
    >>> x, n, mods = [40, 62, 30, 80], [50, 80, 45, 90], {"a": [0, 1, 2, 4]}
    >>> model = working_model(glmm(x, n, mods), x, n, mods, "a")
    >>> model(0.0).df, 0 < model(0.0).pval < 1
    (2.0, True)
    """
    counts, totals = np.asarray(x, dtype=float), np.asarray(n, dtype=float)
    matrix, names = design(mods, len(counts))
    eta = matrix @ fit.beta
    variances = np.nan_to_num([fit.tau2, fit.sigma2_cluster])
    spread = max(float(variances.sum()), 1e-6)
    share, slope, varied = _moments(eta, float(np.sqrt(spread)))
    scale = np.sqrt(varied / spread) / slope
    v = 1 / (totals * slope * scale**2)
    # An orthonormal basis: years around 2000 beside an intercept cost digits otherwise.
    j = names.index(coefficient)
    others = np.linalg.qr(np.delete(matrix, j, axis=1) / scale[:, None])[0]
    # A variance that starts at zero may stay there.
    start = np.maximum(variances[: 1 if group is None else 2], 0.05 * max(spread, float(np.median(v))))
    return WorkingModel((eta + (counts / totals - share) / slope) / scale, v, others, matrix[:, j] / scale, group, start)


def _moments(eta: Floats, sd: float) -> tuple[Floats, Floats, Floats]:
    """Return the means of p and of p (1 - p), and the variance of p, where logit p is normal around ``eta``."""
    t, logw = hermite(NODES)
    weight = np.exp(logw - t**2 / 2) / np.sqrt(2 * np.pi)
    p = expit(eta[:, None] + sd * t)
    share = p @ weight
    return share, (p * (1 - p)) @ weight, ((p - share[:, None]) ** 2) @ weight
