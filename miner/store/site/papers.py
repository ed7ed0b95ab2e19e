"""Which papers a site has, and what is known of each."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from miner.errors import StoreError
from miner.store.arrow import registered
from miner.store.migrate import missing_views
from miner.store.rows import dicts, scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

Rows = dict[str, list[dict[str, Any]]]

_RECORDS = """
SELECT p.*, s.study_id, s.reason AS study_reason, f.stage, f.reason AS flow_reason, c.included, c.reviewer AS screened_by, c.note AS screening_note
FROM wanted w JOIN paper p USING (paper_id)
LEFT JOIN study s USING (paper_id)
LEFT JOIN v_paper_flow f USING (paper_id)
LEFT JOIN v_screening c USING (paper_id)
ORDER BY w.position
"""
_AUTHORS = """
SELECT a.paper_id, a.name, a.family, a.given, a.initials, a.suffix, a.collective, a.orcid
FROM wanted w JOIN author a USING (paper_id) ORDER BY w.position, a.position
"""
# Records of the same study, with what links the two.
_MATES = """
SELECT w.paper_id, o.paper_id AS other_id, p.source, p.title, p.year, p.venue, p.doi, p.arxiv_id, p.pmid, p.retracted, p.withdrawn, l.reason
FROM wanted w JOIN study s USING (paper_id) JOIN study o ON o.study_id = s.study_id AND o.paper_id <> s.paper_id JOIN paper p ON p.paper_id = o.paper_id
LEFT JOIN study_link l ON (l.paper_id, l.other_id) IN ((w.paper_id, o.paper_id), (o.paper_id, w.paper_id))
ORDER BY w.position, o.paper_id
"""
_VERSIONS = """
SELECT v.paper_id, v.version, v.updated, v.title FROM wanted w JOIN paper_version v USING (paper_id) ORDER BY w.position, v.version, v.updated
"""
_CORRECTIONS = """
SELECT c.paper_id, c.kind, c.pmid, c.reference, c.note FROM wanted w JOIN correction c USING (paper_id) ORDER BY w.position, c.position
"""
_JOBS = "SELECT j.paper_id, j.job FROM wanted w JOIN paper_job j USING (paper_id) ORDER BY w.position, j.job"
_KEYWORDS = """
SELECT k.paper_id, k.keyword, k.kind FROM wanted w JOIN v_keyword k USING (paper_id) ORDER BY w.position, k.kind, k.keyword
"""
_FUNDERS = """
SELECT f.paper_id, f.funder, f.number FROM wanted w JOIN funding f USING (paper_id) ORDER BY w.position, f.position
"""
# Of several fetches of the same bytes the last: that day the service still said so.
_FETCHES = """
SELECT w.paper_id, p.raw_sha256, max(r.fetched_at) AS fetched_at, max_by(r.source, r.fetched_at) AS source
FROM wanted w JOIN paper p USING (paper_id) LEFT JOIN response r ON r.sha256 = p.raw_sha256
WHERE p.raw_sha256 IS NOT NULL GROUP BY w.paper_id, p.raw_sha256
"""


def check_snapshot(con: duckdb.DuckDBPyConnection) -> None:
    """Refuse a snapshot that lacks what pages read.

    Raises
    ------
    StoreError
        If it is of an earlier miner.
    """
    if missing := missing_views(con):
        raise StoreError(
            f"the snapshot is of an earlier miner: it has no {', '.join(sorted(missing))}", hint="publish again: miner publish"
        )


def site_papers(con: duckdb.DuckDBPyConnection, job: str | None, limit: int | None = None) -> list[str]:
    """Return the identifiers of a job's papers, or of all, in order."""
    rows = con.execute(
        f"""SELECT paper_id FROM paper WHERE $job IS NULL OR paper_id IN (SELECT paper_id FROM paper_job WHERE job = $job)
            ORDER BY paper_id {f"LIMIT {int(limit)}" if limit is not None else ""}""",  # noqa: S608 -- a number
        {"job": job},
    ).fetchall()
    return [paper_id for (paper_id,) in rows]


@contextmanager
def wanted(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Iterator[None]:
    """Let SQL see these papers as the table ``wanted``, with their ``position``."""
    with registered(con, "wanted", {"paper_id": list(ids), "position": list(range(len(ids)))}):
        yield


def by_paper(con: duckdb.DuckDBPyConnection, sql: str) -> Rows:
    """Return the rows of a query by their ``paper_id``."""
    found: Rows = {}
    for row in dicts(con, sql):
        found.setdefault(row["paper_id"], []).append(row)
    return found


def read_records(con: duckdb.DuckDBPyConnection) -> dict[str, Rows]:
    """Return what is known of the ``wanted`` papers, by kind and paper."""
    return {
        "records": by_paper(con, _RECORDS),
        "authors": by_paper(con, _AUTHORS),
        "mates": by_paper(con, _MATES),
        "versions": by_paper(con, _VERSIONS),
        "corrections": by_paper(con, _CORRECTIONS),
        "jobs": by_paper(con, _JOBS),
        "keywords": by_paper(con, _KEYWORDS),
        "funders": by_paper(con, _FUNDERS),
        "fetches": by_paper(con, _FETCHES),
    }


def metrics_there(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the metrics of extracted effects, in order."""
    rows = con.execute("SELECT DISTINCT metric FROM effect WHERE origin = 'extracted' ORDER BY metric").fetchall()
    return [metric for (metric,) in rows]


def papers_say(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return for each paper with an effect the metric, estimate and n of the first: with an n, an accuracy where there is one."""
    return dicts(
        con,
        """SELECT paper_id, metric, name, estimate, n FROM effect WHERE origin = 'extracted' AND paper_id IS NOT NULL
           QUALIFY row_number() OVER (PARTITION BY paper_id ORDER BY n IS NULL, metric <> 'accuracy', metric, effect_id) = 1
           ORDER BY paper_id""",
    )


def effect_count(con: duckdb.DuckDBPyConnection, job: str | None) -> int:
    """Return how many effects of a job's papers, or of all, were read."""
    sql = """SELECT count(*) FROM v_effect WHERE origin = 'extracted'
             AND ($job IS NULL OR paper_id IN (SELECT paper_id FROM paper_job WHERE job = $job))"""
    return int(scalar(con, sql, {"job": job}))
