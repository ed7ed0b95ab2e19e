"""All analyses of a literature, in the order in which they should be believed, each with its reading in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from miner.meta.analysis.agreement import between_tasks, disagreement
from miner.meta.analysis.registry import chosen, record
from miner.meta.analysis.rows import FEW, Analysis, Row, attempt
from miner.meta.analysis.sample import Sample
from miner.text.say import counted

if TYPE_CHECKING:
    import pandas as pd


def prepare(frame: pd.DataFrame) -> pd.DataFrame:
    """Add what the models need: counts ``x``, ``log10_n``, logit ``yi`` with its variance ``vi`` (one half added at 0 and n), ``cluster``."""
    out = frame.copy()
    n = out["n"].to_numpy(float)
    x = np.clip(np.round(out["estimate"].to_numpy(float) * n), 0, n)
    correction = np.where((x == 0) | (x == n), 0.5, 0.0)
    a, b = x + correction, n - x + correction
    out["x"], out["log10_n"] = x, np.log10(n)
    out["yi"], out["vi"] = np.log(a / b), 1 / a + 1 / b
    out["cluster"] = out["study_id"].fillna(out["reference"]).fillna(out["effect_id"])
    return out.reset_index(drop=True)


def analyse(effects: pd.DataFrame, what: str = "accuracy", *, egger: bool = True, quantiles: bool = False) -> Analysis:
    """Compute what a report says of one metric; what cannot be computed becomes a line with its reason.

    Parameters
    ----------
    effects : pandas.DataFrame
        Columns ``estimate`` (a proportion), ``n``, ``year``, ``study_id``, ``reference``, ``effect_id``.
    what : str
        The metric in words.
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
    units, does not make a trend by itself. The order is that of the evidence: funnel tests on the standard error reject in 77 to 100 % of literatures of accuracies that have no
    bias at all, so the primary analysis is a binomial mixed model on sample size (Stijnen et al. 2010), then a three-level model with CR2
    standard errors (Pustejovsky & Tipton 2018); ordinary least squares is what Varoquaux & Cheplygina (2022) did.
    """
    sample = Sample(prepare(effects), what)
    k = sample.k
    asked = {name for name, wanted in (("egger", egger), ("quantiles", quantiles)) if wanted}
    rows = tuple(attempt(one, sample) for one in chosen("accuracies", frozenset(asked)))
    pooled = next((r for r in rows if r.id == "pooled" and r.numbers), None)
    warnings = (
        (f"Only {counted(k, 'value')}: a trend or an asymmetry cannot be told from chance with fewer than {FEW}.",) if 0 < k < FEW else ()
    )
    value, tau2 = (pooled.numbers["logit"], pooled.numbers["tau2"]) if pooled else (None, 0.0)
    notes = tuple(note for note in (between_tasks(sample, rows[0]), disagreement(rows)) if note)
    return Analysis(rows, sample, value, tau2, warnings, notes=notes)


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
    sample = Sample(effects.reset_index(drop=True), what, "effects")
    rows = tuple(attempt(one, sample) for one in chosen("effects", frozenset({"effect-egger"} if egger else ())))
    few = f"Only {counted(sample.k, what)}: no test of publication bias has power with fewer than {FEW}."
    numbers = next((r.numbers for r in rows if r.id == "effect-pooled"), {})
    return Analysis(rows, sample, numbers.get("estimate"), numbers.get("tau2", 0.0), (few,) if 0 < sample.k < FEW else (), "effects")


def primary(effects: pd.DataFrame, what: str = "accuracy") -> Row:
    """Compute the primary analysis alone: the binomial mixed model of sample size.

    Raises
    ------
    MetaError
        If there are too few values, or all of one size.
    """
    return record("trend").run(Sample(prepare(effects), what))


def analyse_by_task(effects: pd.DataFrame, what: str = "accuracy") -> Analysis:
    """Compute the trend with sample size within each task that has enough values, as Varoquaux & Cheplygina (2022) did.

    The lines are named by their tasks, the most frequent first.
    """
    data = prepare(effects)
    counts = data["task"].value_counts()
    named = (("trend", "binomial mixed model (primary)"), ("trend-least-squares", "ordinary least squares"))
    rows = []
    for task in sorted((t for t in counts.index if counts[t] >= FEW), key=lambda t: (-counts[t], t)):
        part = Sample(data[data["task"] == task].reset_index(drop=True), what)
        rows += [attempt(record(name), part, f"{task}: {title}") for name, title in named]
    return Analysis(tuple(rows), Sample(data, what))
