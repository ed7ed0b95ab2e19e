"""An invented literature of any size, whose effects are written directly: for measurements, and for what shows only in thousands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from miner.config import Workspace, init_workspace
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.effects import replace_effects
from miner.store.write import upsert_papers
from miner.types import Author, Effect, Paper

TASKS = [
    f"diagnosis: {a} vs {b}"
    for a in ("Alzheimer's disease", "glioma", "schizophrenia", "depression", "stroke", "lung cancer")
    for b in ("healthy", "other")
]
HOSTILE = '=HYPERLINK("http://x") </script><script>alert(1)</script> <b>bold</b> \u2028 O\'Brien, "quoted" & 50 %'


def literature(folder: Path, number: int, seed: int = 7, hostile: int = 0) -> Workspace:
    """Make and publish a workspace of ``number`` papers with two effects each; one in ten has none, the first ``hostile`` have titles that try to break out."""
    rng = np.random.default_rng(seed)
    words = np.array(["".join(rng.choice(list("abcdeilmnorstu"), rng.integers(3, 11))) for _ in range(4 * min(number, 10_000))])
    weight = 1 / np.arange(10, len(words) + 10)
    weight /= weight.sum()
    papers, effects = [], []
    for i in range(number):
        text = rng.choice(words, 200, p=weight)
        arxiv, year = i % 3 == 0, int(2005 + 20 * rng.beta(4, 2))
        paper_id = f"arxiv:2{i:03}.{i:05}" if arxiv else f"pmid:{30_000_000 + i}"
        title = HOSTILE if i < hostile else " ".join(text[:11]).capitalize()
        authors = tuple(Author(f"{given} {family}", family, given) for given, family in rng.choice(words, (rng.integers(1, 8), 2)))
        paper = Paper(
            paper_id, "arxiv" if arxiv else "pubmed", title, " ".join(text).capitalize() + ".", year, f"{year}-03-01", authors=authors
        )
        paper = (
            replace(paper, arxiv_id=paper_id[6:])
            if arxiv
            else replace(paper, pmid=paper_id[5:], doi=f"10.5555/{i}", venue=f"Journal of {words[i % 200]}")
        )
        papers.append(replace(paper, retracted=i % 97 == 5))
        for metric in ("accuracy", "auc") if i % 10 else ():
            n = int(10 ** rng.normal(2.2, 0.6)) + 5
            estimate = float(np.clip(rng.normal(0.93 - 0.04 * np.log10(n), 0.06), 0.5, 1))
            task = TASKS[int(len(TASKS) * rng.beta(1, 3))] if i % 4 else None
            made = Effect(
                f"effect:{paper_id}:{metric}",
                paper_id,
                "extracted",
                metric,
                round(estimate, 3),
                paper_id,
                task,
                n,
                "participant",
                "total",
                year,
                decided="only candidate",
            )
            effects.append(
                (
                    paper_id,
                    replace(
                        made,
                        question="diagnosis" if task else None,
                        modality=("structural MRI", "EEG", "CT", None)[i % 4],
                        validation=("external", "5-fold cross-validation", None)[i % 3],
                        score=0.9,
                    ),
                )
            )
    place = init_workspace(folder)
    with writing(place) as con:
        upsert_papers(con, papers, "test")
        con.execute("INSERT INTO study SELECT paper_id, paper_id, 'single record' FROM paper")
        replace_effects(con, effects, "extracted")
        publish(con, place)
    return place
