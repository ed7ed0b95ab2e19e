"""Fit the weights of the relation between performances and sample sizes: ``make fit``.

Fitted are a conditional logit's weights (McFadden 1974: the probability of a candidate is the exponential of the sum of its features' weights, divided by that sum over
all candidates), by maximum likelihood with a quadratic penalty, on abstracts whose performances are labelled with what they were measured on: two thirds of
``gold/dev2.jsonl`` (the third of ``gate.held_out`` is never read), ``labels/pairs.jsonl``, the first four batches of ``labels/measured.jsonl``, and
``labels/invented.txt`` for rare forms. Candidates with the labelled n count together; each abstract weighs as the root of the number of its performances, so that
long lists do not decide. Features that fewer than three abstracts show get none. The penalty and the least probability were chosen by cross-fitting.

    python tests/gate/fit.py             write miner/extract/relation/weights.tsv
    python tests/gate/fit.py --check     say what cross-fitting gives, fold by fold, and write nothing

The same input gives the same file to the byte: weights are rounded to two digits behind the point.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from miner.extract.api import Extractor, load_rules
from miner.extract.relation.model import COLUMNS, LEAST, WEIGHTS, choose
from miner.extract.relation.relate import Trace
from tests.gate.gate import held_out, options_of_fit
from tests.gate.texts import abstracts

HERE = Path(__file__).resolve().parent
LABELS = HERE / "labels" / "pairs.jsonl"
MEASURED = HERE / "labels" / "measured.jsonl"
# Batches 4 and 5 are sealed: their totals say what to expect. On 6 to 11 nothing is fitted yet: with them cross-fitting is a little better, and the third held out worse.
FITTED = frozenset(range(4))
INVENTED = HERE / "labels" / "invented.txt"
MEANINGS = WEIGHTS.with_name("features.toml")
_MARK = re.compile(r"\{([^|{}]+)\|(\d*)\}")
PENALTY, SUPPORT, FOLDS = 4.0, 3, 5
# An invented abstract stands for a form: cross-fitting is best where it weighs as several that were drawn.
INVENTED_WEIGHT = 4.0


class Row(NamedTuple):
    """One performance: its abstract, its trace, the labelled n, and whether it is the study's own."""

    abstract: str
    trace: Trace
    n: int | None
    own: bool

    @property
    def reachable(self) -> bool:
        """Whether the labelled n is among the candidates."""
        return any(c.n == self.n for c, _ in self.trace.options)


def rows(shared: Path) -> list[Row]:
    """Return all labelled performances that have a choice, in order of abstract and place."""
    extractor = Extractor(load_rules())
    return [
        row for identifier, text, told in sorted(_labelled(shared), key=lambda x: x[0]) for row in _rows(extractor, identifier, text, told)
    ]


def _rows(extractor: Extractor, identifier: str, text: str, told: Callable[[int, int, float], tuple[bool, int | None]]) -> Iterator[Row]:
    traces: list[Trace] = []
    extractor.extract(text, relation=traces)
    for trace in traces:
        p = trace.performance
        known, n = told(p.start, p.end, float(p.label.value))
        if known:
            yield Row(identifier, trace, n, p.claim == "own")


def _labelled(shared: Path) -> Iterator[tuple[str, str, Callable[[int, int, float], tuple[bool, int | None]]]]:
    for line in (shared / "gold" / "dev2.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if not held_out(record["id"]):
            yield record["id"], record["text"], _by_overlap(record["labels"])
    found = [json.loads(line) for file in (LABELS, MEASURED) for line in file.read_text(encoding="utf-8").splitlines()]
    texts = abstracts(shared, {r["id"] for r in found})
    for record in found:
        text = texts.get(record["id"], "")
        if record.get("batch", 0) in FITTED and hashlib.sha256(text.encode()).hexdigest() == record["sha256"]:
            yield record["id"], text, _by_overlap(record["labels"]) if "batch" in record else _by_place(record["labels"])
    for number, (text, marks) in enumerate(invented()):
        yield f"invented:{number}", text, _by_start(marks)


def invented() -> Iterator[tuple[str, dict[int, int | None]]]:
    """Yield the invented abstracts, each with the n of the values that stand in it, by where they start."""
    for line in INVENTED.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text, marks, at = "", {}, 0
        for mark in _MARK.finditer(line):
            text += line[at : mark.start()]
            marks[len(text)] = int(mark[2]) if mark[2] else None
            text += mark[1]
            at = mark.end()
        yield text + line[at:], marks


def _by_overlap(labels: Sequence[dict[str, Any]]) -> Callable[[int, int, float], tuple[bool, int | None]]:
    levels = [x for x in labels if x["kind"] == "performance" and x["claim"] != "delta"]

    def told(start: int, end: int, value: float) -> tuple[bool, int | None]:
        for x in levels:
            if x["start"] < end and start < x["end"] and abs(x["value"] - value) <= 1e-6 * max(1, abs(value)):
                return True, sum(v for _, v in x["on"]) if x["on"] else None
        return False, None

    return told


def _by_place(labels: Sequence[dict[str, Any]]) -> Callable[[int, int, float], tuple[bool, int | None]]:
    places = {(x["start"], x["end"]): x["n"] for x in labels}
    return lambda start, end, _: ((start, end) in places, places.get((start, end)))


def _by_start(marks: dict[int, int | None]) -> Callable[[int, int, float], tuple[bool, int | None]]:
    def told(start: int, end: int, _: float) -> tuple[bool, int | None]:
        inside = [n for at, n in marks.items() if start <= at < end]
        return bool(inside), inside[0] if inside else None

    return told


def fit(data: Sequence[Row], penalty: float = PENALTY) -> dict[str, tuple[float, int]]:
    """Return the weight of each feature and the number of abstracts that show it."""
    usable = [r for r in data if r.reachable and len(r.trace.options) > 1]
    support: dict[str, set[str]] = defaultdict(set)
    for row in usable:
        for _, names in row.trace.options:
            for name in names:
                support[name].add(row.abstract)
    names = sorted(name for name, seen in support.items() if len(seen) >= SUPPORT)
    design, groups, right = _design(usable, {name: k for k, name in enumerate(names)})
    counts = Counter(r.abstract for r in usable)
    weight = np.array([_weight(r) / counts[r.abstract] ** 0.5 for r in usable])
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        scores = design @ b
        e = np.exp(scores - np.maximum.reduceat(scores, starts)[groups])
        total, hit = np.add.reduceat(e, starts), np.add.reduceat(e * right, starts)
        slope = design.T @ (weight[groups] * (e * right / hit[groups] - e / total[groups]))
        return float(-(weight * np.log(hit / total)).sum() + penalty * (b @ b) / 2), penalty * b - slope

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 2000, "ftol": 1e-12, "gtol": 1e-8})
    return {name: (round(float(w), 2) + 0.0, len(support[name])) for name, w in zip(names, found.x, strict=True)}


def _weight(row: Row) -> float:
    return (1.5 if row.own else 0.75) * (INVENTED_WEIGHT if row.abstract.startswith("invented:") else 1.0)


def _design(data: Sequence[Row], index: dict[str, int]) -> tuple[csr_matrix, np.ndarray, np.ndarray]:
    """Return a row a candidate with a column a feature, the performance of each row, and whether its n is the labelled one."""
    at, columns, groups, right = [], [], [], []
    for group, row in enumerate(data):
        for candidate, names in row.trace.options:
            for name in set(names) & index.keys():
                at.append(len(groups))
                columns.append(index[name])
            groups.append(group)
            right.append(candidate.n == row.n)
    shape = (len(groups), len(index))
    return csr_matrix((np.ones(len(at)), (at, columns)), shape=shape), np.array(groups), np.array(right, dtype=float)


def fold_of(identifier: str) -> int:
    """Return the fold of an abstract, by its id."""
    return int(hashlib.sha256(f"fold {identifier}".encode()).hexdigest(), 16) % FOLDS


def crossfitted(data: Sequence[Row], least: float = LEAST) -> dict[str, float]:
    """Return precision, recall and silence over the study's own performances, each abstract judged by weights fitted without its fold."""
    c: Counter[str] = Counter()
    for fold in range(FOLDS):
        weight = {k: w for k, (w, _) in fit([r for r in data if fold_of(r.abstract) != fold]).items()}
        for row in (r for r in data if r.own and fold_of(r.abstract) == fold):
            n = choose(row.trace.options, weight, least).candidate.n
            c["right"] += n == row.n
            c["all"] += 1
            c["told"] += row.n is not None
            c["given"] += n is not None
            c["found"] += n is not None and n == row.n
            c["silent"] += n is None and row.n is None
    untold = c["all"] - c["told"]
    return {
        "right": round(c["right"] / c["all"], 4), "precision": round(c["found"] / c["given"], 4), "recall": round(c["found"] / c["told"], 4),
        "silence": round(c["silent"] / untold, 4), "performances": c["all"],
    }  # fmt: skip


def write(found: dict[str, tuple[float, int]], path: Path = WEIGHTS) -> None:
    """Write the weights, the largest first, with what each feature means."""
    meanings = tomllib.loads(MEANINGS.read_text(encoding="utf-8"))["features"]
    unknown = sorted(set(found) - set(meanings))
    if unknown:
        raise SystemExit(f"{MEANINGS.name} does not say what these mean: {', '.join(unknown)}")
    lines = ["\t".join(COLUMNS)]
    lines += [
        f"{name}\t{w:.2f}\t{support}\t{meanings[name]}" for name, (w, support) in sorted(found.items(), key=lambda x: (-x[1][0], x[0]))
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(arguments: Iterable[str] | None = None) -> int:
    """Fit and write, or check."""
    options = options_of_fit(arguments, __doc__, "gold/dev2.jsonl")
    if options is None:
        return 2
    data = rows(options.shared)
    if options.check:
        print(json.dumps({str(least): crossfitted(data, least) for least in (0.0, 0.4, 0.5, 0.6)}, indent=1))
        return 0
    write(fit(data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
