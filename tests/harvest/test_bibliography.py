"""RIS, BibTeX and JSON lines; every record is invented."""

from __future__ import annotations

import pytest

from miner.config import init_workspace
from miner.harvest.bibliography import read_bibliography
from miner.harvest.records import Problem
from miner.jobs.loading.importing import import_file
from miner.store.connect import writing
from miner.types import Author, Paper

RIS = """TY  - JOUR
TI  - An invented title
 that goes on
AU  - Uno, Ada
AU  - The Study Group
PY  - 2021
DA  - 2021/03/05
AB  - We counted 12.
DO  - https://doi.org/10.1234/ABC.
JO  - Invented Journal
DB  - PubMed
AN  - 123
ER  -

TY  - JOUR
AU  - Nobody
ER  -
TY  - JOUR
TI  - Cut short
"""
BIB = r"""@string{ij = "Invented Journal"}
@comment{nothing}
@article{uno2021, title = {An {Invented} \emph{title} with 95\% \& more}, author = {Uno, Ada and Bea Duo},
  journal = ij # " A", year = 2021, month = mar, doi = "10.1234/ABC", abstract = {First {nested {deep}} line
  second line}}
@misc{p, title={A preprint}, eprint={2101.00001v2}, archivePrefix={arXiv}, year={2021}}
@article{broken, title = {never closed
@article{after, title = {After it}, year = {2020}}
"""
JSONL = """{"id": "pmid:7", "title": "By identifier", "abstract": "Text.", "year": 2020}
{"title": "By DOI", "doi": "10.5/x", "authors": ["Ada Uno", {"name": "Bea"}]}
not json
[1]
{"doi": "10.1234/no-title"}
"""


def read(kind, content, path):
    path.write_text(content, encoding="utf-8")
    return list(read_bibliography(kind, path, "sha"))


def test_ris(tmp_path):
    paper, none, cut = read("ris", RIS, tmp_path / "a.ris")
    assert (paper.paper_id, paper.source, paper.version, paper.doi) == ("pmid:123", "pubmed", 0, "10.1234/abc")
    assert (paper.title, paper.published, paper.venue, paper.abstract) == (
        "An invented title that goes on",
        "2021-03-05",
        "Invented Journal",
        "We counted 12.",
    )
    assert paper.authors == (Author("Ada Uno", "Uno", "Ada"), Author("The Study Group"))
    assert isinstance(none, Problem)
    assert "no title" in none.reason
    assert "cut short" in cut.reason


def test_bibtex(tmp_path):
    paper, preprint, broken, after = read("bibtex", BIB, tmp_path / "a.bib")
    assert (paper.paper_id, paper.title, paper.venue, paper.published) == (
        "doi:10.1234/abc", "An Invented title with 95% & more", "Invented Journal A", "2021-03",
    )  # fmt: skip
    assert paper.abstract == "First nested deep line second line"
    assert [a.name for a in paper.authors] == ["Ada Uno", "Bea Duo"]
    assert (preprint.paper_id, preprint.source, preprint.version) == ("arxiv:2101.00001", "arxiv", 0)
    assert isinstance(broken, Problem)
    assert after.title == "After it"


def test_what_miner_exports_comes_back_under_the_same_names(tmp_path):
    words = "TY  - JOUR\nID  - pmid:77\nTI  - One\nER  -\nTY  - UNPB\nTI  - Two\nUR  - https://arxiv.org/abs/2101.00001\nER  -\n"
    assert [r.paper_id for r in read("ris", words, tmp_path / "a.ris")] == ["pmid:77", "arxiv:2101.00001"]


def test_json_lines(tmp_path):
    one, two, *rest = read("jsonl", JSONL, tmp_path / "a.jsonl")
    assert (one.paper_id, one.abstract, one.year) == ("pmid:7", "Text.", 2020)
    assert [a.name for a in two.authors] == ["Ada Uno", "Bea"]
    assert [type(r) for r in rest] == [Problem] * 3


@pytest.mark.parametrize(("name", "content"), [("a.ris", RIS), ("a.bib", BIB), ("a.jsonl", JSONL)])
def test_they_are_imported_by_what_they_hold(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    place = init_workspace(tmp_path / "w")
    with writing(place) as con:
        first = import_file(con, place, path)
        assert first.new >= 1
        assert first.partial
        again = import_file(con, place, path)
        assert (again.new, again.changed) == (0, 0)


@pytest.mark.parametrize("kind", ["ris", "bibtex", "jsonl"])
@pytest.mark.parametrize(
    "content", ["@" * 10_000, "{" * 10_000, "TY  - \n" * 1000, "@a{" * 2000, '@a{k, t = "' + "x" * 100_000, "\x00\xff" * 100]
)
def test_nonsense_is_problems_in_little_time(tmp_path, kind, content):
    assert not [r for r in read(kind, content, tmp_path / "x") if isinstance(r, Paper)]
