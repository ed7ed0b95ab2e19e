"""Key terms, key sentences, related papers and summaries, as they were computed for the snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miner.store.site.papers import Rows, by_paper

if TYPE_CHECKING:
    import duckdb

_TERMS = """
SELECT t.paper_id, t.term, t.surface, t.weight, t.source FROM wanted w JOIN v_paper_term t USING (paper_id) ORDER BY w.position, t.rank
"""
_FACETS = """
SELECT f.paper_id, f.facet, f.section, f."start", f."end", f.text, f.score FROM wanted w JOIN v_paper_facet f USING (paper_id) ORDER BY w.position, f."start", f.facet
"""
_SUMMARY = """
SELECT s.paper_id, s.claim, s.sentences, s.starts, s.ends, s.model, s.prompt FROM wanted w JOIN v_paper_summary s USING (paper_id) ORDER BY w.position, s.rank
"""
_RELATED = """
SELECT r.paper_id, r.other_id, r.score, r.why, p.title, p.year, p.retracted
FROM wanted w JOIN v_paper_related r USING (paper_id) JOIN paper p ON p.paper_id = r.other_id ORDER BY w.position, r.rank
"""


def read_about(con: duckdb.DuckDBPyConnection) -> dict[str, Rows]:
    """Return terms, facets, related papers and claims of summaries of the ``wanted`` papers."""
    queries = {"terms": _TERMS, "facets": _FACETS, "related": _RELATED, "summary": _SUMMARY}
    return {kind: by_paper(con, query) for kind, query in queries.items()}
