"""Forty easy studies on n 25 to 100 and forty hard ones on 160 to 1600, without any trend inside: what is between tasks is no trend with size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from miner.config import Workspace, init_workspace
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.effects import replace_effects
from miner.store.write import upsert_papers
from miner.types import Effect, Paper

EASY, HARD = "phantom or patient", "tumour grade"


def simpson_values(seed: int = 1) -> Iterator[tuple[str, int, float]]:
    """Give each study's task, n and accuracy."""
    rng = np.random.default_rng(seed)
    for i in range(80):
        task, low, high, mean = (EASY, 25, 100, 2.75) if i < 40 else (HARD, 160, 1600, 0.9)
        n = int(np.exp(rng.uniform(np.log(low), np.log(high))))
        truth = 1 / (1 + np.exp(-(mean + rng.normal(0, 0.3))))
        yield task, n, round(float(rng.binomial(n, truth)) / n, 4)


def simpson_frame(seed: int = 1) -> pd.DataFrame:
    """Return the studies as ``miner meta analyse`` reads them."""
    frame = pd.DataFrame(simpson_values(seed), columns=["task", "n", "estimate"])
    return frame.assign(year=2010 + np.arange(80) % 10, study_id=[f"s{i}" for i in range(80)])


def simpson_workspace(folder: Path, seed: int = 1) -> Workspace:
    """Make the workspace; published."""
    place = init_workspace(folder)
    papers, effects = [], []
    for i, (task, n, accuracy) in enumerate(simpson_values(seed)):
        papers.append(Paper(f"pmid:{i}", "pubmed", f"[Invented] Study {i} of {task}", "", 2010 + i % 10, doi=f"10.5555/s{i}", pmid=str(i)))
        made = Effect(
            f"e{i:04d}",
            f"pmid:{i}",
            "extracted",
            "accuracy",
            accuracy,
            None,
            task,
            n,
            "participant",
            "total",
            2010 + i % 10,
            decided="only candidate",
        )
        effects.append((f"pmid:{i}", made))
    with writing(place) as con:
        upsert_papers(con, papers, "test")
        con.execute("INSERT INTO study SELECT paper_id, paper_id, 'single record' FROM paper")
        replace_effects(con, effects, "extracted")
        publish(con, place)
    return place
