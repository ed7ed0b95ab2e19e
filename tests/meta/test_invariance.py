"""What must not change figures: the units of the effects, the order of the studies, the sign; criteria that hold in one unit only show here."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miner import meta
from miner.errors import MetaError

# Fresh examples: MINER_FRESH=1 pytest tests/meta/test_invariance.py
DERANDOMIZE = "MINER_FRESH" not in os.environ
Arrays = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


@st.composite
def literatures(draw: st.DrawFn, least: int = 4, most: int = 25) -> Arrays:
    """Return effects and variances: few or many, alike or far apart, with little or much heterogeneity, ties among them."""
    k = draw(st.integers(least, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    v = 10.0 ** rng.uniform(-2, draw(st.sampled_from([-2.0, -1.0, 1.0])), k)
    y = rng.normal(draw(st.sampled_from([0.0, 0.3, 5.0])), np.sqrt(v + draw(st.sampled_from([0.0, 0.01, 0.3]))))
    return (np.round(y, 1), np.round(v, 2) + 0.01) if draw(st.booleans()) else (y, v)


# Each gives the figures in the units of the effects, in their squares, and without units.
Figures = tuple[Any, Any, Any]


def pooled(method: str, test: str) -> Callable[[Any, Any], Figures]:
    def call(y: Any, v: Any) -> Figures:
        f = meta.pool(y, v, method=method, test=test)  # type: ignore[arg-type]
        return [*f.beta, *f.se, *f.ci_lb, *f.ci_ub, f.pi_lb, f.pi_ub], [f.tau2, f.se_tau2], [*f.zval, *f.pval, f.QE, f.I2]

    return call


def interval(kind: str) -> Callable[[Any, Any], Figures]:
    def call(y: Any, v: Any) -> Figures:
        f = meta.tau2_interval(y, v, kind=kind)  # type: ignore[arg-type]
        return [], f.tau2, f.I2

    return call


def regression(y: Any, v: Any) -> Figures:
    f = meta.regtest(y, v, predictor="vi")
    return [f.limit_est, f.coef[0]], [], [f.stat]


def trimmed(y: Any, v: Any) -> Figures:
    f = meta.trimfill(y, v, side="left", method="DL")
    return [f.estimate, f.se], [f.tau2], [f.k0]


def copas(y: Any, v: Any) -> Figures:
    f = meta.henmi_copas(y, v)
    return [f.beta, f.ci_lb, f.ci_ub], [f.tau2], []


def rucker(y: Any, v: Any) -> Figures:
    f = meta.limit_meta_rucker(y, v)
    return [f.estimate, f.se, *f.limit_effects], [f.tau2], [f.alpha, f.Q_small, f.Q_resid]


def nested(y: Any, v: Any) -> Figures:
    f = meta.multilevel(y, v, np.arange(len(y)) // 2)
    return [*f.beta, *f.se], f.sigma2, [*f.zval, f.QE]


def selected(y: Any, v: Any) -> Figures:
    f = meta.selection_model(y, v, "negexp", method="EE")
    return [*f.beta], [], [f.delta[0], f.LRT]


def left_out(y: Any, v: Any) -> Figures:
    f = meta.leave_one_out(y, v)
    return f.estimate.tolist(), f.tau2.tolist(), f.I2.tolist()


def uniform(y: Any, v: Any) -> Figures:
    f = meta.p_uniform(np.abs(y) + 0.1 * np.sqrt(np.median(v)), v)
    return [f.estimate], [f.tau2, f.tau2_ub], []


def worst(y: Any, v: Any) -> Figures:
    f = meta.worst_case(y, v, 3.0)
    return [f.estimate, f.ci_lb, f.worst], [f.tau2], [f.pval]


METHODS = ("DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM", "DLIT", "SJIT", "EE")
CALLS: dict[str, Callable[[Any, Any], Figures]] = {
    **{f"pool {m}": pooled(m, "z") for m in METHODS}, **{f"pool {t}": pooled("REML", t) for t in ("knha", "adhoc", "hybrid", "IQWiG6")},
    "QP": interval("QP"), "PL": interval("PL"), "regtest": regression, "trimfill": trimmed, "henmi_copas": copas, "limit_meta_rucker": rucker,
    "multilevel": nested, "selection_model": selected, "leave_one_out": left_out, "p_uniform": uniform, "worst_case": worst,
}  # fmt: skip
LOOSE = {"selection_model", "p_uniform", "multilevel"}  # climbs in several parameters
UNITS = (1e-4, 1e-2, 30.0, 1e4)


def outcome(call: Callable[[Any, Any], Figures], y: Any, v: Any) -> Figures | str:
    try:
        return call(y, v)
    except MetaError as error:
        return str(error).partition(" (")[0]


def same(a: Any, b: Any, unit: float, tol: float) -> bool:
    return bool(np.allclose(np.array(a, dtype=float), np.array(b, dtype=float), rtol=tol, atol=tol * unit, equal_nan=True))


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=10, deadline=None, derandomize=DERANDOMIZE)
@given(data=literatures(), unit=st.sampled_from(UNITS))
def test_units_of_the_effects_do_not_matter(name: str, data: Arrays, unit: float) -> None:
    y, v = data
    call, tol = CALLS[name], 1e-5 if name in LOOSE else 1e-7
    plain, scaled = outcome(call, y, v), outcome(call, y * unit, v * unit**2)
    assert isinstance(plain, str) == isinstance(scaled, str), (plain, scaled)
    if isinstance(plain, str) or isinstance(scaled, str):
        return
    error = float(np.sqrt(np.median(v)))
    assert same(np.array(scaled[0]) / unit, plain[0], error, tol)
    assert same(np.array(scaled[1]) / unit**2, plain[1], error**2, tol)
    assert same(scaled[2], plain[2], 1.0, tol)


@pytest.mark.parametrize("name", [n for n in CALLS if n not in {"leave_one_out", "multilevel", "limit_meta_rucker"}])
@settings(max_examples=6, deadline=None, derandomize=DERANDOMIZE)
@given(data=literatures(), seed=st.integers(0, 1000))
def test_the_order_of_studies_does_not_matter(name: str, data: Arrays, seed: int) -> None:
    y, v = data
    if name == "trimfill" and len(np.unique(y)) < len(y):
        return  # which of equal effects is trimmed first is their order, as in R
    order = np.random.default_rng(seed).permutation(len(y))
    call, tol = CALLS[name], 1e-5 if name in LOOSE else 1e-7
    plain, shuffled = outcome(call, y, v), outcome(call, y[order], v[order])
    if isinstance(plain, str) or isinstance(shuffled, str):
        assert isinstance(plain, str) == isinstance(shuffled, str)
        return
    error = float(np.sqrt(np.median(v)))
    for a, b, unit in zip(plain, shuffled, (error, error**2, 1.0), strict=True):
        assert same(a, b, unit, tol)


@settings(max_examples=30, deadline=None, derandomize=DERANDOMIZE)
@given(data=literatures(), shift=st.sampled_from([0.5, -3.0, 1e3]), method=st.sampled_from(METHODS))
def test_a_shift_moves_the_mean_only(data: Arrays, shift: float, method: Any) -> None:
    y, v = data
    a, b = meta.pool(y, v, method=method), meta.pool(y + shift, v, method=method)
    assert b.beta[0] - shift == pytest.approx(a.beta[0], abs=1e-6 * np.sqrt(np.median(v)) + 1e-12 * abs(shift))
    assert b.tau2 == pytest.approx(a.tau2, rel=1e-6, abs=1e-7 * np.median(v))


@settings(max_examples=30, deadline=None, derandomize=DERANDOMIZE)
@given(data=literatures(), method=st.sampled_from(["REML", "ML"]))
def test_the_estimate_is_the_highest_point_of_the_likelihood(data: Arrays, method: Any) -> None:
    y, v = data

    def height(t: float) -> float:
        w = 1 / (v + t)
        mean = np.sum(w * y) / np.sum(w)
        return float(-0.5 * (np.sum(np.log(v + t)) + np.sum(w * (y - mean) ** 2) + (np.log(np.sum(w)) if method == "REML" else 0)))

    top = height(meta.pool(y, v, method=method).tau2)
    assert all(height(t) <= top + 1e-10 for t in np.concatenate(([0.0], np.geomspace(1e-6, 1e3, 300))))


@settings(max_examples=15, deadline=None, derandomize=DERANDOMIZE)
@given(data=literatures(5, 12))
def test_refits_are_fits(data: Arrays) -> None:
    y, v = data
    for method in ("REML", "ML"):
        found = meta.leave_one_out(y, v, method)
        for i in range(len(y)):
            one = meta.pool(np.delete(y, i), np.delete(v, i), method=method)
            assert (found.estimate[i], found.tau2[i]) == (
                pytest.approx(one.beta[0], rel=1e-7, abs=1e-8),
                pytest.approx(one.tau2, rel=1e-7, abs=1e-8),
            )
