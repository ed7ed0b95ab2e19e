"""``miner report``: make a report again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from miner.cli.common import DONE, GATE, WorkspaceOption, say, workspace, write


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A job's name or a report's; by default the one on everything.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Where; by default the workspace's data/reports.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Make it and compare with the one that is there; exits with 5 if they differ.")
    ] = False,
    where: WorkspaceOption = None,
) -> None:
    """Make a report from the published snapshot; the same snapshot gives the same bytes.

    Example: miner report alzheimer-mri -o out
    """
    from miner.report.build import build_report, render_report, report_path

    place = workspace(where)
    if not check:
        write(str(build_report(place, name, output=output)))
        return
    there = report_path(place, name, output)
    same = there.is_file() and there.read_bytes() == render_report(place, name)
    say(f"{there}: {'the same' if same else 'differs, or is not there'}")
    raise typer.Exit(DONE if same else GATE)
