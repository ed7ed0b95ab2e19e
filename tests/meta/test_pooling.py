"""Pooling beyond the reference figures: exact arithmetic, intervals on the boundary, permutations, tables, speed without a k x k matrix."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

from miner import meta
from miner.errors import MetaError


def exact_dl(y: list[Fraction], v: list[Fraction], x: list[Fraction]) -> tuple[Fraction, Fraction, Fraction]:
    """Return DerSimonian and Laird's tau² with one moderator, and both coefficients, in rational arithmetic."""

    def fit(w: list[Fraction]) -> tuple[Fraction, Fraction, Fraction, Fraction]:
        s0, s1, s2 = sum(w), sum(a * b for a, b in zip(w, x, strict=True)), sum(a * b * b for a, b in zip(w, x, strict=True))
        t0, t1 = sum(a * b for a, b in zip(w, y, strict=True)), sum(a * b * c for a, b, c in zip(w, x, y, strict=True))
        det = s0 * s2 - s1 * s1
        b0, b1 = (s2 * t0 - s1 * t1) / det, (s0 * t1 - s1 * t0) / det
        q = sum(a * (c - b0 - b1 * b) ** 2 for a, b, c in zip(w, x, y, strict=True))
        u0, u1, u2 = (sum(a * a * b**j for a, b in zip(w, x, strict=True)) for j in range(3))
        trace = s0 - (s2 * u0 - 2 * s1 * u1 + s0 * u2) / det
        return b0, b1, q, trace

    _, _, q, trace = fit([1 / a for a in v])
    tau2 = (q - (len(y) - 2)) / trace
    b0, b1, _, _ = fit([1 / (a + tau2) for a in v])
    return tau2, b0, b1


def test_uncentred_years_lose_no_digits() -> None:
    """With a calendar year as moderator normal equations lose seven digits; the QR decomposition must not."""
    rng = np.random.default_rng(7)
    y = [Fraction(int(a), 1000) for a in rng.integers(-900, 900, 15)]
    v = [Fraction(int(a), 10000) for a in rng.integers(20, 900, 15)]
    x = [Fraction(int(a)) for a in rng.integers(1948, 2021, 15)]
    fit = meta.pool([float(a) for a in y], [float(a) for a in v], {"year": [float(a) for a in x]}, method="DL")
    tau2, b0, b1 = (float(a) for a in exact_dl(y, v, x))
    assert fit.tau2 == pytest.approx(tau2, rel=1e-12)
    assert fit.beta == pytest.approx([b0, b1], rel=1e-9)


def test_rileys_interval_has_k_minus_2_degrees_of_freedom() -> None:
    from scipy import stats

    fit = meta.pool([0.1, 0.5, 0.9, 0.2], [0.02, 0.03, 0.02, 0.05])
    spread = float(np.sqrt(fit.se[0] ** 2 + fit.tau2)) * stats.t.ppf(0.975, 2)
    assert (fit.pi_lb_riley, fit.pi_ub_riley) == pytest.approx((fit.beta[0] - spread, fit.beta[0] + spread))
    assert fit.pi_ub_riley > fit.pi_ub


def test_interval_of_homogeneous_effects_is_empty_and_says_so() -> None:
    found = meta.tau2_interval([0.30, 0.31, 0.30, 0.29, 0.30], [0.05] * 5)
    assert found.tau2 == (0.0, 0.0, 0.0)
    assert "empty" in found.warnings[0]
    with pytest.raises(MetaError, match="DL"):
        meta.tau2_interval([0.1, 0.4], [0.1, 0.1], kind="PL", method="DL")


def test_the_q_profile_interval_solves_its_equation() -> None:
    from scipy import stats

    y, v = np.array([0.1, 0.9, 0.4, -0.3, 0.6]), np.array([0.02, 0.03, 0.01, 0.05, 0.02])
    found = meta.tau2_interval(y, v)
    for t, tail in ((found.tau2[1], 0.975), (found.tau2[2], 0.025)):
        w = 1 / (v + t)
        q = np.sum(w * (y - np.sum(w * y) / w.sum()) ** 2)
        assert q == pytest.approx(stats.chi2.ppf(tail, 4), rel=1e-9)


def test_permutations_are_exact_where_they_are_few_and_seeded_where_not() -> None:
    y, v = [0.2, 0.4, 0.3, 0.6, -0.1], [0.02, 0.03, 0.02, 0.04, 0.05]
    exact = meta.permutation_test(y, v, method="DL")
    assert (exact.exact, exact.iterations) == (True, 32)
    assert exact.pval[0] * 32 == pytest.approx(round(exact.pval[0] * 32))
    drawn = [meta.permutation_test(y, v, method="DL", exact=False, iterations=200, seed=s).pval[0] for s in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert abs(drawn[0] - exact.pval[0]) < 0.15
    with_mods = meta.permutation_test(y, v, {"x": [1, 2, 3, 5, 4]}, method="DL")
    assert (with_mods.exact, with_mods.iterations) == (True, 120)
    assert with_mods.pval[1] == with_mods.QMp  # one moderator: the same test
    with pytest.raises(MetaError, match="too many"):
        meta.permutation_test([0.1] * 40, [0.1] * 40, exact=True)


def test_tables_agree_with_the_textbook_case_of_one_study() -> None:
    """With one study the Mantel-Haenszel ratios are the study's own."""
    a, b, c, d = 12, 88, 30, 70
    assert meta.mantel_haenszel([a], [b], [c], [d]).beta == pytest.approx(np.log(a * d / (b * c)))
    assert meta.mantel_haenszel([a], [b], [c], [d], "RR").beta == pytest.approx(np.log(12 / 30))
    assert meta.mantel_haenszel([a], [b], [c], [d], "RD").beta == pytest.approx(-0.18)
    assert meta.mantel_haenszel([a], [b], [c], [d]).se == pytest.approx(np.sqrt(1 / a + 1 / b + 1 / c + 1 / d))
    assert meta.peto([a], [b], [c], [d]).beta < 0


def test_memory_grows_with_k_not_with_its_square() -> None:
    k = 20_000
    rng = np.random.default_rng(1)
    v = rng.uniform(0.01, 0.1, k)
    y = rng.normal(0.3, np.sqrt(v + 0.05))
    tracemalloc.start()
    meta.pool(y, v, {"x": rng.normal(size=k), "kind": rng.choice(["a", "b", "c"], k)})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 * 8 * k  # a k x k matrix would be 100 times this


def test_location_scale_without_moderators_is_reml() -> None:
    rng = np.random.default_rng(2)
    v = rng.uniform(0.01, 0.05, 40)
    late = np.repeat([0.0, 1.0], 20)
    y = rng.normal(0.3, np.sqrt(v + np.where(late == 1, 0.4, 0.05)))
    plain, fit = meta.pool(y, v), meta.location_scale(y, v)
    assert fit.tau2 == pytest.approx([plain.tau2] * 40, rel=1e-6)
    assert (fit.beta[0], fit.ll_REML) == pytest.approx((plain.beta[0], plain.ll_REML), rel=1e-7)
    both = meta.location_scale(y, v, scale={"late": late})
    assert both.alpha[1] > 0
    assert both.pval_alpha[1] < 0.05
    # An indicator of the scale alone splits the data: each half has the variance that it has by itself, around a common mean.
    assert both.ll_REML > fit.ll_REML
    with pytest.raises(MetaError, match="coefficients"):
        meta.location_scale(y[:3], v[:3], {"a": [1, 2, 4]}, {"b": [1, 3, 2]})
