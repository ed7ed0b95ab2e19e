"""The literature's own statistics: who wrote how much, where, and with whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

_WITHIN = "paper_id IN (SELECT paper_id FROM paper_job WHERE job = $job)"
_RANKED = {
    "authors": ("v_author", "author", ""),
    "journals": ("v_paper", "venue", "WHERE venue IS NOT NULL"),
    "countries": ("v_affiliation", "country", "WHERE country IS NOT NULL"),
    "keywords": ("v_keyword", "lower(keyword)", ""),
    "funders": ("v_funder", "funder", ""),
}


def _where(where: str, job: str | None) -> tuple[str, dict[str, Any]]:
    return (f"{where} {'AND' if where else 'WHERE'} {_WITHIN}", {"job": job}) if job else (where, {})


def papers_by_year(con: duckdb.DuckDBPyConnection, job: str | None) -> list[tuple[int, int]]:
    """Return the number of records of each year between the first and the last."""
    where, values = _where("WHERE year IS NOT NULL", job)
    found = dict(con.execute(f"SELECT year, count(*) FROM v_paper {where} GROUP BY year", values).fetchall())  # noqa: S608 -- texts of ours
    return [(year, found.get(year, 0)) for year in range(min(found), max(found) + 1)] if found else []


def ranked(con: duckdb.DuckDBPyConnection, what: str, job: str | None, top: int) -> tuple[list[tuple[str, int]], int, int]:
    """Return the names with the most records, how many names there are, and how many records have one.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A reader.
    what : str
        ``authors``, ``journals``, ``countries``, ``keywords`` or ``funders``; a record counts once for each of its names.
    job : str or None
        Whose records; all by default.
    top : int
        How many names.
    """
    view, name, where = _RANKED[what]
    where, values = _where(where, job)
    named = f"SELECT DISTINCT paper_id, {name} AS name FROM {view} {where}"  # noqa: S608 -- texts of ours
    rows = con.execute(f"SELECT name, count(*) AS papers FROM ({named}) GROUP BY name ORDER BY papers DESC, name LIMIT {int(top)}", values)  # noqa: S608 -- as above
    shown = [(str(n), int(c)) for n, c in rows.fetchall()]
    names, papers = con.execute(f"SELECT count(DISTINCT name), count(DISTINCT paper_id) FROM ({named})", values).fetchall()[0]  # noqa: S608 -- as above
    return shown, int(names), int(papers)


def co_authors(con: duckdb.DuckDBPyConnection, job: str | None, authors: list[str]) -> list[tuple[str, str, int]]:
    """Return how many records each pair of these authors wrote together."""
    where, values = _where("WHERE list_contains($authors, author)", job)
    return con.execute(
        f"""WITH who AS (SELECT DISTINCT paper_id, author FROM v_author {where})
            SELECT a.author, b.author, count(*) FROM who a JOIN who b ON a.paper_id = b.paper_id AND a.author < b.author
            GROUP BY ALL ORDER BY ALL""",  # noqa: S608 -- texts of ours
        values | {"authors": authors},
    ).fetchall()
