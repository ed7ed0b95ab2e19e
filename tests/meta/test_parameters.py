"""Parameters that no test gave (see test_every_parameter.py): each against R, or against what it must mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from miner import meta
from miner.errors import MetaError

Y = [0.5, 0.6, 0.1, 0.8, 0.3, 0.45, 0.2, 0.7]
V = [0.04, 0.05, 0.01, 0.09, 0.03, 0.02, 0.01, 0.06]
N = [30, 50, 20, 80, 60, 90, 110, 40]
TABLES = ([4, 6, 3], [119, 300, 228], [11, 29, 11], [128, 274, 209])
ARMS = ([4, 6, 3, 12], [120, 300, 230, 400], [11, 29, 11, 30], [130, 300, 220, 400])


def test_levels_of_refits() -> None:
    """R: leave1out and cumul of rma(y, v, method="DL", level=90)."""
    assert meta.leave_one_out(Y, V, "DL", level=0.9).ci_lb[0] == pytest.approx(0.215545294908866)
    assert meta.cumulative(Y, V, method="DL", level=0.9).ci_ub[7] == pytest.approx(0.512216081484166)
    fits = {level: meta.gosh(Y[:5], V[:5], level=level) for level in (0.95, 0.8)}
    widths = {level: fit.ci_ub - fit.ci_lb for level, fit in fits.items()}
    assert widths[0.8] / widths[0.95] == pytest.approx(stats.norm.ppf(0.9) / stats.norm.ppf(0.975))


def test_levels_of_tables() -> None:
    """R: rma.peto and rma.mh with level=90."""
    assert meta.peto(*TABLES, level=0.9).ci_lb == pytest.approx(-1.6593369259063)
    assert meta.mantel_haenszel(*TABLES, level=0.9).ci_lb == pytest.approx(-1.93250458780055)


def test_nodes_and_level_of_two_arms() -> None:
    """R: rma.glmm(model="CM.AL", nAGQ=3, level=90)."""
    fit = meta.glmm_arms(*ARMS, model="CM.AL", nAGQ=3, level=0.9)
    assert (fit.beta[0], fit.ci_lb[0], fit.tau2) == pytest.approx((-1.17041855, -1.54678537, 0), abs=1e-6)


def test_estimators_of_diagnostics() -> None:
    """R: rstandard, rstudent, weights, blup and baujat of fits by PM, DL, SJ."""
    assert meta.rstandard(Y, V, method="PM").z[3] == pytest.approx(1.29504654956317)
    assert meta.rstudent(Y, V, method="DL").z[3] == pytest.approx(1.34220394557433)
    assert meta.weights(Y, V, method="DL")[3] == pytest.approx(5.98294155937743)
    assert meta.weights(Y, V, mods=[1, 2, 3, 4, 5, 6, 7, 9], method="DL")[3] == pytest.approx(6.67304646939976)
    best = meta.blup(Y, V, method="SJ", level=0.8)
    assert (best.pred[3], best.pi_lb[3]) == pytest.approx((0.501454361647184, 0.281799774950284))
    plot = meta.baujat(Y, V, method="DL")
    assert (plot.x[3], plot.y[3]) == pytest.approx((1.557747502994477, 0.177209759651262))


def test_excess_significance_by_another_estimator() -> None:
    """The power of each study is that of its z test under the normal distribution of true effects."""
    fit, found = meta.pool(Y, V, method="SJ"), meta.excess_significance(Y, V, method="SJ", test="chi2")
    s, crit = np.sqrt(V), stats.norm.isf(0.025)
    total = np.sqrt(np.square(s) + fit.tau2)
    assert found.power == pytest.approx(stats.norm.sf((crit * s - fit.beta[0]) / total) + stats.norm.cdf((-crit * s - fit.beta[0]) / total))
    assert found.tau2 == fit.tau2 > 0


def test_asymmetry_beside_moderators() -> None:
    """R: rma(y, v, mods=cbind(sqrt(1/n), x)), threshold=1e-14."""
    found = meta.regtest(Y, V, N, predictor="sqrtninv", mods={"x": [1, 2, 4, 3, 5, 7, 6, 9]})
    assert found.stat == pytest.approx(-0.735344439009611)
    assert np.isnan(found.limit_est)


def test_trimmed_and_tested_by_knapp_and_hartung() -> None:
    """R: the fit of trimfill(rma(y, v, method="DL"), side="left") again with test="knha", which its own refit drops."""
    found = meta.trimfill(Y, V, side="left", method="DL", test="knha")
    assert (found.k0, found.estimate, found.ci_lb) == (3, pytest.approx(0.278574669854712), pytest.approx(0.0687596864620243))
    with pytest.raises(MetaError, match="normal tests"):
        meta.trimfill(Y, V, side="left", test="knha", tol=1e-5)


def test_funnel_of_everything() -> None:
    found = meta.funnel(Y, V, N, null=0.2, method="DL", measure="PLO", level=0.9, points=11)
    assert found.reference == pytest.approx(meta.pool(Y, V, method="DL").beta[0])
    assert (len(found.grid), found.null) == (11, 0.2)
    assert found.upper - found.lower == pytest.approx(2 * stats.norm.ppf(0.95) * found.grid)
    low, high = found.contours["0.05"]
    assert (low + high) / 2 == pytest.approx(np.full(11, 0.2))
    assert found.zone.tolist() == [
        int(np.sum(2 * stats.norm.sf(abs(y - 0.2) / np.sqrt(v)) < np.array([0.1, 0.05, 0.01]))) for y, v in zip(Y, V, strict=True)
    ]
    assert "leans" in found.warnings[0]
    assert meta.funnel(Y, V, reference=0.5).reference == 0.5
    with pytest.raises(MetaError, match="two points"):
        meta.funnel(Y, V, points=1)


def test_bivariate_correction_and_level() -> None:
    cells = ([40, 22, 60, 30], [5, 4, 9, 2], [10, 8, 9, 11], [80, 41, 70, 55])
    by_hand = meta.bivariate(*(np.add(c, 0) for c in cells), correction=0.25, level=0.8)
    assert by_hand.ci_ub - by_hand.beta == pytest.approx(stats.norm.ppf(0.9) * by_hand.se)
    # Counts a fourfold as large with a fourfold correction are the same odds with a quarter of the variance.
    assert meta.bivariate(*cells, correction=1.0).beta[0] < meta.bivariate(*cells, correction=0.01).beta[0]
    with pytest.raises(MetaError, match="zero"):
        meta.bivariate([0, *cells[0][1:]], *cells[1:], correction=0)


INTERVALS: dict[str, tuple[Callable[[float], Any], Callable[[Any], tuple[Any, Any]], Any]] = {
    "linear": (lambda level: meta.linear(Y, {"n": N}, level=level), lambda f: (f.ci_lb, f.ci_ub), stats.t(6)),
    "pet_peese": (lambda level: meta.pet_peese(Y, V, level=level).PET, lambda f: (f.ci_lb, f.ci_ub), stats.t(6)),
    "worst_case": (lambda level: meta.worst_case(Y, V, 2.0, level=level), lambda f: (f.ci_lb, f.ci_ub), stats.t(7)),
    "limit_meta_rucker": (lambda level: meta.limit_meta_rucker(Y, V, level=level), lambda f: (f.ci_lb, f.ci_ub), stats.norm),
    "selection_model": (lambda level: meta.selection_model(Y, V, method="EE", level=level), lambda f: (f.ci_lb, f.ci_ub), stats.norm),
    "multilevel": (lambda level: meta.multilevel(Y, V, [1, 1, 2, 2, 3, 3, 4, 4], level=level), lambda f: (f.ci_lb, f.ci_ub), stats.norm),
    "location_scale": (lambda level: meta.location_scale(Y, V, level=level), lambda f: (f.ci_lb, f.ci_ub), stats.norm),
}  # fmt: skip


@pytest.mark.parametrize("name", INTERVALS)
def test_an_interval_is_as_wide_as_its_level(name: str) -> None:
    call, ends, law = INTERVALS[name]
    (low, high), (inner_low, inner_high) = ends(call(0.99)), ends(call(0.8))
    assert np.subtract(high, low) / np.subtract(inner_high, inner_low) == pytest.approx(law.ppf(0.995) / law.ppf(0.9))


def test_a_profile_interval_falls_as_far_as_its_level() -> None:
    wide, narrow = (meta.p_uniform(Y, V, level=level) for level in (0.95, 0.5))
    assert wide.ci_lb < narrow.ci_lb < narrow.estimate == pytest.approx(wide.estimate)
    tight, loose = (meta.tau2_interval(Y, [v / 10 for v in V], level=level).tau2 for level in (0.5, 0.99))
    assert loose[1] < tight[1] < tight[0] < tight[2] < loose[2]


def test_what_is_called_affirmative() -> None:
    p = 2 * stats.norm.sf(np.array(Y) / np.sqrt(V))
    for alpha in (0.01, 0.05, 0.2):
        assert meta.worst_case(Y, V, alpha=alpha).k_affirmative == int(np.sum(p < alpha))


def test_when_peese_is_taken() -> None:
    p = float(meta.pet_peese(Y, V).PET.pval[0])
    assert meta.pet_peese(Y, V, alpha=p + 1e-9).conditional == "PEESE"
    assert meta.pet_peese(Y, V, alpha=p - 1e-9).conditional == "PET"
    assert "proportion" in meta.pet_peese(Y, V, measure="PLO").warnings[0]


def test_names_of_a_statsmodels_fit() -> None:
    import statsmodels.api as sm

    x = np.column_stack((np.ones(8), N))
    fit = sm.OLS(np.array(Y), x).fit()
    found = meta.robust(fit, [1, 1, 2, 2, 3, 3, 4, 4], "CR1", df="clusters", names=("intrcpt", "n"))
    assert found.names == ("intrcpt", "n")
    assert found.df_num == 1  # the intercept is not tested with the others


def test_seeds_and_levels_of_bands() -> None:
    rng = np.random.default_rng(0)
    x, y = np.arange(30.0), rng.normal(size=30)
    one, again, other = (meta.lowess_band(x, y, replicates=40, seed=s) for s in (1, 1, 2))
    assert np.array_equal(one.lower, again.lower)
    assert not np.array_equal(one.lower, other.lower)
    narrow = meta.lowess_band(x, y, replicates=40, seed=1, level=0.5)
    assert (narrow.lower >= one.lower).all()
    assert (narrow.upper <= one.upper).all()


def test_chance_seed_and_level_of_a_learning_curve() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(30, 900, 60)
    y = np.clip(0.8 - 1.5 * n**-0.8 + rng.normal(0, 0.02, 60), 0.3, 0.999)
    one, again = (meta.learning_curve(y, n, chance=0.2, bootstraps=8, level=0.5, seed=3) for _ in range(2))
    wide = meta.learning_curve(y, n, chance=0.2, bootstraps=8, level=0.95, seed=3)
    assert one.intervals == again.intervals
    assert wide.intervals["A"][0] <= one.intervals["A"][0] <= one.intervals["A"][1] <= wide.intervals["A"][1]
    assert one.curve(n).min() >= 0.2 - 1e-12  # at chance to the last bits, which differ between processors
    with pytest.raises(MetaError, match="above it"):
        meta.learning_curve(y, n, chance=0.9999)


def test_the_centre_of_years() -> None:
    rng = np.random.default_rng(2)
    n, years = rng.integers(30, 500, 40), 2010 + np.arange(40) % 8
    acc = rng.binomial(n, 0.8) / n
    a, b = meta.trend(acc, n, years), meta.trend(acc, n, years, centre=2000)
    assert a.glmm is not None
    assert b.glmm is not None
    assert b.year_centre == 2000
    assert a.glmm.beta[1:] == pytest.approx(b.glmm.beta[1:], abs=1e-5)
    assert a.glmm.beta[0] == pytest.approx(b.glmm.beta[0] + (a.year_centre - 2000) * b.glmm.beta[2], abs=1e-4)
