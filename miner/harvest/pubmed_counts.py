"""How many records PubMed has of a query in each year: ESearch with ``rettype=count``, nothing downloaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from miner.harvest.http import Http
from miner.harvest.pubmed import SearchAnswer, parse_search
from miner.harvest.services import eutils_url, ncbi_identity, ncbi_service


@dataclass(frozen=True, slots=True)
class YearCount:
    """The answer for one year; ``note`` says where PubMed ran another query than was asked."""

    year: int
    count: int
    note: str | None


class PubmedCounts:
    """Counts by year of publication, at the service's pace.

    Parameters
    ----------
    http : Http
        Its raw store keeps each answer.
    """

    def __init__(self, http: Http) -> None:
        self.url = eutils_url()
        self.service = ncbi_service(self.url)
        self.identity = ncbi_identity(self.url, http.contact)
        self.http = http

    def by_year(self, query: str, years: Sequence[int]) -> Iterator[YearCount]:
        """Yield the count of each year, by date of publication.

        Raises
        ------
        ServiceError
            If a count cannot be had in spite of repeated asking.
        RefusedError
            If PubMed refuses the query.
        """
        for year in years:
            found = self._ask(query, year)
            yield YearCount(year, found.count, found.note)

    def _ask(self, query: str, year: int) -> SearchAnswer:
        asked = {
            "db": "pubmed",
            "term": query,
            "rettype": "count",
            "retmode": "xml",
            "datetype": "pdat",
            "mindate": str(year),
            "maxdate": str(year),
        }
        return self.http.fetch(
            self.service,
            f"{self.url}/esearch.fcgi",
            lambda content, _: parse_search(content),
            params={**asked, **self.identity},
            kind="count",
        )
