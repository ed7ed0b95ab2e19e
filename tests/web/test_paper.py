"""The page of a paper: what stands on it is what the snapshot has, every number leads to its evidence, and nothing in a record can do anything."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import html

from miner.harvest.bibliography import read_bibliography
from miner.vocabulary import vocabulary
from miner.web.numbers import numbers_of
from miner.web.place import paper_path
from tests.web.chromium import serious, show
from tests.web.studied import FULL, HOSTILE

HOSTILE_ID = 'doi:10.5555/"><script>alert(4)</script>'


def words(node: html.HtmlElement) -> str:
    return " ".join(node.text_content().split())


@pytest.fixture(scope="module")
def full(studied_site: Path) -> html.HtmlElement:
    return html.parse(str(studied_site / paper_path(FULL))).getroot()


def test_the_sentence_leads_to_its_evidence_and_back(full: html.HtmlElement) -> None:
    (sentence,) = full.xpath("//p[@class='sentence']")
    assert words(sentence) == "Reports 78.0 % accuracy for diagnosis: Alzheimer's disease vs healthy on 164 participants."
    for link in sentence.xpath(".//a"):
        (row,) = full.xpath(f"//*[@id='{link.get('href')[1:]}']")
        (place,) = full.xpath(f"//*[@id='{row.xpath('.//a/@href')[0][1:]}']")
        assert place.get("href") == link.get("href")
    assert [words(a) for a in full.xpath("//section[@id='abstract']//a[contains(@class, 'perf')]")] == ["88.3", "86.0", "90.2"]


def test_each_number_has_its_sentence_state_and_reason(full: html.HtmlElement) -> None:
    said = {words(p.xpath(".//*[@class='value']")[0]) + " " + words(p.xpath(".//b")[0]): words(p) for p in full.xpath("//p[@data-x]")}
    assert "conflict: accepted by AB (read twice); corrected to 78.0 % by CD" in said["78.0 % accuracy"]
    assert "78.0 % (read as 88.3 % (84.1 to 92.0 %)) accuracy" in said["78.0 % accuracy"]
    assert [words(s) for s in full.xpath("//p[@data-x]//s")] == ["86.0 %"]
    assert "rejected by AB (of the other group)" in said["86.0 % sensitivity"]
    assert "unreviewed" in said["90.2 % specificity"]
    assert "taken: the only specificity" in said["90.2 % specificity"]
    marked = full.xpath("//section[@id='numbers']//blockquote[.//a[text()='90.2']]")
    assert "sensitivity 86.0% and specificity 90.2%" in words(marked[0])


def test_the_abstract_is_read_without_its_mark_up(full: html.HtmlElement) -> None:
    paragraphs = [words(p) for p in full.xpath("//section[@id='abstract']//p[@class='paragraph']")]
    assert paragraphs[0] == "Background. Hippocampal shape may tell Alzheimer's disease from healthy ageing (α= 0.05)."
    assert paragraphs[2].startswith("Results. The accuracy of AD vs HC classification was 88.3% (95% CI")
    assert paragraphs[3] == "Conclusions. Shape may serve as a marker."


def test_peers_are_told_from_ten_on(full: html.HtmlElement) -> None:
    said = [words(p) for p in full.xpath("//section[@id='peers']/p")]
    assert said[0].startswith("78.0 % accuracy for diagnosis: Alzheimer's disease vs healthy, n = 164. Higher than 0 % of 14 peers;")
    assert "below what studies of this size report; outside what sampling alone would scatter" in said[0]
    assert "specificity (0)" in said[1]
    assert full.xpath("//section[@id='peers']//svg//circle[@class='ring']")


def test_the_network_says_what_it_leaves_out(full: html.HtmlElement, studied_site: Path) -> None:
    (figure,) = full.xpath("//figure[contains(@class, 'network')]")
    assert "24 of 80 references shown, 1 citing paper of this database" in words(figure)
    assert len(figure.xpath(".//circle[contains(@class, 'hollow')]")) == 14
    assert len(full.xpath("//details[@class='works']//tbody/tr")) == 61
    assert "Cited by 91 according to OpenAlex, asked on 2024-05-06." in words(full.xpath("//section[@id='citations']")[0])
    other = html.parse(str(studied_site / paper_path("pmid:3"))).getroot()
    assert "Hippocampal shape" in words(other.xpath("//details[@class='works']//tbody/tr")[0])


def test_what_must_be_known_first_stands_first(studied_site: Path) -> None:
    def banners(paper_id: str) -> list[str]:
        return [words(p) for p in html.parse(str(studied_site / paper_path(paper_id))).getroot().xpath("//p[contains(@class, 'banner')]")]

    assert banners(FULL) == ["A correction was published: J Invented 2020;3:7."]
    assert banners("pmid:600") == ["This article was retracted. Its numbers are in no analysis."]
    assert banners("pmid:601") == ["The authors withdrew this paper. Its numbers are in no analysis."]
    assert banners("arxiv:2001.00001") == ["This preprint was published as [Invented] Hippocampal shape in AD vs HC."]
    assert banners("pmid:3") == []


def test_reference_managers_can_take_it(full: html.HtmlElement, studied_site: Path, tmp_path: Path) -> None:
    tags = {(m.get("name"), m.get("content")) for m in full.xpath("//meta[starts-with(@name, 'citation_')]")}
    assert {("citation_doi", "10.5555/a(b)<c>"), ("citation_pmid", "500"), ("citation_publication_date", "2020/03/02")} <= tags
    files = {a.get("download"): b64decode(a.get("href").partition(",")[2]).decode() for a in full.xpath("//a[@download]")}
    assert "TI  - [Invented] Hippocampal shape" in files["pmid-500.ris"]
    assert "%A Lund, Ada B0" in files["pmid-500.enw"]
    for kind, name in (("ris", "pmid-500.ris"), ("enw", "pmid-500.enw"), ("bibtex", "pmid-500.bib"), ("csl-json", "pmid-500.json")):
        (tmp_path / name).write_text(files[name], encoding="utf-8")
        (read,) = read_bibliography(kind, tmp_path / name, "0" * 64)
        assert (read.paper_id, read.title, len(read.authors)) == (FULL, "[Invented] Hippocampal shape in AD vs HC", 11), kind
    assert "doi = {10.5555/a(b)<c>}" in files["pmid-500.bib"]
    assert json.loads(files["pmid-500.json"])[0]["DOI"] == "10.5555/a(b)<c>"
    assert json.loads(full.xpath("//script[@type='application/ld+json']/text()")[0])["license"] == "CC BY 4.0"
    data = json.loads((studied_site / paper_path(FULL).replace(".html", ".json")).read_text(encoding="utf-8"))
    assert data["paper"]["paper_id"] == FULL
    assert {d["action"] for d in data["decisions"]} == {"accept", "correct", "reject"}
    assert len(data["references"]) == 80


def test_hostile_records_are_text(studied_site: Path) -> None:
    page = html.parse(str(studied_site / paper_path(HOSTILE_ID))).getroot()
    assert {s.get("src") or s.get("type") for s in page.xpath("//script")} == {"../../assets/paper.js", "application/ld+json"}
    assert not page.xpath("//img | //*[@onerror or @onmouseover] | //@href[starts-with(., 'javascript:')]")
    assert words(page.xpath("//h1")[0]) == " ".join(HOSTILE.split())
    assert json.loads(page.xpath("//script[@type='application/ld+json']/text()")[0])["identifier"] == HOSTILE_ID
    controls = {p.name for p in studied_site.rglob("*.*") if re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", p.read_bytes())}
    assert controls == set()
    assert "red" in words(html.parse(str(studied_site / paper_path("pmid:601"))).getroot())


def test_terms_and_key_sentences_stand_in_the_abstract(site: Path) -> None:
    page = html.parse(str(site / paper_path("pmid:99000005"))).getroot()
    assert "support vector machine" in [words(t) for t in page.xpath("//ul[@class='terms']//bdi")]
    (result,) = page.xpath("//dl[@class='facets']/dt[text()='Result']/following-sibling::dd[1]")
    assert words(result).startswith("The support vector machine improved the accuracy of AD vs HC classification from 91.8% to 97.9%.")
    (anchor,) = page.xpath(f"//*[@id='{result.xpath('.//a/@href')[0][1:]}']")
    assert "The support vector machine improved" in words(anchor.getparent())


def test_every_link_of_every_page_leads_somewhere(studied_site: Path) -> None:
    seen = {}
    for path in studied_site.rglob("*.html"):
        page = html.parse(str(path)).getroot()
        seen[path.resolve()] = set(page.xpath("//@id"))
        assert len(page.xpath("//@id")) == len(seen[path.resolve()]), path
    for path in seen:
        for link in html.parse(str(path)).getroot().xpath("//a/@href | //link/@href | //script/@src"):
            where, _, anchor = link.partition("#")
            if not where.startswith(("https://", "data:")):
                target = (path.parent / unquote(where)).resolve() if where else path
                assert target.is_file(), (path, link)
                own = target.name == "index.html" and target.parent.name == "papers"  # the explorer's address holds its filters
                assert own or not anchor or target not in seen or anchor in seen[target], (path, link)


def test_a_page_is_small(studied_site: Path, site: Path) -> None:
    sizes = [p.stat().st_size for folder in (studied_site, site) for p in folder.glob("papers/??/*.html")]
    assert len(sizes) == 19 + 61
    assert max(sizes) <= 60_000


_CONTRAST = """() => {
  const parse = (c) => c.match(/[0-9.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = parse(c).map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const ground = light(getComputedStyle(document.body).backgroundColor);
  const ratio = (c) => { const l = light(c); return (Math.max(l, ground) + .05) / (Math.min(l, ground) + .05); };
  const low = [];
  for (const t of document.querySelectorAll('svg text')) { if (ratio(getComputedStyle(t).fill) < 4.5) low.push(t.textContent); }
  for (const m of document.querySelectorAll('.dots, .model, .own, .ring, circle')) {
    if (ratio(getComputedStyle(m).stroke === 'none' ? getComputedStyle(m).fill : getComputedStyle(m).stroke) < 3) low.push(m.className.baseVal);
  }
  return low;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_can_be_read_by_all(chromium, studied_site: Path, width: int, scheme: str) -> None:
    page = show(chromium, studied_site / paper_path(FULL), width=width, color_scheme=scheme)
    assert page.errors == []  # before axe, which tries to fetch the style sheets
    assert serious(page) == []
    assert page.evaluate(_CONTRAST) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate("Math.min(...[...document.querySelectorAll('.chart svg text')].map(t => t.getBoundingClientRect().height))") >= 8
    page.context.close()


def test_numbers_and_their_places_light_up_together(chromium, studied_site: Path) -> None:
    page = show(chromium, studied_site / paper_path(FULL))
    page.hover("p.number.perf >> nth=0")
    assert page.locator("#abstract .hit.on").text_content() == "88.3"
    page.click("p.sentence a >> nth=0")
    assert page.locator("p.number:target .value").text_content().startswith("78.0")
    page.locator("details.works summary").click()
    page.locator("table.sortable th >> nth=2 >> button").click()
    page.locator("table.sortable th >> nth=2 >> button").click()
    assert page.locator("table.sortable tbody tr >> nth=0").locator("td >> nth=2").text_content() == "2022"
    assert page.errors == []
    page.context.close()


def test_a_label_leads_to_all_that_have_it(chromium, studied_site: Path) -> None:
    page = show(chromium, studied_site / paper_path(FULL))
    page.locator("#h-labels + dl a").first.click()
    page.locator(".rows tbody tr").first.wait_for()
    assert "task=diagnosis" in page.url
    assert page.locator(".rows tbody tr").count() == 16
    assert page.errors == []
    page.context.close()


def test_nothing_is_lost_without_javascript_and_nothing_hostile_runs(chromium, studied_site: Path) -> None:
    page = show(chromium, studied_site / paper_path(FULL), java_script_enabled=False)
    for part in ("#numbers", "#peers svg", "#abstract", ".network svg", "#h-cite"):
        assert page.locator(part).is_visible(), part
    page.context.close()
    hostile = show(chromium, studied_site / paper_path(HOSTILE_ID))
    hostile.hover("h1")
    hostile.hover(".chips a")
    assert hostile.errors == []
    hostile.context.close()


def test_a_paper_prints_on_two_sheets(chromium, studied_site: Path) -> None:
    import io

    import pdfplumber

    page = show(chromium, studied_site / paper_path("pmid:3"))
    with pdfplumber.open(io.BytesIO(page.pdf(prefer_css_page_size=True))) as made:
        assert len(made.pages) <= 2
        assert "The numbers read" in made.pages[0].extract_text()
    page.context.close()


def test_ten_thousand_pages(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Prints its figures: a page takes 5 ms and 60 kB at most, 10,000 papers three minutes and a gigabyte."""
    if not request.config.getoption("--full"):
        pytest.skip("with --full")
    from tests.web.measure import measured, workspace

    place = workspace(tmp_path / "many", 10_000)
    for number in (600, 10_000):
        found = measured(place, number)
        print(found)
        assert found["papers"] == number
        assert found["seconds"] < 180
        assert found["ms_a_page"] <= 5
        assert found["MB_of_memory"] < 1_000
        assert found["largest_page"] <= 60_000


def _read(kind: str, id_: str, value: float, n: int | None = None, metric: str | None = None) -> dict[str, Any]:
    same = dict.fromkeys(("name", "ci_low", "ci_high", "claim", "part", "n_unit", "scope", "section", "page", "role", "unit", "sentence"))
    rest = {"own": True, "score": 1.0, "document": "abstract", "quote": "x", "rule_id": "r", "rule_version": "1"}
    return same | rest | {"extraction_id": id_, "kind": kind, "value": value, "n": n, "metric": metric}


@pytest.mark.parametrize(
    ("actions", "reason"),
    [
        ((), "what was measured on it was not taken"),
        (("reject",), "what was measured on it was rejected by a reviewer"),
        (("reject", "accept"), "what was measured on it was not taken"),
    ],
)
def test_a_size_says_what_became_of_what_was_measured_on_it(actions: tuple[str, ...], reason: str) -> None:
    extractions = [_read("sample_size", "a", 54), _read("performance", "b", 0.799, 54, "auc"), _read("sample_size", "c", 20)]
    decisions = [{"extraction_id": "b", "action": a, "corrected": None, "reviewer": f"R{i}", "note": None} for i, a in enumerate(actions)]
    rows = {"extractions": extractions, "effects": [], "candidates": [], "decisions": decisions}
    found = {n.id: n for n in numbers_of(rows, vocabulary())[0]}
    assert found["a"].reason == reason
    assert found["c"].reason == "no performance was measured on it, as far as the text tells"
    assert found["b"].value == "0.799"
    assert found["b"].rejected == (actions[-1:] == ("reject",))
