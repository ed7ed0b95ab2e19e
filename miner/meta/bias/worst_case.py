"""Sensitivity to publication bias without a model of it: the favour of significant results that would explain an effect away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from miner.errors import MetaError
from miner.meta.guard import sheltered
from miner.meta.models.blocks import codes, group_sums
from miner.meta.models.pooling import check_effects
from miner.meta.models.tau2 import estimate
from miner.meta.numerics.arrays import Floats, Ints
from miner.meta.result import Result
from miner.say import counted, num, out_of

_NAN = float("nan")


@dataclass(frozen=True)
class WorstCase(Result):
    """Sensitivity of a pooled effect to publication bias (Mathur & VanderWeele 2020).

    Attributes
    ----------
    eta : float
        Selection ratio assumed: an affirmative result (significant, in the favoured direction) is so many times as likely to be published.
    estimate, se, ci_lb, ci_ub, pval : float
        Pooled effect corrected for that ratio.
    uncorrected, uncorrected_ci_lb, uncorrected_ci_ub : float
        The same with ratio 1.
    worst, worst_se, worst_ci_lb, worst_ci_ub : float
        From the studies that are not affirmative alone: the limit of a ratio without bound (nan where all are affirmative).
    s_value_estimate, s_value_ci : float
        The ratio that moves the estimate, or the limit of its interval nearer to ``q``, to ``q``. Infinite where no ratio does, 1 where the limit is there
        without any selection.
    k, k_affirmative, n_clusters : int
    """

    model: str
    favour: str
    eta: float
    q: float
    estimate: float
    se: float
    ci_lb: float
    ci_ub: float
    pval: float
    uncorrected: float
    uncorrected_ci_lb: float
    uncorrected_ci_ub: float
    worst: float
    worst_se: float
    worst_ci_lb: float
    worst_ci_ub: float
    s_value_estimate: float
    s_value_ci: float
    tau2: float
    k: int
    k_affirmative: int
    n_clusters: int
    level: float
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the figures that a paper would report."""
        lines = [f"Worst case of publication bias ({self.model}): {out_of(self.k_affirmative, self.k, 'result', 'are')} affirmative"]
        for name, value, low, high in (
            ("uncorrected", self.uncorrected, self.uncorrected_ci_lb, self.uncorrected_ci_ub),
            (f"ratio {self.eta:g}", self.estimate, self.ci_lb, self.ci_ub),
            ("worst case", self.worst, self.worst_ci_lb, self.worst_ci_ub),
        ):
            lines.append(f"  {name}: {num(value, '.6g')} [{num(low, '.6g')}, {num(high, '.6g')}]")
        ratios = [num(s, ".3g") if np.isfinite(s) else "none is enough" for s in (self.s_value_estimate, self.s_value_ci)]
        lines.append(f"  S-value: estimate {ratios[0]}, interval {ratios[1]} (to {self.q:g})")
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])


@dataclass(frozen=True)
class _Fit:
    estimate: float
    se: float
    lb: float
    ub: float
    pval: float


@dataclass(frozen=True)
class _Data:
    """Effects turned so that large ones are favoured."""

    y: Floats
    w: Floats  # inverse of the total variance, without selection
    favoured: Any  # bool
    group: Ints
    z: bool  # normal interval with the model's standard error, without clusters
    level: float

    def fit(self, eta: float, rows: Any = None) -> _Fit:
        """Weighted mean in which results that are not affirmative count ``eta`` times."""
        keep = np.ones(len(self.y), dtype=bool) if rows is None else rows
        y, w = self.y[keep], (self.w * np.where(self.favoured, 1.0, eta))[keep]
        mean = float(np.sum(w * y) / np.sum(w))
        if self.z:
            share = np.where(self.favoured, 1.0, eta)[keep]
            se = float(np.sqrt(np.sum(w * share)) / np.sum(w))
            dist: Any = stats.norm
        else:
            if np.max(np.abs(y - mean)) <= 1e-12 * np.max(np.abs(y)):  # what rounding leaves of equal effects is no standard error
                return _Fit(mean, _NAN, _NAN, _NAN, _NAN)
            codes_here = np.unique(self.group[keep], return_inverse=True)[1]
            se, dist = _robust(y - mean, w, codes_here)
        crit = float(dist.ppf(0.5 + self.level / 2))
        return _Fit(mean, se, mean - crit * se, mean + crit * se, float(2 * dist.sf(abs(mean) / se)) if se > 0 else _NAN)


def _robust(resid: Floats, w: Floats, group: Ints) -> tuple[float, Any]:
    """Return the cluster-robust standard error (CR2 of a mean) and its t distribution with m - 1 degrees of freedom."""
    own = group_sums(np.column_stack((w, w * resid)), group) / float(w.sum())
    m = len(own)
    if m < 2:
        return _NAN, stats.norm
    # As the selection ratio grows, one cluster may get all of the weight: what is left to the others is summed, not the rest of 1.
    others = np.concatenate((np.zeros((1, 2)), np.cumsum(own, axis=0)[:-1])) + np.concatenate(
        (np.cumsum(own[::-1], axis=0)[::-1][1:], np.zeros((1, 2)))
    )
    scores = np.where(own[:, 0] > 0.5, -others[:, 1], own[:, 1])
    return float(np.sqrt(np.sum(scores**2 / others[:, 0]))), stats.t(m - 1)


@sheltered
def worst_case(
    yi: ArrayLike,
    vi: ArrayLike,
    eta: float = 1.0,
    *,
    q: float = 0.0,
    model: str = "robust",
    cluster: ArrayLike | None = None,
    favour: str = "positive",
    alpha: float = 0.05,
    level: float = 0.95,
) -> WorstCase:
    """Correct a pooled effect for a given favour of affirmative results, and find how much favour would explain it away.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    eta : float
        How many times as likely an affirmative result is to be published (at least 1).
    q : float
        The effect to which the S-value moves the estimate.
    model : {"robust", "fixed"}
        Weights by total variance (tau² by REML without selection) with cluster-robust standard errors, or by sampling variance with the model's.
    cluster : array_like, optional
        Labels of papers (``robust`` only; default: each study by itself).
    favour : {"positive", "negative"}
        The direction of the results that are favoured.
    alpha : float
        Two-sided level of significance.
    level : float
        Confidence level.

    Returns
    -------
    WorstCase

    Raises
    ------
    MetaError
        For impossible input, fewer than two studies, a ratio below 1, or one cluster.

    Notes
    -----
    Non-affirmative results count eta times, which undoes the selection; as eta grows, the estimate tends to that of the non-affirmative results
    alone. For equal effects the S-value has a closed form; elsewhere tau² is held at its estimate without selection, which makes the search one for
    a root.

    References
    ----------
    Mathur MB, VanderWeele TJ (2020). Journal of the Royal Statistical Society C 69:1091-1119, sections 3-4. Hedges LV, Tipton E, Johnson MC (2010).
    Research Synthesis Methods 1:39-65 (robust variance).

    Examples
    --------
    >>> fit = worst_case([0.9, 0.8, 0.7, 0.1, 0.2], [0.04, 0.05, 0.03, 0.02, 0.03], eta=4)
    >>> fit.k_affirmative, bool(fit.worst < fit.estimate < fit.uncorrected)
    (3, True)
    """
    if model not in {"robust", "fixed"} or favour not in {"positive", "negative"}:
        raise MetaError(f"model {model!r} favouring {favour!r}", hint="there are: robust, fixed; positive, negative")
    if not (np.isfinite(eta) and eta >= 1):
        raise MetaError(f"a selection ratio of {eta}", hint="give a number from 1 up: 1 means no selection")
    if model == "fixed" and cluster is not None:
        raise MetaError("equal effects take no clusters", hint="use model='robust'")
    y, v = check_effects(yi, vi, least=2)
    sign = -1.0 if favour == "negative" else 1.0
    y = sign * y
    group = np.arange(len(y)) if cluster is None else codes(cluster, len(y))
    if int(group.max()) < 1:
        raise MetaError("one cluster", hint="robust standard errors need at least two, better ten")
    tau2 = estimate("REML", y, v, np.ones((len(y), 1))).value if model == "robust" else 0.0
    favoured = (y > 0) & (2 * stats.norm.sf(np.abs(y) / np.sqrt(v)) < alpha)
    if model == "robust" and np.ptp(y) <= 1e-12 * np.max(np.abs(y)):
        raise MetaError(
            "all effects are the same, so that a robust standard error has nothing to rest on",
            hint="use model='fixed', and check the data for copies",
        )
    data = _Data(y, 1 / (v + tau2), favoured, group, model == "fixed", level)
    now, plain = data.fit(eta), data.fit(1.0)
    worst = data.fit(1.0, ~favoured) if (~favoured).any() else _Fit(_NAN, _NAN, _NAN, _NAN, _NAN)
    turned = sign * q
    s_point = _s_value(lambda e: data.fit(e).estimate, turned, plain.estimate > turned)
    s_limit = _s_value(lambda e: data.fit(e).lb if plain.estimate > turned else data.fit(e).ub, turned, plain.estimate > turned)
    ends = [sorted((sign * f.lb, sign * f.ub)) if np.isfinite(f.lb) else [_NAN, _NAN] for f in (now, plain, worst)]
    return WorstCase(
        model=model, favour=favour, eta=float(eta), q=float(q), estimate=sign * now.estimate, se=now.se, ci_lb=ends[0][0], ci_ub=ends[0][1],
        pval=now.pval, uncorrected=sign * plain.estimate, uncorrected_ci_lb=ends[1][0], uncorrected_ci_ub=ends[1][1], worst=sign * worst.estimate,
        worst_se=worst.se, worst_ci_lb=ends[2][0], worst_ci_ub=ends[2][1], s_value_estimate=s_point, s_value_ci=s_limit, tau2=tau2, k=len(y),
        k_affirmative=int(favoured.sum()), n_clusters=int(group.max()) + 1, level=level, warnings=_notes(data, favoured, plain.estimate, turned),
    )  # fmt: skip


def _s_value(end: Callable[[float], float], q: float, above: bool) -> float:
    """Return the ratio at which ``end`` comes to ``q``: 1 where it is beyond it from the start, infinite where it never gets there."""

    def gap(log_eta: float) -> float:
        value = end(float(np.exp(log_eta))) - q
        return float(value if above else -value)

    if not gap(0.0) > 0:
        return 1.0
    high = 1.0
    while gap(high) > 0:
        high *= 1.5
        if high > 60:
            return float("inf")
    return float(np.exp(optimize.brentq(gap, 0.0, high, xtol=1e-12)))


def _notes(data: _Data, favoured: Any, plain: float, q: float) -> tuple[str, ...]:
    notes = []
    bare = int((~favoured).sum())
    if bare == 0:
        notes.append("All results are affirmative: there is no worst case, and no ratio changes the estimate.")
    elif bare < 10:
        notes.append(f"Only {counted(bare, 'result is', 'results are')} not affirmative: the worst case and S-values rest on those.")
    if not favoured.any():
        notes.append("No result is affirmative: selection of such results changes nothing.")
    if plain <= q:
        notes.append("The uncorrected effect is not above q in the favoured direction: S-values say little.")
    if not data.z and int(data.group.max()) + 1 < 10:
        notes.append(f"{counted(int(data.group.max()) + 1, 'cluster')}: robust intervals need ten or more.")
    return tuple(notes)
