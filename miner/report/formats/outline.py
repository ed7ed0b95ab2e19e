"""A report as headings, paragraphs, figures and tables: what formats other than HTML are written from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from miner.digits import significant
from miner.report.formats.parts import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miner.report.panels import Panel
    from miner.report.studies import StudyTable
    from miner.report.tasks.verdicts import Verdicts

MOST_STUDIES = 500


@dataclass(frozen=True, slots=True)
class Part:
    """One thing of a report. ``kind``: heading (``level``), text, strong, caution, figure (``text`` is its name, ``alt`` its words) or table."""

    kind: str
    text: str = ""
    level: int = 2
    alt: str = ""
    table: Table | None = field(default=None)


def outline(context: dict[str, Any]) -> list[Part]:
    """Return the parts of a report in order.

    Parameters
    ----------
    context : dict
        What the report's template is filled with.
    """
    parts = [Part("heading", context["title"], 1), Part("text", context["question"])]
    if context.get("invented"):
        parts.append(Part("caution", "Demo: every paper harvested here is invented. The figures say nothing about the world."))
    if context["numbers"]:
        parts.append(Part("text", "; ".join(f"{number} {what}" for number, what in context["numbers"])))
    parts += _body(context)
    return [
        *parts,
        Part("heading", "Provenance"),
        Part("table", table=Table("Provenance", (("What", False), ("", False)), tuple(context["provenance"]))),
    ]


def _body(context: dict[str, Any]) -> Iterator[Part]:
    if context["publication"]:
        yield Part("text", f"The publication: {context['publication'].citation}. {context['publication'].url or ''}".strip())
    if context["summary"]:
        yield Part("heading", "What was found")
    for sentence in [*context["summary"], context["limits"], context["introduction"]]:
        if sentence:
            yield Part("text", sentence)
    for block in context["blocks"]:
        if block.title:
            yield Part("heading", block.title)
            if block.note:
                yield Part("text", block.note)
        for panel in (*block.panels, *block.missing):
            if panel.kind == "studies":
                yield from _studies(context["table"])
            else:
                yield from _panel(panel, 3 if block.title else 2)


def _verdicts(shown: Verdicts) -> Iterator[Part]:
    for verdict in shown.found:
        yield Part("strong", f"{verdict.sure}: {verdict.finding}")
        yield Part("text", verdict.why)
        if verdict.fragile:
            yield Part("caution", f"{shown.fragile} {verdict.fragile}")


def figure_name(svg: str) -> str:
    """Return the name under which a figure was drawn."""
    found = re.search(r'aria-labelledby="(\S+)-title ', svg)
    return found[1] if found else ""


def _panel(panel: Panel, level: int) -> Iterator[Part]:
    yield Part("heading", panel.title, level)
    if panel.lead:
        yield Part("text", panel.lead)
    if panel.comparison:
        yield Part("text", f"The paper: {panel.comparison.says}")
        if panel.comparison.agreement:
            yield Part("text", f"These data ({panel.comparison.agreement}): {panel.comparison.figures}")
    if panel.kind == "verdicts":
        for shown in panel.rows:
            yield from _verdicts(shown)
    for svg in (panel.svg, *(page for _, page, _ in panel.more)):
        if svg:
            yield Part("figure", figure_name(svg), alt=panel.title)
    if panel.reading:
        yield Part("text", panel.reading)
    for warning in panel.warnings:
        yield Part("caution", warning)
    if panel.kind == "models" and panel.rows:
        columns = (("Analysis", False), ("k", True), ("Estimate", True), ("95 % interval", True), ("p", True), ("In words", False))
        rows = tuple((r.name, f"{r.k:,}", r.estimate, r.interval, r.p, " ".join([r.words, *r.warnings])) for r, _ in panel.rows)
        yield Part("table", table=Table(panel.title, columns, rows))
    if panel.table:
        yield Part("table", table=panel.table)


def _studies(table: StudyTable) -> Iterator[Part]:
    yield Part("heading", "The studies")
    if not table.rows:
        yield Part("text", "No study reports both a value and a sample size, so there is no table.")
        return
    rows = tuple(
        (
            r["title"],
            str(r["year"] or "–"),
            r["task"] or "–",
            r["metric"].replace("_", " "),
            f"{significant(100 * r['estimate']):.1f} %",
            f"{r['n']:,}",
        )
        for r in table.rows[:MOST_STUDIES]
    )
    left = len(table.rows) - len(rows)
    note = (
        f"{left:,} more stand in the HTML report, with the sentence behind each value."
        if left
        else "The HTML report has the sentence behind each value."
    )
    columns = (("Paper", False), ("Year", True), ("Task", False), ("Metric", False), ("Value", True), ("n", True))
    yield Part("table", table=Table("The studies", columns, rows, note))
