"""Rows of a query as a table, CSV, TSV, JSON, JSON lines, Markdown, Parquet or a spreadsheet."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from miner.cells import plain, to_csv
from miner.digits import STORED, significant
from miner.errors import UsageError
from miner.export.grid import grid
from miner.export.sheet import to_xlsx
from miner.settings import suggest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

Format = Literal["table", "csv", "tsv", "json", "jsonl", "md", "parquet", "xlsx"]
FORMATS: tuple[str, ...] = get_args(Format)
SUFFIXES: dict[str, str] = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".nl": "jsonl",
    ".md": "md", ".markdown": "md", ".parquet": "parquet", ".pq": "parquet", ".xlsx": "xlsx", ".txt": "table",
}  # fmt: skip
"""What a file's name says of its format."""


def form_of(path: str | Path, suffixes: Mapping[str, str] = SUFFIXES) -> str:
    """Return the format that a file's name asks for.

    Parameters
    ----------
    path : path
        The file.
    suffixes : mapping
        Format by suffix.

    Raises
    ------
    UsageError
        If its suffix is none of them.

    Examples
    --------
    >>> form_of("found.CSV"), form_of("found.xlsx")
    ('csv', 'xlsx')
    """
    suffix = Path(path).suffix.lower()
    if suffix not in suffixes:
        known = suggest(suffix, suffixes, all_too=True)
        raise UsageError("its name does not say which format it shall have", where=str(path), hint=f"name the format with -f; {known}")
    return suffixes[suffix]


def render_rows(table: pa.Table, form: str, *, width: int | None = None, guard: bool = True) -> bytes:
    """Return the rows of ``table`` in one of ``FORMATS``.

    In CSV and TSV, a text cell that a spreadsheet would take for a formula (it begins with ``= + - @`` and is no number) gets an apostrophe in
    front, unless ``guard`` is false; in a spreadsheet it is a text as it is. Numbers stay numbers. Floating-point numbers are rounded to the digits that data have
    (:func:`miner.digits.significant`).

    Parameters
    ----------
    table : pyarrow.Table
        The rows.
    form : str
        One of ``FORMATS``.
    width : int, optional
        Of the form ``table``: no line is longer, and the last says so where something was cut. Nothing is ever cut without it.
    guard : bool
        Of CSV and TSV: whether texts that a spreadsheet would run get the apostrophe.

    Raises
    ------
    UsageError
        If there is no such format, or a spreadsheet cannot hold the rows.

    Examples
    --------
    >>> import pyarrow as pa
    >>> render_rows(pa.table({"n": [1], "title": ["=1+1"]}), "csv").decode().splitlines()
    ['n,title', "1,'=1+1"]
    """
    if form == "parquet":
        return _parquet(table)
    columns, rows = table.column_names, [significant(list(r.values()), STORED) for r in _unique_names(table).to_pylist()]
    if form in {"csv", "tsv"}:
        return to_csv(columns, rows, "\t" if form == "tsv" else ",", guard=guard)
    if form == "json":
        return (json.dumps(_objects(columns, rows), ensure_ascii=False, indent=1) + "\n").encode()
    if form == "jsonl":
        return "".join(json.dumps(o, ensure_ascii=False) + "\n" for o in _objects(columns, rows)).encode()
    if form == "md":
        return _markdown(columns, rows)
    if form == "table":
        return grid(columns, rows, _show, width).encode()
    if form == "xlsx":
        return to_xlsx(columns, [[plain(v) for v in row] for row in rows])
    raise UsageError(f"there is no format {form!r}", hint=suggest(form, FORMATS, all_too=True))


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
