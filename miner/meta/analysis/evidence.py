"""What a p-value says, in words that claim no more."""

from __future__ import annotations

import math
from typing import Literal

from miner.say import counted, num, p_is

SURE, WEAK = 0.005, 0.05
FEW = 10  # values below which a caution stands beside what is tested
# What the simulation of docs/reference/simulation.md finds of a trend in literatures from which low results were held back.
_SELECTED = (
    "of simulated literatures of 10 to 100 accuracies without 70 % of the results below the mean, {} found 4 to 10 %"
    " (more only where significance decides what appears)"
)
NAMED = (-0.3, -0.5)  # slopes of the logit for each tenfold n: the odds of a right answer fall by a quarter, and by four tenths


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


def power_words(chances: list[float], changes: list[float]) -> str:
    """Say how often data like these would have shown slopes of a stated size; nothing where nothing can be tested.

    Parameters
    ----------
    chances : list of float
        The power for each slope of :data:`NAMED`.
    changes : list of float
        What each is in percentage points: falls, or rises where lower is better.

    Examples
    --------
    >>> power_words([0.114, 0.23], [-3.1, -5.6])
    'With the sample sizes, papers and tasks of these data the test would find a true fall of 3.1 percentage points for each tenfold n in 11 % of literatures, one of 5.6 in 23 %'
    >>> power_words([0.114], [3.1])
    'With the sample sizes, papers and tasks of these data the test would find a true rise of 3.1 percentage points for each tenfold n in 11 % of literatures'
    """
    if any(math.isnan(c) for c in chances):
        return ""
    first, *rest = [f"{num(abs(change), '.1f')}{{}} in {num(100 * c, '.0f')} %{{}}" for c, change in zip(chances, changes, strict=True)]
    more = "".join(f", one of {text.format('', '')}" for text in rest)
    change_words = first.format(" percentage points for each tenfold n", " of literatures")
    return f"With the sample sizes, papers and tasks of these data the test would find a true {'rise' if changes[0] > 0 else 'fall'} of {change_words}{more}"


def few_words(k: int, what: str = "value") -> str:
    """Say what a test can tell of few values; nothing where there are enough.

    Examples
    --------
    >>> few_words(6), few_words(10)
    ('There are only 6 values: among fewer than 10 a test finds none but large trends and differences, and one value may decide what it finds.', '')
    """
    only = only_words(k, what)
    return f"There {'is' if k == 1 else 'are'} {only}" if only else ""


def only_words(k: int, what: str = "value") -> str:
    """Say the same as the end of a sentence, or the whole of a short one.

    Examples
    --------
    >>> only_words(6)[:34]
    'only 6 values: among fewer than 10'
    """
    if not 0 < k < FEW:
        return ""
    return f"only {counted(k, what)}: among fewer than {FEW} a test finds none but large trends and differences, and one {what} may decide what it finds."


def untested_words(why: str) -> str:
    """Say why nothing can be tested; nothing where it can.

    Examples
    --------
    >>> untested_words("the values come from 3 papers"), untested_words("")
    ('The reason: the values come from 3 papers.', '')
    """
    return f"The reason: {why}." if why else ""


def null_words(p: float, power: str = "", *, simulated: bool = True) -> str:
    """Say how little a test of the trend that finds nothing says of selection; nothing where it finds something.

    Parameters
    ----------
    p : float
    power : str
        What is known of the test's power with these data, as a sentence without its full stop.
    simulated : bool
        Whether the test is the one that was simulated, that of accuracies, and not that of scores such as AUC.

    Examples
    --------
    >>> null_words(0.01), null_words(0.3)[:75]
    ('', 'That the test finds no trend says almost nothing on selection: of simulated')
    """
    if strength(p) != "none":
        return ""
    selected = _SELECTED.format("it") if simulated else f"{_SELECTED.format('the test of accuracies')}; that of scores was not simulated"
    said = f"That the test finds no trend says almost nothing on selection: {selected}."
    return f"{said} {power}." if power else said
