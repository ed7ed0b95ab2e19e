"""A workspace with records that are hard to write down: markup, formulas, collectives, letters of other scripts."""

from __future__ import annotations

import pytest

from miner.config import Workspace, init_workspace
from miner.jobs.extracting.extract import extract_pending
from miner.jobs.link import link_all
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.write import upsert_papers
from miner.types import Author, Paper


def abstract(n: int, accuracy: float) -> str:
    return f"We studied {n} patients. The network reached an accuracy of {accuracy}% in them."


PAPERS = [
    Paper(
        "pmid:1", "pubmed", '=HYPERLINK("http://example.org") & 100% of {braces} _under_', abstract(120, 91.5), 2020, published="2020-03-05",
        venue="Journal of Tests", doi="10.1000/one", pmid="1", pmcid="PMC1", language="eng", mesh=("Dementia", "Machine Learning"),
        authors=(Author("Ada Müller", "Müller", "Ada"), Author("The Group", collective="The Dementia Group")),
    ),
    Paper(
        "arxiv:2001.00002", "arxiv", "Größe, naïve façade: a β-network", abstract(64, 88), 2021, published="2021-01-02", arxiv_id="2001.00002",
        categories=("cs.LG",), authors=(Author("Bo van Dijk"),),
    ),
    Paper("pmid:3", "pubmed", "+1 no authors, no year", abstract(300, 80), None, pmid="3"),
    Paper("pmid:4", "pubmed", "دراسة عربية", abstract(45, 95), 2019, published="2019", pmid="4", doi="10.1000/four", authors=(Author("Ada Müller", "Müller", "Ada"),)),
    Paper("pmid:5", "pubmed", "A retracted one", abstract(50, 99), 2019, pmid="5", retracted=True, authors=(Author("C D", "D", "C"),)),
]  # fmt: skip


def make(folder) -> Workspace:
    place = init_workspace(folder)
    with writing(place) as con:
        upsert_papers(con, PAPERS, "test")
        extract_pending(con, place, lambda _: None)
        link_all(con)
        publish(con, place)
    return place


@pytest.fixture(scope="session")
def read_only_place(tmp_path_factory) -> Workspace:
    return make(tmp_path_factory.mktemp("exports"))
