"""Workspaces whose effects are written directly, so that a report's numbers are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from miner.config import Workspace, init_workspace
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.effects import replace_effects
from miner.store.write import upsert_papers
from miner.types import Effect, Paper

NASTY = '</script><script>alert("x")</script> <b>bold</b> & "quoted" \u202eright to left\u202c ' + "long " * 80


def make_workspace(folder: Path, number: int, *, title: str = "A study of {}", perfect: bool = False) -> Workspace:
    """Make a workspace with ``number`` papers of one accuracy each, falling with n; published."""
    rng = np.random.default_rng(7)
    place = init_workspace(folder)
    papers, effects = [], []
    for i in range(number):
        n = int(10 ** rng.uniform(1.5, 3.5))
        estimate = 1.0 if perfect else float(np.clip(0.95 - 0.05 * np.log10(n) + rng.normal(0, 0.03), 0.5, 0.99))
        papers.append(Paper(f"pmid:{i}", "pubmed", title.format(i), NASTY, 2010 + i % 10, doi=f"10.5555/x{i}", pmid=str(i)))
        task = ("AD vs HC", "pMCI vs sMCI")[i % 2]
        effects.append(
            (
                f"pmid:{i}",
                Effect(
                    f"e{i:04d}",
                    f"pmid:{i}",
                    "extracted",
                    "accuracy",
                    round(estimate, 3),
                    None,
                    task,
                    n,
                    "participant",
                    "total",
                    2010 + i % 10,
                    decided="only candidate",
                ),
            )
        )
    with writing(place) as con:
        upsert_papers(con, papers, "test")
        con.execute("INSERT INTO study SELECT paper_id, paper_id, 'single record' FROM paper")
        replace_effects(con, effects, "extracted")
        publish(con, place)
    return place


@pytest.fixture(scope="session")
def sixty(tmp_path_factory) -> Workspace:
    """Return a workspace of sixty studies, with titles that try to break the page."""
    return make_workspace(tmp_path_factory.mktemp("sixty"), 60, title=NASTY + " {}")
