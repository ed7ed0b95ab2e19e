"""Asymmetry tests on sample size: Peters', Deeks' and the arcsine test, also in forms for single proportions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.bias.asymmetry import check_sizes
from miner.meta.bias.suitability import BEGG, asymmetry_warnings
from miner.meta.effects.proportions import effect_sizes
from miner.meta.guard import numbers, sheltered, whole_numbers
from miner.meta.models.linear import linear
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import counted, num, p_is


@dataclass(frozen=True)
class SizeTest(Result):
    """A weighted regression of effects on sample size.

    Attributes
    ----------
    name, predictor, weights : str
        Which test, and what it regresses on with which weights.
    k : int
    stat, df, pval : float
        The slope's t test.
    coef, se, ci_lb, ci_ub : arrays, shape (2,)
        Intercept (the effect expected in infinitely large studies) and slope.
    """

    name: str
    predictor: str
    weights: str
    k: int
    stat: float
    df: int
    pval: float
    coef: Floats
    se: Floats
    ci_lb: Floats
    ci_ub: Floats
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the test in one line, then the warnings."""
        head = f"{self.name}, k = {self.k}: t = {num(self.stat, '.4f')}, df = {self.df}, {p_is(self.pval)} (on {self.predictor}, weights {self.weights})"
        return "\n".join([head, *(f"  warning: {w}" for w in self.warnings)])


def _regression(name: str, y: Floats, predictor: tuple[str, Floats], weights: tuple[str, Floats], level: float) -> SizeTest:
    if len(y) < 3:
        raise MetaError(f"{counted(len(y), 'study', 'studies')}, at least 3 are needed", hint="collect more studies")
    if not np.isfinite(y).all():
        raise MetaError("effects are missing or infinite", where="yi", hint="leave these studies out")
    if np.ptp(predictor[1]) <= 1e-12 * np.max(np.abs(predictor[1])):
        raise MetaError(f"all {counted(len(y), 'study has', 'studies have')} the same size", hint="small-study effects cannot be tested")
    fit = linear(y, {predictor[0]: predictor[1]}, weights=weights[1], level=level)
    if np.isnan(fit.se).any():
        raise MetaError(
            "the effects lie exactly on a line, so there is no residual variance to test with", hint="check the data for copies"
        )
    notes = asymmetry_warnings(len(y), None, on_precision=False, loud=BEGG)
    return SizeTest(
        name,
        predictor[0],
        weights[0],
        len(y),
        float(fit.t[1]),
        int(fit.df[1]),
        float(fit.p[1]),
        fit.coef,
        fit.se,
        fit.ci_lb,
        fit.ci_ub,
        notes,
    )


def _effects(yi: ArrayLike, ni: ArrayLike) -> tuple[Floats, Floats]:
    y = np.atleast_1d(numbers(yi, "yi"))
    if y.ndim != 1:
        raise MetaError(f"the effects have {counted(y.ndim, 'dimension')}", where="yi", hint="give one a study")
    return y, check_sizes(ni, len(y))


@sheltered
def peters_like(yi: ArrayLike, ni: ArrayLike, events: ArrayLike | None = None, *, level: float = 0.95) -> SizeTest:
    """Regress effects on 1/n: Peters' test with the total events, or for single proportions with weights n.

    Parameters
    ----------
    yi : array_like, shape (k,)
        Log odds ratios, or logits of accuracies.
    ni : array_like, shape (k,)
        Sample sizes (both arms together).
    events : array_like, shape (k,), optional
        Events of both arms together: weights are then 1 / (1/events + 1/non-events).
    level : float

    Returns
    -------
    SizeTest
        In simulations of accuracies without bias it was significant in 3-9 %.

    References
    ----------
    Peters JL, Sutton AJ, Jones DR, Abrams KR, Rushton L (2006). JAMA 295:676-680.

    Examples
    --------
    >>> round(peters_like([2.2, 1.9, 1.5, 1.4], [20, 40, 100, 300]).stat, 2)
    8.43
    """
    y, n = _effects(yi, ni)
    if events is None:
        return _regression("Peters' test for proportions", y, ("1/n", 1 / n), ("n", n), level)
    x = np.atleast_1d(whole_numbers(events, "events"))
    if x.shape != n.shape or not ((x > 0) & (x < n)).all():
        raise MetaError("events must lie above 0 and below n in each study", where="events", hint="leave the other studies out")
    return _regression("Peters' test", y, ("1/n", 1 / n), ("1/(1/events + 1/non-events)", x * (n - x) / n), level)


@sheltered
def deeks_like(yi: ArrayLike, ni: ArrayLike, *, level: float = 0.95) -> SizeTest:
    """Regress effects on 1/sqrt(n) with weights n: Deeks' test where ``ni`` is the effective sample size.

    Parameters
    ----------
    yi : array_like, shape (k,)
        Log diagnostic odds ratios, or logits of accuracies.
    ni : array_like, shape (k,)
        Effective sample sizes 4 n1 n2 / (n1 + n2), or sample sizes.
    level : float

    Returns
    -------
    SizeTest
        In simulations of accuracies without bias it was significant in 7-12 %.

    References
    ----------
    Deeks JJ, Macaskill P, Irwig L (2005). Journal of Clinical Epidemiology 58:882-893.

    Examples
    --------
    >>> round(deeks_like([2.2, 1.9, 1.5, 1.4], [20, 40, 100, 300]).stat, 2)
    6.52
    """
    y, n = _effects(yi, ni)
    return _regression("Deeks' test", y, ("1/sqrt(n)", 1 / np.sqrt(n)), ("n", n), level)


@sheltered
def deeks(tp: ArrayLike, fn: ArrayLike, fp: ArrayLike, tn: ArrayLike, *, level: float = 0.95) -> SizeTest:
    """Test small-study effects of diagnostic accuracy: log diagnostic odds ratios on 1/sqrt(effective sample size).

    Parameters
    ----------
    tp, fn, fp, tn : array_like, shape (k,)
        True and false positives and negatives; 1/2 is added to each.
    level : float

    Returns
    -------
    SizeTest

    References
    ----------
    Deeks JJ, Macaskill P, Irwig L (2005). Journal of Clinical Epidemiology 58:882-893 (p. 886).

    Examples
    --------
    >>> deeks([20, 40, 90, 50], [3, 8, 20, 9], [2, 9, 30, 10], [25, 50, 150, 60]).df
    2
    """
    cells = [np.atleast_1d(whole_numbers(c, "a count")) for c in (tp, fn, fp, tn)]
    if any(c.shape != cells[0].shape for c in cells) or not all((np.isfinite(c) & (c >= 0)).all() for c in cells):
        raise MetaError("the four columns must hold finite counts, one a study", hint="leave studies with missing counts out")
    ill, well = cells[0] + cells[1], cells[2] + cells[3]
    if not ((ill > 0) & (well > 0)).all():
        raise MetaError("a study has no cases with, or none without the condition", hint="leave it out")
    a, b, c, d = (x + 0.5 for x in cells)
    return deeks_like(np.log(a * d / (b * c)), 4 * ill * well / (ill + well), level=level)


@sheltered
def arcsine_thompson_like(x: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> SizeTest:
    """Regress arcsine accuracies on 1/sqrt(n) with weights n: on this scale the standard error depends on n alone.

    Parameters
    ----------
    x, n : array_like, shape (k,)
        Hits (accuracy times n) and sample sizes.
    level : float

    Returns
    -------
    SizeTest
        In simulations of accuracies without bias it was significant in 7-13 %.

    References
    ----------
    Rücker G, Schwarzer G, Carpenter J (2008). Statistics in Medicine 27:746-763.

    Examples
    --------
    >>> round(arcsine_thompson_like([18, 35, 82, 240], [20, 40, 100, 300]).stat, 2)
    8.06
    """
    found = effect_sizes("PAS", x, n)
    return _regression("Arcsine test", found.yi, ("1/sqrt(n)", 1 / np.sqrt(found.ni)), ("n", found.ni), level)
