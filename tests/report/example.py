"""An invented workspace with evidence, decisions and lost records, written directly: what it holds does not depend on any rule.

python -m tests.report.example    writes reports/examples/publication-bias.html anew
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from miner.config import Workspace, init_workspace
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.report.build import render_report
from miner.store.effects import replace_effects
from miner.store.write import upsert_papers
from miner.types import Effect, Paper

JOB = "example"
TINY = 'title = "Tiny"\nquestion = "Q?"\npanels = ["accuracy-by-size", "studies"]\n'  # a definition for tests of what is around the panels
REPORT = "publication-bias"
GOLDEN = Path(__file__).resolve().parents[2] / "reports" / "examples" / f"{REPORT}.html"
TASKS = ("lesion present or not", "benign or malignant", "grade 1 or 2")
TITLE = "[Invented] {adjective} features of {organ} images for {task}"


def example_workspace(folder: Path, number: int = 36) -> Workspace:
    """Make the workspace; published. Papers of two sources; some lose their numbers on the way."""
    rng = np.random.default_rng(2022)
    place = init_workspace(folder)
    papers: list[Paper] = []
    effects: list[tuple[str, Effect]] = []
    found: list[tuple[Any, ...]] = []
    for i in range(number):
        n = int(10 ** rng.uniform(1.4, 3.4))
        task = TASKS[int(rng.integers(3))]
        truth = 1 / (1 + np.exp(-(2.6 - 0.35 * np.log10(n) - 0.5 * TASKS.index(task) + rng.normal(0, 0.35))))
        accuracy = round(float(rng.binomial(n, truth)) / n, 3)
        year = int(rng.integers(2012, 2025))
        source, paper_id = ("pubmed", f"pmid:{90000 + i}") if i % 3 else ("arxiv", f"arxiv:0000.{i:05d}")
        title = TITLE.format(adjective=("Deep", "Textural", "Radiomic")[i % 3], organ=("liver", "breast", "kidney")[i % 5 % 3], task=task)
        first = f"We included {n} patients (code {i})."
        second = f"The accuracy was {100 * accuracy:.1f} % in cross-validation."
        papers.append(Paper(paper_id, source, title, f"{first} {second}", year, doi=f"10.5555/invented.{i}"))
        at = len(title) + 1
        spans = ((f"s{i:03d}", first, str(n), at), (f"p{i:03d}", second, f"{100 * accuracy:.1f} %", at + len(first) + 1))
        for extraction_id, sentence, value, start in spans:
            here = start + sentence.index(value)
            found.append(
                (
                    extraction_id,
                    f"{paper_id}/abstract",
                    paper_id,
                    "sample_size" if extraction_id[0] == "s" else "performance",
                    here,
                    here + len(value),
                    value,
                    sentence,
                )
            )
        effects.append(
            (
                paper_id,
                Effect(f"x{i:03d}", paper_id, "extracted", "accuracy", accuracy, None, task, n, "participant", "total", year, decided="only candidate",
                       performance_extraction_id=f"p{i:03d}", sample_size_extraction_id=f"s{i:03d}"),
            )
        )  # fmt: skip
    papers += [
        Paper(f"pmid:{95000 + i}", "pubmed", f"[Invented] A review of imaging {i}", "Nothing is measured here." if i else "", 2015 + i)
        for i in range(6)
    ]
    _write(place, papers, effects, found)
    return place


def _write(place: Workspace, papers: list[Paper], effects: list[tuple[str, Effect]], found: list[tuple[Any, ...]]) -> None:
    definition = {
        "name": JOB,
        "invented": True,
        "effects": {"metrics": ["accuracy"]},
        "harvest": [{"source": "pubmed", "query": "imaging[tiab] AND accuracy[tiab]", "since": "2012-01-01"}],
    }
    with writing(place) as con:
        upsert_papers(con, papers, JOB)
        con.execute("INSERT INTO study SELECT paper_id, paper_id, 'single record' FROM paper")
        con.execute(
            "INSERT INTO document (document_id, paper_id, kind, sha256, parser, parser_version, state) SELECT paper_id || '/abstract', paper_id, 'abstract', 'd', 'abstract', '1', 'read' FROM paper"
        )
        con.executemany(
            """INSERT INTO extraction (extraction_id, document_id, document_sha256, paper_id, kind, "start", "end", quote, sentence, rule_id, rule_version,
               rule_sha256, score) VALUES (?, ?, 'd', ?, ?, ?, ?, ?, ?, 'invented', '1', '00000000', 1)""",
            found,
        )
        con.execute("INSERT INTO extraction_pass SELECT document_id, 'invented', '1', '00000000', 'd' FROM document")
        con.execute("INSERT INTO decision VALUES (1, 'p003', 'accept', 'a reader', '2024-05-01T10:00:00', NULL, 'table 2 agrees')")
        replace_effects(con, effects, "extracted")
        con.execute(
            "INSERT INTO job VALUES (?, ?, ?)",
            [JOB, "Is what was published on these invented tasks all that was found?", json.dumps(definition)],
        )
        publish(con, place)


def main() -> None:
    """Write the golden report."""
    with tempfile.TemporaryDirectory() as folder:
        page = render_report(example_workspace(Path(folder) / "example"), REPORT, job=JOB)
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    GOLDEN.write_bytes(page)
    sys.stdout.write(f"{GOLDEN} ({len(page):,} bytes)\n")


if __name__ == "__main__":
    main()
