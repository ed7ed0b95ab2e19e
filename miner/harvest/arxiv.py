"""arXiv's search API: the arxiv package says what a search is; our limiter, retries and raw store ask for its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from miner.errors import HarvestError, ServiceError
from miner.harvest.atom import Feed, parse_feed
from miner.harvest.http import Http
from miner.harvest.records import Deleted, Parsed, Problem
from miner.harvest.services import arxiv_service, arxiv_url
from miner.harvest.source import Outcome, Page, SourceSpec
from miner.harvest.windows import OPEN, Window, halves
from miner.types import Paper

if TYPE_CHECKING:
    import arxiv

WALL = 30_000  # records that one query can page through
_RAN = re.compile(r"search_query=(.*?)(?:&id_list=|&start=|&max_results=|$)")


class ArxivSource:
    """Records of arXiv by date of submission.

    Parameters
    ----------
    http : Http
    size : int
        The most records that a window may hold; a window is what is done or not done.
    page : int
        Records a request, 2,000 at most.
    """

    name = "arxiv"
    first_day = "1986-01-01"  # arXiv began in 1991, and took in older papers

    def __init__(self, http: Http, *, size: int = 5_000, page: int = 500) -> None:
        self.url = arxiv_url()
        self.service = arxiv_service(self.url)
        self.http, self.size, self.page = http, min(size, WALL), min(page, 2_000)
        self.seconds_a_request = max(self.service.limiter.seconds, 1.0)

    def term(self, query: str, window: Window) -> str:
        """Return the query with the window's days; GMT, as arXiv counts."""
        start, until = window.start.replace("-", ""), window.until.replace("-", "")
        return f"({query}) AND submittedDate:[{start}0000 TO {until}2359]"

    def count(self, query: str, window: Window) -> int:
        """Return how many records arXiv reports: one request for one record."""
        return self._fetch(self._search(self.term(query, window)), 0, 1, "count")[0].total

    def split(self, query: str, window: Window) -> tuple[Window, Window]:
        """Cut by date."""
        if window.single_day:
            raise HarvestError(f"{query!r} has more than {self.size} records on {window.start}", hint="make the query narrower")
        return halves(window)

    def pages(self, query: str, window: Window, outcome: Outcome) -> Iterator[Page]:
        """Yield the pages of a window."""
        term = query if window.kind == "changed" else self.term(query, window)
        search = self._search(term, by_update=window.kind == "changed")
        start, size = 0, self.page if window.kind == "entered" else 100
        while True:
            feed, sha256 = self._fetch(search, start, size, "records")
            outcome.reported = feed.total
            outcome.note = rewritten(term, feed.title)
            records = feed.records
            if window.kind == "changed":
                records = tuple(r for r in records if isinstance(r, Paper) and (r.updated or OPEN) >= window.start)
            if feed.entries:
                yield Page(sha256, records, _ids(records))
            start += feed.entries
            if start >= feed.total or not feed.entries:
                return
            if len(records) < feed.entries and window.kind == "changed":
                return  # they come with the last change first: all that follow are older

    def parse(self, content: bytes, sha256: str) -> tuple[Parsed, ...]:
        """Return the records of a kept page."""
        return parse_feed(content, sha256).records

    def _fetch(self, search: arxiv.Search, start: int, size: int, kind: str) -> tuple[Feed, str]:
        """Return one page, and its checksum; an empty page before the end of the list is asked for again."""

        def parse(content: bytes, sha256: str) -> tuple[Feed, str]:
            feed = parse_feed(content, sha256)
            if not feed.entries and feed.total > start:
                raise ServiceError(f"an empty page of a list of {feed.total}")
            return feed, sha256

        asked = {"search_query": search.query, "sortBy": search.sort_by.value, "sortOrder": search.sort_order.value}
        return self.http.fetch(self.service, self.url, parse, params=asked | {"start": str(start), "max_results": str(size)}, kind=kind)

    @staticmethod
    def _search(term: str, *, by_update: bool = False) -> arxiv.Search:
        import arxiv

        if by_update:
            return arxiv.Search(term, max_results=None, sort_by=arxiv.SortCriterion.LastUpdatedDate, sort_order=arxiv.SortOrder.Descending)
        return arxiv.Search(term, max_results=None, sort_by=arxiv.SortCriterion.SubmittedDate, sort_order=arxiv.SortOrder.Ascending)


def _ids(records: tuple[Parsed, ...]) -> frozenset[str]:
    return frozenset(r.record if isinstance(r, Problem) else r.paper_id for r in records if not isinstance(r, Deleted))


def rewritten(sent: str, title: str) -> str | None:
    """Return a note where the feed's title says that another query was run than the one sent.

    Examples
    --------
    >>> rewritten("all:a AND all:b", "arXiv Query: search_query=all:a OR all:b&id_list=&start=0&max_results=10")
    'arXiv ran another query than was asked: all:a OR all:b'
    """
    match = _RAN.search(title)
    if not match:
        return None
    ran = " ".join(unquote_plus(match[1]).split())
    return None if ran == " ".join(sent.split()) else f"arXiv ran another query than was asked: {ran}"


SOURCE = SourceSpec(
    "arxiv",
    "arXiv",
    ArxivSource,
    arxiv_url,
    "one request every 3 s; at most 30,000 records a query window",
    'arXiv\'s search syntax: all:"deep learning" AND cat:eess.IV',
)
