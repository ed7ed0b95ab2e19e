"""PubMed through NCBI's E-utilities: ESearch with history, EFetch by POST, and each PMID accounted for."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miner.errors import HarvestError, ParseError, ServiceError
from miner.harvest.answers import parse_answer
from miner.harvest.http import Http, RefusedError
from miner.harvest.pubmed_xml import read_pubmed
from miner.harvest.records import Parsed, Problem
from miner.harvest.services import eutils_url, ncbi_identity, ncbi_service
from miner.harvest.source import Outcome, Page, SourceSpec
from miner.harvest.windows import MAX_UID, OPEN, Window, halves

if TYPE_CHECKING:
    from lxml.etree import _Element

WALL = 9_999  # ESearch gives no more PubMed records than these
POSTED = 200  # identifiers in one request


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """An answer of ESearch."""

    count: int
    ids: tuple[int, ...]
    history: Mapping[str, str]
    note: str | None


def parse_search(content: bytes) -> SearchAnswer:
    """Parse an answer of ESearch.

    Raises
    ------
    ServiceError
        If it is the service's message of an error.
    ParseError
        If it is something else.
    """
    root = parse_answer(content, "an answer of ESearch")
    error = root.findtext("ERROR")
    if error:
        raise ServiceError(f"NCBI answered: {error.strip()}")
    count = (root.findtext("Count") or "").strip()
    if root.tag != "eSearchResult" or not count.isdecimal():
        raise ParseError("an answer of ESearch without a count")
    history = {k: v for k, tag in (("WebEnv", "WebEnv"), ("query_key", "QueryKey")) if (v := root.findtext(tag))}
    return SearchAnswer(int(count), tuple(int(e.text or 0) for e in root.iterfind("IdList/Id")), history, _note(root))


def _note(root: _Element) -> str | None:
    said = [f"{e.tag}: {e.text}" for part in ("ErrorList", "WarningList") for e in root.iterfind(f"{part}/*") if e.text]
    # "No items found." is the count 0 in words.
    said = [s for s in said if "No items found" not in s]
    return f"PubMed ran another query than was asked ({'; '.join(said)})" if said else None


class PubmedSource:
    """Records of PubMed by the date on which they were entered.

    Parameters
    ----------
    http : Http
    size : int
        The most records that a window may hold, 9,999 at most.
    page : int
        Records a request.
    """

    name = "pubmed"
    first_day = "1700-01-01"

    def __init__(self, http: Http, *, size: int = 5_000, page: int = 500) -> None:
        self.url = eutils_url()
        self.service = ncbi_service(self.url)
        self.identity = ncbi_identity(self.url, http.contact)
        self.http, self.size, self.page = http, min(size, WALL), page
        self.seconds_a_request = 1.0

    def _search(self, query: str, window: Window, **more: str) -> SearchAnswer:
        term = f"({query}) AND {window.uid_from}:{window.uid_until}[UID]" if window.uid_until else query
        asked = {
            "db": "pubmed",
            "term": term,
            "retmode": "xml",
            "datetype": "mdat" if window.kind == "changed" else "edat",
            "mindate": window.start.replace("-", "/"),
            "maxdate": "3000" if window.until == OPEN else window.until.replace("-", "/"),
            **more,
        }
        return self.http.fetch(
            self.service, f"{self.url}/esearch.fcgi", lambda c, _: parse_search(c), params={**asked, **self.identity}, kind="count"
        )

    def count(self, query: str, window: Window) -> int:
        """Return how many records PubMed reports."""
        return self._search(query, window, retmax="0").count

    def split(self, query: str, window: Window) -> tuple[Window, Window]:
        """Cut by date, and a single day by PMID, at the median of those that can be listed."""
        if not window.single_day:
            return halves(window)
        ids = sorted(self._search(query, window, retmax=str(WALL)).ids)
        if len(ids) < 2:
            raise ServiceError(f"an empty list for {window}", hint="run again")
        low, high = (window.uid_from, window.uid_until) if window.uid_until else (1, MAX_UID)
        middle = ids[len(ids) // 2]
        if not low < middle <= high:
            raise HarvestError(f"{window} cannot be cut further", hint="make the query narrower")
        return replace(window, uid_from=low, uid_until=middle - 1), replace(window, uid_from=middle, uid_until=high)

    def pages(self, query: str, window: Window, outcome: Outcome) -> Iterator[Page]:
        """Yield the pages of a window, then once more what they lacked."""
        found = self._listed(query, window, outcome.reported)
        if not found.count:
            return
        outcome.reported, outcome.note = found.count, found.note
        missing = set(found.ids)
        try:
            for start in range(0, found.count, self.page):
                expected = min(self.page, found.count - start)
                page = self._fetch({**found.history, "retstart": str(start), "retmax": str(expected)})
                missing -= _pmids(page)
                yield page
        except RefusedError as error:
            if error.status != 400:
                raise
            # The history server has forgotten the search: the identifiers are known, and can be posted.
        for _ in range(2):
            posted = sorted(missing)
            for i in range(0, len(posted), POSTED):
                page = self._fetch({"id": ",".join(map(str, posted[i : i + POSTED]))})
                missing -= _pmids(page)
                yield page

    def _listed(self, query: str, window: Window, expected: int) -> SearchAnswer:
        for _ in range(4):
            found = self._search(query, window, usehistory="y", retmax=str(WALL))
            if len(set(found.ids)) == found.count and (found.count or not expected):
                return found
        raise ServiceError(f"a list of {len(set(found.ids))} where {found.count or expected} are reported", hint="run again")

    def _fetch(self, which: Mapping[str, str]) -> Page:
        def parse(content: bytes, sha256: str) -> Page:
            records = self.parse(content, sha256)
            if not records:
                raise ServiceError("a page without records")
            return Page(sha256, records, frozenset(r.record if isinstance(r, Problem) else r.paper_id for r in records))

        asked = {"db": "pubmed", "retmode": "xml", **which, **self.identity}
        return self.http.fetch(self.service, f"{self.url}/efetch.fcgi", parse, data=asked)

    def parse(self, content: bytes, sha256: str) -> tuple[Parsed, ...]:
        """Return the records of a kept answer of EFetch.

        Raises
        ------
        ServiceError
            If it is cut short.
        """
        records = tuple(read_pubmed(io.BytesIO(content), sha256))
        for record in records:
            if isinstance(record, Problem) and record.cut_short:
                raise ServiceError(record.reason)
        return records


def _pmids(page: Page) -> set[int]:
    return {int(i[5:]) for i in page.ids if i.startswith("pmid:") and i[5:].isdecimal()}


SOURCE = SourceSpec(
    "pubmed",
    "PubMed",
    PubmedSource,
    eutils_url,
    "3 requests a second, 10 with a key in NCBI_API_KEY; at most 9,999 records a query window",
    'PubMed\'s syntax: "machine learning"[tiab] AND dementia[mh]',
)
