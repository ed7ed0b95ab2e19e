"""What was read from a full text: its words in order, its sections, its tables, and where on which page each stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

# A new number makes every document that was read or failed with an older one be read again.
PARSER_VERSION = "2"

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its kind, its heading as printed, and the span of the text that it covers, heading included.

    ``kind`` is one of ``front, abstract, introduction, related, methods, results, discussion, references, back, other``.
    """

    kind: str
    title: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: the span of the text it gave, its page (from 1) and its box in points, origin at the page's lower left."""

    start: int
    end: int
    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: grid position, spans, text; ``header`` where it heads a column or a row.

    ``cited`` says whether it refers to the literature, in whatever way that is printed; ``marks`` are those of its footnotes.
    """

    row: int
    column: int
    text: str
    rows: int = 1
    columns: int = 1
    header: bool = False
    box: Box | None = None
    start: int | None = None
    end: int | None = None
    cited: bool = False
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table: label (``Table 2``), caption, cells, and the page (from 1) where it has one.

    ``start`` and ``end`` of a cell are offsets into the document's text where the table's cells stand there, else None. ``section`` is the
    kind of the section that it belongs to, '' where that is not known; ``foot`` holds its notes, each with its mark ('' without one).
    """

    label: str
    caption: str
    cells: tuple[Cell, ...]
    page: int | None = None
    box: Box | None = None
    section: str = ""
    foot: tuple[tuple[str, str], ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns the grid has."""
        return max((c.row + c.rows for c in self.cells), default=0), max((c.column + c.columns for c in self.cells), default=0)

    def grid(self) -> list[list[str]]:
        """Return the table as rows of equal length; the text of a spanning cell stands at each position that it covers."""
        rows, columns = self.shape
        grid = [[""] * columns for _ in range(rows)]
        for cell in self.cells:
            for r in range(cell.row, cell.row + cell.rows):
                for c in range(cell.column, cell.column + cell.columns):
                    grid[r][c] = cell.text
        return grid

    def headers(self, cell: Cell) -> tuple[list[str], list[str]]:
        """Return the texts that head a cell: of its column from the top down, and of its row from the left."""
        above = [
            c.text
            for c in self.cells
            if c.header and c.row + c.rows <= cell.row and c.column < cell.column + cell.columns and cell.column < c.column + c.columns
        ]
        left = [
            c.text
            for c in self.cells
            if c.row < cell.row + cell.rows
            and cell.row < c.row + c.rows
            and c.column + c.columns <= cell.column
            and (c.header or c.column == 0)
        ]
        return [t for t in above if t], [t for t in left if t]


@dataclass(frozen=True, slots=True)
class FullText:
    """One document as read.

    Attributes
    ----------
    kind : str
        ``pdf`` or ``jats``.
    text : str
        The running text, paragraphs and headings one a line; all offsets are code points into it.
    sections : tuple of Section
        In order; they cover the text without gaps.
    lines : tuple of Line
        Where each printed line stands (PDF only), in the order of the text.
    tables : tuple of Table
    pages : int
        How many pages there are; 0 for JATS.
    notes : tuple of str
        What was lost or odd: pages without text, a font without a character map.
    license : str or None
        The licence that the document itself states.
    cited : tuple of int
        Where in the text references to the literature stand, however they are printed (JATS only), sorted.
    meta : dict
        What the document says of itself: ``title``, ``doi``, ``pmid``, ``pmcid``, ``year``, ``journal``, as far as it does.
    """

    kind: str
    text: str
    sections: tuple[Section, ...] = ()
    lines: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()
    pages: int = 0
    notes: tuple[str, ...] = ()
    license: str | None = None
    version: str = field(default=PARSER_VERSION)
    meta: dict[str, str] = field(default_factory=dict)
    cited: tuple[int, ...] = ()

    def with_tables(self, tables: Sequence[Table]) -> FullText:
        r"""Return the document with tables written behind its text, a row a line, as a section ``tables``: so each cell has offsets.

        Examples
        --------
        >>> read = FullText("jats", "Body.\\n").with_tables([Table("Table 1", "Sizes", (Cell(0, 0, "n"), Cell(0, 1, "12")))])
        >>> cell = read.tables[0].cells[1]
        >>> read.text[cell.start : cell.end], read.sections[-1].kind
        ('12', 'tables')
        """
        if not tables:
            return self
        parts = [self.text]
        at = len(self.text)
        written = []
        for table in tables:
            head = f"{table.label} {table.caption}".strip()
            parts += (head, "\n")
            at += len(head) + 1
            cells, row = [], None
            for cell in sorted(table.cells, key=lambda c: (c.row, c.column)):
                if row is not None:
                    parts.append("\t" if row == cell.row else "\n")
                    at += 1
                row = cell.row
                parts.append(cell.text)
                cells.append(replace(cell, start=at, end=at + len(cell.text)))
                at += len(cell.text)
            parts.append("\n")
            at += 1
            written.append(replace(table, cells=tuple(cells), section=table.section or self._section_of(table)))
        section = Section("tables", "", len(self.text), at)
        return replace(self, text="".join(parts), tables=tuple(written), sections=(*self.sections, section))

    def _section_of(self, table: Table) -> str:
        """Return the kind of the section that prints a table's caption, else of the one that its page begins in; '' where neither is known."""
        key = re.compile(r"\W+".join(map(re.escape, f"{table.label} {table.caption}".split()[:6])) or r"(?!)")
        match = key.search(self.text)
        at = match.start() if match else next((n.start for n in self.lines if n.page == table.page), None)
        section = self.section_at(at) if at is not None else None
        return section.kind if section else ""

    def section_at(self, offset: int) -> Section | None:
        """Return the section that holds an offset."""
        at = bisect_right(self.sections, offset, key=lambda s: s.start) - 1
        return self.sections[at] if at >= 0 and offset < self.sections[at].end else None

    def boxes(self, start: int, end: int) -> list[tuple[int, Box]]:
        """Return the page and box of each printed line that a span touches, cut to the span by its share of the line.

        Examples
        --------
        >>> FullText("pdf", "ab cd", lines=(Line(0, 5, 1, (0.0, 0.0, 50.0, 10.0)),)).boxes(3, 5)
        [(1, (30.0, 0.0, 50.0, 10.0))]
        """
        found = []
        for line in self.lines:
            if line.start < end and start < line.end:
                x0, y0, x1, y1 = line.box
                width = (x1 - x0) / max(1, line.end - line.start)
                left = x0 + width * max(0, start - line.start)
                right = x1 - width * max(0, line.end - end)
                found.append((line.page, (left, y0, right, y1)))
        for table in self.tables:
            if table.page:
                found += [
                    (table.page, c.box)
                    for c in table.cells
                    if c.box and c.start is not None and c.end is not None and c.start < end and start < c.end
                ]
        return found

    def printed_tables(self) -> list[tuple[int, int]]:
        """Return the spans of the running text that print what stands in tables: lines inside a table that has a caption or holds mostly numbers.

        Examples
        --------
        >>> table = Table("Table 1", "", (Cell(0, 0, "12"),), page=1, box=(0.0, 0.0, 90.0, 20.0))
        >>> FullText("pdf", "12", lines=(Line(0, 2, 1, (10.0, 5.0, 20.0, 15.0)),), tables=(table,)).printed_tables()
        [(0, 2)]
        """
        spans = []
        for table in self.tables:
            if table.box is None or not (table.label or _numeric(table)):
                continue
            x0, y0, x1, y1 = table.box
            spans += [
                (n.start, n.end)
                for n in self.lines
                if n.page == table.page and x0 - 2 <= n.box[0] and n.box[2] <= x1 + 2 and y0 < (n.box[1] + n.box[3]) / 2 < y1
            ]
        return sorted(spans)

    def page_at(self, offset: int) -> int | None:
        """Return the page, from 1, on which an offset stands; None for a document without pages."""
        for table in self.tables:
            if table.page and any(c.start is not None and c.end is not None and c.start <= offset <= c.end for c in table.cells):
                return table.page
        at = bisect_right(self.lines, offset, key=lambda line: line.start) - 1
        return self.lines[at].page if at >= 0 else None

    def to_json(self) -> dict[str, Any]:
        """Return plain data that ``from_json`` takes; lines are lists, because there are many."""
        return {
            "kind": self.kind,
            "text": self.text,
            "sections": [[s.kind, s.title, s.start, s.end] for s in self.sections],
            "lines": [[n.start, n.end, n.page, *n.box] for n in self.lines],
            "tables": [
                {
                    "label": t.label,
                    "caption": t.caption,
                    "page": t.page,
                    "box": t.box,
                    "section": t.section,
                    "foot": [list(note) for note in t.foot],
                    "cells": [
                        [c.row, c.column, c.text, c.rows, c.columns, c.header, c.box, c.start, c.end, c.cited, list(c.marks)]
                        for c in t.cells
                    ],
                }
                for t in self.tables
            ],
            "pages": self.pages,
            "notes": list(self.notes),
            "license": self.license,
            "version": self.version,
            "meta": self.meta,
            "cited": list(self.cited),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> FullText:
        """Make a document from what ``to_json`` gave."""
        return cls(
            kind=data["kind"],
            text=data["text"],
            sections=tuple(Section(*s) for s in data["sections"]),
            lines=tuple(Line(n[0], n[1], n[2], (n[3], n[4], n[5], n[6])) for n in data["lines"]),
            tables=tuple(_table(t) for t in data["tables"]),
            pages=data["pages"],
            notes=tuple(data["notes"]),
            license=data["license"],
            version=data["version"],
            meta=dict(data["meta"]),
            cited=tuple(data.get("cited", ())),
        )


def _numeric(table: Table) -> bool:
    body = [c.text for c in table.cells if not c.header and c.column > 0]
    return sum(any(map(str.isdigit, t)) for t in body) > 0.6 * len(body)


def _cell(
    row: int,
    column: int,
    text: str,
    rows: int,
    columns: int,
    header: bool,
    box: list[float] | None,
    start: int | None,
    end: int | None,
    cited: bool = False,
    marks: Sequence[str] = (),
) -> Cell:
    x = None if box is None else (box[0], box[1], box[2], box[3])
    return Cell(row, column, text, rows, columns, header, x, start, end, cited, tuple(marks))


def _table(data: dict[str, Any]) -> Table:
    # What version 1 of the parser stored lacks what stands behind the offsets.
    cells = tuple(_cell(*c) for c in data["cells"])
    box = tuple(data["box"]) if data["box"] else None
    foot = tuple((mark, words) for mark, words in data.get("foot", ()))
    return Table(data["label"], data["caption"], cells, data["page"], box, data.get("section", ""), foot)
