"""The weights of the relation, and what they make of the candidates: a conditional logit (McFadden 1974) over what a value may have been measured on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from miner.extract.relation.candidates import Candidate

WEIGHTS = Path(__file__).parent / "weights.tsv"
COLUMNS = ("feature", "weight", "abstracts", "meaning")
# What is given must be at least so likely; the script that fits the weights says how the two were chosen.
LEAST = 0.4


class Choice(NamedTuple):
    """The candidate that was chosen, the probability that its n, or that none is told, is right, and whether it is the likeliest."""

    candidate: Candidate
    probability: float
    likeliest: bool = True


@cache
def weights(path: Path = WEIGHTS) -> Mapping[str, float]:
    """Return the weight of each feature."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return {name: float(weight) for name, weight, *_ in (line.split("\t") for line in lines)}


def probabilities(options: Sequence[tuple[Candidate, Sequence[str]]], weight: Mapping[str, float]) -> dict[int | None, float]:
    """Return the probability of each n: of candidates with the same n the sum.

    Parameters
    ----------
    options : sequence of (Candidate, sequence of str)
        Each candidate with the features that hold for it.
    weight : mapping of str to float
        Features that it does not name count for nothing.

    Examples
    --------
    >>> options = [(Candidate("none"), ["none"]), (Candidate("size", (), 40), ["total"])]
    >>> {n: round(x, 2) for n, x in probabilities(options, {"none": 0.0, "total": 1.0}).items()}
    {None: 0.27, 40: 0.73}
    """
    scores = [score(names, weight) for _, names in options]
    top = max(scores)
    found: dict[int | None, float] = {}
    for (candidate, _), value in zip(options, scores, strict=True):
        found[candidate.n] = found.get(candidate.n, 0.0) + math.exp(value - top)
    total = sum(found.values())
    return {n: value / total for n, value in found.items()}


def score(names: Iterable[str], weight: Mapping[str, float]) -> float:
    """Return the sum of the weights of features."""
    return sum(weight.get(name, 0.0) for name in names)


def choose(options: Sequence[tuple[Candidate, Sequence[str]]], weight: Mapping[str, float], least: float = LEAST) -> Choice:
    """Return the most likely candidate; that none is told, where no n is likely enough."""
    chances = probabilities(options, weight)
    n = max(chances, key=lambda k: (chances[k], k is None, k or 0))
    likeliest = n is None or chances[n] >= least
    if not likeliest:
        n = None
    same = [(score(names, weight), k) for k, (candidate, names) in enumerate(options) if candidate.n == n]
    best = max(same, key=lambda x: (x[0], -x[1]))[1]
    return Choice(options[best][0], chances[n], likeliest)
