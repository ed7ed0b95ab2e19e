"""Marginal covariance matrices that are block diagonal by cluster, solved in O(k) without ever forming a k x k matrix."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from miner.errors import MetaError
from miner.meta.guard import missing
from miner.meta.numerics.arrays import Floats, Ints
from miner.say import counted


def codes(labels: ArrayLike, k: int, name: str = "cluster") -> Ints:
    """Turn cluster labels of any type into integers 0, 1, ... in order of first appearance.

    Parameters
    ----------
    labels : array_like, shape (k,)
        One label a row; missing labels (None, NaN, empty strings) are refused.
    k : int
        Number of rows expected.
    name : str
        What to call the labels in an error.

    Returns
    -------
    numpy.ndarray of int, shape (k,)

    Examples
    --------
    >>> codes(["b", "a", "b"], 3).tolist()
    [0, 1, 0]
    """
    values = _entries(labels)
    if values.shape != (k,):
        raise MetaError(f"{name} has shape {values.shape}, but there are {counted(k, 'row')}", hint=f"give one {name} label a row")
    seen: dict[Any, int] = {}
    out = np.empty(k, dtype=np.intp)
    for i, value in enumerate(values):
        if missing(value) or (isinstance(value, str) and not value.strip()):
            raise MetaError(f"{name} of row {i + 1} is missing", hint="give every row a label, or drop the row")
        try:
            out[i] = seen.setdefault(value, len(seen))
        except TypeError as error:
            raise MetaError(f"{name} of row {i + 1} is no label: {value!r}", hint="give text or numbers") from error
    return out


def _entries(labels: Any) -> NDArray[Any]:
    """Return labels as an array of objects; each entry of a list is one label (numpy would make two columns of pairs)."""
    if isinstance(labels, str) or hasattr(labels, "dtype") or hasattr(labels, "to_numpy") or not hasattr(labels, "__iter__"):
        return np.asarray(labels, dtype=object)
    listed = list(labels)
    out = np.empty(len(listed), dtype=object)
    for i, value in enumerate(listed):
        out[i] = value
    return out


def crossed(outer: Ints, inner: Ints) -> Ints:
    """Return codes of the groups that two columns of codes make together, in order of first appearance.

    Examples
    --------
    >>> crossed(np.array([0, 0, 1]), np.array([0, 0, 0])).tolist()
    [0, 0, 1]
    """
    return codes(list(zip(outer.tolist(), inner.tolist(), strict=True)), len(outer))


@dataclass(frozen=True)
class BlockCovariance:
    r"""The matrix :math:`M = D + \sigma^2_{in} Z Z' + U C U'`, block diagonal by cluster.

    ``D`` is diagonal, ``Z`` groups rows of one cluster (the inner level), and ``U C U'`` has low rank inside each cluster:
    a column of ones for the outer level, the standard errors for a constant sampling correlation.

    Parameters
    ----------
    diag : array, shape (k,)
        The diagonal of ``D``.
    cluster : array of int, shape (k,)
        Cluster codes 0, 1, ...
    u : array, shape (k, r)
    c : array, shape (r, r)
        Symmetric, non-negative definite.
    inner : array of int, shape (k,), optional
        Codes of inner groups that hold more than one row; without it the inner level is part of ``diag``.
    sigma2_inner : float
        Variance of those groups.
    """

    diag: Floats
    cluster: Ints
    u: Floats
    c: Floats
    inner: Ints | None = None
    sigma2_inner: float = 0.0
    _cache: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)

    def sums(self, a: Floats) -> Floats:
        """Sum the rows of ``a`` (k, q) over each cluster: (clusters, q)."""
        return group_sums(a, self.cluster)

    def _base(self, a: Floats) -> Floats:
        """Solve with the diagonal and the inner groups only."""
        out = a / self.diag[:, None]
        if self.inner is not None and self.sigma2_inner > 0:
            weight = group_sums(1 / self.diag[:, None], self.inner)
            shrink = self.sigma2_inner * group_sums(out, self.inner) / (1 + self.sigma2_inner * weight)
            out = out - shrink[self.inner] / self.diag[:, None]
        return out

    def _pieces(self) -> tuple[Floats, Floats, Floats]:
        """Return B^-1 U, the cores G = (I + C K)^-1 C with K = U' B^-1 U, and det(I + C K), each by cluster."""
        if "ub" not in self._cache:
            r = self.u.shape[1]
            ub = self._base(self.u)
            k_mat = self.sums((self.u[:, :, None] * ub[:, None, :]).reshape(len(self.diag), r * r)).reshape(-1, r, r)
            inner = np.eye(r) + self.c @ k_mat
            self._cache["ub"] = ub
            self._cache["core"] = np.asarray(np.linalg.solve(inner, np.broadcast_to(self.c, inner.shape)), dtype=float)
            self._cache["det"] = np.asarray(np.linalg.det(inner), dtype=float)
        return self._cache["ub"], self._cache["core"], self._cache["det"]

    def solve(self, a: Floats) -> Floats:
        """Return M^-1 a for ``a`` of shape (k, q), by the Woodbury identity in each cluster."""
        b = self._base(a)
        ub, core, _ = self._pieces()
        r, q = self.u.shape[1], a.shape[1]
        ua = self.sums((self.u[:, :, None] * b[:, None, :]).reshape(len(b), r * q)).reshape(-1, r, q)
        out: Floats = b - np.einsum("ir,irq->iq", ub, (core @ ua)[self.cluster])
        return out

    def multiply(self, a: Floats) -> Floats:
        """Return M a for ``a`` of shape (k, q)."""
        r, q = self.u.shape[1], a.shape[1]
        ua = self.sums((self.u[:, :, None] * a[:, None, :]).reshape(len(a), r * q)).reshape(-1, r, q)
        out: Floats = self.diag[:, None] * a + np.einsum("ir,irq->iq", self.u, (self.c @ ua)[self.cluster])
        if self.inner is not None:
            out = out + self.sigma2_inner * group_sums(a, self.inner)[self.inner]
        return out

    def logdet(self) -> float:
        """Return the logarithm of the determinant of M."""
        total = float(np.sum(np.log(self.diag)) + np.sum(np.log(self._pieces()[2])))
        if self.inner is not None and self.sigma2_inner > 0:
            total += float(np.sum(np.log1p(self.sigma2_inner * group_sums(1 / self.diag[:, None], self.inner))))
        return total

    def trace_groups(self, group: Ints | None) -> float:
        """Return the sum over groups g of 1_g' M^-1 1_g (the trace of M^-1 where ``group`` is None: each row its own)."""
        ub, core, _ = self._pieces()
        if group is None:
            base = self._base_diagonal()
            return float(np.sum(base) - np.einsum("ir,irs,is->", ub, core[self.cluster], ub))
        base = group_sums(self._base(np.ones((len(self.diag), 1))), group)[:, 0]
        first = np.zeros(len(base), dtype=np.intp)
        first[group] = self.cluster
        t = group_sums(ub, group)
        return float(np.sum(base) - np.einsum("gr,grs,gs->", t, core[first], t))

    def _base_diagonal(self) -> Floats:
        out = 1 / self.diag
        if self.inner is not None and self.sigma2_inner > 0:
            weight = group_sums(1 / self.diag[:, None], self.inner)[:, 0]
            out = out - self.sigma2_inner / (self.diag**2 * (1 + self.sigma2_inner * weight[self.inner]))
        return out

    def dense(self, rows: Ints) -> Floats:
        """Return the blocks of M for ``rows`` of shape (m, s): m blocks of s rows each, shape (m, s, s)."""
        same = self.cluster[rows][:, :, None] == self.cluster[rows][:, None, :]
        out = np.where(same, np.einsum("msr,rt,mut->msu", self.u[rows], self.c, self.u[rows]), 0.0)
        if self.inner is not None:
            out += self.sigma2_inner * (self.inner[rows][:, :, None] == self.inner[rows][:, None, :])
        index = np.arange(rows.shape[1])
        out[:, index, index] += self.diag[rows]
        return out


def group_sums(a: Floats, group: Ints) -> Floats:
    """Sum the rows of ``a`` (k, q) by group code: shape (groups, q).

    Examples
    --------
    >>> group_sums(np.array([[1.0], [2.0], [3.0]]), np.array([0, 1, 0])).ravel().tolist()
    [4.0, 2.0]
    """
    size = int(group.max()) + 1
    out = np.empty((size, a.shape[1]))
    for j in range(a.shape[1]):
        out[:, j] = np.bincount(group, weights=a[:, j], minlength=size)
    return out


def diagonal(variances: Floats, cluster: Ints | None = None) -> BlockCovariance:
    """Return a purely diagonal covariance, each row its own cluster unless told otherwise."""
    k = len(variances)
    group = np.arange(k) if cluster is None else cluster
    return BlockCovariance(variances, group, np.zeros((k, 1)), np.zeros((1, 1)))


def rows_by_size(group: Ints) -> list[tuple[Ints, Ints]]:
    """Return, for each cluster size, the codes of the clusters (m,) and their row numbers (m, size).

    Examples
    --------
    >>> [(c.tolist(), r.tolist()) for c, r in rows_by_size(np.array([0, 1, 0]))]
    [([1], [[1]]), ([0], [[0, 2]])]
    """
    order = np.argsort(group, kind="stable")
    sizes = np.bincount(group)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    out = []
    for size in np.unique(sizes[sizes > 0]):
        which = np.flatnonzero(sizes == size)
        out.append((which, order[starts[which][:, None] + np.arange(size)]))
    return out
