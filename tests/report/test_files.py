"""Reports as files: the golden one, checks, Markdown, PDF, figures, and the command."""

from __future__ import annotations

import re
import struct
import sys
from pathlib import Path

import pytest
from lxml import etree
from typer.testing import CliRunner

from miner.cli.main import app
from miner.config import Workspace
from miner.errors import UsageError
from miner.report.build import build_report, render_report
from miner.report.check import compare, report_request
from miner.report.formats.markdown import escape
from tests.report.conftest import NASTY, make_workspace
from tests.report.example import GOLDEN, JOB, REPORT, TINY, example_workspace


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    place = example_workspace(tmp_path_factory.mktemp("files"))
    (place.report_definitions / "tiny.toml").write_text(TINY, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def now(example: Workspace) -> bytes:
    return render_report(example, REPORT, job=JOB)


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.output


def test_the_golden_report_is_what_the_code_gives(now: bytes) -> None:
    there = GOLDEN.read_bytes()
    assert len(there) < 1_500_000
    verdict = compare(there, now)
    assert verdict != "differs", "reports/examples is behind the code; look at what changed, then: python -m tests.report.example"


def test_a_report_knows_what_it_was_made_of(now: bytes) -> None:
    assert report_request(now, "x") == (REPORT, JOB, False)
    with pytest.raises(UsageError, match="no report of miner"):
        report_request(b"<html>", "x")


def test_comparison_forgives_versions_and_nothing_else(now: bytes) -> None:
    other = re.sub(rb"numpy [\d.]+", b"numpy 9.9", now)
    moved = re.sub(rb'(<use [^>]*x=")(\d+)', rb"\g<1>1\g<2>", other)
    assert compare(other, now) == compare(moved, now) == "versions"
    assert compare(re.sub(rb"Accuracy against", b"Accuracy over", other), now) == "differs"
    assert compare(re.sub(rb'(<use [^>]*x=")(\d+)', rb"\g<1>1\g<2>", now), now) == "differs"


def test_the_command_checks_reports(example: Workspace, tmp_path: Path) -> None:
    place = ("--workspace", str(example.root))
    code, out = run("report", "tiny", "--job", JOB, "-o", str(tmp_path), *place)
    page = tmp_path / f"{JOB}-tiny.html"
    assert (code, out.strip()) == (0, str(page))
    assert run("report", "tiny", "--job", JOB, "-o", str(tmp_path), "--check", *place)[0] == 0
    code, out = run("report", str(page), "--check", *place)
    assert code == 0
    assert "the same bytes" in out
    page.write_bytes(page.read_bytes().replace(b"accuracy", b"ACCURACY", 1))
    code, out = run("report", str(page), "--check", *place)
    assert code == 5
    assert "differs" in out
    assert run("report", "accuracy-vs-sample-size", "-o", str(tmp_path), "--check", *place)[0] == 5


def test_the_command_lists_and_prints_definitions(example: Workspace) -> None:
    place = ("--workspace", str(example.root))
    code, out = run("report", "--list", *place)
    assert code == 0
    assert "publication-bias: Do the published values" in out
    assert "forest: each value with its interval, grouped (page = 60" in out
    code, out = run("report", "publication-bias", "--definition", *place)
    assert code == 0
    (example.report_definitions / "mine.toml").write_text(out, encoding="utf-8")
    assert build_report(example, "mine", job=JOB).name == "example-mine.html"


def test_an_older_snapshot_gives_its_own_report(tmp_path: Path) -> None:
    from miner.jobs.lock import writing
    from miner.jobs.publishing import publish

    place = make_workspace(tmp_path, 6)
    (place.report_definitions / "tiny.toml").write_text(TINY, encoding="utf-8")
    old = place.current.resolve()
    before = render_report(place, "tiny")
    with writing(place) as con:
        con.execute("DELETE FROM effect WHERE effect_id = 'e0001'")
        publish(con, place)
    assert b"5 values" in render_report(place, "tiny")
    assert render_report(place, "tiny", snapshot=old) == before


def test_figures_are_files_of_their_own(example: Workspace, tmp_path: Path) -> None:
    build_report(example, "tiny", job=JOB, output=tmp_path, figures=tmp_path / "figures")
    there = sorted(p.name for p in (tmp_path / "figures").iterdir())
    assert {p.removesuffix(".svg") for p in there if p.endswith(".svg")} == {p.removesuffix(".png") for p in there if p.endswith(".png")}
    assert "accuracy-size.svg" in there
    tree = etree.fromstring((tmp_path / "figures" / "accuracy-size.svg").read_bytes())
    assert [child.tag.split("}")[1] for child in tree[:2]] == ["title", "desc"]
    assert "var(--" not in (tmp_path / "figures" / "accuracy-size.svg").read_text(encoding="utf-8")
    png = (tmp_path / "figures" / "accuracy-size.png").read_bytes()
    width, _ = struct.unpack(">II", png[16:24])
    assert width == pytest.approx(9.6 * 300, abs=2)
    first = png
    build_report(example, "tiny", job=JOB, output=tmp_path, figures=tmp_path / "figures")
    assert (tmp_path / "figures" / "accuracy-size.png").read_bytes() == first


def test_markdown_has_the_words_the_tables_and_the_figures(tmp_path: Path) -> None:
    place = make_workspace(tmp_path / "w", 14, title=NASTY + " {}")
    path = build_report(place, REPORT, output=tmp_path, form="md")
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Publication bias of reported accuracy\n")
    assert not re.search(r"(?<!\\)<", text)
    assert "\n\n\n" not in text
    images = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
    assert len(images) >= 7
    assert all((tmp_path / i).is_file() for i in images)
    assert "| Analysis | k | Estimate |" in text
    assert escape("a|b") == r"a\|b"


def test_pdf_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    place = make_workspace(tmp_path / "w", 14, title=NASTY + ' {} #panic("x") $x$')
    path = build_report(place, REPORT, output=tmp_path, form="pdf")
    first = path.read_bytes()
    assert first.startswith(b"%PDF-")
    assert build_report(place, REPORT, output=tmp_path, form="pdf").read_bytes() == first
    import pdfplumber

    with pdfplumber.open(path) as document:
        text = " ".join(page.extract_text() or "" for page in document.pages)
    assert "Publication bias of reported accuracy" in text
    assert "Provenance" in text
    assert '#panic("x")' in text


def test_interactive_pages_are_the_same_bytes_and_say_what_they_lack(
    example: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    page = build_report(example, "tiny", job=JOB, output=tmp_path, interactive=True)
    assert run("report", str(page), "--check", "--workspace", str(example.root))[0] == 0
    with pytest.raises(UsageError, match="no interactive figures"):
        build_report(example, "varoquaux2022", output=tmp_path, interactive=True)
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(UsageError, match=r"pip install 'miner\[interactive\]'"):
        build_report(example, "tiny", output=tmp_path, interactive=True)


def test_an_unknown_format_is_refused(example: Workspace) -> None:
    with pytest.raises(UsageError, match="there is no format 'docx'"):
        build_report(example, form="docx")
