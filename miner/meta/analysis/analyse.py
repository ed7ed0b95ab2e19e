"""All analyses of a literature, in the order in which they should be believed, each with its reading in plain words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from miner.meta.analysis.agreement import between_tasks, disagreement
from miner.meta.analysis.evidence import FEW, only_words
from miner.meta.analysis.registry import chosen, record
from miner.meta.analysis.rows import Analysis, Row, attempt
from miner.meta.analysis.sample import Kind, Sample, Scale
from miner.meta.effects.scores import ACCURACY, Metric, precision
from miner.say import counted

if TYPE_CHECKING:
    import pandas as pd


def prepare(frame: pd.DataFrame, metric: Metric = ACCURACY) -> Sample:
    """Make a sample of the values of one metric: the columns that the models need.

    Added are ``log10_n``, ``cluster`` and, as far as they are known (see :func:`miner.meta.effects.scores.precision`), the value ``yi`` on the
    models' scale with its variance ``vi``. Where every value is a binomial share, ``x`` and ``n`` are its counts (``n`` that of the class, for shares of one),
    and the sample is one of accuracies; else it is one of scores.
    """
    out = frame.reset_index(drop=True)
    known = precision(out, metric.share_of, metric.least, area=metric.area)
    if known.counts:
        out["x"] = known.x
        if known.taken:
            out["n"] = known.n
    out["log10_n"] = np.log10(out["n"].to_numpy(float))
    out["yi"], out["vi"] = known.yi, known.vi
    out["cluster"] = out["study_id"].fillna(out["reference"]).fillna(out["effect_id"])
    scale: Scale = "logit" if known.scale == "logit" else "identity"
    of: Kind = "accuracies" if known.counts else "scores"
    return Sample(
        out,
        metric.label,
        of,
        scale,
        dict(known.lost),
        metric.plural,
        metric.event,
        known.taken if known.counts else "",
        metric.lower_is_better,
    )


def analyse(effects: pd.DataFrame, metric: Metric = ACCURACY, *, egger: bool = True, quantiles: bool = False) -> Analysis:
    """Compute what a report says of one metric; what cannot be computed becomes a line with its reason.

    Parameters
    ----------
    effects : pandas.DataFrame
        Columns ``estimate``, ``n``, ``year``, ``study_id``, ``reference``, ``effect_id``, and where known those of
        :func:`miner.meta.effects.scores.precision`; all of one metric.
    metric : Metric
        What the values are.
    egger : bool
        Whether Egger's test on the standard error is among the lines; its warning is.
    quantiles : bool
        Whether slopes of quantiles are among the lines.

    Returns
    -------
    Analysis

    Notes
    -----
    Where there are several tasks, each has an intercept of its own in the trends, so that a task which is harder and was studied later, on more
    units, does not make a trend by itself. The order is that of the evidence: funnel tests on the standard error reject in 74 to 100 % of literatures of accuracies that have no
    bias at all (docs/reference/simulation.md), so the primary analysis is a binomial mixed model on sample size (Stijnen et al. 2010), then a three-level model with CR2
    standard errors (Pustejovsky & Tipton 2018); ordinary least squares is what Varoquaux & Cheplygina (2022) did.
    """
    sample = prepare(effects, metric)
    asked = {name for name, wanted in (("egger", egger), ("quantiles", quantiles)) if wanted}
    rows = tuple(attempt(one, sample) for one in chosen(sample.of, frozenset(asked)))
    pooled = next((r for r in rows if r.id in {"pooled", "pooled-scores"} and r.numbers), None)
    warnings = caution(sample)
    value, tau2 = (pooled.numbers["logit"], pooled.numbers["tau2"]) if pooled else (None, 0.0)
    notes = tuple(note for note in (between_tasks(sample, rows[0]), disagreement(rows)) if note)
    return Analysis(rows, sample, value, tau2, (*warnings, *lost_words(sample)), sample.of, notes)


def caution(sample: Sample, what: str = "value") -> tuple[str, ...]:
    """Return what must be known of tests on so few values: that there are none, or how little they can find."""
    few = only_words(sample.k, what)
    if sample.k == 0 or not sample.untested:
        return (few.capitalize(),) if few else ()
    said = f"no trend and no asymmetry is tested: {sample.untested}."
    return (f"Only {counted(sample.k, what)}: {said}" if few else f"N{said[1:]}",)


def lost_words(sample: Sample) -> tuple[str, ...]:
    """Say of how many values the precision is not known, and why, where these are left out; and what n was taken for."""
    taken = (f"{sample.taken}.",) if sample.taken else ()
    return taken + tuple(
        f"{counted(count, 'value')} of {sample.k:,} {'is' if count == 1 else 'are'} left out where precision counts: {why}."
        for why, count in sample.lost.items()
    )


def analyse_effects(effects: pd.DataFrame, what: str = "effect", *, egger: bool = True) -> Analysis:
    """Compute all that a reviewer asks of a pooled effect; what cannot be computed becomes a line with its reason.

    Parameters
    ----------
    effects : pandas.DataFrame
        Columns ``yi``, ``vi``, and where known ``n``, ``cluster``, ``year``.
    what : str
        The effect in words.
    egger : bool
        Whether the regression on the standard error is among the lines.

    Returns
    -------
    Analysis

    Notes
    -----
    Pooling comes first (REML with Knapp and Hartung's test; with several effects of a study the three-level model with CR2), then tests and
    corrections of small-study effects, then selection models, then what one study does to the result.
    """
    sample = Sample(effects.reset_index(drop=True), what, "effects", "identity")
    rows = tuple(attempt(one, sample) for one in chosen("effects", frozenset({"effect-egger"} if egger else ())))
    numbers = next((r.numbers for r in rows if r.id == "effect-pooled"), {})
    return Analysis(rows, sample, numbers.get("estimate"), numbers.get("tau2", 0.0), caution(sample, "effect"), "effects")


def primary(effects: pd.DataFrame, metric: Metric = ACCURACY) -> Row:
    """Compute the primary analysis alone: of accuracies, the binomial mixed model of sample size.

    Raises
    ------
    MetaError
        If there are too few values, or all of one size.
    """
    sample = prepare(effects, metric)
    return chosen(sample.of)[0].run(sample)


def analyse_by_task(effects: pd.DataFrame) -> Analysis:
    """Compute the trend of accuracies with sample size within each task that has enough, as Varoquaux & Cheplygina (2022) did.

    The lines are named by their tasks, the most frequent first.
    """
    sample = prepare(effects)
    counts = sample.frame["task"].value_counts()
    named = (("trend", "binomial mixed model (primary)"), ("trend-least-squares", "ordinary least squares"))
    rows = []
    for task in sorted((t for t in counts.index if counts[t] >= FEW), key=lambda t: (-counts[t], t)):
        part = replace(sample, frame=sample.frame[sample.frame["task"] == task].reset_index(drop=True))
        rows += [attempt(record(name), part, f"{task}: {title}") for name, title in named]
    return Analysis(tuple(rows), sample)
