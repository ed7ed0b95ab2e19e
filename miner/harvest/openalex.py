"""OpenAlex: search, citation counts and references; written to its documented protocol, with a key from the environment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from miner.errors import HarvestError, ParseError, ServiceError
from miner.harvest.answers import items, obj, parse_json, text
from miner.harvest.cursors import Answer, refuse_gap, walk
from miner.harvest.http import Http
from miner.harvest.records import Cited, Parsed, Problem
from miner.harvest.services import openalex_key, openalex_url, service
from miner.harvest.source import Outcome, Page, SourceSpec
from miner.harvest.windows import OPEN, Window, halves
from miner.types import AbstractSection, Author, Keyword, Paper

PAGE = 100  # works in an answer
ASKED = 50  # identifiers in one filter
_FIELDS = (
    "id,doi,ids,title,publication_date,publication_year,language,type,authorships,primary_location,abstract_inverted_index,"
    "cited_by_count,referenced_works,is_retracted,updated_date,keywords"
)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+?)(?:v\d+)?$")
_PMID = re.compile(r"(\d+)/?$")
_WORDS = 20_000  # an index that names a later place is damaged


def parse_works(content: bytes) -> Answer:
    """Parse a list of works.

    Raises
    ------
    ParseError
        If it is something else, or the service's message of an error.
    """
    answer = parse_json(content, "a list of OpenAlex")
    if answer.get("error"):
        raise ServiceError(f"OpenAlex answered: {text(answer.get('message')) or text(answer['error'])}")
    meta = obj(answer.get("meta"))
    if not isinstance(meta.get("count"), int) or not isinstance(answer.get("results"), list):
        raise ParseError("an answer of OpenAlex without a count or results")
    return Answer(meta["count"], tuple(items(answer["results"])), text(meta.get("next_cursor")))


class OpenAlexSource:
    """Works of OpenAlex by the day of publication, paged by cursor, for page numbers end at 10,000.

    Parameters
    ----------
    http : Http
    size : int
        The most works that a window may hold.
    page : int
        Works a request, 100 at most.
    """

    name = "openalex"
    first_day = "1800-01-01"

    def __init__(self, http: Http, *, size: int = 10_000, page: int = PAGE) -> None:
        url = openalex_url()
        self.url = f"{url}/works"
        self.key = openalex_key(url)
        self.service = service("openalex", url, 8)
        self.http, self.size, self.page = http, size, min(page, PAGE)
        self.seconds_a_request = 0.5

    def count(self, query: str, window: Window) -> int:
        """Return how many works OpenAlex reports."""
        return self._ask({"search": query, "filter": _days(window), "per-page": "1"}, "count")[1].count

    def split(self, query: str, window: Window) -> tuple[Window, Window]:
        """Cut by date."""
        if window.single_day:
            raise HarvestError(f"{query!r} has more than {self.size} works on {window.start}", hint="make the query narrower")
        return halves(window)

    def pages(self, query: str, window: Window, outcome: Outcome) -> Iterator[Page]:
        """Yield the pages of a window; what changed since a day cannot be asked for, so such a window has none."""
        if window.kind == "changed":
            return

        def ask(cursor: str, received: int) -> tuple[str, Answer]:
            asked = {"search": query, "filter": _days(window), "per-page": str(self.page), "cursor": cursor, "select": _FIELDS}
            return self._ask(asked, "records", received)

        for sha256, answer in walk(ask, outcome):
            records = tuple(r for w in answer.results for r in read_work(w, sha256))
            yield Page(sha256, records, frozenset(text(w.get("id")) or "" for w in answer.results))

    def parse(self, content: bytes, sha256: str) -> tuple[Parsed, ...]:
        """Return the records of a kept page."""
        return tuple(r for w in parse_works(content).results for r in read_work(w, sha256))

    def citations(self, papers: Iterable[tuple[str, str | None, str | None]]) -> Iterator[list[Cited]]:
        """Yield, batch by batch, what is known of papers given as (paper_id, DOI, PMID)."""
        waiting: dict[str, dict[str, str]] = {"pmid": {}, "doi": {}}
        for paper_id, doi, pmid in papers:
            kind, value = ("pmid", pmid) if pmid else ("doi", doi)
            if not value or re.search(r"[|,\s]", value):  # these have a meaning in a filter
                continue
            waiting[kind][value] = paper_id
            if len(waiting[kind]) >= ASKED:
                yield self._cited(kind, waiting[kind])
                waiting[kind] = {}
        for kind, rest in waiting.items():
            if rest:
                yield self._cited(kind, rest)

    def _cited(self, kind: str, wanted: dict[str, str]) -> list[Cited]:
        asked = {"filter": f"{kind}:{'|'.join(wanted)}", "per-page": str(PAGE), "select": "id,doi,ids,cited_by_count,referenced_works"}
        sha256, answer = self._ask(asked, "records", PAGE)
        found: dict[str, Cited] = {}
        for work in answer.results:
            name = _pmid(work) if kind == "pmid" else _doi(work)
            paper_id = wanted.get(name or "")
            if paper_id and isinstance(work.get("cited_by_count"), int):
                cited = _cited(work, paper_id, sha256)
                if paper_id not in found or cited.cited_by > found[paper_id].cited_by:  # of works that were not merged, the main one
                    found[paper_id] = cited
        return list(found.values())

    def _ask(self, asked: dict[str, str], kind: str, received: int = 0) -> tuple[str, Answer]:
        def parse(content: bytes, sha256: str) -> tuple[str, Answer]:
            answer = parse_works(content)
            if kind == "records":
                refuse_gap(answer, received)
            return sha256, answer

        secret = {"api_key": self.key} if self.key else {}
        return self.http.fetch(self.service, self.url, parse, params={**asked, **secret}, kind=kind)


def _days(window: Window) -> str:
    until = "" if window.until == OPEN else f",to_publication_date:{window.until}"
    return f"from_publication_date:{window.start}{until}"


def _doi(work: dict[str, Any]) -> str | None:
    return (text(work.get("doi")) or "").lower().removeprefix("https://doi.org/") or None


def _pmid(work: dict[str, Any]) -> str | None:
    match = _PMID.search(text(obj(work.get("ids")).get("pmid")) or "")
    return str(int(match[1])) if match else None


def _short(identifier: str) -> str:
    return identifier.rpartition("/")[2]


def _cited(work: dict[str, Any], paper_id: str, raw_sha256: str | None) -> Cited:
    listed = work.get("referenced_works")
    references = tuple(_short(r) for r in listed if isinstance(r, str)) if isinstance(listed, list) else None
    return Cited(paper_id, "openalex", _short(text(work.get("id")) or ""), int(work["cited_by_count"]), references, raw_sha256)


def plain_abstract(index: Any) -> str:
    """Return the text of an ``abstract_inverted_index``: each word with the places where it stands.

    Examples
    --------
    >>> plain_abstract({"We": [0], "count": [1, 3], "and": [2]})
    'We count and count'
    """
    if not isinstance(index, dict):
        return ""
    places = [
        (n, word) for word, numbers in index.items() if isinstance(numbers, list) for n in numbers if isinstance(n, int) and 0 <= n < _WORDS
    ]
    return " ".join(" ".join(word for _, word in sorted(places)).split())


def read_work(work: dict[str, Any], raw_sha256: str | None = None) -> Iterator[Parsed]:
    """Yield the paper of one work, how often it is cited and what it cites."""
    work_id, title = _short(text(work.get("id")) or ""), text(work.get("title"))
    if not work_id or not title:
        yield Problem(f"openalex:{work_id or 'work without id'}", "it has no title" if work_id else "it has no identifier")
        return
    doi, pmid = _doi(work), _pmid(work)
    arxiv = _ARXIV_DOI.match(doi or "")
    paper_id = f"pmid:{pmid}" if pmid else f"arxiv:{arxiv[1]}" if arxiv else f"openalex:{work_id}"
    yield _paper(work, paper_id, title, raw_sha256)
    if isinstance(work.get("cited_by_count"), int):
        yield _cited(work, paper_id, raw_sha256)


def _paper(work: dict[str, Any], paper_id: str, title: str, raw_sha256: str | None) -> Paper:
    abstract = plain_abstract(work.get("abstract_inverted_index"))
    published, year = text(work.get("publication_date")), work.get("publication_year")
    location = obj(work.get("primary_location"))
    pmcid = re.search(r"(\d+)/?$", text(obj(work.get("ids")).get("pmcid")) or "")
    own = paper_id.startswith("openalex:")
    kind = text(work.get("type"))
    return Paper(
        paper_id=paper_id,
        source="openalex" if own else "pubmed" if paper_id.startswith("pmid:") else "arxiv",
        title=title,
        abstract=abstract,
        year=year if isinstance(year, int) else int(published[:4]) if published and published[:4].isdecimal() else None,
        published=published,
        updated=(text(work.get("updated_date")) or "")[:10] or None,
        venue=text(obj(location.get("source")).get("display_name")),
        doi=_doi(work),
        arxiv_id=paper_id.removeprefix("arxiv:") if paper_id.startswith("arxiv:") else None,
        pmid=_pmid(work),
        pmcid=f"PMC{pmcid[1]}" if pmcid else None,
        version=1 if own else 0,
        retracted=work.get("is_retracted") is True,
        language=text(work.get("language")),
        license=text(location.get("license")),
        publication_types=(kind,) if kind else (),
        authors=tuple(a for x in items(work.get("authorships")) if (a := _author(x)).name),
        sections=(AbstractSection(None, None, abstract),) if abstract else (),
        raw_sha256=raw_sha256,
        keywords=tuple(Keyword(k, "topic") for x in items(work.get("keywords")) if (k := text(x.get("display_name")))),
    )


def _author(authorship: dict[str, Any]) -> Author:
    author = obj(authorship.get("author"))
    orcid = _short(text(author.get("orcid")) or "")
    places = authorship.get("raw_affiliation_strings")
    return Author(
        text(author.get("display_name")) or text(authorship.get("raw_author_name")) or "",
        orcid=orcid or None,
        affiliations=tuple(t for p in places if (t := text(p))) if isinstance(places, list) else (),
    )


SOURCE = SourceSpec(
    "openalex",
    "OpenAlex",
    OpenAlexSource,
    openalex_url,
    "a key in OPENALEX_API_KEY; pages by cursor above 10,000 records",
    "words searched for in titles and abstracts",
)
