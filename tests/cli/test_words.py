"""What commands say: counts with their nouns in the right number, commands in hints that can be pasted, addresses that lead somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import replace

import pytest

import miner
import miner.library
from miner.cli.harvest import _told
from miner.cli.main import main
from miner.cli.run import _added
from miner.config import find_workspace
from miner.errors import WorkspaceError
from tests.conftest import ROOT

_NOUNS = (
    "rows|records|papers|values|effects|documents|pages|tables|sections|lines|queries|windows|requests|files|jobs|timers|links|studies|examples|analyses"
    "|years|publications|accuracies|decisions|teams|parameters"
)
_BARE = re.compile(rf"\{{[^{{}}]+\}} (?:more |new )?(?:{_NOUNS})\b")
# How the program was called, before a command of it.
_COMMAND = re.compile(r"\{(?:program\(\)|there)\} jobs")
# Numbers that are never one.
_NEVER_ONE = ("{GIVE_UP} windows", "{len(rows):,} rows are more", "examples']:>3} examples")


def test_no_sentence_puts_a_number_before_a_plural_that_may_be_one():
    found = []
    for room in ("cli", "jobs", "workspace", "export"):
        for file in sorted((ROOT / "miner" / room).rglob("*.py")):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                bare = [m[0] for m in _BARE.finditer(line) if "counted(" not in m[0] and not _COMMAND.search(m[0])]
                found += [f"{file.name}:{number}: {b}" for b in bare if not any(known in line for known in _NEVER_ONE)]
    assert found == [], "say it with miner.say.counted (in commands: miner.cli.common.counted)"


@pytest.mark.parametrize(("folder", "wrong"), [("new", ["Gout?", "--metric", "accurracy"]), ("there", ["Gout?", "--name", "a/b"])])
def test_a_workspace_whose_job_is_wrong_is_not_half_made(tmp_path, folder, wrong, capsys):
    (tmp_path / "there" / "notes").mkdir(parents=True)
    with pytest.raises(SystemExit) as end:
        main(["init", str(tmp_path / folder), "--question", *wrong])
    assert end.value.code == 2
    assert [p.relative_to(tmp_path).as_posix() for p in sorted(tmp_path.rglob("*"))] == ["there", "there/notes"]
    assert capsys.readouterr().out == ""


def test_a_run_says_what_came_and_what_left_and_no_zeros():
    assert _added({"new_papers": 1, "new_effects": 0, "changed_effects": 0, "gone_papers": 0}) == "this run: 1 new paper, 0 new effects"
    said = _added({"new_papers": 8, "new_effects": 20, "changed_effects": 1, "gone_papers": 29, "gone_effects": 61})
    assert said == "this run: 8 new papers, 20 new effects, 1 effect changed, 29 papers left the job, 61 effects gone"


def test_a_harvest_that_its_limit_ended_says_so():
    report = miner.library.HarvestReport("pubmed", "q", reported=44, received=34, new=34, windows_done=1, windows_left=1, limited=True)
    assert (
        _told(report)
        == "34 of 44 records: 34 new, 0 changed, 0 unchanged; 1 window done, 1 left; the limit is reached, the same command goes on"
    )
    assert _told(replace(report, limited=False)).endswith("1 window done, 1 left")


def test_listing_jobs_needs_neither_the_statistics_nor_the_lexicon(place):
    code = f"""import sys, miner
rows = miner.Workspace.open({str(place.root)!r}).jobs.list()
print([r["problems"] for r in rows], [m for m in ("scipy", "statsmodels", "pandas") if m in sys.modules])
from miner.vocabulary import lexicon
print(sys.modules["miner.vocabulary.lexicon"]._lexicon.cache_info().misses)"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "[0, 0, 0] []\n0\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return miner.Workspace.create(tmp_path_factory.mktemp("my words") / "it's here")


def said(capsys, *words):
    with pytest.raises(SystemExit):
        main(list(words))
    return "".join(capsys.readouterr())


def test_one_is_one(place, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(place.root)
    assert "1 row written to" in said(capsys, "sql", "SELECT 1 AS n", "-o", str(tmp_path / "x.csv"))
    assert "0 records" in said(capsys, "search", "nothing")
    ris = tmp_path / "one.ris"
    ris.write_text("TY  - JOUR\nTI  - A study\nDO  - 10.9999/one\nPY  - 2020\nER  - \n")
    assert "1 record: 1 new" in said(capsys, "import", str(ris))
    assert said(capsys, "search", "study").rstrip().endswith("1 record")
    assert "has 1 parameter, not 2" in said(capsys, "query", "by-journal", "a", "b")


def test_commands_in_hints_can_be_pasted(place, tmp_path, monkeypatch, capsys):
    """A path with a blank and an apostrophe comes back as the one word that it is."""
    monkeypatch.chdir(tmp_path)
    odd = "it's my folder"
    hint = said(capsys, "init", odd, "--question", "Why?")
    command = hint.partition("next: ")[2].partition(" && ")[0]
    assert shlex.split(command) == ["cd", odd]
    hint = said(capsys, "rules", "new", "sites", "--rules", odd)
    assert shlex.split(hint.partition("now run: ")[2]) == ["miner", "rules", "test", "sites", "--rules", odd]
    with pytest.raises(WorkspaceError) as told:
        find_workspace(tmp_path / "no such" / odd)
    assert shlex.split(str(told.value.hint).partition(": ")[2]) == ["miner", "init", str(tmp_path / "no such" / odd)]
    monkeypatch.chdir(place.root)
    hint = said(capsys, "query", "comparable")
    command = re.search(r"(miner sql .*) lists them", hint)[1]
    assert len(shlex.split(command)) == 3


def test_addresses_of_the_project_are_absolute():
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    assert urls
    assert all(re.match(r"https://[^/]+/.", url) for url in urls.values())
