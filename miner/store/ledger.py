"""The crawl ledger: which windows of which query are complete, and what was received for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from miner.harvest.http import Fetched
from miner.harvest.records import Problem
from miner.harvest.windows import OPEN, Window, days
from miner.store.connect import transaction

if TYPE_CHECKING:
    import duckdb

_COLUMNS = "kind, window_from, window_until, uid_from, uid_until, reported, received, state, attempts, last_error, note"


@dataclass(slots=True)
class Entry:
    """One window and how it stands."""

    window: Window
    reported: int
    received: int = 0
    state: str = "planned"
    attempts: int = 0
    last_error: str | None = None
    note: str | None = None


class Ledger:
    """The part of the ledger that belongs to one job's query of one source."""

    def __init__(self, con: duckdb.DuckDBPyConnection, job: str, source: str, query: str) -> None:
        self.con, self.key = con, (job, source, query)

    def entries(self) -> list[Entry]:
        """Return all windows, in order of time."""
        rows = self.con.execute(
            f"SELECT {_COLUMNS} FROM crawl_window WHERE job = ? AND source = ? AND query = ? ORDER BY kind DESC, window_from, uid_from",  # noqa: S608 -- column names of ours
            self.key,
        ).fetchall()
        return [Entry(Window(r[1], r[2], r[3], r[4], r[0]), *r[5:]) for r in rows]

    def save(self, entries: Iterable[Entry], drop: Iterable[Window] = ()) -> None:
        """Write windows, and drop those that they replace, in one transaction."""
        with transaction(self.con):
            for window in drop:
                self.con.execute(
                    """DELETE FROM crawl_window WHERE job = ? AND source = ? AND query = ? AND kind = ? AND window_from = ?
                       AND window_until = ? AND uid_from = ? AND uid_until = ?""",
                    [*self.key, *_window(window)],
                )
            for e in entries:
                self.con.execute(
                    """INSERT INTO crawl_window VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                       ON CONFLICT DO UPDATE SET reported = excluded.reported, received = excluded.received, state = excluded.state,
                       attempts = excluded.attempts, last_error = excluded.last_error, note = excluded.note""",
                    [*self.key, *_window(e.window), e.reported, e.received, e.state, e.attempts, e.last_error, e.note],
                )

    def begin(self, today: str) -> None:
        """Note the day on which a run begins; one that goes on where another stopped keeps that one's day."""
        self.con.execute(
            """INSERT INTO crawl (job, source, query, started) VALUES (?, ?, ?, ?)
               ON CONFLICT DO UPDATE SET started = coalesce(started, excluded.started)""",
            [*self.key, today],
        )

    def finish(self) -> None:
        """Note that the run is complete: the next asks what has changed since it began."""
        self.con.execute(
            """UPDATE crawl SET changes_since = coalesce(started, changes_since), started = NULL
               WHERE job = ? AND source = ? AND query = ?""",
            self.key,
        )

    def changes_since(self) -> str | None:
        """Return the day on which the last complete run began."""
        return self._crawl("changes_since")

    def started(self) -> str | None:
        """Return the day on which the run began that is not complete yet; None where the last one is."""
        return self._crawl("started")

    def watermark(self) -> str | None:
        """Return the day up to which all is done."""
        return self._crawl("watermark")

    def _crawl(self, column: str) -> str | None:
        row = self.con.execute(f"SELECT {column} FROM crawl WHERE job = ? AND source = ? AND query = ?", self.key).fetchone()  # noqa: S608 -- a name of ours
        return row[0] if row else None

    def move_watermark(self) -> str | None:
        """Set the watermark to the last day before the first window that is not done; never past a gap."""
        watermark: str | None = None
        for e in self.entries():
            if e.window.kind != "entered":
                continue
            if e.state != "done" or (watermark is not None and e.window.start > days(watermark, 1)):
                break
            # Of a day cut by PMIDs, and of the open end, the day before is what is sure.
            until = days(e.window.start, -1) if e.window.until == OPEN or e.window.uid_until else e.window.until
            watermark = max(watermark or until, until)
        self.con.execute("UPDATE crawl SET watermark = ? WHERE job = ? AND source = ? AND query = ?", [watermark, *self.key])
        return watermark

    def log(self, fetched: Sequence[Fetched]) -> None:
        """Record responses that were kept."""
        if fetched:
            self.con.executemany(
                "INSERT INTO response VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [[*self.key, f.request, f.sha256, f.size, f.kind, f.at] for f in fetched],
            )

    def fetched(self) -> list[str]:
        """Return the checksums of all responses with records, in the order in which they came."""
        rows = self.con.execute(
            "SELECT sha256 FROM response WHERE job = ? AND source = ? AND query = ? AND kind = 'records' ORDER BY rowid", self.key
        ).fetchall()
        return [r[0] for r in rows]


def _window(w: Window) -> tuple[str, str, str, int, int]:
    return w.kind, w.start, w.until, w.uid_from, w.uid_until


def record_problems(con: duckdb.DuckDBPyConnection, file: str, problems: Iterable[Problem]) -> int:
    """Record what could not be read; return how many."""
    rows = [[file, p.record, p.reason] for p in problems]
    if rows:
        con.executemany("INSERT INTO import_problem VALUES (?, ?, ?) ON CONFLICT DO NOTHING", rows)
    return len(rows)


def known_papers(con: duckdb.DuckDBPyConnection, paper_ids: Iterable[str], job: str | None = None) -> set[str]:
    """Return those of the papers that are in the database, or that a job has brought."""
    table, which = ("paper", []) if job is None else ("(SELECT paper_id FROM paper_job WHERE job = ?)", [job])
    sql = f"SELECT paper_id FROM {table} WHERE paper_id IN (SELECT unnest(?::VARCHAR[]))"  # noqa: S608 -- names of ours
    rows = con.execute(sql, [*which, sorted(paper_ids)]).fetchall()
    return {r[0] for r in rows}


def asked_queries(con: duckdb.DuckDBPyConnection, job: str) -> list[tuple[str, str, int]]:
    """Return each query that a job has asked, and how many records came of it: source, query, records."""
    return con.execute(
        """SELECT source, query, coalesce(sum(received) FILTER (kind = 'entered'), 0)::BIGINT FROM crawl c LEFT JOIN crawl_window w USING (job, source, query)
           WHERE c.job = ? GROUP BY source, query ORDER BY source, query""",
        [job],
    ).fetchall()


def forget_query(con: duckdb.DuckDBPyConnection, job: str, source: str, query: str) -> None:
    """Take a query out of a job's ledger: asked again, it begins anew. The answers stay, so that each number still leads to its fetch."""
    with transaction(con):
        for table in ("crawl_window", "crawl"):
            con.execute(f"DELETE FROM {table} WHERE job = ? AND source = ? AND query = ?", [job, source, query])  # noqa: S608 -- a name of ours


def take_out_of_job(con: duckdb.DuckDBPyConnection, job: str, paper_ids: Iterable[str]) -> int:
    """Say of records that a job did not bring them; return how many it had. The records stay."""
    gone = con.execute(
        "DELETE FROM paper_job WHERE job = ? AND paper_id IN (SELECT unnest(?)) RETURNING paper_id", [job, sorted(paper_ids)]
    ).fetchall()
    return len(gone)
