"""What the workspace holds: the figures of ``miner status``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miner.errors import StoreError
from miner.store.rows import dicts, scalar

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace

_COUNTS = {
    "papers": "SELECT count(*) FROM v_paper",
    "papers from arxiv": "SELECT count(*) FROM v_paper WHERE source = 'arxiv'",
    "papers from pubmed": "SELECT count(*) FROM v_paper WHERE source = 'pubmed'",
    "documents": "SELECT count(*) FROM document",
    "full texts read": "SELECT count(*) FROM document WHERE kind <> 'abstract' AND state = 'read'",
    "documents that could not be read": "SELECT count(*) FROM document WHERE state = 'failed'",
    "sample sizes": "SELECT count(*) FROM v_sample_size",
    "performances": "SELECT count(*) FROM v_performance",
    "effects": "SELECT count(*) FROM v_effect",
    "records that could not be imported": "SELECT count(*) FROM import_problem",
}
_RUNS = "SELECT run_id, job, state, started, finished, message FROM job_run ORDER BY started DESC LIMIT 5"
_CRAWL = """SELECT job, source, count(*) AS windows, count(*) FILTER (state = 'done') AS done, coalesce(sum(received), 0)::BIGINT AS received
            FROM v_crawl GROUP BY job, source ORDER BY job, source"""


def read_status(workspace: Workspace) -> dict[str, Any]:
    """Return counts, the last runs and the crawl's windows; from the database, or from the snapshot while another process writes."""
    found: dict[str, Any] = {"workspace": str(workspace.root), "snapshot": None, "writer": None, "counts": {}, "runs": [], "crawl": []}
    if workspace.current.exists():
        found["snapshot"] = workspace.current.resolve().name
    con = _open(workspace, found)
    if con is None:
        return found
    with con:
        for name, sql in _COUNTS.items():
            found["counts"][name] = scalar(con, sql)
        found["runs"] = dicts(con, _RUNS)
        found["crawl"] = dicts(con, _CRAWL)
    return found


def _open(workspace: Workspace, found: dict[str, Any]) -> duckdb.DuckDBPyConnection | None:
    import duckdb

    from miner.store.connect import open_reader

    if workspace.database.exists():
        try:
            return duckdb.connect(str(workspace.database), read_only=True)
        except duckdb.IOException:
            holder = workspace.lock.with_suffix(".pid")
            found["writer"] = holder.read_text(encoding="utf-8").strip() if holder.exists() else "another process"
    try:
        return open_reader(workspace.current)
    except StoreError:
        return None
