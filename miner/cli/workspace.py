"""``miner init``, ``miner doctor``, ``miner status`` and ``miner publish``: make a workspace and see how it is."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from miner.cli.common import DONE, FAILED, JsonOption, WorkspaceOption, complain, say, talk, workspace, write, write_json

if TYPE_CHECKING:
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
) -> None:
    """Make a workspace: miner.toml, jobs/ with jobs to change, rules/, reports/ and data/.

    Example: miner init reviews
    """
    from miner.workspace import Workspace

    made = Workspace.create(folder, contact=contact)
    if contact is None and made.settings.contact is None and sys.stdin.isatty() and sys.stderr.isatty():
        made = _with_contact(made)
    write(str(made.root))
    say(f"next: cd {folder} && miner run jobs/alzheimer-mri.toml --limit 200")


def _with_contact(made: Workspace) -> Workspace:
    """Ask for the address until there is one, or none is wanted."""
    from miner.errors import ConfigError
    from miner.workspace import Workspace

    while True:
        asked = "Your e-mail address, so that NCBI and arXiv can reach you before they block you (empty: none)"
        given = typer.prompt(asked, default=os.environ.get("MINER_CONTACT", ""), err=True).strip()
        if not given:
            say("none is kept: NCBI will refuse; later: miner init --contact you@example.org")
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
            write(f"{_MARKS[check['state']]} {check['check']}: {check['found']}" + (f" ({check['hint']})" if check.get("hint") else ""))
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
        write(line)


def _status_lines(found: dict[str, Any]) -> list[str]:
    lines = [f"workspace {found['workspace']}", f"published {found['snapshot'] or 'nothing yet'}"]
    if found["writer"]:
        lines.append(f"being written by {found['writer']}; the figures are those of the published snapshot")
    lines += [f"{name}: {count:,}" for name, count in found["counts"].items()]
    for run in found["runs"][:5]:
        lines.append(f"run {run['run_id']}: {run['state']}" + (f" ({run['message']})" if run["message"] else ""))
    for row in found["crawl"]:
        lines.append(f"crawl {row['job']} {row['source']}: {row['windows']} windows, {row['done']} done, {row['received']:,} records")
    return lines


def publish(where: WorkspaceOption = None) -> None:
    """Publish the database as it is to readers.

    Example: miner publish
    """
    write(str(workspace(where).publish()))
