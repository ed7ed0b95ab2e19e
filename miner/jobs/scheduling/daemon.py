"""The daemon: runs each job when it is due, one after another, makes up once for what was missed, and stops when asked."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from miner.jobs.scheduling.schedule import Scheduled, command, scheduled_jobs

if TYPE_CHECKING:
    from miner.config import Workspace

_LOOK_AGAIN = 60.0
_GRACE = 1.5


class Clock(Protocol):
    """What tells the time and waits; tests put a simulated one in its place."""

    def now(self) -> datetime:
        """Return the present moment, with a time zone."""

    def wait(self, seconds: float) -> bool:
        """Wait; return True if the daemon was asked to stop meanwhile."""


@dataclass(slots=True)
class RealClock:
    """The machine's clock; :meth:`stop` ends a wait at once."""

    _stop: threading.Event = field(default_factory=threading.Event)

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now(UTC)

    def wait(self, seconds: float) -> bool:
        """Wait for so many seconds, or until :meth:`stop`."""
        return self._stop.wait(seconds)

    def stop(self) -> None:
        """Ask the daemon to stop."""
        self._stop.set()


Runner = Callable[["Workspace", Scheduled, Callable[[], bool]], int]


def run_due(workspace: Workspace, last_started: dict[str, datetime], now: datetime, run: Runner, say: Callable[[str], None]) -> int:
    """Run, once each, the jobs that were due since their last start; return how many. What ``miner schedule run --once`` does.

    A job that never ran is not late: its first time lies ahead.
    """
    jobs, errors = scheduled_jobs(workspace)
    for error in errors:
        say(str(error))
    late = [j for j in jobs if j.name in last_started and j.cron.last(now.astimezone(j.tz)) > last_started[j.name]]
    for job in late:
        _start(workspace, job, run, say, lambda: False)
    return len(late)


def serve(workspace: Workspace, last_started: dict[str, datetime], clock: Clock, run: Runner, say: Callable[[str], None]) -> None:
    """Run jobs when they are due, until the clock's wait says to stop. Job files are read anew each minute, so that a change counts.

    Parameters
    ----------
    workspace : Workspace
    last_started : dict of str to datetime
        When each job last started: a run that was missed since is made up for, once, however many times were missed.
    clock : Clock
    run : callable
        Runs one job, given a function that says whether to stop; returns its exit code. A failure is told and the daemon goes on.
    say : callable
        Told what happens.
    """
    started = dict(last_started)
    begun = clock.now()
    announced: set[str] = set()
    while True:
        jobs, errors = scheduled_jobs(workspace)
        for message in map(str, errors):
            if message not in announced:
                announced.add(message)
                say(message)
        for job in jobs:
            now = clock.now()
            if job.cron.last(now.astimezone(job.tz)) > started.get(job.name, begun):
                started[job.name] = now
                if _start(workspace, job, run, say, lambda: clock.wait(0)):
                    return
        now = clock.now()
        pause = min([_LOOK_AGAIN, *((j.cron.following(now.astimezone(j.tz))[0] - now).total_seconds() for j in jobs)])
        if clock.wait(max(0.01, pause)):
            return


def _start(workspace: Workspace, job: Scheduled, run: Runner, say: Callable[[str], None], stopping: Callable[[], bool]) -> bool:
    say(f"{job.name}: started")
    code = run(workspace, job, stopping)
    meaning = {0: "done", 3: "done in part, the rest will be tried again", 4: "another run holds the workspace"}
    say(f"{job.name}: {meaning.get(code, f'failed with exit code {code}')}")
    return stopping()


def run_in_process(workspace: Workspace, job: Scheduled, stopping: Callable[[], bool]) -> int:
    """Run a job in a process of its own, so that a crash or a leak ends with it; when asked to stop, end it: the next run goes on."""
    process = subprocess.Popen(command(workspace, "run", str(job.path)))  # noqa: S603 -- our own command
    while True:
        try:
            return process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            if stopping():
                process.send_signal(signal.SIGINT)
                until = time.monotonic() + _GRACE
                while process.poll() is None and time.monotonic() < until:
                    time.sleep(0.05)
                process.kill()
                return process.wait()
