"""Values as they stand in JSON and in the cells of a table that a spreadsheet may open."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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


def safe_cell(value: Any) -> Any:
    """Return what stands in a CSV cell: a text that a spreadsheet would run as a formula is neutralised."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]], delimiter: str = ",") -> bytes:
    r"""Return a table as CSV, or with tabs as TSV, that is safe to open in a spreadsheet.

    Examples
    --------
    >>> to_csv(["n", "title"], [[1, "=1+1"]])
    b"n,title\n1,'=1+1\n"
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", delimiter=delimiter)
    writer.writerow([safe_cell(c) for c in columns])
    writer.writerows([safe_cell(plain(v)) for v in row] for row in rows)
    return out.getvalue().encode()
