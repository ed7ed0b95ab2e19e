"""Downloading the open PDFs of a job's papers: at the service's pace, so many a run, each checked and read as it comes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from miner.config import contact
from miner.errors import FullTextError, ParseError, ServiceError
from miner.fulltext.read import sniff
from miner.fulltext.sandbox import Sandbox
from miner.harvest.http import Budget, BudgetSpentError, Http, RefusedError
from miner.harvest.rawstore import RawStore
from miner.harvest.services import Service, arxiv_pdf_url, arxiv_service
from miner.jobs.loading.documents import as_file, store_outcome
from miner.jobs.partial import Partial
from miner.store.downloads import PendingDownload, count_pending, record_download, wanted
from miner.store.fulltexts import Origin, known_document
from miner.store.ledger import Ledger

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace

TRIES = 3  # of one PDF in one run; the next run tries again
GIVE_UP = 3  # failures one after another: the service is down
_IDENTIFIER = re.compile(r"\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7}")
_NONE = {403: "the service does not give it", 404: "the service has no PDF of it", 410: "the PDF was withdrawn"}


@dataclass(slots=True)
class FetchReport(Partial):
    """What a run of downloads did; ``left`` is what the budget left for the next run, ``failed`` what will be tried again."""

    downloaded: int = 0
    read: int = 0
    unreadable: int = 0
    refused: int = 0
    failed: int = 0
    left: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def partial(self) -> bool:
        """Whether something failed that will be tried again; what the budget left is no failure."""
        return self.failed > 0


def fetch_fulltexts(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    job: str,
    *,
    limit: int,
    say: Callable[[str], None] = lambda _: None,
    budget: Budget | None = None,
) -> FetchReport:
    """Download and read the PDFs of a job's arXiv papers, those never tried first.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    workspace : Workspace
        Its raw store keeps the PDFs.
    job : str
        Whose papers.
    limit : int
        How many are asked for in this run; the next goes on with the rest.
    say : callable
        Told of progress.
    budget : Budget, optional
        Requests and seconds that the run may spend.

    Returns
    -------
    FetchReport
        Each download is recorded as it is done, so that a run that was stopped loses none.
    """
    report = FetchReport()
    http = Http(contact(workspace), RawStore(workspace.raw), budget, say)
    base = arxiv_pdf_url()
    service = arxiv_service(base)
    ledger = Ledger(con, job, "arxiv-pdf", "pdf")
    misses = 0
    with Sandbox() as sandbox:
        for paper in wanted(con, job, limit):
            try:
                done = _fetch(con, http, service, base, paper, sandbox, report)
            except BudgetSpentError as error:
                say(f"full texts: {error.what}")
                break
            ledger.log(http.log)
            http.log.clear()
            misses = 0 if done else misses + 1
            if misses >= GIVE_UP:
                say("full texts: the service seems to be down; the next run goes on")
                break
    report.left = count_pending(con, job)
    say(
        f"full texts: {report.downloaded} downloaded, {report.read} read, {report.refused} not to be had, {report.failed} failed, {report.left} left"
    )
    return report


def _fetch(
    con: duckdb.DuckDBPyConnection, http: Http, service: Service, base: str, paper: PendingDownload, sandbox: Sandbox, report: FetchReport
) -> bool:
    """Download and read one PDF; return False where the service failed."""
    if not _IDENTIFIER.fullmatch(paper.arxiv_id):  # what a feed says must not become another address
        record_download(con, paper, base, "refused", reason="not an identifier of arXiv")
        report.refused += 1
        return True
    url = f"{base}/{paper.arxiv_id}v{paper.version}"
    try:
        content, sha256 = http.fetch(service, url, _pdf, tries=TRIES)
    except RefusedError as error:
        record_download(con, paper, url, "refused", reason=_NONE.get(error.status, error.what))
        report.refused += 1
        return True
    except ServiceError as error:
        record_download(con, paper, url, "failed", reason=error.what)
        report.failed += 1
        report.errors.append(f"{paper.paper_id}: {error.what}")
        return False
    report.downloaded += 1
    known = known_document(con, sha256)
    if known is None or not known.current or known.paper_id != paper.paper_id:
        with as_file(content, "pdf") as path:
            outcome = sandbox.read(path)
        stored = store_outcome(con, outcome, Origin(sha256, None, url, paper.license), paper_id=paper.paper_id)
        report.read += stored.state == "read"
        report.unreadable += stored.state == "failed"
    record_download(con, paper, url, "done", raw_sha256=sha256)
    return True


def _pdf(content: bytes, sha256: str) -> tuple[bytes, str]:
    """Check that an answer is a whole PDF."""
    kind = sniff(content[:4096])
    if kind != "pdf":
        raise ParseError(f"{_WORDS.get(kind, 'something')} in place of a PDF")
    if b"%%EOF" not in content[-4096:] and b"startxref" not in content[-4096:]:
        raise FullTextError("a PDF that is cut short")
    return content, sha256


_WORDS = {"html": "an HTML page", "empty": "nothing", "xml": "XML", "gzip": "a gzip file", "zip": "a zip file"}
