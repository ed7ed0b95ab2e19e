"""Degenerate data: a result or a clear error, and no warning of the numerics ever reaches the user."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from miner.errors import MinerError
from tests.meta.calls import FUNCTIONS, call, columns_of, figures

K = 12
_RNG = np.random.default_rng(5)
PLAIN: dict[str, Any] = {
    "n": _RNG.integers(40, 400, K), "y": _RNG.normal(0.3, 0.3, K), "v": _RNG.uniform(0.01, 0.1, K), "w": _RNG.integers(20, 60, K), "m": _RNG.normal(size=K), "year": 2000 + _RNG.permutation(K),
    "paper": np.array([f"p{i % 5}" for i in range(K)]), "ai": _RNG.integers(5, 30, K), "bi": _RNG.integers(5, 30, K), "ci": _RNG.integers(5, 30, K), "di": _RNG.integers(5, 30, K),
}  # fmt: skip
PLAIN["x"] = _RNG.binomial(PLAIN["n"], 0.8)
CELLS = ("ai", "bi", "ci", "di")


def filled(table: dict[str, Any]) -> dict[str, Any]:
    """Add the shares, and arms that hold the cells."""
    k = len(table["y"])
    with np.errstate(all="ignore"):
        share = np.asarray(table["x"], dtype=float) / np.asarray(table["n"], dtype=float)
    return {"share": share} | table if k else table | {"share": np.array([])}


def changed(**columns: Any) -> dict[str, Any]:
    return filled(PLAIN | {name: np.full(K, value) if np.ndim(value) == 0 else np.asarray(value) for name, value in columns.items()})


def first(k: int) -> dict[str, Any]:
    return filled({name: column[:k] for name, column in PLAIN.items()})


CASES: dict[str, dict[str, Any]] = {
    **{f"k = {k}": first(k) for k in (0, 1, 2, 3)},
    "identical": changed(y=0.3, v=0.02, n=100, x=80, ai=9, bi=7, ci=5, di=8), "identical effects": changed(y=0.3, x=80, n=100), "all zero": changed(y=0.0, x=0, ai=0, ci=0),
    "all perfect": changed(x=PLAIN["n"], bi=0, di=0, ai=PLAIN["n"], ci=PLAIN["n"]), "no cells": changed(ai=0, bi=0, ci=0, di=0), "zero variances": changed(v=0.0),
    "tiny variances": changed(v=1e-300), "huge variances": changed(v=1e300), "one precise": changed(v=[1e-14, *PLAIN["v"][1:]]), "huge effects": changed(y=PLAIN["y"] * 1e150),
    "huge n": changed(n=PLAIN["n"] * 10**12, x=PLAIN["x"] * 10**12, **{c: PLAIN[c] * 10**10 for c in CELLS}), "n of 1": changed(n=1, x=[0, 1] * 6, ai=1, bi=0, ci=0, di=1),
    "one paper": changed(paper="p"), "a paper each": changed(paper=[f"p{i}" for i in range(K)]), "one level": changed(m=["a"] * K), "two levels": changed(m=["a"] * (K - 1) + ["b"]),
    "constant moderator": changed(m=1.0), "collinear": changed(m=PLAIN["y"] * 2 + 1, x=(PLAIN["m"] > 0) * PLAIN["n"]), "one year": changed(year=2010), "huge moderator": changed(m=PLAIN["m"] * 1e200),
    "two values": changed(y=[0.1, 0.5] * 6, v=0.02, x=[10, 30] * 6, n=40), "one apart": changed(y=[0.3] * (K - 1) + [0.9], x=[20] * (K - 1) + [39], n=40), "missing": changed(y=[np.nan, *PLAIN["y"][1:]]),
    "a line": changed(y=np.arange(K) / 10.0, v=0.02, m=np.arange(K) / 5.0, year=2000 + np.arange(K), n=100, x=30 + np.arange(K)),
}  # fmt: skip
PLAIN_TABLE = filled(PLAIN)
# Of what takes long, a few cases, which tell as much.
ONLY = {
    "learning_curve": {"k = 2", "identical", "all perfect"}, "trend": {"k = 1", "k = 3", "identical", "all zero", "all perfect", "one year", "one paper"},
    "p_uniform": {"k = 1", "k = 3", "identical effects", "tiny variances", "huge effects"}, "glmm_arms": {"k = 1", "identical", "all zero", "all perfect", "no cells"},
    "selection_model": {"k = 1", "k = 3", "identical", "tiny variances", "huge effects", "huge moderator"}, "permutation_test": {"k = 2", "identical", "tiny variances", "one level"},
    **{name: {"k = 1", "k = 3", "identical", "all zero", "all perfect", "no cells", "n of 1", "one paper", "one level", "huge moderator"} for name in ("glmm", "score_test", "bivariate")},
}  # fmt: skip
WITHOUT = {"multilevel": {"huge effects"}, "mixed": {"huge effects"}}  # refused, after many steps


def concerned(name: str, table: dict[str, Any]) -> bool:
    """Tell whether a case changes a column that the function takes."""
    return any(not np.array_equal(table[c], PLAIN_TABLE[c]) for c in columns_of(name).values())


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"limit_meta"}))  # the old name, which warns that it is
def test_degenerate_data_give_no_warnings(name: str) -> None:
    for case, table in CASES.items():
        if not concerned(name, table) or case not in ONLY.get(name, CASES) or case in WITHOUT.get(name, ()):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            said = outcome(name, table)
        assert said in {"", "refused"}, f"{name} on {case!r}: {said}"


def outcome(name: str, table: dict[str, Any]) -> str:
    """Return nothing for a result, ``refused`` for a clear error, else what went wrong."""
    try:
        found = figures(call(name, lambda _p, column: table[column], ("offset",)))
    except MinerError as error:
        return "refused" if error.what else "an error without words"
    except Exception as error:  # noqa: BLE001 - whatever else comes is what a user must never see
        return f"{type(error).__name__}: {error}"
    return f"{found} without a word" if silent(found) else ""


def silent(found: Any) -> bool:
    """Tell whether a central figure is infinite or undefined."""
    if not isinstance(found, dict):
        return False
    values = [
        np.array([np.nan if v is None else v for v in np.ravel(found[key])], dtype=float)
        for key in ("beta", "coef", "estimate", "r2")
        if key in found
    ]
    return any(np.isinf(v).any() for v in values) or (any(v.size and np.isnan(v).all() for v in values) and not found.get("warnings"))
