"""Hostile and broken files: each a reason, none a crash, a hang or more memory than allowed."""

from __future__ import annotations

import os
import resource
import signal
import time
from pathlib import Path

import pytest

from miner.fulltext.sandbox import Limits, Outcome, Sandbox
from tests.fulltext.pdfs import Page, bomb, lines, make_pdf, paper, written


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(2) as pool:
        yield pool


def outcome(sandbox: Sandbox, folder: Path, content: bytes, name: str = "file.pdf") -> Outcome:
    path = folder / name
    path.write_bytes(content)
    return sandbox.read(path)


ENCRYPTED = make_pdf(
    [Page(lines(["secret"]))],
    trailer=f"/ID [<{'00' * 16}> <{'00' * 16}>] /Encrypt << /Filter /Standard /V 1 /R 2 /O <{'11' * 32}> /U <{'22' * 32}> /P -4 >>",
)
CYCLE = written([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"])
NESTED = b"%PDF-1.7\n1 0 obj\n" + b"[" * 200_000 + b"\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
SELF_REFERENCE = make_pdf(
    [Page(content=b"/X1 Do")],
    extra=[
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X1 6 0 R >> >> /Length 6 >>\nstream\n/X1 Do\nendstream"
    ],
)

BAD = {
    "encrypted": (ENCRYPTED, "encrypted"),
    "scanned": (make_pdf([Page(picture=True), Page(picture=True)]), "no text layer: scanned, 2 of 2 pages"),
    "2,000 pages": (make_pdf([Page()] * 2_000), "2,000 pages; at most 1,000"),
    "no pages": (make_pdf([]), "no pages"),
    "blank": (make_pdf([Page()]), "no text on its 1 page"),
    "pages that hold themselves": (CYCLE, ""),
    "an array of arrays": (NESTED, ""),
    "a form that draws itself": (SELF_REFERENCE, "no text"),
    "cut short": (paper()[:400], ""),
    "a page of HTML": (b"<!DOCTYPE html><html><body>Not found</body></html>", "HTML page"),
    "nothing": (b"", "empty"),
    "zip": (b"PK\x03\x04" + b"\0" * 100, "zip"),
    "plain text": (b"Just words.\n", "neither PDF nor JATS"),
    "other XML": (b"<?xml version='1.0'?><rss><item/></rss>", "not JATS"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gives_its_reason(sandbox, tmp_path, name):
    content, words = BAD[name]
    read = outcome(sandbox, tmp_path, content)
    assert read.state == "failed"
    assert read.document is None
    assert read.reason
    assert words in read.reason
    assert read.seconds < 20


def test_a_decompression_bomb_hits_the_limit_of_memory_or_is_read_within_it(tmp_path):
    with Sandbox(1, Limits(memory=300 << 20)) as sandbox:
        read = outcome(sandbox, tmp_path, make_pdf([bomb(700), Page(lines(["Words on the second page are many enough."]))]))
        again = outcome(sandbox, tmp_path, paper(), "next.pdf")
    assert read.state == "failed" or read.document.text.startswith("Words")
    assert read.seconds < 20
    assert again.state == "read"


def test_what_a_file_would_run_is_not_run_and_its_text_is_read(sandbox, tmp_path):
    script = "/OpenAction << /S /JavaScript /JS (app.launchURL\\('http://127.0.0.1:9/'\\);) >>"
    read = outcome(sandbox, tmp_path, make_pdf([Page(lines(["The words are these, and no more."]))], catalog=script))
    assert read.document.text == "The words are these, and no more.\n"


def test_a_name_says_nothing(sandbox, tmp_path):
    assert outcome(sandbox, tmp_path, paper(), "paper.txt").document.kind == "pdf"
    jats = b"<article><front><article-meta><title-group><article-title>T</article-title></title-group></article-meta></front><body><p>Words.</p></body></article>"
    assert outcome(sandbox, tmp_path, jats, "article.pdf").document.kind == "jats"


def test_what_is_not_there_or_no_file(sandbox, tmp_path):
    assert sandbox.read(tmp_path / "absent.pdf").reason == "the file is not there"
    assert sandbox.read(tmp_path).reason == "a folder, not a file"


def test_too_large_a_file_or_answer(tmp_path):
    with Sandbox(1, Limits(size=1_000)) as sandbox:
        assert "larger than" in outcome(sandbox, tmp_path, paper()).reason
    words = ["Many words stand on this page so that the answer is long. " * 3] * 50
    with Sandbox(1, Limits(output=2_000)) as sandbox:
        assert "of text" in outcome(sandbox, tmp_path, make_pdf([Page(lines(words))])).reason


def test_the_pool_survives_workers_that_die_or_stop(tmp_path):
    good = tmp_path / "good.pdf"
    good.write_bytes(paper())
    with Sandbox(1, Limits(wall=1.0)) as sandbox:
        assert sandbox.read(good).state == "read"
        worker = sandbox._workers[0]
        os.kill(worker.process.pid, signal.SIGKILL)
        assert "crashed (SIGKILL)" in sandbox.read(good).reason
        assert sandbox.read(good).state == "read"
        os.kill(worker.process.pid, signal.SIGSTOP)
        assert sandbox.read(good).reason == "not read within 1 s"
        assert sandbox.read(good).state == "read"


def test_processor_time_is_limited(tmp_path):
    # Tables of a page with very many words take their time.
    items = [(20 + 11 * (i % 50), 780 - 3.0 * (i // 50), 2, str(i)) for i in range(12_500)]
    path = tmp_path / "slow.pdf"
    path.write_bytes(make_pdf([Page(items)] * 12))
    with Sandbox(1, Limits(cpu=1, wall=30)) as sandbox:
        read = sandbox.read(path)
    assert read.state == "failed"
    assert "processor time" in read.reason


def test_a_slow_table_costs_its_page_and_not_the_document(sandbox, tmp_path):
    """A page crossed by very many rules takes pdfplumber minutes; its text and the tables of other pages are read all the same."""
    crossed = [(20 + i * 3.3, 20, 20 + i * 3.3, 780) for i in range(170)] + [(20, 20 + i * 3.3, 580, 20 + i * 3.3) for i in range(230)]
    good = Page([*lines(["Table 1: Results"]), *((72 + 120 * c, 690 - 20 * r, 10, f"{10 * r + c}") for r in range(5) for c in range(3))],
                [(60, 705 - 20 * r, 420, 705 - 20 * r) for r in range(6)] + [(60 + 120 * c, 605, 60 + 120 * c, 705) for c in range(4)])  # fmt: skip
    content = make_pdf([Page(lines(["Words that are to be kept, with 1 2 3 numbers."] * 6), crossed), good])
    read = outcome(sandbox, tmp_path, content)
    assert read.state == "read"
    assert "Words that are to be kept" in read.document.text
    assert read.document.notes == ("tables of page 1 not read: too slow",)
    assert [t.page for t in read.document.tables] == [2]


def test_a_worker_keeps_no_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("NCBI_API_KEY", "secret")
    good = tmp_path / "good.pdf"
    good.write_bytes(paper())
    with Sandbox(1) as sandbox:
        sandbox.read(good)
        environment = Path(f"/proc/{sandbox._workers[0].process.pid}/environ")
        if not environment.exists():
            pytest.skip("no /proc here")
        assert b"secret" not in environment.read_bytes()


def test_outcomes_come_in_order_from_several_workers(sandbox, tmp_path):
    paths = []
    for i in range(9):
        paths.append(tmp_path / f"{i}.pdf")
        paths[-1].write_bytes(b"" if i % 3 == 0 else make_pdf([Page(lines([f"This is file number {i} of nine."]))]))
    read = list(sandbox.read_many(paths))
    assert [o.path for o in read] == paths
    assert [o.state for o in read] == ["failed", "read", "read"] * 3
    assert "number 5" in read[5].document.text


def test_every_broken_file_is_read_or_has_a_reason_within_the_limits(shared):
    paths = sorted((shared / "fulltext" / "broken").iterdir())
    begin = time.monotonic()
    with Sandbox(2) as sandbox:
        read = list(sandbox.read_many(paths))
        peaks = [peak(w.process.pid) for w in sandbox._workers if w.process is not None]
        limits = [resource.prlimit(w.process.pid, resource.RLIMIT_AS)[0] for w in sandbox._workers if w.process is not None]
    assert len(read) == len(paths) > 200
    assert all((o.document is not None) != bool(o.reason) for o in read)
    assert max(o.seconds for o in read) < 20
    assert time.monotonic() - begin < 120
    assert not [o.reason for o in read if o.reason and "Error" in o.reason], "reasons are for people"
    assert peaks
    assert max(peaks) < 512 << 20
    assert max(limits) <= 512 << 20


def peak(pid: int) -> int:
    """Return the most memory that a process has asked for, in bytes."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("no /proc here")
    return 1024 * next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmPeak"))
