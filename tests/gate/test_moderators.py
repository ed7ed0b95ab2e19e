"""No change lowers a figure of the labels unless it says so; the fit gives the weights that are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.extract.labels.model import FILE
from tests.gate import fit_labels, gate, moderators
from tests.gate.labels.quotes import read

MORE = fit_labels.LABELS / "moderators_more.jsonl"


def test_no_figure_of_the_labels_is_below_its_floor(shared: Path) -> None:
    bound, floors = gate.read_baseline(moderators.BASELINE)
    assert bound == gate.sha256(shared / "gold" / "moderators.jsonl"), "the gold has changed: run python -m tests.gate.moderators --update"
    assert {"question.f1", "task.f1", "condition.f1", "modality.f1"} <= set(floors["held_out"])
    assert gate.fallen(floors, moderators.figures(shared)) == []


@pytest.mark.slow
def test_the_shipped_weights_are_those_that_the_labels_give(shared: Path) -> None:
    if not (shared / "corpus" / "pubmed.jsonl").is_file():
        pytest.skip("the labelled abstracts are not here")
    assert fit_labels.fit(fit_labels.labelled(shared)) == FILE.read_text(encoding="utf-8")


def test_what_was_read_once_is_in_no_other_set(shared: Path) -> None:
    once = {r["id"] for r in read(MORE)}
    kept = {r["id"] for r in read(shared / "gold" / "dev2.jsonl") if gate.held_out(r["id"])}
    assert not once & {r["id"] for r in read(moderators.LABELS)}
    assert not once & kept
    for record in read(MORE):
        assert set(record) == {"id", "sha256", "kinds", "labels"}
        assert all(set(x) == {"kind", "value"} and x["kind"] in record["kinds"] for x in record["labels"])


def test_fresh_abstracts_are_in_no_other_set(shared: Path) -> None:
    fresh = {r["id"] for r in read(moderators.FRESH)}
    others = {r["id"] for path in (MORE, moderators.LABELS, shared / moderators.GOLD) for r in read(path)}
    assert len(fresh) == 454
    assert not fresh & others
    assert {r["batch"] for r in read(moderators.FRESH)} > moderators.SEALED
