"""Jobs that run by themselves: when each is due, handing them to systemd or cron, and staying to run them."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.workspace import arguments
from miner.workspace.base import Place

if TYPE_CHECKING:
    from miner.errors import MinerError


@dataclass(slots=True)
class Installed:
    """Schedules that were handed over, or would be.

    Attributes
    ----------
    by : str
        ``systemd`` or ``cron``.
    jobs : int
        How many jobs have a schedule.
    units : dict of pathlib.Path to str
        The files of systemd's units with what stands in them.
    crontab : list of str
        The lines of the crontab.
    errors : list of MinerError
        What is wrong with files of ``jobs/``; the others are not stopped by it.
    unseen : list of str
        Variables that are set here and change what a run does, but that scheduled runs do not see.
    """

    by: str
    jobs: int
    units: dict[Path, str] = field(default_factory=dict)
    crontab: list[str] = field(default_factory=list)
    errors: list[MinerError] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


class Schedule:
    r"""The schedules of a workspace, as ``Workspace.schedule`` gives it.

    Examples
    --------
    >>> import tempfile, miner
    >>> from datetime import datetime, UTC
    >>> ws = miner.Workspace.create(tempfile.mkdtemp())
    >>> head = 'name = "weekly"\nquestion = "?"\nschedule = "0 6 * * 1"\ntimezone = "Europe/Berlin"\n'
    >>> _ = (ws.root / "jobs" / "weekly.toml").write_text(head + '[[harvest]]\nsource = "pubmed"\nquery = "sleep"\n')
    >>> rows, errors = ws.schedule.times(datetime(2026, 1, 1, tzinfo=UTC), number=1)
    >>> [r["next"] for r in rows if r["job"] == "weekly"], errors
    ([['2026-01-05T06:00:00+01:00']], [])
    """

    def __init__(self, place: Place) -> None:
        self._place = place

    def times(self, now: datetime | None = None, *, number: int = 5) -> tuple[list[dict[str, Any]], list[MinerError]]:
        """Return each schedule with its next times, and what is wrong with files of ``jobs/``.

        Parameters
        ----------
        now : datetime.datetime, optional
            From when on, with a time zone; the present moment by default.
        number : int
            How many times of each.

        Returns
        -------
        list of dict
            ``job, schedule, timezone, next``; times in ISO 8601, in the job's time zone.
        list of MinerError
            One for each file that cannot be read.
        """
        from miner.jobs.cron import local_zone_name
        from miner.jobs.scheduling.schedule import next_times, scheduled_jobs

        arguments.whole(number=number)
        if now is not None and (not isinstance(now, datetime) or now.tzinfo is None):
            raise UsageError(f"it is {now!r}", where="now", hint="give a moment with a time zone: datetime.now(UTC)")
        jobs, errors = scheduled_jobs(self._place.settings)
        rows = [
            {
                "job": job.name,
                "schedule": job.cron.line,
                "timezone": job.zone or local_zone_name() or "UTC",
                "next": [t.isoformat() for t in times],
            }
            for job, times in next_times(jobs, now or datetime.now().astimezone(), number)
        ]
        return rows, errors

    def install(self, *, crontab: bool = False, dry_run: bool = False) -> Installed:
        """Hand the schedules to systemd (user timers) or, where there is none, to cron; again, it brings them up to date.

        Parameters
        ----------
        crontab : bool
            Use cron even where there is systemd.
        dry_run : bool
            Say what would be written, and write nothing.

        Raises
        ------
        UsageError
            If there is neither, cron would have to know another time zone than the machine's, or a job asks services and ``miner.toml`` has no
            contact: scheduled runs do not see ``MINER_CONTACT``.
        """
        from miner.jobs.scheduling import schedule

        settings = self._place.settings
        jobs, errors = schedule.scheduled_jobs(settings)
        schedule.check_contact_of(settings, jobs)
        if not crontab and schedule.has_systemd():
            units = {schedule.units_folder() / name: text for name, text in schedule.systemd_units(settings, jobs).items()}
            done = Installed("systemd", len(jobs), units=units, errors=errors, unseen=schedule.unseen_variables())
            if not dry_run:
                schedule.install_systemd(settings, jobs)
            return done
        lines = schedule.crontab_lines(settings, jobs) if jobs or dry_run else []
        done = Installed("cron", len(jobs), crontab=lines, errors=errors, unseen=schedule.unseen_variables())
        if not dry_run:
            schedule.install_crontab(settings, jobs)
        return done

    def remove(self, *, crontab: bool = False) -> bool:
        """Take the schedules of this workspace out of systemd (not with ``crontab``) and cron; return whether there were any."""
        from miner.jobs.scheduling import schedule

        settings = self._place.settings
        units = schedule.remove_systemd(settings) if not crontab and schedule.has_systemd() else 0
        lines = schedule.remove_crontab(settings) if shutil.which("crontab") else False
        return bool(units or lines)

    def run(self, *, once: bool = False, stop: threading.Event | None = None) -> None:
        """Stay and run each job when it is due, each in a process of its own; a run that was missed is made up for, once.

        Parameters
        ----------
        once : bool
            Run what was missed since each job's last run, and return.
        stop : threading.Event, optional
            Set it, from a signal or another thread, to end.
        """
        from miner.jobs.scheduling.daemon import RealClock, run_due, run_in_process, serve
        from miner.store.status import last_starts

        settings, clock = self._place.settings, RealClock(stop or threading.Event())
        if once:
            run_due(settings, last_starts(settings), clock.now(), run_in_process, self._place.say)
            return
        self._place.say("waiting for jobs to be due; Ctrl-C ends")
        serve(settings, last_starts(settings), clock, run_in_process, self._place.say)
        self._place.say("stopped")
