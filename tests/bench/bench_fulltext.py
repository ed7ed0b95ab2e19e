"""Full text: pages a second, the sandbox's subprocess included, as ratios to peers measured in the same run; and how well it is read."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SHARED = Path(os.environ.get("MINER_SHARED", Path(__file__).resolve().parents[3] / "shared"))
# What issue 7 asks for, of running text.
TARGETS = {"text_vs_pdfplumber": 20.0, "text_vs_bare_pypdfium2": 0.6}


def papers() -> list[Path]:
    """Return the papers that are timed: those of the pairs, and those in one and two columns."""
    return sorted((SHARED / "fulltext" / "pairs").glob("*.pdf")) + sorted((SHARED / "fulltext" / "papers").glob("*.pdf"))


def bare(paths: list[Path]) -> int:
    """Read text as pypdfium2 gives it, page by page; return the number of pages."""
    import pypdfium2 as pdfium

    pages = 0
    for path in paths:
        document = pdfium.PdfDocument(str(path))
        for index in range(len(document)):
            page = document[index]
            textpage = page.get_textpage()
            textpage.get_text_bounded()
            textpage.close()
            page.close()
            pages += 1
        document.close()
    return pages


def plumber(paths: list[Path]) -> int:
    """Read text with pdfplumber's default."""
    import pdfplumber

    pages = 0
    for path in paths:
        with pdfplumber.open(path) as document:
            for page in document.pages:
                page.extract_text()
                pages += 1
    return pages


def rate(function: Callable[[list[Path]], int], paths: list[Path], rounds: int) -> float:
    """Return pages a second of wall-clock time, the best of some rounds."""
    best = 0.0
    for _ in range(rounds):
        begin = time.perf_counter()
        pages = function(paths)
        best = max(best, pages / (time.perf_counter() - begin))
    return best


def run() -> dict[str, Any]:
    """Measure; needs the shared test input."""
    if not papers():
        return {"skipped": f"no papers in {SHARED / 'fulltext'}"}
    from miner.fulltext.sandbox import Sandbox

    paths = papers()
    many = paths * 4
    with Sandbox(1) as sandbox:
        sandbox.read(paths[0], tables=True)  # the worker is started once for many documents

        def ours(some: list[Path], *, tables: bool = False) -> int:
            return sum(o.document.pages for o in sandbox.read_many(some, tables=tables) if o.document is not None)

        text = limit = 0.0
        for _ in range(4):  # in turns, so that what else the machine does hits both
            text = max(text, rate(ours, many, 1))
            limit = max(limit, rate(bare, many, 1))
        whole = rate(lambda some: ours(some, tables=True), paths, 1)
    peer = rate(plumber, paths, 1)
    ratios = {"text_vs_pdfplumber": text / peer, "text_vs_bare_pypdfium2": text / limit, "text_and_tables_vs_pdfplumber": whole / peer}
    return {
        "what": "PDFs, pages a second, one worker process, the sandbox included",
        "pages": bare(paths),
        "pages_a_second": {
            "ours, running text": round(text, 1),
            "ours, with tables": round(whole, 1),
            "bare pypdfium2": round(limit, 1),
            "pdfplumber": round(peer, 1),
        },
        "ratios": {k: round(v, 2) for k, v in ratios.items()},
        "met": {name: ratios[name] >= least for name, least in TARGETS.items()},
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
