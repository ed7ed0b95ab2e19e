"""Compare nested reference figures with computed ones, leaf by leaf."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

# Words about a figure, not figures.
WORDS = {"note", "names", "formula", "model", "warnings", "optimizer", "rho", "type"}
P_VALUES = {"p", "pval", "QEp", "QMp", "p_satt", "p_ker", "QEp_Wld", "QEp_LRT"}


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of every list or scalar."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}/{key}" if path else str(key))
    else:
        yield path, tree


def differs(mine: Any, theirs: Any, tol: float, name: str) -> str | None:
    """Return what is wrong, or None. P-values carry the error of their statistic, many times over in the tails."""
    a, b = np.atleast_1d(np.array(mine, dtype=float)), np.atleast_1d(_array(theirs))
    if a.shape != b.shape:
        return f"shape {a.shape} instead of {b.shape}"
    unknown = np.isnan(b)
    if not np.array_equal(unknown, np.isnan(a)):
        return f"{a.tolist()} instead of {b.tolist()}"
    if unknown.all():
        return None
    a, b = a[~unknown], b[~unknown]
    same = (a == b) | ((np.abs(a) < 1e-30) & (np.abs(b) < 1e-30))
    scale = np.maximum(np.abs(b), np.max(np.abs(b)) * (0.05 if name.startswith("ci_") else 1e-2))
    allowed = tol * scale
    if name in P_VALUES:
        allowed = tol * np.abs(b) * (1 + 4 * np.abs(np.log(np.maximum(b, 1e-300)))) + 1e-12
    wrong = ~same & ~(np.abs(a - b) <= allowed)
    return None if not wrong.any() else f"{a.tolist()} instead of {b.tolist()} (off by {np.max(np.abs(a - b) / np.maximum(np.abs(b), 1e-300)):.1e})"


def _array(value: Any) -> Any:
    def number(v: Any) -> Any:
        if isinstance(v, list):
            return [number(x) for x in v]
        return {None: math.nan, "Inf": math.inf, "-Inf": -math.inf}.get(v, v) if v is None or isinstance(v, str) else v

    return np.array(number(value), dtype=float)


def check(reference: dict[str, Any], mine: dict[str, Any], tolerance: Callable[[str], float], excused: Callable[[str], bool]) -> tuple[list[str], int]:
    """Return the faults and the number of leaves compared; a leaf that is neither computed nor excused is a fault."""
    computed = dict(leaves(mine))
    faults, count = [], 0
    for path, value in leaves(reference):
        name = path.rsplit("/", 1)[-1]
        if name in WORDS or excused(path):
            continue
        if path not in computed:
            faults.append(f"{path}: not computed")
            continue
        count += 1
        fault = differs(computed[path], value, tolerance(path), name)
        if fault:
            faults.append(f"{path}: {fault}")
    return faults, count
