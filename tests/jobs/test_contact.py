"""The address of contact is asked for once, kept with the workspace, and never lost on the way to a service; who is refused publishes nothing."""

from __future__ import annotations

import os
import pty
import select
import shlex
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

import miner
from miner.cli.main import main
from miner.config import contact, find_workspace, init_workspace
from miner.errors import ConfigError, UsageError
from miner.jobs.job import load_job
from miner.jobs.run import NOTHING, run_job
from miner.jobs.scheduling import schedule
from tests.jobs import plugin_source

JOB = 'name = "mine"\nquestion = "Q?"\nschedule = "* * * * *"\n[[harvest]]\nsource = "mine"\nquery = "x"\n[report]\nname = "small"\n'


@pytest.fixture(autouse=True)
def no_variable(monkeypatch):
    monkeypatch.delenv("MINER_CONTACT", raising=False)


@pytest.fixture
def call(capsys):
    """The command line in this process; its exit code and what it wrote and said."""

    def run(*words):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        said = capsys.readouterr()
        return SimpleNamespace(returncode=ended.value.code or 0, stdout=said.out, stderr=said.err)

    return run


@pytest.fixture
def place(tmp_path):
    made = init_workspace(tmp_path / "a place", "ada@example.org")
    plugin_source.add_to(made)
    (made.jobs / "mine.toml").write_text(JOB)
    (made.report_definitions / "small.toml").write_text('title = "Small"\nquestion = "Q?"\npanels = ["studies"]\n')
    miner.Workspace.open(made.root)  # its plugins are in force
    return made


def test_the_address_is_kept_with_the_workspace_and_the_variable_wins(tmp_path, monkeypatch):
    made = miner.Workspace.create(tmp_path, contact="ada@example.org").settings
    assert contact(made) == "ada@example.org"
    (tmp_path / "miner.toml").write_text("# mine\nkeep_snapshots = 3\n")
    again = miner.Workspace.create(tmp_path, contact="bo@example.org").settings
    assert (again.contact, again.keep_snapshots) == ("bo@example.org", 3)
    assert "# mine" in (tmp_path / "miner.toml").read_text()
    assert miner.Workspace.create(tmp_path, contact="cy@example.org").settings.contact == "cy@example.org"
    assert (tmp_path / "miner.toml").read_text().count("contact") == 1
    assert miner.Workspace.create(tmp_path).settings.contact == "cy@example.org"
    monkeypatch.setenv("MINER_CONTACT", "dee@example.org")
    assert contact(again) == "dee@example.org"


@pytest.mark.parametrize("address", ["ada", "ada@", "@example.org", "ada example.org", "a@b@c.org", "ada@example.org\nx = 1", 3])
def test_what_is_no_address_is_refused_wherever_it_stands(address, tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="no e-mail address"):
        miner.Workspace.create(tmp_path / "a", contact=address)
    assert not (tmp_path / "a").exists()
    if isinstance(address, str):
        init_workspace(tmp_path / "b")
        (tmp_path / "b" / "miner.toml").write_text(f"contact = {address!r}\n" if "\n" not in address else f'contact = """{address}"""\n')
        with pytest.raises(ConfigError, match="no e-mail address"):
            find_workspace(tmp_path / "b")
        monkeypatch.setenv("MINER_CONTACT", address)
        with pytest.raises(ConfigError, match=r"MINER_CONTACT: .*no e-mail address"):
            contact()


def test_init_asks_for_it_on_a_terminal_and_only_there(tmp_path, call):
    main, other = pty.openpty()
    command = [sys.executable, "-m", "miner", "init", str(tmp_path / "asked")]
    process = subprocess.Popen(command, stdin=other, stderr=other, stdout=subprocess.DEVNULL, env={**os.environ, "TERM": "dumb"})
    os.close(other)
    said, answers, until = "", ["nobody\n", "ada@example.org\n"], time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        if select.select([main], [], [], 0.1)[0]:
            try:
                said += os.read(main, 4096).decode()
            except OSError:
                break
            if answers and said.count("e-mail address, so that") == 3 - len(answers):
                os.write(main, answers.pop(0).encode())
    assert process.wait(timeout=30) == 0, said
    os.close(main)
    assert "'nobody' is no e-mail address" in said
    assert find_workspace(tmp_path / "asked").contact == "ada@example.org"
    assert call("init", str(tmp_path / "silent"), "--contact", "bo@example.org").returncode == 0
    assert find_workspace(tmp_path / "silent").contact == "bo@example.org"


@pytest.mark.parametrize("variable", [None, "cy@example.org"])
def test_a_schedule_without_it_is_refused_and_says_what_to_type(place, call, monkeypatch, variable):
    (place.root / "miner.toml").write_text("")
    if variable:
        monkeypatch.setenv("MINER_CONTACT", variable)
    for dry_run in (True, False):
        with pytest.raises(UsageError, match="services would refuse mine") as refused:
            miner.Workspace.open(place.root).schedule.install(crontab=True, dry_run=dry_run)
    assert ("do not see MINER_CONTACT" in str(refused.value)) == (variable is not None)
    typed = shlex.split(refused.value.hint.removeprefix("type: miner "))
    assert call(*typed).returncode == 0
    assert find_workspace(place.root).contact == (variable or "you@example.org")
    assert miner.Workspace.open(place.root).schedule.install(crontab=True, dry_run=True).jobs == 1


def test_variables_that_a_schedule_would_lose_are_told(place, call, monkeypatch):
    monkeypatch.setenv("NCBI_API_KEY", "secret")
    monkeypatch.setenv("MINER_ARXIV_URL", "http://localhost/")
    assert {"MINER_ARXIV_URL", "NCBI_API_KEY"} <= set(miner.Workspace.open(place.root).schedule.install(crontab=True, dry_run=True).unseen)
    done = call("--workspace", str(place.root), "schedule", "install", "--crontab", "--dry-run")
    assert "scheduled runs do not see" in done.stderr
    assert "secret" not in done.stderr + done.stdout


def test_the_line_of_the_crontab_harvests_under_cron_s_environment(place, tmp_path):
    """As cron does it: the five fields go, \\% is a percent sign, the rest goes to sh, in an environment that has next to nothing."""
    [line] = [x for x in schedule.crontab_lines(place, schedule.scheduled_jobs(place)[0]) if x.startswith("* * * * *")]
    command = line.split(None, 5)[5].replace("\\%", "%")
    place.logs.mkdir(parents=True, exist_ok=True)
    bare = ["env", "-i", "PATH=/usr/bin:/bin", f"HOME={tmp_path}", "/bin/sh", "-c", command]
    done = subprocess.run(bare, cwd="/", check=False, timeout=120)
    log = schedule.log_path(place).read_text()
    assert done.returncode == 0, log
    assert "harvest mine: 3 new of 3\n" in log
    assert miner.Workspace.open(place.root).sql("SELECT count(*) AS n FROM v_paper")["n"][0] == 3


def test_a_run_that_is_refused_leaves_what_is_published(place, call):
    job = load_job(place.jobs / "mine.toml", place)
    assert run_job(place, job, lambda _: None).state == "done"
    [page] = place.reports.rglob("*.html")
    before = (place.current.resolve(), page.read_bytes(), page.stat().st_mtime_ns)
    (place.root / "refuse").touch()
    for extra in ([], ["--json"]):
        done = call("--workspace", str(place.root), "run", "mine", "--since", "2019-01-01", *extra)
        assert done.returncode == 1
        assert NOTHING in done.stdout
        assert "refused ada@example.org" in done.stdout
        assert (place.current.resolve(), page.read_bytes(), page.stat().st_mtime_ns) == before
    # A source that gives something makes it a run in part, which is published.
    half = place.jobs / "half.toml"
    half.write_text(JOB.replace("mine", "half", 1) + '[[harvest]]\nsource = "mine"\nquery = "y"\nuntil = "2021-01-01"\n')
    (place.root / "refuse").unlink()
    (place.plugins / "archive.py").write_text(
        plugin_source.SOURCE.replace(
            "def count(self, query, window):",
            "def count(self, query, window):\n        if query == 'y':\n            raise HarvestError('no')",
        )
    )
    done = call("--workspace", str(place.root), "run", "half")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "report: data/reports" in done.stdout
