"""Selection models: effects pooled under the suspicion that a study's p-value decided whether it was seen."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from miner.errors import MetaError
from miner.meta.bias.selected import Selected
from miner.meta.bias.selection_result import SelectionResult
from miner.meta.bias.weight_functions import SHAPES, Alternative, Smooth, Steps, Weight, p_values
from miner.meta.design import design
from miner.meta.guard import numbers, sheltered
from miner.meta.models.blocks import codes, group_sums
from miner.meta.models.pooling import check_effects
from miner.meta.models.tau2 import estimate, wls
from miner.meta.numerics.arrays import Floats
from miner.meta.numerics.climb import Peak, apart, climb
from miner.say import counted, out_of

Type = Literal["stepfun", "beta", "halfnorm", "negexp", "logistic", "power", "negexppow"]
DELTA_MAX = 100.0
_MANY = 1000  # studies from which one start is enough
_FEW = 300  # studies up to which limits are worth a grid of starts


@sheltered
def selection_model(
    yi: ArrayLike,
    vi: ArrayLike,
    type: Type = "stepfun",  # noqa: A002 - the name that R users know
    steps: Sequence[float] | None = None,
    alternative: Alternative = "greater",
    mods: Any = None,
    method: Literal["ML", "EE"] = "ML",
    *,
    delta: ArrayLike | None = None,
    imprecision: Literal["sei", "vi"] | ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    empty: Literal["error", "warn"] = "error",
    intercept: bool = True,
    level: float = 0.95,
) -> SelectionResult:
    r"""Pool effects under a model of how p-values decided which studies are seen.

    Before selection :math:`y_i \sim N(x_i'\beta, \tau^2 + v_i)`; a study is seen with a probability in proportion to :math:`w(p_i)`, so that its
    density becomes :math:`w(p_i)\,\phi(y_i) / E[w]`. With ``type="stepfun"`` and one step this is the three-parameter selection model.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    type : str
        ``stepfun`` (a weight for each interval of p-values, 1 for the first), ``beta`` :math:`p^{\delta_1-1}(1-p)^{\delta_2-1}`, ``halfnorm``
        :math:`e^{-\delta p^2}`, ``negexp`` :math:`e^{-\delta p}`, ``logistic`` :math:`2e^{-\delta p}/(1+e^{-\delta p})`, ``power``
        :math:`(1-p)^\delta`, ``negexppow`` :math:`e^{-\delta_1 p^{1/\delta_2}}`.
    steps : sequence of float
        The p-values at which the weight changes (``stepfun``; default 0.025), or one p-value up to which the weight is 1 (other types but beta).
    alternative : {"greater", "less", "two.sided"}
        The direction in which significant effects are favoured; p-values are one-sided in the first two cases.
    mods : array, mapping or data frame, optional
        Moderators.
    method : {"ML", "EE"}
        With a variance between studies, or with equal effects.
    delta : array_like, optional
        Weights of the intervals that are held fixed (nan for those to estimate), as in Vevea & Woods: see ``VEVEA_WOODS``.
    imprecision : {"sei", "vi"} or array_like, optional
        Selection that is harsher for less precise studies: the exponent is multiplied by this, scaled to a maximum of 1. Not for steps and beta.
    cluster : array_like, optional
        Papers: standard errors become robust to dependence within them (sandwich of the scores, times m / (m - 1)); the likelihood stays
        that of independent effects, so that its ratio tests do not hold.
    empty : {"error", "warn"}
        What to do where an interval holds no p-value: its weight cannot be estimated. With ``warn`` the limits of the weights (0 to 100) decide.
    intercept : bool
        Whether there is an intercept.
    level : float
        Confidence level.

    Returns
    -------
    SelectionResult

    Raises
    ------
    MetaError
        For impossible input, an empty interval, fewer studies than parameters, or a likelihood without a maximum.

    Notes
    -----
    The likelihood of selection models can have several maxima. The result is the one that is reached from the fit without selection (as in other
    software); where another start leads higher, a warning says so. Extreme weights stay between 0 and 100.

    References
    ----------
    Hedges LV (1992). Statistical Science 7:246-255. Vevea JL, Hedges LV (1995). Psychometrika 60:419-435 (steps, moderators). Vevea JL, Woods CM
    (2005). Psychological Methods 10:428-443 (fixed weights). Citkowicz M, Vevea JL (2017). Psychological Methods 22:28-41 (beta). Preston C,
    Ashby D, Smyth R (2004). Journal of Evaluation in Clinical Practice 10:253-258 (half-normal, negative exponential, logistic). Begg CB, Mazumdar
    M (1994). Biometrics 50:1088-1101. Pustejovsky JE, Citkowicz M, Joshi M (2025), preprint (clusters).

    Examples
    --------
    >>> fit = selection_model([0.5, 0.6, 0.1, 0.8, 0.3, 0.45, 0.2], [0.04, 0.05, 0.01, 0.09, 0.03, 0.02, 0.01], method="EE")
    >>> fit.ptable_k.tolist(), bool(fit.beta[0] < fit.unadjusted[0])
    ([5, 2], True)
    """
    y, v = check_effects(yi, vi)
    if type != "stepfun" and type not in SHAPES:
        raise MetaError(f"there is no selection model {type!r}", hint=f"there are: stepfun, {', '.join(SHAPES)}")
    if alternative not in {"greater", "less", "two.sided"} or method not in {"ML", "EE"}:
        raise MetaError(f"alternative {alternative!r} with method {method!r}", hint="there are: greater, less, two.sided; ML, EE")
    sign = -1.0 if alternative == "less" else 1.0
    X, names = design(mods, len(y), intercept)
    weight = _weight(sign * y, v, type, steps, alternative, delta, imprecision)
    found = _empty(weight, empty)
    needed = X.shape[1] + weight.size + (method == "ML")
    if len(y) < needed:
        raise MetaError(
            f"{counted(len(y), 'study', 'studies')} cannot tell {counted(needed, 'parameter')}",
            hint="use fewer steps or moderators, or method='EE'",
        )
    model = Selected(sign * y, v, X, weight)
    fit = _fit(model, type, method == "EE")
    return _report(model, fit, type, alternative, method, names, sign, cluster, level, found)


def _weight(
    y: Floats, v: Floats, kind: str, steps: Sequence[float] | None, alternative: str, delta: ArrayLike | None, imprecision: Any
) -> Weight:
    """Build the weight function from what the user said."""
    se = np.sqrt(v)
    cuts = np.atleast_1d(numbers([] if steps is None else steps, "steps"))
    if not (np.isfinite(cuts).all() and (cuts > 0).all() and (cuts <= 1).all() and (np.diff(cuts) > 0).all()):
        raise MetaError(
            f"steps {cuts.tolist()} are no rising p-values", hint="give p-values between 0 and 1 in rising order, such as 0.025, 0.5"
        )
    cuts = cuts[cuts < 1]
    if kind == "stepfun":
        if imprecision is not None:
            raise MetaError("a step function takes no imprecision", hint="use halfnorm, negexp, logistic or power")
        return _steps(y, se, cuts if steps is not None else np.array([0.025]), alternative, delta)
    if delta is not None:
        raise MetaError("delta can be fixed for step functions only", hint="leave it out, or use type='stepfun'")
    if len(cuts) > (0 if kind == "beta" else 1):
        raise MetaError(f"type {kind!r} takes {'no steps' if kind == 'beta' else 'one step at most'}", hint="leave them out")
    if imprecision is not None and kind == "beta":
        raise MetaError("the beta model takes no imprecision", hint="use halfnorm, negexp, logistic or power")
    threshold = float(cuts[0]) if len(cuts) else 0.0
    weight = Smooth(
        y / se, se, SHAPES[kind], "two.sided" if alternative == "two.sided" else "greater", _imprecision(imprecision, v), threshold
    )
    if threshold:
        above = int(np.sum(p_values(weight.z, weight.alternative) > threshold))
        if above in {0, len(y)}:
            raise MetaError(
                f"{out_of(above, len(y), 'p-value', 'are')} above {threshold}",
                hint="move the step so that there are some on both sides",
            )
    return weight


def _steps(y: Floats, se: Floats, cuts: Floats, alternative: str, delta: ArrayLike | None) -> Steps:
    ends = np.append(cuts, 1.0)
    fixed = np.full(len(ends), np.nan)
    fixed[0] = 1.0
    if delta is not None:
        fixed = np.atleast_1d(numbers(delta, "delta"))
        if fixed.shape != ends.shape:
            raise MetaError(
                f"{len(fixed)} weights for {counted(len(ends), 'interval')}",
                hint="give one weight for each interval, the last of which ends at 1",
            )
        fixed[0] = 1.0 if np.isnan(fixed[0]) else fixed[0]
        known = fixed[~np.isnan(fixed)]
        if not ((known >= 0).all() and np.isfinite(known).all() and fixed[0] > 0):
            raise MetaError("weights must be finite and not negative, the first one positive", hint="see VEVEA_WOODS for examples")
    weight = Steps(y / se, se, ends, "two.sided" if alternative == "two.sided" else "greater", fixed)
    if ((fixed == 0) & (weight.counts > 0)).any():
        raise MetaError("an interval with weight 0 holds studies", hint="give it a positive weight")
    return weight


def _imprecision(given: Any, v: Floats) -> Floats:
    if given is None:
        return np.ones_like(v)
    if isinstance(given, str):
        if given not in {"sei", "vi"}:
            raise MetaError(f"there is no imprecision {given!r}", hint="there are: sei, vi; or give numbers, such as 1/n")
        values = v if given == "vi" else np.sqrt(v)
    else:
        values = numbers(given, "imprecision")
        if values.shape != v.shape or not (np.isfinite(values).all() and (values > 0).all()):
            raise MetaError("imprecision must be one positive number for each study", hint="such as the standard error, or 1/n")
    scaled: Floats = values / values.max()
    return scaled


def _empty(weight: Weight, empty: str) -> list[str]:
    """Refuse or report intervals without p-values whose weight is to be estimated, and a first one against which none can be told."""
    if not isinstance(weight, Steps) or not weight.size:
        return []
    bare = (weight.counts == 0) & np.isnan(weight.fixed)
    if weight.counts[~np.isnan(weight.fixed)].sum() == 0:
        bare = bare | (weight.counts == 0)
    if not bare.any():
        return []
    low = np.concatenate(([0.0], weight.steps[:-1]))
    which = ", ".join(f"({a:g}, {b:g}]" for a, b in zip(low[bare], weight.steps[bare], strict=True))
    if empty == "error":
        raise MetaError(f"no p-value lies in {which}: its weight cannot be estimated", hint="choose other steps, or see empty='warn'")
    return [f"No p-value lies in {which}: the weights are set by their limits (0 and {DELTA_MAX:g}), not by the data."]


@dataclass(frozen=True)
class _Fit:
    best: Peak
    ll0: float
    beta0: Floats
    tau0: float
    ll_tau0: float
    warnings: list[str]


def _fit(model: Selected, kind: str, equal: bool) -> _Fit:
    """Climb from the fit without selection; compare with other starts."""
    y, v, X, q = model.y, model.v, model.X, model.weight.size
    lowest = 0.0 if kind == "stepfun" else SHAPES[kind].lower
    spread = float(np.sqrt(np.var(y) + np.mean(v)))
    unit = np.concatenate((spread / np.maximum(np.sqrt(np.mean(X**2, axis=0)), 1e-12), [spread**2], np.full(q, 2.0)))
    p = X.shape[1]

    objective, hessian = apart(model.surface)

    def reach(beta: Floats, tau2: float, delta: Any, *, fixed: bool) -> Peak:
        low = np.concatenate((np.full(p, -np.inf), [0.0], np.full(q, lowest)))
        high = np.concatenate((np.full(p, np.inf), [0.0 if fixed else np.inf], np.full(q, DELTA_MAX)))
        start = np.concatenate((beta, [tau2], np.broadcast_to(delta, q)))
        return climb(objective, start, hessian, longest=unit, limits=(low, high), max_iter=300)

    tau0 = 0.0 if equal else estimate("ML", y, v, X).value
    plain, fixed = wls(y, X, 1 / (v + tau0)), wls(y, X, 1 / v)
    ll0 = -0.5 * float(np.sum(np.log(2 * np.pi * (v + tau0))) + plain.rss)
    best = reach(plain.beta, tau0, 1.0, fixed=equal)
    found = []
    two = kind != "stepfun" and bool(best.held.any()) and len(y) <= _FEW
    for other in _others(reach, plain.beta, tau0, spread, equal, q, two) if len(y) <= _MANY else []:
        if other.converged and other.value > best.value + 1e-6:
            limit = best.held[p + equal :].any()  # a limit is no maximum that climbs from elsewhere must respect
            if limit or not best.converged:
                best = other
            else:
                found.append(other)
    if not (best.converged and np.isfinite(best.value)):
        raise MetaError(
            "the likelihood of the selection model has no maximum that could be reached", hint="use fewer steps, or method='EE'"
        )
    zero = float("nan") if equal else _without(reach, fixed.beta, best)
    return _Fit(best, ll0, plain.beta, tau0, zero, _notes(best, found, p, q))


def _without(reach: Any, beta: Floats, best: Peak) -> float:
    """Return the log-likelihood without variance between studies: the highest from the fit without selection, and from the full model."""
    if not best.at[len(beta)] > 0:
        return best.value
    ends = [reach(beta, 0.0, 1.0, fixed=True), reach(best.at[: len(beta)], 0.0, best.at[len(beta) + 1 :], fixed=True)]
    return max([end.value for end in ends if np.isfinite(end.value)], default=float("nan"))


def _others(reach: Any, beta: Floats, tau0: float, spread: float, equal: bool, q: int, two: bool) -> list[Peak]:
    """Climb from elsewhere: little and much heterogeneity, weak and strong selection, lower effects."""
    if not q:
        return []
    some = max(tau0, 0.1 * spread**2)
    shifts = np.zeros_like(beta)
    shifts[0] = spread
    starts: tuple[Any, ...] = (
        (beta, 0.0, 1.0),
        (0.5 * beta, some, 0.2),
        (0 * beta, spread**2, 3.0),
        (beta - shifts, some, 1.0),
        (beta - shifts / 2, some, 2.0),
    )
    if q == 2 and two:
        grid = itertools.product((beta, beta - shifts / 2), (some, spread**2), (0.1, 0.3, 1.0), (1.0, 2.0))
        starts += tuple((at, tau2, np.array([d1, d2])) for at, tau2, d1, d2 in grid)
    return [reach(at, 0.0 if equal else tau2, delta, fixed=equal) for at, tau2, delta in starts]


def _notes(best: Peak, others: list[Peak], p: int, q: int) -> list[str]:
    notes = []
    if others:
        top = max(others, key=lambda o: o.value)
        notes.append(
            f"Another maximum of the likelihood is higher by {top.value - best.value:.3g} (tau2 = {top.at[p]:.4g}): selection and heterogeneity"
            " cannot be told apart well; assume equal effects, or fixed weights."
        )
    if q and bool(best.held[p + 1 :].any()):
        notes.append(f"A parameter of the weight function is at its limit (0 or {DELTA_MAX:g}): read the result with caution.")
    return notes


def _report(
    model: Selected,
    fit: _Fit,
    kind: str,
    alternative: str,
    method: str,
    names: tuple[str, ...],
    sign: float,
    cluster: Any,
    level: float,
    found: list[str],
) -> SelectionResult:
    p, q, at = model.X.shape[1], model.weight.size, fit.best.at
    beta, tau2, free = model.split(at)
    vcov, clusters = _covariance(model, fit.best, method == "EE", cluster)
    se = np.sqrt(np.diag(vcov))
    null = 1.0 if kind in {"stepfun", "beta"} else 0.0
    delta, se_delta = free, se[p + 1 :]
    if isinstance(model.weight, Steps):
        delta, se_delta = model.weight.full(free), np.full(len(model.weight.steps), np.nan)
        se_delta[np.isnan(model.weight.fixed)] = se[p + 1 :]
    with np.errstate(divide="ignore", invalid="ignore"):
        zval, z_delta = sign * beta / se[:p], (delta - null) / se_delta
    crit = float(stats.norm.ppf(0.5 + level / 2))
    lrt, lrt_tau2 = _ratio(fit.best.value, fit.ll0), _ratio(fit.best.value, fit.ll_tau0)
    counts, ends = (
        (model.weight.counts, model.weight.steps)
        if isinstance(model.weight, Steps)
        else (None, np.array([t for t in (_threshold(model.weight),) if t]))
    )
    return SelectionResult(
        type=kind, alternative=alternative, method=method, k=len(model.y), p=p, names=names, beta=sign * beta, se=se[:p], zval=zval,
        pval=2 * stats.norm.sf(np.abs(zval)), ci_lb=sign * beta - crit * se[:p], ci_ub=sign * beta + crit * se[:p], tau2=tau2, se_tau2=float(se[p]),
        delta=delta, se_delta=se_delta, z_delta=z_delta, p_delta=2 * stats.norm.sf(np.abs(z_delta)), ll=fit.best.value, LRT=lrt, LRTdf=q,
        LRTp=float(stats.chi2.sf(lrt, q)) if q else float("nan"), LRT_tau2=lrt_tau2,
        LRTp_tau2=float(stats.chi2.sf(lrt_tau2, 1)) if np.isfinite(lrt_tau2) else float("nan"),
        ptable_k=counts, steps=ends, vcov=vcov[:p, :p], unadjusted=sign * fit.beta0,
        unadjusted_tau2=fit.tau0, unadjusted_ll=fit.ll0, n_clusters=clusters, level=level,
        warnings=tuple(found + fit.warnings + _cautions(len(model.y), tau2, method, counts, se, p)),
    )  # fmt: skip


def _threshold(weight: Weight) -> float:
    """Return the p-value up to which a smooth weight is 1."""
    return weight.threshold if isinstance(weight, Smooth) else 0.0


def _ratio(top: float, null: float) -> float:
    """Return twice a difference of log-likelihoods; what rounding leaves of 0 is 0, and so is a null model that is higher by its own maximum."""
    difference = 2 * (top - null)
    if not np.isfinite(difference):
        return float("nan")
    return difference if difference > 1e-13 * max(10.0, abs(top)) else 0.0


def _cautions(k: int, tau2: float, method: str, counts: Any, se: Floats, p: int) -> list[str]:
    notes = []
    if counts is not None and 0 < counts.min() < 4:
        notes.append(f"An interval holds only {counted(int(counts.min()), 'p-value')}: its weight is hardly known.")
    if k < 10:
        notes.append(f"k = {k}: selection models need more studies than ten to be of use.")
    if method == "ML" and tau2 == 0:
        notes.append("The estimate of tau2 is on its boundary at 0; standard errors take it as known.")
    if not np.isfinite(se[:p]).all():
        notes.append("The information matrix cannot be inverted: there are no standard errors.")
    return notes


def _covariance(model: Selected, best: Peak, equal: bool, cluster: Any) -> tuple[Floats, int | None]:
    """Invert the information, without tau² on its boundary (and without weights at a limit where those make it singular)."""
    p, size = model.X.shape[1], len(best.at)
    keep = np.ones(size, dtype=bool)
    keep[p] = not equal and best.at[p] > 0
    out = np.full((size, size), np.nan)
    for trial in (keep, keep & ~(best.held & (np.arange(size) > p))):
        info = -best.hessian[np.ix_(trial, trial)]
        scale = 1 / np.sqrt(np.maximum(np.diag(info), 1e-300))
        if (np.diag(info) > 0).all() and np.linalg.eigvalsh(info * np.outer(scale, scale))[0] > 1e-10:
            bread = np.outer(scale, scale) * np.linalg.inv(info * np.outer(scale, scale))
            meat, clusters = _meat(model, best.at, trial, cluster)
            out[np.ix_(trial, trial)] = bread if meat is None else bread @ meat @ bread
            return out, clusters
    return out, None


def _meat(model: Selected, at: Floats, keep: Any, cluster: Any) -> tuple[Floats | None, int | None]:
    """Return the cross product of the clusters' scores, times m / (m - 1)."""
    if cluster is None:
        return None, None
    group = codes(cluster, len(model.y))
    m = int(group.max()) + 1
    if m < 2:
        raise MetaError("one cluster", hint="robust standard errors need at least two, better ten")
    _, g, _ = model.scores(at)
    scores = group_sums(np.column_stack((model.X * g[:, :1], g[:, 1:]))[:, keep], group)
    return scores.T @ scores * (m / (m - 1)), m
