"""The way that docs/architecture.md describes is the way that the code goes: from a job file to a figure in twelve modules at most."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import miner
from miner.jobs.definition import Job
from miner.jobs.run import run_job
from miner.report import figures
from tests.report.conftest import make_workspace

PACKAGE = Path(miner.__file__).parent
PAGE = PACKAGE.parent / "docs" / "architecture.md"
MOST = 12


@pytest.fixture(scope="module")
def way() -> list[str]:
    """Return the modules of the numbered list, each the last that its line names before saying what it does."""
    section = PAGE.read_text(encoding="utf-8").split("## From a job file to a figure")[1]
    lines = re.findall(r"^\d+\. (.*(?:\n   .*)*)", section, re.MULTILINE)
    return [re.findall(r"`([\w/]+\.py)`", line)[0] for line in lines]


def imports(module: str) -> set[str]:
    """Return the modules that a module imports, anywhere in it; what `collect` finds counts, since it names the package."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("miner"):
            names = [node.module or "", *(f"{node.module}.{a.name}" for a in node.names)]
            found |= {"/".join(name.split(".")[1:]) + ".py" for name in names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "collect" and isinstance(node.args[0], ast.Constant | ast.Tuple):
            packages = ast.literal_eval(node.args[0])
            for package in (packages,) if isinstance(packages, str) else packages:
                folder = PACKAGE.parent / package.replace(".", "/")
                found |= {p.relative_to(PACKAGE).as_posix() for p in folder.glob("*.py")}
    return found


def test_a_reader_passes_twelve_modules_each_linked_to_one_before(way: list[str]) -> None:
    assert 5 < len(way) <= MOST
    assert len(set(way)) == len(way)
    for i, module in enumerate(way[1:], 1):
        linked = [earlier for earlier in way[:i] if module in imports(earlier) or earlier in imports(module)]
        assert linked, f"{module} and those before it do not name each other"


def test_a_run_that_draws_passes_no_other(way: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passed: set[str] = set()
    draw = figures.svg

    def watched(*args: Any, **more: Any) -> str:
        frames = [Path(f.filename) for f in inspect.stack(0)]
        passed.update(p.relative_to(PACKAGE).as_posix() for p in frames if p.is_relative_to(PACKAGE))
        return draw(*args, **more)

    monkeypatch.setattr(figures, "svg", watched)
    place = make_workspace(tmp_path, 12)
    (place.report_definitions / "one.toml").write_text('title = "T"\nquestion = "Q?"\npanels = ["forest"]\n')
    report = run_job(
        place, Job.model_validate({"name": "test", "question": "Q?", "report": {"name": "one"}}), lambda _: None, start="publish"
    )
    assert report.state == "done", report.steps
    assert passed, "nothing was drawn"
    assert passed <= {*way, "report/figures.py"}
    assert {"jobs/run.py", "report/page.py", "report/gallery/forest.py"} <= passed
