"""``miner summarise``: summaries in plain words, by the language model that the workspace names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from miner.cli.common import DONE, PARTIAL, JsonOption, WorkspaceOption, complain, counted, tell, workspace, write_json

if TYPE_CHECKING:
    from miner.library import SummaryReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("summarise")(summarise)


def summarise(
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many abstracts; the next run goes on.")
    ] = None,
    job: Annotated[str | None, typer.Option("--job", metavar="JOB", help="Only the records of this job.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many abstracts would be sent, and where; send nothing.")] = False,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Have abstracts summarised in plain words by the endpoint of [llm] in miner.toml; claims that their sentences do not support are dropped.

    The sentences of each abstract are sent there, and nothing else. Pages of papers show what was kept, marked as generated.

    Example: miner summarise --limit 20
    """
    report = workspace(where).summarise(job=job, limit=limit, dry_run=dry_run)
    if as_json:
        write_json(report.to_dict())
    elif dry_run:
        tell(f"{counted(report.waiting, 'abstract')} would be sent to {report.model} at {report.address}")
    else:
        _tell(report)
    raise typer.Exit(PARTIAL if report.partial else DONE)


def _tell(report: SummaryReport) -> None:
    tell(f"{report.read:,} of {counted(report.waiting, 'abstract')} summarised by {report.model}: {counted(report.claims, 'claim')} kept")
    if report.dropped:
        tell(f"{counted(sum(report.dropped.values()), 'claim')} dropped:")
        for reason, count in report.dropped.items():
            tell(f"    {count:,} {reason}")
    for paper, reason in report.failed[:20]:
        complain(f"not done: {paper}: {reason}")
    for error in report.errors:
        complain(f"not done: {error}")
