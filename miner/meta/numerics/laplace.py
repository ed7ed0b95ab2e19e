"""Laplace likelihood of a binomial model with random effects of clusters and of the rows in them."""

from __future__ import annotations

import numpy as np

from miner.errors import MetaError
from miner.meta.numerics.arrays import Floats, Ints
from miner.meta.numerics.climb import QUICK, Differences
from miner.meta.numerics.quadrature import Binomial


class NestedLaplace:
    r"""Log-likelihood of logit p_ij = x_ij'beta + sigma_b b_j + sigma_u u_ij, b and u standard normal.

    The Hessian of the random effects of a cluster is an arrow matrix, so that modes, determinant and gradient cost O(k)
    (Bates et al. 2015, section 3, for the Laplace form; derivatives by the implicit function theorem).

    Parameters
    ----------
    data : Binomial
    x : array, shape (k, p)
    cluster : array of int, shape (k,)
    offset : array, shape (k,)
    row : bool
        Whether rows have an effect of their own; otherwise sigma_u = 0.
    """

    def __init__(self, data: Binomial, x: Floats, cluster: Ints, offset: Floats, row: bool) -> None:
        self.data, self.x, self.cluster, self.offset, self.row = data, x, cluster, offset, row
        self.size = int(cluster.max()) + 1
        self._start = np.zeros(self.size), np.zeros(len(cluster))

    def _sum(self, a: Floats) -> Floats:
        """Return sums over the rows (last axis) of each cluster."""
        index = self.cluster + self.size * np.arange(len(a))[:, None]
        sums = np.asarray(np.bincount(index.ravel(), weights=a.ravel(), minlength=self.size * len(a)), dtype=float)
        return sums.reshape(len(a), self.size)

    def split(self, at: Floats) -> tuple[Floats, Floats, Floats]:
        """Return beta (m, p), and sigma_b and sigma_u (m, 1), of m parameter vectors (beta, log sigma_b[, log sigma_u])."""
        p = self.x.shape[1]
        sb = np.exp(at[:, p, None])
        return at[:, :p], sb, np.exp(at[:, p + 1, None]) if self.row else np.zeros_like(sb)

    def modes(self, at: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the modes of b (m, clusters) and u (m, k), and the linear predictor there, of m parameter vectors."""
        beta, sb, su = self.split(at)
        fixed = self.offset + beta @ self.x.T
        b, u = (np.tile(start, (len(at), 1)) for start in self._start)
        for _ in range(200):
            eta = fixed + sb * b[:, self.cluster] + su * u
            s, w, _ = self.data.derivatives(eta)
            a = 1 + su**2 * w
            gu, gb = su * s - u, sb * self._sum(s) - b
            c = su * sb * w
            corner = 1 + sb**2 * self._sum(w / a)
            db = (gb - self._sum(c * gu / a)) / corner
            du = (gu - c * db[:, self.cluster]) / a
            move = np.abs(sb * db[:, self.cluster] + su * du).max(axis=1, keepdims=True)
            damp = np.minimum(1.0, 4.0 / np.maximum(move, 1e-300))
            b, u = b + damp * db, u + damp * du
            if move.max() < 1e-12:
                break
        else:
            raise MetaError("the modes of the random effects did not converge", hint="check the counts for outliers")
        self._start = b[0], u[0]
        return b, u, fixed + sb * b[:, self.cluster] + su * u

    def __call__(self, at: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient."""
        value, gradient = self.several(at[None, :])
        return float(value[0]), gradient[0]

    def hessian(self, at: Floats, rule: Differences = QUICK) -> Floats:
        """Return the Hessian by differences of the exact gradient, all moves in one call."""
        q = len(at)
        moved = at + rule.moves[:, None, None] * np.eye(q)
        out = rule.slope(self.several(moved.reshape(-1, q))[1].reshape(moved.shape))
        hessian: Floats = (out + out.T) / 2
        return hessian

    def several(self, at: Floats) -> tuple[Floats, Floats]:
        """Return the log-likelihoods (m,) and gradients (m, q) of m parameter vectors."""
        _, sb, su = self.split(at)
        b, u, eta = self.modes(at)
        s, w, dw = self.data.derivatives(eta)
        a = 1 + su**2 * w
        big = 1 + sb**2 * self._sum(w / a)
        value = self.data.logpdf(eta.T).sum(axis=0) - 0.5 * (
            np.sum(u**2, 1) + np.sum(b**2, 1) + np.sum(np.log(a), 1) + np.sum(np.log(big), 1)
        )
        pull = 0.5 * dw * (su**2 / a + sb**2 / (big[:, self.cluster] * a**2))

        def through(e: Floats, f: Floats | float) -> Floats:
            """Return the sums of pull times the total change of eta for the explicit changes e (rows) and f (clusters)."""
            db = (f - sb * self._sum(w * e / a)) / big
            return np.asarray(np.sum(pull * (e + sb * db[:, self.cluster]) / a, 1), dtype=float)

        grad = [s @ column - through(column, 0.0) for column in self.x.T]
        own = b[:, self.cluster]
        g_b = np.sum(s * own, 1) - np.sum(sb * self._sum(w / a) / big, 1) - through(own, self._sum(s))
        grad.append(sb[:, 0] * g_b)
        if self.row:
            inner = su * w / a - sb**2 * su * w**2 / a**2 / big[:, self.cluster]
            grad.append(su[:, 0] * (np.sum(s * u, 1) - np.sum(inner, 1) - through(u + su * s, 0.0)))
        return value, np.column_stack(grad)
