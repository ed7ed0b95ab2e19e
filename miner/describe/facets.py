"""Key sentences of an abstract by what they tell: labels decide where there are some, else a linear model that is sure enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from math import exp
from pathlib import Path

from miner.describe.labels import FACETS, facets_of
from miner.describe.sentences import AbstractSentence, features, sentences_of

FILE = Path(__file__).with_name("facets.tsv")
TOLD = FACETS[:-1]
"""The facets that the model knows. Limits are told by labels alone: abstracts that label them are too few to learn from."""

# What a section of one facet may tell besides: aims close a background, those examined open the methods.
_BESIDES = {"why": ("question",), "method": ("data",), "conclusion": ()}


@dataclass(frozen=True, slots=True)
class KeySentence:
    """One key sentence: its facet, its place in the raw text, the label above it, and how sure the facet is (1 where the label tells it)."""

    facet: str
    start: int
    end: int
    section: str | None
    score: float


@dataclass(frozen=True, slots=True)
class FacetModel:
    """A multinomial logistic regression: weights of features in tenths, facet by facet as in ``TOLD``, and how sure each facet must be."""

    weights: dict[str, tuple[int, ...]]
    least: dict[str, float] = field(default_factory=dict)

    def probabilities(self, seen: set[str]) -> dict[str, float]:
        """Return how probable each facet is. Sums are of whole numbers, so that their order is of no consequence.

        Examples
        --------
        >>> FacetModel({"#bias": (0,) * 6, "we": (0, 10, 0, 0, 0, 0)}).probabilities({"we"})["question"]
        0.352187
        """
        rows = [row for name in (*seen, "#bias") if (row := self.weights.get(name))]
        sums = [sum(column) / 10 for column in zip(*rows, strict=True)] or [0.0] * len(TOLD)
        most = max(sums)
        odds = [exp(x - most) for x in sums]
        total = sum(odds)
        return {facet: round(x / total, 6) for facet, x in zip(TOLD, odds, strict=True)}


@lru_cache(maxsize=2)
def facet_model(file: Path = FILE) -> FacetModel:
    """Return the model of a file of weights: a line a feature, its weights in tenths; ``least`` before it how sure each facet must be."""
    lines = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
    if lines[0][1:] != list(TOLD):
        raise ValueError(f"{file}: other facets than {', '.join(TOLD)}")
    return FacetModel({name: tuple(map(int, row)) for name, *row in lines[2:]}, dict(zip(TOLD, map(float, lines[1][1:]), strict=True)))


def key_sentences(text: str, model: FacetModel | None = None) -> tuple[KeySentence, ...]:
    r"""Return the key sentences of an abstract, at most one a facet, word for word.

    Parameters
    ----------
    text : str
        The title, a line break, the abstract, as the record has them.
    model : FacetModel, optional
        The one that ships with miner, unless another is given.

    Returns
    -------
    tuple of KeySentence
        In the order of ``FACETS``. A facet that no sentence tells surely enough is absent.

    Examples
    --------
    >>> text = "Sleep\nAIM: To learn who sleeps well.\nRESULTS: Of 12 adults 9 slept well.\nFUNDING: A bed maker paid for it."
    >>> [(k.facet, text[k.start:k.end], k.score) for k in key_sentences(text)]
    [('question', 'To learn who sleeps well.', 1.0), ('result', 'Of 12 adults 9 slept well.', 1.0)]
    """
    model = model or facet_model()
    sentences = sentences_of(text)
    chances = [model.probabilities(features(s, i, len(sentences))) for i, s in enumerate(sentences)]
    best: dict[str, tuple[float, float, int]] = {}
    start = 0
    for label, group in groupby(sentences, key=lambda s: s.label):
        count = len(list(group))
        places = range(start, start + count)
        start += count
        offers = _unlabelled(places, chances, model) if label is None else _labelled(label, places, chances, model)
        for facet, score, chance, place in offers:
            # The surest; of equals the one that the model finds more typical, then the first.
            best[facet] = max(best.get(facet, (0.0, 0.0, 0)), (score, chance, -place))
    return tuple(_made(f, sentences[-best[f][2]], best[f][0]) for f in FACETS if f in best)


def _made(facet: str, sentence: AbstractSentence, score: float) -> KeySentence:
    return KeySentence(facet, sentence.start, sentence.end, sentence.label, round(score, 2))


Offers = list[tuple[str, float, float, int]]


def _unlabelled(places: Sequence[int], chances: Sequence[dict[str, float]], model: FacetModel) -> Offers:
    """Offer each sentence for its likeliest facet, where that is sure enough."""
    offers = []
    for i in places:
        facet = max(TOLD, key=lambda f: chances[i][f])
        if chances[i][facet] >= model.least.get(facet, 0.0):
            offers.append((facet, chances[i][facet], chances[i][facet], i))
    return offers


def _labelled(label: str, places: Sequence[int], chances: Sequence[dict[str, float]], model: FacetModel) -> Offers:
    """Offer the sentences of a section for the facets that its label tells, and those besides that the model is sure of."""
    told = facets_of(label)
    if not told:
        return []
    if told == {"limits"}:
        return [("limits", 1.0, 0.0, places[0])]
    known = [f for f in TOLD if f in told]
    besides = [f for facet in known for f in _BESIDES.get(facet, ()) if f not in known]
    offers = []
    for i in places:
        facet = max((*known, *besides), key=lambda f: chances[i][f])
        if facet in besides and chances[i][facet] < model.least.get(facet, 0.0):
            facet = max(known, key=lambda f: chances[i][f])
        share = chances[i][facet] / max(1e-6, sum(chances[i][f] for f in known))
        if facet in besides:
            offers.append((facet, chances[i][facet], chances[i][facet], i))
        elif len(known) == 1 or share >= model.least.get(facet, 0.0):
            offers.append((facet, 1.0 if len(known) == 1 else share, chances[i][facet], i))
    return offers
