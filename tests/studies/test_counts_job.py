"""Publication counts by PubMed queries: against a server that answers as ESearch does, and against the replay server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from miner.cli.main import main
from miner.config import Workspace, init_workspace
from miner.errors import ConfigError, HarvestError
from miner.harvest.http import Budget
from miner.jobs.crawling.counts import count_publications
from miner.jobs.job import load_job
from miner.resources import resource
from miner.store.connect import open_reader
from miner.store.studies import read_counts
from miner.studies.counts import shares

JOB = """name = "counted"
question = "How many?"
[counts]
since = 2011
until = 2013
[counts.topics]
all_ai = "imaging[tiab]"
lung_ai = "imaging[tiab] AND lung[ti]"
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("MINER_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("MINER_CONTACT", "tests@example.org")
    monkeypatch.setenv("NCBI_API_KEY", "secret-key")
    made = init_workspace(tmp_path / "workspace")
    (made.jobs / "counted.toml").write_text(JOB, encoding="utf-8")
    return made


@pytest.fixture
def ncbi(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Request]]:
    """Answer with ten publications a year more each year, a tenth of them on lungs; each answer may be spoilt."""

    def start(spoil: Callable[[int, Request], Response | None] = lambda _i, _r: None) -> list[Request]:
        asked: list[Request] = []

        def answer(request: Request) -> Response:
            asked.append(request)
            spoilt = spoil(len(asked), request)
            if spoilt is not None:
                return spoilt
            number = (int(request.args["mindate"]) - 2000) * (10 if "lung" not in request.args["term"] else 1)
            return Response(f"<eSearchResult><Count>{number}</Count></eSearchResult>", mimetype="text/xml")

        httpserver.expect_request("/eutils/esearch.fcgi").respond_with_handler(answer)
        monkeypatch.setenv("MINER_EUTILS_URL", httpserver.url_for("/eutils"))
        return asked

    return start


def test_counts_are_stored_with_their_query(
    place: Workspace, ncbi: Callable[..., list[Request]], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ncbi()
    with pytest.raises(SystemExit) as done:
        main(["--workspace", str(place.root), "counts", "counted", "--json"])
    assert done.value.code == 0
    assert json.loads(capsys.readouterr().out)["counts"]["lung_ai"] == {"2011": 11, "2012": 12, "2013": 13}
    assert len(asked) == 6
    assert {(r.args["rettype"], r.args["datetype"], r.args["tool"], r.args["email"]) for r in asked} == {
        ("count", "pdat", "miner", "tests@example.org")
    }
    assert {(r.args["mindate"], r.args["maxdate"]) for r in asked} == {(str(y), str(y)) for y in (2011, 2012, 2013)}
    with open_reader(place.current) as con:
        counts = read_counts(con)
    assert [(c.topic, c.year, c.count, c.source, c.query) for c in counts][:2] == [
        ("all_ai", 2011, 110, "PubMed", "imaging[tiab]"), ("all_ai", 2012, 120, "PubMed", "imaging[tiab]"),
    ]  # fmt: skip
    assert shares(counts)[0].percent == pytest.approx((10, 10, 10))


def test_the_key_is_kept_nowhere(place: Workspace, ncbi: Callable[..., list[Request]]) -> None:
    asked = ncbi()
    count_publications(place, load_job(place.jobs / "counted.toml"), lambda _: None)
    assert asked[0].args["api_key"] == "secret-key"
    assert not [p for p in place.root.rglob("*") if p.is_file() and b"secret-key" in p.read_bytes()]


def test_an_answer_that_is_none_is_asked_again(place: Workspace, ncbi: Callable[..., list[Request]]) -> None:
    spoilt = {
        1: Response("<html>busy</html>"),
        2: Response("slow down", status=429),
        4: Response("<eSearchResult><ERROR>no</ERROR></eSearchResult>"),
    }
    asked = ncbi(lambda i, _: spoilt.get(i))
    report = count_publications(place, load_job(place.jobs / "counted.toml"), lambda _: None)
    assert report.counts["all_ai"] == {2011: 110, 2012: 120, 2013: 130}
    assert len(asked) == 9
    assert report.requests == 6


def test_a_topic_that_fails_does_not_stop_the_others(place: Workspace, ncbi: Callable[..., list[Request]]) -> None:
    ncbi(lambda _, r: Response("bad query", status=400) if "lung" not in r.args["term"] else None)
    report = count_publications(place, load_job(place.jobs / "counted.toml"), lambda _: None)
    assert list(report.counts) == ["lung_ai"]
    assert "400" in report.failed["all_ai"]
    with pytest.raises(SystemExit) as done:
        main(["--workspace", str(place.root), "-q", "counts", "counted"])
    assert done.value.code == 3


def test_a_half_counted_topic_is_not_stored(place: Workspace, ncbi: Callable[..., list[Request]]) -> None:
    ncbi()
    report = count_publications(place, load_job(place.jobs / "counted.toml"), lambda _: None, budget=Budget(requests=5))
    assert list(report.counts) == ["all_ai"]
    assert "budget" in report.failed["lung_ai"]
    with pytest.raises(HarvestError, match="no topic"):
        count_publications(place, load_job(place.jobs / "counted.toml"), lambda _: None, budget=Budget(requests=1))


def test_a_changed_query_replaces_its_series(place: Workspace, ncbi: Callable[..., list[Request]]) -> None:
    ncbi(
        lambda _i, _r: Response(
            "<eSearchResult><Count>7</Count><WarningList><QuotedPhraseNotFound>x</QuotedPhraseNotFound></WarningList></eSearchResult>"
        )
    )
    path = place.jobs / "counted.toml"
    count_publications(place, load_job(path), lambda _: None)
    path.write_text(JOB.replace("until = 2013", "until = 2012").replace("lung[ti]", "lung[tiab]"), encoding="utf-8")
    report = count_publications(place, load_job(path), lambda _: None)
    assert "another query" in report.notes["all_ai"]
    with open_reader(place.current) as con:
        assert [(c.topic, c.year) for c in read_counts(con)] == [
            *(("all_ai", y) for y in (2011, 2012, 2013)),
            ("lung_ai", 2011),
            ("lung_ai", 2012),
        ]


def test_bad_jobs_are_told(place: Workspace) -> None:
    path = place.jobs / "counted.toml"
    with pytest.raises(ConfigError, match="counts nothing"):
        count_publications(place, load_job(resource("pipelines", "alzheimer-mri.toml")), lambda _: None)
    path.write_text(JOB.replace("since = 2011", "since = 2014"), encoding="utf-8")
    with pytest.raises(ConfigError, match="no year from 2014 to 2013"):
        count_publications(place, load_job(path), lambda _: None)
    path.write_text(JOB.replace("until = 2013", "untill = 2013"), encoding="utf-8")
    with pytest.raises(ConfigError, match="did you mean 'until'"):
        load_job(path)


def test_the_bundled_job_is_valid() -> None:
    job = load_job(resource("pipelines", "cancer-imaging-counts.toml"))
    assert job.counts is not None
    assert {t.split("_")[1] for t in job.counts.topics} == {"medical", "ai"}
