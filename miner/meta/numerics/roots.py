"""Brent's root finder in the form that statistics software uses, so that figures agree to the tolerance at which it stops."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from miner.errors import MetaError

_EPS = float(np.finfo(float).eps)


def zeroin(f: Callable[[float], float], a: float, b: float, tol: float = 0.0) -> float:
    """Return a root of ``f`` between ``a`` and ``b``, where its signs differ.

    scipy's ``brentq`` compares a step with the one before the last, this with the last one: at loose tolerances they stop at different points.

    Parameters
    ----------
    f : callable
    a, b : float
    tol : float
        Absolute width at which to stop.

    References
    ----------
    Brent RP (1973). Algorithms for Minimization without Derivatives, chapter 4. Forsythe GE, Malcolm MA, Moler CB (1977). Computer Methods for
    Mathematical Computations, chapter 7.

    Examples
    --------
    >>> round(zeroin(lambda x: x**3 - 2, 0, 2), 12)
    1.259921049895
    """
    fa, fb = f(a), f(b)
    if fa * fb > 0:
        raise MetaError(f"no change of sign between {a:g} and {b:g}")
    c, fc = a, fa
    for _ in range(1000):
        last = b - a
        if abs(fc) < abs(fb):
            a, b, c, fa, fb, fc = b, c, b, fb, fc, fb
        least = 2 * _EPS * abs(b) + tol / 2
        step = (c - b) / 2
        if abs(step) <= least or fb == 0:
            return b
        if abs(last) >= least and abs(fa) > abs(fb):
            p, q = _interpolate(a, b, c, fa, fb, fc)
            if p < 0.75 * (c - b) * q - abs(least * q) / 2 and p < abs(last * q / 2):
                step = p / q
        if abs(step) < least:
            step = least if step > 0 else -least
        a, fa = b, fb
        b += step
        fb = f(b)
        if (fb > 0) == (fc > 0):
            c, fc = a, fa
    return b


def _interpolate(a: float, b: float, c: float, fa: float, fb: float, fc: float) -> tuple[float, float]:
    """Return the step p / q, p >= 0, of linear or inverse quadratic interpolation."""
    if a == c:
        ratio = fb / fa
        p, q = (c - b) * ratio, 1 - ratio
    else:
        r, s, t = fa / fc, fb / fc, fb / fa
        p, q = t * ((c - b) * r * (r - s) - (b - a) * (s - 1)), (r - 1) * (s - 1) * (t - 1)
    return (p, -q) if p > 0 else (-p, q)
