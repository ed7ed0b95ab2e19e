"""Spreadsheets become rows of text. What they would unpack to is counted before anything is laid out: a few bytes can claim a billion cells."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from miner.errors import ParseError
from miner.studies.layout import MAX_UNPACKED, Layout, check_size, clean

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_PARSER = {"resolve_entities": False, "no_network": True, "huge_tree": False}
_TABLE, _OFFICE, _TEXT = (f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("table", "office", "text"))
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")


def read_xlsx(path: Path, layout: Layout) -> list[list[str]]:
    """Read a sheet of an Excel file; percentages stand with their sign, merged cells in each place that they cover."""
    try:
        import openpyxl
    except ImportError as error:
        raise ParseError("spreadsheets need openpyxl", where=path.name, hint="pip install 'miner[xlsx]'") from error
    try:
        with _opened(path) as archive:
            _count_cells(archive, path.name)
        book = openpyxl.load_workbook(path, data_only=True)
    except ParseError:
        raise
    except Exception as error:
        raise ParseError(f"this is no spreadsheet: {error}", where=path.name, hint="save it again as XLSX") from error
    _sheet_there(layout.sheet, book.sheetnames, path.name)
    page = book[layout.sheet] if layout.sheet is not None else book.worksheets[0]
    check_size((page.max_row or 0) * (page.max_column or 0), path.name)
    grid = [[clean(_shown(cell)) for cell in row] for row in page.iter_rows()]
    for merged in page.merged_cells.ranges:
        text = grid[merged.min_row - 1][merged.min_col - 1]
        for row in grid[merged.min_row - 1 : merged.max_row]:
            row[merged.min_col - 1 : merged.max_col] = [text] * (merged.max_col - merged.min_col + 1)
    return grid


def _opened(path: Path) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(path)
    if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED:
        raise ParseError("the spreadsheet unpacks to too much", where=path.name, hint="split it")
    return archive


def _count_cells(archive: zipfile.ZipFile, source: str) -> None:
    """Refuse a workbook whose cells, or merged ranges, are too many to be held."""
    for name in archive.namelist():
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
            count = 0
            with archive.open(name) as file:
                for element in _elements(file, ("{*}c", "{*}mergeCell")):
                    count += _area(element.get("ref", "")) if element.tag.endswith("mergeCell") else 1
                    check_size(count, source)


def _elements(file: IO[bytes], tags: Sequence[str]) -> Iterator[Element]:
    """Yield elements as they end, and let go of each."""
    from lxml import etree

    for _, element in etree.iterparse(file, events=("end",), tag=tags, **_PARSER):
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _area(reference: str) -> int:
    from openpyxl.utils import range_boundaries

    left, top, right, bottom = range_boundaries(reference)
    return int((right - left + 1) * (bottom - top + 1)) if None not in (left, top, right, bottom) else 1


def _shown(cell: Any) -> Any:
    """Return a cell's value; with its sign, where the sheet shows a fraction as a percentage."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in (cell.number_format or ""):
        return f"{value * 100:.12g}%"
    return value


def _sheet_there(sheet: str | None, known: Sequence[str], source: str) -> None:
    if sheet is not None and sheet not in known:
        raise ParseError(f"there is no sheet {sheet!r}", where=source, hint=f"its sheets: {', '.join(known)}")


def read_ods(path: Path, layout: Layout) -> list[list[str]]:
    """Read a sheet of an OpenDocument file. Own lines: the libraries lay out whatever a file claims, and end the process where memory ends."""
    from lxml import etree

    names: list[str] = []
    try:
        with _opened(path) as archive, archive.open("content.xml") as file:
            for table in _elements(file, (f"{_TABLE}table",)):
                names.append(table.get(f"{_TABLE}name", ""))
                if layout.sheet in (None, names[-1]):
                    return _ods_grid(table, path.name)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, etree.LxmlError) as error:
        raise ParseError(f"this is no spreadsheet: {error}", where=path.name, hint="save it again as ODS") from error
    _sheet_there(layout.sheet, names, path.name)
    raise ParseError("there is no sheet in it", where=path.name, hint="save it again as ODS")


def _ods_grid(table: Element, source: str) -> list[list[str]]:
    grid: list[list[str]] = []
    spans: list[tuple[int, int, int, int]] = []
    count = 0
    for row in table.iter(f"{_TABLE}table-row"):
        cells: list[str] = []
        for cell in row.iterchildren(*_CELLS):
            text, times = _ods_text(cell), _times(cell, "number-columns-repeated")
            down, across = _times(cell, "number-rows-spanned"), _times(cell, "number-columns-spanned")
            if down * across > 1:
                spans.append((len(grid), len(cells), down, across))
            # Sheets end in a million empty cells, which are nothing.
            if text or cell.getnext() is not None:
                check_size(count + times, source)
                cells += [text] * times
        times = _times(row, "number-rows-repeated")
        if any(cells) or row.getnext() is not None:
            count += max(len(cells), 1) * times
            check_size(count, source)
            grid += [list(cells) for _ in range(times)]
    for top, left, down, across in spans:
        for line in grid[top : top + down]:
            line[left : left + across] = [grid[top][left]] * min(across, max(len(line) - left, 0))
    return grid


def _times(element: Element, name: str) -> int:
    text = element.get(f"{_TABLE}{name}", "1")
    return max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) < 8 else 1


def _ods_text(cell: Element) -> str:
    shown = clean(" ".join("".join(map(str, p.itertext())) for p in cell.iterchildren(f"{_TEXT}p")))
    kind = cell.get(f"{_OFFICE}value-type")
    if kind == "float":  # as it is, not as it is rounded for the eye
        return f"{float(cell.get(f'{_OFFICE}value', 'nan')):.15g}"
    return cell.get(f"{_OFFICE}date-value", shown) if kind == "date" else shown
