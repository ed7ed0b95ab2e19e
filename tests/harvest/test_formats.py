"""Files as each product writes them; every record is invented."""

from __future__ import annotations

import gzip
import json
import os
import subprocess

import pytest

from miner.config import init_workspace
from miner.harvest.reader import reader_of
from miner.harvest.records import Cited, Problem
from miner.jobs.loading.importing import import_file
from miner.jobs.lock import writing
from miner.types import Author, Grant, Keyword, Paper

NBIB = """
PMID- 31234567
OWN - NLM
STAT- MEDLINE
DCOM- 20210405
LR  - 20210406
IS  - 1234-5678 (Electronic)
VI  - 12
DP  - 2021 Apr 2
TI  - An invented study of hippocampal volume
      in two cohorts.
PG  - 1-9
LID - 10.1234/INV.5 [doi]
AB  - BACKGROUND: We asked. RESULTS: The accuracy was 88% in
      210 subjects.
CI  - (c) 2021 The Authors.
FAU - Uno, Ada
AU  - Uno A
AUID- ORCID: 0000-0002-1825-0097
AD  - Department of Invention, University of Oslo, Oslo, Norway.
FAU - Duo, Bea
AU  - Duo B
AD  - Invented Institute, Boston, MA, USA. bea@example.org.
AD  - Second Place, Lima, Peru.
CN  - Invention Study Group
LA  - eng
GR  - R01 AG012345/AG/NIA NIH HHS/United States
GR  - WT_/Wellcome Trust/United Kingdom
PT  - Journal Article
PT  - Multicenter Study
DEP - 20210305
TA  - J Inv
JT  - Journal of invention
MH  - Alzheimer Disease/*diagnosis
MH  - *Hippocampus
OTO - NOTNLM
OT  - *MRI
OT  - machine learning
PMC - PMC7654321
AID - S1234-5678(21)00001-2 [pii]
AID - 10.1234/INV.5 [doi]
SO  - J Inv. 2021 Apr 2;12:1-9. doi: 10.1234/INV.5.

PMID- 31234568
TI  - A second one.
DP  - 2020 Dec-2021 Jan
RIN - J Inv. 2022;1:1. PMID: 3
SO  - J Inv. 2020.

TI  - Without its number.
SO  - J Inv. 2020.
"""
ENW = """%0 Journal Article
%T An invented title
%A Uno, Ada
%A Invention Study Group,
%J Journal of invention
%V 12
%D 2021
%8 Mar 5
%@ 1234-5678
%R 10.1234/inv.5
%X We counted 12.

And a second paragraph.
%K MRI
machine learning
%M 31234567
%~ PubMed
%2 PMC7654321
%G eng
%U https://example.org/5

%0 Conference Proceedings
%T A second one
%B Proceedings of invention
%D 2020

%0 Journal Article
%A Nobody
"""
WOS = """FN Clarivate Analytics Web of Science
VR 1.0
PT J
AU Uno, A
   Duo, B
AF Uno, Ada
   Duo, Bea
TI An invented title
   that goes on
SO JOURNAL OF INVENTION
LA English
DT Article
DE MRI; machine learning
ID HIPPOCAMPUS
AB We counted 12.
C1 [Uno, Ada; Duo, Bea] Univ Oslo, Oslo, Norway.
   [Duo, Bea] Invented Inst, Lima, Peru.
OI Uno, Ada/0000-0002-1825-0097
FU NIH [R01 AG1]; DFG
TC 17
PD MAR 5
PY 2021
DI 10.1234/INV.5
UT WOS:000600000000001
PM 31234567
ER

PT J
TI Cut short
"""
CSL = [
    {
        "id": "http://zotero.org/users/1/items/AB12",
        "type": "article-journal",
        "abstract": "We counted 12.",
        "container-title": "Journal of invention",
        "DOI": "10.1234/inv.5",
        "language": "en",
        "note": "PMID: 31234567\nPMCID: PMC7654321",
        "title": "An invented <i>title</i> of 10<sup>3</sup>",
        "author": [{"family": "Uno", "given": "Ada"}, {"literal": "Invention Study Group"}],
        "issued": {"date-parts": [["2021", 3, 5]]},
    },
    {"id": "x", "type": "article", "title": "A preprint", "number": "arXiv:2101.00001", "issued": {"literal": "2021"}},
]
ZOTERO = {
    "config": {"id": "x", "label": "BetterBibTeX JSON"},
    "items": [
        {
            "itemType": "journalArticle",
            "title": "An invented title",
            "creators": [
                {"firstName": "Ada", "lastName": "Uno", "creatorType": "author"},
                {"firstName": "Ed", "lastName": "Itor", "creatorType": "editor"},
                {"name": "Invention Study Group", "creatorType": "author"},
            ],
            "date": "2021-03-05",
            "DOI": "10.1234/inv.5",
            "extra": "PMID: 31234567",
            "tags": [{"tag": "MRI"}, {"tag": "machine learning", "type": 1}],
        },
        {"itemType": "attachment", "title": "PDF"},
        {"itemType": "note", "note": "mine"},
    ],
}


def read(content, path, packed=False):
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    reader = reader_of(path)
    return reader.name, list(reader.read(path, "sha"))


def test_pubmed_s_format(tmp_path):
    name, (one, two, none) = read(NBIB, tmp_path / "pubmed-set.nbib")
    assert (name, one.paper_id, one.source, one.version) == ("nbib", "pmid:31234567", "pubmed", 0)
    assert one.title == "An invented study of hippocampal volume in two cohorts."
    assert one.abstract.endswith("88% in 210 subjects.")
    assert (one.doi, one.pmcid, one.venue, one.published, one.language) == (
        "10.1234/inv.5",
        "PMC7654321",
        "Journal of invention",
        "2021-03-05",
        "eng",
    )
    assert one.authors == (
        Author(
            "Ada Uno", "Uno", "Ada", orcid="0000-0002-1825-0097",
            affiliations=("Department of Invention, University of Oslo, Oslo, Norway.",),
        ),
        Author("Bea Duo", "Duo", "Bea", affiliations=("Invented Institute, Boston, MA, USA. bea@example.org.", "Second Place, Lima, Peru.")),
        Author("Invention Study Group", collective="Invention Study Group"),
    )  # fmt: skip
    assert one.grants == (Grant("NIA NIH HHS", "R01 AG012345", "United States"), Grant("Wellcome Trust", "WT_", "United Kingdom"))
    assert (one.mesh, one.keywords) == (("Alzheimer Disease", "Hippocampus"), (Keyword("MRI"), Keyword("machine learning")))
    assert one.publication_types == ("Journal Article", "Multicenter Study")
    assert (two.paper_id, two.published, two.retracted) == ("pmid:31234568", "2020-12", True)
    assert none == Problem("line 50", "it has no PMID line")


def test_endnote_s_tags(tmp_path):
    name, (one, two, none) = read(ENW, tmp_path / "a.enw")
    assert (name, one.paper_id, one.title, one.published, one.pmcid) == (
        "enw",
        "pmid:31234567",
        "An invented title",
        "2021-03-05",
        "PMC7654321",
    )
    assert one.abstract == "We counted 12. And a second paragraph."
    assert one.authors == (Author("Ada Uno", "Uno", "Ada"), Author("Invention Study Group"))
    assert [k.keyword for k in one.keywords] == ["MRI", "machine learning"]
    assert (two.title, two.venue) == ("A second one", "Proceedings of invention")
    assert none.reason == "it has no title"


def test_a_page_s_own_endnote_file_with_its_type_in_the_middle(tmp_path):
    _, (one,) = read(
        "%A Ada Uno\n\n%A Bea Duo\n\n%D 2021\n%T A title\n%K MRI; learning\n%J J\n%0 Journal Article\n\n%R 10.1234/x\n", tmp_path / "a"
    )
    assert (one.title, one.doi, [a.name for a in one.authors], len(one.keywords)) == ("A title", "10.1234/x", ["Ada Uno", "Bea Duo"], 2)


def test_web_of_science_s_plain_text(tmp_path):
    name, (one, cited, cut) = read(WOS, tmp_path / "savedrecs.txt")
    assert (name, one.paper_id, one.title, one.published) == ("wos", "pmid:31234567", "An invented title that goes on", "2021-03-05")
    assert one.authors[0] == Author("Ada Uno", "Uno", "Ada", orcid="0000-0002-1825-0097", affiliations=("Univ Oslo, Oslo, Norway.",))
    assert one.authors[1].affiliations == ("Univ Oslo, Oslo, Norway.", "Invented Inst, Lima, Peru.")
    assert one.grants == (Grant("NIH", "R01 AG1"), Grant("DFG"))
    assert [k.keyword for k in one.keywords] == ["MRI", "machine learning"]
    assert cited == Cited("pmid:31234567", "wos", "WOS:000600000000001", 17, None, "sha")
    assert cut.reason == "it has no ER line"


@pytest.mark.parametrize(
    "content",
    [json.dumps(CSL), json.dumps(CSL, indent=1), "﻿" + json.dumps(CSL, indent=1).replace("\n", "\r\n"), json.dumps({"items": CSL})],
)
def test_a_library_as_csl_json(tmp_path, content):
    name, (one, preprint) = read(content, tmp_path / "library.json")
    assert (name, one.paper_id, one.title, one.published) == ("csl-json", "pmid:31234567", "An invented title of 10^3", "2021-03-05")
    assert one.authors == (Author("Ada Uno", "Uno", "Ada"), Author("Invention Study Group"))
    assert (preprint.paper_id, preprint.source, preprint.year) == ("arxiv:2101.00001", "arxiv", 2021)


@pytest.mark.parametrize("content", [ZOTERO, [{"key": str(i), "data": item} for i, item in enumerate(ZOTERO["items"])]])
def test_a_library_of_zotero_s_own(tmp_path, content):
    name, (one,) = read(json.dumps(content, indent=2), tmp_path / "library.json")
    assert (name, one.paper_id, one.published) == ("csl-json", "pmid:31234567", "2021-03-05")
    assert [a.name for a in one.authors] == ["Ada Uno", "Invention Study Group"]
    assert [k.keyword for k in one.keywords] == ["MRI", "machine learning"]


@pytest.mark.parametrize(
    ("dates", "published"),
    [
        ("PY  - 2020\nDA  - JAN", "2020-01"),
        ("DA  - MAR 5\nPY  - 2021", "2021-03-05"),
        ("PY  - 2020\nDA  - SPR", "2020"),
        ("PY  - 2020\nDA  - 2020/03/05", "2020-03-05"),
    ],
)
def test_a_day_without_its_year_does_not_take_the_year_away(tmp_path, dates, published):
    _, (one,) = read(f"TY  - JOUR\nTI  - An invented title\n{dates}\nER  - \n", tmp_path / "wos.ris")
    assert (one.published, one.year) == (published, int(published[:4]))


def test_citations_of_scopus_in_its_older_writing(tmp_path):
    older = RIS["Scopus"][0].replace("Export Date: 5 May 2021; Cited By: 17", "Cited By :17\nN1  - Export Date: 5 May 2021")
    assert Cited("pmid:31234567", "scopus", "2-s2.0-85000000001", 17, None, "sha") in read(older, tmp_path / "older.ris")[1]


RIS = {
    "Scopus": (
        ("TY  - JOUR\nAU  - Uno, A.\nAU  - Duo, B.\nTI  - An invented title\nPY  - 2021\nT2  - Journal of invention\nJ2  - J. Inv.\nVL  - 12\nDO  - 10.1234/inv.5\n"
        "UR  - https://www.scopus.com/inward/record.uri?eid=2-s2.0-85000000001&doi=10.1234%2finv.5\nAD  - University of Oslo, Oslo, Norway\n"
        "AB  - We counted 12. © 2021\nKW  - MRI\nKW  - learning\nM3  - Article\nDB  - Scopus\nC2  - 31234567\nLA  - English\n"
        "N1  - Export Date: 5 May 2021; Cited By: 17; Correspondence Address: A. Uno\nER  -\n\n"),
        "pmid:31234567", "2021", "Journal of invention",
    ),
    "Web of Science": (
        ("TY  - JOUR\nAU  - Uno, A\nAU  - Duo, B\nTI  - An invented title\nT2  - JOURNAL OF INVENTION\nLA  - English\nKW  - MRI\nKW  - learning\nAB  - We counted 12.\n"
        "PD  - MAR 5\nPY  - 2021\nVL  - 12\nDO  - 10.1234/inv.5\nAN  - WOS:000600000000001\nER  - \n\nEF  - \n"),
        "doi:10.1234/inv.5", "2021", "JOURNAL OF INVENTION",
    ),
    "Ovid": (
        ("1. \nTY  - JOUR\nDB  - Ovid MEDLINE(R) ALL <1946 to May 05, 2021>\nAN  - 31234567\nT1  - An invented title\nA1  - Uno, Ada\nA1  - Duo, Bea\nY1  - 2021///\n"
        "N2  - We counted 12.\nKW  - MRI\nKW  - learning\nJF  - Journal of invention\nJA  - J Inv\nLA  - English\nUR  - https://ovidsp.ovid.com/x?AN=1\nER  - \n"),
        "pmid:31234567", "2021", "Journal of invention",
    ),
    "Embase": (
        ("TY  - JOUR\nM1  - (Uno A., ada@example.org; Duo B.) University of Oslo, Norway\nAU  - Uno A.\nAU  - Duo B.\nT1  - An invented title\nT2  - Journal of invention\n"
        "J2  - J. Inv.\nPY  - 2021\nY1  - 2021\nN2  - We counted 12.\nKW  - MRI\nKW  - learning\nLA  - English\nM3  - Article\nC5  - 31234567\nU2  - L2011000000\n"
        "U4  - 2021-05-05\nDB  - Embase\nDB  - Medline\nDO  - 10.1234/inv.5\nUR  - https://www.embase.com/search/results?id=L2011000000\nER  - \n\n"),
        "pmid:31234567", "2021", "Journal of invention",
    ),
    "EBSCO": (
        ("TY  - JOUR\nID  - 31234567\nT1  - An invented title\nAU  - Uno A\nAU  - Duo B\nY1  - 2021/03/05/2021 Mar 05\nN1  - Accession Number: 31234567. Language: English.\n"
        "N2  - We counted 12.\nKW  - MRI\nKW  - learning\nJF  - Journal of invention\nJO  - J Inv\nAN  - 31234567\nDB  - MEDLINE\nDP  - EBSCOhost\n"
        "UR  - https://search.ebscohost.com/login.aspx?direct=true&db=mdc&AN=31234567\nER  - \n"),
        "pmid:31234567", "2021-03-05", "Journal of invention",
    ),
    "ProQuest": (
        ("TY  - JOUR\nT1  - An invented title\nAN  - 2500000001; 31234567\nAU  - Uno, Ada\nAU  - Duo, Bea\nAB  - We counted 12.\nKW  - MRI\nKW  - learning\n"
        "DA  - 2021 Mar 05\nPY  - 2021\nT2  - Journal of invention\nLA  - English\nDO  - https://doi.org/10.1234/inv.5\nDB  - Health Research Premium Collection\n"
        "UR  - https://www.proquest.com/docview/2500000001\nER  -\n"),
        "doi:10.1234/inv.5", "2021-03-05", "Journal of invention",
    ),
    "Zotero": (
        ("TY  - JOUR\nTI  - An invented title\nAU  - Uno, Ada\nAU  - Duo, Bea\nT2  - Journal of invention\nAB  - We counted 12.\nDA  - 2021/03/05/\nPY  - 2021\nDO  - 10.1234/inv.5\n"
        "DP  - PubMed\nLA  - eng\nKW  - MRI\nKW  - learning\nN1  - PMID: 31234567\nPMCID: PMC7654321\nL1  - https://example.org/a.pdf\nER  - \n"),
        "pmid:31234567", "2021-03-05", "Journal of invention",
    ),
    "Mendeley": (
        ("TY  - JOUR\nTI  - An invented title\nAU  - Uno, Ada\nAU  - Duo, Bea\nT2  - Journal of invention\nAB  - We counted 12.\nDA  - 2021/3/5/\nPY  - 2021\nDO  - 10.1234/inv.5\n"
        "KW  - MRI\nKW  - learning\nUR  - https://pubmed.ncbi.nlm.nih.gov/31234567\nER  - \n\n"),
        "pmid:31234567", "2021-03-05", "Journal of invention",
    ),
}  # fmt: skip


@pytest.mark.parametrize("product", RIS)
@pytest.mark.parametrize("how", ["plain", "windows", "utf-8-sig", "utf-16", "gzip"])
def test_ris_of(tmp_path, product, how):
    content, paper_id, published, venue = RIS[product]
    data = content.replace("\n", "\r\n") if how == "windows" else content
    name, (one, *more) = read(data.encode(how) if how.startswith("utf") else data, tmp_path / "export.ris", how == "gzip")
    assert (name, one.paper_id, one.title, one.published, one.venue) == ("ris", paper_id, "An invented title", published, venue)
    assert len(one.authors) == 2
    assert one.abstract.startswith("We counted 12.")
    assert [k.keyword for k in one.keywords] == ["MRI", "learning"]
    assert more == ([Cited("pmid:31234567", "scopus", "2-s2.0-85000000001", 17, None, "sha")] if product == "Scopus" else [])


FILES = {"nbib": NBIB, "enw": ENW, "wos": WOS, "csl-json": json.dumps(CSL, indent=1), "bbt": json.dumps(ZOTERO, indent=1)}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", ["windows", "utf-8-sig", "utf-16", "utf-16-le", "gzip"])
def test_each_comes_the_same_in_every_encoding(tmp_path, name, how):
    plain = read(FILES[name], tmp_path / "a")
    data = FILES[name].replace("\n", "\r\n") if how == "windows" else FILES[name]
    assert read(data.encode(how) if how.startswith("utf") else data, tmp_path / "b", how == "gzip") == plain


@pytest.mark.parametrize("name", FILES)
def test_each_is_imported_once(tmp_path, name):
    path = tmp_path / "file"
    path.write_text(FILES[name], encoding="utf-8")
    place = init_workspace(tmp_path / "w")
    with writing(place) as con:
        first = import_file(con, place, path)
        again = import_file(con, place, path)
    assert first.new >= 1
    assert (again.new, again.changed) == (0, 0)


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_anywhere_gives_what_is_whole_and_says_so(tmp_path, name):
    whole = [r for r in read(FILES[name], tmp_path / "a")[1] if isinstance(r, Paper)]
    for at in range(60, len(FILES[name]), 97):
        found = read(FILES[name][:at], tmp_path / "b")[1]
        papers = [r for r in found if isinstance(r, Paper)]
        assert len(papers) <= len(whole)
        if name in {"csl-json", "bbt", "wos"}:  # these say where a record ends
            assert papers == whole[: len(papers)]
            assert len(papers) == len(whole) or any(isinstance(r, Problem) for r in found)


@pytest.mark.parametrize(
    "content",
    [
        "PMID- 1\n" * 5_000, "%0 x\n%T \n" * 5_000, "%A a\n" * 20_000, "PT J\nTI \n" * 5_000, "[" * 50_000, "[{" * 5_000,
        '[{"a":' * 5_000, '[{"title": ["x"], "author": [[1]], "issued": {"date-parts": [[null]]}}]', '[1, "x", null, [], {}]', '{"items": 5}',
        "[" + '{"title": "x' * 5_000, b"PMID- 1\nTI " + bytes(range(128, 256)) * 20 + b"\x00",
    ],
)  # fmt: skip
def test_nonsense_is_problems_in_little_time(tmp_path, content):
    assert [r for r in read(content, tmp_path / "x")[1] if isinstance(r, Problem)]


def test_what_stands_behind_a_broken_item_is_read(tmp_path):
    words = json.dumps([*CSL, CSL[1] | {"title": "After it", "number": ""}], indent=1).replace('"A preprint"', '"A pre" print"')
    _, (one, broken, after) = read(words, tmp_path / "a.json")
    assert (one.paper_id, after.title) == ("pmid:31234567", "After it")
    assert broken.record == f"line {words[: words.index('A pre')].count(chr(10)) - 2}"
    assert broken.reason.startswith("not JSON")


def test_a_dry_run_says_what_a_file_is_and_what_would_come(tmp_path):
    import miner

    place = miner.Workspace.create(tmp_path / "w")
    (tmp_path / "a.nbib").write_text(NBIB, encoding="utf-8")
    (tmp_path / "b.ris").write_text("TY  - JOUR\nTI  - A title\nDO  - 10.1234/x\nER  - \n", encoding="utf-8")
    before = place.settings.current.resolve(), place.settings.database.stat().st_mtime_ns
    found = place.foresee_import(tmp_path / "a.nbib")[0]
    assert (found.label, found.received, found.new, found.problems) == ("PubMed's format (.nbib)", 2, 2, 1)
    assert (found.sample[1], found.reasons) == ("A second one.", ["line 50: it has no PMID line"])
    assert (place.settings.current.resolve(), place.settings.database.stat().st_mtime_ns) == before
    place.import_files([tmp_path / "a.nbib"])
    (tmp_path / "a.nbib").write_text(NBIB.replace("A second one", "A second one, corrected"), encoding="utf-8")
    (tmp_path / "c.ris").write_text("<html>", encoding="utf-8")
    whole, new, none = place.foresee_import([tmp_path / n for n in ("a.nbib", "b.ris", "c.ris")])
    assert (whole.new, whole.changed, whole.unchanged) == (0, 1, 1)
    assert (new.label, new.new, new.partial) == ("RIS", 1, False)
    assert "a page of HTML" in none.error


def test_a_limit_of_an_import_is_told_and_what_is_here_does_not_spend_it(tmp_path):
    import miner

    place = miner.Workspace.create(tmp_path / "w")
    for name in "ab":
        records = (f"TY  - JOUR\nTI  - Study {name}{i}\nDO  - 10.9999/{name}{i}\nER  - \n" for i in range(4))
        (tmp_path / f"{name}.ris").write_text("".join(records), encoding="utf-8")
    files = [tmp_path / "a.ris", tmp_path / "b.ris"]
    for new, left in (([3, 0], [1, 4]), ([1, 2], [0, 2]), ([0, 2], [0, 0])):
        foreseen = place.foresee_import(files, limit=3)
        assert ([f.new for f in foreseen], [f.left for f in foreseen]) == (new, left)
        done = place.import_files(files, limit=3).files
        assert ([f["new"] for f in done], [f["left"] for f in done]) == (new, left)
    assert place.sql("SELECT count(*) AS n FROM paper")["n"][0] == 8


READ_BY_ASREVIEW = """
import json, sys
from pathlib import Path
from asreview.data.loader import _from_file
records = _from_file(Path(sys.argv[1]))
print(json.dumps([[r.title, r.abstract, r.authors, r.year, r.doi, r.included] for r in records], default=str))
"""


@pytest.mark.parametrize("name", ["labels.csv", "labels.ris"])
def test_asreview_itself_reads_what_is_exported(tmp_path, name):
    """ASReview wants older pandas than miner, so that it lives in an environment of its own; MINER_ASREVIEW names its Python."""
    import miner

    python = os.environ.get("MINER_ASREVIEW")
    if not python:
        pytest.skip("MINER_ASREVIEW does not name the Python of an environment with ASReview")
    place = miner.Workspace.create(tmp_path / "w")
    (tmp_path / "a.nbib").write_text(NBIB, encoding="utf-8")
    place.import_files([tmp_path / "a.nbib"])
    with writing(place.settings) as con:
        con.execute("INSERT INTO screening VALUES (1, 'pmid:31234567', TRUE, 'ada', '2021-01-01', NULL)")
    place.publish()
    place.export("asreview", tmp_path / name)
    done = subprocess.run([python, "-c", READ_BY_ASREVIEW, str(tmp_path / name)], capture_output=True, text=True, check=True)
    one, two = sorted(json.loads(done.stdout), key=lambda r: r[0], reverse=True)[::-1]
    assert (one[0], two[0]) == ("A second one.", "An invented study of hippocampal volume in two cohorts.")
    assert (one[5], two[5]) == (None, 1)
    assert two[3:5] == [2021, "10.1234/inv.5"]
    assert two[1].endswith("88% in 210 subjects.")
