"""Tables of PDFs: full grids of rules by pdfplumber, all others by alignment, on the pages that seem to have some."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from miner.fulltext.geometry import Box, Row, Rules, gutter, page_rules, page_words, rows_of, split_at
from miner.fulltext.layout import Printed
from miner.fulltext.model import Cell, Table
from miner.fulltext.unruled import find_unruled

_CAPTION = re.compile(
    r"\s*(?P<label>(?:Supplementary |Supp\. )?(?:Table|TABLE|Tab\.)\s*(?:S?\d+(?:\.\d+)?[A-Za-z]?|[IVX]+))\b[.:|\s]*(?P<caption>.*)",
    re.DOTALL,
)
_NUMBERS = re.compile(r"(?<![\w.])[-−]?\(?\$?\d[\d,.]*%?")
_FIGURE = re.compile(r"[$(\[<>≤≥±−–-]*\d[\d,.]*[%)\]*]*")
# Processor time that the tables of a document, and those of one page, may take: what is slower is left out, and the text stays. It is
# not the clock's time, so that a busy machine changes nothing.
_SECONDS = 8.0
_PAGE_SECONDS = 4.0
_CAPTION_REACH = 45.0


def tables_of_pdf(path: Path, printed: list[list[Printed]], notes: list[str], ruled_pages: Callable[[int], bool]) -> tuple[Table, ...]:
    """Read the tables of a PDF.

    Parameters
    ----------
    path : pathlib.Path
    printed : list of list of Printed
        The lines of each page as the running text has them: they tell which pages are worth the time.
    ruled_pages : callable
        Says of a page's number whether rules or boxes are drawn on it.
    notes : list of str
        What could not be read is added here; a table that fails never loses the text.
    """
    import pdfplumber

    pages = [n for n, lines in enumerate(printed, 1) if lines and (_promising(lines) or ruled_pages(n))]
    if not pages:
        return ()
    started, found, slow = time.process_time(), [], []
    try:
        with pdfplumber.open(path, pages=pages) as document:
            for page in document.pages:
                left = _SECONDS - (time.process_time() - started)
                try:
                    with _at_most(min(left, _PAGE_SECONDS)):
                        found += _page_tables(page)
                except _TooSlow:
                    slow.append(page.page_number)
                except (ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, ZeroDivisionError) as error:
                    notes.append(f"tables of page {page.page_number} not read: {type(error).__name__}")
                page.close()
    except Exception as error:  # noqa: BLE001 -- pdfminer raises what it likes on damaged files; the text has been read
        notes.append(f"tables not read: {type(error).__name__}")
    if slow:
        notes.append(f"tables of page{'s' if len(slow) > 1 else ''} {', '.join(map(str, slow))} not read: too slow")
    return tuple(found)


class _TooSlow(BaseException):
    """A page took its time; no ``except Exception`` of a library may keep it."""


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Stop what runs inside when it has taken so much processor time; only a main thread can be stopped, others run on."""
    if seconds <= 0:
        raise _TooSlow
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: object) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _promising(lines: list[Printed]) -> bool:
    if any(_CAPTION.match(n.text) for n in lines):
        return True
    if sum(len(_NUMBERS.findall(n.text)) >= 2 for n in lines) >= 3:
        return True
    beside = sum(a.y0 < b.y1 and b.y0 < a.y1 and b.x0 > a.x1 + 5 for a, b in pairwise(lines))
    return beside >= 4


def _page_tables(page: Any) -> list[Table]:
    words = page_words(page)
    if len(words) < 4:
        return []
    rules = page_rules(page)
    rows = rows_of(words, rules)
    ruled = [t for t in (_ruled(t, words) for t in page.find_tables()) if t]
    boxes = [box for _, box in ruled]
    free = [w for w in words if not any(_inside(w, b) for b in boxes)]
    free_rows = rows_of(free, rules) if boxes else rows
    found = list(ruled)
    middle = gutter(free_rows, float(page.width))
    for part in (free_rows,) if middle is None else split_at(free_rows, middle):
        found += find_unruled(part, rules)
    found.sort(key=lambda t: (t[1][1], t[1][0]))
    return [_named(cells, box, rows, page) for cells, box in found]


def _inside(word: dict[str, Any], box: Box) -> bool:
    x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    return bool(box[0] <= x <= box[2] and box[1] <= y <= box[3])


def _ruled(table: Any, words: list[dict[str, Any]]) -> tuple[list[Cell], Box] | None:
    """Take a table from its grid of rules, or None where the rules do not make one (a frame, a box of prose, rules under headers)."""
    boxes: list[Box] = [tuple(float(v) for v in c) for c in table.cells]  # type: ignore[misc]
    lefts, tops = _edges([b[0] for b in boxes]), _edges([b[1] for b in boxes])
    if len(lefts) < 2 or len(tops) < 2 or len(boxes) > 20_000:
        return None
    box: Box = tuple(float(v) for v in table.bbox)  # type: ignore[assignment]
    inner = [w for w in words if _inside(w, box)]
    cells, crowded = [], 0
    for b in sorted(boxes, key=lambda b: (b[1], b[0])):
        mine = [w for w in inner if _inside(w, b)]
        lines = rows_of(mine, Rules()) if mine else []
        crowded += _crowded(lines)
        row, column = _index(tops, b[1]), _index(lefts, b[0])
        rows = max(1, sum(b[1] - 1 <= y < b[3] - 1.5 for y in tops))
        columns = max(1, sum(b[0] - 1 <= x < b[2] - 1.5 for x in lefts))
        text = " ".join(s.text for r in lines for s in r.segments)
        cells.append(Cell(row, column, text, rows, columns, row == 0, b))
    filled = [c for c in cells if c.text]
    if len(filled) < 4 or len(filled) < 0.3 * len(cells) or crowded > 0.06 * len(filled):
        return None
    if median(len(c.text) for c in filled) > 160:
        return None
    return [c for c in cells if c.text], box


def _crowded(lines: list[Row]) -> bool:
    """Whether what a grid makes one cell holds several: segments side by side, or a number on each of several lines."""
    if any(len(r.segments) > 1 for r in lines):
        return True
    return len(lines) > 1 and sum(_FIGURE.fullmatch(r.segments[0].text) is not None for r in lines) > 0.5 * len(lines)


def _edges(values: list[float]) -> list[float]:
    edges: list[float] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > 2:
            edges.append(value)
    return edges


def _index(edges: list[float], value: float) -> int:
    return min(range(len(edges)), key=lambda i: abs(edges[i] - value))


def _named(cells: list[Cell], box: Box, rows: list[Row], page: Any) -> Table:
    """Give a table its caption, the nearest that begins with ``Table``, and boxes whose origin is the page's lower left."""
    label = caption = ""
    best = _CAPTION_REACH
    for at, row in enumerate(rows):
        for number, segment in enumerate(row.segments):
            match = _CAPTION.match(segment.text)
            if not match or segment.x1 < box[0] - 5 or segment.x0 > box[2] + 5:
                continue
            after = _following(rows, at, segment.x0, box[1])
            bottom = after[-1].bottom if after else row.bottom
            distance = box[1] - bottom if row.top < box[1] else row.top - box[3]
            if -row.height < distance < best:
                best, label = distance, match["label"]
                own = " ".join(s.text for s in row.segments[number + 1 :])
                caption = " ".join([match["caption"], own, *(s.text for r in after for s in r.segments)]).strip()
    height, low = float(page.height), float(page.bbox[1])
    placed = tuple(_upwards(c, height + low) for c in cells)
    flipped = (box[0], height + low - box[3], box[2], height + low - box[1])
    return Table(label, caption, placed, int(page.page_number), _rounded(flipped))


def _following(rows: list[Row], at: int, x0: float, limit: float) -> list[Row]:
    """Return the lines that carry a caption on: below it, close, of one segment, above the table."""
    lines: list[Row] = []
    last = rows[at]
    for row in rows[at + 1 : at + 6]:
        if row.top - last.bottom > 0.6 * last.height or row.bottom > limit + 2 or len(row.segments) > 1 or abs(row.x0 - x0) > 40:
            break
        lines.append(row)
        last = row
    return lines


def _upwards(cell: Cell, height: float) -> Cell:
    if cell.box is None:
        return cell
    x0, top, x1, bottom = cell.box
    return Cell(cell.row, cell.column, cell.text, cell.rows, cell.columns, cell.header, _rounded((x0, height - bottom, x1, height - top)))


def _rounded(box: Box) -> Box:
    return round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1)
