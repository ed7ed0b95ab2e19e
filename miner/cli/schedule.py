"""``miner schedule``: jobs that run by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from miner.cli.common import DONE, PARTIAL, JsonOption, WorkspaceOption, say, workspace, write, write_json

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
    from miner.jobs.cron import local_zone_name
    from miner.jobs.scheduling.schedule import next_times, scheduled_jobs

    jobs, errors = scheduled_jobs(workspace(where).settings)
    rows = [
        {
            "job": job.name,
            "schedule": job.cron.line,
            "timezone": job.zone or local_zone_name() or "UTC",
            "next": [t.isoformat() for t in times],
        }
        for job, times in next_times(jobs, datetime.now().astimezone())
    ]
    if as_json:
        write_json({"jobs": rows, "errors": [str(e) for e in errors]})
    else:
        for row in rows:
            write(f"{row['job']}: {row['schedule']} ({row['timezone']})")
            for time in row["next"]:
                write(f"  {time[:16].replace('T', ' ')}")
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
    from miner.jobs.scheduling import schedule

    place = workspace(where).settings
    jobs, errors = schedule.scheduled_jobs(place)
    for error in errors:
        say(f"Error: {error}")
    use_systemd = not crontab and schedule.has_systemd()
    if dry_run:
        if use_systemd:
            for name, text in schedule.systemd_units(place, jobs).items():
                write(f"# {schedule.units_folder() / name}\n{text}")
        else:
            write("\n".join(schedule.crontab_lines(place, jobs)))
    elif use_systemd:
        for path in schedule.install_systemd(place, jobs):
            write(str(path))
        say(f"{len(jobs)} timers started; systemctl --user list-timers shows them")
    else:
        schedule.install_crontab(place, jobs)
        say(f"{len(jobs)} jobs are in the crontab; crontab -l shows them")
    raise typer.Exit(PARTIAL if errors else DONE)


def remove(crontab: CrontabOption = False, where: WorkspaceOption = None) -> None:
    """Take the schedules of this workspace out of systemd and cron.

    Example: miner schedule remove
    """
    import shutil

    from miner.jobs.scheduling import schedule

    place = workspace(where).settings
    units = schedule.remove_systemd(place) if not crontab and schedule.has_systemd() else 0
    lines = schedule.remove_crontab(place) if shutil.which("crontab") else False
    say("removed" if units or lines else "there was nothing to remove")


def run(
    once: Annotated[bool, typer.Option("--once", help="Run what was missed since each job's last run, and end.")] = False,
    where: WorkspaceOption = None,
) -> None:
    """Stay and run each job when it is due; ends on Ctrl-C or SIGTERM. A run that was missed is made up for, once.

    Example: miner schedule run
    """
    import signal

    from miner.jobs.scheduling.daemon import RealClock, run_due, run_in_process, serve
    from miner.store.status import last_starts

    place = workspace(where).settings
    clock = RealClock()
    if once:
        run_due(place, last_starts(place), clock.now(), run_in_process, say)
        return
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: clock.stop())
    say("waiting for jobs to be due; Ctrl-C ends")
    serve(place, last_starts(place), clock, run_in_process, say)
    say("stopped")
