"""Rows of a query, by default the effects, as Parquet."""

from __future__ import annotations

from miner.export.format import Export, ExportFormat
from miner.export.records import rows_of
from miner.export.rows import render_rows
from miner.say import counted
from miner.store.effects import ALL_EFFECTS


def _write(asked: Export) -> str:
    table = rows_of(asked.con, asked.query, ALL_EFFECTS)
    asked.output.write_bytes(render_rows(table, "parquet"))
    return f"{counted(table.num_rows, 'row')} written to {asked.output}"


FORMAT = ExportFormat("parquet", "the rows of a query, by default all effects", _write, suffixes=(".parquet", ".pq"))
