"""Panels of sampling noise: the binomial envelope around a common accuracy, and new bests that are no more than noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from miner.digits import significant
from miner.errors import MetaError
from miner.report import draw, figures
from miner.report.formats.parts import Table, counted, percent, signed
from miner.report.panels import Panel
from miner.report.tasks.evidence import Evidence, once, task_panel
from miner.report.tasks.over_time import color_of
from miner.say import out_of

if TYPE_CHECKING:
    import pandas as pd

    from miner.meta.sensitivity.noise import NoiseEnvelope, Records
    from miner.report.tasks.literature import Literature


def envelopes(literature: Literature, tasks: tuple[str, ...]) -> dict[str, NoiseEnvelope]:
    """Compare each task's accuracies with sampling noise around their common value."""
    from miner.meta import noise_envelope

    found = {}
    for task in tasks:
        frame = literature.of_task(task)
        if len(frame) >= 3:
            try:
                found[task] = noise_envelope(frame["estimate"].to_numpy(), frame["n"].to_numpy())
            except MetaError:
                continue
    return found


def envelope_panel(literature: Literature, found: dict[str, NoiseEnvelope], tasks: tuple[str, ...], name: str) -> Panel:
    """Draw the accuracies on the 95 % envelope of sampling noise."""
    title = "What sampling noise alone would scatter"
    if not found:
        return Panel(name, title, None, "No task has three accuracies with a sample size.")
    shown = list(found)[:2]
    with figures.facets(shown, 3.4) as (figure, made):
        for task, ax in made.items():
            _envelope(ax, literature.of_task(task), found[task], color_of(task, tasks))
        figures.percent_axis(made[shown[0]], "Accuracy")
        reading = " ".join(_envelope_words(t, e) for t, e in found.items())
        svg = figures.svg(
            figure, name, title, f"Accuracies against sample size, with the 95 % binomial envelope around the common accuracy. {reading}"
        )
    columns = (
        ("Task", False),
        ("k", True),
        ("Common accuracy", True),
        ("Outside 95 %", True),
        ("Above", True),
        ("Below", True),
        ("Share of variance that is sampling", True),
    )
    rows = tuple(
        (
            t,
            str(e.k),
            percent(e.p0),
            percent(e.frac_outside_95, 0),
            percent(e.frac_above, 0),
            percent(e.frac_below, 0),
            percent(e.share_sampling, 0),
        )
        for t, e in found.items()
    )
    note = "Common accuracy: that of all units together. Sampling: mean of p (1 − p) / n over the variance of the accuracies."
    return Panel(name, title, svg, reading, table=Table("Sampling noise", columns, rows, note))


def _envelope(ax: Any, frame: pd.DataFrame, e: NoiseEnvelope, look: tuple[str, str]) -> None:
    n, y = frame["n"].to_numpy(float), frame["estimate"].to_numpy(float)
    draw.sampling_noise(ax, e.p0, (n.min() * 0.85, n.max() * 1.15), color=figures.BAND, label="95 % by sampling alone")
    ax.axhline(e.p0, color=figures.INK, lw=1.2)
    outside = (y < e.lower) | (y > e.upper)
    draw.points(ax, n[~outside], y[~outside], 18, color=figures.SOFT, alpha=0.7, label=f"inside ({int((~outside).sum())})")
    draw.points(ax, n[outside], y[outside], 20, color=look[0], marker=look[1], alpha=0.8, label=f"outside ({int(outside.sum())})")
    figures.sample_size_axis(ax)
    ax.set_ylim(top=1.01)
    figures.legend_under(ax, 3)


def _envelope_words(task: str, e: NoiseEnvelope) -> str:
    return (
        f"{task}: {percent(e.frac_outside_95, 0)} of {counted(e.k, 'accuracy lies', 'accuracies lie')} outside the envelope, where 5 % should if all methods were equal;"
        f" sampling noise is {percent(e.share_sampling, 0)} of the variance, the rest is differences of methods, patients, data and reporting."
    )


def all_records(literature: Literature, tasks: tuple[str, ...]) -> dict[str, Records]:
    """Find the new bests of each task."""
    from miner.meta import records_below_noise

    found = {}
    for task in tasks:
        frame = literature.of_task(task)
        if len(frame) >= 3:
            found[task] = records_below_noise(frame["estimate"].to_numpy(), frame["n"].to_numpy(), frame["year"].to_numpy())
    return found


def records_panel(literature: Literature, found: dict[str, Records], tasks: tuple[str, ...], name: str) -> Panel:
    """Draw each task's new bests by year, with their 95 % intervals."""
    title = "New bests, and whether they are more than noise"
    drawn = [t for t, r in found.items() if r.n_records]
    reading = " ".join(_record_words(t, r, literature.of_task(t)) for t, r in found.items())
    if not drawn:
        return Panel(name, title, None, reading or "No task has three accuracies with a sample size and a year.")
    shown = drawn[:2]
    with figures.facets(shown, 3.3) as (figure, made):
        for task, ax in made.items():
            _steps(ax, literature.of_task(task), found[task], color_of(task, tasks))
        figures.percent_axis(made[shown[0]], "Accuracy")
        svg = figures.svg(figure, name, title, f"Accuracies by year with each new best and its 95 % interval. {reading}")
    rows = [
        (
            t,
            f"{y:.0f}",
            percent(a),
            f"{n:,.0f}",
            percent(b),
            signed(100 * d),
            f"{significant(z):.2f}" if np.isfinite(z) else "∞",
            "noise" if z < 1.96 else "more than noise",
        )
        for t, r in found.items()
        for y, a, n, b, d, z in zip(r.year, r.acc, r.n, r.prev_best, r.diff, r.z, strict=True)
    ]
    columns = (
        ("Task", False),
        ("Year", True),
        ("New best", True),
        ("n", True),
        ("Best before", True),
        ("Gain, points", True),
        ("z", True),
        ("Verdict", False),
    )
    note = "z: the gain over its unpaired binomial standard error; studies that share test data would have a smaller error."
    return Panel(name, title, svg, reading, table=Table("New bests", columns, tuple(rows), note, folded=True))


def _steps(ax: Any, frame: pd.DataFrame, r: Records, look: tuple[str, str]) -> None:
    draw.points(ax, frame["year"], frame["estimate"], 12, color=figures.SOFT, alpha=0.5, label="a study")
    best = frame.groupby("year")["estimate"].max().cummax()
    ax.step(best.index, best.to_numpy(), where="post", color=figures.INK, lw=1.2, label="best so far")
    draw.new_bests(ax, r, fmt=look[1], color=look[0], ms=6, lw=1.6, label="new best, 95 % interval")
    figures.year_axis(ax)
    ax.set_ylim(top=1.03)
    figures.legend_under(ax, 3)


def _record_words(task: str, r: Records, frame: pd.DataFrame) -> str:
    if not r.n_records:
        first = frame[frame["estimate"] == frame["estimate"].max()].sort_values("year").iloc[0]
        return f"{task}: no new best, for the first studies already reported {percent(float(first['estimate']), 0)} ({int(first['year'])}, n = {first['n']:.0f})."
    return f"{task}: {out_of(r.n_below_noise, r.n_records, 'new best', 'are')} within 1.96 standard errors of the one before."


@once
def enveloped(evidence: Evidence) -> dict[str, NoiseEnvelope]:
    """Return the sampling noise around each task's common accuracy."""
    return envelopes(evidence.literature, evidence.tasks)


@once
def new_bests(evidence: Evidence) -> dict[str, Records]:
    """Return the new bests of each task."""
    return all_records(evidence.literature, evidence.tasks)


PANELS = (
    task_panel(
        "envelope",
        lambda e: envelope_panel(e.literature, enveloped(e), e.tasks, "envelope"),
        "what sampling noise alone would scatter",
    ),
    task_panel("records-by-task", lambda e: records_panel(e.literature, new_bests(e), e.tasks, "records"), "new bests, task by task"),
)
