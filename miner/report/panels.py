"""Panels: a figure with its title, its description and what it says in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.report import figures
from miner.report.parts import Beside, Table

if TYPE_CHECKING:
    import pandas as pd

MIN_SMOOTH = 10
METRIC_NAMES = {
    "accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "auc": "area under the ROC curve", "auprc": "average precision",
    "sensitivity": "sensitivity", "specificity": "specificity", "precision": "precision", "npv": "negative predictive value", "f1": "F1 score",
    "dice": "Dice coefficient", "iou": "intersection over union", "kappa": "kappa", "mcc": "Matthews correlation", "c_index": "C-index",
    "error_rate": "error rate", "other": "other score",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Panel:
    """One figure of a report: ``svg`` is None where there are too few data, and ``reading`` says so.

    ``beside`` is what a publication says of the same, ``table`` the figure's numbers.
    """

    name: str
    title: str
    svg: str | None
    reading: str
    warnings: tuple[str, ...] = ()
    rows: list[Any] = field(default_factory=list)
    beside: Beside | None = None
    table: Table | None = None


def group_names(frame: pd.DataFrame) -> list[str]:
    """Return the groups that figures tell apart by colour and marker: tasks, the most frequent first, at most seven and the rest."""
    counts = frame["task"].fillna("no task named").value_counts()
    names = sorted(counts.index, key=lambda t: (-counts[t], t))
    return names if len(names) <= len(figures.PALETTE) else [*names[: len(figures.PALETTE) - 1], "other tasks"]


def _grouped(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    names = group_names(frame)
    labels = frame["task"].fillna("no task named").map(lambda t: t if t in names else "other tasks")
    return [(name, frame[labels == name]) for name in names]


def lowess(x: np.ndarray, y: np.ndarray, fraction: float = 2 / 3) -> np.ndarray:
    """Return Cleveland's (1979) locally weighted regression as rows (x, fitted), through statsmodels."""
    from statsmodels.nonparametric.smoothers_lowess import lowess as smooth

    return np.unique(np.asarray(smooth(y, x, frac=fraction, it=3)), axis=0)


def against_size(frame: pd.DataFrame, name: str, metric: str, reading: str, warnings: tuple[str, ...] = ()) -> Panel:
    """Draw estimates against sample size on a log axis with lowess, and where sampling alone would put 95 % of them."""
    title = f"{metric.capitalize()} against sample size"
    if frame.empty:
        return Panel(name, title, None, "There is no study with both a sample size and a value, so nothing can be drawn.")
    n, y = frame["n"].to_numpy(float), frame["estimate"].to_numpy(float)
    with figures.axes() as (figure, ax):
        center = float(np.average(y, weights=n))
        grid = np.geomspace(max(4.0, n.min() * 0.8), n.max() * 1.25, 200)
        half = 1.96 * np.sqrt(center * (1 - center) / grid)
        ax.fill_between(
            grid,
            np.clip(center - half, 0, 1),
            np.clip(center + half, 0, 1),
            color="#e8e8e8",
            lw=0,
            label="95 % sampling noise around the mean",
        )
        for i, (label, part) in enumerate(_grouped(frame)):
            ax.scatter(
                part["n"],
                part["estimate"],
                s=26,
                color=figures.PALETTE[i],
                marker=figures.MARKERS[i],
                alpha=0.75,
                linewidths=0,
                label=f"{label} ({len(part)})",
            )
        if len(frame) >= MIN_SMOOTH and np.unique(n).size > 3:
            smooth = lowess(np.log10(n), y)
            ax.plot(10 ** smooth[:, 0], smooth[:, 1], color="black", lw=2, label="lowess")
        figures.sample_size_axis(ax)
        figures.percent_axis(ax, metric.capitalize())
        ax.set_ylim(max(0.0, min(y.min() - 0.05, 0.5)), 1.01)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8)
        text = (
            f"Scatter plot of {len(frame)} reported values of {metric} against sample size from {n.min():,.0f} to {n.max():,.0f}. {reading}"
        )
        return Panel(name, title, figures.svg(figure, name, title, text), reading, warnings)


def by_year(frame: pd.DataFrame, name: str, metric: str) -> Panel:
    """Draw estimates by year with the median of each year."""
    title = f"{metric.capitalize()} by year"
    known = frame.dropna(subset=["year"])
    if known.empty:
        return Panel(name, title, None, "No study has a year.")
    years = known["year"].astype(int)
    medians = known.groupby(years)["estimate"].median()
    with figures.axes(height=3.6) as (figure, ax):
        for i, (label, part) in enumerate(_grouped(known)):
            ax.scatter(
                part["year"],
                part["estimate"],
                s=22,
                color=figures.PALETTE[i],
                marker=figures.MARKERS[i],
                alpha=0.7,
                linewidths=0,
                label=label,
            )
        ax.plot(medians.index, medians.to_numpy(), color="black", lw=2, label="median of the year")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.set_xlabel("Year of publication")
        figures.percent_axis(ax, metric.capitalize())
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8)
        reading = (
            f"{len(known)} values from {years.min()} to {years.max()}; the median was {_percent(medians.iloc[0])} in {medians.index[0]}"
            f" and {_percent(medians.iloc[-1])} in {medians.index[-1]}."
        )
        return Panel(name, title, figures.svg(figure, name, title, reading), reading)


def funnel(frame: pd.DataFrame, name: str, metric: str, pooled: float | None, tau2: float, warnings: tuple[str, ...]) -> Panel:
    """Draw the funnel on the logit scale, and beside it the same values against size, where accuracies do not bend it by themselves."""
    title = "Funnel plot"
    if len(frame) < 3 or pooled is None:
        return Panel(name, title, None, "A funnel needs at least three studies.")
    yi, vi = frame["yi"].to_numpy(float), frame["vi"].to_numpy(float)
    with figures.axes(width=9.0, height=4.0, columns=2) as (figure, made):
        left, right = np.ravel(made)
        se = np.linspace(0, np.sqrt(vi.max()) * 1.05, 50)
        left.fill_betweenx(se, pooled - 1.96 * se, pooled + 1.96 * se, color="#e8e8e8", lw=0, label="95 % without heterogeneity")
        wide = 1.96 * np.sqrt(se**2 + tau2)
        left.plot(pooled - wide, se, color="#777777", lw=1, ls="--")
        left.plot(pooled + wide, se, color="#777777", lw=1, ls="--", label="95 % with heterogeneity")
        left.scatter(yi, np.sqrt(vi), s=20, color=figures.PALETTE[0], alpha=0.75, linewidths=0)
        left.axvline(pooled, color="black", lw=1.2)
        left.invert_yaxis()
        left.set_xlabel(f"Logit of the {metric}")
        left.set_ylabel("Standard error")
        left.legend(fontsize=7, loc="best")
        right.scatter(frame["n"], yi, s=20, color=figures.PALETTE[1], marker="s", alpha=0.75, linewidths=0)
        right.axhline(pooled, color="black", lw=1.2)
        figures.sample_size_axis(right)
        right.set_ylabel(f"Logit of the {metric}")
        reading = (
            "Left: the usual funnel. The standard error of a proportion depends on the proportion itself, so this funnel leans without any"
            " bias. Right: the same values against the sample size, where it does not."
        )
        return Panel(name, title, figures.svg(figure, name, title, reading), reading, warnings)


def _percent(x: float) -> str:
    return f"{100 * x:.1f} %"
