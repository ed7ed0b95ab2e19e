"""Bad input: a clear error, or a result whose estimates are finite; never a silent nan, a traceback or an endless run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from miner import meta
from miner.errors import MetaError

NAN, INF = float("nan"), float("inf")
Y, V = [0.1, 0.3, 0.5, 0.2, 0.4], [0.01, 0.02, 0.03, 0.01, 0.02]
N, X, YEARS = [50, 60, 70, 80, 90], [40, 50, 60, 70, 80], [2010, 2011, 2012, 2013, 2014]
CLUSTER = ["a", "a", "b", "b", "c"]

EFFECTS: dict[str, tuple[Any, Any]] = {
    "none": ([], []), "one": ([0.1], [0.01]), "two": ([0.1, 0.5], [0.01, 0.02]), "vi zero": (Y, [0, *V[1:]]), "vi negative": (Y, [-1, *V[1:]]),
    "vi nan": (Y, [NAN, *V[1:]]), "vi infinite": (Y, [INF, *V[1:]]), "yi nan": ([NAN, *Y[1:]], V), "yi infinite": ([-INF, *Y[1:]], V),
    "ties": ([0.3] * 5, [0.02] * 5), "lengths": (Y, V[:3]), "text": (["a", *Y[1:]], V), "two dimensions": ([Y, Y], [V, V]),
    "orders of magnitude": ([1e200, -1e200, 1e150, 0, 1], V), "variances of any size": (Y, [1e-300, 1, 1, 1, 1e300]),
}  # fmt: skip
COUNTS: dict[str, tuple[Any, Any]] = {
    "none": ([], []), "one": ([5], [10]), "two": ([5, 6], [10, 12]), "all perfect": (N, N), "all zero": ([0] * 5, N), "some perfect": ([0, 60, 35, 40, 90], N),
    "more than n": ([60, *X[1:]], N), "negative": ([-1, *X[1:]], N), "missing": ([NAN, *X[1:]], N), "n of 0": ([0, *X[1:]], [0, *N[1:]]),
    "ties": ([30] * 5, [50] * 5), "infinite": (X, [INF, *N[1:]]), "text": (["a", *X[1:]], N),
}  # fmt: skip
CELLS: dict[str, tuple[Any, ...]] = {
    "none": ([], [], [], []), "one": ([5], [5], [5], [5]), "two": ([5, 6], [5, 3], [5, 2], [5, 9]), "perfect": ([10] * 5, [0] * 5, [0] * 5, [10] * 5),
    "ties": ([5] * 5, [3] * 5, [2] * 5, [9] * 5), "negative": ([-1] * 5, [3] * 5, [2] * 5, [9] * 5), "missing": ([NAN] * 5, [3] * 5, [2] * 5, [9] * 5),
    "no events": ([0] * 5, [8] * 5, [0] * 5, [9] * 5), "an empty arm": ([0] * 5, [0] * 5, [2] * 5, [9] * 5),
}  # fmt: skip


def accuracies(x: Any, n: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.array(x, dtype=float) / np.array(n, dtype=float) if "a" not in x else x


CALLS: dict[str, tuple[dict[str, tuple[Any, ...]], Callable[..., Any]]] = {
    "pool": (EFFECTS, meta.pool),
    "pool knha": (EFFECTS, lambda y, v: meta.pool(y, v, test="knha")),
    **{f"pool {m}": (EFFECTS, lambda y, v, m=m: meta.pool(y, v, method=m)) for m in ("DL", "HE", "HS", "HSk", "SJ", "ML", "EB", "PM", "PMM", "DLIT", "SJIT", "EE")},
    "tau2 QP": (EFFECTS, meta.tau2_interval),
    "tau2 PL": (EFFECTS, lambda y, v: meta.tau2_interval(y, v, kind="PL")),
    "permutation": (EFFECTS, lambda y, v: meta.permutation_test(y, v, method="DL")),
    "multilevel": (EFFECTS, lambda y, v: meta.multilevel(y, v, CLUSTER[: len(y)])),
    "CHE": (EFFECTS, lambda y, v: meta.multilevel(y, v, CLUSTER[: len(y)], rho=0.6)),
    "robust": (EFFECTS, lambda y, v: meta.robust(meta.pool(y, v), CLUSTER[: len(y)])),
    "glmm": (COUNTS, meta.glmm),
    "glmm without rows": (COUNTS, lambda x, n: meta.glmm(x, n, row=False)),
    "glmm with clusters": (COUNTS, lambda x, n: meta.glmm(x, n, cluster=CLUSTER[: len(x)])),
    "trend": (COUNTS, lambda x, n: meta.trend(accuracies(x, n), n, YEARS[: len(x)], CLUSTER[: len(x)])),
    "noise": (COUNTS, lambda x, n: meta.noise_envelope(accuracies(x, n), n)),
    "records": (COUNTS, lambda x, n: meta.records_below_noise(accuracies(x, n), n, YEARS[: len(x)])),
    "bivariate": (CELLS, lambda a, b, c, d: meta.bivariate(a, c, b, d)),
    "bivariate binomial": (CELLS, lambda a, b, c, d: meta.bivariate(a, c, b, d, "binomial")),
    "mantel_haenszel": (CELLS, meta.mantel_haenszel),
    "mantel_haenszel RR": (CELLS, lambda *t: meta.mantel_haenszel(*t, measure="RR")),
    "peto": (CELLS, meta.peto),
    "glmm_arms": (CELLS, lambda a, b, c, d: meta.glmm_arms(a, np.add(a, b), c, np.add(c, d))),
}  # fmt: skip
MUST_FAIL = {
    "none", "vi zero", "vi negative", "vi nan", "vi infinite", "yi nan", "yi infinite", "lengths", "text", "two dimensions", "all perfect", "all zero",
    "more than n", "negative", "missing", "n of 0", "infinite", "an empty arm",
}  # fmt: skip
ALLOWED = {"noise", "records", "trend"}  # figures of accuracies need no logit: perfect ones are data


@pytest.mark.parametrize(("name", "case"), [(name, case) for name, (cases, _) in CALLS.items() for case in cases])
def test_bad_input(name: str, case: str) -> None:
    cases, call = CALLS[name]
    try:
        result = call(*cases[case])
    except MetaError:
        return
    assert case not in MUST_FAIL or (name in ALLOWED and case in {"all perfect", "all zero"}) or name.startswith("bivariate")
    for key in ("beta", "se", "pval", "ci_lb", "ci_ub", "tau2"):
        value = getattr(result, key, None)
        if value is not None:
            assert np.isfinite(np.asarray(value, dtype=float)).all(), f"{key} of {result}"


@pytest.mark.parametrize(
    "mods",
    [
        {"a": [1, 2, 3, 4, 5], "b": [2, 4, 6, 8, 10]},
        {"a": [1] * 5},
        {"a": [1, NAN, 1, 2, 1]},
        {"a": ["x", None, "y", "y", "x"]},
        {"a": [1, 2, 3]},
        {"a": [0] * 5},
        np.arange(25.0).reshape(5, 5) ** 2,
    ],
)
def test_bad_moderators(mods: Any) -> None:
    calls = (lambda: meta.pool(Y, V, mods), lambda: meta.multilevel(Y, V, CLUSTER, mods=mods), lambda: meta.glmm(X, N, mods))
    for call in calls:
        with pytest.raises(MetaError, match=r"moderator|coefficient|row"):
            call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: meta.multilevel(Y, V, ["a"] * 5),
        lambda: meta.robust(meta.pool(Y, V), ["a"] * 5),
        lambda: meta.glmm(X, N, cluster=["a"] * 5),
        lambda: meta.multilevel(Y, V, ["a", None, "b", "b", "c"]),
    ],
)
def test_one_cluster_or_none(call: Callable[[], Any]) -> None:
    with pytest.raises(MetaError, match=r"cluster"):
        call()


@pytest.mark.parametrize("options", [{"method": "XX"}, {"test": "x"}, {"level": 1.5}, {"level": 0}])
def test_bad_options(options: dict[str, Any]) -> None:
    with pytest.raises(MetaError):
        meta.pool(Y, V, **options)


def test_two_studies_give_metafors_result() -> None:
    """R: rma(c(.1, .5), c(.02, .03)) and its Q-profile interval."""
    fit = meta.pool([0.1, 0.5], [0.02, 0.03])
    assert fit.tau2 == pytest.approx(0.055, abs=1e-12)
    assert fit.beta[0] == pytest.approx(0.2875, abs=1e-12)
    assert any("k = 2" in w for w in fit.warnings)
