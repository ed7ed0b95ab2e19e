"""Cluster-robust variances with small-sample corrections, for multilevel, pooled and linear fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.guard import guarded
from miner.meta.models.blocks import codes, group_sums, rows_by_size
from miner.meta.models.multilevel import coefficient_table
from miner.meta.models.working import Working, working
from miner.meta.numerics.arrays import Floats, Ints
from miner.meta.result import Result
from miner.say import counted, num, p_is

Kind = Literal["CR0", "CR1", "CR1p", "CR1S", "CR2", "CR3"]


@dataclass(frozen=True)
class RobustResult(Result):
    """Coefficients of a fit with cluster-robust inference.

    Attributes
    ----------
    n_clusters : int
    kind : str
        The sandwich: CR0, CR1, CR1p, CR1S, CR2 or CR3.
    beta, se, tstat, df, pval, ci_lb, ci_ub : arrays, shape (p,)
        Tests by Student's t with ``df`` degrees of freedom each.
    vcov : array, shape (p, p)
    Fstat, df_num, df_denom, Fp : float
        Test that all coefficients but the intercept are zero (the intercept where it stands alone): HTZ, or the plain F test.
    """

    n_clusters: int
    kind: str
    names: tuple[str, ...]
    beta: Floats
    se: Floats
    tstat: Floats
    df: Floats
    pval: Floats
    ci_lb: Floats
    ci_ub: Floats
    vcov: Floats
    Fstat: float
    df_num: int
    df_denom: float
    Fp: float
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return a table of the tests."""
        head = f"Cluster-robust ({self.kind}), {counted(self.n_clusters, 'cluster')}: F({self.df_num}, {num(self.df_denom, '.4g')}) = {num(self.Fstat, '.4g')}, {p_is(self.Fp)}"
        rows = coefficient_table(self.names, self.beta, self.se, self.pval, self.ci_lb, self.ci_ub)
        dfs = [f"  df {n}: {num(d, '.4g')}" for n, d in zip(self.names, self.df, strict=True)]
        return "\n".join([head, *rows, *dfs, *(f"  warning: {w}" for w in self.warnings)])


@guarded
def robust(
    fit: Any,
    cluster: ArrayLike,
    vcov: Kind = "CR2",
    df: Literal["satterthwaite", "clusters"] | float = "satterthwaite",
    level: float = 0.95,
    names: tuple[str, ...] | None = None,
) -> RobustResult:
    r"""Test the coefficients of a fit with a cluster-robust variance.

    :math:`V^{CR} = M \left( \sum_j X_j' W_j A_j e_j e_j' A_j' W_j X_j \right) M`, with :math:`A_j = I` (CR0, and CR1 times m/(m-1), CR1p times
    m/(m-p), CR1S times m(k-1)/((m-1)(k-p))), the bias-reduced :math:`A_j` for which :math:`V^{CR}` is unbiased under the working model (CR2),
    or the jackknife's :math:`(I - H_{jj})^{-1}` (CR3).

    Parameters
    ----------
    fit : MultilevelResult, a result of ``pool``, or a fitted statsmodels OLS or WLS model
    cluster : array_like, shape (k,)
        The paper of each row; clusters of the fit must lie inside these.
    vcov : {"CR2", "CR0", "CR1", "CR1p", "CR1S", "CR3"}
    df : {"satterthwaite", "clusters"} or float
        Degrees of freedom: Satterthwaite's for each coefficient with the HTZ test, clusters minus coefficients, or a number.
    level : float
        Confidence level.
    names : tuple of str, optional
        Names of the coefficients, where the fit has none.

    Returns
    -------
    RobustResult

    Raises
    ------
    MetaError
        For fewer clusters than coefficients plus one, or clusters that cut those of the fit.

    References
    ----------
    Pustejovsky JE, Tipton E (2018). Journal of Business & Economic Statistics 36:672-683, eq. 5-7 (CR2), 9 (degrees of freedom).
    Tipton E, Pustejovsky JE (2015). Journal of Educational and Behavioral Statistics 40:604-634 (HTZ, eq. 17-20). Tipton E (2015).
    Psychological Methods 20:375-393. Bell RM, McCaffrey DF (2002). Survey Methodology 28:169-181.

    Examples
    --------
    >>> from miner.meta.models.multilevel import multilevel
    >>> paper = [1, 1, 2, 2, 3, 3]
    >>> fit = multilevel([0.1, 0.3, 0.6, 0.8, 0.2, 0.4], [0.04] * 6, cluster=paper)
    >>> round(float(robust(fit, paper).df[0]), 6)
    2.0
    """
    w = working(fit, names)
    k, p = w.x.shape
    group = codes(cluster, k)
    m = int(group.max()) + 1
    if m <= p:
        raise MetaError(
            f"{counted(m, 'cluster')} cannot carry {counted(p, 'coefficient')}",
            hint="cluster-robust inference needs more clusters than coefficients",
        )
    w.check_nested(group)
    if np.max(np.abs(w.resid)) <= 1e-12 * np.max(np.abs(w.resid + w.x @ w.beta)):
        raise MetaError(
            "the model gives all effects exactly, up to rounding: there are no residuals to take a variance from, so nothing can be tested",
            hint="check the data for copies",
        )
    factors = {"CR0": 1.0, "CR1": m / (m - 1), "CR1p": m / (m - p), "CR1S": m * (k - 1) / ((m - 1) * (k - p)), "CR2": 1.0, "CR3": 1.0}
    if vcov not in factors:
        raise MetaError(f"unknown variance {vcov!r}", hint="one of " + ", ".join(factors))
    adjusted = _adjusted(w, group, vcov)
    scores = group_sums(adjusted * w.resid[:, None], group)
    variance = factors[vcov] * w.bread @ (scores.T @ scores) @ w.bread
    return _inference(w, group, m, vcov, variance, adjusted, df, level)


def _adjusted(w: Working, group: Ints, kind: str) -> Floats:
    """Return the rows of A' W X, shape (k, p), where A is the block-diagonal adjustment."""
    if kind == "CR2":
        out = np.empty_like(w.wx)
        for _, rows in rows_by_size(group):
            out[rows] = _bias_reduced(w, rows)
        return out
    if kind == "CR3":
        # (I - W X M X')^-1 W X = W X (I - M X' W X)^-1 in each cluster, by the push-through identity: p x p instead of n x n.
        p = w.x.shape[1]
        gram = group_sums((w.x[:, :, None] * w.wx[:, None, :]).reshape(-1, p * p), group).reshape(-1, p, p)
        try:
            inverse = np.linalg.inv(np.eye(p) - w.bread @ gram)
        except np.linalg.LinAlgError as error:
            raise MetaError("one cluster alone determines a coefficient, so CR3 does not exist", hint="use CR2") from error
        solved: Floats = np.einsum("ip,ipq->iq", w.wx, inverse[group])
        return solved
    return w.wx


def _bias_reduced(w: Working, rows: Ints) -> Floats:
    """Return A W X for clusters of one size: A = D' (D V D')^(+1/2) D with Phi = D'D (Pustejovsky & Tipton 2018, eq. 6)."""
    x, wx = w.x[rows], w.wx[rows]
    phi = w.phi.dense(rows)
    left = x @ w.bread
    cross = left @ np.swapaxes(phi @ wx, 1, 2)
    v = phi - cross - np.swapaxes(cross, 1, 2) + left @ w.middle @ np.swapaxes(left, 1, 2)
    d = np.swapaxes(np.linalg.cholesky(phi), 1, 2)
    b = d @ v @ np.swapaxes(d, 1, 2)
    values, vectors = np.linalg.eigh((b + np.swapaxes(b, 1, 2)) / 2)
    # A cluster that determines a coefficient alone leaves a zero eigenvalue: the Moore-Penrose root skips it.
    floor = 1e-10 * np.max(np.einsum("mss->ms", phi), axis=1, keepdims=True) ** 2
    root = np.where(values > floor, 1 / np.sqrt(np.where(values > floor, values, 1.0)), 0.0)
    half = np.swapaxes(d, 1, 2) @ vectors
    out: Floats = (half * root[:, None, :]) @ (np.swapaxes(half, 1, 2) @ wx)
    return out


def _inference(
    w: Working, group: Ints, m: int, kind: str, variance: Floats, adjusted: Floats, df: str | float, level: float
) -> RobustResult:
    from scipy import stats

    p = w.x.shape[1]
    tested = [i for i, n in enumerate(w.names) if n != "intrcpt"] or [0]
    q = len(tested)
    sub = variance[np.ix_(tested, tested)]
    stat = float(w.beta[tested] @ np.linalg.solve(sub, w.beta[tested]))
    if df not in ("satterthwaite", "clusters") and not (isinstance(df, int | float) and df > 0):
        raise MetaError(f"df is {df!r}", where="df", hint='"satterthwaite", "clusters", or a number above 0')
    if df == "satterthwaite":
        kernel = _Kernel(w, group, adjusted)
        dfs = kernel.satterthwaite()
        eta = kernel.htz(tested)
        f, denominator = (eta - q + 1) / (eta * q) * stat, eta - q + 1
    else:
        number = float(m - p) if df == "clusters" else float(df)
        dfs, f, denominator = np.full(p, number), stat / q, number
    se = np.sqrt(np.diag(variance))
    t = w.beta / se
    crit = stats.t.isf((1 - level) / 2, dfs)
    pval = np.asarray(2 * stats.t.sf(np.abs(t), dfs), dtype=float)
    warnings = [
        f"degrees of freedom of {n} are {d:.3g}, below 4: its p-value is unreliable (Tipton 2015)"
        for n, d in zip(w.names, dfs, strict=True)
        if d < 4
    ]
    fp = float(stats.f.sf(f, q, denominator)) if denominator > 0 and f >= 0 else float("nan")
    if np.isnan(fp):
        warnings.append("too few clusters for a joint test of these coefficients")
    return RobustResult(
        m, kind, w.names, w.beta, se, t, dfs, pval, w.beta - crit * se, w.beta + crit * se, variance,
        float(f), q, float(denominator), fp, tuple(warnings),
    )  # fmt: skip


class _Kernel:
    r"""The Gram matrices :math:`G^{st}_{ij} = p_{si}' \Phi p_{tj}` of Pustejovsky & Tipton (2018, eq. 9) as diagonal plus low rank, never m x m."""

    def __init__(self, w: Working, group: Ints, adjusted: Floats) -> None:
        p = w.x.shape[1]
        g = adjusted @ w.bread
        spread = w.phi.multiply(g)
        self.a = _by_cluster(g, spread, group)
        f = np.concatenate((_by_cluster(w.x, g, group), _by_cluster(w.wx, spread, group)), axis=1)
        self.f = np.swapaxes(f, 1, 2)  # (clusters, coefficient, 2p)
        zero = np.zeros((p, p))
        self.k = np.block([[w.bread @ w.middle @ w.bread, -w.bread], [-w.bread, zero]])

    def _product(self, one: tuple[Floats, Floats, Floats], two: tuple[Floats, Floats, Floats]) -> float:
        """Return the sum over i, j of the product of two such matrices, each given as (diagonal, left, right)."""
        a1, s1, t1 = one
        a2, s2, t2 = two
        low1 = np.einsum("jr,rs,js->j", s1, self.k, t1)
        low2 = np.einsum("jr,rs,js->j", s2, self.k, t2)
        return float(a1 @ a2 + a1 @ low2 + a2 @ low1 + np.trace(self.k @ (t1.T @ t2) @ self.k.T @ (s2.T @ s1)))

    def satterthwaite(self) -> Floats:
        """Return the degrees of freedom of each coefficient: trace squared over the sum of squares."""
        out = []
        for s in range(self.a.shape[1]):
            f = self.f[:, s, :]
            one = (self.a[:, s, s], f, f)
            trace = float(np.sum(one[0]) + np.einsum("jr,rs,js->", f, self.k, f))
            out.append(trace**2 / self._product(one, one))
        return np.array(out)

    def htz(self, tested: list[int]) -> float:
        """Return the degrees of freedom of Hotelling's T² approximation (Tipton & Pustejovsky 2015, HTZ)."""
        q = len(tested)
        a, f = self.a[np.ix_(range(len(self.a)), tested, tested)], self.f[:, tested, :]
        omega = a.sum(axis=0) + np.einsum("jsr,ru,jtu->st", f, self.k, f)
        values, vectors = np.linalg.eigh((omega + omega.T) / 2)
        root = (vectors / np.sqrt(values)) @ vectors.T
        a, f = root @ a @ root, np.einsum("st,jtr->jsr", root, f)
        total = 0.0
        for s in range(q):
            for t in range(q):
                ss, tt = (a[:, s, s], f[:, s], f[:, s]), (a[:, t, t], f[:, t], f[:, t])
                st, ts = (a[:, s, t], f[:, s], f[:, t]), (a[:, t, s], f[:, t], f[:, s])
                total += self._product(ss, tt) + self._product(st, ts)
        return q * (q + 1) / total


def _by_cluster(left: Floats, right: Floats, group: Ints) -> Floats:
    """Return left_j' right_j for each cluster, shape (clusters, left columns, right columns)."""
    a, b = left.shape[1], right.shape[1]
    return group_sums((left[:, :, None] * right[:, None, :]).reshape(-1, a * b), group).reshape(-1, a, b)
