"""``miner extract``: run the rules over a workspace, or over lines of text."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from miner.cli.common import (
    DONE,
    PARTIAL,
    JsonOption,
    WorkspaceOption,
    check_suffix,
    counted,
    say,
    tell,
    workspace,
    workspace_around,
    write_json,
)
from miner.errors import UsageError

if TYPE_CHECKING:
    from miner.library import ExtractReport
    from miner.rules import LineReport

RulesOption = Annotated[list[Path] | None, typer.Option("--rules", metavar="DIR", help="A folder of further rules; may be repeated.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("extract")(extract)


def extract(
    source: Annotated[str | None, typer.Option("--input", metavar="FILE", help='Lines of {"id", "text"}; - for standard input.')] = None,
    target: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where labels go, as JSON lines; - for standard output.")
    ] = "-",
    rules: RulesOption = None,
    engine: Annotated[str, typer.Option(metavar="ENGINE", help="local or dask.")] = "local",
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="Processes; the result is the same with any number.")] = 1,
    scheduler: Annotated[str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler (tcp://…).")] = None,
    shards: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="For dask: a folder or address that all workers see; finished shards are not done again."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="At most so many documents, or lines; without --input, the next run goes on.")
    ] = None,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Extract sample sizes, performance and labels: from what is new in the workspace, or from lines of text.

    Example: miner extract --input abstracts.jsonl --output labels.jsonl --workers 4
    """
    if source is None:
        found = workspace(where).extract(engine=engine, workers=workers, scheduler=scheduler, shards=shards, limit=limit)
        _tell_workspace(found, as_json=as_json)
        return
    from miner.rules import LineReport, extract_lines, load_rules

    if target != "-":
        check_suffix(Path(target), (".jsonl", ".ndjson", ".nl", ".json", ""), "labels are JSON lines")
    report = LineReport()
    loaded = load_rules(rules or (), also=own_rules(where))
    with _reading(source) as lines, _writing(target) as out:
        for line in extract_lines(_first(lines, limit), loaded, report, engine=engine, workers=workers, scheduler=scheduler, say=say):
            out.write(line.encode() + b"\n")
    _tell(report)
    raise typer.Exit(PARTIAL if report.bad else DONE)


def _first(lines: IO[bytes], limit: int | None) -> Iterator[bytes]:
    """Yield lines until so many of them are not blank."""
    left = limit
    for line in lines:
        if left == 0:
            return
        left = left - bool(line.strip()) if left is not None else None
        yield line


def own_rules(where: Path | None) -> Path | None:
    """Return the folder of the workspace's rules, where there is a workspace."""
    around = workspace_around(where)
    return around.settings.rules if around else None


def _tell_workspace(report: ExtractReport, *, as_json: bool) -> None:
    if as_json:
        write_json({"documents": report.documents, "values": report.values, "failed": report.failed})
    else:
        tell(f"{counted(report.documents, 'document')} read, {counted(report.values, 'value')} found")
        for document, reason in report.failed[:20]:
            say(f"{document}: {reason}")
    raise typer.Exit(PARTIAL if report.failed else DONE)


def _tell(report: LineReport) -> None:
    say(f"{report.written:,} of {counted(report.read, 'line')} extracted" + (f", {report.bad:,} bad" if report.bad else ""))
    for number, problem in report.problems[:20]:
        say(f"line {number}: {problem}")


@contextmanager
def _reading(source: str) -> Iterator[IO[bytes]]:
    if source == "-":
        yield sys.stdin.buffer
        return
    with _opened(source) as file:
        yield file


def _opened(source: str) -> IO[bytes]:
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise UsageError(
            f"cannot be read: {error.strerror}", where=source, hint="name a file of JSON lines, or - for standard input"
        ) from error


@contextmanager
def _writing(target: str) -> Iterator[IO[bytes]]:
    """Write to a file that appears only when it is whole, or to standard output."""
    if target == "-":
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=target, hint="name a file in a folder that exists") from error
    finally:
        part.unlink(missing_ok=True)
