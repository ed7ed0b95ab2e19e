"""``miner counts``: publications by topic and year."""

from __future__ import annotations

from typing import Annotated

import typer

from miner.cli import complete
from miner.cli.common import DONE, PARTIAL, JsonOption, WorkspaceOption, say, workspace, write, write_json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("counts")(counts)


def counts(
    job: Annotated[
        str,
        typer.Argument(
            metavar="JOB", autocompletion=complete.jobs, help="A job file with [counts], or the name of a job in the workspace's jobs/."
        ),
    ],
    budget: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most so many requests.")] = None,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Count the publications of a job's topics in PubMed, year by year; nothing is downloaded.

    Example: miner counts jobs/cancer-imaging-counts.toml
    """
    from miner.parts import Budget

    report = workspace(where).count(job, budget=Budget(budget))
    if as_json:
        write_json(report.to_dict())
    else:
        years = sorted({year for series in report.counts.values() for year in series})
        write(
            "\n".join(
                ["year," + ",".join(report.counts), *(f"{y}," + ",".join(str(s.get(y, "")) for s in report.counts.values()) for y in years)]
            )
        )
    for topic, note in report.notes.items():
        say(f"{topic}: {note}")
    raise typer.Exit(PARTIAL if report.failed else DONE)
