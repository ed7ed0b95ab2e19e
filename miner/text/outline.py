"""The sections of a full text by its headings: from marked-up headings, numbered ones, or the customary words on a line of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from miner.text.patterns import load_patterns

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
KINDS = ("front", "abstract", "introduction", "related", "methods", "results", "discussion", "references", "back", "other")

# The first that matches decides; what a heading begins with counts more than what it contains.
_NAMED = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("references", r"(?:references?(?: and notes| cited)?|bibliography|literature cited|works cited)\b[\s.:]*$"),
        (
            "back",
            (r"(?:acknowledge?ments?|funding|author(?:s'?|s’)? contributions?|contributions? of|contributors|competing interests?|conflicts? of interests?"
            r"|declarations?|data availability|availability|supplement|supporting information|appendi(?:x|ces)|abbreviations|pre-?publication"
            r"|ethics (?:approval|statement)|disclosures?|credit author|consent|additional information|publisher)"),
        ),
        ("abstract", r"(?:(?:structured |graphical )?abstract|summary|significance statement)\b"),
        (
            "related",
            (r"(?:related (?:works?|research|studies|literature)|literature (?:review|survey)|previous (?:works?|studies)|prior (?:works?|art)"
            r"|state[- ]of[- ]the[- ]art)\b"),
        ),
        ("introduction", r"(?:introduction|background|motivation|objectives?|aims?|statement of need|rationale)\b"),
        ("results", r"(?:[\w-]+ ){0,3}results?\b(?! section)"),
        ("results", r"(?:findings|evaluation|experiments?|experimental (?:evaluation|results|findings)|performance|numerical)\b"),
        (
            "methods",
            (r"(?:(?:materials?|theory|patients?|subjects?|participants?|data(?: ?sets?)?|study|experimental|statistical|image|imaging|proposed|computational"
            r"|our|online|star|search|model|network|overall) ?(?:and|&|/|design|analys[ie]s|population|section|acquisition|processing|preprocessing"
            r"|procedures?|setup|approach)?\s?)*(?:methods?|methodology|procedures?|materials|participants|patients|subjects|data ?sets?|data"
            r"|design|analys[ie]s|population|acquisition|preprocessing|approach|experimental)\b"),
        ),
        ("discussion", r"(?:general |overall )?(?:discussions?|conclusions?|concluding|limitations?|interpretation|strengths|future (?:work|directions)|outlook)\b"),
    )
)  # fmt: skip
_NUMBER = re.compile(r"(?:(?:\d{1,2}|[IVX]{1,5}|[A-H])(?:\.\d{1,2}){0,3}[.):]?|§|•|■)\s+", re.IGNORECASE)
_MARKED = re.compile(r"[ \t]*(#{1,6})[ \t]+(\S[^\n]{0,300})")
_PLAIN_LONGEST = 70
_NOT_PLAIN = re.compile(r"[,;:?!=\d]|[a-z]\.\s")
_SURE = _PATTERNS["sure"]


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading: where it begins and ends, its depth (1 is the highest), its kind ('' where its words do not tell), its words."""

    start: int
    end: int
    level: int
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text of one kind: kind, heading, start and end."""

    kind: str
    title: str
    start: int
    end: int


def kind_of(title: str) -> str:
    """Return the kind of section that a heading names, or ''.

    Examples
    --------
    >>> kind_of("2.1 Materials and Methods"), kind_of("IV. RESULTS"), kind_of("Literature Cited"), kind_of("Colours of cats")
    ('methods', 'results', 'references', '')
    """
    words = title.strip().strip("#*_ .")
    number = _NUMBER.match(words)
    words = words[number.end() :].strip() if number else words
    for kind, pattern in _NAMED:
        if pattern.match(words):
            return kind
    return ""


def headings(text: str) -> list[Heading]:
    r"""Find the headings of a text: marked ones (``## Methods``) where there are any, else customary words that have a line to themselves.

    Examples
    --------
    >>> [(h.level, h.kind) for h in headings("# Body\n## METHODS\nWe saw 4 cats.\n### Cats\n## Results\n")]
    [(1, ''), (2, 'methods'), (3, ''), (2, 'results')]
    """
    marked = [
        Heading(m.start(), m.end(2), len(m[1]), kind_of(m[2]), m[2].strip())
        for m in _MARKED.finditer(text)
        if m.start() == 0 or text[m.start() - 1] == "\n"
    ]
    if len(marked) >= 2:
        return marked
    found, at = [], 0
    for line in text.splitlines(keepends=True):
        words = line.strip()
        if 4 <= len(words) <= _PLAIN_LONGEST and (level := plain_level(words)):
            start = at + line.index(words[0])
            found.append(Heading(start, start + len(words), level, kind_of(words), words))
        at += len(line)
    return found


def customary(words: str) -> bool:
    """Whether a line is nothing but a customary heading, numbered or not.

    Examples
    --------
    >>> customary("2. Methods"), customary("Methods of old")
    (True, False)
    """
    number = _NUMBER.match(words)
    return _SURE.fullmatch(words, number.end() if number else 0) is not None


def plain_level(words: str) -> int:
    """Return the depth of a heading without mark-up, or 0 where a line is none.

    Examples
    --------
    >>> plain_level("3.2 Image acquisition"), plain_level("RESULTS"), plain_level("12 Cats were seen, and 3 dogs.")
    (2, 1, 0)
    """
    number = _NUMBER.match(words)
    rest = words[number.end() :] if number else words
    if _SURE.fullmatch(rest):
        return 1 + (number[0].strip(" .):").count(".") if number else 0)
    if not number or not rest[:1].isupper() or _NOT_PLAIN.search(rest) or rest.endswith(".") or len(rest.split()) > 9:
        return 0
    return 1 + number[0].strip(" .):").count(".") if number[0][:1].isdigit() or number[0].strip().endswith((".", ")")) else 0


def outline(text: str, found: Iterable[Heading] | None = None) -> list[Span]:
    r"""Cut a text into sections; subsections without a telling heading belong to the section above them.

    Within an abstract all is abstract, whatever its parts are called, until a heading as high as its own, and within references,
    introduction and related work likewise; a subsection of methods called ``Results of …`` stays with methods.

    Parameters
    ----------
    text : str
    found : iterable of Heading, optional
        The headings, where the caller knows better.

    Returns
    -------
    list of Span
        In order and without gaps, from 0 to the text's end; empty for an empty text.

    Examples
    --------
    >>> [(s.kind, s.start) for s in outline("T\n# Abstract\n## Methods\nx\n# Methods\ny\n")]
    [('front', 0), ('abstract', 2), ('methods', 26)]
    """
    heads = list(headings(text) if found is None else found)
    spans: list[Span] = []
    kind, title, start = "front", "", 0
    stack: list[tuple[int, str]] = []  # the telling headings that hold the place we are at
    for head in heads:
        stack = [s for s in stack if s[0] < head.level]
        outer = stack[-1][1] if stack else ""
        new = outer or head.kind or ("other" if kind in {"front", "abstract"} or not stack else kind)
        if not outer and not head.kind and kind not in {"front", "abstract"} and head.level > 1:
            new = kind if not any(s[0] < head.level for s in stack) and kind != "references" else new
        if head.kind and not outer:
            stack.append((head.level, head.kind))
        if new != kind:
            if head.start > start:
                spans.append(Span(kind, title, start, head.start))
                start = head.start
            kind, title = new, head.title
    if len(text) > start:
        spans.append(Span(kind, title, start, len(text)))
    return spans
