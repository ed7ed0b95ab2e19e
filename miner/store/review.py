"""Reviewers' words: decisions on extractions and screening of records. Both logs are append-only; nothing extracted is changed."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.store.arrow import registered
from miner.store.rows import dicts, scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

ACTIONS = ("accept", "correct", "reject")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def decide(
    con: duckdb.DuckDBPyConnection,
    identifier: str,
    action: str,
    reviewer: str,
    *,
    value: float | None = None,
    note: str | None = None,
    decided_at: str | None = None,
) -> bool:
    """Record a decision on an extraction; an effect's identifier stands for the estimate that it rests on.

    Returns
    -------
    bool
        False where the reviewer's last word on it is the same already.

    Raises
    ------
    UsageError
        If the action is unknown, nobody decides, there is no such extraction, ``correct`` comes without a finite value, or another action with
        one.
    """
    if not reviewer.strip():
        raise UsageError("a decision needs a reviewer", where=identifier, hint="say who decides, by a name or initials")
    if action not in ACTIONS:
        raise UsageError(f"a decision is one of {', '.join(ACTIONS)}, not {action!r}", where=identifier)
    if (action == "correct") != (value is not None):
        raise UsageError("correct, and only correct, takes a value", where=identifier, hint="miner review decide ID correct --value 0.87")
    if value is not None and not math.isfinite(value):
        raise UsageError(f"{value} is no value that a text could tell", where=identifier, hint="give a number, or reject the value")
    extraction = extraction_of(con, identifier)
    if extraction is None:
        raise UsageError(
            "there is no such extraction or effect",
            where=identifier,
            hint="miner sql 'select extraction_id, quote from v_performance' lists them",
        )
    last = con.execute(
        "SELECT action, value, note FROM decision WHERE extraction_id = ? AND reviewer = ? ORDER BY decision_id DESC LIMIT 1",
        [extraction, reviewer],
    ).fetchall()
    if last and last[0] == (action, value, note):
        return False
    con.execute(
        "INSERT INTO decision SELECT coalesce(max(decision_id), 0) + 1, ?, ?, ?, ?, ?, ? FROM decision",
        [extraction, action, reviewer, decided_at or _now(), value, note],
    )
    return True


def extraction_of(con: duckdb.DuckDBPyConnection, identifier: str) -> str | None:
    """Return the extraction of an identifier, its own or that of an effect which stands; None where there is neither."""
    found = scalar(con, "SELECT performance_extraction_id FROM effect WHERE effect_id = ?", [identifier]) or identifier
    return str(found) if scalar(con, "SELECT count(*) FROM extraction WHERE extraction_id = ?", [found]) else None


def what_it_is(con: duckdb.DuckDBPyConnection, extraction_id: str) -> tuple[str, str | None] | None:
    """Return an extraction's kind, and the name of its metric; None where there is no such extraction."""
    found = con.execute("SELECT kind, coalesce(name, metric) FROM v_extraction WHERE extraction_id = ?", [extraction_id]).fetchone()
    return (str(found[0]), found[1]) if found else None


def to_review(con: duckdb.DuckDBPyConnection, extraction_ids: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return the lines of a review sheet, each with its last decision: what an effect rests on and what was decided on, or the extractions named.

    What one reviewer rejected stays on the sheet, so that another has a word on it.
    """
    chosen = "SELECT performance_extraction_id FROM v_effect UNION SELECT sample_size_extraction_id FROM v_effect UNION SELECT extraction_id FROM decision"
    with registered(con, "sheet", {"extraction_id": list(extraction_ids or [])}):
        return dicts(
            con,
            f"""SELECT x.extraction_id, x.paper_id, p.title, x.kind, coalesce(x.metric, x.unit) AS what, coalesce(x.claim, x.role) AS part, x.value,
                       x.quote, x.sentence, x.page, d.action, d.corrected, d.reviewer, d.note
                FROM v_extraction x JOIN paper p USING (paper_id)
                LEFT JOIN (SELECT * FROM v_decision QUALIFY row_number() OVER (PARTITION BY extraction_id ORDER BY decision_id DESC) = 1) d
                       ON d.extraction_id = x.extraction_id
                WHERE x.extraction_id IN ({"SELECT extraction_id FROM sheet" if extraction_ids is not None else chosen})
                ORDER BY x.paper_id, x."start", x.extraction_id""",  # noqa: S608 -- texts of ours
        )


def decisions_made(con: duckdb.DuckDBPyConnection, paper_id: str | None = None, reviewer: str | None = None) -> list[dict[str, Any]]:
    """Return all decisions on values and records, of one record or reviewer where these are named, in the order in which they were made."""
    return dicts(
        con,
        """SELECT * FROM (
               SELECT decided_at, reviewer, action, corrected, value, coalesce(metric, kind) AS what, paper_id, note, quote, extraction_id,
                      decision_id = max(decision_id) OVER (PARTITION BY extraction_id) AS counts
               FROM v_decision
               UNION ALL
               SELECT decided_at, reviewer, CASE WHEN included THEN 'include' ELSE 'exclude' END, NULL, NULL, 'record', paper_id, note, p.title, NULL,
                      screening_id = max(screening_id) OVER (PARTITION BY paper_id)
               FROM screening LEFT JOIN paper p USING (paper_id))
           WHERE ($paper_id IS NULL OR paper_id = $paper_id) AND ($reviewer IS NULL OR reviewer = $reviewer)
           ORDER BY decided_at, paper_id, extraction_id, counts""",
        {"paper_id": paper_id, "reviewer": reviewer},
    )


def conflicts(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the extractions on which reviewers' last words differ, one line a reviewer."""
    return dicts(
        con,
        """SELECT extraction_id, paper_id, kind, quote, value, action, corrected, reviewer, decided_at, note
           FROM v_decision WHERE last_of_reviewer
           QUALIFY count(DISTINCT (action, corrected)) OVER (PARTITION BY extraction_id) > 1
           ORDER BY extraction_id, reviewer""",
    )


def shared_words(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, str]]:
    """Return ``(reviewer, other reviewer, word, other word)`` for each extraction that both decided on."""
    return con.execute(
        """SELECT a.reviewer, b.reviewer, a.action, b.action
           FROM v_decision a JOIN v_decision b ON a.extraction_id = b.extraction_id AND a.reviewer < b.reviewer
           WHERE a.last_of_reviewer AND b.last_of_reviewer ORDER BY ALL"""
    ).fetchall()


def screen(con: duckdb.DuckDBPyConnection, words: Sequence[tuple[str, bool, str | None]], reviewer: str) -> int:
    """Record a reviewer's words ``(paper_id, included, note)`` on records; return how many are new."""
    with registered(con, "word", {"paper_id": [w[0] for w in words], "own": [w[1] for w in words], "note": [w[2] for w in words]}):
        return int(
            scalar(
                con,
                """INSERT INTO screening
                   SELECT (SELECT coalesce(max(screening_id), 0) FROM screening) + row_number() OVER (ORDER BY w.paper_id), w.paper_id, w.own, ?, ?, w.note
                   FROM (SELECT paper_id, any_value(own) AS own, any_value(note) AS note FROM word GROUP BY paper_id) w
                   LEFT JOIN (SELECT paper_id, included FROM screening WHERE reviewer = ?
                              QUALIFY row_number() OVER (PARTITION BY paper_id ORDER BY screening_id DESC) = 1) s USING (paper_id)
                   WHERE s.included IS NULL OR s.included <> w.own""",
                [reviewer, _now(), reviewer],
            )
            or 0
        )


def find_papers(con: duckdb.DuckDBPyConnection, marks: Sequence[tuple[str | None, str | None, str | None, str | None]]) -> list[str | None]:
    """Return for each ``(paper_id, doi, pmid, title)`` the record that it tells, by the first of them that fits one; None where none does."""
    columns: dict[str, list[Any]] = {"row": list(range(len(marks)))}
    for i, name in enumerate(("paper_id", "doi", "pmid", "title")):
        columns[name] = [m[i] for m in marks]
    with registered(con, "mark", columns):
        rows = con.execute(
            """SELECT m.row, coalesce(a.paper_id, d.paper_id, n.paper_id, t.paper_id)
               FROM mark m
               LEFT JOIN paper a ON a.paper_id = m.paper_id
               LEFT JOIN (SELECT lower(doi) AS doi, min(paper_id) AS paper_id FROM paper WHERE doi IS NOT NULL GROUP BY 1) d
                      ON d.doi = lower(regexp_replace(m.doi, '^https?://(dx\\.)?doi\\.org/', ''))
               LEFT JOIN (SELECT pmid, min(paper_id) AS paper_id FROM paper WHERE pmid IS NOT NULL GROUP BY 1) n ON n.pmid = m.pmid
               LEFT JOIN (SELECT lower(title) AS title, min(paper_id) AS paper_id FROM paper GROUP BY 1 HAVING count(*) = 1) t
                      ON t.title = lower(m.title)
               ORDER BY m.row"""
        ).fetchall()
    return [paper for _, paper in rows]
