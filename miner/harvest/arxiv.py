"""arXiv's search API, through the arxiv package, with our limiter, retries and raw store under it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from miner.errors import HarvestError, ServiceError
from miner.harvest.atom import Feed, parse_feed
from miner.harvest.http import Http
from miner.harvest.records import Deleted, Parsed, Problem
from miner.harvest.services import Service, arxiv_service, arxiv_url
from miner.harvest.source import Outcome, Page, SourceSpec
from miner.harvest.windows import OPEN, Window, halves
from miner.types import Paper

WALL = 30_000  # records that one query can page through
_RAN = re.compile(r"search_query=(.*?)(?:&id_list=|&start=|&max_results=|$)")


@dataclass(frozen=True, slots=True)
class _Received:
    feed: Feed
    sha256: str


class _Session:
    """Stands in for the session of arxiv.Client: its one call goes through Http, which checks what comes before the client sees it."""

    def __init__(self, http: Http, service: Service, kind: str = "records") -> None:
        self.http, self.service, self.kind = http, service, kind
        self.fresh: list[_Received] = []

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ARG002 -- requests' signature; we say who we are ourselves
        asked = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
        start, size = int(asked.get("start", "0")), int(asked.get("max_results", "0"))

        def parse(content: bytes, sha256: str) -> tuple[bytes, Feed]:
            feed = parse_feed(content, sha256)
            if size and not feed.entries and feed.total > start:
                raise ServiceError(f"an empty page of a list of {feed.total}")
            self.fresh.append(_Received(feed, sha256))
            return content, feed

        content, _ = self.http.fetch(self.service, url.partition("?")[0], parse, params=asked, kind=self.kind)
        return SimpleNamespace(status_code=200, content=content)


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
        session = _Session(self.http, self.service, "count")
        next(iter(self._client(session, 1).results(self._search(self.term(query, window)))), None)
        return session.fresh[0].feed.total

    def split(self, query: str, window: Window) -> tuple[Window, Window]:
        """Cut by date."""
        if window.single_day:
            raise HarvestError(f"{query!r} has more than {self.size} records on {window.start}", hint="make the query narrower")
        return halves(window)

    def pages(self, query: str, window: Window, outcome: Outcome) -> Iterator[Page]:
        """Yield the pages of a window."""
        term = query if window.kind == "changed" else self.term(query, window)
        search = self._search(term, by_update=window.kind == "changed")
        session = _Session(self.http, self.service)
        for _ in self._client(session, self.page if window.kind == "entered" else 100).results(search):
            while session.fresh:
                received = session.fresh.pop(0)
                outcome.reported = received.feed.total
                outcome.note = rewritten(term, received.feed.title)
                records = received.feed.records
                if window.kind == "changed":
                    records = tuple(r for r in records if isinstance(r, Paper) and (r.updated or OPEN) >= window.start)
                yield Page(received.sha256, records, _ids(records))
                if len(records) < received.feed.entries and window.kind == "changed":
                    return  # they come with the last change first: all that follow are older

    def parse(self, content: bytes, sha256: str) -> tuple[Parsed, ...]:
        """Return the records of a kept page."""
        return parse_feed(content, sha256).records

    def _client(self, session: _Session, page: int) -> Any:
        import arxiv

        client = arxiv.Client(page_size=page, delay_seconds=0.0, num_retries=0)  # Http waits and retries
        client.query_url_format = self.url + "?{}"
        client._session = session  # the package has no other door for a session
        return client

    @staticmethod
    def _search(term: str, *, by_update: bool = False) -> Any:
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
