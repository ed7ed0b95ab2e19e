"""What a report leaves out of what could be analysed, as counted reasons: in the flow of records, and in a sentence where few values are left."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from miner.say import counted
from miner.store.reports import included_records, other_metrics, paper_flow, studies_rejected, studies_with

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import duckdb
    import pandas as pd

FEW = 10
"""Values below which a report also names what other metrics there would be: of so few, methods ask for caution anyway."""
_REJECTED = "rejected by a reviewer"
_TASKS, _OUTSIDE = "on none of the job's tasks", "on a question outside medicine"
_METRICS, _UNFIT, _QUERY = (
    "with none of the metrics asked for",
    "with a value that cannot be analysed",
    "not in what the report's query gives",
)


def report_flow(
    con: duckdb.DuckDBPyConnection,
    job: str | None,
    effects: pd.DataFrame,
    usable: pd.DataFrame | None,
    metrics: Iterable[str],
    *,
    tasks: bool,
) -> list[tuple[str, str, str, int]]:
    """Return the PRISMA flow ``(stage, source, reason, count)`` in which only records with a value in the report are included.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A reader of the snapshot.
    job : str or None
        The job whose records they are.
    effects, usable : pandas.DataFrame
        What the report shows; and what it chose from, of these metrics, None where a query chose.
    metrics : iterable of str
        Those asked for.
    tasks : bool
        Whether the job names tasks.
    """
    kept = _identifiers(effects)
    rows = paper_flow(con, job)
    if not kept and usable is None:
        return rows  # a query that names no records
    before = set() if usable is None else _identifiers(usable)
    asked = studies_with(con, job, list(metrics))
    rejected = studies_rejected(con, job, list(metrics)) - asked
    included: Counter[tuple[str, str, str]] = Counter()
    for paper, source, study in included_records(con, job):
        own = {paper, study}
        if own & kept:
            included["included", source, "with a value in the report"] += 1
        elif usable is None:
            included["excluded", source, _QUERY] += 1
        elif own & before:
            included["excluded", source, _TASKS if tasks else _OUTSIDE] += 1
        else:
            included["excluded", source, _UNFIT if own & asked else _REJECTED if own & rejected else _METRICS] += 1
    for stage, source, reason, count in rows:
        if stage != "included":
            included[stage, source, reason] += count
    return sorted((*key, count) for key, count in included.items())


def _identifiers(effects: pd.DataFrame) -> set[Any]:
    return {i for column in ("study_id", "paper_id") for i in effects[column] if isinstance(i, str)}


def taken_by_tasks(usable: pd.DataFrame, effects: pd.DataFrame) -> dict[str, int]:
    """Return how many values of each metric the choice of tasks took."""
    left = effects["metric"].value_counts()
    return {str(m): int(n - left.get(m, 0)) for m, n in usable["metric"].value_counts().items() if n > left.get(m, 0)}


def filter_words(con: duckdb.DuckDBPyConnection, job: str | None, chosen: Mapping[str, Any], taken: Mapping[str, int], left: int) -> str:
    """Say how many values the job's tasks took, and of a report with few values how many there are of other metrics; empty where nothing is to be said."""
    said = []
    if chosen.get("tasks") and taken:
        many, there = sum(taken.values()), left + sum(taken.values())
        said.append(
            f"The job's choice of tasks ({', '.join(chosen['tasks'])}) leaves out {many:,} of {counted(there, 'value')} that could be analysed:"
            " without the key tasks in the job all are in."
        )
    others = other_metrics(con, job, list(chosen.get("metrics", ["accuracy"]))) if left < FEW else []
    if others:
        named = ", ".join(f"{name} {count:,}" for name, count in others[:5])
        said.append(
            f"Of other metrics with a sample size, which the job does not ask for, there {'is' if others[0][1] == 1 and len(others) == 1 else 'are'}: {named}."
        )
    return " ".join(said)
