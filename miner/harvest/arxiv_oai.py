"""arXiv by OAI-PMH, for bulk and for increments, in steps that a shift of the list cannot make skip a record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from miner.errors import ServiceError
from miner.harvest.http import Http, RefusedError
from miner.harvest.oai import OaiError, OaiPage, metadata_formats, parse_oai
from miner.harvest.records import Parsed
from miner.harvest.services import arxiv_oai_url, arxiv_service
from miner.harvest.source import Outcome, Page, SourceSpec, Step
from miner.harvest.windows import Window
from miner.types import Paper

_TERM = re.compile(r'"([^"]+)"|(\S+)')
PASSES = 6  # over a day that does not fit in one answer


@dataclass(frozen=True, slots=True)
class OaiQuery:
    """A set, and the words and phrases that a record must hold, in lower case."""

    group: str | None
    terms: tuple[str, ...]

    def keeps(self, record: Parsed) -> bool:
        """Whether a record holds all terms; what is no paper is kept."""
        if not isinstance(record, Paper) or not self.terms:
            return True
        text = f"{record.title} {record.abstract} {' '.join(record.categories)}".lower()
        return all(t in text for t in self.terms)


def parse_query(query: str) -> OaiQuery:
    """Return the set and the terms of a query.

    Examples
    --------
    >>> parse_query('set:cs "deep learning" MRI')
    OaiQuery(group='cs', terms=('deep learning', 'mri'))
    """
    group, terms = None, []
    for phrase, word in _TERM.findall(query):
        if word.lower().startswith("set:") and word[4:]:
            group = word[4:]
        elif word.upper() != "AND":
            terms.append((phrase or word).lower())
    return OaiQuery(group, tuple(terms))


class ArxivOaiSource:
    """arXiv's OAI-PMH interface.

    An answer is one moment's view of a list in order of modification. All days before that of its last record are complete in it; the next
    request begins with that day, and no resumption token is needed, since a token is an offset and a record that moves meanwhile makes it
    skip another. Only a day with more records than an answer holds is paged by tokens, and listed again until nothing new turns up.
    """

    name = "arxiv-oai"
    first_day = "2005-09-16"
    page = 2_500

    def __init__(self, http: Http) -> None:
        self.url = arxiv_oai_url()
        self.service = arxiv_service(self.url)
        self.http = http
        self.seconds_a_request = max(self.service.limiter.seconds, 1.0)
        self._prefix: str | None = None

    def pages(self, query: str, window: Window, outcome: Outcome) -> Iterator[Page]:
        """Yield a day's records, page by page, until a whole pass brings nothing new."""
        group = parse_query(query).group
        seen: set[str] = set()
        for attempt in range(PASSES):
            before = len(seen)
            yield from self._pass(window, group, seen)
            outcome.reported = len(seen)
            if attempt and len(seen) == before:
                return
        outcome.reported += 1  # never the same twice: not proved complete
        outcome.note = f"the list of {window.start} still changed after {PASSES} passes"

    def _pass(self, window: Window, group: str | None, seen: set[str]) -> Iterator[Page]:
        asked = self._first(window.start, window.start, group)
        while True:
            sha256, answer = self._ask(asked)
            seen |= {i for i, _ in answer.headers}
            yield Page(sha256, answer.records, frozenset(i for i, _ in answer.headers))
            if not answer.token:
                return
            asked = {"verb": "ListRecords", "resumptionToken": answer.token}

    def step(self, query: str, start: str, until: str | None, today: str) -> Step | None:
        """Fetch what one answer holds from ``start`` on; None where a single day does not fit in it."""
        group = parse_query(query).group
        for _ in range(3):  # nothing at all is believed only when it is said three times
            sha256, answer = self._ask(self._first(start, until, group))
            if answer.headers:
                break
        ids = frozenset(i for i, _ in answer.headers)
        if not answer.token:
            last = until or max((today, start, *(d for _, d in answer.headers)))
            return Step(start, last, Page(sha256, answer.records, ids), len(ids), answer.response_date, more=False)
        stamps = [d for _, d in answer.headers]
        last = stamps[-1] if stamps else start
        if stamps != sorted(stamps) or last <= start:
            return None
        complete = [(r, h) for r, h in zip(answer.records, answer.headers, strict=True) if h[1] < last]
        page = Page(sha256, tuple(r for r, _ in complete), frozenset(h[0] for _, h in complete))
        return Step(start, max(d for _, (_, d) in complete), page, len(page.ids), answer.response_date, more=True)

    def parse(self, content: bytes, sha256: str) -> tuple[Parsed, ...]:
        """Return the records of a kept answer."""
        return parse_oai(content, sha256).records

    def _first(self, start: str, until: str | None, group: str | None) -> dict[str, str]:
        asked = {"verb": "ListRecords", "metadataPrefix": self._format(), "from": max(start, self.first_day)}
        return asked | ({"until": until} if until else {}) | ({"set": group} if group else {})

    def _format(self) -> str:
        """Return the richest format offered: arXivRaw tells versions and withdrawals."""
        if self._prefix is None:
            offered = self.http.fetch(self.service, self.url, _formats, params={"verb": "ListMetadataFormats"}, kind="count")
            self._prefix = "arXivRaw" if "arXivRaw" in offered else "arXiv"
        return self._prefix

    def _ask(self, asked: Mapping[str, str]) -> tuple[str, OaiPage]:
        def parse(content: bytes, sha256: str) -> tuple[str, OaiPage]:
            try:
                return sha256, parse_oai(content, sha256)
            except OaiError as error:
                if error.code == "badResumptionToken":  # expired at midnight UTC, or lost: the day is begun again
                    raise _TokenLostError(str(error.what)) from error
                raise RefusedError(str(error.what), where=self.url, status=200) from error

        try:
            return self.http.fetch(self.service, self.url, parse, params=asked)
        except _TokenLostError as error:
            raise ServiceError(str(error.what), where=self.url, hint="the window will be tried again") from error


class _TokenLostError(RefusedError):
    def __init__(self, what: str) -> None:
        super().__init__(what, where="resumptionToken", status=200)


def _formats(content: bytes, _: str) -> set[str]:
    formats = metadata_formats(content)
    if not formats:
        raise ServiceError("no metadata formats in the answer")
    return formats


SOURCE = SourceSpec(
    "arxiv-oai",
    "arXiv",
    lambda http, **_: ArxivOaiSource(http),
    arxiv_oai_url,
    "one request every 3 s, over the API, OAI-PMH and downloads together",
    "set:cs, then words that a record must hold",
    database="arxiv",
    keep=lambda query: parse_query(query).keeps,
)
