"""What the README says, done: its questions to the demo's snapshot, and its example in Python."""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.docs.shell import miner_on_path, run_commands

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = [line for block in re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL) for line in block.splitlines()]
ASKED = [
    line
    for line in CONSOLE
    if line.startswith(
        ("miner sql", "miner query", "miner search", "miner meta", "miner why", "miner review", "miner export", "miner site")
    )
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    from miner.jobs.demo import run_demo

    folder = tmp_path_factory.mktemp("readme") / "demo"
    run_demo(folder, lambda _: None)
    return folder


def test_there_is_something_asked():
    assert len(ASKED) >= 7


@pytest.mark.parametrize("line", ASKED)
def test_a_command_runs_on_the_demo(line, demo, monkeypatch, capfdbinary):
    from miner.cli.main import main
    from miner.config import find_workspace
    from miner.store.connect import open_reader

    monkeypatch.chdir(demo)
    with open_reader(find_workspace(demo).current) as con:
        effect = con.execute("SELECT effect_id FROM v_effect WHERE origin = 'extracted' AND metric = 'accuracy' ORDER BY 1").fetchall()[0][
            0
        ]
    words = [effect if w == "EFFECT_ID" else w for w in shlex.split(line, comments=True)[1:]]
    with pytest.raises(SystemExit) as ended:
        main(words)
    said = capfdbinary.readouterr()
    assert ended.value.code in {0, None}, said.err.decode()
    assert said.out or said.err


@pytest.mark.slow
def test_a_question_of_your_own_is_answered_as_written(shared, tmp_path):
    """The block as it stands, in a clean folder and a bare environment; a server that speaks the services' protocols answers."""
    [block] = [b for b in re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL) if "miner init" in b]
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "activate").touch()
    replay = [sys.executable, str(shared / "replay" / "replay.py"), "--port", "0", "--interval", "0.01"]
    with subprocess.Popen(replay, stdout=subprocess.PIPE, text=True) as server:
        url = server.stdout.readline().strip()
        service = {
            "MINER_ARXIV_URL": f"{url}/api/query",
            "MINER_EUTILS_URL": f"{url}/eutils",
            "MINER_ARXIV_INTERVAL": "0.01",
            "EDITOR": "true",
        }
        try:
            done = run_commands(block, tmp_path, miner_on_path(tmp_path), timeout=280, extra=service)
        finally:
            server.kill()
    planned = {m[0]: int(m[1].replace(",", "")) for m in re.findall(r"^(arxiv|pubmed): ([\d,]+) records? in", done.stdout, re.MULTILINE)}
    came = {m[0]: int(m[1]) for m in re.findall(r"^harvest (arxiv|pubmed): (\d+) new of", done.stdout, re.MULTILINE)}
    assert came == {source: min(200, number) for source, number in planned.items()}
    assert sum(came.values()) > 0
    assert re.search(r"^report: (data/reports/\S+\.html)$", done.stdout, re.MULTILINE)
    assert 'contact = "you@example.org"' in (tmp_path / "reviews" / "miner.toml").read_text()


def test_the_example_in_python_gives_what_it_says():
    block = re.search(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    test = doctest.DocTestParser().get_doctest(block[1], {}, "README", None, None)
    assert doctest.DocTestRunner().run(test).failed == 0
