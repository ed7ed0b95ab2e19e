"""Floors for labels: task, condition, modality, data set, validation, method of abstracts.

    python -m tests.gate.moderators             compare with the floors; exit code 5 if a figure fell
    python -m tests.gate.moderators --update    raise the floors; refuses to lower one (--allow-lower)

Figures are those of ``score_moderators.py`` in the folder of test input. ``first`` are the 120 abstracts that codebook 1.0 came with and ``develop`` two thirds of the 210
labelled since: both were read while the vocabulary was written and fitted on. Only ``held_out`` says what to expect.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from miner.extract.labels.document import labels_of
from miner.extract.sentence import DocumentText
from miner.text.normalise import normalise
from miner.text.sentences import split
from tests.gate import gate
from tests.gate.labels.quotes import read

LABELS = gate.HERE / "labels" / "moderators.jsonl"
BASELINE = gate.HERE / "baseline_moderators.json"
_COUNTS = frozenset({"gold", "given", "records"})


def figures(shared: Path) -> gate.Figures:
    """Return the figures of each part."""
    scorer = _scorer(shared / "gold" / "score_moderators.py")
    texts = {r["id"]: r["text"] for r in read(shared / "gold" / "dev2.jsonl")}
    later = {r["id"]: r for r in read(LABELS)}
    parts = {
        "first": scorer.load(shared / "gold" / "moderators.jsonl"),
        "develop": {i: r for i, r in later.items() if not gate.held_out(i)},
        "held_out": {i: r for i, r in later.items() if gate.held_out(i)},
    }
    return {name: _of(part, {i: _labels(texts[i]) for i in part}, scorer) for name, part in parts.items()}


def _labels(text: str) -> dict[str, Any]:
    normal = normalise(text).text
    found = labels_of(DocumentText(normal, split(normal)))
    return {"labels": [{"kind": kind, "value": x.value} for kind, labels in found.items() for x in labels]}


def _of(gold: dict[str, Any], found: dict[str, Any], scorer: Any) -> dict[str, float]:
    given = {i: found[i] | {"id": i} for i in gold}
    scores = scorer.score(gold, given)
    return {name: value for name, value in gate.flat(scores) if name.rsplit(".", 1)[-1] not in _COUNTS}


class _Scorer:
    """The functions of the scorer, of which the main one only prints."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.load = module.load

    def score(self, gold: dict[str, Any], predicted: dict[str, Any]) -> dict[str, Any]:
        """Return F1 a kind and of questions, with precision and recall; of pairs of abstracts purity and share found."""
        m = self.module
        rows = [(g, predicted[i]) for i, g in gold.items()]
        told = {k: m.f1([(m.values(g, k), m.values(p, k)) for g, p in rows]) for k in m.KINDS}
        questions = [tuple({v.split(":")[0].split(" vs ")[0].strip() for v in m.values(r, "task")} for r in row) for row in rows]
        return {**told, "question": m.f1(questions)}


def _scorer(path: Path) -> _Scorer:
    spec = importlib.util.spec_from_file_location("score_moderators", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return _Scorer(module)


def main(arguments: list[str]) -> int:
    """Compare, or update."""
    gold = gate.SHARED / "gold" / "moderators.jsonl"
    bound, floors = gate.read_baseline(BASELINE) if BASELINE.exists() else ("", {})
    now = figures(gate.SHARED)
    floors = floors if bound == gate.sha256(gold) else {}
    low = gate.fallen(floors, now)
    if low and "--allow-lower" not in arguments:
        print("\n".join(low))
        return gate.FELL_SHORT
    print(json.dumps(now, indent=2))
    if "--update" in arguments:
        BASELINE.write_text(json.dumps({"gold_sha256": gate.sha256(gold), "floors": now}, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
