"""How well real files are read, held against issue 7's figures and against those on record in docs/reference/fulltext.md."""

from __future__ import annotations

import re
import shutil
from collections import Counter

import pypdfium2
import pytest

from tests.bench import cells, reading
from tests.conftest import ROOT

RECORD = (ROOT / "docs" / "reference" / "fulltext.md").read_text(encoding="utf-8")


def recorded(heading: str) -> dict[str, list[str]]:
    """Return the rows of a table of the page, by their first column."""
    part = RECORD.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in part.split("\n") if line.startswith("| ")]
    return {r[0]: r[1:] for r in rows[2:]}


@pytest.fixture(scope="module")
def pairs(shared):
    found = reading.pairs(shared / "fulltext" / "pairs")
    assert len(found) >= 11
    reading.read_ahead([p for pair in found for p in pair])
    return found


def test_words_and_their_order_agree_with_jats_as_well_as_others_or_better(pairs):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    on_record = recorded("Running text")
    for pdf, jats in pairs:
        body = reading.jats_body(jats)
        ours = reading.agreement(body, reading.running(reading.read(pdf)))
        theirs = reading.agreement(body, reading.pdftotext(pdf))
        assert ours.words >= theirs.words, pdf.name
        assert ours.order >= theirs.order, pdf.name
        words, _, plumber_words, order, _, plumber_order = map(float, on_record[pdf.stem][1:])
        assert ours.words > plumber_words, pdf.name
        assert ours.order > plumber_order, pdf.name
        assert (ours.words, ours.order) >= (words - 0.0005, order - 0.0005), f"{pdf.name} was read better before"


def test_no_sentence_crosses_a_column(shared):
    looked = 0
    paths = sorted((shared / "fulltext" / "papers").glob("*.pdf"))
    reading.read_ahead(paths)
    for path in paths:
        document = reading.read(path)
        mixed, number = reading.across(document, pypdfium2.PdfDocument(str(path))[0].get_width())
        assert not mixed, path.name
        looked += number
    assert looked > 500


def test_numbers_are_found_in_the_pdf_as_in_the_jats(pairs):
    total, both = 0, 0
    for pdf, jats in pairs:
        a, b = reading.numbers(reading.read(jats)), reading.numbers(reading.read(pdf))
        total, both = total + a.total(), both + (a & b).total()
    assert total >= 10
    assert both >= 0.9 * total


def test_jats_tables_equal_the_csv_beside_them(shared):
    articles = sorted((shared / "fulltext" / "jats" / "pubget").rglob("article.xml"))
    assert len(articles) >= 5
    assert [d for a in articles for d in reading.csv_differences(a)] == []


@pytest.mark.slow
def test_tables_of_pdfs_agree_with_what_people_marked(shared):
    found = []
    documents = list(cells.documents(shared / "fulltext" / "tables" / "icdar2013-us"))
    reading.read_ahead([pdf for pdf, _ in documents])
    for pdf, truths in documents:
        want = sum((cells.truth(t) for t in truths), Counter())
        found.append(cells.compare(want, reading.found_relations(pdf)))
    assert len(found) == 40
    together = cells.f1(*(sum(f[i] for f in found) for i in range(3)))
    mean = sum(cells.f1(*f) for f in found) / len(found)
    assert together >= 0.80
    assert mean >= 0.80
    ours, theirs = map(float, recorded("Tables of PDFs")["all pairs together"][1:])
    assert together >= ours - 0.002, "tables were read better before"
    assert ours > theirs


def test_the_measures_measure():
    assert reading.common("abcde", "xaxcxe") == 3
    assert reading.common([], "abc") == reading.common("abc", []) == 0
    found = reading.agreement(["a", "b", "c", "d"], "d a b x c")
    assert (found.words, found.order) == (1.0, 0.75)
    grid = [(0, 0, 0, 1, "Head"), (1, 0, 1, 0, "a"), (1, 1, 1, 1, "b"), (2, 1, 2, 1, "")]
    assert cells.relations(grid) == Counter({("head", "a", "down"): 1, ("head", "b", "down"): 1, ("a", "b", "right"): 1})
    assert cells.f1(*cells.compare(cells.relations(grid), cells.relations(grid[:2]))) == pytest.approx(0.5)
    assert re.match(r"# How well", RECORD)
