"""Fit the weights that tell what a sentence of an abstract tells: ``make fit``.

A multinomial logistic regression with a quadratic penalty, fitted on the sections that authors labelled. A label tells a set of facets (Cour, Sapp & Taskar,
JMLR 12, 2011): an abstract without a section on its aims tells them in its background, one without a section on its participants in its methods; of such a
sentence the likelihood is that of the set. Of words and pairs of words those count that stand in ``SUPPORT`` abstracts.

Fitted on labelled abstracts to which PubMed knows no claim of copyright, and on CC BY ones. Those with a claim are the test: nothing is learned from them.

    python -m tests.gate.fit_facets             write miner/describe/facets.tsv
    python -m tests.gate.fit_facets --check     say how often facets are right on the abstracts of the test, labels hidden, and write nothing
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from miner.describe.facets import FILE, TOLD, FacetModel, facet_model
from miner.describe.labels import facets_of
from miner.describe.sentences import features, sentences_of
from tests.gate.gate import options_of_fit
from tests.gate.texts import labelled_abstracts

SUPPORT, PENALTY, SET, FOLDS = 20, 5.0, 0.5, 5
WANTED, Z = 0.9, 1.28  # what cross-fitting must reach where labels tell facets apart: the lower end of Wilson's interval of 80 %
GRID = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
RIVALS = {
    "why": "question",
    "question": "why",
    "data": "method",
    "method": "data",
    "result": "method",
    "conclusion": "result",
    "limits": "conclusion",
}
Sentence = tuple[set[str], frozenset[str], frozenset[str]]
"""What the model sees, the facets of the label, and those that the sentence may tell."""


def read(text: str) -> list[Sentence]:
    """Return the sentences of a labelled abstract."""
    sentences = sentences_of(text)
    named = [facets_of(s.label) if s.label else frozenset() for s in sentences]
    apart = {next(iter(n)) for n in named if len(n) == 1}
    size = Counter(s.label for s in sentences)
    return [
        (features(s, i, len(sentences)), n, _may_tell(n, apart, size[s.label]))
        for i, (s, n) in enumerate(zip(sentences, named, strict=True))
    ]


def _may_tell(named: frozenset[str], apart: set[str], size: int) -> frozenset[str]:
    wider = {"why": "question", "method": "data", "conclusion": "limits"} | ({"question": "why"} if size > 1 else {})
    return named | {wider[f] for f in named if f in wider and wider[f] not in apart}


def fit(abstracts: Sequence[Sequence[Sentence]]) -> dict[str, tuple[int, ...]]:
    """Return the weights in tenths."""
    support = Counter(name for a in abstracts for name in set().union(*(s[0] for s in a)))
    names = sorted(n for n, k in support.items() if k >= SUPPORT)
    rows = [(seen, may) for a in abstracts for seen, _, may in a if may and may & set(TOLD)]
    index = {n: j for j, n in enumerate(names)}
    at = [(i, index[n]) for i, (seen, _) in enumerate(rows) for n in sorted(seen) if n in index]
    i, j = zip(*at, strict=True)
    X = csr_matrix((np.ones(len(at)), (i, j)), shape=(len(rows), len(names)))
    may = np.array([[float(f in m) for f in TOLD] for _, m in rows])
    sure = may.sum(axis=1, keepdims=True) == 1
    K = len(TOLD)

    def loss(v: np.ndarray, weight: np.ndarray) -> tuple[float, np.ndarray]:
        W, bias = v[:-K].reshape(-1, K), v[-K:]
        odds = np.exp((z := X @ W + bias) - z.max(axis=1, keepdims=True))
        p = odds / odds.sum(axis=1, keepdims=True)
        inside = (p * may).sum(axis=1, keepdims=True) + 1e-12
        slope = (p - p * may / inside) * weight
        value = -(np.log(inside) * weight).sum() + PENALTY / 2 * (W * W).sum()
        return float(value), np.r_[(X.T @ slope + PENALTY * W).ravel(), slope.sum(axis=0)]

    start = np.zeros(len(names) * K + K)
    for weight in (sure * 1.0, np.where(sure, 1.0, SET)):  # from the sentences that tell one facet to all
        start = minimize(loss, start, args=(weight,), jac=True, method="L-BFGS-B", options={"maxiter": 150}).x
    tenths = np.rint(np.vstack([start[:-K].reshape(-1, K), start[-K:]]) * 10).astype(int)
    return {n: tuple(row) for n, row in zip([*names, "#bias"], tenths.tolist(), strict=True) if any(abs(w) > 1 for w in row)}


def judged(abstracts: Iterable[Sequence[Sentence]], model: FacetModel) -> dict[str, dict[str, list[tuple[float, bool]]]]:
    """Return for each facet how sure its key sentence was and whether the hidden label says so: ``apart`` where facet and rival have labels of their own, ``set`` everywhere."""
    found: dict[str, dict[str, list[tuple[float, bool]]]] = {f: defaultdict(list) for f in TOLD}
    for abstract in abstracts:
        apart = {next(iter(named)) for _, named, _ in abstract if len(named) == 1}
        best: dict[str, tuple[float, int]] = {}
        for i, (seen, _, _) in enumerate(abstract):
            chances = model.probabilities(seen)
            facet = max(TOLD, key=lambda f: chances[f])
            best[facet] = max(best.get(facet, (0.0, 0)), (chances[facet], -i))
        for facet, (chance, place) in best.items():
            _, named, may = abstract[-place]
            if named:
                found[facet]["set"].append((chance, facet in may))
            if named and {facet, RIVALS[facet]} <= apart:
                found[facet]["apart"].append((chance, facet in named))
    return found


def thresholds(abstracts: Sequence[Sequence[Sentence]]) -> dict[str, float]:
    """Return how sure each facet must be: the least of ``GRID`` that reaches ``WANTED`` by cross-fitting, the highest where none does."""
    pooled: dict[str, list[tuple[float, bool]]] = {f: [] for f in TOLD}
    for fold in range(FOLDS):
        model = FacetModel(fit([a for k, a in enumerate(abstracts) if k % FOLDS != fold]))
        for facet, found in judged((a for k, a in enumerate(abstracts) if k % FOLDS == fold), model).items():
            pooled[facet] += found["apart"]
    reached = {f: [t for t in GRID if _at_least(pooled[f], t) >= WANTED] for f in TOLD}
    return {f: min(reached[f], default=GRID[-1]) for f in TOLD}


def _at_least(judgements: Sequence[tuple[float, bool]], least: float) -> float:
    """Return the lower end of Wilson's interval of the precision: a facet of few abstracts must be surer."""
    n = sum(chance >= least for chance, _ in judgements)
    p, spread = _precision(judgements, least), Z * Z / max(1, n)
    return float((p + spread / 2 - Z * np.sqrt(p * (1 - p) / max(1, n) + spread * spread / 4 / Z / Z)) / (1 + spread))


def _precision(judgements: Sequence[tuple[float, bool]], least: float) -> float:
    kept = [right for chance, right in judgements if chance >= least]
    return sum(kept) / len(kept) if kept else 0.0


def report(abstracts: Iterable[Sequence[Sentence]], model: FacetModel) -> dict[str, dict[str, tuple[int, float]]]:
    """Return for each facet how many key sentences there are and the share that is right."""
    found = judged(abstracts, model)
    counts = {f: {k: [x for x in v if x[0] >= model.least[f]] for k, v in found[f].items()} for f in TOLD}
    return {f: {k: (len(v), round(_precision(v, 0), 3)) for k, v in sorted(by.items())} for f, by in counts.items()}


def main(arguments: Iterable[str] | None = None) -> int:
    """Fit and write, or check."""
    options = options_of_fit(arguments, __doc__, "corpus/pubmed21n1298.xml.gz")
    if options is None:
        return 2
    free, claimed = labelled_abstracts(options.shared)
    if options.check:
        print(json.dumps(report(map(read, claimed), facet_model()), indent=1))
        return 0
    # By a hash, so that folds do not follow the order of publishers.
    abstracts = [read(t) for t in sorted(free, key=lambda t: hashlib.sha256(t.encode()).hexdigest())]
    least, weights = thresholds(abstracts), fit(abstracts)
    lines = ["\t".join(["#facet", *TOLD]), "\t".join(["#least", *(str(least[f]) for f in TOLD)])]
    lines += ["\t".join([n, *map(str, row)]) for n, row in sorted(weights.items())]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
