"""Rows of a query as a table, CSV, JSON, JSON lines, Markdown or Parquet."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, get_args

from miner.cells import plain, to_csv
from miner.digits import STORED, significant
from miner.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

Format = Literal["table", "csv", "json", "jsonl", "md", "parquet"]
FORMATS: tuple[str, ...] = get_args(Format)
_CELL_WIDTH = 60


def render_rows(table: pa.Table, form: str) -> bytes:
    """Return the rows of ``table`` in one of ``FORMATS``.

    In CSV, a text cell that a spreadsheet would take for a formula (it begins with ``= + - @``) gets an apostrophe in front;
    numbers stay numbers. Floating-point numbers are rounded to the digits that data have (:func:`miner.digits.significant`).

    Raises
    ------
    UsageError
        If there is no such format.

    Examples
    --------
    >>> import pyarrow as pa
    >>> render_rows(pa.table({"n": [1], "title": ["=1+1"]}), "csv").decode().splitlines()
    ['n,title', "1,'=1+1"]
    """
    if form == "parquet":
        return _parquet(table)
    columns, rows = table.column_names, [significant(list(r.values()), STORED) for r in _unique_names(table).to_pylist()]
    if form == "csv":
        return to_csv(columns, rows)
    if form == "json":
        return (json.dumps(_objects(columns, rows), ensure_ascii=False, indent=1) + "\n").encode()
    if form == "jsonl":
        return "".join(json.dumps(o, ensure_ascii=False) + "\n" for o in _objects(columns, rows)).encode()
    if form == "md":
        return _markdown(columns, rows)
    if form == "table":
        return _text(columns, rows)
    raise UsageError(f"there is no format {form!r}", hint=f"there are: {', '.join(FORMATS)}")


def _unique_names(table: pa.Table) -> pa.Table:
    # SELECT 1, 1 gives two columns of one name, which a dictionary would merge.
    return table.rename_columns([f"{i}:{name}" for i, name in enumerate(table.column_names)])


def _objects(columns: list[str], rows: list[list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, map(plain, row), strict=True)) for row in rows]


def _parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(_rounded(table), sink)
    return sink.getvalue()


def _rounded(table: pa.Table) -> pa.Table:
    """Round the columns of floating-point numbers."""
    import pyarrow as pa

    for i, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            rounded = significant(table.column(i).to_pylist(), STORED)
            table = table.set_column(i, field, pa.array(rounded, field.type))
    return table


def _show(value: Any) -> str:
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{significant(value, STORED):.6g}"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return " ".join(str(value).split())


def _markdown(columns: list[str], rows: list[list[Any]]) -> bytes:
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(_show(v).replace("|", "\\|") for v in row) + " |" for row in rows]
    return ("\n".join(lines) + "\n").encode()


def _text(columns: list[str], rows: list[list[Any]]) -> bytes:
    cells = [[_cut(_show(v)) for v in row] for row in rows]
    widths = [max([len(c), *(len(row[i]) for row in cells)]) for i, c in enumerate(columns)]
    numeric = [bool(rows) and all(v is None or isinstance(v, int | float | Decimal) for v in column) for column in zip(*rows, strict=True)]
    numeric = numeric or [False] * len(columns)
    lines = ["  ".join(c.ljust(w) for c, w in zip(columns, widths, strict=True)), "  ".join("─" * w for w in widths)]
    lines += ["  ".join(v.rjust(w) if right else v.ljust(w) for v, w, right in zip(row, widths, numeric, strict=True)) for row in cells]
    lines.append(f"({len(rows)} row{'' if len(rows) == 1 else 's'})")
    return ("\n".join(line.rstrip() for line in lines) + "\n").encode()


def _cut(text: str) -> str:
    return text if len(text) <= _CELL_WIDTH else text[: _CELL_WIDTH - 1] + "…"
