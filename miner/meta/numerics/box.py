"""A Newton climb inside a box, for smooth log-likelihoods whose parameters have limits (variances, weights)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from miner.meta.numerics.arrays import Floats

# value, gradient, Hessian; the value may be -inf where the model is impossible
Surface = Callable[[Floats], tuple[float, Floats, Floats]]


@dataclass(frozen=True)
class Summit:
    """Where the climb ended: the point, its value, derivatives there, which limits hold it, and whether it converged."""

    at: Floats
    value: float
    gradient: Floats
    hessian: Floats
    held: Any  # bool array
    converged: bool


def _held(at: Floats, gradient: Floats, lower: Floats, upper: Floats) -> Any:
    """Return the parameters that a limit keeps from rising further."""
    return ((at <= lower) & (gradient <= 0)) | ((at >= upper) & (gradient >= 0))


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


def summit(surface: Surface, start: Floats, lower: Floats, upper: Floats, unit: Floats, max_iter: int = 300) -> Summit:
    """Climb from ``start`` to a local maximum within ``lower`` and ``upper`` by projected Newton steps with halving.

    Parameters
    ----------
    surface : callable
        Gives value, gradient and Hessian.
    start, lower, upper : arrays
    unit : array
        The longest move of each parameter in one step.

    Returns
    -------
    Summit

    Notes
    -----
    Bertsekas DP (1982). SIAM Journal on Control and Optimization 20:221-246 (projected Newton).
    """
    at = np.clip(np.asarray(start, dtype=float), lower, upper)
    value, gradient, hessian = surface(at)
    done = False
    for _ in range(max_iter):
        free = ~_held(at, gradient, lower, upper)
        if not free.any():
            done = True
            break
        step = _direction(gradient, hessian, free)
        reach = _shorten(at, step, unit, lower)
        slope = float(np.abs(gradient @ step))
        moved = False
        for power in range(50):
            trial = np.clip(at + step * reach * 0.5**power, lower, upper)
            found = surface(trial)
            if np.isfinite(found[0]) and found[0] >= value - 4e-16 * max(1.0, abs(value)):
                moved = bool(np.any(trial != at))
                gain = found[0] - value
                at, (value, gradient, hessian) = trial, found
                break
        else:
            gain = 0.0
        if not moved or (slope < 1e-18 * max(1.0, abs(value)) and gain < 1e-12):
            done = True
            break
        if slope < 1e-22 * max(1.0, abs(value)):
            done = True
            break
    return _polish(surface, Summit(at, value, gradient, hessian, _held(at, gradient, lower, upper), done), lower, upper)


def _polish(surface: Surface, top: Summit, lower: Floats, upper: Floats) -> Summit:
    """Follow Newton's steps while they flatten the gradient: near the top, values are too rough to tell which way is up."""
    for _ in range(5):
        free = ~top.held
        if not (top.converged and np.isfinite(top.value) and free.any()):
            break
        step = _direction(top.gradient, top.hessian, free)
        trial = np.clip(top.at + step, lower, upper)
        value, gradient, hessian = surface(trial)
        scale = np.sqrt(np.maximum(np.abs(np.diag(top.hessian)), 1e-300))
        flatter = np.max(np.abs(gradient / scale)[free]) < 0.5 * np.max(np.abs(top.gradient / scale)[free])
        if not (np.isfinite(value) and value > top.value - 1e-9 * max(1.0, abs(top.value)) and flatter):
            break
        top = Summit(trial, value, gradient, hessian, _held(trial, gradient, lower, upper), top.converged)
    return top
