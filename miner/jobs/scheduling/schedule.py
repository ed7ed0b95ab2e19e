"""Schedules of a workspace's jobs: when each is due, and handing them to systemd or cron."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from miner.config import MARKER
from miner.errors import MinerError, UsageError
from miner.jobs.cron import Cron, local_zone_name, time_zone
from miner.jobs.job import load_job

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from miner.config import Workspace


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A job with a schedule; ``zone`` is the job's own time zone, None for the machine's, and ``asks`` whether it asks services for anything."""

    name: str
    path: Path
    cron: Cron
    zone: str | None
    asks: bool = False

    @property
    def tz(self) -> tzinfo:
        """The time zone that the schedule is meant in."""
        return time_zone(self.zone)


def scheduled_jobs(workspace: Workspace) -> tuple[list[Scheduled], list[MinerError]]:
    """Return the jobs of ``jobs/`` that have a schedule, by name, and what is wrong with the others: one bad file must not stop the rest.

    Two files with a job of one name are both left out: their runs would be filed as one.
    """
    found: list[Scheduled] = []
    errors: list[MinerError] = []
    for path in sorted(workspace.jobs.glob("*.toml")):
        try:
            job = load_job(path, workspace)
            if job.schedule:
                time_zone(job.timezone)
                asks = bool(job.harvest or job.citations.fetch or job.fulltext.fetch)
                found.append(Scheduled(job.name, path, Cron.parse(job.schedule, str(path)), job.timezone, asks))
        except MinerError as error:
            errors.append(error)
    return sorted(found, key=lambda s: s.name), errors


def check_contact_of(workspace: Workspace, jobs: list[Scheduled]) -> None:
    """Refuse to schedule what services would refuse: neither cron nor systemd hands on ``MINER_CONTACT``, so the address must stand in ``miner.toml``.

    Raises
    ------
    UsageError
        If a job asks services, and there is no address.
    """
    asking = [j.name for j in jobs if j.asks]
    if not asking or workspace.contact is not None:
        return
    here = os.environ.get("MINER_CONTACT")
    what = "scheduled runs do not see MINER_CONTACT, and miner.toml has no contact" if here else "miner.toml has no contact"
    raise UsageError(
        f"{what}: services would refuse {', '.join(asking)}",
        where=str(workspace.root / MARKER),
        hint=f"type: miner init {shlex.quote(str(workspace.root))} --contact {shlex.quote(here or 'you@example.org')}",
    )


def unseen_variables() -> list[str]:
    """Return the variables that are set here and change what a run asks and of whom, but that cron and systemd do not hand on."""
    return sorted(k for k, v in os.environ.items() if v and _LOST.fullmatch(k))


# MINER_CONTACT is kept in miner.toml, and MINER_WORKSPACE given as an option.
_LOST = re.compile(r"(?:NCBI|OPENALEX)(?:_API)?_KEY|MINER_\w+_(?:URL|INTERVAL|DIR)")


def command(workspace: Workspace, *words: str) -> list[str]:
    """Return the command that runs miner in this workspace, with no need of a PATH."""
    return [sys.executable, "-m", "miner", "--workspace", str(workspace.root), *words]


def log_path(workspace: Workspace) -> Path:
    """Return the file that scheduled runs write what they say to."""
    return workspace.logs / "schedule.log"


def _tag(workspace: Workspace) -> str:
    return hashlib.sha256(str(workspace.root).encode()).hexdigest()[:8]


# systemd


def has_systemd() -> bool:
    """Whether systemd runs this machine and answers this user."""
    if not Path("/run/systemd/system").is_dir() or shutil.which("systemctl") is None:
        return False
    asked = subprocess.run(["systemctl", "--user", "show-environment"], capture_output=True, check=False)  # noqa: S607 -- the user's systemctl
    return asked.returncode == 0


def units_folder() -> Path:
    """Return where systemd looks for a user's units."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"


def systemd_units(workspace: Workspace, jobs: list[Scheduled]) -> dict[str, str]:
    """Return the units, by file name: a service and a timer for each job. ``Persistent`` makes up for a run that was missed, once."""
    units = {}
    for job in jobs:
        name = f"miner-{_tag(workspace)}-{job.name}"
        words = _systemd_line(command(workspace, "-q", "run", str(job.path)))
        units[f"{name}.service"] = (
            f"[Unit]\nDescription=miner job {job.name}\n\n[Service]\nType=oneshot\n"
            # 3 is done in part, 4 is locked by another run: the next run goes on, and systemd need not call it a failure.
            f"SuccessExitStatus=3 4\nExecStart={words}\n"
        )
        lines = "".join(f"OnCalendar={line}\n" for line in job.cron.on_calendar(job.zone))
        units[f"{name}.timer"] = (
            f"[Unit]\nDescription=Schedule of miner job {job.name}\n\n[Timer]\n{lines}Persistent=true\n\n[Install]\nWantedBy=timers.target\n"
        )
    return units


def _systemd_line(words: list[str]) -> str:
    """Write a command as ``ExecStart`` reads it: quoted, ``%`` (a specifier) doubled; the colon says that ``$`` is no variable."""
    for word in words:
        _check_path(word, utf8=True)
    quoted = (w.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") for w in words)
    return (":" if any("$" in w for w in words) else "") + " ".join(f'"{w}"' for w in quoted)


def _check_path(word: str, *, utf8: bool = False) -> None:
    """Refuse what no line of a crontab or unit can hold: a new line would begin another entry.

    Raises
    ------
    UsageError
        If there are control characters, or bytes that are no UTF-8 where a unit needs it.
    """
    if any(unicodedata.category(c) in {"Cc", "Zl", "Zp"} or (utf8 and "\ud800" <= c <= "\udfff") for c in word):
        raise UsageError(
            "a schedule cannot name this path: it has a line break, another control character, or letters that are not UTF-8",
            where=ascii(word),
            hint="rename the folder or file, or keep a daemon: miner schedule run",
        )


def install_systemd(workspace: Workspace, jobs: list[Scheduled]) -> list[Path]:
    """Write the units, remove those of jobs that have no schedule any more, and start the timers."""
    folder = units_folder()
    folder.mkdir(parents=True, exist_ok=True)
    units = systemd_units(workspace, jobs)
    remove_systemd(workspace, keep=set(units))
    for name, text in units.items():
        (folder / name).write_text(text, encoding="utf-8")
    _systemctl("daemon-reload")
    timers = [n for n in units if n.endswith(".timer")]
    if timers:
        _systemctl("enable", "--now", *timers)
    return [folder / name for name in units]


def remove_systemd(workspace: Workspace, keep: set[str] | None = None) -> int:
    """Stop and remove this workspace's units, but for those named; return how many went."""
    gone = [p for p in sorted(units_folder().glob(f"miner-{_tag(workspace)}-*")) if p.name not in (keep or set())]
    timers = [p.name for p in gone if p.suffix == ".timer"]
    if timers:
        _systemctl("disable", "--now", *timers)
    for path in gone:
        path.unlink()
    if gone:
        _systemctl("daemon-reload")
    return len(gone)


def _systemctl(*words: str) -> None:
    done = subprocess.run(["systemctl", "--user", *words], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        raise MinerError(f"systemctl --user {words[0]} failed: {done.stderr.strip()}", hint="or use cron: miner schedule install --crontab")


# cron


def crontab_lines(workspace: Workspace, jobs: list[Scheduled]) -> list[str]:
    """Return this workspace's lines of a crontab, between two marks; the last one makes up, after a start of the machine, for what was missed.

    Raises
    ------
    UsageError
        If a job's time zone is not the machine's: cron knows no other.
    """
    local = local_zone_name()
    for job in jobs:
        if job.zone not in {None, local}:
            raise UsageError(
                f"cron fires in the machine's time zone ({local or 'UTC'}), job {job.name} wants {job.zone}",
                where=str(job.path),
                hint="leave timezone out, or use systemd or: miner schedule run",
            )
    lines = [_begin(workspace)]
    lines += [_cron_line(workspace, job.cron.line, "run", str(job.path)) for job in jobs]
    if jobs:
        lines.append(_cron_line(workspace, "@reboot", "schedule", "run", "--once"))
    return [*lines, _end(workspace)]


def _cron_line(workspace: Workspace, when: str, *words: str) -> str:
    log = str(log_path(workspace))
    argv = command(workspace, "-q", *words)
    for word in (*argv, log):
        _check_path(word)
    line = f"{shlex.join(argv)} >> {shlex.quote(log)} 2>&1"
    # cron takes a percent sign for the end of the command, but for one behind a backslash that is not itself behind one: a path's own
    # backslash is kept off by an empty quotation.
    return f"{when} " + line.replace("\\%", "\\''%").replace("%", "\\%")


def _begin(workspace: Workspace) -> str:
    return f"# BEGIN miner {_tag(workspace)} {workspace.root}"


def _end(workspace: Workspace) -> str:
    return f"# END miner {_tag(workspace)}"


def _without(workspace: Workspace, text: str) -> list[str]:
    kept, inside = [], False
    for line in text.removesuffix("\n").split("\n") if text else []:
        if line.startswith(f"# BEGIN miner {_tag(workspace)}"):
            inside = True
        if not inside:
            kept.append(line)
        if line == _end(workspace):
            inside = False
    return kept


def install_crontab(workspace: Workspace, jobs: list[Scheduled]) -> int:
    """Put this workspace's lines into the user's crontab in place of earlier ones; other lines stay. Returns how many jobs there are."""
    ours = crontab_lines(workspace, jobs) if jobs else []
    log_path(workspace).parent.mkdir(parents=True, exist_ok=True)
    _write_crontab([*_without(workspace, _read_crontab()), *ours])
    return len(jobs)


def remove_crontab(workspace: Workspace) -> bool:
    """Take this workspace's lines out of the user's crontab; return whether there were any."""
    text = _read_crontab()
    kept = _without(workspace, text)
    if kept == text.removesuffix("\n").split("\n") or not text:
        return False
    _write_crontab(kept)
    return True


def _crontab() -> str:
    found = shutil.which("crontab")
    if found is None:
        raise UsageError("there is neither systemd nor cron on this machine", hint="apt install cron, or keep a daemon: miner schedule run")
    return found


def _read_crontab() -> str:
    done = subprocess.run([_crontab(), "-l"], capture_output=True, encoding="utf-8", errors="surrogateescape", check=False)  # noqa: S603
    # A user who has no crontab yet is told so with exit code 1.
    return done.stdout if done.returncode == 0 else ""


def _write_crontab(lines: list[str]) -> None:
    text = "\n".join(lines) + "\n" if lines else ""
    done = subprocess.run(  # noqa: S603
        [_crontab(), "-"], input=text, capture_output=True, encoding="utf-8", errors="surrogateescape", check=False
    )
    if done.returncode:
        raise MinerError(f"crontab refused: {done.stderr.strip()}", hint="miner schedule install --dry-run shows the lines")


def next_times(jobs: list[Scheduled], now: datetime, number: int = 5) -> Iterator[tuple[Scheduled, list[datetime]]]:
    """Yield each job with its next times, in its own time zone."""
    for job in jobs:
        yield job, job.cron.following(now.astimezone(job.tz), number)
