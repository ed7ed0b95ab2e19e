"""What heads a cell of a table: the headers of its column, the labels of its row, and a row above that is one cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class TableCell(Protocol):
    """What is asked of a cell: place, spans, text, offsets into the document's text, whether it cites, the marks of its notes."""

    @property
    def row(self) -> int: ...  # noqa: D102 -- named in the class
    @property
    def column(self) -> int: ...  # noqa: D102 -- as above
    @property
    def rows(self) -> int: ...  # noqa: D102 -- as above
    @property
    def columns(self) -> int: ...  # noqa: D102 -- as above
    @property
    def text(self) -> str: ...  # noqa: D102 -- as above
    @property
    def header(self) -> bool: ...  # noqa: D102 -- as above
    @property
    def start(self) -> int | None: ...  # noqa: D102 -- as above
    @property
    def cited(self) -> bool: ...  # noqa: D102 -- as above
    @property
    def marks(self) -> tuple[str, ...]: ...  # noqa: D102 -- as above


class ReadTable(Protocol):
    """What is asked of a table: label, caption, page, cells, the kind of section that it belongs to, and its notes with their marks."""

    @property
    def label(self) -> str: ...  # noqa: D102 -- named in the class
    @property
    def caption(self) -> str: ...  # noqa: D102 -- as above
    @property
    def page(self) -> int | None: ...  # noqa: D102 -- as above
    @property
    def cells(self) -> Sequence[TableCell]: ...  # noqa: D102 -- as above
    @property
    def section(self) -> str: ...  # noqa: D102 -- as above
    @property
    def foot(self) -> Sequence[tuple[str, str]]: ...  # noqa: D102 -- as above


@dataclass(frozen=True, slots=True)
class Place:
    """A cell with the cells that head it: of its column from the top down, of its row from the left, and a banner above."""

    cell: TableCell
    over: tuple[TableCell, ...]
    stub_cells: tuple[TableCell, ...]
    banner: str = ""

    @property
    def above(self) -> list[str]:
        """The texts over it."""
        return [c.text for c in self.over]

    @property
    def left(self) -> list[str]:
        """The texts left of it, the banner first."""
        texts = [c.text for c in self.stub_cells if c.text]
        return [self.banner, *texts] if self.banner else texts

    @property
    def heads(self) -> str:
        """All of them."""
        return " | ".join([*self.above, *self.left])


def places_of(table: ReadTable) -> list[Place]:
    """Pair each cell of the body with its column's headers and its row's."""
    heads = [c for c in table.cells if c.header and c.text]
    stubs: dict[int, list[TableCell]] = {}
    for cell in table.cells:
        if cell.column == 0 or (cell.header and cell.column <= 1):
            for row in range(cell.row, cell.row + cell.rows):
                stubs.setdefault(row, []).append(cell)
    width = max((c.column + c.columns for c in table.cells), default=0)
    banner = ""
    places = []
    for cell in sorted(table.cells, key=lambda c: (c.row, c.column)):
        if cell.header and cell.column > 0:
            continue
        if cell.columns >= max(2, width) and not cell.header:
            banner = cell.text  # a row that is one cell heads the rows below it
            continue
        over = tuple(
            h for h in heads if h.row + h.rows <= cell.row and h.column < cell.column + cell.columns and cell.column < h.column + h.columns
        )
        stub_cells = tuple(s for s in stubs.get(cell.row, []) if s.column < cell.column)
        places.append(Place(cell, over, stub_cells, banner))
    return places
