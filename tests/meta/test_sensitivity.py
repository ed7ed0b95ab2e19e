"""Leave-one-out, cumulative, GOSH, influence, residuals, predictions, worst case: each against fits made one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from miner import meta
from miner.errors import MetaError


def data(k: int = 14, seed: int = 0, tau: float = 0.3) -> tuple[Any, Any, Any, Any]:
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.01, 0.2, k)
    x = rng.normal(size=k)
    return 0.2 + 0.3 * x + rng.normal(0, np.sqrt(v + tau**2)), v, x, np.array([f"p{i}" for i in rng.integers(0, k // 2, k)])


@pytest.mark.parametrize("method", ["REML", "ML", "DL", "EE", "HE", "PM", "SJ"])
@pytest.mark.parametrize("tau", [0.0, 0.5])
def test_leave_one_out(method: Any, tau: float) -> None:
    y, v, _, _ = data(tau=tau)
    fits = meta.leave_one_out(y, v, method)
    for i in range(len(y)):
        keep = np.arange(len(y)) != i
        one = meta.pool(y[keep], v[keep], method=method)
        mine = [fits.estimate[i], fits.se[i], fits.pval[i], fits.ci_lb[i], fits.Q[i], fits.Qp[i], fits.tau2[i], fits.I2[i], fits.H2[i]]
        theirs = [one.beta[0], one.se[0], one.pval[0], one.ci_lb[0], one.QE, one.QEp, one.tau2, one.I2, one.H2]
        np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-11)


def test_leave_out_clusters() -> None:
    y, v, _, cluster = data(30, 1)
    fits = meta.leave_one_out(y, v, cluster=cluster)
    assert list(fits.labels) == list(dict.fromkeys(cluster))
    for i, label in enumerate(fits.labels):
        one = meta.pool(y[cluster != label], v[cluster != label])
        assert (fits.estimate[i], fits.tau2[i]) == (pytest.approx(one.beta[0], rel=1e-9), pytest.approx(one.tau2, rel=1e-8))
        assert fits.k[i] == np.sum(cluster != label)


def test_many_are_left_out_in_chunks() -> None:
    y, v, _, _ = data(3000, 2)
    fits = meta.leave_one_out(y, v)
    for i in (0, 1234, 2999):
        keep = np.arange(3000) != i
        one = meta.pool(y[keep], v[keep])
        assert (fits.estimate[i], fits.tau2[i]) == (pytest.approx(one.beta[0], rel=1e-9), pytest.approx(one.tau2, rel=1e-8))


def test_cumulative() -> None:
    y, v, x, _ = data()
    fits = meta.cumulative(y, v, x)
    order = np.argsort(x)
    assert fits.order.tolist() == order.tolist()
    assert (fits.estimate[0], fits.tau2[0], fits.Qp[0]) == (pytest.approx(y[order[0]]), 0, 1)
    for j in range(2, len(y) + 1):
        one = meta.pool(y[order[:j]], v[order[:j]])
        assert (fits.estimate[j - 1], fits.tau2[j - 1]) == (
            pytest.approx(one.beta[0], rel=1e-8),
            pytest.approx(one.tau2, rel=1e-7, abs=1e-12),
        )


def test_gosh() -> None:
    y, v, _, _ = data(6)
    fits = meta.gosh(y, v)
    assert len(fits.k) == 63
    for i in (0, 17, 62):
        one = meta.pool(y[fits.members[i]], v[fits.members[i]], method="DL")
        assert (fits.estimate[i], fits.I2[i]) == (pytest.approx(one.beta[0]), pytest.approx(one.I2, abs=1e-9, nan_ok=True))
    few = meta.gosh(*data(40)[:2], subsets=200, seed=3)
    assert len(few.k) == 200
    assert "random sample" in few.warnings[0]
    assert few.estimate.tolist() == meta.gosh(*data(40)[:2], subsets=200, seed=3).estimate.tolist()


@pytest.mark.parametrize("with_mods", [False, True])
def test_influence(with_mods: bool) -> None:
    y, v, x, _ = data(12, 4)
    y[3] += 3
    mods = x if with_mods else None
    found, outer, bau = meta.influence(y, v, mods), meta.rstudent(y, v, mods), meta.baujat(y, v, mods)
    full = meta.pool(y, v, mods)
    X = np.column_stack((np.ones(12), x)) if with_mods else np.ones((12, 1))
    for i in range(12):
        keep = np.arange(12) != i
        one = meta.pool(y[keep], v[keep], x[keep] if with_mods else None)
        change = full.beta - one.beta
        resid = y[i] - X[i] @ one.beta
        assert outer.resid[i] == pytest.approx(resid, rel=1e-8)
        assert found.rstudent[i] == pytest.approx(resid / np.sqrt(v[i] + one.tau2 + X[i] @ one.vcov @ X[i]), rel=1e-8)
        assert found.cook_d[i] == pytest.approx(change @ np.linalg.solve(full.vcov, change), rel=1e-7)
        assert found.cov_r[i] == pytest.approx(np.linalg.det(one.vcov) / np.linalg.det(full.vcov), rel=1e-7)
        assert (found.tau2_del[i], found.QE_del[i]) == (pytest.approx(one.tau2, rel=1e-8), pytest.approx(one.QE, rel=1e-9))
        assert bau.y[i] == pytest.approx((X[i] @ change) ** 2 / (X[i] @ one.vcov @ X[i]), rel=1e-7)
    assert found.hat.sum() == pytest.approx(X.shape[1])
    assert found.weight.sum() == pytest.approx(100)
    assert found.is_infl[3]
    assert "row" in str(found)


def test_residuals_and_predictions() -> None:
    y, v, x, _ = data()
    inner, full = meta.rstandard(y, v, x), meta.pool(y, v, x)
    X = np.column_stack((np.ones(14), x))
    marginal = np.diag(v + full.tau2)
    hat = X @ full.vcov @ X.T @ np.linalg.inv(marginal)
    rest = np.eye(14) - hat
    np.testing.assert_allclose(inner.se, np.sqrt(np.diag(rest @ marginal @ rest.T)), rtol=1e-9)
    predicted = meta.blup(y, v, x)
    fitted = X @ full.beta
    assert np.all(np.abs(predicted.pred - fitted) <= np.abs(y - fitted))
    np.testing.assert_allclose(predicted.pi_ub - predicted.pred, 1.959963984540054 * predicted.se)


def test_a_moderator_that_hangs_on_one_study_is_told() -> None:
    y, v, _, _ = data()
    only = np.zeros(14)
    only[5] = 1
    found = meta.influence(y, v, only)
    assert np.isnan(found.rstudent[5])
    assert "row 6" in found.warnings[0]


@pytest.mark.parametrize(
    "function", [meta.leave_one_out, meta.cumulative, meta.gosh, meta.influence, meta.rstudent, meta.blup, meta.baujat, meta.worst_case]
)
def test_refusals(function: Any) -> None:
    for yi, vi in (([], []), ([0.1, np.nan], [0.1, 0.1]), ([0.1, 0.2], [0.1, 0.0]), ([0.1, 0.2], [0.1, np.inf]), ([0.1], [0.1, 0.2])):
        with pytest.raises(MetaError):
            function(yi, vi)


def test_more_refusals() -> None:
    with pytest.raises(MetaError, match="one cluster"):
        meta.leave_one_out([0.1, 0.2], [0.1, 0.1], cluster=["a", "a"])
    with pytest.raises(MetaError, match="1 study"):
        meta.leave_one_out([0.1], [0.1])
    with pytest.raises(MetaError, match="order has"):
        meta.cumulative([0.1, 0.2], [0.1, 0.1], [1.0, np.nan])
    with pytest.raises(MetaError, match="no estimator"):
        meta.influence([0.1, 0.2, 0.3], [0.1, 0.1, 0.1], method="XX")  # type: ignore[arg-type]
    with pytest.raises(MetaError, match="when one is left out"):
        meta.influence([0.1, 0.2], [0.1, 0.1], [0.0, 1.0])
    with pytest.raises(MetaError, match="collinear"):
        meta.influence([0.1, 0.2, 0.3, 0.4], [0.1] * 4, [1, 1, 1, 1])
    with pytest.raises(MetaError, match="from 1 up"):
        meta.worst_case([0.1, 0.2], [0.1, 0.1], 0.5)
    with pytest.raises(MetaError, match="one cluster"):
        meta.worst_case([0.1, 0.2], [0.1, 0.1], cluster=[1, 1])


def test_worst_case_of_equal_effects() -> None:
    y, v, _, _ = data(30, 6, tau=0.1)
    y = y + 0.1
    fit = meta.worst_case(y, v, 4, model="fixed")
    affirmative = y / np.sqrt(v) > 1.959963984540054
    assert fit.k_affirmative == affirmative.sum()
    for part, rows in ((fit.uncorrected, slice(None)), (fit.worst, ~affirmative)):
        assert part == pytest.approx(meta.pool(y[rows], v[rows], method="EE").beta[0])
    assert fit.worst_se == pytest.approx(meta.pool(y[~affirmative], v[~affirmative], method="EE").se[0])
    for q in (0.0, 0.05):
        at = meta.worst_case(y, v, model="fixed", q=q)
        pull = np.sum((y[~affirmative] - q) / v[~affirmative])
        closed = np.sum((y[affirmative] - q) / v[affirmative]) / -pull if pull < 0 else np.inf
        assert at.s_value_estimate == pytest.approx(closed, rel=1e-6)
        if np.isfinite(closed):
            assert meta.worst_case(y, v, closed, model="fixed").estimate == pytest.approx(q, abs=1e-9)


def test_worst_case_mirrors_and_clusters() -> None:
    y, v, _, cluster = data(40, 7)
    up, down = meta.worst_case(y, v, 3, cluster=cluster), meta.worst_case(-y, v, 3, cluster=cluster, favour="negative")
    assert (down.estimate, down.ci_lb, down.s_value_ci) == (
        pytest.approx(-up.estimate),
        pytest.approx(-up.ci_ub),
        pytest.approx(up.s_value_ci),
    )
    assert up.worst < up.estimate < up.uncorrected
    assert 1 <= up.s_value_ci <= up.s_value_estimate
    alone = meta.worst_case(y, v, 3)
    # CR2 without clusters is HC2 of a weighted mean
    w = np.where(y / np.sqrt(v) > 1.959963984540054, 1, 3) / (v + alone.tau2)
    w = w / w.sum()
    assert alone.se == pytest.approx(np.sqrt(np.sum((w * (y - w @ y)) ** 2 / (1 - w))), rel=1e-9)


def test_worst_case_where_all_or_none_are_affirmative() -> None:
    every = meta.worst_case([1.0, 1.2, 0.9], [0.01, 0.01, 0.01])
    assert np.isnan(every.worst)
    assert every.s_value_estimate == np.inf
    assert "S-value: estimate none is enough" in str(every)
    assert any("no worst case" in w for w in every.warnings)
    none = meta.worst_case([0.1, 0.2, -0.1], [0.1, 0.1, 0.1], 5)
    assert none.estimate == pytest.approx(none.uncorrected)
    assert any("No result is affirmative" in w for w in none.warnings)
    assert "S-value" in str(none)
