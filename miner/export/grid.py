"""A table as text: whole where it is kept, fitted to the width of a terminal where it is looked at."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from miner.say import counted

_GAP = "  "
_LEAST = 8
"""Columns that a text is not cut below: what is left still tells one row from another."""


def grid(columns: Sequence[str], rows: Sequence[Sequence[Any]], show: Callable[[Any], str], width: int | None = None) -> str:
    r"""Return a table as text, with a line that counts its rows.

    Parameters
    ----------
    columns : sequence of str
        Their names.
    rows : sequence of sequence
        Their values.
    show : callable
        How a value is written.
    width : int, optional
        No line is longer: long texts are cut, then columns are left out, and the last line says so. Numbers are never cut. Nothing is cut
        without it.

    Examples
    --------
    >>> print(grid(["n", "title"], [[7, "On the size of samples"]], str, 16))
    n  title
    ─  ─────────────
    7  On the size …
    (1 row; cut to
    fit 16 columns:
    -f csv or -o
    FILE gives all)
    <BLANKLINE>
    """
    numeric = [bool(rows) and all(v is None or (isinstance(v, int | float | Decimal)) for v in c) for c in zip(*rows, strict=True)]
    numeric = numeric or [False] * len(columns)
    shown = [[printable(show(v)) for v in row] for row in rows]
    heads = [printable(c) for c in columns]
    natural = [max([across(head), *(across(row[i]) for row in shown)]) for i, head in enumerate(heads)]
    least = [
        max(across(row[i]) for row in shown) if number else min(wide, _LEAST)
        for i, (wide, number) in enumerate(zip(natural, numeric, strict=True))
    ]
    widths = natural if width is None else fitted(natural, least, width)
    lines = [_line(heads, widths, [False] * len(widths)), _GAP.join("─" * w for w in widths)]
    lines += [_line(row, widths, numeric) for row in shown]
    last = f"({counted(len(rows), 'row')}{_cut_words(natural, widths, width)})"
    return "\n".join([*(line.rstrip() for line in lines), *(textwrap.wrap(last, width) if width else [last])]) + "\n"


def _cut_words(natural: Sequence[int], widths: Sequence[int], width: int | None) -> str:
    if list(widths) == list(natural):
        return ""
    left = len(natural) - len(widths)
    what = f"{counted(left, 'column')} left out" if left else "cut"
    return f"; {what} to fit {width} columns: -f csv or -o FILE gives all"


def fitted(natural: Sequence[int], least: Sequence[int], width: int) -> list[int]:
    """Return widths of the columns that fit: the widest are cut first, none below its least; then the last columns go, the first stays.

    Examples
    --------
    >>> fitted([3, 40, 12], [3, 8, 8], 30), fitted([20, 20, 20], [20, 20, 20], 42), fitted([90], [90], 40)
    ([3, 11, 12], [20, 20], [40])
    """
    kept = len(natural)
    while kept > 1 and sum(least[:kept]) + len(_GAP) * (kept - 1) > width:
        kept -= 1
    widths, floor = list(natural[:kept]), list(least[:kept])
    over = sum(widths) + len(_GAP) * (kept - 1) - width
    while over > 0 and any(w > f for w, f in zip(widths, floor, strict=True)):
        widest = max((i for i in range(kept) if widths[i] > floor[i]), key=lambda i: widths[i])
        widths[widest] -= 1
        over -= 1
    return [min(w, width) for w in widths]


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    return _GAP.join(_padded(c, w, right=r) for c, w, r in zip(cells, widths, right, strict=False))


def _padded(text: str, width: int, *, right: bool) -> str:
    if across(text) > width:
        while across(text) > width - 1:
            text = text[:-1]
        text += "…"
    space = " " * (width - across(text))
    return space + text if right else text + space


def printable(text: str) -> str:
    r"""Return a text without what a terminal would take for a command.

    Examples
    --------
    >>> printable("a\x1b[31mb")
    'a\ufffd[31mb'
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def across(text: str) -> int:
    """Return how many columns of a terminal a text takes: East Asian letters take two, accents that stand alone none.

    Examples
    --------
    >>> across("abc"), across("数据"), across("e\u0301")
    (3, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
