"""Properties of the publication-bias tests, and what they say of impossible or unsuitable input."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from miner import meta
from miner.errors import MetaError
from miner.meta.bias.henmi_copas import _moments
from miner.meta.models.tau2 import wls
from miner.meta.numerics.roots import zeroin

Data = tuple[np.ndarray, np.ndarray]


@st.composite
def studies(draw: st.DrawFn, least: int = 4, most: int = 12) -> Data:
    """Draw effects and variances that differ."""
    k = draw(st.integers(least, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    v = np.exp(rng.normal(-2, 1, k))
    return rng.normal(draw(st.floats(-1, 1)), np.sqrt(v + draw(st.sampled_from([0.0, 0.2])))), v


ALL: dict[str, Callable[[Any, Any], Any]] = {
    "regtest": meta.regtest,
    "regtest lm": lambda y, v: meta.regtest(y, v, model="lm"),
    "regtest knha": lambda y, v: meta.regtest(y, v, test="knha"),
    "ranktest": meta.ranktest,
    "trimfill": meta.trimfill,
    "trimfill R0": lambda y, v: meta.trimfill(y, v, "R0"),
    "fail_safe_n": meta.fail_safe_n,
    "pet_peese": meta.pet_peese,
    "excess_significance": meta.excess_significance,
    "henmi_copas": meta.henmi_copas,
    "funnel": meta.funnel,
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("y", "v"),
    [
        ([], []), ([0.1, 0.2, 0.4], [0.1, 0.2]), ([0.1, np.nan, 0.4, 0.3], [0.1, 0.2, 0.3, 0.4]), ([0.1, np.inf, 0.4, 0.3], [0.1, 0.2, 0.3, 0.4]),
        ([0.1, 0.3, 0.4, 0.3], [0.1, 0.0, 0.3, 0.4]), ([0.1, 0.3, 0.4, 0.3], [0.1, -0.2, 0.3, 0.4]), ([0.1, 0.3, 0.4, 0.3], [0.1, np.inf, 0.3, 0.4]),
        ([0.1, 0.3, 0.4, 0.3], [0.1, np.nan, 0.3, 0.4]),
    ],
)  # fmt: skip
def test_impossible_input_is_refused(name: str, y: list[float], v: list[float]) -> None:
    with pytest.raises(MetaError):
        ALL[name](y, v)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("y", "v"),
    [
        ([0.3], [0.1]), ([0.1, 0.4], [0.01, 0.02]), ([0.1, 0.4, 0.2], [0.01, 0.02, 0.05]), ([0.1, 0.2, 0.3, 0.5], [0.01] * 4), ([0.1] * 4, [0.01, 0.02, 0.03, 0.04]),
        ([0.0] * 4, [0.01, 0.02, 0.03, 0.04]), ([0.1, 0.2, 0.3, 0.4], [0.01, 0.04, 0.09, 0.16]), ([1e-9, 0.3, 2.0, -1.0], [1e-12, 1.0, 1.0, 1.0]),
    ],
)  # fmt: skip
def test_small_and_degenerate_input(name: str, y: list[float], v: list[float]) -> None:
    """Too few or equal studies give a clear error or numbers, never a p-value that is not a number."""
    try:
        found = ALL[name](y, v).to_dict()
    except MetaError:
        return
    for key in ("stat", "pval", "tau", "k0", "fsnum", "E", "beta", "ci_lb", "conditional_est", "reference"):
        if key in found and not (key in {"stat"} and name == "excess_significance"):
            assert found[key] is not None, key


def test_no_study_too_few_for_a_reason() -> None:
    """metafor gives these for two studies (hc and ranktest) and for one (tes)."""
    hc = meta.henmi_copas([0.1, 0.4], [0.01, 0.02])
    assert (hc.ci_lb, hc.ci_ub) == (pytest.approx(-0.2634, abs=2e-4), pytest.approx(0.6634, abs=2e-4))
    rank = meta.ranktest([0.1, 0.4], [0.01, 0.02])
    assert (rank.tau, rank.pval) == (1.0, 1.0)
    assert pytest.approx(0.1701, abs=5e-5) == meta.excess_significance([0.1], [0.01]).E


@pytest.mark.parametrize(
    "call",
    [
        lambda: meta.regtest([1, 2, 3], [1, 2, 3], model="glm"),  # type: ignore[arg-type]
        lambda: meta.regtest([1, 2, 3], [1, 2, 3], predictor="year"),  # type: ignore[arg-type]
        lambda: meta.regtest([1, 2, 3], [1, 2, 3], predictor="ninv"),
        lambda: meta.regtest([1, 2, 3], [1, 2, 3], [10, 20], predictor="ninv"),
        lambda: meta.regtest([1, 2, 3], [1, 2, 3], [10, 0, 20], predictor="ninv"),
        lambda: meta.regtest([1, 2, 3], [1, 2, 3], [10, 10, 10], predictor="ninv"),
        lambda: meta.trimfill([1, 2, 4], [1, 2, 3], "Z0"),  # type: ignore[arg-type]
        lambda: meta.trimfill([1, 2, 4], [1, 2, 3], side="top"),  # type: ignore[arg-type]
        lambda: meta.fail_safe_n([1], [1], "Egger"),  # type: ignore[arg-type]
        lambda: meta.fail_safe_n([1], [1], "Orwin", target=0),
        lambda: meta.fail_safe_n([1], [1], alpha=0),
        lambda: meta.excess_significance([1], [1], test="t"),  # type: ignore[arg-type]
        lambda: meta.excess_significance([1], [1], alternative="up"),  # type: ignore[arg-type]
        lambda: meta.excess_significance([1], [1], tau2=-1),
        lambda: meta.excess_significance([1], [1], theta=np.nan),
        lambda: meta.excess_significance([1], [1], alpha=1),
        lambda: meta.henmi_copas([1, 2], [1, 2], level=1),
        lambda: meta.funnel([1], [1], on="n"),
        lambda: meta.funnel([1], [1], on="p"),  # type: ignore[arg-type]
        lambda: meta.ranktest_n([0.5], [10]),
        lambda: meta.ranktest_n([0.5, 0.5], [10, 20]),
        lambda: meta.ranktest_n([0.5, np.nan], [10, 20]),
        lambda: meta.peters_like([0.5, 0.6], [10, 20]),
        lambda: meta.peters_like([0.5, 0.6, 0.7], [10, 10, 10]),
        lambda: meta.peters_like([0.5, 0.6, 0.7], [10, 20, 30], [0, 5, 5]),
        lambda: meta.deeks_like([0.5, np.nan, 0.7], [10, 20, 30]),
        lambda: meta.deeks([1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2]),
        lambda: meta.deeks([0, 2, 3], [0, 2, 3], [1, 2, 3], [1, 2, 3]),
        lambda: meta.arcsine_thompson_like([5, 6, 40], [10, 20, 30]),
    ],
)
def test_wrong_arguments(call: Callable[[], object]) -> None:
    with pytest.raises(MetaError):
        call()


@settings(max_examples=30, deadline=None)
@given(studies(), st.floats(0.1, 10), st.floats(-5, 5), st.sampled_from(["rma", "lm"]))
def test_egger_does_not_depend_on_units(data: Data, scale: float, shift: float, model: Any) -> None:
    y, v = data
    one, other = meta.regtest(y, v, model=model), meta.regtest(shift + scale * y, scale**2 * v, model=model)
    assert other.stat == pytest.approx(one.stat, rel=1e-5, abs=1e-5)
    assert other.limit_est == pytest.approx(shift + scale * one.limit_est, rel=1e-5, abs=1e-4)
    assert meta.regtest(-y, v, model=model).stat == pytest.approx(-one.stat, rel=1e-6, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(studies(most=7))
def test_rank_test_is_exact(data: Data) -> None:
    """Tau by counting pairs, its p-value by all permutations of the variances' ranks."""
    y, v = data
    w = 1 / v
    z = (y - np.sum(w * y) / w.sum()) / np.sqrt(v - 1 / w.sum())

    def concordance(order: np.ndarray) -> int:
        return sum(int(np.sign((z[i] - z[j]) * (order[i] - order[j]))) for i, j in itertools.combinations(range(len(z)), 2))

    found, k = meta.ranktest(y, v), len(y)
    assert found.tau == pytest.approx(concordance(v) / (k * (k - 1) / 2))
    if k <= 6:
        everything = [abs(concordance(np.array(order))) for order in itertools.permutations(range(k))]
        assert found.pval == pytest.approx(np.mean(np.array(everything) >= abs(concordance(v))))


def test_rank_test_with_ties_and_many_studies() -> None:
    tied = meta.ranktest([0.1, 0.5, 0.4, 0.3, 0.2], [0.1, 0.2, 0.2, 0.3, 0.4])
    assert not tied.exact
    assert any("ties" in w for w in tied.warnings)
    rng = np.random.default_rng(1)
    v = rng.gamma(2, 0.1, 2000)
    assert not meta.ranktest(rng.normal(0, np.sqrt(v)), v).exact


@settings(max_examples=30, deadline=None)
@given(studies(least=5), st.sampled_from(["L0", "R0", "Q0"]), st.sampled_from(["DL", "EE", "REML"]))
def test_trim_and_fill_is_symmetric(data: Data, estimator: Any, method: Any) -> None:
    y, v = data
    try:
        left = meta.trimfill(y, v, estimator, "left", method)
    except MetaError:
        with pytest.raises(MetaError):
            meta.trimfill(-y, v, estimator, "right", method)
        return
    right = meta.trimfill(-y, v, estimator, "right", method)
    assert (left.k0, left.k) == (right.k0, len(y) + right.k0)
    np.testing.assert_allclose(left.yi_filled, -right.yi_filled, rtol=1e-9)
    assert left.estimate == pytest.approx(-right.estimate)
    assert left.estimate <= left.observed + 1e-9, "what is filled on the left pulls to the left"


def test_trim_and_fill_mends_a_cut_funnel() -> None:
    rng = np.random.default_rng(4)
    v = rng.uniform(0.01, 0.5, 200)
    y = rng.normal(0, np.sqrt(v))
    assert meta.trimfill(y, v, side="left", method="EE").k0 <= 25
    kept = np.argsort(y)[30:]
    cut = meta.trimfill(y[kept], v[kept], method="EE")
    assert cut.side == "left"
    assert 26 <= cut.k0 <= 60
    assert abs(cut.estimate) < abs(cut.observed)
    limited = meta.trimfill(y[kept], v[kept], method="EE", limits=(-0.5, 0.5))
    assert limited.yi_filled.min() >= -0.5


def test_likelihood_where_scoring_overshoots() -> None:
    """Far from the model Fisher scoring circles round the optimum for ever; the score must be 0 all the same."""
    rng = np.random.default_rng(2)
    v = rng.gamma(2, 0.05, 10_000)
    y = np.abs(rng.normal(0.1, np.sqrt(v + 0.05)))
    tau2 = meta.regtest(y, v).tau2
    fit = wls(y, np.column_stack((np.ones(len(y)), np.sqrt(v))), 1 / (v + tau2))
    assert fit.yPPy == pytest.approx(fit.trace(np.ones(1)), rel=1e-10)


def test_trim_and_fill_of_ten_thousand_studies_takes_seconds() -> None:
    rng = np.random.default_rng(2)
    v = rng.gamma(2, 0.05, 10_000)
    y = np.abs(rng.normal(0.1, np.sqrt(v + 0.05)))
    start = time.perf_counter()
    assert meta.trimfill(y, v).k0 > 0
    assert time.perf_counter() - start < 20


@settings(max_examples=30, deadline=None)
@given(studies())
def test_fail_safe_studies_are_enough_and_not_too_many(data: Data) -> None:
    y, v = data
    found = meta.fail_safe_n(y, v)
    z, k = abs(np.sum(y / np.sqrt(v))), len(y)
    assert stats.norm.sf(z / np.sqrt(k + found.fsnum)) >= 0.05 - 1e-9
    if found.fsnum:
        assert stats.norm.sf(z / np.sqrt(k + found.fsnum - 1)) < 0.05
    target = float(np.mean(y)) / 4
    orwin = meta.fail_safe_n(y, v, "Orwin", target=-target)
    assert orwin.target == pytest.approx(target), "the target takes the sign of the mean"
    assert abs(np.sum(y) / (k + orwin.fsnum)) <= abs(target) * (1 + 1e-9)
    assert meta.fail_safe_n(y, v, "Orwin").fsnum == k


@settings(max_examples=20, deadline=None)
@given(studies(most=8), st.sampled_from(["two.sided", "greater", "less"]))
def test_exact_test_of_excess_is_exact(data: Data, alternative: Any) -> None:
    y, v = data
    found = meta.excess_significance(y, v, test="exact", alternative=alternative)
    sets = itertools.product([0, 1], repeat=len(y))
    chance = sum(float(np.prod(np.where(s, found.power, 1 - found.power))) for s in sets if sum(s) >= found.O)
    assert found.pval == pytest.approx(chance, abs=1e-12)
    if np.isfinite(found.theta_lim):
        at = meta.excess_significance(y, v, test="exact", alternative=alternative, theta=found.theta_lim, tau2=0)
        assert at.pval == pytest.approx(0.10, abs=1e-9)


def test_expected_power_is_an_integral() -> None:
    y, v = np.array([0.3, 0.5, -0.1, 0.8]), np.array([0.04, 0.09, 0.02, 0.16])
    found = meta.excess_significance(y, v, theta=0.3, tau2=0.05)
    for power, s in zip(found.power, np.sqrt(v), strict=True):
        crit = stats.norm.isf(0.025)

        def integrand(t: float, s: float = s, crit: float = crit) -> float:
            return float((stats.norm.sf(crit - t / s) + stats.norm.cdf(-crit - t / s)) * stats.norm.pdf(t, 0.3, np.sqrt(0.05)))

        assert power == pytest.approx(integrate.quad(integrand, -3, 4, epsabs=1e-12)[0], abs=1e-9)
    near = meta.excess_significance(y, v, theta=0.3, tau2=0.05, tol=1e-8)
    np.testing.assert_allclose(near.power, found.power, atol=1e-6)


def test_moments_of_q_given_the_mean() -> None:
    """Mean and variance of Q near a value of the standardised mean, by simulation."""
    rng = np.random.default_rng(11)
    w, tau2 = 1 / np.array([0.1, 0.2, 0.05, 0.4, 0.3]), 0.15
    given_r, w1, _ = _moments(w, tau2)
    z = rng.normal(0, np.sqrt(1 / w + tau2), (400_000, 5))
    mean = z @ w / w1
    q, r = np.sum(w * (z - mean[:, None]) ** 2, axis=1), mean * np.sqrt(w1)
    for at in (0.0, 2.5):
        near = np.abs(np.abs(r) - at) < 0.05
        assert q[near].mean() == pytest.approx(given_r.mean(at), rel=0.02)
        assert q[near].var() == pytest.approx(given_r.variance(at), rel=0.06)


def test_henmi_copas_covers() -> None:
    """The interval is wider than the equal-effects one, and covers under heterogeneity."""
    rng = np.random.default_rng(8)
    v = rng.uniform(0.02, 0.4, 12)
    hits = [fit.ci_lb <= 0 <= fit.ci_ub for fit in (meta.henmi_copas(rng.normal(0, np.sqrt(v + 0.1)), v) for _ in range(200))]
    assert 0.90 <= np.mean(hits) <= 1.0


def test_root_finder() -> None:
    for f, a, b in ((np.cos, 0.0, 3.0), (lambda x: x**5 - 0.3, 0.0, 2.0), (lambda x: np.exp(x) - 5, -4.0, 6.0)):
        assert zeroin(f, a, b) == pytest.approx(optimize.brentq(f, a, b), abs=1e-14)
    with pytest.raises(MetaError):
        zeroin(lambda x: x * x + 1, 0, 1)


def test_egger_of_accuracies_warns_and_points_to_n() -> None:
    rng = np.random.default_rng(3)
    n = rng.integers(20, 500, 40)
    hits = rng.binomial(n, 0.85)
    for measure in ("PLO", "PR", "PLN"):
        e = meta.effect_sizes(measure, hits, n)
        for test in (
            meta.regtest(e.yi, e.vi, measure=measure), meta.regtest(e.yi, e.vi, n), meta.regtest(e.yi, e.vi, n, model="lm", predictor="vi"),
            meta.ranktest(e.yi, e.vi, measure=measure), meta.ranktest(e.yi, e.vi, n),
        ):  # fmt: skip
            text = " ".join(test.warnings)
            assert "misleads here" in text
            assert "1/√n" in text
            assert "binomial mixed model" in text
            assert ("4-96 %" if isinstance(test, type(meta.ranktest(e.yi, e.vi))) else "74-100 %") in text
        assert "mislead here" in " ".join(meta.pet_peese(e.yi, e.vi, n).warnings)
        assert meta.funnel(e.yi, e.vi, n).warnings
        assert not meta.funnel(e.yi, e.vi, n, on="n").warnings
        for predictor in ("sqrtninv", "log_n"):
            assert not meta.regtest(e.yi, e.vi, n, predictor=predictor).warnings
    e = meta.effect_sizes("PAS", hits, n)
    assert "a test on sample size" in " ".join(meta.regtest(e.yi, e.vi, n).warnings)
    assert "k = 5" in " ".join(meta.regtest(e.yi[:5], e.vi[:5], n[:5], predictor="sqrtninv").warnings)


def test_why_egger_is_warned_of() -> None:
    """Without any bias Egger's test on logits rejects nearly always, the test on 1/sqrt(n) about as often as it should."""
    rng = np.random.default_rng(5)
    egger, size = [], []
    for _ in range(60):
        n = np.exp(rng.uniform(np.log(20), np.log(800), 60)).round()
        hits = rng.binomial(n.astype(int), 1 / (1 + np.exp(-rng.normal(2.3, 0.7, 60))))
        e = meta.effect_sizes("PLO", hits, n)
        egger.append(meta.regtest(e.yi, e.vi, method="DL").pval < 0.05)
        size.append(meta.regtest(e.yi, e.vi, n, predictor="sqrtninv", method="DL").pval < 0.05)
    assert np.mean(egger) > 0.9
    assert np.mean(size) < 0.3


def test_funnel_regions() -> None:
    y, v, n = np.array([0.1, 0.5, 0.9]), np.array([0.01, 0.04, 0.09]), np.array([100, 25, 11])
    on_se = meta.funnel(y, v)
    assert on_se.lower[0] == pytest.approx(on_se.reference)
    assert on_se.upper[0] == pytest.approx(on_se.reference)
    low, high = on_se.contours["0.05"]
    assert high[-1] == pytest.approx(1.959964 * on_se.grid[-1])
    assert low[-1] == pytest.approx(-high[-1])
    assert on_se.zone.tolist() == [int(np.sum(2 * stats.norm.sf(abs(a)) < np.array([0.1, 0.05, 0.01]))) for a in y / np.sqrt(v)]
    on_n = meta.funnel(y, v, n, on="n")
    assert on_n.grid[0] == pytest.approx(11)
    assert on_n.grid[-1] == pytest.approx(100)
    assert np.all(np.diff(on_n.upper) < 0), "the region narrows as n grows"


def test_results_print_and_serialise() -> None:
    y, v, n = [0.1, 0.5, 0.4, 0.3, 0.7], [0.1, 0.2, 0.25, 0.3, 0.4], [40, 20, 16, 13, 10]
    results = [call(y, v) for call in ALL.values()]
    results += [
        meta.regtest(y, v, n, predictor="log_n"),
        meta.peters_like(y, n),
        meta.deeks_like(y, n),
        meta.ranktest_n(y, n),
        meta.funnel(y, v, n, on="n"),
    ]
    for found in results:
        assert str(found)
        assert isinstance(found.to_dict()["warnings"], list)
        assert "warning" in str(found) or not found.warnings


@pytest.mark.parametrize("bits", [-1e-15, 0.0, 1e-15])
def test_a_funnel_without_a_slope_has_the_left_side_whatever_is_lost_in_rounding(bits: float) -> None:
    y = np.array([0.1234, 0.1235, 0.1233, 0.1236, 0.1232, 0.1237, 0.1234, 0.1235])
    v = np.array([0.01, 0.01, 0.04, 0.04, 0.09, 0.09, 0.02, 0.02])
    assert meta.trimfill(y + bits * v, v).side == "left"
