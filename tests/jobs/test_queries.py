"""A job is its queries: a changed one is told, nothing is lost unless somebody says so, and jobs are made, checked, changed and removed."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest

import miner
from miner.cli.main import main
from miner.errors import ConfigError, UsageError

# A service whose query is the numbers of the records that fit it; it keeps its answers as the others do.
SOURCE = """
import hashlib
from miner.harvest.http import Fetched
from miner.harvest.source import Page, SourceSpec
from miner.types import Paper

def paper(n):
    return Paper(f"ours:{n}", "ours", f"Study {n}", f"We studied {40 + int(n)} patients. The network had an accuracy of 9{n}% in them.", 2020, published="2020-05-07")

class Ours:
    name, first_day, page, size, seconds_a_request = "ours", "2020-01-01", 10, 100, 0.0

    def __init__(self, http):
        self.http = http

    def of(self, query, window):
        return [n for n in query.split(",") if window.start <= "2020-05-07" <= window.until]

    def count(self, query, window):
        return len(self.of(query, window))

    def split(self, query, window):
        raise AssertionError("few records are not cut")

    def pages(self, query, window, outcome):
        found = self.of(query, window)
        outcome.reported = len(found)
        content = ",".join(found).encode()
        sha256 = self.http.raw.put(content)
        self.http.log.append(Fetched("ours?" + query, sha256, len(content), "2026-01-01T00:00:00"))
        yield Page(sha256, self.parse(content, sha256), frozenset(f"ours:{n}" for n in found))

    def parse(self, content, sha256):
        return tuple(paper(n) for n in content.decode().split(",") if n)

SOURCE = SourceSpec("ours", "Our archive", lambda http, **_: Ours(http), lambda: "http://localhost", "none", "numbers")
"""

JOB = """name = "gout"
question = "Q?"
[[harvest]]
source = "ours"
query = "{}"
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    made = miner.Workspace.create(tmp_path / "w", samples=False)
    (made.root / "plugins").mkdir()
    (made.root / "plugins" / "ours.py").write_text(SOURCE)
    # Extraction, linking and the report are other tests' matter.
    monkeypatch.setattr("miner.jobs.run.STEPS", ("harvest", "publish"))
    monkeypatch.setenv("MINER_CONTACT", "tests@example.org")
    return made


def run(place, query=None, former=None, name="gout"):
    """Write the job's query, run it, and return what was told of former queries, and the records that the job has then."""
    said = []
    if query is not None:
        (place.settings.jobs / f"{name}.toml").write_text(JOB.format(query).replace("gout", name))
    miner.Workspace.open(place.root, say=said.append).run(name, former=former)
    papers = place.sql(f"SELECT paper_id FROM paper_job WHERE job = '{name}' ORDER BY 1")["paper_id"]
    return [s for s in said if "former query" in s], "".join(p[-1] for p in papers)


def test_a_changed_query_is_told_and_loses_nothing_until_somebody_says_so(place):
    assert run(place, "1,2,3") == ([], "123")
    told, papers = run(place, "3,4")
    assert papers == "1234"
    assert len(told) == 1
    assert told[0].startswith(
        "gout: a former query of ours brought 3 records (1,2,3); they stay in the job: nothing is lost. --drop takes them out"
    )
    assert run(place) == (told, "1234")  # until somebody decides
    told, papers = run(place, former="keep")
    assert (len(told), papers) == (1, "1234")
    assert run(place) == ([], "1234")
    assert len(run(place, "5")[0]) == 1  # another one has changed since

    told, papers = run(place, former="drop")
    assert papers == "5"
    assert [t.partition(";")[2] for t in told] == [
        " they leave the job, unless its queries of today find them; the database keeps them"
    ] * 2
    assert place.sql("SELECT count(*) AS n FROM paper")["n"][0] == 5
    assert run(place) == ([], "5")
    # Asked again, a dropped query begins anew.
    assert run(place, "1,2,3", former="drop")[1] == "123"


def test_what_another_query_of_the_job_brought_stays(place):
    (place.settings.jobs / "gout.toml").write_text(JOB.format("1,2") + '[[harvest]]\nsource = "ours"\nquery = "2,3"\n')
    assert run(place)[1] == "123"
    assert run(place, "2,3", former="drop")[1] == "23"


def test_dropping_needs_the_answers_and_changes_nothing_without_them(place):
    run(place, "1,2")
    for file in (place.root / "data" / "raw").rglob("*.gz"):
        file.unlink()
    with pytest.raises(UsageError, match="not in the raw store, so what its query brought cannot be told"):
        run(place, "3", former="drop")
    assert run(place)[1] == "123"
    with pytest.raises(UsageError, match="kept or dropped, not 'burn'"):
        place.run("gout", former="burn")


def test_a_plan_tells_former_queries_too(place):
    run(place, "1,2")
    (place.settings.jobs / "gout.toml").write_text(JOB.format("3"))
    assert [(f["source"], f["query"], f["received"]) for f in place.plan("gout")["former_queries"]] == [("ours", "1,2", 2)]


def test_removal_says_what_it_takes_and_takes_no_more(place):
    run(place, "1,2")
    run(place, "2,3", name="other")
    takes = place.jobs.what_removal_takes("gout")
    assert (takes["papers"], takes["only_here"], takes["queries"]) == (2, 1, 1)
    assert place.jobs.remove("gout")["removed"] == 0
    assert [row["job"] for row in place.jobs.list()] == ["other"]
    assert place.sql("SELECT count(*) AS n FROM paper")["n"][0] == 3
    assert place.sql("SELECT count(*) AS n FROM response WHERE job = 'gout'")["n"][0] == 1  # so that each number still leads to its fetch
    assert place.jobs.remove("other", records=True)["removed"] == 2
    assert list(place.sql("SELECT paper_id FROM paper")["paper_id"]) == ["ours:1"]
    with pytest.raises(UsageError, match="there is no job 'other'"):
        place.jobs.remove("other")


def test_a_job_without_a_file_is_listed_and_can_be_removed(place):
    run(place, "1")
    (place.settings.jobs / "gout.toml").unlink()
    assert [(r["job"], r["file"], r["papers"], r["state"]) for r in place.jobs.list()] == [("gout", None, 1, "done")]
    assert place.jobs.remove("gout")["file"] is None


WRONG = """name = "gout"
question = "Q?"
qurey = 1
[[harvest]]
source = "pubmde"
qurey = "x"
"""
VALID = """name = "gout"
question = "Q?"
[effects]
metrics = ["acuracy", "auc"]
tasks = ["AD vs HV", "AD vs HC", "diagnosis", "diagnosys: gout", "diagnosis: Alzheimers disease vs healthy", "mine", "prognosis: death in sepsis"]
pools = { mine = ["diagnosis: gout", "subtip"] }
[report]
name = "acuracy-vs-sample-size"
"""


def test_check_finds_all_that_is_wrong_with_its_line(place):
    file = place.settings.jobs / "gout.toml"
    file.write_text(WRONG)
    said = "\n".join(map(str, place.jobs.check()))
    assert "line 3: unknown key 'qurey' (did you mean 'query'?" not in said  # at the top there is no key query
    assert "line 3: unknown key 'qurey'" in said
    assert "line 6: unknown key 'qurey' (did you mean 'query'?)" in said
    assert "line 5: harvest.0.source: there is no source 'pubmde'" in said
    file.write_text(VALID)
    said = [str(p).split("gout.toml, ")[-1] for p in place.jobs.check("gout")]
    for words in (
        "line 4: no metric is called 'acuracy' (did you mean 'accuracy'?",
        "line 5: there is no task 'AD vs HV' (did you mean",
        "line 5: the task 'diagnosys: gout' asks no known question (did you mean 'diagnosis'?)",
        "line 5: the task 'diagnosis: Alzheimers disease vs healthy' names 'Alzheimers disease' (did you mean \"Alzheimer's disease\"?)",
        "line 6: there is no task 'subtip' (did you mean 'subtype'?",
        "line 8: there is no report 'acuracy-vs-sample-size' (did you mean 'accuracy-vs-sample-size'?)",
    ):
        assert any(s.startswith(words) for s in said), (words, said)
    assert len(said) == 6
    # A run says so before it asks anybody.
    with pytest.raises(ConfigError, match="no metric is called"):
        place.run("gout")
    assert not list((place.root / "data").glob("logs/*"))


def test_the_jobs_that_ship_with_miner_have_nothing_wrong(tmp_path):
    assert list(miner.Workspace.create(tmp_path / "w").jobs.check()) == []


@pytest.fixture
def line(place, monkeypatch, capsys):
    """Run the command line in the workspace; return its exit code and what it said."""
    monkeypatch.chdir(place.root)

    def call(*words):
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def test_the_command_line_lists_shows_checks_and_removes(place, line):
    run(place, "1,2")
    (place.settings.jobs / "gout.toml").write_text(JOB.format("3"))
    code, out, _ = line("jobs", "list")
    assert (code, out.startswith("gout: 2 records, last run ")) == (0, True), out
    shown = line("jobs", "show", "gout")[1]
    assert 'query = "3"' in shown
    assert "# asked    ours: 2 records, asked no more: miner run --keep or --drop (1,2)" in shown
    assert line("jobs", "check", "gout") == (0, "", "nothing is wrong with gout\n")
    assert "1 record that" not in line("run", "gout", "--dry-run")[2]
    code, _, err = line("jobs", "remove", "gout")
    assert code == 2
    assert "the records stay in the database (2 records that nothing else brought; --records removes them)" in err
    assert "nothing was removed: there is nobody to ask" in err
    assert place.sql("SELECT count(*) AS n FROM paper_job")["n"][0] == 2
    code, _, err = line("jobs", "remove", "gout", "--records", "--yes")
    assert (code, err.splitlines()[-1]) == (0, "removed: gout and 2 records")
    (place.settings.jobs / "gout.toml").write_text(VALID)
    code, out, _ = line("jobs", "check", "--json")
    assert (code, len(json.loads(out))) == (2, 6)
    assert line("run", "gout", "--keep", "--drop")[0] == 2


def test_an_edit_that_is_wrong_changes_nothing_and_is_not_lost(place, line, tmp_path, monkeypatch):
    file = place.settings.jobs / "gout.toml"
    file.write_text(JOB.format("1"))
    editor = tmp_path / "my editor.sh"
    editor.write_text('#!/bin/sh\nsed -i s/source/sauce/ "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", f"'{editor}'")
    code, _, err = line("jobs", "edit", "gout")
    assert code == 2
    assert "unknown key 'sauce' (did you mean 'source'?)" in err
    assert file.read_text() == JOB.format("1")
    editor.write_text('#!/bin/sh\nsed -i "s/sauce/source/; s/Q?/Whether?/" "$1"\n')
    code, _, err = line("jobs", "edit", "gout")
    assert (code, err) == (0, f"changed: {file}\n")
    assert 'question = "Whether?"' in file.read_text()
    assert list(place.settings.jobs.iterdir()) == [file]


QUESTION = 'Does the accuracy of "grading" gliomas depend on sample size?'


def test_a_question_makes_a_neutral_job(tmp_path, monkeypatch, capsys):
    def line(*words):
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        return int(ended.value.code or 0), *capsys.readouterr()

    folder = tmp_path / "my reviews"
    monkeypatch.chdir(tmp_path)
    code, out, err = line(
        "init",
        "my reviews",
        "--question",
        QUESTION,
        "--query",
        "pubmed=glioma[tiab] AND grade=3",
        "--metric",
        "auc",
        "--metric",
        "accuracy",
    )
    made = folder / "jobs" / "accuracy-grading-gliomas-sample.toml"
    assert (code, out.splitlines()) == (0, [str(folder), str(made)])
    assert "next: cd 'my reviews' && miner run accuracy-grading-gliomas-sample --dry-run" in err
    assert list((folder / "jobs").iterdir()) == [made]
    place = miner.Workspace.open(folder)
    assert list(place.jobs.check()) == []
    definition = place.jobs.show("accuracy-grading-gliomas-sample")["definition"]
    assert definition["question"] == QUESTION
    assert definition["effects"] == {"metrics": ["auc", "accuracy"], "tasks": [], "pools": {}, "aliases": {}}
    assert definition["report"] == {"name": "accuracy-vs-sample-size"}
    assert [(h["source"], h["query"]) for h in definition["harvest"]] == [("pubmed", "glioma[tiab] AND grade=3")]

    # Another one beside it; the same again is refused, and so is what cannot be.
    assert line("init", "my reviews", "--question", "Is gout told apart?", "--name", "gout")[0] == 0
    for words, told in (
        (("--question", "Is gout told apart?", "--name", "gout"), "there is a job 'gout' already"),
        (("--question", "x", "--metric", "acuracy"), "no metric is called 'acuracy' (did you mean 'accuracy'?"),
        (("--question", "x", "--query", "pubmde=x"), "there is no source 'pubmde'"),
        (("--question", "x", "--query", "pubmed"), "is no SOURCE=QUERY"),
        (("--query", "pubmed=x"), "a job needs a question"),
        (("--question", "x", "--name", "Not So"), "is no name of a job"),
    ):
        code, _, err = line("init", "my reviews", *words)
        assert (code, told in err) == (2, True), err
    assert sorted(p.name for p in (folder / "jobs").iterdir()) == [made.name, "gout.toml"]


def test_init_never_brings_back_what_was_deleted(tmp_path):
    place = miner.Workspace.create(tmp_path / "w")
    there = sorted(p.name for p in place.settings.jobs.iterdir())
    (place.settings.jobs / there[0]).unlink()
    miner.Workspace.create(tmp_path / "w")
    assert sorted(p.name for p in place.settings.jobs.iterdir()) == there[1:]


def test_a_terminal_is_asked_for_the_question_its_queries_and_the_address(tmp_path):
    """Empty answers leave out: here the query of arXiv."""
    parent, child = pty.openpty()
    env = {k: v for k, v in os.environ.items() if not k.startswith("MINER_")}
    command = [sys.executable, "-c", "from miner.cli.main import main; main()", "init", "asked"]
    with subprocess.Popen(command, stdin=child, stdout=child, stderr=child, cwd=tmp_path, env=env) as process:
        os.close(child)
        os.write(parent, b"Is gout told apart?\ngout[tiab]\n\nada@example.org\n")
        assert process.wait(60) == 0
    os.close(parent)
    place = miner.Workspace.open(tmp_path / "asked")
    [made] = place.jobs.list()
    assert (made["job"], made["question"]) == ("gout-told-apart", "Is gout told apart?")
    assert [(h["source"], h["query"]) for h in place.jobs.show(made["job"])["definition"]["harvest"]] == [("pubmed", "gout[tiab]")]
    assert place.settings.contact == "ada@example.org"


FAULTY = """name = "gout"
question = "Q?"
wether = 1
[[harvest]]
source = "pubmd"
query = "gout"
[[harvest]]
source = "pubmed"
query = "gout"
since = "2024-01-01"
until = "2023-01-01"
[effects]
metrics = ["acuracy"]
tasks = ["gout vs healty", "diagnosis: gout vs healty"]
[report]
name = "publication-bais"
"""


def test_all_that_is_wrong_with_a_job_is_told_in_one_go(place):
    (place.settings.jobs / "gout.toml").write_text(FAULTY)
    told = "\n".join(map(str, place.jobs.check("gout")))
    for words in (
        "unknown key 'wether'",
        "no source 'pubmd'",
        "since 2024-01-01 is after until 2023-01-01",
        "did you mean 'accuracy'",
        "did you mean 'diagnosis: gout vs healthy'",
        "did you mean 'healthy'",
        "did you mean 'publication-bias'",
    ):
        assert words in told


def test_files_of_one_name_folders_and_single_brackets_are_told_in_plain_words(place, capsys):
    jobs = place.settings.jobs
    for name in ("gout.toml", "copy of it.toml"):
        (jobs / name).write_text(JOB.format("1"))
    (jobs / "folder.toml").mkdir()
    (jobs / "single.toml").write_text(JOB.format("1").replace("gout", "single").replace("[[harvest]]", "[harvest]"))
    told = [str(p) for p in place.jobs.check()]
    assert sum("two jobs named 'gout'" in t for t in told) == 2
    assert any("it is a folder" in t for t in told)
    assert any("write [[harvest]], with two brackets" in t for t in told)
    with pytest.raises(ConfigError, match="two jobs named 'gout'"):
        place.run("gout")
    with pytest.raises(SystemExit):
        main(["--workspace", str(place.root), "jobs", "check", "copy of it"])
    assert "jobs/copy of it.toml: its job is called gout" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--workspace", str(place.root), "jobs", "list"])
    assert "miner jobs check folder" in capsys.readouterr().out


def test_a_run_counts_what_is_new_as_the_news_do_and_never_below_nothing(place):
    run(place, "1,2,3")
    (place.settings.jobs / "gout.toml").write_text(JOB.format("3,4"))
    summary = place.run("gout", former="drop").summary
    news = place.news(job="gout")
    assert summary["gone_papers"] == 2
    assert summary["new_papers"] == len(news.papers)


def test_a_crawl_that_ended_by_its_limit_is_told_so_and_how_it_goes_on(place, capsys):
    (place.settings.jobs / "gout.toml").write_text(JOB.format("1,2,3"))

    def line():
        with pytest.raises(SystemExit):
            main(["status", "--workspace", str(place.root)])
        return next(x for x in capsys.readouterr().out.splitlines() if x.startswith("crawl gout ours"))

    place.run("gout", limit=2)
    assert line() == "crawl gout ours: 2 records, 0 of 2 windows done; the last run ended by its limit; miner run gout goes on"
    place.run("gout")
    assert "limit" not in line()


def test_a_first_day_to_come_is_refused_and_a_folder_is_no_job(place):
    folder = place.settings.jobs / "x.toml"
    (place.settings.jobs / "gout.toml").write_text(JOB.format("1") + 'since = "2999-01-01"\n')
    folder.mkdir()
    told = [str(p) for p in place.jobs.check()]
    assert any("2999-01-01 is in the future" in t for t in told)
    assert any("it is a folder, and no job file" in t for t in told)
    for ask in (place.jobs.show, place.jobs.remove, place.run):
        with pytest.raises(ConfigError, match="it is a folder"):
            ask("x")
