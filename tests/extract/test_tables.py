"""Extraction from tables: metric, value, claim, task and n from headers, labels and caption; the evidence is the cell."""

from __future__ import annotations

import pytest

from miner.extract.tables import extract_tables, metric_of
from miner.fulltext.model import Cell, FullText, Table


def found(rows: list[list[str]], caption: str = "", *, headers: int = 1, banners: tuple[int, ...] = ()):
    width = max(len(r) for r in rows)
    cells = [
        Cell(r, c, text, 1, width if r in banners else 1, r < headers)
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
        if not (r in banners and c)
    ]
    document = FullText("jats", "Body.\n").with_tables([Table("Table 2", caption, tuple(cells), page=7)])
    extractions = extract_tables(document.tables)
    for x in extractions:
        assert document.text[x.evidence.start : x.evidence.end] == x.evidence.quote
        assert x.evidence.page == 7
    return extractions


def values(extractions, kind="performance"):
    return [(x.fields["metric"], x.value, x.fields["claim"]) for x in extractions if x.kind == kind]


def test_the_issues_example():
    rows = [["Method", "Accuracy (%)", "Sens.", "AUC"], ["Proposed", "91.2", "88", "0.95"], ["Doe et al. [4]", "84.0", "80", ".88"]]
    result = found(rows, "Results of AD vs CN on ADNI (n = 814).")
    assert values(result) == [
        ("accuracy", 0.912, "own"),
        ("sensitivity", 0.88, "own"),
        ("auc", 0.95, "own"),
        ("accuracy", 0.84, "comparator"),
        ("sensitivity", 0.8, "comparator"),
        ("auc", 0.88, "comparator"),
    ]
    assert {(x.fields["task"], x.fields["n"]) for x in result} == {("AD vs CN", 814)}
    assert result[0].evidence.sentence == "Table 2 Results of AD vs CN on ADNI (n = 814). | Proposed | Accuracy (%): 91.2"


def test_metrics_may_head_rows_and_tasks_columns():
    rows = [["", "MCI vs. HC (n = 120)", "AD vs. HC (n = 90)"], ["Accuracy", "0.71", "0.90"], ["Age", "0.5", "0.6"]]
    result = [x for x in found(rows) if x.kind == "performance"]
    assert [(x.value, x.fields["n"], x.fields["task"]) for x in result] == [(0.71, 120, "MCI vs. HC"), (0.9, 90, "AD vs. HC")]


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("91.2 ± 1.4", (0.912, 0.014, None, None)),
        ("0.91 (0.88–0.94)", (0.91, None, 0.88, 0.94)),
        ("0.91 [95% CI: 0.88 to 0.94]", (0.91, None, 0.88, 0.94)),
        ("0·91", (0.91, None, None, None)),
        ("91.2*", (0.912, None, None, None)),
        ("88.1 (2.2)", (0.881, 0.022, None, None)),
        ("100%", (1.0, None, None, None)),
    ],
)
def test_forms_of_a_level(cell, wanted):
    (x,) = found([["Model", "Accuracy"], ["Ours", cell]])
    assert (x.value, x.fields["sd"], x.fields["ci_low"], x.fields["ci_high"]) == wanted


@pytest.mark.parametrize("cell", ["n/a", "–", "812", "5.2", "12/14", "0.91/0.88", "p < 0.05", "ResNet-50", ""])
def test_what_is_no_level(cell):
    assert values(found([["Model", "Accuracy"], ["Ours", cell]])) == []


@pytest.mark.parametrize("header", ["Accuracy SD", "p-value", "Loss", "Params", "Rank", "Training time"])
def test_headers_about_a_metric_that_is_none(header):
    assert values(found([["Model", header], ["Ours", "0.91"]])) == []


def test_differences_are_deltas():
    assert values(found([["Model", "Δ Accuracy"], ["Ours", "0.05"]])) == [("accuracy", 0.05, "delta")]


def test_where_nothing_is_marked_as_ours_all_that_is_not_cited_is():
    rows = [["Classifier", "AUC"], ["SVM", "0.81"], ["Forest", "0.83"], ["Radiologists", "0.75"], ["Doe (2019)", "0.70"]]
    assert [c for _, _, c in values(found(rows))] == ["own", "own", "comparator", "comparator"]


def test_a_row_that_is_one_cell_heads_those_below():
    rows = [["Model", "AUC"], ["External validation (n = 77)"], ["Ours", "0.81"]]
    assert [x.fields["n"] for x in found(rows, banners=(1,)) if x.kind == "performance"] == [77]


def test_sizes_from_headers_and_counting_columns():
    rows = [["Set", "Patients", "Images"], ["Training", "1,200", "3400"], ["Test (n = 300)", "300", "800"], ["Doe et al.", "99", "100"]]
    sizes = [(x.value, x.fields["unit"], x.fields["role"], x.fields["own"]) for x in found(rows) if x.kind == "sample_size"]
    assert (1200, "participant", "train", True) in sizes
    assert (3400, "image", "train", True) in sizes
    assert (300, "participant", "test", True) in sizes
    assert (99, "participant", "group", False) in sizes


def test_rules_that_are_absent_give_nothing():
    document = FullText("jats", "").with_tables(
        [Table("", "", (Cell(0, 0, "M", header=True), Cell(0, 1, "AUC", header=True), Cell(1, 0, "Ours"), Cell(1, 1, "0.9")))]
    )
    assert extract_tables(document.tables, versions={"sample_size": "1"}) == []
    assert [x.rule_version for x in extract_tables(document.tables, versions={"performance": "9"})] == ["9"]


@pytest.mark.parametrize(
    ("words", "metric"),
    [
        ("Accuracy (%)", "accuracy"),
        ("Balanced accuracy", "balanced_accuracy"),
        ("AUC", "auc"),
        ("C-index", "c_index"),
        ("F1-score", "f1"),
        ("DSC", "dice"),
        ("mIoU", "iou"),
        ("PPV", "precision"),
        ("Recall", "sensitivity"),
        ("Accuracy SD", None),
        ("Patients", None),
    ],
)
def test_metrics_by_their_names(words, metric):
    assert metric_of(words) == metric
