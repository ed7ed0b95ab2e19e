"""Every figure of every block of a folder of reference figures: ``pytest tests/metafor --reference DIR``."""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.metafor import harness, leaves


def test_block(reference_case: harness.Case, record_property: Callable[[str, object], None]) -> None:
    outcome = harness.compare(reference_case)
    counts = {"blocks": 1, "compared": outcome.compared, "faults": len(outcome.faults), "failed_there": outcome.failed_there}
    record_property("reference_counts", counts)
    record_property("reference_named", outcome.named)
    assert not outcome.faults, f"{len(outcome.faults)} faults, {outcome.compared} compared\n" + "\n".join(outcome.faults[:30])


def test_patterns_are_used(shared: Path) -> None:
    """A pattern that names no leaf of the shared reference is stale."""
    used = set()
    for case in harness.cases(shared / "reference" / "metafor"):
        reference = harness.read(case.path)[0]
        for leaf, _ in leaves.leaves(reference[case.block], case.block):
            used.add(harness.excuse(leaf, reference))
    assert set(harness.excuses()) <= used


def test_what_is_unsupported() -> None:
    """Only GOSH and p-curve may be missing; the rest of the file names words and faults of the reference."""
    tables = tomllib.loads((harness.HERE / "unsupported.toml").read_text(encoding="utf-8"))
    assert set(tables) == {"words", "unsupported", "reference"}
    allowed = ("gosh*", "extra/pcurve*")
    assert [p for p in tables["unsupported"] if not any(fnmatch.fnmatchcase(p, a) for a in allowed)] == []
    assert all(len(reason) > 7 for table in tables.values() for reason in table.values())


@pytest.mark.parametrize(
    ("mine", "theirs", "right"),
    [
        (1.0 + 1e-7, 1.0, True), (1.0 + 1e-5, 1.0, False), ([1.0], [1.0, 2.0], False), (float("nan"), None, True), (0.0, None, False),
        (float("inf"), "Inf", True), (1e300, "Inf", False), ("left", "left", True), ("right", "left", False), (float("nan"), 1.0, False),
        (None, 1.0, False), ([1.0, float("inf")], [1.0, "-Inf"], False), ("text", 1.0, False), ([0, 1], [False, True], True),
    ],
)  # fmt: skip
def test_comparison(mine: object, theirs: object, right: bool) -> None:
    assert (leaves.differs(mine, theirs, 1e-6, "beta") is None) is right


def test_refusals_and_gaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A leaf that nobody computes is a fault; what failed in the reference must be an error or a figure here."""
    from miner.errors import MetaError

    (tmp_path / "new_GEN.csv").write_text("yi,vi\n1,1\n")
    (tmp_path / "new_GEN.json").write_text(
        '{"meta": {"csv": "new_GEN.csv"}, "a": {"x": {"error": "no"}, "y": 1}, "b_7": {"x": 2}, "c": 1, "d": {"e": {"error": "no"}}, "f": {"g": 3}}'
    )

    def refuse(_frame: object, _document: object) -> dict[str, object]:
        raise MetaError("impossible")

    mine = {
        "a": (lambda _f, _d: {"x": {"value": 3}, "y": 1}, lambda _p: 1e-6),
        "b_*": (lambda _f, d: {k: {"x": 2.5} for k in d if k.startswith("b_")}, lambda _p: 1e-6),
        "d": (lambda _f, _d: {}, lambda _p: 1e-6),
        "f": (refuse, lambda _p: 1e-6),
    }
    monkeypatch.setattr(harness, "blocks", lambda: mine)
    outcomes = {case.block: harness.compare(case) for case in harness.cases(tmp_path)}
    assert (outcomes["a"].faults, outcomes["a"].compared, outcomes["a"].failed_there) == ([], 1, 1)
    assert "off by" in outcomes["b_7"].faults[0]
    assert outcomes["c"].faults == ["c: not computed"]
    assert "neither" in outcomes["d"].faults[0]
    assert "MetaError: impossible" in outcomes["f"].faults[0]
    assert outcomes["meta"].named
