"""Effect sizes of proportions, their way back, and intervals for one accuracy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from miner import meta
from miner.errors import MetaError

counts = st.integers(2, 3000).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n)))


@settings(max_examples=60, deadline=None)
@given(counts, st.sampled_from(["PR", "PLN", "PLO", "PAS"]))
def test_there_and_back(pair: tuple[int, int], measure: Any) -> None:
    x, n = pair
    found = meta.effect_sizes(measure, [x], [n])
    assert meta.back_transform(measure, found.yi).values[0] == pytest.approx(x / n, rel=1e-9)
    assert not found.corrected[0]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_double_arcsine_with_its_own_n(pair: tuple[int, int]) -> None:
    x, n = pair
    found = meta.effect_sizes("PFT", [x], [n])
    assert meta.inverse_double_arcsine(found.yi, n)[0] == pytest.approx(x / n, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(counts)
def test_variances_by_the_delta_method(pair: tuple[int, int]) -> None:
    x, n = pair
    p = x / n
    slope = {"PR": 1.0, "PLN": 1 / p, "PLO": 1 / (p * (1 - p)), "PAS": 1 / (2 * np.sqrt(p * (1 - p)))}
    for measure, d in slope.items():
        assert meta.effect_sizes(measure, [x], [n]).vi[0] == pytest.approx(d**2 * p * (1 - p) / n, rel=1e-9)


def test_perfect_proportions_as_escalc_has_them() -> None:
    """1/2 is added to studies with 0 or n events only; the arcsine measures need nothing. (Figures by hand.)"""
    x, n = [0, 5, 10], [10, 10, 10]
    logit = meta.effect_sizes("PLO", x, n)
    np.testing.assert_allclose(logit.yi, [np.log(0.5 / 10.5), 0, np.log(10.5 / 0.5)])
    np.testing.assert_allclose(logit.vi, [2 + 1 / 10.5, 0.4, 2 + 1 / 10.5])
    assert "2 of 3" in logit.warnings[0]
    log = meta.effect_sizes("PLN", x, n)
    np.testing.assert_allclose(log.vi, [2 - 1 / 11, 0.1, 1 / 10.5 - 1 / 11])
    raw = meta.effect_sizes("PR", x, n)
    np.testing.assert_allclose(raw.yi, [0.5 / 11, 0.5, 10.5 / 11])
    bare = meta.effect_sizes("PR", x, n, to="none")
    assert bare.vi.tolist() == [0, 0.025, 0]
    assert "variance 0" in bare.warnings[0]
    np.testing.assert_allclose(meta.effect_sizes("PAS", x, n).yi, [0, np.pi / 4, np.pi / 2])
    np.testing.assert_allclose(meta.effect_sizes("PFT", x, n).vi, 1 / 42)
    assert meta.effect_sizes("PLO", [3, 5], [10, 10], to="all").corrected.all()
    assert not meta.effect_sizes("PLO", [3, 5], [10, 10], to="if0all").corrected.any()
    assert meta.effect_sizes("PLO", x, n, to="if0all").corrected.all()


def test_the_freeman_tukey_warning_shows_the_spread() -> None:
    n = np.array([8, 12, 30, 400])
    back = meta.back_transform("PFT", [1.1], n, se=0.05)
    text = " ".join(back.warnings)
    assert "Schwarzer" in text
    assert all(word in text for word in ("harmonic", "geometric", "arithmetic", "se"))
    assert back.n == pytest.approx(4 / np.sum(1 / n))
    other = meta.back_transform("PFT", [1.1], n, by="se", se=0.05)
    assert other.n == pytest.approx(100)
    assert other.values[0] != back.values[0]
    assert meta.back_transform("PFT", [-1.0, 3.0], 20).values.tolist() == [0.0, 1.0]


def test_values_beyond_the_range() -> None:
    assert meta.back_transform("PAS", [-0.1, 2.0]).values.tolist() == [0.0, 1.0]
    assert meta.back_transform("PR", [-0.1, 1.2]).values.tolist() == [0.0, 1.0]
    assert meta.back_transform("PLN", [0.3]).values.tolist() == [1.0]
    assert meta.back_transform("PLO", [-800.0, 800.0]).values.tolist() == [0.0, 1.0]


def test_arms_against_the_reference_columns(shared: Any) -> None:
    import pandas as pd

    folder = shared / "reference" / "metafor"
    seen = 0
    for path in sorted(folder.glob("*_*.csv")):
        d, measure = pd.read_csv(path, encoding_errors="replace"), path.stem.rpartition("_")[2]
        if {"xi", "ni"} <= set(d):
            found = meta.effect_sizes(measure, d.xi, d.ni)  # type: ignore[arg-type]
        elif {"tpos", "tneg", "cpos", "cneg"} <= set(d):
            found = meta.effect_sizes_arms(measure, d.tpos, d.tpos + d.tneg, d.cpos, d.cpos + d.cneg)  # type: ignore[arg-type]
        elif {"ai", "n1i", "ci", "n2i"} <= set(d):
            found = meta.effect_sizes_arms(measure, d.ai, d.n1i, d.ci, d.n2i)  # type: ignore[arg-type]
        else:
            continue
        np.testing.assert_allclose(found.yi, d.yi, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(found.vi, d.vi, rtol=1e-12)
        assert found.ni.tolist() == d.ni_total.tolist()
        seen += len(d)
    assert seen > 100


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals(pair: tuple[int, int]) -> None:
    x, n = pair
    exact = meta.proportion_interval(x / n, n, "clopper-pearson")
    if x > 0:
        assert stats.binom.sf(x - 1, n, exact.ci_lb[0]) == pytest.approx(0.025, rel=1e-5)
    if x < n:
        assert stats.binom.cdf(x, n, exact.ci_ub[0]) == pytest.approx(0.025, rel=1e-5)
    wilson = meta.proportion_interval(x / n, n)
    for limit in (wilson.ci_lb[0], wilson.ci_ub[0]):
        if 0 < limit < 1:
            assert abs(x / n - limit) / np.sqrt(limit * (1 - limit) / n) == pytest.approx(1.959964, rel=1e-5)
    for method in ("wilson", "clopper-pearson", "jeffreys"):
        found = meta.proportion_interval(x / n, n, method)  # type: ignore[arg-type]
        assert 0 <= found.ci_lb[0] <= x / n <= found.ci_ub[0] <= 1
    assert exact.ci_lb[0] <= meta.proportion_interval(x / n, n, "jeffreys").ci_lb[0] + 1e-12


@pytest.mark.parametrize(
    "call",
    [
        lambda: meta.effect_sizes("XX", [1], [2]),  # type: ignore[arg-type]
        lambda: meta.effect_sizes("OR", [1], [2]),  # type: ignore[arg-type]
        lambda: meta.effect_sizes("PR", [], []),
        lambda: meta.effect_sizes("PR", [3], [2]),
        lambda: meta.effect_sizes("PR", [-1], [2]),
        lambda: meta.effect_sizes("PR", [0], [0]),
        lambda: meta.effect_sizes("PR", [np.nan], [2]),
        lambda: meta.effect_sizes("PR", [1, 2], [2]),
        lambda: meta.effect_sizes("PLO", [2], [2], to="none"),
        lambda: meta.effect_sizes("PLO", [2], [2], to="some"),  # type: ignore[arg-type]
        lambda: meta.effect_sizes_arms("PR", [1], [2], [1], [2]),  # type: ignore[arg-type]
        lambda: meta.effect_sizes_arms("OR", [0], [2], [1], [2], to="none"),
        lambda: meta.effect_sizes_arms("OR", [3], [2], [1], [2]),
        lambda: meta.back_transform("PFT", [1.0]),
        lambda: meta.back_transform("PFT", [1.0], [0]),
        lambda: meta.back_transform("PFT", [1.0], [10], by="se"),
        lambda: meta.back_transform("SMD", [1.0]),
        lambda: meta.proportion_interval(1.2, 10),
        lambda: meta.proportion_interval(0.5, 0),
        lambda: meta.proportion_interval(0.5, 10, "wald"),  # type: ignore[arg-type]
        lambda: meta.proportion_interval(0.5, 10, level=95),
    ],
)
def test_wrong_arguments(call: Callable[[], object]) -> None:
    with pytest.raises(MetaError):
        call()
