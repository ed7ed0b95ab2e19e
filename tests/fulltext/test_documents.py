"""Full texts in a workspace: told whose they are, stored, extracted from with page and section, shown on their page, tried again only when due."""

from __future__ import annotations

import pytest
from PIL import Image

import miner.fulltext.model
import miner.store.fulltexts
from miner.errors import FullTextError, UsageError
from miner.fulltext.identity import Identity
from miner.fulltext.sandbox import Limits
from miner.jobs.extracting.extract import extract_workspace
from miner.jobs.loading.documents import import_documents, is_document
from miner.jobs.lock import writing
from miner.jobs.picture import evidence_picture
from miner.jobs.publishing import publish
from miner.store.connect import open_reader, open_writer
from miner.store.fulltexts import find_paper, full_text
from miner.store.migrate import migrate, migrations
from miner.store.why import explain
from miner.store.write import delete_papers, upsert_papers
from miner.types import Paper
from tests.fulltext.pdfs import Page, lines, make_pdf, paper
from tests.fulltext.test_jats import ARTICLE

KNOWN = Paper("pmid:99000007", "pubmed", "Something else", "An abstract.", 2021, doi="10.9999/made.up.1", pmid="99000007")


def quiet(_: str) -> None:
    return None


def load(workspace, *paths, papers=()):
    with writing(workspace) as con:
        upsert_papers(con, papers, "test")
        reports = list(import_documents(con, workspace, paths))
        publish(con, workspace)
    return reports


@pytest.fixture
def pdf(tmp_path):
    path = tmp_path / "paper.pdf"
    path.write_bytes(paper())
    return path


@pytest.fixture
def extracted(workspace, pdf):
    load(workspace, pdf, papers=[KNOWN])
    extract_workspace(workspace, quiet)
    return workspace


def test_a_full_text_goes_to_the_record_that_it_names(workspace, pdf, sql):
    (report,) = load(workspace, pdf, papers=[KNOWN])
    assert (report.state, report.paper_id, report.new_paper) == ("read", "pmid:99000007", False)
    (row,) = sql("SELECT * FROM v_document WHERE kind = 'pdf'")
    assert (row["document_id"], row["pages"], row["file"], row["raw_sha256"]) == ("pmid:99000007#pdf", 2, "paper.pdf", report.sha256)
    assert [r["kind"] for r in sql("SELECT kind FROM document_section ORDER BY position")][:3] == ["front", "abstract", "introduction"]


def test_one_that_nobody_knows_makes_a_record(workspace, tmp_path, pdf, sql):
    jats = tmp_path / "a.nxml"
    jats.write_text(ARTICLE)
    stamped = tmp_path / "b.pdf"
    stamped.write_bytes(
        make_pdf(
            [
                Page(
                    [
                        (72, 720, 16, "A third paper about nothing at all"),
                        *lines(["Words of it."], top=600),
                        (20, 300, 14, "arXiv:2101.00009v2 [cs.CV] 5 Jan 2021"),
                    ]
                )
            ]
        )
    )
    load(workspace, pdf, jats, stamped)
    rows = {r["source"]: r for r in sql("SELECT * FROM v_paper")}
    assert rows["file"]["title"] == "An invented study of classifiers for a made-up disease"
    assert rows["file"]["abstract"].startswith("We tell diseased from healthy")
    assert (rows["pubmed"]["paper_id"], rows["pubmed"]["doi"], rows["pubmed"]["year"], rows["pubmed"]["venue"]) == (
        "pmid:99000001",
        "10.9999/made.up.2",
        2021,
        "Made-up Results",
    )
    assert (rows["arxiv"]["paper_id"], rows["arxiv"]["version"], rows["arxiv"]["title"]) == (
        "arxiv:2101.00009",
        2,
        "A third paper about nothing at all",
    )
    assert {r["license"] for r in sql("SELECT license FROM v_document WHERE kind = 'jats'")} == {
        "https://creativecommons.org/licenses/by/4.0/"
    }


@pytest.mark.parametrize(
    ("identity", "wanted"),
    [
        (Identity("x", pmid="1"), "pmid:1"),
        (Identity("x", pmcid="PMC11"), "pmid:1"),
        (Identity("x", arxiv_id="2101.00001"), "arxiv:2101.00001"),
        (Identity("On telling apart what is, not the same"), "pmid:1"),
        (Identity("x", opening="vol12ontellingapartwhatisnotthesamebyauthor"), "pmid:1"),
        (Identity("Short"), None),
        (Identity("x", doi="10.1/other", opening="nothinglikeit"), None),
    ],
)
def test_records_are_found_by_identifier_or_title(workspace, identity, wanted):
    records = [
        Paper("pmid:1", "pubmed", "On telling apart what is not the same", doi="10.1/x", pmid="1", pmcid="PMC11"),
        Paper("arxiv:2101.00001", "arxiv", "Short", arxiv_id="2101.00001"),
    ]
    with writing(workspace) as con:
        upsert_papers(con, records, "test")
        assert find_paper(con, identity) == wanted


def test_values_know_their_page_section_and_whose_they_are(extracted, sql):
    sizes = {r["value"]: r for r in sql("SELECT * FROM v_sample_size")}
    assert 555 not in sizes, "references say nothing of the study"
    assert (sizes[120]["page"], sizes[120]["section"], sizes[120]["own"]) == (1, "methods", True)
    assert (sizes[999]["page"], sizes[999]["section"], sizes[999]["own"]) == (1, "introduction", False)
    assert (sizes[60]["page"], sizes[60]["role"], sizes[60]["own"]) == (2, "test", True)
    assert sizes[999]["score"] < sizes[120]["score"]
    found = {(r["metric"], round(r["value"], 4)): r for r in sql("SELECT * FROM v_performance")}
    assert ("accuracy", 0.999) not in found
    assert found["accuracy", 0.875]["claim"] == "own"
    assert found["accuracy", 0.71]["claim"] == "comparator"
    cell = found["accuracy", 0.912]
    assert (cell["claim"], cell["page"], cell["section"], cell["quote"], cell["task"], cell["n"]) == (
        "own",
        2,
        "tables",
        "91.2",
        "diagnosis: Alzheimer's disease vs healthy",
        814,
    )
    assert "Accuracy (%)" in cell["sentence"]
    assert "Proposed" in cell["sentence"]
    assert found["accuracy", 0.84]["claim"] == found["accuracy", 0.801]["claim"] == "comparator"
    assert len(found) == 8, "a table's rows are read as cells, not as a sentence as well"


def test_a_value_whose_task_is_told_and_one_without_are_kept_apart(extracted, sql):
    found = {(r["estimate"], r["n"], r["part"], r["task"]) for r in sql("SELECT * FROM v_effect WHERE metric = 'accuracy'")}
    assert found == {(0.875, 60, "test", None), (0.912, 814, None, "diagnosis: Alzheimer's disease vs healthy")}
    (cell,) = sql("SELECT n_why FROM v_performance WHERE abs(value - 0.912) < 1e-9")
    assert cell["n_why"] == "told by the table"


def test_why_leads_to_the_page_and_its_picture(extracted, miner, sql, tmp_path):
    value = sql("SELECT * FROM v_sample_size WHERE value = 60")[0]
    target = tmp_path / "page.png"
    done = miner("why", value["extraction_id"], "--image", target)
    assert done.returncode == 0, done.stderr
    assert "page 2, section results" in done.stdout
    assert "paper.pdf" in done.stdout
    image = Image.open(target).convert("RGB")
    scale = image.width / 612
    with open_reader(extracted.current) as con:
        read = full_text(con, value["document_id"])
    ((_, (x0, y0, x1, y1)),) = read.boxes(value["start"], value["end"])
    red = [
        (x, y)
        for x in range(image.width)
        for y in range(image.height)
        if (p := image.getpixel((x, y)))[0] > 180 and p[1] < 90 and p[2] < 90
    ]
    assert red, "the number has a frame"
    left, right = min(x for x, _ in red) / scale, max(x for x, _ in red) / scale
    low, high = 792 - max(y for _, y in red) / scale, 792 - min(y for _, y in red) / scale
    assert left < (x0 + x1) / 2 < right
    assert low < (y0 + y1) / 2 < high
    assert right - left < 40, "only the number, not the line"


def test_a_cell_and_an_effect_have_a_picture_an_abstract_has_none(extracted, sql, workspace):
    with open_reader(workspace.current) as con:
        effect = explain(con, sql("SELECT effect_id FROM v_effect WHERE metric = 'accuracy'")[0]["effect_id"])
        upper = explain(
            con,
            sql("SELECT extraction_id FROM v_label WHERE page IS NULL UNION SELECT extraction_id FROM v_sample_size LIMIT 1")[0][
                "extraction_id"
            ],
        )
    assert evidence_picture(workspace, effect).startswith(b"\x89PNG")
    upper["extractions"][0]["document"]["kind"] = "abstract"
    with pytest.raises(UsageError, match="no PDF stands behind it"):
        evidence_picture(workspace, upper)


def test_no_picture_of_a_text_that_was_replaced(extracted, sql, workspace):
    with open_reader(workspace.current) as con:
        chain = explain(con, sql("SELECT extraction_id FROM v_sample_size WHERE page = 1")[0]["extraction_id"])
    chain["extractions"][0]["extraction"]["document_sha256"] = "other"
    with pytest.raises(FullTextError, match="read anew"):
        evidence_picture(workspace, chain)


def test_a_file_that_fails_is_tried_again_only_with_another_parser(workspace, tmp_path, sql, monkeypatch):
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(make_pdf([Page(picture=True)]))
    (first,) = load(workspace, bad)
    (again,) = load(workspace, bad)
    assert (first.state, again.state) == ("failed", "known")
    assert first.reason == again.reason
    assert "no text layer" in first.reason
    (row,) = sql("SELECT * FROM v_document WHERE state = 'failed'")
    assert (row["paper_id"], row["reason"], row["file"]) == (None, first.reason, "bad.pdf")
    monkeypatch.setattr(miner.store.fulltexts, "PARSER_VERSION", "next")
    assert load(workspace, bad)[0].state == "failed"
    assert sql("SELECT count(*) AS n FROM v_document")[0]["n"] == 1


def test_each_article_of_a_set_is_a_document(workspace, tmp_path, sql):
    one = "<article><front><article-meta><title-group><article-title>Reading scans number {0}</article-title></title-group></article-meta></front><body><p>We studied {0}2 patients.</p></body>{1}</article>"
    reply = "<sub-article><body><p>A reply.</p></body></sub-article>"
    path = tmp_path / "answer.xml"
    path.write_text(
        f"<?xml version='1.0'?><!DOCTYPE pmc-articleset><pmc-articleset>{one.format(1, reply)}{one.format(2, '')}</pmc-articleset>",
        encoding="utf-8",
    )
    assert [(r.file, r.state) for r in load(workspace, path)] == [("answer-0001.xml", "read"), ("answer-0002.xml", "read")]
    assert [r["title"] for r in sql("SELECT title FROM v_paper ORDER BY title")] == ["Reading scans number 1", "Reading scans number 2"]
    path.write_text(f"<pmc-articleset>{one.format(3, '')}{one.format(4, '')[:150]}", encoding="utf-8")
    read, cut = load(workspace, path)
    assert (read.file, read.state, cut.file, cut.state) == ("answer-0001.xml", "read", "answer.xml", "failed")
    assert "not well-formed" in cut.reason


def test_a_file_that_took_too_long_is_tried_again(workspace, pdf):
    with open_writer(workspace.database) as con:
        (first,) = import_documents(con, workspace, [pdf], limits=Limits(wall=1e-3))
        (again,) = import_documents(con, workspace, [pdf])
    assert (first.state, first.reason) == ("failed", "not read within 0.001 s")
    assert again.state == "read"


def test_another_parser_reads_what_was_kept_and_its_text_is_extracted_anew(extracted, sql, monkeypatch):
    before = sql("SELECT count(*) AS n FROM v_sample_size")[0]["n"]
    monkeypatch.setattr(miner.store.fulltexts, "PARSER_VERSION", "next")
    report = extract_workspace(extracted, quiet)
    assert report.documents == 0, "the text is the same, so are the values"
    assert {r["parser_version"] for r in sql("SELECT parser_version FROM v_document WHERE kind = 'pdf'")} == {"next"}
    assert sql("SELECT count(*) AS n FROM v_sample_size")[0]["n"] == before


def test_the_same_bytes_twice_and_other_bytes_of_the_same_paper(workspace, pdf, tmp_path, sql):
    copy, newer = tmp_path / "copy.pdf", tmp_path / "newer.pdf"
    copy.write_bytes(pdf.read_bytes())
    newer.write_bytes(paper(title="An invented study of classifiers, revised by its authors"))
    states = [(r.file, r.state) for r in load(workspace, pdf, copy, newer, papers=[KNOWN])]
    assert states == [("paper.pdf", "read"), ("copy.pdf", "known"), ("newer.pdf", "read")]
    rows = sql("SELECT document_id, paper_id, file FROM v_document WHERE kind = 'pdf' ORDER BY document_id")
    assert [r["file"] for r in rows] == ["paper.pdf", "newer.pdf"], "no file that was imported is lost"
    assert {r["paper_id"] for r in rows} == {"pmid:99000007"}
    assert rows[1]["document_id"].startswith("pmid:99000007#pdf-")


def test_what_a_record_had_goes_with_it(extracted, sql):
    with writing(extracted) as con:
        assert delete_papers(con, ["pmid:99000007"]) == 1
        publish(con, extracted)
    for table in ("v_document", "document_section", "document_layout", "v_sample_size"):
        assert sql(f"SELECT count(*) AS n FROM {table}")[0]["n"] == 0


def test_what_is_a_document_is_seen_from_name_or_content(tmp_path, pdf):
    files = {
        "a.pdf": b"",
        "a.nxml": b"",
        "b.bin": paper(),
        "c.xml": ARTICLE.encode(),
        "d.xml": b"<PubmedArticleSet/>",
        "e.ris": b"TY  - JOUR",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert [name for name in files if is_document(tmp_path / name)] == ["a.pdf", "a.nxml", "b.bin", "c.xml"]
    assert not is_document(tmp_path / "absent.pdf")


def test_a_database_of_before_keeps_its_papers(tmp_path):
    import duckdb

    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path)) as con:
        migrate(con, [m for m in migrations() if m.number < 5])
        con.execute(
            "INSERT INTO paper (paper_id, source, title, abstract, categories, version, withdrawn, retracted, publication_types, mesh, digest) VALUES ('pmid:1', 'pubmed', 'T', 'A', [], 1, false, false, [], [], 'd')"
        )
        con.execute(
            "INSERT INTO document (document_id, paper_id, kind, parser, parser_version, state) VALUES ('pmid:1#abstract', 'pmid:1', 'abstract', 'abstract', '1', 'read')"
        )
    with open_writer(path) as con:
        assert con.execute("SELECT paper_id, title FROM v_paper").fetchall() == [("pmid:1", "T")]
        assert con.execute("SELECT document_id FROM v_document").fetchall() == [("pmid:1#abstract",)]
