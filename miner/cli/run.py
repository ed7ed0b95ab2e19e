"""``miner run``: a job from harvest to report."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from miner.cli.common import DONE, FAILED, PARTIAL, JsonOption, WorkspaceOption, workspace, write, write_json
from miner.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    job: Annotated[str, typer.Argument(metavar="JOB", help="A job file, or the name of a job in the workspace's jobs/.")],
    since: Annotated[str | None, typer.Option(metavar="DAY", help="From this day on (YYYY-MM-DD), in place of the job's.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Up to this day.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many records of each source.")] = None,
    start: Annotated[
        str, typer.Option("--from", metavar="STEP", help="Begin with a step: harvest, fulltext, extract, link, publish or report.")
    ] = "harvest",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be fetched, and fetch nothing.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes that extract; the result is the same with any number.")] = 1,
    replay: Annotated[bool, typer.Option("--replay", help="Read the raw store in place of the network.")] = False,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Run a job: harvest, full texts, extraction, linking, publishing, report; safe to stop and start again.

    Example: miner run jobs/alzheimer-mri.toml --since 2020-01-01 --limit 500
    """
    from miner.library import STEPS

    if start not in STEPS:
        raise UsageError(f"there is no step {start!r}", where="--from", hint=f"steps: {', '.join(STEPS)}")
    place = workspace(where)
    if dry_run:
        plan = place.plan(job, since=since, until=until)
        if as_json:
            write_json(plan)
        else:
            write(
                "\n".join(
                    f"{s['source']}: {s['reported']:,} records in {s['windows']} windows, about {s['seconds']:.0f} s"
                    for s in plan["sources"]
                )
            )
        return
    report = place.run(job, since=since, until=until, limit=limit, start=start, replay=replay, workers=workers)
    if as_json:
        write_json(report.to_dict())
    else:
        for step in report.steps:
            counts = ", ".join(f"{k} {v}" for k, v in step.counts.items())
            write(f"{step.step}: {step.state}" + (f" ({counts})" if counts else "") + (f" – {step.message}" if step.message else ""))
        write(_added(report.summary or {}))
    raise typer.Exit({"done": DONE, "partial": PARTIAL, "failed": FAILED}[report.state])


def _added(summary: dict[str, Any]) -> str:
    parts = [f"{summary.get(k, 0):,} {k.replace('_', ' ')}" for k in ("new_papers", "new_effects", "changed_effects", "gone_effects")]
    verdicts = [f"{metric}: {was} → {now}" for metric, (was, now) in summary.get("changed_verdicts", {}).items()]
    return "this run: " + ", ".join(parts) + ("; verdicts that changed: " + "; ".join(verdicts) if verdicts else "")
