"""Schedules fire when cron would, are handed to cron and systemd and taken back, and the daemon survives its jobs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from miner.config import init_workspace
from miner.errors import ConfigError, UsageError
from miner.jobs.cron import Cron, time_zone
from miner.jobs.job import load_job
from miner.jobs.scheduling import schedule
from miner.jobs.scheduling.daemon import run_due, serve

JOB = 'name = "{name}"\nquestion = "Q?"\nschedule = "{cron}"\n'


@pytest.fixture
def place(tmp_path):
    made = init_workspace(tmp_path / "a workspace, 100% quoted")
    (made.jobs / "every-minute.toml").write_text(JOB.format(name="every-minute", cron="* * * * *"))
    return made


@pytest.mark.parametrize(
    ("line", "start", "expected"),
    [
        ("0 6 * * 1", "2026-11-24T12:00", "2026-11-30T06:00"),
        ("@daily", "2026-11-24T12:00", "2026-11-25T00:00"),
        ("*/20 8-9 * * *", "2026-11-24T09:41", "2026-11-25T08:00"),
        ("0 0 29 2 *", "2026-11-24T12:00", "2028-02-29T00:00"),
        # Either kind of day is enough: the first of the month, or a Monday.
        ("0 0 1 * 1", "2026-11-24T12:00", "2026-11-30T00:00"),
    ],
)
def test_the_next_time(line, start, expected):
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert Cron.parse(line).following(moment)[0] == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_the_hour_that_clocks_skip_and_the_one_they_repeat():
    paris = time_zone("Europe/Paris")
    line = Cron.parse("30 2 * * *")
    spring = line.following(datetime(2026, 3, 28, 12, tzinfo=paris), 2)
    assert len({t.date() for t in spring}) == 2
    autumn = line.following(datetime(2026, 10, 24, 12, tzinfo=paris), 2)
    assert [t.date().isoformat() for t in autumn] == ["2026-10-25", "2026-10-26"]


@pytest.mark.parametrize("line", ["0 0 30 2 *", "0 6 * *", "0 6 * * * *", "61 * * * *", "every day", ""])
def test_a_line_that_never_fires_or_is_none_is_refused(line, tmp_path):
    with pytest.raises(ConfigError, match="schedule"):
        Cron.parse(line)
    path = tmp_path / "job.toml"
    path.write_text(JOB.format(name="x", cron=line))
    with pytest.raises(ConfigError, match=r"job\.toml, line 3"):
        load_job(path)


@pytest.mark.parametrize("line", ["0 6 * * 1", "*/15 8-10 * * 1-5", "0 0 1 * 1", "@monthly", "5 4 * 1,7 *"])
def test_systemd_fires_when_cron_does(line):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    moment = datetime.now(UTC)
    times = set()
    for calendar in Cron.parse(line).on_calendar("UTC"):
        said = subprocess.run(
            ["systemd-analyze", "calendar", "--iterations=8", calendar],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "TZ": "UTC", "LC_ALL": "C"},
        ).stdout
        for row in said.splitlines():
            name, _, value = row.partition(": ")
            if name.strip() == "Next elapse" or name.strip().startswith("Iter"):
                times.add(datetime.strptime(" ".join(value.split()[1:3]), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC))
    assert sorted(times)[:5] == Cron.parse(line).following(moment, 5)


def test_two_jobs_of_one_name_are_left_out_and_a_bad_file_does_not_stop_the_rest(place):
    (place.jobs / "twin.toml").write_text(JOB.format(name="twin", cron="@daily"))
    (place.jobs / "twin2.toml").write_text(JOB.format(name="twin", cron="@daily"))
    (place.jobs / "bad.toml").write_text("name = 3")
    jobs, errors = schedule.scheduled_jobs(place)
    assert [j.name for j in jobs] == ["every-minute"]
    assert sorted(type(e).__name__ for e in errors) == ["ConfigError"] * 3
    assert sum("two jobs named 'twin'" in str(e) for e in errors) == 2


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A crontab of its own: Debian's crontab keeps it by user, so what the user has is put back."""
    if shutil.which("crontab") is None:
        pytest.skip("no crontab on this machine (apt install cron)")
    before = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)
    subprocess.run(["crontab", "-"], input="# mine\n5 5 * * * true\n", text=True, check=True)
    yield
    if before.returncode == 0:
        subprocess.run(["crontab", "-"], input=before.stdout, text=True, check=True)
    else:
        subprocess.run(["crontab", "-r"], check=False, capture_output=True)


def as_cron_cuts(line):
    """What cron makes of a command: it ends at the first percent sign that no backslash escapes; of one that is escaped the backslash goes."""
    out, escaped = "", False
    for c in line:
        if escaped:
            out = (out[:-1] if c == "%" else out) + c
            escaped = False
        elif c == "%":
            break
        else:
            out += c
            escaped = c == "\\"
    return out


ODD = ["100% #1", 'it\'s "so"', "für $HOME `x`", "back\\%slash\\", "a;b & c|d", "%s%%"]


@pytest.mark.parametrize("name", ODD)
def test_lines_of_a_crontab_and_units_carry_any_path(name, tmp_path, monkeypatch):
    place = init_workspace(tmp_path / name)
    (place.jobs / f"{name}.toml").write_text(JOB.format(name="odd", cron="* * * * *"))
    # In the place of Python stands a program that says what it was called with, so that nothing has to be crawled.
    program = tmp_path / name / "py thon"
    program.write_text('#!/bin/sh\nfor w in "$@"; do printf "%s\\n" "$w"; done\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    jobs, _ = schedule.scheduled_jobs(place)
    log = schedule.log_path(place)
    log.parent.mkdir(parents=True, exist_ok=True)
    lines = [x for x in schedule.crontab_lines(place, jobs) if not x.startswith("#")]
    assert [x.split()[0] for x in lines] == ["*", "@reboot"]
    for line, fields in zip(lines, (5, 1), strict=True):
        command = as_cron_cuts(line.split(None, fields)[fields])
        subprocess.run(["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "HOME=/", "/bin/sh", "-c", command], check=True, cwd="/")
    job = str(place.jobs / f"{name}.toml")
    common = ["-m", "miner", "--workspace", str(place.root), "-q"]
    assert log.read_text().splitlines() == [*common, "run", job, *common, "schedule", "run", "--once"]
    start = next(x for t in schedule.systemd_units(place, jobs).values() for x in t.splitlines() if x.startswith("ExecStart="))
    assert as_systemd_reads(start.removeprefix("ExecStart=")) == [str(program), *common, "run", job]


def as_systemd_reads(line):
    """What systemd makes of a command: words in double quotes with escapes of C, %% for a percent sign, $ a variable unless a colon says it is none."""
    assert "$" not in line or line.startswith(":")
    words = re.findall(r'"((?:[^"\\]|\\["\\])*)"(?: |$)', line.removeprefix(":"))
    assert " ".join(f'"{w}"' for w in words) == line.removeprefix(":")
    assert not any("%" in w.replace("%%", "") for w in words)
    return [re.sub(r"\\(.)", r"\1", w).replace("%%", "%") for w in words]


@pytest.mark.parametrize("name", ["two\nlines", "a\rb", "line\u2028break"])
def test_a_path_that_would_break_a_line_is_refused(name, tmp_path):
    place = init_workspace(tmp_path / "plain")
    job = schedule.Scheduled("x", tmp_path / f"{name}.toml", Cron.parse("@daily"), None)
    for made in (schedule.crontab_lines, schedule.systemd_units):
        with pytest.raises(UsageError, match="line break"):
            made(place, [job])


def crontab():
    return subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=True).stdout


def test_a_crontab_is_written_runs_and_is_taken_back(place, home):
    jobs, _ = schedule.scheduled_jobs(place)
    for _ in range(2):
        schedule.install_crontab(place, jobs)
    text = crontab()
    assert text.startswith("# mine\n5 5 * * * true\n")
    assert text.count("# BEGIN miner") == 1
    line = next(x for x in text.splitlines() if x.startswith("* * * * *"))
    command = as_cron_cuts(line.split(None, 5)[5])
    environment = {"HOME": "/tmp", "PATH": "/usr/bin:/bin", "LOGNAME": "x"} | {k: v for k, v in os.environ.items() if k == "PYTHONPATH"}
    done = subprocess.run(["/bin/sh", "-c", command], cwd="/", env=environment, check=False, timeout=120)
    log = schedule.log_path(place).read_text()
    assert done.returncode == 0, log
    assert (place.reports / "accuracy-vs-sample-size").exists() or list(place.reports.rglob("*.html"))
    assert schedule.remove_crontab(place)
    assert crontab() == "# mine\n5 5 * * * true\n"
    assert not schedule.remove_crontab(place)


def test_cron_knows_only_the_machines_time_zone(place, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    (place.jobs / "far.toml").write_text(JOB.format(name="far", cron="@daily") + 'timezone = "Asia/Tokyo"\n')
    jobs, _ = schedule.scheduled_jobs(place)
    with pytest.raises(UsageError, match="wants Asia/Tokyo"):
        schedule.crontab_lines(place, jobs)


def test_units_of_systemd_are_understood_by_systemd(place, tmp_path):
    units = schedule.systemd_units(place, schedule.scheduled_jobs(place)[0])
    assert sorted(n.rpartition(".")[2] for n in units) == ["service", "timer"]
    assert all("Persistent=true" in t for n, t in units.items() if n.endswith(".timer"))
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    for name, text in units.items():
        (tmp_path / name).write_text(text)
    said = subprocess.run(
        ["systemd-analyze", "verify", "--user", *(str(tmp_path / n) for n in units)], capture_output=True, text=True, check=False
    )
    assert not [line for line in said.stderr.splitlines() if "miner-" in line], said.stderr


class Simulated:
    """A clock whose waits take no time; it asks to stop after some minutes."""

    def __init__(self, minutes):
        self.time = datetime(2026, 11, 24, 12, 0, 30, tzinfo=UTC)
        self.end = self.time + timedelta(minutes=minutes)

    def now(self):
        return self.time

    def wait(self, seconds):
        self.time += timedelta(seconds=seconds)
        return self.time >= self.end


def test_the_daemon_runs_a_job_every_minute_and_survives_its_failures(place):
    runs, told = [], []
    clock = Simulated(5)

    def run(workspace, job, stopping):
        runs.append(clock.now().strftime("%H:%M"))
        return 1 if len(runs) == 2 else 0

    serve(place, {}, clock, run, told.append)
    assert runs == ["12:01", "12:02", "12:03", "12:04", "12:05"]
    assert "every-minute: failed with exit code 1" in told


def test_what_was_missed_is_made_up_for_once(place):
    runs = []

    def run(workspace, job, stopping):
        runs.append(job.name)
        return 0

    now = datetime(2026, 11, 24, 12, 0, 30, tzinfo=UTC)
    assert run_due(place, {}, now, run, lambda _: None) == 0
    assert run_due(place, {"every-minute": now - timedelta(hours=3)}, now, run, lambda _: None) == 1
    clock = Simulated(0.2)
    serve(place, {"every-minute": now - timedelta(hours=3)}, clock, run, lambda _: None)
    assert runs == ["every-minute", "every-minute"]


def test_sigterm_ends_the_daemon_within_two_seconds(place):
    (place.jobs / "every-minute.toml").write_text(JOB.format(name="every-minute", cron="0 0 1 1 *"))
    process = subprocess.Popen(
        [sys.executable, "-m", "miner", "--workspace", str(place.root), "schedule", "run"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert "waiting" in process.stderr.readline()
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert time.monotonic() - begun < 2
    process.stderr.close()
