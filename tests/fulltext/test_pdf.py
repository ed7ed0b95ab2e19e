"""Running text of PDFs: order, paragraphs, hyphens, what is dropped, where it stands; and tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.fulltext.identity import identity_of
from miner.fulltext.model import FullText
from miner.fulltext.read import read_here
from tests.fulltext.pdfs import Page, lines, make_pdf, paper


def read(folder: Path, content: bytes, **options) -> FullText:
    path = folder / "file.pdf"
    path.write_bytes(content)
    return read_here(path, **options)


@pytest.fixture
def document(tmp_path) -> FullText:
    return read(tmp_path, paper())


LEFT = [
    "In the left column of this page the words",
    "go on from line to line and make a sen-",
    "tence that ends in the left column. The",
    "next sentence of this invented paper be-",
    "gins on the left, too, and is long enough",
    "to reach the foot of the column where it",
    "goes on at the top of the other, which is",
    "what a reader expects of it and no tool",
]
RIGHT = [
    "should ever do otherwise. On the right we",
    "counted 45 patients and found nothing odd",
    "about the order of the lines. The second",
    "half of the page has another thought that",
    "fills its lines with words of no meaning",
    "until the end of the column is reached by",
    "the last of them, and the paper comes to",
    "its end without further interruptions.",
]


@pytest.mark.parametrize("interleaved", [False, True])
def test_columns_are_kept_apart(tmp_path, interleaved):
    left, right = lines(LEFT, x=60), lines(RIGHT, x=330)
    items = [i for pair in zip(left, right, strict=True) for i in pair] if interleaved else [*left, *right]
    text = read(tmp_path, make_pdf([Page(items)])).text
    assert "make a sentence that ends in the left column." in text
    assert "no tool should ever do otherwise." in text
    assert "invented paper begins on the left, too" in text


def test_headers_footers_and_page_numbers_are_dropped(document):
    assert "Journal of Made-up Results" not in document.text
    assert not {"1", "2"} & set(document.text.split("\n"))


def test_line_numbers_are_dropped(tmp_path):
    words = [
        f"This is printed line of the manuscript with word {w}"
        for w in ("red", "blue", "green", "black", "white", "pink", "grey", "brown", "gold")
    ]
    numbers = [(30.0, y, 8.0, str(i + 1)) for i, (_, y, _, _) in enumerate(lines(words))]
    text = read(tmp_path, make_pdf([Page([*lines(words), *numbers])])).text
    assert not any(part.strip().isdecimal() for part in text.split("\n"))
    assert "word green" in text


def test_sections_are_told_by_their_headings(document):
    assert [s.kind for s in document.sections] == ["front", "abstract", "introduction", "methods", "results", "references", "tables"]
    assert document.sections[0].start == 0
    assert all(a.end == b.start for a, b in zip(document.sections, document.sections[1:], strict=False))
    assert document.sections[-1].end == len(document.text)


def test_a_heading_may_be_told_by_its_size_of_type_alone(tmp_path):
    def page(size: float) -> bytes:
        body = lines(
            ["Words of the text, which are set in ordinary type and go on.", "They end here, in the second line of the paragraph."], top=640
        )
        more = lines(
            ["All of this was done with care, by the authors, and by nobody", "else, as far as anybody can tell who was there then."],
            top=540,
        )
        return make_pdf(
            [
                Page(
                    [
                        (72, 700, 18, "A Paper About Nothing Much At All"),
                        (72, 660, 13, "Introduction"),
                        *body,
                        (72, 560, size, "Statistical Analysis Plan"),
                        *more,
                    ]
                )
            ]
        )

    assert [s.kind for s in read(tmp_path, page(13)).sections] == ["front", "introduction", "methods"]
    assert [s.kind for s in read(tmp_path, page(10)).sections] == ["front", "introduction"]


def test_words_as_large_as_the_sure_headings_end_a_section(tmp_path):
    items = [(72, 760, 18, "A Paper About Nothing Much At All")]
    for number, title in enumerate(("Summary", "Introduction", "Our Course Material", "References")):
        top = 720 - 120 * number
        items += [
            (72, top, 13, title),
            *lines(
                [f"Words of part {number}, which are set in ordinary type, go on and on,", "until they end here, in the second line."],
                top=top - 20,
            ),
        ]
    document = read(tmp_path, make_pdf([Page(items)]))
    assert [(s.kind, s.title) for s in document.sections[1:]] == [
        ("abstract", "Summary"),
        ("introduction", "Introduction"),
        ("other", "Our Course Material"),
        ("references", "References"),
    ]


def test_words_cut_at_the_line_end_are_mended(tmp_path):
    words = [
        "We did a cross-",
        "validation of the classi-",
        "fier, a computer-",
        "based one, on COVID-",
        "19 data; the classifier was",
        "well-",
        "known to a self-",
        "taught reader.",
    ]
    text = read(tmp_path, make_pdf([Page(lines(words))])).text
    for whole in ("cross-validation", "classifier, a", "computer-based", "COVID-19", "well-known", "self-taught"):
        assert whole in text


def test_a_power_of_ten_is_no_other_number(tmp_path):
    items = [(72, 700, 10, "The bound was 3 x 10"), (170, 704, 6, "5"), (176, 700, 10, "cells for all of them")]
    assert "10^5" in read(tmp_path, make_pdf([Page(items)])).text


def test_every_word_leads_back_to_its_page_and_box(document):
    for words, page, baseline in (("made-up clinic", 1, 520), ("accuracy of 87.5%", 2, 710), ("555 patients", 2, 520)):
        start = document.text.index(words)
        assert document.page_at(start) == page
        places = document.boxes(start, start + len(words))
        assert [p for p, _ in places] == [page]
        x0, y0, x1, y1 = places[0][1]
        assert y0 - 3 < baseline < y1
        assert 72 <= x0 < x1 < 540


def test_a_table_with_its_caption_headers_and_boxes(document):
    (table,) = document.tables
    assert (table.label, table.page) == ("Table 1", 2)
    assert table.caption == "Accuracy of AD vs CN on the made-up cohort (n = 814)"
    assert table.grid() == [
        ["Method", "Accuracy (%)", "AUC"],
        ["Proposed", "91.2", "0.95"],
        ["Jones et al.", "84.0", "0.88"],
        ["Baseline", "80.1", "0.83"],
    ]
    cell = next(c for c in table.cells if c.text == "91.2")
    assert table.headers(cell) == (["Accuracy (%)"], ["Proposed"])
    assert document.text[cell.start : cell.end] == "91.2"
    assert document.page_at(cell.start) == 2
    ((page, box),) = document.boxes(cell.start, cell.end)
    assert page == 2
    assert box[1] - 3 < 620 < box[3]


def test_a_grid_of_rules(tmp_path):
    xs, ys = (72, 172, 272, 372), (700, 680, 660, 640)
    rules = [(xs[0], y, xs[-1], y) for y in ys] + [(x, ys[-1], x, ys[0]) for x in xs]
    words = [["Group", "Patients", "Age"], ["Diseased", "120", "71"], ["Healthy", "80", "69"]]
    items = [(xs[c] + 4, ys[r] - 14, 9, w) for r, row in enumerate(words) for c, w in enumerate(row)]
    (table,) = read(tmp_path, make_pdf([Page(items, rules)])).tables
    assert table.grid() == words
    assert all(c.header == (c.row == 0) for c in table.cells)


def test_tables_are_left_out_where_nobody_asks(tmp_path):
    assert read(tmp_path, paper(), tables=False).tables == ()


def test_references_make_no_table(tmp_path):
    entries = [
        (x, 500 - 14 * r, 9, w)
        for r in range(6)
        for x, w in ((72, f"Author{r}, A. B."), (220, f"(20{10 + r})."), (330, f"Journal {r}:12-{20 + r}"))
    ]
    text = lines(["Words come first, so that there is a paper with a text."], top=640)
    assert read(tmp_path, make_pdf([Page([*text, (72, 530, 13, "References"), *entries])])).tables == ()


def test_what_was_lost_is_said(tmp_path):
    document = read(tmp_path, make_pdf([Page(lines(["Words stand on the first page only, not on the second."])), Page(picture=True)]))
    assert document.notes == ("no text on 1 page, 1 of them pictures (scanned?): 2",)


def test_data_survive_the_way_out_of_the_sandbox(document):
    assert FullText.from_json(document.to_json()) == document


@pytest.mark.parametrize(
    ("name", "first", "wanted"),
    [
        ("x", "arXiv:2101.00001v3 [cs.CV] 1 Jan 2021", ("2101.00001", 3, None)),
        ("2101.00002v2", "A paper without a stamp on it", ("2101.00002", 2, None)),
        ("x", "We follow arXiv:1901.00001 and others", (None, 1, None)),
        ("x", "https://doi.org/10.1234/ab.cd-5. Received", (None, 1, "10.1234/ab.cd-5")),
        ("x", "10.1234/one and 10.1234/two are two", (None, 1, None)),
    ],
)
def test_whose_text_it_is(name, first, wanted):
    found = identity_of(FullText("pdf", first + "\nA title of some words\n"), name)
    assert (found.arxiv_id, found.version, found.doi) == wanted
