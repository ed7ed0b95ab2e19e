"""Authors, affiliations, countries, funders, keywords, citations and licences, as views and named queries; every record is invented."""

from __future__ import annotations

import pytest

from miner.config import init_workspace
from miner.errors import UsageError
from miner.harvest.pubmed_article import read_article
from miner.harvest.records import Cited
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.citations import write_citations
from miner.store.connect import open_reader
from miner.store.query import run_named
from miner.store.write import delete_papers, upsert_papers
from miner.types import Author, Effect, Grant, Keyword, Paper

OSLO, BOSTON = "Department of Invention, University of Oslo, Oslo, Norway.", "Invented Institute, Boston, MA 02115, USA. bea@example.org"


def paper(number: int, year: int, authors: tuple[Author, ...], venue: str = "Invented journal", **more: object) -> Paper:
    """Return an invented record."""
    return Paper(f"pmid:{number}", "pubmed", f"Title {number}", "", year, venue=venue, pmid=str(number), authors=authors, **more)


ADA = Author("Ada Uno", "Uno", "Ada", orcid="0000-0002-1825-0097", affiliations=(OSLO,))
BEA = Author("Bea Duo", "Duo", "Bea", affiliations=(BOSTON, "Lima, Perú"))
PAPERS = [
    paper(1, 2019, (ADA, BEA), license="CC BY", keywords=(Keyword("MRI"), Keyword("Learning")), grants=(Grant("NIH", "R01", "United States"),)),
    paper(2, 2020, (Author("Ada Uno"), Author("B. Duo"), Author("A group", collective="A group")), mesh=("Brain",), keywords=(Keyword("mri"),)),
    paper(3, 2020, (ADA,), "Another journal", grants=(Grant("NIH"), Grant("DFG"))),
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    from miner.store.effects import replace_effects

    made = init_workspace(tmp_path_factory.mktemp("who"))
    with writing(made) as con:
        upsert_papers(con, PAPERS, "job")
        write_citations(
            con, [Cited("pmid:1", "openalex", "W1", 7), Cited("pmid:1", "wos", "WOS:1", 9), Cited("pmid:2", "openalex", "W2", 1)]
        )
        replace_effects(con, [("pmid:1", Effect("e1", "pmid:1", "extracted", "accuracy", 0.9, n=100, decided="one"))], "extracted")
        publish(con, made)
    return made


def rows(place, sql: str) -> list[tuple]:
    with open_reader(place.current) as con:
        return con.execute(sql).fetchall()


def named(place, query: str, **given: str) -> list[dict]:
    return run_named(place, query, given).to_pylist()


@pytest.mark.parametrize(
    ("affiliation", "code"),
    [
        (OSLO, "NO"),
        (BOSTON, "US"),
        ("Dept of X, Stanford, CA 94305", "US"),
        ("Harvard Medical School, Boston, Massachusetts", "US"),
        ("Beijing Normal Univ, Beijing, Peoples R China", "CN"),
        ("Seoul, Republic of Korea. Electronic address: a@b.kr.", "KR"),
        ("London WC1E 6BT, U.K.", "GB"),
        ("Amsterdam, The Netherlands", "NL"),
        ("53127 Bonn, Germany; and elsewhere, 75013 Paris, France", "FR"),
        ("İstanbul, Türkiye", "TR"),
        ("Abidjan, Côte d'Ivoire", "CI"),
        ("Taipei 112 Taiwan", "TW"),
        ("MIT CSAIL", None),
        ("", None),
        ("@" * 500 + "," * 500, None),
    ],
)
def test_the_country_is_what_an_affiliation_ends_with(affiliation, code, empty):
    empty.execute("BEGIN")
    upsert = "INSERT INTO author (paper_id, position, name, affiliations) VALUES ('p', 0, 'A', [?])"
    empty.execute(upsert, [affiliation])
    assert empty.execute("SELECT country_code FROM v_affiliation").fetchall() == [(code,)]
    empty.execute("ROLLBACK")


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    from miner.store.connect import open_writer

    with open_writer(tmp_path_factory.mktemp("empty") / "a.duckdb") as con:
        yield con


def test_views_say_who_wrote_paid_and_cites(place):
    authors = rows(place, "SELECT paper_id, author, countries FROM v_author ORDER BY paper_id, position")
    assert authors[:2] == [("pmid:1", "Uno A", ["Norway"]), ("pmid:1", "Duo B", ["Peru", "United States"])]
    assert [a for _, a, _ in authors[2:]] == ["Uno A", "Duo B", "A group", "Uno A"]
    assert rows(place, "SELECT funder, number, country FROM v_funder WHERE paper_id = 'pmid:1'") == [("NIH", "R01", "United States")]
    assert rows(place, "SELECT kind, keyword FROM v_keyword WHERE paper_id = 'pmid:2' ORDER BY 1") == [("author", "mri"), ("mesh", "Brain")]
    assert rows(place, "SELECT paper_id, license, cited_by FROM v_paper ORDER BY 1") == [
        ("pmid:1", "CC BY", 9),
        ("pmid:2", None, 1),
        ("pmid:3", None, None),
    ]
    assert rows(place, "SELECT provider, cited_by FROM v_citation WHERE paper_id = 'pmid:1' ORDER BY 1") == [("openalex", 7), ("wos", 9)]


def test_queries_by_author_country_and_journal(place):
    assert [(r["author"], r["papers"], r["effects"], r["cited_by"]) for r in named(place, "top-authors")] == [
        ("Uno A", 3, 1, 10),
        ("Duo B", 2, 1, 10),
    ]
    assert named(place, "co-authors") == [{"author": "Duo B", "co_author": "Uno A", "papers": 2}]
    assert [r["paper_id"] for r in named(place, "by-author", author="Duo B")] == ["pmid:2", "pmid:1"]
    assert [(r["paper_id"], r["n"]) for r in named(place, "by-country", country="Peru")] == [("pmid:1", 100)]
    assert [(r["country"], r["papers"]) for r in named(place, "countries")] == [("Norway", 2), ("Peru", 1), ("United States", 1)]
    assert [r["paper_id"] for r in named(place, "by-journal", venue="Another journal")] == ["pmid:3"]
    with pytest.raises(UsageError, match="there is no country 'Atlantis'"):
        named(place, "by-country", country="Atlantis")


def test_the_literature_in_numbers(place):
    assert [(r["year"], r["papers"], r["until_then"], r["change_percent"]) for r in named(place, "growth")] == [
        (2019, 1, 1, None),
        (2020, 2, 3, 100.0),
    ]
    assert [(r["venue"], r["papers"], r["effects"]) for r in named(place, "top-journals")] == [
        ("Invented journal", 2, 1),
        ("Another journal", 1, None),
    ]
    assert [(r["keyword"], r["papers"]) for r in named(place, "top-keywords")] == [("mri", 2)]
    assert [(r["funder"], r["papers"]) for r in named(place, "top-funders")] == [("NIH", 2), ("DFG", 1)]
    assert [(r["license"], r["papers"]) for r in named(place, "licences")] == [(None, 2), ("CC BY", 1)]
    assert [r["cited_by"] for r in named(place, "most-cited", top="1")] == [9]


def test_keywords_and_grants_come_from_pubmed_and_go_with_the_record(empty):
    from lxml import etree

    words = """<PubmedArticle><MedlineCitation><PMID Version="1">5</PMID><Article><ArticleTitle>T</ArticleTitle><GrantList CompleteYN="Y">
      <Grant><GrantID>R01 AG1</GrantID><Acronym>AG</Acronym><Agency>NIA NIH HHS</Agency><Country>United States</Country></Grant>
      <Grant><GrantID>1</GrantID></Grant></GrantList></Article>
      <KeywordList Owner="NOTNLM"><Keyword MajorTopicYN="N">deep <i>learning</i></Keyword><Keyword/></KeywordList></MedlineCitation></PubmedArticle>"""
    found = read_article(etree.fromstring(words))
    assert (found.keywords, found.grants) == ((Keyword("deep learning"),), (Grant("NIA NIH HHS", "R01 AG1", "United States"),))
    assert upsert_papers(empty, [found], "j").new == 1
    assert upsert_papers(empty, [found], "j").unchanged == 1
    assert delete_papers(empty, ["pmid:5"]) == 1
    assert empty.execute("SELECT (SELECT count(*) FROM keyword), (SELECT count(*) FROM funding)").fetchall() == [(0, 0)]
