"""The commands of docs/how-to/varoquaux2022.md run, in their order, on the test copy of the paper's sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.docs.shell import bash_blocks, miner_on_path, run_commands

CLONE = "git clone --depth 1 https://github.com/GaelVaroquaux/ml_med_imaging_failures"


@pytest.fixture
def ncbi(httpserver: HTTPServer) -> str:
    """Answer as ESearch does."""

    def answer(request: Request) -> Response:
        asked_to_count = request.args.get("rettype") == "count"  # what the job would fetch is nothing
        number = 0 if not asked_to_count else 20 if "lung" in request.args["term"] or "breast" in request.args["term"] else 1000
        return Response(f"<eSearchResult><Count>{number}</Count><IdList/></eSearchResult>", mimetype="text/xml")

    httpserver.expect_request("/eutils/esearch.fcgi").respond_with_handler(answer)
    httpserver.expect_request("/api/query").respond_with_data(
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/"><title>x</title><o:totalResults>0</o:totalResults></feed>',
        content_type="application/atom+xml",
    )
    return httpserver.url_for("")


def test_its_commands_run(shared: Path, tmp_path: Path, ncbi: str) -> None:
    commands = bash_blocks("varoquaux2022.md")
    assert CLONE in commands
    commands = commands.replace(CLONE, f"ln -s '{shared / 'varoquaux2022'}' ml_med_imaging_failures")
    service = {
        "MINER_EUTILS_URL": f"{ncbi}eutils".replace("//eutils", "/eutils"),
        "MINER_ARXIV_URL": f"{ncbi}api/query".replace("//api", "/api"),
        "MINER_ARXIV_INTERVAL": "0",
        "MINER_STATE_DIR": str(tmp_path / "state"),
        "MINER_CONTACT": "tests@example.org",
        "NCBI_API_KEY": "tests",
    }
    done = run_commands(commands, tmp_path, miner_on_path(tmp_path), timeout=280, extra=service)
    assert "ansart2019predicting_table.csv (studies): 299 rows in use" in done.stdout
    assert "pMCI vs sMCI" in done.stdout
    page = (tmp_path / "failures" / "data" / "reports" / "varoquaux2022.html").read_text(encoding="utf-8")
    assert "28 of 28" in page
    assert "year,all_medical,lung_medical,breast_medical,all_ai,lung_ai,breast_ai\n2011,1000,20,20,1000,20,20\n" in done.stdout
