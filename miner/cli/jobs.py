"""``miner jobs``: make, check, change and remove jobs."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from miner.cli import complete
from miner.cli.called import program
from miner.cli.common import DONE, USAGE, JsonOption, WorkspaceOption, complain, counted, say, tell, workspace, write, write_json
from miner.errors import MinerError, UsageError

if TYPE_CHECKING:
    from miner.workspace import Workspace

QueryOption = Annotated[
    list[str] | None,
    typer.Option("--query", metavar="SOURCE=QUERY", help="A source and its query, in the source's own syntax; may be repeated."),
]
MetricOption = Annotated[list[str] | None, typer.Option("--metric", metavar="NAME", help="A metric; accuracy by default; may be repeated.")]
NameArgument = Annotated[str, typer.Argument(metavar="JOB", autocompletion=complete.jobs, help="A job of the workspace's jobs/.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The jobs of the workspace: make, check, change and remove them.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("check")(check)
    group.command("new")(new)
    group.command("edit")(edit)
    group.command("remove")(remove)
    app.add_typer(group, name="jobs")


def list_(as_json: JsonOption = False, where: WorkspaceOption = None) -> None:
    """List the jobs, with what they brought and how the last run ended.

    Example: miner jobs list
    """
    rows = workspace(where).jobs.list()
    if as_json:
        write_json(rows)
        return
    for row in rows:
        ran = f"last run {row['last_run'][:16].replace('T', ' ')}, {row['state']}" if row["last_run"] else "not run yet"
        parts = [counted(row["papers"], "record"), ran]
        parts += [f"schedule {row['schedule']}"] if row["schedule"] else []
        parts += [f"{counted(row['problems'], 'problem')}: {program()} jobs check {shlex.quote(row['job'])}"] if row["problems"] else []
        parts += [] if row["file"] else ["no file any more"]
        tell(f"{row['job']}: {', '.join(parts)}" + (f"\n    {row['question']}" if row["question"] else ""))


def show(job: NameArgument, as_json: JsonOption = False, where: WorkspaceOption = None) -> None:
    """Show a job: its file, what is wrong with it, what was asked so far, and what it brought.

    Example: miner jobs show alzheimer-mri
    """
    found = workspace(where).jobs.show(job)
    if as_json:
        write_json(found)
        return
    write(found["text"].rstrip())
    write("")
    tell(f"# file     {found['file']}")
    tell(f"# queries  {found['digest'] or 'none that can be read'}")
    tell(f"# brought  {counted(found['papers'], 'record')}")
    former = {(f["source"], f["query"]) for f in found["former_queries"]}
    for a in found["asked"]:
        once = f", asked no more: {program()} run --keep or --drop" if (a["source"], a["query"]) in former else ""
        tell(f"# asked    {a['source']}: {counted(a['received'], 'record')}{once} ({a['query']})")
    if found["last_run"]:
        tell(f"# last run {found['last_run'][:16].replace('T', ' ')}, {found['state']}")
    for problem in found["problems"]:
        complain(f"Error: {problem}")


def check(
    job: Annotated[
        str | None, typer.Argument(metavar="JOB", autocompletion=complete.jobs, help="A job, or a job file; all of jobs/ by default.")
    ] = None,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Say all that is wrong with a job, before anything is fetched: keys, sources, metrics, tasks, the report. Exits with 2 if something is.

    Example: miner jobs check alzheimer-mri
    """
    jobs = workspace(where).jobs
    problems = jobs.check(job)
    if as_json:
        write_json([{"where": p.where, "what": p.what, "hint": p.hint} for p in problems])
    for problem in problems:
        complain(f"Error: {problem}")
    for row in jobs.list():
        if row["file"] and job in {None, row["job"], Path(row["file"]).stem} and Path(row["file"]).stem != row["job"]:
            say(f"{row['file']}: its job is called {row['job']}; records and reports are filed under that name")
    if not problems and not as_json:
        say(f"nothing is wrong with {job or 'the jobs'}")
    raise typer.Exit(USAGE if problems else DONE)


def new(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What the report shall answer, in words.")],
    query: QueryOption = None,
    metric: MetricOption = None,
    name: Annotated[str | None, typer.Option("--name", help="The job's name; made of the question's words by default.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DAY", help="Records from this day on (YYYY-MM-DD).")] = None,
    where: WorkspaceOption = None,
) -> None:
    """Write a job file for a question of your own: all tasks, the general report.

    Example: miner jobs new "Does the accuracy of grading gliomas depend on sample size?" --query "pubmed=glioma[tiab] AND radiomics[tiab]"
    """
    write(str(make(workspace(where), question, query, metric, name=name, since=since)))


def make(
    place: Workspace, question: str, query: list[str] | None, metric: list[str] | None, *, name: str | None = None, since: str | None = None
) -> Path:
    """Write a job file of options, and return its path."""
    return place.jobs.new(question, queries_of(query or []), metrics=metric or ["accuracy"], name=name, since=since)


def queries_of(given: list[str]) -> dict[str, str]:
    """Return queries by source.

    Raises
    ------
    UsageError
        If one is no SOURCE=QUERY, or a source stands twice.
    """
    queries: dict[str, str] = {}
    for item in given:
        source, equals, words = item.partition("=")
        if not equals or not words.strip() or source in queries:
            raise UsageError(
                f"{item!r} is no SOURCE=QUERY of a source of its own", where="--query", hint="for example: --query 'pubmed=gout[tiab]'"
            )
        queries[source] = words
    return queries


def edit(job: NameArgument, where: WorkspaceOption = None) -> None:
    """Open a job in $VISUAL or $EDITOR; what is wrong is said, and the file changes only when nothing is.

    Example: miner jobs edit alzheimer-mri
    """
    place = workspace(where)
    found = place.jobs.show(job)
    path = Path(found["file"])
    draft = path.with_suffix(".toml.draft")
    if not draft.exists():
        draft.write_text(found["text"], encoding="utf-8")
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        code = subprocess.call([*shlex.split(editor), str(draft)])  # noqa: S603 -- the user's own editor
    except OSError as error:
        raise UsageError(f"{editor} cannot be started: {error.strerror}", where="EDITOR", hint="name an editor in $EDITOR") from error
    if code:
        raise UsageError(
            f"{editor} ended with {code}; nothing was changed", where=str(draft), hint="miner jobs edit goes on with this draft"
        )
    text = draft.read_text(encoding="utf-8", errors="replace")
    try:
        place.jobs.change(job, text)
    except MinerError as error:
        raise UsageError(
            f"not changed: {error}", where=str(draft), hint="miner jobs edit goes on with this draft; delete it to begin anew"
        ) from error
    draft.unlink()
    say("unchanged" if text == found["text"] else f"changed: {path}")
    after: list[dict[str, Any]] = place.jobs.show(job)["former_queries"]
    for f in after:
        say(
            f"the query of {f['source']} brought {counted(f['received'], 'record')} so far; {program()} run --keep or --drop says what becomes of them"
        )


def remove(
    job: NameArgument,
    records: Annotated[
        bool, typer.Option("--records", help="Remove the records that nothing else brought, too, with all that was read from them.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    where: WorkspaceOption = None,
) -> None:
    """Remove a job: its file, its ledger, and what says that it brought its records; says first what that takes, and asks.

    Example: miner jobs remove medical-imaging --yes
    """
    jobs = workspace(where).jobs
    takes = jobs.what_removal_takes(job)
    for line in _taken(takes, records=records):
        say(line)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nothing was removed: there is nobody to ask", where=job, hint="--yes removes it")
        typer.confirm("Remove it?", abort=True, err=True)
    done = jobs.remove(job, records=records)
    say(f"removed: {done['job']}" + (f" and {counted(done['removed'], 'record')}" if records else ""))


def _taken(takes: dict[str, Any], *, records: bool) -> list[str]:
    only = counted(takes["only_here"], "record")
    asked, brought = counted(takes["queries"], "query", "queries"), counted(takes["papers"], "record")
    stay = f"the records stay in the database ({only} that nothing else brought; --records removes them)"
    go = f"{only} that nothing else brought {'is' if takes['only_here'] == 1 else 'are'} removed too, with all that was read from them"
    return [
        f"removing {takes['job']} takes: {takes['file'] or 'no file (there is none)'}; the ledger of {asked}; and that {brought} came by it",
        go if records else stay,
        "runs, answers of services, reviewers' words and pages that were made stay",
    ]
