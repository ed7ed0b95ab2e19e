"""Ranked search over titles and abstracts: an index that follows the records, and snippets; the ranking is the SQL macro ``search``."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.store.connect import transaction
from miner.store.rows import dicts, scalar

if TYPE_CHECKING:
    import duckdb

# Above this share of rows that are stale or outside the sorted part, the index is made anew: reading it costs more than sorting it.
_UNSORTED = 0.25
_TITLE_WEIGHT = 3

_NEW = """
CREATE OR REPLACE TEMP TABLE search_new AS
SELECT nextval('search_document_number')::INTEGER AS doc, p.paper_id, p.digest,
       search_words(p.title) AS title_words, search_words(p.abstract) AS words
FROM paper p LEFT JOIN search_document d ON d.paper_id = p.paper_id AND d.digest = p.digest
WHERE d.paper_id IS NULL
"""
_COUNTED = f"""
CREATE OR REPLACE TEMP TABLE search_count AS
SELECT term, doc, sum(weight)::INTEGER AS tf
FROM (SELECT doc, unnest(title_words) AS term, {_TITLE_WEIGHT} AS weight FROM search_new
      UNION ALL SELECT doc, unnest(words), 1 FROM search_new)
GROUP BY term, doc
"""  # noqa: S608 -- a number of ours


def sync_search(con: duckdb.DuckDBPyConnection) -> int:
    """Bring the index up to date with the records; return how many were read. Records that are unchanged are not read again."""
    with transaction(con):
        gone = scalar(
            con,
            """DELETE FROM search_document WHERE NOT EXISTS (
                   SELECT 1 FROM paper p WHERE p.paper_id = search_document.paper_id AND p.digest = search_document.digest)""",
        )
        con.execute(_NEW)
        new = int(scalar(con, "SELECT count(*) FROM search_new"))
        if new:
            _add(con)
        con.execute("DROP TABLE search_new")
    total = int(scalar(con, "SELECT count(*) FROM search_document"))
    if (new or gone) and new + int(gone or 0) >= _UNSORTED * total:
        _sort(con)
    return new


def _add(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("INSERT INTO search_document SELECT doc, paper_id, digest, len(title_words) + len(words) FROM search_new")
    con.execute(_COUNTED)
    con.execute(
        """INSERT INTO search_term
           SELECT term, (SELECT coalesce(max(term_id), 0) FROM search_term) + row_number() OVER (ORDER BY term)
           FROM (SELECT DISTINCT term FROM search_count) WHERE term NOT IN (SELECT term FROM search_term)"""
    )
    con.execute(
        "INSERT INTO search_posting SELECT t.term_id, c.doc, c.tf FROM search_count c JOIN search_term t USING (term) ORDER BY t.term_id, c.doc"
    )
    con.execute("DROP TABLE search_count")


def _sort(con: duckdb.DuckDBPyConnection) -> None:
    """Sort the rows anew, without those of records that are gone."""
    with transaction(con):
        con.execute(
            """CREATE OR REPLACE TEMP TABLE search_sorted AS
               SELECT p.term_id, p.doc, p.tf FROM search_posting p JOIN search_document d ON d.doc = p.doc ORDER BY p.term_id, p.doc"""
        )
        con.execute("TRUNCATE search_posting")
        con.execute("INSERT INTO search_posting SELECT * FROM search_sorted")
        con.execute("DROP TABLE search_sorted")


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found. ``snippet`` is the part of its text with the most words of the query, with … where the text goes on; ``marks`` are their places in it."""

    paper_id: str
    score: float
    year: int | None
    title: str
    snippet: str
    marks: tuple[tuple[int, int], ...]


def search(
    con: duckdb.DuckDBPyConnection, query: str, *, years: tuple[int | None, int | None] = (None, None), limit: int = 20
) -> list[Hit]:
    """Return the records that fit a query best.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A reader.
    query : str
        Words; a record need not hold all of them, those that do come first as a rule.
    years : (int or None, int or None)
        First and last year.
    limit : int
        At most so many.

    Raises
    ------
    UsageError
        If there is no word in the query.
    """
    words = set(scalar(con, "SELECT search_words(?)", [query]) or [])
    if not words:
        raise UsageError("there is no word to search for", where=repr(query))
    inside = "WHERE paper_id IN (SELECT paper_id FROM paper WHERE year BETWEEN $first AND $last)" if years != (None, None) else ""
    values: dict[str, Any] = {"query": query, "limit": limit}
    if inside:
        values |= {"first": -9999 if years[0] is None else years[0], "last": 9999 if years[1] is None else years[1]}
    rows = dicts(
        con,
        # The best are chosen before their texts are read.
        f"""SELECT s.paper_id, s.score, p.year, p.title, p.abstract
            FROM (SELECT paper_id, score FROM search($query) {inside} ORDER BY score DESC, paper_id LIMIT $limit) s JOIN paper p USING (paper_id)
            ORDER BY s.score DESC, s.paper_id""",  # noqa: S608 -- texts of ours
        values,
    )
    return [_hit(row, words) for row in rows]


_WORD = re.compile(r"[^\W_]+")
_WIDTH = 240


def _hit(row: dict[str, Any], words: set[str]) -> Hit:
    abstract = row["abstract"]
    places = [m.span() for m in _WORD.finditer(abstract) if _stem(m[0]) in words]
    begin = max((a for a, _ in places), key=lambda a: (sum(a <= b < a + _WIDTH for b, _ in places), -a), default=0)
    start = 0 if begin < 60 else abstract.find(" ", begin - 60) + 1
    end = min(start + _WIDTH, len(abstract))
    if end < len(abstract) and (space := abstract.rfind(" ", start, end + 1)) > start:  # words stay whole
        end = space
    before, after = "… " if start else "", " …" if end < len(abstract) else ""
    snippet, shift = before + abstract[start:end] + after, len(before) - start
    marks = tuple((a + shift, b + shift) for a, b in places if a >= start and b <= end)
    return Hit(row["paper_id"], round(row["score"], 4), row["year"], row["title"], snippet, marks)


def _stem(word: str) -> str:
    """Do what the SQL macros ``search_words`` and ``search_stem`` do; a test holds the two together."""
    word = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)).lower()
    if len(word) <= 3:
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word
