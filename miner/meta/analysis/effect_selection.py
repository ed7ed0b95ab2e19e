"""Selection by significance of effects with variances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.record import Record
from miner.meta.analysis.references import cite
from miner.meta.analysis.rows import Row, line, p_value

if TYPE_CHECKING:
    import pandas as pd


def _excess_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import excess_significance

    del what
    test = excess_significance(data["yi"], data["vi"])
    words = f"{test.O} studies are significant, {test.E:.1f} would be expected from their power."
    return Row(
        "", test.k, f"{test.O} / {test.E:.1f}", "–", p_value(test.pval), words, test.warnings, {"O": test.O, "E": test.E, "p": test.pval}
    )


def _failsafe_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import fail_safe_n

    test = fail_safe_n(data["yi"], data["vi"])
    words = (
        f"So many unpublished studies without any {what} would make the joint p-value larger than .05; the number says little about bias."
    )
    return Row("", len(data), f"{test.fsnum}", "–", p_value(test.pval), words, test.warnings, {"fsnum": test.fsnum, "p": test.pval})


def _selection_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import pool, selection_model

    side = "greater" if float(pool(data["yi"], data["vi"]).beta[0]) >= 0 else "less"
    fit = selection_model(data["yi"], data["vi"], "stepfun", steps=(0.025,), alternative=side)  # type: ignore[arg-type]  # one of the two words
    b, low, high, p = (float(x[0]) for x in (fit.beta, fit.ci_lb, fit.ci_ub, fit.pval))
    odds = float(np.ravel(fit.delta)[-1])
    words = (
        f"If studies that are not significant had a chance of {odds:.2g} to be published (1 for the others), the mean {what} is {b:.3g}."
    )
    return line(fit.k, b, low, high, p, words, fit.warnings, delta=odds, LRTp=float(fit.LRTp))


def _uniform_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import p_uniform, pool

    side = "right" if float(pool(data["yi"], data["vi"]).beta[0]) >= 0 else "left"
    fit = p_uniform(data["yi"], data["vi"], side=side)  # type: ignore[arg-type]  # one of the two words
    words = f"From the p-values on either side of significance, each conditional on its side, the mean {what} is {fit.estimate:.3g}."
    return line(len(data), float(fit.estimate), float(fit.ci_lb), float(fit.ci_ub), float(fit.pval_0), words, fit.warnings, side=side)


def _worst_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import pool, worst_case

    favour = "positive" if float(pool(data["yi"], data["vi"]).beta[0]) >= 0 else "negative"
    fit = worst_case(data["yi"], data["vi"], favour=favour, cluster=data.get("cluster"))
    if not np.isfinite(fit.worst):
        raise MetaError("every effect is affirmative (significant in the favoured direction), so none is left for the worst case")
    s = fit.s_value_estimate
    explained = (
        f"affirmative results would have to be published {s:.1f} times as often as others to explain the mean away"
        if np.isfinite(s)
        else "no favour of affirmative results, however strong, could explain the mean away"
    )
    words = f"If only results that are not affirmative counted, the mean {what} would be {fit.worst:.3g}; {explained}."
    numbers = {
        "estimate": fit.worst,
        "ci": (fit.worst_ci_lb, fit.worst_ci_ub),
        "s_value": s,
        "s_value_ci": fit.s_value_ci,
        "favour": favour,
    }
    return Row("", fit.k, f"{fit.worst:.4g}", f"{fit.worst_ci_lb:.4g} to {fit.worst_ci_ub:.4g}", "–", words, tuple(fit.warnings), numbers)


RECORDS = (
    Record(
        "excess", "Test of excess significance", "effects", _excess_row, 100, "An excess of significant findings was tested for",
        "The pooled effect is that of each study; power is computed at it.", cite("Ioannidis & Trikalinos, 2007"),
    ),
    Record(
        "fail-safe", "Fail-safe N (Rosenthal)", "effects", _failsafe_row, 110, "The number of unpublished null results that would make the joint p-value larger than .05 was counted",
        "Unpublished studies have no effect on average. Not recommended (Becker 2005); given because readers ask.", cite("Rosenthal, 1979"),
    ),
    Record(
        "selection", "Selection model, one step at p = .025", "effects", _selection_row, 120,
        "A selection model with one step at p = .025 estimated the effect together with the chance that non-significant studies are published",
        "Publication depends on the p-value alone, by one step; true effects are normal.", cite("Vevea & Hedges, 1995"),
    ),
    Record(
        "p-uniform", "p-uniform*", "effects", _uniform_row, 130, "p-uniform* estimated the effect from p-values conditional on their significance",
        "Publication depends on significance alone; the p-values that are significant are uniform at the true effect.", cite("van Aert & van Assen, 2018"),
    ),
    Record(
        "worst-case", "Worst case of publication bias", "effects", _worst_row, 140,
        "A sensitivity analysis asked how strongly publication would have to favour affirmative results to explain the effect away",
        "Results that are not affirmative are published at one lower rate whatever they say.", cite("Mathur & VanderWeele, 2020"),
    ),
)  # fmt: skip
