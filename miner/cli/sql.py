"""``miner sql`` and ``miner query``: read the published snapshot."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from miner.cli.common import WorkspaceOption, deliver, workspace, workspace_around
from miner.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

FormatOption = Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help="table, csv, json, jsonl, md or parquet.")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of standard output.")]
TimeoutOption = Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds after which a query is stopped.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("sql")(sql)
    app.command("query")(query)


def sql(
    statement: Annotated[str, typer.Argument(metavar="SQL", help="One statement that reads; - for standard input.")],
    form: FormatOption = "table",
    output: OutputOption = None,
    timeout: TimeoutOption = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="The same as -f json.")] = False,
    where: WorkspaceOption = None,
) -> None:
    """Run one SELECT on the published snapshot, read-only.

    Example: miner sql "select metric, count(*) from v_performance group by all"
    """
    text = sys.stdin.read() if statement == "-" else statement
    _emit(workspace(where).select(text, timeout=timeout), "json" if as_json else form, output)


def query(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A named query; none lists them.")] = None,
    values: Annotated[list[str] | None, typer.Argument(metavar="VALUE…", help="Its parameters, in their order.")] = None,
    parameter: Annotated[list[str] | None, typer.Option("--param", "-p", metavar="KEY=VALUE", help="A parameter; may be repeated.")] = None,
    form: FormatOption = "table",
    output: OutputOption = None,
    timeout: TimeoutOption = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="The same as -f json.")] = False,
    where: WorkspaceOption = None,
) -> None:
    """Run a query that ships with miner or stands in the workspace's queries/, or list them.

    Example: miner query high-claims-on-small-samples --param max_n=50 -f csv; miner query comparable EFFECT_ID
    """
    workspace_around(where)  # whose own queries are known from here on
    if name is None:
        _list("json" if as_json else form, output)
        return
    given: dict[str, str] = {}
    if values:
        given.update(zip(_parameters(name, len(values)), values, strict=False))
    for item in parameter or []:
        key, equals, value = item.partition("=")
        if not equals:
            raise UsageError(f"a parameter is KEY=VALUE, not {item!r}", hint="for example --param max_n=50")
        given[key] = value
    _emit(workspace(where).select_named(name, given, timeout=timeout), "json" if as_json else form, output)


def _list(form: str, output: Path | None) -> None:
    """List the queries: whole, name by name, where people read it."""
    import pyarrow as pa

    from miner.parts import named_queries

    queries = named_queries().values()
    rows = [{"name": q.name, "parameters": ", ".join(f"{k}={v}" for k, v in q.parameters.items()), "answers": q.summary} for q in queries]
    if form != "table":
        _emit(pa.Table.from_pylist(rows), form, output)
        return
    lines = [f"{r['name']}{r['parameters'] and '  (' + r['parameters'] + ')'}\n    {r['answers']}" for r in rows]
    deliver(("\n".join(lines) + "\n").encode(), output, f"{len(rows)} queries")


def _parameters(name: str, given: int) -> list[str]:
    from miner.parts import named_queries

    known = named_queries()
    names = list(known[name].parameters) if name in known else []
    if name in known and given > len(names):
        raise UsageError(f"query {name} has {len(names)} parameters, not {given}", hint=f"they are: {', '.join(names) or 'none'}")
    return names


def _emit(table: pa.Table, form: str, output: Path | None) -> None:
    from miner.library import render_rows

    if form == "parquet" and output is None and sys.stdout.isatty():
        raise UsageError("Parquet is binary", hint="name a file with -o FILE")
    deliver(render_rows(table, form), output, f"{table.num_rows} rows")
