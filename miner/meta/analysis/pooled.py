"""The pooled value of accuracies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.record import Record
from miner.meta.analysis.references import cite
from miner.meta.analysis.rows import Row

if TYPE_CHECKING:
    import pandas as pd


def _pooled_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import pool

    if len(data) < 2:
        raise MetaError(f"{len(data)} values, at least 2 are needed")
    fit = pool(data["yi"], data["vi"], method="REML", test="knha")
    center, low, high, pi_low, pi_high = (_expit(float(np.ravel(v)[0])) for v in (fit.beta, fit.ci_lb, fit.ci_ub, fit.pi_lb, fit.pi_ub))
    words = (
        f"The mean {what} is {100 * center:.1f} %; a new study like these would be expected between {100 * pi_low:.0f} % and {100 * pi_high:.0f} %."
        f" {fit.I2:.0f} % of the variance is more than sampling error."
    )
    warnings = ("Several values of one paper are counted as independent here.",) if data["cluster"].nunique() < len(data) else ()
    numbers = {"logit": float(np.ravel(fit.beta)[0]), "tau2": float(fit.tau2), "estimate": center, "ci": (low, high), "I2": float(fit.I2)}
    return Row("", len(data), f"{100 * center:.1f} %", f"{100 * low:.1f} to {100 * high:.1f} %", "–", words, warnings, numbers)


def _expit(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


RECORDS = (
    Record(
        "pooled", "Pooled value, random effects", "accuracies", _pooled_row, 100,
        "Values were pooled on the logit scale by restricted maximum likelihood with Knapp and Hartung's test",
        "Studies are a sample of those that could be done; their true values are normal on the logit.",
        cite("Viechtbauer, 2005", "Knapp & Hartung, 2003"),
    ),
)  # fmt: skip
