"""``miner init``, ``miner doctor``, ``miner status`` and ``miner publish``: make a workspace and see how it is."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from miner.cli.called import as_called, program
from miner.cli.common import DONE, FAILED, JsonOption, WorkspaceOption, complain, counted, say, talk, tell, workspace, write, write_json
from miner.cli.jobs import MetricOption, QueryOption, make, queries_of
from miner.errors import MinerError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miner.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init")(init)
    app.command("doctor")(doctor)
    app.command("status")(status)
    app.command("publish")(publish)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where; the current folder by default.")] = Path(),
    contact: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Your e-mail address, for NCBI and arXiv to reach you; kept in miner.toml, asked for on a terminal."
        ),
    ] = None,
    question: Annotated[
        str | None,
        typer.Option(
            "--question",
            metavar="TEXT",
            help="Your question, in words: the workspace gets a job that asks it, and no samples. Asked on a terminal.",
        ),
    ] = None,
    query: QueryOption = None,
    metric: MetricOption = None,
    name: Annotated[str | None, typer.Option("--name", help="The job's name; made of the question's words by default.")] = None,
) -> None:
    """Make a workspace: miner.toml, jobs/, rules/, reports/ and data/; with --question a job for it, else jobs to change.

    Example: miner init reviews --question "Does the accuracy of grading gliomas depend on sample size?" --query "pubmed=glioma[tiab] AND radiomics[tiab]"
    """
    from miner.workspace import Workspace

    new = not (folder / "miner.toml").exists()
    before = {p.name for p in folder.iterdir()} if folder.is_dir() else None
    if new and question is None and not query and sys.stdin.isatty() and sys.stdout.isatty():
        question, query = _ask()
    if question is None and (query or metric or name):
        raise UsageError("a job needs a question", where="--question", hint="say it in words, beside --query")
    queries_of(query or [])  # what is wrong with them is said before a folder is made
    made = Workspace.create(folder, contact=contact, samples=question is None)
    if contact is None and made.settings.contact is None and sys.stdin.isatty() and sys.stderr.isatty():
        made = _with_contact(made)
    with _undone(folder, there=before, new=new):
        path = None if question is None else make(made, question, query, metric, name=name)
    write(str(made.root))
    there = ("" if folder == Path() else f"cd {quote(str(folder))} && ") + program(elsewhere=folder != Path())
    if path is not None:
        write(str(path))
        say(f"next: {there} run {path.stem} --dry-run" if query else f"next: {there} jobs edit {path.stem}, to say what is crawled")
    elif new:
        say(f"next: {there} run alzheimer-mri --limit 200")
    else:
        say("it was there already: " + ("the address is kept" if contact else "nothing was changed"))


@contextmanager
def _undone(folder: Path, *, there: set[str] | None, new: bool) -> Iterator[None]:
    """Take back what was made of a new workspace where its job cannot be written: a later ``miner init`` would take it for a whole one."""
    try:
        yield
    except MinerError:
        for path in folder.iterdir() if new else ():
            if path.name not in (there or ()):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if new and there is None:
            folder.rmdir()
        raise


def _ask() -> tuple[str | None, list[str]]:
    """Ask for a question and its queries; an empty answer leaves them out."""
    question = typer.prompt("Your question, in words (empty: sample jobs to change)", default="", show_default=False, err=True).strip()
    queries = []
    for source in ("pubmed", "arxiv") if question else ():
        words = typer.prompt(f"Query for {source}, in its own syntax (empty: none)", default="", show_default=False, err=True).strip()
        queries += [f"{source}={words}"] if words else []
    return question or None, queries


def _with_contact(made: Workspace) -> Workspace:
    """Ask for the address until there is one, or none is wanted."""
    from miner.errors import ConfigError
    from miner.workspace import Workspace

    while True:
        asked = "Your e-mail address, so that NCBI and arXiv can reach you before they block you (empty: none)"
        given = typer.prompt(asked, default=os.environ.get("MINER_CONTACT", ""), err=True).strip()
        if not given:
            say(f"none is kept: NCBI will refuse; later: {program()} init --contact you@example.org")
            return made
        try:
            return Workspace.create(made.root, contact=given)
        except ConfigError as error:
            complain(str(error))


def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Put right what can be, in the workspace, and say what was done.")] = False,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Say what was found, in which versions, and what is missing; exits with 1 if something does not work.

    Example: miner doctor --fix
    """
    from miner.workspace import check_up

    if fix:
        for done in workspace(where).repair() or ["nothing had to be put right"]:
            say(done)
    checks = check_up(where or talk.workspace)
    failed = any(c["state"] == "failed" for c in checks)
    if as_json:
        from miner import __version__

        write_json({"miner": __version__, "ok": not failed, "checks": checks})
    else:
        for check in checks:
            tell(
                f"{_MARKS[check['state']]} {check['check']}: {check['found']}"
                + (f" ({as_called(check['hint'])})" if check.get("hint") else "")
            )
    raise typer.Exit(FAILED if failed else DONE)


_MARKS = {"ok": "ok    ", "note": "note  ", "failed": "FAILED"}


def status(
    as_json: JsonOption = False,
    prometheus: Annotated[bool, typer.Option("--prometheus", help="Write the figures as Prometheus reads them.")] = False,
    where: WorkspaceOption = None,
) -> None:
    """Say what has been crawled, extracted and published.

    Example: miner status --json
    """
    place = workspace(where)
    if prometheus:
        write(place.prometheus())
        return
    found = place.status()
    if as_json:
        write_json(found)
        return
    for line in _status_lines(found):
        tell(line)


def _status_lines(found: dict[str, Any]) -> list[str]:
    lines = [f"workspace {found['workspace']}", f"published {found['snapshot'] or 'nothing yet'}"]
    if found["writer"]:
        lines.append(f"being written by {found['writer']}; the figures are those of the published snapshot")
    lines += [f"{name}: {count:,}" for name, count in found["counts"].items()]
    for run in found["runs"][:5]:
        lines.append(f"run {run['run_id']}: {run['state']}" + (f" ({run['message']})" if run["message"] else ""))
    for row in found["crawl"]:
        done = f"{row['done']:,} of {counted(row['windows'], 'window')} done"
        lines.append(f"crawl {row['job']} {row['source']}: {counted(row['received'], 'record')}, {done}{_rest(row)}")
    return lines


def _rest(row: dict[str, Any]) -> str:
    """Say why some of a crawl is left, and how it goes on."""
    if row["windows"] == row["done"]:
        return ""
    why = "; the last run ended by its limit" if row["limited"] else ""
    again = f"miner run {quote(row['job'])}" if row["defined"] else f"the same miner harvest {row['source']} again"
    return f"{why}; {again} goes on"


def publish(where: WorkspaceOption = None) -> None:
    """Publish the database as it is to readers.

    Example: miner publish
    """
    write(str(workspace(where).publish()))
