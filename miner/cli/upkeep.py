"""``miner backup`` and ``miner restore``: all of a workspace in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from miner.cli.common import WorkspaceOption, counted, say, workspace, write


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="A .tar.gz or .tar file; named by the folder and the day by default."),
    ] = None,
    raw: Annotated[bool, typer.Option("--raw/--no-raw", help="Whether data/raw, all that services answered, goes into it.")] = True,
    where: WorkspaceOption = None,
) -> None:
    """Write all of the workspace that cannot be made again into one archive, with the checksum of each file.

    Example: miner backup -o reviews.tar.gz
    """
    write(str(workspace(where).backup(output, raw=raw)))


def restore(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="What miner backup wrote.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where; it must not exist, or be empty.")],
) -> None:
    """Make a workspace from a backup: check each file, bring the database up to date, publish.

    Example: miner restore reviews.tar.gz there
    """
    from miner.workspace import Workspace

    made = Workspace.restore(archive, folder, say=say)
    write(str(made.root))
    papers = made.status()["counts"]["papers"]
    say(f"{counted(papers, 'paper')} {'is' if papers == 1 else 'are'} back")
