"""Small-study effects of effects with variances: tests, and what is left when they are taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.record import Record
from miner.meta.analysis.references import cite
from miner.meta.analysis.rows import Row, line, p_value

if TYPE_CHECKING:
    import pandas as pd


def _small(p: float) -> str:
    return (
        "Small studies differ from large ones." if p < 0.05 else "No sign that small studies differ; with few studies the test sees little."
    )


def _egger_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import regtest

    del what
    test = regtest(data["yi"], data["vi"])
    numbers = {"stat": test.stat, "p": test.pval, "limit": test.limit_est}
    return Row("", test.k, f"z = {test.stat:.2f}", "–", p_value(test.pval), _small(test.pval), test.warnings, numbers)


def _size_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import regtest

    del what
    if "n" not in data or data["n"].isna().any():
        raise MetaError("the sample sizes are not known", hint="a column n gives them")
    test = regtest(data["yi"], data["vi"], ni=data["n"], predictor="sqrtninv")
    return Row(
        "", test.k, f"z = {test.stat:.2f}", "–", p_value(test.pval), _small(test.pval), test.warnings, {"stat": test.stat, "p": test.pval}
    )


def _rank_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import ranktest

    del what
    test = ranktest(data["yi"], data["vi"])
    return Row(
        "", test.k, f"tau = {test.tau:.3f}", "–", p_value(test.pval), _small(test.pval), test.warnings, {"tau": test.tau, "p": test.pval}
    )


def _trim_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import trimfill

    fit = trimfill(data["yi"], data["vi"])
    words = (
        f"{fit.k0} studies are missing on the {fit.side}; with them the mean {what} is {fit.estimate:.3g} instead of {fit.observed:.3g}."
    )
    return line(fit.k, fit.estimate, fit.ci_lb, fit.ci_ub, fit.pval, words, fit.warnings, k0=fit.k0, side=fit.side)


def _pet_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import pet_peese

    fit = pet_peese(data["yi"], data["vi"])
    chosen = fit.PET if fit.conditional == "PET" else fit.PEESE
    words = f"Extrapolated to a study without sampling error ({fit.conditional}), the mean {what} is {fit.conditional_est:.3g}."
    b, low, high, p = (float(np.ravel(x)[0]) for x in (chosen.coef, chosen.ci_lb, chosen.ci_ub, chosen.pval))
    return line(fit.k, b, low, high, p, words, fit.warnings, conditional=fit.conditional)


def _limit_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import limit_meta

    fit = limit_meta(data["yi"], data["vi"])
    words = f"Weighted as if effects were equal, which gives small studies little weight, the mean {what} is {fit.beta:.3g}."
    row = line(fit.k, fit.beta, fit.ci_lb, fit.ci_ub, float("nan"), words, fit.warnings)
    return Row("", row.k, row.estimate, row.interval, "–", row.words, row.warnings, {k: v for k, v in row.numbers.items() if k != "p"})


RECORDS = (
    Record(
        "effect-egger", "Asymmetry against the standard error (Egger)", "effects", _egger_row, 40,
        "Funnel asymmetry was tested by regression on the standard error",
        "The standard error does not depend on the value. For proportions it does, so the test rejects without any bias.",
        cite("Egger et al., 1997"), asked_for=True,
    ),
    Record(
        "effect-asymmetry", "Asymmetry against 1/√n", "effects", _size_row, 50,
        "Small-study effects were tested by regression on 1/√n, since tests on the standard error misfire where the variance depends on the effect, as for proportions",
        "But for bias, the value does not depend on n: larger studies do not ask harder questions.", cite("Deeks et al., 2005", "Hunter et al., 2014"),
    ),
    Record(
        "rank", "Rank correlation (Begg)", "effects", _rank_row, 60, "Asymmetry was also tested by rank correlation",
        "Effects and variances are independent but for bias; for proportions they are not.", cite("Begg & Mazumdar, 1994"),
    ),
    Record(
        "trim-and-fill", "Trim and fill (L0)", "effects", _trim_row, 70, "Missing studies were imputed by trim and fill",
        "The funnel is symmetric but for studies that are missing at one end.", cite("Duval & Tweedie, 2000"),
    ),
    Record(
        "pet-peese", "PET-PEESE", "effects", _pet_row, 80, "The effect without small-study effects was extrapolated by PET-PEESE",
        "The effect depends on the standard error by bias alone; for proportions it does so by itself.", cite("Stanley & Doucouliagos, 2014"),
    ),
    Record(
        "limit", "Limit estimate (Henmi–Copas)", "effects", _limit_row, 90, "A limit estimate that is robust to publication bias was computed",
        "Large studies are less biased than small ones.", cite("Henmi & Copas, 2010"),
    ),
)  # fmt: skip
