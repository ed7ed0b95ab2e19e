"""What the README says, done: its questions to the demo's snapshot, and its example in Python."""

from __future__ import annotations

import doctest
import re
import shlex

import pytest

from tests.conftest import ROOT

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
    from miner.workspace.demo import run_demo

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


def test_the_example_in_python_gives_what_it_says():
    block = re.search(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    test = doctest.DocTestParser().get_doctest(block[1], {}, "README", None, None)
    assert doctest.DocTestRunner().run(test).failed == 0
