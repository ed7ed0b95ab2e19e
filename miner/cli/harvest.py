"""``miner harvest``: one source, outside of any job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from miner.cli import complete
from miner.cli.common import (
    DONE,
    PARTIAL,
    JsonOption,
    WorkspaceOption,
    complain,
    counted,
    tell,
    workspace,
    workspace_around,
    write,
    write_json,
)
from miner.errors import UsageError

if TYPE_CHECKING:
    from miner.library import EnrichReport, HarvestReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("harvest")(harvest)


def harvest(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE",
            autocompletion=complete.sources,
            help="arxiv, arxiv-oai, pubmed, europepmc, openalex or what --list lists; or, for the papers that are here: citations (OpenAlex), pmc (JATS).",
        ),
    ] = None,
    query: Annotated[
        str | None, typer.Option("--query", "-q", help="In the source's syntax; for arxiv-oai: set:cs, then words to keep.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="DAY", help="Records from this day on (YYYY-MM-DD).")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Records up to this day.")] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Stop after so many records that the job does not have; the next run goes on.")
    ] = None,
    max_requests: Annotated[int | None, typer.Option(metavar="N", min=1, help="Ask at most so often in this run.")] = None,
    max_minutes: Annotated[float | None, typer.Option(metavar="N", min=0.01, help="Take at most so long in this run.")] = None,
    job: Annotated[str, typer.Option(help="The name under which the ledger is kept.")] = "harvest",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask for counts only; say what would be fetched.")] = False,
    replay: Annotated[bool, typer.Option("--replay", help="Read the raw store in place of the network.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the sources, with what each asks of its users.")] = False,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Fetch all records of a query, or what is new and changed since the last time; safe to stop and start again.

    Example: miner harvest pubmed --query "machine learning AND dementia" --since 2020-01-01
    """
    from miner.library import suggest
    from miner.parts import Budget, sources
    from miner.workspace import Workspace

    workspace_around(where)
    if listed:
        _list(as_json=as_json)
        return
    if source is None:
        raise UsageError("the source is missing", where="SOURCE", hint="miner harvest --list lists them")
    budget = Budget(max_requests, max_minutes * 60 if max_minutes else None)
    if source in Workspace.ABOUT_PAPERS:
        _tell_enriched(source, workspace(where).enrich(source, limit=limit, budget=budget, job=job), as_json=as_json)
        return
    if source not in sources():
        raise UsageError(f"there is no source {source!r}", hint=suggest(source, (*sources(), *Workspace.ABOUT_PAPERS), all_too=True))
    if query is None:
        raise UsageError("the query is missing", where="--query", hint="say what to look for")
    if dry_run:
        _tell_plan(workspace(where).plan_harvest(source, query, since=since, until=until, job=job), as_json=as_json)
        return
    report = workspace(where).harvest(source, query, since=since, until=until, limit=limit, budget=budget, job=job, replay=replay)
    if as_json:
        write_json(report.to_dict())
    else:
        tell(f"{source}: {_told(report)}")
        for error in report.errors:
            complain(f"not done: {error}")
    raise typer.Exit(PARTIAL if report.partial else DONE)


def _told(report: HarvestReport) -> str:
    return (
        f"{report.received:,} of {counted(report.reported, 'record')}: {report.new:,} new, {report.changed:,} changed, "
        f"{report.unchanged:,} unchanged; {counted(report.windows_done, 'window')} done, {report.windows_failed + report.windows_left} left"
        + ("; the limit is reached, the same command goes on" if report.limited else "")
    )


def _tell_enriched(source: str, report: EnrichReport, *, as_json: bool) -> None:
    if as_json:
        write_json(report.to_dict())
    else:
        tell(
            f"{source}: {report.found:,} of {counted(report.asked, 'paper')} found, {report.absent:,} not there, {counted(report.requests, 'request')}"
        )
        for path in report.files:
            write(path)
        for error in report.errors:
            complain(f"not done: {error}")
    raise typer.Exit(PARTIAL if report.partial else DONE)


def _tell_plan(plan: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        write_json(plan)
        return
    for window in plan["plan"]:
        tell(f"{window['window']}: {counted(window['reported'], 'record')}")
    tell(
        f"{counted(plan['reported'], 'record')} in {counted(plan['windows'], 'window')}, {counted(plan['requests'], 'request')}, "
        f"about {plan['seconds']:.0f} s"
    )


def _list(*, as_json: bool) -> None:
    from miner.parts import sources

    rows = [{"source": s.name, "label": s.label, "url": s.url(), "limits": s.limits, "syntax": s.syntax} for s in sources().values()]
    if as_json:
        write_json(rows)
        return
    for row in rows:
        tell(f"{row['source']}: {row['label']}, {row['url']}\n    limits: {row['limits']}\n    queries: {row['syntax']}")
