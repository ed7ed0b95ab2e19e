"""The analyses of a literature of accuracies, in the order in which they should be believed, each with its reading in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.rows import FEW, Analysis, Row, attempt, p_value

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

RARE = 3


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
    data = prepare(effects)
    k = len(data)
    steps: tuple[tuple[str, Callable[[pd.DataFrame, str], Row]], ...] = (
        ("Trend with sample size, binomial mixed model (primary)", _glmm_row),
        ("Trend with sample size, three-level model with CR2", _multilevel_row),
        ("Trend with sample size, ordinary least squares", _ols_row),
        ("Trend with year, ordinary least squares", _year_row),
        *((("Slopes of quantiles with sample size", _quantile_row),) if quantiles else ()),
        ("Sampling noise", _noise_row),
        ("Records below noise", _records_row),
        ("Asymmetry against 1/√n", _asymmetry_row),
        *((("Egger's test on the standard error", _egger_row),) if egger else ()),
        ("Pooled value, random effects", _pooled_row),
    )
    rows = [attempt(name, k, step, data, what) for name, step in steps]
    pooled = next((r for r in rows if r.name.startswith("Pooled") and r.numbers), None)
    warnings = (f"Only {k} values: a trend or an asymmetry cannot be told from chance with fewer than {FEW}.",) if 0 < k < FEW else ()
    return Analysis(tuple(rows), data, pooled.numbers["logit"] if pooled else None, pooled.numbers["tau2"] if pooled else 0.0, warnings)


def primary(effects: pd.DataFrame, what: str = "accuracy") -> Row:
    """Compute the primary analysis alone: the binomial mixed model of sample size.

    Raises
    ------
    MetaError
        If there are too few values, or all of one size.
    """
    return _glmm_row(prepare(effects), what)


def analyse_by_task(effects: pd.DataFrame, what: str = "accuracy") -> Analysis:
    """Compute the trend with sample size within each task that has enough values, as Varoquaux & Cheplygina (2022) did.

    The lines are named by their tasks, the most frequent first.
    """
    data = prepare(effects)
    counts = data["task"].value_counts()
    rows = []
    for task in sorted((t for t in counts.index if counts[t] >= FEW), key=lambda t: (-counts[t], t)):
        part = data[data["task"] == task].reset_index(drop=True)
        rows += [
            attempt(f"{task}: binomial mixed model (primary)", len(part), _glmm_row, part, what),
            attempt(f"{task}: ordinary least squares", len(part), _ols_row, part, what),
        ]
    return Analysis(tuple(rows), data)


def _need(data: pd.DataFrame, least: int) -> None:
    if len(data) < least:
        raise MetaError(f"{len(data)} values, at least {least} are needed")
    if data["n"].nunique() < 2:
        raise MetaError("all sample sizes are the same")


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


def _glmm_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import glmm

    _need(data, 4)
    clustered = data["cluster"].nunique() < len(data)
    fit = glmm(data["x"], data["n"], mods=_moderators(data), cluster=data["cluster"] if clustered else None)
    j = fit.names.index("log10_n")
    return _odds_row(fit, j, data, what, float(fit.pval[j]))


def _multilevel_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import multilevel, robust

    _need(data, 5)
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
    _need(data, 4)
    _, fit = _ols(data)
    words = f"The {what} changes by {100 * fit.params[1]:+.1f} percentage points for each tenfold n. {_evidence(float(fit.pvalues[1]), float(fit.params[1]))}"
    return _points_row(fit, 1, len(data), words)


def _year_row(data: pd.DataFrame, what: str) -> Row:
    _need(data, 6)
    names, fit = _ols(data)
    if "year" not in names:
        raise MetaError("the years are not known, or all the same")
    j = names.index("year") + 1
    words = f"At the same n the {what} changes by {100 * fit.params[j]:+.2f} percentage points a year."
    return _points_row(fit, j, len(data), words)


def _quantile_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import quantile_regression

    _need(data, 10)
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


def _asymmetry_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import regtest

    _need(data, 4)
    test = regtest(data["yi"], data["vi"], ni=data["n"], predictor="sqrtninv")
    words = (
        "Small studies report different values from large ones."
        if test.pval < 0.05
        else f"No sign that the {what} of small studies differs."
    )
    return Row(
        "", len(data), f"z = {test.stat:.2f}", "–", p_value(test.pval), words, tuple(test.warnings), {"stat": test.stat, "p": test.pval}
    )


def _egger_row(data: pd.DataFrame, what: str) -> Row:  # noqa: ARG001 -- all steps are called alike
    from miner.meta import regtest

    _need(data, 4)
    test = regtest(data["yi"], data["vi"], ni=data["n"], model="lm", predictor="sei", measure="PLO")
    words = "Given because readers ask for it; it should not be used to judge publication bias of accuracies."
    return Row(
        "", len(data), f"t = {test.stat:.2f}", "–", p_value(test.pval), words, tuple(test.warnings), {"stat": test.stat, "p": test.pval}
    )


def _noise_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import noise_envelope

    _need(data, 3)
    noise = noise_envelope(data["estimate"], data["n"])
    words = (
        f"Sampling alone explains {100 * noise.share_sampling:.0f} % of the variance of the {what}; {100 * noise.frac_outside_95:.0f} % of the values lie"
        " outside the 95 % binomial envelope around the mean."
    )
    return Row("", len(data), f"{100 * noise.share_sampling:.0f} %", "–", "–", words, tuple(noise.warnings), noise.to_dict())


def _records_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import records_below_noise

    known = data.dropna(subset=["year"])
    _need(known, 3)
    found = records_below_noise(known["estimate"], known["n"], known["year"])
    words = f"Of {found.n_records} new best values of {what}, {found.n_below_noise} are within 1.96 standard errors of the best before."
    return Row("", len(known), f"{found.n_below_noise} of {found.n_records}", "–", "–", words, tuple(found.warnings), found.to_dict())


def _expit(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))
