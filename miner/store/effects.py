"""Writing studies and effects."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from miner.store.arrow import registered
from miner.store.connect import transaction
from miner.types import Effect

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

# What the table has no column for yet.
_UNSTORED = frozenset({"part", "score", "n_score", "n_why", "on", "candidates"})
_NAMES = [f.name for f in fields(Effect) if f.name not in _UNSTORED]


def study_of(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, int]]:
    """Return, of each record that shares a study with another, the study and the record's rank in it.

    The effects of a study are those of its record of the lowest rank that has any: articles that stand come before preprints, and those
    before what was retracted or withdrawn.
    """
    rows = con.execute(
        """SELECT s.paper_id, s.study_id,
                  row_number() OVER (PARTITION BY s.study_id ORDER BY p.retracted OR p.withdrawn,
                      p.source <> 'pubmed' OR list_contains(p.publication_types, 'Preprint'), s.paper_id)
           FROM study s JOIN paper p USING (paper_id)
           QUALIFY count(*) OVER (PARTITION BY s.study_id) > 1"""
    ).fetchall()
    return {paper: (study, rank) for paper, study, rank in rows}


def replace_effects(con: duckdb.DuckDBPyConnection, effects: Sequence[tuple[str | None, Effect]], origin: str) -> None:
    """Put ``(paper_id, effect)`` pairs in the place of all effects of an origin, in one transaction."""
    columns: dict[str, list[Any]] = {"paper_id": [paper for paper, _ in effects]}
    columns.update({name: [getattr(e, name) for _, e in effects] for name in _NAMES})
    with transaction(con):
        con.execute("DELETE FROM effect WHERE origin = ?", [origin])
        with registered(con, "chosen", columns):
            con.execute("INSERT INTO effect BY NAME SELECT * FROM chosen")
