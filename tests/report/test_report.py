"""A report is the same bytes from the same snapshot, shows what it should, and is honest where there is little."""

from __future__ import annotations

import base64
import csv
import io
import re

import pytest
from lxml import html

from miner.errors import StoreError, UsageError
from miner.report.analysis import analyse, p_value
from miner.report.build import build_report, render_report
from miner.report.data import load, quote
from miner.store.connect import open_reader
from tests.report.conftest import NASTY, make_workspace


@pytest.fixture(scope="module")
def page(sixty):
    return render_report(sixty)


@pytest.fixture(scope="module")
def tree(page):
    return html.fromstring(page.decode())


def test_the_same_snapshot_gives_the_same_bytes(sixty, page, tmp_path):
    assert render_report(sixty) == page
    assert build_report(sixty, output=tmp_path).read_bytes() == page


def test_the_page_is_self_contained(page):
    text = re.sub(r'href="https://(doi\.org|arxiv\.org|pubmed\.ncbi\.nlm\.nih\.gov)/[^"]*"', "", page.decode())
    text = re.sub(r'xmlns(:\w+)?="[^"]*"', "", text)
    assert not re.search(r'(src|href|action)="(?!#|data:)', text)
    assert not re.search(r"url\((?!#)", text)
    assert "@import" not in text


def test_nothing_from_a_paper_becomes_markup(tree):
    # One script is ours; titles and abstracts that hold tags are text.
    assert len(tree.xpath("//script")) == 1
    assert not tree.xpath("//td//b")
    assert any(NASTY.split()[0] in cell.text_content() for cell in tree.xpath("//table[@id='study-table']//td[1]"))


def test_every_figure_has_a_title_and_a_description(tree):
    figures = tree.xpath("//figure/*[local-name()='svg']")
    assert len(figures) == 3
    for figure in figures:
        assert figure.get("role") == "img"
        words = {child.tag.split("}")[-1]: child.text for child in figure[:2]}
        assert words["title"]
        assert len(words["desc"]) > 40


def test_identifiers_are_unique(tree):
    ids = tree.xpath("//@id")
    assert sorted(ids) == sorted(set(ids))


def test_the_table_and_its_csv_hold_every_effect(sixty, tree):
    with open_reader(sixty.current) as con:
        truth = con.execute("SELECT effect_id, estimate, n FROM v_effect ORDER BY effect_id").fetchall()
    rows = tree.xpath("//table[@id='study-table']/tbody/tr")
    shown = sorted((r.get("id"), float(r[4].get("data-value")), int(r[5].get("data-value"))) for r in rows)
    assert shown == truth
    link = tree.xpath("//a[@download]/@href")[0]
    table = list(csv.DictReader(io.StringIO(base64.b64decode(link.partition(",")[2]).decode())))
    assert sorted((r["effect_id"], float(r["estimate"]), int(r["n"])) for r in table) == truth


def test_the_figure_has_a_point_for_every_effect(tree):
    drawn = tree.xpath("//*[local-name()='svg'][contains(@aria-labelledby, 'accuracy-size')]//*[contains(@id, 'PathCollection')]")
    assert sum(len(c.xpath(".//*[local-name()='use']")) for c in drawn) >= 60


def test_the_words_tell_the_direction(sixty):
    with open_reader(sixty.current) as con:
        primary = analyse(load(con).effects).rows[0]
    assert primary.numbers["beta"] < 0
    assert "Larger studies report lower values" in primary.words
    assert f"{primary.numbers['points']:+.1f} percentage points" in primary.words


@pytest.mark.parametrize("number", [0, 1, 2, 9])
def test_few_studies_give_a_page_that_says_so(tmp_path, number):
    text = html.fromstring(render_report(make_workspace(tmp_path, number)).decode()).text_content()
    if number == 0:
        assert "the question cannot be answered from these records" in text
        assert "No study reports both a value and a sample size" in text
    else:
        assert f"Only {number} values" in text
    if number == 1:
        assert "Not computed" in text


def test_perfect_accuracies_are_no_traceback(tmp_path):
    text = html.fromstring(render_report(make_workspace(tmp_path, 12, perfect=True)).decode()).text_content()
    assert "Not computed" in text


def test_no_accuracy_at_all(tmp_path):
    place = make_workspace(tmp_path, 5)
    from miner.store.connect import writing
    from miner.store.snapshot import publish

    with writing(place) as con:
        con.execute("UPDATE effect SET metric = 'auc'")
        publish(con, place)
    assert "the question cannot be answered" in render_report(place).decode()


def test_retracted_papers_are_left_out(tmp_path):
    place = make_workspace(tmp_path, 20)
    from miner.store.connect import writing
    from miner.store.snapshot import publish

    with writing(place) as con:
        con.execute("UPDATE paper SET retracted = TRUE WHERE paper_id = 'pmid:3'")
        publish(con, place)
    with open_reader(place.current) as con:
        assert len(load(con).effects) == 19


def test_an_unknown_name_lists_what_there_is(sixty):
    with pytest.raises(UsageError, match="no report or job 'x'"):
        render_report(sixty, "x")


def test_without_a_snapshot_it_says_what_to_do(tmp_path):
    from miner.config import init_workspace

    with pytest.raises(StoreError, match="nothing has been published"):
        render_report(init_workspace(tmp_path))


def test_a_quote_is_cut_at_the_value():
    text = "Title\nFirst 12 words. The accuracy was 12% here. Last 12."
    cut = quote("x1", text, text.index("12%"), text.index("12%") + 2, "12", "The accuracy was 12% here.", None, "performance 1")
    assert (cut.before, cut.value, cut.after) == ("The accuracy was ", "12", "% here.")
    # The text has changed since: only the value is shown.
    assert quote("x1", "other", 5, 7, "12", "The accuracy was 12% here.", None, "r").before == ""


@pytest.mark.parametrize(("p", "text"), [(0.0001, "< 0.001"), (0.0123, "0.012"), (0.5, "0.500")])
def test_p_values_are_printed_as_journals_do(p, text):
    assert p_value(p) == text
