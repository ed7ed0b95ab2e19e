"""No change lowers a figure on the gold unless it says so."""

import json
from pathlib import Path

import pytest

from tests.gate import gate


@pytest.fixture(scope="module")
def gold(shared: Path) -> Path:
    return shared / gate.GOLD


@pytest.fixture(scope="module")
def now(gold: Path) -> gate.Figures:
    return gate.figures(gold)


def test_no_figure_is_below_its_floor(gold: Path, now: gate.Figures) -> None:
    bound, floors = gate.read_baseline()
    assert bound == gate.sha256(gold), "the gold has changed: look at the figures, then run tests/gate/gate.py --update"
    assert gate.fallen(floors, now) == []


def test_the_floors_cover_every_figure(now: gate.Figures) -> None:
    _, floors = gate.read_baseline()
    assert {part: set(names) for part, names in floors.items()} == {part: set(names) for part, names in now.items()}
    assert {"performance.metric.f1", "performance.claim", "performance.interval", "sample_size.found.f1", "study.best_some"} <= set(
        floors["held_out"]
    )


def test_a_third_is_held_out_and_stays_so(gold: Path) -> None:
    ids = [json.loads(line)["id"] for line in gold.read_text(encoding="utf-8").splitlines()]
    assert 0.25 < sum(map(gate.held_out, ids)) / len(ids) < 0.42
    assert [gate.held_out(i) for i in "abcdefgh"] == [False] * 6 + [True] * 2


def test_figures_are_those_of_the_codebooks_scorer(gold: Path, shared: Path) -> None:
    scorer = gate.scorer(shared / "gold" / "score.py")
    records = scorer.load(gold)
    shifted = {i: {"labels": [{**x, "claim": "own"} for x in r["labels"][1:]]} for i, r in records.items()}
    ours = gate.score(records, {i: r["labels"] for i, r in shifted.items()})
    assert ours == scorer.score(records, shifted)


FLOORS = {"all": {"performance.claim": 0.9, "study.n_some": 0.8}}


def test_a_figure_that_fell_is_named() -> None:
    assert gate.fallen(FLOORS, {"all": {"performance.claim": 0.89, "study.n_some": 0.8}}) == ["all performance.claim: 0.89 is below 0.9"]
    assert gate.fallen(FLOORS, {"all": {"performance.claim": 0.95}}) == ["all study.n_some: None is below 0.8"]


def test_an_update_refuses_to_lower_a_floor_unless_told() -> None:
    lower = {"all": {"performance.claim": 0.95, "study.n_some": 0.7}}
    with pytest.raises(ValueError, match=r"study\.n_some: 0\.7 is below 0\.8"):
        gate.updated(FLOORS, lower, allow_lower=False)
    assert gate.updated(FLOORS, lower, allow_lower=True) == lower
    higher = {"all": {"performance.claim": 0.95, "study.n_some": 0.85}}
    assert gate.updated(FLOORS, higher, allow_lower=False) == higher


def test_the_command_compares_updates_and_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = tmp_path / gate.GOLD
    gold.parent.mkdir()
    gold.write_text("{}\n", encoding="utf-8")
    baseline = tmp_path / "baseline.json"
    figures = [{"all": {"x": 0.9}}]
    monkeypatch.setattr(gate, "figures", lambda _: figures[0])
    common = ["--shared", str(tmp_path), "--baseline", str(baseline)]
    assert gate.main(common) == gate.FELL_SHORT  # no floors yet: nothing holds
    assert gate.main([*common, "--update"]) == 0
    assert gate.read_baseline(baseline) == (gate.sha256(gold), {"all": {"x": 0.9}})
    assert gate.main(common) == 0
    figures[0] = {"all": {"x": 0.8}}
    assert gate.main(common) == gate.FELL_SHORT
    assert gate.main([*common, "--update"]) == gate.FELL_SHORT
    assert gate.read_baseline(baseline)[1] == {"all": {"x": 0.9}}
    assert gate.main([*common, "--update", "--allow-lower"]) == 0
    assert gate.read_baseline(baseline)[1] == {"all": {"x": 0.8}}
    gold.write_text("{ }\n", encoding="utf-8")
    assert gate.main(common) == gate.FELL_SHORT
    assert "another gold" in capsys.readouterr().err
    assert gate.main(["--shared", str(tmp_path / "nowhere")]) == 2
