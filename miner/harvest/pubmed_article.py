"""One PubmedArticle or PubmedBookArticle element to one Paper.

The functions walk children in document order and look at each once: that is what makes reading a baseline file of 20,000 records take
seconds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from miner.harvest.inline import squeeze, text_of
from miner.harvest.pubmed_dates import earliest, iso_date, medline_date
from miner.types import AbstractSection, Author, Correction, Grant, Keyword, Paper

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

_ORCID = re.compile(r"(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dXx])\s*/?\s*$")
_DOI = re.compile(r"10\.\d{3,9}/\S+")
_PMCID = re.compile(r"PMC\d+")
_RETRACTED = frozenset({"RetractionIn", "RetractedandRepublishedIn"})


def read_article(root: _Element, raw_sha256: str | None = None) -> Paper:
    """Return the paper of a PubmedArticle element.

    Raises
    ------
    ValueError
        If it has no PMID or no article.
    """
    fields: dict[str, Any] = {"raw_sha256": raw_sha256}
    ids: dict[str, str] = {}
    for part in root:
        if part.tag == "MedlineCitation":
            _citation(part, fields)
        elif part.tag == "PubmedData":
            for child in part:
                if child.tag == "ArticleIdList":  # the article's own; those of its references stand deeper
                    ids = _article_ids(child)
    return _paper(fields, ids)


def _citation(citation: _Element, f: dict[str, Any]) -> None:
    for child in citation:
        tag = child.tag
        if tag == "Article":
            _article(child, f)
        elif tag == "MeshHeadingList":
            f["mesh"] = _mesh(child)
        elif tag == "PMID":
            f["pmid"], f["version"] = child.text, child.get("Version")
        elif tag == "DateRevised":
            f["updated"] = _date(child)
        elif tag == "CommentsCorrectionsList":
            f["corrections"] = tuple(_correction(c) for c in child if isinstance(c.tag, str))
        elif tag == "OtherAbstract":
            kind = " ".join(v for v in (child.get("Type"), child.get("Language")) if v) or "other"
            f["other_sections"] = f.get("other_sections", ()) + _sections(child, kind)
        elif tag == "KeywordList":
            f["keywords"] = f.get("keywords", ()) + tuple([Keyword(k) for c in child if (k := text_of(c))])


def _article(article: _Element, f: dict[str, Any]) -> None:
    languages: list[str] = []
    for child in article:
        tag = child.tag
        if tag == "AuthorList":
            f["authors"] = _authors(child)
        elif tag == "Abstract":
            f["sections"] = _sections(child, "abstract")
        elif tag == "ArticleTitle":
            f["title"] = text_of(child)
        elif tag == "Journal":
            _journal(child, f)
        elif tag == "ELocationID":
            if child.get("ValidYN") != "N" and child.text:
                f.setdefault("e_" + (child.get("EIdType") or ""), child.text)
        elif tag == "Language":
            if child.text:
                languages.append(child.text)
        elif tag == "ArticleDate":
            f["electronic"] = earliest(f.get("electronic"), _date(child))
        elif tag == "VernacularTitle":
            f["vernacular"] = text_of(child)
        elif tag in _LISTS:
            name, read = _LISTS[tag]
            f[name] = tuple([x for c in child if (x := read(c))])
    f["language"] = ",".join(languages) or None


def _journal(journal: _Element, f: dict[str, Any]) -> None:
    for child in journal:
        if child.tag == "Title":
            f["venue"] = squeeze(child.text or "")
        elif child.tag == "JournalIssue":
            for part in child:
                if part.tag == "PubDate":
                    f["issue"], f["publication_date_raw"] = _publication_date(part)
        elif child.tag == "ISOAbbreviation":
            f["abbreviation"] = child.text


def _date(element: _Element) -> str | None:
    parts = {c.tag: c.text for c in element}
    return iso_date(parts.get("Year"), parts.get("Month"), parts.get("Day"))


def _publication_date(element: _Element) -> tuple[str | None, str | None]:
    """Return the date, and its text where it is no calendar date."""
    parts = {c.tag: c.text or "" for c in element}
    free = parts.get("MedlineDate")
    if free is not None:
        return medline_date(free), squeeze(free)
    year, season = parts.get("Year"), parts.get("Season")
    if season:
        return iso_date(year), squeeze(f"{year or ''} {season}")
    date = iso_date(year, parts.get("Month"), parts.get("Day"))
    known = date is not None and date.count("-") >= ("Month" in parts) + ("Month" in parts and "Day" in parts)
    raw = " ".join(v for k in ("Year", "Month", "Day") if (v := parts.get(k)))
    return date, None if known or not raw else raw


def _sections(element: _Element, kind: str) -> tuple[AbstractSection, ...]:
    found = []
    for child in element:
        if child.tag == "AbstractText":
            text = squeeze(child.text or "") if not len(child) else text_of(child)
            if text:
                found.append(AbstractSection(child.get("Label") or None, child.get("NlmCategory") or None, text, kind))
    return tuple(found)


def _authors(element: _Element) -> tuple[Author, ...]:
    return tuple(_author(child) for child in element if child.tag == "Author" and child.get("ValidYN") != "N")


def _author(element: _Element) -> Author:
    family = given = initials = suffix = collective = orcid = None
    affiliations: tuple[str, ...] = ()
    for child in element:
        tag = child.tag
        if tag == "LastName":
            family = child.text
        elif tag == "ForeName":
            given = child.text
        elif tag == "Initials":
            initials = child.text
        elif tag == "AffiliationInfo":
            affiliations += _affiliation(child)
        elif tag == "Identifier":
            if child.get("Source") == "ORCID":
                orcid = _orcid(child.text or "")
        elif tag == "CollectiveName":
            collective = text_of(child)
        elif tag == "Suffix":
            suffix = text_of(child)
    if collective:
        name = collective
    else:
        first = given or initials
        name = f"{first} {family}" if first and family else family or first or ""
        if suffix:
            name += " " + suffix
    return Author(name, family, given, initials, suffix, collective, orcid, affiliations)


def _affiliation(element: _Element) -> tuple[str, ...]:
    for child in element:
        if child.tag == "Affiliation":
            return (text_of(child),)
    return ()


def _orcid(text: str) -> str | None:
    match = _ORCID.search(text)
    return "-".join(match.groups()).upper() if match else None


def _mesh(element: _Element) -> tuple[str, ...]:
    return tuple([heading[0].text for heading in element if len(heading) and heading[0].tag == "DescriptorName" and heading[0].text])


def _grant(element: _Element) -> Grant | None:
    parts = {c.tag: squeeze(c.text or "") for c in element}
    funder = parts.get("Agency") or parts.get("Acronym")
    return Grant(funder, parts.get("GrantID") or None, parts.get("Country") or None) if funder else None


_LISTS: dict[str, tuple[str, Callable[[_Element], Any]]] = {
    "GrantList": ("grants", _grant),
    "PublicationTypeList": ("publication_types", lambda c: c.text),
}


def _correction(element: _Element) -> Correction:
    pmid = reference = note = None
    for child in element:
        if child.tag == "PMID":
            pmid = child.text
        elif child.tag == "RefSource":
            reference = text_of(child) or None
        elif child.tag == "Note":
            note = text_of(child) or None
    return Correction(element.get("RefType") or element.tag, pmid, reference, note)


def _article_ids(element: _Element) -> dict[str, str]:
    ids: dict[str, str] = {}
    for child in element:
        if child.text:
            ids.setdefault(child.get("IdType") or "", child.text)
    return ids


def _doi(*candidates: str | None) -> str | None:
    for text in candidates:
        match = _DOI.search(text) if text else None
        if match:
            return match[0].lower()
    return None


def _pmcid(*candidates: str | None) -> str | None:
    for text in candidates:
        match = _PMCID.search(text) if text else None
        if match:
            return match[0]
    return None


def joined(sections: tuple[AbstractSection, ...]) -> str:
    """Return sections as one text: each on its line, after its label where it has one."""
    return "\n".join([f"{s.label}: {s.text}" if s.label else s.text for s in sections])


def _paper(f: dict[str, Any], ids: dict[str, str]) -> Paper:
    pmid = (f.get("pmid") or "").strip()
    if not pmid.isdecimal():
        raise ValueError(f"PMID missing or malformed: {pmid!r}" if pmid else "it has no PMID")
    if "title" not in f and "sections" not in f and "venue" not in f:
        raise ValueError("it has no article")
    version = f.get("version") or ""
    issue, electronic = f.get("issue"), f.get("electronic")
    year = issue or electronic
    sections = f.get("sections", ())
    types = f.get("publication_types", ())
    corrections = f.get("corrections", ())
    pii = (f.get("e_pii") or ids.get("pii") or "").strip() or None
    return Paper(
        paper_id=f"pmid:{int(pmid)}",
        source="pubmed",
        title=f.get("title") or f.get("vernacular") or "",
        abstract=joined(sections),
        year=int(year[:4]) if year else None,
        published=earliest(issue, electronic),
        updated=f.get("updated"),
        venue=f.get("venue") or f.get("abbreviation"),
        doi=_doi(f.get("e_doi"), ids.get("doi")),
        pmid=str(int(pmid)),
        pmcid=_pmcid(ids.get("pmc"), ids.get("pmcid")),
        pii=pii,
        version=int(version) if version.isdecimal() else 1,
        retracted="Retracted Publication" in types or any(c.kind in _RETRACTED for c in corrections),
        language=f.get("language"),
        publication_date_raw=f.get("publication_date_raw"),
        publication_types=types,
        mesh=f.get("mesh", ()),
        authors=f.get("authors", ()),
        sections=sections + f.get("other_sections", ()),
        corrections=corrections,
        raw_sha256=f.get("raw_sha256"),
        keywords=f.get("keywords", ()),
        grants=f.get("grants", ()),
    )


def read_book(root: _Element, raw_sha256: str | None = None) -> Paper:
    """Return the paper of a PubmedBookArticle element: a book, or a chapter or report in one."""
    f: dict[str, Any] = {"raw_sha256": raw_sha256, "languages": [], "types": []}
    ids: dict[str, str] = {}
    for part in root:
        for child in part:
            if child.tag == "ArticleIdList":
                ids = {**_article_ids(child), **ids}
            elif part.tag == "BookDocument":
                _book_field(child, f)
    f["publication_types"], f["language"] = tuple(f["types"]), ",".join(f["languages"]) or None
    f["title"] = f.get("title") or f.get("book_title") or ""
    f["authors"] = f.get("authors") or f.get("book_authors", ())
    return _paper(f, ids)


def _book_field(child: _Element, f: dict[str, Any]) -> None:
    tag = child.tag
    if tag == "PMID":
        f["pmid"], f["version"] = child.text, child.get("Version")
    elif tag == "Book":
        _book(child, f)
    elif tag in {"ArticleTitle", "VernacularTitle"}:
        f["title" if tag == "ArticleTitle" else "vernacular"] = text_of(child)
    elif tag == "AuthorList" and child.get("Type", "authors") == "authors":
        f["authors"] = _authors(child)
    elif tag == "Abstract":
        f["sections"] = _sections(child, "abstract")
    elif tag in {"PublicationType", "Language"} and child.text:
        f["types" if tag == "PublicationType" else "languages"].append(child.text)
    elif tag in {"DateRevised", "ContributionDate"}:
        # A chapter's own date is that of its contribution; the book's publication stands beside it.
        f["updated" if tag == "DateRevised" else "electronic"] = _date(child)


def _book(book: _Element, f: dict[str, Any]) -> None:
    for child in book:
        tag = child.tag
        if tag == "BookTitle":
            f["book_title"] = f["venue"] = text_of(child)
        elif tag == "PubDate":
            f["issue"], f["publication_date_raw"] = _publication_date(child)
        elif tag == "AuthorList" and child.get("Type", "authors") == "authors":
            f["book_authors"] = f.get("book_authors", ()) + _authors(child)
        elif tag == "ELocationID" and child.get("ValidYN") != "N" and child.text:
            f.setdefault("e_" + (child.get("EIdType") or ""), child.text)
