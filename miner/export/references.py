"""References: what a bibliography says of a record, and text for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Reference:
    """What a bibliography says of one record. ``authors`` are (family, given) pairs; a collective has no given name and ``""`` in its place.

    ``published`` is an ISO 8601 date, cut to what is known; ``included`` is the reviewers' word, None where there is none.
    """

    paper_id: str
    source: str
    title: str
    abstract: str = ""
    authors: tuple[tuple[str, str], ...] = ()
    year: int | None = None
    published: str | None = None
    venue: str | None = None
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    arxiv_id: str | None = None
    language: str | None = None
    keywords: tuple[str, ...] = field(default=())
    included: bool | None = None

    @property
    def url(self) -> str | None:
        """The page of the record: at the DOI's resolver, arXiv or PubMed."""
        return page_of(self.doi, self.arxiv_id, self.pmid)

    @property
    def is_preprint(self) -> bool:
        """Whether it is an arXiv record without a journal."""
        return self.source == "arxiv" and not self.venue


def page_of(doi: str | None, arxiv_id: str | None, pmid: str | None) -> str | None:
    """Return the page of a record: at the DOI's resolver, arXiv or PubMed; none where it has no such name."""
    if doi:
        return f"https://doi.org/{doi}"
    if arxiv_id:
        return f"https://arxiv.org/abs/{arxiv_id}"
    return f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid else None


def one_line(text: str | None) -> str:
    """Return a text on one line, without control characters; empty where there is none."""
    return _CONTROL.sub(" ", text or "").strip()
