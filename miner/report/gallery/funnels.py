"""Funnels: on the standard error with contours of significance, on sample size, and with what trim and fill adds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.evidence import WEAK
from miner.meta.effects.odds import expit, logit
from miner.report import draw, figures
from miner.report.formats.parts import counted, percent
from miner.report.gallery.spec import PanelSpec
from miner.report.gallery.subject import MANY, Subject, rounded
from miner.report.gallery.words import LEVEL, how_sure, joined
from miner.report.panels import Panel
from miner.say import headed, num, out_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from miner.meta.analysis.rows import Row
    from miner.meta.analysis.sample import Sample
    from miner.meta.bias.funnel import Funnel
    from miner.meta.bias.trim import TrimFill

_NEEDED = 3
_SHADES = ((0.01, 0.20), (0.05, 0.13), (0.1, 0.07))


def funnel(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw the funnel on the standard error with contours of p-values against ``null``, and beside it the funnel on sample size."""
    name, title = f"{subject.metric}-funnel", "Funnel plots"
    null = float(options["null"])
    if subject.k < _NEEDED or not 0 < null < 1:
        why = (
            "A funnel needs at least three studies."
            if subject.k < _NEEDED
            else f"The null of the contours is {null:g}, but must lie between 0 and 1."
        )
        return Panel(name, title, None, why)
    try:
        on_se, on_n = _shape(subject.sample, "se", logit(null)), _shape(subject.sample.together, "n", logit(null))
    except MetaError as error:
        return Panel(name, title, None, f"Not drawn: {error.what}.")
    asymmetry = subject.analysis.row("asymmetry")
    several = subject.sample.several_tasks
    reading = joined(funnel_words(on_se, null, subject.what, asymmetry, several=several), subject.few())
    with figures.axes(9.6, 4.6, columns=2) as (figure, made):
        left, right = np.ravel(made)
        _contours(left, on_se, null)
        _funnel(left, on_se, subject.frame["effect_id"], many=subject.k > MANY, color=figures.PALETTE[0], marker="o")
        left.set_title(f"On the standard error{', as reported' if several else ''}", fontsize=10)
        _funnel(right, on_n, subject.frame["effect_id"], many=subject.k > MANY, color=figures.PALETTE[1], marker="s")
        draw.funnel_axes(left, right, "Standard error (precise studies on top)", "Sample size (large studies on top)")
        left.set_ylim(top=0)
        right.set_title(f"On sample size{', ' + LEVEL if several else ''}", fontsize=10)
        for ax in (left, right):
            _percents(ax, subject.what)
        if left.get_legend_handles_labels()[0]:
            left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncol=3, fontsize=7.5, columnspacing=1.0)
        svg = figures.svg(figure, name, f"Funnel plots of {subject.what}", f"Two funnel plots. {reading}")
    data = {
        "reference": on_se.reference, "zone": [int(np.sum(on_se.zone >= z)) for z in (1, 2, 3)], "null": null,
        "asymmetry": dict(asymmetry.numbers) if asymmetry is not None else None,
    }  # fmt: skip
    warnings = tuple(w for w in (asymmetry.warnings if asymmetry is not None else ()) if w)
    return Panel(name, title, svg, reading, tuple(dict.fromkeys(warnings)), data=data)


def _shape(sample: Sample, on: Literal["se", "n"], null: float) -> Funnel:
    """Return a funnel around the pooled value."""
    from miner.meta import funnel as compute

    frame = sample.frame
    return compute(
        *(frame[c].to_numpy(float) for c in ("yi", "vi", "n")), on=on, null=null, measure="PLO", reference=sample.pooled.value
    )  # fmt: skip


def funnel_words(on_se: Funnel, null: float, what: str, asymmetry: Row | None, *, several: bool = False) -> str:
    """Say how many values are significant, whether small studies differ, and which of the two funnels can be believed."""
    k, significant = len(on_se.x), int(np.sum(on_se.zone >= 2))
    counts = f"{headed(out_of(significant, k, 'value', 'differ'))} significantly from {percent(null, 0)} (p < 0.05), the shaded contours."
    known = asymmetry is not None and bool(asymmetry.numbers)
    if not known or asymmetry is None:
        test = "Whether small studies differ from large ones could not be tested."
    elif math.isnan(asymmetry.numbers["p"]):
        test = asymmetry.words
    elif asymmetry.numbers["p"] < 0.05:
        side = "higher" if asymmetry.numbers["stat"] > 0 else "lower"
        test = f"Against sample size the funnel is lopsided: small studies report {side} {what} than large ones.{_sure(asymmetry, several=several)} It does not show why."
    else:
        test = f"Against sample size the funnel shows no clear asymmetry:{_sure(asymmetry, several=several)}"
    tasks = " On the left all tasks stand as reported, on the right they are brought to one level." if several else ""
    trust = "Of the two, go by the right funnel: the standard error of a proportion depends on the proportion itself, so the left one leans without any bias."
    return f"{counts} {test} {trust}{tasks}"


def _sure(asymmetry: Row, *, several: bool) -> str:
    found = how_sure(asymmetry.numbers["p"], f"a difference of small and large studies{' of a task' if several else ''}")
    return f" {found}" if asymmetry.numbers["p"] < WEAK else f" {found[0].lower()}{found[1:]}"


def _percents(ax: Axes, what: str, level: str = "") -> None:
    """Label a logit axis with proportions."""
    from matplotlib.ticker import FixedLocator, FuncFormatter

    low, high = ax.get_xlim()
    marks = [p for p in (0.01, 0.05, 0.1, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.998) if low <= logit(p) <= high]
    ax.xaxis.set_major_locator(FixedLocator([logit(p) for p in marks]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: num(100 * expit(v), ".3g")))
    ax.set_xlabel(f"{headed(what)} (%, on the logit scale{level and '; ' + level})")


def _contours(ax: Axes, shape: Funnel, null: float) -> None:
    """Shade where p is small for a difference from the null (Peters et al. 2008)."""
    low = min(float(shape.x.min()), float(shape.lower.min())) - 0.2
    high = max(float(shape.x.max()), float(shape.upper.max())) + 0.2
    for i, (level, shade) in enumerate(_SHADES):
        below, above = shape.contours[f"{level:g}"]
        inner_below, inner_above = (below, above) if i == 0 else shape.contours[f"{_SHADES[i - 1][0]:g}"]
        label = f"p < {level:g} against {percent(null, 0)}"
        style: dict[str, Any] = {"color": figures.PALETTE[4], "alpha": shade + 0.06, "lw": 0, "zorder": 0.4}
        if i == 0:
            ax.fill_betweenx(shape.grid, np.minimum(low, below), below, **style)
            ax.fill_betweenx(shape.grid, above, np.maximum(high, above), label=label, **style)
        else:
            ax.fill_betweenx(shape.grid, inner_below, below, **style)
            ax.fill_betweenx(shape.grid, above, inner_above, label=label, **style)
    ax.set_xlim(low, high)


def _funnel(ax: Axes, shape: Funnel, ids: Any, *, many: bool, color: str, marker: str) -> None:
    draw.limits(ax, shape.lower, shape.upper, shape.grid, figures.SOFT)
    look: dict[str, Any] = {"color": color, "marker": marker, "alpha": 0.35 if many else 0.75, "zorder": 2}
    draw.funnel(ax, shape.x, shape.y, shape.reference, 26, line=figures.INK, ids=ids, many=many, **look)


def trim_and_fill(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw the funnel with the studies that would make it symmetric."""
    from miner.meta import trimfill

    del options
    name, title = f"{subject.metric}-trim", "Trim and fill"
    if subject.k < _NEEDED:
        return Panel(name, title, None, "Trim and fill needs at least three studies.")
    try:
        level = subject.sample.together
        fit = trimfill(level.column("yi"), level.column("vi"))
        pooled, *moved = (level.shifted(fit.observed, v) for v in (fit.observed, fit.estimate, fit.ci_lb, fit.ci_ub))
    except MetaError as error:
        return Panel(name, title, None, f"Not computed: {error.what}.")
    several = subject.sample.several_tasks
    reading = joined(trim_words(fit, subject.what, pooled, tuple(moved), several=several), subject.few())
    svg = _filled(subject, fit, (pooled, moved[0]), f"Funnel plot with filled-in studies. {reading}")
    data = {
        "k0": fit.k0,
        "side": fit.side,
        "pooled": pooled,
        "estimate": moved[0],
        "ci": moved[1:],
        "filled": rounded(fit.yi_filled),
    }
    return Panel(name, title, svg, reading, tuple(fit.warnings), data=data)


def _filled(subject: Subject, fit: TrimFill, means: tuple[float, float], description: str) -> str:
    """Draw what was observed, what is filled in, and the means without and with it."""
    pooled, filled = means
    with figures.axes(9.6, 4.4) as (figure, ax):
        level, many = subject.sample.together, subject.k > MANY
        label = f"observed ({subject.k})"
        draw.points(
            ax,
            level.column("yi"),
            np.sqrt(level.column("vi")),
            30,
            ids=subject.frame["effect_id"],
            many=many,
            color=figures.PALETTE[0],
            alpha=0.75,
            label=label,
        )
        if fit.k0:
            ax.scatter(
                fit.yi_filled,
                np.sqrt(fit.vi_filled),
                s=30,
                facecolors="none",
                edgecolors=figures.PALETTE[1],
                label=f"filled in ({fit.k0})",
                rasterized=many,
            )
        ax.axvline(pooled, color=figures.PALETTE[0], lw=1.4, label=f"pooled: {percent(expit(pooled))}")
        ax.axvline(filled, color=figures.PALETTE[1], lw=1.4, ls="--", label=f"with them: {percent(expit(filled))}")
        ax.invert_yaxis()
        ax.set_ylabel("Standard error")
        _percents(ax, subject.what, LEVEL if subject.sample.several_tasks else "")
        figures.legend_beside(ax)
        return figures.svg(figure, f"{subject.metric}-trim", f"Trim and fill of {subject.what}", description)


def trim_words(fit: TrimFill, what: str, pooled: float, moved: tuple[float, ...], *, several: bool = False) -> str:
    """Say how many studies would be missing, what they would change, and that this is no correction.

    ``pooled`` is the pooled value, ``moved`` where it goes with the studies that are filled in, with its interval; logits.
    """
    before, then, low, high = (float(expit(v)) for v in (pooled, *moved))
    caution = "Trim and fill takes any asymmetry for missing studies; with proportions the funnel is lopsided by itself, so it finds some where none are."
    tasks = " The tasks were brought to one level first." if several else ""
    if fit.k0 == 0:
        return f"No study needs to be filled in to make the funnel symmetric: the pooled {what} stays {percent(before)}.{tasks} {caution}"
    side = {"left": "low", "right": "high"}.get(fit.side, fit.side)
    return (
        f"{counted(fit.k0, 'study', 'studies')} of {side} {what} would have to be added to make the funnel symmetric. With"
        f" {'it' if fit.k0 == 1 else 'them'} the pooled {what} would be {percent(then)} (95 % interval {percent(low)} to {percent(high)})"
        f" in place of {percent(before)}.{tasks} {caution}"
    )


PANELS = (
    PanelSpec(
        "funnel", funnel, "metric", "contour-enhanced funnel on the standard error, and funnel on size", {"null": 0.5}, needs="precision"
    ),
    PanelSpec("trim-and-fill", trim_and_fill, "metric", "what the pooled value would be with a symmetric funnel", needs="precision"),
)
