"""From extractions to studies and effects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from miner.extract.rule import rule_lexicon, rule_vocabulary
from miner.link.counts import with_count
from miner.link.effects import choose_effects
from miner.progress import Meter, Say, waiting
from miner.store.effects import replace_effects, study_of
from miner.store.extractions import current_extractions, decisions
from miner.store.linking import link_all_records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from miner.types import Effect


def link_all(con: duckdb.DuckDBPyConnection, rules: Sequence[Path] = (), say: Say = lambda _: None) -> tuple[int, int]:
    """Link records to studies and choose the effects of each; return the numbers of studies and of effects.

    ``rules`` are the folders whose vocabulary counts, such as the workspace's; ``say`` is told how far it is.

    Of several records of one study, the effects of one stand (see :func:`miner.store.effects.study_of`): the others report the same work.
    """
    with waiting(say, "linking records"):
        studies = link_all_records(con)
    meter = Meter(say, "choosing effects", "paper")
    shared, decided, words, names = study_of(con), decisions(con), rule_vocabulary(rules), rule_lexicon(rules)
    chosen: list[tuple[str | None, Effect]] = []
    rivals: dict[str, tuple[int, str, list[Effect]]] = {}
    for paper_id, year, found in current_extractions(con):
        meter.add()
        by_id = dict(found)
        effects = [with_count(e, by_id, words) for e in choose_effects(paper_id, year, found, decided, words=words, names=names)]
        if not effects:
            continue
        if paper_id not in shared:
            chosen += [(paper_id, e) for e in effects]
            continue
        study_id, rank = shared[paper_id]
        if study_id not in rivals or rank < rivals[study_id][0]:
            rivals[study_id] = (rank, paper_id, effects)
    for study_id, (_, paper_id, effects) in sorted(rivals.items()):
        chosen += [(paper_id, replace(e, study_id=study_id)) for e in effects]
    with waiting(say, "writing effects"):
        replace_effects(con, chosen, "extracted")
    return studies, len(chosen)


def rejected_effect(con: duckdb.DuckDBPyConnection, effect_id: str, rules: Sequence[Path] = ()) -> tuple[Effect, str] | None:
    """Return an effect as it was before reviewers rejected it, and the extraction whose rejection took it away; None where none did.

    Of each paper the rejections are undone from the newest back, until the effect stands again. That of a label gives an effect another identifier: its task is
    another one then.
    """
    decided, words, names = decisions(con), rule_vocabulary(rules), rule_lexicon(rules)
    for paper_id, year, found in current_extractions(con, rejected=True):
        there = {identifier for identifier, _ in found}
        left = {i: d for i, d in decided.items() if i in there}
        for rejected in [i for i, d in reversed(left.items()) if d.action == "reject"]:
            del left[rejected]
            for effect in choose_effects(paper_id, year, found, left, words=words, names=names):
                if effect.effect_id == effect_id:
                    return effect, rejected
    return None
