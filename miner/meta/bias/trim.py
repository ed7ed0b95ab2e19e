"""Trim and fill (Duval & Tweedie): how many studies an asymmetric funnel seems to lack, and what the pooled effect would be with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from miner.errors import MetaError
from miner.meta.guard import sheltered
from miner.meta.models.pooling import Method, PoolResult, check_effects, pool
from miner.meta.models.small_samples import Test
from miner.meta.models.tau2 import estimate, wls
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import counted, num

Estimator = Literal["L0", "R0", "Q0"]
Side = Literal["auto", "left", "right"]
_ROUNDS = 100


@dataclass(frozen=True)
class TrimFill(Result):
    """A trim-and-fill analysis.

    Attributes
    ----------
    estimator, side, method : str
    k0 : int
        Estimated number of missing studies.
    se_k0 : float
        Its standard error (nan where the variance formula gives a negative number).
    p_k0 : float
        Test that none are missing, for R0 (nan otherwise).
    k : int
        Studies with the filled ones.
    estimate, se, pval, ci_lb, ci_ub, tau2, I2, QE : float
        The fit with the filled studies, which count as studies in tau², I² and Q.
    observed : float
        The pooled effect without them.
    yi_filled, vi_filled : arrays, shape (k0,)
        The filled studies.
    """

    estimator: str
    side: str
    method: str
    k0: int
    se_k0: float
    p_k0: float
    k: int
    estimate: float
    se: float
    pval: float
    ci_lb: float
    ci_ub: float
    tau2: float
    I2: float
    QE: float
    observed: float
    yi_filled: Floats
    vi_filled: Floats
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the analysis in two lines, then the warnings."""
        lines = [
            f"Trim and fill ({self.estimator}, {self.method}): {counted(self.k0, 'study', 'studies')} missing on the {self.side} (se {num(self.se_k0, '.2f')})"
        ]
        lines.append(
            f"  pooled effect {num(self.estimate, '.6g')} [{num(self.ci_lb, '.6g')}, {num(self.ci_ub, '.6g')}] with them, {num(self.observed, '.6g')} without"
        )
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])


@sheltered
def trimfill(
    yi: ArrayLike,
    vi: ArrayLike,
    estimator: Estimator = "L0",
    side: Side = "auto",
    method: Method = "REML",
    test: Test = "z",
    *,
    limits: tuple[float, float] | None = None,
    level: float = 0.95,
    tol: float | None = None,
) -> TrimFill:
    """Estimate the number of missing studies by trimming, and pool with their mirror images filled in.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    estimator : {"L0", "R0", "Q0"}
        Of the number of missing studies: linear in the rank sum, from the longest run of extreme ranks, quadratic in the rank sum.
    side : {"auto", "left", "right"}
        Where studies are missing; ``auto``: on the left unless the slope of the effects on their standard error is negative.
    method, test : str
        As in :func:`miner.meta.pool`.
    limits : (float, float), optional
        Filled effects are kept within these, for example (0, 1) for raw proportions.
    level : float
        Confidence level.
    tol : float, optional
        If given, the steps of REML stop at changes of tau² below it (metafor's trimfill always uses 1e-5). Else they go on to full precision.

    Returns
    -------
    TrimFill
        It is a sensitivity analysis against one mechanism of selection, no corrected estimate.

    Raises
    ------
    MetaError
        For fewer than three studies, impossible input, or where the estimator does not exist: Q0 can need the root of a negative number.

    References
    ----------
    Duval S, Tweedie R (2000). Journal of the American Statistical Association 95:89-98 (estimators, section 3, their variances, section 4);
    Biometrics 56:455-463.

    Examples
    --------
    >>> found = trimfill([0.1, 0.2, 0.15, 0.5, 0.9, 1.2], [0.01, 0.02, 0.015, 0.1, 0.2, 0.3], side="left", method="DL")
    >>> found.k0, found.yi_filled.round(2).tolist()
    (2, [-0.59, -0.89])
    """
    y, v = check_effects(yi, vi, least=3)
    if estimator not in {"L0", "R0", "Q0"}:
        raise MetaError(f"there is no estimator {estimator!r}", hint="there are: L0, R0, Q0")
    if side not in {"auto", "left", "right"}:
        raise MetaError(f"there is no side {side!r}", hint="there are: auto, left, right")
    if tol is not None and test != "z":
        raise MetaError(f"a loose criterion goes with normal tests only, not with {test!r}", hint="leave tol out")
    if np.ptp(y) == 0:
        raise MetaError("all effects are the same, so there is nothing to trim", hint="check the data for copies")
    untrimmed = pool(y, v, method=method, test=test, level=level)
    where = _side(y, v, method) if side == "auto" else side
    sign = -1.0 if where == "right" else 1.0
    order = np.argsort(sign * y, kind="stable")
    ordered, variances = sign * y[order], v[order]
    k0, raw, centre = _missing(ordered, variances, estimator, method, tol)
    new = sign * (2 * centre - ordered[len(y) - k0 :])
    if limits is not None:
        new = np.clip(new, *limits)
    filled_v = variances[len(y) - k0 :]
    fit = _pooled(np.concatenate((y, new)), np.concatenate((v, filled_v)), method, test, level, tol) if k0 else untrimmed
    notes = [] if len(y) >= 10 else [f"k = {len(y)}: with fewer than ten studies the number of missing ones is a guess."]
    if untrimmed.I2 > 75:
        notes.append(
            "The effects differ by much more than sampling: trim and fill mistakes such heterogeneity for missing studies (Peters et al. 2007, Stat Med 26:4544)."
        )
    if limits is None and k0:
        notes.append("The filled studies are mirror images, no data; read the result as a sensitivity analysis.")
    p_k0 = 0.5 ** (k0 + 1) if estimator == "R0" else float("nan")
    return TrimFill(
        estimator, where, method, k0, _error(len(y), raw, estimator), p_k0, fit.k, float(fit.beta[0]), float(fit.se[0]), float(fit.pval[0]),
        float(fit.ci_lb[0]), float(fit.ci_ub[0]), fit.tau2, fit.I2, fit.QE, float(untrimmed.beta[0]), new, filled_v, tuple(notes),
    )  # fmt: skip


def _side(y: Floats, v: Floats, method: Method) -> Literal["left", "right"]:
    """Return the side away from which the effects lean as their standard errors grow."""
    se = np.sqrt(v)
    if np.ptp(se) <= 1e-12 * se.max():
        raise MetaError("all standard errors are the same, so the side cannot be told", hint="give side='left' or 'right'")
    X = np.column_stack((np.ones(len(y)), se))
    # A slope that is nothing but rounding has no sign: a symmetric funnel has the left side, as R says of one without a slope.
    slope = wls(y, X, 1 / (v + estimate(method, y, v, X).value)).beta[1] * np.ptp(se)
    return "right" if slope < -1e-10 * max(np.abs(y).max(), se.max()) else "left"


def _missing(y: Floats, v: Floats, estimator: str, method: str, tol: float | None) -> tuple[int, float, float]:
    """Trim the largest of ascending effects until the number of missing ones stays; return it, the estimate before rounding, and the centre of what is left."""
    k, k0 = len(y), 0
    for _ in range(_ROUNDS):
        left = k - k0
        if left < 1:
            raise MetaError("trimming leaves no study", hint="the funnel is too asymmetric or the studies too few: not estimable")
        tau2 = _tau2(method, y[:left], v[:left], tol)
        w = 1 / (v[:left] + tau2)
        centre = float(np.sum(w * y[:left]) / w.sum())
        raw = _count(y - centre, estimator)
        new = max(0, round(raw))
        if new == k0:
            return k0, raw, centre
        k0 = new
    raise MetaError(f"trimming does not settle in {_ROUNDS} rounds", hint="try another estimator")


def _tau2(method: str, y: Floats, v: Floats, tol: float | None) -> float:
    """Return tau²: to full precision, or by Fisher scoring for REML (Viechtbauer 2005, eq. 11) until it changes by at most ``tol``."""
    one = np.ones((len(y), 1))
    if tol is None or method != "REML" or len(y) < 2:
        return estimate(method, y, v, one).value
    tau2 = estimate("HE", y, v, one).value
    for _ in range(_ROUNDS):
        fit = wls(y, one, 1 / (v + tau2))
        change = (fit.yPPy - fit.trace(np.ones(1))) / fit.trace(np.ones(1), np.ones(1))
        while tau2 + change < 0:
            change /= 2
        tau2 += change
        if abs(change) <= tol:
            return tau2
    raise MetaError("the likelihood does not converge", hint="use DL")


def _pooled(y: Floats, v: Floats, method: Method, test: Test, level: float, tol: float | None) -> PoolResult:
    """Pool; with ``tol``, z tests at the tau² that the stopped steps give."""
    fit = pool(y, v, method=method, test=test, level=level)
    if tol is None or method != "REML":
        return fit
    tau2 = _tau2(method, y, v, tol)
    total = float(np.sum(1 / (v + tau2)))
    beta, se = np.array([np.sum(y / (v + tau2)) / total]), np.array([total**-0.5])
    half = stats.norm.ppf(0.5 + level / 2) * se
    typical = (len(y) - 1) / wls(y, np.ones((len(y), 1)), 1 / v).trace(np.ones(1))
    return replace(
        fit,
        beta=beta,
        se=se,
        pval=2 * stats.norm.sf(np.abs(beta / se)),
        ci_lb=beta - half,
        ci_ub=beta + half,
        tau2=tau2,
        I2=100 * tau2 / (tau2 + typical),
    )


def _count(centred: Floats, estimator: str) -> float:
    """Return the estimated number of missing studies; distances that rounding alone tells apart are equal, and ranked in the order of the effects."""
    k = len(centred)
    centred = np.round(centred / max(float(np.max(np.abs(centred))), 1e-300), 12)
    ranks = np.empty(k)
    ranks[np.argsort(np.abs(centred), kind="stable")] = np.arange(1, k + 1)
    if estimator == "R0":
        return float(k - np.max(ranks[centred < 0], initial=0.0)) - 1
    total = float(np.sum(ranks[centred > 0]))
    if estimator == "L0":
        return (4 * total - k * (k + 1)) / (2 * k - 1)
    square = 2 * k**2 - 4 * total + 0.25
    if square < 0:
        raise MetaError("Q0 is not estimable here: it needs the root of a negative number", hint="use L0 or R0")
    return k - 0.5 - float(np.sqrt(square))


def _error(k: int, k0: float, estimator: str) -> float:
    """Return the standard error of the number of missing studies (Duval & Tweedie 2000, JASA, section 4)."""
    if estimator == "R0":
        return float(np.sqrt(2 * max(0.0, k0) + 2))
    variance = (k * (k + 1) * (2 * k + 1) + 10 * k0**3 + 27 * k0**2 + 17 * k0 - 18 * k * k0**2 - 18 * k * k0 + 6 * k**2 * k0) / 24
    if variance < 0:
        return float("nan")
    if estimator == "L0":
        return float(4 * np.sqrt(variance) / (2 * k - 1))
    scale = (k - 0.5) ** 2 - k0 * (2 * k - k0 - 1)
    return float(2 * np.sqrt(variance / scale)) if scale > 0 else float("nan")
