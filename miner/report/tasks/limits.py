"""Panel of the bias-corrected learning curve: what large samples would allow, without over-optimism and selection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from miner.digits import significant
from miner.errors import MetaError
from miner.report import draw, figures
from miner.report.formats.parts import Table, percent
from miner.report.panels import Panel
from miner.report.tasks.evidence import Evidence, once, task_panel
from miner.report.tasks.over_time import color_of

if TYPE_CHECKING:
    import pandas as pd

    from miner.meta.sensitivity.learning_curve import LearningCurveResult
    from miner.report.tasks.literature import Literature

BOOTSTRAPS = 100
LEAST = 20
WIDE = 0.15  # an interval of the limit that spans more than this does not tell it


def fit_curves(literature: Literature, tasks: tuple[str, ...]) -> dict[str, LearningCurveResult]:
    """Fit the curve of Saidi, Dasarathy & Berisha (2025) to each task that has twenty accuracies or more."""
    from miner.meta.sensitivity.learning_curve import learning_curve

    found = {}
    for task in tasks:
        frame = literature.of_task(task)
        if len(frame) < LEAST:
            continue
        try:
            found[task] = learning_curve(
                frame["estimate"].to_numpy(), frame["n"].to_numpy(), frame["cluster"].astype(str).to_numpy(), bootstraps=BOOTSTRAPS
            )
        except MetaError:
            continue
    return found


def panel(literature: Literature, found: dict[str, LearningCurveResult], tasks: tuple[str, ...], name: str) -> Panel:
    """Draw what is reported, what the model expects of it, and the curve without over-optimism and selection."""
    title = "What would be left without over-optimism: the bias-corrected learning curve"
    if not found:
        return Panel(
            name, title, None, f"No task has {LEAST} accuracies with a sample size, which the five parameters of the curve need at least."
        )
    with figures.facets(found, 0.5 + 2.6 * ((len(found) + 1) // 2), sharex=True) as (figure, made):
        for i, (task, ax) in enumerate(made.items()):
            _curve(ax, literature.of_task(task), found[task], color_of(task, tasks))
            figures.percent_axis(ax, "Accuracy" if i % 2 == 0 else "")
        figure.legend(*next(iter(made.values())).get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=8)
        reading = " ".join(_words(t, f) for t, f in found.items())
        svg = figures.svg(figure, name, title, f"Reported accuracies with the fitted observed and corrected learning curves. {reading}")
    columns = (
        ("Task", False), ("k", True), ("Limit A", True), ("95 % interval", True), ("Curve at the largest n", True), ("95 % interval", True), ("Over-optimism at n = 100", True),
        ("Log-likelihood gained by it", True), ("Expected to be published", True), ("Told by these data", False),
    )  # fmt: skip
    lines = tuple(_row(t, f) for t, f in found.items())
    note = (
        f"Model: A + α·nᵝ + ζ/√n, accuracies below the lowest one seen taken not to be published; maximum likelihood, {BOOTSTRAPS} bootstraps of papers."
        " Saidi, Dasarathy & Berisha (2025), Patterns 6(4):101185; recovery of known parameters, with and without selection, is tested."
    )
    warnings = tuple(f"{t}: {'; '.join(f.warnings)}." for t, f in found.items() if f.warnings)
    return Panel(name, title, svg, reading, warnings, table=Table("Bias-corrected learning curves", columns, lines, note))


def _curve(ax: Any, frame: pd.DataFrame, fit: LearningCurveResult, look: tuple[str, str]) -> None:
    n = frame["n"].to_numpy(float)
    grid = np.geomspace(n.min(), n.max(), 120)
    draw.points(ax, n, frame["estimate"], 12, color=figures.SOFT, alpha=0.5, label="reported")
    ax.plot(grid, fit.published(grid), color=figures.INK, lw=1.6, ls="--", label="expected to be published")
    ax.plot(grid, np.clip(fit.curve(grid), 0, 1), color=look[0], lw=2.4, label="corrected curve")
    low, high = fit.corrected_interval
    ax.errorbar(
        [n.max()],
        [fit.corrected],
        yerr=[[max(fit.corrected - low, 0)], [max(high - fit.corrected, 0)]],
        color=look[0],
        fmt=look[1],
        ms=5,
        lw=2,
    )
    figures.sample_size_axis(ax)
    ax.set_ylim(0.45, 1.02)


def poorly_known(fit: LearningCurveResult) -> bool:
    """Tell whether the data leave the limit open: its interval is wide, or it ends at 100 %."""
    low, high = fit.intervals.get("A", (0.0, 1.0))
    return high - low > WIDE or fit.A > 0.999


def _row(task: str, fit: LearningCurveResult) -> tuple[str, ...]:
    a, c = fit.intervals.get("A", (np.nan, np.nan)), fit.corrected_interval
    return (
        task, str(fit.k), percent(fit.A), f"{percent(a[0], 0)} to {percent(a[1], 0)}", percent(fit.corrected), f"{percent(c[0], 0)} to {percent(c[1], 0)}",
        f"{significant(100 * fit.zeta / 10):.1f} points", f"{significant(fit.ll - fit.ll_without_zeta):.1f}", percent(fit.published_share, 0), "no" if poorly_known(fit) else "yes",
    )  # fmt: skip


def _words(task: str, fit: LearningCurveResult) -> str:
    low, high = fit.intervals.get("A", (np.nan, np.nan))
    c_low, c_high = fit.corrected_interval
    at_large = f"at the largest size ({fit.n_large:,.0f}) the corrected accuracy is {percent(fit.corrected, 0)} ({percent(c_low, 0)} to {percent(c_high, 0)})"
    if poorly_known(fit):
        return f"{task}: these data do not tell the limit (it may be anything from {percent(low, 0)} to {percent(high, 0)}); {at_large}."
    return f"{task}: large samples would allow {percent(fit.A, 0)} ({percent(low, 0)} to {percent(high, 0)}); {at_large}."


@once
def curves(evidence: Evidence) -> dict[str, LearningCurveResult]:
    """Return the bias-corrected learning curves."""
    return fit_curves(evidence.literature, evidence.tasks)


PANELS = (task_panel("limits", lambda e: panel(e.literature, curves(e), e.tasks, "limits"), "bias-corrected learning curves"),)
