"""The tab key: in bash as it runs there, in zsh and fish by what they ask."""

from __future__ import annotations

import subprocess

import pytest

import miner
from miner.cli.main import main
from tests.docs.shell import miner_on_path


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = miner.Workspace.create(tmp_path_factory.mktemp("tab") / "w")
    (made.root / "queries").mkdir()
    (made.root / "queries" / "our-own.sql").write_text('-- summary = "Ours"\nSELECT 1 AS n\n')
    return made.root


ASKED = [
    (("run", "al"), {"alzheimer-mri"}),
    (("jobs", "remove", "me"), {"medical-imaging"}),
    (("query", "our"), {"our-own"}),
    (("query", "top-a"), {"top-authors"}),
    (("export", "bi"), {"bibtex"}),
    (("sql", "SELECT 1", "-f", "x"), {"xlsx"}),
    (("report", "publ"), {"publication-bias"}),
    (("report", "alz"), {"alzheimer-mri"}),
    (("run", "alzheimer-mri", "--from", "ex"), {"extract"}),
    (("harvest", "arx"), {"arxiv"}),
    (("export", "ris", "--from", "co-a"), {"co-authors"}),
]


@pytest.mark.parametrize(("shell", "words", "offered"), [("zsh", *asked) for asked in ASKED] + [("fish", *asked) for asked in ASKED[:3]])
def test_names_are_offered(place, monkeypatch, capsys, shell, words, offered):
    monkeypatch.chdir(place)
    monkeypatch.setenv("_MINER_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "miner " + " ".join(f"'{w}'" if " " in w else w for w in words))
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    with pytest.raises(SystemExit):
        main([])
    out = capsys.readouterr().out
    assert set(out.split()) >= offered if shell == "fish" else all(f'"{name}"' in out for name in offered), out


def test_bash_completes(place, tmp_path):
    binaries = miner_on_path(tmp_path)
    script = """
eval "$(miner --show-completion bash)"
COMP_WORDS=(miner run al); COMP_CWORD=2; COMPREPLY=()
$(complete -p miner | sed 's/.*-F \\([^ ]*\\) .*/\\1/') miner
echo "${COMPREPLY[@]}"
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=place,
        env={"PATH": f"{binaries}:/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "alzheimer-mri\n", done.stdout + done.stderr


def test_without_a_workspace_nothing_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("_MINER_COMPLETE", "complete_fish")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "miner run al")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    with pytest.raises(SystemExit):
        main([])
    assert "".join(capsys.readouterr()).strip() == ""
