"""``miner report``: make a report again, or check one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from miner.cli import complete
from miner.cli.common import DONE, GATE, WorkspaceOption, say, tell, workspace, write
from miner.errors import UsageError

if TYPE_CHECKING:
    from miner.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            autocompletion=complete.reports,
            help="A report's name or a job's, whose report is made; by default accuracy-vs-sample-size on everything.",
        ),
    ] = None,
    job: Annotated[
        str | None, typer.Option("--job", metavar="JOB", autocompletion=complete.jobs, help="Only the records of this job.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Where; by default the workspace's data/reports.")
    ] = None,
    form: Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help="html, md, or pdf (needs the extra pdf).")] = "html",
    figures: Annotated[
        Path | None, typer.Option("--figures", metavar="DIR", help="Write the figures there too, as SVG and as PNG of 300 dots per inch.")
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Compare the report that is there, or the page that NAME is the path of, with the snapshot; exits with 5 if they differ.",
        ),
    ] = False,
    interactive: Annotated[
        bool, typer.Option("--interactive", help="Add figures that zoom, filter and lead to their sentences (needs the extra interactive).")
    ] = False,
    snapshot: Annotated[Path | None, typer.Option("--snapshot", metavar="FILE", help="An older snapshot than the published one.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the reports and the panels that there are.")] = False,
    definition: Annotated[
        bool, typer.Option("--definition", help="Print the report's definition (TOML), to be copied and changed.")
    ] = False,
    where: WorkspaceOption = None,
) -> None:
    """Make a report from the published snapshot; the same snapshot gives the same bytes, on any processor.

    Example: miner report publication-bias --job alzheimer-mri -o out
    """
    if output is not None and output.suffix.lower() in {".html", ".md", ".pdf"} and not output.is_dir():
        raise UsageError(
            "-o names a folder: the page in it is called as its job or report", where=str(output), hint="-f html, md or pdf says the format"
        )
    place = workspace(where)
    if listed:
        _list(place)
    elif definition:
        write(place.reports.definition(name))
    elif check:
        page, verdict = place.reports.check(name, job=job, output=output, snapshot=snapshot)
        say(f"{page}: {_VERDICTS[verdict]}")
        raise typer.Exit(GATE if verdict in {None, "differs"} else DONE)
    else:
        write(str(place.report(name, job=job, output=output, form=form, figures=figures, snapshot=snapshot, interactive=interactive)))
        if figures is not None:
            say(f"figures: {figures}")


def _list(place: Workspace) -> None:
    from miner.parts import panels

    tell("Reports")
    paths = place.reports.paths()
    for name, definition in place.reports.definitions().items():
        own = " (this workspace's)" if paths[name].is_relative_to(place.root) else ""
        tell(f"  {name}: {definition.question}{own}")
    tell("\nPanels")
    for name, entry in panels().items():
        options = f" ({', '.join(f'{k} = {v!r}' for k, v in entry.options.items())})" if entry.options else ""
        tell(f"  {name}: {entry.summary}{options}")


_VERDICTS = {
    None: "not there",
    "same": "the same bytes",
    "versions": "the same words and numbers; other versions of packages made it",
    "differs": "differs from what the snapshot gives",
}
