"""Workspaces for the report ``varoquaux2022``: from the committed facts table, with invented boards and counts, and with extracted effects."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from miner.config import Workspace, init_workspace
from miner.jobs.loading.studies import import_facts_table
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.resources import resource
from miner.store.effects import replace_effects
from miner.store.studies import write_competitions, write_counts, write_leaderboard
from miner.store.write import upsert_papers
from miner.studies.counts import Count
from miner.studies.leaderboard import Entry
from miner.studies.sources import Competition
from miner.types import Effect, Paper

JOB = "alzheimer-mri"
TASKS = ("pMCI vs sMCI", "AD vs HC", "MCI vs AD", "MCI vs HC")


def boards(name: str, shift: float, spread: float, lead: float, *, lower: bool = False, seed: int = 1) -> list[Entry]:
    """Return both boards of an invented competition: teams whose private score is the public one moved, and a winner with a lead."""
    rng = np.random.default_rng(seed)
    public = np.sort(rng.normal(0.7, 0.02, 60))[::-1]
    private = public + shift + rng.normal(0, spread, 60)
    private[0] = np.percentile(private, 90) + lead
    sign = -1.0 if lower else 1.0
    teams = [f"team {i}" for i in range(60)]
    entries = [Entry(name, "public", i, t, 2 + sign * s, 5) for i, (t, s) in enumerate(zip(teams, public, strict=True))]
    order = np.argsort(private)[::-1]
    return entries + [Entry(name, "private", place, teams[i], 2 + sign * private[i], 5) for place, i in enumerate(order)]


def counts() -> list[Count]:
    """Return invented counts in which lung cancer's share of the AI literature doubles after 2016."""
    made = []
    for year in range(2011, 2020):
        lung = 20 if year <= 2016 else 20 + 10 * (year - 2016)
        for topic, count in (
            ("all_ai", 1000),
            ("lung_ai", lung),
            ("breast_ai", 18),
            ("all_medical", 10_000),
            ("lung_medical", 150),
            ("breast_medical", 130),
        ):
            made.append(Count(topic, year, count, "invented"))
    return made


def paper_workspace(folder: Path) -> Workspace:
    """Make a workspace with the committed facts table, two invented competitions and invented counts; published."""
    place = init_workspace(folder)
    with writing(place) as con:
        import_facts_table(con, resource("reports", "data", "varoquaux2022_studies.csv"))
        write_leaderboard(con, [*boards("wide", 0.0, 0.05, 0.01), *boards("narrow", 0.0, 0.005, 0.08, lower=True, seed=2)])
        write_competitions(
            con,
            [
                Competition("narrow", "Narrow & sure", "loss", higher_is_better=False),
                Competition("wide", "Wide", "kappa", higher_is_better=True),
            ],
        )
        write_counts(con, counts())
        publish(con, place)
    return place


def job_workspace(folder: Path, number: int, *, reviews: bool = True) -> Workspace:
    """Make a workspace whose job has ``number`` extracted accuracies over the paper's tasks, falling with n; published."""
    rng = np.random.default_rng(11)
    place = init_workspace(folder)
    papers, effects = [], []
    for i in range(number):
        n, year, task = int(10 ** rng.uniform(1.5, 3.2)), 2008 + i % 12, TASKS[i % 2 if number < 80 else i % 4]
        truth = np.clip(0.98 - 0.06 * np.log10(n) + 0.004 * (year - 2014), 0.5, 0.97)
        estimate = round(float(rng.binomial(n, truth)) / n, 3)
        papers.append(Paper(f"pmid:{i}", "pubmed", f"Invented study {i} </script>", "", year, pmid=str(i)))
        effects.append(
            (
                f"pmid:{i}",
                Effect(
                    f"e{i:04d}",
                    f"pmid:{i}",
                    "extracted",
                    "accuracy",
                    estimate,
                    None,
                    task,
                    n,
                    "participant",
                    "total",
                    year,
                    decided="only candidate",
                ),
            )
        )
    definition = {"name": JOB, "effects": {"metrics": ["accuracy"]}, "report": {"name": "varoquaux2022"}}
    with writing(place) as con:
        if reviews:
            import_facts_table(con, resource("reports", "data", "varoquaux2022_studies.csv"))
        upsert_papers(con, papers, JOB)
        con.execute("INSERT INTO study SELECT paper_id, paper_id, 'single record' FROM paper")
        replace_effects(con, effects, "extracted")
        con.execute("INSERT OR REPLACE INTO job VALUES (?, ?, ?)", [JOB, "Does accuracy depend on sample size?", json.dumps(definition)])
        publish(con, place)
    return place
