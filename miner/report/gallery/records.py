"""New best values, and which of them are within the noise of the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from miner.digits import significant
from miner.errors import MetaError
from miner.meta.analysis.scatter import new_bests
from miner.report import draw, figures
from miner.report.formats.parts import Table, counted, percent, signed
from miner.report.gallery.spec import PanelSpec
from miner.report.gallery.subject import MANY, Subject
from miner.report.gallery.words import joined
from miner.report.panels import Panel
from miner.say import headed, out_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from miner.meta.sensitivity.noise import Records


def records(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw the values over time with each new best and its interval."""
    del options
    name, title = f"{subject.metric}-records", "New bests, and which are within noise"
    known = subject.frame.dropna(subset=["year"])
    if len(known) < 3 or known["year"].nunique() < 2:
        return Panel(name, title, None, "New bests need at least three values of two years.")
    try:
        found = new_bests(subject.sample)
    except MetaError as error:
        return Panel(name, title, None, f"Not computed: {error.what}.")
    reading = joined(record_words(found, subject.what, several=subject.sample.several_tasks), subject.few())
    with figures.axes(9.6, 4.0) as (figure, ax):
        _bests(ax, known, found)
        figures.year_axis(ax)
        figures.percent_axis(ax, headed(subject.what))
        ax.set_ylim(top=min(1.03, ax.get_ylim()[1]))
        ax.grid(visible=False, axis="x")
        figures.legend_beside(ax)
        svg = figures.svg(figure, name, f"New best values of {subject.what}", f"Scatter plot over time with new bests. {reading}")
    data = {"n_records": found.n_records, "n_below_noise": found.n_below_noise, "z": found.z}
    return Panel(name, title, svg, reading, tuple(found.warnings), table=_table(found), data=data)


def _bests(ax: Axes, known: pd.DataFrame, found: Records) -> None:
    """Draw all values, and on them the new bests beyond noise and within it."""
    many = len(known) > MANY
    draw.points(
        ax, known["year"], known["estimate"], 20, ids=known["effect_id"], many=many, color=figures.SOFT, alpha=0.35, label="all values"
    )
    beyond = np.asarray(found.z) > 1.96
    for flag, color, marker, label in (
        (True, figures.PALETTE[0], "o", "new best, beyond noise"),
        (False, figures.PALETTE[1], "D", "new best, within noise"),
    ):
        chosen = np.flatnonzero(beyond == flag)
        if len(chosen):
            draw.new_bests(ax, found, chosen=chosen, bounded=True, fmt=marker, color=color, ms=7, lw=1.4, label=label)


def _table(found: Records) -> Table | None:
    """Return the new bests row by row; None where there is none."""
    rows = tuple(
        (
            f"{year:.0f}",
            percent(acc),
            f"{n:,.0f}",
            percent(before),
            f"{signed(100 * gain)} ± {significant(196 * se):.1f}",
            "beyond noise" if z > 1.96 else "within noise",
        )
        for year, acc, n, before, gain, se, z in zip(
            found.year, found.acc, found.n, found.prev_best, found.diff, found.se_diff, found.z, strict=True
        )
    )
    columns = (("Year", True), ("Value", True), ("n", True), ("Best before", True), ("Gain, points", True), ("", False))
    return Table("Each new best", columns, rows, folded=True) if rows else None


def record_words(found: Records, what: str, *, several: bool = False) -> str:
    """Say how many new bests there are and how many are within noise."""
    within = " A new best is one of its task." if several else ""
    if found.n_records == 0:
        return f"No later value is above the best {what} of the first year{' of its task' if several else ''}."
    if found.n_below_noise == 0:
        gain = "its gain is" if found.n_records == 1 else "each gain is"
        return f"{counted(found.n_records, 'value is a new best', 'values are new bests')} of {what}; {gain} larger than 1.96 standard errors of it.{within}"
    return (
        f"{headed(out_of(found.n_below_noise, found.n_records, f'new best of {what}', 'are', f'new bests of {what}'))} within 1.96 standard"
        f" errors of the best before: such a gain is what chance gives when the same method is tried on other samples.{within}"
    )


PANELS = (PanelSpec("records", records, "metric", "new best values, and which of them are within noise", needs="counts"),)
