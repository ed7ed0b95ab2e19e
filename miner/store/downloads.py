"""Which full texts have been downloaded, which could not be, and which are still to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from miner.store.rows import scalar

if TYPE_CHECKING:
    import duckdb

ATTEMPTS = 5  # runs in which a paper's PDF is asked for, before it is given up until the paper's next version

# A record of the job whose present version has not been downloaded, refused, or tried too often; imported by hand counts as there.
_WAITING = """
FROM paper p JOIN paper_job j USING (paper_id)
LEFT JOIN fulltext_download d ON d.paper_id = p.paper_id AND d.kind = 'pdf' AND d.version >= p.version
WHERE j.job = ? AND p.source = 'arxiv' AND p.arxiv_id IS NOT NULL AND NOT p.withdrawn AND NOT p.retracted
  AND (d.paper_id IS NULL OR (d.state = 'failed' AND d.attempts < ?))
  AND NOT EXISTS (SELECT 1 FROM document x WHERE x.paper_id = p.paper_id AND x.kind = 'pdf' AND x.url IS NULL AND x.state = 'read')
"""


@dataclass(frozen=True, slots=True)
class PendingDownload:
    """A paper whose PDF is still to be downloaded."""

    paper_id: str
    arxiv_id: str
    version: int
    license: str | None


def wanted(con: duckdb.DuckDBPyConnection, job: str, limit: int) -> list[PendingDownload]:
    """Return the papers of a job to ask for next: those never tried before those that failed, newest first."""
    rows = con.execute(
        "SELECT p.paper_id, p.arxiv_id, p.version, p.license "
        + _WAITING
        + " ORDER BY coalesce(d.attempts, 0), p.published DESC NULLS LAST, p.paper_id LIMIT ?",
        [job, ATTEMPTS, limit],
    ).fetchall()
    return [PendingDownload(*row) for row in rows]


def count_pending(con: duckdb.DuckDBPyConnection, job: str) -> int:
    """Return how many papers of a job are still to be asked for."""
    return int(scalar(con, "SELECT count(*) " + _WAITING, [job, ATTEMPTS]))


def record_download(
    con: duckdb.DuckDBPyConnection,
    paper: PendingDownload,
    url: str,
    state: str,
    *,
    reason: str | None = None,
    raw_sha256: str | None = None,
) -> None:
    """Record one try; attempts are counted anew for each version of the paper."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    con.execute(
        """INSERT INTO fulltext_download VALUES (?, 'pdf', ?, ?, ?, 1, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET
           attempts = CASE WHEN excluded.version = fulltext_download.version THEN fulltext_download.attempts + 1 ELSE 1 END,
           version = excluded.version, url = excluded.url, state = excluded.state, reason = excluded.reason,
           license = excluded.license, raw_sha256 = excluded.raw_sha256, tried_at = excluded.tried_at""",
        [paper.paper_id, paper.version, url, state, reason, paper.license, raw_sha256, now],
    )


def papers_in_pmc(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the PMC identifiers of all papers that have one."""
    return [r[0] for r in con.execute("SELECT DISTINCT pmcid FROM paper WHERE pmcid IS NOT NULL ORDER BY 1").fetchall()]
