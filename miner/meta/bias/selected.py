"""The likelihood of effects that are seen in proportion to a weight of their p-value, with first and second derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from miner.meta.bias.weight_functions import Weight
from miner.meta.numerics.arrays import Floats


@dataclass(frozen=True)
class Selected:
    """The log-likelihood in (beta, tau², delta), with effects turned so that selection favours large ones."""

    y: Floats
    v: Floats
    X: Floats
    weight: Weight

    def split(self, theta: Floats) -> tuple[Floats, float, Floats]:
        """Return coefficients, tau² and the parameters of the weight."""
        p = self.X.shape[1]
        return theta[:p], float(theta[p]), theta[p + 1 :]

    def scores(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """Return each study's log-likelihood (k,), gradient (k, r) and Hessian (k, r, r) in (mu, s², delta)."""
        beta, tau2, delta = self.split(theta)
        mu, s2 = self.X @ beta, self.v + tau2
        s, q = np.sqrt(s2), self.weight.size
        seen, m = self.weight.observed(delta), self.weight.expected(mu, s, delta)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            a = m.plain[:, 0]
            d1 = np.column_stack((m.plain[:, 1] / s, m.plain[:, 2] / (2 * s2), m.first[:, :, 0])) / a[:, None]
            d2 = np.empty((len(mu), q + 2, q + 2))
            d2[:, 0, 0], d2[:, 0, 1], d2[:, 1, 1] = m.plain[:, 2] / s2, m.plain[:, 3] / (2 * s2 * s), m.plain[:, 4] / (4 * s2**2)
            d2[:, 0, 2:], d2[:, 1, 2:] = m.first[:, :, 1] / s[:, None], m.first[:, :, 2] / (2 * s2)[:, None]
            d2[:, 2:, 2:] = m.second
            d2[:, 1, 0] = d2[:, 0, 1]
            d2[:, 2:, :2] = np.swapaxes(d2[:, :2, 2:], 1, 2)
            r = self.y - mu
            ll = -0.5 * np.log(2 * np.pi * s2) - r**2 / (2 * s2) + seen.log - np.log(a) - m.shift
            gradient = np.column_stack((r / s2, (r**2 / s2 - 1) / (2 * s2), seen.first)) - d1
            hessian = d1[:, :, None] * d1[:, None, :] - d2 / a[:, None, None]
        hessian[:, 0, 0] -= 1 / s2
        hessian[:, 0, 1] -= r / s2**2
        hessian[:, 1, 0] -= r / s2**2
        hessian[:, 1, 1] += 0.5 / s2**2 - r**2 / s2**3
        hessian[:, 2:, 2:] += seen.second
        return ll, gradient, hessian

    def surface(self, theta: Floats) -> tuple[float, Floats, Floats]:
        """Return the log-likelihood, its gradient and Hessian in (beta, tau², delta)."""
        ll, g, h = self.scores(theta)
        X = self.X
        gradient = np.concatenate((X.T @ g[:, 0], g[:, 1:].sum(axis=0)))
        cross = X.T @ h[:, 0, 1:]
        hessian = np.block([[(X.T * h[:, 0, 0]) @ X, cross], [cross.T, h[:, 1:, 1:].sum(axis=0)]])
        value = float(np.sum(ll))
        if not (np.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            return float("-inf"), gradient, hessian
        return value, gradient, hessian
