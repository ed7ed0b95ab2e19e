"""Floors for the pair: which n goes with which performance, and which value stands for a paper, on ``gold/dev2.jsonl``.

    python -m tests.gate.pair             compare with the floors; exit code 5 if a figure fell
    python -m tests.gate.pair --update    raise the floors; refuses to lower one (--allow-lower)

Figures are those of the codebook's ``score_pairs.py``, and ``effect.covered``: the share of the gold's own pairs of abstract and metric that get an effect. The part to
develop on was read while rules were written and weights fitted: only the third held out says what to expect.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from miner.extract.api import Extractor, extract_line, load_rules
from tests.gate import gate

GOLD = "gold/dev2.jsonl"
BASELINE = gate.HERE / "baseline_pair.json"


def figures(shared: Path) -> gate.Figures:
    """Return the figures of the part to develop on and of the third held out."""
    scorer = gate.scorer(shared / "gold" / "score_pairs.py")
    gold = scorer.load(shared / GOLD)
    extractor = Extractor(load_rules())
    found = {i: json.loads(extract_line(json.dumps({"id": i, "text": r["text"]}), extractor)[0]) for i, r in gold.items()}
    parts = {"develop": [i for i in gold if not gate.held_out(i)], "held_out": [i for i in gold if gate.held_out(i)]}
    return {name: _of({i: gold[i] for i in ids}, found, scorer) for name, ids in parts.items()}


def _of(gold: dict[str, Any], found: dict[str, Any], scorer: Any) -> dict[str, float]:
    own = {(i, x["metric"]) for i, r in gold.items() for x in r["labels"] if x["kind"] == "performance" and x["claim"] == "own"}
    given = {(i, e["metric"]) for i in gold for e in found[i]["effects"]}
    shares = dict(gate.flat(scorer.score(gold, found)[0]))
    return {**shares, "effect.covered": round(len(own & given) / len(own), 4)}


def main(arguments: list[str] | None = None) -> int:
    """Compare, or update."""
    return gate.hold(arguments, __doc__, GOLD, BASELINE, figures)


if __name__ == "__main__":
    sys.exit(main())
