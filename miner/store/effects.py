"""Writing studies and effects."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from miner.store.arrow import registered
from miner.store.connect import transaction
from miner.store.rows import now
from miner.store.snapshot import CLOCK
from miner.types import Effect, EffectCandidate, EffectLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

ALL_EFFECTS = f"SELECT * EXCLUDE ({CLOCK}) FROM v_effect ORDER BY effect_id"  # noqa: S608 -- a name of ours
CHOSEN_EFFECTS = """SELECT * FROM v_effect WHERE ($metric IS NULL OR metric = $metric) AND ($task IS NULL OR task = $task)
                    AND ($origin IS NULL OR origin = $origin) ORDER BY effect_id"""
NAMES_OF_EFFECTS = "SELECT DISTINCT metric, task, origin FROM v_effect"
SIZED_SHARES = """SELECT effect_id, study_id, reference, task, metric, name, estimate, n, n_unit, n_role, ci_low, ci_high, year, condition, modality,
                    validation, origin
             FROM v_effect_main WHERE n IS NOT NULL AND estimate BETWEEN 0 AND 1 ORDER BY effect_id"""
_NAMES = [f.name for f in fields(Effect) if f.name not in {"candidates", "labels"}]  # these have a table of their own
_CANDIDATE = [f.name for f in fields(EffectCandidate)]
_LABEL = [f.name for f in fields(EffectLabel)]


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
    """Put ``(paper_id, effect)`` pairs in the place of all effects of an origin, with what each was chosen among, in one transaction."""
    import pyarrow as pa

    columns: dict[str, list[Any]] = {"paper_id": [paper for paper, _ in effects]}
    columns.update({name: [getattr(e, name) for _, e in effects] for name in _NAMES})
    among = [(e.effect_id, c) for _, e in effects for c in e.candidates]
    candidates: dict[str, list[Any]] = {"effect_id": [effect_id for effect_id, _ in among]}
    candidates.update({name: [getattr(c, name) for _, c in among] for name in _CANDIDATE})
    label_rows = [(e.effect_id, x) for _, e in effects for x in e.labels]
    labels: dict[str, list[Any]] = {"effect_id": [effect_id for effect_id, _ in label_rows]}
    labels.update({name: [getattr(x, name) for _, x in label_rows] for name in _LABEL})
    texts = {"value": pa.string()}
    with transaction(con):
        for table in ("effect_candidate", "effect_label"):
            con.execute(f"DELETE FROM {table} WHERE effect_id NOT IN (SELECT effect_id FROM effect WHERE origin <> ?)", [origin])  # noqa: S608 -- names of ours
        con.execute("DELETE FROM effect WHERE origin = ?", [origin])
        with (
            registered(con, "chosen", columns, {"on": pa.list_(pa.string())}),
            registered(con, "among", candidates),
            registered(con, "told", labels, texts),
        ):
            con.execute("INSERT INTO effect BY NAME SELECT * FROM chosen")
            con.execute("INSERT INTO effect_candidate BY NAME SELECT * FROM among")
            con.execute("INSERT INTO effect_label BY NAME SELECT * FROM told")
        con.execute(
            "INSERT INTO effect_seen SELECT effect_id, ? FROM effect ANTI JOIN effect_seen USING (effect_id)", [now("microseconds")]
        )
