"""No paper vanishes: what a job's metrics and tasks leave out stands in the flow with its number, and is said where few values are left."""

from __future__ import annotations

import pytest

from miner.config import init_workspace
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.report.build import build_report
from miner.report.data import load
from miner.report.gallery.flow import count_flow, flow_words
from miner.store.connect import open_reader
from miner.store.effects import replace_effects
from miner.store.runs import write_job
from miner.store.write import upsert_papers
from miner.types import Effect, Paper

AD, GOUT = "diagnosis: Alzheimer's disease vs healthy", "diagnosis: gout vs healthy"
VALUES = [  # paper, metric, task, estimate, decided
    ("1", "accuracy", AD, 0.9, "one"),
    ("2", "accuracy", GOUT, 0.8, "one"),
    ("3", "accuracy", GOUT, 0.7, "one"),
    ("4", "auc", AD, 0.8, "one"),
    ("4", "mae", AD, 3.5, "one"),
    ("5", "accuracy", AD, 0.6, "rejected by a reviewer"),
]
JOBS = {
    "narrow": {"effects": {"metrics": ["accuracy"], "tasks": ["AD vs HC"]}},
    "none": {"effects": {"metrics": ["accuracy"], "tasks": ["diagnosis: sepsis"]}},
    "wide": {"effects": {"metrics": ["accuracy", "auc"]}},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = init_workspace(tmp_path_factory.mktemp("filters"))
    papers = [Paper(f"pmid:{i}", "pubmed", f"Title {i}", "We counted.", 2020, pmid=str(i)) for i in range(1, 7)]
    effects = [
        (f"pmid:{p}", Effect(f"e{i}", f"pmid:{p}", "extracted", metric, estimate, task=task, n=100, decided=decided))
        for i, (p, metric, task, estimate, decided) in enumerate(VALUES)
    ]
    with writing(made) as con:
        for job, definition in JOBS.items():
            upsert_papers(con, papers, job)
            write_job(con, job, "Question?", definition)
        con.execute("INSERT INTO study SELECT paper_id, paper_id, 'single record' FROM paper")
        replace_effects(con, effects, "extracted")
        publish(con, made)
    return made


def read(place, job, query="effects"):
    with open_reader(place.current) as con:
        return load(con, job, query)


@pytest.mark.parametrize(
    ("job", "included", "rejected"),
    [
        (
            "narrow", 1,
            {"on none of the job's tasks": 2, "with none of the metrics asked for": 1, "with a value that cannot be analysed": 1, "no performance of its own found": 1},
        ),
        (
            "none", 0,
            {"on none of the job's tasks": 3, "with none of the metrics asked for": 1, "with a value that cannot be analysed": 1, "no performance of its own found": 1},
        ),
        ("wide", 4, {"with a value that cannot be analysed": 1, "no performance of its own found": 1}),
    ],
)  # fmt: skip
def test_every_record_has_a_place_and_a_reason(place, job, included, rejected):
    data = read(place, job)
    counts = count_flow(data)
    assert (counts.identified, counts.included, dict(counts.rejected)) == (6, included, rejected)
    assert counts.assessed == counts.included + sum(rejected.values())
    assert counts.included == data.effects["paper_id"].nunique()
    for reason, count in rejected.items():
        assert f"{reason} ({count})" in flow_words(counts, len(data.effects))


def test_a_query_of_ones_own_counts_too(place):
    data = read(place, "wide", "SELECT * FROM v_effect WHERE estimate > 0.75 AND metric = 'accuracy'")
    counts = count_flow(data)
    assert counts.included == 2
    assert dict(counts.rejected)["not in what the report's query gives"] == 3


def test_few_values_say_which_filter_took_the_others(place):
    said = read(place, "narrow").left_out
    assert "The job's choice of tasks (AD vs HC) leaves out 2 of 3 values that could be analysed" in said
    assert "Of other metrics with a sample size, which the job does not ask for, there are: auc 1, mae 1." in said
    assert "choice of tasks" not in read(place, "wide").left_out


def test_a_report_without_values_says_that_the_tasks_took_them(place):
    page = build_report(place, job="none", form="md").read_text(encoding="utf-8")
    assert "None of the 3 values of accuracy with a sample size answers one of the job's tasks" in page
    assert "No paper reports both" not in page
    assert "leaves out 3 of 3 values" in page
