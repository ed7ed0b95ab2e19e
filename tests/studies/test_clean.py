from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miner.studies.clean import Numerals, is_date, is_missing, numeral, parse_number, parse_year, without_footnotes


@pytest.mark.parametrize(
    ("text", "marks", "share", "value"),
    [
        ("1,234", Numerals(), False, 1234),
        ("1,234", Numerals(), True, 1.234),
        ("1.234", Numerals(), False, None),
        ("1.234", Numerals(thousands="."), False, 1234),
        ("1.234", Numerals(decimal="."), False, 1.234),
        ("1.234", Numerals(decimal=","), False, 1234),
        ("1.234,5", Numerals(), False, 1234.5),
        ("1,234.5", Numerals(), False, 1234.5),
        ("12,34.5", Numerals(), False, None),
        ("1,234,567", Numerals(), False, 1234567),
        ("1.234.567", Numerals(), False, 1234567),
        ("1’450", Numerals(), False, 1450),
        ("1\u202f450", Numerals(), False, 1450),
        ("0,915", Numerals(), False, 0.915),
        ("0.915", Numerals(), False, 0.915),
        ("91,2", Numerals(), True, 91.2),
        ("2e3", Numerals(), False, 2000),
        ("12 50", Numerals(), False, None),
        ("1e999", Numerals(), False, float("inf")),
        ("", Numerals(), False, None),
    ],
)
def test_numbers_are_read_as_the_table_writes_them(text: str, marks: Numerals, share: bool, value: float | None) -> None:
    assert numeral(text, marks, share=share) == value


def test_years_and_missing() -> None:
    assert parse_year("Roe et al. (2015b)") == 2015
    assert parse_year("ID 120153") is None
    assert is_missing("N/A")
    assert not is_missing("0.5")


@pytest.mark.parametrize(
    ("text", "date"), [("Mar-12", True), ("12-Mar", True), ("2021-03-12 00:00:00", True), ("12-30", False), ("may", False)]
)
def test_dates_that_spreadsheets_make(text: str, date: bool) -> None:
    assert is_date(text) == date


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("80†", "80"),
        ("91%¹²", "91%"),
        ("45a", "45"),
        ("12F", "12F"),
        ("40 [7]", "40"),
        ("88 [80-93]", "88 [80-93]"),
        ("45 AD", "45 AD"),
        ("#", "#"),
    ],
)
def test_footnotes_are_taken_off(text: str, left: str) -> None:
    assert without_footnotes(text) == left


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 10**7), st.sampled_from(["", ",", " ", "\u2009"]))
def test_grouped_thousands_read_back(n: int, mark: str) -> None:
    assert parse_number(f"{n:,}".replace(",", mark)) == n
