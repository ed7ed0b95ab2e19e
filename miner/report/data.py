"""What a report needs from the snapshot, read once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from miner.errors import QueryError, UsageError
from miner.meta.analysis.tabular import left_out_words, metrics_of
from miner.report.filters import filter_words, report_flow, taken_by_tasks
from miner.report.pools import pooled
from miner.say import headed, letters, out_of
from miner.settings import suggest
from miner.store.reports import (
    defined_jobs,
    hand_decisions,
    imported_effects,
    job_effects,
    last_decisions,
    parsers_used,
    quoted_extractions,
    record_counts,
    rules_run,
    searches,
)  # fmt: skip
from miner.vocabulary import Vocabulary, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb
    import pandas as pd

EFFECTS = "effects"  # the query that means those of the job


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
    extraction that an effect rests on; ``taken`` counts by metric the values that the job's tasks leave out, ``by_hand`` the decisions of people that count. ``con`` is the reader, for panels that show more than effects; ``shared`` holds what several panels use.
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
    by_hand: dict[str, int] = field(default_factory=dict)
    searches: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    left_out: str = ""
    taken: dict[str, int] = field(default_factory=dict)
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
        How metrics and tasks are called; the one that ships with miner by default.

    Raises
    ------
    UsageError
        If the snapshot knows no such job, or there is no such query.
    QueryError
        If the query fails, or does not return what is needed.
    """
    jobs = defined_jobs(con)
    if job and job not in jobs:
        raise UsageError(f"the published snapshot has no job {job!r}", hint=f"it has: {', '.join(jobs) or 'none; run one first'}")
    question, definition = jobs[job] if job else ("", {})
    chosen = definition.get("effects", {})
    metrics = tuple(chosen.get("metrics", ["accuracy"]))
    tasks = tuple(chosen.get("tasks", []))
    usable, taken = None, {}
    if query == EFFECTS:
        usable = job_effects(con, job, metrics)
        effects, left_out = pooled(usable, chosen, words)
        taken = taken_by_tasks(usable, effects) if tasks else {}
        left_out = " ".join(filter(None, (left_out, filter_words(con, job, chosen, taken, len(effects)))))
    else:
        effects, left_out = query_effects(con, query, job, words)
        metrics = tuple(dict.fromkeys(effects["metric"])) or metrics
    effects["study_label"] = study_labels(effects)
    extractions = _extractions(effects)
    return ReportData(
        job=job,
        question=question,
        metrics=metrics,
        tasks=tasks,
        definition=definition,
        effects=effects,
        imported=imported_effects(con),
        flow=report_flow(con, job, effects, usable, metrics, tasks=bool(tasks)),
        quotes={row[0]: quote(*row) for row in quoted_extractions(con, extractions)},
        counts=record_counts(con, job),
        rules=rules_run(con),
        parsers=parsers_used(con),
        decisions=decision_words(last_decisions(con, extractions)),
        by_hand=hand_decisions(con, job),
        searches=searches(con, job),
        left_out=left_out,
        taken=taken,
        con=con,
        words=words or vocabulary(),
    )


_TEXTS = (
    "effect_id", "study_id", "origin", "reference", "task", "key", "metric", "n_unit", "n_role", "condition", "modality", "validation", "decided",
    "paper_id", "title", "author", "doi", "arxiv_id", "pmid", "source", "performance_extraction_id", "sample_size_extraction_id",
)  # fmt: skip


def query_effects(con: duckdb.DuckDBPyConnection, query: str, job: str | None, words: Vocabulary | None = None) -> tuple[pd.DataFrame, str]:
    """Return what a query of the user's gives, with the columns that it lacks, and a sentence on rows that cannot be used.

    Raises
    ------
    UsageError, QueryError
        As in :func:`load`.
    """
    import pandas as pd

    from miner.store.query import named_queries
    from miner.store.select import select

    known = named_queries()
    if query in known:
        table = select(con, known[query].sql, known[query].parameters).to_pandas()
    elif re.match(r"\s*(select|with|from)\b", query, re.IGNORECASE):
        table = select(con, query, {"job": job} if "$job" in query else None).to_pandas()
    else:
        raise UsageError(f"there is no query {query!r}", hint=f"write effects, a SELECT, or a query; {suggest(query, known)}")
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
    named = metrics_of(table, {"metric": "metric"}, words)
    nameless = named.isna() & bool(named.notna().any())  # a query that names no metric at all gives accuracies
    table["metric"] = named.fillna("accuracy")
    table["effect_id"] = [e if isinstance(e, str) else f"row {i + 1}" for i, e in enumerate(table["effect_id"])]
    for column in ("estimate", "n", "year"):
        table[column] = pd.to_numeric(table[column], errors="coerce").astype(float)
    table = table[~nameless]
    whole = table["estimate"].between(0, 1) & (table["n"] >= 1)
    dropped = int((~whole).sum())
    of = "of the report's query"
    said = (
        f"{headed(out_of(dropped, len(table), f'row {of}', 'are', f'rows {of}'))} left out: {'it lacks' if dropped == 1 else 'they lack'} an estimate between 0 and 1 or an n of at least 1."
        if dropped
        else ""
    )
    return table[whole].reset_index(drop=True), " ".join([*left_out_words({}, int(nameless.sum())), *([said] if said else [])])


def decision_words(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[str]]:
    """Return what reviewers decided on extractions, in words (see :func:`miner.store.reports.last_decisions`)."""
    said: dict[str, list[str]] = {}
    words = {"accept": "accepted", "reject": "rejected", "correct": "corrected"}
    for extraction_id, action, corrected, reviewer, day, note in rows:
        to = f" to {corrected:g}" if action == "correct" and corrected is not None else ""
        said.setdefault(extraction_id, []).append(f"{words.get(action, action)}{to} by {reviewer}, {day}" + (f": {note}" if note else ""))
    return said


def study_labels(effects: pd.DataFrame) -> list[str | None]:
    """Return what figures call each study: its first author and year, with a letter where several papers have the same; None without an author.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"author": ["Dunn", "Dunn", "Dunn", None], "year": [2019.0, 2019.0, None, 2020.0], "paper_id": ["pmid:2", "pmid:1", "pmid:3", None]}
    >>> study_labels(pd.DataFrame(rows))
    ['Dunn 2019b', 'Dunn 2019a', 'Dunn', None]
    """
    named = [
        None if not isinstance(author, str) or not author.strip() else f"{author}{f' {year:.0f}' if year == year else ''}"  # noqa: PLR0124 -- NaN differs from itself
        for author, year in zip(effects["author"], effects["year"].astype(float), strict=True)
    ]
    papers: dict[str, list[str]] = {}
    for name, paper in sorted({(n, str(p)) for n, p in zip(named, effects["paper_id"], strict=True) if n}):
        papers.setdefault(name, []).append(paper)
    return [
        n if n is None or len(papers[n]) == 1 else n + letters(1 + papers[n].index(str(p)))
        for n, p in zip(named, effects["paper_id"], strict=True)
    ]


def _extractions(effects: pd.DataFrame) -> list[str]:
    columns = (effects["performance_extraction_id"], effects["sample_size_extraction_id"])
    return list(dict.fromkeys(i for column in columns for i in column if isinstance(i, str)))


def quote(extraction_id: str, text: str, start: int, end: int, value: str, sentence: str | None, page: int | None, rule: str) -> Quote:
    """Return the sentence around a value, cut at the value; where the text has changed since, the value alone."""
    if sentence and text[start:end] == value:
        at = text.rfind(sentence, 0, start + len(sentence))
        if 0 <= at <= start and end <= at + len(sentence):
            return Quote(extraction_id, _read(text[at:start]), _read(value), _read(text[end : at + len(sentence)]), page, rule)
    return Quote(extraction_id, "", _read(value), "", page, rule)


def _read(text: str) -> str:
    """Return a text without the backslashes that TeX needs before a sign."""
    return re.sub(r"\\([%&$#_{}])", r"\1", text)
