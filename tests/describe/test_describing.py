"""Key terms, key sentences and related papers in a database: the same whatever came first, and read once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from miner.harvest.pubmed_xml import open_binary, read_pubmed
from miner.harvest.records import Cited
from miner.jobs import describing
from miner.jobs.describing import describe_pending
from miner.resources import resource
from miner.store.citations import write_citations
from miner.store.connect import open_writer
from miner.store.write import delete_papers, upsert_papers
from miner.types import Keyword, Paper

TABLES = ("paper_term", "paper_facet", "paper_related")


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    with open_binary(resource("reports", "sample", "pubmed.xml")) as stream:
        return [p for p in read_pubmed(stream) if isinstance(p, Paper)]


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_writer(tmp_path / "db.duckdb") as connection:
        yield connection


def content(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    return {table: con.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for table in TABLES}


def fresh(tmp_path: Path, papers: list[Paper]) -> dict[str, list[tuple[object, ...]]]:
    with open_writer(tmp_path / "fresh.duckdb") as con:
        upsert_papers(con, papers, "j")
        describe_pending(con)
        return content(con)


def test_what_comes_in_parts_ends_as_what_comes_at_once(con: duckdb.DuckDBPyConnection, papers: list[Paper], tmp_path: Path) -> None:
    changed = replace(
        papers[3],
        title="Sleep of elderly surgeons in mountain towns",
        abstract="Surgeons sleep in mountain towns. Sleep of surgeons is short.",
        version=2,
    )
    for part in (papers[:20], papers[20:23], papers[23:], [changed]):
        upsert_papers(con, part, "j")
        assert describe_pending(con).read == len(part)
    delete_papers(con, [papers[5].paper_id])
    assert describe_pending(con).read == 0
    rest = [changed if p.paper_id == changed.paper_id else p for p in papers if p is not papers[5]]
    assert content(con) == fresh(tmp_path, rest)
    assert describe_pending(con) == describing.Described(0, 0)


def test_key_sentences_are_word_for_word(con: duckdb.DuckDBPyConnection, papers: list[Paper]) -> None:
    upsert_papers(con, papers, "j")
    describe_pending(con)
    assert con.execute("SELECT count(*) FROM v_paper_facet").fetchall()[0][0] > len(papers)
    wrong = """SELECT f.text FROM v_paper_facet f JOIN paper p USING (paper_id)
               WHERE f.text <> substr(p.title || chr(10) || p.abstract, f.start + 1, f."end" - f.start)"""
    assert con.execute(wrong).fetchall() == []


def test_records_of_one_study_are_versions_not_relatives(con: duckdb.DuckDBPyConnection, papers: list[Paper]) -> None:
    upsert_papers(con, papers, "j")
    describe_pending(con)
    one, other = con.execute(
        "SELECT paper_id, other_id FROM v_paper_related WHERE rank = 1 ORDER BY score DESC, paper_id LIMIT 1"
    ).fetchall()[0]
    con.execute("INSERT INTO study VALUES ('s', ?, 'test'), ('s', ?, 'test')", [one, other])
    ranks = con.execute("SELECT other_id, rank FROM v_paper_related WHERE paper_id = ? ORDER BY rank", [one]).fetchall()
    assert other not in [o for o, _ in ranks]
    assert [r for _, r in ranks] == list(range(1, len(ranks) + 1))


def test_references_in_common_are_told(con: duckdb.DuckDBPyConnection, papers: list[Paper]) -> None:
    upsert_papers(con, papers, "j")
    describe_pending(con)
    a, b, c = papers[0].paper_id, papers[9].paper_id, papers[20].paper_id
    write_citations(
        con,
        [
            Cited(a, "openalex", "W1", 3, ("W7", "W8", "W9")),
            Cited(b, "openalex", "W2", 1, ("W7", "W8", "W1")),
            Cited(c, "openalex", "W3", 0, ("W1", "W2")),
        ],
    )
    describe_pending(con)
    (why,) = (r[0] for r in con.execute("SELECT why FROM v_paper_related WHERE paper_id = ? AND other_id = ?", [a, b]).fetchall())
    assert {"one cites the other", "2 references in common", "cited together by 1 paper"} <= set(why)


def test_a_keyword_added_later_is_read(con: duckdb.DuckDBPyConnection, papers: list[Paper]) -> None:
    upsert_papers(con, papers[:5], "j")
    describe_pending(con)
    upsert_papers(con, [replace(papers[0], keywords=(Keyword("somnology"),), version=papers[0].version + 1)], "j")
    assert describe_pending(con).read == 1
    assert ("somnology", "author") in con.execute(
        "SELECT term, source FROM v_paper_term WHERE paper_id = ?", [papers[0].paper_id]
    ).fetchall()


def test_of_too_many_records_nothing_is_described(
    con: duckdb.DuckDBPyConnection, papers: list[Paper], monkeypatch: pytest.MonkeyPatch
) -> None:
    upsert_papers(con, papers[:5], "j")
    monkeypatch.setattr(describing, "MOST_PAPERS", 4)
    said: list[str] = []
    assert describe_pending(con, said.append).read == 0
    assert "up to 4" in said[0]
