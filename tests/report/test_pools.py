"""The sentence that says what is analysed together."""

from __future__ import annotations

import pandas as pd
import pytest

from miner.report.pools import pooled

ROW = {"key": "diagnosis: AD vs CN, MRI", "pool_key": "diagnosis: AD vs CN", "pool_condition": "diagnosis: AD", "question": "diagnosis"}


@pytest.mark.parametrize(
    ("pools", "said"),
    [
        (["diagnosis: AD vs CN"], "1 pool of studies that ask the same of the same groups."),
        (["diagnosis"], "1 pool of studies that ask the same kind of question (fewer than ten of them are of the same condition)."),
        (
            ["diagnosis: AD vs CN", "diagnosis", "prognosis"],
            "3 pools: 1 of studies that ask the same of the same groups; 2 of studies that ask the same kind of question (fewer than ten of them are of the same condition).",
        ),
        (["grade A", "grade B"], "2 pools, each of one task, as tables of studies name it."),
    ],
)
def test_only_the_levels_that_were_taken_are_told(pools: list[str], said: str) -> None:
    rows = [ROW | {"pool": pool, "question": pool if pool == "prognosis" else "diagnosis"} for pool in pools]
    assert pooled(pd.DataFrame(rows), {})[1] == f"Values are analysed together in {said}"


def test_what_stands_apart_is_told() -> None:
    rows = [ROW | {"pool": "diagnosis"}, dict.fromkeys([*ROW, "pool"])]
    assert pooled(pd.DataFrame(rows), {})[1].endswith(". 1 effect of 2 tells no question and stands apart.")
