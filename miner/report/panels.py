"""Panels: a figure with its title, its description and what it says in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from miner.report.formats.parts import Comparison, Table


@dataclass(frozen=True, slots=True)
class Panel:
    """One figure of a report: ``svg`` is None where there are too few data, and ``reading`` says so.

    ``comparison`` is what a publication says of the same, ``table`` the figure's numbers; ``more`` further pages of the figure, each with its
    title, its drawing and that for a narrow screen; ``narrow`` the same drawn for a narrow screen, and ``first`` for the head of a report, beside its answer; ``data`` the numbers behind it, for the page's embedded data; ``lead`` a text of the report's author; ``files`` downloads: label,
    file name, content; ``kind`` names what the template draws itself (the table of studies, verdicts); ``facts`` are added to the footer.
    """

    name: str
    title: str
    svg: str | None
    reading: str
    warnings: tuple[str, ...] = ()
    rows: list[Any] = field(default_factory=list)
    comparison: Comparison | None = None
    table: Table | None = None
    more: tuple[tuple[str, str, str], ...] = ()
    narrow: str | None = None
    first: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    lead: str | None = None
    files: tuple[tuple[str, str, bytes], ...] = ()
    kind: str = "figure"
    facts: tuple[tuple[str, str], ...] = ()
