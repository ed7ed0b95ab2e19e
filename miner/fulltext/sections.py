"""The sections of a document that was read from pages: its headings are short paragraphs that look and sound like headings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from miner.fulltext.model import Section
from miner.text.outline import Heading, kind_of, outline, plain_level

_RUN_IN = re.compile(
    r"(?P<title>abstract|summary|introduction|keywords?|methods|results|discussion|conclusions?|references|acknowledge?ments?)\s*(?:[.:—–-]|\s-)\s*(?=\S)",
    re.IGNORECASE,
)
_LONGEST = 90


def sections_of_blocks(text: str, blocks: Sequence[tuple[int, int]], heights: Sequence[float] = ()) -> tuple[Section, ...]:
    r"""Cut a text into sections by its paragraphs.

    Parameters
    ----------
    text : str
    blocks : sequence of (int, int)
        The span of each paragraph.
    heights : sequence of float, optional
        The size of type of each: a short paragraph in larger type whose words name a section is a heading, too.

    Examples
    --------
    >>> text = "Cats\nAbstract. We saw 4.\n1. Introduction\nCats purr.\n2. Methods\nWe looked.\n"
    >>> blocks = [(0, 4), (5, 24), (25, 40), (41, 51), (52, 62), (63, 73)]
    >>> [s.kind for s in sections_of_blocks(text, blocks)]
    ['front', 'abstract', 'introduction', 'methods']
    """
    found = [_heading(text[start:end], start) for start, end in blocks]
    if heights:
        found = _with_printed(text, blocks, heights, found)
    return tuple(Section(s.kind, s.title, s.start, s.end) for s in outline(text, [h for h in found if h]))


def _with_printed(
    text: str, blocks: Sequence[tuple[int, int]], heights: Sequence[float], found: Sequence[Heading | None]
) -> list[Heading | None]:
    """Add headings that are told by their size of type; those as large as the sure ones of the first level are of that level.

    Where two or more of these are of one size, words of that size that name no section are headings, too: after the first of them, since
    names of authors stand before it.
    """
    body = _usual(blocks, heights)
    first = [h for h, head in zip(heights, found, strict=True) if head is not None and head.level == 1 and h > 1.04 * body]
    large = min(first, default=1.3 * body)
    title = max(heights, default=0.0)
    agreed = {size for size, number in Counter(round(h, 1) for h in first).items() if number >= 2}
    result: list[Heading | None] = []
    for (start, end), height, head in zip(blocks, heights, found, strict=True):
        words = text[start:end].strip()
        larger = head is None and 1.04 * body < height and (height < title or first.count(title) > 0)
        if larger and _like_a_heading(words) and (kind_of(words) or (any(result) and round(height, 1) in agreed)):
            result.append(Heading(start, end, 1 if height >= 0.98 * large else 2, kind_of(words), words))
        else:
            result.append(head)
    return result


def _usual(blocks: Sequence[tuple[int, int]], heights: Sequence[float]) -> float:
    """Return the size of type that most of the text is set in."""
    length: Counter[float] = Counter()
    for (start, end), height in zip(blocks, heights, strict=True):
        length[round(height, 1)] += end - start
    return length.most_common(1)[0][0] if length else 0.0


def _like_a_heading(words: str) -> bool:
    return 4 <= len(words) <= 60 and len(words.split()) <= 7 and words[0].isupper() and words[-1] not in ".,;:"


def _heading(paragraph: str, start: int) -> Heading | None:
    words = paragraph.strip()
    if 4 <= len(words) <= _LONGEST and (level := plain_level(words)):
        return Heading(start, start + len(paragraph), level, kind_of(words), words)
    run_in = _RUN_IN.match(paragraph)
    if run_in and (run_in["title"][0].isupper()):
        title = run_in["title"]
        return Heading(start, start + run_in.end(), 1, kind_of(title) or "front", title)
    return None
