"""``miner extract``: run the rules over a workspace, or over lines of text."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from miner.cli.common import DONE, PARTIAL, JsonOption, WorkspaceOption, say, workspace, workspace_around, write, write_json
from miner.errors import UsageError

if TYPE_CHECKING:
    from miner.extract.api import LineReport
    from miner.jobs.extracting.extract import ExtractReport

RulesOption = Annotated[list[Path] | None, typer.Option("--rules", metavar="DIR", help="A folder of further rules; may be repeated.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("extract")(extract)


def extract(
    source: Annotated[str | None, typer.Option("--input", metavar="FILE", help='Lines of {"id", "text"}; - for standard input.')] = None,
    target: Annotated[str, typer.Option("--output", metavar="FILE", help="Where labels go; - for standard output.")] = "-",
    rules: RulesOption = None,
    engine: Annotated[str, typer.Option(metavar="ENGINE", help="local or dask.")] = "local",
    workers: Annotated[int, typer.Option(min=1, help="Processes; the result is the same with any number.")] = 1,
    scheduler: Annotated[str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler (tcp://…).")] = None,
    shards: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="For dask: a folder or address that all workers see; finished shards are not done again."),
    ] = None,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Extract sample sizes, performance and labels: from what is new in the workspace, or from lines of text.

    Example: miner extract --input abstracts.jsonl --output labels.jsonl --workers 4
    """
    if engine not in {"local", "dask"}:
        raise UsageError(f"there is no engine {engine!r}", where="--engine", hint="local or dask")
    if (scheduler or shards) and engine != "dask":
        raise UsageError("only --engine dask takes a scheduler and shards", where="--engine")
    if source is None:
        found = workspace(where).extract(
            engine="dask" if engine == "dask" else "local", workers=workers, scheduler=scheduler, shards=shards
        )
        _tell_workspace(found, as_json=as_json)
        return
    from miner.extract.api import LineReport, load_rules

    report = LineReport()
    loaded = load_rules(rule_places(rules, where))
    with _reading(source) as lines, _writing(target) as out:
        if engine == "dask" or workers > 1:
            from miner.extract import pool

            with pool.dask(scheduler, workers) if engine == "dask" else pool.local(workers) as executor:
                for line in pool.extract_parallel(lines, loaded, executor, report, ahead=2 * workers + 2):
                    out.write(line.encode() + b"\n")
        else:
            from miner.extract.api import extract_lines

            for line in extract_lines(lines, loaded, report):
                out.write(line.encode() + b"\n")
    _tell(report)
    raise typer.Exit(PARTIAL if report.bad else DONE)


def rule_places(folders: list[Path] | None, where: Path | None) -> list[Path]:
    """Return the folders whose rules a command takes up: those named with ``--rules``, and the workspace's where there is one."""
    found = check_folders(folders)
    around = workspace_around(where)
    if around is None:
        return found
    place = around.settings.rules
    return found if place.resolve() in {f.resolve() for f in found} else [place, *found]


def check_folders(folders: list[Path] | None) -> list[Path]:
    """Return the folders named with ``--rules``; each must exist and hold a rule, or words for the vocabulary."""
    from miner.extract.rule import rule_folders
    from miner.vocabulary import FOLDER

    for folder in folders or []:
        if not rule_folders(folder) and not (folder / FOLDER).is_dir():
            raise UsageError("there is no rule in this folder", where=str(folder), hint="make one with: miner rules new NAME --rules DIR")
    return list(folders or [])


def _tell_workspace(report: ExtractReport, *, as_json: bool) -> None:
    if as_json:
        write_json({"documents": report.documents, "values": report.values, "failed": report.failed})
    else:
        write(f"{report.documents:,} documents read, {report.values:,} values found")
        for document, reason in report.failed[:20]:
            say(f"{document}: {reason}")
    raise typer.Exit(PARTIAL if report.failed else DONE)


def _tell(report: LineReport) -> None:
    say(f"{report.written:,} of {report.read:,} lines extracted" + (f", {report.bad:,} bad" if report.bad else ""))
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
