"""Laplace likelihood of a binomial model with random effects of clusters and of the rows in them."""

from __future__ import annotations

import numpy as np

from miner.errors import MetaError
from miner.meta.numerics.arrays import Floats, Ints
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
        return np.asarray(np.bincount(self.cluster, weights=a, minlength=self.size), dtype=float)

    def split(self, at: Floats) -> tuple[Floats, float, float]:
        """Return beta, sigma_b, sigma_u of the parameter vector (beta, log sigma_b[, log sigma_u])."""
        p = self.x.shape[1]
        return at[:p], float(np.exp(at[p])), float(np.exp(at[p + 1])) if self.row else 0.0

    def modes(self, at: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the modes of b (clusters,) and u (k,), and the linear predictor there."""
        beta, sb, su = self.split(at)
        fixed = self.offset + self.x @ beta
        b, u = self._start
        for _ in range(200):
            eta = fixed + sb * b[self.cluster] + su * u
            s, w, _ = self.data.derivatives(eta)
            a = 1 + su**2 * w
            gu, gb = su * s - u, sb * self._sum(s) - b
            c = su * sb * w
            corner = 1 + sb**2 * self._sum(w / a)
            db = (gb - self._sum(c * gu / a)) / corner
            du = (gu - c * db[self.cluster]) / a
            move = np.abs(sb * db[self.cluster] + su * du)
            damp = min(1.0, 4.0 / max(float(move.max()), 1e-300))
            b, u = b + damp * db, u + damp * du
            if move.max() < 1e-12:
                break
        else:
            raise MetaError("the modes of the random effects did not converge", hint="check the counts for outliers")
        self._start = b, u
        return b, u, fixed + sb * b[self.cluster] + su * u

    def __call__(self, at: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient."""
        _, sb, su = self.split(at)
        b, u, eta = self.modes(at)
        s, w, dw = self.data.derivatives(eta)
        a = 1 + su**2 * w
        big = 1 + sb**2 * self._sum(w / a)
        value = float(np.sum(self.data.logpdf(eta)) - 0.5 * (u @ u + b @ b) - 0.5 * (np.sum(np.log(a)) + np.sum(np.log(big))))
        pull = 0.5 * dw * (su**2 / a + sb**2 / (big[self.cluster] * a**2))

        def through(e: Floats, f: Floats) -> float:
            """Return the sum of pull times the total change of eta for the explicit changes e (rows) and f (clusters)."""
            db = (f - sb * self._sum(w * e / a)) / big
            return float(np.sum(pull * (e + sb * db[self.cluster]) / a))

        zero = np.zeros(self.size)
        grad = [float(s @ column) - through(column, zero) for column in self.x.T]
        r = w / a
        g_b = float(s @ b[self.cluster]) - float(np.sum(sb * self._sum(r) / big)) - through(b[self.cluster], self._sum(s))
        grad.append(sb * g_b)
        if self.row:
            inner = su * w / a + 0.5 * sb**2 * (-2 * su * w**2 / a**2) / big[self.cluster]
            grad.append(su * (float(s @ u) - float(np.sum(inner)) - through(u + su * s, zero)))
        return value, np.array(grad)
