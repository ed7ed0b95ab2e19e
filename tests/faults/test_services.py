"""Answers that are not what was asked, from a server that plays them."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from miner.config import init_workspace
from miner.errors import ServiceError
from miner.harvest import http as http_module
from miner.harvest.atom import parse_feed
from miner.harvest.http import Http, RefusedError
from miner.harvest.rawstore import RawStore
from miner.harvest.services import arxiv_service, user_agent
from miner.jobs.crawling.crawl import harvest_source
from miner.jobs.lock import writing

FEED = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/"><title>{title}</title>
<o:totalResults>{total}</o:totalResults><o:startIndex>0</o:startIndex>{entries}</feed>"""
ENTRY = """<entry><id>http://arxiv.org/abs/2101.0000{n}v1</id><title>An invented paper {n}</title><summary>Text.</summary>
<published>2021-01-0{n}T00:00:00Z</published><updated>2021-01-0{n}T00:00:00Z</updated></entry>"""
ERROR = "<entry><id>http://arxiv.org/api/errors#x</id><title>Error</title><summary>backend is busy</summary></entry>"


def feed(*numbers: int, total: int | None = None, title: str = "arXiv Query") -> str:
    return FEED.format(title=title, total=len(numbers) if total is None else total, entries="".join(ENTRY.format(n=n) for n in numbers))


@pytest.fixture
def client(httpserver: HTTPServer, tmp_path, monkeypatch):
    monkeypatch.setenv("MINER_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("MINER_ARXIV_INTERVAL", "0")
    monkeypatch.setenv("MINER_ARXIV_URL", httpserver.url_for("/api/query"))
    return Http("tests@example.org", RawStore(tmp_path / "raw"))


def test_a_retry_is_told_before_it_is_waited_for_with_its_reason(client, monkeypatch):
    told = []
    client._say = told.append
    monkeypatch.setattr(http_module.time, "sleep", lambda seconds: told.append(round(seconds) >= 0))
    with pytest.raises(ServiceError, match="no usable answer in 3 tries; the last: the connection failed: refused"):
        client.fetch(arxiv_service("http://127.0.0.1:1/"), "http://127.0.0.1:1/", parse_feed, tries=3)
    assert [t for t in told if t is not True] == [f"arxiv: the connection failed: refused; trying again at once ({n} of 3)" for n in (2, 3)]
    assert told[0] is not True  # the word, then the pause
    assert told[-1] is True


def ask(client: Http, httpserver: HTTPServer):
    url = httpserver.url_for("/api/query")
    return client.fetch(arxiv_service(url), url, parse_feed)


@pytest.mark.parametrize(
    "wrong",
    [
        Response("<html><body>Back soon</body></html>", 200, content_type="text/html"),
        Response(FEED.format(title="", total=1, entries=ERROR), 200),
        Response("", 200),
        Response(feed(1)[:200], 200),
        Response("busy", 500),
        Response("busy", 429, {"Retry-After": "0"}),
        Response("Rate exceeded.", 429),
        Response("Rate exceeded.", 200),
        Response("busy", 503, {"Retry-After": "Mon, 01 Jan 2024 00:00:00 GMT"}),
    ],
    ids=["html", "error entry", "empty", "cut", "500", "429", "429 without Retry-After", "words", "503"],
)
def test_an_answer_that_is_not_what_was_asked_is_asked_again(client, httpserver, wrong):
    httpserver.expect_ordered_request("/api/query").respond_with_response(wrong)
    httpserver.expect_ordered_request("/api/query").respond_with_data(feed(1))
    assert ask(client, httpserver).entries == 1
    assert client.retries == 1
    assert len(client.log) == 1  # the wrong answer is not kept


def test_a_refused_request_is_not_repeated(client, httpserver):
    httpserver.expect_oneshot_request("/api/query").respond_with_data("<p>malformed query</p>", status=400)
    with pytest.raises(RefusedError, match="malformed query"):
        ask(client, httpserver)
    assert client.retries == 0


def test_a_service_that_stays_down_is_given_up_with_the_last_reason(client, httpserver, monkeypatch):
    monkeypatch.setattr(http_module.time, "sleep", lambda _: None)
    httpserver.expect_request("/api/query").respond_with_data("busy", status=503)
    with pytest.raises(ServiceError, match="in 9 tries; the last: HTTP 503"):
        ask(client, httpserver)


def test_retry_after_holds_for_every_process_of_the_machine(client, httpserver, tmp_path):
    import json
    import time

    httpserver.expect_ordered_request("/api/query").respond_with_response(Response("busy", 429, {"Retry-After": "1"}))
    httpserver.expect_ordered_request("/api/query").respond_with_data(feed(1))
    began = time.monotonic()
    ask(client, httpserver)
    assert time.monotonic() - began >= 0.9
    state = next((tmp_path / "state").glob("arxiv-*.json"))
    assert json.loads(state.read_text())["not_before"] > 0


def test_we_say_who_we_are(client, httpserver):
    seen = []

    def answer(request: Request) -> Response:
        seen.append(request.headers["User-Agent"])
        return Response(feed(1))

    httpserver.expect_request("/api/query").respond_with_handler(answer)
    ask(client, httpserver)
    assert seen == [user_agent("tests@example.org")]
    assert "tests@example.org" in seen[0]


def test_a_rewritten_query_is_recorded_and_reported(client, httpserver, tmp_path):
    httpserver.expect_request("/api/query").respond_with_data(feed(1, 2, title="arXiv Query: search_query=all:b&amp;id_list=&amp;start=0"))
    workspace = init_workspace(tmp_path / "w")
    with writing(workspace) as con:
        report = harvest_source(con, workspace, "j", "arxiv", "all:a AND all:b", until="2021-12-31")
        assert report.received == 2
        assert "all:b" in report.notes[0]
        assert con.execute("SELECT note FROM v_crawl").fetchone()[0] == report.notes[0]


def test_a_window_whose_records_never_add_up_is_not_done(client, httpserver, tmp_path):
    # Three are reported, and the third page repeats the second record.
    def answer(request: Request) -> Response:
        start = int(request.args.get("start", 0))
        return Response(feed([1, 2, 2][start], total=3))

    httpserver.expect_request("/api/query").respond_with_handler(answer)
    workspace = init_workspace(tmp_path / "w")
    with writing(workspace) as con:
        report = harvest_source(con, workspace, "j", "arxiv", "all:a", until="2021-12-31", page=1)
        assert report.partial
        assert con.execute("SELECT state, reported, received, attempts, last_error FROM v_crawl").fetchall() == [
            ("failed", 3, 2, 3, "2 of 3 records came")
        ]
        assert con.execute("SELECT watermark FROM crawl").fetchone() == (None,)
        assert con.execute("SELECT count(*) FROM paper").fetchone() == (2,)  # what came is kept


def test_nothing_found_is_believed_only_when_it_is_said_three_times(client, httpserver, tmp_path):
    httpserver.expect_ordered_request("/api/query").respond_with_data(feed(total=0))
    httpserver.expect_ordered_request("/api/query").respond_with_data(feed(total=0))
    for _ in range(2):
        httpserver.expect_ordered_request("/api/query").respond_with_data(feed(1))
    workspace = init_workspace(tmp_path / "w")
    with writing(workspace) as con:
        assert harvest_source(con, workspace, "j", "arxiv", "all:a", until="2021-12-31").received == 1


def test_an_empty_page_with_a_count_is_asked_again(client, httpserver, tmp_path):
    seen = []

    def answer(request: Request) -> Response:
        seen.append(int(request.args.get("start", 0)))
        empty = len(seen) in {2, 4}
        return Response(feed(*([] if empty else [seen[-1] + 1]), total=2))

    httpserver.expect_request("/api/query").respond_with_handler(answer)
    workspace = init_workspace(tmp_path / "w")
    with writing(workspace) as con:
        report = harvest_source(con, workspace, "j", "arxiv", "all:a", until="2021-12-31", page=1)
        assert (report.received, report.partial, report.retries) == (2, False, 2)


SEARCH = """<eSearchResult><Count>{count}</Count><RetMax>1</RetMax><RetStart>0</RetStart><QueryKey>1</QueryKey><WebEnv>w</WebEnv>
<IdList><Id>7</Id></IdList>{more}</eSearchResult>"""
WARNING = "<ErrorList><PhraseNotFound>machne</PhraseNotFound></ErrorList><WarningList><OutputMessage>Schema: all terms</OutputMessage></WarningList>"
ARTICLE = """<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID Version="1">7</PMID><Article><ArticleTitle>Invented.</ArticleTitle></Article>
</MedlineCitation></PubmedArticle></PubmedArticleSet>"""


@pytest.fixture
def ncbi(httpserver: HTTPServer, client, monkeypatch):
    monkeypatch.setenv("MINER_EUTILS_URL", httpserver.url_for("/eutils"))
    monkeypatch.setenv("NCBI_API_KEY", "tests")
    monkeypatch.setattr(http_module.time, "sleep", lambda _: None)
    return httpserver


def test_a_query_that_pubmed_rewrites_is_recorded_and_reported(ncbi, tmp_path):
    ncbi.expect_request("/eutils/esearch.fcgi").respond_with_data(SEARCH.format(count=1, more=WARNING))
    ncbi.expect_request("/eutils/efetch.fcgi").respond_with_data(ARTICLE)
    workspace = init_workspace(tmp_path / "w")
    with writing(workspace) as con:
        report = harvest_source(con, workspace, "j", "pubmed", "machne learning", until="2021-12-31")
        assert report.received == 1
        assert "PhraseNotFound: machne" in report.notes[0]
        assert con.execute("SELECT note FROM v_crawl").fetchone()[0] == report.notes[0]


def test_a_record_that_pubmed_does_not_give_leaves_its_window_open(ncbi, tmp_path):
    two = SEARCH.format(count=2, more="").replace("<Id>7</Id>", "<Id>7</Id><Id>8</Id>")
    ncbi.expect_request("/eutils/esearch.fcgi").respond_with_data(two)
    ncbi.expect_request("/eutils/efetch.fcgi").respond_with_data(ARTICLE)
    workspace = init_workspace(tmp_path / "w")
    with writing(workspace) as con:
        report = harvest_source(con, workspace, "j", "pubmed", "a", until="2021-12-31")
        assert report.partial
        assert con.execute("SELECT state, reported, received FROM v_crawl").fetchall() == [("failed", 2, 1)]
        assert con.execute("SELECT count(*) FROM v_paper").fetchone() == (1,)
