"""Who cites whom among the papers of a snapshot, and how often the world does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miner.store.site.papers import Rows, by_paper

if TYPE_CHECKING:
    import duckdb

_COUNTS = """
SELECT c.paper_id, c.provider, c.work_id, c.cited_by, max(left(r.fetched_at, 10)) AS day
FROM wanted w JOIN citation_count c USING (paper_id) LEFT JOIN response r ON r.sha256 = c.raw_sha256
GROUP BY c.paper_id, c.provider, c.work_id, c.cited_by ORDER BY c.provider
"""
# Two providers may name the same work: what is known here by another's name is one paper.
_REFERENCES = r"""
SELECT r.paper_id, any_value(r.provider ORDER BY r.provider) AS provider, any_value(r.work_id ORDER BY r.provider, r.work_id) AS work_id, p.paper_id AS other_id,
       any_value(p.title) AS title, any_value(p.year) AS year, any_value(p.retracted) AS retracted, max(k.cited_by) AS cited_by,
       any_value(coalesce(a.collective, a.family, regexp_extract(a.name, '\S+$'))) AS author
FROM wanted w JOIN citation_reference r USING (paper_id)
LEFT JOIN citation_count k ON k.provider = r.provider AND k.work_id = r.work_id
LEFT JOIN paper p ON p.paper_id = k.paper_id
LEFT JOIN author a ON a.paper_id = p.paper_id AND a.position = 0
GROUP BY r.paper_id, p.paper_id, CASE WHEN p.paper_id IS NULL THEN r.work_id END
ORDER BY r.paper_id, other_id IS NULL, max(k.cited_by) DESC NULLS LAST, other_id, work_id
"""
_CITING = r"""
SELECT w.paper_id, r.paper_id AS other_id, any_value(p.title) AS title, any_value(p.year) AS year, any_value(p.retracted) AS retracted, max(k.cited_by) AS cited_by,
       any_value(coalesce(a.collective, a.family, regexp_extract(a.name, '\S+$'))) AS author
FROM wanted w JOIN citation_count c USING (paper_id)
JOIN citation_reference r ON r.provider = c.provider AND r.work_id = c.work_id JOIN paper p ON p.paper_id = r.paper_id
LEFT JOIN author a ON a.paper_id = p.paper_id AND a.position = 0
LEFT JOIN citation_count k ON k.paper_id = r.paper_id AND k.provider = r.provider
GROUP BY w.paper_id, r.paper_id
ORDER BY w.paper_id, cited_by DESC NULLS LAST, other_id
"""


def read_network(con: duckdb.DuckDBPyConnection) -> dict[str, Rows]:
    """Return counts, references and citing papers of the ``wanted`` papers, those in the database and cited most first."""
    return {"counts": by_paper(con, _COUNTS), "references": by_paper(con, _REFERENCES), "citing": by_paper(con, _CITING)}
