"""Floors for labels: task, condition, modality, data set, validation, method of abstracts.

    python -m tests.gate.moderators             compare with the floors; exit code 5 if a figure fell
    python -m tests.gate.moderators --update    raise the floors; refuses to lower one (--allow-lower)

Figures are those of ``score_moderators.py`` in the folder of test input. ``first`` are the 120 abstracts that codebook 1.0 came with and ``develop`` two thirds of the 210
labelled since: both were read while the vocabulary was written and fitted on. ``held_out`` and ``sealed`` say what to expect: the latter are two batches of
``labels/moderators_fresh.jsonl``, labelled in one pass, in which what labels name is told in the vocabulary's words before it is compared.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from miner.extract.labels.document import labels_of
from miner.extract.sentence import DocumentText
from miner.text.normalise import normalise
from miner.text.sentences import split
from miner.vocabulary.lexicon import lexicon
from tests.gate import gate
from tests.gate.labels.quotes import read
from tests.gate.names import named
from tests.gate.texts import abstracts

GOLD = "gold/moderators.jsonl"
LABELS = gate.HERE / "labels" / "moderators.jsonl"
FRESH, SEALED = gate.HERE / "labels" / "moderators_fresh.jsonl", frozenset({10, 11})
BASELINE = gate.HERE / "baseline_moderators.json"
_COUNTS = frozenset({"gold", "given", "records"})


def figures(shared: Path) -> gate.Figures:
    """Return the figures of each part."""
    scorer = gate.scorer(shared / "gold" / "score_moderators.py")
    sealed = {r["id"]: _named(r) for r in read(FRESH) if r["batch"] in SEALED}
    texts = {**abstracts(shared, set(sealed)), **{r["id"]: r["text"] for r in read(shared / "gold" / "dev2.jsonl")}}
    later = {r["id"]: r for r in read(LABELS)}
    parts = {
        "first": scorer.load(shared / GOLD),
        "develop": {i: r for i, r in later.items() if not gate.held_out(i)},
        "held_out": {i: r for i, r in later.items() if gate.held_out(i)},
        "sealed": sealed,
    }
    return {name: _of(part, {i: _labels(texts[i]) for i in part}, scorer) for name, part in parts.items()}


def _named(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "labels": [{**x, "value": named(x["kind"], x["value"], lexicon())} for x in record["labels"]]}


def _labels(text: str) -> dict[str, Any]:
    normal = normalise(text).text
    found = labels_of(DocumentText(normal, split(normal)))
    return {"labels": [{"kind": kind, "value": x.value} for kind, labels in found.items() for x in labels]}


def _of(gold: dict[str, Any], found: dict[str, Any], scorer: Any) -> dict[str, float]:
    scores = _scores(scorer, gold, {i: found[i] | {"id": i} for i in gold})
    return {name: value for name, value in gate.flat(scores) if name.rsplit(".", 1)[-1] not in _COUNTS}


def _scores(scorer: Any, gold: dict[str, Any], predicted: dict[str, Any]) -> dict[str, Any]:
    """Return F1 a kind and of questions, with precision and recall; the scorer's own main function only prints them."""
    rows = [(g, predicted[i]) for i, g in gold.items()]
    told = {k: scorer.f1([(scorer.values(g, k), scorer.values(p, k)) for g, p in rows]) for k in scorer.KINDS}
    questions = [tuple({v.split(":")[0].split(" vs ")[0].strip() for v in scorer.values(r, "task")} for r in row) for row in rows]
    return {**told, "question": scorer.f1(questions)}


def main(arguments: list[str] | None = None) -> int:
    """Compare, or update."""
    return gate.hold(arguments, __doc__, GOLD, BASELINE, figures)


if __name__ == "__main__":
    sys.exit(main())
