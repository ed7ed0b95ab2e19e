"""Europe PMC's search: PubMed, preprints, theses and more, paged by cursorMark; written to its documented protocol."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from miner.errors import HarvestError, ParseError, ServiceError
from miner.harvest.answers import items, obj, parse_json, text
from miner.harvest.cursors import Answer, refuse_gap, walk
from miner.harvest.http import Http
from miner.harvest.inline import squeeze, text_of
from miner.harvest.records import Cited, Parsed, Problem
from miner.harvest.services import europepmc_url, service
from miner.harvest.source import Outcome, Page, SourceSpec
from miner.harvest.windows import OPEN, Window, halves
from miner.types import AbstractSection, Author, Correction, Grant, Keyword, Paper

PAGE = 1_000  # the most that one answer holds
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")
_RETRACTED = frozenset({"retraction in", "retracted publication"})


def parse_search(content: bytes) -> Answer:
    """Parse an answer of the search.

    Raises
    ------
    ParseError
        If it is something else, or the service's message of an error.
    """
    answer = parse_json(content, "an answer of Europe PMC")
    if answer.get("errMsg"):
        raise ServiceError(f"Europe PMC answered: {text(answer['errMsg'])}")
    count = answer.get("hitCount")
    if not isinstance(count, int):
        raise ParseError("an answer of Europe PMC without hitCount")
    return Answer(count, tuple(items(obj(answer.get("resultList")).get("result"))), text(answer.get("nextCursorMark")))


class EuropePmcSource:
    """Records of Europe PMC by the day on which they were created there.

    A page is followed by the next one's cursorMark; the list ends where that is absent or the same as before.

    Parameters
    ----------
    http : Http
    size : int
        The most records that a window may hold.
    page : int
        Records a request, 1,000 at most.
    """

    name = "europepmc"
    first_day = "1900-01-01"

    def __init__(self, http: Http, *, size: int = 10_000, page: int = PAGE) -> None:
        self.url = f"{europepmc_url()}/search"
        self.service = service("europepmc", self.url, 5)
        self.http, self.size, self.page = http, size, min(page, PAGE)
        self.seconds_a_request = 2.0

    def term(self, query: str, window: Window) -> str:
        """Return the query with the window's days."""
        field = "UPDATE_DATE" if window.kind == "changed" else "CREATION_DATE"
        return f"({query}) AND ({field}:[{window.start} TO {'3000-12-31' if window.until == OPEN else window.until}])"

    def count(self, query: str, window: Window) -> int:
        """Return how many records Europe PMC reports."""
        return self._ask(self.term(query, window), "*", 1, "count")[1].count

    def split(self, query: str, window: Window) -> tuple[Window, Window]:
        """Cut by date."""
        if window.single_day:
            raise HarvestError(f"{query!r} has more than {self.size} records on {window.start}", hint="make the query narrower")
        return halves(window)

    def pages(self, query: str, window: Window, outcome: Outcome) -> Iterator[Page]:
        """Yield the pages of a window."""
        term = self.term(query, window)
        for sha256, answer in walk(lambda cursor, received: self._ask(term, cursor, self.page, "records", received), outcome):
            records = tuple(r for x in answer.results for r in read_result(x, sha256))
            yield Page(sha256, records, frozenset(_id(x) for x in answer.results))

    def parse(self, content: bytes, sha256: str) -> tuple[Parsed, ...]:
        """Return the records of a kept page."""
        return tuple(r for x in parse_search(content).results for r in read_result(x, sha256))

    def _ask(self, term: str, cursor: str, size: int, kind: str, received: int = 0) -> tuple[str, Answer]:
        def parse(content: bytes, sha256: str) -> tuple[str, Answer]:
            answer = parse_search(content)
            if kind == "records":
                refuse_gap(answer, received)
            return sha256, answer

        asked = {"query": term, "format": "json", "resultType": "core" if kind == "records" else "idlist"}
        return self.http.fetch(self.service, self.url, parse, params={**asked, "pageSize": str(size), "cursorMark": cursor}, kind=kind)


def _id(result: dict[str, Any]) -> str:
    source, identifier = text(result.get("source")) or "", text(result.get("id")) or ""
    if source == "MED" and identifier.isdecimal():
        return f"pmid:{int(identifier)}"
    return f"epmc:{identifier}" if identifier.startswith(("PPR", "PMC")) else f"epmc:{source}:{identifier}"


def read_result(result: dict[str, Any], raw_sha256: str | None = None) -> Iterator[Parsed]:
    """Yield the paper of one result, and how often it is cited."""
    paper_id, title = _id(result), text(result.get("title"))
    if not text(result.get("id")) or not title:
        yield Problem(paper_id, "it has no identifier" if title else "it has no title")
        return
    yield _paper(result, paper_id, title, raw_sha256)
    cited = result.get("citedByCount")
    if isinstance(cited, int):
        yield Cited(paper_id, "europepmc", f"{text(result.get('source'))}/{text(result.get('id'))}", cited, None, raw_sha256)


def _paper(result: dict[str, Any], paper_id: str, title: str, raw_sha256: str | None) -> Paper:
    journal = obj(result.get("journalInfo"))
    published = text(result.get("firstPublicationDate")) or text(journal.get("printPublicationDate")) or text(result.get("pubYear"))
    year = text(journal.get("yearOfPublication")) or text(result.get("pubYear")) or (published or "")[:4]
    abstract = result.get("abstractText")
    sections = abstract_sections(abstract if isinstance(abstract, str) else "")
    corrections = tuple(
        Correction(text(c.get("type")) or "", text(c.get("id")), text(c.get("reference")), text(c.get("note")))
        for c in items(obj(result.get("commentCorrectionList")).get("commentCorrection"))
    )
    types = tuple(t for x in _list(obj(result.get("pubTypeList")).get("pubType")) if (t := text(x)))
    in_pubmed = paper_id.startswith("pmid:")
    number = text(result.get("versionNumber")) or ""
    return Paper(
        paper_id=paper_id,
        source="pubmed" if in_pubmed else "europepmc",
        title=_plain(title),
        abstract="\n".join(f"{s.label}: {s.text}" if s.label else s.text for s in sections),
        year=int(year) if year.isdecimal() else None,
        published=published,
        updated=text(result.get("dateOfRevision")),
        venue=text(obj(journal.get("journal")).get("title")) or text(obj(result.get("bookOrReportDetails")).get("publisher")),
        doi=(text(result.get("doi")) or "").lower() or None,
        pmid=text(result.get("pmid")),
        pmcid=text(result.get("pmcid")),
        version=0 if in_pubmed else int(number) if number.isdecimal() else 1,
        retracted=any(t.lower() in _RETRACTED for t in types) or any(c.kind.lower() in _RETRACTED for c in corrections),
        language=text(result.get("language")),
        license=text(result.get("license")),
        publication_types=types,
        mesh=tuple(d for h in items(obj(result.get("meshHeadingList")).get("meshHeading")) if (d := text(h.get("descriptorName")))),
        authors=tuple(a for x in items(obj(result.get("authorList")).get("author")) if (a := _author(x)).name),
        sections=sections,
        corrections=corrections,
        raw_sha256=raw_sha256,
        keywords=tuple(Keyword(k) for x in _list(obj(result.get("keywordList")).get("keyword")) if (k := text(x))),
        grants=tuple(
            Grant(g, text(x.get("grantId"))) for x in items(obj(result.get("grantsList")).get("grant")) if (g := text(x.get("agency")))
        ),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _author(a: dict[str, Any]) -> Author:
    collective = text(a.get("collectiveName"))
    if collective:
        return Author(collective, collective=collective)
    family, given, initials = (text(a.get(k)) for k in ("lastName", "firstName", "initials"))
    name = " ".join(p for p in (given or initials, family) if p) or text(a.get("fullName")) or ""
    identifier = obj(a.get("authorId"))
    orcid = text(identifier.get("value")) or ""
    places = items(obj(a.get("authorAffiliationDetailsList")).get("authorAffiliation"))
    affiliations = tuple(t for p in places if (t := text(p.get("affiliation")))) or tuple(t for t in (text(a.get("affiliation")),) if t)
    return Author(
        name,
        family,
        given,
        initials,
        None,
        None,
        orcid if identifier.get("type") == "ORCID" and _ORCID.match(orcid) else None,
        affiliations,
    )


def _plain(markup: str) -> str:
    return abstract_sections(markup)[0].text if "<" in markup or "&" in markup else markup


def abstract_sections(markup: str) -> tuple[AbstractSection, ...]:
    """Return an abstract's sections; Europe PMC writes them as HTML with headings.

    Examples
    --------
    >>> [(s.label, s.text) for s in abstract_sections("<h4>Aim</h4>To count 10<sup>3</sup>.<h4>End</h4>p < 0.05")]
    [('Aim', 'To count 10^3.'), ('End', 'p < 0.05')]
    """
    from lxml import etree, html

    if not markup.strip():
        return ()
    root = html.fragment_fromstring(markup, create_parent="div")
    found: list[AbstractSection] = []
    label: str | None = None
    part = etree.Element("div")
    part.text = root.text
    for child in [*root, etree.Element("h4")]:
        if child.tag in {"h3", "h4", "h5"}:
            content = text_of(part)
            if content:
                found.append(AbstractSection(label, None, content))
            label = squeeze(text_of(child)).rstrip(":") or None
            part = etree.Element("div")
            part.text = child.tail
        else:
            part.append(child)
    return tuple(found) or (AbstractSection(None, None, markup),)


SOURCE = SourceSpec(
    "europepmc",
    "Europe PMC",
    EuropePmcSource,
    europepmc_url,
    "pages by cursor",
    'Europe PMC\'s syntax: TITLE_ABS:"deep learning" AND SRC:PPR',
)
