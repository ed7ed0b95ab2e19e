"""Natural splines, and whether one fits better than a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.design import named_columns
from miner.meta.guard import numbers, sheltered
from miner.meta.models.linear import linear
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result


def natural_spline(x: ArrayLike, df: int = 3) -> Floats:
    """Return the natural cubic spline basis with knots at quantiles, linear beyond the data.

    The space is that of cubic B-splines whose second derivative is zero at both ends (de Boor 1978); the columns are those of
    R's ``splines::ns`` without intercept.

    Parameters
    ----------
    x : array_like, shape (k,)
    df : int
        Columns; df - 1 interior knots.

    Returns
    -------
    array, shape (k, df)

    Examples
    --------
    >>> natural_spline([1, 2, 3, 4, 5, 6], 3).shape
    (6, 3)
    """
    from scipy.interpolate import BSpline

    values = numbers(x, "x")
    if len(np.unique(values)) <= df:
        raise MetaError(f"a spline with {df} degrees of freedom needs more than {df} different values", hint="use a line")
    low, high = float(values.min()), float(values.max())
    inner = np.quantile(values, np.arange(1, df) / df) if df > 1 else np.empty(0)
    if np.any(np.diff(np.concatenate(([low], inner, [high]))) <= 0):
        raise MetaError("ties put spline knots on top of each other", hint="use fewer degrees of freedom")
    knots = np.concatenate((np.repeat(low, 4), inner, np.repeat(high, 4)))
    spline = BSpline(knots, np.eye(len(knots) - 4), 3)
    basis, ends = spline(values)[:, 1:], spline.derivative(2)(np.array([low, high]))[:, 1:]
    q = np.linalg.qr(ends.T, mode="complete")[0]
    out: Floats = (basis @ q)[:, 2:]
    return out


@dataclass(frozen=True)
class SplineTest(Result):
    """F test of a natural spline against a straight line."""

    F: float
    df1: int
    df2: int
    p: float
    AIC_linear: float
    AIC_spline: float
    warnings: tuple[str, ...] = ()


@sheltered
def spline_test(y: ArrayLike, x: ArrayLike, others: Any = None, df: int = 3) -> SplineTest:
    """Test whether a natural spline in ``x`` fits better than a line, beside the regressors ``others`` (a column, a matrix, a mapping or a data frame).

    Examples
    --------
    >>> x = np.arange(20.0)
    >>> spline_test((x - 10) ** 2, x).p < 0.001
    True
    """
    from scipy import stats

    if np.ndim(x) != 1:
        raise MetaError(f"x has {np.ndim(x)} dimensions", where="x", hint="give one column")
    rest = dict(named_columns(others))
    basis = natural_spline(x, df)
    straight = linear(y, {"x": x, **rest})
    curved = linear(y, {**{f"ns{j + 1}": column for j, column in enumerate(basis.T)}, **rest})
    df2 = curved.n - len(curved.coef)
    rss = [f.sigma**2 * (f.n - len(f.coef)) for f in (straight, curved)]
    if rss[1] <= 1e-14 * rss[0] or np.isnan(curved.se).any():
        raise MetaError(
            "the spline gives the outcome exactly, so there is no residual variance to test with", hint="check the data for copies"
        )
    f = (rss[0] - rss[1]) / (df - 1) / (rss[1] / df2)
    return SplineTest(f, df - 1, df2, float(stats.f.sf(f, df - 1, df2)), straight.AIC, curved.AIC)
