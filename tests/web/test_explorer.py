"""The explorer in a real Chromium: what it shows, counts, writes as SQL and saves is what the snapshot holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from miner.export.bibtex import to_bibtex
from miner.export.records import read_references
from miner.export.ris import to_ris
from miner.export.rows import render_rows
from miner.store.connect import open_reader
from miner.workspace import Workspace
from tests.web.chromium import serious, show

# States as the address holds them, and how many rows a person would expect to be none.
STATES = [
    "",
    "#task=diagnosis: glioma vs healthy&task=&metric=auc",
    "#n=50..300&estimate=0.8..0.9&sort=-estimate",
    "#year=..2014&sort=title",
    "#estimate=0.85..&source=arxiv&x=year&color=metric&sort=n",
    '#q=year:2015..2019 n:>100 value:<95% task:"glioma vs H"',
    "#q=<b>BO alert&sort=first_author",
    '#q=o\'brien author:"A"',
    "#q=é,ab&standing=retracted&standing=stands",
    "#review=&sort=-venue",
]


@pytest.fixture(scope="module")
def folder(literature_of_300: Workspace) -> Path:
    return literature_of_300.site().parent


@pytest.fixture(scope="module")
def page(chromium: Any, folder: Path) -> Any:
    return show(chromium, folder / "papers" / "index.html")


def go(page: Any, address: str) -> None:
    page.evaluate("address => { location.hash = address; }", address or "#")
    settled(page)


def settled(page: Any) -> None:
    """Wait until what was asked for is shown; the page's policy forbids what ``wait_for_function`` does."""
    page.evaluate("() => new Promise((r) => miner.whenIndexed(() => setTimeout(r, 120)))")


def shown(page: Any) -> list[tuple[str, str | None]]:
    found = page.evaluate("() => miner.explorer.shown.map((r) => [miner.value(r, 'paper_id'), miner.value(r, 'effect_id')])")
    return [(paper, effect) for paper, effect in found]


def saved(page: Any, form: str) -> bytes:
    with page.expect_download() as download:
        page.locator(f"button[data-save={form}]").click()
    return Path(download.value.path()).read_bytes()


@pytest.mark.parametrize("address", STATES)
def test_what_is_shown_and_saved_is_what_its_sql_gives(page: Any, literature_of_300: Workspace, address: str) -> None:
    go(page, address)
    sql = page.evaluate("miner.explorer.sql()")
    table = literature_of_300.select(sql)
    rows = shown(page)
    assert rows == list(zip(table["paper_id"].to_pylist(), table["effect_id"].to_pylist(), strict=True))
    assert 0 < len(rows) < 570 or address == ""
    assert saved(page, "CSV") == render_rows(table, "csv")
    with open_reader(literature_of_300.settings.current) as con:
        references = read_references(con, sql)
    assert saved(page, "RIS").decode() == to_ris(references)
    assert saved(page, "BibTeX").decode() == to_bibtex(references)
    assert page.errors == []


def test_counts_beside_a_facet_are_those_of_the_other_filters(page: Any, literature_of_300: Workspace) -> None:
    go(page, "#modality=EEG&modality=CT&metric=auc&n=30..")
    counts = page.locator("[data-facet=modality] li").evaluate_all(
        "items => items.map(li => [li.querySelector('bdi').textContent, Number(li.querySelector('.count').textContent)])"
    )
    truth = literature_of_300.sql(
        "SELECT coalesce(modality, 'not told') AS name, count(*) AS k FROM v_explorer WHERE metric = 'auc' AND n >= 30 GROUP BY ALL"
    )
    assert dict(counts) == dict.fromkeys(dict(counts), 0) | dict(zip(truth["name"], truth["k"], strict=True))
    page.locator("[data-facet=metric] input").first.check()
    assert "metric=auc&metric=accuracy" in page.evaluate("location.hash")
    page.get_by_role("button", name="Lift Metric: accuracy").click()
    assert page.evaluate("location.hash").count("metric=") == 1


def test_an_address_is_a_view(chromium: Any, folder: Path, page: Any) -> None:
    go(page, "#q=n:>50&metric=auc&year=2012..2018&sort=-n&x=year&columns=title+n")
    again = show(chromium, folder / "papers" / "index.html", page.evaluate("location.hash"))
    settled(again)
    assert shown(again) == shown(page)
    assert again.locator(".rows thead th").all_inner_texts() == ["Title", "n"]
    assert again.locator("select[data-state=x]").input_value() == "year"
    assert again.locator("#search").input_value() == "n:>50"
    assert again.locator(".chips bdi").all_inner_texts() == ["“n:>50”", "Metric: area under the ROC curve", "Year 2012–2018"]


def test_values_are_written_as_their_field_does_and_one_metric_has_a_median(page: Any, literature_of_300: Workspace) -> None:
    go(page, "#metric=auc")
    middle = literature_of_300.sql("SELECT estimate FROM v_explorer WHERE metric = 'auc' AND n IS NOT NULL ORDER BY estimate")["estimate"]
    said = page.locator(".says").inner_text()
    assert f"median area under the ROC curve {middle[len(middle) // 2]:.3f}." in said
    row = page.locator(".rows tbody tr[data-row]").first
    assert {text for text in row.locator("td").all_inner_texts() if text in {"AUC", "area under the ROC curve"}} == {"AUC"}
    assert row.locator("td[title='area under the ROC curve']").count() == 1
    drawn = set(page.evaluate("miner.explorer.shown.map((r) => miner.value(r, miner.explorer.state.color))"))
    assert set(page.locator(".legend bdi").all_inner_texts()) <= drawn | {"not told", "area under the ROC curve"}
    go(page, "#")
    assert " metrics." in page.locator(".says").inner_text()
    assert "median" not in page.locator(".says").inner_text()


def test_the_search_marks_what_it_found_and_says_what_it_cannot_read(page: Any) -> None:
    go(page, "#")
    page.locator("#search").fill("brie")
    settled(page)
    assert page.locator(".rows mark").all_inner_texts() == ["Brien"] * len(shown(page))
    page.locator("#search").fill("nonsense:abc year:soon")
    settled(page)
    assert "no field “nonsense”" in page.locator("#search-says").inner_text()
    assert "“year:soon” is no number" in page.locator("#search-says").inner_text()


def test_where_nothing_is_left_the_filter_to_lift_is_named(page: Any) -> None:
    go(page, "#metric=auc&year=1901..1902&n=10..")
    assert shown(page) == []
    assert page.locator(".empty button").all_inner_texts() == ["Lift Year 1901–1902"]
    page.locator(".empty button").click()
    assert len(shown(page)) > 100
    assert not page.locator(".empty").is_visible()


def test_dragging_over_the_plot_chooses_what_lies_there(page: Any) -> None:
    go(page, "#")
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 500, box["y"] + 200, steps=3)
    page.mouse.up()
    ranges = page.evaluate("miner.explorer.state.ranges")
    inside = page.evaluate("miner.explorer.shown.map((r) => [miner.value(r, 'n'), miner.value(r, 'estimate')])")
    assert 0 < len(inside) < 540
    assert all(ranges["n"][0] <= n <= ranges["n"][1] and ranges["estimate"][0] <= v <= ranges["estimate"][1] for n, v in inside)
    page.locator("canvas").press("Escape")
    assert page.evaluate("miner.explorer.state.ranges") == {}


def test_the_keyboard_goes_from_point_to_point_and_opens_the_paper(chromium: Any, folder: Path) -> None:
    opened = show(chromium, folder / "papers" / "index.html", "#metric=auc")
    canvas = opened.locator("canvas")
    canvas.press("Home")
    first = opened.locator(".point").inner_text()
    canvas.press("ArrowRight")
    second = opened.locator(".point").inner_text()
    smallest = opened.evaluate(
        "miner.explorer.shown.map((r) => miner.value(r, 'n')).filter((n) => n !== null).sort((a, b) => a - b).slice(0, 2)"
    )
    assert [f"n {n}," in text for n, text in zip(smallest, (first, second), strict=True)] == [True, True]
    row = opened.locator(".rows tr.current")
    assert row.count() == 1
    assert row.locator("a").first.inner_text() in second
    address = row.locator("a").first.get_attribute("href")
    with opened.expect_request(lambda r: r.url.endswith(address)):
        canvas.press("Enter")


def test_rows_are_one_line_and_only_those_that_are_looked_at_are_drawn(page: Any) -> None:
    go(page, "#")
    heights = page.locator(".rows tbody tr[data-row]").evaluate_all("rows => rows.map(r => r.getBoundingClientRect().height)")
    assert set(heights) == {32}
    assert len(heights) < 60 < len(shown(page))
    page.locator(".rows").press("End")
    last = page.locator(".rows tbody tr[data-row]").last
    assert last.get_attribute("class") == "current"
    assert last.get_attribute("aria-rowindex") == str(len(shown(page)) + 1)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_nothing_sticks_out_and_axe_finds_no_serious_fault(chromium: Any, folder: Path, width: int, scheme: str) -> None:
    opened = show(chromium, folder / "papers" / "index.html", "#metric=auc&q=task:glioma", width=width, color_scheme=scheme)
    opened.locator(".rows tbody tr").first.wait_for()
    assert opened.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert opened.errors == []
    assert serious(opened) == []
    opened.evaluate("document.querySelector('#explorer [data-sql]').click()")
    assert opened.locator(".sql textarea").input_value().startswith("SELECT")


def test_without_scripts_every_paper_can_be_reached(chromium: Any, folder: Path, literature_of_300: Workspace) -> None:
    opened = show(chromium, folder / "papers" / "index.html", java_script_enabled=False)
    years = opened.locator("#plain nav a").evaluate_all("links => links.map(a => a.href)")
    assert opened.locator("#plain nav a").first.is_visible()
    papers = set()
    for year in years:
        opened.goto(year)
        papers |= set(opened.locator("ul.listed a").evaluate_all("links => links.map(a => a.href)"))
    assert len(papers) == 300
    assert opened.errors == []


def test_a_part_of_a_literature_has_the_sql_of_that_part(demo: Workspace, chromium: Any, tmp_path: Path) -> None:
    opened = show(chromium, demo.site(tmp_path / "part", job="demo", limit=9).parent / "papers" / "index.html")
    table = demo.select(opened.evaluate("miner.explorer.sql()"))
    assert shown(opened) == list(zip(table["paper_id"].to_pylist(), table["effect_id"].to_pylist(), strict=True))
    assert len(set(table["paper_id"].to_pylist())) == 9


def test_what_scripts_hold_cannot_end_them(folder: Path) -> None:
    for script in sorted((folder / "data").glob("*.js")):
        text = script.read_text(encoding="utf-8")
        assert text.count("\n") == 1, script.name
        assert not set("<>&\u2028\u2029") & set(text), script.name


def test_ten_thousand_papers_can_be_explored(chromium: Any, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """First paint, filters and words at 10,000 papers; prints its figures."""
    if not request.config.getoption("--full"):
        pytest.skip("with --full")
    from tests.web.many import literature

    place = Workspace(literature(tmp_path / "w", 10_000))
    opened = show(chromium, place.site(tmp_path / "site").parent / "papers" / "index.html")
    opened.locator(".rows tbody tr").first.wait_for()
    paint = opened.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    ready = opened.evaluate("performance.getEntriesByName('explorer-ready')[0].startTime")
    opened.evaluate("() => new Promise((r) => miner.whenIndexed(r))")
    change = """async (what) => { const start = performance.now(); miner.explorer.change(...what);
        await new Promise((r) => requestAnimationFrame(() => setTimeout(r, 0))); return performance.now() - start; }"""
    asked = {
        "a facet": [{"facets": {"metric": ["auc"]}}, ["metric"]],
        "a brush": [{"ranges": {"n": [50, 500], "estimate": [0.8, 0.9]}}, ["n", "estimate"]],
        "all again": [{"facets": {}, "ranges": {}}, ["metric", "n", "estimate"]],
        "a letter": [{"q": "a"}, ["q"]],
        "two words": [{"q": "ab mi"}, ["q"]],
        "a sort by title": [{"sort": "title"}, []],
    }
    taken = {name: opened.evaluate(change, what) for name, what in asked.items()}
    print(f"first paint {paint:.0f} ms, explorer {ready:.0f} ms; " + ", ".join(f"{name} {ms:.0f} ms" for name, ms in taken.items()))
    assert opened.evaluate("miner.rows.paper.length") == 19_000
    assert paint < 1_000
    assert ready < 3_000
    assert max(taken.values()) < 500
