"""``miner text`` and ``miner import`` of full texts, as a user runs them."""

from __future__ import annotations

import json

import pytest

from tests.fulltext.pdfs import Page, lines, make_pdf, paper
from tests.fulltext.test_jats import ARTICLE


@pytest.fixture
def files(tmp_path):
    (tmp_path / "paper.pdf").write_bytes(paper())
    (tmp_path / "article.nxml").write_text(ARTICLE)
    (tmp_path / "page.pdf").write_bytes(b"<!DOCTYPE html><html></html>")
    (tmp_path / "empty.pdf").write_bytes(b"")
    return tmp_path


def test_text_prints_sections_and_tables(miner, files):
    done = miner("text", files / "paper.pdf")
    assert done.returncode == 0
    assert "## 2. Methods [methods]\nWe scanned 120 patients and 80 controls of a made-up clinic.\n" in done.stdout
    assert (
        "Table 1 Accuracy of AD vs CN on the made-up cohort (n = 814) (page 2)\nMethod\tAccuracy (%)\tAUC\nProposed\t91.2\t0.95\n"
        in done.stdout
    )
    assert done.stderr.strip().endswith("paper.pdf: pdf, 2 pages, 7 sections, 1 table")


def test_text_of_some_sections(miner, files):
    done = miner("-q", "text", files / "article.nxml", "--section", "methods", "--section", "references")
    assert [line for line in done.stdout.split("\n") if line.startswith("##")] == ["## What we did [methods]", "## References [references]"]
    assert done.stderr == ""
    wrong = miner("text", files / "paper.pdf", "--section", "metods")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "known: front, abstract" in wrong.stderr


def test_text_as_json(miner, files):
    one = json.loads(miner("text", files / "paper.pdf", "--json").stdout)
    assert (one["kind"], one["pages"], one["state"]) == ("pdf", 2, "read")
    assert one["tables"][0]["rows"][1] == ["Proposed", "91.2", "0.95"]
    assert all(one["text"][s["start"] : s["end"]] == s["text"] for s in one["sections"])
    assert json.loads(miner("text", files / "paper.pdf", "--no-tables", "--json").stdout)["tables"] == []
    several = miner("text", files / "paper.pdf", files / "empty.pdf", "--json")
    assert several.returncode == 3
    assert [r.get("reason") for r in json.loads(several.stdout)] == [None, "the file is empty"]


def test_text_of_several_files_goes_on_after_a_bad_one(miner, files):
    done = miner("text", files / "page.pdf", files / "article.nxml", files / "paper.pdf")
    assert done.returncode == 3
    assert done.stdout.count("==> ") == 2
    assert f"Error: {files / 'page.pdf'}: an HTML page, neither PDF nor JATS" in done.stderr


@pytest.mark.parametrize(("name", "code"), [("page.pdf", 1), ("empty.pdf", 1), ("absent.pdf", 2)])
def test_text_of_a_bad_file_says_why(miner, files, name, code):
    done = miner("text", files / name)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr


def test_what_a_file_holds_cannot_command_the_terminal(miner, tmp_path):
    path = tmp_path / "bad.xml"
    path.write_text("<article><body><p>A&#x9b;31mred&#x7f; word</p></body></article>")
    out = miner("text", path).stdout
    assert not {"\x9b", "\x7f"} & set(out)
    assert "word" in out
    path.with_suffix(".pdf").write_bytes(make_pdf([Page(lines(["Words and a title that is set \\033]0;owned\\007 in them."]))]))
    assert "\x1b" not in miner("text", path.with_suffix(".pdf")).stdout


def test_import_tells_full_texts_from_records_and_records_failures(miner, files, sql):
    ris = files / "absent.nxml"
    done = miner("import", *sorted(files.glob("*.*")), ris)
    assert done.returncode == 3
    assert "paper.pdf: file:" in done.stdout
    assert "2 pages, 7 sections, 1 table, a new record" in done.stdout
    assert "article.nxml: pmid:99000001#jats: 8 sections, 1 table, a new record" in done.stdout
    assert "page.pdf: an HTML page, neither PDF nor JATS" in done.stderr
    assert "there is no such file" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(r["reason"] for r in sql("SELECT reason FROM v_document WHERE state = 'failed'")) == [
        "an HTML page, neither PDF nor JATS",
        "the file is empty",
    ]
    again = miner("import", files / "paper.pdf", files / "page.pdf", "--json")
    assert again.returncode == 3
    assert [r["state"] for r in json.loads(again.stdout)] == ["known", "known"]
    assert miner("import", files / "paper.pdf").returncode == 0


@pytest.mark.slow
def test_importing_all_broken_files_ends_with_3_and_a_reason_for_each(miner, shared, sql):
    paths = sorted((shared / "fulltext" / "broken").iterdir())
    done = miner("import", *paths)
    assert done.returncode == 3, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert len(done.stdout.strip().split("\n")) == len(paths)
    rows = sql("SELECT state, reason, characters FROM v_document WHERE kind <> 'abstract'")
    assert len(rows) == len({p.read_bytes() for p in paths}) > 200
    assert all((r["state"] == "failed") == bool(r["reason"]) and (r["state"] == "failed" or r["characters"] > 0) for r in rows)
