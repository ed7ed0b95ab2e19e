from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miner.studies.clean import is_missing, parse_estimates, parse_number, parse_size, parse_year


@pytest.mark.parametrize(
    ("cell", "options", "expected"),
    [
        ("87%", {}, [(0.87, None)]),
        ("88.90 %", {}, [(0.889, None)]),
        ("0.87", {}, [(0.87, None)]),
        ("0·87", {}, [(0.87, None)]),
        ("87", {"percentage": True}, [(0.87, None)]),
        ("59.599999999999994", {"percentage": True}, [(0.596, None)]),
        ("0.828 (AD vs HC), 0.615 (MCI vs NC)", {"several": True}, [(0.828, "AD vs HC"), (0.615, "MCI vs NC")]),
        ("0.943 (AD vs HC),", {"several": True}, [(0.943, "AD vs HC")]),
        ("0.71(AD vs HC)", {"several": True}, [(0.71, "AD vs HC")]),
        ("0.9 (AD vs HC, held out), 0.8 (MCI vs NC)", {"several": True}, [(0.9, "AD vs HC, held out"), (0.8, "MCI vs NC")]),
        ("0%", {}, [(0.0, None)]),
        ("100%", {}, [(1.0, None)]),
    ],
)
def test_estimates(cell: str, options: dict[str, bool], expected: list[tuple[float, str | None]]) -> None:
    found = parse_estimates(cell, **options)
    assert [(pytest.approx(v), t) for v, t in expected] == [(e.value, e.task) for e in found]
    assert all(e.reason is None for e in found)


@pytest.mark.parametrize(
    ("cell", "options", "word"),
    [
        ("NR", {}, "no accuracy"),
        ("#", {}, "no accuracy"),
        ("–", {}, "no accuracy"),
        ("", {}, "empty"),
        ("", {"several": True}, "empty"),
        ("187%", {}, "above 100"),
        ("187", {"percentage": True}, "above 100"),
        ("87", {}, "above 1"),
        ("AUC = 0.95", {"several": True}, "can be read"),
        ("-5%", {}, "can be read"),
        ("high", {}, "can be read"),
    ],
)
def test_estimates_that_are_none(cell: str, options: dict[str, bool], word: str) -> None:
    (found,) = parse_estimates(cell, **options)
    assert found.value is None
    assert word in (found.reason or "")


def test_a_bad_item_leaves_the_others() -> None:
    found = parse_estimates("0.9 (A vs B), 1.9 (A vs C), 0.7 (B vs C)", several=True)
    assert [e.value for e in found] == [0.9, None, 0.7]


@pytest.mark.parametrize(
    ("cell", "total", "groups"),
    [
        ("363", 363, ()),
        ("1 830", 1830, ()),
        ("1,409", 1409, ()),
        ("95.0", 95, ()),
        ("AD = 80, MCI = 141, total = 363", 363, (("AD", 80), ("MCI", 141))),
        ("AD = 34, NC =45, total = 168", 168, (("AD", 34), ("NC", 45))),
        ("A: 10, B: 12", 22, (("A", 10), ("B", 12))),
        ("NR", None, ()),
        ("", None, ()),
        ("12.5", None, ()),
        ("0", None, ()),
        ("about fifty", None, ()),
    ],
)
def test_sizes(cell: str, total: int | None, groups: tuple[tuple[str, int], ...]) -> None:
    size = parse_size(cell)
    assert (size.total, size.groups) == (total, groups)
    assert (size.reason is None) == (total is not None)


def test_years_and_missing() -> None:
    assert parse_year("Roe et al. (2015b)") == 2015
    assert parse_year("ID 120153") is None
    assert is_missing("N/A")
    assert not is_missing("0.5")


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 10**7), st.sampled_from(["", ",", " ", "\u2009"]))
def test_grouped_thousands_read_back(n: int, mark: str) -> None:
    assert parse_number(f"{n:,}".replace(",", mark)) == n


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.booleans(), st.booleans())
def test_any_cell_gives_a_proportion_or_a_reason(cell: str, percentage: bool, several: bool) -> None:
    for e in parse_estimates(cell, percentage=percentage, several=several):
        assert (e.value is None) == (e.reason is not None)
        assert e.value is None or 0 <= e.value <= 1
    size = parse_size(cell)
    assert (size.total is None) == (size.reason is not None)
