"""Identifiers of records in one form, and which of them tell that two records are not one study."""

from __future__ import annotations

import re

_RESOLVER = re.compile(r"^(?:https?://)?(?:dx\.)?doi\.org/|^doi:\s*", re.IGNORECASE)
_ARXIV_DOI = re.compile(r"^10\.48550/arxiv\.(.+?)(?:v\d+)?$")
_ARXIV_ID = re.compile(r"^(?:arxiv:)?(.+?)(?:v\d+)?$", re.IGNORECASE)
# Registrants that issue DOIs for preprints; their DOIs end in a version, which is not part of the work's identity.
_PREPRINTS = {
    "10.1101": "biorxiv",
    "10.64898": "biorxiv",
    "10.21203": "researchsquare",
    "10.2139": "ssrn",
    "10.20944": "preprints.org",
    "10.31219": "osf",
    "10.31234": "osf",
    "10.36227": "techrxiv",
    "10.26434": "chemrxiv",
    "10.2196/preprints": "jmir",
}
_VERSION = re.compile(r"(?:/v\d+|(?<=\d)v\d+|\.v\d+)$")


def normal_doi(doi: str | None) -> str | None:
    """Return a DOI in lower case without resolver and, for preprints, without version; None where there is none.

    Examples
    --------
    >>> normal_doi("https://doi.org/10.1101/2020.03.01.972935v2"), normal_doi("doi:10.1038/S41746-022-00592-Y"), normal_doi("n/a")
    ('10.1101/2020.03.01.972935', '10.1038/s41746-022-00592-y', None)
    """
    text = _RESOLVER.sub("", (doi or "").strip()).strip().rstrip(".,;").lower()
    if not text.startswith("10.") or "/" not in text:
        return None
    return _VERSION.sub("", text) if doi_kind(text) != "journal" else text


def doi_kind(doi: str) -> str:
    """Return who issues the DOI: ``arxiv``, another preprint server, or ``journal``. Two DOIs of one kind are two works.

    Examples
    --------
    >>> doi_kind("10.48550/arxiv.2103.10292"), doi_kind("10.21203/rs.3.rs-1/v1"), doi_kind("10.1038/s41746-022-00592-y")
    ('arxiv', 'researchsquare', 'journal')
    """
    if doi.startswith("10.48550/arxiv."):
        return "arxiv"
    for prefix, kind in _PREPRINTS.items():
        if doi.startswith(prefix + "/" if "/" not in prefix else prefix):
            return kind
    return "journal"


def normal_arxiv_id(identifier: str | None) -> str | None:
    """Return an arXiv identifier without ``arXiv:`` and version.

    Examples
    --------
    >>> normal_arxiv_id("arXiv:2103.10292v2"), normal_arxiv_id("cs/0301012v1"), normal_arxiv_id(None)
    ('2103.10292', 'cs/0301012', None)
    """
    match = _ARXIV_ID.match((identifier or "").strip())
    return match.group(1).lower() if match else None


def works(doi: str | None, arxiv_id: str | None) -> dict[str, str]:
    """Return the identifiers of a record that name a work, by kind; an arXiv identifier and its DOI are the same one.

    Examples
    --------
    >>> works("10.48550/arXiv.2103.10292", None), works("10.1000/x", "2103.10292v1")
    ({'arxiv': '2103.10292'}, {'journal': '10.1000/x', 'arxiv': '2103.10292'})
    """
    found: dict[str, str] = {}
    normal = normal_doi(doi)
    if normal:
        match = _ARXIV_DOI.match(normal)
        found["arxiv" if match else doi_kind(normal)] = match.group(1) if match else normal
    if identifier := normal_arxiv_id(arxiv_id):
        found.setdefault("arxiv", identifier)
    return found
