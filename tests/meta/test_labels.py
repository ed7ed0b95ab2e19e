"""Rows of pandas columns are matched by their labels or refused by every public function, never taken by position."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from miner.errors import MetaError
from tests.meta.calls import FUNCTIONS, call, columns_of, figures

K = 16
_RNG = np.random.default_rng(11)
_N = _RNG.integers(60, 400, K)
_X = _RNG.binomial(_N, _RNG.uniform(0.6, 0.9, K))
TABLE = pd.DataFrame(
    {
        "x": _X, "n": _N, "share": _X / _N, "y": _RNG.normal(0.3, 0.3, K), "v": _RNG.uniform(0.01, 0.1, K), "w": _RNG.integers(20, 60, K), "m": _RNG.normal(size=K),
        "year": _RNG.permutation(np.arange(2000, 2000 + K)), "paper": [f"p{i % 7}" for i in range(K)], "ai": _X // 2, "bi": _N // 3, "ci": _X // 3, "di": _N // 4,
    },
    index=[f"row{i}" for i in range(K)],
)  # fmt: skip
TURNED = TABLE.sample(frac=1, random_state=3)
# Sizes of the studies that only their mean counts of: there are no rows to match.
UNMATCHED = {("back_transform", "ni")}


def same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return set(a) == set(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or a == pytest.approx(b, rel=1e-9, abs=1e-12)
    return bool(a == b)


def test_every_column_of_every_function_is_known() -> None:
    """A new parameter that takes a column needs a place in :mod:`tests.meta.calls`."""
    for name, function in FUNCTIONS.items():
        arrays = {
            p
            for p, known in inspect.signature(function).parameters.items()
            if "ArrayLike" in str(known.annotation) or p in {"mods", "scale", "others"}
        }
        assert arrays - {"inner", "delta", "imprecision", "centre"} <= set(columns_of(name)), name


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_columns_are_matched_by_their_labels(name: str) -> None:
    straight = figures(call(name, lambda _p, column: TABLE[column]))
    first, *others = columns_of(name)
    for turned in others:
        found = figures(call(name, lambda p, column, turned=turned: (TURNED if p == turned else TABLE)[column]))
        assert same(found, straight), f"{name}: {turned} is taken by position beside {first}"
        if (name, turned) not in UNMATCHED:
            for wrong in (TABLE.reset_index(drop=True), TABLE.iloc[:-1]):
                with pytest.raises(MetaError, match="labels"):
                    call(name, lambda p, column, turned=turned, wrong=wrong: (wrong if p == turned else TABLE)[column])
