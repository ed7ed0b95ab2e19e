"""GRIM: a share of n units is a whole number of them; asked only where the n is the denominator."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.link.counts import half_unit, nearest_count, with_count
from miner.types import Effect, Evidence, Extraction
from miner.vocabulary import vocabulary

EFFECT = Effect("e", "s", "extracted", "accuracy", 0.845, n=200, performance_extraction_id="x")


def asked(effect=EFFECT, sentence="The accuracy was 84.5%.", quote="84.5", **fields):
    x = Extraction("performance", effect.estimate, Evidence(0, 4, quote, sentence), "performance", "1", 1.0, fields)
    found = with_count(effect, {"x": x}, vocabulary())
    return found.consistent, found.nearest_count


def test_a_share_that_is_a_count_and_one_that_is_none():
    assert asked() == (True, 169)
    assert asked(replace(EFFECT, estimate=0.847), "The accuracy was 84.7%.", "84.7") == (False, 169)
    assert asked(replace(EFFECT, estimate=0.85, n=7), "The accuracy was .85.", ".85") == (False, 6)
    assert asked(replace(EFFECT, metric="error_rate", estimate=0.155), "The error rate was 15.5%.", "15.5") == (True, 31)


@pytest.mark.parametrize(
    ("effect", "sentence"),
    [
        (replace(EFFECT, metric="auc"), "The AUC was 84.5%."),
        (replace(EFFECT, metric="f1"), "F1 was 84.5%."),
        (replace(EFFECT, metric="balanced_accuracy"), "Balanced accuracy was 84.5%."),
        (replace(EFFECT, metric="sensitivity"), "The sensitivity was 84.5% in 200 patients."),
        (replace(EFFECT, metric="other", name="brier"), "The Brier score was 84.5%."),
        (replace(EFFECT, part="cross-validation"), "The accuracy was 84.5%."),
        (replace(EFFECT, n=None), "The accuracy was 84.5%."),
        (EFFECT, "The mean accuracy over five folds was 84.5%."),
        (EFFECT, "The accuracy was above 84.5%."),
    ],
)
def test_it_is_not_asked_where_n_is_not_the_denominator_or_the_value_no_count(effect, sentence):
    assert asked(effect, sentence) == (None, None)


def test_not_of_a_value_with_a_spread_or_of_one_that_a_reviewer_changed():
    assert asked(sd=0.02) == (None, None)
    assert asked(replace(EFFECT, estimate=0.81)) == (None, None)


def test_a_written_denominator_makes_a_sensitivity_a_count():
    effect = replace(EFFECT, metric="sensitivity", estimate=0.839, n=31)
    assert asked(effect, "The sensitivity was 83.9% (26/31).", "83.9") == (True, 26)


def test_leave_one_out_is_a_count_over_all():
    effect = replace(EFFECT, part="cross-validation")
    assert asked(effect, "With leave-one-out cross-validation the accuracy was 84.5%.") == (True, 169)


@given(st.integers(1, 2000), st.data(), st.integers(0, 3))
def test_every_count_is_consistent_as_it_is_printed(n, data, decimals):
    count = data.draw(st.integers(0, n))
    printed = f"{100 * count / n:.{decimals}f}"
    estimate = float(printed) / 100
    half = half_unit(printed, estimate)
    nearest, fits = nearest_count(estimate, n, half)
    assert fits
    assert abs(nearest - count) <= half * n + 1
