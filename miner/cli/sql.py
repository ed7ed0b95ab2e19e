"""``miner sql`` and ``miner query``: read the published snapshot."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from miner.cli import complete
from miner.cli.common import WorkspaceOption, counted, deliver, say, statement_of, tell, terminal_width, workspace, workspace_around
from miner.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        autocompletion=complete.rows,
        help="table, csv, tsv, json, jsonl, md, parquet or xlsx; by default what -o FILE ends with, else a table that fits the terminal, and CSV where"
        " standard output is none.",
    ),
]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of standard output.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="The same as -f csv.")]
AsTsv = Annotated[bool, typer.Option("--tsv", help="The same as -f tsv.")]
AsJson = Annotated[bool, typer.Option("--json", help="The same as -f json.")]
AsLines = Annotated[bool, typer.Option("--nl", help="The same as -f jsonl: one object a line.")]
UnguardedOption = Annotated[
    bool,
    typer.Option(
        "--unguarded",
        help="In a file of CSV or TSV, leave texts that a spreadsheet would run as a formula (= + - @) without the apostrophe; a pipe never has it.",
    ),
]
TimeoutOption = Annotated[float, typer.Option("--timeout", metavar="N", min=0.1, help="Seconds after which a query is stopped.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("sql")(sql)
    app.command("query")(query)


def sql(
    statement: Annotated[
        str, typer.Argument(metavar="SQL", help="One statement that reads; @FILE reads it from a file, - from standard input.")
    ],
    form: FormatOption = None,
    output: OutputOption = None,
    timeout: TimeoutOption = 60.0,
    as_csv: AsCsv = False,
    as_tsv: AsTsv = False,
    as_json: AsJson = False,
    as_lines: AsLines = False,
    unguarded: UnguardedOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Run one SELECT on the published snapshot, read-only.

    A table on a terminal fits its width, and says when something was cut; what is written to a file or a pipe is whole.

    Example: miner sql "select metric, count(*) from v_performance group by all" -o counts.xlsx
    """
    chosen = form_asked(form, output, csv=as_csv, tsv=as_tsv, json=as_json, jsonl=as_lines)
    emit_rows(workspace(where).select(statement_of(statement), timeout=timeout), chosen, output, guard=not unguarded)


def query(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", autocompletion=complete.queries, help="A named query; none lists them.")
    ] = None,
    values: Annotated[list[str] | None, typer.Argument(metavar="VALUE…", help="Its parameters, in their order.")] = None,
    parameter: Annotated[list[str] | None, typer.Option("--param", "-p", metavar="KEY=VALUE", help="A parameter; may be repeated.")] = None,
    form: FormatOption = None,
    output: OutputOption = None,
    timeout: TimeoutOption = 60.0,
    as_csv: AsCsv = False,
    as_tsv: AsTsv = False,
    as_json: AsJson = False,
    as_lines: AsLines = False,
    unguarded: UnguardedOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Run a query that ships with miner or stands in the workspace's queries/, or list them.

    Example: miner query high-claims-on-small-samples --param max_n=50 -f csv; miner query comparable EFFECT_ID
    """
    chosen = form_asked(form, output, csv=as_csv, tsv=as_tsv, json=as_json, jsonl=as_lines)
    workspace_around(where)  # whose own queries are known from here on
    if name is None:
        _list(chosen, output)
        return
    given: dict[str, str] = {}
    if values:
        given.update(zip(_parameters(name, len(values)), values, strict=False))
    for item in parameter or []:
        key, equals, value = item.partition("=")
        if not equals:
            raise UsageError(f"a parameter is KEY=VALUE, not {item!r}", hint="for example --param max_n=50")
        given[key] = value
    emit_rows(workspace(where).select_named(name, given, timeout=timeout), chosen, output, guard=not unguarded)


def form_asked(form: str | None, output: Path | None, **flags: bool) -> str | None:
    """Return the format that the options or the file's name ask for; None where nothing does."""
    from miner.library import form_of

    asked = [*([form] if form else []), *(name for name, given in flags.items() if given)]
    if len(set(asked)) > 1:
        raise UsageError(f"{' and '.join(asked)} are two formats", where="--format", hint="name one")
    return asked[0] if asked else form_of(output) if output is not None else None


def _list(form: str | None, output: Path | None) -> None:
    """List the queries: whole, name by name, where people read it."""
    import pyarrow as pa

    from miner.parts import named_queries

    queries = named_queries().values()
    rows = [{"name": q.name, "parameters": ", ".join(f"{k}={v}" for k, v in q.parameters.items()), "answers": q.summary} for q in queries]
    if form not in {None, "table"}:
        emit_rows(pa.Table.from_pylist(rows), form, output)
        return
    lines = [f"{r['name']}{r['parameters'] and '  (' + r['parameters'] + ')'}\n    {r['answers']}" for r in rows]
    if output is None:
        tell("\n".join(lines))
        return
    deliver(("\n".join(lines) + "\n").encode(), output, counted(len(rows), "query", "queries"))


def _parameters(name: str, given: int) -> list[str]:
    from miner.parts import named_queries

    known = named_queries()
    names = list(known[name].parameters) if name in known else []
    if name in known and given > len(names):
        raise UsageError(
            f"query {name} has {counted(len(names), 'parameter')}, not {given}", hint=f"they are: {', '.join(names) or 'none'}"
        )
    return names


def emit_rows(table: pa.Table, form: str | None, output: Path | None, *, guard: bool = True) -> None:
    """Write rows in the format that was asked for: else as a table that fits the terminal, and as CSV where there is none."""
    from miner.library import formulas_told, is_formula, render_rows

    screen = output is None and sys.stdout.isatty()
    if form in {"parquet", "xlsx"} and screen:
        raise UsageError(f"{form} is binary", hint="name a file with -o FILE")
    shown = form or ("table" if screen else "csv")
    guard = guard and output is not None
    deliver(render_rows(table, shown, width=terminal_width() if screen else None, guard=guard), output, counted(table.num_rows, "row"))
    told = sum(is_formula(v) for c in table.columns for v in c.to_pylist()) if guard and shown in {"csv", "tsv"} else 0
    if told:
        say(f"{formulas_told(told)}; --unguarded leaves it off")
