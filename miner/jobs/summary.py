"""What a run added: records, effects, and verdicts that are not what they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miner.errors import MinerError
from miner.store.news import count_news
from miner.store.runs import effects_of, last_summary, papers_of

if TYPE_CHECKING:
    import duckdb

    from miner.jobs.definition import Job
    from miner.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class StateBefore:
    """What there was of a job before a run."""

    papers: set[str]
    effects: dict[str, tuple[float, int | None]]
    verdicts: dict[str, str]


def before(con: duckdb.DuckDBPyConnection, job: str) -> StateBefore:
    """Note what there is of a job."""
    return StateBefore(papers_of(con, job), effects_of(con, job), last_summary(con, job).get("verdicts", {}))


def summarise(
    con: duckdb.DuckDBPyConnection, job: Job, earlier: StateBefore, run_id: str, words: Vocabulary | None = None
) -> dict[str, Any]:
    """Return what came with a run, as ``miner new`` counts it, and what went and changed since ``earlier``.

    A verdict is the direction of the primary trend of a metric with sample size and how sure it is; ``changed_verdicts`` has those that differ
    from the job's last run as ``[before, now]``.
    """
    papers, effects = count_news(con, run_id, job.name)
    now = effects_of(con, job.name)
    same = now.keys() & earlier.effects.keys()
    verdicts = {metric: verdict(con, job.name, metric, words) for metric in job.effects.metrics}
    changed = {m: [earlier.verdicts[m], v] for m, v in verdicts.items() if m in earlier.verdicts and earlier.verdicts[m] != v}
    return {
        "new_papers": papers,
        "new_effects": effects,
        "gone_papers": len(earlier.papers - papers_of(con, job.name)),
        "gone_effects": len(earlier.effects.keys() - now.keys()),
        "changed_effects": sum(now[e] != earlier.effects[e] for e in same),
        "verdicts": verdicts,
        "changed_verdicts": changed,
    }


def verdict(con: duckdb.DuckDBPyConnection, job: str, metric: str, words: Vocabulary | None) -> str:
    """Return the direction of the primary trend of a job's metric with sample size, and how sure it is."""
    from miner.meta.analysis.analyse import primary
    from miner.meta.analysis.evidence import strength
    from miner.meta.effects.scores import metric_of
    from miner.report.data import load

    try:
        effects = load(con, job, words=words).effects
        row = primary(effects[effects["metric"] == metric], metric_of(metric))
    except MinerError as error:
        return f"not computed: {error}"
    sure = strength(row.numbers["p"])
    if sure in {"none", "untested"}:
        return "no trend told from chance" if sure == "none" else "nothing can be tested"
    return f"{'falls' if row.numbers['beta'] < 0 else 'rises'} with sample size, {sure} evidence"
