"""What changed, as a page and a feed: against a snapshot, as miner diff tells it; the same twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lxml import etree, html

from miner.errors import UsageError
from miner.export.news import heading, render_news
from miner.jobs.review import ReviewerDecision, apply_words
from miner.web.changes import FEW
from miner.web.place import paper_path
from miner.workspace import Workspace

ATOM = {"a": "http://www.w3.org/2005/Atom"}
HOST = "https://group.example/review/"


@pytest.fixture(scope="module")
def moved(demo: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str]:
    """The demo a month on: a new paper, a number corrected, another rejected; with the name of the snapshot before."""
    folder = tmp_path_factory.mktemp("moved") / "demo"
    shutil.copytree(demo.root, folder, symlinks=True, ignore=shutil.ignore_patterns("site", "*.lock"))
    place = Workspace.open(folder)
    before = place.settings.current.resolve().stem
    (folder / "new.jsonl").write_text(
        '{"id": "doi:10.9999/n", "title": "[Invented] New <b> & \\u0007 odd", "abstract": "In 210 subjects the accuracy for AD vs HC was 88.1%."}\n',
        encoding="utf-8",
    )
    place.import_files(folder / "new.jsonl", job="demo")
    place.extract()
    first = place.sql(
        "SELECT effect_id FROM v_effect WHERE origin = 'extracted' AND metric = 'accuracy' AND n IS NOT NULL ORDER BY paper_id LIMIT 2"
    )
    apply_words(
        place.settings,
        [
            ReviewerDecision(first["effect_id"][0], "correct", "AB", 0.5, None),
            ReviewerDecision(first["effect_id"][1], "reject", "AB", None, None),
        ],
    )
    return place, before


@pytest.fixture(scope="module")
def changed(moved: tuple[Workspace, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place, before = moved
    return place.site(tmp_path_factory.mktemp("changed") / "site", before=before, address=HOST).parent


def test_page_and_feed_tell_what_diff_tells(moved: tuple[Workspace, str], changed: Path) -> None:
    place, before = moved
    news = place.diff(before)
    assert (len(news.papers), len(news.effects), len(news.changed_effects), len(news.gone_effects)) == (1, 1, 1, 1)
    page = html.parse(str(changed / "changes.html")).getroot()
    assert page.xpath("string(//p[@class='question'])") == heading(news)
    titles = [h.text.strip() for h in page.xpath("//main//h2")]
    assert titles[-3:] == ["New records", "Effects that changed", "Effects that are gone"]
    assert any(line.startswith("accuracy 50.0 %, n = ") and "(was " in line for line in page.xpath("//ul[@class='news']//bdi/text()"))
    told = etree.fromstring(render_news(news, "atom").encode())
    feed = etree.fromstring((changed / "changes.atom").read_bytes())
    ids = [i.replace("miner.invalid", "group.example") for i in told.xpath("//a:entry/a:id/text()", namespaces=ATOM)]
    assert feed.xpath("//a:entry/a:id/text()", namespaces=ATOM) == ids
    assert "tag:group.example,2026:paper/doi:10.9999/n" in ids
    assert feed.xpath("string(a:updated)", namespaces=ATOM) == news.at[:19] + "+00:00"


def test_entries_lead_to_the_papers_pages(changed: Path) -> None:
    feed = etree.fromstring((changed / "changes.atom").read_bytes())
    (new,) = feed.xpath("//a:entry[a:category/@term = 'New records']", namespaces=ATOM)
    assert new.xpath("string(a:link/@href)", namespaces=ATOM) == HOST + paper_path("doi:10.9999/n")
    assert feed.xpath("string(a:link[@rel='self']/@href)", namespaces=ATOM) == HOST + "changes.atom"
    page = html.parse(str(changed / "changes.html")).getroot()
    links = page.xpath("//ul[@class='news']//a/@href")
    assert paper_path("doi:10.9999/n") in links
    assert all((changed / link).is_file() for link in links)


def test_the_same_two_snapshots_give_the_same_bytes(moved: tuple[Workspace, str], changed: Path, tmp_path: Path) -> None:
    place, before = moved
    again = place.site(tmp_path / "site", before=before, address=HOST).parent
    for name in ("changes.html", "changes.atom"):
        assert (again / name).read_bytes() == (changed / name).read_bytes()


def test_a_first_site_says_so_and_bad_names_are_refused(demo: Workspace, site: Path, tmp_path: Path) -> None:
    first = (site / "changes.html").read_text(encoding="utf-8")
    assert "All is new: no run and no snapshot came before. 61 new records, " in first
    assert len(html.fromstring(first).xpath("//ul[@class='news']")[0]) == FEW
    assert html.fromstring(first).xpath("//p[@class='note']/a[@href='papers/index.html']")
    with pytest.raises(UsageError, match="no snapshot"):
        demo.site(tmp_path / "site", before="none")
    with pytest.raises(UsageError, match="address"):
        demo.site(tmp_path / "site", address="group.example")
    assert list(tmp_path.iterdir()) == []
