"""Tables as published: HTML, CSV and spreadsheets become rows of text, with merged cells filled."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from miner.errors import ParseError
from miner.say import counted
from miner.studies.layout import MAX_BYTES, Layout, check_size, clean
from miner.studies.sheets import read_ods, read_xlsx

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MAX_SPAN = 1_000
DELIMITERS = (",", ";", "\t", "|")


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


_FIRST = Layout()


def read_table(path: Path, layout: Layout = _FIRST) -> Table:
    """Read one table of a file.

    Parameters
    ----------
    path : pathlib.Path
        An ``.html``, ``.htm``, ``.csv``, ``.tsv``, ``.txt``, ``.xlsx`` or ``.ods`` file.
    layout : Layout
        Which table or sheet, how many rows are its head, and how a text file is written.

    Raises
    ------
    ParseError
        If the file is missing, too large, of another format, damaged, or has no such table.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ParseError(f"the format {path.suffix or '(none)'} is not one of tables", where=path.name, hint="HTML, CSV, TSV, XLSX or ODS")
    if not path.is_file():
        raise ParseError("there is no such file", where=str(path), hint="check the path")
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(f"the file is larger than {MAX_BYTES // 1_000_000} MB", where=path.name, hint="split it")
    return _table_of(reader(path, layout)[layout.skip_rows :], layout.header_rows, path.name)


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


def _read_html(path: Path, layout: Layout) -> list[list[str]]:
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = html.document_fromstring(path.read_bytes(), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise ParseError(f"this is no HTML: {error}", where=path.name, hint="save the page again") from error
    tables = [t for t in root.iter("table") if next(t.iterancestors("table"), None) is None]
    if not 0 <= layout.table < len(tables):
        raise ParseError(
            f"the page has {counted(len(tables), 'table')}, none is number {layout.table}", where=path.name, hint="tables count from 0"
        )
    return _html_grid(tables[layout.table], path.name)


def _html_grid(table: HtmlElement, source: str) -> list[list[str]]:
    """Lay cells out as browsers do: a cell with a span fills every place that it covers."""
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    placed: dict[tuple[int, int], str] = {}
    for r, row in enumerate(rows):
        c = 0
        for cell in row.xpath("./td|./th"):
            while (r, c) in placed:
                c += 1
            across, text = _span(cell, "colspan"), clean(cell.text_content())
            for below in range(r, min(r + _span(cell, "rowspan"), len(rows))):
                placed.update({(below, spanned): text for spanned in range(c, c + across)})
            c += across
            check_size(len(placed), source)
    grid: list[list[str]] = [[] for _ in rows]
    for (r, c), text in sorted(placed.items()):
        grid[r].extend([""] * (c - len(grid[r])))
        grid[r].append(text)
    return grid


def _span(cell: HtmlElement, name: str) -> int:
    text = (cell.get(name) or "1").strip()
    return min(max(int(text), 1), _MAX_SPAN) if text.isdecimal() else 1


def _read_delimited(path: Path, layout: Layout) -> list[list[str]]:
    text = _decoded(path, layout.encoding)
    delimiter = layout.delimiter or ("\t" if path.suffix.lower() == ".tsv" else _delimiter(text))
    grid: list[list[str]] = []
    count = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            grid.append([clean(cell) for cell in row])
            count += len(row)
            check_size(count, path.name)
    except csv.Error as error:
        raise ParseError(f"this is no CSV: {error}", where=path.name, hint="check its quotes") from error
    return grid


def _decoded(path: Path, encoding: str | None) -> str:
    data = path.read_bytes()
    known = encoding or ("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    try:
        return data.decode(known)
    except LookupError as error:
        raise ParseError(f"there is no encoding {known!r}", where=path.name, hint='[table] encoding = "cp1252", for example') from error
    except UnicodeError as error:
        place = f" (byte {error.start})" if isinstance(error, UnicodeDecodeError) else ""
        hint = 'save it as UTF-8, or name its own: [table] encoding = "cp1252"'
        raise ParseError(f"the file is not {known.removesuffix('-sig').upper()}{place}", where=path.name, hint=hint) from error


def _cells(text: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def delimiter_of(path: Path, encoding: str | None = None) -> str:
    """Return what parts the cells of a text file."""
    return _delimiter(_decoded(path, encoding))


def _delimiter(text: str) -> str:
    """Return the sign that parts the first lines into the most columns, alike in nearly all of them."""
    head = text[: 1 << 16].rsplit("\n", 1)[0] if len(text) > 1 << 16 else text

    def columns(delimiter: str) -> int:
        try:
            widths = [len(row) for row in _cells(head, delimiter) if row]
        except csv.Error:
            return 0
        common = max(set(widths), key=widths.count, default=0)
        return common if widths.count(common) >= 0.8 * len(widths) else 0

    return max(DELIMITERS, key=columns)


_READERS = {
    ".html": _read_html,
    ".htm": _read_html,
    ".csv": _read_delimited,
    ".tsv": _read_delimited,
    ".txt": _read_delimited,
    ".xlsx": read_xlsx,
    ".ods": read_ods,
}
