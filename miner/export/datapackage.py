"""The views of a snapshot as a Frictionless data package: CSV files, their schemas from the data dictionary, a checksum for each."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.cells import guarded
from miner.errors import ExportError
from miner.export.format import Export, ExportFormat
from miner.export.rows import render_rows
from miner.say import counted
from miner.store.catalogue import described, whole_view

if TYPE_CHECKING:
    import duckdb

VIEWS = ("v_paper", "v_study", "v_sample_size", "v_performance", "v_label", "v_effect_all", "v_decision", "v_screening", "v_prisma")
_TYPES = {
    "BOOLEAN": "boolean",
    "TINYINT": "integer",
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "HUGEINT": "integer",
    "FLOAT": "number",
    "DOUBLE": "number",
    "DATE": "date",
}
_KEYS = {"v_paper": "paper_id", "v_study": "paper_id", "v_sample_size": "extraction_id", "v_performance": "extraction_id", "v_label": "extraction_id", "v_effect_all": "effect_id", "v_decision": "decision_id", "v_screening": "paper_id"}  # fmt: skip
# Zip files carry times; a fixed one makes the same package the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_datapackage(con: duckdb.DuckDBPyConnection, target: Path) -> dict[str, Any]:
    """Write the package to a folder, or to one file if ``target`` ends in ``.zip``; return its descriptor (Data Package 2.0).

    Raises
    ------
    ExportError
        If it cannot be written, or the folder holds something already.
    """
    package, files = package_files(con)
    _write(target, files)
    return package


def package_files(con: duckdb.DuckDBPyConnection) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the descriptor of the package, and its files by their names."""
    files: dict[str, bytes] = {}
    resources = []
    for view in VIEWS:
        data = render_rows(whole_view(con, view), "csv")
        files[f"data/{view}.csv"] = data
        resources.append(_resource(con, view, data))
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "miner-snapshot",
        "title": "Reported sample sizes and performances, with their evidence",
        "resources": resources,
    }
    files["datapackage.json"] = (json.dumps(package, ensure_ascii=False, indent=1) + "\n").encode()
    return package, files


def _resource(con: duckdb.DuckDBPyConnection, view: str, data: bytes) -> dict[str, Any]:
    words, columns = described(con, view)
    # A list stands in its cell as JSON.
    fields = [
        {"name": name, "type": "array" if kind.endswith("[]") else _TYPES.get(kind, "string"), "description": said or ""}
        for name, kind, said in columns
    ]
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if view in _KEYS:
        schema["primaryKey"] = [_KEYS[view]]
    return {
        "name": view,
        "type": "table",
        "path": f"data/{view}.csv",
        "description": words,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "schema": schema,
    }


def _write(target: Path, files: dict[str, bytes]) -> None:
    try:
        if target.suffix == ".zip":
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, data in files.items():
                    archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
            return
        if target.exists() and (not target.is_dir() or any(p.name not in {"data", "datapackage.json"} for p in target.iterdir())):
            raise ExportError(
                "there is something else already", where=str(target), hint="name an empty folder, or a file that ends in .zip"
            )
        for name, data in files.items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(data)
    except OSError as error:
        raise ExportError(f"cannot be written: {error.strerror or error}", where=str(target), hint="name another place with -o") from error


def _export(asked: Export) -> str:
    package, files = package_files(asked.con)
    _write(asked.output, files)
    told = f"{counted(len(package['resources']), 'table')} written to {asked.output}"
    return guarded(told, *(data for name, data in files.items() if name.endswith(".csv")))


FORMAT = ExportFormat(
    "datapackage", "all views as CSV with their schemas, in a folder or a .zip file", _export, queries=False, suffixes=(".zip",)
)
