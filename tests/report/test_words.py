"""Every form of sentence, against fixed results: it says no more than they do."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from miner.meta.analysis.rows import Row
from miner.meta.analysis.scatter import noise_words
from miner.report.gallery import flow, forest, funnels, influence, literature, records, scatter, selection, slopes, tests, words


@pytest.mark.parametrize(
    ("points", "p", "said"),
    [
        (-5.2, 0.0001, ["Larger studies report lower accuracy: −5.2 percentage points for each tenfold n, from the pooled 88.0 % (95 % interval −8.0 to −2.4", "Were there no trend, chance alone would rarely give one as large (p < 0.001)"]),
        (5.2, 0.004, ["Larger studies report higher accuracy: +5.2", "rarely give one as large (p = 0.004)"]),
        (-5.2, 0.03, ["Larger studies report lower accuracy", "seldom give one as large (p = 0.030): weak evidence, to be confirmed"]),
        (-5.2, 0.2, ["Between small and large studies accuracy changes by −5.2", "do not tell a trend from chance (p = 0.20)", "no proof that there is none"]),
        (-5.2, math.nan, ["Between small and large studies", "Nothing can be tested here"]),
    ],
)  # fmt: skip
def test_trends_with_size(points: float, p: float, said: list[str]) -> None:
    text = words.size_trend("accuracy", "88.0 %", points, points - 2.8, points + 2.8, p, model="m")
    assert all(s in text for s in said), text
    if not p < 0.05:
        assert "report lower" not in text
        assert "report higher" not in text


def row(p: float = 0.01, beta: float = -0.3) -> Row:
    numbers = {
        "beta": beta,
        "ci": (beta - 0.2, beta + 0.2),
        "p": p,
        "points": 12 * beta,
        "points_ci": (12 * beta - 2, 12 * beta + 2),
        "level": 0.88,
        "untested": "",
        "power": "",
    }
    return Row("x", 20, numbers=numbers, id="trend")


def test_a_trend_that_is_told_from_chance_says_what_it_does_not_show() -> None:
    subject: Any = SimpleNamespace(what="accuracy", sample=SimpleNamespace(lower_is_better=False))
    errors: Any = SimpleNamespace(what="error rate", sample=SimpleNamespace(lower_is_better=True))
    assert scatter.trend_words(subject, row()).endswith(words.CAUSES)
    assert scatter.trend_words(errors, row()).endswith(words.OTHER_WAY)
    assert scatter.trend_words(errors, row(beta=0.3)).endswith(words.CAUSES)
    assert words.CAUSES not in scatter.trend_words(subject, row(p=0.2))
    assert scatter.trend_words(subject, row(beta=0.3)).endswith(words.OTHER_WAY)
    assert "within tasks)" in scatter.trend_words(subject, replace(row(), adjusted=("year", "task")))
    nothing = scatter.trend_words(subject, Row("x", 2, words="Not computed: 2 values."))
    assert nothing == "Not computed: 2 values. So nothing is said on a trend with sample size."


@pytest.mark.parametrize(
    ("outside", "k", "said"),
    [
        (0.4, 20, "40 % of the values (8 of 20) lie outside the band in which sampling alone would keep 95 % around the pooled accuracy of 85.0 %; chance alone would rarely put so many there"),
        (0.1, 20, "10 % of the values (2 of 20)"),
        (0.1, 20, "chance alone may put as many there"),
        (0.1, 1000, "the studies differ by more than sampling"),
    ],
)  # fmt: skip
def test_noise(outside: float, k: int, said: str) -> None:
    noise: Any = SimpleNamespace(frac_outside_95=outside, k=k)
    one: Any = SimpleNamespace(
        untested="", several_tasks=False, what="accuracy", pooled=SimpleNamespace(value=1.7346), show=lambda _: "85.0 %"
    )
    assert said in noise_words(noise, one)
    several: Any = SimpleNamespace(untested="", several_tasks=True, what="accuracy")
    assert "around the level of their task" in noise_words(noise, several)


def test_few_values_say_so() -> None:
    from miner.report.gallery.subject import Subject

    few: Any = SimpleNamespace(k=1)
    assert (
        Subject.few(few)
        == "There is only 1 value: among fewer than 10 a test finds none but large trends and differences, and one value may decide what it finds."
    )
    assert Subject.few(SimpleNamespace(k=10)) == ""  # type: ignore[arg-type]


FUNNEL: Any = SimpleNamespace(x=np.zeros(10), zone=np.array([3, 3, 2, 1, 0, 0, 0, 0, 0, 0]))


def lopsided(p: float, stat: float = 2.0) -> Row:
    return Row("x", 20, numbers={"p": p, "stat": stat}, id="asymmetry")


@pytest.mark.parametrize(
    ("asymmetry", "said"),
    [
        (lopsided(0.01), "the funnel is lopsided: small studies report higher accuracy than large ones. Were there no difference of small and large studies, chance alone would seldom give one as large (p = 0.010): weak evidence, to be confirmed. It does not show why."),
        (lopsided(0.001, -3), "small studies report lower accuracy"),
        (lopsided(0.4), "no clear asymmetry: the data do not tell a difference of small and large studies from chance (p = 0.40); this is no proof that there is none."),
        (Row("x", 3), "could not be tested"),
        (None, "could not be tested"),
    ],
)  # fmt: skip
def test_funnels(asymmetry: Row | None, said: str) -> None:
    text = funnels.funnel_words(FUNNEL, 0.5, "accuracy", asymmetry)
    assert text.startswith("3 of 10 values differ significantly from 50 % (p < 0.05)")
    assert said in text
    assert "the left one leans without any bias" in text
    assert "brought to one level" not in text
    assert "brought to one level" in funnels.funnel_words(FUNNEL, 0.5, "accuracy", asymmetry, several=True)


def test_trim_and_fill() -> None:
    fit: Any = SimpleNamespace(k0=3, side="left")
    text = funnels.trim_words(fit, "accuracy", 2.0, (1.5, 1.0, 2.0))
    assert text.startswith("3 studies of low accuracy would have to be added")
    assert "81.8 % (95 % interval 73.1 % to 88.1 %) in place of 88.1 %" in text
    assert "finds some where none are" in text
    assert "1 study of high accuracy" in funnels.trim_words(SimpleNamespace(k0=1, side="right"), "accuracy", 2.0, (1.5, 1.0, 2.0))  # type: ignore[arg-type]
    nothing = funnels.trim_words(SimpleNamespace(k0=0, side=""), "accuracy", 2.0, (2.0, 1.5, 2.5), several=True)  # type: ignore[arg-type]
    assert nothing.startswith("No study needs to be filled in to make the funnel symmetric: the pooled accuracy stays 88.1 %.")
    assert "brought to one level first" in nothing


def test_selection() -> None:
    fit: Any = SimpleNamespace(delta=np.array([1.0, 0.25, 0.1]), unadjusted=np.array([2.1]), beta=np.array([1.6]), LRTp=0.01)
    text = selection.selection_words(fit, "", 17, 20, 0.5, "accuracy", 2.0)
    assert "17 of 20 values are significantly above 50 %" in text
    assert "0.25 times as likely to be published; the pooled accuracy would then be 81.8 % in place of 88.1 %" in text
    assert "better than none (p = 0.010)" in text
    assert "Only 3 values lie on the other side" in text
    calm = selection.selection_words(SimpleNamespace(**{**vars(fit), "LRTp": 0.5}), "", 10, 20, 0.5, "accuracy", 2.0)  # type: ignore[arg-type]
    assert "do not tell selection from none (p = 0.50), which is no proof that there was none" in calm
    assert "Only" not in calm
    none = selection.selection_words(None, "no p-value lies in (0.025, 1]", 20, 20, 0.5, "accuracy", 2.0)
    assert "cannot be estimated: no p-value lies" in none
    assert "cannot be told from its absence" in none


@pytest.mark.parametrize(
    ("low", "high", "p", "said"),
    [
        ((-1.0, 1.0, 0.3), (-9.0, 1.0, 0.001), 0.001, "The best values fall faster with n than the lowest"),
        ((-9.0, 1.0, 0.3), (-1.0, 1.0, 0.001), 0.02, "not the pattern that selection of good results leaves"),
        ((-3.0, 4.0, 0.3), (-4.0, 4.0, 0.3), 0.4, "are not told apart, so the shape of the scatter says nothing on selection"),
    ],
)
def test_quantiles(low: Any, high: Any, p: float, said: str) -> None:
    text = slopes.quantile_words({"0.1": low, "0.5": (-2.0, 1.0, p), "0.9": high}, "accuracy")
    assert said in text
    assert "the median by −2.0" in text


def test_interaction() -> None:
    sure = slopes.interaction_words((1.05, 1.01, 1.09), 0.01, (2010, -6.0), (2020, -2.0), "accuracy")
    assert (
        "In 2010 the accuracy changed by −6.0 percentage points for each tenfold n, in 2020 by −2.0: the odds ratio of a tenfold n is multiplied by 1.05 a year"
        " (95 % interval 1.01 to 1.09" in sure
    )
    assert "has become weaker" in sure
    assert "has become stronger" in slopes.interaction_words((0.9, 0.8, 0.95), 0.01, (2010, -2.0), (2020, -6.0), "accuracy")
    unsure = slopes.interaction_words((1.01, 0.9, 1.1), 0.5, (2010, -3.0), (2020, -2.0), "accuracy")
    assert unsure.endswith("The data do not tell a change from chance (p = 0.50); this is no proof that there is none.")


def test_regression() -> None:
    assert slopes.regression_words(3, [], "accuracy").startswith("None of the 3 coefficients")
    told = slopes.regression_words(8, ["log10_n"], "accuracy")
    assert "goes with log10_n (p < 0.05)" in told
    assert "Of 8 coefficients, 0.4 would be so by chance alone" in told


def test_records() -> None:
    found: Any = SimpleNamespace(n_records=5, n_below_noise=4)
    assert records.record_words(found, "accuracy").startswith("4 of 5 new bests of accuracy are within 1.96 standard errors")
    assert "is one of its task" in records.record_words(found, "accuracy", several=True)
    assert "each gain is larger" in records.record_words(SimpleNamespace(n_records=2, n_below_noise=0), "accuracy")  # type: ignore[arg-type]
    assert "No later value" in records.record_words(SimpleNamespace(n_records=0, n_below_noise=0), "accuracy")  # type: ignore[arg-type]


def test_influence() -> None:
    points: Any = SimpleNamespace(y=np.array([0.1, 0.5]))
    one = influence.baujat_words(points, SimpleNamespace(is_infl=[False, True]), ["A", "B"], "pooled accuracy")  # type: ignore[arg-type]
    assert "1 study is influential" in one
    assert "The strongest pull on the pooled accuracy is that of «B»" in one
    assert "No study is influential" in influence.baujat_words(points, SimpleNamespace(is_infl=[False, False]), ["A", "B"], "x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spread", "said"), [(0.01, "no single paper moves it by a point"), (0.15, "by a point or two."), (0.5, "by more than a point or two: see which")]
)  # fmt: skip
def test_leave_one_out(spread: float, said: str) -> None:
    text = influence.leave_words(np.array([2.0, 2.0 - spread]), 2.0, "accuracy")
    assert said in text
    assert "(88.1 % with all)" in text
    assert "It does not show whether all papers are wrong in the same way." in text


def test_forests() -> None:
    assert forest.forest_words("Pooled.", 0, 30, 1) == "Pooled."
    assert "Drawn are the 300 largest studies" in forest.forest_words("Pooled.", 700, 300, 5)
    assert "cannot be pooled" in forest.forest_words(None, 0, 1, 1)


def test_flows() -> None:
    counts = flow.Flow((("PubMed", 9), ("arXiv", 3)), 1, 11, (("retracted", 1),), 10, 2, 8, (("no sample size found", 3),), 5, 5)
    text = flow.flow_words(counts, 7)
    assert text.startswith(
        "Of 12 records found, 5 answer this report's question with a sample size and a value of their own: 7 values from 5 studies."
    )
    assert "no sample size found (3), retracted (1), no abstract or full text (2), another record of the same study (1)" in text


def test_years_sources_and_reviews() -> None:
    assert literature.literature_words({2020: 2}, {"arXiv": 2}, 1) == "2 papers all from 2020; 2 from arXiv. 1 paper has no year."
    assert "from 2019 to 2021, 2 of them from 2020;" in literature.literature_words({2019: 1, 2020: 2, 2021: 1}, {"arXiv": 4}, 0)
    even = literature.literature_words({2019: 2, 2020: 2}, {"arXiv": 4}, 0)
    assert even == "4 papers from 2019 to 2020, at most 2 of them from one year; 4 from arXiv."
    assert "1,000 accuracies that 2 reviews collected by hand (A; B): x 900" in literature.reviews_words(1000, ["A", "B"], "x 900")


def test_tables_of_tests() -> None:
    text = tests.tests_words(20, 18, 6, 40)
    assert "18 of 20 analyses could be computed on 40 values" in text
    assert "6 of their p-values are below 0.05; the more tests, the more of them by chance" in text
    assert "p-values" not in tests.tests_words(9, 2, 0, 1)
