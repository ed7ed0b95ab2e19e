"""Panels of sample size and accuracy over years and over each other, task by task, with lowess and its bootstrap band."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from miner.digits import STORED, significant
from miner.errors import MetaError
from miner.report import draw, figures
from miner.report.formats.parts import Table, counted, interval, listed, p_text, percent, signed
from miner.report.panels import Panel
from miner.report.tasks.evidence import task_panel

if TYPE_CHECKING:
    import pandas as pd

    from miner.report.tasks.literature import Literature

FRACTION = 0.8  # the share of points in lowess's window, as the paper takes it
PERIODS = ((None, 2013), (2014, 2016), (2017, None))
_SHADES = (figures.PALETTE[4], figures.PALETTE[0], figures.INK)
_DASHES = (":", "--", "-")
_BAND = 100


def color_of(task: str, tasks: tuple[str, ...]) -> tuple[str, str]:
    """Return a task's colour and marker, the same in every figure of a report."""
    i = tasks.index(task) % len(figures.PALETTE)
    return figures.PALETTE[i], figures.MARKERS[i]


def sizes_by_year(literature: Literature, name: str) -> Panel:
    """Draw the sample size of each study by year, on a log axis, with the yearly median."""
    title = "Sample size by year"
    sizes = literature.sizes.dropna()
    if len(sizes) < 3:
        return Panel(name, title, None, f"{counted(len(sizes), 'study has', 'studies have')} a sample size and a year: too few to draw.")
    years, n = sizes["year"].to_numpy(float), sizes["n"].to_numpy(float)
    by_year = sizes.groupby("year")["n"].describe()
    grown = growth(literature)
    with figures.axes(height=3.8) as (figure, ax):
        draw.points(ax, years + _spread(years), n, 14, color=figures.SOFT, alpha=0.45, label="a study")
        known = by_year[by_year["count"] >= 3]
        ax.plot(known.index, known["50%"], "o-", color=figures.PALETTE[0], ms=5, lw=1.6, label="median of a year (3 studies or more)")
        figures.sample_size_axis(ax, "y")
        figures.year_axis(ax)
        figures.legend_under(ax)
        reading = (
            f"{counted(len(sizes), 'study', 'studies')} with a sample size. {grown['words']} Half of the studies of the last three years have fewer than"
            f" {np.median(n[years > years.max() - 3]):,.0f} participants."
        )
        svg = figures.svg(
            figure, name, title, f"Scatter plot of sample size against year, {int(years.min())} to {int(years.max())}. {reading}"
        )
    rows = tuple(
        (f"{y:.0f}", f"{k:.0f}", *(f"{significant(v, STORED):,.1f}" for v in q))
        for y, k, *q in by_year[["count", "25%", "50%", "75%"]].itertuples()
    )
    columns = (("Year", True), ("Studies", True), ("Lower quartile", True), ("Median", True), ("Upper quartile", True))
    return Panel(name, title, svg, reading, (), [grown], table=Table("Sample size by year", columns, rows, folded=True))


def growth(literature: Literature) -> dict[str, Any]:
    """Return how many per cent sample sizes grow a year (least squares of log n), with the words for it; nothing of fewer than three."""
    from miner.meta.models.linear import linear

    sizes = literature.sizes.dropna()
    if len(sizes) < 3:
        return {}
    years, n = sizes["year"].to_numpy(float), sizes["n"].to_numpy(float)
    if np.unique(years).size < 2:
        return {"words": "All are of one year.", "rate": float("nan"), "p": float("nan")}
    try:
        fit = linear(np.log(n), {"year": years}, vcov="HC3")
    except MetaError:
        return {"words": "", "rate": float("nan"), "p": float("nan")}
    rate, low, high, p = (float(v[1]) for v in (fit.coef, fit.ci_lb, fit.ci_ub, fit.p))
    words = (
        f"Sample sizes {'grow' if rate >= 0 else 'shrink'} by {significant(100 * abs(np.expm1(rate))):.1f} % a year (95 % interval {interval(100 * np.expm1(low), 100 * np.expm1(high))} %,"
        f" p {'' if p < 0.001 else '= '}{p_text(p)})"
        + (f", which doubles them in {significant(np.log(2) / rate):.0f} years." if rate > 0 and p < 0.05 else ".")
    )
    return {"words": words, "rate": rate, "low": low, "high": high, "p": p}


def accuracy_by_year(literature: Literature, name: str) -> Panel:
    """Draw accuracy by year for each task, with lowess."""
    frames = {t: literature.of_task(t, sized=False) for t in literature.tasks}
    return _facets(literature, name, "Accuracy by year", frames, "year")


def accuracy_by_size(literature: Literature, name: str) -> Panel:
    """Draw accuracy against sample size for each task, with lowess."""
    frames = {t: literature.of_task(t) for t in literature.tasks}
    return _facets(literature, name, "Accuracy by sample size", frames, "n")


def _facets(literature: Literature, name: str, title: str, frames: dict[str, pd.DataFrame], x: str) -> Panel:
    frames = {t: f for t, f in frames.items() if len(f) >= 3}
    if not frames:
        return Panel(name, title, None, "No task has three accuracies, which a figure needs at least.")
    with figures.facets(frames, 0.5 + 2.6 * ((len(frames) + 1) // 2), sharex=True) as (figure, made):
        summaries = [_facet(ax, task, frames[task], x, color_of(task, literature.tasks)) for task, ax in made.items()]
        _label(list(made.values()), x, min(2, len(frames)))
        reading = " ".join(f["words"] for f in summaries)
        count = sum(len(f) for f in frames.values())
        what = "year of publication" if x == "year" else "sample size on a log axis"
        text = (
            f"{len(frames)} scatter plots of {counted(count, 'accuracy', 'accuracies')} against {what}, each with a lowess curve. {reading}"
        )
        return Panel(name, title, figures.svg(figure, name, title, text), reading, (), summaries)


def _facet(ax: Any, task: str, frame: pd.DataFrame, x: str, look: tuple[str, str]) -> dict[str, Any]:
    color, marker = look
    xs, ys = frame[x].to_numpy(float), frame["estimate"].to_numpy(float)
    shown = xs + _spread(xs) if x == "year" else xs
    draw.points(ax, shown, ys, 16, color=color, marker=marker, alpha=0.55)
    curve = lowess(xs, ys, frame["cluster"])
    if curve is not None:
        draw.band(ax, curve.x, curve.lower, curve.upper, (-np.inf, np.inf), color=color, alpha=0.18)
        ax.plot(curve.x, curve.y, color=figures.INK, lw=3.2)
        ax.plot(curve.x, curve.y, color=color, lw=2)
    ax.set_title(f"{task} ({len(frame)})", fontsize=10)
    if curve is None:
        return {"task": task, "k": len(frame), "words": f"{task}: {counted(len(frame), 'accuracy', 'accuracies')}, too few for a curve."}
    ends = f"from {percent(float(curve.y[0]), 0)} to {percent(float(curve.y[-1]), 0)}"
    middle = (
        ""
        if x == "year"
        else f" ({percent(float(np.interp(np.median(xs), curve.x, curve.y)), 0)} at the median size of {np.median(xs):.0f})"
    )
    words = f"{task}: {counted(len(frame), 'accuracy', 'accuracies')}, the curve goes {ends}{middle}."
    return {"task": task, "k": len(frame), "x": curve.x.tolist(), "y": curve.y.tolist(), "words": words}


def by_period(literature: Literature, name: str) -> Panel:
    """Draw accuracy against sample size in three periods, for the tasks that have most studies."""
    title = "Accuracy by sample size, split in time"
    tasks = [t for t in literature.tasks if len(literature.of_task(t)) >= 20][:2]
    if not tasks:
        return Panel(name, title, None, "No task has 20 accuracies with a sample size and a year, so they are not split in time.")
    summaries: list[dict[str, Any]] = []
    with figures.facets(tasks, 3.5, sharex=True) as (figure, made):
        for task, ax in made.items():
            frame = literature.of_task(task)
            for period, color, dash in zip(PERIODS, _SHADES, _DASHES, strict=True):
                summaries += _period(ax, task, frame, period, color, dash)
            figures.legend_under(ax, 1)
        _label(list(made.values()), "n", len(tasks))
        reading = _period_words(summaries)
        text = f"Accuracies of {listed(tasks)} against sample size with one lowess curve a period. {reading}"
        return Panel(name, title, figures.svg(figure, name, title, text), reading, (), summaries)


def _period(ax: Any, task: str, frame: pd.DataFrame, period: tuple[int | None, int | None], color: str, dash: str) -> list[dict[str, Any]]:
    first, last = period
    part = frame[frame["year"].between(first or -np.inf, last or np.inf)]
    label = f"to {last}" if first is None else f"from {first}" if last is None else f"{first}–{last}"
    if not len(part):
        return []
    xs, ys = part["n"].to_numpy(float), part["estimate"].to_numpy(float)
    draw.points(ax, xs, ys, 12, color=color, alpha=0.6)
    curve = lowess(xs, ys, None)
    if curve is not None:
        ax.plot(curve.x, curve.y, color=color, lw=2.4, ls=dash, label=f"{label} ({len(part)})")
    large = part[part["n"] >= frame["n"].median()]["estimate"]
    return [
        {
            "task": task,
            "period": label,
            "k": len(part),
            "median": float(np.median(ys)),
            "large": float(large.median()) if len(large) else float("nan"),
        }
    ]


def _period_words(summaries: list[dict[str, Any]]) -> str:
    words = []
    for task in dict.fromkeys(t["task"] for t in summaries):
        parts = [t for t in summaries if t["task"] == task]
        medians = ", ".join(f"{percent(t['large'], 0)} {t['period']}" for t in parts)
        change = 100 * (parts[-1]["large"] - parts[0]["large"])
        words.append(f"{task}: the median accuracy of the larger half of the studies is {medians} ({signed(change, 0)} points).")
    return " ".join(words)


def lowess(x: np.ndarray, y: np.ndarray, cluster: pd.Series[Any] | None) -> Any:
    """Return lowess with a band that draws whole papers, or None where there are too few points; see :func:`miner.meta.sensitivity.trend.lowess_band`."""
    from miner.meta.sensitivity.trend import lowess_band

    if len(x) < 8 or np.unique(x).size < 4:
        return None
    try:
        band = lowess_band(
            x,
            y,
            frac=FRACTION,
            replicates=_BAND if cluster is not None else 0,
            cluster=None if cluster is None else cluster.astype(str).to_numpy(),
        )
    except MetaError:
        return None
    return band if np.all(np.isfinite(band.y)) else None


def _spread(years: np.ndarray) -> np.ndarray:
    """Return small shifts that keep points of one year apart, the same each time."""
    shift = np.zeros(len(years))
    for year in np.unique(years):
        rows = np.flatnonzero(years == year)
        shift[rows] = (np.arange(len(rows)) * 0.6180339887 % 1 - 0.5) * 0.6
    return shift


def _label(axes: list[Any], x: str, columns: int) -> None:
    from matplotlib.ticker import MultipleLocator

    for i, ax in enumerate(axes):
        if x == "n":
            figures.sample_size_axis(ax)
        else:
            figures.year_axis(ax)
        ax.set_ylim(top=1.01)
        ax.yaxis.set_major_locator(MultipleLocator(0.1))
        figures.percent_axis(ax, "Accuracy" if i % columns == 0 else "")
        if i < len(axes) - columns:
            ax.set_xlabel("")


PANELS = (
    task_panel("sizes-by-year", lambda e: sizes_by_year(e.literature, "sizes"), "sample size by year, with the yearly median"),
    task_panel("years-by-task", lambda e: accuracy_by_year(e.literature, "years"), "accuracy by year, task by task"),
    task_panel("accuracy-by-task", lambda e: accuracy_by_size(e.literature, "accuracy"), "accuracy against sample size, task by task"),
    task_panel("periods", lambda e: by_period(e.literature, "periods"), "accuracy against sample size in three periods"),
)
