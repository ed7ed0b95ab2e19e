"""The generated pages are those of the code as it is, and what documents point to is there."""

from __future__ import annotations

import importlib.util
import re
import tomllib

import pandas as pd
import pytest

from miner.jobs.job import load_job
from miner.report.pools import pooled
from tests.conftest import ROOT

_spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
generate = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(generate)


@pytest.mark.parametrize("name", sorted(generate.PAGES))
def test_a_generated_page_is_up_to_date(name):
    assert (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == generate.PAGES[name](), "run: make docs"


def test_the_readmes_figures_are_the_gates():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text == generate.readme(), "run: make docs"
    assert "held out |" in text


def test_the_examples_pools_and_aliases_choose_effects():
    """What the page says of ``[effects]`` is what a report analyses: a beginning of keys and an alias in one pool, the rest left out."""
    chosen = load_job(ROOT / "docs" / "generating" / "examples" / "job.toml").effects.model_dump()
    keys = ["grading: glioma", "diagnosis: glioma vs healthy", "diagnosis: glioblastoma vs brain metastasis", "diagnosis: gout"]
    rows = [
        {"key": key, "question": key.partition(":")[0], "pool": key, "pool_key": key, "pool_condition": key.partition(" vs ")[0]}
        for key in keys
    ]
    left, _ = pooled(pd.DataFrame(rows), chosen)
    assert dict(zip(left["key"], left["task"], strict=True)) == dict(
        zip(keys, ["grading: glioma", "brain tumours", "brain tumours"], strict=False)
    )


@pytest.mark.parametrize("page", sorted(p.relative_to(ROOT).as_posix() for p in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]))
def test_links_inside_the_project_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert ((ROOT / page).parent / target).exists(), f"{page} points to {target}"


def test_every_command_in_the_readme_exists():
    import typer.main

    from miner.cli.main import app

    known = set(typer.main.get_command(app).commands)
    blocks = re.findall(r"^```console\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    used = set(re.findall(r"\bminer ([a-z]+)", "\n".join(blocks)))
    assert used
    assert used <= known


def test_what_changed_is_of_a_known_kind():
    kinds = {t["directory"] for t in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]["type"]}
    for path in (ROOT / "changelog.d").iterdir():
        assert path.name == "README.md" or path.name.split(".")[1:] in [[kind, "md"] for kind in kinds], (
            f"rename {path.name}: see changelog.d/README.md"
        )
        assert path.read_text(encoding="utf-8").strip()
