"""What the explorer of a site reads: its rows, paper by paper, and which papers hold a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miner.digits import STORED, significant
from miner.store.arrow import registered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

# The columns of v_explorer that say something of the paper, and those that say something of an effect, in the order of the view.
OF_PAPER = (
    "paper_id", "title", "first_author", "authors", "year", "venue", "source", "type", "standing", "cited_by", "doi", "arxiv_id", "pmid",
)  # fmt: skip
OF_EFFECT = (
    "effect_id", "question", "task", "pool", "metric", "estimate", "ci_low", "ci_high", "n", "n_unit", "n_role", "modality", "condition",
    "dataset", "validation", "method", "score", "performance_extraction_id", "review",
)  # fmt: skip
# As it is copied from the explorer, too: what it shows is what this gives.
SELECTED = "SELECT * EXCLUDE (words)\nFROM v_explorer"
ORDER = "year DESC NULLS LAST, paper_id, effect_id"
_BATCH = 5_000


def column_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the columns that the explorer's query gives, in order."""
    return [d[0] for d in con.execute(f"{SELECTED} LIMIT 0").description or []]


def explorer_rows(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of these papers: those of a paper together, the newest paper first."""
    with registered(con, "wanted", {"paper_id": list(ids)}):
        result = con.execute(f"{SELECTED} WHERE paper_id IN (SELECT paper_id FROM wanted) ORDER BY {ORDER}")  # noqa: S608 -- texts of ours
        names = [d[0] for d in result.description or []]
        while rows := result.fetchmany(_BATCH):
            for row in rows:
                yield dict(zip(names, significant(list(row), STORED), strict=True))


def words_of_papers(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    """Yield each word of titles, abstracts, authors and identifiers with the places in ``ids`` of the papers that hold it."""
    with registered(con, "wanted", {"paper_id": list(ids), "position": list(range(len(ids)))}):
        result = con.execute(
            r"""WITH text AS (SELECT paper_id, any_value(words) AS words FROM v_explorer GROUP BY paper_id),
                     held AS (SELECT w.position, unnest(list_distinct(regexp_extract_all(t.words, '[\p{L}\p{N}]+'))) AS word
                              FROM wanted w JOIN text t USING (paper_id))
                SELECT word, list(position ORDER BY position) FROM held GROUP BY word ORDER BY word"""
        )
        while rows := result.fetchmany(_BATCH):
            yield from rows


def limits_of(job: str | None, last: str | None) -> list[str]:
    """Return the conditions under which v_explorer has a site's papers only: a job's, and those up to the last one that has a page."""
    found = []
    if job is not None:
        found.append(f"paper_id IN (SELECT paper_id FROM paper_job WHERE job = '{_quoted(job)}')")  # noqa: S608 -- to be read by people and run by miner sql, quoted
    if last is not None:
        found.append(f"paper_id <= '{_quoted(last)}'")
    return found


def _quoted(text: str) -> str:
    return text.replace("'", "''")
