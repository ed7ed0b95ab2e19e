"""Pooled effects, what they vary by, and what single studies do to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.pooled import heterogeneity_words, new_study_words
from miner.meta.analysis.record import SCALED, Record
from miner.meta.analysis.references import cite
from miner.meta.analysis.rows import Row, line
from miner.say import counted, num

if TYPE_CHECKING:
    from miner.meta.analysis.sample import Sample


def _pooled_row(sample: Sample) -> Row:
    from miner.meta import pool

    found = sample.pooled
    fit = pool(sample.column("yi"), sample.column("vi"), test="knha" if sample.k > SCALED else "z")
    new = f"; {expected}" if (expected := new_study_words(sample)) else ""
    words = f"The {'pooled' if found.k > 1 else 'one'} {sample.what} is {sample.show(found.value)}{new}. {heterogeneity_words(found.I2)}"
    more = {"tau2": found.tau2, "I2": found.I2, "QE": fit.QE, "QEp": fit.QEp, "pi": (found.new_low, found.new_high)}
    return line(sample, found.value, (found.low, found.high), float(fit.pval[0]), words, found.warnings, **more)


def _multilevel_row(sample: Sample) -> Row:
    from miner.meta import multilevel, robust

    if not sample.clustered or sample.frame["cluster"].nunique() == 1:
        raise MetaError("there are no studies with several effects", hint="a column cluster or study_id says which effects belong together")
    clusters = sample.frame["cluster"].to_numpy()
    fit = multilevel(sample.column("yi"), sample.column("vi"), clusters)
    tests = robust(fit, clusters, vcov="CR2")
    b, low, high, p = (float(x[0]) for x in (tests.beta, tests.ci_lb, tests.ci_ub, tests.pval))
    words = f"Pooled over {counted(len(set(clusters)), 'study', 'studies')} of {counted(sample.k, 'effect')}, with each study's effects taken as alike, the {sample.what} is {sample.show(b)}."
    return line(sample, b, (low, high), p, words, tests.warnings, sigma2=[float(s) for s in fit.sigma2])


def _heterogeneity_row(sample: Sample) -> Row:
    from miner.meta import tau2_interval

    found = tau2_interval(sample.column("yi"), sample.column("vi"))
    scale = " on the logit scale" if sample.logits else ""
    words = f"The standard deviation of the true {sample.what} between studies is estimated as {num(found.tau[0], '.3g')} (95 % interval {num(found.tau[1], '.3g')} to {num(found.tau[2], '.3g')}){scale}."
    numbers = {"estimate": found.tau2[0], "ci": (found.tau2[1], found.tau2[2]), "I2": found.I2}
    shown = f"tau² {num(found.tau2[0], '.4g')}", f"{num(found.tau2[1], '.4g')} to {num(found.tau2[2], '.4g')}"
    return Row("", sample.k, *shown, words=words, warnings=tuple(found.warnings), numbers=numbers)


def _leave_row(sample: Sample) -> Row:
    from miner.meta import leave_one_out, pool

    if sample.k < 3:
        raise MetaError(f"{counted(sample.k, 'effect')}, at least 3 are needed")
    yi, vi = sample.column("yi"), sample.column("vi")
    fit, whole = leave_one_out(yi, vi), float(pool(yi, vi).beta[0])
    low, high = (sample.shifted(whole, float(end)) for end in (np.min(fit.estimate), np.max(fit.estimate)))
    words = f"Without any one effect the pooled {sample.what} lies between {sample.between(low, high)}; with all it is {sample.show(sample.pooled.value)}."
    numbers = {"low": low, "high": high, **({} if sample.logits else {"largest_p": float(np.max(fit.pval))})}
    return Row("", sample.k, sample.span(low, high), words=words, warnings=tuple(fit.warnings), numbers=numbers)


RECORDS = (
    Record(
        "effect-pooled", "Pooled effect, random effects", "effects", _pooled_row, 10,
        "Effects were pooled by restricted maximum likelihood{scaled}",
        "Studies are a sample of those that could be done; their true effects are normal.", cite("Viechtbauer, 2005", "Knapp & Hartung, 2003"),
        tasks="together",
    ),
    Record(
        "effect-three-level", "Pooled effect, three-level model with CR2", "effects", _multilevel_row, 20,
        "Dependence within studies was modelled by a third level, with cluster-robust (CR2) standard errors",
        "Papers are independent of each other; true effects are normal between and within them.",
        cite("Van den Noortgate et al., 2013", "Pustejovsky & Tipton, 2018"), tasks="together",
    ),
    Record(
        "heterogeneity", "Heterogeneity, Q-profile interval", "effects", _heterogeneity_row, 30,
        "The interval of the heterogeneity is the Q-profile interval", "True effects are normal; the sampling variances are known.",
        cite("Viechtbauer, 2007"), tasks="together",
    ),
    Record(
        "leave-one-out", "Leave one out", "effects", _leave_row, 150, "", "None beyond those of the pooled effect.", tasks="together",
    ),
)  # fmt: skip
