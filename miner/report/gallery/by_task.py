"""Panels of a literature task by task: of a job's effects, or of the reviews' tables where the report is on no job."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from miner.report.formats.parts import Comparison, Table, counted
from miner.report.gallery.spec import PanelSpec
from miner.report.panels import Panel
from miner.report.tasks import asymmetry, boards, limits, noise_panels, over_time, published, regressions, topics, verdicts
from miner.report.tasks.beside import side_by_side
from miner.report.tasks.evidence import Evidence
from miner.store.studies import source_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from miner.report.gallery.subject import Subject

    Drawn = Panel | tuple[Panel, ...] | None

CAUSES = (
    "A trend with sample size can come from publication bias, from overfitting that small samples hide, or from harder questions being asked of larger"
    " and more mixed samples; these data cannot tell which."
)
TOO_FEW = "There are too few studies for any verdict. Import the paper's sources (miner import --as sources --mapping varoquaux2022 FOLDER), or run a job."


def _of(make: Callable[[Evidence], Drawn]) -> Callable[[Subject, Mapping[str, Any]], Drawn]:
    """Return the function of a panel that is made of the evidence alone."""

    def panel(subject: Subject, options: Mapping[str, Any]) -> Drawn:
        del options
        return make(Evidence.of(subject.data))

    return panel


def _noted(panel: Panel, compared: Comparison) -> Panel:
    return replace(panel, beside=compared)


def _sizes(e: Evidence) -> Panel:
    compared = published.on_sizes(over_time.growth(e.literature), e.literature)
    return _noted(over_time.sizes_by_year(e.literature, "sizes"), compared)


def _topics(e: Evidence) -> tuple[Panel, ...]:
    first = e.series[0] if e.series else None
    further = tuple(topics.panel(s, f"topics-{i}") for i, s in enumerate(e.series[1:], 2))
    return (_noted(topics.panel(first, "topics"), published.on_topics(first)), *further)


def _judged(e: Evidence) -> list[verdicts.Verdict]:
    field = published.on_topics(e.series[0] if e.series else None)
    return [
        *verdicts.on_growth(over_time.growth(e.literature)),
        *verdicts.on_trends(e.fits),
        *verdicts.on_tail(e.quantiles),
        *verdicts.on_asymmetry(e.asymmetry),
        *verdicts.on_noise(e.envelopes, e.records),
        *verdicts.on_limits(e.curves),
        *verdicts.on_contests(e.boards[0]),
        *verdicts.on_field(field),
    ]


def _verdicts(e: Evidence) -> Panel:
    found, rows = _judged(e), e.literature.rows
    complete = rows.dropna(subset=["estimate", "n", "year"])
    lead = (
        f"Here: {e.literature.label}, {counted(len(rows), 'row')} in use, {counted(int(rows['estimate'].notna().sum()), 'accuracy', 'accuracies')}, {len(complete):,} with"
        f" sample size and year, from {counted(e.literature.papers, 'paper')}."
    )
    shown = verdicts.Verdicts(tuple(found), "Where the paper's method is fragile." if e.own else "Where the paper is fragile.")
    return Panel(
        "verdicts",
        "What was found, and how sure it is",
        None,
        CAUSES if found else TOO_FEW,
        rows=[shown] if found else [],
        lead=lead,
        kind="verdicts",
        facts=() if e.own else _facts(e),
    )


def _facts(e: Evidence) -> tuple[tuple[str, str], ...]:
    files, competitions, counts = source_counts(e.con)
    return (
        ("Sources", ", ".join(files) or "none"),
        (
            "Imported",
            f"{counted(len(e.literature.rows), 'row')} in use, {counted(competitions, 'competition')}, {counted(counts, 'publication count')}",
        ),
    )


def _printout(e: Evidence) -> Panel | None:
    made = e.printout
    if made is None:
        return None
    reading = (
        f"With the script's own random jitter (seed 42), {made.same} of {counted(made.total, 'figure')} of the paper's regression tables come out with the digits"
        " that its script prints."
    )
    return Panel("printout", "Reproduction of the printout", None, reading, table=made.table)


def _beside(e: Evidence) -> Panel | None:
    table = side_by_side(e) if e.own else None
    return Panel("side-by-side", "Side by side: the reviews' tables and the literature itself", None, "", table=table) if table else None


def _flaws(e: Evidence) -> Panel | None:
    if not e.flaws:
        return None
    columns = (("What", False), ("How many", False), ("Where", False), ("What it changes", False))
    table = Table("Flaws in the sources", columns, tuple((f.what, f.how_many, f.where, f.effect or "–") for f in e.flaws))
    reading = "None of these is corrected in the panels above, which take the rows as the paper's script does; what each changes stands beside it."
    return Panel("flaws", "Flaws in the sources", None, reading, table=table)


PANELS = (
    PanelSpec("verdicts", _of(_verdicts), "report", "each finding with how sure it is, and where the publication's own is fragile"),
    PanelSpec("printout", _of(_printout), "report", "the regressions of Varoquaux & Cheplygina (2022) made again, digit for digit"),
    PanelSpec("side-by-side", _of(_beside), "report", "a job's literature beside the reviews' tables, figure by figure"),
    PanelSpec("sizes-by-year", _of(_sizes), "report", "sample size by year, with the yearly median"),
    PanelSpec(
        "years-by-task",
        _of(lambda e: _noted(over_time.accuracy_by_year(e.literature, "years"), published.on_years())),
        "report",
        "accuracy by year, task by task",
    ),
    PanelSpec(
        "accuracy-by-task",
        _of(lambda e: _noted(over_time.accuracy_by_size(e.literature, "accuracy"), published.on_accuracy(e.fits))),
        "report",
        "accuracy against sample size, task by task",
    ),
    PanelSpec(
        "periods",
        _of(lambda e: _noted(over_time.by_period(e.literature, "periods"), published.on_periods(e.fits))),
        "report",
        "accuracy against sample size in three periods",
    ),
    PanelSpec(
        "models",
        _of(lambda e: _noted(regressions.by_model(e.fits, e.tasks, "models"), published.on_regressions(e.fits, e.printout))),
        "report",
        "slopes on sample size and year, by every model",
    ),
    PanelSpec(
        "leaderboards",
        _of(lambda e: _noted(boards.panel(*e.boards, "boards"), published.on_boards(e.boards[0]))),
        "report",
        "winners' gains against evaluation noise",
    ),
    PanelSpec("topics", _of(_topics), "report", "topics as shares of the literature, by source of counts"),
    PanelSpec(
        "variants", _of(lambda e: regressions.by_variant(e.fits, e.tasks, "variants")), "report", "slopes under every choice of the data"
    ),
    PanelSpec(
        "quantiles-by-task",
        _of(lambda e: regressions.by_quantile(e.quantiles, e.fits, e.tasks, "quantiles")),
        "report",
        "slopes of low, middle and high accuracies, task by task",
    ),
    PanelSpec(
        "asymmetry",
        _of(lambda e: asymmetry.panel(e.literature, e.asymmetry, e.tasks, "asymmetry")),
        "report",
        "funnels on the standard error and on sample size, with how far their tests can be trusted",
    ),
    PanelSpec(
        "envelope",
        _of(lambda e: noise_panels.envelope_panel(e.literature, e.envelopes, e.tasks, "envelope")),
        "report",
        "what sampling noise alone would scatter",
    ),
    PanelSpec(
        "records-by-task",
        _of(lambda e: noise_panels.records_panel(e.literature, e.records, e.tasks, "records")),
        "report",
        "new bests, task by task",
    ),
    PanelSpec("limits", _of(lambda e: limits.panel(e.literature, e.curves, e.tasks, "limits")), "report", "bias-corrected learning curves"),
    PanelSpec("flaws", _of(_flaws), "report", "flaws of the reviews' tables, with what each changes"),
)
