"""``miner run``: a job from harvest to report."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from miner.cli import complete
from miner.cli.common import DONE, FAILED, PARTIAL, JsonOption, WorkspaceOption, counted, say, tell, workspace, write_json
from miner.errors import UsageError

if TYPE_CHECKING:
    from miner.jobs.run import Step


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    job: Annotated[
        str, typer.Argument(metavar="JOB", autocompletion=complete.jobs, help="A job file, or the name of a job in the workspace's jobs/.")
    ],
    since: Annotated[str | None, typer.Option(metavar="DAY", help="From this day on (YYYY-MM-DD), in place of the job's.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Up to this day.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="At most so many records of each source that the job does not have; the next run goes on."),
    ] = None,
    start: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="STEP",
            autocompletion=complete.steps,
            help="Begin with a step: harvest, fulltext, extract, link, publish or report.",
        ),
    ] = "harvest",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be fetched, and fetch nothing.")] = False,
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="Processes that extract; the result is the same with any number.")] = 1,
    replay: Annotated[bool, typer.Option("--replay", help="Read the raw store in place of the network.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Say that what only former queries of the job brought stays in it.")] = False,
    drop: Annotated[
        bool, typer.Option("--drop", help="Take what only former queries of the job brought out of it; the database keeps the records.")
    ] = False,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Run a job: harvest, full texts, extraction, linking, publishing, report; safe to stop and start again.

    Example: miner run jobs/alzheimer-mri.toml --since 2020-01-01 --limit 500
    """
    from miner.library import STEPS, suggest

    if start not in STEPS:
        raise UsageError(f"there is no step {start!r}", where="--from", hint=suggest(start, STEPS, all_too=True))
    if keep and drop:
        raise UsageError("--keep and --drop exclude each other", hint="give one of them")
    place = workspace(where)
    if dry_run:
        plan = place.plan(job, since=since, until=until)
        if as_json:
            write_json(plan)
        else:
            tell(
                "\n".join(
                    f"{s['source']}: {counted(s['reported'], 'record')} in {counted(s['windows'], 'window')}, about {s['seconds']:.0f} s"
                    if s["windows"]
                    else f"{s['source']}: nothing new to fetch; no count has changed"
                    for s in plan["sources"]
                )
            )
            for f in plan["former_queries"]:
                say(
                    f"{plan['job']}: a former query of {f['source']} brought {counted(f['received'], 'record')}; --keep or --drop says what becomes of them"
                )
        return
    report = place.run(
        job,
        since=since,
        until=until,
        limit=limit,
        start=start,
        replay=replay,
        workers=workers,
        former="keep" if keep else "drop" if drop else None,
    )
    if as_json:
        write_json(report.to_dict())
    else:
        for step in report.steps:
            tell(_line(step))
        tell(_added(report.summary or {}))
    raise typer.Exit({"done": DONE, "partial": PARTIAL, "failed": FAILED}[report.state])


def _line(step: Step) -> str:
    """Say of a step what it did, and what it did not."""
    words = _WORDS.get(step.step.split()[0], _nothing)(step.counts) if step.counts else ""
    if step.state == "done" and not step.message:
        return f"{step.step}: {words or 'done'}"
    state = "" if step.state == "done" else f"{step.state.upper() if step.state == 'failed' else step.state}: "
    return f"{step.step}: {state}" + "; ".join(w for w in (words, step.message) if w)


def _nothing(counts: dict[str, Any]) -> str:
    return ", ".join(f"{v} {k}" for k, v in counts.items())


def _harvested(c: dict[str, Any]) -> str:
    told = f"{c['new']:,} new of {c['reported']:,}" if c["new"] or c["reported"] or not c["complete_since"] else _nothing_new(c)
    told += "".join(f", {c[k]:,} {k}" for k in ("changed", "deleted") if c[k])
    told += f", {c['problems']:,} that cannot be read" if c["problems"] else ""
    left = c["windows_failed"] + c["windows_left"]
    if c["limited"]:
        return f"{told}; the limit is reached, the next run goes on"
    return (
        f"{told}; {left:,} of {counted(left + c['windows_done'], 'window')} {'is' if left == 1 else 'are'} left to the next run"
        if left
        else told
    )


def _nothing_new(c: dict[str, Any]) -> str:
    """Say that all counts are what they were, and of how much: 0 new of 0 would look as if the query gave nothing."""
    return (
        f"nothing new since {c['complete_since']}: {counted(c['complete_records'], 'record')} in {counted(c['complete_windows'], 'window')}"
        f" {'is' if c['complete_windows'] == 1 else 'are'} complete"
    )


def _read(c: dict[str, Any]) -> str:
    rest = ((c["unreadable"], "cannot be read"), (c["refused"], "not given"), (c["failed"], "failed"), (c["left"], "left to the next run"))
    return f"{c['downloaded']:,} downloaded, {c['read']:,} read" + "".join(f", {n:,} {what}" for n, what in rest if n)


_WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "harvest": _harvested,
    "citations": lambda c: f"{c['found']:,} of {counted(c['asked'], 'paper')} found",
    "fulltext": _read,
    "extract": lambda c: (
        f"{counted(c['values'], 'value')} from {counted(c['documents'], 'document')}" + (f", {c['failed']:,} failed" if c["failed"] else "")
    ),
    "link": lambda c: f"{counted(c['studies'], 'study', 'studies')}, {counted(c['effects'], 'effect')}",
    "publish": lambda c: f"{'snapshot' if c['new'] else 'nothing is new, the snapshot stays'} {c['snapshot']}",
    "report": lambda c: str(c["path"]),
}


def _added(summary: dict[str, Any]) -> str:
    parts = [counted(summary.get(f"new_{kind}s", 0), f"new {kind}") for kind in ("paper", "effect")]
    went = ("changed_effects", "effect", "changed"), ("gone_papers", "paper", "left the job"), ("gone_effects", "effect", "gone")
    parts += [f"{counted(summary[key], kind)} {what}" for key, kind, what in went if summary.get(key)]
    verdicts = [f"{metric}: {was} → {now}" for metric, (was, now) in summary.get("changed_verdicts", {}).items()]
    return "this run: " + ", ".join(parts) + ("; verdicts that changed: " + "; ".join(verdicts) if verdicts else "")
