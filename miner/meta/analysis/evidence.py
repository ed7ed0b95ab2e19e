"""What a p-value says, in words that claim no more."""

from __future__ import annotations

import math
from typing import Literal

from miner.say import p_is

SURE, WEAK = 0.005, 0.05
# What the simulation of docs/reference/simulation.md finds of a trend in literatures from which low results were held back.
_SELECTED = "of simulated literatures of 10 to 100 studies from which low results were held back, it found 6 to 13 %"


def strength(p: float) -> Literal["clear", "weak", "none", "untested"]:
    """Return how strong a p-value is against chance alone (Benjamin et al. 2018, Nature Human Behaviour 2:6-10, for the limit of .005).

    Examples
    --------
    >>> strength(0.001), strength(0.02), strength(0.4), strength(float("nan"))
    ('clear', 'weak', 'none', 'untested')
    """
    if math.isnan(p):
        return "untested"
    return "clear" if p < SURE else "weak" if p < WEAK else "none"


def how_sure(p: float, what: str = "a trend", one: str = "one as large") -> str:
    """Say what a p-value says: how often chance alone would give as much, were there nothing.

    Examples
    --------
    >>> how_sure(0.001)
    'Were there no trend, chance alone would rarely give one as large (p = 0.001).'
    >>> how_sure(0.02, "a change")
    'Were there no change, chance alone would seldom give one as large (p = 0.020): weak evidence, to be confirmed.'
    >>> how_sure(0.4)
    'The data do not tell a trend from chance (p = 0.40); this is no proof that there is none.'
    """
    none = what.removeprefix("a ").removeprefix("an ")
    found = strength(p)
    if found == "clear":
        return f"Were there no {none}, chance alone would rarely give {one} ({p_is(p)})."
    if found == "weak":
        return f"Were there no {none}, chance alone would seldom give {one} ({p_is(p)}): weak evidence, to be confirmed."
    if found == "none":
        return f"The data do not tell {what} from chance ({p_is(p)}); this is no proof that there is none."
    return f"Nothing can be tested here, so nothing is said of {what}."


def null_words(p: float, power: str = "") -> str:
    """Say how little a test of the trend that finds nothing says of selection; nothing where it finds something.

    Parameters
    ----------
    p : float
    power : str
        What is known of the test's power, as a clause; by default that of the simulation.

    Examples
    --------
    >>> null_words(0.01), null_words(0.3)[:75]
    ('', 'That the test finds no trend says almost nothing on selection: of simulated')
    """
    return f"That the test finds no trend says almost nothing on selection: {power or _SELECTED}." if strength(p) == "none" else ""
