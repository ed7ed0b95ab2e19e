"""arXiv's OAI-PMH answers in the formats arXiv and arXivRaw."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from miner.errors import ParseError
from miner.harvest.answers import parse_answer
from miner.harvest.atom import arxiv_doi, arxiv_paper, says_withdrawn, split_arxiv_id
from miner.harvest.inline import squeeze
from miner.harvest.reader import FileReader, read_whole
from miner.harvest.records import Deleted, Parsed, Problem
from miner.types import Author, Paper

if TYPE_CHECKING:
    from lxml.etree import _Element

_OAI = "{http://www.openarchives.org/OAI/2.0/}"
_RAW = "{http://arxiv.org/OAI/arXivRaw/}"
_ARXIV = "{http://arxiv.org/OAI/arXiv/}"
_AND = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+")

MAX_BYTES = 256 << 20  # of a file, unzipped


class OaiError(ParseError):
    """The service's own message; ``code`` is the protocol's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"the service answered {code}: {message}")
        self.code = code


@dataclass(frozen=True, slots=True)
class OaiPage:
    """One page of a list: its records, their identifiers with datestamps, and the token of the next page."""

    response_date: str
    headers: tuple[tuple[str, str], ...]
    records: tuple[Parsed, ...]
    token: str | None


def parse_oai(content: bytes, raw_sha256: str | None = None) -> OaiPage:
    """Parse ListRecords, ListIdentifiers or GetRecord; an empty list is a page without records.

    Raises
    ------
    OaiError
        If the service reports an error.
    ParseError
        If it is no OAI-PMH answer.
    """
    root = parse_answer(content, "an OAI-PMH answer")
    if root.tag != f"{_OAI}OAI-PMH":
        raise ParseError(f"a document <{root.tag}> instead of an OAI-PMH answer")
    date = squeeze(root.findtext(f"{_OAI}responseDate") or "")
    error = root.find(f"{_OAI}error")
    if error is not None:
        if error.get("code") == "noRecordsMatch":
            return OaiPage(date, (), (), None)
        raise OaiError(error.get("code") or "an error", squeeze(error.text or ""))
    for verb in ("ListRecords", "ListIdentifiers", "GetRecord"):
        body = root.find(f"{_OAI}{verb}")
        if body is not None:
            return _page(body, date, raw_sha256)
    raise ParseError("an OAI-PMH answer without a list")


def metadata_formats(content: bytes) -> set[str]:
    """Return the prefixes that ListMetadataFormats names."""
    root = parse_answer(content, "an OAI-PMH answer")
    return {squeeze(e.text or "") for e in root.iter(f"{_OAI}metadataPrefix")}


def _page(body: _Element, date: str, raw_sha256: str | None) -> OaiPage:
    headers: list[tuple[str, str]] = []
    records: list[Parsed] = []
    for element in body:
        if element.tag == f"{_OAI}header":
            headers.append(_header(element))
        elif element.tag == f"{_OAI}record":
            header = element.find(f"{_OAI}header")
            if header is None:
                records.append(Problem("record without header", "it cannot be told which it is"))
                continue
            headers.append(_header(header))
            records.append(_record(element, header, raw_sha256))
    token = squeeze(body.findtext(f"{_OAI}resumptionToken") or "") or None
    return OaiPage(date, tuple(headers), tuple(records), token)


def _header(header: _Element) -> tuple[str, str]:
    return squeeze(header.findtext(f"{_OAI}identifier") or ""), squeeze(header.findtext(f"{_OAI}datestamp") or "")


def _record(record: _Element, header: _Element, raw_sha256: str | None) -> Parsed:
    identifier = _header(header)[0].removeprefix("oai:arXiv.org:")
    if header.get("status") == "deleted":
        return Deleted(f"arxiv:{identifier}")
    try:
        return _paper(record, raw_sha256)
    except ValueError as error:
        return Problem(f"arxiv:{identifier}", str(error))


def _paper(record: _Element, raw_sha256: str | None) -> Paper:
    metadata = record.find(f"{_OAI}metadata")
    content = metadata[0] if metadata is not None and len(metadata) else None
    if content is None:
        raise ValueError("it has no metadata")
    if content.tag == f"{_RAW}arXivRaw":
        return _raw(content, raw_sha256)
    if content.tag == f"{_ARXIV}arXiv":
        return _arxiv(content, raw_sha256)
    raise ValueError(f"metadata in a format that is not read: {content.tag}")


def _common(e: _Element, ns: str) -> dict[str, str | None]:
    names = ("id", "title", "categories", "comments", "journal-ref", "doi", "license", "abstract")
    return {n: squeeze(e.findtext(ns + n) or "") or None for n in names}


def _arxiv(e: _Element, raw_sha256: str | None) -> Paper:
    f = _common(e, _ARXIV)
    authors = []
    for a in e.iterfind(f"{_ARXIV}authors/{_ARXIV}author"):
        family, given = squeeze(a.findtext(f"{_ARXIV}keyname") or ""), squeeze(a.findtext(f"{_ARXIV}forenames") or "") or None
        suffix = squeeze(a.findtext(f"{_ARXIV}suffix") or "") or None
        places = tuple(squeeze(x.text or "") for x in a.findall(f"{_ARXIV}affiliation") if x.text)
        authors.append(Author(" ".join(p for p in (given, family, suffix) if p), family, given, None, suffix, affiliations=places))
    # Without versions: 1, so that a record that tells its version is never replaced by one that does not.
    return _build(f, 1, e.findtext(f"{_ARXIV}created"), e.findtext(f"{_ARXIV}updated"), tuple(authors), raw_sha256)


def _raw(e: _Element, raw_sha256: str | None) -> Paper:
    f = _common(e, _RAW)
    versions = e.findall(f"{_RAW}version")
    numbered = [(int((v.get("version") or "v1").lstrip("v")), v) for v in versions] or [(1, e)]
    numbered.sort(key=lambda pair: pair[0])
    first, (number, last) = numbered[0][1], numbered[-1]
    withdrawn = "I" in squeeze(last.findtext(f"{_RAW}source_type") or "") if versions else False
    authors = tuple(Author(name) for name in split_authors(squeeze(e.findtext(f"{_RAW}authors") or "")))
    created, updated = (_rfc_date(v.findtext(f"{_RAW}date")) for v in (first, last))
    return _build(f, number, created, updated, authors, raw_sha256, withdrawn=withdrawn)


def _rfc_date(text: str | None) -> str | None:
    try:
        return parsedate_to_datetime(text or "").date().isoformat()
    except (TypeError, ValueError):
        return None


def split_authors(text: str) -> list[str]:
    """Return the names of arXivRaw's one line; what stands in brackets is affiliation.

    Examples
    --------
    >>> split_authors("A. Uno (1 and 2), B. Duo and C. Tre ((1) Rome, (2) Pisa)")
    ['A. Uno', 'B. Duo', 'C. Tre']
    """
    depth, plain = 0, []
    for character in text:
        depth += character == "("
        if not depth:
            plain.append(character)
        depth -= character == ")" and depth > 0
    return [name for part in _AND.split("".join(plain)) if (name := squeeze(part))]


def _build(
    f: dict[str, str | None],
    version: int,
    created: str | None,
    updated: str | None,
    authors: tuple[Author, ...],
    raw_sha256: str | None,
    *,
    withdrawn: bool = False,
) -> Paper:
    arxiv_id, _ = split_arxiv_id(f["id"] or "")
    created = (created or "").strip()[:10]
    if not f["title"] or not created[:4].isdecimal():
        raise ValueError("it has no title" if not f["title"] else "it has no date")
    abstract = f["abstract"] or ""
    return arxiv_paper(
        arxiv_id,
        version=version,
        title=f["title"],
        abstract=abstract,
        published=created,
        updated=(updated or "").strip()[:10] or created,
        doi=arxiv_doi(f["doi"]),
        categories=tuple((f["categories"] or "").split()),
        comment=f["comments"],
        journal_ref=f["journal-ref"],
        authors=authors,
        withdrawn=withdrawn or says_withdrawn(f["comments"], abstract),
        license=f["license"],
        raw_sha256=raw_sha256,
    )


def _read(path: Path, sha256: str) -> Iterator[Parsed]:
    yield from parse_oai(read_whole(path, MAX_BYTES), sha256).records


READER = FileReader("oai", "OAI-PMH", lambda head: b"http://www.openarchives.org/OAI/2.0/" in head, _read, rank=10)
