"""The literature's own statistics: its growth, who wrote most of it, where it appeared, and who wrote with whom."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.report import figures
from miner.report.formats.parts import Table, counted, percent
from miner.report.gallery.spec import PanelSpec
from miner.report.gallery.subject import label_text
from miner.report.panels import Panel
from miner.store.bibliometrics import co_authors, papers_by_year, ranked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from miner.report.gallery.subject import Subject

# What is ranked: its title, one of it, several, and what a record without one lacks.
_RANKED = {
    "authors": ("Who wrote most", "author", "authors"),
    "journals": ("Where most appeared", "journal or venue", "journals and venues"),
    "countries": ("Countries of the authors", "country", "countries"),
    "keywords": ("What the records are about", "keyword", "keywords"),
    "funders": ("Who paid", "funder", "funders"),
}


def growth(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw the records of each year, and all until then."""
    del options
    title = "Growth of the literature"
    found = papers_by_year(subject.data.con, subject.data.job) if subject.data.con else []
    if len(found) < 2:
        return Panel("growth", title, None, "Growth needs records of two years.")
    years, counts = (np.array(v) for v in zip(*found, strict=True))
    total = np.cumsum(counts)
    best = years[int(np.argmax(counts))]
    reading = f"{counted(int(total[-1]), 'record')} of {years[0]} to {years[-1]}, most of them of {best} ({int(counts.max()):,}).{_doubling(years, total)}"
    with figures.axes(9.6, 3.6) as (figure, ax):
        ax.bar(years, counts, color=figures.PALETTE[0], width=0.75, label="in the year")
        ax.plot(years, total, color=figures.PALETTE[1], lw=1.6, marker="o", ms=3, label="until then")
        figures.year_axis(ax)
        ax.set_ylabel("Records")
        ax.yaxis.set_major_formatter(lambda v, _: f"{v:,.0f}")
        ax.grid(visible=False, axis="x")
        figures.legend_beside(ax)
        svg = figures.svg(figure, "growth", title, f"Bar chart of records by year with their running total. {reading}")
    return Panel("growth", title, svg, reading, data={"years": years.tolist(), "records": counts.tolist()})


def _doubling(years: np.ndarray, total: np.ndarray) -> str:
    """Say in how many years the literature doubled last; nothing where it has not."""
    half = np.flatnonzero(total <= total[-1] / 2)
    return f" Half of it is of {years[half[-1]] + 1} or later." if len(half) else ""


def names(subject: Subject, options: Mapping[str, Any], *, what: str) -> Panel:
    """Draw the names with the most records."""
    title, one, many = _RANKED[what]
    shown, number, papers = ranked(subject.data.con, what, subject.data.job, options["top"]) if subject.data.con else ([], 0, 0)
    if not shown:
        return Panel(f"top-{what}", title, None, f"No record names {'an' if one[0] in 'aeiou' else 'a'} {one}.")
    reading = f"{counted(papers, 'record names', 'records name')} {counted(number, one, many)}; {shown[0][0]} has the most, {counted(shown[0][1], 'record')}."
    if len(shown) < number:
        reading += f" The {len(shown)} with the most are shown."
    labels = [label_text(name, 48).lstrip("_") or "–" for name, _ in shown]
    counts = [count for _, count in shown]
    with figures.axes(9.6, 0.9 + 0.27 * len(shown)) as (figure, ax):
        at = np.arange(len(shown))
        ax.barh(at, counts, color=figures.PALETTE[0], height=0.7)
        ax.set_yticks(at, labels)
        ax.invert_yaxis()
        ax.set_xlabel("Records")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.grid(visible=False, axis="y")
        svg = figures.svg(figure, f"top-{what}", title, f"Bar chart of {many} by their number of records. {reading}")
    rows = tuple((name, f"{count:,}", percent(count / papers)) for name, count in shown)
    columns = ((one[:1].upper() + one[1:], False), ("Records", True), ("Share", True))
    return Panel(f"top-{what}", title, svg, reading, table=Table(title, columns, rows, folded=True), data={"names": dict(shown)})


def coauthorship(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw who of the authors with the most records wrote with whom, on a circle on which those who wrote together stand side by side."""
    title, con, job = "Who wrote with whom", subject.data.con, subject.data.job
    authors = [(n, c) for n, c in ranked(con, "authors", job, options["top"])[0]] if con else []
    pairs = co_authors(con, job, [n for n, _ in authors]) if con and authors else []
    if not pairs:
        return Panel("coauthorship", title, None, "No two of the authors with the most records wrote one together.")
    groups = _groups([n for n, _ in authors], pairs)
    together = [g for g in groups if len(g) > 1]
    first, second, most = max(pairs, key=lambda p: (p[2], p[0], p[1]))
    reading = (
        f"Of the {counted(len(authors), 'author')} with the most records {sum(map(len, together))} wrote with another of them, in"
        f" {counted(len(together), 'group')}; {first} and {second} the most, {counted(most, 'record')} together."
    )
    with figures.axes(9.6, 7.0) as (figure, ax):
        _circle(ax, [n for g in groups for n in g], dict(authors), pairs)
        svg = figures.svg(figure, "coauthorship", title, f"Network of authors on a circle, lines join those who wrote together. {reading}")
    rows = tuple((a, b, f"{count:,}") for a, b, count in sorted(pairs, key=lambda p: (-p[2], p[0], p[1])))
    table = Table("Pairs of authors", (("Author", False), ("Author", False), ("Records", True)), rows, folded=True)
    return Panel("coauthorship", title, svg, reading, table=table, data={"pairs": [list(p) for p in pairs]})


def _groups(authors: list[str], pairs: list[tuple[str, str, int]]) -> list[list[str]]:
    """Return the connected groups, the largest first; within one each author stands beside the one that he or she wrote with most."""
    shared: dict[str, dict[str, int]] = {a: {} for a in authors}
    for a, b, count in pairs:
        shared[a][b] = shared[b][a] = count
    groups: list[list[str]] = []
    left = dict.fromkeys(authors)
    while left:
        group = [next(iter(left))]
        del left[group[0]]
        while near := {b: (group.index(a), c) for a in group for b, c in shared[a].items() if b in left}:
            following = max(near, key=lambda b: (near[b], b))
            group.append(following)
            del left[following]
        groups.append(group)
    return sorted(groups, key=lambda g: -len(g))


def _circle(ax: Axes, order: list[str], papers: dict[str, int], pairs: list[tuple[str, str, int]]) -> None:
    angle = {name: 2 * np.pi * i / len(order) for i, name in enumerate(order)}
    most = max(count for *_, count in pairs)
    for a, b, count in pairs:
        x, y = ([f(angle[n]) for n in (a, b)] for f in (np.cos, np.sin))
        ax.plot(x, y, color=figures.PALETTE[4], lw=0.6 + 3 * count / most, alpha=0.6, solid_capstyle="round")
    largest = max(papers.values())
    for name in order:
        x, y, turned = np.cos(angle[name]), np.sin(angle[name]), np.degrees(angle[name])
        ax.scatter([x], [y], s=20 + 160 * papers[name] / largest, color=figures.PALETTE[0], zorder=3, linewidths=0)
        left = 90 < turned < 270
        ax.text(
            1.08 * x, 1.08 * y, label_text(name, 24).lstrip("_"), ha="right" if left else "left", va="center", fontsize=8, rotation=turned - 180 * left,
            rotation_mode="anchor",
        )  # fmt: skip
    ax.set_axis_off()
    ax.set_aspect("equal")
    ax.set_xlim(-1.9, 1.9)
    ax.set_ylim(-1.5, 1.5)


PANELS = (
    PanelSpec("growth", growth, "report", "records by year, and all until then"),
    *(
        PanelSpec(f"top-{what}", partial(names, what=what), "report", f"the {_RANKED[what][2]} with the most records", {"top": 20})
        for what in _RANKED
    ),
    PanelSpec("coauthorship", coauthorship, "report", "who of the authors with the most records wrote with whom", {"top": 40}),
)
