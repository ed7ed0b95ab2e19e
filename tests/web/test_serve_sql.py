"""The SQL page in a real Chromium: what it answers, draws, keeps and hands out."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest

from miner.store.query import named_queries
from miner.workspace import Workspace
from tests.web.chromium import serious
from tests.web.serving import Served

YEARS = "SELECT year, count(*) AS papers FROM v_paper WHERE year >= $since GROUP BY year ORDER BY year"


@pytest.fixture(scope="module")
def page(chromium: Any, served: Served) -> Any:
    return opened(chromium, served)


def opened(chromium: Any, served: Served, **options: Any) -> Any:
    """Open a page with a session; what it says on the console stands in ``errors``."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, **options)
    page = context.new_page()
    page.errors = []
    page.on("console", lambda m: page.errors.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda e: page.errors.append(str(e)))
    page.on("request", lambda r: page.errors.append(f"asked for {r.url}") if not r.url.startswith(served.address) else None)
    page.goto(f"{served.address}/sql?token={served.token}")
    return page


def test_a_statement_typed_is_answered_and_its_address_is_a_link(page: Any, served: Served, demo: Workspace) -> None:
    page.goto(f"{served.address}/sql")
    page.get_by_label("Statement").fill("SELECT paper_id, title FROM v_paper ORDER BY title")
    page.keyboard.press("Control+Enter")
    page.locator("#answer").wait_for()
    titles = demo.sql("SELECT title FROM v_paper ORDER BY title")["title"].tolist()
    assert page.locator("#answer tbody td:nth-child(2)").all_inner_texts() == [" ".join(t.split()) for t in titles]
    assert "SELECT+paper_id" in page.url
    page.get_by_role("button", name="title").click()
    page.get_by_role("button", name="title").click()
    assert page.locator("#answer tbody td:nth-child(2)").first.inner_text() == " ".join(sorted(titles)[-1].split())
    page.locator("#answer a").first.click()
    assert page.locator("#numbers").count() == 1
    assert page.errors == []


def test_a_query_is_kept_with_parameter_and_chart_for_the_command_line_too(page: Any, served: Served, demo: Workspace) -> None:
    page.goto(f"{served.address}/sql?{'sql=' + quote(YEARS)}")
    page.get_by_label("since").fill("2015")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("link", name="Chart").click()
    page.locator("select[name=mark]").select_option("bar")
    page.locator("select[name=y]").select_option("papers")
    page.get_by_role("button", name="Draw").click()
    assert page.locator("figure.chart svg .bar").count() == 1
    page.get_by_text("Keep as a query").click()
    page.get_by_label("Name", exact=True).fill("years-since")
    page.get_by_label("What it answers").fill('Papers "a year"')
    page.get_by_role("button", name="Keep").click()
    page.wait_for_url("**/sql?query=years-since")
    assert page.locator("figure.chart svg .bar").count() == 1
    kept = named_queries()["years-since"]
    assert (kept.summary, kept.parameters) == ('Papers "a year"', {"since": 2015})
    assert kept.chart == {"mark": "bar", "x": "year", "y": "papers"}
    assert demo.query("years-since", since=2020)["year"].min() >= 2020
    assert page.errors == []


def test_files_hold_all_rows(served: Served, demo: Workspace) -> None:
    sql = quote("SELECT i, '=1+1' AS f FROM range(2500) t(i)")
    assert "the first 1,000 of them here" in served.ask(f"/sql?sql={sql}").text
    assert len(served.ask(f"/sql?sql={sql}&format=csv").text.splitlines()) == 2501
    assert "'=1+1" in served.ask(f"/sql?sql={sql}&format=csv").text
    assert len(json.loads(served.ask(f"/sql?sql={sql}&format=json").text)) == 2500
    got = served.ask(f"/sql?sql={sql}&format=parquet")
    assert pq.read_table(io.BytesIO(got.body)).num_rows == 2500
    assert got.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("sql=SELECT+nix", "nix"),
        ("sql=DROP+TABLE+paper", "only statements that read"),
        ("sql=SELECT+*+FROM+read_csv('/etc/passwd')", "disabled"),
        ("sql=COPY+(SELECT+1)+TO+'/tmp/x.csv'", "only statements that read"),
        ("query=nowhere", "there is no query"),
        ("query=high-claims-on-small-samples&p.max_n=many", "must be int"),
        ("query=high-claims-on-small-samples&p.other=1", "no parameter"),
        ("sql=SELECT+1+a&tab=chart&x=b&y=a", "no column"),
        ("sql=SELECT+1+a&format=exe", "no format"),
    ],
)
def test_what_is_wrong_is_told(served: Served, asked: str, says: str) -> None:
    got = served.ask(f"/sql?{asked.replace(' ', '+')}")
    assert got.status == 400
    assert says in got.text


@pytest.mark.parametrize("name", ["../evil", "Evil", "growth", "", "a" * 61])
def test_names_that_cannot_be_are_refused(served: Served, demo: Workspace, name: str) -> None:
    got = served.send("/sql/save", {"csrf": served.csrf(), "name": name, "summary": "x", "sql": "SELECT 1"})
    assert got.status == 400
    assert not list(demo.root.glob("**/evil.sql"))
    assert not (demo.root / "queries" / "growth.sql").exists()


def test_what_is_kept_is_not_lost_to_a_namesake(served: Served, demo: Workspace) -> None:
    values = {"csrf": served.csrf(), "name": "mine", "summary": "first", "sql": "SELECT 1 AS a"}
    assert served.send("/sql/save", values).status == 303
    assert served.send("/sql/save", {**values, "sql": "SELECT 2 AS a"}).status == 400
    assert served.send("/sql/save", {**values, "sql": "SELECT nix"}).status == 400
    assert demo.query("mine")["a"].tolist() == [1]
    assert served.send("/sql/save", {**values, "sql": "SELECT 2 AS a", "replace": "1"}).status == 303
    assert demo.query("mine")["a"].tolist() == [2]


def test_text_of_the_snapshot_stays_text(page: Any, served: Served) -> None:
    hostile = "SELECT '<img src=x onerror=alert(1)>' AS \"<b>x</b>\""
    page.goto(f"{served.address}/sql?sql={quote(hostile)}")
    assert page.get_by_role("alert").all_inner_texts() == []
    assert page.locator("#answer td").inner_text() == "<img src=x onerror=alert(1)>"
    assert page.locator("#answer b").count() == 0
    assert page.errors == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_can_read_it(chromium: Any, served: Served, width: int, scheme: str) -> None:
    page = opened(chromium, served, color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    chart = "&".join(["tab=chart", "x=year", "y=papers", "mark=bar", "p.since=2000"])
    for address in (f"sql?sql={quote(YEARS)}&p.since=2000", f"sql?sql={quote(YEARS)}&{chart}", "sql?view=v_effect", "sql?sql=SELECT+nix"):
        page.goto(f"{served.address}/{address}")
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()
