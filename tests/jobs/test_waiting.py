"""Who waits is told what goes on: progress, who holds the lock, which runs are at work, and what to do after Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from miner.config import init_workspace
from miner.errors import LockedError
from miner.jobs.job import load_job
from miner.jobs.lock import writing
from miner.jobs.run import run_job
from miner.progress import Meter, Passing, waiting
from miner.store.holder import read_holder, this_process, write_holder
from miner.store.runs import begin_run
from miner.store.status import read_status, to_prometheus
from miner.store.write import upsert_papers
from miner.types import Paper

JOB = 'name = "j"\nquestion = "Q?"\n[report]\nname = "small"\n'
# As on a terminal, however the tests were started: in the background, Ctrl-C would be ignored.
MINER = "import signal, sys; sys.argv[0] = 'miner'; signal.signal(signal.SIGINT, signal.default_int_handler); from miner.cli.main import main; sys.exit(main())"
SLOW = """
import time
from miner.parts import ExportFormat, Page, Paper, SourceSpec, halves

class Slow:
    name, first_day, page, size, seconds_a_request = "slow", "2020-01-01", 10, 1000, 0.0
    def __init__(self, http, **sizes): pass
    def count(self, query, window): return 600 if window.start <= "2020-05-07" <= window.until else 0
    def split(self, query, window): return halves(window)
    def parse(self, content, sha256): return ()
    def pages(self, query, window, outcome):
        outcome.reported = self.count(query, window)
        for n in range(0, outcome.reported, 10):
            time.sleep(0.5)
            papers = tuple(Paper(f"slow:{i}", "slow", "T", "", 2020) for i in range(n, n + 10))
            yield Page("0" * 64, papers, frozenset(p.paper_id for p in papers))

SOURCE = SourceSpec("slow", "Slow", Slow, lambda: "https://slow.example.org", "patience", "anything")
"""


@pytest.fixture
def place(tmp_path):
    made = init_workspace(tmp_path / "place", "ada@example.org")
    (made.jobs / "j.toml").write_text(JOB)
    (made.report_definitions / "small.toml").write_text('title = "Small"\nquestion = "Q?"\npanels = ["studies"]\n')
    return made


def papers(number):
    return [
        Paper(f"pmid:{i}", "pubmed", "T", f"We studied {i + 20} patients; the accuracy was 90%.", 2020, pmid=str(i)) for i in range(number)
    ]


def start(place, *arguments, **options):
    return subprocess.Popen([sys.executable, "-c", MINER, "--workspace", str(place.root), *arguments], text=True, **options)


def test_a_meter_speaks_once_a_second_with_rate_and_time_left():
    now, told = iter([0.0, 0.5, 1.0, 1.5, 100.0]), []
    meter = Meter(told.append, "extracting", "document", 1000, lambda: next(now))
    for _ in range(4):
        meter.add(100)
    assert [t.split(",")[0] for t in told] == ["extracting: 200 of 1", "extracting: 400 of 1"]
    assert told[0].endswith("200 a second, 4 s left")
    assert told[1].endswith("4 a second, 3 min left")
    assert all(isinstance(t, Passing) for t in told)


def test_something_whose_end_nobody_knows_speaks_too(monkeypatch):
    monkeypatch.setattr("miner.progress._PATIENCE", 0.02)
    told = []
    with waiting(told.append, "publishing"):
        time.sleep(0.1)
    assert told == ["publishing: 1 s so far"]
    with pytest.raises(ValueError, match="it"), waiting(told.append, "linking"):
        raise ValueError("it")


def test_extraction_linking_and_publishing_say_how_far_they_are(place, monkeypatch):
    monkeypatch.setattr("miner.progress.EVERY", 0.0)
    monkeypatch.setattr("miner.progress._PATIENCE", 0.0)
    told = []
    with writing(place) as con:
        upsert_papers(con, papers(5), "j")
    run_job(place, load_job(place.jobs / "j.toml"), told.append)
    passing = [t for t in told if isinstance(t, Passing)]
    for words in (
        "extracting: 5 of 5 documents",
        "choosing effects: ",
        "linking records: ",
        "publishing, the copy for readers: ",
        "making the report: ",
    ):
        assert any(t.startswith(words) for t in passing), words
    logged = [json.loads(x)["event"] for log in place.logs.glob("*.jsonl") for x in log.read_text().splitlines()]
    assert "said" not in logged  # what the next line replaces is no news


def test_progress_stands_in_place_on_a_terminal_and_comes_now_and_then_elsewhere(monkeypatch, capsys):
    from miner.cli import common

    class Terminal:
        text = ""

        def write(self, text):
            self.text += text

        def flush(self):
            pass

        def isatty(self):
            return True

    monkeypatch.setattr(common.talk, "quiet", False)
    monkeypatch.setenv("COLUMNS", "20")
    terminal = Terminal()
    with monkeypatch.context() as shown:
        shown.setattr(sys, "stderr", terminal)
        common.say(Passing("extracting: 200 of 1,000 documents"))
        common.say("done")
    assert terminal.text == "\r\x1b[Kextracting: 200 of \r\x1b[Kdone\n"
    monkeypatch.setattr(common._progress, "_last", time.monotonic() - 6)
    for number in (1, 2):
        common.say(Passing(f"{number} of 2"))
    common.complain(Passing("3 of 2"))
    assert capsys.readouterr().err == "1 of 2\n"
    monkeypatch.setattr(common._progress, "_last", time.monotonic() - 6)
    monkeypatch.setattr(common.talk, "quiet", True)
    common.complain(Passing("of no matter"))
    common.complain("what is wrong")
    assert capsys.readouterr().err == "what is wrong\n"


def test_a_lock_names_its_command_and_since_when(place):
    with writing(place):
        held = read_holder(place)
        assert held.pid == os.getpid()
        with (
            pytest.raises(LockedError, match=rf"written by .+ \(process {os.getpid()}, since 20\d\d-\d\d-\d\d \d\d:\d\d UTC\)"),
            writing(place),
        ):
            pass
    assert read_holder(place) is None


def test_a_run_that_was_killed_is_not_called_running(place):
    script = "import os, sys\nfrom pathlib import Path\nfrom miner.config import find_workspace\nfrom miner.jobs.lock import writing\nfrom miner.jobs.publishing import publish\nfrom miner.store.runs import begin_run\nplace = find_workspace(Path(sys.argv[1]))\nwith writing(place) as con:\n    begin_run(con, 'j')\n    publish(con, place)\n    os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", script, str(place.root)], check=False).returncode == -9
    found = read_status(place)
    assert [(r["state"], r["message"]) for r in found["runs"]] == [("failed", "interrupted")]
    assert found["writer"] is None
    assert 'miner_run_state{job="j",state="running"} 0' in to_prometheus(found)
    with writing(place) as con:  # another writes: the snapshot is asked, which calls the dead run running
        assert [(r["state"], r["message"]) for r in read_status(place)["runs"]] == [("failed", "interrupted")]
        live = begin_run(con, "k")
        write_holder(place, replace(this_process(), run=live))
        found = read_status(place)
        assert [(r["job"], r["state"]) for r in found["runs"]] == [("k", "running"), ("j", "failed")]
        assert f"process {os.getpid()}" in found["writer"]


def test_a_run_that_ended_after_it_published_is_done_while_another_writes(place):
    with writing(place) as con:
        upsert_papers(con, papers(2), "j")
    assert run_job(place, load_job(place.jobs / "j.toml"), lambda _: None).state == "done"
    with writing(place):
        assert [r["state"] for r in read_status(place)["runs"]] == ["done"]


@pytest.mark.skipif(sys.platform == "win32", reason="no signals to groups")
def test_ctrl_c_says_that_the_same_command_goes_on(place):
    """Of a run in the midst of a harvest: what came is kept, the run is told stopped, nobody is left."""
    place.plugins.mkdir()
    (place.plugins / "slow.py").write_text(SLOW)
    (place.jobs / "s.toml").write_text('name = "s"\nquestion = "Q?"\n[[harvest]]\nsource = "slow"\nquery = "x"\n')
    process = start(place, "run", "s", stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    until = time.monotonic() + 60
    while not read_status(place)["writer"] and time.monotonic() < until:
        time.sleep(0.2)
    while not any(r["job"] == "s" for r in read_status(place)["runs"]) and time.monotonic() < until:
        time.sleep(0.2)
    time.sleep(1.5)
    assert [(r["job"], r["state"]) for r in read_status(place)["runs"]] == [("s", "running")]
    locked = start(place, "publish", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert "is being written by miner --workspace" in locked.communicate(timeout=60)[1]
    assert locked.returncode == 4
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert err.endswith("stopped; run again to go on\n")
    assert "Traceback" not in err
    assert "Aborted" not in err + out
    assert [(r["state"], r["message"]) for r in read_status(place)["runs"]] == [("failed", "stopped")]
    with writing(place) as con:
        assert con.execute("SELECT count(*) >= 10 FROM paper").fetchone()[0]


@pytest.mark.parametrize(
    ("words", "ready"),
    [(["extract", "--input", "-"], None), (["schedule", "run"], "waiting")],
    ids=lambda w: w[0] if isinstance(w, list) else "",
)
def test_ctrl_c_of_what_waits_for_lines_or_times(place, words, ready):
    process = start(place, *words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if ready:
        assert ready in process.stderr.readline()
    else:
        process.stdin.write('{"id": 1, "text": "We scanned 42 patients."}\n')
        process.stdin.flush()
        time.sleep(4)
    process.send_signal(signal.SIGINT)
    err = process.communicate(timeout=30)[1]
    assert (process.returncode, err) == ((0, "stopped\n") if ready else (130, "stopped; run again to go on\n"))


def test_a_limit_of_documents_and_of_records_is_exact(place, tmp_path):
    from miner.workspace import Workspace

    lines = tmp_path / "lines.jsonl"
    lines.write_text(
        "".join(
            json.dumps({"id": f"x:{i}", "title": f"T {i}", "abstract": f"We scanned {i + 20} patients.", "year": 2020}) + "\n"
            for i in range(9)
        )
    )
    ws = Workspace.open(place.root)
    assert [f["received"] for f in ws.import_files([lines], limit=7).files] == [7]
    assert ws.extract(limit=5).documents == 5
    assert ws.extract().documents == 2
    assert [(f["received"], f["new"]) for f in ws.import_files([lines]).files] == [(9, 2)]
    xml = tmp_path / "pubmed.xml"
    one = "<PubmedArticle><MedlineCitation><PMID Version='1'>{n}</PMID><Article><ArticleTitle>T{n}</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
    xml.write_text("<PubmedArticleSet>" + "".join(one.format(n=n) for n in range(1, 9)) + "</PubmedArticleSet>")
    assert [f["received"] for f in ws.import_files([xml], limit=3).files] == [3]
    assert [f["received"] for f in ws.import_files([xml]).files] == [8]  # it was not read whole: it is read again
    texts = tmp_path / "texts.jsonl"
    texts.write_text("\n".join(json.dumps({"id": i, "text": "We scanned 42 patients."}) for i in range(4)) + "\n")
    done = subprocess.run(
        [sys.executable, "-c", MINER, "extract", "--input", str(texts), "--limit", "3"], capture_output=True, text=True, check=True
    )
    assert len(done.stdout.splitlines()) == 3
