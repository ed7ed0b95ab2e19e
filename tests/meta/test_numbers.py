"""Right values where wrong ones stood: each with the faults of its kind. What R says of them: tests/metafor/live/fixtures."""

from __future__ import annotations

import datetime as dt
import math
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from miner import meta
from miner.errors import MetaError

Y, V = [0.10, 0.12, 0.5, 0.52, 0.9, 0.88], [0.01] * 6
G = list("aabbcc")


# Labels of inner groups --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inner", [[1, 1, 2, 1, 2, 2], list("aababb"), [("a", 1), ("a", 1), ("b", 1), ("a", 1), ("b", 1), ("b", 1)]])
def test_inner_groups_may_have_any_labels(inner: list[Any]) -> None:
    fit = meta.multilevel(Y, V, ["p", "p", "p", "q", "q", "q"], inner=inner)
    assert fit.s_levels == (2, 4)
    assert fit.sigma2 == pytest.approx(meta.multilevel(Y, V, [0, 0, 0, 1, 1, 1], inner=[0, 0, 1, 2, 3, 3]).sigma2)


@pytest.mark.parametrize("inner", [[1, 1, None, 1, 2, 2], [1, 2, 3], [1, 1, float("nan"), 1, 2, 2], ["a", "a", " ", "b", "b", "b"]])
def test_inner_groups_without_labels_are_refused(inner: list[Any]) -> None:
    with pytest.raises(MetaError, match="inner"):
        meta.multilevel(Y, V, ["p", "p", "p", "q", "q", "q"], inner=inner)


def test_a_design_that_tells_all_clusters_apart_leaves_no_variance_between_them() -> None:
    with pytest.raises(MetaError, match="nothing is left"):
        meta.multilevel(Y, V, [0, 0, 0, 1, 1, 1], mods={"side": [0, 0, 0, 1, 1, 1]})


# Designs without an intercept -------------------------------------------------------------------------------------------------------------


def test_a_category_without_intercept_keeps_all_levels() -> None:
    fit = meta.pool(Y, V, {"g": G}, intercept=False)
    assert fit.names == ("ga", "gb", "gc")
    assert fit.beta == pytest.approx([0.11, 0.51, 0.89])
    assert (fit.QE, fit.QEp) == pytest.approx((0.06, stats.chi2.sf(0.06, 3)))
    both = meta.pool(Y, V, {"x": [1, 2, 3, 1, 2, 3], "g": G, "h": list("pqpqqp")}, intercept=False, method="EE")
    assert both.names == ("x", "ga", "gb", "gc", "hq")


def test_the_space_of_a_category_is_the_same_with_and_without_intercept() -> None:
    y, v = [0.1, 0.3, 0.5, 0.2, 0.9, 0.6, 0.7], [0.01, 0.02, 0.01, 0.03, 0.01, 0.02, 0.04]
    g = {"g": list("aabbccc")}
    with_it, without = meta.pool(y, v, g), meta.pool(y, v, g, intercept=False)
    assert (with_it.tau2, with_it.QE, with_it.ll_ML) == pytest.approx((without.tau2, without.QE, without.ll_ML))
    for kind in ("QP", "PL"):
        assert meta.tau2_interval(y, v, g, kind=kind, intercept=False).tau2 == pytest.approx(
            meta.tau2_interval(y, v, g, kind=kind).tau2, abs=1e-9
        )  # type: ignore[arg-type]
    y, v = [0.5, 0.6, 0.1, 0.8, 0.3, 0.45, 0.2, 0.7, 0.15], [0.04, 0.05, 0.01, 0.09, 0.03, 0.02, 0.01, 0.06, 0.02]
    g = {"g": list("aabbababa")}
    one, other = (meta.selection_model(y, v, mods=g, method="EE", intercept=i) for i in (True, False))
    assert other.names == ("ga", "gb")
    assert other.beta == pytest.approx([one.beta[0], one.beta[0] + one.beta[1]], abs=1e-6)


def test_numbers_without_intercept_are_a_line_through_the_origin() -> None:
    """R's rma.mv(yi, vi, mods=~x-1, random=~1|id), since rma() of metafor 3.8 centres the effects: tau² and the slope by REML."""
    y, v, x = np.array([1.1, 1.9, 3.2, 3.9, 5.3]), np.full(5, 0.01), np.arange(1.0, 6.0)
    fit = meta.pool(y, v, {"x": x}, intercept=False)
    slope = float(np.sum(x * y) / np.sum(x**2))
    assert fit.beta[0] == pytest.approx(slope)
    assert fit.tau2 == pytest.approx(np.sum((y - slope * x) ** 2) / 4 - 0.01)  # equal variances: REML has a closed form
    assert np.isnan(fit.pi_lb)


def test_nothing_to_fit_is_refused() -> None:
    with pytest.raises(MetaError, match="neither"):
        meta.pool(Y, V, intercept=False)


# Stop rules that know rounding ------------------------------------------------------------------------------------------------------------


def test_reml_of_raw_accuracies() -> None:
    """R: rma(c(.99,.98,.97,.95), c(1e-4,1e-4,2e-4,4e-4), control=list(threshold=1e-14)); its default threshold says 5.245e-6."""
    y, v = [0.99, 0.98, 0.97, 0.95], [1e-4, 1e-4, 2e-4, 4e-4]
    assert meta.pool(y, v).tau2 == pytest.approx(2.65372643e-6, rel=1e-7)
    assert meta.pool(y, v, method="ML").tau2 == 0
    for call in (meta.leave_one_out, meta.cumulative, meta.trimfill, meta.influence):
        assert call(y, v) is not None
    assert meta.leave_one_out(y, v).tau2[0] == meta.pool(y[1:], v[1:]).tau2


def test_a_likelihood_with_two_maxima() -> None:
    """A precise study apart from many imprecise ones: the highest maximum is taken, and said."""
    y = np.array([0.0, 1.0, 0.9, 1.1, 1.05, 0.02])
    v = np.array([1e-4, 0.04, 0.05, 0.04, 0.03, 1e-4])
    found = [(t, meta.pool(y, v).ll_REML) for t in (meta.pool(y, v).tau2,)]
    grid = np.concatenate(([0.0], np.geomspace(1e-6, 10, 400)))

    def height(t: float) -> float:
        w = 1 / (v + t)
        mean = np.sum(w * y) / np.sum(w)
        return float(-0.5 * (np.sum(np.log(v + t)) + np.sum(w * (y - mean) ** 2) + np.log(np.sum(w))))

    heights = np.array([height(t) for t in grid])
    tops = [i for i in range(1, len(grid) - 1) if heights[i] > heights[i - 1] and heights[i] > heights[i + 1]]
    assert height(found[0][0]) >= heights.max() - 1e-12
    assert (len(tops) + (heights[0] > heights[1]) > 1) == any("maxima" in w for w in meta.pool(y, v).warnings)


def exact(y: list[float], v: list[float]) -> tuple[float, float]:
    """Return Cochran's Q and the standard error of DerSimonian & Laird's tau² in rational arithmetic."""
    a, w = [Fraction(x) for x in y], [1 / Fraction(x) for x in v]
    total, k = sum(w), len(y)
    mean = sum(wi * yi for wi, yi in zip(w, a, strict=True)) / total
    q = sum(wi * (yi - mean) ** 2 for wi, yi in zip(w, a, strict=True))
    p = [[(w[i] if i == j else 0) - w[i] * w[j] / total for j in range(k)] for i in range(k)]
    trace = sum(p[i][i] for i in range(k))
    t = max(Fraction(0), (q - (k - 1)) / trace)
    full = [1 / wi + t for wi in w]
    variance = 2 * sum(p[i][j] ** 2 * full[i] * full[j] for i in range(k) for j in range(k)) / trace**2
    return float(q), math.sqrt(variance)


@pytest.mark.parametrize("seed", range(5))
def test_one_study_with_all_the_weight_costs_no_digits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.01, 0.2, 9)
    y = rng.normal(0.3, np.sqrt(v + 0.5))
    v[3] *= 1e-6
    fit = meta.pool(y, v, method="DL")
    q, se = exact(y.tolist(), v.tolist())
    assert pytest.approx(q, rel=1e-11) == fit.QE
    assert fit.se_tau2 == pytest.approx(se, rel=1e-9)


# Knapp & Hartung, identical effects, one study --------------------------------------------------------------------------------------------

AGREE = ([0.30, 0.31, 0.29, 0.30], [0.04, 0.05, 0.06, 0.05])


def test_knapp_and_hartung_say_where_they_are_too_narrow() -> None:
    plain, narrow = meta.pool(*AGREE), meta.pool(*AGREE, test="knha")
    assert (narrow.ci_lb[0], narrow.ci_ub[0]) == pytest.approx((0.2881, 0.3127), abs=1e-4)
    assert "narrower" in narrow.warnings[0]
    assert not any("narrower" in w for w in (*plain.warnings, *meta.pool(*AGREE, test="adhoc").warnings))


def test_corrections_of_knapp_and_hartung() -> None:
    """Ad hoc: t with the unscaled variance; hybrid: the wider interval; IQWiG: ad hoc where narrower than DerSimonian & Laird's."""
    plain, t = meta.pool(*AGREE), float(stats.t.ppf(0.975, 3))
    for test in ("adhoc", "IQWiG6"):
        fit = meta.pool(*AGREE, test=test)  # type: ignore[arg-type]
        assert fit.ci_ub[0] == pytest.approx(plain.beta[0] + t * plain.se[0])
    hybrid = meta.pool(*AGREE, test="hybrid")
    assert (hybrid.ci_lb[0], hybrid.pval[0], hybrid.dfs) == (plain.ci_lb[0], plain.pval[0], None)
    y, v = [0.1, 0.9, 0.4, -0.3, 0.6], [0.02, 0.03, 0.01, 0.05, 0.02]
    apart = meta.pool(y, v, test="knha")
    for test in ("hybrid", "IQWiG6", "adhoc"):  # effects that differ: nothing to correct but for a scale just below 1
        fit = meta.pool(y, v, test=test)  # type: ignore[arg-type]
        assert fit.ci_ub[0] - fit.ci_lb[0] >= apart.ci_ub[0] - apart.ci_lb[0] - 1e-12
        assert fit.dfs == 4


SAME = ([0.3] * 5, [0.02, 0.03, 0.01, 0.04, 0.02])
CLUSTER = [1, 1, 2, 2, 3]
UNTESTABLE: dict[str, Callable[[], Any]] = {
    "pool": lambda: meta.pool(*SAME, test="knha"),
    "pool with moderators": lambda: meta.pool([1, 2, 3, 4, 5], SAME[1], {"x": [1, 2, 3, 4, 5]}, test="knha"),
    "robust": lambda: meta.robust(meta.pool(*SAME), CLUSTER),
    "regtest": lambda: meta.regtest(*SAME, model="lm"),
    "permutation_test": lambda: meta.permutation_test(*SAME, test="knha"),
    "worst_case": lambda: meta.worst_case(*SAME),
    "peters_like": lambda: meta.peters_like(SAME[0], [20, 40, 50, 60, 90]),
    "deeks_like": lambda: meta.deeks_like(SAME[0], [20, 40, 50, 60, 90]),
    "pet_peese": lambda: meta.pet_peese(*SAME),
    "spline_test": lambda: meta.spline_test(np.arange(9.0), np.arange(9.0)),
    "trimfill": lambda: meta.trimfill(*SAME),
}


@pytest.mark.parametrize("name", UNTESTABLE)
def test_identical_effects_cannot_be_tested_by_their_residuals(name: str) -> None:
    """Rounding left 1e-17 of them, and p-values of 1e-32."""
    with pytest.raises(MetaError, match=r"nothing can be tested|same|no residual|exactly"):
        UNTESTABLE[name]()


def test_a_perfect_line_has_no_p_values() -> None:
    fit = meta.linear([1.0, 2.0, 3.0, 4.0], {"x": [1, 2, 3, 4]})
    assert fit.coef == pytest.approx([0, 1], abs=1e-12)
    assert np.isnan([*fit.se, *fit.p, *fit.ci_lb, fit.F]).all()
    assert "nothing can be tested" in fit.warnings[-1]


def test_identical_effects_still_pool() -> None:
    fit = meta.pool(*SAME, test="adhoc")
    assert fit.beta[0] == pytest.approx(0.3)
    assert fit.pval[0] > 1e-4


def test_one_study_has_neither_heterogeneity_nor_prediction_interval() -> None:
    fit = meta.pool([0.3], [0.05])
    assert np.isnan([fit.I2, fit.H2, fit.pi_lb, fit.pi_ub, fit.pi_lb_riley]).all()
    assert "I2" not in str(fit)
    assert "nan" not in meta.report_text(fit).results
    first = meta.cumulative([0.3, 0.5, 0.1], [0.05, 0.02, 0.01])
    assert np.isnan([first.I2[0], first.H2[0]]).all()
    assert np.isfinite(first.I2[1:]).all()


def test_equal_effects_have_no_prediction_interval() -> None:
    fit = meta.pool([0.3, 0.5, 0.1], [0.05, 0.02, 0.01], method="EE")
    assert np.isnan([fit.pi_lb, fit.pi_ub, fit.pi_lb_riley, fit.pi_ub_riley]).all()
    assert "new study" not in meta.report_text(fit).results


# Counts that are no counts, rows that do not match, categories, dates -----------------------------------------------------------------------

SHARES: dict[str, Callable[[], Any]] = {
    "glmm": lambda: meta.glmm([0.91, 0.88, 0.75, 0.8], [100, 200, 50, 80]),
    "glmm n": lambda: meta.glmm([91, 88, 70], [100.5, 200, 80]),
    "glmm_arms": lambda: meta.glmm_arms([0.1, 0.2, 0.3], [30, 40, 50], [3, 4, 5], [30, 40, 50]),
    "bivariate": lambda: meta.bivariate([0.9, 0.8, 0.7, 0.9], [2, 9, 30, 10], [3, 8, 20, 9], [25, 50, 150, 60]),
    "deeks": lambda: meta.deeks([0.9, 0.8, 0.7], [3, 8, 20], [2, 9, 30], [25, 50, 150]),
    "peters_like": lambda: meta.peters_like([2.2, 1.9, 1.5], [20, 40, 100], [0.9, 0.8, 0.7]),
    "mantel_haenszel": lambda: meta.mantel_haenszel([0.4, 6], [119, 300], [11, 29], [128, 274]),
    "peto": lambda: meta.peto([4, 6], [119, 300.5], [11, 29], [128, 274]),
    "effect_sizes": lambda: meta.effect_sizes("PLO", [0.91, 0.88], [100, 200]),
    "effect_sizes_arms": lambda: meta.effect_sizes_arms("OR", [0.1, 0.2], [30, 40], [0.2, 0.4], [30, 40]),
    "arcsine_thompson_like": lambda: meta.arcsine_thompson_like([0.9, 0.8, 0.7], [20, 40, 100]),
}


@pytest.mark.parametrize("name", SHARES)
def test_shares_are_no_counts(name: str) -> None:
    with pytest.raises(MetaError, match=r"whole|share"):
        SHARES[name]()


def test_rounding_errors_of_an_accuracy_times_n_are_counts() -> None:
    n = np.array([100.0, 300.0, 70.0])
    assert meta.glmm(np.array([0.29, 0.57, 0.7]) * n, n).ll == meta.glmm([29, 171, 49], n).ll


FRAME = pd.DataFrame(
    {
        "y": Y,
        "v": [0.01, 0.02, 0.03, 0.02, 0.01, 0.04],
        "x": [3, 1, 4, 1, 5, 9],
        "paper": list("ppqqrr"),
        "n": [20, 30, 40, 50, 60, 70],
        "g": G,
    },
    index=list("uvwxyz"),
)
TURNED = FRAME.sample(frac=1, random_state=3)
ROWS: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Any]] = {
    "pool": lambda a, b: meta.pool(a.y, b.v, {"x": b.x, "g": b.g}).beta,
    "pool frame": lambda a, b: meta.pool(a.y, b.v, b[["x", "g"]]).beta,
    "tau2_interval": lambda a, b: meta.tau2_interval(a.y, b.v, b.x).tau2,
    "multilevel": lambda a, b: meta.multilevel(a.y, a.v, b.paper).sigma2,
    "robust": lambda a, b: meta.robust(meta.pool(a.y, a.v), b.paper).se,
    "robust multilevel": lambda a, b: meta.robust(meta.multilevel(a.y, a.v, a.paper), b.paper).se,
    "glmm": lambda a, b: meta.glmm((a.n * 0.5).round(), b.n, b.x).beta,
    "linear": lambda a, b: meta.linear(a.y, b.x, weights=b.n, vcov="CR1", cluster=b.paper).se,
    "quantile_regression": lambda a, b: meta.quantile_regression(a.y, b.x, [0.5])["0.5"].coef,
    "mixed": lambda a, b: meta.mixed(a.y, None, b.paper).sd_cluster,
    "regtest": lambda a, b: meta.regtest(a.y, b.v, b.n, predictor="ninv").coef,
    "ranktest_n": lambda a, b: meta.ranktest_n(a.y, b.n).tau,
    "effect_sizes": lambda a, b: meta.effect_sizes("PLO", a.x, b.n).yi,
    "leave_one_out": lambda a, b: meta.leave_one_out(a.y, b.v, cluster=b.paper).estimate,
    "cumulative": lambda a, b: meta.cumulative(a.y, b.v, b.x).estimate,
    "influence": lambda a, b: meta.influence(a.y, b.v, b.x).cook_d,
    "trimfill": lambda a, b: meta.trimfill(a.y, b.v, side="left").estimate,
    "worst_case": lambda a, b: meta.worst_case(a.y, b.v, cluster=b.paper).se,
    "selection_model": lambda a, b: meta.selection_model(a.y, b.v, method="EE", empty="warn").beta,
    "excess_significance": lambda a, b: meta.excess_significance(a.y, b.v).E,
    "funnel": lambda a, b: meta.funnel(a.y, b.v, b.n, on="n").reference,
    "noise_envelope": lambda a, b: meta.noise_envelope(a.y, b.n).mean_z2,
    "records": lambda a, b: meta.records_below_noise(a.y, b.n, b.x).rows,
    "mantel_haenszel": lambda a, b: meta.mantel_haenszel(a.x, a.n, b.x, b.n).se,
    "henmi_copas": lambda a, b: meta.henmi_copas(a.y, b.v).ci_ub,
    "permutation_test": lambda a, b: meta.permutation_test(a.y, b.v, b.x, iterations=20).QM,
    "proportion_interval": lambda a, b: meta.proportion_interval(a.y, b.n).ci_lb,
    "lowess_band": lambda a, b: meta.lowess_band(a.y, b.x, replicates=3, cluster=b.paper).y,
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_matched_by_their_labels(name: str) -> None:
    assert ROWS[name](FRAME, TURNED) == pytest.approx(ROWS[name](FRAME, FRAME))
    with pytest.raises(MetaError, match="labels"):
        ROWS[name](FRAME, FRAME.reset_index(drop=True))
    with pytest.raises(MetaError, match="labels"):
        ROWS[name](FRAME, FRAME.iloc[:4])


def test_lists_beside_a_series_stay_in_their_order() -> None:
    assert meta.pool(FRAME.y, FRAME.v.tolist()).beta == pytest.approx(meta.pool(FRAME.y, FRAME.v).beta)
    twice = pd.concat([FRAME, FRAME])  # labels that are there twice match only where their order is the same
    assert meta.pool(twice.y, twice.v).k == 12
    with pytest.raises(MetaError, match="labels"):
        meta.pool(twice.y, twice.v.iloc[::-1])


def test_categories_keep_their_order() -> None:
    ordered = pd.Categorical(G, categories=["c", "unused", "b", "a"])
    for mods in ({"g": ordered}, pd.DataFrame({"g": ordered}), pd.Series(ordered, name="g")):
        fit = meta.pool(Y, V, mods)
        assert fit.names == ("intrcpt", "gb", "ga")
        assert fit.beta == pytest.approx([0.89, -0.38, -0.78])
    years = meta.pool(Y, V, {"year": pd.Categorical([2010.0, 2010, 2011, 2011, 2012, 2012])})
    assert years.names == ("intrcpt", "year2011", "year2012")  # a category of numbers is one, as R's factor()
    assert meta.cumulative(Y, V, pd.Categorical(list("hmlhml"), categories=["l", "m", "h"])).order.tolist() == [2, 5, 1, 4, 0, 3]


DATES: dict[str, Any] = {
    "timestamps": pd.date_range("2020-01-01", periods=6), "numpy": np.arange("2020-01", "2020-07", dtype="datetime64[M]"), "dates": [dt.date(2020, 1, i) for i in range(1, 7)],
    "text": [f"2020-0{i}-01" for i in (1, 1, 2, 2, 3, 3)], "durations": pd.to_timedelta(range(6), unit="D"), "periods": pd.period_range("2020", periods=6, freq="Y"),
}  # fmt: skip


@pytest.mark.parametrize("name", DATES)
def test_dates_are_no_categories_and_no_numbers(name: str) -> None:
    calls: tuple[Callable[[Any], Any], ...] = (
        lambda d: meta.pool(Y, V, {"d": d}), lambda d: meta.glmm([9, 8, 7, 6, 5, 4], [10] * 6, {"d": d}), lambda d: meta.linear(Y, {"d": d}), lambda d: meta.pool(d, V), lambda d: meta.trend(Y, [20, 30, 40, 50, 60, 70], d),
    )  # fmt: skip
    for call in calls:
        with pytest.raises(MetaError, match="date"):
            call(DATES[name])


def test_missing_values_of_all_kinds_are_refused_in_words() -> None:
    for column in (
        pd.Series([1, None, 3, 4, 5, 6], dtype="Int64"),
        pd.Series(["a", None, "b", "b", "a", "a"], dtype="string"),
        pd.Categorical(["a", None, "b", "b", "a", "a"]),
    ):
        with pytest.raises(MetaError, match="missing"):
            meta.pool(Y, V, {"g": column})
    with pytest.raises(MetaError, match="missing"):
        meta.pool(np.ma.masked_array(Y, mask=[1, 0, 0, 0, 0, 0]), V)
    with pytest.raises(MetaError, match="missing"):
        meta.multilevel(Y, V, pd.Series(["a", pd.NA, "b", "b", "c", "c"], dtype="string"))
    with pytest.raises(MetaError, match="label"):
        meta.multilevel(Y, V, [["a"], ["b"], ["b"], ["c"], ["c"], ["a"]])
    with pytest.raises(MetaError, match="sorted"):
        meta.cumulative(Y, V, [1, "a", 2, 3, 4, 5])


# Tables, limits, p-uniform -----------------------------------------------------------------------------------------------------------------


def test_studies_without_events_in_both_arms() -> None:
    """metafor: rma.mh(measure="RD", drop00=TRUE) leaves them out of the heterogeneity, drop00=c(TRUE,TRUE) out of the mean too."""
    table = ([0, 0, 3, 5, 0, 12], [20, 30, 17, 25, 50, 40], [0, 2, 5, 9, 0, 20], [22, 28, 15, 21, 48, 32])
    default, kept, dropped = (meta.mantel_haenszel(*table, "RD", drop00=d) for d in (True, False, (True, True)))
    assert pytest.approx((1.0525265, 19.982131, 1.2819692), rel=1e-6) == (default.QE, kept.QE, dropped.QE)
    assert default.beta == kept.beta == pytest.approx(-0.0792346, abs=1e-7)
    assert (dropped.beta, dropped.k) == (pytest.approx(-0.1212121, abs=1e-7), 4)
    assert meta.mantel_haenszel(*table, "RD").QE == default.QE
    assert "not in the test of heterogeneity" in default.warnings[0]


def test_limit_meta_analysis_by_hand() -> None:
    """Rücker et al. (2011): tau² by DerSimonian & Laird, then the generalised radial plot, step by step."""
    y, v = np.array([0.9, 0.7, 0.2, 0.35, 0.1]), np.array([0.2, 0.1, 0.05, 0.04, 0.01])
    w = 1 / v
    q = np.sum(w * (y - np.sum(w * y) / np.sum(w)) ** 2)
    tau2 = (q - 4) / (np.sum(w) - np.sum(w**2) / np.sum(w))
    assert tau2 > 0
    x, z = 1 / np.sqrt(v + tau2), y / np.sqrt(v + tau2)
    beta = np.sum((x - x.mean()) * (z - z.mean())) / np.sum((x - x.mean()) ** 2)
    alpha = z.mean() - beta * x.mean()
    found = meta.limit_meta_rucker(y, v, "DL", level=0.9)
    assert (found.tau2, found.alpha, found.beta) == pytest.approx((tau2, alpha, beta))
    assert found.estimate == pytest.approx(beta + np.sqrt(tau2) * alpha)
    assert found.limit_effects == pytest.approx(beta + np.sqrt(tau2 / (v + tau2)) * (y - beta))
    r = 1 / np.sqrt(v)
    assert found.se == pytest.approx(1 / (np.std(r, ddof=1) * 2))
    assert found.ci_ub - found.estimate == pytest.approx(stats.norm.ppf(0.95) * found.se)
    assert pytest.approx(q) == found.Q
    assert found.Q_small + found.Q_resid == pytest.approx(q)


def test_limit_meta_analysis_as_published() -> None:
    """The mindfulness trials of Harrer et al. (2021), Doing Meta-Analysis in R: adjusted -0.03 [-0.36, 0.29], random effects 0.58, Q 45.50."""
    y = [
        0.7091,
        0.3549,
        1.7912,
        0.1825,
        0.4219,
        0.63,
        0.7249,
        0.5287,
        0.2840,
        1.2751,
        0.1036,
        0.3884,
        0.5407,
        0.4262,
        0.5154,
        1.4797,
        0.6126,
        0.6,
    ]
    s = [
        0.2608,
        0.1964,
        0.3456,
        0.1178,
        0.1448,
        0.1960,
        0.2247,
        0.2105,
        0.1680,
        0.3372,
        0.1947,
        0.2308,
        0.2443,
        0.2579,
        0.3513,
        0.3153,
        0.2267,
        0.2490,
    ]
    found = meta.limit_meta_rucker(y, np.square(s))
    assert (found.estimate, found.ci_lb, found.ci_ub) == pytest.approx((-0.0345, -0.3630, 0.2940), abs=2e-4)
    assert (found.tau2, found.estimate_random, found.Q, found.Q_small) == pytest.approx((0.0820, 0.5771, 45.50, 26.28), abs=6e-3)


def test_limit_meta_analysis_without_heterogeneity_is_eggers() -> None:
    y, v = [0.9, 0.5, 0.4, 0.3], [0.2, 0.1, 0.05, 0.01]
    found, egger = meta.limit_meta_rucker(y, v), meta.regtest(y, v, model="lm")
    assert found.tau2 == 0
    assert found.estimate == pytest.approx(egger.limit_est)


def test_the_old_name_of_henmi_and_copas() -> None:
    y, v = [0.1, 0.3, 0.5, 0.2], [0.01, 0.02, 0.03, 0.01]
    with pytest.warns(DeprecationWarning, match="henmi_copas"):
        old = meta.limit_meta(y, v, level=0.9, tol=1e-6)
    assert old.to_dict() == meta.henmi_copas(y, v, level=0.9, tol=1e-6).to_dict()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        meta.henmi_copas(y, v)


def test_a_ratio_at_which_one_study_has_all_the_weight() -> None:
    """The search for the S-value ended in a traceback where the only result that is not affirmative outweighs the others by 1e26."""
    found = meta.worst_case([1.0, 1.0, 1.1, -0.2], [0.05, 0.05, 0.05, 0.04])
    assert found.s_value_ci >= 1
    assert found.k_affirmative == 3
