"""arXiv's Atom feeds: records, counts, and the entry that is an error in disguise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from miner.errors import ParseError
from miner.harvest.answers import parse_answer
from miner.harvest.inline import squeeze
from miner.harvest.reader import FileReader, read_whole
from miner.harvest.records import Parsed, Problem
from miner.text.patterns import load_patterns
from miner.types import AbstractSection, Author, Paper

if TYPE_CHECKING:
    from lxml.etree import _Element

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_ID = re.compile(r"(?:^|/abs/|arXiv:)((?:\d{4}\.\d{4,5})|(?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}))(?:v(\d+))?$", re.I)
_WITHDRAWN = _PATTERNS["withdrawn"]

MAX_BYTES = 256 << 20  # of a file, unzipped


@dataclass(frozen=True, slots=True)
class Feed:
    """One page of results."""

    title: str
    total: int
    start: int
    entries: int
    records: tuple[Parsed, ...]


class FeedError(ParseError):
    """The feed's only entry says what was wrong with the request."""


def split_arxiv_id(text: str) -> tuple[str, int | None]:
    """Return an arXiv identifier without version, and the version.

    Examples
    --------
    >>> split_arxiv_id("http://arxiv.org/abs/quant-ph/0201082v2")
    ('quant-ph/0201082', 2)
    """
    match = _ID.search(text.strip())
    if not match:
        raise ValueError(f"not an arXiv identifier: {text.strip()!r}")
    return match[1], int(match[2]) if match[2] else None


def says_withdrawn(comment: str | None, abstract: str = "") -> bool:
    """Whether a comment, or an abstract that is nothing but a notice, says that the paper is withdrawn.

    Examples
    --------
    >>> says_withdrawn("This paper has been withdrawn by the authors"), says_withdrawn("replaces a withdrawn draft")
    (True, False)
    """
    return bool((comment and _WITHDRAWN.search(comment)) or (len(abstract) < 400 and _WITHDRAWN.search(abstract)))


def arxiv_doi(text: str | None) -> str | None:
    """Return the first DOI of arXiv's field, in lower case."""
    first = (text or "").split()
    doi = first[0].lower().removeprefix("https://doi.org/").removeprefix("http://dx.doi.org/").removeprefix("doi:") if first else ""
    return doi.rstrip(",;") or None


def parse_feed(content: bytes, raw_sha256: str | None = None) -> Feed:
    """Parse a page of arXiv's search results.

    Raises
    ------
    ParseError
        If it is no Atom feed.
    FeedError
        If it is the service's message of an error.
    """
    root = parse_answer(content, "an Atom feed")
    if root.tag != f"{_ATOM}feed":
        raise ParseError(f"a document <{root.tag}> instead of an Atom feed", hint="give an Atom feed of arXiv's search")
    entries = root.findall(f"{_ATOM}entry")
    for entry in entries:
        if "/api/errors" in (entry.findtext(f"{_ATOM}id") or ""):
            raise FeedError(f"arXiv answered: {squeeze(entry.findtext(f'{_ATOM}summary') or 'an error')}", hint="correct the query")
    return Feed(
        title=squeeze(root.findtext(f"{_ATOM}title") or ""),
        total=_number(root, "totalResults", len(entries)),
        start=_number(root, "startIndex", 0),
        entries=len(entries),
        records=tuple(_record(e, raw_sha256) for e in entries),
    )


def _number(root: _Element, name: str, default: int) -> int:
    text = (root.findtext(f"{_SEARCH}{name}") or "").strip()
    return int(text) if text.isdecimal() else default


def _record(entry: _Element, raw_sha256: str | None) -> Parsed:
    try:
        return _paper(entry, raw_sha256)
    except ValueError as error:
        return Problem(squeeze(entry.findtext(f"{_ATOM}id") or "entry without id"), str(error))


def _paper(entry: _Element, raw_sha256: str | None) -> Paper:
    arxiv_id, version = split_arxiv_id(entry.findtext(f"{_ATOM}id") or "")
    title = squeeze(entry.findtext(f"{_ATOM}title") or "")
    abstract = squeeze(entry.findtext(f"{_ATOM}summary") or "")
    published = (entry.findtext(f"{_ATOM}published") or "").strip()[:10]
    if not title or not published[:4].isdecimal():
        raise ValueError("it has no title" if not title else "it has no date of publication")
    primary = entry.find(f"{_ARXIV}primary_category")
    terms = [primary.get("term") if primary is not None else None, *(c.get("term") for c in entry.findall(f"{_ATOM}category"))]
    comment = squeeze(entry.findtext(f"{_ARXIV}comment") or "") or None
    journal = squeeze(entry.findtext(f"{_ARXIV}journal_ref") or "") or None
    return arxiv_paper(
        arxiv_id,
        version=version or 1,
        title=title,
        abstract=abstract,
        published=published,
        updated=(entry.findtext(f"{_ATOM}updated") or "").strip()[:10] or None,
        doi=arxiv_doi(entry.findtext(f"{_ARXIV}doi")),
        categories=tuple(dict.fromkeys(t for t in terms if t)),
        comment=comment,
        journal_ref=journal,
        authors=tuple(_author(a) for a in entry.findall(f"{_ATOM}author")),
        withdrawn=says_withdrawn(comment, abstract),
        raw_sha256=raw_sha256,
    )


def arxiv_paper(
    arxiv_id: str,
    *,
    version: int,
    title: str,
    abstract: str,
    published: str,
    updated: str | None,
    doi: str | None,
    categories: tuple[str, ...],
    comment: str | None,
    journal_ref: str | None,
    authors: tuple[Author, ...],
    withdrawn: bool,
    license: str | None = None,  # noqa: A002 -- the field's name
    raw_sha256: str | None = None,
) -> Paper:
    """Return the paper of arXiv's fields, the same whichever interface they came by."""
    return Paper(
        paper_id=f"arxiv:{arxiv_id}",
        source="arxiv",
        title=title,
        abstract=abstract,
        year=int(published[:4]),
        published=published,
        updated=updated,
        venue=journal_ref,
        doi=doi,
        arxiv_id=arxiv_id,
        categories=categories,
        version=version,
        withdrawn=withdrawn,
        comment=comment,
        journal_ref=journal_ref,
        license=license,
        authors=authors,
        sections=(AbstractSection(None, None, abstract),) if abstract else (),
        raw_sha256=raw_sha256,
    )


def _author(element: _Element) -> Author:
    name = squeeze(element.findtext(f"{_ATOM}name") or "")
    affiliations = tuple(squeeze(a.text or "") for a in element.findall(f"{_ARXIV}affiliation") if a.text)
    return Author(name, affiliations=affiliations)


def _read(path: Path, sha256: str) -> Iterator[Parsed]:
    feed = parse_feed(read_whole(path, MAX_BYTES), sha256)
    yield from feed.records
    if not feed.records:
        yield Problem("feed", "it holds no entries" + (f", though it counts {feed.total}" if feed.total else ""))


READER = FileReader("atom", "Atom", lambda head: b"http://www.w3.org/2005/Atom" in head, _read, rank=10)
