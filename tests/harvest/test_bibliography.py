"""RIS, BibTeX and JSON lines; every record is invented."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miner.config import init_workspace
from miner.harvest.bibliography import read_bibliography
from miner.harvest.records import Problem
from miner.jobs.loading.importing import import_file
from miner.jobs.lock import writing
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


ABSTRACTS = {
    "pairs": [["Aims", "To see."], [None, "To  say."], "To end."],
    "objects": [{"label": "Aims:", "text": "To see."}, {"text": "To say."}, {"content": "To end."}],
}


@pytest.mark.parametrize("how", ABSTRACTS)
def test_an_abstract_in_sections_is_read_with_its_labels(tmp_path, how):
    (one,) = read("jsonl", json.dumps({"title": "One", "abstract": ABSTRACTS[how]}), tmp_path / "a.jsonl")
    assert one.abstract == "Aims: To see.\nTo say.\nTo end."
    assert [s.label for s in one.sections] == ["Aims", None, None]
    (two,) = read("jsonl", '{"title": "Two", "abstract": {"AIMS": "To see.", "RESULTS": "Seen."}}', tmp_path / "b.jsonl")
    assert two.abstract == "AIMS: To see.\nRESULTS: Seen."


def test_what_is_of_another_kind_is_told_and_nothing_is_not(tmp_path):
    odd = {
        "title": "One",
        "abstract": [["Aims", "To see."], [["x"]], 3.5],
        "year": 2020.0,
        "doi": ["10.1/x"],
        "authors": [{"x": 1}, "Ada Uno"],
        "keywords": 7,
    }
    nothing = {"title": "Two", "abstract": None, "year": float("nan"), "doi": "", "authors": [], "keywords": [None], "text": " "}
    texts = {"title": "Three", "authors": "Ada Uno; Bea Due and Cy Tre", "keywords": "a, b; c"}
    one, *told, two, three = read("jsonl", "\n".join(json.dumps(v) for v in (odd, nothing, texts)), tmp_path / "a.jsonl")
    assert (one.abstract, one.year, [a.name for a in one.authors], two.abstract, two.year) == ("Aims: To see.", 2020, ["Ada Uno"], "", None)
    assert [p.reason.removeprefix("taken without its ") for p in told] == [
        "doi, which is a list", "2 of the 3 parts of abstract", "1 of the 2 authors", "keywords, which is a number",
    ]  # fmt: skip
    assert ([a.name for a in three.authors], [k.keyword for k in three.keywords]) == (["Ada Uno", "Bea Due", "Cy Tre"], ["a", "b", "c"])
    _, *told = read("csl-json", '[{"title": "One", "abstract": [["Aims", "x"]], "author": "Ada", "issued": 2020}]', tmp_path / "a.json")
    assert [p.reason for p in told] == [
        f"taken without its {w}" for w in ("abstract, which is a list", "author, which is a text", "issued, which is a number")
    ]


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


@pytest.mark.parametrize(
    ("tags", "field", "value"),
    [
        (["A1  - Smith J.", "AU  - Jones K."], "authors", (Author("Smith J."), Author("Jones K."))),  # Ovid
        (["PY  - 2020", "Y1  - 2020/03/05/"], "published", "2020-03-05"),
        (["DB  - Scopus", "C2  - 123"], "paper_id", "pmid:123"),
        (["AB  - One.", "AB  - Two", "that goes on."], "abstract", "One. Two that goes on."),
        (["AU - Uno, Ada"], "authors", (Author("Ada Uno", "Uno", "Ada"),)),  # one space before the hyphen
        (["N2  - Under another tag."], "abstract", "Under another tag."),
    ],
)
def test_ris_as_programs_write_it(tmp_path, tags, field, value):
    (paper,) = read("ris", "\n".join(["TY  - JOUR", "T1  - A title", *tags, "ER  - "]), tmp_path / "a.ris")
    assert (paper.title, getattr(paper, field)) == ("A title", value)


@pytest.mark.parametrize(
    ("entry", "field", "value"),
    [
        (r"""author = {M{\"u}ller, J{\'o}n and Garc{\'\i}a, Jos\'e and {\AA}ngstr{\"o}m, {\O}yvind}""", "authors",
         (Author("Jón Müller", "Müller", "Jón"), Author("José García", "García", "José"), Author("Øyvind Ångström", "Ångström", "Øyvind"))),
        ("author = {{Trials and Errors Group} and Ludwig van Beethoven and others}", "authors",
         (Author("Trials and Errors Group"), Author("Ludwig van Beethoven", "van Beethoven", "Ludwig"))),
        ("abstract = {Right in 95% of 12 & 3 (#1)}", "abstract", "Right in 95% of 12 & 3 (#1)"),  # LaTeX would read 95 and stop
        (r"abstract = {$p < 0.05$, $\pm 3$, \textgreater 5}", "abstract", r"$p < 0.05$, $\pm 3$, >5"),
        ("abstract = {He said \"no} year = {2020}", "abstract", 'He said "no'),
        ("doi = {10.1/x}\n  year = {2020}\n  month = mar", "published", "2020-03"),  # no commas
        ("year = {2020}, year = {2021}", "published", "2020"),
    ],
)  # fmt: skip
def test_bibtex_as_programs_write_it(tmp_path, entry, field, value):
    (paper,) = read("bibtex", "@article{k, title = {T},\n " + entry + "}", tmp_path / "a.bib")
    assert (paper.title, getattr(paper, field)) == ("T", value)


def test_an_entry_takes_from_its_volume(tmp_path):
    words = "@inproceedings{a, title={Part}, crossref={V}}\n@proceedings{v, title={The volume}, year=2019}"
    part, volume = read("bibtex", words, tmp_path / "a.bib")
    assert (part.title, part.venue, part.published) == ("Part", "The volume", "2019")
    assert (volume.title, volume.venue) == ("The volume", None)


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("@article{title={A}, year={2020}}", ["A"]),  # no key
        ("@article{a, title={A}}@misc{b, title={B}}", ["A", "B"]),
        ("@article{a, title={A}}\n@article{a, title={B}}", ["A", "B"]),  # one key twice
        ("@article{a, title={A}}, year={2020}}\n@misc{b, title={B}}", ["A", None, "B"]),  # a brace too many: what it cuts off is told
        ('@article(a, title="A (1)")\n@comment{x}\n@article{b, title={B', ["A (1)", None]),
        ("@article{a, title={A}, year={2020} rest}\n@article{b, title={B}}", [None, "B"]),
    ],
)
def test_nothing_of_a_broken_file_is_lost_silently(tmp_path, words, titles):
    assert [getattr(r, "title", None) for r in read("bibtex", words, tmp_path / "a.bib")] == titles


def test_ris_without_its_first_line_is_told(tmp_path):
    first, second = read("ris", "TI  - A\nER  - \nTY  - JOUR\nTI  - B\nER  - ", tmp_path / "a.ris")
    assert "TY" in first.reason
    assert second.title == "B"


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_letters_come_through_every_encoding(tmp_path, code):
    path = tmp_path / "a.ris"
    path.write_bytes("TY  - JOUR\r\nTI  - Über Größe\r\nER  - \r\n".encode(code))
    assert [p.title for p in read_bibliography("ris", path, "sha")] == ["Über Größe"]


_TITLES = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs"), exclude_characters='\\{}~$%&#"\'`-^_@'), min_size=1), min_size=1, max_size=6)  # fmt: skip
_WRITE = {"ris": "TY  - JOUR\nTI  - x{}\nER  - \n", "bibtex": "@article{{k, title = {{x{}}}}}\n"}
_CUT = {"ris": "TY  - JOUR\nTI  - cut\n", "bibtex": "@article{k, title = {cut\n"}


@settings(max_examples=60, deadline=None)
@given(_TITLES, st.sampled_from(sorted(_WRITE)), st.integers(0, 5))
def test_a_broken_record_takes_no_other_with_it(titles, kind, where):
    from miner.harvest.bibtex import bibtex_entries
    from miner.harvest.ris import ris_records

    at = min(where, len(titles))
    records = [_WRITE[kind].format(t) for t in titles]
    found = [f for _, f in {"ris": ris_records, "bibtex": bibtex_entries}[kind]("".join([*records[:at], _CUT[kind], *records[at:]]))]
    assert [f if isinstance(f, str) else f["title"] for f in found if not isinstance(f, str)] == [[f"x{t}"] for t in titles]
    assert sum(isinstance(f, str) for f in found) == 1
