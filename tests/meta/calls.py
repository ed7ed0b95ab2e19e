"""A call of every public function of miner.meta, made from its signature: what it takes by the names of its parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from miner import meta

# Functions that take a whole table or a fit, which remembers its labels.
WITHOUT_COLUMNS = {"analyse_table", "report_text", "profile_interval", "robust"}
FUNCTIONS = {name: f for name in meta.__all__ if inspect.isfunction(f := getattr(meta, name)) and name not in WITHOUT_COLUMNS}

# What a parameter is given, by the columns of a table that has them all; parameters that are no columns have one value.
COLUMNS = {
    "yi": "y", "vi": "v", "y": "y", "estimate": "share", "accuracy": "share", "auc": "share", "centre": "share", "events": "x", "ni": "n", "n": "n", "year": "year",
    "cluster": "paper", "mods": "m", "others": "m", "scale": "m", "weights": "w", "order": "year", "n_positive": "x", "n_negative": "w",
    "ai": "ai", "bi": "bi", "ci": "ci", "di": "di", "n1i": "n", "n2i": "n", "tp": "ai", "fp": "ci", "fn": "bi", "tn": "di", "t": "share", "values": "share", "offset": "m",
}  # fmt: skip
OWN: dict[str, dict[str, str]] = {"lowess_band": {"x": "year"}, "spline_test": {"x": "year"}, "trend": {"centre": ""}}
OTHERS: dict[str, dict[str, Any]] = {
    "effect_sizes": {"measure": "PLO"}, "effect_sizes_arms": {"measure": "OR"}, "back_transform": {"measure": "PFT"}, "score_test": {"coefficient": "m"},
    "selection_model": {"empty": "warn", "method": "EE"}, "trimfill": {"side": "left"}, "lowess_band": {"replicates": 5}, "permutation_test": {"iterations": 20},
    "gosh": {"subsets": 20}, "learning_curve": {"bootstraps": 3}, "regtest": {"predictor": "ninv"}, "multilevel": {"inner": None},
}  # fmt: skip


def columns_of(name: str) -> dict[str, str]:
    """Return the parameters of a function that are columns, with the column of the table that each is given."""
    known = {"x": "x"} | COLUMNS | OWN.get(name, {})
    return {p: known[p] for p in inspect.signature(FUNCTIONS[name]).parameters if known.get(p)}


def call(name: str, give: Callable[[str, str], Any], left_out: tuple[str, ...] = (), **more: Any) -> Any:
    """Call a function with a column from ``give`` for each of its parameters that is one."""
    given = {p: give(p, column) for p, column in columns_of(name).items() if p not in left_out}
    return FUNCTIONS[name](**given, **OTHERS.get(name, {}), **more)


def figures(result: Any) -> Any:
    """Return what a result says, as plain data."""
    if isinstance(result, Mapping):
        return {key: figures(value) for key, value in result.items()}
    plain = result.to_dict() if hasattr(result, "to_dict") else result
    return plain.tolist() if hasattr(plain, "tolist") else plain
