"""Every figure of every block of a folder of reference figures: ``pytest tests/metafor --reference DIR``."""

from __future__ import annotations

import fnmatch
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.metafor import harness, leaves


def test_block(reference_case: harness.Case, record_property: Callable[[str, object], None]) -> None:
    outcome = harness.compare(reference_case)
    counts = {"blocks": 1, "compared": outcome.compared, "faults": len(outcome.faults), "failed_there": outcome.failed_there}
    record_property("reference_counts", dict(counts))
    record_property("reference_named", outcome.named)
    assert not outcome.faults, f"{len(outcome.faults)} faults, {outcome.compared} compared\n" + "\n".join(outcome.faults[:30])


ODD = Path(__file__).parent / "odd"


@pytest.mark.parametrize("case", harness.cases(ODD), ids=str)
def test_a_folder_with_odd_columns(case: harness.Case) -> None:
    """No year, a nested set, logical and blank-holding categories, missing effects and moderators; made in R by ``odd/make.R``."""
    outcome = harness.compare(case)
    assert not outcome.faults
    assert outcome.compared or case.block == "meta"


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


def nested_folder(folder: Path, rename: dict[str, str], meta: dict[str, str]) -> None:
    """Write a nested data set whose figures are R's (a stored fixture), under other names, behind a column with as many values as there are clusters."""
    found = json.loads((harness.HERE / "live" / "fixtures" / "multilevel-ba22f21e.json").read_text(encoding="utf-8"))
    columns = found["columns"]
    size = len(set(columns["cluster"]))
    decoy = {"patients": [10 * (i % size) for i in range(len(columns["yi"]))]}
    frame = pd.DataFrame(decoy | {rename.get(name, name): column for name, column in columns.items()})
    frame.to_csv(folder / "nested_GEN.csv", index=False)
    theirs = {
        name: found["theirs"][name]
        for name in ("beta", "se", "zval", "pval", "ci_lb", "ci_ub", "sigma2", "s_levels", "QE", "QM", "ll_REML")
    }
    document = {"meta": {"csv": "nested_GEN.csv", "measure": "GEN", **meta}, "multilevel": {"ml3": theirs}}
    (folder / "nested_GEN.json").write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.parametrize(
    ("rename", "meta"), [({"cluster": "study", "lab": "outcome"}, {}), ({"cluster": "District", "lab": "school"}, {}), ({"cluster": "k1", "lab": "k2"}, {"cluster": "k1", "inner": "k2"})]
)  # fmt: skip
def test_clusters_of_any_set_are_found_by_name(tmp_path: Path, rename: dict[str, str], meta: dict[str, str]) -> None:
    nested_folder(tmp_path, rename, meta)
    outcome = next(harness.compare(case) for case in harness.cases(tmp_path) if case.block == "multilevel")
    assert not outcome.faults
    assert outcome.compared == 11


def test_a_set_without_a_named_cluster_says_so(tmp_path: Path) -> None:
    nested_folder(tmp_path, {"cluster": "k1", "lab": "k2"}, {})
    outcome = next(harness.compare(case) for case in harness.cases(tmp_path) if case.block == "multilevel")
    assert all("meta.cluster" in fault for fault in outcome.faults)
    assert len(outcome.faults) == 11


@pytest.mark.parametrize("column", [None, "Year", "yr"])
def test_a_set_needs_no_column_year(tmp_path: Path, column: str | None) -> None:
    """R's cumulative meta-analysis (a stored fixture), its years under another name or not there."""
    found = json.loads((harness.HERE / "live" / "fixtures" / "cumulative-1606cadb.json").read_text(encoding="utf-8"))
    frame = pd.DataFrame({"yi": found["columns"]["yi"], "vi": found["columns"]["vi"]})
    if column:
        frame[column] = found["columns"]["year"]
    frame.to_csv(tmp_path / "no_GEN.csv", index=False)
    figures = {"order_1based": [1, 2, 3, 4]} | {name: found["theirs"][name] for name in ("estimate", "se", "tau2", "I2")}
    document = {
        "meta": {"csv": "no_GEN.csv", "measure": "GEN"},
        "diagnostics": {"cumul_by_year": figures},
        "glmm": {"nAGQ7": {"beta": [1.0]}},
    }
    (tmp_path / "no_GEN.json").write_text(json.dumps(document), encoding="utf-8")
    outcomes = {case.block: harness.compare(case) for case in harness.cases(tmp_path)}
    assert not outcomes["diagnostics"].faults
    assert outcomes["diagnostics"].compared == 5
    assert len(outcomes["glmm"].faults) == 1  # no counts: said, not a traceback
