"""``miner report``: make a report again, or check one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from miner.cli.common import DONE, GATE, WorkspaceOption, say, workspace, write

if TYPE_CHECKING:
    from miner.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="A report's name or a job's, whose report is made; by default accuracy-vs-sample-size on everything."
        ),
    ] = None,
    job: Annotated[str | None, typer.Option("--job", metavar="JOB", help="Only the records of this job.")] = None,
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
    place = workspace(where)
    if listed:
        _list(place)
    elif definition:
        _print_definition(place, name)
    elif check:
        raise typer.Exit(_check(place, name, job, output, snapshot))
    else:
        write(str(place.report(name, job=job, output=output, form=form, figures=figures, snapshot=snapshot, interactive=interactive)))
        if figures is not None:
            say(f"figures: {figures}")


def _list(place: Workspace) -> None:
    from miner.report.definitions import definitions, load_definition
    from miner.report.gallery.registry import panels

    write("Reports")
    for name, path in sorted(definitions(place.settings).items()):
        own = " (this workspace's)" if path.is_relative_to(place.root) else ""
        write(f"  {name}: {load_definition(path).question}{own}")
    write("\nPanels")
    for name, entry in panels().items():
        options = f" ({', '.join(f'{k} = {v!r}' for k, v in entry.options.items())})" if entry.options else ""
        write(f"  {name}: {entry.summary}{options}")


def _print_definition(place: Workspace, name: str | None) -> None:
    from miner.errors import UsageError
    from miner.report.build import DEFAULT
    from miner.report.definitions import definitions

    there = definitions(place.settings)
    if (name or DEFAULT) not in there:
        raise UsageError(f"there is no report definition {name!r}", hint=f"there are: {', '.join(there)}")
    write(there[name or DEFAULT].read_text(encoding="utf-8"))


def _check(place: Workspace, name: str | None, job: str | None, output: Path | None, snapshot: Path | None) -> int:
    from miner.report.build import render_report, report_path
    from miner.report.check import compare, report_request

    page = Path(name) if name and name.endswith(".html") else report_path(place.settings, name, output, job=job)
    if not page.is_file():
        say(f"{page}: not there")
        return GATE
    content = page.read_bytes()
    report, on, interactive = report_request(content, str(page))
    verdict = compare(content, render_report(place.settings, report, job=on, snapshot=snapshot, interactive=interactive))
    say(f"{page}: {_VERDICTS[verdict]}")
    return GATE if verdict == "differs" else DONE


_VERDICTS = {
    "same": "the same bytes",
    "versions": "the same words and numbers; other versions of packages made it",
    "differs": "differs from what the snapshot gives",
}
