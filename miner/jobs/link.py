"""From extractions to studies and effects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from miner.link.effects import choose_effects
from miner.store.effects import link_studies, replace_effects, study_of
from miner.store.extractions import current_extractions, decisions

if TYPE_CHECKING:
    import duckdb

    from miner.types import Effect


def link_all(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Link records to studies and choose the effects of each; return the numbers of studies and of effects.

    Of several records of one study, the effects of the first that has any (in order of paper_id) stand: the others report the same work.
    """
    studies = link_studies(con)
    study, decided = study_of(con), decisions(con)
    chosen: list[tuple[str | None, Effect]] = []
    has_effects: dict[str, str] = {}
    for paper_id, year, found in current_extractions(con):
        study_id = study.get(paper_id, paper_id)
        effects = choose_effects(paper_id, year, found, decided)
        if not effects or has_effects.setdefault(study_id, paper_id) != paper_id:
            continue
        chosen += [(paper_id, replace(e, study_id=study_id)) for e in effects]
    replace_effects(con, chosen, "extracted")
    return studies, len(chosen)
