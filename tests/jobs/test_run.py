"""Runs are logged, summed up, told of and locked."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from miner.config import init_workspace
from miner.errors import ConfigError
from miner.jobs.job import load_job
from miner.jobs.lock import writing
from miner.jobs.notify import notify, worth_telling
from miner.jobs.run import run_job
from miner.store.status import read_status, to_prometheus
from miner.store.write import upsert_papers
from miner.types import Paper

JOB = 'name = "j"\nquestion = "Q?"\n'


def papers(first, last):
    return [
        Paper(
            f"pmid:{i}",
            "pubmed",
            "T",
            f"We studied {50 + 20 * i} patients. The network reached an accuracy of {95 - i}% in them.",
            2010 + i,
            pmid=str(i),
        )
        for i in range(first, last)
    ]


@pytest.fixture
def place(tmp_path):
    return init_workspace(tmp_path)


def job(place, more=""):
    path = place.jobs / "j.toml"
    path.write_text(JOB + more)
    return load_job(path)


def test_a_run_says_what_it_added_and_logs_each_step(place):
    with writing(place) as con:
        upsert_papers(con, papers(0, 6), "j")
    first = run_job(place, job(place), lambda _: None)
    assert first.state == "done"
    assert first.summary["new_effects"] == 6
    assert first.summary["changed_verdicts"] == {}
    with writing(place) as con:
        upsert_papers(con, papers(6, 12), "j")
    second = run_job(place, job(place), lambda _: None)
    assert (second.summary["new_effects"], second.summary["gone_effects"]) == (6, 0)
    third = run_job(place, job(place), lambda _: None, start="extract")
    assert not worth_telling(third.to_dict())
    lines = [json.loads(x) for x in (place.data / "logs" / f"{second.run_id}.jsonl").read_text().splitlines()]
    assert {x["run_id"] for x in lines} == {second.run_id}
    assert lines[0]["event"] == "started"
    assert [x["step"] for x in lines if x["event"] == "step"] == ["extract", "link", "publish", "report"]
    assert lines[-1]["summary"] == second.summary


def test_a_changed_verdict_is_told(place):
    with writing(place) as con:
        upsert_papers(con, papers(0, 3), "j")
    few = run_job(place, job(place), lambda _: None)
    assert few.summary["verdicts"]["accuracy"].startswith("not computed")
    with writing(place) as con:
        upsert_papers(con, papers(3, 40), "j")
    many = run_job(place, job(place), lambda _: None)
    assert many.summary["changed_verdicts"]["accuracy"] == [few.summary["verdicts"]["accuracy"], "falls with sample size, clear evidence"]


def test_notify_runs_without_a_shell_and_without_keys(place, tmp_path, monkeypatch):
    monkeypatch.setenv("NCBI_API_KEY", "secret")
    target = tmp_path / "told.json"
    program = tmp_path / "tell.py"
    program.write_text("import json, os, sys; json.dump([sys.argv[1:], dict(os.environ), json.load(sys.stdin)], open(sys.argv[1], 'w'))")
    report = {"run_id": "r", "job": "j", "state": "failed", "steps": [], "summary": {"note": "$(touch /tmp/x); `id`"}}
    assert notify(f"{sys.executable} {program} {target} '$(id)' ; true", report, print) == 0
    arguments, environment, given = json.loads(target.read_text())
    assert arguments == [str(target), "$(id)", ";", "true"]
    assert given == report
    assert environment["MINER_STATE"] == "failed"
    assert "NCBI_API_KEY" not in environment


def test_a_notify_that_fails_does_not_fail_the_run(place):
    told = []
    with writing(place) as con:
        upsert_papers(con, papers(0, 6), "j")
    report = run_job(place, job(place, 'notify = "no-such-program"\n'), told.append)
    assert report.state == "done"
    assert any(t.startswith("notify:") for t in told)
    assert notify("'unbalanced", report.to_dict(), told.append) is None


def test_another_run_is_told_who_holds_the_workspace(place):
    job(place)
    with writing(place):
        done = subprocess.run(
            [sys.executable, "-m", "miner", "--workspace", str(place.root), "run", "j"], capture_output=True, text=True, check=False
        )
    assert done.returncode == 4
    assert f"process {os.getpid()}" in done.stderr


def test_a_lock_of_a_dead_process_is_free(place):
    script = "import os, sys\nfrom pathlib import Path\nfrom miner.config import find_workspace\nfrom miner.jobs.lock import writing\nwith writing(find_workspace(Path(sys.argv[1]))):\n    os._exit(9)"
    assert subprocess.run([sys.executable, "-c", script, str(place.root)], check=False).returncode == 9
    with writing(place):
        pass


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('timezone = "Mars/Olympus"', "line 3: timezone: .*there is no time zone"),
        ('[effects]\nmetrics = ["acuracy"]', "line 4"),
        ('[[harvest]]\nsource = "pubmed"\nquery = "x"\nsince = "soon"', "line 6"),
        ('[effects]\nmetric = ["accuracy"]', "line 4: unknown key 'metric' .*did you mean 'metrics'"),
    ],
)
def test_what_a_job_file_says_wrong_is_told_with_its_line(place, line, message):
    with pytest.raises(ConfigError, match=message):
        job(place, line + "\n")


def test_prometheus_reads_the_figures(place):
    with writing(place) as con:
        upsert_papers(con, papers(0, 6), "j")
    run_job(place, job(place), lambda _: None)
    text = to_prometheus(read_status(place))
    for line in text.splitlines():
        assert line.startswith("# ") or line.rpartition(" ")[2].lstrip("-").isdigit(), line
    assert 'miner_records{kind="papers"} 6' in text
    assert 'miner_run_state{job="j",state="done"} 1' in text
