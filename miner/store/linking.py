"""Finding records that report the same study: by identifiers, then by likeness inside blocks; nothing here compares all with all.

Blocking and likeness run in DuckDB (Christen, *Data Matching*, 2012, chapters 4 and 5); miner.link.studies decides.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.link.identifiers import works
from miner.link.studies import Link, Linked, link_records
from miner.store.arrow import registered
from miner.store.connect import transaction
from miner.store.rows import scalar

if TYPE_CHECKING:
    import duckdb

# A block of more records is a heading ("Editorial"), not a title; leaving it out keeps the number of pairs linear.
LARGEST_BLOCK = 60
YEARS_APART = 3

_RECORDS = r"""
CREATE OR REPLACE TEMP TABLE link_record AS
WITH a AS (
    SELECT paper_id, list(DISTINCT strip_accents(lower(coalesce(family, regexp_extract(name, '(\S+)$', 1)))) ) AS families,
           arg_min(strip_accents(lower(coalesce(family, regexp_extract(name, '(\S+)$', 1)))), position) AS first_family
    FROM author WHERE collective IS NULL GROUP BY paper_id
), t AS (
    SELECT paper_id, year, source, list_contains(publication_types, 'Preprint') AS preprint, abstract, doi, pmid,
           trim(regexp_replace(lower(strip_accents(regexp_replace(title, '<[^>]*>|\\[a-zA-Z]+\*?|[$]', ' ', 'g'))), '[^a-z0-9]+', ' ', 'g')) AS title
    FROM paper
)
SELECT t.paper_id, t.year, t.source, t.preprint, t.title, replace(t.title, ' ', '') AS squeezed, list_distinct(string_split(t.title, ' ')) AS words,
       coalesce(a.families, []) AS families, a.first_family, t.doi, t.pmid,
       list_sort(regexp_extract_all(t.title, '\b(?:\d+\w*|ii|iii|iv|v|vi|vii|viii|ix|x)\b')) AS numerals,
       regexp_matches(t.title, '^(author |publisher )?(correction|corrigendum|erratum|retraction|reply|response|comment|letter|expression of concern|withdrawn|retracted)\b') AS about
FROM t LEFT JOIN a USING (paper_id)
"""

# Typing errors and changed words spoil some of the keys, rarely all of them.
_BLOCKS = """
CREATE OR REPLACE TEMP TABLE link_block AS
WITH titled AS (
    SELECT paper_id, squeezed, first_family, list_sort(list_filter(words, lambda w: length(w) > 3)) AS long,
           list_reverse_sort(list_transform(list_filter(words, lambda w: length(w) > 3), lambda w: {'n': length(w), 'w': w})) AS by_length
    FROM link_record WHERE length(squeezed) >= 12
), key AS (
    SELECT paper_id, hash('start', squeezed[1:16]) AS key FROM titled
    UNION ALL SELECT paper_id, hash('end', squeezed[-16:]) FROM titled
    UNION ALL SELECT paper_id, hash('longest', by_length[1].w, by_length[2].w) FROM titled WHERE len(by_length) >= 2
    UNION ALL SELECT paper_id, hash('author', first_family, by_length[1].w) FROM titled WHERE first_family IS NOT NULL AND len(by_length) >= 1
    UNION ALL SELECT paper_id, hash('author', first_family, by_length[2].w) FROM titled WHERE first_family IS NOT NULL AND len(by_length) >= 2
    UNION ALL SELECT paper_id, hash('author', first_family, by_length[3].w) FROM titled WHERE first_family IS NOT NULL AND len(by_length) >= 3
    UNION ALL SELECT paper_id, hash('set', long) FROM titled WHERE len(long) >= 3
)
SELECT key, paper_id FROM key
WHERE key IN (SELECT key FROM key GROUP BY key HAVING count(*) BETWEEN 2 AND $largest)
"""

# The cheap tests come first: spelling is compared only where years, numerals and authors allow it and the titles share words.
_PAIRS = """
CREATE OR REPLACE TEMP TABLE link_pair AS
WITH pair AS (
    SELECT DISTINCT x.paper_id AS a, y.paper_id AS b
    FROM link_block x JOIN link_block y ON x.key = y.key AND x.paper_id < y.paper_id
), first AS MATERIALIZED (
    -- In two steps: joined at once, records with the same numerals would meet each other, all with all.
    SELECT p.a, p.b, r.* FROM pair p JOIN link_record r ON r.paper_id = p.a
), allowed AS MATERIALIZED (
    SELECT r.a, r.b, r.squeezed AS title_a, s.squeezed AS title_b, r.words AS words_a, s.words AS words_b, r.first_family = s.first_family AS same_first,
           least(len(r.families), len(s.families)) AS known_authors,
           len(list_intersect(r.families, s.families)) / greatest(least(len(r.families), len(s.families)), 1) AS authors
    FROM first r JOIN link_record s ON s.paper_id = r.b
    WHERE (r.year IS NULL OR s.year IS NULL OR abs(r.year - s.year) <= $years)
      AND r.numerals = s.numerals AND r.about = s.about
      AND NOT (r.source = s.source AND r.preprint = s.preprint AND r.doi IS NULL AND s.doi IS NULL AND NOT (r.squeezed = s.squeezed AND r.families = s.families))
), worded AS MATERIALIZED (
    SELECT *, title_a = title_b AND length(title_a) >= 20 AS same_title,
           len(list_intersect(words_a, words_b)) / greatest(len(list_distinct(list_concat(words_a, words_b))), 1) AS words,
           list_filter(words_a, lambda w: NOT list_contains(words_b, w)) AS only_a, list_filter(words_b, lambda w: NOT list_contains(words_a, w)) AS only_b,
           least(length(title_a), length(title_b)) >= 25 AND (starts_with(title_a, title_b) OR starts_with(title_b, title_a)) AS extends
    FROM allowed WHERE authors >= 0.5 OR known_authors = 0
)
SELECT * EXCLUDE (title_a, title_b, words_a, words_b, only_a, only_b), length(title_a) >= 40 AS long_title,
       CASE WHEN words >= 0.35 THEN levenshtein(title_a[1:200], title_b[1:200]) / greatest(length(title_a[1:200]), length(title_b[1:200])) ELSE 1 END AS edits,
       -- CT and PET are two letters apart, too: an error of typing is in a long word.
       len(only_a) BETWEEN 1 AND 3 AND len(only_a) = len(only_b)
           AND list_min(list_transform(list_concat(only_a, only_b), lambda w: length(w))) >= 5
           AND levenshtein(list_aggregate(list_sort(only_a), 'string_agg', ''), list_aggregate(list_sort(only_b), 'string_agg', '')) <= 3 AS mistyped
FROM worded WHERE same_title OR words >= 0.35 OR extends
"""

# Two works of one group often have titles that differ in a word (CT, MRI); only there the abstracts decide, so they are compared for few pairs.
_ALIKE = r"""
WITH word AS (
    SELECT paper_id, list_distinct(regexp_extract_all(lower(abstract), '[a-z]{4,}')) AS words
    FROM paper WHERE paper_id IN (SELECT a FROM link_pair UNION SELECT b FROM link_pair)
), scored AS (
    SELECT p.*, CASE WHEN len(x.words) >= 20 AND len(y.words) >= 20
                     THEN len(list_intersect(x.words, y.words)) / len(list_distinct(list_concat(x.words, y.words))) END AS abstracts
    FROM link_pair p JOIN word x ON x.paper_id = p.a JOIN word y ON y.paper_id = p.b
)
SELECT a, b, round(least(0.99, 0.5 * greatest(words, 1 - edits) + 0.25 * CASE WHEN known_authors = 0 THEN 0.5 ELSE authors END + 0.25 * coalesce(abstracts, 0.5)), 3) AS score
FROM scored
WHERE CASE WHEN abstracts IS NULL
           THEN (same_title AND (known_authors > 0 OR long_title))
                OR (known_authors > 0 AND same_first AND authors >= 0.6 AND mistyped)
                OR (known_authors > 1 AND same_first AND authors >= 0.8 AND (extends OR edits <= 0.01))
           ELSE (same_title AND abstracts >= 0.2 AND (known_authors > 0 OR abstracts >= 0.5))
                OR (known_authors > 0 AND (edits <= 0.08 OR words >= 0.8) AND abstracts >= 0.4)
                OR (known_authors > 0 AND abstracts >= 0.5)
      END
"""


def link_all_records(con: duckdb.DuckDBPyConnection) -> int:
    """Make one study of the records that report the same work, and keep why; return the number of studies.

    Identifiers come first (DOI, arXiv identifier and its DOI, PMCID, PubMed's own links between a preprint and its article), then titles,
    years, authors and abstracts inside blocks. Reviewers' merges and splits stand above both.
    """
    decided = _decided(con)
    apart = frozenset(p for p, (action, _) in decided.items() if action == "split")
    manual = [Link(p, o, "merged by a reviewer", 2.0) for p, (action, o) in decided.items() if action == "merge" and o]
    named = _works(con)
    candidates = [*manual, *_by_identifier(con, named), *_by_likeness(con)]
    found = link_records(candidates, named, apart)
    _write(con, found, apart)
    return int(scalar(con, "SELECT count(DISTINCT study_id) FROM study"))


def _works(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    rows = con.execute("SELECT paper_id, doi, arxiv_id FROM paper WHERE doi IS NOT NULL OR arxiv_id IS NOT NULL").fetchall()
    return {paper: works(doi, arxiv_id) for paper, doi, arxiv_id in rows}


def _by_identifier(con: duckdb.DuckDBPyConnection, named: dict[str, dict[str, str]]) -> list[Link]:
    first: dict[tuple[str, str], str] = {}
    links = []
    for paper in sorted(named):
        for kind, name in named[paper].items():
            other = first.setdefault((kind, name), paper)
            if other != paper:
                links.append(Link(other, paper, "same arXiv identifier" if kind == "arxiv" else "same DOI", 1.0))
    shared = con.execute(
        """SELECT min(paper_id) OVER same, paper_id FROM paper WHERE nullif(trim(pmcid), '') IS NOT NULL
           WINDOW same AS (PARTITION BY upper(trim(pmcid)))
           QUALIFY count(*) OVER same > 1 AND paper_id > min(paper_id) OVER same"""
    ).fetchall()
    links += [Link(a, b, "same PMCID", 1.0) for a, b in shared]
    updates = con.execute(
        """SELECT DISTINCT least(c.paper_id, p.paper_id), greatest(c.paper_id, p.paper_id)
           FROM correction c JOIN paper p ON p.pmid = c.pmid
           WHERE c.kind IN ('UpdateIn', 'UpdateOf') AND c.paper_id <> p.paper_id"""
    ).fetchall()
    return links + [Link(a, b, "linked by PubMed as preprint and article", 1.0) for a, b in updates]


def _by_likeness(con: duckdb.DuckDBPyConnection) -> list[Link]:
    con.execute(_RECORDS)
    con.execute(_BLOCKS, {"largest": LARGEST_BLOCK})
    con.execute(_PAIRS, {"years": YEARS_APART})
    rows = con.execute(_ALIKE).fetchall()
    for table in ("link_pair", "link_block", "link_record"):
        con.execute(f"DROP TABLE {table}")
    return [Link(a, b, "title, year and authors alike", float(score)) for a, b, score in rows]


def _write(con: duckdb.DuckDBPyConnection, found: Linked, apart: frozenset[str]) -> None:
    papers = list(found.study_of)
    columns: dict[str, list[Any]] = {
        "paper_id": papers,
        "study_id": [found.study_of[p] for p in papers],
        "reason": [found.reason_of[p] for p in papers],
    }
    links: dict[str, list[Any]] = {
        "paper_id": [x.paper_id for x in found.links],
        "other_id": [x.other_id for x in found.links],
        "reason": [x.reason for x in found.links],
        "score": [x.score for x in found.links],
    }
    with transaction(con):
        con.execute("DELETE FROM study")
        con.execute("DELETE FROM study_link")
        with (
            registered(con, "linked", columns),
            registered(con, "found_link", links),
            registered(con, "alone", {"paper_id": sorted(apart)}),
        ):
            con.execute(
                """INSERT INTO study (study_id, paper_id, reason)
                   SELECT coalesce(l.study_id, p.paper_id), p.paper_id,
                          coalesce(l.reason, CASE WHEN a.paper_id IS NOT NULL THEN 'split off by a reviewer' END, 'single record')
                   FROM paper p LEFT JOIN linked l USING (paper_id) LEFT JOIN alone a USING (paper_id)"""
            )
            con.execute("INSERT INTO study_link BY NAME SELECT * FROM found_link")


def _decided(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str | None]]:
    """Return the last word on each record that has one."""
    rows = con.execute("SELECT paper_id, action, other_id FROM link_decision ORDER BY link_decision_id").fetchall()
    return {paper: (action, other) for paper, action, other in rows}


def decide_link(
    con: duckdb.DuckDBPyConnection, action: str, paper_id: str, other_id: str | None, reviewer: str, note: str | None = None
) -> None:
    """Record a reviewer's word on which study a record belongs to; linking honours the last one.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    action : str
        ``split`` (the record is a study of its own), ``merge`` (it belongs to the study of ``other_id``) or ``free`` (forget the earlier word).
    paper_id, other_id : str
        Records.
    reviewer, note : str
        Who, and why.

    Raises
    ------
    UsageError
        If there is no such record.
    """
    for paper in filter(None, (paper_id, other_id)):
        if not scalar(con, "SELECT count(*) FROM paper WHERE paper_id = ?", [paper]):
            raise UsageError(f"there is no record {paper!r}", hint="miner sql 'select paper_id, title from v_paper' lists them")
    if paper_id == other_id:
        raise UsageError("a record cannot be merged with itself", where=paper_id)
    con.execute(
        "INSERT INTO link_decision SELECT coalesce(max(link_decision_id), 0) + 1, ?, ?, ?, ?, ?, ? FROM link_decision",
        [action, paper_id, other_id, reviewer, datetime.now(UTC).isoformat(timespec="seconds"), note],
    )


def link_counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return how many papers, studies and links there are."""
    names = {
        "papers": "SELECT count(*) FROM paper",
        "studies": "SELECT count(DISTINCT study_id) FROM study",
        "links": "SELECT count(*) FROM study_link",
    }
    return {name: int(scalar(con, sql)) for name, sql in names.items()}
