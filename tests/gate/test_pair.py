"""No change lowers a figure of the pair unless it says so; the fit gives the file that is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.extract.relation.candidates import NONE, Candidate
from tests.gate import fit, gate, pair


def test_no_figure_of_the_pair_is_below_its_floor(shared: Path) -> None:
    bound, floors = gate.read_baseline(pair.BASELINE)
    assert bound == gate.sha256(shared / pair.GOLD), (
        "the gold has changed: look at the figures, then run python -m tests.gate.pair --update"
    )
    assert {"pair.precision", "pair.recall", "pair.silence", "effect.n", "effect.both", "effect.covered", "paper.right"} <= set(
        floors["held_out"]
    )
    assert gate.fallen(floors, pair.figures(shared)) == []


class _Own:
    claim = "own"


class _Trace:
    """As much of a trace as the fit reads."""

    performance = _Own()

    def __init__(self, *options: tuple[Candidate, list[str]]) -> None:
        self.options = list(options)


def test_the_fit_finds_what_speaks_for_the_right_candidate_and_is_reproducible() -> None:
    def row(number: int, n: int | None) -> fit.Row:
        names = ["near"] if n else ["far"]
        return fit.Row(f"a{number}", _Trace((Candidate("size", (), 40), names), (NONE, ["none"])), n, own=True)  # type: ignore[arg-type]

    data = [row(k, 40 if k % 2 else None) for k in range(40)]
    found = fit.fit(data)
    assert found["near"][0] > 0 > found["far"][0]
    assert found["near"][1] == 20
    assert fit.fit(data[:4]).keys() == {"none"}
    assert fit.fit(list(data)) == found


def test_the_shipped_weights_are_those_that_the_labels_give(shared: Path, tmp_path: Path) -> None:
    if not (shared / "corpus" / "pubmed.jsonl").is_file():
        pytest.skip("the labelled abstracts are not here")
    fit.write(fit.fit(fit.rows(shared)), tmp_path / "weights.tsv")
    assert (tmp_path / "weights.tsv").read_bytes() == fit.WEIGHTS.read_bytes()
