"""What is new in a database, since a time or against an older snapshot."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from miner.errors import StoreError, UsageError
from miner.settings import suggest
from miner.store.rows import dicts, scalar

if TYPE_CHECKING:
    import duckdb

_WITHIN = "($job IS NULL OR paper_id IN (SELECT paper_id FROM paper_job WHERE job = $job))"
_PAPERS = """SELECT p.paper_id, p.title, p.year, p.venue, p.doi, p.arxiv_id, p.pmid, p.abstract, {seen} AS first_seen
    FROM (SELECT * FROM paper WHERE {within}) p WHERE {since} ORDER BY first_seen DESC, p.paper_id"""
_EFFECTS = """SELECT e.effect_id, e.paper_id, coalesce(p.title, e.reference) AS title, e.task, e.metric, e.name, e.estimate, e.n, {seen} AS first_seen
    FROM (SELECT * FROM v_effect WHERE {within}) e LEFT JOIN paper p ON p.paper_id = e.paper_id
    WHERE {since} ORDER BY first_seen DESC, e.paper_id, e.task, e.metric, e.effect_id"""

# Earlier versions noted when something came to the second, and a run's start is noted to the millionth of one.
_SINCE = "{t}.first_seen >= CASE WHEN {t}.first_seen[20] = '.' THEN $since ELSE left($since, 19) END"
_COME = tuple(sql.format(within=_WITHIN, seen=f"{t}.first_seen", since=_SINCE.format(t=t)) for sql, t in ((_PAPERS, "p"), (_EFFECTS, "e")))


@dataclass(slots=True)
class News:
    """What is new.

    Attributes
    ----------
    since, until : str
        The times, or the names of the snapshots, that are compared.
    job : str or None
        Whose records; all where it is None.
    papers, effects : list of dict
        Records and effects that are new, the latest first.
    gone_papers, gone_effects, changed_effects : list of dict
        Against an older snapshot: what is not there any more, and effects with another estimate or n (``was_estimate``, ``was_n``).
    verdicts : dict of dict
        By job and metric: the verdict before (None where there was none) and now, where they differ.
    at : str
        The time of the snapshot: when the last of what it holds came into it.
    """

    since: str
    until: str
    job: str | None = None
    papers: list[dict[str, Any]] = field(default_factory=list)
    effects: list[dict[str, Any]] = field(default_factory=list)
    gone_papers: list[dict[str, Any]] = field(default_factory=list)
    gone_effects: list[dict[str, Any]] = field(default_factory=list)
    changed_effects: list[dict[str, Any]] = field(default_factory=list)
    verdicts: dict[str, dict[str, tuple[str | None, str]]] = field(default_factory=dict)
    at: str = ""

    def __bool__(self) -> bool:
        return any((self.papers, self.effects, self.gone_papers, self.gone_effects, self.changed_effects, self.verdicts))

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return asdict(self)


def time_of(con: duckdb.DuckDBPyConnection) -> str:
    """Return the time of a snapshot: when the last record, effect or decision in it came, or the last run ended; empty where it notes none of these."""
    noted = (("paper", "first_seen"), ("effect_seen", "first_seen"), ("decision", "decided_at"), ("job_run", "finished"))
    there = set(con.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal").fetchall())
    times = [scalar(con, f"SELECT CAST(max({column}) AS VARCHAR) FROM {table}") for table, column in noted if (table, column) in there]  # noqa: S608 -- names of ours
    return max((t.replace(" ", "T") for t in times if t), default="")


def since_of(con: duckdb.DuckDBPyConnection, since: str | None, job: str | None) -> str:
    """Return the time that ``since`` names: a run, a day or a time; by default the start of the last run (of the job), else the beginning.

    Raises
    ------
    UsageError
        If it names none of them, or there is no such job.
    """
    if job is not None and not scalar(con, "SELECT count(*) FROM paper_job WHERE job = ?", [job]):
        known = [r[0] for r in con.execute("SELECT DISTINCT job FROM paper_job ORDER BY job").fetchall()]
        raise UsageError(f"no record is of a job {job!r}", where="--job", hint=suggest(job, known, all_too=True))
    if since is None:
        return scalar(con, "SELECT max(started) FROM job_run WHERE $job IS NULL OR job = $job", {"job": job}) or "0001-01-01"
    with suppress(ValueError):
        time = datetime.fromisoformat(since)
        time = time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
        now = datetime.now(UTC).replace(tzinfo=None)
        if time > now + timedelta(days=1):  # tomorrow has begun somewhere
            raise UsageError(f"{since} is in the future", where="--since", hint=f"nothing can be new since then: today is {now:%Y-%m-%d}")
        return time.isoformat(timespec="seconds")
    started = scalar(con, "SELECT started FROM job_run WHERE run_id = ?", [since])
    if started is None:
        raise UsageError(f"{since!r} is no run and no day", where="--since", hint="YYYY-MM-DD, or a run that miner status lists")
    return str(started)


def read_news(con: duckdb.DuckDBPyConnection, since: str | None = None, job: str | None = None) -> News:
    """Return what came into the database since a run, day or time; what was there before times were noted is never new.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A reader, or the writer.
    since : str, optional
        See :func:`since_of`.
    job : str, optional
        Whose records.

    Raises
    ------
    StoreError
        If the snapshot is of an earlier miner, which did not note times.
    UsageError
        As in :func:`since_of`.
    """
    if not scalar(con, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'effect_seen' AND NOT internal"):
        raise StoreError("the snapshot is of an earlier miner, which did not note when records came", hint="publish again: miner publish")
    start, values = _since(con, since, job)
    until = scalar(con, "SELECT greatest((SELECT max(first_seen) FROM paper), (SELECT max(first_seen) FROM effect_seen))") or start
    papers, effects = (dicts(con, sql, values) for sql in _COME)
    return News(start, str(until), job, papers, effects, at=time_of(con))


def count_news(con: duckdb.DuckDBPyConnection, since: str | None = None, job: str | None = None) -> tuple[int, int]:
    """Return how many records and effects :func:`read_news` would name."""
    _, values = _since(con, since, job, known=False)
    papers, effects = (int(scalar(con, f"SELECT count(*) FROM ({sql})", values)) for sql in _COME)  # noqa: S608 -- ours
    return papers, effects


def _since(con: duckdb.DuckDBPyConnection, since: str | None, job: str | None, *, known: bool = True) -> tuple[str, dict[str, Any]]:
    """Return the time, and it as a parameter."""
    start = since_of(con, since, job if known else None)
    return start, {"job": job, "since": start}


def compare(before: duckdb.DuckDBPyConnection, now: duckdb.DuckDBPyConnection, job: str | None = None) -> News:
    """Return what a snapshot has that an older one has not, and what it lacks; the older one may be of an earlier schema."""
    words = {"within": _WITHIN, "seen": "NULL", "since": "TRUE"}
    (old_papers, papers), (old, effects) = (
        [{r[key]: r for r in dicts(con, sql.format(**words), {"job": job})} for con in (before, now)]
        for key, sql in (("paper_id", _PAPERS), ("effect_id", _EFFECTS))
    )
    changed = [
        {**e, "was_estimate": old[i]["estimate"], "was_n": old[i]["n"]}
        for i, e in effects.items()
        if i in old and (e["estimate"], e["n"]) != (old[i]["estimate"], old[i]["n"])
    ]
    return News(
        "", "", job, [p for i, p in papers.items() if i not in old_papers], [e for i, e in effects.items() if i not in old],
        [p for i, p in old_papers.items() if i not in papers], [e for i, e in old.items() if i not in effects], changed, at=time_of(now),
    )  # fmt: skip
