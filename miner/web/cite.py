"""How a paper is cited: a formatted line, files for reference managers, and what those managers read on the page itself."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from miner.export.bibtex import to_bibtex
from miner.export.csl_json import to_csl_json
from miner.export.endnote import to_endnote
from miner.export.references import one_line
from miner.export.ris import to_ris
from miner.web.shell import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from miner.export.references import Reference

_FILES: tuple[tuple[str, str, str, Callable[[Iterable[Reference]], str]], ...] = (
    ("RIS", "ris", "application/x-research-info-systems", to_ris),
    ("BibTeX", "bib", "application/x-bibtex", to_bibtex),
    ("EndNote", "enw", "application/x-endnote-refer", to_endnote),
    ("CSL-JSON", "json", "application/vnd.citationstyles.csl+json", to_csl_json),
)
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # parts of a name would turn what follows them
_ALL_NAMED = 20  # authors: of more, APA names 19 and the last


def downloads(reference: Reference) -> list[tuple[str, str, str]]:
    """Return name, file name and link of each format; the links carry the files, so that a page stands alone, without the abstract, which it has."""
    reference = replace(reference, abstract="")
    stem = re.sub(r"[^A-Za-z0-9.-]+", "-", reference.paper_id).strip("-.") or "paper"
    return [
        (name, f"{stem}.{suffix}", f"data:{kind};charset=utf-8;base64,{b64encode(make([reference]).encode()).decode()}")
        for name, suffix, kind, make in _FILES
    ]


def formatted(reference: Reference) -> str:
    """Return the reference in the manner of APA (7th edition): authors, year, title, venue, address.

    Examples
    --------
    >>> from miner.export.references import Reference
    >>> formatted(Reference("pmid:1", "pubmed", "A title.", authors=(("Lund", "Ada B"), ("Berg", "Carl")), year=2020, venue="J Sci", doi="10.1/x"))
    'Lund, A. B., & Berg, C. (2020). A title. J Sci. https://doi.org/10.1/x'
    """
    names = [_apa(family, given) for family, given in reference.authors]
    if len(names) > _ALL_NAMED:
        who = ", ".join(names[: _ALL_NAMED - 1]) + f", … {names[-1]}"
    else:
        who = " & ".join([", ".join(names[:-1]) + ",", names[-1]]) if len(names) > 1 else "".join(names)
    title = plain(one_line(reference.title)).rstrip(". ")
    where = reference.venue or ("arXiv" if reference.arxiv_id else "")
    parts = [
        who and who + ("" if who.endswith(".") else "."),
        f"({reference.year or 'n.d.'}).",
        f"{title}." if title else "",
        f"{one_line(where)}." if where else "",
        reference.url or "",
    ]
    return _TURNING.sub("", " ".join(p for p in parts if p))


def _apa(family: str, given: str) -> str:
    initials = " ".join("-".join(f"{p[0]}." for p in name.split("-") if p) for name in given.replace(".", " ").split())
    return one_line(f"{family}, {initials}" if initials else family)


def meta_tags(reference: Reference) -> list[tuple[str, str]]:
    """Return the ``citation_*`` tags by which Zotero and Google Scholar know a paper (Highwire Press)."""
    date = (reference.published or str(reference.year or "")).replace("-", "/")
    tags: list[tuple[str, str | None]] = [("citation_title", plain(reference.title))]
    tags += [("citation_author", f"{family}, {given}" if given else family) for family, given in reference.authors]
    tags += [("citation_publication_date", date), ("citation_journal_title", reference.venue), ("citation_doi", reference.doi)]
    tags += [("citation_pmid", reference.pmid), ("citation_arxiv_id", reference.arxiv_id), ("citation_language", reference.language)]
    tags += [("citation_keywords", k) for k in reference.keywords]
    return [(name, one_line(value)) for name, value in tags if one_line(value)]


def linked_data(reference: Reference, license_: str | None) -> str:
    """Return the paper as JSON-LD (schema.org's ScholarlyArticle), which nothing in it can end."""
    people = [
        {"@type": "Person", "familyName": f, "givenName": g} if g else {"@type": "Organization", "name": f} for f, g in reference.authors
    ]
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "ScholarlyArticle",
        "name": plain(reference.title),
        "author": people,
        "datePublished": reference.published or (str(reference.year) if reference.year else None),
        "isPartOf": {"@type": "Periodical", "name": reference.venue} if reference.venue else None,
        "identifier": reference.paper_id,
        "sameAs": reference.url,
        "inLanguage": reference.language,
        "license": license_,
        "keywords": list(reference.keywords) or None,
    }
    return json.dumps({k: v for k, v in found.items() if v}, ensure_ascii=False, separators=(",", ":"))
