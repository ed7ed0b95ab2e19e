"""Cell adjacency of the ICDAR 2013 table competition: pairs of neighbouring cells, by their contents and direction."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from lxml import etree

Relations = Counter[tuple[str, str, str]]
Grid = list[tuple[int, int, int, int, str]]  # first row, first column, last row, last column, text


def content(text: str) -> str:
    """Return what is compared: letters and digits, small, without spaces or leaders."""
    return re.sub(r"[\W_]+", "", text.lower()) or re.sub(r"[\s.]+", "", text)


def relations(cells: Grid) -> Relations:
    """Return the pairs of each cell with content and its nearest neighbour with content to the right and below."""
    at: dict[tuple[int, int], int] = {}
    filled = [c for c in cells if content(c[4])]
    for number, (r0, c0, r1, c1, _) in enumerate(filled):
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                at[r, c] = number
    rows = max((c[2] for c in filled), default=-1) + 1
    columns = max((c[3] for c in filled), default=-1) + 1
    pairs: set[tuple[int, int, str]] = set()
    for number, (r0, c0, r1, c1, _) in enumerate(filled):
        for r in range(r0, r1 + 1):
            right = next((at[r, c] for c in range(c1 + 1, columns) if (r, c) in at), None)
            if right is not None:
                pairs.add((number, right, "right"))
        for c in range(c0, c1 + 1):
            below = next((at[r, c] for r in range(r1 + 1, rows) if (r, c) in at), None)
            if below is not None:
                pairs.add((number, below, "down"))
    return Counter((content(filled[a][4]), content(filled[b][4]), way) for a, b, way in pairs)


def truth(path: Path) -> Relations:
    """Read the relations of all tables of a ``-str.xml`` file."""
    total: Relations = Counter()
    for table in etree.parse(str(path)).getroot().iter("table"):
        for region in table.iter("region"):
            cells: Grid = []
            for cell in region.iter("cell"):
                r0, c0 = int(cell.get("start-row", "0")), int(cell.get("start-col", "0"))
                r1, c1 = int(cell.get("end-row") or r0), int(cell.get("end-col") or c0)
                cells.append((r0, c0, max(r0, r1), max(c0, c1), cell.findtext("content") or ""))
            total += relations(cells)
    return total


def compare(want: Relations, got: Relations) -> tuple[int, int, int]:
    """Return how many relations are right, given and wanted."""
    return (want & got).total(), got.total(), want.total()


def f1(right: int, given: int, wanted: int) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * right / (given + wanted) if given + wanted else 1.0


def documents(folder: Path) -> Iterable[tuple[Path, list[Path]]]:
    """Return each PDF with the files that hold its truth (a trailing letter marks a second reading of the same PDF's tables)."""
    for pdf in sorted(folder.glob("*.pdf")):
        own = folder / f"{pdf.stem}-str.xml"
        if own.exists():
            yield pdf, [own]
