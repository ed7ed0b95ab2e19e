"""One cell of an estimate or a sample size: every row here was invented, each for a way in which people write tables."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miner.studies.clean import TAKES, Numerals
from miner.studies.estimates import Scale, parse_estimates
from miner.studies.sizes import parse_size

COMMA = Numerals(decimal=",")


@pytest.mark.parametrize(
    ("cell", "scale", "expected"),
    [
        ("87%", {}, {"value": 0.87}),
        ("88.90 %", {}, {"value": 0.889}),
        ("87 per cent", {}, {"value": 0.87}),
        ("0·87", {}, {"value": 0.87}),
        ("87", {}, {"value": 0.87}),
        ("87", {"percentage": True}, {"value": 0.87}),
        ("1.0", {}, {"value": 1.0}),
        ("1", {"percentage": False}, {"value": 1.0}),
        ("1", {"percentage": True, "below_one": True}, {"value": 0.01}),
        ("0.4%", {"below_one": True}, {"value": 0.004}),
        ("0", {}, {"value": 0.0}),
        ("100%", {}, {"value": 1.0}),
        ("59.599999999999994", {"percentage": True}, {"value": 0.59599999999999994}),
        ("93,4", {}, {"value": 0.934}),
        ("0,934 ± 0,02", {"numerals": COMMA}, {"value": 0.934, "sd": 0.02}),
        ("93.4 +/- 1.1 %", {}, {"value": 0.934, "sd": 0.011}),
        ("93.4 (±1.1)", {}, {"value": 0.934, "sd": 0.011}),
        ("0.93 (s.d. = 0.01)", {}, {"value": 0.93, "sd": 0.01}),
        ("0.81 [0.74, 0.87]", {}, {"value": 0.81, "ci_low": 0.74, "ci_high": 0.87}),
        ("81% (95% CI: 74 to 87)", {}, {"value": 0.81, "ci_low": 0.74, "ci_high": 0.87}),
        ("81 (95% CI 74–87)", {}, {"value": 0.81, "ci_low": 0.74, "ci_high": 0.87}),
        ("0.81 (95% CI 0.74–0.87)", {}, {"value": 0.81, "ci_low": 0.74, "ci_high": 0.87}),
        ("0.81, 95% CI 0.74-0.87", {}, {"value": 0.81, "ci_low": 0.74, "ci_high": 0.87}),
        ("0.81 (81/100)", {}, {"value": 0.81}),
        ("0.81 (0.85-0.93)", {}, {"value": 0.81, "note": "the interval does not hold the value in '0.81 (0.85-0.93)'"}),
        ("85.0 (2.0)", {}, {"value": 0.85, "note": "what (2.0) is, the cell does not say"}),
        ("≥ 85 %", {}, {"value": 0.85, "bound": "≥"}),
        ("about 0.7", {}, {"value": 0.7, "bound": "~"}),
        ("Acc = 0.7 (AD vs HC)", {}, {"value": 0.7, "task": "AD vs HC"}),
        ("AUROC: 0.93*", {"metric": "auc"}, {"value": 0.93}),
        ("88/91", {"take": "low"}, {"value": 0.88}),
        ("0.88; 0.91", {"take": "last"}, {"value": 0.91}),
        ("85–90%", {"take": "midpoint"}, {"value": 0.875}),
        ("0.85 to 0.90", {"take": "high"}, {"value": 0.9}),
        ("4.5", {"metric": "hd95"}, {"value": 4.5}),
    ],
)
def test_estimates(cell: str, scale: dict[str, object], expected: dict[str, object]) -> None:
    (found,) = parse_estimates(cell, Scale(**scale))  # type: ignore[arg-type]
    told = {
        name: getattr(found, name)
        for name in ("value", "task", "ci_low", "ci_high", "sd", "bound", "note")
        if getattr(found, name) is not None
    }
    assert told == {name: pytest.approx(value) if isinstance(value, float) else value for name, value in expected.items()}
    assert found.reason is None


@pytest.mark.parametrize(
    ("cell", "scale", "words"),
    [
        ("NR", {}, "no accuracy: 'NR'"),
        ("#", {}, "no accuracy: '#'"),
        ("", {}, "no accuracy: the cell is empty"),
        ("187%", {}, "187% is above 100 %"),
        ("187", {}, "187 is above 100 %"),
        ("87", {"percentage": False}, "87 is above 1"),
        ("1", {}, "1 % or 100 %?"),
        ("0.9", {"percentage": True}, "a share with a sign too many?"),
        ("0.7%", {}, "a share with a sign too many?"),
        ("AUC = 0.95", {}, "it names AUC"),
        ("-5%", {}, "can be read"),
        ("high", {}, "can be read"),
        ("0.8 or so, 3 times", {}, "can be read"),
        ("Apr-30", {}, "is a date"),
        ("0.85-0.90", {}, "is a range; which of them counts"),
        ("88%, 91%", {}, "is several values; which of them counts"),
        ("88/187", {"take": "low"}, "is above 100 %"),
    ],
)
def test_estimates_that_are_none(cell: str, scale: dict[str, object], words: str) -> None:
    (found,) = parse_estimates(cell, Scale(**scale))  # type: ignore[arg-type]
    assert found.value is None
    assert words in (found.reason or "")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("0.828 (AD vs HC), 0.615 (MCI vs NC)", [(0.828, "AD vs HC"), (0.615, "MCI vs NC")]),
        ("0.943 (AD vs HC),", [(0.943, "AD vs HC")]),
        ("0,94 (AD vs HC), 0,9 (MCI vs NC)", [(0.94, "AD vs HC"), (0.9, "MCI vs NC")]),
        ("0.9 (AD vs HC, held out); 0.8 (MCI vs NC)", [(0.9, "AD vs HC, held out"), (0.8, "MCI vs NC")]),
        ("0.9 (A vs B), 187 (A vs C), 0.7 (B vs C)", [(0.9, "A vs B"), (None, "A vs C"), (0.7, "B vs C")]),
    ],
)
def test_lists_of_tasks(cell: str, expected: list[tuple[float | None, str]]) -> None:
    assert [(e.value, e.task) for e in parse_estimates(cell, several=True)] == expected


@pytest.mark.parametrize(
    ("cell", "total", "groups"),
    [
        ("363", 363, ()),
        ("1 830", 1830, ()),
        ("95.0", 95, ()),
        ("1.2k", 1200, ()),
        ("AD = 80, MCI = 141, total = 363", 363, (("AD", 80), ("MCI", 141))),
        ("A: 10, B: 12", 22, (("A", 10), ("B", 12))),
        ("50 (PD); 48 (HC)", 98, (("PD", 50), ("HC", 48))),
        ("50 PD / 48 HC", 98, (("PD", 50), ("HC", 48))),
        ("50 PD vs. 48 HC", 98, (("PD", 50), ("HC", 48))),
        ("PD (n=50), HC (n=48)", 98, (("PD", 50), ("HC", 48))),
        ("PD 50 (20F) and HC 48 (21F)", 98, (("PD", 50), ("HC", 48))),
        ("1,200 PD, 800 HC", 2000, (("PD", 1200), ("HC", 800))),
        ("50+48+12", 110, ()),
        ("N = 61 (30 men)", 61, ()),
        ("61 volunteers", 61, ()),
        ("61†", 61, ()),
    ],
)
def test_sizes(cell: str, total: int, groups: tuple[tuple[str, int], ...]) -> None:
    size = parse_size(cell)
    assert (size.total, size.groups, size.reason, size.bound) == (total, groups, None, None)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("NR", "no sample size: 'NR'"),
        ("12.5", "is no sample size"),
        ("0", "is no sample size"),
        ("-12", "can be read"),
        ("about fifty", "can be read"),
        ("45 ± 3", "can be read"),
        ("45%", "can be read"),
        ("23/30", "groups, a share or alternatives"),
        ("100, 200", "groups, a share or alternatives"),
        ("176 slices", "counts slices, of which one person or image has many"),
        ("40 patients, 900 slices", "counts slices beside others"),
        ("20-30", "is a range"),
        ("Feb-20", "is a date"),
        ("2.345", "may be thousands or a fraction"),
    ],
)
def test_cells_that_tell_no_size(cell: str, words: str) -> None:
    size = parse_size(cell)
    assert size.total is None
    assert words in (size.reason or "")


def test_what_a_mapping_says_of_sizes() -> None:
    assert [parse_size("20–30", take=take).total for take in TAKES] == [20, 30, 20, 30, 25]
    assert parse_size("2.345", numerals=Numerals(thousands=".")).total == 2345
    assert [(s.total, s.bound) for s in map(parse_size, ("ca. 40", ">100", "n ≈ 12"))] == [(40, "~"), (100, ">"), (12, "~")]


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet=st.one_of(st.sampled_from("0123456789.,%()[]±-–/ ;:=+~<>nNCISDAkto*"), st.characters()), max_size=40),
    st.booleans(),
    st.booleans(),
)
def test_any_cell_gives_a_proportion_or_a_reason(cell: str, percentage: bool, several: bool) -> None:
    for e in parse_estimates(cell, Scale(percentage=percentage), several=several):
        assert (e.value is None) == (e.reason is not None)
        assert e.value is None or 0 <= e.value <= 1
        assert e.ci_low is None or e.ci_high is None or e.value is None or e.ci_low <= e.value <= e.ci_high
    size = parse_size(cell)
    assert (size.total is None) == (size.reason is not None)
    assert size.total is None or size.total >= 1
