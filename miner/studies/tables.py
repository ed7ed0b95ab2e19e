"""What is done to a whole table before its rows are read: a second one joined, headings found, empty cells filled from above."""

from __future__ import annotations

import re

from miner.errors import ParseError
from miner.studies.clean import is_missing
from miner.studies.mapping import Join
from miner.studies.read import Table


def with_columns(table: Table, other: Table, join: Join) -> Table:
    """Add the columns of a second table, whose rows are found by a column that both have."""
    for each in (table, other):
        if join.on not in each.columns:
            raise ParseError(
                f"there is no column {join.on!r} to join on", where=each.source, hint=f"its columns: {', '.join(each.columns)}"
            )
    key, theirs = table.columns.index(join.on), other.columns.index(join.on)
    rows: dict[str, tuple[str, ...]] = {}
    for row in other.rows:
        if rows.setdefault(row[theirs].casefold(), row) is not row:
            raise ParseError(f"{row[theirs]!r} stands twice in the column {join.on!r}", where=other.source, hint="each may stand once")
    added = [i for i in range(len(other.columns)) if i != theirs]
    names = tuple(f"{other.columns[i]} (2)" if other.columns[i] in table.columns else other.columns[i] for i in added)
    found = [rows.get(row[key].casefold()) for row in table.rows]
    more = [tuple(match[i] if match else "" for i in added) for match in found]
    return Table(table.columns + names, tuple(row + m for row, m in zip(table.rows, more, strict=True)), table.source)


def is_heading(record: dict[str, str]) -> bool:
    """Tell whether a row only says what the rows below are: one text over all columns, or alone in the first; or the head once more."""
    cells = list(record.values())
    if len(cells) < 3:
        return False
    alone = bool(cells[0]) and not any(cells[1:])
    over = len(set(cells)) == 1 and bool(re.search(r"[^\W\d]", cells[0])) and not is_missing(cells[0])
    return alone or over or all(cell.casefold() == name.casefold() for name, cell in record.items())


def fill_down(records: list[dict[str, str]], headings: list[bool], columns: tuple[str, ...]) -> None:
    """Put into empty cells what stands above them, as where a sheet tells a study once and its results in several rows."""
    last: dict[str, str] = {}
    for record, heading in zip(records, headings, strict=True):
        for column in () if heading else columns:
            record[column] = last[column] = record[column] or last.get(column, "")
