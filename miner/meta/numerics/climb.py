"""A Newton climb with step halving for smooth log-likelihoods of few parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from miner.errors import MetaError
from miner.meta.models.blocks import Floats

Objective = Callable[[Floats], tuple[float, Floats]]
Hessian = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Peak:
    """A maximum: where, how high, gradient and Hessian there."""

    at: Floats
    value: float
    gradient: Floats
    hessian: Floats


def numeric_hessian(objective: Objective, at: Floats, step: float = 1e-3) -> Floats:
    """Return the Hessian from the gradient by five-point central differences (error of order step^4)."""
    size = len(at)
    out = np.empty((size, size))
    for i in range(size):
        unit = np.zeros(size)
        unit[i] = step
        near = objective(at + unit)[1] - objective(at - unit)[1]
        far = objective(at + 2 * unit)[1] - objective(at - 2 * unit)[1]
        out[i] = (8 * near - far) / (12 * step)
    return (out + out.T) / 2


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
            return Peak(at, value, gradient, curvature(at))
    raise MetaError("the likelihood did not converge", hint="check for separation (a moderator that predicts perfect rows) or too few rows")
