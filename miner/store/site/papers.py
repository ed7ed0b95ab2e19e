"""Which papers a site has, and what is known of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miner.store.arrow import registered
from miner.store.rows import dicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb


def site_papers(con: duckdb.DuckDBPyConnection, job: str | None, limit: int | None = None) -> list[str]:
    """Return the identifiers of a job's papers, or of all, in order."""
    rows = con.execute(
        f"""SELECT paper_id FROM paper WHERE $job IS NULL OR paper_id IN (SELECT paper_id FROM paper_job WHERE job = $job)
            ORDER BY paper_id {f"LIMIT {int(limit)}" if limit is not None else ""}""",  # noqa: S608 -- a number
        {"job": job},
    ).fetchall()
    return [paper_id for (paper_id,) in rows]


def listed_papers(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return ``paper_id``, ``title``, ``year``, ``venue`` and ``author`` (the first one's family name) of papers, in their order."""
    with registered(con, "wanted", {"paper_id": list(ids), "position": list(range(len(ids)))}):
        return dicts(
            con,
            """SELECT p.paper_id, p.title, p.year, p.venue, a.author
               FROM wanted w JOIN paper p USING (paper_id)
               LEFT JOIN (SELECT paper_id, min_by(coalesce(collective, family, regexp_extract(name, '\\S+$')), position) AS author
                          FROM author WHERE paper_id IN (SELECT paper_id FROM wanted) GROUP BY paper_id) a USING (paper_id)
               ORDER BY w.position""",
        )
