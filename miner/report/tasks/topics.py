"""Panel of publication counts: topics as shares of their field's literature, year by year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miner.digits import significant
from miner.report import figures
from miner.report.formats.parts import Table, listed, signed
from miner.report.panels import Panel
from miner.report.tasks.evidence import Evidence, once, task_panel
from miner.store.studies import read_counts
from miner.studies.counts import Share, shares

if TYPE_CHECKING:
    import duckdb

_DASHES = {"ai": "-", "medical": "--"}
_FIELDS = {"ai": "AI", "medical": "medical"}
_COLORS = {"lung": figures.PALETTE[0], "breast": figures.PALETTE[1]}


@dataclass(frozen=True, slots=True)
class Series:
    """The shares of one source of counts."""

    source: str
    shares: tuple[Share, ...]


def all_series(con: duckdb.DuckDBPyConnection) -> list[Series]:
    """Return the shares of each source of counts: every topic ``X_F`` as a share of ``all_F``."""
    counts = read_counts(con)
    found = []
    for source in sorted({c.source for c in counts}):
        made = tuple(shares(c for c in counts if c.source == source))
        if made:
            found.append(Series(source, made))
    return found


def words_of(share: Share) -> str:
    """Return a share's topic and field in words.

    Examples
    --------
    >>> words_of(Share("lung_ai", "all_ai", (2011,), (2.5,)))
    'lung, AI literature'
    """
    topic, _, field = share.topic.rpartition("_")
    return f"{topic.replace('_', ' ')}, {_FIELDS.get(field, field)} literature"


def panel(series: Series | None, name: str) -> Panel:
    """Draw the shares of one source by year."""
    title = "Lung and breast cancer as shares of the literature"
    if series is None:
        return Panel(
            name, title, None, "No publication counts have been imported (miner import --as counts FILE) or made (miner counts JOB)."
        )
    title = (
        f"{listed(sorted({s.topic.rpartition('_')[0] for s in series.shares})).capitalize()} cancer as a share of the literature"
        if series.shares
        else title
    )
    with figures.axes(7.2, 3.6) as (figure, ax):
        rest = iter(figures.PALETTE[2:])
        colors: dict[str, str] = {}
        for share in series.shares:
            topic, _, field = share.topic.rpartition("_")
            color = colors.setdefault(topic, _COLORS.get(topic) or next(rest, figures.INK))
            ax.plot(
                share.years, share.percent, color=color, ls=_DASHES.get(field, "-."), lw=2.4, marker="o" if field == "ai" else "s", ms=4
            )
        _ends(ax, series.shares, colors)
        figures.year_axis(ax)
        ax.yaxis.set_major_formatter(lambda v, _: f"{v:g} %")
        ax.set_ylim(bottom=0)
        ax.set_ylabel("Share of the field's publications")
        reading = " ".join(_words(s) for s in series.shares) + f" Source: {series.source}."
        svg = figures.svg(figure, name, title, f"Line plot of {len(series.shares)} shares by year. {reading}")
    years = sorted({y for s in series.shares for y in s.years})
    rows = tuple(
        (
            str(y),
            *(
                f"{significant(dict(zip(s.years, s.percent, strict=True)).get(y, float('nan'))):.2f} %".replace("nan %", "–")
                for s in series.shares
            ),
        )
        for y in years
    )
    columns = (("Year", True), *((words_of(s), True) for s in series.shares))
    return Panel(name, title, svg, reading, table=Table("Shares by year", columns, rows, folded=True))


def _ends(ax: Any, found: tuple[Share, ...], colors: dict[str, str]) -> None:
    """Name each line at its end, moved apart where two would overlap."""
    step = ax.get_ylim()[1] * 0.065
    at = float("-inf")
    for share in sorted(found, key=lambda s: s.percent[-1]):
        at = max(share.percent[-1], at + step)
        ax.annotate(
            words_of(share), (share.years[-1], share.percent[-1]), (share.years[-1] + 0.25, at), color=colors[share.topic.rpartition("_")[0]],
            va="center", fontsize=9, annotation_clip=False,
        )  # fmt: skip
    ax.set_xlim(right=max(s.years[-1] for s in found) + 0.1)


def _words(share: Share) -> str:
    first, last = share.percent[0], share.percent[-1]
    top = max(range(len(share.percent)), key=lambda i: share.percent[i])
    peak = f", highest with {significant(share.percent[top]):.1f} % in {share.years[top]}" if 0 < top < len(share.percent) - 1 else ""
    name = words_of(share)
    return f"{name[0].upper()}{name[1:]}: {significant(first):.1f} % in {share.years[0]}, {significant(last):.1f} % in {share.years[-1]} ({signed(last - first)} points{peak})."


@once
def by_source(evidence: Evidence) -> list[Series]:
    """Return the shares of topics, by source of counts."""
    return all_series(evidence.con)


def _panels(evidence: Evidence) -> tuple[Panel, ...]:
    found = by_source(evidence)
    return (panel(found[0] if found else None, "topics"), *(panel(s, f"topics-{i}") for i, s in enumerate(found[1:], 2)))


PANELS = (task_panel("topics", _panels, "topics as shares of the literature, by source of counts"),)
