"""The weights of what speaks for labels and questions, and what they make of it: logistic for labels, multinomial logistic for questions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from miner.extract.labels.questions import NONE, QUESTIONS

FILE = Path(__file__).parent / "weights.tsv"
# How sure a label of a kind must be: the fit says how these were chosen (tests/gate/fit_labels.py).
SURE = {"condition": 0.45, "modality": 0.45, "dataset": 0.45, "method": 0.5, "validation": 0.45}
FIRST, SECOND = 0.28, 0.36


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of features: by kind for labels; of each question for questions."""

    labels: Mapping[str, Mapping[str, float]]
    rows: Mapping[str, int]
    questions: NDArray[np.float64]

    def label(self, kind: str, features: Iterable[str]) -> float:
        """Return the probability that a value with these features is a label of its kind."""
        weight = self.labels.get(kind, {})
        return 1 / (1 + math.exp(-sum(weight.get(f, 0.0) for f in features)))

    def question(self, features: Iterable[str]) -> dict[str, float]:
        """Return the probability of each question, `NONE` among them."""
        rows = self.rows
        scores = self.questions[[rows["bias"], *(rows[f] for f in features if f in rows)]].sum(axis=0)
        odds = np.exp(scores - scores.max())
        return dict(zip((*QUESTIONS, NONE), (odds / odds.sum()).tolist(), strict=True))


@cache
def weights(path: Path = FILE) -> Weights:
    """Read the weights: lines of kind, value (a question, or nothing), feature, weight."""
    labels: dict[str, dict[str, float]] = {}
    question_weights: list[tuple[str, int, float]] = []
    at = {q: i for i, q in enumerate((*QUESTIONS, NONE))}
    with path.open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            kind, value, feature, written = line.rstrip("\n").split("\t")
            if kind == "question":
                question_weights.append((feature, at[value], float(written)))
            else:
                labels.setdefault(kind, {})[feature] = float(written)
    rows = {f: i for i, f in enumerate(dict.fromkeys(f for f, _, _ in question_weights))}
    questions = np.zeros((len(rows), len(at)))
    for feature, column, weight in question_weights:
        questions[rows[feature], column] = weight
    return Weights(labels, rows, questions)
