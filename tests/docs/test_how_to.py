"""The how-to pages do what they say: their commands run, in order, and print what stands beneath them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs.shell import miner_on_path, run_commands

_BLOCK = re.compile(r"^```(sh|text|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = ["write-a-rule.md", "tables-of-reviews.md"]


def run(script: str, folder: Path, binaries: Path) -> tuple[str, Path]:
    """Run a block; return what it printed on standard output, and the folder where it ended."""
    done = run_commands(f"{script}\npwd > {binaries}/here", folder, binaries, timeout=120, extra={"NO_COLOR": "1"})
    return done.stdout, Path((binaries / "here").read_text().strip())


@pytest.mark.parametrize("page", PAGES)
def test_the_page_runs_from_top_to_bottom(page: str, tmp_path: Path) -> None:
    binaries = miner_on_path(tmp_path)
    folder = tmp_path / "place"
    folder.mkdir()
    blocks = _BLOCK.findall((ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8"))
    assert {kind for kind, _ in blocks} >= {"sh", "text"}
    printed = compared = 0
    for kind, body in blocks:
        if kind == "sh":
            output, folder = run(body, folder, binaries)
            printed += 1
        elif kind == "text":
            assert output == body
            compared += 1
        elif named := re.match(r"# (\S+\.toml)\n", body):
            (folder / named[1]).write_text(body, encoding="utf-8")
    assert printed >= 5
    assert compared >= 4
