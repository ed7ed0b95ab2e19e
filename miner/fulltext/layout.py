"""Printed lines into running text: marginal matter dropped, columns kept apart, paragraphs and hyphenated words mended."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from miner.text.outline import customary

Box = tuple[float, float, float, float]

_TERMINAL = re.compile(r"[.!?:;][\"”’')\]]*(?:\[?\d[\d,–-]*\]?)?$")
_DIGITS = re.compile(r"\d+")
_LONE_NUMBER = re.compile(r"(?:page\s*)?[-–—]?\s*\d{1,4}\s*[-–—]?(?:\s*(?:of|/)\s*\d{1,4})?", re.IGNORECASE)
_CAPTION = re.compile(r"(?:Fig(?:ure)?s?\.?|FIG(?:URE)?\.?|Table|TABLE|Tab\.|Algorithm|Scheme|Listing|Box)\s*(?:S?\d|[IVX]+\b)")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "Ɵ": "ti", "\u00a0": " ", "\u00ad": ""}
    | {chr(c): "" for c in range(32) if c not in {9, 10, 13}}
)
_HYPHENS = "-\u2010\u00ad\ufffe\x02"


@dataclass(slots=True)
class Printed:
    """One printed line: text, page, box, whether a word is cut at its end."""

    text: str
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    cut: bool = False

    @property
    def height(self) -> float:
        """Height of the line's box: the size of its type."""
        return self.y1 - self.y0


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together."""

    lines: list[Printed] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its last line's text, for looking at how it ends."""
        return self.lines[-1].text


def clean(text: str) -> str:
    """Undo ligatures and drop control characters and soft hyphens.

    Examples
    --------
    >>> clean("e\ufb03cient\u00a0use")
    'efficient use'
    """
    return text if text.isascii() and text.isprintable() else text.translate(_LIGATURES)


def join_fragments(lines: list[Printed]) -> list[Printed]:
    """Put together what stands on one line but was written apart: superscripts, symbols, spaced letters."""
    joined: list[Printed] = []
    for line in lines:
        last = joined[-1] if joined else None
        if last is not None and not last.cut and _continues(last, line):
            gap = line.x0 - last.x1
            space = "" if gap < 0.12 * max(last.height, line.height) or last.text.endswith(" ") or line.text.startswith(" ") else " "
            last.text += space + line.text
            last.x1, last.cut = max(last.x1, line.x1), line.cut
            last.y0, last.y1 = min(last.y0, line.y0), max(last.y1, line.y1)
        else:
            joined.append(line)
    return joined


def _continues(last: Printed, line: Printed) -> bool:
    low, high = max(last.y0, line.y0), min(last.y1, line.y1)
    smaller = max(1.0, min(last.height, line.height))
    return high - low > 0.4 * smaller and -0.3 * smaller < line.x0 - last.x1 < 0.7 * max(last.height, line.height)


def order_columns(lines: list[Printed], width: float) -> list[Printed]:
    """Return a page's lines in reading order; they stay as written unless the two columns are interleaved."""
    middle = _gutter(lines, width)
    if middle is None:
        return lines
    sides = ["l" if n.x1 <= middle + 2 else "r" if n.x0 >= middle - 2 else "w" for n in lines]
    columns = [s for s in sides if s != "w"]
    changes = sum(a != b for a, b in pairwise(columns))
    if changes <= max(5, 0.2 * len(columns)):
        return lines
    placed = sorted(zip(lines, sides, strict=True), key=lambda p: (-p[0].y1, p[0].x0))
    ordered: list[Printed] = []
    left: list[Printed] = []
    right: list[Printed] = []
    for line, side in placed:
        if side == "w":
            ordered += [*left, *right, line]
            left, right = [], []
        else:
            (left if side == "l" else right).append(line)
    return [*ordered, *left, *right]


def _gutter(lines: list[Printed], width: float) -> float | None:
    """Return the middle of the gutter of a page in two columns."""
    broad = [n for n in lines if n.x1 - n.x0 > 0.25 * width]
    left = [n for n in broad if n.x1 < 0.56 * width and n.x0 < 0.3 * width]
    right = [n for n in broad if n.x0 > 0.44 * width]
    if len(left) < 5 or len(right) < 5 or len(left) + len(right) < 0.5 * len(broad):
        return None
    inner, outer = max(n.x1 for n in left), min(n.x0 for n in right)
    return (inner + outer) / 2 if inner < outer + 2 else None


def drop_marginal(pages: list[list[Printed]], sizes: list[tuple[float, float]]) -> list[list[Printed]]:
    """Drop running headers and footers, page numbers and line numbers.

    A header is a line within the outer eighth of the page whose words, numbers apart, come again at the same height on other pages.
    """
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    for number, (lines, (_, height)) in enumerate(zip(pages, sizes, strict=True)):
        for line in _outer(lines, height):
            for key in _keys(line, number):
                seen[key].add(number)
    least = 2 if len(pages) < 6 else 3
    kept = []
    for number, (lines, (_, height)) in enumerate(zip(pages, sizes, strict=True)):
        outer = {id(n) for n in _outer(lines, height)}
        edge = _edges(lines)
        numbers = _line_numbers(lines)
        kept.append(
            [
                n
                for n in lines
                if not (id(n) in outer and any(len(seen[k]) >= least for k in _keys(n, number)))
                and not (id(n) in edge and id(n) in outer and _LONE_NUMBER.fullmatch(n.text.strip()))
                and id(n) not in numbers
            ]
        )
    return kept


def _outer(lines: list[Printed], height: float) -> list[Printed]:
    return [n for n in lines if n.y0 > 0.875 * height or n.y1 < 0.125 * height]


def _edges(lines: list[Printed]) -> set[int]:
    by_height = sorted(lines, key=lambda n: n.y1)
    return {id(n) for n in (*by_height[:2], *by_height[-2:])}


def _keys(line: Printed, page: int) -> list[tuple[str, int]]:
    """Return what a line is known by on other pages: its words without numbers, or a page number by how far it is from the page's index."""
    text, at = line.text.strip(), round(line.y0 / 4)
    words = f"page {int(text) - page}" if text.isdecimal() and len(text) <= 5 else _DIGITS.sub("#", text).lower()
    return [(words, at), (words, at + 1)] if len(words) > 1 else []


def _line_numbers(lines: list[Printed]) -> set[int]:
    """Find lines that are nothing but rising numbers beside the text (manuscripts number their lines)."""
    numbers = [(int(n.text), n) for n in lines if n.text.strip().isdecimal() and len(n.text.strip()) <= 4]
    if len(numbers) < 8 or len(numbers) < 0.25 * (len(lines) - len(numbers)):
        return set()
    numbers.sort(key=lambda p: -p[1].y1)
    steps = [b[0] - a[0] for a, b in pairwise(numbers)]
    step, often = Counter(steps).most_common(1)[0]
    aligned = max(n.x1 for _, n in numbers) - min(n.x1 for _, n in numbers) < 12 or max(n.x0 for _, n in numbers) < min(
        (n.x0 for n in lines if not n.text.strip().isdecimal()), default=0.0
    )
    return {id(n) for _, n in numbers} if step in {1, 5} and often >= 0.8 * len(steps) and aligned else set()


def paragraphs(pages: list[list[Printed]]) -> list[Paragraph]:
    """Group lines, in reading order, into paragraphs; what interrupts a sentence (a float, a footnote) is put after it."""
    found: list[Paragraph] = []
    pitch = _pitch(pages)
    last: Printed | None = None
    for lines in pages:
        for line in lines:
            if last is None or _breaks(last, line, pitch, found[-1]):
                found.append(Paragraph([line]))
            else:
                found[-1].lines.append(line)
            last = line
    return _mend_interrupted(found)


def _pitch(pages: list[list[Printed]]) -> float:
    """Return the usual distance from line to line, as a multiple of the line's height."""
    steps = [(a.y0 - b.y0) / a.height for lines in pages for a, b in pairwise(lines) if a.height > 1 and 0 < a.y0 - b.y0 < 3 * a.height]
    return median(steps) if steps else 1.2


def _breaks(last: Printed, line: Printed, pitch: float, paragraph: Paragraph) -> bool:
    height = max(last.height, 1.0)
    if last.cut:
        near = line.page == last.page and 0 < last.y0 - line.y0 < 4 * height
        return not near and not line.text[:1].islower()
    if _is_heading(line.text) or (len(paragraph.lines) == 1 and _is_heading(last.text)):
        return True
    ended = _TERMINAL.search(last.text.rstrip()) is not None
    if _CAPTION.match(line.text) and (ended or last.height != line.height or line.y0 > last.y0):
        return True
    step = last.y0 - line.y0
    same_size = abs(last.height - line.height) < 0.12 * max(height, line.height)
    if line.page != last.page or step < -0.5 * height or step > 4 * height:
        return ended or not same_size or not line.text[:1].islower()
    if step < 0.3 * height:  # beside it: cells, formulae, columns written side by side
        return line.x0 > last.x1 + 1.5 * height or line.x1 < last.x0
    if line.x0 > last.x1 or line.x1 < last.x0:
        return True
    if step > (pitch + 0.45) * height or (not same_size and abs(last.height - line.height) > 0.25 * height):
        return True
    if not ended:
        return not same_size and len(paragraph.lines) == 1 and len(last.text) < 60
    short = last.x1 < line.x1 - 2.5 * height
    indented = line.x0 > last.x0 + 0.7 * height and len(paragraph.lines) > 1
    return short or indented or (line.x0 > last.x0 + 0.9 * height)


def _is_heading(text: str) -> bool:
    return len(text) < 40 and text[:1].isupper() + text[:1].isdigit() > 0 and customary(text.strip())


def _mend_interrupted(found: list[Paragraph]) -> list[Paragraph]:
    result: list[Paragraph] = []
    at = 0
    while at < len(found):
        paragraph = found[at]
        at += 1
        result.append(paragraph)
        # A sentence may be carried on more than once: over a footnote, then over a figure.
        while at < len(found) and _open_end(paragraph, found[at : at + 8]):
            ahead = next((i for i in range(at, min(at + 12, len(found))) if _carries_on(paragraph, found[i])), None)
            if ahead is None:
                break
            paragraph.lines += found.pop(ahead).lines
    return result


def _open_end(paragraph: Paragraph, following: list[Paragraph]) -> bool:
    """Whether a paragraph stops within a sentence at the foot of a column, with nothing but matter in other type below it."""
    last = paragraph.lines[-1]
    text = last.text.rstrip()
    if (
        len(text) < 25
        or not (last.cut or text[-1:].isalpha() or text[-1:] in ",-–(")
        or _CAPTION.match(paragraph.lines[0].text)
        or sum(c.isalpha() for c in text) < 0.6 * len(text)
    ):
        return False
    low = last
    for other in following:
        first = other.lines[0]
        if first.page != low.page or first.y0 > low.y0:
            return True
        if abs(first.height - last.height) < 0.12 * max(first.height, last.height):
            return False
        low = other.lines[-1]
    return False


def _carries_on(paragraph: Paragraph, other: Paragraph) -> bool:
    last, first = paragraph.lines[-1], other.lines[0]
    return (
        first.text[:1].islower()
        and abs(last.height - first.height) < 0.12 * max(last.height, first.height)
        and (first.page > last.page or first.y0 > last.y0 or first.x0 > last.x1)
        and len(other.lines) + len(first.text) // 40 >= 2
    )


def assemble(found: list[Paragraph]) -> tuple[str, list[tuple[int, int, Printed]], list[tuple[int, int]]]:
    """Write paragraphs, one a line, with words mended.

    Returns
    -------
    tuple
        The text; for each printed line the span that it gave; the span of each paragraph.
    """
    whole = _vocabulary(found)
    pieces: list[str] = []
    spans: list[tuple[int, int, Printed]] = []
    blocks: list[tuple[int, int]] = []
    at = 0
    for paragraph in found:
        begin = at
        for number, line in enumerate(paragraph.lines):
            text = line.text.strip()
            if not text:
                continue
            following = paragraph.lines[number + 1].text.strip() if number + 1 < len(paragraph.lines) else ""
            if line.cut or (text[-1] in _HYPHENS and following[:1].islower()):
                text, glue = join_hyphenated(text.rstrip(_HYPHENS), following, whole)
            else:
                glue = " " if following else ""
            spans.append((at, at + len(text), line))
            pieces += (text, glue)
            at += len(text) + len(glue)
        if at > begin:
            blocks.append((begin, at))
            pieces.append("\n")
            at += 1
    return "".join(pieces), spans, blocks


# Words that English joins to another by a hyphen and hardly ever without one.
_AFTER_HYPHEN = frozenset(
    "based level related specific dependent driven aware formatted weighted oriented centered labeled labelled assisted guided supervised matched adjusted".split()  # noqa: SIM905 -- one line
)
_BEFORE_HYPHEN = frozenset(("self", "well"))
_COMPOUNDS = frozenset(
    (a, b)
    for a, many in {
        "cross": "validation validated sectional entropy correlation modal subject dataset",
        "high": "dimensional resolution quality risk performance throughput field grade income",
        "low": "dimensional resolution quality risk dose grade income",
        "long": "term range standing",
        "short": "term range",
        "deep": "learning",
        "real": "time world",
        "large": "scale",
        "small": "scale",
        "hold": "out",
        "held": "out",
        "leave": "one",
        "follow": "up",
        "double": "blind",
        "single": "center centre blind cell",
    }.items()
    for b in many.split()
)
# On bytes, which is ten times faster than on text; marks beyond ASCII stay at the words, which are then not found.
_APART = bytes(32 if chr(c) in "!\"#$%&'()*+,./:;<=>?@[\\]^_`{|}~" else c for c in range(256))


def _vocabulary(found: list[Paragraph]) -> Counter[str]:
    """Count the words of a document, those with hyphens as one; none where no line needs to be mended."""
    if not any(line.cut or line.text.rstrip()[-1:] in _HYPHENS for p in found for line in p.lines):
        return Counter()
    text = "\n".join(line.text for p in found for line in p.lines)
    return Counter(text.lower().encode("utf-8", "replace").translate(_APART).decode("utf-8").split())


def join_hyphenated(left: str, right: str, words: Counter[str]) -> tuple[str, str]:
    """Return the left part of a word cut at the line's end, and what glues it to the right one: a hyphen where the word has one.

    The document's own spelling decides where it has the word elsewhere; else digits and capitals keep the hyphen, small letters lose it.

    Examples
    --------
    >>> join_hyphenated("a classi", "fier", Counter()), join_hyphenated("the self", "paced", Counter({"self-paced": 2})), join_hyphenated("COVID", "19", Counter())
    (('a classi', ''), ('the self', '-'), ('COVID', '-'))
    """
    head, tail = re.search(r"[\w-]*$", left), re.match(r"[\w-]*", right)
    a, b = (head[0].lower() if head else ""), (tail[0].lower() if tail else "")
    if not a or not b:
        return left, "-"
    solid, hyphened = words[a + b], words[f"{a}-{b}"]
    if solid or hyphened:
        return left, "" if solid >= hyphened else "-"
    if a[-1].isdigit() or b[0].isdigit() or right[:1].isupper() or "-" in a:
        return left, "-"
    if (len(a) >= 3 and b in _AFTER_HYPHEN) or (a, b) in _COMPOUNDS or (a in _BEFORE_HYPHEN and len(b) >= 4):
        return left, "-"
    # Both parts are words of this document, and neither is as short as a syllable: a compound.
    return left, "-" if len(a) >= 4 and len(b) >= 4 and words[a] >= 2 and words[b] >= 2 else ""
