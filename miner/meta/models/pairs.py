"""Binomial mixed models whose studies have two rows each, by Laplace: sensitivity and specificity, or two arms of a trial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from miner.errors import MetaError
from miner.meta.numerics.arrays import Floats
from miner.meta.numerics.climb import Peak, climb
from miner.meta.numerics.quadrature import Binomial


@dataclass(frozen=True)
class PairModel:
    r"""logit p = X beta + Z L u, u ~ N(0, I_2), two rows a study.

    Parameters
    ----------
    data : Binomial
        Rows of study i at 2 i and 2 i + 1.
    x : array, shape (2 m, p)
    z : array, shape (2, 2)
        Random-effects design of the two rows.
    correlated : bool
        Whether L is a full lower triangle; diagonal otherwise.
    """

    data: Binomial
    x: Floats
    z: Floats
    correlated: bool

    def factor(self, at: Floats) -> Floats:
        """Return L of the parameters behind beta: log diagonal, then the element below it."""
        a = at[self.x.shape[1] :]
        return np.array([[np.exp(a[0]), 0.0], [a[2] if self.correlated else 0.0, np.exp(a[1])]])

    def value(self, at: Floats) -> tuple[float, Floats]:
        """Return the Laplace log-likelihood and the linear predictor at the modes (Bates et al. 2015)."""
        p, m = self.x.shape[1], len(self.x) // 2
        load = self.z @ self.factor(at)
        fixed = (self.x @ at[:p]).reshape(m, 2)
        u = np.zeros((m, 2))
        for _ in range(200):
            eta = fixed + u @ load.T
            s, w, _ = (a.reshape(m, 2) for a in self.data.derivatives(eta.ravel()))
            h = np.eye(2) + np.einsum("ra,mr,rb->mab", load, w, load)
            step = np.linalg.solve(h, (s @ load - u)[:, :, None])[:, :, 0]
            size = float(np.max(np.abs(step @ load.T)))
            u = u + step * min(1.0, 4.0 / max(size, 1e-300))
            if size < 1e-12:
                break
        else:
            raise MetaError("the modes of the random effects did not converge", hint="check the counts for outliers")
        eta = (fixed + u @ load.T).ravel()
        return float(np.sum(self.data.logpdf(eta)) - 0.5 * np.sum(u**2) - 0.5 * np.sum(np.linalg.slogdet(h)[1])), eta

    def __call__(self, at: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient, by five-point differences (five or six parameters, few studies)."""
        value, h = self.value(at)[0], 1e-3
        grad = np.empty(len(at))
        for i in range(len(at)):
            unit = np.zeros(len(at))
            unit[i] = h
            near = self.value(at + unit)[0] - self.value(at - unit)[0]
            far = self.value(at + 2 * unit)[0] - self.value(at - 2 * unit)[0]
            grad[i] = (8 * near - far) / (12 * h)
        return value, grad

    def fit(self, beta: Floats, sd: tuple[float, float]) -> Peak:
        """Maximise from a start."""
        return climb(self, np.concatenate((beta, np.log(sd), [0.0] if self.correlated else [])), longest=1.0)
