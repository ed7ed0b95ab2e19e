"""Values against sample size and against time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.evidence import WEAK, null_words, strength, untested_words
from miner.meta.analysis.scatter import envelope, noise_words
from miner.meta.effects.odds import expit
from miner.report import draw, figures
from miner.report.formats.parts import counted, percent
from miner.report.gallery.spec import PanelSpec
from miner.report.gallery.subject import MANY, Subject, rounded
from miner.report.gallery.words import CAUSES, LEVEL, OTHER_WAY, joined, size_trend
from miner.report.panels import Panel
from miner.say import headed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from miner.meta.analysis.rows import Row
    from miner.meta.analysis.sample import Sample
    from miner.meta.sensitivity.noise import NoiseEnvelope

    Floats = NDArray[np.float64]
    Curve = tuple[Floats, Floats, Floats, Floats]

MIN_SMOOTH = 10


def against_size(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw values against sample size on a log axis: by group, sized by precision, with the primary model's line of each task.

    The smooth curve and what sampling alone would scatter are drawn within tasks: where there are several, below, as differences from the
    level of each value's task.
    """
    del options
    name, title = f"{subject.metric}-size", f"{headed(subject.what)} against sample size"
    if subject.k == 0:
        return Panel(name, title, None, "There is no study with both a sample size and a value, so nothing can be drawn.")
    primary, noise, level = subject.analysis.primary, _envelope(subject), _level(subject)
    curve = _smooth(subject, level)
    several = subject.sample.several_tasks and level is not None
    reading = joined(trend_words(subject, primary), *subject.analysis.notes, _noise_words(noise, subject), subject.few())
    how: dict[str, Any] = {"rows": 2, "sharex": True, "height_ratios": [1.75, 1]} if several else {}
    with figures.axes(9.6, 7.4 if several else 5.2, **how) as (figure, made):
        top, below = np.ravel(made) if several else (made, made)
        _draw_values(top, subject, primary)
        if level is not None:
            _draw_within(below, subject, level, noise=noise is not None, curve=curve, differences=several)
        figures.sample_size_axis(below)
        if several:
            _as_differences(below)
            top.grid(visible=False, axis="x")
        for ax in dict.fromkeys((top, below)):
            figures.legend_of_points(ax)
        sizes = subject.frame["n"]
        text = f"Scatter plot of {counted(subject.k, 'reported value')} of {subject.what} against sample size from {sizes.min():,.0f} to {sizes.max():,.0f}. {reading}"
        svg = figures.svg(figure, name, title, text, once=True)
    first, narrow = _small(subject, primary, name, title)
    return Panel(name, title, svg, reading, subject.analysis.warnings, narrow=narrow, first=first, data=_data(primary, noise, curve))


def _data(primary: Row, noise: NoiseEnvelope | None, curve: Curve | None) -> dict[str, Any]:
    """Return the numbers behind the figure."""
    kept = ("beta", "ci", "p", "points", "points_ci", "level", "lines")
    data: dict[str, Any] = {"primary": {k: primary.numbers[k] for k in kept if k in primary.numbers} if primary.numbers else None}
    if noise is not None:
        data["envelope"] = {"frac_outside_95": noise.frac_outside_95}
    if curve is not None:
        data["lowess"] = {key: rounded(values) for key, values in zip(("log10_n", "fit", "lower", "upper"), curve, strict=True)}
    return data


class Told(Protocol):
    """What a sentence on a trend is about: the values, and what they are in words."""

    @property
    def what(self) -> str:
        """The metric in words."""

    @property
    def sample(self) -> Sample:
        """The values as the models take them."""


def trend_words(subject: Told, row: Row, role: str = "") -> str:
    """Say what the primary model says of size, or why it says nothing."""
    if not row.numbers:
        return f"{row.words} So nothing is said on a trend with sample size."
    found = row.numbers
    model = ("binomial mixed model" if "level" in found else "least squares") + role + (", within tasks" if "task" in row.adjusted else "")
    level = percent(found["level"]) if "level" in found else ""
    low, high = found["points_ci"]
    said = size_trend(subject.what, level, found["points"], low, high, found["p"], model=model)
    worse = (found["points"] < 0) != subject.sample.lower_is_better
    return joined(
        said,
        (CAUSES if worse else OTHER_WAY)
        if found["p"] < WEAK
        else untested_words(found["untested"]) or null_words(found["p"], found["power"]),
    )


def _noise_words(noise: NoiseEnvelope | None, subject: Subject) -> str:
    return "" if noise is None else noise_words(noise, subject.sample)


def _envelope(subject: Subject) -> NoiseEnvelope | None:
    try:
        return envelope(subject.sample) if subject.k >= 3 and subject.sample.counts else None
    except MetaError:
        return None


def _level(subject: Subject) -> Floats | None:
    """Return the level of each value's task as a share; None where it cannot be estimated."""
    try:
        found: Floats = np.asarray(subject.sample.back_transformed(subject.sample.levels))
    except MetaError:
        return None
    return found


def _smooth(subject: Subject, level: Floats | None) -> Curve | None:
    """Return lowess over log10 n with its band by resampling papers, for many values the curve alone; of several tasks, of the differences."""
    x, y = subject.sample.column("log10_n"), subject.sample.column("estimate")
    if subject.k < MIN_SMOOTH or np.unique(x).size < 4 or level is None:
        return None
    if subject.sample.several_tasks:
        y = y - level
    if subject.k > MANY:
        from statsmodels.nonparametric.smoothers_lowess import lowess

        fit = lowess(y, x, frac=0.8, delta=0.01 * float(np.ptp(x)))
        fit = fit[np.unique(np.linspace(0, len(fit) - 1, 400).astype(int))]
        nothing = np.full(len(fit), np.nan)
        return fit[:, 0], fit[:, 1], nothing, nothing
    from miner.meta import lowess_band

    band = lowess_band(x, y, replicates=int(np.clip(40_000 // subject.k, 40, 200)), cluster=subject.frame["cluster"].to_numpy())
    _, first = np.unique(band.x, return_index=True)
    return band.x[first], band.y[first], band.lower[first], band.upper[first]


def _draw_values(ax: Axes, subject: Subject, primary: Row) -> None:
    n, y = subject.sample.column("n"), subject.sample.column("estimate")
    for i, (label, part) in enumerate(subject.groups()):
        look: dict[str, Any] = {"ids": part["effect_id"], "many": subject.k > MANY}
        _points(ax, part["n"], part["estimate"], _areas(part["n"], n), i, _counted(label, part), **look)
    if primary.numbers:
        _draw_lines(ax, subject, primary)
    figures.percent_axis(ax, headed(subject.what))
    ax.set_ylim(max(-0.01, float(y.min()) - 0.06), 1.015)


def _draw_lines(ax: Axes, subject: Subject, primary: Row) -> None:
    """Draw the primary model's line of each task over the sizes that the task has, like its points where they are told apart by task."""
    groups = list(enumerate(subject.groups()))
    tasks, x = np.array(subject.sample.tasks, dtype=object), subject.sample.column("log10_n")
    several = len(primary.numbers["lines"]) > 1
    for task, intercept in primary.numbers["lines"].items():
        own = x[tasks == task]
        if not len(own):
            continue
        grid = np.linspace(own.min(), own.max(), 60)
        # The model has one class for all tasks of few values, whose points may be several groups'.
        own_groups = [(i, _counted(name, part)) for i, (name, part) in groups if (tasks[part.index] == task).any()]
        color, label = figures.INK, f"primary model{', each task' if several else ''}"
        if several and subject.group == "task":
            place, label = own_groups[0] if len(own_groups) == 1 else (None, "primary model, tasks of fewer than 3 values")
            color = figures.INK if place is None else figures.PALETTE[place % len(figures.PALETTE)]
        line = intercept + primary.numbers["beta"] * grid
        ax.plot(10**grid, expit(line) if primary.id == "trend" else line, color=color, lw=2.4, zorder=5, label=label)


def _counted(label: str, part: pd.DataFrame) -> str:
    return f"{label} ({len(part)})"


def _draw_within(ax: Axes, subject: Subject, level: Floats, *, noise: bool, curve: Curve | None, differences: bool) -> None:
    """Draw what sampling alone would scatter and the smooth curve; with ``differences``, of the values from the level of their tasks."""
    n, y = subject.sample.column("n"), subject.sample.column("estimate")
    ends = (-1.0, 1.0) if differences else (0.0, 1.0)
    if noise:
        center = float(expit(subject.sample.pooled.value))
        base = 0.0 if differences else center
        sizes = max(4.0, n.min() * 0.8), n.max() * 1.25
        draw.sampling_noise(ax, center, sizes, around=base, ends=ends, color=figures.BAND, label="95 % sampling noise", zorder=0.5)
    if differences:
        for i, (_, part) in enumerate(subject.groups()):
            rows = part.index.to_numpy()
            _points(ax, n[rows], (y - level)[rows], 0.4 * _areas(n[rows], n), i, "_nolegend_", ids=part["effect_id"], many=subject.k > MANY)
        ax.axhline(0, color=figures.SOFT, lw=0.8, zorder=1)
    if curve is not None:
        _draw_curve(ax, curve, ends)


def _as_differences(ax: Axes) -> None:
    from matplotlib.ticker import FuncFormatter

    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:+.0f}".replace("-", "−").replace("+0", "0")))
    ax.set_ylabel("Points from its task's level")


def _draw_curve(ax: Axes, curve: Curve, ends: tuple[float, float]) -> None:
    x, fit, lower, upper = curve
    if np.isfinite(lower).any():
        draw.band(ax, 10**x, lower, upper, ends, color=figures.INK, alpha=0.14, label="95 % band of the curve", zorder=3)
    ax.plot(10**x, fit, color=figures.INK, lw=1.8, ls="--", label="smooth curve (lowess)", zorder=4)


def _areas(n: Any, of: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return areas that grow with precision: the standard error falls with the square root of n."""
    root = np.sqrt(np.asarray(n, dtype=float))
    low, high = float(np.sqrt(of.min())), float(np.sqrt(of.max()))
    share = (root - low) / (high - low) if high > low else np.full(len(root), 0.3)
    out: NDArray[np.float64] = 22 + 130 * share
    return out


def _points(ax: Axes, x: Any, y: Any, sizes: Any, i: int, label: str, *, ids: Any, many: bool) -> None:
    color, marker = figures.PALETTE[i % len(figures.PALETTE)], figures.MARKERS[i % len(figures.MARKERS)]
    draw.points(ax, x, y, sizes, ids=ids, many=many, color=color, marker=marker, alpha=0.35 if many else 0.72, label=label, zorder=2)


def _small(subject: Subject, primary: Row, name: str, title: str) -> tuple[str, str]:
    """Return the values with the model's lines once more: for the head of the report, and for narrow screens with the legend below."""
    made = []
    for own, width, height in ((f"{name}-first", 4.6, 3.3), (f"{name}-narrow", figures.NARROW, 4.9)):
        with figures.axes(width, height) as (figure, ax):
            _draw_values(ax, subject, primary)
            figures.sample_size_axis(ax)
            if own.endswith("narrow"):
                figures.legend_below(ax)
            text = f"Scatter plot of {counted(subject.k, 'reported value')} of {subject.what} against sample size; the section {title} says what it shows."
            made.append(figures.svg(figure, own, title, text, again=True))
    return made[0], made[1]


def by_year(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw values by year of publication with the median of each year, and the least-squares line over the years of values of the same size."""
    import pandas as pd

    del options
    name, title = f"{subject.metric}-year", f"{headed(subject.what)} by year"
    sample = subject.sample
    known = sample.frame.dropna(subset=["year"])
    if known.empty:
        return Panel(name, title, None, "No study has a year of publication, so nothing can be drawn over time.")
    years = known["year"].astype(int)
    values, level = known["estimate"], ""
    if sample.several_tasks and _level(subject) is not None:
        values, level = pd.Series(sample.at_one_level(), index=sample.frame.index)[known.index], f", {LEVEL}"
    medians, counts = values.groupby(years).median(), values.groupby(years).size()
    row = subject.analysis.row("trend-year")
    reading = joined(
        year_words(subject.what, len(known), int(years.min()), int(years.max()), float(medians.iloc[0]), float(medians.iloc[-1]), level),
        row.words if row is not None and row.numbers else "",
        contrary_words(float(medians.iloc[-1] - medians.iloc[0]), row.numbers) if row is not None else "",
        subject.few(),
    )
    line = None
    if row is not None and row.numbers and years.min() < years.max():
        # Least squares go through the means: at the mean n the model says this of each year.
        ends = np.array([years.min(), years.max()])
        line = ends, float(values.mean()) + row.numbers["beta"] * (ends - float(years.mean()))
    drawn = []
    for own, width, height in ((name, 9.6, 4.0), (f"{name}-narrow", figures.NARROW, 4.6)):
        with figures.axes(width, height) as (figure, ax):
            _draw_years(ax, subject, medians, f"median of the year{level}", line)
            (figures.legend_below if own != name else figures.legend_of_points)(ax)
            text = f"Scatter plot of {subject.what} by year of publication. {reading}"
            drawn.append(figures.svg(figure, own, title, text, again=own != name, once=True))
    data = {"year": [int(y) for y in medians.index], "median": rounded(medians), "count": [int(c) for c in counts]}
    return Panel(name, title, drawn[0], reading, narrow=drawn[1], data=data)


def _draw_years(ax: Axes, subject: Subject, medians: pd.Series, label: str, line: tuple[Any, Any] | None) -> None:
    for i, (group, part) in enumerate(subject.groups()):
        there = part.dropna(subset=["year"])
        _points(ax, there["year"], there["estimate"], 34, i, group, ids=there["effect_id"], many=subject.k > MANY)
    ax.plot(medians.index, medians.to_numpy(), color=figures.INK, lw=2, label=label, zorder=4)
    if line is not None:
        ax.plot(*line, color=figures.SOFT, lw=2, ls="--", label="least squares, at the mean n", zorder=5)
    figures.year_axis(ax)
    figures.percent_axis(ax, headed(subject.what))
    ax.grid(visible=False, axis="x")


def year_words(what: str, k: int, first: int, last: int, before: float, after: float, level: str = "") -> str:
    """Say what was typical in the first and in the last year.

    Examples
    --------
    >>> year_words("accuracy", 12, 2010, 2020, 0.9, 0.85)
    '12 values from 2010 to 2020; the median accuracy was 90.0 % in 2010 and 85.0 % in 2020.'
    >>> year_words("accuracy", 1, 2010, 2010, 0.9, 0.9)
    '1 value, all from 2010; the median accuracy is 90.0 %.'
    """
    if first == last:
        return f"{counted(k, 'value')}, all from {first}; the median {what}{level} is {percent(before)}."
    return f"{counted(k, 'value')} from {first} to {last}; the median {what}{level and level + ','} was {percent(before)} in {first} and {percent(after)} in {last}."


def contrary_words(change: float, trend: Mapping[str, Any]) -> str:
    """Say why the medians of the first and the last year may run against a trend that is told from chance; nothing where they do not.

    Examples
    --------
    >>> contrary_words(-0.087, {"beta": 0.004, "p": 0.026})[:54]
    'That the medians of the first and the last year run th'
    >>> contrary_words(0.02, {"beta": 0.004, "p": 0.026}), contrary_words(-0.087, {"beta": 0.004, "p": 0.2}), contrary_words(-0.087, {})
    ('', '', '')
    """
    told = trend and strength(trend["p"]) in {"clear", "weak"}
    if not told or change * trend["beta"] >= 0:
        return ""
    return (
        "That the medians of the first and the last year run the other way is no contradiction: they are of two years alone, whatever the sizes of"
        " their studies, while the trend is of all years and compares studies of the same size."
    )


PANELS = (
    PanelSpec("accuracy-by-size", against_size, "metric", "values against sample size, with a smooth curve and sampling noise"),
    PanelSpec("by-year", by_year, "metric", "values by year of publication"),
)
