"""The tables of JATS and NLM XML: cells at their places with spans, marks and citations, captions and notes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from miner.fulltext.jats_words import clean, is_citation, name_of, words_of
from miner.fulltext.model import Cell

if TYPE_CHECKING:
    from lxml import etree

_SPAN_MOST = 1_000
_CELLS_MOST = 200_000
_MARK = re.compile(r"\s*(?P<mark>[*†‡§¶#]{1,3}|(?:[a-z]|\d)(?=[).:\s]|$))[).:]?\s*")


def label_and_caption(wrap: etree._Element) -> tuple[str, str]:
    """Return what is printed over a table or figure."""
    label = wrap.find("label")
    caption = wrap.find("caption")
    parts = [words_of(c) for c in caption] if caption is not None else []
    return clean(words_of(label)) if label is not None else "", clean(" ".join(parts))


def table_cells(table: etree._Element) -> list[Cell]:
    """Return the cells of a table at their places in the grid, spans honoured.

    Rows of ``thead`` are headers; without one, the leading rows that are all ``th``.
    """
    cells: list[Cell] = []
    held: dict[int, int] = {}  # column → rows below that a cell from above still covers
    leading = table.find(".//thead") is None
    for at, row in enumerate(table.iter("tr")):
        places = [c for c in row if name_of(c) in {"td", "th"}]
        head = any(name_of(a) == "thead" for a in row.iterancestors())
        leading = leading and bool(places) and all(name_of(c) == "th" for c in places)
        column, mine = 0, dict(held)
        for place in places:
            while mine.get(column, 0) > 0:
                column += 1
            rows, columns = _span(place, "rowspan"), _span(place, "colspan")
            text = clean(words_of(place, notes=False))
            header = head or leading or name_of(place) == "th"
            cited = any(is_citation(x) for x in place.iter("xref"))
            cells.append(Cell(at, column, text, rows, columns, header, cited=cited, marks=_marks(place)))
            for c in range(column, column + columns):
                held[c] = rows
            column += columns
        held = {c: n - 1 for c, n in held.items() if n > 1}
        if len(cells) > _CELLS_MOST:
            break
    return _within(cells)


def _within(cells: list[Cell]) -> list[Cell]:
    """Cut row spans that reach below the table."""
    last = max((c.row for c in cells), default=0)
    return [c if c.row + c.rows <= last + 1 else replace(c, rows=last + 1 - c.row) for c in cells]


def _marks(place: etree._Element) -> tuple[str, ...]:
    """Return the marks of the notes that a cell refers to: what its cross-references to notes print, and single raised letters or signs."""
    found = [clean(words_of(x)) for x in place.iter("xref") if not is_citation(x)]
    found += [w for s in place.iter("sup") if len(w := clean(words_of(s))) == 1 and not w.isdigit()]
    return tuple(dict.fromkeys(m.strip("()[].") for m in found if m))


def notes_of(wrap: etree._Element) -> tuple[tuple[str, str], ...]:
    """Return the notes under a table, each with its mark; '' where it has none."""
    notes: list[tuple[str, str]] = []
    for foot in wrap.iter("table-wrap-foot"):
        inner = list(foot.iter("fn")) or list(foot.iter("p")) or [foot]
        for note in inner:
            label = note.find("label")
            mark = clean(words_of(label)).strip("()[].") if label is not None else ""
            words = clean(" ".join(words_of(c) for c in note if name_of(c) != "label") if len(note) else words_of(note))
            if not mark and (match := _MARK.match(words)) is not None:
                mark, words = match["mark"], words[match.end() :]
            if words:
                notes.append((mark, words))
    return tuple(notes)


def _span(place: etree._Element, name: str) -> int:
    words = place.get(name) or "1"
    return min(max(1, int(words)), _SPAN_MOST) if words.isdecimal() and len(words) < 9 else 1
