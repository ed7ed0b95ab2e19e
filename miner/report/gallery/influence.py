"""What single studies do to the pooled value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from miner.digits import significant
from miner.errors import MetaError
from miner.meta.analysis.rows import TOGETHER
from miner.meta.effects.odds import expit
from miner.report import draw, figures
from miner.report.formats.parts import Table, counted, percent
from miner.report.gallery.spec import PanelSpec
from miner.report.gallery.subject import MANY, Subject, rounded, study_name
from miner.report.gallery.words import joined
from miner.report.panels import Panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from miner.meta.analysis.sample import Sample
    from miner.meta.sensitivity.influence import Baujat, Influence
    from miner.meta.sensitivity.leave_out import Refits

    Floats = NDArray[np.float64]

_LABELLED = 5
_DRAWN = 25


def baujat(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw each study's share of the heterogeneity against its pull on the pooled value (Baujat et al. 2002)."""
    from miner.meta import baujat as compute
    from miner.meta import influence

    del options
    name, title = f"{subject.metric}-baujat", "Which studies disagree, and which move the mean"
    if subject.k < 3:
        return Panel(name, title, None, "The influence of a study needs at least three of them.")
    try:
        yi, vi = (subject.sample.together.column(name) for name in ("yi", "vi"))
        points, found = compute(yi, vi), influence(yi, vi)
    except MetaError as error:
        return Panel(name, title, None, f"Not computed: {error.what}.")
    names = (
        [study_name(row.to_dict(), 60) for _, row in subject.frame.iterrows()]
        if subject.k <= MANY
        else [str(i) for i in subject.frame["effect_id"]]
    )
    share = points.x / max(float(np.nanmax(points.x)), 1e-12) + points.y / max(float(np.nanmax(points.y)), 1e-12)
    far = np.argsort(-significant(share), kind="stable")[:_LABELLED]
    listed = "; ".join(f"{letter} {names[i]}" for letter, i in zip("ABCDE", far, strict=False))
    several = subject.sample.several_tasks
    tasks = "The tasks were brought to one level first." if several else ""
    pulled = f"level of {subject.what} to which tasks are brought" if several else f"pooled {subject.what}"
    reading = joined(baujat_words(points, found, names, pulled), tasks, f"Farthest out: {listed}.", subject.few())
    with figures.axes(9.6, 4.4) as (figure, ax):
        flagged = np.asarray(found.is_infl, dtype=bool)
        many, (blue, orange) = subject.k > MANY, figures.PALETTE[:2]
        ids = subject.frame["effect_id"].to_numpy()
        draw.points(ax, points.x[~flagged], points.y[~flagged], 28, ids=ids[~flagged], many=many, color=blue, alpha=0.7, label="others")
        draw.points(ax, points.x[flagged], points.y[flagged], 40, ids=ids[flagged], color=orange, marker="D", label="influential")
        for letter, i in zip("ABCDE", far, strict=False):
            ax.annotate(letter, (points.x[i], points.y[i]), xytext=(6, 4), textcoords="offset points", fontsize=9, fontweight="bold")
        ax.set_xlabel("Share of the heterogeneity (squared Pearson residual)")
        ax.set_ylabel("Pull on the pooled value")
        figures.legend_beside(ax)
        svg = figures.svg(figure, name, f"Baujat plot of {subject.what}", f"Scatter plot of the influence of studies. {reading}")
    data = {"x": rounded(points.x), "y": rounded(points.y), "influential": [str(i) for i in subject.frame["effect_id"][flagged]]}
    return Panel(name, title, svg, reading, tuple(dict.fromkeys((*points.warnings, *found.warnings))), data=data)


def baujat_words(points: Baujat, found: Influence, names: list[str], pulled: str) -> str:
    """Say how many studies are influential and which pulls most on what is ``pulled``."""
    flagged = int(np.sum(found.is_infl))
    strongest = int(np.nanargmax(significant(points.y)))
    rule = "by the rules of Viechtbauer and Cheung (2010)"
    said = f"{counted(flagged, 'study is', 'studies are') if flagged else 'No study is'} influential {rule}."
    return (
        f"{said} The strongest pull on the {pulled} is that of «{names[strongest]}». An influential study is no wrong one: read it first."
    )


def leave_one_out(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw the pooled value without each study; where there are many, the studies that matter most."""
    del options
    name, title = f"{subject.metric}-leave", "Leave one out"
    if subject.k < 3:
        return Panel(name, title, None, "Leaving one study out needs at least three of them.")
    try:
        fits, center, (estimate, ci_lb, ci_ub) = _without_each(subject.sample)
    except MetaError as error:
        return Panel(name, title, None, f"Not computed: {error.what}.")
    reading = joined(leave_words(estimate, center, subject.what), subject.few())
    keep = np.sort(np.argsort(-significant(np.abs(estimate - center)), kind="stable")[:_DRAWN])
    keep = keep[np.argsort(significant(estimate[keep]), kind="stable")]
    first = subject.frame.drop_duplicates("cluster").set_index("cluster")
    papers = [first.loc[fits.labels[i]].to_dict() | {"effect_id": fits.labels[i]} for i in keep]
    low, high, middle = (v[keep] for v in (ci_lb, ci_ub, estimate))
    with figures.axes(9.6, 0.9 + 0.2 * len(keep)) as (figure, ax):
        _intervals(ax, middle, low, high, center)
        ax.set_yticks(np.arange(len(keep)), [f"without {study_name(paper, 44)}" for paper in papers], fontsize=7.5)
        ax.set_xlabel(f"Pooled {subject.what} (%)")
        svg = figures.svg(figure, name, f"Pooled {subject.what} without each study", f"Interval plot. {reading}")
    if len(fits.k) > _DRAWN:
        reading += f" Drawn are the {_DRAWN} papers that matter most of {len(fits.k):,}."
    rows = tuple(
        (study_name(paper, 60), percent(float(expit(at))), f"{percent(float(expit(a)))} to {percent(float(expit(b)))}")
        for paper, at, a, b in zip(papers, middle, low, high, strict=True)
    )
    columns = (("Without", False), (f"Pooled {subject.what}", True), ("95 % interval", True))
    return Panel(
        name,
        title,
        svg,
        reading,
        (*fits.warnings, *((TOGETHER,) if subject.sample.several_tasks else ())),
        table=Table("The pooled value without each paper", columns, rows, folded=True),
        data={"labels": [str(v) for v in fits.labels], "estimate": rounded(estimate)},
    )


def _intervals(ax: Axes, middle: Floats, low: Floats, high: Floats, center: float) -> None:
    """Draw logits and their intervals as shares, one below the other, with a line at the value of all."""
    places = np.arange(len(middle))
    ax.hlines(places, 100 * expit(low), 100 * expit(high), color=figures.PALETTE[0], lw=1.3, alpha=0.8)
    draw.points(ax, 100 * expit(middle), places, 26, color=figures.PALETTE[0], zorder=3)
    ax.axvline(100 * float(expit(center)), color=figures.INK, lw=1, ls=":")
    ax.set_ylim(-0.7, len(places) - 0.3)
    ax.grid(visible=False, axis="y")


def _without_each(sample: Sample) -> tuple[Refits, float, tuple[Floats, ...]]:
    """Refit without each paper; return the pooled value, and where it goes without each, with the ends of its interval."""
    from miner.meta import leave_one_out as compute
    from miner.meta import pool

    yi, vi = sample.column("yi"), sample.column("vi")
    fits, of_all = compute(yi, vi, cluster=sample.frame["cluster"].to_numpy()), float(pool(yi, vi).beta[0])
    center = sample.pooled.value
    return fits, center, tuple(center + np.asarray(v) - of_all for v in (fits.estimate, fits.ci_lb, fits.ci_ub))


def leave_words(estimate: Floats, pooled: float, what: str) -> str:
    """Say between which values the pooled one lies when a paper is left out."""
    low, high = float(expit(np.nanmin(estimate))), float(expit(np.nanmax(estimate)))
    spread = 100 * (high - low)
    verdict = (
        "no single paper moves it by a point"
        if spread < 1
        else "single papers move it by more than a point or two: see which they are"
        if spread > 3
        else "single papers move it by a point or two"
    )
    return (
        f"Without any one paper the pooled {what} lies between {percent(low)} and {percent(high)} ({percent(float(expit(pooled)))} with all): {verdict}."
        " It does not show whether all papers are wrong in the same way."
    )


PANELS = (
    PanelSpec("baujat", baujat, "metric", "which studies bring heterogeneity, and which move the mean", needs="precision"),
    PanelSpec("leave-one-out", leave_one_out, "metric", "the pooled value without each study", needs="precision"),
)
