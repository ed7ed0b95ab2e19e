"""Trends of accuracies with sample size and year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.record import Record
from miner.meta.analysis.references import cite
from miner.meta.analysis.rows import RARE, Row, need, p_value

if TYPE_CHECKING:
    import pandas as pd


def _moderators(data: pd.DataFrame) -> dict[str, Any]:
    mods: dict[str, Any] = {"log10_n": data["log10_n"].to_numpy()}
    if data["year"].notna().all() and data["year"].nunique() > 1 and len(data) > 5:
        years = data["year"].to_numpy(float)
        mods["year"] = years - round(float(np.mean(years)))
    tasks = _tasks(data)
    if len(set(tasks)) > 1:
        mods["task"] = np.array(tasks, dtype=object)
    return mods


def _tasks(data: pd.DataFrame) -> list[str]:
    """Return each value's task; tasks of fewer than three values, and values without one, are one class."""
    counts = data["task"].value_counts()
    return [t if isinstance(t, str) and counts[t] >= RARE else "other" for t in data["task"]]


def primary_row(data: pd.DataFrame, what: str) -> Row:
    """Fit the primary model: a binomial mixed model of sample size, with tasks and, where known, years held."""
    from miner.meta import glmm

    need(data, 4)
    clustered = data["cluster"].nunique() < len(data)
    fit = glmm(data["x"], data["n"], mods=_moderators(data), cluster=data["cluster"] if clustered else None)
    j = fit.names.index("log10_n")
    return _odds_row(fit, j, data, what, float(fit.pval[j]))


def _multilevel_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import multilevel, robust

    need(data, 5)
    if data["cluster"].nunique() == len(data):
        raise MetaError("each paper has one value, so there is no third level")
    fit = multilevel(data["yi"], data["vi"], cluster=data["cluster"], mods=_moderators(data))
    tests = robust(fit, data["cluster"], vcov="CR2")
    j = fit.names.index("log10_n")
    row = _odds_row(tests, j, data, what, float(tests.pval[j]))
    warnings = ("Fewer than five degrees of freedom: the p-value is not to be trusted.",) if tests.df[j] < 5 else ()
    return Row("", row.k, row.estimate, row.interval, row.p, row.words, (*row.warnings, *warnings), row.numbers)


def _odds_row(fit: Any, j: int, data: pd.DataFrame, what: str, p: float) -> Row:
    b, low, high = float(fit.beta[j]), float(fit.ci_lb[j]), float(fit.ci_ub[j])
    mean = float(np.average(data["estimate"], weights=data["n"]))
    points = 100 * mean * (1 - mean) * b
    words = (
        f"For each tenfold n the odds of a right answer change by a factor of {np.exp(b):.2f}, about {points:+.1f} percentage points at the mean {what}"
        f" of {100 * mean:.0f} %. {_evidence(p, b)}"
    )
    return Row(
        "", len(data), f"{np.exp(b):.3f}", f"{np.exp(low):.3f} to {np.exp(high):.3f}", p_value(p), words, tuple(fit.warnings),
        {"beta": b, "ci": (low, high), "p": p, "points": points},
    )  # fmt: skip


def _evidence(p: float, b: float) -> str:
    direction = "lower" if b < 0 else "higher"
    if p < 0.005:
        return f"Larger studies report {direction} values; chance alone is an unlikely reason."
    if p < 0.05:
        return f"Larger studies report {direction} values; the evidence is weak and should be confirmed."
    return "The data do not tell a trend from chance; this is no proof that there is none."


def _ols(data: pd.DataFrame) -> Any:
    from statsmodels.regression.linear_model import OLS

    mods = _moderators(data)
    tasks = mods.pop("task", None)
    indicators = [np.array(tasks == t, dtype=float) for t in sorted(set(tasks))[1:]] if tasks is not None else []
    design = np.column_stack([np.ones(len(data)), *mods.values(), *indicators])
    if len(data) <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        raise MetaError("too few values, or moderators that cannot be told apart")
    return list(mods), OLS(data["estimate"].to_numpy(float), design).fit()


def _ols_row(data: pd.DataFrame, what: str) -> Row:
    need(data, 4)
    _, fit = _ols(data)
    words = f"The {what} changes by {100 * fit.params[1]:+.1f} percentage points for each tenfold n. {_evidence(float(fit.pvalues[1]), float(fit.params[1]))}"
    return _points_row(fit, 1, len(data), words)


def _year_row(data: pd.DataFrame, what: str) -> Row:
    need(data, 6)
    names, fit = _ols(data)
    if "year" not in names:
        raise MetaError("the years are not known, or all the same")
    j = names.index("year") + 1
    words = f"At the same n the {what} changes by {100 * fit.params[j]:+.2f} percentage points a year."
    return _points_row(fit, j, len(data), words)


def _quantile_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import quantile_regression

    need(data, 10)
    mods = {name: values for name, values in _moderators(data).items() if name != "task"}
    fits = quantile_regression(data["estimate"], mods)
    slopes = {tau: 100 * float(fit.coef[1]) for tau, fit in fits.items()}
    low, high = slopes[min(slopes)], slopes[max(slopes)]
    where = "the best values" if high < low else "the lowest values"
    words = (
        "For each tenfold n, " + ", ".join(f"the {100 * float(tau):.0f} % quantile of the {what} moves by {b:+.1f}" for tau, b in slopes.items())
        + f" percentage points; the change with n is most downward among {where}."
    )  # fmt: skip
    numbers = {"slopes": slopes, "p": {tau: float(fit.p[1]) for tau, fit in fits.items()}}
    return Row("", len(data), f"{slopes.get('0.5', low):+.2f} pp (median)", words=words, numbers=numbers)


def _points_row(fit: Any, j: int, k: int, words: str) -> Row:
    low, high = fit.conf_int()[j]
    numbers = {"beta": float(fit.params[j]), "ci": (float(low), float(high)), "p": float(fit.pvalues[j])}
    return Row(
        "",
        k,
        f"{100 * fit.params[j]:+.2f} pp",
        f"{100 * low:+.2f} to {100 * high:+.2f}",
        p_value(float(fit.pvalues[j])),
        words,
        (),
        numbers,
    )


_LOGITS = "Logits are normal with known variances; papers are independent of each other, values within one need not be."
RECORDS = (
    Record(
        "trend", "Trend with sample size, binomial mixed model (primary)", "accuracies", primary_row, 10,
        "The primary analysis of the trend was a binomial generalised linear mixed model of correct answers on log10 sample size and year, with random effects of rows and, where a paper reported several values, of papers",
        "Values are shares of n independent units; what studies differ in is normal on the logit; the trend is a straight line over log10 n.",
        cite("Stijnen et al., 2010"),
    ),
    Record(
        "trend-three-level", "Trend with sample size, three-level model with CR2", "accuracies", _multilevel_row, 20,
        "The second was a three-level model of logit accuracies with cluster-robust (CR2) standard errors and Satterthwaite degrees of freedom",
        _LOGITS, cite("Van den Noortgate et al., 2013", "Pustejovsky & Tipton, 2018"),
    ),
    Record(
        "trend-least-squares", "Trend with sample size, ordinary least squares", "accuracies", _ols_row, 30,
        "Ordinary least squares of accuracy on log10 sample size and year reproduces earlier work",
        "All values are equally precise and independent; neither holds here, so it is given to compare with earlier work.",
        cite("Varoquaux & Cheplygina, 2022"),
    ),
    Record(
        "trend-year", "Trend with year, ordinary least squares", "accuracies", _year_row, 40, "",
        "As the line above; a year stands for all that changed with it.",
    ),
    Record(
        "quantiles", "Slopes of quantiles with sample size", "accuracies", _quantile_row, 50,
        "Quantile regression tells whether the trend is one of the best or of the typical values",
        "The quantiles are straight lines over log10 n; values are independent.", cite("Koenker & Bassett, 1978"), asked_for=True,
    ),
)  # fmt: skip
