"""Summaries in the database: which records are yet to be summarised, and what held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from miner.errors import UsageError
from miner.store.arrow import registered
from miner.store.connect import transaction
from miner.store.rows import scalar

if TYPE_CHECKING:
    import duckdb

BATCH = 200
_TEXT = "sha256(concat(p.title, chr(10), p.abstract))"
_WAITING = f"""
FROM paper p LEFT JOIN paper_summarised d ON d.paper_id = p.paper_id AND d.model = $model AND d.prompt = $prompt AND d.text_sha256 = {_TEXT}
WHERE d.paper_id IS NULL AND trim(p.abstract) <> '' AND ($job IS NULL OR p.paper_id IN (SELECT paper_id FROM paper_job WHERE job = $job))
"""  # noqa: S608 -- names of ours


@dataclass(frozen=True, slots=True)
class Maker:
    """What makes summaries: a model and a version of the prompt."""

    model: str
    prompt: str


@dataclass(frozen=True, slots=True)
class Unsummarised:
    """One record that is yet to be summarised in its present text."""

    paper_id: str
    title: str
    abstract: str
    text_sha256: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What held of an answer: claims with the places of their sentences; how many were dropped; and the answer's checksum."""

    claims: Sequence[tuple[str, Sequence[tuple[int, int]]]]
    dropped: int = 0
    answer_sha256: str | None = None


def forget_summaries(con: duckdb.DuckDBPyConnection) -> None:
    """Remove summaries of records that are gone, or whose text has changed."""
    with transaction(con):
        for table in ("paper_summary", "paper_summarised"):
            con.execute(
                f"DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM paper p WHERE p.paper_id = {table}.paper_id AND {_TEXT} = {table}.text_sha256)"  # noqa: S608 -- names of ours
            )


def check_job(con: duckdb.DuckDBPyConnection, job: str | None) -> None:
    """Refuse the name of a job that has no records here.

    Raises
    ------
    UsageError
        If it has none.
    """
    jobs = [j for (j,) in con.execute("SELECT DISTINCT job FROM paper_job ORDER BY job").fetchall()]
    if job is not None and job not in jobs:
        raise UsageError(f"the database has no records of a job {job!r}", hint=f"it has: {', '.join(jobs) or 'none; run one first'}")


def waiting_summaries(con: duckdb.DuckDBPyConnection, maker: Maker, job: str | None = None) -> int:
    """Return how many records with an abstract this model has not summarised in their present text by this prompt."""
    return int(scalar(con, f"SELECT count(*) {_WAITING}", {"model": maker.model, "prompt": maker.prompt, "job": job}))


def unsummarised(con: duckdb.DuckDBPyConnection, maker: Maker, job: str | None = None) -> Iterator[Unsummarised]:
    """Yield these records in the order of their identifiers; what is written meanwhile does no harm."""
    last = ""
    while True:
        rows = con.execute(
            f"SELECT p.paper_id, p.title, p.abstract, {_TEXT} {_WAITING} AND p.paper_id > $last ORDER BY p.paper_id LIMIT {BATCH}",
            {"model": maker.model, "prompt": maker.prompt, "job": job, "last": last},
        ).fetchall()
        yield from (Unsummarised(*row) for row in rows)
        if len(rows) < BATCH:
            return
        last = rows[-1][0]


def write_summary(con: duckdb.DuckDBPyConnection, paper: Unsummarised, maker: Maker, summary: Summary) -> None:
    """Write what held in place of what was there, in one transaction."""
    import pyarrow as pa

    count = len(summary.claims)
    columns: dict[str, list[object]] = {
        "paper_id": [paper.paper_id] * count,
        "rank": list(range(1, count + 1)),
        "claim": [claim for claim, _ in summary.claims],
        "starts": [[a for a, _ in places] for _, places in summary.claims],
        "ends": [[b for _, b in places] for _, places in summary.claims],
        "model": [maker.model] * count,
        "prompt": [maker.prompt] * count,
        "text_sha256": [paper.text_sha256] * count,
    }
    places = pa.list_(pa.int32())
    with transaction(con), registered(con, "held_now", columns, {"rank": pa.int32(), "starts": places, "ends": places}):
        con.execute("DELETE FROM paper_summary WHERE paper_id = ?", [paper.paper_id])
        con.execute("INSERT INTO paper_summary BY NAME SELECT * FROM held_now")
        con.execute(
            "INSERT OR REPLACE INTO paper_summarised VALUES (?, ?, ?, ?, ?, ?, ?)",
            [paper.paper_id, paper.text_sha256, maker.model, maker.prompt, count, summary.dropped, summary.answer_sha256],
        )
