from __future__ import annotations

import numpy as np
import pytest

from miner.errors import MetaError
from miner.meta.sensitivity.learning_curve import _Problem, learning_curve

TRUE = {"A": 0.8, "alpha": -1.5, "beta": -0.8, "zeta": 1.0, "tau": 0.04}


def _literature(k: int, threshold: float, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return k published accuracies with their sizes, and the share of studies that was published."""
    rng = np.random.default_rng(seed)
    n = np.exp(rng.uniform(np.log(20), np.log(1000), 20 * k)).round()
    mu = TRUE["A"] + TRUE["alpha"] * n ** TRUE["beta"] + TRUE["zeta"] / np.sqrt(n)
    y = rng.normal(mu, np.sqrt(TRUE["tau"] ** 2 + 0.16 / n))
    seen = (y > threshold) & (y < 1)
    return y[seen][:k], n[seen][:k], float((y > threshold)[y < 1].mean())


@pytest.mark.parametrize(("selected", "threshold"), [(False, 0.0), (True, 0.82)])
def test_the_limit_is_recovered(selected: bool, threshold: float) -> None:
    limits = []
    for seed in range(4):
        y, n, share = _literature(400, threshold, seed)
        fit = learning_curve(y, n, threshold="min" if selected else None, bootstraps=0)
        limits.append(fit.A)
        assert fit.naive_limit > TRUE["A"] + 0.03, "without correction the limit is too high"
        assert abs(fit.published_share - share) < 0.15
        assert fit.ll >= fit.ll_without_zeta
    assert np.median(limits) == pytest.approx(TRUE["A"], abs=0.025)


def test_selection_that_is_not_modelled_is_mistaken_for_accuracy() -> None:
    gaps = []
    for seed in range(4):
        y, n, _ = _literature(400, 0.82, seed)
        with_selection = learning_curve(y, n, bootstraps=0)
        without = learning_curve(y, n, threshold=None, bootstraps=0)
        gaps.append((with_selection.A, without.A))
    with_, without_ = np.median(np.array(gaps), axis=0)
    assert with_ < without_ - 0.01


def test_the_interval_holds_the_limit_and_is_the_same_again() -> None:
    y, n, _ = _literature(250, 0.0, 7)
    fit = learning_curve(y, n, cluster=np.arange(250) // 2, threshold=None, bootstraps=40)
    assert fit.intervals["A"][0] < TRUE["A"] < fit.intervals["A"][1]
    assert fit.corrected_interval[0] <= fit.corrected <= fit.corrected_interval[1]
    assert fit.to_dict() == learning_curve(y, n, cluster=np.arange(250) // 2, threshold=None, bootstraps=40).to_dict()
    assert fit.observed(100) > fit.curve(100)


def test_what_is_published_is_the_mean_of_what_passes() -> None:
    rng = np.random.default_rng(2)
    y, n, _ = _literature(300, 0.78, 2)
    fit = learning_curve(y, n, bootstraps=0)
    drawn = rng.normal(fit.observed(60), np.sqrt(fit.tau**2 + fit.noise / 60), 200_000)
    assert float(fit.published(60)) == pytest.approx(drawn[(drawn > fit.threshold) & (drawn < 1)].mean(), abs=1e-3)


@pytest.mark.parametrize("low", [None, 0.6])
def test_the_gradient_is_that_of_the_likelihood(low: float | None) -> None:
    y, n, _ = _literature(60, 0.6, 3)
    objective = _Problem(0.5, low).objective(y, n)
    theta = np.array([0.78, 0.5, 0.7, 0.05, -0.6])
    steps = 1e-6 * np.eye(5)
    numeric = [(objective(theta + h)[0] - objective(theta - h)[0]) / 2e-6 for h in steps]
    assert objective(theta)[1] == pytest.approx(numeric, rel=1e-5, abs=1e-4)


def test_what_the_data_cannot_tell_is_said() -> None:
    rng = np.random.default_rng(5)
    n = rng.integers(100, 200, 15)
    fit = learning_curve(np.clip(rng.normal(0.8, 0.05, 15), 0, 1), n, bootstraps=20)
    assert any("only 15" in w for w in fit.warnings)
    assert any("factor of five" in w for w in fit.warnings)
    assert "Bias-corrected" in str(fit)


@pytest.mark.parametrize(
    ("accuracy", "n", "options", "word"),
    [
        ([0.8] * 7, range(10, 17), {}, "too few"),
        ([0.8] * 8, [50] * 8, {}, "hardly vary"),
        ([0.8] * 7 + [1.2], range(10, 18), {}, r"\[0, 1\]"),
        ([0.8] * 8, [0, *range(10, 17)], {}, "at least 1"),
        ([0.8] * 8, range(10, 18), {"threshold": 0.9}, "below the threshold"),
        ([0.4] * 8, range(10, 18), {}, "chance"),
        ([0.8] * 8, range(10, 19), {}, "same length"),
    ],
)
def test_what_cannot_be_fitted_is_refused(accuracy: list[float], n: list[int], options: dict[str, float], word: str) -> None:
    with pytest.raises(MetaError, match=word):
        learning_curve(accuracy, list(n), **options)


def test_where_nothing_rises_the_exponent_is_the_agreed_one() -> None:
    rng = np.random.default_rng(4)
    n = rng.integers(30, 2000, 80)
    fit = learning_curve(0.5 + 1.75 / np.sqrt(n), n, threshold=None, bootstraps=10)
    assert (fit.alpha, fit.beta) == (0, -1.0), "any exponent gives the same curve, so none is the fit's own"
    assert any("exponent is not told" in w for w in fit.warnings)


def test_an_estimate_does_not_hang_on_the_last_bits_of_the_data() -> None:
    y, n, _ = _literature(120, 0.8, 11)
    one, two = (learning_curve(values, n, bootstraps=5).to_dict() for values in (y, y * (1 + 2e-15)))
    for name in ("A", "alpha", "beta", "zeta", "tau", "corrected"):
        assert one[name] == pytest.approx(two[name], rel=1e-9), name
    for name, interval in one["intervals"].items():
        assert interval == pytest.approx(two["intervals"][name], rel=1e-9), name
