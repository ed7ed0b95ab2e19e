"""What the workspace holds: the figures of ``miner status``."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from miner.errors import StoreError
from miner.store.holder import Holder, read_holder
from miner.store.rows import dicts, scalar
from miner.store.runs import INTERRUPTED

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
    "extracted effects": "SELECT count(*) FROM v_effect WHERE origin = 'extracted'",
    "records that could not be imported": "SELECT count(*) FROM import_problem",
}
_RUNS = "SELECT run_id, job, state, started, finished, message FROM job_run ORDER BY started DESC LIMIT 20"
# A run that ends by its limit says so in its step; a window that is planned though some of it came says so too, of harvests outside of jobs.
_CRAWL = """
    WITH said AS (
        SELECT r.job, s.step, arg_max(CAST(s.counts AS JSON) ->> 'limited' = 'true', r.started) AS limited
        FROM job_step s JOIN job_run r USING (run_id) WHERE s.step LIKE 'harvest %' GROUP BY ALL)
    SELECT c.job, c.source, count(*) AS windows, count(*) FILTER (c.state = 'done') AS done, coalesce(sum(c.received), 0)::BIGINT AS received,
        windows > done AND coalesce(bool_or(s.limited), bool_or(c.state = 'planned' AND c.received > 0)) AS limited,
        c.job IN (SELECT job FROM job) AS defined
    FROM v_crawl c LEFT JOIN said s ON s.job = c.job AND s.step = 'harvest ' || c.source GROUP BY c.job, c.source ORDER BY c.job, c.source"""


def read_status(workspace: Workspace) -> dict[str, Any]:
    """Return counts, the last runs and the crawl's windows; from the database, or from the snapshot while another process writes."""
    found: dict[str, Any] = {"workspace": str(workspace.root), "snapshot": None, "writer": None, "counts": {}, "runs": [], "crawl": []}
    if workspace.current.exists():
        found["snapshot"] = workspace.current.resolve().name
    con = open_newest(workspace, found)
    if con is None:
        return found
    with con:
        found["counts"] = counted(con)
        found["runs"] = _as_they_are(workspace, dicts(con, _RUNS), read_holder(workspace) if found["writer"] else None)
        found["crawl"] = dicts(con, _CRAWL)
    return found


def _as_they_are(workspace: Workspace, runs: list[dict[str, Any]], holder: Holder | None) -> list[dict[str, Any]]:
    """Return runs with the state that they have: one that is called running is, only if it is the run of who holds the database.

    A run that was killed never wrote its end, and the snapshot that a run published before its end calls it running for ever: what its log
    says last counts, else it was interrupted.
    """
    at_work = holder.run if holder else None
    for run in runs:
        if run["state"] == "running" and run["run_id"] != at_work:
            run.update(_end_in_log(workspace, run["run_id"]) or {"state": "failed", "message": INTERRUPTED})
    if holder is not None and at_work is not None and all(r["run_id"] != at_work for r in runs):
        job = at_work.split("-", 2)[2]
        runs = [{"run_id": at_work, "job": job, "state": "running", "started": holder.since, "finished": None, "message": None}, *runs]
    return runs


def _end_in_log(workspace: Workspace, run_id: str) -> dict[str, Any] | None:
    try:
        last = json.loads((workspace.logs / f"{run_id}.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    except (OSError, ValueError, IndexError):
        return None
    return {"state": last["state"], "finished": last["time"]} if last.get("event") == "ended" else None


def counted(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return how many papers, documents, values and effects there are."""
    return {name: int(scalar(con, sql)) for name, sql in _COUNTS.items()}


def last_starts(workspace: Workspace) -> dict[str, datetime]:
    """Return when each job last started."""
    con = open_newest(workspace, {})
    if con is None:
        return {}
    with con:
        rows = con.execute("SELECT job, max(started) FROM job_run GROUP BY job").fetchall()
    return {job: datetime.fromisoformat(started) for job, started in rows}


def open_newest(workspace: Workspace, found: dict[str, Any]) -> duckdb.DuckDBPyConnection | None:
    """Open the database read-only, or the snapshot while another process writes, who is noted in ``found``; None where neither is there."""
    import duckdb

    from miner.store.connect import open_reader

    if workspace.database.exists():
        try:
            return duckdb.connect(str(workspace.database), read_only=True)
        except (duckdb.IOException, duckdb.ConnectionException):  # held by another process, or open for writing in this one
            found["writer"] = str(read_holder(workspace) or "another process")
    try:
        return open_reader(workspace.current)
    except StoreError:
        return None


def to_prometheus(found: dict[str, Any]) -> str:
    """Return what :func:`read_status` found in Prometheus' text format (0.0.4), for node_exporter's textfile collector."""
    lines = ["# HELP miner_records Things in the workspace, by kind.", "# TYPE miner_records gauge"]
    lines += [f'miner_records{{kind="{_label(name)}"}} {count}' for name, count in found["counts"].items()]
    lines += ["# HELP miner_crawl_windows Windows of a crawl.", "# TYPE miner_crawl_windows gauge"]
    for row in found["crawl"]:
        names = f'job="{_label(row["job"])}",source="{_label(row["source"])}"'
        lines.append(f'miner_crawl_windows{{{names},state="done"}} {row["done"]}')
        lines.append(f'miner_crawl_windows{{{names},state="open"}} {row["windows"] - row["done"]}')
    last: dict[str, dict[str, Any]] = {}
    for run in found["runs"]:
        last.setdefault(run["job"], run)
    lines += ["# HELP miner_run_started_seconds Start of the last run of a job, Unix time.", "# TYPE miner_run_started_seconds gauge"]
    lines += [
        f'miner_run_started_seconds{{job="{_label(j)}"}} {datetime.fromisoformat(r["started"]).timestamp():.0f}' for j, r in last.items()
    ]
    lines += ["# HELP miner_run_state Whether the last run of a job is in this state.", "# TYPE miner_run_state gauge"]
    for job, run in last.items():
        lines += [
            f'miner_run_state{{job="{_label(job)}",state="{s}"}} {int(run["state"] == s)}' for s in ("running", "done", "partial", "failed")
        ]
    return "\n".join(lines) + "\n"


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
