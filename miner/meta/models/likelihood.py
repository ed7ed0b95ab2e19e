"""The (restricted) log-likelihood of the variance between studies, and its highest maximum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize

from miner.errors import MetaError
from miner.meta.models.wls import Floats, Wls, fit_basis

_ROUNDING = 16 * float(np.finfo(float).eps)  # of a sum, as a share of its terms
_MANY = 500  # studies
_ONE = np.ones(1)  # the identity as a diagonal


@dataclass(frozen=True)
class Likelihood:
    """The (restricted) log-likelihood of tau² (Harville 1977), its slope, information and what rounding makes of them."""

    y: Floats
    v: Floats
    X: Floats
    restricted: bool

    def at(self, t: float) -> tuple[float, Wls]:
        """Return the log-likelihood without its constant, and the fit."""
        fit = fit_basis(self.y, self.X, 1 / (self.v + t))
        det = fit.logdet if self.restricted else 0.0
        return -0.5 * (float(np.sum(np.log(self.v + t))) + fit.rss + det), fit

    def slope(self, t: float) -> float:
        """Return twice the derivative."""
        fit = self.at(t)[1]
        return fit.yPPy - (fit.trace(_ONE) if self.restricted else float(fit.w.sum()))

    def information(self, t: float) -> float:
        """Return twice the expected information (Viechtbauer 2005, eq. 11)."""
        fit = self.at(t)[1]
        found = fit.trace(_ONE, _ONE) if self.restricted else float(np.sum(fit.w**2))
        if not (np.isfinite(found) and found > 0):
            raise MetaError("the variances differ by too many orders of magnitude", hint="check them for values near 0")
        return found

    def noise(self, t: float) -> float:
        """Return how far rounding of the slope may move a root."""
        fit = self.at(t)[1]
        return _ROUNDING * (fit.yPPy + float(fit.w.sum())) / self.information(t)

    def root(self, low: float, high: float) -> float:
        """Return where the slope is 0 between two points; where rounding decides its sign at one of them, that point."""
        ends = self.slope(low), self.slope(high)
        if not ends[0] > 0 > ends[1]:
            return low if abs(ends[0]) < abs(ends[1]) else high
        return float(optimize.brentq(self.slope, low, high, xtol=1e-30, rtol=8.9e-16, maxiter=1000))

    def slopes(self, grid: Floats) -> Floats:
        """Return twice the derivative at many points, at once where that needs little memory."""
        if len(self.y) > _MANY:
            return np.array([self.slope(t) for t in grid])
        w = 1 / (self.v + grid[:, None])
        X = self.X
        wx = w[:, :, None] * X
        gram = np.swapaxes(wx, 1, 2) @ X
        resid = self.y - np.einsum("kp,gp->gk", X, np.linalg.solve(gram, (wx * self.y[:, None]).sum(axis=1)[:, :, None])[:, :, 0])
        spread = np.sum((w * resid) ** 2, axis=1)
        out: Floats = spread - w.sum(axis=1)
        if self.restricted:
            out += np.einsum("gpp->g", np.linalg.solve(gram, np.swapaxes(wx, 1, 2) @ wx))
        return out


def grid_of(y: Floats, v: Floats) -> Floats:
    """Return values of tau² between which a likelihood turns: 0, and from a fraction of the least variance to beyond the largest squared deviation."""
    with np.errstate(over="ignore"):
        top = float(max(4 * np.ptp(y) ** 2, 4 * v.max()))
    if not np.isfinite(top):
        raise MetaError("the effects or variances are too large to compute with", hint="check them, or give them in other units")
    return np.concatenate(([0.0], np.geomspace(max(1e-2 * float(v.min()), 1e-12 * top), top, 60)))


def peaks(slopes: Floats) -> Any:
    """Return where a maximum lies: True at i where the slope turns negative between grid points i - 1 and i; at 0, where it is negative from there on."""
    falls = slopes <= 0
    return np.concatenate((falls[:1], ~falls[:-1] & falls[1:]))


def maximise(like: Likelihood) -> tuple[float, int]:
    """Return the highest maximum, and how many there are; the criterion is the sign of the slope, down to what rounding makes of it.

    Raises
    ------
    MetaError
        Where the variances are so different that the slope cannot be computed.
    """
    grid = grid_of(like.y, like.v)
    where = np.flatnonzero(peaks(like.slopes(grid)))
    if not len(where):
        raise MetaError("the variances differ by too many orders of magnitude", hint="check them for values near 0")
    found = [0.0 if i == 0 else like.root(float(grid[i - 1]), float(grid[i])) for i in where]
    best = max(found, key=lambda t: like.at(t)[0])
    return (best if best > like.noise(best) else 0.0), len(found)
