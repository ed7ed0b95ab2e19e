"""Writing and reading imported tables of studies, leaderboards and publication counts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Any

from miner.store.connect import transaction
from miner.studies.clean import INCOMPLETE
from miner.studies.counts import Count
from miner.studies.leaderboard import Entry
from miner.studies.rows import StudyRow
from miner.studies.sources import Competition
from miner.vocabulary.keys import aliases_of, read_key

if TYPE_CHECKING:
    import duckdb

    from miner.vocabulary import Vocabulary

_COLUMNS = [f.name for f in fields(StudyRow)]


def effect_id(row: StudyRow) -> str:
    """Return the identifier of the effect that a row gives: it stays the same when the table is imported again."""
    return "table:" + hashlib.sha256(f"{row.review}\0{row.row}\0{row.item}\0{row.task}\0{row.metric}".encode()).hexdigest()[:20]


def write_study_rows(con: duckdb.DuckDBPyConnection, rows: Sequence[StudyRow], words: Vocabulary | None = None) -> int:
    """Write the rows of one or more reviews, with an effect for each that is used and has an estimate.

    What was imported before of the same reviews is replaced.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    rows : sequence of StudyRow
        In the order in which they are to be read back.
    words : Vocabulary, optional
        Has the aliases of tasks; the one that ships with miner by default.

    Returns
    -------
    int
        How many effects were written.
    """
    reviews = sorted({r.review for r in rows})
    with _transaction(con):
        for review in reviews:
            con.execute("DELETE FROM effect WHERE effect_id IN (SELECT effect_id FROM study_table_row WHERE review = ?)", [review])
            con.execute("DELETE FROM study_table_row WHERE review = ?", [review])
        first = con.execute("SELECT coalesce(max(sequence) + 1, 0) FROM study_table_row").fetchall()[0][0]
        effects = [r for r in rows if _is_effect(r)]
        ids = [effect_id(r) if _is_effect(r) else None for r in rows]
        columns = {c: [getattr(r, c) for r in rows] for c in _COLUMNS}
        _insert(con, "study_table_row", {**columns, "sequence": [first + i for i in range(len(rows))], "effect_id": ids})
        same = ("origin", "reference", "task", "metric", "estimate", "n", "year", "condition", "modality", "validation")
        _insert(
            con,
            "effect",
            {
                "effect_id": [effect_id(r) for r in effects],
                "study_id": [r.study for r in effects],
                **{c: [getattr(r, c) for r in effects] for c in same},
                **_asked([r.task for r in effects], aliases_of(words)),
                "n_unit": ["participant"] * len(effects),
                "n_role": ["total"] * len(effects),
                "decided": ["imported"] * len(effects),
            },
        )
    return len(effects)


def _asked(tasks: Sequence[str | None], aliases: Mapping[str, str]) -> dict[str, list[Any]]:
    """Return the columns of what tasks ask, by the keys that their names stand for; empty where a review's name is none that is known."""
    keys = [read_key(task, aliases) for task in tasks]
    parts = ("question", "target", "comparator")
    return {
        **{part: [getattr(k, part) if k else None for k in keys] for part in parts},
        "pool_key": [str(k) if k and k.target else None for k in keys],
        "pool_condition": [f"{k.question}: {k.condition}" if k and k.condition else None for k in keys],
    }


def _is_effect(row: StudyRow) -> bool:
    return row.used and row.estimate is not None


def read_study_rows(con: duckdb.DuckDBPyConnection, reviews: Sequence[str] | None = None) -> list[StudyRow]:
    """Return the imported rows (of ``reviews``, or of all), in the order of import."""
    names = ", ".join(f'"{c}"' for c in _COLUMNS)
    found = con.execute(f"SELECT {names} FROM study_table_row ORDER BY sequence").fetchall()  # noqa: S608 -- column names of ours
    rows = [StudyRow(*values) for values in found]
    return rows if reviews is None else [r for r in rows if r.review in set(reviews)]


def write_leaderboard(con: duckdb.DuckDBPyConnection, entries: Sequence[Entry]) -> int:
    """Write the lines of one or more boards; boards imported before are replaced. Returns how many lines were written."""
    boards = sorted({(e.competition, e.board) for e in entries})
    with _transaction(con):
        for board in boards:
            con.execute("DELETE FROM leaderboard WHERE competition = ? AND board = ?", list(board))
        _insert(con, "leaderboard", {f.name: [getattr(e, f.name) for e in entries] for f in fields(Entry)})
    return len(entries)


def read_leaderboards(con: duckdb.DuckDBPyConnection) -> dict[str, list[Entry]]:
    """Return the lines of every competition, by its name."""
    found: dict[str, list[Entry]] = {}
    lines = con.execute("SELECT competition, board, place, team, score, entries FROM leaderboard ORDER BY competition, board, place")
    for values in lines.fetchall():
        found.setdefault(values[0], []).append(Entry(*values))
    return found


def write_competitions(con: duckdb.DuckDBPyConnection, competitions: Sequence[Competition]) -> None:
    """Write what a mapping says of competitions; what was said before is replaced."""
    rows = [list(astuple(c)) for c in competitions]
    if rows:
        con.executemany("INSERT OR REPLACE INTO competition VALUES (?, ?, ?, ?, ?, ?)", rows)


def read_competitions(con: duckdb.DuckDBPyConnection) -> dict[str, Competition]:
    """Return what is known of each competition, by its name."""
    found = con.execute("SELECT competition, title, metric, higher_is_better, min_entries, source FROM competition ORDER BY competition")
    return {values[0]: Competition(*values) for values in found.fetchall()}


def write_counts(con: duckdb.DuckDBPyConnection, counts: Sequence[Count]) -> int:
    """Write publication counts; a count of the same topic, year and source is replaced. Returns how many were written.

    Counts of the same topic and source that were asked with another query go: a series is of one query.
    """
    with _transaction(con):
        for topic, source, query in sorted({(c.topic, c.source, c.query or "") for c in counts}):
            con.execute("DELETE FROM publication_count WHERE topic = ? AND source = ? AND coalesce(query, '') <> ?", [topic, source, query])
        _insert(con, "publication_count", {f.name: [getattr(c, f.name) for c in counts] for f in fields(Count)}, "OR REPLACE")
    return len(counts)


def read_counts(con: duckdb.DuckDBPyConnection) -> list[Count]:
    """Return all publication counts, by source, topic and year."""
    found = con.execute("SELECT topic, year, count, source, query FROM publication_count ORDER BY source, topic, year").fetchall()
    return [Count(*values) for values in found]


_WHOLE = {"row", "item", "sequence", "year", "n", "n_task", "place", "entries", "count"}
_REAL = {"estimate", "score", "ci_low", "ci_high", "sd"}
_TRUTH = {"used", "aside"}


def _insert(con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, list[Any]], how: str = "") -> None:
    """Insert columns in bulk, through Arrow: row by row it would take seconds."""
    import pyarrow as pa

    def kind(name: str) -> pa.DataType:
        if name in _WHOLE:
            return pa.int64()
        return pa.float64() if name in _REAL else pa.bool_() if name in _TRUTH else pa.string()

    con.register("incoming_studies", pa.table({name: pa.array(values, kind(name)) for name, values in columns.items()}))
    try:
        con.execute(f"INSERT {how} INTO {table} BY NAME SELECT * FROM incoming_studies")  # noqa: S608 -- a name of ours
    finally:
        con.unregister("incoming_studies")


@contextmanager
def _transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    with transaction(con):
        yield


def source_counts(con: duckdb.DuckDBPyConnection) -> tuple[list[str], int, int]:
    """Return the files of imported tables of studies, and how many competitions and publication counts there are."""
    files = [f for (f,) in con.execute("SELECT DISTINCT file FROM study_table_row ORDER BY ALL").fetchall()]
    competitions = con.execute("SELECT count(DISTINCT competition) FROM leaderboard").fetchall()[0][0]
    counts = con.execute("SELECT count(*) FROM publication_count").fetchall()[0][0]
    return files, competitions, counts


def incomplete_rows(con: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """Return of each table how many rows are left out because a cell is empty."""
    rows = con.execute(
        """SELECT origin, split_part(reason, ':', 1) AS why, count(DISTINCT "row") FROM study_table_row
           WHERE NOT used AND NOT aside AND starts_with(reason, $incomplete) GROUP BY ALL ORDER BY ALL""",
        {"incomplete": INCOMPLETE},
    ).fetchall()
    return [(origin, count) for origin, _, count in rows]
