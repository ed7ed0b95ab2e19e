"""``miner meta``: meta-analysis of a CSV file or of a query on the snapshot."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from miner.cli import complete
from miner.cli.common import WorkspaceOption, counted, deliver, say, statement_of, tell, workspace, workspace_around, write_json
from miner.digits import significant
from miner.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from miner.parts import Analysis

FORMATS = ("table", "text", "csv", "tsv", "json", "jsonl", "md", "parquet", "xlsx")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Meta-analysis.\n\nExample: miner meta analyse --from studies.csv", no_args_is_help=True)
    group.command("analyse")(analyse)
    app.add_typer(group, name="meta")


def analyse(
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="QUERY_OR_CSV",
            autocompletion=complete.queries,
            help="A CSV file (- for standard input), a SELECT, @FILE of SQL, or the name of a query.",
        ),
    ],
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="table, text (sentences for a paper), csv, tsv, json, jsonl, md, parquet or xlsx; by default what -o FILE ends with, else table.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of standard output.")
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option("--metric", metavar="NAME", help="Which metric, where a column metric names several; they are never pooled."),
    ] = None,
    egger: Annotated[
        bool, typer.Option("--egger", help="Add Egger's test on the standard error, which misleads for accuracies: see its warning.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as -f json.")] = False,
    where: WorkspaceOption = None,
) -> None:
    """Pool, test for trends and publication bias: columns yi, vi, or estimate, n (optional: year, cluster or study_id, pool or task, metric).

    Example: miner meta analyse --from "select * from v_effect_main" --metric accuracy --json
    """
    from miner.library import form_of, suggest
    from miner.meta import analyse_table

    form = "json" if as_json else form or (form_of(output) if output else "table")
    if form not in FORMATS:
        raise UsageError(f"there is no format {form!r}", hint=suggest(form, FORMATS, all_too=True))
    if form in {"parquet", "xlsx"} and output is None and sys.stdout.isatty():
        raise UsageError(f"{form} is binary", hint="name a file with -o FILE")
    workspace_around(where)
    analysis = analyse_table(_table(source, where), metric=metric, egger=egger)
    _emit(analysis, form, output)


def _table(source: str, where: Path | None) -> pd.DataFrame:
    """Read the file, or run the query, that ``--from`` names."""
    source = statement_of(source) if source.startswith("@") else source
    if re.match(r"\s*(select|with|from)\b", source, re.IGNORECASE):
        return workspace(where).sql(source)
    path = Path(source)
    if source == "-" or path.is_file() or path.suffix.lower() in {".csv", ".tsv"}:
        return _csv(source)
    from miner.library import suggest
    from miner.parts import named_queries

    if source not in named_queries():
        near = suggest(source, named_queries())
        raise UsageError(f"{source!r} is no file, no SELECT and no named query", hint=f"{near}; miner query lists the names")
    return workspace(where).query(source)


def _csv(source: str) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_csv(
            sys.stdin.buffer if source == "-" else source, sep="\t" if source.endswith(".tsv") else ",", encoding="utf-8-sig"
        )
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=source, hint="check the path") from error
    except (ValueError, pd.errors.ParserError) as error:  # EmptyDataError and UnicodeDecodeError are ValueErrors
        raise UsageError(f"is not a CSV file: {error}", where=source, hint="a header and one row a study, in UTF-8") from error


def _emit(analysis: Analysis, form: str, output: Path | None) -> None:
    if form in {"json", "table", "text"} and output is None:
        if form == "json":
            write_json(significant(analysis.to_dict()))
        else:
            tell(str(analysis) if form == "table" else _text(analysis))
        return
    data = _bytes(analysis, form)
    deliver(data, output, counted(len(analysis.rows), "analysis", "analyses"))
    if output is not None and form in {"csv", "tsv"}:
        from miner.library import guarded

        told = guarded("", data, delimiter="," if form == "csv" else "\t")
        if told:
            say(told)


def _bytes(analysis: Analysis, form: str) -> bytes:
    import json

    if form in {"table", "text"}:
        return ((str(analysis) if form == "table" else _text(analysis)) + "\n").encode()
    if form == "json":
        return (json.dumps(significant(analysis.to_dict()), ensure_ascii=False, indent=2) + "\n").encode()
    import pyarrow as pa

    from miner.library import render_rows

    rows = [
        {
            "analysis": r.name,
            "id": r.id,
            "k": r.k,
            "estimate": r.estimate,
            "interval": r.interval,
            "p": r.p,
            "words": r.words,
            "warnings": " ".join(r.warnings),
        }
        for r in analysis.rows
    ]
    return render_rows(pa.Table.from_pylist(rows), form)


def _text(analysis: Analysis) -> str:
    from miner.meta import report_text

    return str(report_text(analysis))
