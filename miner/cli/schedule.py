"""``miner schedule``: jobs that run by themselves."""

from __future__ import annotations

from typing import Annotated

import typer

from miner.cli.common import DONE, PARTIAL, JsonOption, WorkspaceOption, counted, say, tell, workspace, write, write_json

CrontabOption = Annotated[bool, typer.Option("--crontab", help="Use cron even where there is systemd.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Run the jobs of jobs/ that have a schedule, by systemd, cron or a daemon.", no_args_is_help=True)
    group.command("show")(show)
    group.command("install")(install)
    group.command("remove")(remove)
    group.command("run")(run)
    app.add_typer(group, name="schedule")


def show(as_json: JsonOption = False, where: WorkspaceOption = None) -> None:
    """Show each schedule with its next five times; exits with 3 where a job file cannot be read.

    Example: miner schedule show
    """
    rows, errors = workspace(where).schedule.times()
    if as_json:
        write_json({"jobs": rows, "errors": [str(e) for e in errors]})
    else:
        for row in rows:
            tell(f"{row['job']}: {row['schedule']} ({row['timezone']})")
            for time in row["next"]:
                tell(f"  {time[:16].replace('T', ' ')}")
        if not rows:
            say('no job in jobs/ has a schedule; add one such as: schedule = "0 6 * * 1"')
    for error in errors:
        say(f"Error: {error}")
    raise typer.Exit(PARTIAL if errors else DONE)


def install(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")] = False,
    crontab: CrontabOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Hand the schedules to systemd (user timers) or, where there is none, to cron; again, it brings them up to date.

    Example: miner schedule install --dry-run
    """
    done = workspace(where).schedule.install(crontab=crontab, dry_run=dry_run)
    for error in done.errors:
        say(f"Error: {error}")
    if done.unseen:
        say(f"scheduled runs do not see {', '.join(done.unseen)}, set here: put what they need into the crontab or the units")
    for path, text in done.units.items():
        write(f"# {path}\n{text}" if dry_run else str(path))
    if dry_run:
        if done.by == "cron":
            write("\n".join(done.crontab))
    elif done.by == "systemd":
        say(f"{counted(done.jobs, 'timer')} started; systemctl --user list-timers shows them")
    else:
        say(f"{counted(done.jobs, 'job')} {'is' if done.jobs == 1 else 'are'} in the crontab: see crontab -l")
    raise typer.Exit(PARTIAL if done.errors else DONE)


def remove(crontab: CrontabOption = False, where: WorkspaceOption = None) -> None:
    """Take the schedules of this workspace out of systemd and cron.

    Example: miner schedule remove
    """
    say("removed" if workspace(where).schedule.remove(crontab=crontab) else "there was nothing to remove")


def run(
    once: Annotated[bool, typer.Option("--once", help="Run what was missed since each job's last run, and end.")] = False,
    where: WorkspaceOption = None,
) -> None:
    """Stay and run each job when it is due; ends on Ctrl-C or SIGTERM. A run that was missed is made up for, once.

    Example: miner schedule run
    """
    import signal
    from threading import Event

    stop = Event()
    if not once:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
    workspace(where).schedule.run(once=once, stop=stop)
