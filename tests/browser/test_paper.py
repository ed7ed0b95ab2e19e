"""The report ``varoquaux2022`` in a real Chromium: from disk, without network, on a desk and on a telephone, and in print."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from miner.report.build import build_report
from tests.report.paper import JOB, job_workspace


@pytest.fixture(scope="module")
def page(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    path = build_report(job_workspace(tmp_path_factory.mktemp("browser"), 44), JOB)
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.errors = []
    opened.on("console", lambda m: opened.errors.append(m.text) if m.type in {"error", "warning"} else None)
    opened.on("pageerror", lambda e: opened.errors.append(str(e)))
    opened.on("request", lambda r: opened.errors.append(f"asked for {r.url}") if not r.url.startswith(("file:", "data:")) else None)
    opened.goto(path.as_uri())
    yield opened
    context.close()


def test_it_opens_without_network_and_without_a_word_on_the_console(page: Any) -> None:
    assert page.errors == []
    assert page.locator("figure svg").count() >= 10
    assert page.locator("ol.verdicts li").count() >= 6


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out_of_the_page(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_figures_stay_legible_on_a_telephone(page: Any) -> None:
    """Their text is never drawn smaller than 8 pixels: the figure scrolls in its frame instead."""
    page.set_viewport_size({"width": 390, "height": 900})
    smallest = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll('figure svg text')].map(t => t.getBoundingClientRect().height).filter(h => h > 0))"""
    )
    assert smallest >= 8
    page.set_viewport_size({"width": 1280, "height": 900})


def test_links_lead_to_their_sections_and_headings_follow_each_other(page: Any) -> None:
    targets = page.locator("nav a").evaluate_all("links => links.map(a => document.querySelector(a.getAttribute('href')) !== null)")
    assert targets
    assert all(targets)
    levels = page.locator("h1, h2, h3, h4").evaluate_all("hs => hs.map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_labels_of_certainty_can_be_read(page: Any) -> None:
    """The contrast of each label's text on its ground is at least 4.5 (WCAG 2.2, AA)."""
    contrasts = page.evaluate(
        """() => { const l = c => { const [r, g, b] = c.match(/[0-9.]+/g).slice(0, 3).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
             return .2126 * r + .7152 * g + .0722 * b; };
           return [...document.querySelectorAll('.sure')].map(e => { const s = getComputedStyle(e), a = l(s.color), b = l(s.backgroundColor);
             return (Math.max(a, b) + .05) / (Math.min(a, b) + .05); }); }"""
    )
    assert contrasts
    assert min(contrasts) >= 4.5


def test_in_print_no_table_is_cut(page: Any) -> None:
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 760, "height": 1000})
    wide = page.locator("table").evaluate_all(
        "ts => ts.filter(t => t.getBoundingClientRect().width > document.documentElement.clientWidth).map(t => t.id)"
    )
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert wide == []
