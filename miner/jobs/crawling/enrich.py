"""What can be had for papers that are here: citation counts and references by OpenAlex, full texts from PMC's public bucket."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from miner.config import contact
from miner.errors import MinerError, ServiceError, StoreError
from miner.harvest.http import Budget, BudgetSpentError, Http
from miner.harvest.openalex import OpenAlexSource
from miner.harvest.pmc import PmcBucket
from miner.harvest.rawstore import RawStore
from miner.harvest.source import Say
from miner.jobs.loading.documents import import_documents
from miner.jobs.partial import Partial
from miner.store.citations import papers_to_look_up, write_citations
from miner.store.downloads import papers_in_pmc
from miner.store.ledger import Ledger

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace

GIVE_UP = 3  # errors one after another: the service is down


@dataclass(slots=True)
class EnrichReport(Partial):
    """What was asked for, found, and not there. ``partial`` is true where something is left to be tried again."""

    source: str
    asked: int = 0
    found: int = 0
    absent: int = 0
    requests: int = 0
    files: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def partial(self) -> bool:
        """Whether something is left that was asked for."""
        return bool(self.errors)


def fetch_citations(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    job: str,
    *,
    limit: int | None = None,
    say: Say = lambda _: None,
    budget: Budget | None = None,
) -> EnrichReport:
    """Ask OpenAlex how often the papers are cited and what they cite, 50 at a time; those without a count come first.

    Raises
    ------
    ConfigError
        If there is no key.
    """
    http = Http(contact(workspace), RawStore(workspace.raw), budget, say)
    source, ledger = OpenAlexSource(http), Ledger(con, job, "openalex", "citations")
    papers = papers_to_look_up(con, limit)
    report = EnrichReport("openalex", asked=len(papers))
    try:
        for batch in source.citations(papers):
            write_citations(con, batch)
            report.found += len(batch)
    except (ServiceError, BudgetSpentError) as error:
        report.errors.append(str(error))
        say(f"openalex: {error}")
    finally:
        ledger.log(http.log)
        report.requests = http.budget.asked
    report.absent = report.asked - report.found
    return report


def fetch_pmc(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    job: str,
    *,
    limit: int | None = None,
    say: Say = lambda _: None,
    budget: Budget | None = None,
) -> EnrichReport:
    """Fetch and read the JATS of papers that have a PMC identifier; what lies in ``data/fulltext/pmc`` is not fetched again."""
    http = Http(contact(workspace), RawStore(workspace.raw), budget, say)
    bucket, ledger = PmcBucket(http), Ledger(con, job, "pmc", "full texts")
    folder = workspace.data / "fulltext" / "pmc"
    todo = [pmcid for pmcid in papers_in_pmc(con) if not any(folder.glob(f"{pmcid}.*"))][:limit]
    report, failed = EnrichReport("pmc", asked=len(todo)), 0
    try:
        for pmcid in todo:
            try:
                path = _fetch_one(bucket, pmcid, folder)
                failed = 0
            except BudgetSpentError as error:
                report.errors.append(str(error))
                break
            except StoreError:
                raise
            except MinerError as error:
                failed += 1
                report.errors.append(f"{pmcid}: {error}")
                say(f"pmc: {pmcid}: {error}")
                if failed >= GIVE_UP:
                    break
                continue
            report.found, report.absent = report.found + (path is not None), report.absent + (path is None)
            report.files += [str(path)] if path else []
    finally:
        ledger.log(http.log)
        report.requests = http.budget.asked
    for document in import_documents(con, workspace, [Path(p) for p in report.files], job=job):
        if document.reason:
            report.errors.append(f"{document.file}: {document.reason}")
    return report


def _fetch_one(bucket: PmcBucket, pmcid: str, folder: Path) -> Path | None:
    article = bucket.fetch(pmcid)
    if article is None:
        return None
    path = folder / article.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(article.content)
        part.replace(path)
    except OSError as error:
        raise StoreError(f"cannot keep a full text: {error.strerror}", where=str(path), hint="free some space, run again") from error
    return path
