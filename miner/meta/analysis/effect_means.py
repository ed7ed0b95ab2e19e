"""Pooled effects, what they vary by, and what single studies do to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.record import Record
from miner.meta.analysis.references import cite
from miner.meta.analysis.rows import Row, line

if TYPE_CHECKING:
    import pandas as pd


def _pooled_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import pool

    fit = pool(data["yi"], data["vi"], test="knha" if len(data) > 2 else "z")
    words = (
        f"The mean {what} is {fit.beta[0]:.3g}; a new study would be expected between {fit.pi_lb:.3g} and {fit.pi_ub:.3g}. "
        f"{fit.I2:.0f} % of the variance is more than sampling error."
    )
    more = {"tau2": fit.tau2, "I2": fit.I2, "QE": fit.QE, "QEp": fit.QEp, "pi": (fit.pi_lb, fit.pi_ub)}
    return line(fit.k, float(fit.beta[0]), float(fit.ci_lb[0]), float(fit.ci_ub[0]), float(fit.pval[0]), words, fit.warnings, **more)


def _multilevel_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import multilevel, robust

    if "cluster" not in data or data["cluster"].nunique() in (1, len(data)):
        raise MetaError("there are no studies with several effects", hint="a column cluster or study_id says which effects belong together")
    fit = multilevel(data["yi"], data["vi"], data["cluster"])
    tests = robust(fit, data["cluster"], vcov="CR2")
    b, low, high, p = (float(x[0]) for x in (tests.beta, tests.ci_lb, tests.ci_ub, tests.pval))
    words = f"With {data['cluster'].nunique()} studies of {len(data)} effects the mean {what} is {b:.3g}."
    return line(len(data), b, low, high, p, words, tests.warnings, sigma2=[float(s) for s in fit.sigma2])


def _heterogeneity_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import tau2_interval

    found = tau2_interval(data["yi"], data["vi"])
    words = (
        f"The {what} differs between studies with a standard deviation of {found.tau[0]:.3g} ({found.tau[1]:.3g} to {found.tau[2]:.3g})."
    )
    row = line(len(data), found.tau2[0], found.tau2[1], found.tau2[2], float("nan"), words, found.warnings, I2=found.I2)
    return Row("", row.k, row.estimate, row.interval, "–", row.words, row.warnings, row.numbers)


def _leave_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import leave_one_out

    if len(data) < 3:
        raise MetaError(f"{len(data)} effects, at least 3 are needed")
    fit = leave_one_out(data["yi"], data["vi"])
    low, high = float(np.min(fit.estimate)), float(np.max(fit.estimate))
    words = f"Without any one effect the mean {what} lies between {low:.3g} and {high:.3g}."
    numbers = {"low": low, "high": high, "largest_p": float(np.max(fit.pval))}
    return Row("", len(data), f"{low:.4g} to {high:.4g}", "–", "–", words, tuple(fit.warnings), numbers)


RECORDS = (
    Record(
        "effect-pooled", "Pooled effect, random effects", "effects", _pooled_row, 10,
        "Effects were pooled by restricted maximum likelihood with Knapp and Hartung's test",
        "Studies are a sample of those that could be done; their true effects are normal.", cite("Viechtbauer, 2005", "Knapp & Hartung, 2003"),
    ),
    Record(
        "effect-three-level", "Pooled effect, three-level model with CR2", "effects", _multilevel_row, 20,
        "Dependence within studies was modelled by a third level, with cluster-robust (CR2) standard errors",
        "Papers are independent of each other; true effects are normal between and within them.",
        cite("Van den Noortgate et al., 2013", "Pustejovsky & Tipton, 2018"),
    ),
    Record(
        "heterogeneity", "Heterogeneity, Q-profile interval", "effects", _heterogeneity_row, 30,
        "The interval of the heterogeneity is the Q-profile interval", "True effects are normal; the sampling variances are known.",
        cite("Viechtbauer, 2007"),
    ),
    Record(
        "leave-one-out", "Leave one out", "effects", _leave_row, 150, "", "None beyond those of the pooled effect.",
    ),
)  # fmt: skip
