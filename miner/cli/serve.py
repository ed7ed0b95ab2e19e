"""``miner serve``: the snapshot's pages and the SQL page in a browser."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from miner.cli.common import DONE, WorkspaceOption, outliving, say, workspace, write


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")] = 8765,
    host: Annotated[
        str,
        typer.Option("--host", metavar="HOST", help="Where to listen; beyond this machine only those are served whom --add-user added."),
    ] = "127.0.0.1",
    address: Annotated[
        str | None, typer.Option("--address", metavar="URL", help="What people type, where a server that speaks TLS stands in front.")
    ] = None,
    job: Annotated[str | None, typer.Option("--job", metavar="JOB", help="Only the records of this job.")] = None,
    add_user: Annotated[
        str | None,
        typer.Option(
            "--add-user", metavar="NAME", help="Ask for a password for NAME (from standard input, where that is no terminal), and end."
        ),
    ] = None,
    where: WorkspaceOption = None,
) -> None:
    """Serve the published snapshot on this machine until Ctrl-C: papers, explorer, reports, and SQL; the printed address lets in whoever has it.

    Example: miner serve --port 8765
    """
    place = workspace(where)
    if add_user is not None:
        say(f"{add_user} may sign in: {place.add_user(add_user, _password())}")
        return
    place.serve(host=host, port=port, job=job, address=address, ready=write)
    with outliving(sys.stdout):
        sys.stdout.flush()
    os._exit(DONE)  # a report that is still being drawn in a thread is nobody's any more


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
