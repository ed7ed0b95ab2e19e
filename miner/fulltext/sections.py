"""The sections of a document that was read from pages: its headings are short paragraphs that look and sound like headings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from miner.fulltext.model import Section
from miner.text.outline import Heading, kind_of, outline, plain_level

_RUN_IN = re.compile(
    r"(?P<title>abstract|summary|introduction|keywords?|methods|results|discussion|conclusions?|references|acknowledge?ments?)\s*(?:[.:—–-]|\s-)\s*(?=\S)",
    re.IGNORECASE,
)
_LONGEST = 90


def sections_of_blocks(text: str, blocks: Sequence[tuple[int, int]]) -> tuple[Section, ...]:
    r"""Cut a text into sections by its paragraphs.

    Parameters
    ----------
    text : str
    blocks : sequence of (int, int)
        The span of each paragraph.

    Examples
    --------
    >>> text = "Cats\nAbstract. We saw 4.\n1. Introduction\nCats purr.\n2. Methods\nWe looked.\n"
    >>> blocks = [(0, 4), (5, 24), (25, 40), (41, 51), (52, 62), (63, 73)]
    >>> [s.kind for s in sections_of_blocks(text, blocks)]
    ['front', 'abstract', 'introduction', 'methods']
    """
    found: list[Heading] = []
    for start, end in blocks:
        heading = _heading(text[start:end], start)
        if heading:
            found.append(heading)
    return tuple(Section(s.kind, s.title, s.start, s.end) for s in outline(text, found))


def _heading(paragraph: str, start: int) -> Heading | None:
    words = paragraph.strip()
    if 4 <= len(words) <= _LONGEST and (level := plain_level(words)):
        return Heading(start, start + len(paragraph), level, kind_of(words), words)
    run_in = _RUN_IN.match(paragraph)
    if run_in and (run_in["title"][0].isupper()):
        title = run_in["title"]
        return Heading(start, start + run_in.end(), 1, kind_of(title) or "front", title)
    return None
