"""From odds to percentage points."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def expit(x: ArrayLike) -> Any:
    """Return the shares of logits; a number for a number, else an array.

    Examples
    --------
    >>> expit(0.0)
    0.5
    """
    from scipy import special

    found = special.expit(np.asarray(x, dtype=float))
    return float(found) if found.ndim == 0 else found


def logit(p: ArrayLike) -> Any:
    """Return the logits of shares; a number for a number, else an array.

    Examples
    --------
    >>> logit(0.5)
    0.0
    """
    from scipy import special

    found = special.logit(np.asarray(p, dtype=float))
    return float(found) if found.ndim == 0 else found


def points(level: float, log_odds: ArrayLike) -> Any:
    """Return by how many percentage points a share changes when the logarithm of its odds changes.

    Parameters
    ----------
    level : float
        The logit of the share before the change.
    log_odds : array_like
        The change, or several: a coefficient and the ends of its interval.

    Returns
    -------
    float or array
        ``100 (expit(level + log_odds) - expit(level))``, so that no share leaves 0 to 100 %; the tangent ``100 p (1 - p) log_odds`` does.

    Examples
    --------
    >>> round(points(logit(0.9), 2.0), 1), round(100 * 0.9 * 0.1 * 2.0, 1)
    (8.5, 18.0)
    """
    found = 100 * (np.asarray(expit(level + np.asarray(log_odds, dtype=float))) - expit(level))
    return float(found) if found.ndim == 0 else found
