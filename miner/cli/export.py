"""``miner export``: records and effects for other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from miner.cli.common import WorkspaceOption, say, workspace
from miner.errors import ExportError, UsageError
from miner.text.say import counted

if TYPE_CHECKING:
    import duckdb

    from miner.export.metafor import MetaforData


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    form: Annotated[
        str, typer.Argument(metavar="FORMAT", help="ris, bibtex, csl-json, asreview, metafor, parquet, datapackage or duckdb.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where; for datapackage a folder or a .zip file.")],
    source: Annotated[
        str | None, typer.Option("--from", metavar="QUERY", help="A named query or a SELECT that gives paper_id (metafor: estimate, n).")
    ] = None,
    where: WorkspaceOption = None,
    metric: Annotated[
        str | None,
        typer.Option("--metric", metavar="NAME", help="metafor: which metric; all, for a file of each. Metrics are never pooled."),
    ] = None,
) -> None:
    """Export from the published snapshot: references, labels for screening, effects for R, or all of it.

    asreview writes a CSV, or RIS if the file ends in .ris; duckdb writes a database that older DuckDBs read. metafor writes a CSV of one metric
    and an R script beside it: of the one asked for, else of accuracies; of a query that gives several metrics it writes a file for each.

    Example: miner export metafor --metric accuracy -o accuracy.csv
    """
    from miner.store.connect import open_reader

    place = workspace(where)
    if form not in {*_FORMATS, "metafor"}:
        raise UsageError(f"there is no format {form!r}", hint=f"there are: {', '.join([*_FORMATS, 'metafor'])}")
    if metric is not None and form != "metafor":
        raise UsageError("--metric is for the format metafor", hint="leave it out, or choose rows with --from")
    try:
        with open_reader(place.settings.current) as con:
            say(_metafor(con, source, output, metric) if form == "metafor" else _FORMATS[form](con, source, output))
    except OSError as error:
        raise ExportError(f"cannot be written: {error.strerror or error}", where=str(output), hint="name another file with -o") from error


def _references(con: duckdb.DuckDBPyConnection, source: str | None, output: Path, form: str) -> str:
    from miner.export.bibliography import to_bibtex, to_csl_json, to_ris
    from miner.export.records import read_references
    from miner.export.screening import to_asreview_csv

    references = read_references(con, source)
    if form == "asreview":
        text = to_ris(references, labels=True) if output.suffix.lower() == ".ris" else to_asreview_csv(references)
    else:
        text = {"ris": to_ris, "bibtex": to_bibtex, "csl-json": to_csl_json}[form](references)
    output.write_text(text, encoding="utf-8")
    return f"{len(references)} records written to {output}"


def _metafor(con: duckdb.DuckDBPyConnection, source: str | None, output: Path, metric: str | None) -> str:
    from miner.export.metafor import EFFECTS, by_metric, to_metafor
    from miner.export.records import rows_of

    table = rows_of(con, source, EFFECTS)
    asked = None if metric == "all" else metric
    parts = by_metric(table, asked, "accuracy" if source is None and metric is None else None)
    said = [_write_metafor(to_metafor(rows, name), output if len(parts) == 1 else _beside(output, name)) for name, rows in parts.items()]
    others = table.num_rows - sum(map(len, parts.values()))
    more = (
        f"\n{others} effects of other metrics are not in it: ask for one with --metric, or for a file of each with --metric all"
        if others
        else ""
    )
    return "\n".join(said) + more


def _beside(output: Path, metric: str) -> Path:
    return output.with_name(f"{output.stem}-{metric}{output.suffix}")


def _write_metafor(data: MetaforData, output: Path) -> str:
    from miner.export.metafor import r_script

    output.write_text(data.csv, encoding="utf-8")
    script = output.with_suffix(".R")
    script.write_text(r_script(output.name), encoding="utf-8")
    left = "".join(f"; {count} left out: {why}" for why, count in data.left_out.items())
    return f"{counted(data.rows, 'effect')} ({data.metric}) written to {output}, the script to {script}{left}"


def _parquet(con: duckdb.DuckDBPyConnection, source: str | None, output: Path) -> str:
    from miner.export.records import rows_of
    from miner.export.rows import render_rows

    table = rows_of(con, source, "SELECT * FROM v_effect ORDER BY effect_id")
    output.write_bytes(render_rows(table, "parquet"))
    return f"{table.num_rows} rows written to {output}"


def _datapackage(con: duckdb.DuckDBPyConnection, source: str | None, output: Path) -> str:
    from miner.export.datapackage import write_datapackage

    if source is not None:
        raise UsageError("a data package holds all views", hint="leave --from out, or use miner sql -f csv")
    package = write_datapackage(con, output)
    return f"{len(package['resources'])} tables written to {output}"


def _duckdb(con: duckdb.DuckDBPyConnection, source: str | None, output: Path) -> str:
    from miner.store.snapshot import copy_for_older

    if source is not None:
        raise UsageError("a database holds all of the snapshot", hint="leave --from out")
    path = con.execute("SELECT path FROM duckdb_databases() WHERE NOT internal").fetchall()[0][0]
    copy_for_older(Path(path), output)
    return f"written to {output}"


def _reference_format(form: str) -> Callable[[duckdb.DuckDBPyConnection, str | None, Path], str]:
    return lambda con, source, output: _references(con, source, output, form)


_FORMATS: dict[str, Callable[[duckdb.DuckDBPyConnection, str | None, Path], str]] = {
    **{form: _reference_format(form) for form in ("ris", "bibtex", "csl-json", "asreview")},
    "parquet": _parquet,
    "datapackage": _datapackage,
    "duckdb": _duckdb,
}
