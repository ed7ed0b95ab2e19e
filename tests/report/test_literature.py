"""The definition ``literature``: the literature's own statistics, from the snapshot alone."""

from __future__ import annotations

import json

import pytest
from lxml import html

from miner.config import init_workspace
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.report.build import render_report
from miner.report.gallery.bibliometrics import _groups
from miner.store.write import upsert_papers
from tests.store.test_who import PAPERS


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = init_workspace(tmp_path_factory.mktemp("literature"))
    with writing(made) as con:
        upsert_papers(con, PAPERS, "job")
        publish(con, made)
    return made


def test_its_panels_have_the_snapshot_s_numbers(place):
    page = render_report(place, "literature")
    tree = html.fromstring(page.decode())
    data = json.loads(tree.xpath("//script[@id='report-data']")[0].text)["panels"]
    assert (data["growth"]["years"], data["growth"]["records"]) == ([2019, 2020], [1, 2])
    assert data["top-authors"]["names"] == {"Uno A": 3, "Duo B": 2, "A group": 1}
    assert data["top-journals"]["names"] == {"Invented journal": 2, "Another journal": 1}
    assert data["top-countries"]["names"] == {"Norway": 2, "Peru": 1, "United States": 1}
    assert data["top-keywords"]["names"] == {"mri": 2, "brain": 1, "learning": 1}
    assert data["top-funders"]["names"] == {"NIH": 2, "DFG": 1}
    assert sorted(data["coauthorship"]["pairs"]) == [["A group", "Duo B", 1], ["A group", "Uno A", 1], ["Duo B", "Uno A", 2]]
    said = tree.text_content()
    assert "3 records of 2019 to 2020, most of them of 2020 (2)." in said
    assert "Duo B and Uno A the most, 2 records together." in said
    assert page == render_report(place, "literature")


def test_an_empty_literature_says_what_is_lacking(tmp_path):
    made = init_workspace(tmp_path)
    with writing(made) as con:
        publish(con, made)
    said = html.fromstring(render_report(made, "literature").decode()).text_content()
    assert "Growth needs records of two years." in said
    assert "No record names an author." in said


def test_those_who_wrote_together_stand_side_by_side():
    assert _groups(["a", "b", "c", "d"], [("a", "c", 1), ("a", "d", 3)]) == [["a", "d", "c"], ["b"]]
