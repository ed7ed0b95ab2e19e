"""Selection models: derivatives, recovery, limits, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from miner import meta
from miner.errors import MetaError
from miner.meta.bias.selected import Selected
from miner.meta.bias.weight_functions import SHAPES, Smooth, Steps, p_values


def literature(k: int, seed: int, effect: float = 0.2, tau: float = 0.2, share: float = 0.3) -> tuple[Any, Any]:
    """Return k studies of which those without a significant positive effect were seen with probability ``share``."""
    rng = np.random.default_rng(seed)
    se = np.exp(rng.normal(-1.5, 0.5, 12 * k))
    y = rng.normal(effect, np.sqrt(tau**2 + se**2))
    seen = (y / se > 1.96) | (rng.random(len(y)) < share)
    return y[seen][:k], se[seen][:k] ** 2


def difference(function: Any, at: Any, step: float = 1e-5) -> Any:
    """Return the derivative of a function by central differences, with the parameter last."""
    return np.stack([(function(at + e) - function(at - e)) / (2 * step) for e in np.eye(len(at)) * step], axis=-1)


def weights() -> list[Any]:
    y, v = literature(40, 1)
    se, prec = np.sqrt(v), np.sqrt(v) / np.sqrt(v).max()
    steps = np.array([0.025, 0.5, 1.0])
    out = [Steps(y / se, se, steps, side, np.array([1, np.nan, np.nan])) for side in ("greater", "two.sided")]
    for shape in SHAPES.values():
        out.append(Smooth(y / se, se, shape, "greater", prec if shape.size == 1 else np.ones(40)))
        out.append(Smooth(y / se, se, shape, "two.sided", np.ones(40)))
        if shape.size == 1:
            out.append(Smooth(y / se, se, shape, "greater", np.ones(40), 0.05))
    return out


@pytest.mark.parametrize("weight", weights())
def test_derivatives(weight: Any) -> None:
    y, v = literature(40, 1)
    X = np.column_stack((np.ones(40), np.linspace(-1, 1, 40)))
    model = Selected(y, v, X, weight)
    theta = np.array([0.25, 0.1, 0.05, *([0.8, 1.7][: weight.size])])
    _, gradient, hessian = model.surface(theta)
    np.testing.assert_allclose(gradient, difference(lambda t: model.surface(t)[0], theta), rtol=2e-6, atol=2e-6)
    np.testing.assert_allclose(hessian, difference(lambda t: model.surface(t)[1], theta), rtol=2e-6, atol=2e-5)


@pytest.mark.parametrize("shape", list(SHAPES))
def test_integrals_against_adaptive_quadrature(shape: str) -> None:
    from scipy import integrate, stats

    se = np.array([0.1, 0.3])
    weight = Smooth(np.array([0.5, 1.0]), se, SHAPES[shape], "greater", np.ones(2))
    delta = np.array([1.4, 0.6][: weight.size])
    mu, s = np.array([0.2, -0.1]), np.sqrt(se**2 + 0.04)
    found = weight.expected(mu, s, delta).plain[:, 0]
    for i in range(2):

        def integrand(x: float, i: int = i) -> float:
            least = SHAPES[shape].p_min
            p = float(np.clip(p_values(np.array([x / se[i]]), "greater")[0], least, 1 - least))
            q = np.array([max(1 - p, 1e-300)])
            log, _, _ = SHAPES[shape].curve(np.array([max(p, 1e-300)]), q, np.ones(1), delta)
            return float(np.exp(log[0]) * stats.norm.pdf(x, mu[i], s[i]))

        points = [0.0, 4.264890793922825 * se[i], -4.264890793922825 * se[i], 8 * se[i], -8 * se[i]]
        value = integrate.quad(integrand, mu[i] - 12 * s[i], mu[i] + 12 * s[i], points=points, limit=400, epsabs=1e-12)[0]
        assert found[i] == pytest.approx(value, rel=1e-8)


def test_the_effect_is_recovered() -> None:
    adjusted, naive, weight = [], [], []
    for seed in range(6):
        fit = meta.selection_model(*literature(400, seed))
        adjusted.append(fit.beta[0])
        naive.append(fit.unadjusted[0])
        weight.append(fit.delta[1])
        assert fit.LRTp < 0.05
    assert np.mean(adjusted) == pytest.approx(0.2, abs=0.04)
    assert np.mean(weight) == pytest.approx(0.3, abs=0.08)
    assert min(naive) > 0.27


@pytest.mark.parametrize(
    ("kind", "share"),
    [
        ("beta", lambda p: (1 - p) ** 1.5), ("halfnorm", lambda p: np.exp(-4 * p**2)), ("negexp", lambda p: np.exp(-4 * p)),
        ("logistic", lambda p: 2 / (1 + np.exp(5 * p))), ("power", lambda p: (1 - p) ** 2), ("negexppow", lambda p: np.exp(-4 * p)),
    ],
)  # fmt: skip
def test_smooth_models_recover_the_effect(kind: Any, share: Any) -> None:
    adjusted, naive = [], []
    for seed in range(1 if kind in {"beta", "negexppow"} else 3):
        rng = np.random.default_rng(seed)
        se = rng.uniform(0.1, 0.5, 8000)
        y = rng.normal(0.15, se)
        seen = rng.random(8000) < share(p_values(y / se, "greater"))
        fit = meta.selection_model(y[seen][:900], se[seen][:900] ** 2, kind, method="EE")
        adjusted.append(fit.beta[0])
        naive.append(fit.unadjusted[0])
        assert fit.LRTp < 1e-3
        assert np.isfinite(fit.se).all()
    assert np.mean(adjusted) == pytest.approx(0.15, abs=0.03)
    assert min(naive) > 0.18


@pytest.mark.parametrize("kind", ["stepfun", "beta", "halfnorm", "power"])
def test_directions_mirror(kind: Any) -> None:
    y, v = literature(60, 5)
    up, down = meta.selection_model(y, v, kind), meta.selection_model(-y, v, kind, alternative="less")
    np.testing.assert_allclose([down.beta[0], down.ci_lb[0], down.tau2], [-up.beta[0], -up.ci_ub[0], up.tau2], rtol=1e-9)
    np.testing.assert_allclose(down.delta, up.delta, rtol=1e-9)


def test_weights_of_one_change_nothing() -> None:
    y, v = literature(50, 2)
    x = np.linspace(0, 1, 50)
    fit = meta.selection_model(y, v, steps=[0.025, 0.5], delta=[1, 1, 1], mods=x)
    plain = meta.pool(y, v, x, method="ML")
    np.testing.assert_allclose(fit.beta, plain.beta, rtol=1e-7)
    assert (fit.tau2, fit.ll) == (pytest.approx(plain.tau2, rel=1e-6), pytest.approx(plain.ll_ML, rel=1e-10))
    assert (fit.LRT, fit.LRTdf) == (pytest.approx(0, abs=1e-9), 0)
    assert np.isnan(fit.LRTp)


def test_units_do_not_matter() -> None:
    y, v = literature(60, 8)
    a, b = meta.selection_model(y, v), meta.selection_model(y * 1e-4, v * 1e-8)
    np.testing.assert_allclose([b.beta[0] * 1e4, b.tau2 * 1e8, b.delta[1]], [a.beta[0], a.tau2, a.delta[1]], rtol=1e-7)


def test_clusters_widen_the_interval() -> None:
    y, v = literature(80, 4)
    one, each = meta.selection_model(y, v), meta.selection_model(y, v, cluster=np.arange(80))
    twice = meta.selection_model(np.repeat(y, 2), np.repeat(v, 2), cluster=np.repeat(np.arange(80), 2))
    assert each.n_clusters == 80
    assert each.se[0] == pytest.approx(one.se[0], rel=0.35)
    # each study given twice is no news to its cluster
    np.testing.assert_allclose(twice.se, each.se, rtol=1e-6)
    assert twice.beta[0] == pytest.approx(one.beta[0], rel=1e-7)


def test_an_empty_interval() -> None:
    y, v = literature(30, 6)
    keep = p_values(y / np.sqrt(v), "greater") < 0.5
    with pytest.raises(MetaError, match=r"no p-value lies in \(0.5, 1\]"):
        meta.selection_model(y[keep], v[keep], steps=[0.025, 0.5])
    fit = meta.selection_model(y[keep], v[keep], steps=[0.025, 0.5], empty="warn")
    assert fit.delta[2] == 0
    assert "set by their limits" in fit.warnings[0]
    with pytest.raises(MetaError, match=r"no p-value lies in \(0, 0.025\]"):
        meta.selection_model([0.1, 0.1, 0.0, -0.1, 0.05], [0.1] * 5)


def test_a_second_maximum_is_told() -> None:
    """Precise null results beside imprecise large ones: strong selection without heterogeneity explains them better than little with much."""
    y = [1.1, 1.3, 0.9, 1.4, 1.2, 1.0, 0.02, 0.01, -0.02, 0.03, 0.6, 0.5]
    v = [0.2, 0.3, 0.15, 0.3, 0.25, 0.2, 0.0004, 0.0003, 0.0005, 0.0004, 0.08, 0.09]
    fit = meta.selection_model(y, v)
    equal = meta.selection_model(y, v, method="EE")
    assert fit.ll >= equal.ll - 1e-9 or any("Another maximum" in w for w in fit.warnings)


def test_many_studies() -> None:
    y, v = literature(10_000, 9)
    fit = meta.selection_model(y, v, steps=[0.025, 0.5])
    assert fit.beta[0] == pytest.approx(0.2, abs=0.02)
    assert (fit.delta[1], fit.delta[2]) == (pytest.approx(0.3, abs=0.05), pytest.approx(0.3, abs=0.06))


@pytest.mark.parametrize(
    ("yi", "vi", "options", "message"),
    [
        ([], [], {}, "0 studies"),
        ([0.1], [0.1], {}, "lies in|cannot tell"),
        ([0.9, 0.1], [0.1, 0.1], {}, "cannot tell"),
        ([0.9, 0.1, 0.2], [0.1, 0.0, 0.1], {}, "not positive"),
        ([0.9, np.nan, 0.2], [0.1, 0.1, 0.1], {}, "missing or infinite"),
        ([0.9, 0.1, 0.2], [0.1, np.inf, 0.1], {}, "not positive finite"),
        ([0.9, 0.1, 0.2, 0.3], [0.1] * 4, {"steps": [0.5, 0.025]}, "no rising p-values"),
        ([0.9, 0.1, 0.2, 0.3], [0.1] * 4, {"steps": [-0.1]}, "no rising p-values"),
        ([0.9, 0.1, 0.2, 0.3], [0.1] * 4, {"type": "gamma"}, "no selection model"),
        ([0.9, 0.1, 0.2, 0.3], [0.1] * 4, {"type": "beta", "imprecision": "sei"}, "takes no imprecision"),
        ([0.9, 0.1, 0.2, 0.3], [0.1] * 4, {"type": "negexp", "imprecision": "ni"}, "no imprecision"),
        ([0.9, 0.1, 0.2, 0.3], [0.1] * 4, {"type": "negexp", "steps": [0.1, 0.2]}, "one step at most"),
        ([0.9, 0.1, 0.2, 0.3], [0.1] * 4, {"type": "negexp", "steps": [1e-9]}, "on both sides"),
        ([0.9, 0.1, 0.2, 0.3], [0.1] * 4, {"delta": [1]}, "weights for"),
        ([0.9, 0.1, 0.2, 0.3], [0.1] * 4, {"delta": [1, -1]}, "not negative"),
        ([0.9, 0.1, 0.2, 0.3], [0.1] * 4, {"delta": [1, 0]}, "weight 0 holds studies"),
        ([0.9, 0.1, 0.2, 0.3], [0.1] * 4, {"mods": [1, 1, 1, 1]}, "collinear"),
        ([0.9, 0.1, 0.2, 0.3], [0.1] * 4, {"cluster": ["a"] * 4}, "one cluster"),
        ([0.9, 0.1, 0.2, 0.3], [0.1] * 4, {"alternative": "up"}, "alternative"),
    ],
)
def test_refusals(yi: list[float], vi: list[float], options: dict[str, Any], message: str) -> None:
    with pytest.raises(MetaError, match=message):
        meta.selection_model(yi, vi, **options)


def test_it_prints() -> None:
    fit = meta.selection_model(*literature(20, 7))
    assert "LRT(1)" in str(fit)
    assert fit.to_dict()["delta"][0] == 1.0


def test_vevea_woods_tables_are_whole() -> None:
    for steps, delta in meta.VEVEA_WOODS.values():
        assert len(steps) == len(delta) == 14
        assert (steps[-1], delta[0]) == (1, 1)


def test_weights_for_a_plot() -> None:
    y, v = literature(60, 3)
    steps = meta.selection_model(y, v, steps=[0.025, 0.5])
    assert steps.weight([0.0, 0.025, 0.026, 0.5, 1.0]).tolist() == [1, 1, steps.delta[1], steps.delta[1], steps.delta[2]]
    smooth = meta.selection_model(y, v, "negexp", steps=[0.05])
    np.testing.assert_allclose(smooth.weight([0.01, 0.05, 0.5]), [1, 1, np.exp(-0.5 * smooth.delta[0])])
    with pytest.raises(MetaError, match="between 0 and 1"):
        steps.weight([1.96])
