"""What miner.meta gives for the blocks that hold pooling, meta-regression, permutation tests and 2 x 2 tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from miner.errors import MetaError
from miner.meta.intervals import tau2_interval
from miner.meta.pooling import PoolResult, pool

Document = dict[str, Any]


def figures(fit: PoolResult) -> Document:
    """Return a fit under the reference's names; the matrix only where there are several coefficients, as there.

    R was asked for ``pi.type="Riley"``, but metafor 3.8-1 knows ``"riley"`` only: the reference's columns repeat the plain interval, and are
    compared as what they are. Riley's own interval is tested in tests/meta.
    """
    out: Document = {key: getattr(fit, key) for key in PoolResult.__dataclass_fields__}
    return out | {"dfs": [fit.dfs], "vcov": fit.vcov if fit.p > 1 else None, "pi_lb_riley": fit.pi_lb, "pi_ub_riley": fit.pi_ub}


def attempt(call: Callable[[], Document]) -> Document:
    """Return figures, or the refusal under ``error``."""
    try:
        return call()
    except MetaError as e:
        return {"error": f"MetaError: {e}"}


def effects(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with an effect and its variance."""
    return frame.dropna(subset=["yi", "vi"])


def random_effects(frame: pd.DataFrame, document: Document) -> Document:
    d, out = effects(frame), {}
    for method, tests in document["re"].items():
        if method == "tau2_ci":
            out[method] = {name: attempt(lambda name=name: interval(d, name)) for name in tests}
        elif method.startswith("unweighted"):
            out[method] = attempt(lambda method=method: figures(pool(d.yi, d.vi, method=method.partition("_")[2], weighted=False)))
        else:
            out[method] = {test: attempt(lambda m=method, t=test: figures(pool(d.yi, d.vi, method=m, test=t))) for test in tests}
    return out


def interval(d: pd.DataFrame, name: str) -> Document:
    """Compute the interval that a name such as PL_REML says."""
    kind, _, method = name.partition("_")
    return dict(tau2_interval(d.yi, d.vi, kind=kind, method=method or "REML").to_dict())


def design_of(frame: pd.DataFrame, formula: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the complete rows and the columns of a formula of R: sums of columns, factor(x), I(x^2) and x:z."""
    terms = [t.strip() for t in re.sub(r"\s", "", formula).lstrip("~").split("+") if t != "1"]
    named = sorted({w for t in terms for w in re.findall(r"[A-Za-z_.][\w.]*", t) if w in frame})
    rows = effects(frame).dropna(subset=named)
    return rows, {name: column for t in terms for name, column in term(rows, t).items()}


def term(rows: pd.DataFrame, text: str) -> dict[str, Any]:
    """Return the column of one term."""
    if text in rows:
        numeric = pd.api.types.is_numeric_dtype(rows[text]) and rows[text].dtype != bool
        return {
            text: rows[text].to_numpy(float)
            if numeric
            else rows[text].astype(str).str.upper().to_numpy()
            if rows[text].dtype == bool
            else rows[text].astype(str).to_numpy()
        }
    if found := re.fullmatch(r"factor\(([\w.]+)\)", text):
        return {text: rows[found[1]].astype(str).to_numpy()}
    if ":" in text:
        left, right = text.split(":")
        return {text: term(rows, left)[left] * term(rows, right)[right]}
    names = {c: rows[c].to_numpy(float) for c in rows if pd.api.types.is_numeric_dtype(rows[c])}
    inner = text.removeprefix("I(").removesuffix(")") if text.startswith("I(") else text
    functions = {"log": np.log, "log10": np.log10, "sqrt": np.sqrt, "exp": np.exp, "scale": lambda x: (x - x.mean()) / x.std(ddof=1)}
    return {text: eval(inner.replace("^", "**"), {"__builtins__": {}}, functions | names)}


def moderators(frame: pd.DataFrame, document: Document) -> Document:
    out: Document = {}
    for name, fits in document["mods"].items():
        rows, columns = design_of(frame, fits["formula"])
        out[name] = {}
        for fit in fits:
            method, _, test = fit.partition("_")
            if fit != "formula":
                out[name][fit] = attempt(lambda m=method, t=test, r=rows, x=columns: figures(pool(r.yi, r.vi, x, method=m, test=t)))
    return out


def without(frame: pd.DataFrame, document: Document) -> Document:
    """Pool without the row that the block's name gives, counted from 1."""
    out = {}
    for name in (n for n in document if n.startswith("rma_without_")):
        d = effects(frame.drop(frame.index[[int(i) - 1 for i in name.removeprefix("rma_without_").split("_")]]))
        out[name] = figures(pool(d.yi, d.vi))
    return out


def log_odds(frame: pd.DataFrame, document: Document) -> Document:
    """Pool the diagnostic log odds ratios, 1/2 added to every cell."""
    rows = frame.dropna(subset=["tp", "np", "tn", "nn"])
    cells = rows.tp + 0.5, rows["np"] - rows.tp + 0.5, rows.nn - rows.tn + 0.5, rows.tn + 0.5
    return figures(pool(np.log(cells[0] * cells[3] / (cells[1] * cells[2])), sum(1 / c for c in cells)))


BLOCKS: dict[str, Callable[[pd.DataFrame, Document], Document]] = {
    "re": random_effects,
    "mods": moderators,
    "rma_without_*": without,
    "lnDOR_RE": log_odds,
}

EXACT = ("DL", "HE", "HS", "HSk", "SJ", "EE", "mh", "peto")


def tolerance(path: str) -> float:
    """Return the README's tolerance of a leaf."""
    parts = path.split("/")
    if "tau2_ci" in parts:
        return 1e-7
    if "mods" in parts:
        return (
            1e-6  # R solves normal equations: with a moderator such as year, uncentred, its own rounding reaches 1e-7 (ours: test_exact.py)
        )
    if any(part.split("_")[0] in EXACT for part in parts):
        return 1e-10
    return 1e-8
