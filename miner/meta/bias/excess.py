"""Test of excess significance: more significant findings than the power of the studies allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import integrate, special, stats

from miner.errors import MetaError
from miner.meta.guard import sheltered
from miner.meta.models.pooling import Method, check_effects, pool
from miner.meta.numerics.arrays import Floats
from miner.meta.numerics.roots import zeroin
from miner.meta.result import Result
from miner.say import counted, num, p_is

Alternative = Literal["two.sided", "greater", "less"]
CountTest = Literal["auto", "chi2", "binom", "exact"]
_EXACT_TERMS = 1e6
_EXTENSIONS = 60


@dataclass(frozen=True)
class ExcessSignificance(Result):
    """A test of excess significance.

    Attributes
    ----------
    k, O : int
        Studies, and those that are significant.
    E, OEratio : float
        How many should be, and the ratio.
    test : str
        chi2, binom or exact.
    stat : float
        Chi-square (nan for the other tests).
    pval : float
        One-sided: O is above E.
    power : array, shape (k,)
        Of each study, given ``theta`` and ``tau2``.
    theta, tau2 : float
        Mean and variance of the true effects.
    theta_lim : float
        The effect at which the test's p-value is ``tes_alpha`` (nan where there is none).
    sig : array of bool, shape (k,)
    """

    k: int
    O: int  # noqa: E741 -- the name in the literature
    E: float
    OEratio: float
    test: str
    stat: float
    pval: float
    power: Floats
    theta: float
    tau2: float
    theta_lim: float
    sig: NDArray[np.bool_]
    alternative: str
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the test in two lines, then the warnings."""
        lines = [
            f"Excess significance: {self.O} of {counted(self.k, 'finding')} significant, {num(self.E, '.2f')} expected at theta = {num(self.theta, '.4g')}, tau2 = {num(self.tau2, '.4g')}"
        ]
        lines.append(f"  {p_is(self.pval)} ({self.test}); limit of theta {num(self.theta_lim, '.4g')}")
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])


@sheltered
def excess_significance(
    yi: ArrayLike,
    vi: ArrayLike,
    method: Method = "EE",
    test: CountTest = "auto",
    *,
    alternative: Alternative = "two.sided",
    alpha: float = 0.05,
    h0: float = 0.0,
    theta: float | None = None,
    tau2: float | None = None,
    tes_alpha: float = 0.10,
    tol: float | None = None,
) -> ExcessSignificance:
    """Compare the number of significant findings with its expectation.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    method : str
        How the mean and variance of the true effects are estimated, as in :func:`miner.meta.pool`; EE: no variance.
    test : {"auto", "chi2", "binom", "exact"}
        Chi-square; binomial with the mean power; exact (Poisson-binomial). ``auto``: exact where at most 10^6 sets of studies hold at least the
        observed number, else chi-square.
    alternative : {"two.sided", "greater", "less"}
        Of the studies' own tests.
    alpha, h0 : float
        Level and null value of the studies' own tests.
    theta, tau2 : float, optional
        Instead of estimates.
    tes_alpha : float
        Level that defines the limit of theta.
    tol : float, optional
        If given, the power is integrated by quadrature over five standard deviations of the true effects, and the limit found, to this tolerance (metafor's
        figures have 1.22e-4; its power is off by up to 0.5 % where standard errors are far below tau). Else both are exact.

    Returns
    -------
    ExcessSignificance

    Raises
    ------
    MetaError
        For no studies or impossible input.

    References
    ----------
    Ioannidis JPA, Trikalinos TA (2007). Clinical Trials 4:245-253. Francis G (2013). Journal of Mathematical Psychology 57:153-169 (exact test).

    Examples
    --------
    >>> found = excess_significance([0.5, 0.6, 0.7, 0.5], [0.06, 0.08, 0.1, 0.06])
    >>> found.O, round(found.E, 2), found.test
    (4, 2.18, 'exact')
    """
    y, v = check_effects(yi, vi)
    if test not in {"auto", "chi2", "binom", "exact"}:
        raise MetaError(f"there is no test {test!r}", hint="there are: auto, chi2, binom, exact")
    if not (0 < alpha < 1 and 0 < tes_alpha < 1):
        raise MetaError("levels must lie between 0 and 1", where="alpha, tes_alpha")
    mean, spread = _truth(y, v, method, theta, tau2)
    power = (
        _power(np.sqrt(v), spread, alternative, alpha)
        if tol is None or spread == 0
        else _integrated_power(np.sqrt(v), spread, alternative, alpha, tol)
    )
    sig = _significant((y - h0) / np.sqrt(v), alternative, alpha)
    k, observed = len(y), int(sig.sum())
    chosen = test if test != "auto" else "exact" if _terms(k, observed) <= _EXACT_TERMS else "chi2"
    each = power(mean - h0)
    stat, pval = _TESTS[chosen](observed, each)
    limit = h0 + _limit(lambda d: _TESTS[chosen](observed, power(d))[1], mean - h0, tes_alpha, tol)
    expected = float(each.sum())
    notes = [] if k >= 10 else [f"k = {k}: with fewer than ten studies the test has little power."]
    if method != "EE" and spread > 0:
        notes.append(
            "With heterogeneity the expected power depends on the normal form of the true effects; the test is a signal, no proof of bias."
        )
    return ExcessSignificance(
        k, observed, expected, observed / expected if expected > 0 else float("inf"), chosen, stat, pval, each, mean, spread, limit, sig,
        alternative, tuple(notes),
    )  # fmt: skip


def _truth(y: Floats, v: Floats, method: Method, theta: float | None, tau2: float | None) -> tuple[float, float]:
    """Return mean and variance of the true effects: given, or estimated."""
    if tau2 is not None and not (np.isfinite(tau2) and tau2 >= 0):
        raise MetaError("a variance must be a finite number from 0 up", where="tau2")
    if theta is not None and not np.isfinite(theta):
        raise MetaError("the true effect must be a finite number", where="theta")
    if theta is not None and tau2 is not None:
        return theta, tau2
    fit = pool(y, v, method=method)
    return float(fit.beta[0]) if theta is None else theta, fit.tau2 if tau2 is None else tau2


def _significant(z: Floats, alternative: str, alpha: float) -> NDArray[np.bool_]:
    if alternative == "two.sided":
        out: NDArray[np.bool_] = np.abs(z) >= stats.norm.isf(alpha / 2)
        return out
    signed = z if alternative == "greater" else -z
    found: NDArray[np.bool_] = signed >= stats.norm.isf(alpha)
    return found


def _power(se: Floats, tau2: float, alternative: str, alpha: float) -> Callable[[float], Floats]:
    """Return the power as a function of the distance from H0; with normal true effects it has a closed form."""
    if alternative not in {"two.sided", "greater", "less"}:
        raise MetaError(f"there is no alternative {alternative!r}", hint="there are: two.sided, greater, less")
    spread = np.sqrt(se**2 + tau2)
    crit = float(stats.norm.isf(alpha / 2 if alternative == "two.sided" else alpha)) * se

    def power(d: float) -> Floats:
        up, down = special.ndtr((d - crit) / spread), special.ndtr((-d - crit) / spread)
        out: Floats = up + down if alternative == "two.sided" else up if alternative == "greater" else down
        return out

    return power


def _integrated_power(se: Floats, tau2: float, alternative: str, alpha: float, tol: float) -> Callable[[float], Floats]:
    """Return the same by numerical integration over the true effects, five standard deviations to both sides."""
    tau = float(np.sqrt(tau2))
    homogeneous = [_power(np.array([s]), 0.0, alternative, alpha) for s in se]

    def power(d: float) -> Floats:
        def integrand(x: float, one: Callable[[float], Floats]) -> float:
            return float(one(x)[0] * np.exp(-(((x - d) / tau) ** 2) / 2) / (tau * np.sqrt(2 * np.pi)))

        return np.array(
            [integrate.quad(integrand, d - 5 * tau, d + 5 * tau, args=(one,), epsabs=tol, epsrel=tol, limit=100)[0] for one in homogeneous]
        )

    return power


def _terms(k: int, observed: int) -> float:
    """Return the number of sets of at least ``observed`` of ``k`` studies."""
    with np.errstate(over="ignore"):
        return float(np.sum(special.comb(k, np.arange(observed, k + 1))))


def _chi2(observed: int, power: Floats) -> tuple[float, float]:
    expected, k = float(power.sum()), len(power)
    if not 0 < expected < k:
        return float("nan"), 1.0 if observed <= expected else 0.0
    stat = (observed - expected) ** 2 * (1 / expected + 1 / (k - expected))
    half = 0.5 * float(stats.chi2.sf(stat, 1))
    return stat, half if observed > expected else 1 - half


def _binom(observed: int, power: Floats) -> tuple[float, float]:
    return float("nan"), float(stats.binom.sf(observed - 1, len(power), power.mean()))


def _exact(observed: int, power: Floats) -> tuple[float, float]:
    """Return P(at least ``observed``) of a sum of Bernoulli variables, by adding one study after the other."""
    mass = np.zeros(len(power) + 1)
    mass[0] = 1.0
    for i, p in enumerate(power, start=1):
        mass[1 : i + 1] = mass[1 : i + 1] * (1 - p) + mass[:i] * p
        mass[0] *= 1 - p
    return float("nan"), float(min(1.0, mass[observed:].sum()))


_TESTS: dict[str, Callable[[int, Floats], tuple[float, float]]] = {"chi2": _chi2, "binom": _binom, "exact": _exact}


def _limit(pval: Callable[[float], float], estimate: float, alpha: float, tol: float | None) -> float:
    """Return the distance from H0, on the estimate's side, at which the p-value is ``alpha``; nan where it is above even at H0, or never."""
    if pval(0.0) >= alpha:
        return float("nan")
    far, step = estimate, 0.01 * max(1e-4, abs(estimate))
    for _ in range(_EXTENSIONS):
        if pval(far) >= alpha:
            low, high = sorted((0.0, far))
            return zeroin(lambda d: pval(d) - alpha, low, high, tol or 0.0)
        far += step if estimate >= 0 else -step
        step *= 2
    return float("nan")
