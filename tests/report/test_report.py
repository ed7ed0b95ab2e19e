"""A report is the same bytes from the same snapshot, shows what it should, and is honest where there is little."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from miner.errors import StoreError, UsageError
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.meta.analysis.analyse import analyse
from miner.report import figures
from miner.report.build import build_report, render_report
from miner.report.data import load, quote
from miner.resources import resource
from miner.store.connect import open_reader
from tests.report.conftest import NASTY, make_workspace
from tests.report.example import JOB, example_workspace

PANELS = ["size", "year", "interaction", "quantiles", "forest", "funnel", "records", "tests"]


def payload(tree: Any) -> Any:
    return json.loads(tree.xpath("//script[@id='report-data']")[0].text)


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
    text = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r'(src|href|action)="(?!#|data:)', text)
    assert not re.search(r"url\((?!#)", text)
    assert "@import" not in text


def test_nothing_from_a_paper_becomes_markup(tree):
    # Two scripts are ours, one of them data; titles and abstracts that hold tags are text.
    assert [s.get("type") for s in tree.xpath("//script")] == ["application/json", None]
    assert not tree.xpath("//td//b")
    assert any(NASTY.split()[0] in cell.text_content() for cell in tree.xpath("//table[@id='study-table']//td[1]"))
    assert NASTY.split()[0] in payload(tree)["studies"]["rows"][0][3]


def test_every_figure_has_a_title_and_a_description(tree):
    figures = tree.xpath("//figure//*[local-name()='svg']")
    assert len(figures) >= 8
    for figure in figures:
        assert figure.get("role") == ("group" if figure.xpath(".//*[local-name()='a']") else "img")
        words = {child.tag.split("}")[-1]: child.text for child in figure[:2]}
        assert words["title"]
        assert len(words["desc"]) > 40


def test_identifiers_are_unique(tree):
    ids = tree.xpath("//@id")
    assert sorted(ids) == sorted(set(ids))


def test_the_panels_stand_in_the_definitions_order(tree):
    drawn = [s.get("id") for s in tree.xpath("//section[starts-with(@id, 'panel-')]")]
    assert drawn == [f"panel-accuracy-{p}" for p in PANELS] + ["panel-flow", "panel-studies-by-year"]
    assert [a.get("href") for a in tree.xpath("//nav//a")][:2] == ["#panel-accuracy-size", "#panel-accuracy-year"]


def test_every_link_within_the_page_leads_somewhere(tree):
    ids = set(tree.xpath("//@id")) | {"panel-studies"}
    links = [h[1:] for h in tree.xpath("//a/@href") if h.startswith("#")]
    assert links
    assert set(links) <= ids


def test_the_table_and_its_data_hold_every_effect(sixty, tree):
    with open_reader(sixty.current) as con:
        truth = con.execute("SELECT effect_id, estimate, n FROM v_effect ORDER BY effect_id").fetchall()
    rows = tree.xpath("//table[@id='study-table']/tbody/tr")
    shown = sorted((r.get("id"), float(r[4].get("data-value")), int(r[5].get("data-value"))) for r in rows)
    assert shown == truth
    studies = payload(tree)["studies"]
    at = {name: i for i, name in enumerate(studies["fields"])}
    assert sorted((r[at["effect_id"]], r[at["estimate"]], r[at["n"]]) for r in studies["rows"]) == truth


def test_the_figure_has_a_point_for_every_effect(tree):
    drawn = tree.xpath("//*[local-name()='svg'][contains(@aria-labelledby, 'accuracy-size')]//*[contains(@id, 'PathCollection')]")
    points = [
        c.xpath(".//*[local-name()='use']") or c.xpath(".//*[local-name()='path'][not(ancestor::*[local-name()='defs'])]") for c in drawn
    ]
    assert sum(map(len, points)) >= 60


def test_each_point_leads_to_the_row_of_its_value_and_says_what_it_is(tree):
    rows = {r.get("id"): r for r in tree.xpath("//table[@id='study-table']/tbody/tr")}
    for figure in ("accuracy-size", "accuracy-size-narrow", "accuracy-forest", "accuracy-year"):
        links = tree.xpath(f"//*[local-name()='svg'][contains(@aria-labelledby, '{figure}-title')]//*[local-name()='a']")
        assert {link.get("href")[1:] for link in links} == set(rows), figure
        for link in links:
            cells = [c.text_content() for c in rows[link.get("href")[1:]]]
            assert link.xpath("string(*[local-name()='title'])").endswith(f"accuracy {cells[4]}, n {cells[5]}")


def test_colours_are_those_of_the_theme():
    """A literal colour does not follow the dark theme: grey on dark ground is what nobody sees."""
    folder = Path(figures.__file__).parent
    literal = re.compile(r"""["']#[0-9a-fA-F]{3,8}["']|color=["'](black|white|gr[ae]y|k|w)["']""")
    found = {
        p.name: literal.findall(p.read_text(encoding="utf-8"))
        for part in ("gallery", "tasks", "publications")
        for p in (folder / part).glob("*.py")
    }
    assert len(found) > 20
    assert {name: colours for name, colours in found.items() if colours} == {}
    page = (resource("reports", "templates") / "style.css").read_text(encoding="utf-8")
    assert set(figures._THEME.values()) <= set(re.findall(r"--f-[\w-]+", page))


def test_the_words_tell_the_direction(sixty, tree):
    with open_reader(sixty.current) as con:
        primary = analyse(load(con).effects).rows[0]
    assert primary.numbers["beta"] < 0
    assert "Larger studies report lower values" in primary.words
    summary = tree.xpath("//section[@id='summary']")[0].text_content()
    assert f"Larger studies report lower accuracy: {primary.numbers['points']:+.1f} percentage points".replace("-", "−") in summary


@pytest.mark.parametrize("name", ["accuracy-vs-sample-size", "publication-bias"])
@pytest.mark.parametrize("number", [0, 1, 2, 9])
def test_few_studies_give_a_page_that_says_so(tmp_path, number, name):
    page = html.fromstring(render_report(make_workspace(tmp_path, number), name).decode())
    text = page.text_content()
    if number == 0:
        assert "the question cannot be answered from these records" in text
        assert "No study reports both a value and a sample size" in text
        assert "miner status" in page.xpath("//p[@class='empty']")[0].text_content()
    else:
        assert f"Only {number} value" in text
    if number == 1:
        assert "There is only 1 value" in text
        assert len(page.xpath("//section[@id='metric-accuracy-missing']//dt")) >= 3
    said = page.xpath("//main//*[not(self::script)]/text()")
    assert not [s for s in said if re.search(r"\bnan\b|\binf\b", s) or s.strip() == "None"]


def test_perfect_accuracies_are_no_traceback(tmp_path):
    place = make_workspace(tmp_path, 12, perfect=True)
    text = html.fromstring(render_report(place).decode()).text_content()
    assert "Not computed" in text
    assert "Not computed" in html.fromstring(render_report(place, "publication-bias").decode()).text_content()


def test_no_accuracy_at_all(tmp_path):
    place = make_workspace(tmp_path, 5)
    from miner.jobs.lock import writing
    from miner.jobs.publishing import publish

    with writing(place) as con:
        con.execute("UPDATE effect SET metric = 'auc'")
        publish(con, place)
    assert "the question cannot be answered" in render_report(place).decode()


def test_retracted_papers_are_left_out(tmp_path):
    place = make_workspace(tmp_path, 20)
    from miner.jobs.lock import writing
    from miner.jobs.publishing import publish

    with writing(place) as con:
        con.execute("UPDATE paper SET retracted = TRUE WHERE paper_id = 'pmid:3'")
        publish(con, place)
    with open_reader(place.current) as con:
        assert len(load(con).effects) == 19


def test_an_unknown_name_lists_what_there_is(sixty):
    with pytest.raises(UsageError, match=r"no report or job 'x' .*publication-bias"):
        render_report(sixty, "x")
    with pytest.raises(UsageError, match="has no job 'y'"):
        render_report(sixty, "publication-bias", job="y")


def test_without_a_snapshot_it_says_what_to_do(tmp_path):
    from miner.config import init_workspace

    with pytest.raises(StoreError, match="nothing has been published"):
        render_report(init_workspace(tmp_path))
    with pytest.raises(StoreError, match="no such snapshot") as told:
        render_report(init_workspace(tmp_path), snapshot=tmp_path / "older.duckdb")
    assert told.value.where == str(tmp_path / "older.duckdb")


def test_each_value_stands_with_its_sentence_its_decisions_and_a_link(tmp_path):
    tree = html.fromstring(render_report(example_workspace(tmp_path), JOB).decode())
    row = tree.xpath("//tr[@id='x003']")[0]
    quotes = row.xpath(".//blockquote")
    assert len(quotes) == 2
    assert quotes[0].xpath(".//mark")[0].text == f"{100 * float(row[4].get('data-value')):.1f} %"
    assert quotes[1].xpath(".//mark")[0].text == row[5].get("data-value")
    assert row.xpath(".//small[@class='decision']")[0].text == "accepted by a reader, 2024-05-01: table 2 agrees"
    assert row.xpath(".//a/@href") == ["https://doi.org/10.5555/invented.3"]
    studies = payload(tree)["studies"]
    packed = next(r for r in studies["rows"] if r[0] == "x003")
    sentence, start, end, rule, page = packed[-1][0]
    assert studies["sentences"][sentence][start:end] == quotes[0].xpath(".//mark")[0].text
    assert (studies["rules"][rule], page) == ("invented 1", None)
    assert packed[-2] == ["accepted by a reader, 2024-05-01: table 2 agrees"]


def test_the_footer_says_how_to_make_it_again(tmp_path):
    place = example_workspace(tmp_path)
    tree = html.fromstring(render_report(place, "publication-bias", job=JOB).decode())
    facts = dict(zip((e.text for e in tree.xpath("//footer//dt")), (e.text_content() for e in tree.xpath("//footer//dd")), strict=True))
    assert facts["Snapshot"] == place.current.resolve().stem
    assert facts["Made by"] == f"miner report publication-bias --job {JOB}"
    assert "imaging[tiab] AND accuracy[tiab] from 2012-01-01" in facts["Queries"]
    assert "42 papers" in facts["Counts"]
    assert "invented 1" in facts["Rules"]
    assert "matplotlib" in facts["Packages"]


def test_searches_stand_with_their_days(tmp_path):
    from miner.jobs.lock import writing
    from miner.jobs.publishing import publish

    place = example_workspace(tmp_path)
    query = "imaging[tiab] AND accuracy[tiab]"
    with writing(place) as con:
        con.execute(
            """INSERT INTO crawl_window (job, source, query, kind, window_from, window_until, uid_from, uid_until, reported, received, state, attempts)
               VALUES (?, 'pubmed', ?, 'entered', '2012-01-01', '2024-06-30', 0, 0, 1, 1, 'done', 1)""",
            [JOB, query],
        )
        con.execute("INSERT INTO response VALUES (?, 'pubmed', ?, 'r', 's', 1, 'records', '2024-07-01T09:00:00')", [JOB, query])
        con.execute("UPDATE paper SET title = title || '!' WHERE paper_id = 'pmid:95000'")  # what was found makes a snapshot, not when
        publish(con, place)
    text = render_report(place, JOB).decode()
    assert f"pubmed: {query}, from 2012-01-01 until 2024-06-30, asked on 2024-07-01" in text
    assert "not asked yet" not in text


def test_a_quote_is_cut_at_the_value():
    text = "Title\nFirst 12 words. The accuracy was 12% here. Last 12."
    cut = quote("x1", text, text.index("12%"), text.index("12%") + 2, "12", "The accuracy was 12% here.", None, "performance 1")
    assert (cut.before, cut.value, cut.after) == ("The accuracy was ", "12", "% here.")
    # The text has changed since: only the value is shown.
    assert quote("x1", "other", 5, 7, "12", "The accuracy was 12% here.", None, "r").before == ""


@pytest.mark.parametrize("report", ["accuracy-vs-sample-size", "publication-bias"])
@pytest.mark.parametrize("every", [1, 3])
def test_papers_without_a_year_have_a_page_too(tmp_path, report, every):
    place = make_workspace(tmp_path, 14)
    with writing(place) as con:
        con.execute("UPDATE paper SET year = NULL WHERE pmid::INTEGER % ? = 0", [every])
        con.execute("UPDATE effect SET year = NULL WHERE paper_id IN (SELECT paper_id FROM paper WHERE year IS NULL)")
        publish(con, place)
    assert "<html" in build_report(place, report).read_text(encoding="utf-8")
