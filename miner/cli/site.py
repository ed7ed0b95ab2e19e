"""``miner site``: the published snapshot as a folder of pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from miner.cli.common import WorkspaceOption, workspace, write


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("site")(site)


def site(
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="DIR", help="The folder; by default the workspace's data/site. A site that is there is replaced."
        ),
    ] = None,
    job: Annotated[str | None, typer.Option("--job", metavar="JOB", help="Only the records of this job.")] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", help="At most so many papers get a page; for a look, without the reports.")
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(
            "--before", metavar="SNAPSHOT", help="Say what changed against this snapshot, a name or a file; by default since the last run."
        ),
    ] = None,
    address: Annotated[str | None, typer.Option("--address", metavar="URL", help="Where the site will be served, for its feed.")] = None,
    where: WorkspaceOption = None,
) -> None:
    """Write the published snapshot as a site that opens from disk: a page for every paper, and all lists; no server, no network.

    Example: miner site -o site --job alzheimer-mri
    """
    write(str(workspace(where).site(output, job=job, limit=limit, before=before, address=address)))
