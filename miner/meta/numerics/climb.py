"""One Newton climb, with or without limits, for smooth log-likelihoods of few parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from miner.errors import MetaError
from miner.meta.numerics.arrays import Floats

Objective = Callable[[Floats], tuple[float, Floats]]
Hessian = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Peak:
    """Where a climb ended: the point, its value and derivatives there, which limits hold it, and whether it converged."""

    at: Floats
    value: float
    gradient: Floats
    hessian: Floats
    held: Any  # bool array
    converged: bool = False


@dataclass(frozen=True)
class Differences:
    """Central differences: a step, and weights for the function one, two ... steps ahead and behind."""

    step: float
    weights: tuple[float, ...]

    @property
    def moves(self) -> Floats:
        """Where the function is taken: one step ahead, one behind, two ahead ..."""
        return np.array([side * i * self.step for i in range(1, len(self.weights) + 1) for side in (1.0, -1.0)])

    def slope(self, values: Floats) -> Floats:
        """Return the derivative at 0 of a function from its values at the moves (first axis)."""
        terms = [w * (values[2 * i] - values[2 * i + 1]) for i, w in enumerate(self.weights)]
        return np.asarray(sum(terms) / self.step, dtype=float)


QUICK = Differences(1e-3, (8 / 12, -1 / 12))
# What a fit reports: the long step divides rounding errors, which differ between processors, by twenty times as much, and its own error
# (of order step^6) is smaller still.
EXACT = Differences(2e-2, (45 / 60, -9 / 60, 1 / 60))


def numeric_hessian(objective: Objective, at: Floats, rule: Differences = QUICK) -> Floats:
    """Return the Hessian from the gradient by central differences."""
    out = np.array([rule.slope(np.array([objective(at + h * unit)[1] for h in rule.moves])) for unit in np.eye(len(at))])
    hessian: Floats = (out + out.T) / 2
    return hessian


def apart(surface: Callable[[Floats], tuple[float, Floats, Floats]]) -> tuple[Objective, Hessian]:
    """Return objective and Hessian of a function that gives value, gradient and Hessian at once; the last point is kept."""
    last: list[Any] = [None, None]

    def objective(at: Floats) -> tuple[float, Floats]:
        value, gradient, last[1] = surface(at)
        last[0] = at
        return value, gradient

    def hessian(at: Floats) -> Floats:
        if last[0] is not at:
            objective(at)
        found: Floats = last[1]
        return found

    return objective, hessian


def climb(
    objective: Objective,
    start: Floats,
    hessian: Hessian | None = None,
    *,
    longest: float | Floats = 2.0,
    limits: tuple[Floats, Floats] | None = None,
    max_iter: int = 100,
) -> Peak:
    """Climb to a local maximum by Newton steps, made safe by turning negative curvature round, a longest step and halving.

    Parameters
    ----------
    objective : callable
        Gives value and gradient; the value may be -inf where the model is impossible.
    start : array
    hessian : callable, optional
        Gives the Hessian; from the gradient by central differences otherwise.
    longest : float or array
        The longest move of each parameter in one step.
    limits : pair of arrays, optional
        The lowest and the highest value of each parameter.
    max_iter : int

    Returns
    -------
    Peak
        With limits, ``converged`` says whether the steps sufficed.

    Raises
    ------
    MetaError
        Without limits, where ``max_iter`` steps do not suffice.

    Notes
    -----
    Limits: Bertsekas DP (1982). SIAM Journal on Control and Optimization 20:221-246 (projected Newton).

    Examples
    --------
    >>> def hill(at):
    ...     return -float((at[0] - 3) ** 2), -2 * (at - 3)
    >>> round(float(climb(hill, np.zeros(1)).at[0]), 6)
    3.0
    >>> climb(hill, np.zeros(1), limits=(np.zeros(1), np.ones(1))).held
    array([ True])
    """
    return _Climb(objective, hessian, np.asarray(start, dtype=float), longest, limits).run(max_iter)


class _Climb:
    """One climb: what it climbs, and within which limits."""

    def __init__(
        self, objective: Objective, hessian: Hessian | None, start: Floats, longest: float | Floats, limits: tuple[Floats, Floats] | None
    ) -> None:
        endless = np.full(len(start), np.inf)
        self.objective, self.hessian, self.endless = objective, hessian, limits is None
        self.lower: Floats
        self.upper: Floats
        self.lower, self.upper = limits or (-endless, endless)
        self.unit = np.broadcast_to(np.asarray(longest, dtype=float), endless.shape)
        self.start = np.clip(start, self.lower, self.upper)

    def run(self, max_iter: int) -> Peak:
        top = self._peak(self.start, *self.objective(self.start))
        for _ in range(max_iter):
            free = ~top.held
            if not free.any():
                return replace(top, converged=True)
            step = _direction(top.gradient, top.hessian, free)
            step = step * _shorten(top.at, step, self.unit, self.lower)
            gain, longest = float(top.gradient @ step), float(np.max(np.abs(step)))
            # Where the maximum is at infinity (a variance of 0 on the log scale, a separated row) steps never get short, but nothing is gained.
            flat = self.endless and gain < 1e-9 * (abs(top.value) + 1) and longest > 1e-3
            higher = self._halved(top, step)
            if higher is None or flat or float(np.max(np.abs(step) / np.minimum(self.unit, 1.0))) < 1e-9:
                return self._end(replace(higher or top, converged=True))
            top = higher
        if self.endless:
            raise MetaError(
                "the likelihood did not converge", hint="check for separation (a moderator that predicts perfect rows) or too few rows"
            )
        return top

    def _peak(self, at: Floats, value: float, gradient: Floats) -> Peak:
        held = ((at <= self.lower) & (gradient <= 0)) | ((at >= self.upper) & (gradient >= 0))
        return Peak(at, value, gradient, self.hessian(at) if self.hessian else numeric_hessian(self.objective, at), held)

    def _halved(self, top: Peak, step: Floats) -> Peak | None:
        """Return the first of the step, its half, its quarter ... that is not lower than rounding explains; None if none is."""
        for power in range(50):
            trial = np.clip(top.at + step * 0.5**power, self.lower, self.upper)
            value, gradient = self.objective(trial)
            if np.isfinite(value) and value >= top.value - 1e-13 * (abs(top.value) + 1):
                return self._peak(trial, value, gradient) if np.any(trial != top.at) else None
        return None

    def _end(self, top: Peak) -> Peak:
        """Follow Newton's steps while they flatten the gradient: near the top, values are too rough to tell which way is up."""
        for _ in range(5):
            free = ~top.held
            if not (np.isfinite(top.value) and free.any()):
                break
            trial = np.clip(top.at + _direction(top.gradient, top.hessian, free), self.lower, self.upper)
            value, gradient = self.objective(trial)
            scale = np.sqrt(np.maximum(np.abs(np.diag(top.hessian)), 1e-300))
            flatter = np.max(np.abs(gradient / scale)[free]) < 0.5 * np.max(np.abs(top.gradient / scale)[free])
            if not (np.isfinite(value) and value > top.value - 1e-9 * max(1.0, abs(top.value)) and flatter):
                break
            top = replace(self._peak(trial, value, gradient), converged=True)
        return top if self.hessian else replace(top, hessian=numeric_hessian(self.objective, top.at, EXACT))


def _direction(gradient: Floats, hessian: Floats, free: Any) -> Floats:
    """Return Newton's step over the free parameters, with negative curvature turned round; scaled by the diagonal."""
    step = np.zeros_like(gradient)
    h = -hessian[np.ix_(free, free)]
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(h)), 1e-300))
    values, vectors = np.linalg.eigh(h * np.outer(scale, scale))
    values = np.maximum(np.abs(values), 1e-7)
    step[free] = scale * (vectors @ ((vectors.T @ (scale * gradient[free])) / values))
    return step


def _shorten(at: Floats, step: Floats, unit: Floats, lower: Floats) -> float:
    """Return the share of a step that moves no parameter by over ``unit``, and none to below a tenth of its distance from a lower limit.

    A parameter with a lower limit may double; one that is already near its limit may reach it.
    """
    longest = np.where(np.isfinite(lower), np.maximum(unit, np.abs(at)), unit)
    share = min(1.0, float(np.min(longest / np.maximum(np.abs(step), 1e-300))))
    for i in np.flatnonzero(np.isfinite(lower) & (step < 0)):
        room = at[i] - lower[i]
        if room > 1e-3 * unit[i] and share * -step[i] > 0.9 * room:
            share = 0.9 * room / -step[i]
    return share
