"""The reports in a site: each point and row leads to the page of its paper, and that leads back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import html

from miner.workspace import Workspace
from tests.web.chromium import serious, show


@pytest.fixture(scope="module")
def report(site: Path) -> Path:
    (found,) = (site / "reports").glob("*.html")
    return found


def test_each_point_and_row_leads_to_the_page_of_its_paper_and_back(report: Path, demo: Workspace) -> None:
    tree = html.parse(str(report)).getroot()
    rows = {r.get("id"): r.xpath(".//td[1]//a/@href")[0] for r in tree.xpath("//table[@id='study-table']/tbody/tr")}
    asked = demo.sql("SELECT effect_id, paper_id, performance_extraction_id AS x FROM v_effect").set_index("effect_id")
    assert len(rows) == 44
    for effect, address in rows.items():
        path, _, place = address.partition("#")
        page = html.parse(str(report.parent / path)).getroot()
        assert page.get_element_by_id(place) is not None
        assert place == f"x-{asked.x[effect]}"
        back = [a.get("href") for a in page.xpath("//section[@id='reports']//a")]
        assert f"../../reports/{report.name}#{effect}" in back
    for figure in ("accuracy-size-first", "accuracy-size", "accuracy-year", "accuracy-forest"):
        links = tree.xpath(f"//*[local-name()='svg'][contains(@aria-labelledby, '{figure}-title')]//*[local-name()='a']/@href")
        assert sorted(set(links)) == sorted(rows.values()), figure


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "dark")])
def test_the_answer_and_its_picture_are_seen_first(chromium: Any, report: Path, width: int, scheme: str) -> None:
    page = show(chromium, report, width=width, height=800, color_scheme=scheme)
    assert page.errors == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    seen = page.locator(".answer p, .first svg").evaluate_all("all => all.map(e => e.getBoundingClientRect().bottom)")
    if width == 1280:
        assert len(seen) == 2
        assert max(seen) < 800
    else:
        wide, narrow = (page.locator(f"#panel-accuracy-size {part} svg").first for part in (".figure", ".narrow"))
        assert (wide.is_visible(), narrow.is_visible()) == (False, True)
        assert narrow.bounding_box()["width"] <= 390
    assert page.locator("#study-table tbody tr").first.bounding_box()["height"] < (60 if width == 1280 else 260)
    assert serious(page) == []
    # What axe passes over: the words in figures against what is behind them (WCAG 2.2, 1.4.3).
    assert min(page.evaluate(CONTRAST)) >= 4.5


CONTRAST = """() => {
  const level = (c) => { const [r, g, b] = c.match(/[0-9.]+/g).slice(0, 3).map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\\)$|transparent/.test(c)) { return c; } } return "rgb(255, 255, 255)"; };
  return [...document.querySelectorAll("figure svg text")].filter((t) => t.getBoundingClientRect().width).map((t) => {
    const a = level(getComputedStyle(t).fill), b = level(ground(t.closest("svg"))); return (Math.max(a, b) + .05) / (Math.min(a, b) + .05); });
}"""


def test_a_point_is_a_link(chromium: Any, report: Path) -> None:
    page = show(chromium, report)
    point = page.locator("figure.first svg a").first
    address = point.get_attribute("href")
    point.click(force=True)
    assert page.url.endswith(address.removeprefix("../"))
    assert page.locator(f"[id='{address.partition('#')[2]}']").is_visible()
