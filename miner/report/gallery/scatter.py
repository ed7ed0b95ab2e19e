"""Values against sample size and against time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from miner.errors import MetaError
from miner.report import figures
from miner.report.formats.parts import counted, percent
from miner.report.gallery.subject import MANY, Subject, rounded
from miner.report.gallery.words import CAUSES, joined, size_trend
from miner.report.panels import Panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from miner.meta.sensitivity.noise import NoiseEnvelope
    from miner.report.analysis import Row

MIN_SMOOTH = 10


def against_size(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw values against sample size on a log axis: by group, sized by precision, with lowess and its band, and what sampling alone would scatter."""
    del options
    name, title = f"{subject.metric}-size", f"{subject.what.capitalize()} against sample size"
    if subject.k == 0:
        return Panel(name, title, None, "There is no study with both a sample size and a value, so nothing can be drawn.")
    frame, noise, curve = subject.frame, _envelope(subject), _smooth(subject)
    n = frame["n"].to_numpy(float)
    primary = subject.analysis.primary
    reading = joined(trend_words(subject, primary), noise_words(noise, subject.what), subject.few())
    with figures.axes(9.6, 5.2) as (figure, ax):
        if noise is not None:
            _draw_envelope(ax, n, noise.p0)
        for i, (label, part) in enumerate(subject.groups()):
            _points(ax, part["n"], part["estimate"], _areas(part["n"], n), i, f"{label} ({len(part)})", many=subject.k > MANY)
        if curve is not None:
            _draw_curve(ax, curve)
        figures.sample_size_axis(ax)
        figures.percent_axis(ax, subject.what.capitalize())
        y = frame["estimate"].to_numpy(float)
        ax.set_ylim(max(-0.01, float(y.min()) - 0.06), 1.015)
        _legend(ax)
        text = f"Scatter plot of {counted(subject.k, 'reported value')} of {subject.what} against sample size from {n.min():,.0f} to {n.max():,.0f}. {reading}"
        svg = figures.svg(figure, name, title, text)
    data: dict[str, Any] = {"primary": {k: primary.numbers[k] for k in ("beta", "ci", "p", "points")} if primary.numbers else None}
    if noise is not None:
        data["envelope"] = {"p0": noise.p0, "frac_outside_95": noise.frac_outside_95, "share_sampling": noise.share_sampling}
    if curve is not None:
        data["lowess"] = {key: rounded(values) for key, values in zip(("log10_n", "fit", "lower", "upper"), curve, strict=True)}
    return Panel(name, title, svg, reading, subject.analysis.warnings, data=data)


def trend_words(subject: Subject, row: Row) -> str:
    """Say what the primary model says of size, or why it says nothing."""
    if not row.numbers:
        return f"{row.words} So nothing is said on a trend with sample size."
    low, high = points_interval(row)
    said = size_trend(subject.what, row.numbers["points"], low, high, row.numbers["p"], model="binomial mixed model")
    return joined(said, CAUSES if row.numbers["p"] < 0.05 else "")


def points_interval(row: Row) -> tuple[float, float]:
    """Return the interval of a slope on the logit scale in percentage points at the mean."""
    scale = row.numbers["points"] / row.numbers["beta"] if row.numbers["beta"] else 0.0
    low, high = row.numbers["ci"]
    return scale * low, scale * high


def noise_words(noise: NoiseEnvelope | None, what: str) -> str:
    """Say how much of the scatter is sampling."""
    if noise is None:
        return ""
    outside, expected = 100 * noise.frac_outside_95, 5
    verdict = (
        f"so most of the scatter of the {what} is real differences between studies, not chance"
        if outside > 3 * expected
        else f"little more than the 5 % that chance alone would put there, so the studies' {what} hardly differs beyond sampling"
        if outside <= 2 * expected
        else "more than the 5 % that chance alone would put there"
    )
    return f"{outside:.0f} % of the values lie outside the grey band, in which sampling alone would keep 95 % around the common {what} of {percent(noise.p0)}: {verdict}."


def _envelope(subject: Subject) -> NoiseEnvelope | None:
    from miner.meta import noise_envelope

    try:
        return noise_envelope(subject.frame["estimate"], subject.frame["n"]) if subject.k >= 3 else None
    except MetaError:
        return None


def _smooth(subject: Subject) -> tuple[NDArray[np.float64], ...] | None:
    """Return lowess over log10 n with its band by resampling papers; for many values the curve alone."""
    x, y = subject.frame["log10_n"].to_numpy(float), subject.frame["estimate"].to_numpy(float)
    if subject.k < MIN_SMOOTH or np.unique(x).size < 4:
        return None
    if subject.k > MANY:
        from statsmodels.nonparametric.smoothers_lowess import lowess

        fit = lowess(y, x, frac=0.8, delta=0.01 * float(np.ptp(x)))
        fit = fit[np.unique(np.linspace(0, len(fit) - 1, 400).astype(int))]
        nothing = np.full(len(fit), np.nan)
        return fit[:, 0], fit[:, 1], nothing, nothing
    from miner.meta import lowess_band

    band = lowess_band(x, y, replicates=int(np.clip(40_000 // subject.k, 40, 200)), cluster=subject.frame["cluster"])
    _, first = np.unique(band.x, return_index=True)
    return band.x[first], band.y[first], band.lower[first], band.upper[first]


def _draw_envelope(ax: Axes, n: NDArray[np.float64], center: float) -> None:
    grid = np.geomspace(max(4.0, n.min() * 0.8), n.max() * 1.25, 200)
    half = 1.96 * np.sqrt(center * (1 - center) / grid)
    ax.fill_between(
        grid, np.clip(center - half, 0, 1), np.clip(center + half, 0, 1), color=figures.BAND, lw=0, label="95 % sampling noise", zorder=0.5
    )


def _draw_curve(ax: Axes, curve: tuple[NDArray[np.float64], ...]) -> None:
    x, fit, lower, upper = curve
    if np.isfinite(lower).any():
        ax.fill_between(
            10**x, np.clip(lower, 0, 1), np.clip(upper, 0, 1), color=figures.INK, alpha=0.14, lw=0, label="95 % band of the curve", zorder=3
        )
    ax.plot(10**x, fit, color=figures.INK, lw=2.2, label="smooth curve (lowess)", zorder=4)


def _areas(n: Any, of: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return areas that grow with precision: the standard error falls with the square root of n."""
    root = np.sqrt(np.asarray(n, dtype=float))
    low, high = float(np.sqrt(of.min())), float(np.sqrt(of.max()))
    share = (root - low) / (high - low) if high > low else np.full(len(root), 0.3)
    out: NDArray[np.float64] = 22 + 130 * share
    return out


def _points(ax: Axes, x: Any, y: Any, sizes: Any, i: int, label: str, *, many: bool) -> None:
    color, marker = figures.PALETTE[i % len(figures.PALETTE)], figures.MARKERS[i % len(figures.MARKERS)]
    area = 7 if many else sizes
    ax.scatter(x, y, s=area, color=color, marker=marker, alpha=0.35 if many else 0.72, linewidths=0, label=label, rasterized=many, zorder=2)


def _legend(ax: Axes) -> None:
    """Put the legend beside the axes, all markers of one size."""
    from matplotlib.collections import PathCollection

    handles, labels = ax.get_legend_handles_labels()
    own = [i for i, handle in enumerate(handles) if isinstance(handle, PathCollection)]
    order = [*own, *(i for i in range(len(handles)) if i not in own)]
    legend = ax.legend([handles[i] for i in order], [labels[i] for i in order], loc="center left", bbox_to_anchor=(1.01, 0.5))
    for handle in legend.legend_handles:
        if handle is not None and hasattr(handle, "set_sizes"):
            handle.set_sizes([42])


def by_year(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw values by year of publication with the median of each year."""
    del options
    name, title = f"{subject.metric}-year", f"{subject.what.capitalize()} by year"
    known = subject.frame.dropna(subset=["year"])
    if known.empty:
        return Panel(name, title, None, "No study has a year of publication, so nothing can be drawn over time.")
    years = known["year"].astype(int)
    grouped = known.groupby(years)["estimate"]
    medians, counts = grouped.median(), grouped.size()
    with figures.axes(9.6, 4.0) as (figure, ax):
        for i, (label, part) in enumerate(subject.groups()):
            there = part.dropna(subset=["year"])
            _points(ax, there["year"], there["estimate"], 34, i, label, many=subject.k > MANY)
        ax.plot(medians.index, medians.to_numpy(), color=figures.INK, lw=2, label="median of the year", zorder=4)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.set_xlabel("Year of publication")
        figures.percent_axis(ax, subject.what.capitalize())
        ax.grid(visible=False, axis="x")
        _legend(ax)
        row = subject.analysis.row("trend-year")
        reading = joined(
            year_words(subject.what, len(known), int(years.min()), int(years.max()), float(medians.iloc[0]), float(medians.iloc[-1])),
            row.words if row is not None and row.numbers else "",
            subject.few(),
        )
        svg = figures.svg(figure, name, title, f"Scatter plot of {subject.what} by year of publication. {reading}")
    data = {"year": [int(y) for y in medians.index], "median": rounded(medians), "count": [int(c) for c in counts]}
    return Panel(name, title, svg, reading, data=data)


def year_words(what: str, k: int, first: int, last: int, before: float, after: float) -> str:
    """Say what was typical in the first and in the last year.

    Examples
    --------
    >>> year_words("accuracy", 12, 2010, 2020, 0.9, 0.85)
    '12 values from 2010 to 2020; the median accuracy was 90.0 % in 2010 and 85.0 % in 2020.'
    >>> year_words("accuracy", 1, 2010, 2010, 0.9, 0.9)
    '1 value, all from 2010; the median accuracy is 90.0 %.'
    """
    if first == last:
        return f"{counted(k, 'value')}, all from {first}; the median {what} is {percent(before)}."
    return (
        f"{counted(k, 'value')} from {first} to {last}; the median {what} was {percent(before)} in {first} and {percent(after)} in {last}."
    )
