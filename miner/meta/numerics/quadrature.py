"""Rules of quadrature, and the binomial-normal integral of one row by Laplace and adaptive Gauss-Hermite quadrature, with exact derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from miner.errors import MetaError
from miner.meta.numerics.arrays import Floats


@lru_cache(maxsize=32)
def hermite(nodes: int) -> tuple[Floats, Floats]:
    """Return nodes t and log weights for the integral of exp(g(u)): u = mode + t / sqrt(curvature).

    Examples
    --------
    >>> t, logw = hermite(1)
    >>> float(t[0]), round(float(np.exp(logw[0])), 6)
    (0.0, 2.506628)
    """
    if nodes == 1:
        return np.zeros(1), np.array([0.5 * np.log(2 * np.pi)])
    from scipy import special

    z, w = special.roots_hermite(nodes)
    keep = w > 0
    return np.sqrt(2) * z[keep], np.log(w[keep]) + z[keep] ** 2 + 0.5 * np.log(2)


@lru_cache(maxsize=32)
def legendre(nodes: int) -> tuple[Floats, Floats]:
    """Return nodes and weights for the integral from -1 to 1 (Gauss-Legendre); made once, as 400 nodes take the eigenvalues of a 400 by 400 matrix.

    Examples
    --------
    >>> t, w = legendre(3)
    >>> round(float(w @ t**4), 6)
    0.4
    """
    rule = np.polynomial.legendre.leggauss(nodes)
    for part in rule:
        part.setflags(write=False)
    return rule


@dataclass(frozen=True)
class Binomial:
    """Counts ``x`` out of ``n`` with their log binomial coefficients."""

    x: Floats
    n: Floats
    const: Floats

    def logpdf(self, eta: Floats) -> Floats:
        """Return the log probability at linear predictor ``eta``; rows may carry trailing axes (nodes)."""
        shape = (-1,) + (1,) * (eta.ndim - 1)
        x, n = self.x.reshape(shape), self.n.reshape(shape)
        out: Floats = self.const.reshape(shape) + x * eta - n * np.logaddexp(0.0, eta)
        return out

    def derivatives(self, eta: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the score, the weight n p (1 - p) and the derivative of the weight."""
        p = expit(eta)
        weight = self.n * p * (1 - p)
        return self.x - self.n * p, weight, weight * (1 - 2 * p)

    def repeated(self, times: int) -> Binomial:
        """Return the rows that many times over."""
        return Binomial(np.tile(self.x, times), np.tile(self.n, times), np.tile(self.const, times))

    def saturated(self) -> float:
        """Return the log-likelihood with each row's own proportion."""
        with np.errstate(divide="ignore", invalid="ignore"):
            p = self.x / self.n
            terms = np.where(self.x > 0, self.x * np.log(p), 0.0) + np.where(self.x < self.n, (self.n - self.x) * np.log1p(-p), 0.0)
        return float(np.sum(self.const + terms))


def expit(eta: Floats) -> Floats:
    """Return 1 / (1 + exp(-eta)) without overflow.

    Examples
    --------
    >>> expit(np.array([0.0, 800.0, -800.0])).tolist()
    [0.5, 1.0, 0.0]
    """
    from scipy import special

    out: Floats = special.expit(eta)
    return out


def binomial(x: Floats, n: Floats) -> Binomial:
    """Return the counts with their constants."""
    from scipy import special

    return Binomial(x, n, special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1))


def modes(data: Binomial, eta: Floats, sigma: float | Floats) -> Floats:
    """Return the conditional mode of u ~ N(0, 1) in eta + sigma u, each row by damped Newton steps.

    Raises
    ------
    MetaError
        Where the steps do not converge.
    """
    u = np.zeros_like(eta)
    limit = 3.0 / np.maximum(sigma, 1e-8)
    for _ in range(200):
        score, weight, _ = data.derivatives(eta + sigma * u)
        step = np.clip((sigma * score - u) / (1 + sigma**2 * weight), -limit, limit)
        u = u + step
        if np.max(np.abs(step)) < 1e-13 * (1 + np.max(np.abs(u))):
            return u
    if np.max(np.abs(step)) < 1e-8:
        return u
    raise MetaError("the modes of the random effects did not converge", hint="check the counts for outliers")


def marginal(data: Binomial, eta: Floats, sigma: float | Floats, nodes: int) -> tuple[Floats, Floats, Floats]:
    """Return each row's log marginal likelihood and its derivatives by eta and sigma (one for all rows, or one a row).

    The derivatives are those of the quadrature itself, moving nodes included, so that few nodes have an exact optimum too.
    """
    t, logw = hermite(nodes)
    sigma = np.broadcast_to(sigma, eta.shape)
    u = modes(data, eta, sigma)
    s, w, dw = data.derivatives(eta + sigma * u)
    h = 1 + sigma**2 * w
    du_eta, du_sigma = -sigma * w / h, (s - sigma * w * u) / h
    dh_eta = sigma**2 * dw * (1 + sigma * du_eta)
    dh_sigma = 2 * sigma * w + sigma**2 * dw * (u + sigma * du_sigma)
    at = u[:, None] + t / np.sqrt(h)[:, None]
    lin = eta[:, None] + sigma[:, None] * at
    g = data.logpdf(lin) - at**2 / 2 + logw
    top = g.max(axis=1)
    e = np.exp(g - top[:, None])
    total = e.sum(axis=1)
    post = e / total[:, None]
    score = data.x[:, None] - data.n[:, None] * expit(lin)
    gu = sigma[:, None] * score - at
    bend = -0.5 * t / (h**1.5)[:, None]
    ll = top + np.log(total) - 0.5 * np.log(h) - 0.5 * np.log(2 * np.pi)
    d_eta = np.sum(post * (score + gu * (du_eta[:, None] + bend * dh_eta[:, None])), axis=1) - 0.5 * dh_eta / h
    d_sigma = np.sum(post * (score * at + gu * (du_sigma[:, None] + bend * dh_sigma[:, None])), axis=1) - 0.5 * dh_sigma / h
    return ll, d_eta, d_sigma
