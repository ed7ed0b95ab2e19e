"""The report in a real Chromium, from disk and without network."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path

import pytest

from miner.report.build import build_report
from miner.store.connect import open_reader
from tests.report.conftest import NASTY, make_workspace
from tests.report.example import JOB, TINY, example_workspace
from tests.web.chromium import show


@pytest.fixture(scope="module")
def browser(chromium):
    return chromium


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return make_workspace(tmp_path_factory.mktemp("browser"), 40)


@pytest.fixture(scope="module")
def page(browser, place):
    return show(browser, build_report(place))


@pytest.fixture(scope="module")
def bias(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bias")
    return build_report(example_workspace(folder / "w"), "publication-bias", job=JOB, output=folder)


def test_it_loads_without_network_and_without_a_word_on_the_console(page):
    assert page.errors == []
    assert page.locator("h1").inner_text() == "Reported accuracy against sample size"
    assert page.locator("figure svg").count() >= 8


def test_sorting_by_a_number_sorts_as_numbers(page):
    column = page.locator("#study-table tbody tr td:nth-child(6)")
    header = page.locator("#study-table th:nth-child(6) button")
    for direction in (False, True):
        header.click()
        numbers = [int(v) for v in column.evaluate_all("cells => cells.map(c => c.dataset.value)")]
        assert numbers == sorted(numbers, reverse=direction)
        assert page.locator("#study-table th:nth-child(6)").get_attribute("aria-sort") == ("descending" if direction else "ascending")


def test_filtering_shows_the_rows_that_hold_the_words(page):
    page.fill("input[data-filter]", "pmci vs smci")
    shown = page.locator("#study-table tbody tr:visible").count()
    assert shown == 20 == int(page.locator("#study-table-shown").inner_text())
    page.fill("input[data-filter]", "")
    assert page.locator("#study-table tbody tr:visible").count() == 40


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out_of_the_page(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_csv_that_is_saved_holds_every_effect(page, place):
    with page.expect_download() as saved:
        page.locator("button[data-csv]").click()
    assert saved.value.suggested_filename == "effects.csv"
    with Path(saved.value.path()).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with open_reader(place.current) as con:
        truth = con.execute("SELECT effect_id, estimate, n, task FROM v_effect ORDER BY effect_id").fetchall()
    assert sorted((r["effect_id"], float(r["estimate"]), int(r["n"]), r["task"]) for r in rows) == truth


@pytest.mark.parametrize("form", ["svg", "png"])
def test_figures_can_be_saved(page, form):
    with page.expect_download() as saved:
        page.locator(f"#panel-accuracy-size button[data-save={form}]").click()
    assert saved.value.suggested_filename == f"accuracy-size.{form}"
    content = Path(saved.value.path()).read_bytes()
    if form == "png":
        assert content.startswith(b"\x89PNG")
        assert int.from_bytes(content[16:20], "big") == pytest.approx(2880, abs=4)
        return
    from lxml import etree

    tree = etree.fromstring(content)
    assert tree.tag.endswith("svg")
    assert b"var(--" not in content
    assert page.errors == []


def test_headings_follow_each_other_and_controls_have_names(page):
    levels = page.locator("h1, h2, h3").evaluate_all("hs => hs.map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert page.locator("html[lang]").count() == 1
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('a, button, input')].filter(e => !(e.textContent.trim() || e.getAttribute('aria-label')
           || (e.labels && e.labels.length))).length"""
    )
    assert unnamed == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser, bias, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is among the development dependencies")
    opened = show(browser, bias, color_scheme=scheme)
    found = axe.Axe().run(opened).response["violations"]
    serious = [
        (v["id"], v["impact"], v["nodes"][0]["target"], v["nodes"][0]["failureSummary"])
        for v in found
        if v["impact"] in {"serious", "critical"}
    ]
    assert serious == []
    assert opened.errors == []


def test_what_the_script_draws_is_what_the_markup_had(browser, bias):
    opened = show(browser, bias)
    before = opened.locator("#x003").evaluate("row => row.outerHTML")
    opened.fill("input[data-filter]", "accepted by a reader")
    rows = opened.locator("#study-table tbody tr")
    assert rows.count() == 1
    assert rows.evaluate("row => row.outerHTML") == before
    opened.fill("input[data-filter]", "nothing has these words")
    assert rows.count() == 0
    assert opened.locator("#study-table-shown").inner_text() == "0"


def test_hostile_titles_stay_text_when_the_script_draws_them(browser, tmp_path):
    opened = show(browser, build_report(make_workspace(tmp_path / "w", 10, title=NASTY + " {}"), output=tmp_path))
    dialogs = []
    opened.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
    opened.locator("#study-table th:nth-child(1) button").click()
    assert opened.locator("#study-table td b, #study-table td script").count() == 0
    assert '</script><script>alert("x")' in opened.locator("#study-table tbody tr td").first.inner_text()
    assert dialogs == []
    assert opened.errors == []


def test_many_rows_are_paged(browser, tmp_path):
    place = make_workspace(tmp_path / "w", 450)
    (place.report_definitions / "tiny.toml").write_text(TINY, encoding="utf-8")
    opened = show(browser, build_report(place, "tiny", output=tmp_path))
    rows = opened.locator("#study-table tbody tr")
    assert rows.count() == 200
    assert opened.locator("#study-table-pager span").inner_text() == "page 1 of 3"
    for _ in range(2):
        opened.locator("#study-table-pager button[data-page='1']").click()
    assert rows.count() == 50
    opened.locator("#study-table th:nth-child(5) button").click()
    first = float(rows.first.locator("td:nth-child(5)").get_attribute("data-value"))
    lowest = min(r[7] for r in json.loads(opened.locator("#report-data").text_content())["studies"]["rows"])
    assert (first, opened.locator("#study-table-pager span").inner_text()) == (lowest, "page 1 of 3")
    assert opened.errors == []


def test_interactive_figures_lead_to_the_sentences(browser, tmp_path):
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    page = build_report(example_workspace(tmp_path / "w"), "publication-bias", job=JOB, output=tmp_path, interactive=True)
    opened = show(browser, page)
    points = opened.locator("#explore .mark-symbol.role-mark path")
    points.first.wait_for()
    assert points.count() == 36
    points.first.click()
    assert opened.locator("#study-table tbody tr").count() == 1
    assert opened.errors == []
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(opened).response["violations"]
    assert [(v["id"], v["nodes"][0]["failureSummary"]) for v in found if v["impact"] in {"serious", "critical"}] == []


def test_without_javascript_all_that_is_static_is_there(browser, bias):
    opened = show(browser, bias, java_script_enabled=False)
    assert opened.locator("#study-table tbody tr").count() == 36
    assert not opened.locator(".saves").first.is_visible()
    assert opened.locator("figure svg").first.is_visible()
