"""JATS: sections, paragraphs, tables with spans, captions, formulae; and what a file may try."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.errors import FullTextError
from miner.fulltext.model import FullText
from miner.fulltext.read import read_here

ARTICLE = """<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD Journal Archiving DTD v2.3//EN" "archivearticle.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML"><front>
<journal-meta><journal-title-group><journal-title>Made-up Results</journal-title></journal-title-group></journal-meta><article-meta>
<article-id pub-id-type="pmid">99000001</article-id><article-id pub-id-type="pmc">9900001</article-id><article-id pub-id-type="doi">10.9999/Made.Up.2</article-id>
<title-group><article-title>An <italic>invented</italic> trial</article-title></title-group>
<pub-date pub-type="epub"><year>2021</year></pub-date><pub-date pub-type="collection"><year>2022</year></pub-date>
<permissions><license xlink:href="https://creativecommons.org/licenses/by/4.0/"><license-p>Open.</license-p></license></permissions>
<abstract><sec><title>Background</title><p>Nobody knew.</p></sec><sec><title>Results</title><p>An AUC of 0&#x000b7;91.</p></sec></abstract>
</article-meta></front><body>
<sec sec-type="intro"><title>Why</title><p>Others<xref ref-type="bibr" rid="b1"><sup>1</sup></xref> saw 10<sup>3</sup> cells.</p></sec>
<sec sec-type="methods"><title>What we did</title><p>We scanned 40 people: <list><list-item><p>20 ill</p></list-item><list-item><p>20 well</p></list-item></list></p>
<sec><title>Results of the pilot</title><p>None.</p></sec>
<p>The score was <inline-formula><mml:math><mml:mi>x</mml:mi><mml:mo>=</mml:mo><mml:mfrac><mml:mn>1</mml:mn><mml:mn>2</mml:mn></mml:mfrac></mml:math></inline-formula> or <inline-formula><tex-math>\\documentclass{x}\\begin{document}$y^2$\\end{document}</tex-math></inline-formula>.</p></sec>
<sec><title>Results</title><p>See the table<table-wrap id="t1"><label>Table 1</label><caption><p>Accuracy (%) on the test set.</p></caption><table>
<thead><tr><th rowspan="2">Method</th><th colspan="2">Set</th></tr><tr><th>A</th><th>B</th></tr></thead>
<tbody><tr><td>Ours<xref ref-type="table-fn" rid="f1">a</xref></td><td>91</td><td rowspan="9">88</td></tr><tr><td>Theirs</td><td>80</td></tr></tbody>
</table><table-wrap-foot><fn id="f1"><p>Of one run.</p></fn></table-wrap-foot></table-wrap> above.</p></sec>
</body><back><ack><p>Thanks.</p></ack><ref-list><ref id="b1"><mixed-citation>A. Author, 2001.</mixed-citation></ref></ref-list></back></article>"""


def read(folder: Path, xml: str | bytes, name: str = "a.nxml") -> FullText:
    path = folder / name
    path.write_bytes(xml if isinstance(xml, bytes) else xml.encode())
    return read_here(path)


@pytest.fixture
def document(tmp_path) -> FullText:
    return read(tmp_path, ARTICLE)


def test_sections_by_type_or_title(document):
    assert [s.kind for s in document.sections] == [
        "front",
        "abstract",
        "introduction",
        "methods",
        "results",
        "back",
        "references",
        "tables",
    ]
    results = next(s for s in document.sections if s.kind == "results")
    assert "pilot" not in document.text[results.start : results.end]


def test_inline_mark_up(document):
    assert "Others saw 10^3 cells." in document.text  # neither "Others1" nor "103"
    assert "0·91" in document.text
    assert "The score was x = 1/2 or y^2." in document.text
    assert "We scanned 40 people:\n20 ill\n20 well\n" in document.text
    assert "See the table above.\nTable 1 Accuracy (%) on the test set.\n" in document.text


def test_tables_with_spans(document):
    (table,) = document.tables
    assert (table.label, table.caption) == ("Table 1", "Accuracy (%) on the test set.")
    assert table.grid() == [["Method", "Set", "Set"], ["Method", "A", "B"], ["Ours", "91", "88"], ["Theirs", "80", "88"]]
    cell = next(c for c in table.cells if c.text == "91")
    assert table.headers(cell) == (["Set", "A"], ["Ours"])
    assert document.text[cell.start : cell.end] == "91"


def test_what_it_says_of_itself(document):
    assert document.license == "https://creativecommons.org/licenses/by/4.0/"
    assert document.meta == {
        "title": "An invented trial",
        "journal": "Made-up Results",
        "pmid": "99000001",
        "pmcid": "9900001",
        "doi": "10.9999/Made.Up.2",
        "year": "2021",
    }


def test_other_wrappers_and_encodings(tmp_path):
    body = "<article><body><sec><title>Methods</title><p>Words of it, äöü.</p></sec></body></article>"
    for xml in (f"<pmc-articleset>{body}</pmc-articleset>", f"<x:a xmlns:x='urn:x' xmlns='urn:jats'>{body}</x:a>"):
        assert "äöü" in read(tmp_path, xml).text
    assert "äöü" in read(tmp_path, ("<?xml version='1.0' encoding='utf-16'?>" + body).encode("utf-16")).text


def test_no_entity_is_expanded_and_no_file_read(tmp_path):
    (tmp_path / "secret").write_text("SECRET")
    document = read(
        tmp_path,
        f"<!DOCTYPE article SYSTEM 'absent.dtd' [<!ENTITY own 'words'><!ENTITY s SYSTEM 'file://{tmp_path}/secret'>]>"
        "<article><body><p>A &own; &s; &alpha; end.</p></body></article>",
    )
    assert document.text == "A α end.\n"


def test_entities_that_multiply_are_refused(tmp_path):
    laughs = "".join(f"<!ENTITY l{i} '{f'&l{i - 1};' * 10}'>" for i in range(1, 10))
    with pytest.raises(FullTextError, match="not well-formed XML"):
        read(tmp_path, f"<!DOCTYPE article [<!ENTITY l0 'ha'>{laughs}]><article><body><p>A &l9; end.</p></body></article>")


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        ("<article><body><p>cut", "not well-formed XML"),
        ("<article>" + "<sec>" * 5_000 + "</sec>" * 5_000 + "</article>", "not well-formed XML"),
        ("<article><body/></article>", "no text in the article"),
        ("<html><body><p>A page</p></body></html>", "an HTML page"),
        ("<feed><entry/></feed>", "not JATS: its root is <feed>"),
    ],
)
def test_what_is_no_article_says_so(tmp_path, xml, words):
    with pytest.raises(FullTextError, match=words):
        read(tmp_path, xml)


def test_a_table_that_claims_millions_of_cells_is_cut(tmp_path):
    rows = "<tr><td colspan='999999999' rowspan='99999'>x</td></tr>" * 3
    (table,) = read(tmp_path, f"<article><body><table-wrap><table>{rows}</table></table-wrap><p>Words.</p></body></article>").tables
    assert table.shape[0] == 3
    assert table.shape[1] <= 3_000


def test_trial_reports_have_sections(shared):
    paths = sorted((shared / "fulltext" / "jats").glob("*.nxml"))
    assert len(paths) > 20
    for path in paths:
        document = read_here(path)
        kinds = {s.kind for s in document.sections}
        assert kinds & {"methods", "results"}, path.name
        assert document.text.endswith("\n")
        for table in document.tables:
            assert all(document.text[c.start : c.end] == c.text for c in table.cells)
