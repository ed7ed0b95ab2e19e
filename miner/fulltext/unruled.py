"""Tables without a full grid of rules: found and cut by how their words align."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from miner.fulltext.geometry import Box, Row, Rules, Segment
from miner.fulltext.model import Cell

_NUMBER = re.compile(
    r"[-+−–<>≤≥~≈$€£(\[]*\s*(?:\d[\d,.\s]*\d|\d|\.\d+)\s*[%)\]*†‡a-e]*(?:\s*[±(\[/–-]\s*[\d.,%\s;–-]+[)\]]?)?|[-–—*.]{1,3}|n/?a|\(?[xX]\)?|\$|%"
)
_BULLET = re.compile(r"[•▪◦●■–—-]|\(?[0-9a-zA-Z]{1,3}[.)]|\[\d+\]|[0-9]{1,2}")
_LEAST_ROWS = 3


@dataclass(slots=True)
class _Placed:
    """A piece of text in the raw grid: row, first and last column."""

    row: int
    first: int
    last: int
    segment: Segment


def find_unruled(rows: list[Row], rules: Rules) -> list[tuple[list[Cell], Box]]:
    """Find tables among the rows of a page or column.

    Returns
    -------
    list
        For each table its cells and its box.
    """
    found = []
    for region in _regions(rows, rules):
        table = _table(region, rules)
        if table:
            found.append(table)
    return found


def _regions(rows: list[Row], rules: Rules) -> list[list[Row]]:
    """Cut runs of lines most of which have several segments."""
    regions: list[list[Row]] = []
    run: list[Row] = []
    for row in rows:
        if run and _parted(run, row):
            regions.append(run)
            run = []
        if run or len(row.segments) > 1 or _headlike(row, rules):
            run.append(row)
    if run:
        regions.append(run)
    return [t for r in regions if len(t := _trim(r)) >= _LEAST_ROWS and _tabular(t)]


def _headlike(row: Row, rules: Rules) -> bool:
    """Whether a line with one segment stands right below or above a rule, as a spanning header does."""
    return any(abs(y - row.top) < 6 or abs(y - row.bottom) < 6 for y, a, b in rules.across if a < row.x1 and row.x0 < b)


def _parted(run: list[Row], row: Row) -> bool:
    last = run[-1]
    height = median(r.height for r in run[-4:])
    gap = row.top - last.bottom
    singles = 0
    for earlier in reversed(run):
        if len(earlier.segments) > 1:
            break
        singles += 1
    left, right = min(r.x0 for r in run), max(r.x1 for r in run)
    if gap > 3.2 * height:
        return True
    if len(row.segments) > 1:
        return gap > 2.4 * height and singles > 0
    width = row.x1 - row.x0
    return singles >= 3 or (width > 0.72 * (right - left) and len(row.segments[0].words) > 6)


def _trim(run: list[Row]) -> list[Row]:
    """Drop lines with one segment at both ends."""
    start, end = 0, len(run)
    while start < end and len(run[start].segments) < 2:
        start += 1
    while end > start and len(run[end - 1].segments) < 2:
        end -= 1
    return run[start:end]


def _tabular(run: list[Row]) -> bool:
    several = [r for r in run if len(r.segments) > 1]
    if len(several) < 2 or len(several) < 0.4 * len(run):
        return False
    pairs = [r for r in several if len(r.segments) == 2]
    if len(pairs) > 0.8 * len(several):
        bullets = sum(_BULLET.fullmatch(r.segments[0].text) is not None for r in pairs)
        prose = sum(len(r.segments[1].words) > 7 for r in pairs)
        if bullets > 0.4 * len(pairs) or prose > 0.5 * len(pairs):
            return False
        if not any(_NUMBER.fullmatch(s.text) for r in pairs for s in r.segments[1:]) and len(several) < 5:
            return False
    words = [len(s.words) for r in several for s in r.segments]
    return median(words) <= 5


def _columns(run: list[Row]) -> list[tuple[float, float]]:
    """Find the columns: stretches of x between the gaps that the richer lines leave free."""
    most = sorted((len(r.segments) for r in run), reverse=True)
    rich = most[max(0, len(most) // 5)]
    chosen = [r for r in run if len(r.segments) >= max(2, 0.6 * rich)]
    edges: list[tuple[float, int]] = []
    for row in chosen:
        for s in row.segments:
            edges += [(s.x0, 1), (s.x1, -1)]
    edges.sort()
    allowed = int(0.04 * len(chosen))
    columns: list[tuple[float, float]] = []
    cover, start = 0, None
    for x, change in edges:
        cover += change
        if cover > allowed and start is None:
            start = x
        elif cover <= allowed and start is not None:
            columns.append((start, x))
            start = None
    return _joined(columns, chosen)


def _joined(columns: list[tuple[float, float]], chosen: list[Row]) -> list[tuple[float, float]]:
    """Join slivers: a column that holds only signs (``$``, ``%``, a bracket) belongs to the one beside it."""
    result: list[tuple[float, float]] = []
    signs: list[bool] = []
    for low, high in columns:
        inside = [s.text for r in chosen for s in r.segments if s.x0 < high and low < s.x1]
        sign = bool(inside) and all(t in {"$", "%", ")", "€", "£", "(", "*", "†"} for t in inside)
        if result and (signs[-1] or (sign and inside[0] in {"%", ")", "*", "†"})):
            result[-1] = (result[-1][0], high)
            signs[-1] = False
        else:
            result.append((low, high))
            signs.append(sign)
    return result


def _table(run: list[Row], rules: Rules) -> tuple[list[Cell], Box] | None:
    columns = _columns(run)
    if len(columns) < 2:
        return None
    placed = [p for number, row in enumerate(run) for p in _place(row, number, columns)]
    data = _first_data(run, placed, len(columns))
    cells = cells_of(placed, run, data, rules)
    box = (min(r.x0 for r in run), run[0].top, max(r.x1 for r in run), run[-1].bottom)
    return (cells, box) if len({c.row for c in cells}) >= 2 else None


def _place(row: Row, number: int, columns: list[tuple[float, float]]) -> list[_Placed]:
    """Put the segments of a line into columns; one over several columns spans them, or is cut where its words fall into them."""
    placed: list[_Placed] = []
    for segment in row.segments:
        first, last = _reach(segment.x0, segment.x1, columns)
        if last > first and len(row.segments) > 1 and (parts := _cut(segment, columns)):
            placed += [_Placed(number, c, c, s) for c, s in parts]
        else:
            placed.append(_Placed(number, first, last, segment))
    merged: list[_Placed] = []
    for item in placed:
        if merged and merged[-1].last >= item.first:
            merged[-1].segment = Segment(merged[-1].segment.words + item.segment.words, row.top, row.bottom)
            merged[-1].last = max(merged[-1].last, item.last)
        else:
            merged.append(item)
    return merged


def _reach(x0: float, x1: float, columns: list[tuple[float, float]]) -> tuple[int, int]:
    """Return the first and last column that a span covers by more than a graze."""
    touched = [i for i, (low, high) in enumerate(columns) if min(x1, high) - max(x0, low) > min(2.5, 0.3 * (x1 - x0))]
    if touched:
        return touched[0], touched[-1]
    middle = (x0 + x1) / 2
    nearest = min(range(len(columns)), key=lambda i: max(columns[i][0] - middle, middle - columns[i][1]))
    return nearest, nearest


def _cut(segment: Segment, columns: list[tuple[float, float]]) -> list[tuple[int, Segment]] | None:
    """Cut a segment whose words each lie in one column, the parts being numbers; a header that spans is left whole."""
    parts: dict[int, list[tuple[float, float, str]]] = {}
    for word in segment.words:
        first, last = _reach(word[0], word[1], columns)
        if last > first:
            return None
        parts.setdefault(first, []).append(word)
    texts = [" ".join(w[2] for w in words) for words in parts.values()]
    if len(parts) < 2 or not all(_NUMBER.fullmatch(t) for t in texts[1:]):
        return None
    return [(c, Segment(words, segment.top, segment.bottom)) for c, words in sorted(parts.items())]


def _first_data(run: list[Row], placed: list[_Placed], number: int) -> int:
    """Return the first line that holds data: numbers in most of its columns but the first."""
    for at in range(len(run)):
        mine = [p for p in placed if p.row == at and p.first > 0]
        numbers = sum(_NUMBER.fullmatch(p.segment.text) is not None and not _year(p.segment.text) for p in mine)
        if mine and numbers >= 0.5 * len(mine) and (len(mine) >= 0.4 * (number - 1) or numbers >= 2):
            return at
    return 1


def _year(text: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d", text) is not None


def cells_of(placed: list[_Placed], run: list[Row], data: int, rules: Rules) -> list[Cell]:
    """Merge the lines of wrapped cells, and make cells."""
    groups = _row_groups(placed, run, data, rules)
    cells: list[Cell] = []
    merged: dict[tuple[int, int, int], list[_Placed]] = {}
    for item in placed:
        merged.setdefault((groups[item.row], item.first, item.last), []).append(item)
    head = groups[data] if data < len(groups) else 0
    stacked = _stack_header(merged, head)
    for (row, first, last), items in sorted(stacked.items()):
        rows = max(groups[i.row] for i in items) - row + 1
        text = " ".join(i.segment.text for i in sorted(items, key=lambda i: i.row))
        box = (
            min(i.segment.x0 for i in items),
            min(i.segment.top for i in items),
            max(i.segment.x1 for i in items),
            max(i.segment.bottom for i in items),
        )
        cells.append(Cell(row, first, text, rows, last - first + 1, row < head, box))
    return cells


def _stack_header(merged: dict[tuple[int, int, int], list[_Placed]], head: int) -> dict[tuple[int, int, int], list[_Placed]]:
    """Join header lines that stand over each other in one column, with nothing between them, into one cell."""
    result: dict[tuple[int, int, int], list[_Placed]] = {}
    open_: dict[tuple[int, int], tuple[int, int, int]] = {}
    for key in sorted(merged):
        row, first, last = key
        if row >= head:
            result[key] = merged[key]
            continue
        above = open_.get((first, last))
        if above is not None:
            result[above] += merged[key]
        else:
            for columns in [c for c in open_ if c[0] <= last and first <= c[1]]:
                del open_[columns]
            result[key] = list(merged[key])
            open_[first, last] = key
    return result


def _row_groups(placed: list[_Placed], run: list[Row], data: int, rules: Rules) -> list[int]:
    """Return the number of each line's row of the grid: a line that only carries on the cells above (or whose label does) has the row of that line."""
    by_row: list[list[_Placed]] = [[] for _ in run]
    for item in placed:
        by_row[item.row].append(item)
    left, right = min(r.x0 for r in run), max(r.x1 for r in run)
    gaps = [b.top - a.bottom for a, b in pairwise(run)]
    tight = min(gaps, default=0.0)
    loose = median(gaps) if gaps else 0.0
    numbers: list[int] = []
    for at in range(len(run)):
        if at <= data or not numbers:
            numbers.append(at)
            continue
        ruled = rules.between_rows(run[at - 1].bottom, run[at].top, left, right)
        gap = run[at].top - run[at - 1].bottom
        close = gap <= tight + 0.35 * run[at].height and gap <= loose + 1
        same = not ruled and close and _carries_on(by_row[at - 1], by_row[at])
        numbers.append(numbers[-1] if same else numbers[-1] + 1)
    return numbers


def _carries_on(above: list[_Placed], mine: list[_Placed]) -> bool:
    """Whether a line is the rest of the row above: no numbers, nothing in a column that is empty above, or a label cut in two."""
    if not mine or not above:
        return False
    texts = [p.segment.text for p in mine]
    taken = {c for p in above for c in range(p.first, p.last + 1)}
    if mine[0].first > 0 and all(p.first in taken for p in mine) and not all(_NUMBER.fullmatch(t) for t in texts):
        return True
    label = above[0]
    only_label = len(above) == 1 and label.first == label.last == 0
    if only_label and mine[0].first == 0 and texts[0][:1].islower():
        return True
    return len(mine) == 1 and mine[0].first == mine[0].last == 0 and texts[0][:1].islower() and label.first == 0
