"""What is a binomial share and what isn't; several metrics are never analysed as one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from miner import meta
from miner.errors import MetaError
from miner.meta.effects.odds import expit, logit, points
from miner.meta.effects.scores import auc_variance, metric_of, precision
from miner.vocabulary import vocabulary


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


@pytest.mark.parametrize("name", ["kappa", "mcc", "dice", "auc", "f1", "iou", "c_index", "balanced_accuracy", "auprc", "unheard_of"])
def test_no_binomial_shares(name: str) -> None:
    found = precision(frame(estimate=[0.8, 0.9], n=[50, 60]), metric_of(name).share_of)
    assert np.isnan(found.x).all()
    assert np.isnan(found.vi).all()
    assert sum(found.lost.values()) == 2


@pytest.mark.parametrize("name", ["accuracy", "error_rate"])
def test_shares_of_all_units(name: str) -> None:
    found = precision(frame(estimate=[0.8, 1.0], n=[50, 60], n_role=["total", "test"]), metric_of(name).share_of)
    assert found.x.tolist() == [40, 60]
    assert found.vi.tolist() == [1 / 40 + 1 / 10, 1 / 60.5 + 1 / 0.5]
    assert found.counts


@pytest.mark.parametrize("name", ["sensitivity", "specificity", "precision", "npv"])
def test_shares_of_a_class_need_its_size(name: str) -> None:
    values = frame(estimate=[0.8, 0.9], n=[50, 60], n_role=["group", "test"])
    found = precision(values, metric_of(name).share_of)
    assert found.x[0] == 40
    assert np.isnan(found.x[1])
    assert found.lost == {f"n is not the number of {metric_of(name).share_of}, and there is no interval": 1}
    assert precision(values.drop(columns="n_role"), metric_of(name).share_of).counts


def test_an_area_is_known_by_its_interval_else_by_the_classes() -> None:
    values = frame(
        estimate=[0.8, 0.8, 0.8, 1.0],
        ci_low=[0.7, np.nan, np.nan, 0.9],
        ci_high=[0.88, np.nan, np.nan, 1.0],
        n_pos=[50, 50, np.nan, 50],
        n_neg=[50, 50, 5, 50],
    )
    found = precision(values, "none", area=True)
    assert np.sqrt(found.vi[0]) == pytest.approx((logit(0.88) - logit(0.7)) / (2 * 1.959964), rel=1e-6)
    assert np.sqrt(found.vi[1]) == pytest.approx(auc_variance(0.8, 50, 50) ** 0.5 / 0.16)
    assert np.isnan(found.vi[2:]).all()
    assert found.lost == {"there is no interval, and not the size of both classes": 1, "a value of exactly 1 has no logit": 1}


def test_an_interval_that_ends_at_one_is_read_from_its_lower_half() -> None:
    found = precision(frame(estimate=[0.95], ci_low=[0.88], ci_high=[1.0]), "none")
    assert np.sqrt(found.vi[0]) == pytest.approx((logit(0.95) - logit(0.88)) / 1.959964, rel=1e-6)


def test_scores_below_zero_have_no_logit() -> None:
    found = precision(frame(estimate=[-0.1], ci_low=[-0.3], ci_high=[0.1]), "none", -1.0)
    assert found.scale == "identity"
    assert (found.yi[0], found.vi[0]) == pytest.approx((-0.1, (0.2 / 1.959964) ** 2), rel=1e-6)


def test_hanley_and_mcneil() -> None:
    """By hand: A = 0.9, 10 positive, 20 negative: Q1 = 0.9/1.1, Q2 = 1.62/1.9."""
    by_hand = (0.9 * 0.1 + 9 * (0.9 / 1.1 - 0.81) + 19 * (1.62 / 1.9 - 0.81)) / 200
    assert auc_variance(0.9, 10, 20) == pytest.approx(by_hand, rel=1e-14)
    assert auc_variance([0.5, 1.0], 30, 30).tolist() == pytest.approx([0.25 / 900 + 2 * 29 * (1 / 3 - 0.25) / 900, 0.0])
    with pytest.raises(MetaError, match=r"ROC curve of 1\.2"):
        auc_variance(1.2, 10, 10)
    with pytest.raises(MetaError, match="class without units"):
        auc_variance(0.9, 0, 10)


def several(k: int = 24) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    n = rng.integers(40, 900, k)
    return pd.DataFrame({
        "metric": np.tile(["accuracy", "auc", "kappa"], k // 3), "estimate": rng.uniform(0.7, 0.95, k), "n": n, "year": 2012 + np.arange(k) % 5,
        "study_id": [f"s{i}" for i in range(k)], "n_role": "total", "ci_low": 0.65, "ci_high": 0.97,
    })  # fmt: skip


def test_several_metrics_are_refused_by_name() -> None:
    with pytest.raises(MetaError, match=r"holds 3 metrics, which are never pooled: accuracy \(8\), auc \(8\), kappa \(8\)"):
        meta.analyse_table(several())
    with pytest.raises(MetaError, match="holds no dice; it holds: accuracy"):
        meta.analyse_table(several(), metric="dice")


def test_one_of_them_is_called_by_its_name() -> None:
    analysis = meta.analyse_table(several(), metric="accuracy")
    assert analysis.kind == "accuracies"
    assert analysis.warnings[0] == "16 rows of other metrics are left out: auc (8), kappa (8)."
    assert "pooled accuracy" in analysis.row("pooled").words
    area = meta.analyse_table(several(), metric="auc")
    assert area.kind == "scores"
    assert area.row("trend") is None
    assert area.primary.id == "trend-scores"
    assert "The area under the ROC curve changes by" in area.primary.words
    known = several()[lambda t: t["metric"] == "auc"]
    fit = meta.pool(
        logit(known["estimate"]), ((logit(0.97) - logit(0.65)) / (2 * 1.959963984540054)) ** 2 + 0 * known["estimate"], test="knha"
    )
    assert area.row("pooled-scores").numbers["estimate"] == pytest.approx(float(expit(fit.beta[0])))


def test_scores_under_other_go_by_their_own_name() -> None:
    table = several().assign(metric="other", name=["brier", None, "ece"] * 8)
    with pytest.raises(MetaError, match=r"brier \(8\), calibration_error \(8\), other \(8\)"):
        meta.analyse_table(table)


def test_the_trend_of_scores_is_least_squares_by_paper() -> None:
    table = several(60)
    known = table[table["metric"] == "auc"]
    fit = meta.linear(
        known["estimate"].to_numpy(),
        {"log10_n": np.log10(known["n"].to_numpy()), "year": known["year"].to_numpy() - round(known["year"].mean())},
        vcov="CR2",
        cluster=known["study_id"].to_numpy(),
    )
    row = meta.analyse_table(table, metric="auc").primary
    assert (row.numbers["beta"], row.numbers["p"]) == pytest.approx((fit.coef[1], fit.p[1]))


def test_a_null_trend_of_scores_does_not_claim_the_simulation_of_accuracies() -> None:
    data = frame(
        estimate=[0.81, 0.9, 0.78, 0.85, 0.88, 0.8, 0.83, 0.86],
        n=[50, 400, 90, 60, 800, 120, 300, 75],
        metric="auc",
        paper_id=list("abcdefgh"),
    )
    row = meta.analyse_table(data).primary
    assert "the test of accuracies found" in row.words
    assert "that of scores was not simulated" in row.words


def test_what_lacks_its_precision_is_left_out_and_counted() -> None:
    table = several(60)
    table.loc[[1, 4, 7], "ci_low"] = np.nan
    analysis = meta.analyse_table(table, metric="auc")
    assert analysis.primary.k == 20
    assert analysis.row("pooled-scores").k == 17
    assert (
        "3 values of 20 are left out where precision counts: there is no interval, and not the size of both classes." in analysis.warnings
    )


def test_an_effect_table_with_metrics_is_refused_too() -> None:
    table = pd.DataFrame({"yi": [0.1, 0.2, 0.3], "vi": [0.1, 0.1, 0.1], "metric": ["auc", "auc", "kappa"]})
    with pytest.raises(MetaError, match="never pooled"):
        meta.analyse_table(table)
    assert "area under the ROC curve" in meta.analyse_table(table, metric="auc").rows[0].words


def test_the_command_asks_which(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from miner.cli.main import main

    path = tmp_path / "t.csv"
    several().to_csv(path, index=False)
    with pytest.raises(SystemExit) as stop:
        main(["meta", "analyse", "--from", str(path)])
    assert stop.value.code
    assert "--metric" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stop:
        main(["meta", "analyse", "--from", str(path), "--metric", "kappa", "--json"])
    assert not stop.value.code
    assert json.loads(capsys.readouterr().out)["kind"] == "scores"


def test_points_never_leave_a_share() -> None:
    """Twelve rows, n 120 to 340, accuracy .60 to .999: the tangent gave 88 points and more at an accuracy of 90 %."""
    n = np.linspace(120, 340, 12).round()
    table = pd.DataFrame({"estimate": np.linspace(0.60, 0.999, 12), "n": n, "study_id": [f"s{i}" for i in range(12)]})
    row = meta.analyse_table(table).primary
    test = meta.score_test(np.round(table["estimate"] * n), n, {"log10_n": np.log10(n)}, "log10_n")
    level = row.numbers["level"]
    assert row.numbers["points"] == pytest.approx(100 * (expit(logit(level) + test.estimate) - level))
    assert row.numbers["points_ci"] == pytest.approx([100 * (expit(logit(level) + b) - level) for b in (test.ci_lb, test.ci_ub)])
    assert 100 * level + row.numbers["points_ci"][1] < 100
    assert 100 * level * (1 - level) * test.estimate > 60
    assert row.estimate.startswith("OR ")
    assert "(an odds ratio)" in row.words


@pytest.mark.parametrize("level", [0.01, 0.5, 0.93, 0.9999])
@pytest.mark.parametrize("change", [-9.0, -0.1, 0.0, 0.1, 9.0])
def test_points_are_the_exact_change(level: float, change: float) -> None:
    odds = level / (1 - level) * np.exp(change)
    assert points(logit(level), change) == pytest.approx(100 * (odds / (1 + odds) - level), abs=1e-9)


# What a table says of its metric ------------------------------------------------------------------------------------------------------------


def one(metric: str | None = "accuracy", k: int = 40, **more: Any) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    n = rng.integers(40, 900, k)
    table = frame(estimate=rng.binomial(n, 0.85) / n, n=n, year=2012 + np.arange(k) % 5, study_id=[f"s{i}" for i in range(k)])
    return table.assign(**({"metric": metric} if metric else {}), **more)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("AUC", "auc"),
        ("Accuracy", "accuracy"),
        ("Sens", "sensitivity"),
        ("accuracy (%)", "accuracy"),
        ("Error Rate", "error_rate"),
        ("F1-score", "f1"),
        ("PPV", "precision"),
    ],
)
def test_a_metric_is_known_however_it_is_written(written: str, name: str) -> None:
    same, other = (meta.analyse_table(one(m)) for m in (name, written))
    assert str(same) == str(other)
    assert str(meta.analyse_table(one(None), metric=written)) == str(meta.analyse_table(one(None), metric=name))
    mixed = one(name)
    mixed.loc[::3, "metric"] = f" {written} "
    assert str(meta.analyse_table(mixed)) == str(same)


def test_an_unknown_metric_is_said_to_be_one() -> None:
    found = meta.analyse_table(one("diagnostic flair"))
    assert found.warnings[0].startswith("No metric is called 'diagnostic flair': its values are taken for no shares")
    assert found.kind == "scores"
    assert not [w for w in meta.analyse_table(one("AUC")).warnings if "called" in w]


def test_a_vocabulary_that_knows_more_says_what_a_metric_is(tmp_path: Path) -> None:
    (tmp_path / "vocabulary").mkdir()
    (tmp_path / "vocabulary" / "metrics.toml").write_text(
        '[[metric]]\nname = "flair"\nlabel = "flair of diagnosis"\nnames = ["diagnostic flair"]\n'
    )
    found = meta.analyse_table(one("diagnostic flair"), words=vocabulary([tmp_path]))
    assert found.rows[0].words.startswith("The flair of diagnosis changes by")
    assert not [w for w in found.warnings if "called" in w]


def test_rows_without_a_metric_are_no_other_metric() -> None:
    table = one()
    table.loc[[0, 1], "metric"] = [None, " "]
    table.loc[[2, 3, 4], "metric"] = ["auc", "AUC", "Dice"]
    found = meta.analyse_table(table, metric="accuracy")
    assert found.warnings[:2] == ("3 rows of other metrics are left out: auc (2), dice (1).", "2 rows that name no metric are left out.")
    assert found.primary.k == 35


@pytest.mark.parametrize(("name", "column"), [("sensitivity", "n_positive"), ("specificity", "n_negative"), ("sensitivity", "n_pos")])
def test_the_denominator_of_a_share_of_a_class_is_the_size_of_the_class(name: str, column: str) -> None:
    table = one(name)
    sized = table.assign(n=4 * table["n"], **{column: table["n"]})
    found, by_role = meta.analyse_table(sized), meta.analyse_table(table.assign(n_role="group"))
    assert found.frame["x"].tolist() == by_role.frame["x"].tolist()
    assert [r.numbers for r in found.rows if r.id == "trend"] == [r.numbers for r in by_role.rows if r.id == "trend"]
    what = metric_of(name).share_of
    assert f"n is the number of {what}, which the table tells." in found.warnings
    assert not [w for w in by_role.warnings if "number of" in w]
    untold = meta.analyse_table(table)
    assert any(w.startswith(f"n is taken for the number of {what}: no column n_role or") for w in untold.warnings)
    sized.loc[0, column] = np.nan
    assert (
        f"1 value of 40 is left out where precision counts: n is not the number of {what}, and there is no interval."
        in meta.analyse_table(sized).warnings
    )


def test_every_value_without_precision_has_its_own_reason() -> None:
    nan = np.nan
    values = frame(
        estimate=[0.8, 1.0, 1.0, 0.8, 0.8, 0.8, 0.8, 0.0], ci_low=[nan, nan, 0.9, 0.85, 0.0, nan, 0.7, nan], ci_high=[nan, nan, 1.0, 0.9, 0.9, nan, 0.9, nan],
        n_positive=[9, 9, nan, nan, nan, nan, nan, 9], n_negative=[9, 9, nan, nan, nan, 9, nan, 9],
    )  # fmt: skip
    assert precision(values, "none", area=True).lost == {
        "a value of exactly 1 has no logit": 2, "its interval does not lie around it": 1, "its interval begins at 0, which has no logit": 1,
        "there is no interval, and not the size of both classes": 1, "a value of exactly 0 has no logit": 1,
    }  # fmt: skip


SAID = {
    "accuracy": ("accuracies", "a right answer", "correct answers"), "sensitivity": ("values of sensitivity", "a positive being found", "positives found"),
    "specificity": ("values of specificity", "a negative being recognised", "negatives recognised"), "error_rate": ("values of error rate", "an error", "errors"),
    "npv": ("values of negative predictive value", "a negative prediction being right", "right negative predictions"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_sentences_speak_of_the_metric_and_its_own_odds(name: str) -> None:
    analysis = meta.analyse_table(one(name, n_role="group"), egger=True)
    text = str(meta.report_text(analysis)) + str(analysis)
    plural, event, hits = SAID[name]
    assert f"the odds of {event} are multiplied" in text
    assert f"model of {hits} on log10 sample size" in text
    assert f"The {plural}" in text
    if name != "accuracy":
        said = text.split("References")[0] + str(analysis).split("References")[0]
        said = re.sub(r"simulated literatures of (?:\d+ to \d+ )?accuracies", "", said)
        assert [s for s in said.split(". ") if "accurac" in s.lower() or "right answer" in s] == []


def test_the_new_bests_of_an_error_rate_are_lower() -> None:
    table = one("error_rate").assign(year=2000 + np.arange(40))
    table["estimate"] = np.linspace(0.3, 0.1, 40)
    found = meta.analyse_table(table).row("records")
    assert found.numbers["n_records"] == 39
    assert np.all(np.array(found.numbers["diff"]) < 0)


def test_the_power_of_an_error_rate_is_of_a_rise_as_large_as_the_fall_of_its_accuracy() -> None:
    """Large studies that report worse report more errors; the chances to find it are those of the accuracy."""
    rng = np.random.default_rng(5)
    n = np.round(10 ** rng.uniform(1.5, 3.2, 20))
    right = rng.binomial(n.astype(int), 0.87) / n
    table = pd.DataFrame({"estimate": right, "n": n, "metric": "accuracy"})
    other = table.assign(estimate=1 - right, metric="error rate")
    fall, rise = (meta.analyse_table(frame).primary.numbers["power"] for frame in (table, other))
    assert "a true fall of" in fall
    assert rise == fall.replace("a true fall of", "a true rise of")
    assert " -" not in meta.report_text(meta.analyse_table(other)).results


def test_one_value_is_refused_with_the_fewest_that_can_be_pooled() -> None:
    with pytest.raises(MetaError, match="nothing could be computed") as found:
        meta.report_text(meta.analyse_table(pd.DataFrame({"estimate": [0.9], "n": [100]})))
    assert "1 value, at least 2 are needed" in str(found.value.hint)
