"""Words, rows and rules of a page, as the tables need them; all y run downwards from the page's top, as pdfplumber has them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from statistics import median
from typing import Any

Box = tuple[float, float, float, float]  # x0, top, x1, bottom
_LEADERS = re.compile(r"(?:[.…_]\s?){3,}|…+$")
_DOTS = re.compile(r"[.…]+")
_BULLETS = frozenset("•▪◦●■○")


@dataclass(slots=True)
class Segment:
    """Words that stand together on one line: a cell's line, or prose."""

    words: list[tuple[float, float, str]]
    top: float
    bottom: float

    @property
    def x0(self) -> float:
        """Left edge."""
        return self.words[0][0]

    @property
    def x1(self) -> float:
        """Right edge."""
        return self.words[-1][1]

    @property
    def text(self) -> str:
        """The words with spaces between."""
        return " ".join(w[2] for w in self.words)


@dataclass(slots=True)
class Row:
    """One line of a page or of one of its columns."""

    segments: list[Segment]
    top: float
    bottom: float

    @property
    def height(self) -> float:
        """Height of the line."""
        return self.bottom - self.top

    @property
    def x0(self) -> float:
        """Left edge."""
        return self.segments[0].x0

    @property
    def x1(self) -> float:
        """Right edge."""
        return self.segments[-1].x1


@dataclass(slots=True)
class Rules:
    """Printed lines: horizontal ones as (y, x0, x1), vertical ones as (x, top, bottom)."""

    across: list[tuple[float, float, float]] = field(default_factory=list)
    down: list[tuple[float, float, float]] = field(default_factory=list)

    def between_words(self, x0: float, x1: float, y: float) -> bool:
        """Whether a vertical rule separates two words on a line."""
        return any(x0 - 1 <= x <= x1 + 1 and top - 1 <= y <= bottom + 1 for x, top, bottom in self.down)

    def between_rows(self, upper: float, lower: float, x0: float, x1: float) -> bool:
        """Whether a horizontal rule that covers half of a span separates two lines."""
        covered = sum(max(0.0, min(x1, b) - max(x0, a)) for y, a, b in self.across if upper - 2 <= y <= lower + 2)
        return covered > 0.5 * (x1 - x0)


def page_words(page: Any) -> list[dict[str, Any]]:
    """Return a page's upright words, leaders of dots taken off."""
    words = []
    for word in page.extract_words(x_tolerance=1.8, y_tolerance=2, keep_blank_chars=False):
        if not word.get("upright", True) or word["x1"] <= word["x0"]:
            continue
        text = word["text"]
        if _DOTS.fullmatch(text):
            continue
        match = _LEADERS.search(text)
        if match is None:
            words.append(word)
        elif kept := text[: match.start()].rstrip():
            width = (word["x1"] - word["x0"]) / len(text)
            words.append({**word, "text": kept, "x1": word["x0"] + width * len(kept)})
    return words


def page_rules(page: Any) -> Rules:
    """Return the printed lines of a page, thin rectangles among them."""
    rules = Rules()
    for edge in page.edges:
        if edge["orientation"] == "h" and edge["x1"] - edge["x0"] > 4:
            rules.across.append((edge["top"], edge["x0"], edge["x1"]))
        elif edge["orientation"] == "v" and edge["bottom"] - edge["top"] > 4:
            rules.down.append((edge["x0"], edge["top"], edge["bottom"]))
    return rules


def rows_of(words: list[dict[str, Any]], rules: Rules) -> list[Row]:
    """Group words into lines, and the words of a line into segments; a gap of most of the type's height parts two segments."""
    lines: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=lambda w: (w["top"] + w["bottom"], w["x0"])):
        middle = (word["top"] + word["bottom"]) / 2
        for line in reversed(lines[-3:]):
            first = line[0]
            if (
                abs((first["top"] + first["bottom"]) / 2 - middle)
                < 0.45 * min(first["bottom"] - first["top"], word["bottom"] - word["top"]) + 0.5
            ):
                line.append(word)
                break
        else:
            lines.append([word])
    return [_row(sorted(line, key=lambda w: w["x0"]), rules) for line in lines]


def _row(line: list[dict[str, Any]], rules: Rules) -> Row:
    height = median(w["bottom"] - w["top"] for w in line)
    segments: list[Segment] = []
    for word in line:
        piece = (word["x0"], word["x1"], word["text"])
        last = segments[-1] if segments else None
        if (
            last is not None
            and (word["x0"] - last.x1 < 0.72 * height or last.words[-1][2] in _BULLETS)
            and not rules.between_words(last.x1, word["x0"], (word["top"] + word["bottom"]) / 2)
        ):
            last.words.append(piece)
            last.top, last.bottom = min(last.top, word["top"]), max(last.bottom, word["bottom"])
        else:
            segments.append(Segment([piece], word["top"], word["bottom"]))
    return Row(segments, min(w["top"] for w in line), max(w["bottom"] for w in line))


def gutter(rows: list[Row], width: float) -> float | None:
    """Return where a page of prose in two columns is parted, or None."""
    prose = [r for r in rows if len(r.segments) == 2 and all(s.x1 - s.x0 > 0.28 * width for s in r.segments)]
    if len(prose) < 8:
        return None
    left, right = max(r.segments[0].x1 for r in prose), min(r.segments[1].x0 for r in prose)
    return (left + right) / 2 if left < right else None


def split_at(rows: list[Row], x: float) -> tuple[list[Row], list[Row], list[Row]]:
    """Part rows at a gutter: those that reach over it, tables as wide as the page among them, and the left and right parts of the others."""
    full: list[Row] = []
    left: list[Row] = []
    right: list[Row] = []
    broad = [_broad(r, x) for r in rows]
    for at, row in enumerate(rows):
        near = broad[max(0, at - 3) : at + 4]
        if broad[at] or (len(row.segments) > 2 and sum(near) >= 3):
            full.append(row)
            continue
        for side, segments in ((left, [s for s in row.segments if s.x1 <= x + 3]), (right, [s for s in row.segments if s.x1 > x + 3])):
            if segments:
                side.append(Row(segments, min(s.top for s in segments), max(s.bottom for s in segments)))
    return full, left, right


def _broad(row: Row, x: float) -> bool:
    """Whether a line reaches over the gutter: by a segment, or by many short ones on both sides."""
    if any(s.x0 < x - 3 and s.x1 > x + 3 for s in row.segments):
        return True
    sides = [s.x1 <= x + 3 for s in row.segments]
    return len(sides) >= 4 and any(sides) and not all(sides) and max(len(s.words) for s in row.segments[1:]) <= 4
