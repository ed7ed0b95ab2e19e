"""Fit the weights of labels and questions: ``make fit``.

Labels are chosen by a logistic regression a kind, questions by a multinomial one; both by maximum likelihood with a quadratic penalty (for questions around
``priors.py``). Fitted on abstracts to develop on: ``gold/moderators.jsonl``, ``labels/moderators.jsonl`` without the third of ``gate.held_out``, and
``labels/moderators_more.jsonl``, which was read once and counts half for questions. What questions see of other labels comes from weights fitted without the abstract.

    python -m tests.gate.fit_labels             write miner/extract/labels/weights.tsv
    python -m tests.gate.fit_labels --check     say what cross-fitting gives, and how sure keys must be, and write nothing

The same input gives the same file to the byte: weights are rounded to two digits behind the point.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from miner.extract.labels.document import KINDS, Labels
from miner.extract.labels.model import FILE, Weights, weights
from miner.extract.labels.questions import NONE, QUESTIONS, features
from miner.extract.sentence import DocumentText
from miner.text.normalise import normalise
from miner.text.sentences import split
from miner.vocabulary.lexicon import lexicon
from tests.gate.gate import held_out, options_of_fit
from tests.gate.labels.quotes import read, sha256
from tests.gate.priors import priors
from tests.gate.texts import abstracts

LABELS = Path(__file__).resolve().parent / "labels"
FOLDS, PENALTY, UNKNOWN, BIAS, HALF, SUPPORT = 5, 4.0, 0.4, 0.05, 0.5, 2
ASKED = (*QUESTIONS, NONE)
Scores = dict[str, dict[str, float]]


@dataclass(slots=True)
class Abstract:
    """One labelled abstract: which kinds are labelled, the values of each, and what speaks for each value that the text mentions."""

    id: str
    firm: bool
    kinds: frozenset[str]
    values: dict[str, set[str]]
    labels: Labels
    evidence: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    probable: Scores = field(default_factory=dict)

    @property
    def fold(self) -> int:
        """The fold, by the id."""
        return int(hashlib.sha256(f"fold {self.id}".encode()).hexdigest(), 16) % FOLDS

    @property
    def questions(self) -> list[str]:
        """What is asked, in order of name; `NONE` where nothing is."""
        return sorted({v.split(":")[0] for v in self.values["task"]}) or [NONE]


def labelled(shared: Path) -> list[Abstract]:
    """Return the abstracts to develop on, in order of their ids."""
    records = [(r, True) for r in read(shared / "gold" / "moderators.jsonl")]
    records += [(r, True) for r in read(LABELS / "moderators.jsonl") if not held_out(r["id"])]
    records += [(r, False) for r in read(LABELS / "moderators_more.jsonl")]
    texts = {r["id"]: r["text"] for r in read(shared / "gold" / "dev2.jsonl")}
    texts = {**abstracts(shared, {r["id"] for r, _ in records} - set(texts)), **texts}
    words, nothing = lexicon(), Weights({}, {"bias": 0}, np.zeros((1, len(ASKED))))
    found = []
    for record, firm in sorted(records, key=lambda r: r[0]["id"]):
        text = texts.get(record["id"])
        if text is None or ("sha256" in record and sha256(text) != record["sha256"]):
            raise SystemExit(f"{record['id']}: the text that was labelled is not in {shared}")
        normal = normalise(text).text
        values: dict[str, set[str]] = {kind: set() for kind in (*KINDS, "task")}
        for x in record["labels"]:
            values[x["kind"]].add(x["value"])
        kinds = frozenset(record.get("kinds", values))
        abstract = Abstract(record["id"], firm, kinds, values, Labels(DocumentText(normal, split(normal)), words, nothing))
        abstract.evidence = {kind: abstract.labels.evidence(kind) for kind in KINDS}
        found.append(abstract)
    return found


def fit_kind(data: Iterable[Abstract], kind: str) -> dict[str, float]:
    """Return the weights of a kind."""
    rows = [(features, value in a.values[kind]) for a in data if kind in a.kinds for value, features in a.evidence[kind].items()]
    names = sorted({name for features, _ in rows for name in features})
    design = _design([f for f, _ in rows], names)
    right = np.array([y for _, y in rows], dtype=float)
    penalty = np.array([BIAS if n == "bias" else UNKNOWN if n.startswith(("u ", "bias")) else PENALTY for n in names])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        p = 1 / (1 + np.exp(-(design @ w)))
        cost = -(right * np.log(p + 1e-12) + (1 - right) * np.log(1 - p + 1e-12)).sum()
        return float(cost + (penalty * w * w).sum() / 2), design.T @ (p - right) + penalty * w

    return dict(zip(names, minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x.tolist(), strict=True))


def _design(rows: Sequence[set[str]], names: Sequence[str]) -> csr_matrix:
    index = {n: j for j, n in enumerate(names)}
    at = [(i, index[n]) for i, row in enumerate(rows) for n in sorted(row) if n in index]
    i, j = zip(*at, strict=True)
    return csr_matrix((np.ones(len(at)), (i, j)), shape=(len(rows), len(names)))


def fit_questions(data: Sequence[Abstract]) -> tuple[list[str], np.ndarray]:
    """Return the features and the weight of each for each question."""
    rows = [{*_seen(a), "bias"} for a in data]
    counts = Counter(n for row in rows for n in row)
    names = sorted(n for n, k in counts.items() if k >= SUPPORT)
    design = _design(rows, names)
    told = np.array([[(q in a.questions) / len(a.questions) for q in ASKED] for a in data]) * [[1.0 if a.firm else HALF] for a in data]
    start, index = np.zeros((len(names), len(ASKED))), {n: j for j, n in enumerate(names)}
    for name, question, weight in priors():
        if name in index:
            start[index[name], ASKED.index(question)] += weight
    penalty = np.array([[0.3 if n == "bias" else PENALTY] for n in names])

    def loss(v: np.ndarray) -> tuple[float, np.ndarray]:
        w = v.reshape(start.shape)
        odds = np.exp((z := design @ w) - z.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        slope = design.T @ (told.sum(axis=1, keepdims=True) * odds - told) + penalty * (w - start)
        return float(-(told * np.log(odds + 1e-12)).sum() + (penalty * (w - start) ** 2).sum() / 2), slope.ravel()

    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 80, "ftol": 1e-5})
    return names, found.x.reshape(start.shape)


def _seen(a: Abstract) -> set[str]:
    x = a.labels
    return features(x.reading, x.roles, x.clue, a.probable, x.lexicon, brief=x.brief)


def fit(data: Sequence[Abstract]) -> str:
    """Return the file of weights for some abstracts."""
    lines = ["kind\tvalue\tfeature\tweight"]
    kinds = {kind: fit_kind(data, kind) for kind in KINDS}
    parts = {k: {kind: fit_kind([a for a in data if a.fold != k], kind) for kind in KINDS} for k in range(FOLDS)}
    for a in data:
        a.probable = {kind: _probable(a.evidence[kind], parts[a.fold][kind]) for kind in KINDS}
    for kind, found in kinds.items():
        lines += [f"{kind}\t\t{n}\t{w:.2f}" for n, w in sorted(found.items()) if abs(w) >= 0.03]
    names, table = fit_questions(data)
    lines += [
        f"question\t{q}\t{n}\t{w:.2f}"
        for n, row in zip(names, table, strict=True)
        for q, w in zip(ASKED, row, strict=True)
        if abs(w) >= 0.05
    ]
    return "\n".join(lines) + "\n"


def _probable(evidence: Mapping[str, set[str]], weight: Mapping[str, float]) -> dict[str, float]:
    return {value: float(1 / (1 + np.exp(-sum(weight.get(n, 0.0) for n in sorted(f))))) for value, f in evidence.items()}


def crossfitted(data: Sequence[Abstract]) -> dict[str, Any]:
    """Return precision and recall of each kind over the firm labels, and of keys by how sure they are, each abstract judged by weights fitted without its fold."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*KINDS, "task", "question")}
    keys: list[tuple[float, bool, bool]] = []
    for fold in range(FOLDS):
        with TemporaryDirectory() as folder:
            (path := Path(folder) / "weights.tsv").write_text(fit([a for a in data if a.fold != fold]), encoding="utf-8")
            weight = weights(path)
        for a in (a for a in data if a.firm and a.fold == fold):
            found = Labels(a.labels.reading.document, a.labels.lexicon, weight).found()
            for kind in (*KINDS, "task"):
                _count(counts[kind], {str(x.value).lower() for x in found[kind]}, {v.lower() for v in a.values[kind]})
            asked = {q for q in a.questions if q != NONE}
            _count(counts["question"], {str(x.value).split(":")[0] for x in found["task"]}, asked)
            told = {v.lower() for v in a.values["task"]}
            keys += [(x.score, str(x.value).lower() in told, str(x.fields["question"]) in asked) for x in found["task"]]
    sure = {str(s): _share([k for k in keys if k[0] >= s]) for s in (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)}
    return {**{name: _figures(c) for name, c in counts.items()}, "keys (share, key right, question right) from a score on": sure}


def _share(keys: Sequence[tuple[float, bool, bool]]) -> tuple[int, float, float]:
    n = max(1, len(keys))
    return len(keys), round(sum(k[1] for k in keys) / n, 3), round(sum(k[2] for k in keys) / n, 3)


def _count(c: Counter[str], given: set[str], wanted: set[str]) -> None:
    c.update({"hit": len(given & wanted), "given": len(given), "wanted": len(wanted)})


def _figures(c: Counter[str]) -> dict[str, float]:
    precision, recall = c["hit"] / max(1, c["given"]), c["hit"] / max(1, c["wanted"])
    return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(2 * c["hit"] / max(1, c["given"] + c["wanted"]), 3)}


def main(arguments: Iterable[str] | None = None) -> int:
    """Fit and write, or check."""
    options = options_of_fit(arguments, __doc__, "gold/moderators.jsonl")
    if options is None:
        return 2
    data = labelled(options.shared)
    if options.check:
        print(json.dumps(crossfitted(data), indent=1))
    else:
        FILE.write_text(fit(data), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
