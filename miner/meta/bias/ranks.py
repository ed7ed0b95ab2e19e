"""Rank correlation tests of small-study effects, in O(k log k)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from miner.errors import MetaError
from miner.meta.bias.asymmetry import check_sizes, known_measure
from miner.meta.bias.suitability import BEGG, asymmetry_warnings
from miner.meta.guard import numbers, sheltered
from miner.meta.models.pooling import check_effects
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import counted, num, p_is

# The exact distribution costs k times the smaller number of concordant or discordant pairs; the normal one is close long before.
_EXACT_UP_TO = 500


@dataclass(frozen=True)
class RankTest(Result):
    """A rank correlation test.

    Attributes
    ----------
    k : int
    tau : float
        Kendall's tau-b.
    pval : float
        Two-sided.
    exact : bool
        Whether the p-value is of the exact distribution (no ties, at most 500 studies) or of its normal approximation.
    measure : str or None
    """

    k: int
    tau: float
    pval: float
    exact: bool
    measure: str | None
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the test in one line, then the warnings."""
        kind = "exact" if self.exact else "normal approximation"
        return "\n".join(
            [
                f"Rank correlation test, k = {self.k}: tau = {num(self.tau, '.4f')}, {p_is(self.pval)} ({kind})",
                *(f"  warning: {w}" for w in self.warnings),
            ]
        )


@sheltered
def ranktest(yi: ArrayLike, vi: ArrayLike, ni: ArrayLike | None = None, *, measure: str | None = None) -> RankTest:
    r"""Test the rank correlation of standardised effects and their variances (Begg & Mazumdar).

    Effects are standardised as :math:`(y_i - \hat\theta) / \sqrt{v_i - 1 / \sum 1/v_j}` with the equal-effects mean.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    ni : array_like, shape (k,), optional
        Sample sizes, only to recognise proportions.
    measure : str, optional
        What the effects are, for the warnings: proportions, whose variance depends on the effect, fail this test without any bias; use
        :func:`ranktest_n` for them.

    Returns
    -------
    RankTest

    Raises
    ------
    MetaError
        For fewer than two studies, impossible input, or equal variances (or standardised effects) in all studies.

    References
    ----------
    Begg CB, Mazumdar M (1994). Biometrics 50:1088-1101. Kendall M, Gibbons JD (1990). Rank Correlation Methods, 5th ed.

    Examples
    --------
    >>> found = ranktest([0.9, 0.5, 0.4, 0.3], [0.2, 0.1, 0.05, 0.01])
    >>> round(found.tau, 2), round(found.pval, 3)
    (1.0, 0.083)
    """
    y, v = check_effects(yi, vi, least=2)
    total = np.sum(1 / v)
    centred = y - np.sum(y / v) / total
    with np.errstate(invalid="ignore"):
        standard = centred / np.sqrt(v - 1 / total)
    if not np.isfinite(standard).all():
        raise MetaError(
            "one study has all of the weight, so that its effect cannot be standardised", hint="check the variances for an outlier near 0"
        )
    # The mean of equal numbers is off by rounding errors, which have ranks; ties are ties on every processor, each by its own digits, since
    # the value of a study with nearly all of the weight may be small beside the others.
    standard = np.zeros(len(y)) if np.ptp(y) == 0 else np.array([float(f"{x:.12g}") for x in standard])
    kind = known_measure(measure, y, v, ni)
    return _kendall(standard, v, "variances", kind, asymmetry_warnings(len(y), kind, on_precision=True, loud=BEGG))


@sheltered
def ranktest_n(yi: ArrayLike, ni: ArrayLike) -> RankTest:
    """Test the rank correlation of effects and sample sizes: the rank test that keeps its level for accuracies (4.7-9 % in simulations).

    Parameters
    ----------
    yi : array_like, shape (k,)
        Effects, for example accuracies, on any scale that keeps their order.
    ni : array_like, shape (k,)
        Sample sizes.

    Returns
    -------
    RankTest
        ``tau`` is negative where small studies report more.

    Examples
    --------
    >>> ranktest_n([0.9, 0.8, 0.85, 0.7], [20, 50, 40, 300]).tau
    -1.0
    """
    y = np.atleast_1d(numbers(yi, "yi"))
    if y.ndim != 1 or len(y) < 2 or not np.isfinite(y).all():
        raise MetaError(
            "the effects must be one column of at least two finite numbers", where="yi", hint="leave studies without a value out"
        )
    return _kendall(y, check_sizes(ni, len(y)), "sample sizes", None, asymmetry_warnings(len(y), None, on_precision=False, loud=BEGG))


def _kendall(a: Floats, b: Floats, what: str, measure: str | None, notes: tuple[str, ...]) -> RankTest:
    for column, name in ((a, "effects"), (b, what)):
        if np.ptp(column) == 0:
            raise MetaError(
                f"the {name} of all {counted(len(a), 'study is', 'studies are')} the same, so they have no ranks",
                hint="asymmetry cannot be tested",
            )
    ties = len(np.unique(a)) < len(a) or len(np.unique(b)) < len(b)
    exact = not ties and len(a) <= _EXACT_UP_TO
    found = stats.kendalltau(a, b, method="exact" if exact else "asymptotic")
    if ties:
        notes = (*notes, "There are ties: the p-value is of the normal approximation.")
    return RankTest(len(a), float(found.statistic), float(min(1.0, found.pvalue)), exact, measure, notes)
