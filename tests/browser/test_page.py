"""The report in a real Chromium, from disk and without network."""

from __future__ import annotations

import os
import shutil
from itertools import pairwise

import pytest

from miner.report.build import build_report
from tests.report.conftest import make_workspace

CHROMIUM = os.environ.get("MINER_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt install chromium)")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    from playwright.sync_api import sync_playwright

    path = build_report(make_workspace(tmp_path_factory.mktemp("browser"), 40))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
        opened = context.new_page()
        opened.errors = []
        opened.on("console", lambda m: opened.errors.append(m.text) if m.type in {"error", "warning"} else None)
        opened.on("pageerror", lambda e: opened.errors.append(str(e)))
        opened.on("request", lambda r: opened.errors.append(f"asked for {r.url}") if not r.url.startswith(("file:", "data:")) else None)
        opened.goto(path.as_uri())
        yield opened
        browser.close()


def test_it_loads_without_network_and_without_a_word_on_the_console(page):
    assert page.errors == []
    assert page.locator("h1").inner_text() == "Reported accuracy against sample size"
    assert page.locator("figure svg").count() == 3


def test_sorting_by_a_number_sorts_as_numbers(page):
    header = page.locator("#study-table th", has_text="n").nth(0)
    column = page.locator("#study-table tbody tr td:nth-child(6)")
    header = page.locator("#study-table th:nth-child(6) button")
    for direction in (False, True):
        header.click()
        numbers = [int(v) for v in column.evaluate_all("cells => cells.map(c => c.dataset.value)")]
        assert numbers == sorted(numbers, reverse=direction)


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


def test_the_csv_can_be_saved(page):
    with page.expect_download() as saved:
        page.locator("a[download]").click()
    assert saved.value.suggested_filename == "effects.csv"


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
