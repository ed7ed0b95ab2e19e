"""Meta-regression on precision: unrestricted weighted least squares, PET, PEESE, PET-PEESE and WAAP."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from miner.errors import MetaError
from miner.meta.bias.asymmetry import known_measure, perfect_line
from miner.meta.bias.suitability import STABLE, TIED
from miner.meta.guard import sheltered
from miner.meta.models.pooling import check_effects
from miner.meta.models.small_samples import perfect
from miner.meta.models.tau2 import wls
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import counted, num, p_is

_TIED_NOTE = (
    "PET and PEESE mislead here: the standard error of a proportion is a function of the proportion itself, so the slope on it, and with it the intercept, "
    "says nothing about publication bias (on simulated accuracies without bias that slope was significant in 77-100 %). "
    "A regression on sample size does not have this flaw."
)
_HETEROGENEITY_NOTE = (
    "PET-PEESE is unreliable with fewer than 20 studies or high heterogeneity (Stanley 2017, Soc Psychol Personal Sci 8:581)."
)


@dataclass(frozen=True)
class WeightedFit(Result):
    """A weighted least-squares fit with multiplicative error; arrays have one value a coefficient, the corrected effect first."""

    coef: Floats
    se: Floats
    t: Floats
    df: int
    pval: Floats
    sigma: float
    ci_lb: Floats
    ci_ub: Floats


@dataclass(frozen=True)
class PetPeese(Result):
    """Corrections by regression on precision.

    Attributes
    ----------
    k : int
    UWLS, PET, PEESE, WAAP : WeightedFit
        Mean; with slopes on the standard error; on the variance; mean of the adequately powered studies.
    conditional : str
        PEESE if PET's intercept is significant (two-sided p < ``alpha``), else PET.
    conditional_est : float
        Its intercept.
    k_adequate : int
        Studies with se <= |UWLS| / 2.8 (power of 80 % at 5 %).
    fallback : str or None
        ``UWLS`` where fewer than two are adequate, so that the weighted average of adequately powered studies is that of all.
    """

    k: int
    UWLS: WeightedFit
    PET: WeightedFit
    PEESE: WeightedFit
    conditional: str
    conditional_est: float
    WAAP: WeightedFit
    k_adequate: int
    fallback: str | None
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return one line a fit, then the warnings."""
        lines = [f"Regression on precision, k = {self.k}; PET-PEESE is {self.conditional}: {num(self.conditional_est, '.6g')}"]
        for name in ("UWLS", "PET", "PEESE", "WAAP"):
            fit = getattr(self, name)
            lines.append(
                f"  {name}: {num(fit.coef[0], '.6g')} [{num(fit.ci_lb[0], '.6g')}, {num(fit.ci_ub[0], '.6g')}], {p_is(fit.pval[0])}"
            )
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])


@sheltered
def pet_peese(
    yi: ArrayLike, vi: ArrayLike, ni: ArrayLike | None = None, *, measure: str | None = None, alpha: float = 0.10, level: float = 0.95
) -> PetPeese:
    """Return UWLS, PET, PEESE, the conditional PET-PEESE and WAAP.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    ni : array_like, shape (k,), optional
        Sample sizes, only to recognise proportions.
    measure : str, optional
        What the effects are, for the warnings.
    alpha : float
        PEESE is taken where PET's two-sided p-value is below it.
    level : float
        Confidence level.

    Returns
    -------
    PetPeese

    Raises
    ------
    MetaError
        For fewer than three studies, impossible input, or equal variances.

    References
    ----------
    Stanley TD, Doucouliagos H (2014). Research Synthesis Methods 5:60-78 (PET, PEESE); (2015) Statistics in Medicine 34:2116-2127 (UWLS).
    Stanley TD, Doucouliagos H, Ioannidis JPA (2017). Statistics in Medicine 36:1580-1598 (WAAP).

    Examples
    --------
    >>> found = pet_peese([0.9, 0.5, 0.4, 0.3], [0.2, 0.1, 0.05, 0.01])
    >>> found.conditional, round(found.conditional_est, 3)
    ('PET', 0.161)
    """
    y, v = check_effects(yi, vi, least=3)
    if np.ptp(v) <= 1e-12 * v.max():
        raise MetaError(
            f"all {counted(len(y), 'variance is', 'variances are')} the same, so there is no regression on precision", hint="use pool"
        )
    one, se = np.ones(len(y)), np.sqrt(v)
    if perfect_line(y, v, se) or perfect_line(y, v, v):
        raise MetaError(
            "the effects lie exactly on a line, so there is no residual variance to test with", hint="check the data for copies"
        )
    mean = _fit(y, v, one[:, None], level)
    pet = _fit(y, v, np.column_stack((one, se)), level)
    peese = _fit(y, v, np.column_stack((one, v)), level)
    adequate = se <= abs(float(mean.coef[0])) / 2.8
    enough = int(adequate.sum()) >= 2
    waap = _fit(y[adequate], v[adequate], one[adequate, None], level) if enough else mean
    kind = known_measure(measure, y, v, ni)
    notes = (
        [_TIED_NOTE]
        if kind in TIED
        else ["The standard error of this measure depends on n alone: PET is a regression on 1/sqrt(n)."]
        if kind in STABLE
        else []
    )
    if len(y) < 20:
        notes.append(f"k = {len(y)}: {_HETEROGENEITY_NOTE}")
    if not enough:
        notes.append(
            f"{counted(int(adequate.sum()), 'study has', 'studies have')} adequate power; the weighted average of adequately powered studies is that of all."
        )
    chosen = "PEESE" if pet.pval[0] < alpha else "PET"
    estimate = float((peese if chosen == "PEESE" else pet).coef[0])
    return PetPeese(len(y), mean, pet, peese, chosen, estimate, waap, int(adequate.sum()), None if enough else "UWLS", tuple(notes))


def _fit(y: Floats, v: Floats, X: Floats, level: float) -> WeightedFit:
    fit = wls(y, X, 1 / v)
    df = len(y) - X.shape[1]
    sigma = float(np.sqrt(fit.rss / df))
    se = sigma * np.sqrt(np.diag(fit.M))
    if perfect(fit, y, 1 / v):
        se = np.full(len(se), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = fit.beta / se
    crit = float(stats.t.ppf(0.5 + level / 2, df))
    return WeightedFit(fit.beta, se, t, df, 2 * stats.t.sf(np.abs(t), df), sigma, fit.beta - crit * se, fit.beta + crit * se)
