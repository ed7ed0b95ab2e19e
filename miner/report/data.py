"""What a report needs from the snapshot, read once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.store.rows import scalar

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

# An accuracy can be analysed where it is a proportion of a known number of units, and the paper stands.
_USABLE = """e.n IS NOT NULL AND e.estimate BETWEEN 0 AND 1 AND e.decided NOT LIKE 'reject%'
    AND NOT coalesce(p.retracted, FALSE) AND NOT coalesce(p.withdrawn, FALSE)"""
_EFFECTS = """SELECT e.effect_id, e.study_id, e.origin, e.reference, e.task, e.metric, e.estimate, e.n, e.n_unit, e.n_role,
    coalesce(e.year, p.year) AS year, e.condition, e.modality, e.validation, e.decided, e.paper_id, p.title, p.doi, p.arxiv_id, p.pmid,
    e.performance_extraction_id, e.sample_size_extraction_id
    FROM v_effect e LEFT JOIN paper p ON p.paper_id = e.paper_id"""
_ORDER = " ORDER BY e.origin, e.year, e.reference, e.paper_id, e.task, e.metric, e.effect_id"


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence with the place of the value in it."""

    extraction_id: str
    before: str
    value: str
    after: str
    page: int | None
    rule: str


@dataclass(frozen=True, slots=True)
class ReportData:
    """All that a report shows, before any computation.

    ``effects`` are those of the job that can be analysed; ``imported`` those that reviews reported; ``quotes`` the evidence of each
    extraction that an effect rests on.
    """

    job: str | None
    question: str
    metrics: tuple[str, ...]
    tasks: tuple[str, ...]
    definition: dict[str, Any]
    effects: pd.DataFrame
    imported: pd.DataFrame
    flow: list[tuple[str, str, str, int]]
    quotes: dict[str, Quote] = field(repr=False)
    counts: dict[str, int] = field(default_factory=dict)
    rules: list[tuple[str, str, str]] = field(default_factory=list)
    parsers: list[tuple[str, str]] = field(default_factory=list)


def load(con: duckdb.DuckDBPyConnection, job: str | None = None) -> ReportData:
    """Read a job's part of the snapshot, or all of it where no job is named.

    Raises
    ------
    UsageError
        If the snapshot knows no such job.
    """
    rows = con.execute("SELECT question, definition FROM job WHERE job = ?", [job]).fetchall() if job else []
    row = rows[0] if rows else None
    if job and row is None:
        known = [r[0] for r in con.execute("SELECT job FROM job ORDER BY job").fetchall()]
        raise UsageError(f"the published snapshot has no job {job!r}", hint=f"it has: {', '.join(known) or 'none; run one first'}")
    definition = json.loads(row[1]) if row else {}
    chosen = definition.get("effects", {})
    metrics = tuple(chosen.get("metrics", ["accuracy"]))
    tasks = tuple(chosen.get("tasks", []))
    effects = _effects(con, job, metrics, tasks)
    return ReportData(
        job=job,
        question=row[0] if row else "Does reported accuracy depend on sample size, over everything in the database?",
        metrics=metrics,
        tasks=tasks,
        definition=definition,
        effects=effects,
        imported=_imported(con),
        flow=_flow(con, job),
        quotes=_quotes(con, effects),
        counts=_counts(con, job),
        rules=con.execute("SELECT DISTINCT rule_id, rule_version, rule_sha256 FROM extraction_pass ORDER BY ALL").fetchall(),
        parsers=con.execute("SELECT DISTINCT parser, parser_version FROM document WHERE parser <> 'abstract' ORDER BY ALL").fetchall(),
    )


def _effects(con: duckdb.DuckDBPyConnection, job: str | None, metrics: tuple[str, ...], tasks: tuple[str, ...]) -> pd.DataFrame:
    where = [_USABLE, "e.origin = 'extracted'", "list_contains($metrics, e.metric)"]
    values: dict[str, Any] = {"metrics": list(metrics)}
    if tasks:
        where.append("list_contains($tasks, e.task)")
        values["tasks"] = list(tasks)
    if job:
        where.append("e.paper_id IN (SELECT paper_id FROM paper_job WHERE job = $job)")
        values["job"] = job
    return con.execute(f"{_EFFECTS} WHERE {' AND '.join(where)} {_ORDER}", values).df()


def _imported(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return con.execute(f"{_EFFECTS} WHERE {_USABLE} AND e.origin <> 'extracted' AND e.metric = 'accuracy' {_ORDER}").df()


def _flow(con: duckdb.DuckDBPyConnection, job: str | None) -> list[tuple[str, str, str, int]]:
    """Return the PRISMA flow ``(stage, source, reason, count)`` of the job's records."""
    inside = "WHERE paper_id IN (SELECT paper_id FROM paper_job WHERE job = $job)" if job else ""
    return con.execute(
        f"SELECT stage, source, reason, count(*) FROM v_paper_flow {inside} GROUP BY ALL ORDER BY ALL",  # noqa: S608 -- texts of ours
        {"job": job} if job else None,
    ).fetchall()


def _quotes(con: duckdb.DuckDBPyConnection, effects: pd.DataFrame) -> dict[str, Quote]:
    import pandas as pd

    wanted = pd.concat([effects["performance_extraction_id"], effects["sample_size_extraction_id"]]).dropna().unique().tolist()
    rows = con.execute(
        """SELECT x.extraction_id, coalesce(d.text, p.title || chr(10) || p.abstract), x."start", x."end", x.quote, x.sentence, x.page,
                  x.rule_id || ' ' || x.rule_version
           FROM extraction x JOIN document d USING (document_id) JOIN paper p ON p.paper_id = x.paper_id
           WHERE list_contains($wanted, x.extraction_id)""",
        {"wanted": wanted},
    ).fetchall()
    return {row[0]: quote(*row) for row in rows}


def quote(extraction_id: str, text: str, start: int, end: int, value: str, sentence: str | None, page: int | None, rule: str) -> Quote:
    """Return the sentence around a value, cut at the value; where the text has changed since, the value alone."""
    if sentence and text[start:end] == value:
        at = text.rfind(sentence, 0, start + len(sentence))
        if 0 <= at <= start and end <= at + len(sentence):
            return Quote(extraction_id, text[at:start], value, text[end : at + len(sentence)], page, rule)
    return Quote(extraction_id, "", value, "", page, rule)


def _counts(con: duckdb.DuckDBPyConnection, job: str | None) -> dict[str, int]:
    inside = "WHERE paper_id IN (SELECT paper_id FROM paper_job WHERE job = $job)" if job else ""
    values = {"job": job} if job else None
    names = {"papers": "paper", "documents": "document", "sample sizes": "v_sample_size", "performances": "v_performance"}
    counts = {}
    for name, table in names.items():
        counts[name] = scalar(con, f"SELECT count(*) FROM {table} {inside}", values)  # noqa: S608 -- texts of ours
    return counts
