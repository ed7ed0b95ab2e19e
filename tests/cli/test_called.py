"""What is named for the next step can be typed as it stands; what a second run says is no riddle."""

from __future__ import annotations

import sys

import pytest

import miner.cli.main  # noqa: F401  its commands are those that a text may name
from miner.cli.called import as_called, program
from miner.cli.run import _harvested
from miner.jobs.crawling.report import HarvestReport


@pytest.fixture
def installed(tmp_path, monkeypatch):
    binary = tmp_path / ".venv" / "bin" / "miner"
    binary.parent.mkdir(parents=True)
    binary.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "argv", [".venv/bin/miner", "demo"])
    return binary


def test_a_program_off_the_path_is_named_by_its_place(installed, monkeypatch):
    assert program() == ".venv/bin/miner"
    assert program(elsewhere=True) == str(installed)
    assert as_called("miner sql 'show tables' lists views; a miner works") == ".venv/bin/miner sql 'show tables' lists views; a miner works"
    monkeypatch.setenv("PATH", str(installed.parent))
    assert program() == "miner"
    assert as_called("miner sql …") == "miner sql …"


def test_as_a_module_it_is_named_by_the_python(installed, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/x/miner/__main__.py"])
    monkeypatch.setattr(sys, "executable", str(installed.parent / "python"))
    assert as_called("miner init --contact A") == ".venv/bin/python -m miner init --contact A"


def test_a_run_that_finds_nothing_new_says_since_when():
    second = HarvestReport("pubmed", "q", complete_since="2026-01-02", complete_windows=3, complete_records=29)
    assert _harvested(second.to_dict()) == "nothing new since 2026-01-02: 29 records in 3 windows are complete"
    second.changed = 2
    assert _harvested(second.to_dict()).endswith("are complete, 2 changed")
    assert _harvested(HarvestReport("pubmed", "q").to_dict()) == "0 new of 0"  # a first run that found nothing
    more = HarvestReport("pubmed", "q", 5, 5, 1, complete_since="2026-01-02", complete_windows=3)
    assert _harvested(more.to_dict()) == "1 new of 5"
