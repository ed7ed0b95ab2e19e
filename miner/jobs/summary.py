"""What a run added: records, effects, and verdicts that are not what they were."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miner.errors import MinerError
from miner.store.rows import scalar

if TYPE_CHECKING:
    import duckdb

    from miner.jobs.job import Job

_PAPERS = "SELECT count(*) FROM paper_job WHERE job = ?"
_EFFECTS = """SELECT e.effect_id, e.estimate, e.n FROM v_effect e
              WHERE e.origin = 'extracted' AND e.paper_id IN (SELECT paper_id FROM paper_job WHERE job = ?)"""
_LAST = """SELECT s.counts FROM job_step s JOIN job_run r USING (run_id)
           WHERE r.job = ? AND s.step = 'summary' ORDER BY r.started DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Before:
    """What there was of a job before a run."""

    papers: int
    effects: dict[str, tuple[float, int | None]]
    verdicts: dict[str, str]


def before(con: duckdb.DuckDBPyConnection, job: str) -> Before:
    """Note what there is of a job."""
    last = scalar(con, _LAST, [job])
    verdicts = json.loads(last).get("verdicts", {}) if last else {}
    return Before(int(scalar(con, _PAPERS, [job])), _effects(con, job), verdicts)


def _effects(con: duckdb.DuckDBPyConnection, job: str) -> dict[str, tuple[float, int | None]]:
    return {e: (estimate, n) for e, estimate, n in con.execute(_EFFECTS, [job]).fetchall()}


def summarise(con: duckdb.DuckDBPyConnection, job: Job, earlier: Before) -> dict[str, Any]:
    """Return what came, went and changed since ``earlier``.

    A verdict is the direction of the primary trend of a metric with sample size and how sure it is; ``changed_verdicts`` has those that differ
    from the job's last run as ``[before, now]``.
    """
    now = _effects(con, job.name)
    same = now.keys() & earlier.effects.keys()
    verdicts = {metric: _verdict(con, job, metric) for metric in job.effects.metrics}
    changed = {m: [earlier.verdicts[m], v] for m, v in verdicts.items() if m in earlier.verdicts and earlier.verdicts[m] != v}
    return {
        "new_papers": int(scalar(con, _PAPERS, [job.name])) - earlier.papers,
        "new_effects": len(now.keys() - earlier.effects.keys()),
        "gone_effects": len(earlier.effects.keys() - now.keys()),
        "changed_effects": sum(now[e] != earlier.effects[e] for e in same),
        "verdicts": verdicts,
        "changed_verdicts": changed,
    }


def _verdict(con: duckdb.DuckDBPyConnection, job: Job, metric: str) -> str:
    from miner.report.analysis import primary
    from miner.report.data import load

    try:
        effects = load(con, job.name).effects
        row = primary(effects[effects["metric"] == metric])
    except MinerError as error:
        return f"not computed: {error}"
    direction = "falls" if row.numbers["beta"] < 0 else "rises"
    p = row.numbers["p"]
    sure = "clear" if p < 0.005 else "weak" if p < 0.05 else "none"
    return "no trend told from chance" if sure == "none" else f"{direction} with sample size, {sure} evidence"
