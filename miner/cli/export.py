"""``miner export``: records and effects for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from miner.cli import complete
from miner.cli.common import WorkspaceOption, say, statement_of, tell, workspace, workspace_around
from miner.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    form: Annotated[
        str | None,
        typer.Argument(
            metavar="FORMAT",
            autocompletion=complete.exports,
            help="ris, bibtex, csl-json, asreview, metafor, parquet, datapackage, duckdb or what --list lists; by default what -o FILE ends with.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where; for datapackage a folder or a .zip file.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="QUERY",
            autocompletion=complete.queries,
            help="A named query, a SELECT or @FILE of SQL that gives paper_id (metafor: estimate, n).",
        ),
    ] = None,
    where: WorkspaceOption = None,
    metric: Annotated[
        str | None,
        typer.Option("--metric", metavar="NAME", help="metafor: which metric; all, for a file of each. Metrics are never pooled."),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the formats.")] = False,
) -> None:
    """Export from the published snapshot: references, labels for screening, effects for R, or all of it.

    asreview writes a CSV, or RIS if the file ends in .ris; duckdb writes a database that older DuckDBs read. metafor writes a CSV of one metric
    and an R script beside it: of the one asked for, else of accuracies; of a query that gives several metrics it writes a file for each.

    Example: miner export metafor --metric accuracy -o accuracy.csv
    """
    if listed:
        workspace_around(where)
        _list()
        return
    if output is None:
        raise UsageError("the file is missing", where="--output", hint="name it with -o")
    place = workspace(where)
    say(place.export(form or _form(output), output, query=statement_of(source) if source else None, metric=metric))


def _form(output: Path) -> str:
    from miner.library import export_form

    try:
        return str(export_form(output))
    except UsageError as error:
        raise UsageError(error.what, where=error.where, hint="name the format before it; miner export --list lists them") from error


def _list() -> None:
    from miner.parts import formats

    for form in formats().values():
        tell(f"{form.name}: {form.label}")
