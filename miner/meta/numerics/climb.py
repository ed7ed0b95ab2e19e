"""A Newton climb with step halving for smooth log-likelihoods of few parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from miner.errors import MetaError
from miner.meta.numerics.arrays import Floats

Objective = Callable[[Floats], tuple[float, Floats]]
Hessian = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Peak:
    """A maximum: where, how high, gradient and Hessian there."""

    at: Floats
    value: float
    gradient: Floats
    hessian: Floats


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


def climb(objective: Objective, start: Floats, hessian: Hessian | None = None, longest: float = 2.0, max_iter: int = 100) -> Peak:
    """Climb to a maximum by Newton steps, made safe by eigenvalue flipping, a longest step and halving.

    Raises
    ------
    MetaError
        Where ``max_iter`` steps do not suffice.
    """
    curvature = hessian or (lambda a: numeric_hessian(objective, a))
    at = np.asarray(start, dtype=float)
    value, gradient = objective(at)
    for _ in range(max_iter):
        h = curvature(at)
        values, vectors = np.linalg.eigh(-h)
        values = np.maximum(np.abs(values), 1e-8 * np.max(np.abs(values)))
        step = vectors @ ((vectors.T @ gradient) / values)
        step *= min(1.0, longest / max(float(np.max(np.abs(step))), 1e-300))
        # Along a direction whose maximum is at infinity (a variance of 0 on the log scale, a separated row) steps never get short, but nothing is gained.
        flat = float(gradient @ step) < 1e-9 * (abs(value) + 1) and float(np.max(np.abs(step))) > 1e-3
        moved = False
        for power in range(40):
            trial_value, trial_gradient = objective(at + step * 0.5**power)
            if np.isfinite(trial_value) and trial_value >= value - 1e-13 * (abs(value) + 1):
                at, moved = at + step * 0.5**power, True
                value, gradient = trial_value, trial_gradient
                break
        if not moved or flat or np.max(np.abs(step)) < 1e-9:
            return Peak(at, value, gradient, hessian(at) if hessian else numeric_hessian(objective, at, EXACT))
    raise MetaError("the likelihood did not converge", hint="check for separation (a moderator that predicts perfect rows) or too few rows")
