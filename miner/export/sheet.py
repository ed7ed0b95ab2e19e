"""Rows as a spreadsheet (Office Open XML) in which every text is a text, and nothing a formula."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from miner.errors import ExportError, UsageError

MOST_ROWS, MOST_LETTERS = 1_048_575, 32_767  # what a sheet, beside its head, and a cell hold (ECMA-376)
_EXACT = 10**15  # spreadsheets keep fifteen digits of a number


def to_xlsx(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a spreadsheet of one sheet, its first row the names of the columns.

    Texts that begin as a formula does stay texts; whole numbers of more than fifteen digits become texts, since a spreadsheet would round them.

    Raises
    ------
    UsageError
        If there are more rows than a sheet holds, or a text is longer than a cell: nothing is cut.
    ExportError
        If openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook
    except ImportError as error:
        raise ExportError("spreadsheets need openpyxl", hint="pip install 'miner[xlsx]'") from error
    if len(rows) > MOST_ROWS:
        raise UsageError(f"{len(rows):,} rows are more than a spreadsheet holds ({MOST_ROWS:,})", hint="write csv or parquet")
    kept = [[_kept(v, c) for v, c in zip(row, columns, strict=True)] for row in (columns, *rows)]
    book = Workbook(write_only=True)
    sheet = book.create_sheet("rows")
    for row in kept:
        sheet.append(_cells(sheet, row))
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def _cells(sheet: Any, row: Iterable[Any]) -> list[Any]:
    from openpyxl.cell import WriteOnlyCell

    cells = []
    for value in row:
        cell = WriteOnlyCell(sheet, value=value)
        if isinstance(value, str):
            cell.data_type = "s"  # openpyxl takes what begins with = for a formula
        cells.append(cell)
    return cells


def _kept(value: Any, column: str) -> Any:
    """Return a value as a cell keeps it without loss."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT:
        return str(value)
    if not isinstance(value, str):
        return value
    if len(value) > MOST_LETTERS:
        raise UsageError(
            f"a text in column {column} has {len(value):,} letters; a spreadsheet's cell holds {MOST_LETTERS:,}",
            hint="write csv or parquet, or leave the column out",
        )
    return ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
