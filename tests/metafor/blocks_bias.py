"""What miner.meta gives for the reference's blocks on publication bias and on proportions.

Each entry of ``BLOCKS`` takes the data frame and the reference document and returns figures under the names of the document's block; a figure
that does not exist is ``{"error": message}``. What to compute is read from the document's names, never from the data set's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from miner.errors import MetaError
from miner.meta import (
    back_transform,
    effect_sizes_arms,
    excess_significance,
    fail_safe_n,
    henmi_copas,
    inverse_double_arcsine,
    pet_peese,
    pool,
    ranktest,
    regtest,
    trimfill,
)

Document = dict[str, Any]
# Where the reference's own solvers stop: figures are compared at their precision (tests/metafor/test_bias.py has the exact ones).
SCORING = 1e-5  # tau² of trimfill, which does not take the tightened control
QUADRATURE = np.finfo(float).eps ** 0.25  # integrals and roots of tes and hc
REGRESSIONS: dict[str, dict[str, Any]] = {
    "rma": {"model": "rma"},
    "rma_knha": {"model": "rma", "test": "knha"},
    "rma_DL": {"model": "rma", "method": "DL"},
    "rma_EE": {"model": "rma", "method": "EE"},
    "lm": {"model": "lm"},
}
FAIL_SAFE: dict[str, dict[str, Any]] = {
    "Rosenthal": {"kind": "Rosenthal"},
    "Orwin": {"kind": "Orwin"},
    "Orwin_weighted": {"kind": "Orwin", "weighted": True},
    "Rosenberg": {"kind": "Rosenberg"},
}
EXCESS: dict[str, dict[str, Any]] = {
    "rma_REML_default": {"method": "REML"},
    "REML_chi2": {"method": "REML", "test": "chi2"},
    "EE_chi2": {"method": "EE", "test": "chi2"},
    "EE_binom": {"method": "EE", "test": "binom"},
    "EE_exact": {"method": "EE", "test": "exact"},
}


def figures(result: Any) -> Document:
    """Return a result's fields as numbers: what is missing is NaN."""
    return {key: np.nan if value is None else value for key, value in result.to_dict().items() if key != "warnings"}


def attempt(compute: Callable[[], Document]) -> Document:
    """Return figures, or the clear error that stands in their place."""
    try:
        return compute()
    except MetaError as error:
        return {"error": f"MetaError: {error}"}


def whole(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that have an effect and a variance, as R keeps them; tables of counts have no effects."""
    return frame.dropna(subset=[c for c in ("yi", "vi") if c in frame])


def sizes(frame: pd.DataFrame) -> Any:
    """Return the sample sizes, where there are any."""
    return next((frame[c] for c in ("ni_total", "ni") if c in frame), None)


def regression_block(frame: pd.DataFrame, block: Mapping[str, Any]) -> Document:
    ni = sizes(frame)
    return {
        name: {p: attempt(lambda n=name, p=p: figures(regtest(frame.yi, frame.vi, ni, predictor=p, **REGRESSIONS[n]))) for p in predictors}
        for name, predictors in block.items()
        if name in REGRESSIONS
    }


def trim_block(frame: pd.DataFrame, block: Mapping[str, Any]) -> Document:
    out: Document = {}
    for method, analyses in block.items():
        out[method] = {}
        for name in analyses:
            estimator, side = name.split("_")
            out[method][name] = attempt(lambda e=estimator, s=side, m=method: figures(trimfill(frame.yi, frame.vi, e, s, m, tol=SCORING)))
    return out


def precision_block(frame: pd.DataFrame) -> Document:
    found = figures(pet_peese(frame.yi, frame.vi))
    found["WAAP"] = {**found["WAAP"], "k_adequate": found["k_adequate"], "fallback": found["fallback"]}
    return found


def excess_block(frame: pd.DataFrame, block: Mapping[str, Any], alternative: str) -> Document:
    def one(name: str) -> Document:
        found = figures(excess_significance(frame.yi, frame.vi, alternative=alternative, tol=QUADRATURE, **EXCESS[name]))
        return found | {"tau2": np.nan, "theta_lim": [found["theta_lim"]]}  # the reference does not give tau2 here

    return {name: attempt(lambda n=name: one(n)) for name in block if name in EXCESS}


def direction(document: Document, frame: pd.DataFrame) -> str:
    """Return the side of the one-sided tests: as the document says, else that of the mean effect."""
    said = document.get("selmodel", {}).get("alternative")
    return str(said) if said in {"greater", "less"} else "less" if float(pool(frame.yi, frame.vi).beta[0]) < 0 else "greater"


def back_block(frame: pd.DataFrame, document: Document) -> Document:
    fit = pool(frame.yi, frame.vi, method="REML")
    values = np.array([fit.beta[0], fit.ci_lb[0], fit.ci_ub[0]])
    measure = document["meta"]["measure"]
    if measure != "PFT":
        names = {"PLO": "ilogit", "PLN": "exp", "PAS": "iarcsin", "OR": "exp", "RR": "exp"}
        return {names[measure]: back_transform(measure, values).values} if measure in names else {}
    n, se = sizes(frame), float(fit.se[0])
    harmonic, by_se = back_transform("PFT", values, n), back_transform("PFT", values, n, by="se", se=se)
    each = inverse_double_arcsine(frame.yi, n)
    return {"hm_ni": harmonic.n, "ipft_harmonic": harmonic.values, "ipft_by_1_over_vi": by_se.values, "per_study": each}


def odds_block(frame: pd.DataFrame, document: Document) -> Document:
    """Egger's test of log diagnostic odds ratios, 1/2 added to all cells."""
    rows, how = frame.dropna(subset=["tp", "np", "tn", "nn"]), document["egger_on_lnDOR"]
    found = effect_sizes_arms("OR", rows.tp, rows["np"], rows.nn - rows.tn, rows.nn, to="all")
    return figures(regtest(found.yi, found.vi, model=how["model"], predictor=how["predictor"], measure="DOR"))


_BLOCKS: dict[str, Callable[[pd.DataFrame, Document], Document]] = {
    "regtest": lambda frame, document: regression_block(frame, document["regtest"]),
    "petpeese": lambda frame, _document: precision_block(frame),
    "trimfill": lambda frame, document: trim_block(frame, document["trimfill"]),
    "fsn": lambda frame, _document: {
        name: attempt(lambda n=name: figures(fail_safe_n(frame.yi, frame.vi, **FAIL_SAFE[n]))) for name in FAIL_SAFE
    },
    "tes": lambda frame, document: excess_block(frame, document["tes"], "two.sided"),
    "tes_onesided": lambda frame, document: excess_block(frame, document["tes_onesided"], direction(document, frame)),
    "backtransform": back_block,
    "egger_on_lnDOR": odds_block,
    "diagnostics/ranktest": lambda frame, _document: attempt(lambda: figures(ranktest(frame.yi, frame.vi))),
    "diagnostics/hc": lambda frame, _document: attempt(lambda: figures(henmi_copas(frame.yi, frame.vi, tol=QUADRATURE))),
}


BLOCKS: dict[str, Callable[[pd.DataFrame, Document], Document]] = {
    name: lambda frame, document, block=block: block(whole(frame), document)  # type: ignore[misc]
    for name, block in _BLOCKS.items()
}


def tolerance(path: str) -> float:
    """Return the README's tolerance of a leaf, by its block."""
    if path.startswith("regtest/rma") and path.endswith("/stat"):
        return (
            1e-8 if path.startswith(("regtest/rma_DL", "regtest/rma_EE")) else 1e-7
        )  # statistics near 0 are differences of larger numbers
    if path.startswith(("petpeese", "fsn", "egger", "regtest/lm", "regtest/rma_DL", "regtest/rma_EE", "diagnostics/ranktest/tau")):
        return 1e-10
    if path.startswith(("regtest", "trimfill")):
        return 1e-8
    return 1e-6
