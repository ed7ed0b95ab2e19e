"""Quantile regression, exact, with kernel standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.design import design
from miner.meta.guard import sheltered
from miner.meta.models.linear import outcome
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import counted


@dataclass(frozen=True)
class QuantileFit(Result):
    """A quantile regression with kernel standard errors."""

    tau: float
    names: tuple[str, ...]
    coef: Floats
    se: Floats
    p: Floats
    objective: float
    warnings: tuple[str, ...] = ()


@sheltered
def quantile_regression(y: ArrayLike, mods: Any, taus: Sequence[float] = (0.1, 0.25, 0.5, 0.75, 0.9)) -> dict[str, QuantileFit]:
    """Fit linear quantile regressions exactly, by linear programming.

    Standard errors are Powell's kernel sandwich with the Hall-Sheather bandwidth (Koenker 2005, Quantile Regression, section 3.4.2).
    Where the solution is not unique, the warning says so.

    Examples
    --------
    >>> fit = quantile_regression([1.0, 2.0, 3.0, 4.0, 9.0], None, [0.5])["0.5"]
    >>> float(fit.coef[0])
    3.0
    """
    values = outcome(y)
    x, names = design(mods, len(values))
    if len(values) <= x.shape[1]:
        raise MetaError(f"{counted(len(values), 'row')} cannot carry {counted(x.shape[1], 'coefficient')}", hint="use fewer moderators")
    if any(not 0 < tau < 1 for tau in taus):
        raise MetaError("quantiles must lie between 0 and 1")
    return {f"{tau:g}": _quantile(values, x, names, tau) for tau in taus}


def _quantile(y: Floats, x: Floats, names: tuple[str, ...], tau: float) -> QuantileFit:
    from scipy import optimize, sparse, stats

    k, p = x.shape
    scale = np.maximum(np.max(np.abs(x), axis=0), 1e-300)
    a = sparse.hstack([sparse.csr_array(x / scale), sparse.eye_array(k), -sparse.eye_array(k)], format="csc")
    cost = np.concatenate((np.zeros(p), np.full(k, tau), np.full(k, 1 - tau)))
    bounds = [(None, None)] * p + [(0, None)] * (2 * k)
    found = optimize.linprog(cost, A_eq=a, b_eq=y, bounds=bounds, method="highs-ds")
    if found.status != 0 or found.x is None:
        raise MetaError(f"the quantile regression at {tau:g} failed: {found.message}")
    resid = y - x @ (found.x[:p] / scale)
    # The vertex is given exactly by the p rows that it interpolates.
    active = np.argsort(np.abs(resid))[:p]
    coef = found.x[:p] / scale
    if np.linalg.matrix_rank(x[active]) == p:
        vertex = np.linalg.solve(x[active], y[active])
        if np.allclose(vertex, coef, rtol=1e-4, atol=1e-6):
            coef = vertex
    resid = y - x @ coef
    objective = float(np.sum(np.where(resid >= 0, tau * resid, (tau - 1) * resid)))
    se = _kernel_errors(x, resid, tau)
    notes = () if _unique(y, x, resid, tau) else ("the solution may not be unique",)
    return QuantileFit(tau, names, coef, se, 2 * stats.t.sf(np.abs(coef / se), k - p), objective, notes)


def _unique(y: Floats, x: Floats, resid: Floats, tau: float) -> bool:
    """Check that the subgradient holds strictly at the vertex (Koenker 2005, theorem 2.1), equal rows counted together."""
    zero = np.abs(resid) < 1e-9 * max(1.0, float(np.max(np.abs(y))))
    vertex, counts = np.unique(np.column_stack((x, y))[zero].round(12), axis=0, return_counts=True)
    if vertex.shape[0] != x.shape[1] or np.linalg.matrix_rank(vertex[:, :-1]) < x.shape[1]:
        return False
    pull = np.where(resid[~zero] > 0, tau, tau - 1) @ x[~zero]
    dual = np.linalg.solve(vertex[:, :-1].T, -pull) / counts
    return bool(np.all((dual > tau - 1 + 1e-9) & (dual < tau - 1e-9)))


def _kernel_errors(x: Floats, resid: Floats, tau: float) -> Floats:
    from scipy import stats

    k = len(resid)
    z = stats.norm.ppf(tau)
    h = k ** (-1 / 3) * stats.norm.ppf(0.975) ** (2 / 3) * ((1.5 * stats.norm.pdf(z) ** 2) / (2 * z**2 + 1)) ** (1 / 3)
    while tau - h < 0 or tau + h > 1:
        h /= 2
    spread = np.quantile(resid, 0.75) - np.quantile(resid, 0.25)
    width = (stats.norm.ppf(tau + h) - stats.norm.ppf(tau - h)) * min(float(np.std(resid, ddof=1)), float(spread) / 1.34)
    if width <= 0:
        return np.full(x.shape[1], np.nan)
    density = stats.norm.pdf(resid / width) / width
    sparsity = np.linalg.pinv((x.T * density) @ x)
    return np.sqrt(np.diag(tau * (1 - tau) * sparsity @ (x.T @ x) @ sparsity))
