"""The README's question of your own, followed to the letter against a server of the services' protocols, gives a report on every paper that fits."""

from __future__ import annotations

import re
from pathlib import Path

from miner.config import find_workspace
from miner.report.data import load
from miner.report.gallery.flow import count_flow
from miner.store.connect import open_reader
from tests.conftest import ROOT
from tests.docs.shell import miner_on_path, run_commands


def test_a_question_of_your_own(replay, tmp_path: Path) -> None:
    server = replay()
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## A question of your own")[2]
    block = re.search(r"```console\n(.*?)```", section, re.DOTALL)[1]  # type: ignore[index]
    commands = "\n".join(line for line in block.splitlines() if not line.startswith(". .venv"))
    assert "miner run parkinson --limit 200" in commands
    binaries = miner_on_path(tmp_path)
    urls = {k: v for k, v in server.environment.items() if k.endswith(("_URL", "_INTERVAL", "_DIR")) or k == "NCBI_API_KEY"}
    done = run_commands(commands, tmp_path, binaries, timeout=120, extra=urls | {"VISUAL": "true"})
    assert re.search(r"^harvest pubmed: \d+ new of \d+$", done.stdout, re.MULTILINE)
    place = find_workspace(tmp_path / "reviews")
    assert place.contact == "you@example.org"
    with open_reader(place.current) as con:
        data = load(con, "parkinson")
        fit = con.execute(
            "SELECT count(DISTINCT study_id) FROM v_effect_main WHERE origin = 'extracted' AND metric = 'accuracy' AND n IS NOT NULL"
        ).fetchall()
    counts = count_flow(data)
    assert counts.identified == 7
    assert counts.included == counts.studies == fit[0][0] >= 1
    assert counts.identified == counts.included + counts.duplicates + counts.unread + sum(
        n for _, n in (*counts.excluded, *counts.rejected)
    )
    assert (place.reports / "parkinson.html").is_file(), done.stdout
