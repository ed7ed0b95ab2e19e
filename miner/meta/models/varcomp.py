"""Variance components of block-diagonal models by (restricted) maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from miner.errors import MetaError
from miner.meta.models.blocks import BlockCovariance, group_sums
from miner.meta.numerics.arrays import Floats, Ints

Builder = Callable[[Floats], BlockCovariance]


@dataclass(frozen=True)
class Likelihood:
    """A model y ~ N(X beta, M(theta)): its log-likelihood, score and average information.

    Parameters
    ----------
    y : array, shape (k,)
    x : array, shape (k, p)
    build : callable
        Returns the covariance for theta (non-negative variances).
    groups : list
        For each theta the groups (codes, or None for rows) whose sums carry that variance: dM/dtheta = Z Z'.
    """

    y: Floats
    x: Floats
    build: Builder
    groups: list[Ints | None]

    def fit(self, theta: Floats) -> Fit:
        """Estimate the coefficients by generalised least squares at ``theta``."""
        cov = self.build(theta)
        solved = cov.solve(np.column_stack((self.x, self.y)))
        wx, wy = solved[:, :-1], solved[:, -1]
        info = self.x.T @ wx
        info = (info + info.T) / 2
        vcov = np.asarray(np.linalg.inv(info), dtype=float)
        beta = np.asarray(np.linalg.solve(info, self.x.T @ wy), dtype=float)
        py = wy - wx @ beta
        rss = float((self.y - self.x @ beta) @ py)
        k, p = self.x.shape
        logdet = cov.logdet()
        ml = -0.5 * (k * np.log(2 * np.pi) + logdet + rss)
        xx = np.linalg.slogdet(self.x.T @ self.x)[1] - np.linalg.slogdet(info)[1]
        reml = -0.5 * ((k - p) * np.log(2 * np.pi) + logdet + rss - xx)
        return Fit(theta, cov, beta, vcov, wx, py, rss, float(ml), float(reml))

    def derivatives(self, fit: Fit, restricted: bool) -> tuple[Floats, Floats]:
        """Return the score of theta and the average information (Gilmour, Thompson & Cullis 1995, eq. 7)."""
        score, q = [], []
        for group in self.groups:
            spread = _spread(fit.py[:, None], group)[:, 0]
            trace = fit.cov.trace_groups(group)
            if restricted:
                s = fit.wx if group is None else group_sums(fit.wx, group)
                trace -= float(np.sum((s @ fit.vcov) * s))
            score.append(-0.5 * (trace - float(fit.py @ spread)))
            q.append(spread)
        stacked = np.column_stack(q)
        solved = fit.cov.solve(stacked)
        cross = fit.wx.T @ stacked
        info = 0.5 * (stacked.T @ solved - cross.T @ fit.vcov @ cross)
        return np.array(score), (info + info.T) / 2


@dataclass(frozen=True)
class Fit:
    """A generalised least squares fit at given variance components."""

    theta: Floats
    cov: BlockCovariance
    beta: Floats
    vcov: Floats
    wx: Floats
    py: Floats
    rss: float
    ml: float
    reml: float

    def ll(self, restricted: bool) -> float:
        """Return the restricted or the full log-likelihood."""
        return self.reml if restricted else self.ml


def _spread(a: Floats, group: Ints | None) -> Floats:
    return a if group is None else group_sums(a, group)[group]


def maximise(model: Likelihood, start: Floats, restricted: bool, free: Floats | None = None, max_iter: int = 1000) -> Fit:
    """Climb to a maximum over theta >= 0: average-information steps, halved until the likelihood rises, projected on the boundary.

    Parameters
    ----------
    free : array of bool, optional
        Which components may move; the others keep their start value.
    """
    movable = np.ones(len(start), dtype=bool) if free is None else np.asarray(free, dtype=bool)
    fit = model.fit(np.asarray(start, dtype=float))
    scale = max(float(np.var(model.y - model.x @ fit.beta)), 1e-300)
    for _ in range(max_iter):
        score, info = model.derivatives(fit, restricted)
        active = movable & ~((fit.theta <= 0) & (score <= 0))
        if not active.any():
            return fit
        step = np.zeros(len(start))
        block = info[np.ix_(active, active)]
        ridge = 1e-12 * np.trace(block) * np.eye(len(block))
        if np.trace(block) > 0:
            step[active] = np.linalg.solve(block + ridge, score[active])
        else:  # no residual at all: the average information is 0, the score says which way
            step[active] = np.sign(score[active]) * np.maximum(fit.theta[active], scale)
        improved = _line_search(model, fit, step, restricted)
        if improved is None:
            return fit
        moved = np.abs(improved.theta - fit.theta)
        fit = improved
        if np.all(moved <= 1e-13 * scale + 1e-12 * fit.theta):
            return fit
    raise MetaError("the variance components did not converge", hint="check for outlying variances, or try method='ML'")


def _line_search(model: Likelihood, fit: Fit, step: Floats, restricted: bool) -> Fit | None:
    """Return the first of the step, its half, its quarter ... that does not lower the log-likelihood; None if none does."""
    now = fit.ll(restricted)
    for power in range(40):
        theta = np.maximum(fit.theta + step * 0.5**power, 0.0)
        if np.array_equal(theta, fit.theta):
            return None
        trial = model.fit(theta)
        # Rounding of the log-likelihood must not stop a converging sequence.
        if trial.ll(restricted) >= now - 1e-13 * (abs(now) + 1):
            return trial
    return None
