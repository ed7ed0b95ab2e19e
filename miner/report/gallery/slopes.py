"""Slopes: of low and high values, over the years, and of all moderators together."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.evidence import strength, untested_words
from miner.meta.analysis.registry import record
from miner.meta.analysis.rows import TOGETHER, attempt
from miner.meta.analysis.sample import classes_of
from miner.meta.effects.odds import points
from miner.meta.guard import dates
from miner.report import figures
from miner.report.formats.parts import Table, counted, interval, p_text, signed
from miner.report.gallery.spec import PanelSpec
from miner.report.gallery.subject import MANY, Subject, rounded
from miner.report.gallery.words import how_sure, joined
from miner.report.panels import Panel
from miner.say import num

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from miner.meta.analysis.sample import Sample
    from miner.meta.models.score_test import ScoreTest

PRODUCT = "log10_n × year"
WALD = "The tests are Wald's t, which reject too often with few papers; for a test of sample size that does not, see the primary analysis."


def quantiles(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw the slopes on log10 n of the quantiles: bias against low values of small studies moves the low quantiles of those alone."""
    del options
    name, title = f"{subject.metric}-quantiles", "Low, middle and high values against sample size"
    if subject.k < 10:
        return Panel(name, title, None, f"{counted(subject.k, 'value')}: slopes of quantiles need at least 10.")
    sample = subject.sample
    if subject.k > MANY:
        sample = replace(sample, frame=subject.frame.sample(MANY, random_state=0).sort_index().reset_index(drop=True))
    row = attempt(record("quantiles"), sample)
    if not row.numbers:
        return Panel(name, title, None, row.words)
    at = {tau: (row.numbers["slopes"][tau], row.numbers["half"][tau], row.numbers["p"][tau]) for tau in row.numbers["slopes"]}
    thinned = f" Computed on {MANY:,} of the {counted(subject.k, 'value')}, drawn at random." if sample.k < subject.k else ""
    within = " Within tasks: each task has an intercept of its own." if "task" in row.adjusted else ""
    words = row.words + f" {how_sure(math.nan)} {untested_words(sample.untested)}" if sample.untested else quantile_words(at, subject.what)
    reading = joined(words + within + thinned, subject.few())
    with figures.axes(9.6, 3.6) as (figure, ax):
        places = np.arange(len(at))
        middle, half = (np.array([s[i] for s in at.values()]) for i in (0, 1))
        ax.axhline(0, color=figures.SOFT, lw=1)
        ax.vlines(places, middle - half, middle + half, color=figures.PALETTE[0], lw=2)
        ax.plot(places, middle, "o-", color=figures.PALETTE[0], ms=7, lw=1)
        ax.set_xticks(places, [f"{100 * float(t):.0f} % quantile" + _gloss(t) for t in at])
        ax.set_xlim(-0.5, len(at) - 0.5)
        ax.set_ylabel("Points per tenfold n")
        ax.grid(visible=False, axis="x")
        svg = figures.svg(figure, name, f"Slopes of quantiles of {subject.what} on sample size", f"Interval plot of five slopes. {reading}")
    data = {"slopes": row.numbers["slopes"], "p": row.numbers["p"]}
    return Panel(name, title, svg, reading, row.warnings, data=data)


def _gloss(tau: str) -> str:
    return {"0.1": "\n(low values)", "0.5": "\n(median)", "0.9": "\n(high values)"}.get(tau, "")


def quantile_words(slopes: Mapping[str, tuple[float, float, float]], what: str) -> str:
    """Say how the lowest, the middle and the highest values change with n, and what a difference would mean."""
    (low, low_half, _), (middle, _, p), (high, high_half, _) = (slopes[t] for t in ("0.1", "0.5", "0.9"))
    said = (
        f"For each tenfold n the low values (10 % quantile) of the {what} change by {signed(low)} percentage points, the median by {signed(middle)} and the"
        f" high values (90 % quantile) by {signed(high)} (95 % intervals {interval(low - low_half, low + low_half)} and {interval(high - high_half, high + high_half)} for the ends)."
    )
    apart = abs(low - high) > np.hypot(low_half, high_half)
    if apart and high < low:
        meaning = (
            "The best values fall faster with n than the lowest: small studies scatter upwards, as they would if only their good results were seen, and as"
            " chance scatters values at small n."
        )
    elif apart:
        meaning = "The lowest values change otherwise than the best ones; this is not the pattern that selection of good results leaves."
    else:
        meaning = "The slopes of low and high values are not told apart, so the shape of the scatter says nothing on selection."
    return f"{said} {meaning} {how_sure(p, 'a trend of the median')}"


def interaction(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw the slope on sample size over the years, from a binomial mixed model with the product of both."""
    del options
    name, title = f"{subject.metric}-interaction", "Does the trend with sample size change over the years?"
    frame = subject.frame
    if subject.k < 10 or not subject.sample.has_years:
        why = (
            f"{counted(subject.k, 'value')}: a change of the trend over time needs at least 10."
            if subject.k < 10
            else "The years are not known, or all the same, so the trend has no history."
        )
        return Panel(name, title, None, why)
    try:
        test, center = _interacting(subject.sample)
    except MetaError as error:
        return Panel(name, title, None, f"Not computed: {error.what}.")
    fit = test.fit
    size, product = fit.names.index("log10_n"), fit.names.index(PRODUCT)
    years = np.arange(int(frame["year"].min()), int(frame["year"].max()) + 1, dtype=float)
    shift = years - center
    slope = fit.beta[size] + fit.beta[product] * shift
    half = 1.96 * np.sqrt(fit.vcov[size, size] + 2 * shift * fit.vcov[size, product] + shift**2 * fit.vcov[product, product])
    middle, low, high = (points(subject.sample.pooled.value, v) for v in (slope, slope - half, slope + half))
    ratio = tuple(float(np.exp(v)) for v in (test.estimate, test.ci_lb, test.ci_ub))
    p = test.pval
    ends = (int(years[0]), float(middle[0])), (int(years[-1]), float(middle[-1]))
    reading = joined(interaction_words(ratio, p, *ends, subject.what), subject.few())
    with figures.axes(9.6, 3.6) as (figure, ax):
        ax.axhline(0, color=figures.SOFT, lw=1)
        ax.fill_between(years, low, high, color=figures.PALETTE[0], alpha=0.18, lw=0, label="95 % interval (Wald)")
        ax.plot(years, middle, color=figures.PALETTE[0], lw=2.2, label="slope on sample size")
        figures.year_axis(ax)
        ax.set_ylabel("Points per tenfold n")
        ax.grid(visible=False, axis="x")
        figures.legend_beside(ax)
        svg = figures.svg(figure, name, f"Slope of {subject.what} on sample size by year", f"Line with its interval. {reading}")
    data = {
        "year": [int(y) for y in years],
        "slope": rounded(middle),
        "low": rounded(low),
        "high": rounded(high),
        "beta": float(fit.beta[product]),
        "p": p,
    }
    return Panel(name, title, svg, reading, test.warnings, data=data)


def _interacting(sample: Sample) -> tuple[ScoreTest, float]:
    from miner.meta import score_test

    center = float(round(float(sample.column("year").mean())))
    size = sample.column("log10_n") - float(sample.column("log10_n").mean())
    year = sample.column("year") - center
    mods: dict[str, Any] = {"log10_n": size, "year": year, PRODUCT: size * year} | sample.task_moderator()
    return score_test(sample.column("x"), sample.column("n"), mods, PRODUCT, sample.frame["cluster"].to_numpy()), center


def interaction_words(ratio: tuple[float, ...], p: float, first: tuple[int, float], last: tuple[int, float], what: str) -> str:
    """Say how the slope on sample size was at first and is now, whether the change is told from chance, and what it leaves open.

    ``ratio`` is the factor by which the odds ratio of a tenfold n changes in a year, with its interval.
    """
    change, low, high = ratio
    then = f"In {first[0]} the {what} changed by {signed(first[1])} percentage points for each tenfold n, in {last[0]} by {signed(last[1])}"
    between = "" if np.isnan(p) else f"95 % interval {num(low, '.2f')} to {num(high, '.2f')}; "
    step = f"the odds ratio of a tenfold n is multiplied by {num(change, '.2f')} a year ({between}binomial mixed model)"
    if strength(p) in {"clear", "weak"}:
        weaker = abs(last[1]) < abs(first[1])
        meaning = f"The trend with sample size has become {'weaker' if weaker else 'stronger'}; it does not show whether practice changed, or which studies are done at which size."
    else:
        meaning = ""
    return joined(f"{then}: {step}.", how_sure(p, "a change"), meaning)


def regression(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Put all moderators of the definition into one binomial mixed model."""
    from miner.meta import glmm

    del options
    name, title = f"{subject.metric}-regression", "All moderators in one model"
    frame = subject.frame
    if subject.sample.untested:
        return Panel(name, title, None, f"Not computed: {subject.sample.untested}.")
    mods, left = _moderators(frame, subject.definition.moderators)
    aside = f" Left out: {', '.join(left)}." if left else ""
    if not mods or subject.k < 2 * len(mods) + 4:
        return Panel(
            name,
            title,
            None,
            f"{counted(subject.k, 'value')} cannot carry {counted(len(subject.definition.moderators), 'moderator')}.{aside}",
        )
    sample = subject.sample
    clusters = frame["cluster"].to_numpy() if sample.clustered else None
    try:
        fit = glmm(sample.column("x"), sample.column("n"), mods=mods, cluster=clusters, test="t")
    except MetaError as error:
        return Panel(name, title, None, f"Not computed: {error.what}.{aside}")
    rows = tuple(
        (
            n,
            num(np.exp(fit.beta[i]), ".3f"),
            f"{num(np.exp(fit.ci_lb[i]), '.3f')} to {num(np.exp(fit.ci_ub[i]), '.3f')}",
            p_text(float(fit.pval[i])),
        )
        for i, n in enumerate(fit.names)
        if i
    )
    associated = [n for i, n in enumerate(fit.names) if i and fit.pval[i] < 0.05]
    reading = joined(regression_words(len(rows), associated, subject.what), WALD + aside, subject.few())
    table = Table(title, (("Moderator", False), ("Odds ratio", True), ("95 % interval", True), ("p", True)), rows)
    data = {"names": list(fit.names), "beta": rounded(fit.beta), "p": rounded(fit.pval)}
    warnings = (*fit.warnings, TOGETHER) if sample.several_tasks and "task" not in mods else tuple(fit.warnings)
    return Panel(name, title, None, reading, warnings, table=table, data=data)


def _moderators(frame: pd.DataFrame, names: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Return columns for the model: numbers centred, words as classes; and what cannot be used, with the reason."""
    import pandas as pd

    mods: dict[str, Any] = {}
    left: list[str] = []
    for name in names:
        if name not in frame:
            left.append(f"{name} (no such column)")
            continue
        column = frame[name]
        if dates(column.to_numpy()):
            left.append(f"{name} (dates: give years)")
            continue
        if pd.api.types.is_numeric_dtype(column):
            if column.isna().any() or column.nunique() < 2:
                left.append(f"{name} ({'missing for some values' if column.isna().any() else 'the same for all'})")
                continue
            mods[name] = column.to_numpy(float) - (round(float(column.mean())) if name == "year" else float(column.mean()))
            continue
        classes = classes_of(column)
        if len(set(classes)) < 2:
            left.append(f"{name} (one class)")
        else:
            mods[name] = classes
    return mods, left


def regression_words(count: int, associated: list[str], what: str) -> str:
    """Say which moderators are told from chance, and that many were looked at."""
    if not associated:
        return f"None of the {counted(count, 'coefficient')} is told from chance at p < 0.05, which is no proof that nothing here matters for the {what}."
    many = f" Of {counted(count, 'coefficient')}, {num(count * 0.05, '.1g')} would be so by chance alone." if count > 3 else ""
    return f"With all others held, the {what} goes with {', '.join(associated)} (p < 0.05).{many} What goes together need not cause each other."


PANELS = (
    PanelSpec("quantiles", quantiles, "metric", "slopes on sample size of low, middle and high values"),
    PanelSpec("interaction", interaction, "metric", "whether the trend with size changes over the years", needs="counts"),
    PanelSpec("regression", regression, "metric", "one model of all of the definition's moderators", needs="counts"),
)
