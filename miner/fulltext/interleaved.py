"""Pages whose two columns are written row by row: what the PDF gives as one line is a line of each column, and is parted at the gutter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from miner.fulltext.layout import Printed, clean

_SAMPLE = 8  # lines looked at to tell whether a page is such a one: each look costs as much as reading a few lines
_LEAST = 4
_NARROWEST = 0.9  # of the type's height: a gap between words is a third of that


@dataclass(frozen=True, slots=True)
class Wide:
    """A line that is as wide as two columns: its place among the lines, its first character on the page, its words as written."""

    at: int
    start: int
    words: str


def part_columns(textpage: Any, lines: list[Printed], wide: list[Wide], width: float) -> list[Printed]:
    """Return the lines with those parted that run over a gutter, where most of the page's wide lines do so at the same place.

    Parameters
    ----------
    textpage
        The page's text, of pypdfium2.
    lines : list of Printed
    wide : list of Wide
        Those that are wide enough to be two.
    width : float
        Width of the page.
    """
    if len(wide) < _LEAST:
        return lines
    step = max(1, len(wide) // _SAMPLE)
    sample = wide[::step][:_SAMPLE]
    middles: list[float] = []
    for number, place in enumerate(sample):
        gap = _gap(textpage, place, lines[place.at], width)
        if gap:
            middles.append((gap[1] + gap[2]) / 2)
        elif number + 1 - len(middles) > 0.4 * len(sample):
            return lines
    if len(middles) < _LEAST:
        return lines
    gutter = median(middles)
    if sum(abs(m - gutter) < 0.06 * width for m in middles) < 0.8 * len(middles):
        return lines
    places = {w.at: w for w in wide}
    parted: list[Printed] = []
    for at, line in enumerate(lines):
        gap = _gap(textpage, places[at], line, width) if at in places else None
        if gap is None or abs((gap[1] + gap[2]) / 2 - gutter) > 0.08 * width:
            parted.append(line)
            continue
        words = places[at].words
        parted.append(replace(line, text=clean(words[: gap[0]].rstrip()), x1=gap[1], cut=False))
        parted.append(replace(line, text=clean(words[gap[0] :].lstrip(" ").rstrip("\ufffe")), x0=gap[2]))
    return parted


def _gap(textpage: Any, wide: Wide, line: Printed, width: float) -> tuple[int, float, float] | None:
    """Return the one wide gap between a line's words, if it is near the middle of the page: where in the words, its left and its right end.

    A line with several is a row of a table as wide as the page, not a line of each of two columns.
    """
    from pypdfium2 import raw

    left, right = raw.FS_RECTF(), raw.FS_RECTF()
    least = _NARROWEST * line.height
    spaces = [at for at, letter in enumerate(wide.words) if letter == " "]
    # Those near the middle first: a line of prose over the whole page is done with after a few.
    near = [at for at in spaces if 0.3 < at / len(wide.words) < 0.7]
    found: list[tuple[int, float, float]] = []
    for group in (near, [at for at in spaces if at not in near]):
        for at in group:
            raw.FPDFText_GetLooseCharBox(textpage, wide.start + at - 1, left)
            raw.FPDFText_GetLooseCharBox(textpage, wide.start + at + 1, right)
            if right.left - left.right > least:
                found.append((at, float(left.right), float(right.left)))
        if len(found) != 1:
            return None
    return found[0] if 0.3 * width < (found[0][1] + found[0][2]) / 2 < 0.7 * width else None
