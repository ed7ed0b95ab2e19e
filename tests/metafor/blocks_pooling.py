"""What miner.meta gives for the blocks that hold pooling, meta-regression, permutation tests and 2 x 2 tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from miner.errors import MetaError
from miner.meta.models.intervals import tau2_interval
from miner.meta.models.location_scale import location_scale
from miner.meta.models.pooling import PoolResult, pool
from miner.meta.models.splines import natural_spline
from miner.meta.models.tables import mantel_haenszel, peto
from miner.meta.sensitivity.permutation import permutation_test

Document = dict[str, Any]
FUNCTIONS = {"log": np.log, "log10": np.log10, "sqrt": np.sqrt, "exp": np.exp, "scale": lambda x: (x - x.mean()) / x.std(ddof=1)}


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
    """Return the rows with an effect and a variance above 0 (raw proportions of 0 or 1 have none)."""
    d = frame.dropna(subset=["yi", "vi"])
    return d[d.vi > 0]


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


def design_of(frame: pd.DataFrame, formula: str, names: list[str] | None = None) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the complete rows and the columns of a formula of R: sums of columns, factor(x), I(x^2), ns(x, 3), x:z and x * z.

    Where the coefficients' ``names`` are given, categories get indicators in their order: R sorts levels as its locale does, and numbers as
    numbers.
    """
    words = re.findall(r"[A-Za-z_.][\w.]*(?![\w.]*\()", formula)
    unknown = [w for w in words if w not in frame]
    if unknown:
        raise MetaError(f"there is no column {unknown[0]!r}", hint=f"there are: {', '.join(map(str, frame))}")
    rows = effects(frame).dropna(subset=sorted(set(words)))
    simple: dict[str, None] = {}
    for part in re.sub(r"\s", "", formula).lstrip("~").split("+"):
        factors = part.split("*")
        simple |= dict.fromkeys([*factors, *([":".join(factors)] if len(factors) > 1 else [])])
    simple.pop("1", None)
    ordered = sorted(simple, key=lambda t: ":" in t)  # R puts main effects first
    columns = {name: column for t in ordered for name, column in term(rows, t).items()}
    return rows, indicators(columns, names) if names else columns


def indicators(columns: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Replace each category by a column for each of its levels among the coefficients' names."""
    out: dict[str, Any] = {}
    for name, column in columns.items():
        if column.dtype.kind == "f":
            out[name] = column
            continue
        levels = {f"{name}{level}": level for level in set(column.tolist())}
        out |= {n: (column == levels[n]).astype(float) for n in names if n in levels}
    return out


def labels(column: pd.Series) -> Any:
    """Return a column's values as R writes them: TRUE and FALSE, whole numbers without a point."""
    if column.dtype == bool:
        return column.astype(str).str.upper().to_numpy()
    if pd.api.types.is_numeric_dtype(column):
        return np.array([f"{v:.15g}" for v in column], dtype=object)
    return column.astype(str).to_numpy(dtype=object)


def term(rows: pd.DataFrame, text: str) -> dict[str, Any]:
    """Return the columns of one term."""
    if text in rows:
        numeric = pd.api.types.is_numeric_dtype(rows[text]) and rows[text].dtype != bool
        return {text: rows[text].to_numpy(float) if numeric else labels(rows[text])}
    if found := re.fullmatch(r"factor\(([\w.]+)\)", text):
        return {text: labels(rows[found[1]])}
    if found := re.fullmatch(r"ns\(([\w.]+),(?:df=)?(\d+)\)", text):
        basis = natural_spline(rows[found[1]].to_numpy(float), int(found[2]))
        return {f"ns({found[1]}, {found[2]}){j + 1}": basis[:, j] for j in range(basis.shape[1])}
    if ":" in text:
        left, right = text.split(":")
        return {text: term(rows, left)[left] * term(rows, right)[right]}
    names = {c: rows[c].to_numpy(float) for c in rows if pd.api.types.is_numeric_dtype(rows[c])}
    inner = text.removeprefix("I(").removesuffix(")") if text.startswith("I(") else text
    return {text: eval(inner.replace("^", "**"), {"__builtins__": {}}, FUNCTIONS | names)}


def moderators(frame: pd.DataFrame, document: Document) -> Document:
    out: Document = {}
    for name, fits in document["mods"].items():
        out[name] = {fit: attempt(lambda f=fit, b=fits: regression(frame, b, f)) for fit in fits if fit != "formula"}
    return out


def regression(frame: pd.DataFrame, block: Document, fit: str) -> Document:
    """Fit a block's formula as the entry's name says: REML_knha, EE_z."""
    rows, columns = design_of(frame, block["formula"], block[fit].get("names"))
    method, _, test = fit.partition("_")
    return figures(pool(rows.yi, rows.vi, columns, method=method, test=test))


def without(frame: pd.DataFrame, document: Document) -> Document:
    """Pool without the row that the block's name gives, counted from 1."""
    out = {}
    for name in (n for n in document if n.startswith("rma_without_")):
        d = effects(frame.drop(frame.index[[int(i) - 1 for i in name.removeprefix("rma_without_").split("_")]]))
        out[name] = figures(pool(d.yi, d.vi))
    return out


def diagnostic(frame: pd.DataFrame) -> tuple[Any, Any]:
    """Return the diagnostic log odds ratios and their variances, 1/2 added to every cell."""
    rows = frame.dropna(subset=["tp", "np", "tn", "nn"])
    table = np.array([rows.tp + 0.5, rows["np"] - rows.tp + 0.5, rows.nn - rows.tn + 0.5, rows.tn + 0.5])
    return np.log(table[0] * table[3] / (table[1] * table[2])), np.sum(1 / table, axis=0)


def log_odds(frame: pd.DataFrame, document: Document) -> Document:
    """Pool the diagnostic log odds ratios."""
    del document
    return figures(pool(*diagnostic(frame)))


def scale_model(frame: pd.DataFrame, document: Document) -> Document:
    """Fit the location-scale model whose moderator, of both parts, the block's name gives."""
    out = {}
    for name in (n for n in document if n.startswith("rma_scale_")):
        d, x = design_of(frame, f"~{name.removeprefix('rma_scale_')}")
        fit = location_scale(d.yi, d.vi, x, x)
        out[name] = {key: getattr(fit, key) for key in ("beta", "se", "alpha", "se_alpha", "ll_REML")}
    return out


def long_form(frame: pd.DataFrame, document: Document) -> Document:
    """Return two rows a study, the logits of sensitivity and specificity with 1/2 added to every cell."""
    del document
    rows = frame.dropna(subset=["tp", "np", "tn", "nn"])
    x = rows[["tp", "tn"]].to_numpy(float).ravel()
    n = rows[["np", "nn"]].to_numpy(float).ravel()
    yi, vi = np.log((x + 0.5) / (n - x + 0.5)), 1 / (x + 0.5) + 1 / (n - x + 0.5)
    k = len(rows)
    return {"study": np.repeat(np.arange(1, k + 1), 2), "group": ["sens", "spec"] * k, "x": x, "n": n, "yi": yi, "vi": vi}


def permutations(frame: pd.DataFrame, document: Document) -> Document:
    """Test by permutation as the block's name says: permutest_DL_exact, permutest_REML_knha_exact."""
    d, out = effects(frame), {}
    for name in (n for n in document if n.startswith("permutest_")):
        words = name.split("_")[1:]
        found = permutation_test(d.yi, d.vi, method=words[0], test="knha" if "knha" in words else "z", exact="exact" in words)
        out[name] = {"pval": found.pval, "iter": found.iterations, "QMp": found.QMp}
    return out


def cells(frame: pd.DataFrame) -> list[Any]:
    """Return the four columns of counts: events and non-events of each arm, under the names that R's data sets use; whole rows only."""
    found = None
    for names in (("ai", "bi", "ci", "di"), ("tpos", "tneg", "cpos", "cneg")):
        if found is None and set(names) <= set(frame):
            found = frame[list(names)].to_numpy(float)
    for names in (("ai", "n1i", "ci", "n2i"), ("xt", "nt", "xc", "nc"), ("x1i", "n1i", "x2i", "n2i")):
        if found is None and set(names) <= set(frame):
            a, n1, c, n2 = frame[list(names)].to_numpy(float).T
            found = np.column_stack((a, n1 - a, c, n2 - c))
    if found is None:
        raise MetaError("no columns of a 2 x 2 table were found", hint="name them ai, bi, ci, di")
    return list(found[~np.isnan(found).any(axis=1)].T)


def two_arms(call: Callable[..., Any]) -> Callable[[pd.DataFrame, Document], Document]:
    def block(frame: pd.DataFrame, document: Document) -> Document:
        measure = document["meta"].get("measure", "OR")
        return dict(call(*cells(frame), **({"measure": measure} if call is mantel_haenszel else {})).to_dict())

    return block


BLOCKS: dict[str, Callable[[pd.DataFrame, Document], Document]] = {
    "re": random_effects,
    "mods": moderators,
    "rma_without_*": without,
    "lnDOR_RE": log_odds,
    "long": long_form,
    "rma_scale_*": scale_model,
    "permutest_*": permutations,
    "mh": two_arms(mantel_haenszel),
    "peto": two_arms(peto),
}

EXACT = ("DL", "HE", "HS", "HSk", "SJ", "EE", "mh", "peto")


def tolerance(path: str) -> float:
    """Return the README's tolerance of a leaf."""
    parts = path.split("/")
    if parts[0].startswith("rma_scale"):
        # R maximises by nlminb from one start and differentiates numerically: here its alpha is off by 5e-6, its standard errors by 5e-5.
        return 1e-3 if "alpha" in parts[-1] else 1e-5
    if "tau2_ci" in parts:
        return 1e-7
    if "mods" in parts:
        return (
            1e-6  # R solves normal equations: with a moderator such as year, uncentred, its own rounding reaches 1e-7 (ours: test_exact.py)
        )
    if any(part.split("_")[0] in EXACT for part in parts):
        return 1e-10
    return 1e-8
