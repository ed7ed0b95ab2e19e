"""p-uniform and p-uniform*."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from miner import meta
from miner.errors import MetaError
from miner.meta.bias.puniform import _exact_cdf, _smooth_cdf, irwin_hall


def literature(k: int, seed: int, effect: float, tau: float) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    se = rng.uniform(0.1, 0.3, 20 * k)
    y = rng.normal(effect, np.sqrt(tau**2 + se**2))
    seen = (y / se > 1.96) | (rng.random(len(y)) < 0.2)
    return y[seen][:k], se[seen][:k] ** 2


def test_irwin_hall() -> None:
    rng = np.random.default_rng(0)
    sums = rng.random((100_000, 5)).sum(axis=1)
    assert irwin_hall(0.9, 5) == pytest.approx(np.quantile(sums, 0.9), abs=0.01)
    for x in (2.0, 6.5, 7.9, 11.0):
        assert _smooth_cdf(x, 15) == pytest.approx(_exact_cdf(x, 15), abs=1e-10)
    assert irwin_hall(0.025, 1) == pytest.approx(0.025)


@pytest.mark.parametrize(("method", "tau"), [("P", 0.0), ("star-P", 0.0), ("star-ML", 0.0), ("star-ML", 0.15)])
def test_the_effect_is_recovered(method: Any, tau: float) -> None:
    fits = [meta.p_uniform(*literature(120, seed, 0.25, tau), method) for seed in range(6)]
    assert np.mean([f.estimate for f in fits]) == pytest.approx(0.25, abs=0.05)
    assert sum(f.ci_lb < 0.25 < f.ci_ub for f in fits) >= 4
    naive = [meta.pool(*literature(120, seed, 0.25, tau)).beta[0] for seed in range(6)]
    assert np.mean(naive) > 0.33


@pytest.mark.parametrize("method", ["P", "star-P", "star-ML"])
def test_sides_mirror(method: Any) -> None:
    y, v = literature(30, 4, 0.2, 0.1)
    right, left = meta.p_uniform(y, v, method), meta.p_uniform(-y, v, method, "left")
    np.testing.assert_allclose([left.estimate, left.ci_lb, left.ci_ub], [-right.estimate, -right.ci_ub, -right.ci_lb], rtol=1e-6)
    assert right.ci_lb < right.estimate < right.ci_ub


def test_only_significant_studies_count_in_p_uniform() -> None:
    y, v = literature(40, 2, 0.2, 0.0)
    keep = y / np.sqrt(v) > 1.959964
    all_of_them, some = meta.p_uniform(y, v, "P"), meta.p_uniform(y[keep], v[keep], "P")
    assert some.estimate == pytest.approx(all_of_them.estimate, rel=1e-9)
    assert some.ksig == all_of_them.ksig == keep.sum()


def test_the_old_name_of_the_tolerance_warns_and_does_the_same() -> None:
    y, v = literature(20, 4, 0.2, 0.1)
    with pytest.warns(DeprecationWarning, match="settle is called tol") as warned:
        old = meta.p_uniform(y, v, "star-P", settle=1e-2)
    assert warned[0].filename == __file__
    assert old == meta.p_uniform(y, v, "star-P", tol=1e-2) != meta.p_uniform(y, v, "star-P")


def test_refusals() -> None:
    with pytest.raises(MetaError, match="none of 3"):
        meta.p_uniform([0.1, 0.0, -0.1], [0.1, 0.1, 0.1], "P")
    with pytest.raises(MetaError, match="1 study"):
        meta.p_uniform([0.1], [0.1])
    with pytest.raises(MetaError, match="not positive"):
        meta.p_uniform([0.1, 0.2], [0.1, 0.0])
    with pytest.raises(MetaError, match="there are"):
        meta.p_uniform([0.1, 0.2], [0.1, 0.1], "LNP")  # type: ignore[arg-type]
    with pytest.raises(MetaError, match="between 0 and 1"):
        meta.p_uniform([0.1, 0.2], [0.1, 0.1], alpha=5)


@pytest.mark.parametrize("method", ["P", "star-P", "star-ML"])
def test_huge_effects(method: Any) -> None:
    """Tails far beyond what a double holds: figures, or a clear word, but no silent NaN."""
    y = np.array([5.0, 7.0, 6.0, 0.1, -4.0])
    v = np.array([0.001, 0.002, 0.001, 0.002, 0.001])
    try:
        fit = meta.p_uniform(y, v, method)
    except MetaError:
        return
    assert np.isfinite(fit.estimate) or fit.warnings
    assert str(fit)


def test_an_open_interval_is_told() -> None:
    """No study is significant: an effect of any size, with as much heterogeneity, would do as well."""
    fit = meta.p_uniform([-0.28, 0.23, 0.27], [0.008, 0.05, 0.13])
    assert np.isfinite([fit.estimate, fit.ci_lb]).all()
    assert fit.ci_ub == np.inf
    assert any("open there" in w for w in fit.warnings)
