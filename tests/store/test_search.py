"""Search finds what holds the words, ranks as BM25 does, and follows the records."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miner.errors import UsageError
from miner.store.connect import open_writer
from miner.store.search import _hit, _stem, search, sync_search
from miner.store.write import upsert_papers
from miner.types import Paper

PAPERS = [
    Paper("pmid:1", "pubmed", "Radiomics of gliomas", "We read scans of patients with a glioma.", 2019),
    Paper("pmid:2", "pubmed", "Sleep in students", "One glioma is named in passing; the rest is about sleep, studies and coffee.", 2021),
    Paper("pmid:3", "pubmed", "Coffee", "Coffee only.", 2023),
]


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    with open_writer(tmp_path_factory.mktemp("search") / "corpus.duckdb") as connection:
        upsert_papers(connection, PAPERS, "j")
        assert sync_search(connection) == 3
        yield connection


def found(con, query, **more):
    return [h.paper_id for h in search(con, query, **more)]


def test_plurals_and_accents_do_not_matter_and_titles_count_more(con):
    assert found(con, "glioma") == found(con, "GLIOMAS") == found(con, "Glíoma") == ["pmid:1", "pmid:2"]
    assert found(con, "study") == ["pmid:2"]


def test_the_score_is_bm25(con):
    # "sleep": in one record of three, once in its title (three times as much) and once in its abstract.
    lengths = [11, 17, 3]
    assert con.execute("SELECT length FROM search_document ORDER BY doc").fetchall() == [(x,) for x in lengths]
    tf = 3 + 1
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    expected = idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * lengths[1] / (sum(lengths) / 3)))
    assert con.execute("SELECT score FROM search('sleep')").fetchall()[0][0] == pytest.approx(expected)


def test_years_limits_and_snippets(con):
    assert found(con, "coffee", years=(2022, None)) == ["pmid:3"]
    assert found(con, "coffee", years=(None, 2022)) == ["pmid:2"]
    assert len(found(con, "coffee", limit=1)) == 1
    (hit,) = search(con, "passing")
    assert [hit.snippet[a:b] for a, b in hit.marks] == ["passing"]


def test_a_snippet_ends_at_a_word_and_says_that_the_text_goes_on():
    words = [f"word{i}" for i in range(100)]
    row = {"paper_id": "pmid:9", "score": 1.0, "year": 2020, "title": "T", "abstract": " ".join([*words[:50], "coffee", *words[50:]])}
    hit = _hit(row, {_stem("coffee")})
    assert (hit.snippet[:2], hit.snippet[-2:], set(hit.snippet[2:-2].split()) <= {*words, "coffee"}) == ("… ", " …", True)
    assert [hit.snippet[a:b] for a, b in hit.marks] == ["coffee"]
    assert "…" not in _hit(row | {"abstract": "Coffee alone."}, {_stem("coffee")}).snippet


@pytest.mark.parametrize("query", ["", "  ", "!?"])
def test_a_query_without_a_word_is_refused(con, query):
    with pytest.raises(UsageError, match="no word"):
        search(con, query)


@pytest.mark.parametrize("query", ["'; drop table paper; --", "unknownword", "كلمة", "a" * 1000])
def test_any_text_is_only_words(con, query):
    assert found(con, query) == []


def test_the_index_follows_the_records(tmp_path):
    with open_writer(tmp_path / "corpus.duckdb") as connection:
        upsert_papers(connection, PAPERS, "j")
        sync_search(connection)
        assert sync_search(connection) == 0
        upsert_papers(connection, [dataclasses.replace(PAPERS[2], title="Tea", abstract="Tea only.")], "j")
        assert sync_search(connection) == 1
        assert found(connection, "coffee") == ["pmid:2"]
        assert found(connection, "tea") == ["pmid:3"]
        connection.execute("DELETE FROM paper WHERE paper_id = 'pmid:3'")
        sync_search(connection)
        assert found(connection, "tea") == []


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F), min_size=1, max_size=12))
def test_python_and_sql_stem_alike(con, word):
    words = con.execute("SELECT search_words(?)", [word]).fetchall()[0][0]
    if len(words) == 1:
        assert words == [_stem(word)]
