"""Values as they stand in JSON and in the cells of a table that a spreadsheet may open."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def plain(value: Any) -> Any:
    """Return a value of a row as JSON has it: dates as ISO text, decimals as numbers, NaN and infinities as null."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


def is_formula(value: Any) -> bool:
    """Return whether a spreadsheet would run a value as a formula: a text that begins with ``= + - @``, and is no number.

    Examples
    --------
    >>> [is_formula(v) for v in ("=1+1", "-x", "-5", "+1e3", -5)]
    [True, True, False, False, False]
    """
    return isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.fullmatch(value)


def safe_cell(value: Any, *, guard: bool = True) -> Any:
    """Return what stands in a CSV cell; with ``guard``, a text that a spreadsheet would run as a formula is neutralised."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    if guard and is_formula(value):
        return "'" + value
    return value


def formulas_told(number: int) -> str:
    """Return a sentence on how many cells got an apostrophe; nothing where none did."""
    noun = "text" if number == 1 else "texts"  # miner.say stands above this module
    return f"{number:,} {noun} that a spreadsheet would run as a formula got an apostrophe in front" if number else ""


def guarded(told: str, *tables: str | bytes, delimiter: str = ",") -> str:
    r"""Return what is told of finished CSV files, and how many of their cells got an apostrophe, where one did.

    Examples
    --------
    >>> guarded("3 rows", to_csv(["a"], [["=1+1"], ["-5"], ["it's"]]))
    '3 rows; 1 text that a spreadsheet would run as a formula got an apostrophe in front'
    >>> guarded("1 row", b"a\n1\n")
    '1 row'
    """
    csv.field_size_limit(1 << 30)  # a cell may hold a full text
    texts = (t.decode() if isinstance(t, bytes) else t for t in tables)
    cells = (c for text in texts for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for c in row)
    number = sum(c.startswith("'") and is_formula(c[1:]) for c in cells)
    return "; ".join(filter(None, (told, formulas_told(number))))


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]], delimiter: str = ",", *, guard: bool = True) -> bytes:
    r"""Return a table as CSV, or with tabs as TSV; with ``guard`` it is safe to open in a spreadsheet.

    Examples
    --------
    >>> to_csv(["n", "title"], [[1, "=1+1"]])
    b"n,title\n1,'=1+1\n"
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", delimiter=delimiter)
    writer.writerow([safe_cell(c, guard=guard) for c in columns])
    writer.writerows([safe_cell(plain(v), guard=guard) for v in row] for row in rows)
    return out.getvalue().encode()
