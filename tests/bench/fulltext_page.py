"""Write docs/reference/fulltext.md: how well full texts are read, by file, beside other tools.

    python -m tests.bench.fulltext_page

It needs the shared test input and pdftotext, and takes some minutes: pdfplumber reads every page. A test holds what is read today against the page.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pypdfium2

from miner.fulltext.sandbox import Limits, Sandbox
from tests.bench import cells, reading

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("MINER_SHARED", ROOT.parent / "shared")) / "fulltext"
PAGE = ROOT / "docs" / "reference" / "fulltext.md"

_HEAD = """# How well full texts are read

Made by `python -m tests.bench.fulltext_page` from the test input that is kept beside the project; tests hold today's figures against
these. For speed see `make bench`.
"""


def running_text() -> list[str]:
    """Compare the words of the body, and their order, with the JATS of the same article."""
    lines = [
        "## Running text",
        "",
        "Share of the words of the JATS body (headings and paragraphs; no tables, captions, formulae and code) that the PDF's text has at all",
        "(words), and has in the same order (order: longest common subsequence).",
        "",
        "| file | words in JATS | words: miner | pdftotext | pdfplumber | order: miner | pdftotext | pdfplumber |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for pdf, jats in reading.pairs(SHARED / "pairs"):
        body = reading.jats_body(jats)
        texts = (reading.running(reading.read(pdf)), reading.pdftotext(pdf), reading.plumbed(pdf))
        found = [reading.agreement(body, t) for t in texts]
        figures = [f"{f.words:.4f}" for f in found] + [f"{f.order:.4f}" for f in found]
        lines.append(f"| {pdf.stem} | {len(body):,} | " + " | ".join(figures) + " |")
    return lines


def columns() -> list[str]:
    """Count sentences that mix lines of both columns at one height."""
    lines = [
        "",
        "## Columns",
        "",
        "Sentences whose printed lines stand beside each other in two columns, of those in prose (six words of three letters or more); formulae are none.",
        "",
        "| file | pages | sentences | across columns |",
        "| --- | ---: | ---: | ---: |",
    ]
    for path in sorted((SHARED / "papers").glob("*.pdf")):
        document = reading.read(path)
        width = pypdfium2.PdfDocument(str(path))[0].get_width()
        mixed, number = reading.across(document, width)
        lines.append(f"| {path.stem} | {document.pages} | {number} | {len(mixed)} |")
    return lines


def numbers() -> list[str]:
    """Compare what is extracted from the PDF with what is extracted from the JATS."""
    lines = [
        "",
        "## Numbers extracted from PDF and JATS",
        "",
        "Sample sizes and performances (each value once a document) that the rules find in the JATS, and how many of them in the PDF too.",
        "",
        "| file | in JATS | in both | in PDF |",
        "| --- | ---: | ---: | ---: |",
    ]
    total: Counter[str] = Counter()
    for pdf, jats in reading.pairs(SHARED / "pairs"):
        a, b = reading.numbers(reading.read(jats)), reading.numbers(reading.read(pdf))
        counts = {"jats": a.total(), "both": (a & b).total(), "pdf": b.total()}
        total.update(counts)
        lines.append(f"| {pdf.stem} | {counts['jats']} | {counts['both']} | {counts['pdf']} |")
    lines.append(f"| all | {total['jats']} | {total['both']} | {total['pdf']} |")
    return lines


def tables() -> list[str]:
    """Compare the tables of PDFs with what people marked."""
    lines = [
        "",
        "## Tables of PDFs",
        "",
        "Cell adjacency (ICDAR 2013 table competition, files of the US government): F1 of the pairs of neighbouring cells.",
        "",
        "| file | pairs | miner | pdfplumber's default |",
        "| --- | ---: | ---: | ---: |",
    ]
    ours: list[tuple[int, int, int]] = []
    theirs: list[tuple[int, int, int]] = []
    for pdf, truths in cells.documents(SHARED / "tables" / "icdar2013-us"):
        want = sum((cells.truth(t) for t in truths), Counter())
        ours.append(cells.compare(want, reading.found_relations(pdf)))
        theirs.append(cells.compare(want, reading.plumbed_relations(pdf)))
        lines.append(f"| {pdf.stem} | {want.total():,} | {cells.f1(*ours[-1]):.3f} | {cells.f1(*theirs[-1]):.3f} |")
    for name, of in (("all pairs together", _together), ("mean of the files", _mean)):
        lines.append(f"| {name} | | {of(ours):.3f} | {of(theirs):.3f} |")
    return lines


def _together(found: list[tuple[int, int, int]]) -> float:
    return cells.f1(*(sum(f[i] for f in found) for i in range(3)))


def _mean(found: list[tuple[int, int, int]]) -> float:
    return sum(cells.f1(*f) for f in found) / len(found)


def jats_tables() -> list[str]:
    """Compare the tables of JATS files with the CSV files beside them."""
    lines = [
        "",
        "## Tables of JATS",
        "",
        "Tables of articles equal to the CSV files that pubget made of them; references in cells (`???` there), and what pandas does to cells",
        "(`NA` left out, `5.000` written `5.0`), are no differences.",
        "",
        "| article | tables | equal |",
        "| --- | ---: | ---: |",
    ]
    for article in sorted((SHARED / "jats" / "pubget").rglob("article.xml")):
        number = len(list((article.parent / "tables").glob("table_*.csv")))
        lines.append(f"| {article.parent.name} | {number} | {number - len(reading.csv_differences(article))} |")
    return lines


def broken() -> list[str]:
    """Count the outcomes of files that were made to break parsers."""
    paths = sorted((SHARED / "broken").iterdir())
    with Sandbox(2) as sandbox:
        read = list(sandbox.read_many(paths))
    limits = Limits()
    reasons = Counter((o.reason or "read").split(": ")[0].split(" on its ")[0] for o in read)
    return [
        "",
        "## Files that were made or found to break parsers",
        "",
        f"Each in a process with {limits.memory >> 20} MB of address space, {limits.cpu} s of processor time and {limits.wall:g} s in all; none reached a limit of time. Tables may",
        "take 4 s of processor time a page and 8 s a document: pages that lack theirs are named in its notes, and keep their text.",
        "",
        "| outcome | files |",
        "| --- | ---: |",
        *[f"| {reason} | {number} |" for reason, number in sorted(reasons.items(), key=lambda r: (-r[1], r[0]))],
    ]


def main() -> None:
    """Write the page."""
    parts = [_HEAD.rstrip(), "", *running_text(), *columns(), *numbers(), *tables(), *jats_tables(), *broken()]
    PAGE.write_text("\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
