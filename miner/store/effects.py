"""Writing studies and effects."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from miner.store.arrow import registered
from miner.store.rows import scalar
from miner.types import Effect

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

_NAMES = [f.name for f in fields(Effect)]


def link_studies(con: duckdb.DuckDBPyConnection) -> int:
    """Make one study of the records that have one DOI (a preprint that names its article's, the same article in two sources).

    Returns
    -------
    int
        How many studies there are.
    """
    con.execute("BEGIN")
    try:
        con.execute("DELETE FROM study")
        con.execute(
            """INSERT INTO study (study_id, paper_id, reason)
               SELECT coalesce(min(p.paper_id) OVER same, p.paper_id), p.paper_id,
                      CASE WHEN p.doi IS NOT NULL AND count(*) OVER same > 1 THEN 'same DOI' ELSE 'single record' END
               FROM (SELECT paper_id, nullif(trim(lower(doi)), '') AS doi FROM paper) p
               WINDOW same AS (PARTITION BY coalesce(p.doi, p.paper_id))"""
        )
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return int(scalar(con, "SELECT count(DISTINCT study_id) FROM study"))


def study_of(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the study of each paper that shares one with another."""
    return dict(con.execute("SELECT paper_id, study_id FROM study WHERE paper_id <> study_id").fetchall())


def replace_effects(con: duckdb.DuckDBPyConnection, effects: Sequence[tuple[str | None, Effect]], origin: str) -> None:
    """Put ``(paper_id, effect)`` pairs in the place of all effects of an origin, in one transaction."""
    columns: dict[str, list[Any]] = {"paper_id": [paper for paper, _ in effects]}
    columns.update({name: [getattr(e, name) for _, e in effects] for name in _NAMES})
    con.execute("BEGIN")
    try:
        con.execute("DELETE FROM effect WHERE origin = ?", [origin])
        with registered(con, "chosen", columns):
            con.execute("INSERT INTO effect BY NAME SELECT * FROM chosen")
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
