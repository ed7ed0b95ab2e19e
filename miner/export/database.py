"""The snapshot as a DuckDB database that older DuckDBs read."""

from __future__ import annotations

from miner.export.format import Export, ExportFormat
from miner.store.snapshot import copy_for_older, file_of


def _write(asked: Export) -> str:
    copy_for_older(file_of(asked.con), asked.output)
    return f"written to {asked.output}"


FORMAT = ExportFormat("duckdb", "the whole snapshot as a database for DuckDB from 1.0 on", _write, queries=False, suffixes=(".duckdb",))
