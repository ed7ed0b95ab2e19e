"""What reports read of a snapshot: effects that can be analysed, their evidence, the flow of records, searches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from miner.store.rows import scalar

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

# An accuracy can be analysed where it is a proportion of a known number of units, and the paper stands.
_USABLE = """e.n IS NOT NULL AND e.estimate BETWEEN 0 AND 1 AND e.decided NOT LIKE 'reject%'
    AND NOT coalesce(p.retracted, FALSE) AND NOT coalesce(p.withdrawn, FALSE)"""
_EFFECTS = r"""SELECT e.effect_id, e.study_id, e.origin, e.reference, e.task, e.task AS key, e.question, e.pool_key, e.pool_condition, e.pool, e.metric, e.estimate, e.n, e.n_unit, e.n_role,
    coalesce(e.year, p.year) AS year, e.condition, e.modality, e.validation, e.decided, e.paper_id, p.title, p.doi, p.arxiv_id, p.pmid, p.source,
    e.performance_extraction_id, e.sample_size_extraction_id, e.name, e.part, e.consistent, e.ci_low, e.ci_high, a.author
    FROM v_effect_main e LEFT JOIN paper p ON p.paper_id = e.paper_id
    LEFT JOIN (SELECT paper_id, min_by(coalesce(collective, family, regexp_extract(name, '\S+$')), position) AS author FROM author GROUP BY paper_id) a
        ON a.paper_id = e.paper_id"""
_ORDER = " ORDER BY e.origin, e.year, e.reference, e.paper_id, e.task, e.metric, e.effect_id"
_OF_JOB = "($job IS NULL OR paper_id IN (SELECT paper_id FROM paper_job WHERE job = $job))"
_WITHIN = "WHERE paper_id IN (SELECT paper_id FROM paper_job WHERE job = $job)"


def defined_jobs(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the question and the definition of each job."""
    rows = con.execute("SELECT job, question, definition FROM job ORDER BY job").fetchall()
    return {job: (question, json.loads(definition)) for job, question, definition in rows}


def job_effects(con: duckdb.DuckDBPyConnection, job: str | None, metrics: tuple[str, ...]) -> pd.DataFrame:
    """Return the extracted effects of a job, or of all, that can be analysed; a metric filed as another has its own name."""
    where = [_USABLE, "e.origin = 'extracted'", "(list_contains($metrics, e.metric) OR list_contains($metrics, e.name))"]
    values: dict[str, Any] = {"metrics": list(metrics)}
    if job:
        where.append("e.paper_id IN (SELECT paper_id FROM paper_job WHERE job = $job)")
        values["job"] = job
    found = con.execute(f"{_EFFECTS} WHERE {' AND '.join(where)} {_ORDER}", values).df()
    found["metric"] = found["name"].where(found["name"].isin(metrics), found["metric"])
    return found


def imported_effects(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the accuracies that reviews reported."""
    found: pd.DataFrame = con.execute(f"{_EFFECTS} WHERE {_USABLE} AND e.origin <> 'extracted' AND e.metric = 'accuracy' {_ORDER}").df()
    return found


def searches(con: duckdb.DuckDBPyConnection, job: str | None) -> list[tuple[str, str, str, str, str]]:
    """Return each query with the days that were searched and the day of the last answer: source, query, from, until, asked."""
    where, values = ("WHERE w.job = $job", {"job": job}) if job else ("", None)
    return con.execute(
        f"""SELECT w.source, w.query, min(w.window_from), max(nullif(w.window_until, '9999-12-31')),
                   (SELECT left(max(r.fetched_at), 10) FROM response r WHERE r.job = w.job AND r.source = w.source AND r.query = w.query)
            FROM crawl_window w {where} GROUP BY w.job, w.source, w.query ORDER BY ALL""",  # noqa: S608 -- texts of ours
        values,
    ).fetchall()


def paper_flow(con: duckdb.DuckDBPyConnection, job: str | None) -> list[tuple[str, str, str, int]]:
    """Return the PRISMA flow ``(stage, source, reason, count)`` of the job's records."""
    inside = _WITHIN if job else ""
    return con.execute(
        f"SELECT stage, source, reason, count(*) FROM v_paper_flow {inside} GROUP BY ALL ORDER BY ALL",  # noqa: S608 -- texts of ours
        {"job": job} if job else None,
    ).fetchall()


def included_records(con: duckdb.DuckDBPyConnection, job: str | None) -> list[tuple[str, str, str | None]]:
    """Return the records that give a sample size and a value of their own: record, source and study."""
    return con.execute(
        f"""SELECT f.paper_id, f.source, s.study_id FROM v_paper_flow f LEFT JOIN study s USING (paper_id)
            WHERE f.stage = 'included' AND {_OF_JOB} ORDER BY ALL""",  # noqa: S608 -- texts of ours
        {"job": job},
    ).fetchall()


def studies_with(con: duckdb.DuckDBPyConnection, job: str | None, metrics: list[str]) -> set[str]:
    """Return the records, and their studies, that have an extracted effect of one of these metrics, whether it can be analysed or not."""
    rows = con.execute(
        f"""SELECT DISTINCT paper_id, study_id FROM v_effect WHERE origin = 'extracted' AND n IS NOT NULL
            AND (list_contains($metrics, metric) OR list_contains($metrics, name)) AND {_OF_JOB}""",  # noqa: S608 -- texts of ours
        {"job": job, "metrics": metrics},
    ).fetchall()
    return {identifier for row in rows for identifier in row if identifier}


def studies_rejected(con: duckdb.DuckDBPyConnection, job: str | None, metrics: list[str]) -> set[str]:
    """Return the records, and their studies, of which a reviewer rejected a value with an n of one of these metrics, or the n of one."""
    rows = con.execute(
        f"""SELECT paper_id, study_id FROM v_performance JOIN v_last_decision d USING (extraction_id, paper_id) LEFT JOIN study USING (paper_id)
            WHERE d.action = 'reject' AND claim = 'own' AND n IS NOT NULL
            AND (list_contains($metrics, metric) OR list_contains($metrics, name)) AND {_OF_JOB}
            UNION
            SELECT paper_id, study_id FROM v_effect WHERE n_why = 'its sample size was rejected by a reviewer'
            AND (list_contains($metrics, metric) OR list_contains($metrics, name)) AND {_OF_JOB}""",  # noqa: S608 -- texts of ours
        {"job": job, "metrics": metrics},
    ).fetchall()
    return {identifier for row in rows for identifier in row if identifier}


def hand_decisions(con: duckdb.DuckDBPyConnection, job: str | None) -> dict[str, int]:
    """Return how many decisions of people count: on values, by what they say, and on whether records belong to the review."""
    rows = con.execute(
        f"""SELECT CASE action WHEN 'accept' THEN 'confirmed' WHEN 'correct' THEN 'corrected' ELSE 'rejected' END, count(*)
            FROM v_last_decision WHERE {_OF_JOB} GROUP BY ALL ORDER BY ALL""",  # noqa: S608 -- texts of ours
        {"job": job},
    ).fetchall()
    screened = scalar(con, f"SELECT count(*) FROM v_screening WHERE {_OF_JOB}", {"job": job})  # noqa: S608 -- texts of ours
    return dict(rows) | ({"screened": screened} if screened else {})


def other_metrics(con: duckdb.DuckDBPyConnection, job: str | None, metrics: list[str]) -> list[tuple[str, int]]:
    """Return how many extracted effects with an n there are of each other metric, the most first."""
    return con.execute(
        f"""SELECT coalesce(name, metric) AS called, count(*) AS many FROM v_effect_main WHERE origin = 'extracted' AND n IS NOT NULL
            AND NOT list_contains($metrics, metric) AND NOT coalesce(list_contains($metrics, name), FALSE) AND {_OF_JOB}
            GROUP BY called ORDER BY many DESC, called""",  # noqa: S608 -- texts of ours
        {"job": job, "metrics": metrics},
    ).fetchall()


def quoted_extractions(con: duckdb.DuckDBPyConnection, ids: list[str]) -> list[tuple[Any, ...]]:
    """Return of each extraction: id, the document's text, start, end, quote, sentence, page, and rule with version."""
    return con.execute(
        """SELECT x.extraction_id, coalesce(d.text, p.title || chr(10) || p.abstract), x."start", x."end", x.quote, x.sentence, x.page,
                  x.rule_id || ' ' || x.rule_version
           FROM extraction x JOIN document d USING (document_id) JOIN paper p ON p.paper_id = x.paper_id
           WHERE list_contains($wanted, x.extraction_id)""",
        {"wanted": ids},
    ).fetchall()


def last_decisions(con: duckdb.DuckDBPyConnection, ids: list[str]) -> list[tuple[Any, ...]]:
    """Return each reviewer's last word on extractions: id, action, corrected value, reviewer, day, note."""
    return con.execute(
        """SELECT extraction_id, action, corrected, reviewer, left(CAST(decided_at AS VARCHAR), 10), note FROM v_decision
           WHERE last_of_reviewer AND list_contains($wanted, extraction_id) ORDER BY decision_id""",
        {"wanted": ids},
    ).fetchall()


def rules_run(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """Return the rules that have read anything: id, version, hash."""
    return con.execute("SELECT DISTINCT rule_id, rule_version, rule_sha256 FROM extraction_pass ORDER BY ALL").fetchall()


def parsers_used(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Return the parsers of full texts, with their versions."""
    return con.execute("SELECT DISTINCT parser, parser_version FROM document WHERE parser <> 'abstract' ORDER BY ALL").fetchall()


def record_counts(con: duckdb.DuckDBPyConnection, job: str | None) -> dict[str, int]:
    """Return how many papers, documents and values there are of a job, or in all."""
    inside = _WITHIN if job else ""
    values = {"job": job} if job else None
    names = {"papers": "paper", "documents": "document", "sample sizes": "v_sample_size", "performances": "v_performance"}
    counts = {}
    for name, table in names.items():
        counts[name] = scalar(con, f"SELECT count(*) FROM {table} {inside}", values)  # noqa: S608 -- texts of ours
    return counts
