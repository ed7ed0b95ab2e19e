"""The workflow of a living review: a file that the forge would take, whose steps do what the how-to says."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from cronsim import CronSim

from miner.workspace import Workspace
from tests.conftest import ROOT
from tests.docs.shell import miner_on_path, run_commands

FILE = ROOT / "pipelines" / "living-review" / "workflow.yml"

# Keeps a release's file in $STORE, as `gh` does at the forge.
GH = """#!/bin/bash
case "$1 $2" in
  "release download") [ -f "$STORE/review.tar.gz" ] && cp "$STORE/review.tar.gz" . ;;
  "release view") [ -d "$STORE" ] ;;
  "release create") mkdir -p "$STORE" ;;
  "release upload") cp "$4" "$STORE/" ;;
  *) exit 64 ;;
esac
"""
# In place of the network: a run brings one new paper, and says that it is not done.
RUN = """#!/bin/bash
if [ "$1" = run ]; then
  echo '{"id": "doi:10.9999/new.1", "title": "[Invented] New", "abstract": "In 210 subjects the accuracy for AD vs HC was 88.1%."}' > new.jsonl
  miner-itself import new.jsonl --job demo && miner-itself extract && exit 3
fi
exec miner-itself "$@"
"""


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return workflow["jobs"]["review"]["steps"]


def test_the_forge_would_take_it(workflow: dict[str, Any]) -> None:
    (schedule,) = workflow[True]["schedule"]  # YAML 1.1 reads the key "on" as true
    from datetime import datetime

    times = CronSim(schedule["cron"], datetime(2026, 1, 15))
    assert [(t.month, t.day) for t in (next(times) for _ in range(3))] == [(2, 1), (3, 1), (4, 1)]
    assert workflow["permissions"] == {"contents": "write", "pages": "write", "id-token": "write"}
    for step in steps(workflow):
        assert ("uses" in step) != ("run" in step), step
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/x@v1")), step
    # What an event or a variable says never becomes part of a script: it comes in the environment, where quotes hold it.
    assert not [s for s in steps(workflow) if "${{" in s.get("run", "")]
    assert all(
        re.fullmatch(r"(vars|secrets|github|steps)\.[\w.]+( \|\| 'miner')?", e)
        for e in re.findall(r"\$\{\{ (.*?) \}\}", FILE.read_text(encoding="utf-8"))
    )


def test_its_scripts_are_bash(workflow: dict[str, Any]) -> None:
    for step in steps(workflow):
        if "run" in step:
            done = subprocess.run(["bash", "-n", "-c", step["run"]], capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), step


@pytest.mark.slow
def test_a_month_later_the_site_says_what_changed(workflow: dict[str, Any], demo: Workspace, tmp_path: Path) -> None:
    binaries = miner_on_path(tmp_path)
    (binaries / "miner").rename(binaries / "miner-itself")
    for name, script in (("gh", GH), ("miner", RUN)):
        (binaries / name).write_text(script, encoding="utf-8")
        (binaries / name).chmod(0o755)
    by_name = {s["name"]: s["run"] for s in steps(workflow) if "run" in s and "pip install" not in s["run"]}
    checkout, data = tmp_path / "checkout", tmp_path / "demo"
    checkout.mkdir()
    (checkout / "miner.toml").touch()
    (checkout / "jobs").mkdir()
    (checkout / "jobs" / "demo.toml").touch()
    shutil.copytree(demo.root, data, symlinks=True, ignore=shutil.ignore_patterns("site", "*.lock"))
    around = {
        "STORE": str(tmp_path / "store"),
        "RELEASE": "review-data",
        "GITHUB_REPOSITORY_OWNER": "group",
        "GITHUB_REPOSITORY": "group/review",
    }
    around["GITHUB_ENV"] = str(tmp_path / "env")
    run_commands(by_name["Keep the database for the next run"], data, binaries, timeout=120, extra=around)
    script = "\n".join(f"({run})\n. '{around['GITHUB_ENV']}'" for run in by_name.values())
    done = run_commands(script, checkout, binaries, timeout=280, extra=around)
    assert "::warning::jobs/demo.toml is not done: the next run goes on" in done.stdout
    page, feed = ((checkout / "site" / name).read_text(encoding="utf-8") for name in ("changes.html", "changes.atom"))
    assert "1 new record, 1 new effect since" in page
    assert demo.settings.current.resolve().stem[:16] in page
    assert "<id>tag:group.github.io,2026:paper/doi:10.9999/new.1</id>" in feed
    assert 'href="https://group.github.io/review/changes.atom"' in feed
