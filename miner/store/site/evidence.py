"""The numbers and labels that were read in papers, what effects rest on them, and what reviewers decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miner.store.site.papers import Rows, by_paper

if TYPE_CHECKING:
    import duckdb

_EXTRACTIONS = """
SELECT x.extraction_id, x.paper_id, x.document_id, d.kind AS document, x.kind, x.value, x.value_text, x.unit, x.role, x.own, x.metric, x.name, x.claim, x.ci_low,
       x.ci_high, x.sd, x."start", x."end", x.quote, x.sentence, x.page, x.section, x.rule_id, x.rule_version, x.score, x.part, x.n, x.n_unit, x.n_role,
       x.n_score, x.n_why, x.scope
FROM wanted w JOIN v_extraction x USING (paper_id) JOIN document d USING (document_id)
ORDER BY w.position, d.kind <> 'abstract', x.document_id, x."start", x."end", x.kind, x.extraction_id
"""
_EFFECTS = """
SELECT e.effect_id, e.study_id, e.paper_id, e.metric, e.name, e.estimate, e.n, e.n_unit, e.n_role, e.part, e.task, e.pool, e.condition, e.modality, e.dataset,
       e.method, e.validation, e.decided, e.score, e.n_score, e.n_why, e.ci_low, e.ci_high, e.performance_extraction_id, e.sample_size_extraction_id, e."on", e.consistent, e.nearest_count,
       e.excluded
FROM wanted w JOIN v_effect_all e USING (paper_id) WHERE e.origin = 'extracted'
ORDER BY w.position, e.n IS NULL, e.metric <> 'accuracy', e.metric, e.task, e.part, e.effect_id
"""
_CANDIDATES = """
SELECT e.paper_id, c.extraction_id, c.chosen, c.why
FROM wanted w JOIN effect e USING (paper_id) JOIN effect_candidate c USING (effect_id) ORDER BY c.chosen DESC, c.extraction_id
"""
_DECISIONS = """
SELECT d.paper_id, d.extraction_id, d.action, d.corrected, d.reviewer, left(CAST(d.decided_at AS VARCHAR), 10) AS day, d.note
FROM wanted w JOIN v_decision d USING (paper_id) WHERE d.last_of_reviewer ORDER BY w.position, d.decision_id
"""
_SECTIONS = """
SELECT s.paper_id, s.kind, s.label, s.text FROM wanted w JOIN abstract_section s USING (paper_id) WHERE s.kind = 'abstract' ORDER BY w.position, s.position
"""
_FULL_TEXTS = """
SELECT d.paper_id, d.kind, d.state, d.reason, d.pages, d.license FROM wanted w JOIN document d USING (paper_id) WHERE d.kind <> 'abstract'
ORDER BY w.position, d.kind
"""


def read_evidence(con: duckdb.DuckDBPyConnection) -> dict[str, Rows]:
    """Return what was read in the ``wanted`` papers, by kind and paper."""
    return {
        "extractions": by_paper(con, _EXTRACTIONS),
        "effects": by_paper(con, _EFFECTS),
        "candidates": by_paper(con, _CANDIDATES),
        "decisions": by_paper(con, _DECISIONS),
        "sections": by_paper(con, _SECTIONS),
        "full_texts": by_paper(con, _FULL_TEXTS),
    }
