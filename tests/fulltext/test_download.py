"""Downloads of open PDFs: so many a run, checked, resumed, at the service's pace, with the licence on record."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from miner.harvest.services import arxiv_pdf_url
from miner.jobs.crawling.fulltext import fetch_fulltexts
from miner.jobs.definition import Fulltext, Job
from miner.jobs.lock import writing
from miner.jobs.run import run_job
from miner.store.write import upsert_papers
from miner.types import Paper
from tests.fulltext.pdfs import Page, make_pdf, paper

LICENSE = "http://creativecommons.org/licenses/by/4.0/"


def record(number: int, **changes) -> Paper:
    identifier = f"2101.0000{number}"
    values = {"arxiv_id": identifier, "published": f"2021-01-0{number}", "license": LICENSE, "abstract": "Nothing."} | changes
    return Paper(f"arxiv:{identifier}", "arxiv", f"The invented paper of number {number}", **values)


@pytest.fixture
def served(httpserver: HTTPServer, tmp_path, monkeypatch) -> HTTPServer:
    monkeypatch.setenv("MINER_ARXIV_URL", httpserver.url_for("/api/query"))
    monkeypatch.delenv("MINER_ARXIV_PDF_URL", raising=False)
    monkeypatch.setenv("MINER_ARXIV_INTERVAL", "0.02")
    monkeypatch.setenv("MINER_STATE_DIR", str(tmp_path / "state"))
    return httpserver


def pdf(number: int) -> bytes:
    return paper(doi=f"10.9999/made.up.{number}", title=f"The invented paper of number {number}")


def fetch(workspace, *papers: Paper, limit: int = 10, job: str = "mine"):
    with writing(workspace) as con:
        upsert_papers(con, papers, job)
        report = fetch_fulltexts(con, workspace, job, limit=limit)
        rows = con.execute("SELECT paper_id, state, attempts, reason FROM fulltext_download ORDER BY paper_id").fetchall()
        documents = con.execute("SELECT document_id, state, license, url FROM document WHERE kind = 'pdf' ORDER BY 1").fetchall()
    return report, rows, documents


def test_the_address_follows_from_the_service_or_is_set(monkeypatch):
    monkeypatch.delenv("MINER_ARXIV_PDF_URL", raising=False)
    monkeypatch.delenv("MINER_ARXIV_URL", raising=False)
    assert arxiv_pdf_url() == "https://export.arxiv.org/pdf"
    monkeypatch.setenv("MINER_ARXIV_URL", "http://127.0.0.1:8099/api/query")
    assert arxiv_pdf_url() == "http://127.0.0.1:8099/pdf"
    monkeypatch.setenv("MINER_ARXIV_PDF_URL", "http://127.0.0.1:1/mirror/")
    assert arxiv_pdf_url() == "http://127.0.0.1:1/mirror"


def test_a_budget_a_run_newest_first_and_the_next_run_goes_on(workspace, served):
    for number in (1, 2, 3):
        served.expect_oneshot_request(f"/pdf/2101.0000{number}v1").respond_with_data(pdf(number), content_type="application/pdf")
    papers = [record(n) for n in (1, 2, 3)]
    first, rows, _ = fetch(workspace, *papers, limit=2)
    assert (first.downloaded, first.read, first.left, first.partial) == (2, 2, 1, False)
    assert [r[0] for r in rows] == ["arxiv:2101.00002", "arxiv:2101.00003"]
    second, rows, documents = fetch(workspace, *papers, limit=2)
    assert (second.downloaded, second.left) == (1, 0)
    assert [(d[0], d[1], d[2]) for d in documents] == [(f"arxiv:2101.0000{n}#pdf", "read", LICENSE) for n in (1, 2, 3)]
    assert documents[0][3] == served.url_for("/pdf/2101.00001v1")
    third, _, _ = fetch(workspace, *papers)
    assert third.downloaded == 0, "each is asked for once: the server would say no"
    served.check_assertions()


def test_what_is_no_pdf_is_not_taken_for_one_and_tried_again(workspace, served):
    served.expect_request("/pdf/2101.00001v1").respond_with_data("<!DOCTYPE html><html>Slow down</html>", content_type="application/pdf")
    report, rows, documents = fetch(workspace, record(1))
    assert (report.failed, report.partial, documents) == (1, True, [])
    assert rows[0][1:3] == ("failed", 1)
    assert "an HTML page in place of a PDF" in rows[0][3]
    served.clear()
    served.expect_request("/pdf/2101.00001v1").respond_with_data(pdf(1)[:-200])
    assert "cut short" in fetch(workspace, record(1))[1][0][3]
    served.clear()
    served.expect_request("/pdf/2101.00001v1").respond_with_data(pdf(1))
    report, rows, _ = fetch(workspace, record(1))
    assert (report.read, report.partial, rows[0][1]) == (1, False, "done")


def test_what_the_service_has_not_is_asked_for_once_a_version(workspace, served):
    served.expect_oneshot_request("/pdf/2101.00001v1").respond_with_data("gone", status=404)
    report, rows, _ = fetch(workspace, record(1))
    assert (report.refused, report.partial) == (1, False)
    assert rows[0][1::2] == ("refused", "the service has no PDF of it")
    assert fetch(workspace, record(1))[0].refused == 0
    served.expect_oneshot_request("/pdf/2101.00001v2").respond_with_data(pdf(1))
    assert fetch(workspace, record(1, version=2))[0].read == 1
    served.expect_oneshot_request("/pdf/2101.00001v3").respond_with_data(pdf(2))
    report, _, documents = fetch(workspace, record(1, version=3))
    assert report.read == 1
    assert [(d[0], d[3][-2:]) for d in documents] == [("arxiv:2101.00001#pdf", "v3")], "a new version takes the old one's place"
    served.expect_oneshot_request("/pdf/2101.00001v4").respond_with_data(make_pdf([Page(picture=True)]))
    _, _, documents = fetch(workspace, record(1, version=4))
    assert [d[1] for d in documents] == ["read", "failed"], "one that cannot be read does not"
    served.check_assertions()


def test_nobody_asks_for_withdrawn_papers_those_imported_or_made_up_addresses(workspace, served):
    papers = [record(1, withdrawn=True), record(2, retracted=True), record(3, arxiv_id="../../admin")]
    report, rows, _ = fetch(workspace, *papers)
    assert (report.downloaded, report.refused) == (0, 1)
    assert rows == [("arxiv:2101.00003", "refused", 1, "not an identifier of arXiv")]
    assert served.log == []


def test_one_that_cannot_be_read_is_recorded_and_not_fetched_again(workspace, served):
    served.expect_oneshot_request("/pdf/2101.00001v1").respond_with_data(make_pdf([Page(picture=True)]))
    report, _, documents = fetch(workspace, record(1))
    assert (report.downloaded, report.read, report.unreadable) == (1, 0, 1)
    assert documents[0][1] == "failed"
    assert fetch(workspace, record(1))[0].downloaded == 0


def test_a_service_that_is_down_is_left_alone(workspace, served):
    served.expect_request("/pdf/2101.00001v1").respond_with_data("", status=503)
    served.expect_request("/pdf/2101.00002v1").respond_with_data("", status=503)
    served.expect_request("/pdf/2101.00003v1").respond_with_data("", status=503)
    report, _, _ = fetch(workspace, *[record(n) for n in (1, 2, 3, 4, 5)])
    assert (report.failed, report.left) == (3, 5)


def test_the_pace_is_kept(workspace, served, monkeypatch):
    monkeypatch.setenv("MINER_ARXIV_INTERVAL", "0.15")
    times = []

    def answer(request: Request) -> Response:
        times.append(time.monotonic())
        return Response(pdf(int(request.path[-3])), content_type="application/pdf")

    for number in (1, 2, 3):
        served.expect_request(f"/pdf/2101.0000{number}v1").respond_with_handler(answer)
    assert fetch(workspace, *[record(n) for n in (1, 2, 3)])[0].downloaded == 3
    assert min(b - a for a, b in pairwise(times)) >= 0.15


def test_a_job_fetches_only_if_it_says_so_and_extracts_what_came(workspace, served):
    served.expect_oneshot_request("/pdf/2101.00001v1").respond_with_data(pdf(1))
    with writing(workspace) as con:
        upsert_papers(con, [record(1)], "mine")
    job = Job(name="mine", question="Does it work?")
    assert run_job(workspace, job, lambda _: None, start="fulltext").steps[0].step == "extract"
    job = job.model_copy(update={"fulltext": Fulltext(fetch=True, limit=5)})
    steps = {s.step: s for s in run_job(workspace, job, lambda _: None, start="fulltext").steps}
    assert steps["fulltext"].counts["read"] == 1
    with writing(workspace) as con:
        pages = con.execute("SELECT page, section FROM v_performance WHERE value = 0.912").fetchall()
        fetched = con.execute("SELECT source, request FROM response").fetchall()
    assert pages == [(2, "tables")]
    assert fetched[0][0] == "arxiv-pdf"
    assert fetched[0][1].startswith(served.url_for("/pdf/2101.00001v1"))
