"""Europe PMC, OpenAlex and PMC's bucket, played by a local server in their documented shapes. Every record is invented."""

from __future__ import annotations

import json

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from miner.config import Workspace, init_workspace
from miner.errors import ConfigError, UsageError
from miner.harvest import http as http_module
from miner.harvest.europepmc import abstract_sections, read_result
from miner.harvest.http import Http
from miner.harvest.openalex import OpenAlexSource, plain_abstract, read_work
from miner.harvest.pmc import PmcBucket, local_article
from miner.harvest.rawstore import RawStore
from miner.harvest.records import Cited, Problem
from miner.jobs.crawling.crawl import harvest_source, plan_source
from miner.jobs.crawling.enrich import fetch_citations, fetch_pmc
from miner.jobs.lock import writing
from miner.store.snapshot import content_digest
from miner.store.write import upsert_papers
from miner.types import Author, Correction, Paper


@pytest.fixture
def place(tmp_path, httpserver: HTTPServer, monkeypatch) -> Workspace:
    monkeypatch.setenv("MINER_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("MINER_EUROPEPMC_URL", httpserver.url_for("/rest"))
    monkeypatch.setenv("MINER_OPENALEX_URL", httpserver.url_for("/oa"))
    monkeypatch.setenv("MINER_PMC_URL", httpserver.url_for("/bucket"))
    monkeypatch.setenv("OPENALEX_API_KEY", "oa-secret")
    monkeypatch.setattr(http_module.time, "sleep", lambda _: None)
    return init_workspace(tmp_path / "w")


RESULT = {
    "id": "123", "source": "MED", "pmid": "123", "pmcid": "PMC9", "doi": "10.1234/ABC", "title": "An <i>invented</i> title.",
    "authorList": {"author": [
        {"fullName": "Uno AB", "firstName": "Ada B", "lastName": "Uno", "initials": "AB", "authorId": {"type": "ORCID", "value": "0000-0001-2345-6789"},
         "authorAffiliationDetailsList": {"authorAffiliation": [{"affiliation": "Here."}, {"affiliation": "There."}]}},
        {"collectiveName": "The Study Group"}]},
    "journalInfo": {"yearOfPublication": 2021, "printPublicationDate": "2021-03-01", "journal": {"title": "Invented Journal"}},
    "pubYear": "2021", "abstractText": "<h4>Aim</h4>To count 10<sup>3</sup> cells.<h4>Findings</h4>p &lt; 0.05.", "language": "eng",
    "pubTypeList": {"pubType": ["Journal Article"]}, "meshHeadingList": {"meshHeading": [{"descriptorName": "Brain"}]},
    "citedByCount": 7, "firstPublicationDate": "2020-12-20", "dateOfRevision": "2021-05-06", "license": "cc by",
    "commentCorrectionList": {"commentCorrection": [{"id": "9", "source": "MED", "reference": "X", "type": "Retraction in"}]},
}  # fmt: skip


def preprint(number: int) -> dict:
    return {
        "id": f"PPR{number}",
        "source": "PPR",
        "doi": f"10.1/{number}",
        "title": f"Preprint {number}",
        "pubYear": "2022",
        "citedByCount": 0,
    }


def test_a_result_of_europe_pmc_has_all_its_fields():
    paper, cited = read_result(RESULT, "sha")
    assert (paper.paper_id, paper.source, paper.version, paper.pmid, paper.pmcid, paper.doi) == (
        "pmid:123",
        "pubmed",
        0,
        "123",
        "PMC9",
        "10.1234/abc",
    )
    assert paper.title == "An invented title."
    assert paper.abstract == "Aim: To count 10^3 cells.\nFindings: p < 0.05."
    assert paper.authors == (
        Author("Ada B Uno", "Uno", "Ada B", "AB", None, None, "0000-0001-2345-6789", ("Here.", "There.")),
        Author("The Study Group", collective="The Study Group"),
    )
    assert (paper.year, paper.published, paper.updated, paper.venue, paper.license) == (
        2021,
        "2020-12-20",
        "2021-05-06",
        "Invented Journal",
        "cc by",
    )
    assert (paper.mesh, paper.publication_types, paper.language) == (("Brain",), ("Journal Article",), "eng")
    assert paper.corrections == (Correction("Retraction in", "9", "X", None),)
    assert paper.retracted
    assert cited == Cited("pmid:123", "europepmc", "MED/123", 7, None, "sha")
    (ppr, _) = read_result(preprint(4))
    assert (ppr.paper_id, ppr.source, ppr.version) == ("epmc:PPR4", "europepmc", 1)


@pytest.mark.parametrize("wrong", [{}, {"id": "1", "source": "MED"}, {"title": "x"}, {"id": 1, "title": ["x"], "source": None}])
def test_results_that_make_no_sense_are_problems(wrong):
    assert [type(r) for r in read_result(wrong)] == [Problem]


@pytest.mark.parametrize(
    ("markup", "text"), [("", []), ("n<5 & p < 0.05", ["n<5 & p < 0.05"]), ("<p>a</p><p>b</p>", ["ab"]), ("plain", ["plain"])]
)
def test_abstracts_of_europe_pmc(markup, text):
    assert [s.text for s in abstract_sections(markup)] == text


def europe(httpserver: HTTPServer, results: list[dict], *, wrong: int = 0) -> list[Request]:
    """Play the search over ``results``, with cursors; the answer of that number goes wrong once."""
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        if len(seen) == wrong:
            return Response("<html>Down</html>", 200)
        start = 0 if request.args["cursorMark"] == "*" else int(request.args["cursorMark"])
        size = int(request.args["pageSize"])
        page = results[start : start + size] if "UPDATE_DATE" not in request.args["query"] else []
        body = {"hitCount": len(results) if "UPDATE_DATE" not in request.args["query"] else 0, "resultList": {"result": page}}
        # At the end the mark is that of the request.
        body["nextCursorMark"] = str(start + len(page)) if page else request.args["cursorMark"]
        return Response(json.dumps(body), content_type="application/json")

    httpserver.expect_request("/rest/search").respond_with_handler(answer)
    return seen


def test_a_crawl_of_europe_pmc_follows_the_marks_and_finds_nothing_new_again(place, httpserver):
    seen = europe(httpserver, [RESULT, *(preprint(i) for i in range(24))], wrong=4)
    with writing(place) as con:
        report = harvest_source(con, place, "j", "europepmc", "invented", page=10, until="2022-12-31")
        assert (report.received, report.new, report.errors, report.retries) == (25, 25, [], 1)
        assert all("CREATION_DATE:[1900-01-01 TO 2022-12-31]" in r.args["query"] for r in seen)
        assert con.execute("SELECT source, count(*) FROM v_paper GROUP BY 1 ORDER BY 1").fetchall() == [("europepmc", 24), ("pubmed", 1)]
        assert con.execute("SELECT cited_by FROM citation_count WHERE paper_id = 'pmid:123'").fetchone() == (7,)
        digest = content_digest(con)
        again = harvest_source(con, place, "j", "europepmc", "invented", page=10, until="2022-12-31")
        assert (again.received, again.new) == (0, 0)
        assert harvest_source(con, place, "j", "europepmc", "invented", replay=True).received == 25
        assert content_digest(con) == digest


def test_pubmeds_own_record_is_not_replaced_by_europe_pmcs(place, httpserver):
    europe(httpserver, [RESULT])
    own = Paper("pmid:123", "pubmed", "As PubMed has it.", version=1, pmid="123")
    with writing(place) as con:
        upsert_papers(con, [own], "j")
        harvest_source(con, place, "j", "europepmc", "invented", until="2022-12-31")
        assert con.execute("SELECT title FROM v_paper").fetchall() == [("As PubMed has it.",)]
        con.execute("DELETE FROM paper")
        harvest_source(con, place, "other", "europepmc", "invented", until="2022-12-31")
        upsert_papers(con, [own], "j")
        assert con.execute("SELECT title FROM v_paper").fetchall() == [("As PubMed has it.",)]


def test_a_page_that_is_missing_leaves_the_window_open(place, httpserver):
    def answer(request: Request) -> Response:
        first = request.args["cursorMark"] == "*"
        body = {"hitCount": 3, "nextCursorMark": "*" if not first else "x", "resultList": {"result": [preprint(1 if first else 2)]}}
        return Response(json.dumps(body))

    httpserver.expect_request("/rest/search").respond_with_handler(answer)
    with writing(place) as con:
        report = harvest_source(con, place, "j", "europepmc", "invented", until="2022-12-31", page=1)
        assert report.partial
        assert con.execute("SELECT state, reported, received FROM v_crawl").fetchall() == [("failed", 3, 2)]
        assert con.execute("SELECT count(*) FROM v_paper").fetchone() == (2,)


WORK = {
    "id": "https://openalex.org/W1", "doi": "https://doi.org/10.1234/ABC", "title": "An invented title",
    "ids": {"pmid": "https://pubmed.ncbi.nlm.nih.gov/123", "pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/9"},
    "publication_date": "2021-03-01", "publication_year": 2021, "language": "en", "type": "article", "cited_by_count": 8,
    "authorships": [{"author": {"display_name": "Ada Uno", "orcid": "https://orcid.org/0000-0001-2345-6789"}, "raw_affiliation_strings": ["Here."]}],
    "primary_location": {"source": {"display_name": "Invented Journal"}, "license": "cc-by"}, "is_retracted": False, "updated_date": "2022-01-02T03:04",
    "abstract_inverted_index": {"We": [0], "counted": [1, 3], "and": [2], "again.": [4]}, "referenced_works": ["https://openalex.org/W7", "https://openalex.org/W8"],
}  # fmt: skip


def test_a_work_of_openalex_has_all_its_fields():
    paper, cited = read_work(WORK, "sha")
    assert (paper.paper_id, paper.source, paper.version, paper.doi, paper.pmcid) == ("pmid:123", "pubmed", 0, "10.1234/abc", "PMC9")
    assert (paper.abstract, paper.year, paper.updated, paper.venue) == (
        "We counted and counted again.",
        2021,
        "2022-01-02",
        "Invented Journal",
    )
    assert paper.authors == (Author("Ada Uno", orcid="0000-0001-2345-6789", affiliations=("Here.",)),)
    assert cited == Cited("pmid:123", "openalex", "W1", 8, ("W7", "W8"), "sha")
    (arxiv, _) = read_work({**WORK, "ids": {}, "doi": "https://doi.org/10.48550/arXiv.2101.00001"})
    assert (arxiv.paper_id, arxiv.source, arxiv.arxiv_id) == ("arxiv:2101.00001", "arxiv", "2101.00001")
    (own, _) = read_work({**WORK, "ids": {}, "doi": None})
    assert (own.paper_id, own.source, own.version) == ("openalex:W1", "openalex", 1)
    assert [type(r) for r in read_work({"id": None, "title": "x"})] == [Problem]


@pytest.mark.parametrize("index", [None, [], {"a": "b"}, {"a": [10**9]}, {"a": [-1, "x"]}])
def test_an_index_that_makes_no_sense_is_no_abstract(index):
    assert plain_abstract(index) == ""


def alex(httpserver: HTTPServer, works: list[dict]) -> list[Request]:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        found = works
        if request.args["filter"].startswith(("doi:", "pmid:")):
            kind, _, wanted = request.args["filter"].partition(":")
            key = {
                "doi": lambda w: w["doi"].lower().removeprefix("https://doi.org/"),
                "pmid": lambda w: w["ids"].get("pmid", "").rpartition("/")[2],
            }[kind]
            found = [w for w in works if key(w) in wanted.split("|")]
        start = int(request.args.get("cursor", "*").replace("*", "0"))
        size = int(request.args["per-page"])
        page = found[start : start + size]
        cursor = str(start + len(page)) if start + len(page) < len(found) else None
        return Response(json.dumps({"meta": {"count": len(found), "next_cursor": cursor}, "results": page}))

    httpserver.expect_request("/oa/works").respond_with_handler(answer)
    return seen


def works(number: int) -> list[dict]:
    return [
        {**WORK, "id": f"https://openalex.org/W{i}", "doi": f"https://doi.org/10.1/{i}", "ids": {}, "cited_by_count": i}
        for i in range(number)
    ]


def test_a_crawl_of_openalex_follows_the_cursor_and_keeps_the_key_to_itself(place, httpserver):
    seen = alex(httpserver, works(25))
    said: list[str] = []
    with writing(place) as con:
        report = harvest_source(con, place, "j", "openalex", "invented", page=10, until="2022-12-31", say=said.append)
        assert (report.received, report.new, report.errors) == (25, 25, [])
        assert {r.args["api_key"] for r in seen} == {"oa-secret"}
        logged = con.execute("SELECT request FROM response").fetchall()
        assert logged
        assert "oa-secret" not in repr([logged, said])
        assert con.execute("SELECT count(*) FROM citation_reference").fetchone() == (50,)
        plan = plan_source(con, place, "k", "openalex", "invented", until="2022-12-31")
        assert plan["reported"] == 25


def test_openalex_wants_a_key(place, monkeypatch, tmp_path):
    monkeypatch.delenv("OPENALEX_API_KEY")
    monkeypatch.setenv("MINER_OPENALEX_URL", "https://api.openalex.example")
    with pytest.raises(ConfigError, match="asks for a key"):
        OpenAlexSource(Http(None, RawStore(tmp_path)))


def test_citations_of_the_papers_that_are_here(place, httpserver):
    seen = alex(httpserver, [*works(120), WORK])
    papers = [Paper(f"arxiv:{i}", "arxiv", "T", doi=f"10.1/{i}") for i in range(118)]
    papers += [Paper("pmid:123", "pubmed", "T", pmid="123"), Paper("arxiv:x", "arxiv", "T", doi="10.1/a|b"), Paper("arxiv:y", "arxiv", "T")]
    with writing(place) as con:
        upsert_papers(con, papers, "j")
        report = fetch_citations(con, place, "j")
        assert (report.asked, report.found, report.absent, report.errors) == (120, 119, 1, [])
        assert len(seen) == 4
        assert con.execute("SELECT sum(cited_by)::INTEGER FROM citation_count").fetchone() == (sum(range(118)) + 8,)
        digest = content_digest(con)
        fetch_citations(con, place, "j")
        assert content_digest(con) == digest


LIST = """<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>{folders}</ListBucketResult>"""
JATS = """<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta><permissions><license xlink:href="https://creativecommons.org/licenses/by/4.0/"/>
</permissions></article-meta></front><body><p>Invented.</p></body></article>"""


def bucket(httpserver: HTTPServer, versions: dict[str, list[int]]) -> None:
    def listing(request: Request) -> Response:
        name = request.args["prefix"].rstrip(".")
        folders = "".join(f"<CommonPrefixes><Prefix>{name}.{v}/</Prefix></CommonPrefixes>" for v in versions.get(name, []))
        return Response(LIST.format(folders=folders))

    httpserver.expect_request("/bucket/").respond_with_handler(listing)
    for name, numbers in versions.items():
        for number in numbers:
            httpserver.expect_request(f"/bucket/{name}.{number}/{name}.{number}.xml").respond_with_data(JATS)


def test_the_last_version_of_an_article_is_fetched_once(place, httpserver):
    bucket(httpserver, {"PMC1": [1, 2, 10], "PMC2": []})
    with writing(place) as con:
        upsert_papers(con, [Paper(f"pmid:{i}", "pubmed", "T", pmcid=f"PMC{i}") for i in (1, 2)], "j")
        report = fetch_pmc(con, place, "j")
        assert (report.asked, report.found, report.absent, report.errors) == (2, 1, 1, [])
        assert [p.name for p in (place.data / "fulltext" / "pmc").iterdir()] == ["PMC1.10.xml"]
        assert fetch_pmc(con, place, "j").asked == 1
    article = PmcBucket(Http(None, RawStore(place.raw))).fetch("PMC1")
    assert article.license == "https://creativecommons.org/licenses/by/4.0/"


def test_an_article_that_is_no_jats_is_an_error_and_no_file(place, httpserver):
    bucket(httpserver, {"PMC1": []})
    httpserver.clear()
    httpserver.expect_request("/bucket/").respond_with_data(
        LIST.format(folders="<CommonPrefixes><Prefix>PMC1.1/</Prefix></CommonPrefixes>")
    )
    httpserver.expect_request("/bucket/PMC1.1/PMC1.1.xml").respond_with_data("<html>Down</html>")
    with writing(place) as con:
        upsert_papers(con, [Paper("pmid:1", "pubmed", "T", pmcid="PMC1")], "j")
        report = fetch_pmc(con, place, "j")
        assert report.partial
        assert "page of HTML" in report.errors[0]
        assert not (place.data / "fulltext" / "pmc").exists()


@pytest.mark.parametrize("value", ["../etc", "PMC1/..", "", "PMC", "PMC1.1", "PMC12345678901"])
def test_what_is_no_pmc_identifier_reaches_no_address_and_no_path(tmp_path, value):
    with pytest.raises(UsageError):
        local_article(tmp_path, value)


def test_local_copies_are_found_in_either_layout(tmp_path):
    (tmp_path / "PMC1.2").mkdir()
    for name in ("PMC1.2/PMC1.2.xml", "PMC1.1.xml", "PMC3.nxml"):
        (tmp_path / name).write_text(JATS)
    assert local_article(tmp_path, "PMC1") == tmp_path / "PMC1.2" / "PMC1.2.xml"
    assert local_article(tmp_path, "3") == tmp_path / "PMC3.nxml"
    assert local_article(tmp_path, "PMC4") is None
