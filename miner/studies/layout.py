"""How the cells of a table's file lie, and how large one may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from miner.errors import ParseError

MAX_BYTES = 50_000_000
MAX_UNPACKED = 400_000_000
MAX_CELLS = 1_000_000


@dataclass(frozen=True, slots=True)
class Layout:
    """How the cells of a file lie; see the section ``[table]`` of a mapping. ``table`` counts an HTML page's tables from 0."""

    table: int = 0
    sheet: str | None = None
    skip_rows: int = 0
    header_rows: int = 1
    delimiter: str | None = None
    encoding: str | None = None


def clean(text: Any) -> str:
    """Return a cell's text with its white space normalised."""
    return " ".join(str(text).split()) if text is not None else ""


def check_size(cells: int, source: str) -> None:
    """Refuse a table with more cells than memory should hold."""
    if cells > MAX_CELLS:
        raise ParseError("the table is too large", where=source, hint=f"at most {MAX_CELLS:,} cells: split it")
