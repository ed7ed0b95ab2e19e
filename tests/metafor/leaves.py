"""Compare nested reference figures with computed ones, leaf by leaf."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

# Words about a figure, not figures (the paper's files; the data sets' are named in unsupported.toml).
WORDS = {"note", "names", "formula", "model", "warnings", "optimizer", "rho", "type"}
# Variances on their boundary, exactly 0 here, may be a little above it where an iteration stopped: its threshold is 1e-13 in R.
BOUNDARY = {"tau2": 1e-10, "sigma2": 1e-10, "tau": 1e-5, "I2": 1e-6, "I2_total_and_by_level": 1e-6}
P_VALUES = {"p", "pval", "p_k0", "QEp", "QMp", "p_satt", "p_ker", "QEp_Wld", "QEp_LRT"}
SPECIAL = {"Inf": math.inf, "-Inf": -math.inf, "NA": math.nan, "NaN": math.nan}

P_VALUES |= {"Qp", "p_delta", "LRTp", "LRTp_tau2", "pval.0", "pval.het", "pval.pb"}


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of every list or scalar."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}/{key}" if path else str(key))
    else:
        yield path, tree


def differs(mine: Any, theirs: Any, tol: float, name: str) -> str | None:
    """Return what is wrong, or None. P-values carry the error of their statistic, many times over in the tails."""
    if is_words(theirs):
        return None if _listed(mine) == _listed(theirs) else f"{mine!r} instead of {theirs!r}"
    try:
        a, b = np.atleast_1d(np.array(numbers(mine), dtype=float)), np.atleast_1d(np.array(numbers(theirs), dtype=float))
    except (TypeError, ValueError):
        return f"{mine!r} is not a figure like {theirs!r}"
    if a.shape != b.shape:
        return f"shape {a.shape} instead of {b.shape}"
    unknown = np.isnan(b)
    if not np.array_equal(unknown, np.isnan(a)):
        return f"{a.tolist()} instead of {b.tolist()}"
    if unknown.all():
        return None
    a, b = a[~unknown], b[~unknown]
    finite = np.abs(b[np.isfinite(b)])
    # R's optimisers of several variances work on their logarithms, which never reach 0: what is nothing beside the largest is 0.
    boundary = max(BOUNDARY.get(name, 0.0), tol * finite.max(initial=0.0) if name == "sigma2" else 0.0)
    same = ((a == 0) & (np.abs(b) < boundary)) | (a == b) | ((np.abs(a) < 1e-30) & (np.abs(b) < 1e-30))
    scale = np.maximum(np.abs(b), (finite.max() if len(finite) else 0.0) * (0.05 if name.startswith("ci_") else 1e-2))
    allowed = np.where(np.isfinite(b), tol * scale, 0.0)
    if name in P_VALUES:
        allowed = tol * np.abs(b) * (1 + 4 * np.abs(np.log(np.maximum(b, 1e-300)))) + 1e-12
    with np.errstate(invalid="ignore"):
        wrong = ~same & ~(np.abs(a - b) <= allowed)
        off = np.max(np.abs(a - b)[wrong] / np.maximum(np.abs(b[wrong]), 1e-300)) if wrong.any() else 0.0
    return None if not wrong.any() else f"{a.tolist()} instead of {b.tolist()} (off by {off:.1e}, allowed {tol:.0e})"


def is_words(value: Any) -> bool:
    """Return whether a leaf is text (or a list of texts), other than the written infinities."""
    if isinstance(value, list):
        return bool(value) and all(v is None or is_words(v) for v in value) and any(v is not None for v in value)
    return isinstance(value, str) and value not in SPECIAL


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple | np.ndarray) else [value]


def numbers(value: Any) -> Any:
    """Turn null and written infinities into numbers."""
    if isinstance(value, list | tuple):
        return [numbers(x) for x in value]
    if value is None:
        return math.nan
    return SPECIAL.get(value, value) if isinstance(value, str) else value


def check(
    reference: Any, mine: Any, tolerance: Callable[[str], float], excused: Callable[[str], bool] = lambda _path: False
) -> tuple[list[str], int]:
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
