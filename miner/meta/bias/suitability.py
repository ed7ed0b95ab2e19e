"""Which asymmetry test fits which measure: the warnings that belong to the results of the publication-bias tests.

The error rates are those of docs/reference/simulation.md: literatures of accuracies without any bias (binomial counts around a normal logit; nominal level 5 %).
Egger's and those on n are with the sizes of the paper that this question comes from (tests/bench/power.py), Begg's with log-normal ones (tests/bench/simulate.py).
"""

from __future__ import annotations

import numpy as np

from miner.meta.numerics.arrays import Floats

# Their standard error is a function of the proportion itself, so that effect and standard error are related without any bias.
TIED = ("PR", "PLN", "PLO")
# Their standard error depends on n alone: a test on it is a test on n.
STABLE = ("PAS", "PFT")
PROPORTIONS = TIED + STABLE
ODDS = ("OR", "RR", "RD", "DOR")
ON_PRECISION = ("sei", "vi")

_ADVICE = (
    "Judge small-study effects of proportions by sample size instead: by the slope of a binomial mixed model on 1/√n or log n, "
    "tested by its score, whose error was 4-6 % (Hunter et al. 2014, J Clin Epidemiol 67:897; Deeks et al. 2005)."
)
EGGER = (
    "This test misleads here: the standard error of a proportion is a function of the proportion itself, so effect and standard error are related "
    "without any publication bias. In simulated literatures of accuracies without bias Egger's test on the standard error was significant in 74-100 % instead of 5 %. "
) + _ADVICE
BEGG = (
    "This test misleads here: the variance of a proportion is a function of the proportion itself, so effect and variance are related "
    "without any publication bias. In simulated literatures of accuracies without bias Begg's rank test was significant in 4-96 % instead of 5 %. "
) + _ADVICE
STABLE_NOTE = "The standard error of this measure depends on n alone, so this is a test on sample size."
ODDS_NOTE = (
    "The standard error of a ratio or difference of proportions depends on the effect: on binary outcomes Egger's and Begg's tests reject too often "
    "when effects are large or events rare (Sterne et al. 2011). Compare Peters' test and the arcsine test."
)


def asymmetry_warnings(k: int, measure: str | None, on_precision: bool, loud: str) -> tuple[str, ...]:
    """Return what a reader must know about an asymmetry test of ``k`` effects.

    Parameters
    ----------
    k : int
    measure : str or None
        What the effects are, as in :func:`miner.meta.effect_sizes`.
    on_precision : bool
        Whether the test relates effects to their standard error or variance, not to sample size.
    loud : str
        The warning for measures whose standard error is a function of the effect.
    """
    found = (
        []
        if not on_precision
        else [loud]
        if measure in TIED
        else [STABLE_NOTE]
        if measure in STABLE
        else [ODDS_NOTE]
        if measure in ODDS
        else []
    )
    if k < 10:
        found.append(
            f"k = {k}: with fewer than ten studies tests for funnel asymmetry find none but large differences, and are advised against (Sterne et al. 2011, BMJ 343:d4002)."
        )
    return tuple(found)


def recognise(y: Floats, v: Floats, ni: Floats | None) -> str | None:
    """Return the proportion measure whose variance formula gives ``v`` from ``y`` and ``ni`` for nine studies in ten, or None."""
    if ni is None or len(y) == 0:
        return None
    with np.errstate(all="ignore"):
        p = 1 / (1 + np.exp(-y))
        formulas = {
            "PR": y * (1 - y) / ni,
            "PLO": 1 / (ni * p * (1 - p)),
            "PLN": (np.exp(-y) - 1) / ni,
            "PAS": 1 / (4 * ni),
            "PFT": 1 / (4 * ni + 2),
        }
        for measure, expected in formulas.items():
            if np.mean(np.abs(v - expected) <= 1e-6 * np.abs(expected)) >= 0.9:
                return measure
    return None
