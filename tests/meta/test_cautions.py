"""What a figure should not be trusted for stands beside it wherever it is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from miner import meta
from miner.meta.analysis.analyse import analyse_effects, prepare
from miner.meta.analysis.pooled import new_study_words
from miner.meta.analysis.registry import record
from miner.meta.analysis.rows import Analysis
from miner.report.gallery.scatter import contrary_words
from miner.report.gallery.tests import tests_words as words_of_tests
from miner.say import out_of
from tests.report.simpson import simpson_frame


def accuracies(k: int, spread: float) -> pd.DataFrame:
    """Return values around 82 % whose logits have this standard deviation beside sampling."""
    rng = np.random.default_rng(1)
    n = np.exp(rng.uniform(3.5, 7, k)).astype(int)
    hits = rng.binomial(n, 1 / (1 + np.exp(-(1.5 + rng.normal(0, spread, k)))))
    return pd.DataFrame({"estimate": hits / n, "n": n, "study_id": [f"s{i}" for i in range(k)]})


@pytest.mark.parametrize(
    "analysis", [meta.analyse_table(accuracies(5, 0)), analyse_effects(pd.DataFrame({"yi": [0.1, 0.5], "vi": [0.04, 0.05]}))]
)
def test_the_text_for_papers_has_the_cautions_of_all_lines_once(analysis: Analysis) -> None:
    results = meta.report_text(analysis).results
    warnings = {w.rstrip(".") for row in analysis.rows if row.numbers for w in row.warnings}
    assert warnings
    for warning in warnings:
        assert results.count(warning[1:]) == 1, warning
        named = next(row.name for row in analysis.rows if any(w.rstrip(".") == warning for w in row.warnings))
        assert f"{warning[1:]} ({named}" in results


def test_a_prediction_interval_says_how_far_it_is_to_be_trusted() -> None:
    assert new_study_words(meta.analyse_table(accuracies(2, 0.5)).sample) == ""
    assert "hardly wider than the interval of the mean" in new_study_words(meta.analyse_table(accuracies(12, 0)).sample)
    assert new_study_words(meta.analyse_table(accuracies(6, 0.8)).sample).endswith("though 6 values give but a rough idea of it")
    assert new_study_words(meta.analyse_table(accuracies(30, 0.5)).sample).endswith(" %")


def test_the_text_of_a_pooled_effect_says_so_too() -> None:
    assert "new study" not in meta.report_text(meta.pool([0.1, 0.5], [0.01, 0.02])).results
    assert "hardly wider than the interval of the mean" in meta.report_text(meta.pool([0.3, 0.31, 0.29], [0.04, 0.05, 0.06])).results
    assert "of which 4 studies give but a rough idea" in meta.report_text(meta.pool([0.1, 0.9, 0.4, 0.7], [0.01] * 4)).results


def test_medians_against_the_trend_are_reconciled() -> None:
    assert "whatever the sizes of their studies" in contrary_words(-0.087, {"beta": 0.004, "p": 0.026})
    assert contrary_words(-0.087, {"beta": -0.004, "p": 0.026}) == ""


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 1, "the one a does not lie"),
        (1, 1, "the one a lies"),
        (0, 2, "none of the 2 as lies"),
        (1, 2, "1 of 2 as lies"),
        (2, 2, "2 of 2 as lie"),
    ],
)
def test_counts_go_with_their_verbs(part: int, whole: int, said: str) -> None:
    assert out_of(part, whole, "a", "lie") == said


def test_excess_significance_says_what_its_power_rests_on() -> None:
    frame = simpson_frame().assign(reference=None, effect_id=[f"e{i}" for i in range(80)])
    words = record("excess").run(prepare(frame).as_effects()).words
    assert "from each study's own variance" in words
    assert words.endswith("Where tasks differ in difficulty, this alone may make the two numbers differ.")


def test_one_p_value_is_and_two_are() -> None:
    assert "1 of their p-values is below" in words_of_tests(19, 18, 1, 6)
    assert "2 of their p-values are below" in words_of_tests(19, 18, 2, 6)
