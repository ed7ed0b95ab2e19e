"""Sentences for papers, from fixed results; the analyses of tables that users have."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from miner import meta
from miner.errors import MetaError

Y, V = [0.10, 0.30, 0.35, 0.65, 0.45, 0.15], [0.03, 0.03, 0.05, 0.01, 0.05, 0.02]


def table(k: int = 40, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = rng.integers(30, 600, k)
    return pd.DataFrame({
        "estimate": rng.binomial(n, 0.8) / n, "n": n, "year": 2010 + np.arange(k) % 8, "study_id": [f"s{i // 2}" for i in range(k)], "task": "AD vs HC",
    })  # fmt: skip


def test_pooled_effect() -> None:
    text = meta.report_text(meta.pool(Y, V, test="knha"))
    assert "restricted maximum likelihood (Viechtbauer, 2005)" in text.methods
    assert "Knapp and Hartung" in text.methods
    assert "The pooled effect of 6 studies was 0.346 (95 % CI 0.114 to 0.579, p = 0.012)." in text.results
    assert "tau² = 0.0331, I² = 57 %, Q(5) = 12.81, p = 0.025" in text.results
    assert "fewer than ten studies" in text.results
    assert [r.split()[0] for r in text.references] == ["Higgins", "Knapp", "Riley", "Viechtbauer"]


def test_what_is_not_significant_is_not_called_an_absence() -> None:
    text = meta.report_text(meta.pool([0.1, -0.1, 0.05], [0.1, 0.1, 0.1]))
    assert "no evidence of a difference from zero" in text.results
    asymmetry = meta.report_text(meta.regtest(Y, V)).results
    assert "no proof that they did not" in asymmetry


def test_regression_names_its_moderators() -> None:
    text = meta.report_text(meta.pool(Y, V, {"dose": [1, 2, 3, 4, 5, 6]}, method="DL"))
    assert "regressed on moderators" in text.methods
    assert "the coefficient of dose was" in text.results
    assert "method of moments (DerSimonian & Laird, 1986)" in text.methods


@pytest.mark.parametrize(
    ("result", "cited"),
    [
        (lambda: meta.tau2_interval(Y, V), "Viechtbauer"),
        (lambda: meta.multilevel(Y, V, list("aabbcc")), "Noortgate"),
        (lambda: meta.robust(meta.multilevel(Y, V, list("aabbcc")), list("aabbcc")), "Pustejovsky"),
        (lambda: meta.glmm([8, 9, 7, 20, 30], [10, 12, 10, 25, 41]), "Stijnen"),
        (lambda: meta.regtest(Y, V, ni=[40, 50, 60, 70, 80, 90], predictor="sqrtninv"), "Deeks"),
        (lambda: meta.trimfill(Y, V), "Duval"),
        (lambda: meta.pet_peese(Y, V), "Stanley"),
        (lambda: meta.trend(table()), "Stijnen"),
    ],
)
def test_each_result_has_sentences_and_its_source(result, cited: str) -> None:
    text = meta.report_text(result())
    assert text.methods.endswith(".")
    assert "nan" not in text.results
    assert any(cited in r for r in text.references), text.references
    assert str(text).startswith("Methods. ")


def test_an_unknown_result_is_refused() -> None:
    with pytest.raises(MetaError, match="no sentences for a int"):
        meta.report_text(3)


def test_accuracies_are_analysed_in_the_order_of_evidence() -> None:
    analysis = meta.analyse_table(table())
    names = [r.id for r in analysis.rows]
    assert names == [
        "trend",
        "trend-three-level",
        "trend-least-squares",
        "trend-year",
        "quantiles",
        "noise",
        "records",
        "asymmetry",
        "pooled",
    ]
    test = meta.score_test(
        np.round(analysis.frame.estimate * analysis.frame.n), analysis.frame.n,
        {"log10_n": np.log10(analysis.frame.n), "year": analysis.frame.year - round(analysis.frame.year.mean())}, "log10_n", analysis.frame.cluster,
    )  # fmt: skip
    assert analysis.rows[0].numbers["p"] == pytest.approx(test.pval)
    assert analysis.rows[0].numbers["beta"] == pytest.approx(float(test.fit.beta[1]))
    words = meta.report_text(analysis)
    assert "binomial generalised linear mixed model" in words.methods


def test_egger_comes_on_request_with_its_warning() -> None:
    row = meta.analyse_table(table(), egger=True).row("egger")
    assert row is not None
    assert row.warnings
    assert math.isfinite(row.numbers["p"])


def test_effects_are_analysed_with_corrections_for_bias() -> None:
    analysis = meta.analyse_table(pd.DataFrame({"YI": Y, "vi": V, "ni": [40, 50, 60, 70, 80, 90], "cluster": list("aabbcc")}))
    assert analysis.kind == "effects"
    values = {r.id: r.numbers.get("estimate") for r in analysis.rows}
    assert values["effect-pooled"] == pytest.approx(float(meta.pool(Y, V, test="knha").beta[0]))
    assert values["trim-and-fill"] == pytest.approx(meta.trimfill(Y, V).estimate)
    assert analysis.row("effect-three-level").numbers
    assert "Only 6 effects: no trend and no asymmetry is tested: the values come from 3 papers" in analysis.warnings[0]
    assert not analysis.row("rank").numbers
    assert "effect-egger" not in values


def test_rows_without_figures_are_left_out_and_counted() -> None:
    frame = table()
    frame.loc[3, "n"] = None
    assert meta.analyse_table(frame).warnings[0] == "1 row without estimate or n is left out."


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (pd.DataFrame({"a": [1]}), "no columns yi, vi or estimate, n"),
        (pd.DataFrame(), "no columns"),
        (pd.DataFrame({"yi": ["x"], "vi": [1]}), "yi of row 1 is 'x'"),
        (pd.DataFrame({"yi": [None], "vi": [1]}), "no row has both"),
        (pd.DataFrame({"yi": [np.inf], "vi": [1]}), "infinite"),
        (pd.DataFrame({"estimate": [94.2, 88.0], "n": [10, 20]}), "divide percentages by 100"),
        (pd.DataFrame({"estimate": [0.9, 0.8], "n": [10, 0]}), "n is 0 in row 2"),
    ],
)
def test_bad_tables(frame: pd.DataFrame, says: str) -> None:
    with pytest.raises(MetaError, match=says):
        meta.analyse_table(frame)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_few_rows_give_lines_with_reasons(k: int) -> None:
    for frame in (table().head(k), pd.DataFrame({"yi": Y[:k], "vi": V[:k]})):
        analysis = meta.analyse_table(frame)
        assert analysis.warnings
        assert all(r.words for r in analysis.rows)


def test_results_print_what_was_estimated_and_mark_warnings() -> None:
    plain, nested = meta.glmm([45, 88, 30, 61], [50, 100, 40, 80]), meta.glmm([45, 88, 30, 61], [50, 100, 40, 80], cluster=list("aabb"))
    assert "between clusters" not in str(plain)
    assert "variance between clusters = " in str(nested)
    arms = meta.glmm_arms([5, 3, 9, 2], [25, 33, 50, 20], [8, 6, 12, 2], [26, 31, 49, 19])
    assert str(arms).splitlines()[-1] == "  warning: only 4 studies: the variance is unreliable"
    narrow = meta.pool([0.30, 0.31, 0.29, 0.30], [0.04, 0.05, 0.06, 0.045], test="knha")
    assert "(0.057 times as wide)" in narrow.warnings[0]


def test_areas_without_precision_say_what_would_give_it() -> None:
    analysis = meta.analyse_table(table(12), metric="auc")
    reasons = [r.words for r in analysis.rows if "the precision is known" in r.words]
    assert reasons
    assert all("there is no interval, and not the size of both classes" in r for r in reasons)
