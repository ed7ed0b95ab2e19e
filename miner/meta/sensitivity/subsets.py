"""Fits of many subsets of the same studies at once: the engine of leave-one-out, influence, cumulative and GOSH figures.

Sums over a subset are products of a chunk of masked weights with a few columns, so that nothing of size k x k is held.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from miner.errors import MetaError
from miner.meta.models.blocks import group_sums
from miner.meta.models.likelihood import MANY, grid_of, peaks
from miner.meta.models.tau2 import estimate, wls
from miner.meta.numerics.arrays import Floats, Ints

_CHUNK = 1 << 21
_TIGHT = 1e-13
_ROUNDING = 64 * float(np.finfo(float).eps)  # of a difference of sums, as a share of their terms
_STEPS = 60

# gives the members of the subsets start..stop as an array of 0 and 1, shape (stop - start, k)
Members = Callable[[int, int], Floats]


@dataclass(frozen=True)
class Fits:
    """One fit a subset; nan where a subset cannot tell the coefficients."""

    k: Ints
    beta: Floats  # (n, p)
    vcov: Floats  # (n, p, p)
    tau2: Floats
    Q: Floats
    typical: Floats  # typical sampling variance (Higgins & Thompson 2002, eq. 9)

    def heterogeneity(self, method: str) -> tuple[Floats, Floats, Floats]:
        """Return the p-values of Q, I² and H² (nan where no degree of freedom is left)."""
        df = self.k - self.beta.shape[1]
        some = df > 0
        qp = np.where(some, stats.chi2.sf(self.Q, np.maximum(df, 1)), 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            h2 = self.Q / df if method == "EE" else self.tau2 / self.typical + 1
            i2 = np.where(h2 > 1, 100 * (h2 - 1) / h2, 0.0)
        return qp, np.where(some, i2, np.nan), np.where(some, h2, np.nan)


@dataclass(frozen=True)
class _Sums:
    """Weighted sums of 1, xx', xr and r² over each subset, with weights to one power."""

    one: Floats
    xx: Floats
    xr: Floats
    rr: Floats


def _unpack(table: Floats, p: int) -> _Sums:
    n = len(table)
    return _Sums(table[:, 0], table[:, 1 : 1 + p * p].reshape(n, p, p), table[:, 1 + p * p : 1 + p * p + p], table[:, -1])


def _columns(r: Floats, X: Floats) -> Floats:
    k, p = X.shape
    return np.column_stack((np.ones(k), (X[:, :, None] * X[:, None, :]).reshape(k, p * p), X * r[:, None], r**2))


def _solve(a: Floats, b: Floats) -> Floats:
    """Solve the systems of equations that can be solved; nan for others."""
    good: Any = np.isfinite(a).all(axis=(1, 2))
    scale = np.sqrt(np.maximum(np.einsum("npp->np", np.where(good[:, None, None], a, 0.0)), 1e-300))
    scaled = np.where(good[:, None, None], a / (scale[:, :, None] * scale[:, None, :]), 0.0)
    good &= np.abs(np.linalg.det(scaled)) > 1e-11
    out = np.full(b.shape, np.nan)
    if good.any():
        rhs = b[good] / scale[good][:, :, None]
        out[good] = np.linalg.solve(scaled[good], rhs) / scale[good][:, :, None]
    return out


def _inverse(a: Floats) -> Floats:
    return _solve(a, np.broadcast_to(np.eye(a.shape[1]), a.shape))


def _newton(s1: _Sums, s2: _Sums, s3: _Sums, restricted: bool) -> tuple[Floats, Floats]:
    """Return the change of tau² of one step for each subset, and what of it may be rounding: Newton's where the likelihood is curved enough, else Fisher's."""
    inverse = _inverse(s1.xx)
    beta = np.einsum("npq,nq->np", inverse, s1.xr)
    r2 = s2.rr - 2 * np.einsum("np,np->n", beta, s2.xr) + np.einsum("np,npq,nq->n", beta, s2.xx, beta)  # sum of w² r²
    r3 = s3.rr - 2 * np.einsum("np,np->n", beta, s3.xr) + np.einsum("np,npq,nq->n", beta, s3.xx, beta)
    x2 = s2.xr - np.einsum("npq,nq->np", s2.xx, beta)  # X'W²r
    cubic = r3 - np.einsum("np,npq,nq->n", x2, inverse, x2)  # y'PPPy
    if restricted:
        ab = inverse @ s2.xx
        trace = s1.one - np.einsum("npp->n", ab)
        square = s2.one - 2 * np.einsum("npq,nqp->n", inverse, s3.xx) + np.einsum("npq,nqp->n", ab, ab)
    else:
        trace, square = s1.one, s2.one
    observed = 2 * cubic - square
    with np.errstate(divide="ignore", invalid="ignore"):
        by = np.where(observed > 0.3 * square, observed, square)
        return (r2 - trace) / by, _ROUNDING * (s2.rr + s1.one) / by


def fit_subsets(y: Floats, v: Floats, X: Floats, method: str, members: Members, n: int, start: float | Floats | None = None) -> Fits:
    """Fit ``n`` subsets of the studies by ``method``.

    Parameters
    ----------
    y, v, X : arrays
    method : str
        Any method of ``pool``; DL, EE, ML and REML work on all subsets of a chunk together.
    members : callable
        Gives the subsets from ``start`` to ``stop``.
    n : int
    start : float or array, optional
        Where the search for tau² begins.
    """
    full = wls(y, X, 1 / (v + (float(np.mean(start)) if start is not None else 0.0)))
    columns = _columns(full.resid, X)  # around the full fit, so that sums of squares lose no digits
    size = max(1, _CHUNK // len(y))
    begin = np.broadcast_to(0.0 if start is None else start, n)
    parts = []
    for low in range(0, n, size):
        high = min(low + size, n)
        parts.append(_chunk(y, v, X, columns, method, members(low, high), begin[low:high]))
    k, beta, vcov, tau2, q, typical = (np.concatenate([part[i] for part in parts]) for i in range(6))
    return Fits(k, beta + full.beta, vcov, tau2, q, typical)


def _chunk(y: Floats, v: Floats, X: Floats, columns: Floats, method: str, mask: Floats, start: Floats) -> tuple[Any, ...]:
    p = X.shape[1]
    k = mask.sum(axis=1).astype(np.intp)
    s1, s2 = _unpack((mask / v) @ columns, p), _unpack((mask / v**2) @ columns, p)
    inverse = _inverse(s1.xx)
    beta = np.einsum("npq,nq->np", inverse, s1.xr)
    q = np.where(k > p, np.maximum(s1.rr - np.einsum("np,np->n", beta, s1.xr), 0.0), np.where(k == p, 0.0, np.nan))
    trace = s1.one - np.einsum("npq,nqp->n", inverse, s2.xx)
    with np.errstate(divide="ignore", invalid="ignore"):
        typical = (k - p) / trace
        moment = np.maximum(0.0, (q - (k - p)) / trace)
    if method == "EE":
        tau2 = np.zeros(len(k))
    elif method == "DL":
        tau2 = moment
    elif method in {"ML", "REML"}:
        tau2 = _likelihood(y, v, X, columns, mask, start, method == "REML")
    else:
        tau2 = np.array([_alone(y, v, X, row, method) for row in mask])
    tau2 = np.where(k > p, tau2, 0.0)
    final = _unpack((mask / (v + np.where(np.isfinite(tau2), tau2, 0.0)[:, None])) @ columns, p)
    vcov = _inverse(final.xx)
    return k, np.einsum("npq,nq->np", vcov, final.xr), vcov, tau2, q, typical


def _alone(y: Floats, v: Floats, X: Floats, row: Floats, method: str) -> float:
    """Return tau² of one subset through the estimators of ``pool``."""
    keep = row > 0
    if keep.sum() <= X.shape[1]:
        return 0.0
    try:
        return estimate(method, y[keep], v[keep], X[keep]).value
    except MetaError:
        return float("nan")


def _sums(columns: Floats, w: Floats, v: Floats, t: Any, p: int) -> tuple[_Sums, _Sums, _Sums]:
    """Return the sums with weights to the powers 1, 2 and 3."""
    second = w / (v + t)
    return _unpack(w @ columns, p), _unpack(second @ columns, p), _unpack((second / (v + t)) @ columns, p)


def _likelihood(y: Floats, v: Floats, X: Floats, columns: Floats, mask: Floats, start: Floats, restricted: bool) -> Floats:
    """Search all subsets together; those that do not settle, or whose likelihood has several maxima, are searched alone."""
    p = X.shape[1]
    tau2 = np.array(start, dtype=float)
    several, low, high = _where(y, v, columns, mask, p, restricted)
    todo = np.flatnonzero(~several)
    for _ in range(_STEPS):
        w = mask[todo] / (v + tau2[todo, None])
        change, noise = _newton(*_sums(columns, w, v, tau2[todo, None], p), restricted)
        new = np.maximum(0.0, tau2[todo] + change)
        converged = ~np.isfinite(change) | (np.abs(new - tau2[todo]) <= _TIGHT * new + noise)
        tau2[todo] = np.where(converged & (new <= noise), 0.0, new)
        todo = todo[~converged]
        if not len(todo):
            break
    alone = several | (tau2 < low) | (tau2 > high)
    alone[todo] = True
    for i in np.flatnonzero(alone):
        tau2[i] = _alone(y, v, X, mask[i], "REML" if restricted else "ML")
    return tau2


def _where(y: Floats, v: Floats, columns: Floats, mask: Floats, p: int, restricted: bool) -> tuple[Any, Floats, Floats]:
    """Return which subsets have several maxima, and between which values the one of the others lies; with many studies there is but one."""
    n = len(mask)
    if len(y) > MANY:
        return np.zeros(n, dtype=bool), np.full(n, -np.inf), np.full(n, np.inf)
    grid = grid_of(y, v)
    slopes = np.empty((len(grid), n))
    for i, t in enumerate(grid):
        slopes[i] = _newton(*_sums(columns, mask / (v + t), v, t, p), restricted)[0]
    found = np.array([peaks(column) for column in slopes.T])
    at = np.argmax(found, axis=1)
    none = ~found.any(axis=1)
    low = np.where(none | (at == 0), 0.0, grid[np.maximum(at - 1, 0)])
    high = np.where(none, np.inf, np.where(at == 0, grid[1], grid[at]))
    return found.sum(axis=1) > 1, low, high


def without(group: Ints) -> Members:
    """Return the subsets that lack one group each."""
    return lambda start, stop: (group[None, :] != np.arange(start, stop)[:, None]).astype(float)


def first(rank: Ints) -> Members:
    """Return the subsets of the first 1, 2, ... studies in order of ``rank`` (0, 1, ...)."""
    return lambda start, stop: (rank[None, :] <= np.arange(start, stop)[:, None]).astype(float)


def warm_start(y: Floats, v: Floats, X: Floats, tau2: float, group: Ints, method: str) -> Floats:
    """Return tau² without each group after one Newton step from the fit of all: totals less the group's own share, O(k) in all."""
    if method not in {"ML", "REML"}:
        return np.full(int(group.max()) + 1, tau2)
    w = 1 / (v + tau2)
    columns = _columns(wls(y, X, w).resid, X)

    def rest(power: int) -> _Sums:
        weighted = columns * (w**power)[:, None]
        return _unpack(weighted.sum(axis=0) - group_sums(weighted, group), X.shape[1])

    change, _ = _newton(rest(1), rest(2), rest(3), restricted=method == "REML")
    return np.maximum(0.0, tau2 + np.where(np.isfinite(change), change, 0.0))
