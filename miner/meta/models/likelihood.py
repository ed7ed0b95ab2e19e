"""The (restricted) log-likelihood of the variance between studies, and a climb that knows what rounding makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from miner.errors import MetaError
from miner.meta.models.wls import Floats, Wls, fit_basis

_STEPS = 200
_TIGHT = 1e-13
_ROUNDING = 16 * float(np.finfo(float).eps)  # of a sum, as a share of its terms
_ONE = np.ones(1)  # the identity as a diagonal


@dataclass(frozen=True)
class Likelihood:
    """The (restricted) log-likelihood of tau², its slope, information and what rounding makes of them."""

    y: Floats
    v: Floats
    X: Floats
    restricted: bool

    def at(self, t: float) -> tuple[float, Wls, float]:
        """Return the log-likelihood without its constant, the fit, and the rounding error of the first."""
        fit = fit_basis(self.y, self.X, 1 / (self.v + t))
        logs, det, rss = np.log(self.v + t), fit.logdet if self.restricted else 0.0, fit.rss
        return -0.5 * (float(np.sum(logs)) + rss + det), fit, _ROUNDING * (float(np.sum(np.abs(logs))) + rss + abs(det) + 1)

    def slope(self, fit: Wls) -> float:
        """Return twice the derivative."""
        return fit.yPPy - (fit.trace(_ONE) if self.restricted else float(fit.w.sum()))

    def information(self, fit: Wls) -> float:
        """Return twice the expected information (Viechtbauer 2005, eq. 11)."""
        found = fit.trace(_ONE, _ONE) if self.restricted else float(np.sum(fit.w**2))
        if not (np.isfinite(found) and found > 0):
            raise MetaError("the variances differ by too many orders of magnitude", hint="check them for values near 0")
        return found

    def step(self, fit: Wls) -> tuple[float, float]:
        """Return Newton's step, or Fisher's where the likelihood is not concave enough, and what of it may be rounding."""
        info = self.information(fit)
        observed = 2 * fit.yPPPy - info
        by = observed if observed > 0.1 * info else info
        return self.slope(fit) / by, _ROUNDING * (fit.yPPy + float(fit.w.sum())) / by

    def root(self, low: float, high: float) -> float:
        """Return where the slope is 0 between two points at which it has different signs."""
        return float(optimize.brentq(lambda s: self.slope(self.at(s)[1]), low, high, xtol=1e-30, rtol=8.9e-16, maxiter=1000))

    def search(self) -> float:
        """Return the maximum by a look at all orders of magnitude: the last resort."""
        top = max(1.0, float(np.var(self.y)), float(self.v.max()))
        grid = np.concatenate(([0.0], np.geomspace(1e-10, 1e3 * top, 200)))
        best = int(np.argmax([self.at(t)[0] for t in grid]))
        low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)])
        slopes = self.slope(self.at(low)[1]), self.slope(self.at(high)[1])
        return self.root(low, high) if slopes[0] > 0 > slopes[1] else float(grid[best])


def climb(like: Likelihood, start: float) -> tuple[float, int]:
    """Climb in tau² by Newton steps with halving; what is left to gain is compared with rounding errors, never with a fixed number."""
    t = start
    value, fit, error = like.at(t)
    low, high, last = -1.0, float("inf"), float("inf")
    for count in range(_STEPS):
        slope = like.slope(fit)
        change, noise = like.step(fit)
        low, high = (max(low, t), high) if slope > 0 else (low, min(high, t))
        if 0 <= low < high < float("inf") and count > 10 and abs(change) > last / 2:
            return like.root(low, high), count  # far from the model the steps overshoot for ever, but the optimum is bracketed
        last = abs(change)
        change = max(change, -t)
        shrink = 1.0
        new, (new_value, new_fit, new_error) = t + change, like.at(t + change)
        while not new_value >= value - error and shrink > 1e-8:
            shrink /= 2
            new, (new_value, new_fit, new_error) = t + shrink * change, like.at(t + shrink * change)
        done = abs(new - t) <= _TIGHT * new + noise
        t, value, fit, error = new, new_value, new_fit, new_error
        if done:
            return (t if t > noise else 0.0), count
    return like.search(), _STEPS
