"""What a report needs from the snapshot, read once."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from miner.errors import QueryError, UsageError
from miner.report.pools import pooled
from miner.store.rows import scalar
from miner.vocabulary import Vocabulary, vocabulary

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

# An accuracy can be analysed where it is a proportion of a known number of units, and the paper stands.
_USABLE = """e.n IS NOT NULL AND e.estimate BETWEEN 0 AND 1 AND e.decided NOT LIKE 'reject%'
    AND NOT coalesce(p.retracted, FALSE) AND NOT coalesce(p.withdrawn, FALSE)"""
_EFFECTS = """SELECT e.effect_id, e.study_id, e.origin, e.reference, e.task, e.task AS key, e.question, e.pool_key, e.pool_condition, e.pool, e.metric, e.estimate, e.n, e.n_unit, e.n_role,
    coalesce(e.year, p.year) AS year, e.condition, e.modality, e.validation, e.decided, e.paper_id, p.title, p.doi, p.arxiv_id, p.pmid, p.source,
    e.performance_extraction_id, e.sample_size_extraction_id, e.name, e.part, e.consistent, e.ci_low, e.ci_high
    FROM v_effect_main e LEFT JOIN paper p ON p.paper_id = e.paper_id"""
EFFECTS = "effects"  # the query that means those of the job
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
    extraction that an effect rests on. ``con`` is the reader, for panels that show more than effects; ``shared`` holds what several panels use.
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
    decisions: dict[str, list[str]] = field(default_factory=dict)
    searches: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    left_out: str = ""
    con: duckdb.DuckDBPyConnection | None = field(default=None, repr=False, compare=False)
    shared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    words: Vocabulary = field(default_factory=vocabulary, repr=False)


def load(con: duckdb.DuckDBPyConnection, job: str | None = None, query: str = EFFECTS, words: Vocabulary | None = None) -> ReportData:
    """Read a job's part of the snapshot, or all of it where no job is named.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A reader of the snapshot.
    job : str, optional
        The job.
    query : str
        ``effects``, the name of a query, or a SELECT (see :class:`miner.report.definition.Definition`).
    words : Vocabulary, optional
        How metrics are called; the one that ships with miner by default.

    Raises
    ------
    UsageError
        If the snapshot knows no such job, or there is no such query.
    QueryError
        If the query fails, or does not return what is needed.
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
    left_out = ""
    if query == EFFECTS:
        effects, left_out = pooled(_effects(con, job, metrics), chosen)
    else:
        effects, left_out = asked(con, query, job)
        metrics = tuple(dict.fromkeys(effects["metric"])) or metrics
    return ReportData(
        job=job,
        question=row[0] if row else "",
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
        decisions=_decisions(con, effects),
        searches=_searches(con, job),
        left_out=left_out,
        con=con,
        words=words or vocabulary(),
    )


def _effects(con: duckdb.DuckDBPyConnection, job: str | None, metrics: tuple[str, ...]) -> pd.DataFrame:
    where = [_USABLE, "e.origin = 'extracted'", "(list_contains($metrics, e.metric) OR list_contains($metrics, e.name))"]
    values: dict[str, Any] = {"metrics": list(metrics)}
    if job:
        where.append("e.paper_id IN (SELECT paper_id FROM paper_job WHERE job = $job)")
        values["job"] = job
    found = con.execute(f"{_EFFECTS} WHERE {' AND '.join(where)} {_ORDER}", values).df()
    found["metric"] = found["name"].where(found["name"].isin(metrics), found["metric"])
    return found


_TEXTS = (
    "effect_id", "study_id", "origin", "reference", "task", "key", "metric", "n_unit", "n_role", "condition", "modality", "validation", "decided",
    "paper_id", "title", "doi", "arxiv_id", "pmid", "source", "performance_extraction_id", "sample_size_extraction_id",
)  # fmt: skip


def asked(con: duckdb.DuckDBPyConnection, query: str, job: str | None) -> tuple[pd.DataFrame, str]:
    """Return what a query of the user's gives, with the columns that it lacks, and a sentence on rows that cannot be used.

    Raises
    ------
    UsageError, QueryError
        As in :func:`load`.
    """
    import pandas as pd

    from miner.store.query import named_queries, select

    known = named_queries()
    if query in known:
        table = select(con, known[query].sql, known[query].parameters).to_pandas()
    elif re.match(r"\s*(select|with|from)\b", query, re.IGNORECASE):
        table = select(con, query, {"job": job} if "$job" in query else None).to_pandas()
    else:
        raise UsageError(f"there is no query {query!r}", hint=f"write effects, a SELECT, or one of: {', '.join(known)}")
    table = table.loc[:, ~table.columns.duplicated()].copy()  # of a join, the first table's
    missing = [c for c in ("estimate", "n") if c not in table]
    if missing:
        raise QueryError(
            f"the report's query returns no column {' and no column '.join(missing)}",
            hint="name them so: SELECT …, value AS estimate, … AS n",
        )
    for column in _TEXTS:
        table[column] = table[column].astype(object).where(table[column].notna(), None) if column in table else None
    for column in ("year", "consistent"):
        if column not in table:
            table[column] = None
    table["metric"] = [m if isinstance(m, str) else "accuracy" for m in table["metric"]]
    table["effect_id"] = [e if isinstance(e, str) else f"row {i + 1}" for i, e in enumerate(table["effect_id"])]
    for column in ("estimate", "n", "year"):
        table[column] = pd.to_numeric(table[column], errors="coerce").astype(float)
    whole = table["estimate"].between(0, 1) & (table["n"] >= 1)
    dropped = int((~whole).sum())
    said = (
        f"{dropped} of {len(table)} rows of the report's query are left out: they lack an estimate between 0 and 1 or an n of at least 1."
        if dropped
        else ""
    )
    return table[whole].reset_index(drop=True), said


def _decisions(con: duckdb.DuckDBPyConnection, effects: pd.DataFrame) -> dict[str, list[str]]:
    """Return what reviewers decided on the extractions that effects rest on, in words; a reviewer's last word counts."""
    wanted = _extractions(effects)
    rows = con.execute(
        """SELECT extraction_id, action, corrected, reviewer, left(CAST(decided_at AS VARCHAR), 10), note FROM v_decision
           WHERE last_of_reviewer AND list_contains($wanted, extraction_id) ORDER BY decision_id""",
        {"wanted": wanted},
    ).fetchall()
    said: dict[str, list[str]] = {}
    words = {"accept": "accepted", "reject": "rejected", "correct": "corrected"}
    for extraction_id, action, corrected, reviewer, day, note in rows:
        to = f" to {corrected:g}" if action == "correct" and corrected is not None else ""
        said.setdefault(extraction_id, []).append(f"{words.get(action, action)}{to} by {reviewer}, {day}" + (f": {note}" if note else ""))
    return said


def _searches(con: duckdb.DuckDBPyConnection, job: str | None) -> list[tuple[str, str, str, str, str]]:
    """Return each query with the days that were searched and the day of the last answer: source, query, from, until, asked."""
    where, values = ("WHERE w.job = $job", {"job": job}) if job else ("", None)
    return con.execute(
        f"""SELECT w.source, w.query, min(w.window_from), max(nullif(w.window_until, '9999-12-31')),
                   (SELECT left(max(r.fetched_at), 10) FROM response r WHERE r.job = w.job AND r.source = w.source AND r.query = w.query)
            FROM crawl_window w {where} GROUP BY w.job, w.source, w.query ORDER BY ALL""",  # noqa: S608 -- texts of ours
        values,
    ).fetchall()


def _imported(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return con.execute(f"{_EFFECTS} WHERE {_USABLE} AND e.origin <> 'extracted' AND e.metric = 'accuracy' {_ORDER}").df()


def _flow(con: duckdb.DuckDBPyConnection, job: str | None) -> list[tuple[str, str, str, int]]:
    """Return the PRISMA flow ``(stage, source, reason, count)`` of the job's records."""
    inside = "WHERE paper_id IN (SELECT paper_id FROM paper_job WHERE job = $job)" if job else ""
    return con.execute(
        f"SELECT stage, source, reason, count(*) FROM v_paper_flow {inside} GROUP BY ALL ORDER BY ALL",  # noqa: S608 -- texts of ours
        {"job": job} if job else None,
    ).fetchall()


def _extractions(effects: pd.DataFrame) -> list[str]:
    columns = (effects["performance_extraction_id"], effects["sample_size_extraction_id"])
    return list(dict.fromkeys(i for column in columns for i in column if isinstance(i, str)))


def _quotes(con: duckdb.DuckDBPyConnection, effects: pd.DataFrame) -> dict[str, Quote]:
    wanted = _extractions(effects)
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
