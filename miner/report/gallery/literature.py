"""The literature itself: papers by year and source, the studies of published reviews, and the table of studies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.harvest.registry import labels
from miner.report import figures
from miner.report.formats.parts import counted, listed
from miner.report.gallery.spec import PanelSpec
from miner.report.gallery.subject import Subject
from miner.report.panels import Panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


def by_year_and_source(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw how many papers of each year and source are in the analyses."""
    del options
    title = "Papers in the analyses by year and source"
    papers = _papers(subject.data.effects)
    known = papers.dropna(subset=["year"])
    if known.empty:
        return Panel("studies-by-year", title, None, "No paper in the analyses has a year, so none can be shown by year.")
    years, sources = known["year"].to_numpy(int), known["source"].to_numpy(str)
    span = np.arange(years.min(), years.max() + 1)
    table = {s: np.array([int(np.sum((years == y) & (sources == s))) for y in span]) for s in set(sources.tolist())}
    order = sorted(table, key=lambda s: (-int(table[s].sum()), s))
    by_year = {int(y): int(np.sum(years == y)) for y in span}
    reading = literature_words(by_year, {s: int(table[s].sum()) for s in order}, len(papers) - len(known))
    with figures.axes(9.6, 3.4) as (figure, ax):
        below = np.zeros(len(span))
        for i, source in enumerate(order):
            counts = table[source].astype(float)
            ax.bar(
                span,
                counts,
                bottom=below,
                width=0.78,
                color=figures.PALETTE[i % len(figures.PALETTE)],
                label=f"{source} ({int(counts.sum()):,})",
            )
            below += counts
        figures.year_axis(ax)
        figures.whole_numbers(ax.yaxis)
        ax.set_ylabel("Papers")
        ax.grid(visible=False, axis="x")
        figures.legend_beside(ax)
        svg = figures.svg(figure, "studies-by-year", title, f"Stacked bars. {reading}")
    data = {"year": span.tolist(), "counts": {s: [int(c) for c in table[s]] for s in order}}
    return Panel("studies-by-year", title, svg, reading, data=data)


def _papers(effects: pd.DataFrame) -> pd.DataFrame:
    papers = effects.drop_duplicates("paper_id")[["paper_id", "year", "source", "origin"]].copy()
    papers["source"] = [
        labels().get(s, s) if isinstance(s, str) and s else "imported table" if o != "extracted" else "not named"
        for s, o in zip(papers["source"], papers["origin"], strict=True)
    ]
    return papers


def literature_words(by_year: Mapping[int, int], by_source: Mapping[str, int], undated: int) -> str:
    """Say over which years papers are spread, in which most fall, and where they come from.

    Examples
    --------
    >>> literature_words({2019: 1, 2020: 3}, {"PubMed": 3, "arXiv": 1}, 0)
    '4 papers from 2019 to 2020, 3 of them from 2020; 3 from PubMed and 1 from arXiv.'
    """
    total = sum(by_year.values())
    first, last = min(by_year), max(by_year)
    most = max(by_year.values())
    top = [y for y in by_year if by_year[y] == most]
    fullest = f"{most:,} of them from {top[0]}" if len(top) == 1 else f"at most {most:,} of them from one year"
    years = f"all from {first}" if first == last else f"from {first} to {last}, {fullest}"
    sources = listed([f"{count:,} from {name}" for name, count in by_source.items()])
    lacking = f" {counted(undated, 'paper has', 'papers have')} no year." if undated else ""
    return f"{counted(total, 'paper')} {years}; {sources}.{lacking}"


def reviews(subject: Subject, options: Mapping[str, Any]) -> Panel | None:
    """Draw the accuracies of reviews that were imported, beside the report's own; nothing where none were."""
    del options
    from miner.meta.analysis.analyse import analyse_by_task
    from miner.meta.analysis.evidence import FEW
    from miner.meta.analysis.registry import record
    from miner.meta.analysis.rows import attempt
    from miner.report.gallery.scatter import against_size

    frame = subject.data.imported
    if frame.empty:
        return None
    by_task = analyse_by_task(frame)
    analysis = replace(by_task, rows=(attempt(record("trend"), by_task.sample, "All tasks: binomial mixed model (primary)"), *by_task.rows))
    other = Subject("imported", "accuracy", analysis, subject.definition, subject.data)
    drawn = against_size(other, {})
    tasks = frame["task"].value_counts()
    names = listed([f"{t} {tasks[t]}" for t in tasks.index if tasks[t] >= FEW])
    origins = sorted(frame["origin"].unique())
    reading = reviews_words(len(frame), origins, names)
    shown = [(r, "") for r in analysis.rows]
    title = "Beside it: the studies of published reviews"
    return Panel("reviews", title, drawn.svg, reading, rows=shown, narrow=drawn.narrow, data=drawn.data, kind="models")


def reviews_words(k: int, origins: list[str], tasks: str) -> str:
    """Say what reviews collected by hand, and that it is another literature."""
    return (
        f"{counted(k, 'accuracy', 'accuracies')} that {counted(len(origins), 'review')} collected by hand ({'; '.join(origins)}): {tasks}. They are another"
        " selection of papers, read by people; where both agree, the reading by programs is not the reason."
    )


def studies(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Mark the place of the table of studies, which the template draws of the page's data."""
    del subject, options
    return Panel("studies", "The studies and their sentences", None, "", kind="studies")


PANELS = (
    PanelSpec("studies-by-year", by_year_and_source, "report", "papers in the analyses by year and source"),
    PanelSpec("reviews", reviews, "report", "the studies of published reviews, where they are imported"),
    PanelSpec("studies", studies, "report", "the table of studies with the sentence behind each value"),
)
