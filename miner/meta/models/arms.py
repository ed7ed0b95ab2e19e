"""Binomial mixed models of the odds ratio in two-arm studies: unconditional with fixed or random study effects, and approximate conditional."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.guard import guarded, whole_numbers
from miner.meta.models.glmm import glmm
from miner.meta.models.multilevel import coefficient_table
from miner.meta.models.pairs import PairModel
from miner.meta.numerics.arrays import Floats
from miner.meta.numerics.climb import climb
from miner.meta.numerics.laplace import NestedLaplace
from miner.meta.numerics.quadrature import Binomial, binomial, hermite
from miner.meta.result import Result
from miner.say import counted, num

Model = Literal["UM.FS", "UM.RS", "CM.AL"]


@dataclass(frozen=True)
class ArmsResult(Result):
    """A mixed model of the log odds ratio; fields as in :class:`miner.meta.models.glmm.GlmmResult`."""

    k: int
    model: str
    names: tuple[str, ...]
    beta: Floats
    se: Floats
    zval: Floats
    pval: Floats
    ci_lb: Floats
    ci_ub: Floats
    tau2: float
    ll: float
    ll_conditional: float
    parameters: int
    QE_Wld: float
    QEp_Wld: float
    QE_LRT: float
    QEp_LRT: float
    QE_df: int
    I2: float
    H2: float
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return a table of the fit."""
        head = f"Mixed model of the log odds ratio ({self.model}), {counted(self.k, 'study', 'studies')}, tau2 = {num(self.tau2, '.5g')}"
        table = coefficient_table(self.names, self.beta, self.se, self.pval, self.ci_lb, self.ci_ub)
        return "\n".join([head, *table, *(f"  warning: {w}" for w in self.warnings)])


@dataclass(frozen=True)
class _Found:
    beta: float
    se: float
    tau2: float
    ll: float
    ll_conditional: float
    parameters: int
    wald: float
    lrt: float


@guarded
def glmm_arms(
    ai: ArrayLike, n1i: ArrayLike, ci: ArrayLike, n2i: ArrayLike, model: Model = "UM.FS", nAGQ: int = 7, level: float = 0.95
) -> ArmsResult:
    r"""Fit a binomial mixed model to the log odds ratio of two arms.

    UM.FS: logit p = study + theta g + u_i (g - 1/2), a fixed effect a study; UM.RS: the same with normal study effects (Laplace);
    CM.AL: events of arm 1 given all events, binomial with offset log(n1 / n2).

    Parameters
    ----------
    ai, n1i, ci, n2i : array_like, shape (k,)
        Events and sizes of arms 1 and 2.
    model : {"UM.FS", "UM.RS", "CM.AL"}
    nAGQ : int
        Quadrature nodes (UM.FS and CM.AL).
    level : float

    Returns
    -------
    ArmsResult

    References
    ----------
    Stijnen T, Hamza TH, Özdemir P (2010). Statistics in Medicine 29:3046-3067, sections 4-5. Jackson D et al. (2018). Statistics in Medicine
    37:1059-1085, models 2, 4 and 7 (and the coding of +-1/2).

    Examples
    --------
    >>> fit = glmm_arms([4, 6, 3, 12], [120, 300, 230, 400], [11, 29, 11, 30], [130, 300, 220, 400])
    >>> float(fit.beta[0]) < 0
    True
    """
    from scipy import stats

    a, n1, c, n2 = _check(ai, n1i, ci, n2i)
    k = len(a)
    if model == "CM.AL":
        fit = glmm(a, a + c, offset=np.log(n1 / n2), nAGQ=nAGQ)
        found = _Found(float(fit.beta[0]), float(fit.se[0]), fit.tau2, fit.ll, fit.ll_conditional, 2, fit.QE_Wld, fit.QE_LRT)
    elif model == "UM.FS":
        found = _fixed_studies(a, n1, c, n2, nAGQ)
    elif model == "UM.RS":
        found = _random_studies(a, n1, c, n2)
    else:
        raise MetaError(f"unknown model {model!r}", hint="UM.FS, UM.RS or CM.AL")
    crit = float(stats.norm.isf((1 - level) / 2))
    z = found.beta / found.se
    weights = 1 / _odds_variance(a, n1, c, n2)
    typical = (k - 1) * weights.sum() / (weights.sum() ** 2 - (weights**2).sum())
    notes = () if k >= 10 else (f"only {counted(k, 'study', 'studies')}: the variance is unreliable",)
    return ArmsResult(
        k, model, ("intrcpt",), np.array([found.beta]), np.array([found.se]), np.array([z]), np.array([2 * stats.norm.sf(abs(z))]),
        np.array([found.beta - crit * found.se]), np.array([found.beta + crit * found.se]), found.tau2, found.ll, found.ll_conditional, found.parameters,
        found.wald, float(stats.chi2.sf(found.wald, k - 1)), found.lrt, float(stats.chi2.sf(found.lrt, k - 1)), k - 1,
        100 * found.tau2 / (found.tau2 + typical), 1 + found.tau2 / typical, notes,
    )  # fmt: skip


def _check(ai: ArrayLike, n1i: ArrayLike, ci: ArrayLike, n2i: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
    """Check counts; studies without events, or with events only, tell nothing about an odds ratio and are dropped."""
    a, n1, c, n2 = (whole_numbers(v, "a count") for v in (ai, n1i, ci, n2i))
    if a.ndim != 1 or any(v.shape != a.shape for v in (n1, c, n2)):
        raise MetaError("the four columns must have the same length")
    good = (a >= 0) & (c >= 0) & (a <= n1) & (c <= n2) & (n1 >= 1) & (n2 >= 1)
    if not np.all(good):
        raise MetaError("impossible counts", where=f"study {int(np.argmin(good)) + 1}", hint="0 <= events <= size")
    keep = (a + c > 0) & (a + c < n1 + n2)
    if keep.any() and ((a[keep] == 0) | (c[keep] == n2[keep])).all() | ((a[keep] == n1[keep]) | (c[keep] == 0)).all():
        raise MetaError(
            "one arm has all the events in every study, so the odds ratio is infinite", hint="use mantel_haenszel with measure='RD'"
        )
    if keep.sum() < 2:
        raise MetaError(f"{int(keep.sum())} informative studies cannot carry a mean and a variance", hint="report each study")
    return a[keep], n1[keep], c[keep], n2[keep]


def _odds_variance(a: Floats, n1: Floats, c: Floats, n2: Floats) -> Floats:
    cells = np.stack((a, n1 - a, c, n2 - c))
    out: Floats = np.sum(1 / (cells + 0.5 * np.any(cells == 0, axis=0)), axis=0)
    return out


def _interleave(first: Floats, second: Floats) -> Floats:
    return np.stack((first, second), axis=1).ravel()


class _StudyProfile:
    """Log-likelihood of studies as a function of each study's own level, theta and log tau, by adaptive quadrature."""

    def __init__(self, data: Binomial, nodes: int) -> None:
        self.data, self.nodes = data, nodes
        self.half = np.array([0.5, -0.5])

    def modes(self, level: Floats, theta: float, tau: float) -> tuple[Floats, Floats, Floats]:
        """Return the mode of each study's effect, the curvature there, and the linear predictors without it."""
        base = level[:, None] + theta * np.array([1.0, 0.0])
        u = np.zeros(len(level))
        for _ in range(200):
            s, w, _ = (v.reshape(-1, 2) for v in self.data.derivatives((base + tau * self.half * u[:, None]).ravel()))
            h = 1 + tau**2 * 0.25 * w.sum(axis=1)
            step = np.clip((tau * s @ self.half - u) / h, -4 / max(tau, 1e-8), 4 / max(tau, 1e-8))
            u = u + step
            if np.max(np.abs(step)) < 1e-13:
                return u, h, base
        return u, h, base

    def __call__(self, level: Floats, theta: float, log_tau: float) -> Floats:
        tau = float(np.exp(log_tau))
        u, h, base = self.modes(level, theta, tau)
        t, logw = hermite(self.nodes)
        at = u[:, None] + t / np.sqrt(h)[:, None]
        eta = base[:, :, None] + tau * self.half[:, None] * at[:, None, :]
        g = self.data.logpdf(eta.reshape(-1, len(t))).reshape(len(level), 2, -1).sum(axis=1) - at**2 / 2 + logw
        top = g.max(axis=1)
        out: Floats = top + np.log(np.exp(g - top[:, None]).sum(axis=1)) - 0.5 * np.log(h) - 0.5 * np.log(2 * np.pi)
        return out

    def derivatives(self, level: Floats, theta: float, log_tau: float) -> tuple[Floats, Floats]:
        """Return each study's gradient (k, 3) and Hessian (k, 3, 3) by (level, theta, log tau), five-point differences."""
        h, k = 2e-3, len(level)
        offsets, weights = np.array([-2, -1, 1, 2]), np.array([1, -8, 8, -1]) / (12 * h)

        def value(move: Floats) -> Floats:
            return self(level + move[0], theta + move[1], log_tau + move[2])

        unit = np.eye(3)
        here = value(np.zeros(3))
        lines = np.array([[value(o * h * unit[i]) for o in offsets] for i in range(3)])
        gradient = np.einsum("ios,o->si", lines, weights)
        hessian = np.empty((k, 3, 3))
        for i in range(3):
            hessian[:, i, i] = (-lines[i, 0] + 16 * lines[i, 1] - 30 * here + 16 * lines[i, 2] - lines[i, 3]) / (12 * h**2)
            for j in range(i):
                cross = sum(
                    wa * wb * value(h * (oa * unit[i] + ob * unit[j]))
                    for oa, wa in zip(offsets, weights, strict=True)
                    for ob, wb in zip(offsets, weights, strict=True)
                )
                hessian[:, i, j] = hessian[:, j, i] = cross
        return gradient, hessian


def _fixed_studies(a: Floats, n1: Floats, c: Floats, n2: Floats, nodes: int) -> _Found:
    """Climb by Newton steps on an arrow-shaped Hessian: one level a study, and theta with log tau common to all."""
    data = binomial(_interleave(a, c), _interleave(n1, n2))
    wald, lrt, theta, level = _common_odds(a, n1, c, n2, data)
    like = _StudyProfile(data, nodes)
    log_tau = float(np.log(max(0.1, np.sqrt(max(0.0, (wald - len(a) + 1) / np.sum(1 / _odds_variance(a, n1, c, n2)))))))
    value = float(like(level, theta, log_tau).sum())
    for _ in range(100):
        gradient, hessian = like.derivatives(level, theta, log_tau)
        own, cross = -np.maximum(np.abs(hessian[:, 0, 0]), 1e-8), hessian[:, 0, 1:]
        schur = hessian[:, 1:, 1:].sum(axis=0) - (cross.T / own) @ cross
        values, vectors = np.linalg.eigh(-schur)
        common = gradient[:, 1:].sum(axis=0) - cross.T @ (gradient[:, 0] / own)
        step = vectors @ ((vectors.T @ common) / np.maximum(np.abs(values), 1e-8))
        step *= min(1.0, 1.0 / max(float(np.max(np.abs(step))), 1e-300))
        own_step = np.clip(-(gradient[:, 0] + cross @ step) / own, -2, 2)
        scale = 1.0
        while scale > 1e-6:
            trial = float(like(level + scale * own_step, theta + scale * step[0], log_tau + scale * step[1]).sum())
            if trial >= value - 1e-11 * (abs(value) + 1):
                break
            scale /= 2
        level, theta, log_tau, value = level + scale * own_step, theta + scale * float(step[0]), log_tau + scale * float(step[1]), trial
        if log_tau < np.log(1e-4) or max(float(np.max(np.abs(own_step))), float(np.max(np.abs(step)))) < 1e-8:
            break
    tau = float(np.exp(log_tau))
    se = float(np.sqrt(np.linalg.inv(-schur)[0, 0])) if tau > 1e-4 else float((-schur[0, 0]) ** -0.5)
    u, _, base = like.modes(level, theta, tau)
    conditional = float(np.sum(data.logpdf((base + tau * like.half * u[:, None]).ravel())))
    return _Found(theta, se, tau**2 if tau > 1e-4 else 0.0, value, conditional, len(a) + 2, wald, lrt)


def _common_odds(a: Floats, n1: Floats, c: Floats, n2: Floats, data: Binomial) -> tuple[float, float, float, Floats]:
    """Fit one odds ratio with a level a study, each level profiled out; return Wald and likelihood-ratio heterogeneity, theta and levels."""
    inside = (a > 0) & (a < n1) & (c > 0) & (c < n2)
    y = np.log(a[inside] * (n2 - c)[inside] / (c[inside] * (n1 - a)[inside]))
    w = 1 / _odds_variance(a[inside], n1[inside], c[inside], n2[inside])
    wald = float(np.sum(w * (y - np.sum(w * y) / w.sum()) ** 2))
    theta, level = float(np.sum(w * y) / w.sum()), np.log((c + 0.5) / (n2 - c + 0.5))
    for _ in range(200):
        s, weight, _ = (v.reshape(-1, 2) for v in data.derivatives((level[:, None] + theta * np.array([1.0, 0.0])).ravel()))
        total = weight.sum(axis=1)
        info = float(np.sum(weight[:, 0] * weight[:, 1] / total))
        step = float(np.sum(s[:, 0] - weight[:, 0] / total * s.sum(axis=1))) / info
        own = np.clip((s.sum(axis=1) - weight[:, 0] * step) / total, -2, 2)
        theta, level = theta + float(np.clip(step, -1, 1)), level + own
        if max(abs(step), float(np.max(np.abs(own)))) < 1e-12:
            break
    ll = float(np.sum(data.logpdf((level[:, None] + theta * np.array([1.0, 0.0])).ravel())))
    return wald, 2 * (data.saturated() - ll), theta, level


def _random_studies(a: Floats, n1: Floats, c: Floats, n2: Floats) -> _Found:
    """Fit normal study levels beside the random odds ratio; heterogeneity against one odds ratio a study, levels random too."""
    k = len(a)
    data = binomial(_interleave(a, c), _interleave(n1, n2))
    group = np.tile([1.0, 0.0], k)
    x = np.column_stack((np.ones(2 * k), group))
    _, _, theta, level = _common_odds(a, n1, c, n2, data)
    spread = max(float(np.std(level)), 0.2)
    model = PairModel(data, x, np.array([[1.0, 0.5], [1.0, -0.5]]), correlated=False)
    peak = model.fit(np.array([float(np.mean(level)), theta]), (spread, 0.4))
    inside = np.array([True, True, True, peak.at[3] > np.log(1e-3)])
    vcov = np.linalg.inv(-peak.hessian[np.ix_(inside, inside)])
    tau2 = float(np.exp(2 * peak.at[3])) if inside[3] else 0.0
    eta = model.value(peak.at)[1]
    study = np.repeat(np.arange(k), 2)
    own = group[:, None] * (study[:, None] == np.arange(k))
    zero = np.zeros(2 * k)
    one = climb(NestedLaplace(data, x, study, zero, row=False), np.array([float(np.mean(level)), theta, np.log(spread)]), longest=1.0)
    ratio = np.log((a + 0.5) * (n2 - c + 0.5) / ((c + 0.5) * (n1 - a + 0.5)))
    all_own = climb(
        NestedLaplace(data, np.column_stack((np.ones(2 * k), own)), study, zero, row=False),
        np.concatenate(([np.mean(level)], ratio, [np.log(spread)])),
        longest=1.0,
    )
    cov = np.linalg.inv(-all_own.hessian)[1 : k + 1, 1 : k + 1]
    contrast = np.column_stack((-np.ones(k - 1), np.eye(k - 1)))
    gap = contrast @ all_own.at[1 : k + 1]
    wald = float(gap @ np.linalg.solve(contrast @ cov @ contrast.T, gap))
    return _Found(
        float(peak.at[1]),
        float(np.sqrt(vcov[1, 1])),
        tau2,
        peak.value,
        float(np.sum(data.logpdf(eta))),
        4,
        wald,
        2 * (all_own.value - one.value),
    )
