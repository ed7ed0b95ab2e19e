"""The score test of the primary analysis: its figures against dense matrices, its interval, its level where Wald's z fails, its power against simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from miner import meta
from miner.errors import MetaError
from miner.meta.analysis.analyse import primary
from miner.meta.models.working_model import working_model
from tests.bench.levels import NULLS, cell, draw
from tests.bench.many import alone, together


def literature(k: int, name: str, seed: int = 1, slope: float = 0.0) -> dict:
    return draw(np.random.default_rng(seed), k, NULLS[name], slope)


def run(data: dict) -> meta.models.score_test.ScoreTest:
    return meta.score_test(data["x"], data["n"], data["mods"], "log10_n", data["cluster"])


@pytest.mark.parametrize("name", ["normal effects", "papers, normal effects"])
def test_statistic_by_dense_matrices(name: str) -> None:
    """delta, its variance and degrees of freedom from k x k matrices; at the variances found the restricted score is nought or points out of the space."""
    data = literature(20, name)
    fit = meta.glmm(data["x"], data["n"], data["mods"], cluster=data["cluster"])
    model = working_model(fit, data["x"], data["n"], data["mods"], "log10_n", data["cluster"])
    null, found, k = model._restricted(model.y, model.others), model(0.0), 20
    z = np.eye(k) if data["cluster"] is None else (data["cluster"][:, None] == np.unique(data["cluster"])).astype(float)
    parts = [np.eye(k)] if data["cluster"] is None else [np.eye(k), z @ z.T]
    v = np.diag(model.v) + sum(t * c for t, c in zip(null.theta, parts, strict=True))
    w, n = np.linalg.inv(v), model.others
    p = w - w @ n @ np.linalg.inv(n.T @ w @ n) @ n.T @ w
    for t, c in zip(null.theta, parts, strict=True):
        score = model.y @ p @ c @ p @ model.y - np.trace(p @ c)
        assert score == pytest.approx(0, abs=1e-5) if t > 0 else score <= 1e-5
    info, free = float(model.column @ p @ model.column), k - n.shape[1]
    step, before = float(model.column @ p @ model.y) / info, float(model.y @ p @ model.y) / free / info
    kinds = [v] if data["cluster"] is None else [v, z @ z.T]
    g = np.array([float(model.column @ p @ c @ p @ model.column) / info for c in kinds])
    total = 1 / (g @ np.linalg.solve([[np.trace(p @ a @ p @ b) for b in kinds] for a in kinds], g))
    assert found.step == pytest.approx(step, rel=1e-8)
    assert found.df == pytest.approx(total - 1, rel=1e-8)
    assert found.se**2 == pytest.approx((total * before - step**2) / (total - 1), rel=1e-8)


def test_rows_alone_are_a_weighted_regression() -> None:
    """Where each paper has one row, t is that of least squares with the weights of the model without the slope."""
    data = literature(12, "normal effects")
    fit = meta.glmm(data["x"], data["n"], data["mods"])
    model = working_model(fit, data["x"], data["n"], data["mods"], "log10_n")
    tau2 = float(model._restricted(model.y, model.others).theta[0])
    root = np.sqrt(1 / (model.v + tau2))
    x = np.column_stack((model.others, model.column)) * root[:, None]
    coef, rss, *_ = np.linalg.lstsq(x, model.y * root, rcond=None)
    se = np.sqrt(rss[0] / 10 * np.linalg.inv(x.T @ x)[-1, -1])
    assert model(0.0).t == pytest.approx(coef[-1] / se, rel=1e-8)
    assert model(0.0).df == 10


@pytest.mark.parametrize("name", ["normal effects", "papers, n the same within", "tasks and years held"])
@pytest.mark.parametrize("k", [6, 20])
def test_interval_holds_what_is_not_rejected(name: str, k: int) -> None:
    data = literature(k, name, seed=k)
    test = run(data)
    model = working_model(test.fit, data["x"], data["n"], data["mods"], "log10_n", data["cluster"])
    assert test.ci_lb < test.estimate < test.ci_ub
    assert model(test.ci_lb).pval == pytest.approx(0.05, abs=1e-4)
    assert model(test.ci_ub).pval == pytest.approx(0.05, abs=1e-4)
    assert (test.pval < 0.05) == (not test.ci_lb < 0 < test.ci_ub)
    assert test.to_dict()["pval"] == test.pval


def test_fit_is_that_of_the_model() -> None:
    data = literature(20, "papers, normal effects")
    fit = meta.glmm(data["x"], data["n"], data["mods"], cluster=data["cluster"])
    assert run(data).estimate == fit.beta[1]


@pytest.mark.parametrize("papers", [2, 4])
def test_few_papers_test_nothing(papers: int) -> None:
    data = literature(12, "normal effects")
    test = meta.score_test(data["x"], data["n"], data["mods"], "log10_n", np.arange(12) % papers)
    assert np.isnan([test.pval, test.ci_lb, test.ci_ub, test.power(-0.5)]).all()
    assert np.isfinite(test.estimate)
    assert f"{papers} papers" in test.untested
    assert test.to_dict()["pval"] is None


def test_values_that_do_not_differ_test_nothing() -> None:
    n = np.array([50, 100, 200, 400, 800, 1000])
    test = meta.score_test(0.8 * n, n, {"log10_n": np.log10(n)}, "log10_n")
    assert test.untested
    assert np.isnan(test.pval)


def test_unknown_coefficient_is_refused() -> None:
    with pytest.raises(MetaError, match="no coefficient"):
        meta.score_test([40, 62, 30, 80, 70, 66], [50, 80, 45, 90, 80, 75], {"a": range(6)}, "b")


def frame(data: dict, papers: np.ndarray) -> pd.DataFrame:
    names = [f"p{p}" for p in papers]
    return pd.DataFrame(
        {"estimate": data["x"] / data["n"], "n": data["n"], "year": 2015.0, "study_id": names, "reference": names, "effect_id": range(len(names)), "task": "a"}
    )  # fmt: skip


def test_primary_row_is_the_score_test() -> None:
    data = literature(20, "normal effects", seed=2)
    row, test = primary(frame(data, np.arange(20))), run(data)
    assert row.numbers["p"] == pytest.approx(test.pval)
    assert row.numbers["ci"] == pytest.approx((test.ci_lb, test.ci_ub))
    assert f"one of 5.8 in {100 * test.power(-0.5):.0f} %." in row.words


def test_primary_row_of_four_papers_says_that_nothing_can_be_tested() -> None:
    row = primary(frame(literature(12, "normal effects"), np.arange(12) % 4))
    assert row.p == row.interval == "–"
    assert row.words.count("Nothing can be tested") == 1
    assert "4 papers" in row.words


@pytest.mark.parametrize(("name", "slope", "told"), [("normal effects", -0.5, 40), ("papers, normal effects", -0.7, 30)])
def test_power_is_what_simulation_finds(name: str, slope: float, told: int) -> None:
    """The closed form, averaged over some literatures, against the share of more of them in which the test rejects."""
    found = cell(name, 20, seed=5, replicates=400, slope=slope)["score"]
    closed = np.mean([run(literature(20, name, seed, slope)).power(slope) for seed in range(told)])
    assert closed == pytest.approx(found, abs=0.1)


@pytest.mark.parametrize(("name", "k"), [("normal effects", 6), ("papers, n the same within", 10), ("beta-binomial, correlation .05", 20)])
def test_level_where_z_rejects_too_often(name: str, k: int) -> None:
    """The score test stays within three standard errors of 5 %, Wald's z on the same literatures does not."""
    found, most = cell(name, k, 3, 600), float(stats.binom.ppf(0.999, 600, 0.05)) / 600
    assert found["score"] < most < found["z"]


def test_trend_has_the_tests_of_both_slopes() -> None:
    data = literature(20, "papers, normal effects")
    year = 2010.0 + np.arange(20) % 7
    found = meta.trend(data["x"] / data["n"], data["n"], year, data["cluster"], centre=2013)
    for name, test in (("log10_n", found.size_test), ("year", found.year_test)):
        alone = meta.score_test(data["x"], data["n"], {"log10_n": np.log10(data["n"]), "year": year - 2013}, name, data["cluster"])
        assert test is not None
        assert (test.estimate, test.pval, test.ci_lb) == (alone.estimate, alone.pval, alone.ci_lb)
    words = meta.report_text(found)
    assert f"t({found.size_test.df:.3g}) = {found.size_test.tval:.2f}" in words.results
    assert any("Rao" in work for work in words.references)


def test_scores_of_four_papers_are_not_tested() -> None:
    from miner.meta.effects.scores import metric_of

    data = frame(literature(12, "normal effects"), np.arange(12) % 4)
    row = primary(data.assign(metric="dice"), metric_of("dice"))
    assert np.isfinite(row.numbers["beta"])
    assert row.p == row.interval == "–"
    assert "4 papers" in row.words
    five = primary(data.assign(metric="dice", study_id=[f"p{i % 5}" for i in range(12)]), metric_of("dice"))
    assert five.numbers["p"] > 0.05
    assert "of literatures" in five.words


def test_slopes_of_the_report_are_score_tests() -> None:
    from miner.report.tasks.slopes import PRIMARY, slopes

    data = literature(20, "papers, normal effects")
    table = pd.DataFrame(
        {"estimate": data["x"] / data["n"], "n": data["n"], "year": 2010.0 + np.arange(20) % 7, "cluster": data["cluster"]}
    )
    found = slopes(table, (PRIMARY,))
    mods = {"log10_n": np.log10(data["n"]), "year": table["year"] - 2013}
    for what, name in (("size", "log10_n"), ("year", "year")):
        test, slope = meta.score_test(data["x"], data["n"], mods, name, data["cluster"]), found.get(PRIMARY, what)
        assert (slope.p, slope.df) == (pytest.approx(test.pval, rel=1e-6), pytest.approx(test.df, rel=1e-6))
    few = slopes(table.assign(cluster=np.arange(20) % 4), (PRIMARY,)).get(PRIMARY)
    assert np.isnan([few.p, few.low, few.high]).all()
    assert np.isfinite(few.estimate)


def test_power_by_hand() -> None:
    """A t test with many degrees of freedom is that of the normal distribution; at no effect the power is the level."""
    from miner.meta.models.score_test import power

    assert power(-0.5, 0.2, 1e7) == pytest.approx(stats.norm.sf(1.959964 - 2.5) + stats.norm.cdf(-1.959964 - 2.5), abs=1e-5)
    assert power(0.0, 0.2, 6, alpha=0.01) == pytest.approx(0.01, abs=1e-5)
    assert power(0.6, 0.2, 8) == power(-0.6, 0.2, 8) == pytest.approx(stats.ncf.sf(stats.t.isf(0.025, 8) ** 2, 1, 8, 9), abs=1e-5)
    test = run(literature(20, "normal effects"))
    assert test.power(-0.5, alpha=0.01) == pytest.approx(
        power(-0.5, test.score_se, test.score_df, 0.01), rel=0.02
    )  # one row a paper: nearly the same


def test_level_and_nodes() -> None:
    data = literature(20, "normal effects")
    test = meta.score_test(data["x"], data["n"], data["mods"], "log10_n", level=0.9, nAGQ=1)
    fit = meta.glmm(data["x"], data["n"], data["mods"], nAGQ=1)
    model = working_model(fit, data["x"], data["n"], data["mods"], "log10_n")
    assert test.estimate == fit.beta[1] != run(data).estimate
    assert [model(end).pval for end in (test.ci_lb, test.ci_ub)] == pytest.approx([0.1, 0.1], abs=1e-4)


def test_slow_climbs_end() -> None:
    """Average information steps that shrink by a ninth each: they were given up after 200."""
    x, n = np.array([143, 300, 382, 203, 27, 20]), np.array([165, 351, 436, 254, 27, 20])
    test = meta.score_test(x, n, {"log10_n": np.log10(n)}, "log10_n", [0, 1, 2, 3, 4, 4])
    assert 0 < test.pval < 1


@pytest.mark.parametrize("name", ["tasks and years held", "papers, tasks and years held"])
def test_many_literatures_at_once_have_the_same_figures(name: str) -> None:
    """What the simulations rest on: dense matrices and quasi-Newton steps against the package, literature by literature."""
    drawn = [draw(np.random.default_rng(seed), 20, NULLS[name]) for seed in range(4)]
    found = together(drawn)
    for p, data in zip(found, drawn, strict=True):
        assert p == pytest.approx(np.array(alone(data, "log10_n")), abs=2e-5)
