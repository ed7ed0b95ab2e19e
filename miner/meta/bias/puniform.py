"""p-uniform and p-uniform*: effects estimated from how p-values are spread on each side of significance."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import comb, factorial
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from miner.errors import MetaError
from miner.meta.bias.selected import Selected
from miner.meta.bias.weight_functions import Moments, Observed, between
from miner.meta.guard import sheltered
from miner.meta.models.pooling import check_effects
from miner.meta.models.tau2 import estimate, wls
from miner.meta.numerics.arrays import Floats
from miner.meta.numerics.climb import apart, climb
from miner.meta.numerics.quadrature import legendre
from miner.meta.result import Result
from miner.say import counted, num, out_of

Estimator = Literal["star-ML", "star-P", "P"]
_NAN = float("nan")


@dataclass(frozen=True)
class PUniform(Result):
    """An estimate by p-uniform or p-uniform*.

    Attributes
    ----------
    estimate, ci_lb, ci_ub : float
        The effect, adjusted for selection by significance.
    L_0, pval_0 : float
        Test of no effect (``P``: standard normal, one-sided; ``star-ML``: likelihood ratio).
    tau2, tau2_lb, tau2_ub : float
        Variance between studies (p-uniform* only).
    L_het, pval_het : float
        Test of homogeneity (``star-ML``: likelihood ratio with half a chi-square; ``star-P``: Fisher's combination, Gamma with shape k).
    L_pb, pval_pb : float
        Test of publication bias (``P`` only): conditional p-values at the equal-effects estimate.
    k, ksig : int
        Studies, and those significant on the side of interest.
    """

    method: str
    side: str
    estimate: float
    ci_lb: float
    ci_ub: float
    L_0: float
    pval_0: float
    tau2: float
    tau2_lb: float
    tau2_ub: float
    L_het: float
    pval_het: float
    L_pb: float
    pval_pb: float
    k: int
    ksig: int
    level: float
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the estimate in a line."""
        text = f"p-uniform ({self.method}): {num(self.estimate, '.6g')} [{num(self.ci_lb, '.6g')}, {num(self.ci_ub, '.6g')}], {self.ksig} of {self.k} significant"
        return "\n".join([text, *(f"  warning: {w}" for w in self.warnings)])


def _exact_cdf(x: float, k: int) -> float:
    """Return the distribution function of the sum of k uniforms (Irwin-Hall), in exact arithmetic."""
    value = Fraction(x)
    total = sum(((-1) ** j * comb(k, j) * (value - j) ** k for j in range(int(x) + 1)), Fraction(0))
    return float(total / factorial(k))


def _smooth_cdf(x: float, k: int) -> float:
    """Return the same by inversion of the characteristic function (Gil-Pelaez)."""
    a = np.sqrt(3 / k)
    t, w = legendre(400)
    t, w = 15 * (t + 1), 15 * w
    z = (x - k / 2) * np.sqrt(12 / k)
    return float(0.5 + np.sum(w * np.sin(z * t) / t * np.sinc(a * t / np.pi) ** k) / np.pi)


def irwin_hall(prob: float, k: int) -> float:
    """Return a quantile of the sum of ``k`` independent uniform variables.

    Examples
    --------
    >>> irwin_hall(0.5, 7), round(irwin_hall(0.975, 3), 4)
    (3.5, 2.4687)
    """
    if prob == 0.5:
        return k / 2
    cdf = _exact_cdf if k <= 15 else _smooth_cdf
    return float(optimize.brentq(lambda x: cdf(x, k) - prob, 0.0, float(k), xtol=1e-12))


@dataclass(frozen=True)
class _Split:
    """Effects turned so that the side of interest is the right, with their critical values."""

    y: Floats
    v: Floats
    cv: Floats

    @property
    def sig(self) -> Any:
        """Tell which studies are significant."""
        return self.y > self.cv

    def only(self) -> _Split:
        """Return the significant studies."""
        return _Split(self.y[self.sig], self.v[self.sig], self.cv[self.sig])

    def logs(self, mu: float, tau2: float) -> tuple[Floats, Floats]:
        """Return log q and log(1 - q): q is the chance of a larger effect given significance (or its lack)."""
        s = np.sqrt(self.v + tau2)
        zy, zc = (self.y - mu) / s, (self.cv - mu) / s
        turn = np.where(self.sig, -1.0, 1.0)  # the tail that holds the study
        tail = np.minimum(special.log_ndtr(turn * zy) - special.log_ndtr(turn * zc), 0.0)
        with np.errstate(divide="ignore"):
            rest = np.log(-np.expm1(tail))
        return np.where(self.sig, tail, rest), np.where(self.sig, rest, tail)

    def q_sum(self, mu: float, tau2: float) -> float:
        """Return the sum of q."""
        return float(np.sum(np.exp(self.logs(mu, tau2)[0])))

    def u_sum(self, mu: float, tau2: float) -> float:
        """Return the sum of the chances of a deviation from ``mu`` at least as far, given side and significance."""
        s = np.sqrt(self.v + tau2)
        zy, zc = (self.y - mu) / s, (self.cv - mu) / s
        zero = np.zeros_like(zy)
        up = self.y > mu
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # only the branch that holds a study is used
            far_up = np.exp(special.log_ndtr(-zy) - special.log_ndtr(-np.maximum(zc, 0)))
            far_down = np.exp(special.log_ndtr(zy) - special.log_ndtr(np.minimum(zc, 0)))
            near_up = between(zy, zc)[0] / between(zero, zc)[0]
            near_down = between(zc, zy)[0] / between(zc, zero)[0]
        return float(np.sum(np.where(up, np.where(self.sig, far_up, near_up), np.where(self.sig, near_down, far_down))))


@dataclass(frozen=True)
class _Conditional:
    """The weight function of p-uniform*: none but the condition that a study is significant, or is not."""

    cv: Floats
    sig: Floats

    @property
    def size(self) -> int:
        """There are no parameters."""
        return 0

    def observed(self, delta: Floats) -> Observed:  # noqa: ARG002 - there are no parameters
        """Return weights of 1."""
        k = len(self.cv)
        return Observed(np.zeros(k), np.zeros((k, 0)), np.zeros((k, 0, 0)))

    def expected(self, mu: Floats, s: Floats, delta: Floats) -> Moments:  # noqa: ARG002 - as above
        """Return the chance of the side of significance, with its moments, scaled by itself."""
        k = len(mu)
        turn = np.where(self.sig, 1.0, -1.0)  # both supports as a right tail
        edge = turn * (self.cv - mu) / s
        log_mass = special.log_ndtr(-edge)
        hazard = np.exp(-0.5 * edge**2 - 0.5 * np.log(2 * np.pi) - log_mass)
        plain = np.column_stack((np.ones(k), hazard * turn, hazard * edge, hazard * (edge**2 - 1) * turn, hazard * (edge**3 - 3 * edge)))
        return Moments(plain, np.zeros((k, 0, 3)), np.zeros((k, 0, 0)), log_mass)


@sheltered
def p_uniform(
    yi: ArrayLike,
    vi: ArrayLike,
    method: Estimator = "star-ML",
    side: Literal["right", "left"] = "right",
    *,
    alpha: float = 0.05,
    tol: float = 1e-9,
    level: float = 0.95,
    settle: float | None = None,
) -> PUniform:
    """Estimate an effect from p-values conditional on significance.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    method : {"star-ML", "star-P", "P"}
        p-uniform* by maximum likelihood or by the Irwin-Hall distribution, on all studies and with heterogeneity; or p-uniform, on the significant
        studies only and without heterogeneity.
    side : {"right", "left"}
        Where effects are significant: positive, or negative.
    alpha : float
        Two-sided level at which studies were called significant (half of it on the side of interest).
    tol : float
        ``star-P`` turns between the effect and tau² until the effect moves by less.
    level : float
        Confidence level.
    settle : float, optional
        The name that ``tol`` had; deprecated.

    Returns
    -------
    PUniform

    Raises
    ------
    MetaError
        For impossible input, fewer than two studies, or none that is significant (``P``).

    References
    ----------
    van Assen MALM, van Aert RCM, Wicherts JM (2015). Psychological Methods 20:293-309 (p-uniform). van Aert RCM, van Assen MALM (2018). Correcting
    for publication bias in a meta-analysis with the p-uniform* method, MetaArXiv.

    Examples
    --------
    >>> fit = p_uniform([0.5, 0.6, 0.1, 0.8, 0.3, 0.45], [0.04, 0.05, 0.01, 0.09, 0.03, 0.02], method="P")
    >>> fit.ksig, bool(fit.estimate < 0.5)
    (4, True)
    """
    if settle is not None:
        warnings.warn("settle is called tol", DeprecationWarning, stacklevel=4)  # above sheltered and what it wraps
        tol = settle
    if method not in {"star-ML", "star-P", "P"} or side not in {"right", "left"}:
        raise MetaError(f"method {method!r} on side {side!r}", hint="there are: star-ML, star-P, P; right, left")
    if not (0 < alpha < 1 and 0 < level < 1):
        raise MetaError(f"alpha {alpha} and level {level} must lie between 0 and 1", hint="such as 0.05 and 0.95")
    y, v = check_effects(yi, vi, least=1 if method == "P" else 2)
    sign = -1.0 if side == "left" else 1.0
    unit = float(
        2.0 ** np.round(np.log2(np.median(v)) / 2)
    )  # searches end at fixed widths: in units of a typical error they are small in any units
    y, v = y / unit, v / unit**2
    data = _Split(sign * y, v, -special.ndtri(alpha / 2) * np.sqrt(v))
    ksig = int(data.sig.sum())
    if method == "P":
        if ksig == 0:
            raise MetaError(
                f"none of {counted(len(y), 'study', 'studies')} is significant on the {side}",
                hint="try the other side, or method='star-ML'",
            )
        found = _classic(data, level)
    else:
        found = _star_ml(data, level) if method == "star-ML" else _star_p(data, level, tol / unit)
    ends = sorted((sign * found["ci_lb"], sign * found["ci_ub"]))
    found |= {"estimate": sign * found["estimate"] * unit, "ci_lb": ends[0] * unit, "ci_ub": ends[1] * unit}
    found |= {name: found[name] * unit**2 for name in ("tau2", "tau2_lb", "tau2_ub") if name in found}
    blank = dict.fromkeys(("L_0", "pval_0", "tau2", "tau2_lb", "tau2_ub", "L_het", "pval_het", "L_pb", "pval_pb"), _NAN)
    notes: tuple[str, ...] = (
        (f"{'Only ' if ksig and len(y) > 1 else ''}{out_of(ksig, len(y), 'study', 'are', many='studies')} significant on the {side}.",)
        if ksig < 4
        else ()
    )
    if np.isinf(ends).any():
        notes += ("The likelihood does not bound the effect on one side: the interval is open there.",)
    if np.isnan(found["estimate"]):
        notes += (
            "The conditional p-values agree on no effect and variance between studies: there is no estimate by this method; maximum likelihood gives one.",
        )
    return PUniform(method=method, side=side, k=len(y), ksig=ksig, level=level, warnings=notes, **{**blank, **found})


def _root(f: Callable[[float], float], middle: float, unit: float) -> float:
    """Return the root of a rising function, looked for in both directions."""
    low, high = middle - unit, middle + unit
    for _ in range(60):
        if f(low) < 0:
            break
        low -= 2 * (high - low)
    for _ in range(60):
        if f(high) > 0:
            break
        high += 2 * (high - low)
    if not (f(low) <= 0 <= f(high)):
        raise MetaError(
            "the conditional p-values have no solution", hint="the effects lie too far from significance; use a selection model"
        )
    return float(optimize.brentq(f, low, high, xtol=1e-14 * max(1.0, abs(middle)), rtol=1e-13))


def _effect(data: _Split, tau2: float, target: float) -> float:
    """Return the effect at which the conditional p-values have the sum ``target``."""
    spread = float(np.sqrt(np.mean(data.v) + tau2))
    return _root(lambda mu: data.q_sum(mu, tau2) - target, float(np.mean(data.y)), spread)


def _limits(k: int, level: float) -> tuple[float, float]:
    half = irwin_hall(0.5 + level / 2, k) - k / 2
    return k / 2 - half, k / 2 + half


def _classic(data: _Split, level: float) -> dict[str, float]:
    """p-uniform with the Irwin-Hall estimator; tests by its normal limit."""
    chosen = data.only()
    k = len(chosen.y)
    low, high = _limits(k, level)

    def z(mu: float) -> float:
        return (chosen.q_sum(mu, 0.0) - k / 2) * float(np.sqrt(12 / k))

    equal = float(np.sum(data.y / data.v) / np.sum(1 / data.v))
    return {
        "estimate": _effect(chosen, 0.0, k / 2), "ci_lb": _effect(chosen, 0.0, low), "ci_ub": _effect(chosen, 0.0, high),
        "L_0": z(0.0), "pval_0": float(stats.norm.cdf(z(0.0))), "L_pb": z(equal), "pval_pb": float(stats.norm.sf(z(equal))),
    }  # fmt: skip


def _star_p(data: _Split, level: float, tol: float) -> dict[str, float]:
    """p-uniform* with Irwin-Hall: conditional p-values have mean ½ in the effect, those of the deviations from it in tau².

    The two equations are solved in turn from tau² = 0; they can have several solutions, of which this is the nearest to homogeneity.
    """
    k = len(data.y)
    low, high = _limits(k, level)
    effect, tau2 = _effect(data, 0.0, k / 2), 0.0
    log_q, log_rest = data.logs(effect, 0.0)
    fisher = float(-np.sum(np.log(2.0) + np.minimum(log_q, log_rest)))
    found = {"L_het": fisher, "pval_het": float(stats.gamma.sf(fisher, k))}
    for _ in range(200):
        tau2 = _variance(lambda t, m=effect: data.u_sum(m, t) - k / 2, data)  # type: ignore[misc]
        if not np.isfinite(tau2):
            break
        moved = _effect(data, tau2, k / 2)
        if abs(moved - effect) < tol:
            break
        effect = moved
    else:
        tau2 = _NAN
    if not np.isfinite(tau2):
        return found | dict.fromkeys(("estimate", "ci_lb", "ci_ub"), _NAN)
    return found | {
        "estimate": effect, "ci_lb": _effect(data, tau2, low), "ci_ub": _effect(data, tau2, high), "tau2": tau2,
        "tau2_lb": _variance(lambda t: data.u_sum(effect, t) - low, data), "tau2_ub": _variance(lambda t: data.u_sum(effect, t) - high, data),
    }  # fmt: skip


def _variance(f: Callable[[float], float], data: _Split) -> float:
    """Return the tau² at which a rising function is 0; 0 where it is positive from the start, nan where it is never 0."""
    if f(0.0) >= 0:
        return 0.0
    high = float(np.var(data.y) + np.mean(data.v))
    for _ in range(30):
        if f(high) > 0:
            return float(optimize.brentq(f, 0.0, high, xtol=1e-13 * high, rtol=1e-12))
        high *= 3
    return _NAN


def _star_ml(data: _Split, level: float) -> dict[str, float]:
    """p-uniform* by maximum likelihood, with profile-likelihood intervals."""
    k = len(data.y)
    X = np.ones((k, 1))
    model = Selected(data.y, data.v, X, _Conditional(data.cv, data.sig))
    spread = float(np.sqrt(np.var(data.y) + np.mean(data.v)))
    unit = np.array([spread, spread**2])

    objective, hessian = apart(model.surface)

    def reach(mu: float, tau2: float, fix_mu: bool = False, fix_tau2: bool = False) -> tuple[float, float, float]:
        low = np.array([mu if fix_mu else -np.inf, tau2 if fix_tau2 else 0.0])
        high = np.array([mu if fix_mu else np.inf, tau2 if fix_tau2 else np.inf])
        top = climb(objective, np.array([mu, tau2]), hessian, longest=unit, limits=(low, high), max_iter=300)
        return float(top.at[0]), float(top.at[1]), top.value

    tau0 = estimate("ML", data.y, data.v, X).value
    start = float(wls(data.y, X, 1 / (data.v + tau0)).beta[0])
    mu, tau2, top = max((reach(a, t) for a, t in ((start, tau0), (start, 0.0), (start / 2, spread**2))), key=lambda c: c[2])
    if not np.isfinite(top):
        raise MetaError("the likelihood of p-uniform* has no maximum that could be reached", hint="use a selection model")
    drop = float(stats.chi2.ppf(level, 1)) / 2
    # a profile starts where the last one ended, and from the top: one start alone can lose the ridge
    at = {"tau2": tau2, "mu": mu}

    def over_mu(m: float) -> float:
        ends = [reach(m, t, fix_mu=True) for t in (max(at["tau2"], 1e-3 * spread**2), tau2, spread**2)]
        _, at["tau2"], value = max(ends, key=lambda end: end[2])
        return top - value - drop

    def over_tau2(t: float) -> float:
        ends = [reach(m, t, fix_tau2=True) for m in (at["mu"], mu, start)]
        at["mu"], _, value = max(ends, key=lambda end: end[2])
        return top - value - drop

    zero, none = 2 * (over_mu(0.0) + drop), max(0.0, 2 * (over_tau2(0.0) + drop))
    at |= {"tau2": tau2, "mu": mu}
    return {
        "estimate": mu, "ci_lb": _out(over_mu, mu, -spread / np.sqrt(k)), "ci_ub": _out(over_mu, mu, spread / np.sqrt(k)),
        "L_0": max(0.0, zero), "pval_0": float(stats.chi2.sf(max(0.0, zero), 1)), "tau2": tau2,
        "tau2_lb": float(optimize.brentq(over_tau2, 0.0, tau2, xtol=1e-12)) if none > 2 * drop else 0.0,
        "tau2_ub": _out(over_tau2, tau2, max(tau2, float(np.mean(data.v)) / np.sqrt(k))), "L_het": none, "pval_het": 0.5 * float(stats.chi2.sf(none, 1)),
    }  # fmt: skip


def _out(f: Callable[[float], float], start: float, step: float) -> float:
    """Return the first root of ``f`` away from ``start``, where it is negative; infinite where it stays so over some 300 steps.

    A likelihood that is as flat as that far off has a limit above the drop: it bounds nothing.
    """
    near, far = start, start + step
    for _ in range(13):
        value = f(far)
        if not np.isfinite(value) or value > 0:
            break
        near, step = far, 1.5 * step
        far = near + step
    else:
        return float(np.copysign(np.inf, step))
    if not np.isfinite(value):
        return float(np.copysign(np.inf, step))
    try:
        return float(optimize.brentq(f, near, far, xtol=1e-12))
    except ValueError as error:  # with two or three studies the climb can lose the peak, so that both ends have one sign
        raise MetaError(
            "the profile likelihood of p-uniform* could not be followed", hint="collect more studies, or use a selection model"
        ) from error
