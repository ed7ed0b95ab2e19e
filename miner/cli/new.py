"""``miner new`` and ``miner diff``: what came, what went, and what changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from miner.cli import complete
from miner.cli.common import WorkspaceOption, deliver, tell, workspace

if TYPE_CHECKING:
    from miner import Workspace
    from miner.library import News

FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format", "-f", metavar="FORMAT", help="text (also the body of an e-mail), json, md or atom; by default what -o FILE ends with."
    ),
]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of standard output.")]
JobOption = Annotated[str | None, typer.Option(autocompletion=complete.jobs, help="Only records of this job.")]
_SUFFIXES = {".txt": "text", ".json": "json", ".md": "md", ".markdown": "md", ".atom": "atom", ".xml": "atom"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("new")(new)
    app.command("diff")(diff)


def new(
    since: Annotated[
        str | None, typer.Option(metavar="RUN|DATE", help="A run, a day or a time; the start of the last run by default.")
    ] = None,
    job: JobOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as -f json.")] = False,
    where: WorkspaceOption = None,
) -> None:
    """Say what is new in the published snapshot: records, effects, and verdicts that changed.

    Example: miner new --since 2026-01-01 -o new.atom
    """
    place = workspace(where)
    _deliver(place.news(since, job=job), place, "json" if as_json else form, output)


def diff(
    before: Annotated[
        str, typer.Argument(metavar="BEFORE", help="A snapshot: its name in data/snapshots (the first letters do), or a file.")
    ],
    now: Annotated[str | None, typer.Argument(metavar="NOW", help="Another; the published one by default.")] = None,
    job: JobOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as -f json.")] = False,
    where: WorkspaceOption = None,
) -> None:
    """Compare two snapshots: what came, what went, which values and verdicts changed.

    Example: miner diff before.duckdb
    """
    place = workspace(where)
    _deliver(place.diff(before, now, job=job), place, "json" if as_json else form, output)


def _deliver(news: News, place: Workspace, form: str | None, output: Path | None) -> None:
    from miner.library import form_of, heading, render_news
    from miner.rules import load_vocabulary

    chosen = form or (form_of(output, _SUFFIXES) if output else "text")
    text = render_news(news, chosen, load_vocabulary(also=place.settings.rules))
    if output is None and chosen == "text":
        tell(text.rstrip("\n"))
        return
    deliver(text.encode(), output, heading(news))
