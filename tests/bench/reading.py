"""How well full texts are read: words and their order beside JATS, sentences across columns, numbers, tables; by file."""

from __future__ import annotations

import csv
import re
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from miner.fulltext.model import FullText, Table
from miner.fulltext.read import read_here
from miner.fulltext.sandbox import Sandbox
from tests.bench import cells

_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_LATEX_OR_CODE = {
    "tex-math",
    "code",
    "preformat",
    "table-wrap",
    "fig",
    "disp-formula",
    "inline-formula",
    "graphic",
    "supplementary-material",
}


def words(text: str) -> list[str]:
    """Return the words of a text as they are compared: compatibility forms, small letters."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest common subsequence (bit-parallel, after Hyyrö 2004)."""
    masks: dict[str, int] = {}
    for at, word in enumerate(one):
        masks[word] = masks.get(word, 0) | 1 << at
    full = (1 << len(one)) - 1
    row = full
    for word in other:
        hit = row & masks.get(word, 0)
        row = (row + hit | row - hit) & full
    return len(one) - row.bit_count()


@dataclass(frozen=True, slots=True)
class Agreement:
    """Shares of the JATS body's words: that are there at all, and that are there in its order; and order as F1 with what is there besides."""

    words: float
    order: float
    f1: float


def agreement(reference: Sequence[str], text: str) -> Agreement:
    """Compare a text with the words of the body."""
    got = words(text)
    there = (Counter(reference) & Counter(got)).total() / len(reference)
    ordered = common(reference, got)
    return Agreement(there, ordered / len(reference), 2 * ordered / (len(reference) + len(got)))


def jats_body(path: Path) -> list[str]:
    """Return the words of the body's headings and paragraphs, read without our reader; floats, code and formulae stand elsewhere on a page."""
    body = etree.parse(str(path), etree.XMLParser(resolve_entities=False, no_network=True)).find(".//body")
    parts: list[str] = []

    def walk(node: Any) -> None:
        if not isinstance(node.tag, str) or etree.QName(node).localname in _LATEX_OR_CODE or "MathML" in node.tag:
            return
        parts.append(node.text or "")
        for child in node:
            walk(child)
            parts.append(child.tail or "")
        if etree.QName(node).localname in {"p", "title", "label", "list-item"}:
            parts.append("\n")

    walk(body)
    return words("".join(parts))


def pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Return each PDF with its JATS file."""
    found = []
    for pdf in sorted(folder.glob("*.pdf")):
        jats = next((p for p in (pdf.with_suffix(".jats.xml"), pdf.with_suffix(".xml")) if p.exists()), None)
        if jats:
            found.append((pdf, jats))
    return found


def pdftotext(path: Path) -> str:
    """Return what poppler's pdftotext prints by default."""
    return subprocess.run(["pdftotext", "-enc", "UTF-8", str(path), "-"], check=True, capture_output=True).stdout.decode("utf-8", "replace")


def plumbed(path: Path) -> str:
    """Return pdfplumber's default text."""
    import pdfplumber

    with pdfplumber.open(path) as document:
        return "\n".join(page.extract_text() or "" for page in document.pages)


_read: dict[Path, FullText] = {}


def read(path: Path) -> FullText:
    """Read a file once a process."""
    if path not in _read:
        _read[path] = read_here(path)
    return _read[path]


def read_ahead(paths: Sequence[Path]) -> None:
    """Read files on two processors, for ``read`` to find."""
    with Sandbox(2) as sandbox:
        _read.update({o.path: o.document for o in sandbox.read_many([p for p in paths if p not in _read]) if o.document is not None})


def running(document: FullText) -> str:
    """Return the text without the tables that stand behind it a second time."""
    return "".join(document.text[s.start : s.end] for s in document.sections if s.kind != "tables")


def numbers(document: FullText) -> Counter[tuple[str, str, float]]:
    """Return the sample sizes and performances found in a document, each value once a document."""
    found = _extract(document)
    return Counter({(x.kind, str(x.fields.get("metric", "")), float(x.value)) for x in found if x.kind in {"sample_size", "performance"}})


def _extract(document: FullText) -> list[Any]:
    from miner.extract.fulltext import extract_full_text

    return extract_full_text(
        _extractor(), document.text, document.sections, document.tables, aside=document.printed_tables(), cited=document.cited
    )


@cache
def _extractor() -> Any:
    from miner.extract.api import Extractor, load_rules

    return Extractor(load_rules())


def grid(table: Table) -> cells.Grid:
    """Return a table as the adjacency measure takes it."""
    return [(c.row, c.column, c.row + c.rows - 1, c.column + c.columns - 1, c.text) for c in table.cells]


def found_relations(path: Path) -> cells.Relations:
    """Return the adjacency relations of the tables that we read."""
    total: cells.Relations = Counter()
    for table in read(path).tables:
        total += cells.relations(grid(table))
    return total


def plumbed_relations(path: Path) -> cells.Relations:
    """Return the adjacency relations of pdfplumber's default tables."""
    import pdfplumber

    total: cells.Relations = Counter()
    with pdfplumber.open(path) as document:
        for page in document.pages:
            for rows in page.extract_tables():
                total += cells.relations([(r, c, r, c, text or "") for r, row in enumerate(rows) for c, text in enumerate(row)])
    return total


def csv_differences(article: Path) -> list[str]:
    """Return how the tables of an article differ from the CSV files beside it: one line a table that is not equal."""
    document = read(article)
    files = sorted((article.parent / "tables").glob("table_*.csv"))
    grids = [_plain(t.grid()) for t in document.tables]
    problems = []
    for file in files:
        with file.open(encoding="utf-8", newline="") as handle:
            wanted = _plain([list(r) for r in csv.reader(handle)])
        if not any(_same(wanted, got) for got in grids):
            problems.append(f"{article.parent.name}/{file.name}")
    return problems


def _plain(rows: list[list[str]]) -> list[list[str]]:
    return [[re.sub(r"\s+", "", unicodedata.normalize("NFKC", c)) for c in row] for row in rows]


def _same(wanted: list[list[str]], got: list[list[str]]) -> bool:
    """Compare with what pubget made of the table: its marks for references and footnotes, and what pandas does to cells, are no differences."""
    have = [r for r in got if any(r)]
    keep = [r for r in wanted if any(c and not c.startswith("Unnamed:") for c in r)]
    return len(keep) == len(have) and all(
        len(a) == len(b) and all(_same_cell(x, y) for x, y in zip(a, b, strict=True)) for a, b in zip(keep, have, strict=True)
    )


def _same_cell(wanted: str, got: str) -> bool:
    wanted, got = wanted.replace("^", ""), got.replace("^", "")  # we write powers so that they don't read as other numbers
    if wanted == got or (not wanted and got in {"NA", "N/A"}) or (wanted.startswith("Unnamed:") and not got):
        return True
    if "???" in wanted:  # stands for a reference
        return re.fullmatch(".*".join(map(re.escape, wanted.split("???"))), got) is not None
    try:
        return float(wanted) == float(got)
    except ValueError:
        return False


def across(document: FullText, width: float) -> tuple[list[str], int]:
    """Return the sentences that were read across a gutter, and how many sentences were looked at.

    A sentence of prose crosses where one of its lines stands left of the page's middle and the next one right of it at the same height.
    What goes on from the foot of one column at the head of the other does not.
    """
    from miner.text.sentences import split

    mixed, number = [], 0
    prose = [s for s in document.sections if s.kind not in {"references", "tables"}]
    aside = document.printed_tables()
    for section in prose:
        words = document.text[section.start : section.end]
        for span in split(words, title=False):
            start, end = section.start + span.start, section.start + span.end
            long = [w for w in words[span.start : span.end].split() if len(w) > 2 and w.strip(".,;:()").isalpha()]
            if len(long) < 6 or any(a < end and start < b for a, b in aside):
                continue
            number += 1
            boxes = document.boxes(start, end)
            if any(_beside(a, b, width) for i, a in enumerate(boxes) for b in boxes[i + 1 :]):
                mixed.append(words[span.start : span.end])
    return mixed, number


def _beside(one: tuple[int, Any], other: tuple[int, Any], width: float) -> bool:
    (page, a), (page2, b) = one, other
    a, b = sorted((a, b))
    return (
        page == page2
        and a[2] < 0.53 * width
        and b[0] > 0.47 * width
        and min(a[3], b[3]) - max(a[1], b[1]) > 0.5 * min(a[3] - a[1], b[3] - b[1])
    )
