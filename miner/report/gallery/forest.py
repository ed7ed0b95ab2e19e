"""Forest plots: each value with its interval, in groups, and what groups come to when they are pooled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.pooled import pooled_words
from miner.meta.analysis.sample import Pooled, Sample
from miner.meta.effects.scores import shown_interval
from miner.report import figures
from miner.report.formats.parts import Table, counted, percent
from miner.report.gallery.spec import PanelSpec
from miner.report.gallery.subject import Subject, label_text, rounded, study_name
from miner.report.gallery.words import joined
from miner.report.panels import Panel
from miner.say import headed, num

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from matplotlib.axes import Axes

_COLUMNS = (1.085, 1.235, 1.265)  # where n, weight and value stand, in widths of the axes
_HEAD = 52  # characters of a group's name in the margin
_NARROW = 1.03, -0.72  # where the value stands, and names of groups begin, on a narrow screen
_SORTS = {"estimate": ("estimate", False), "n": ("n", False), "year": ("year", True)}


def pooled_of(part: pd.DataFrame, like: Sample) -> Pooled | None:
    """Pool the values of a group as those of the whole are pooled; None where there are too few or they cannot be."""
    try:
        return replace(like, frame=part.reset_index(drop=True)).pooled
    except MetaError:
        return None


def forest(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw every value with its 95 % interval (Wilson's) and its weight, grouped and sorted, in pages; beyond ``most`` the largest studies only.

    Below each diamond stand the variance of the true values (τ²), I², and where a new study would be expected, which the line through the diamond
    shows (Riley, Higgins & Deeks 2011; Cochrane Handbook, 10.10.4).
    """
    name, title = f"{subject.metric}-forest", "Each value with its interval"
    if subject.k == 0:
        return Panel(name, title, None, "There is no value with a sample size, so there is nothing to list.")
    chosen, cut = _chosen(subject, int(options["most"]))
    try:
        overall = subject.sample.pooled
    except MetaError:
        overall = None
    groups = {label: pooled_of(part, subject.sample) for label, part in subject.groups()}
    pages = _pages(chosen, max(10, int(options["page"])), str(options["sort"]))
    weights = weights_of(subject.sample, overall)
    reading = forest_words(None if overall is None else pooled_words(subject.sample), cut, chosen.k, len(pages), weighed=bool(weights))
    made = []
    for i, page in enumerate(pages):
        own = name if i == 0 else f"{name}-{i + 1}"
        drawn = page, subject, groups if len(groups) > 1 else {}, overall if i == len(pages) - 1 else None
        made.append((f"Page {i + 1} of {len(pages)}", _draw_page(own, *drawn, weights), _draw_page(f"{own}-narrow", *drawn, None)))
    seen = subject.sample.back_transformed
    data = {"pooled": _numbers(overall, seen), "groups": {g: _numbers(p, seen) for g, p in groups.items()}, "drawn": chosen.k}
    return Panel(name, title, made[0][1], joined(reading, subject.few()), more=tuple(made[1:]), narrow=made[0][2], data=data)


def _numbers(pooled: Pooled | None, seen: Callable[[float], Any]) -> dict[str, Any] | None:
    if pooled is None:
        return None
    return {
        "k": pooled.k,
        "estimate": float(seen(pooled.value)),
        "ci": [float(seen(pooled.low)), float(seen(pooled.high))],
        "I2": pooled.I2,
        "tau2": pooled.tau2,
        "new": [float(seen(v)) if np.isfinite(v) else None for v in (pooled.new_low, pooled.new_high)],
    }


def weights_of(sample: Sample, pooled: Pooled | None) -> dict[str, float]:
    """Return each value's weight by its effect, in per cent, as inverse-variance pooling gives it: its share of 1 / (v + τ²); empty where nothing is pooled."""
    if pooled is None or "vi" not in sample.frame:
        return {}
    raw = 1 / (sample.frame["vi"].to_numpy(float) + pooled.tau2)
    share = 100 * raw / np.nansum(raw)
    return {str(i): float(w) for i, w in zip(sample.frame["effect_id"], share, strict=True) if np.isfinite(w)}


def forest_words(pooled: str | None, cut: int, drawn: int, pages: int, *, weighed: bool = False) -> str:
    """Say what the values come to together, and what is drawn of them."""
    said = pooled or "They cannot be pooled: that needs two values whose precision is known, and one that is not perfect."
    paged = f" The figure has {counted(pages, 'page')}." if pages > 1 else ""
    if weighed:
        said += " Weights are shares of 1 / (v + τ²), as pooling by inverse variance has them; the line through a diamond is where a new study would be expected."
    return said + (f" Drawn are the {drawn:,} largest studies; the table below holds the other {cut:,} too." if cut else "") + paged


def _chosen(subject: Subject, most: int) -> tuple[Subject, int]:
    if subject.k <= most:
        return subject, 0
    keep = subject.frame.sort_values(["n", "effect_id"], ascending=[False, True]).head(most)
    few = replace(subject.sample, frame=keep.sort_index().reset_index(drop=True))
    return replace(subject, analysis=replace(subject.analysis, sample=few)), subject.k - most


def _pages(subject: Subject, size: int, sort: str) -> list[list[tuple[str, pd.DataFrame]]]:
    """Cut the groups into pages; a group that goes on says so."""
    column, rising = _SORTS.get(sort, _SORTS["estimate"])
    pages: list[list[tuple[str, pd.DataFrame]]] = [[]]
    room = size
    for label, part in subject.groups():
        rows = part.sort_values([column, "n", "effect_id"], ascending=[rising, False, True], na_position="last")
        start = 0
        while start < len(rows):
            if room == 0:
                pages.append([])
                room = size
            take = rows.iloc[start : start + room]
            pages[-1].append((label if start == 0 else f"{label} (continued)", take))
            start, room = start + len(take), room - len(take)
    return pages


def _draw_page(
    name: str,
    page: list[tuple[str, pd.DataFrame]],
    subject: Subject,
    groups: Mapping[str, Pooled | None],
    overall: Pooled | None,
    weights: Mapping[str, float] | None,
) -> str:
    """Draw a page; without ``weights`` for a narrow screen, where there is no room for them and for n."""
    narrow = weights is None
    heads = len(page) if len(groups) > 1 or len(page) > 1 else 0
    diamonds = sum(1 for label, _ in page if groups.get(label)) + (overall is not None)
    lines = sum(len(part) for _, part in page) + heads + 2 * diamonds
    low = min(float(np.nanmin([*_interval(part, subject.sample)[0], part["estimate"].min()])) for _, part in page)
    with figures.axes(figures.NARROW if narrow else 9.6, 0.75 + 0.205 * lines) as (figure, ax):
        layout: Any = figure.get_layout_engine()
        if narrow:
            # Names of groups reach into the axes, which no layout reckons with.
            figure.set_layout_engine("none")
            ax.set_position((0.29, 0.55 / figure.get_figheight(), 0.39, 1 - 0.8 / figure.get_figheight()))
        else:
            layout.set(rect=(0, 0, 0.97, 1))  # readers' fonts are wider than the one that is measured with
        y = 0.0
        for label, part in page:
            if heads:
                _left(ax, y, label_text(label, _HEAD), bold=True, narrow=narrow)
                y += 1
            y = _rows(ax, part, y, _color(subject, label), subject.sample, weights)
            if (pooled := groups.get(label)) is not None:
                words = "pooled" if narrow else f"{label_text(label, _HEAD - 8)}: pooled"
                y = _diamond(ax, pooled, y, words, _color(subject, label), subject.sample.back_transformed, narrow=narrow)
        if overall is not None:
            words = "All pooled" if narrow else "All values: pooled"
            _diamond(ax, overall, y, words, figures.INK, subject.sample.back_transformed, narrow=narrow)
            ax.axvline(float(subject.sample.back_transformed(overall.value)), color=figures.INK, lw=0.8, ls=":", zorder=0)
        _frame(ax, lines, low, subject.what, narrow=narrow)
        text = f"Forest plot of {counted(sum(len(p) for _, p in page), 'value')} of {subject.what} with 95 % intervals; the table of studies holds the numbers."
        return figures.svg(figure, name, f"Forest plot of {subject.what}", text, again=narrow, once=True)


def _color(subject: Subject, label: str) -> str:
    names = [name for name, _ in subject.groups()]
    base = label.removesuffix(" (continued)")
    return figures.PALETTE[names.index(base) % len(figures.PALETTE)] if base in names else figures.PALETTE[0]


def _interval(part: pd.DataFrame, sample: Sample) -> tuple[Any, Any]:
    """Return 95 % intervals: Wilson's of shares, else those that the papers tell."""
    from miner.meta import proportion_interval

    if not sample.counts:
        return shown_interval(part["yi"], part["vi"], sample.scale)
    found = proportion_interval(part["estimate"].to_numpy(float), part["n"].to_numpy(float))
    return np.atleast_1d(found.ci_lb), np.atleast_1d(found.ci_ub)


def _rows(ax: Axes, part: pd.DataFrame, y: float, color: str, sample: Sample, weights: Mapping[str, float] | None) -> float:
    low, high = _interval(part, sample)
    places = y + np.arange(len(part))
    ax.hlines(places, low, high, color=color, lw=1.3, alpha=0.85)
    areas = 9 + 30 * np.sqrt(part["n"].to_numpy(float) / max(1.0, float(part["n"].max())))
    ax.scatter(
        part["estimate"],
        places,
        s=areas,
        marker="s",
        color=color,
        linewidths=0,
        zorder=3,
        urls=[figures.place_of(i) for i in part["effect_id"]],
    )
    values, sizes = part["estimate"].to_numpy(float), part["n"].to_numpy(float)
    for place, row, value, n, a, b in zip(places, part.itertuples(), values, sizes, low, high, strict=True):
        _left(ax, place, study_name(row._asdict(), 15 if weights is None else 44))
        right = f"{num(100 * value, '.1f')} ({num(100 * a, '.1f')} to {num(100 * b, '.1f')})" if np.isfinite(a) else num(100 * value, ".1f")
        if weights is None:
            _value(ax, place, right)
            continue
        weight = weights.get(str(row.effect_id))
        _right(ax, place, f"{n:,.0f}", "" if weight is None else num(weight, ".1f"), right)
    return y + len(part)


def _right(ax: Axes, y: float, n: str, weight: str, value: str, *, bold: bool = False) -> None:
    """Write the columns to the right: n, weight, and value with interval."""
    for x, text, side in zip(_COLUMNS, (n, weight, value), ("right", "right", "left"), strict=True):
        ax.text(x, y, text, transform=ax.get_yaxis_transform(), ha=side, va="center", fontsize=7.5, fontweight="bold" if bold else "normal")


def _value(ax: Axes, y: float, text: str, *, bold: bool = False) -> None:
    """Write the one column that a narrow screen has room for."""
    ax.text(_NARROW[0], y, text, transform=ax.get_yaxis_transform(), va="center", fontsize=7.5, fontweight="bold" if bold else "normal")


def _left(ax: Axes, y: float, text: str, *, bold: bool = False, color: str = figures.INK, narrow: bool = False) -> None:
    """Write to the left of the axes; what is ``narrow`` begins at the margin and may reach into them."""
    ax.text(
        _NARROW[1] if narrow else -0.012,
        y,
        text,
        transform=ax.get_yaxis_transform(),
        ha="left" if narrow else "right",
        va="center",
        fontsize=8 if bold else 7.5,
        color=color,
        fontweight="bold" if bold else "normal",
    )


def _diamond(ax: Axes, pooled: Pooled, y: float, label: str, color: str, seen: Callable[[float], Any], *, narrow: bool = False) -> float:
    middle, low, high = (float(seen(v)) for v in (pooled.value, pooled.low, pooled.high))
    ax.fill([low, middle, high, middle], [y, y - 0.34, y, y + 0.34], color=color, lw=0, zorder=3)
    _left(ax, y, label, bold=True)
    right = f"{num(100 * middle, '.1f')} ({num(100 * low, '.1f')} to {num(100 * high, '.1f')})"
    if narrow:
        _value(ax, y, right, bold=True)
    else:
        _right(ax, y, f"k {pooled.k:,}", "", right, bold=True)
    told = [f"τ² {num(pooled.tau2, '.2f')}"] if np.isfinite(pooled.tau2) else []
    told += [f"I² {num(pooled.I2, '.0f')} %"] if np.isfinite(pooled.I2) else []
    if np.isfinite(pooled.new_low):
        new_low, new_high = float(seen(pooled.new_low)), float(seen(pooled.new_high))
        ax.hlines([y], [new_low], [new_high], color=color, lw=1.2, zorder=2)
        told.append(f"a new study {num(100 * new_low, '.1f')} to {num(100 * new_high, '.1f')}")
    _left(ax, y + 1, " · ".join(told), color=figures.SOFT, narrow=narrow)
    return y + 2


def _frame(ax: Axes, lines: int, low: float, what: str, *, narrow: bool) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.set_ylim(lines - 0.4, -0.9)
    ax.set_xlim(max(0.0, min(low - 0.02, 0.5)), 1.0)
    ax.set_yticks([])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f} %"))
    ax.set_xlabel(headed(what))
    if narrow:
        ax.xaxis.set_major_locator(MaxNLocator(3))
        ax.text(_NARROW[0], 1.0, "% (95 % interval)", transform=ax.transAxes, va="bottom", fontsize=7.5, color=figures.SOFT)
        return
    heads = (("n", "right"), ("weight, %", "right"), ("% (95 % interval)", "left"))
    for x, (text, side) in zip(_COLUMNS, heads, strict=True):
        ax.text(x, 1.0, text, transform=ax.transAxes, ha=side, va="bottom", fontsize=7.5, color=figures.SOFT)


def subgroups(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Pool the values of each class of the definition's groups."""
    del options
    name, title = f"{subject.metric}-subgroups", "Pooled values of groups"
    rows: list[tuple[str, ...]] = []
    data: dict[str, Any] = {}
    for column in subject.definition.groups:
        for label, part in subject.groups(column, most=20):
            found = pooled_of(part, subject.sample)
            data.setdefault(column, {})[label] = _numbers(found, subject.sample.back_transformed)
            figures_of = ("–",) * 3
            if found is not None:
                middle, low, high = (percent(float(subject.sample.back_transformed(v))) for v in (found.value, found.low, found.high))
                figures_of = (middle, f"{low} to {high}", f"{num(found.I2, '.0f')} %")
            rows.append((column.replace("_", " "), label, str(len(part) if found is None else found.k), *figures_of))
    if not rows:
        return Panel(name, title, None, "There are no values, so there are no groups.")
    columns = (("Group", False), ("Class", False), ("k", True), (headed(subject.what), True), ("95 % interval", True), ("I²", True))
    reading = (
        f"Values pooled within each class by {'the binomial mixed model' if subject.sample.counts else 'random effects, where their precision is known'}. Classes differ in more than their names: a difference between them is no"
        " effect of belonging to one. A dash: fewer than two values, or perfect ones only."
    )
    return Panel(
        name,
        title,
        None,
        joined(reading, subject.few()),
        table=Table(title, columns, tuple(rows)),
        data={"groups": data, "k": rounded([subject.k])},
    )


PANELS = (
    PanelSpec("forest", forest, "metric", "each value with its interval, grouped", {"page": 60, "most": 300, "sort": "estimate"}),
    PanelSpec("subgroups", subgroups, "metric", "pooled values of the definition's groups"),
)
