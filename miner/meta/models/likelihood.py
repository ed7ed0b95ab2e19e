"""The (restricted) log-likelihood of the variance between studies, and its highest maximum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from miner.errors import MetaError
from miner.meta.models.wls import Wls, fit_basis
from miner.meta.numerics.arrays import Floats

_ROUNDING = 16 * float(np.finfo(float).eps)  # of a sum, as a share of its terms
_STEPS = 200
_TIGHT = 4 * float(np.finfo(float).eps)
MANY = 200  # studies beyond which no likelihood was seen with two maxima
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

    def information(self, t: float) -> float:
        """Return twice the expected information (Viechtbauer 2005, eq. 11)."""
        fit = self.at(t)[1]
        found = fit.trace(_ONE, _ONE) if self.restricted else float(np.sum(fit.w**2))
        if not (np.isfinite(found) and found > 0):
            raise MetaError("the variances differ by too many orders of magnitude", hint="check them for values near 0")
        return found

    def step(self, fit: Wls) -> tuple[float, float, float]:
        """Return the slope, Newton's step to where it is 0, and how much of that step may be rounding."""
        slope = fit.yPPy - (fit.trace(_ONE) if self.restricted else float(fit.w.sum()))
        expected = fit.trace(_ONE, _ONE, exact=False) if self.restricted else float(np.sum(fit.w**2))
        observed = 2 * fit.yPPPy - expected
        by = observed if observed > 0.1 * expected else expected
        return slope, slope / by, _ROUNDING * (fit.yPPy + float(fit.w.sum())) / by

    def root(self, low: float, high: float, start: float) -> float:
        """Return where the slope turns negative between two points: Newton's steps, halves of the bracket where they leave it or get no shorter.

        A root that rounding cannot tell from 0 is 0.
        """
        t, last = start, high - low
        for _ in range(_STEPS):
            slope, change, noise = self.step(self.at(t)[1])
            low, high = (t, high) if slope > 0 else (low, t)
            new = t + change
            if min(abs(change), high - low) <= _TIGHT * t + noise:
                new = min(max(new, low), high)
                return new if new > noise else 0.0
            if not low < new < high or abs(change) > last / 2:
                new = (low + high) / 2
            t, last = new, abs(new - t)
        raise MetaError("the likelihood of tau2 does not converge", hint="use PM or DL")

    def slopes(self, grid: Floats) -> Floats:
        """Return twice the derivative at many points at once."""
        w = 1 / (self.v + grid[:, None])
        X = self.X
        wx = w[:, :, None] * X
        gram = np.swapaxes(wx, 1, 2) @ X
        resid = self.y - np.einsum("kp,gp->gk", X, np.linalg.solve(gram, (wx * self.y[:, None]).sum(axis=1)[:, :, None])[:, :, 0])
        out: Floats = np.sum((w * resid) ** 2, axis=1) - w.sum(axis=1)
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


def maximise(like: Likelihood, start: float) -> tuple[float, int]:
    """Return the highest maximum, and how many there are; ``start`` is a guess. With many studies there is but one.

    Raises
    ------
    MetaError
        Where the variances are so different that the slope cannot be computed.
    """
    grid = grid_of(like.y, like.v)
    if len(like.y) > MANY:
        none = like.step(like.at(0.0)[1])[0] <= 0
        return (0.0 if none else like.root(0.0, float(grid[-1]), max(start, float(grid[1])))), 1
    where = np.flatnonzero(peaks(like.slopes(grid)))
    if not len(where):
        raise MetaError("the variances differ by too many orders of magnitude", hint="check them for values near 0")
    ends = [(float(grid[i - 1]), float(grid[i])) for i in where if i > 0]
    found = [like.root(low, high, (low + high) / 2) for low, high in ends] + ([0.0] if where[0] == 0 else [])
    return max(found, key=lambda t: like.at(t)[0]) if len(found) > 1 else found[0], len(found)
