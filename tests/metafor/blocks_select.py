"""What miner.meta gives for the reference's blocks on selection models, p-uniform and diagnostics.

What to compute is read from the document's names and signs, never from the data set's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from miner import meta
from miner.errors import MetaError
from tests.metafor import roles

Document = dict[str, Any]
PUNIFORM = {"puni_star_ML": "star-ML", "puni_star_P": "star-P", "puniform_P": "P"}
FIELDS = (
    "beta",
    "se",
    "zval",
    "pval",
    "ci_lb",
    "ci_ub",
    "tau2",
    "se_tau2",
    "delta",
    "se_delta",
    "z_delta",
    "p_delta",
    "ll",
    "LRT",
    "LRTdf",
    "LRTp",
)


def figures(result: Any) -> Document:
    """Return a result's fields as numbers: what is missing is NaN."""
    return {key: np.nan if value is None else value for key, value in result.to_dict().items() if key != "warnings"}


def effects(frame: pd.DataFrame) -> tuple[Any, Any, pd.DataFrame]:
    """Return the effects and variances of the studies that have a positive variance, and their rows."""
    rows = frame[(frame.vi > 0) & frame.yi.notna()]
    return rows.yi.to_numpy(float), rows.vi.to_numpy(float), rows


def by_steps(frame: pd.DataFrame, name: str, side: str, empty: str = "error") -> Any:
    """Fit the step function whose name tells its steps, such as stepfun_two.sided_0.05_0.1."""
    y, v, _ = effects(frame)
    parts = name.split("_")[1:]
    steps = [float(part) for part in parts if part[0].isdigit()]
    method: Any = "EE" if "EE" in parts else "ML"
    alternative: Any = "two.sided" if "two.sided" in parts else side
    return meta.selection_model(y, v, "stepfun", steps, alternative, method=method, empty=empty)


def selection(frame: pd.DataFrame, name: str, side: Any, block: Document) -> Document:
    """Return one entry of the block selmodel."""
    y, v, _ = effects(frame)
    kind: Any = name.split("_", maxsplit=1)[0]
    try:
        if kind == "stepfun":
            # the reference checks all intervals but the first, which its limits then decide
            first = block.get("ptable_k", [1])[0] == 0
            fit = by_steps(frame, name, side, "warn" if first else "error")
        elif kind == "VeveaWoods":
            tails = {"one": "one-tailed", "two": "two-tailed"}
            steps, delta = meta.VEVEA_WOODS[f"{name.split('_')[1]} {tails[name.split('_')[2]]}"]
            fit = meta.selection_model(y, v, "stepfun", steps, side, delta=delta)
        else:
            fit = meta.selection_model(y, v, kind, alternative=side, imprecision="sei" if name.endswith("_sei") else None)
    except MetaError as e:
        return {"error": f"MetaError: {e}"}
    names = {"LRT_tau2": fit.LRT_tau2, "LRTp_tau2": fit.LRTp_tau2, "k": fit.k, "ptable_k": np.nan if fit.ptable_k is None else fit.ptable_k}
    return {field: getattr(fit, field) for field in FIELDS} | names


def selection_block(frame: pd.DataFrame, document: Document) -> Document:
    blocks = document["selmodel"]
    side = blocks["alternative"]  # an input: the direction in which the reference looked
    return {"alternative": side} | {name: selection(frame, name, side, block) for name, block in blocks.items() if isinstance(block, dict)}


def exact_block(frame: pd.DataFrame, document: Document) -> Document:
    content, out = document["exact_step"], {}
    for name in content:
        if name == "meta":
            continue
        try:
            out[name] = exact(by_steps(frame, name, content["meta"]["alternative"]))
        except MetaError as e:
            fit = by_steps(frame, name, content["meta"]["alternative"], "warn")
            out[name] = {"error": f"MetaError: {e}", "interval_counts": fit.ptable_k}
    return out


def exact(fit: Any) -> Document:
    boundary = fit.method == "ML" and fit.tau2 == 0
    return {
        "mu": fit.beta[0], "se_mu": fit.se[0], "tau2": fit.tau2, "se_tau2": fit.se_tau2, "tau2_on_boundary": boundary, "delta": fit.delta,
        "se_delta": fit.se_delta, "ll": fit.ll, "ll0": fit.unadjusted_ll, "LRT": fit.LRT, "interval_counts": fit.ptable_k,
    }  # fmt: skip


def extra_block(frame: pd.DataFrame, document: Document) -> Document:
    content, out = document["extra"], {}
    y, v, _ = effects(frame)
    side = content["meta"]["side"]
    for name in content:
        try:
            if name in PUNIFORM:
                method: Any = PUNIFORM[name]
                # the package stops turning between effect and tau² early: at this, by its six figures
                fit = meta.p_uniform(y, v, method, side, tol=3e-4)
                out[name] = {"est": fit.estimate} | {key.replace("_", "."): value for key, value in figures(fit).items()}
            elif name.startswith("weightfunct_"):
                out[name] = weights(
                    meta.selection_model(y if side == "right" else -y, v, steps=[float(s) for s in name.split("_")[1:]], empty="warn")
                )
        except MetaError as e:
            out[name] = {"error": f"MetaError: {e}"}
    return out


def weights(fit: Any) -> Document:
    """Return a step model in the package's form: its value is the negative log-likelihood without the constant."""
    constant = -0.5 * fit.k * np.log(2 * np.pi)
    return {
        "adj_par": [fit.tau2, fit.beta[0], *fit.delta[1:]], "unadj_par": [fit.unadjusted_tau2, fit.unadjusted[0]], "LRT": fit.LRT,
        "adj_value": constant - fit.ll, "unadj_value": constant - fit.unadjusted_ll,
    }  # fmt: skip


def influence_block(frame: pd.DataFrame, document: Document) -> Document:
    fit = meta.influence(*effects(frame)[:2])
    dotted = {"cook_d": "cook.d", "cov_r": "cov.r", "tau2_del": "tau2.del", "QE_del": "QE.del"}
    out = {dotted.get(key, key): value for key, value in figures(fit).items()}
    return out | {"dfbs": fit.dfbs[:, 0]}


def leave_out(method: Any) -> Callable[[pd.DataFrame, Document], Document]:
    def block(frame: pd.DataFrame, document: Document) -> Document:
        out = figures(meta.leave_one_out(*effects(frame)[:2], method))
        return out | {"ci.lb": out["ci_lb"], "ci.ub": out["ci_ub"]}

    return block


def cumulative_block(frame: pd.DataFrame, document: Document) -> Document:
    """The reference gave the row numbers in order of the year as the values to sort by: its fits follow those, beside the right order."""
    y, v, rows = effects(frame)
    column = roles.year(rows)
    said = document["diagnostics"]["cumul_by_year"].get("order_1based")
    if column is None and said is None:
        raise MetaError("there is no column of years", hint=f"call it one of {', '.join(roles.YEARS)}")
    order = np.asarray(said) if column is None else np.argsort(rows[column].to_numpy(), kind="stable") + 1
    out = figures(meta.cumulative(y, v, order))
    out["I2"] = [0.0 if k == 1 else value for k, value in zip(out["k"], out["I2"], strict=True)]  # metafor says 0 of one study, we nothing
    return out | {"order_1based": order, "ci.lb": out["ci_lb"], "ci.ub": out["ci_ub"]}


def plain(function: Callable[..., Any]) -> Callable[[pd.DataFrame, Document], Document]:
    return lambda frame, _document: figures(function(*effects(frame)[:2]))


BLOCKS: dict[str, Callable[[pd.DataFrame, Document], Any]] = {
    "selmodel": selection_block,
    "exact_step": exact_block,
    "extra": extra_block,
    "diagnostics/influence": influence_block,
    "diagnostics/rstandard": plain(meta.rstandard),
    "diagnostics/rstudent": plain(meta.rstudent),
    "diagnostics/leave1out_REML": leave_out("REML"),
    "diagnostics/leave1out_DL": leave_out("DL"),
    "diagnostics/leave1out_EE": leave_out("EE"),
    "diagnostics/blup": plain(meta.blup),
    "diagnostics/weights": lambda frame, _document: meta.weights(*effects(frame)[:2]),
    "diagnostics/cumul_by_year": cumulative_block,
    "diagnostics/baujat": plain(meta.baujat),
}


def tolerance(path: str) -> float:
    """Return the README's tolerance of a leaf."""
    name = path.rsplit("/", 1)[-1]
    if path.startswith("exact_step"):
        # the standard errors there are by differences: 50-digit arithmetic gives ours to 16 digits (bcg, risk differences, EE: 9e-7 off there)
        return 2e-6 if name.startswith("se_") else 1e-8
    if path.startswith("extra"):
        # the packages' root finders stop at an absolute 1e-4, which is coarse for intervals of small effects
        return 5e-3 if name.startswith(("ci.", "tau2", "adj_par")) else 1e-3
    if path.startswith("diagnostics"):
        return 1e-8
    if "_tau2" in name and name.startswith("LRT"):
        return 1e-2  # the fit without tau² is made by one optimiser from one start there
    if name == "ll":
        return 1e-8 if "stepfun" in path else 1e-6
    if name in ("beta", "tau2", "delta", "LRT", "LRTp"):
        return 1e-4
    if "stepfun" in path or "Vevea" in path:
        return 1e-3  # standard errors by a numerical Hessian there, and what follows from them
    # numerical Hessians of numerical integrals, whose kink at the cut-off of p-values costs the power model most: off by up to a tenth
    return 0.2 if "power" in path else 2e-2 if name.startswith("ci_") else 5e-3
