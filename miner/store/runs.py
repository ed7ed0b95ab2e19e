"""Jobs and their runs, as they are recorded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from miner.store.connect import transaction
from miner.store.rows import now, scalar

if TYPE_CHECKING:
    import duckdb

INTERRUPTED = "interrupted"
_EFFECTS = """SELECT e.effect_id, e.estimate, e.n FROM v_effect e
              WHERE e.origin = 'extracted' AND e.paper_id IN (SELECT paper_id FROM paper_job WHERE job = ?)"""
_LAST = """SELECT s.counts FROM job_step s JOIN job_run r USING (run_id)
           WHERE r.job = ? AND s.step = 'summary' ORDER BY r.started DESC LIMIT 1"""


def write_job(con: duckdb.DuckDBPyConnection, name: str, question: str, definition: dict[str, Any]) -> None:
    """Record a job as it is defined now."""
    con.execute(
        "INSERT INTO job VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET question = excluded.question, definition = excluded.definition",
        [name, question, json.dumps(definition, sort_keys=True, ensure_ascii=False)],
    )


def begin_run(con: duckdb.DuckDBPyConnection, job: str) -> str:
    """Record that a run of a job begins, and return its identifier: the time, then the job's name."""
    started = now("microseconds")
    run_id = f"{started[:19].replace(':', '').replace('-', '')}-{started[20:26]}-{job}"
    con.execute("INSERT INTO job_run (run_id, job, state, started) VALUES (?, ?, 'running', ?)", [run_id, job, started])
    return run_id


def record_step(
    con: duckdb.DuckDBPyConnection, run_id: str, number: int, step: str, state: str, counts: dict[str, Any], message: str | None = None
) -> None:
    """Record what one step of a run did."""
    con.execute(
        "INSERT INTO job_step VALUES (?, ?, ?, ?, ?, ?)", [run_id, number, step, state, json.dumps(counts, ensure_ascii=False), message]
    )


def end_run(con: duckdb.DuckDBPyConnection, run_id: str, state: str, message: str | None) -> None:
    """Record that a run has ended."""
    con.execute("UPDATE job_run SET state = ?, finished = ?, message = ? WHERE run_id = ?", [state, now("microseconds"), message, run_id])


def mend_interrupted(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Say of runs that are called running that they were interrupted, and return them: who calls this holds the lock, so whoever wrote that is dead."""
    dead = con.execute(
        "UPDATE job_run SET state = 'failed', message = ? WHERE state = 'running' RETURNING run_id", [INTERRUPTED]
    ).fetchall()
    return [str(run) for (run,) in dead]


def papers_of(con: duckdb.DuckDBPyConnection, job: str) -> set[str]:
    """Return the records that a job has brought."""
    return {str(i) for (i,) in con.execute("SELECT paper_id FROM paper_job WHERE job = ?", [job]).fetchall()}


def effects_of(con: duckdb.DuckDBPyConnection, job: str) -> dict[str, tuple[float, int | None]]:
    """Return the extracted effects of a job's records: estimate and n by effect_id."""
    return {e: (estimate, n) for e, estimate, n in con.execute(_EFFECTS, [job]).fetchall()}


def summary_before(con: duckdb.DuckDBPyConnection, job: str, time: str) -> dict[str, Any]:
    """Return the summary of a job's last run that began before a time; empty if there was none."""
    found = scalar(con, _LAST.replace("ORDER BY", "AND r.started < ? ORDER BY"), [job, time])
    return dict(json.loads(found)) if found else {}


def last_summary(con: duckdb.DuckDBPyConnection, job: str) -> dict[str, Any]:
    """Return the summary of a job's last run; empty if there was none."""
    last = scalar(con, _LAST, [job])
    return dict(json.loads(last)) if last else {}


def jobs_known(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the jobs that the database knows by their definition or their ledger."""
    return {str(j) for (j,) in con.execute("SELECT job FROM job UNION SELECT job FROM crawl").fetchall()}


def last_run(con: duckdb.DuckDBPyConnection, job: str) -> tuple[str | None, str | None]:
    """Return when a job's last run began, and its state; None for both where it never ran."""
    row = con.execute("SELECT started, state FROM job_run WHERE job = ? ORDER BY started DESC LIMIT 1", [job]).fetchone()
    return (row[0], row[1]) if row else (None, None)


def only_of_job(con: duckdb.DuckDBPyConnection, job: str) -> list[str]:
    """Return the records that this job alone brought."""
    rows = con.execute(
        "SELECT paper_id FROM paper_job GROUP BY paper_id HAVING count(*) = 1 AND any_value(job) = ? ORDER BY 1", [job]
    ).fetchall()
    return [str(i) for (i,) in rows]


def delete_job(con: duckdb.DuckDBPyConnection, job: str) -> None:
    """Take a job out of the database: its definition, its ledger, and that it brought its records. Runs and answers stay on record."""
    with transaction(con):
        for table in ("crawl_window", "crawl", "paper_job", "job"):
            con.execute(f"DELETE FROM {table} WHERE job = ?", [job])  # noqa: S608 -- names of ours
