"""What a bibliography says of records, as exports read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miner.store.arrow import registered
from miner.store.rows import dicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

ALL_PAPERS = "SELECT paper_id FROM v_paper ORDER BY paper_id"
_REFERENCES = """
SELECT p.paper_id, p.source, p.title, p.abstract, p.year, p.published, coalesce(p.venue, p.journal_ref) AS venue, p.doi, p.pmid, p.pmcid,
       p.arxiv_id, p.language, CASE WHEN len(p.mesh) > 0 THEN p.mesh ELSE p.categories END AS keywords, s.included,
       a.names AS authors
FROM wanted w JOIN paper p USING (paper_id) LEFT JOIN v_screening s USING (paper_id)
LEFT JOIN (SELECT paper_id, list((coalesce(collective, family, name),
                                  CASE WHEN collective IS NULL AND family IS NOT NULL THEN coalesce(given, initials, '') ELSE '' END,
                                  collective IS NOT NULL) ORDER BY position) AS names
           FROM author WHERE paper_id IN (SELECT paper_id FROM wanted) GROUP BY paper_id) a USING (paper_id)
ORDER BY w.position
"""


def read_bibliography(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return what is known of these papers, in their order; ``authors`` are (family, given, whether a collective)."""
    with registered(con, "wanted", {"paper_id": list(ids), "position": list(range(len(ids)))}):
        return dicts(con, _REFERENCES)
