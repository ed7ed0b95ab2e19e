"""Tables as published: HTML, CSV and spreadsheets become rows of text, with merged cells filled."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import ParseError
from miner.say import counted

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_BYTES = 50_000_000
MAX_UNPACKED = 400_000_000
MAX_CELLS = 5_000_000
_MAX_SPAN = 1_000


@dataclass(frozen=True, slots=True)
class Table:
    """A rectangular table of text.

    Parameters
    ----------
    columns : tuple of str
        The header's names; names of merged or repeated header rows are joined by a space.
    rows : tuple of tuple of str
        The body; every row is as long as ``columns``. White space is normalised, an empty cell is ``""``.
    source : str
        The file's name, for messages.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    source: str

    def records(self) -> list[dict[str, str]]:
        """Return the rows as dictionaries by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def read_table(path: Path, *, table: int = 0, sheet: str | None = None, header_rows: int = 1) -> Table:
    """Read one table of a file.

    Parameters
    ----------
    path : pathlib.Path
        An ``.html``, ``.htm``, ``.csv``, ``.tsv`` or ``.xlsx`` file.
    table : int
        Which of an HTML page's tables, from 0.
    sheet : str, optional
        Which sheet of a spreadsheet; the first by default.
    header_rows : int
        How many rows name the columns.

    Raises
    ------
    ParseError
        If the file is missing, too large, of another format, damaged, or has no such table.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ParseError(f"the format {path.suffix or '(none)'} is not one of tables", where=path.name, hint="HTML, CSV, TSV or XLSX")
    if not path.is_file():
        raise ParseError("there is no such file", where=str(path), hint="check the path")
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(f"the file is larger than {MAX_BYTES // 1_000_000} MB", where=path.name, hint="split it")
    grid = reader(path, table, sheet)
    return _table_of(grid, header_rows, path.name)


def _table_of(grid: list[list[str]], header_rows: int, source: str) -> Table:
    grid = [row for row in grid if any(row)]
    if len(grid) <= header_rows:
        raise ParseError("the table has no rows below its header", where=source, hint="check which table or sheet is meant")
    width = max(len(row) for row in grid)
    grid = [row + [""] * (width - len(row)) for row in grid]
    return Table(_names(grid[:header_rows]), tuple(tuple(row) for row in grid[header_rows:]), source)


def _names(header: list[list[str]]) -> tuple[str, ...]:
    names: list[str] = []
    for cells in zip(*header, strict=True):
        parts: list[str] = []
        for cell in cells:  # a header cell merged over two rows stands in both: it is named once
            if cell and cell not in parts:
                parts.append(cell)
        name = " ".join(parts) or f"column {len(names) + 1}"
        again = sum(1 for other in names if other == name or other.startswith(f"{name} ("))
        names.append(f"{name} ({again + 1})" if again else name)
    return tuple(names)


def _clean(text: Any) -> str:
    return " ".join(str(text).split()) if text is not None else ""


def _read_html(path: Path, table: int, _sheet: str | None) -> list[list[str]]:
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = html.document_fromstring(path.read_bytes(), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise ParseError(f"this is no HTML: {error}", where=path.name, hint="save the page again") from error
    tables = [t for t in root.iter("table") if next(t.iterancestors("table"), None) is None]
    if not 0 <= table < len(tables):
        raise ParseError(
            f"the page has {counted(len(tables), 'table')}, none is number {table}", where=path.name, hint="tables count from 0"
        )
    return _html_grid(tables[table], path.name)


def _html_grid(table: HtmlElement, source: str) -> list[list[str]]:
    """Lay cells out as browsers do: a cell with a span fills every place that it covers."""
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    placed: dict[tuple[int, int], str] = {}
    for r, row in enumerate(rows):
        c = 0
        for cell in row.xpath("./td|./th"):
            while (r, c) in placed:
                c += 1
            across, text = _span(cell, "colspan"), _clean(cell.text_content())
            for below in range(r, min(r + _span(cell, "rowspan"), len(rows))):
                placed.update({(below, spanned): text for spanned in range(c, c + across)})
            c += across
            if len(placed) > MAX_CELLS:
                raise ParseError("the table is too large", where=source, hint=f"at most {MAX_CELLS:,} cells")
    grid: list[list[str]] = [[] for _ in rows]
    for (r, c), text in sorted(placed.items()):
        grid[r].extend([""] * (c - len(grid[r])))
        grid[r].append(text)
    return grid


def _span(cell: HtmlElement, name: str) -> int:
    text = (cell.get(name) or "1").strip()
    return min(max(int(text), 1), _MAX_SPAN) if text.isdecimal() else 1


def _read_delimited(path: Path, _table: int, _sheet: str | None) -> list[list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(f"the file is not UTF-8 (byte {error.start})", where=path.name, hint="save it as UTF-8") from error
    try:
        rows = csv.reader(text.splitlines(keepends=True), delimiter="\t" if path.suffix.lower() == ".tsv" else ",", strict=True)
        return [[_clean(cell) for cell in row] for row in rows]
    except csv.Error as error:
        raise ParseError(f"this is no CSV: {error}", where=path.name, hint="check its quotes") from error


def _read_xlsx(path: Path, _table: int, sheet: str | None) -> list[list[str]]:
    try:
        import openpyxl
    except ImportError as error:
        raise ParseError("spreadsheets need openpyxl", where=path.name, hint="pip install 'miner[xlsx]'") from error
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        book = openpyxl.load_workbook(path, data_only=True) if unpacked <= MAX_UNPACKED else None
    except Exception as error:
        raise ParseError(f"this is no spreadsheet: {error}", where=path.name, hint="save it again as XLSX") from error
    if book is None:
        raise ParseError("the spreadsheet unpacks to too much", where=path.name, hint="split it")
    if sheet is not None and sheet not in book.sheetnames:
        raise ParseError(f"there is no sheet {sheet!r}", where=path.name, hint=f"its sheets: {', '.join(book.sheetnames)}")
    page = book[sheet] if sheet is not None else book.worksheets[0]
    if (page.max_row or 0) * (page.max_column or 0) > MAX_CELLS:
        raise ParseError("the sheet is too large", where=path.name, hint=f"at most {MAX_CELLS:,} cells")
    grid = [[_clean(value) for value in row] for row in page.iter_rows(values_only=True)]
    for merged in page.merged_cells.ranges:
        text = grid[merged.min_row - 1][merged.min_col - 1]
        for row in grid[merged.min_row - 1 : merged.max_row]:
            row[merged.min_col - 1 : merged.max_col] = [text] * (merged.max_col - merged.min_col + 1)
    return grid


_READERS = {
    ".html": _read_html,
    ".htm": _read_html,
    ".csv": _read_delimited,
    ".tsv": _read_delimited,
    ".xlsx": _read_xlsx,
}
