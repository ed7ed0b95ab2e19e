"""Whose full text a file is: identifiers and title, from the document's own words and from its name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from miner.fulltext.model import FullText

_ARXIV = r"(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v(?P<version>\d{1,3}))?"
# The stamp on the first page has the category behind the identifier; a citation has not.
_STAMP = re.compile(rf"arXiv:\s?{_ARXIV}\s*\[[\w.-]+\]")
_ARXIV_NAME = re.compile(r"(?:arxiv[._-]?)?(?P<id>\d{4}\.\d{4,5})(?:v(?P<version>\d{1,3}))?$", re.IGNORECASE)
_PMC_NAME = re.compile(r"(?:^|[^A-Za-z])(?P<id>PMC\d{4,9})(?:\D|$)")
_PMID_NAME = re.compile(r"pm(?:id)?[._:-]?(?P<id>\d{5,8})$", re.IGNORECASE)
_DOI = re.compile(r"(?P<said>doi(?:\.org)?\s?[:/]?\s?)?\b(?P<doi>10\.\d{4,9}/[^\s\"<>]*[^\s\"<>.,;:)\]}])", re.IGNORECASE)
_FIRST = 6_000
_CUT = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a paper: identifiers where they are known, title, abstract, year and journal."""

    title: str
    abstract: str = ""
    doi: str | None = None
    arxiv_id: str | None = None
    version: int = 1
    pmid: str | None = None
    pmcid: str | None = None
    year: int | None = None
    venue: str | None = None
    opening: str = ""


def folded(words: str) -> str:
    """Return words as titles are compared: small letters and digits.

    Examples
    --------
    >>> folded("Deep  Learning, for MRI")
    'deeplearningformri'
    """
    return _CUT.sub("", words.lower())


def identity_of(document: FullText, name: str) -> Identity:
    r"""Tell whose text a document is.

    Parameters
    ----------
    document : FullText
    name : str
        The file's name without its ending: ``2101.00001v2``, ``PMC1234567``.

    Examples
    --------
    >>> found = identity_of(FullText("pdf", "arXiv:2101.00001v2 [cs.CV] 1 Jan 2021\\nOn cats\\n"), "paper")
    >>> found.arxiv_id, found.version
    ('2101.00001', 2)
    """
    first = _first_page(document)
    meta = document.meta
    stamp = (_STAMP.search(first) if document.kind == "pdf" else None) or _ARXIV_NAME.fullmatch(name)
    pmc, pmid = _PMC_NAME.search(name), _PMID_NAME.search(name)
    abstract = next((document.text[s.start : s.end] for s in document.sections if s.kind == "abstract"), "")
    return Identity(
        title=meta.get("title") or _heading(document),
        abstract=_without_heading(abstract),
        doi=(meta.get("doi") or _own_doi(first) or "").lower() or None,
        arxiv_id=stamp["id"] if stamp else None,
        version=int(stamp["version"] or 1) if stamp else 1,
        pmid=_digits(meta.get("pmid")) or (pmid["id"] if pmid else None),
        pmcid=_pmcid(meta.get("pmcid")) or (pmc["id"] if pmc else None),
        year=int(meta["year"]) if meta.get("year", "").isdecimal() else None,
        venue=meta.get("journal"),
        opening=folded(first[:1500]),
    )


def _first_page(document: FullText) -> str:
    end = next((n.start for n in document.lines if n.page > 1), _FIRST)
    return document.text[: min(end, _FIRST)] if document.kind == "pdf" else ""


def _own_doi(first: str) -> str | None:
    """Return the DOI of a first page: the one that is said to be one, else the only one."""
    found = list(_DOI.finditer(first))
    said = [m["doi"] for m in found if m["said"]]
    if said:
        return said[0]
    different = {m["doi"].lower() for m in found}
    return found[0]["doi"] if len(different) == 1 else None


def _heading(document: FullText) -> str:
    """Return the first line that can be a title: of several words, most of them letters, no stamp or address."""
    for line in document.text[:_FIRST].split("\n"):
        words = line.strip()
        if len(words.split()) >= 3 and sum(c.isalpha() for c in words) > 0.6 * len(words) and not re.search(r"arXiv:|https?:|@", words):
            return words[:300]
    return document.text[:_FIRST].strip().partition("\n")[0][:300] or "untitled"


def _without_heading(abstract: str) -> str:
    return re.sub(r"^\s*(?:abstract|summary)\b\s*[.:—–-]?\s*", "", abstract, flags=re.IGNORECASE).strip()


def _digits(words: str | None) -> str | None:
    return words if words and words.isdecimal() and len(words) <= 9 else None


def _pmcid(words: str | None) -> str | None:
    digits = _digits((words or "").upper().removeprefix("PMC"))
    return f"PMC{digits}" if digits else None
