"""Writing what comes in: papers in batches, deletions in their order, problems on record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from miner.harvest.records import Cited, Deleted, Parsed, Problem
from miner.store.bulk import write_once
from miner.store.citations import write_citations
from miner.store.ledger import record_problems
from miner.store.write import WriteCounts, delete_papers, upsert_papers
from miner.types import Paper

if TYPE_CHECKING:
    import duckdb

BATCH = 10_000


class Intake:
    """Collects parsed records and writes them in batches.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    job : str
        What brings the records.
    origin : str
        The file or response that problems are recorded under.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, job: str, origin: str, batch: int = BATCH) -> None:
        self.con, self.job, self.origin, self.batch = con, job, origin, batch
        self.written = WriteCounts()
        self.deleted = 0
        self.problems: list[Problem] = []
        write_once(con)
        self._papers: list[Paper] = []
        self._gone: list[str] = []
        self._cited: list[Cited] = []

    def take(self, records: Iterable[Parsed]) -> None:
        """Take records in the order of their source; a deletion after a record removes it, a record after a deletion brings it back."""
        for record in records:
            if isinstance(record, Paper):
                if self._gone:
                    self.flush()
                self._papers.append(record)
                if len(self._papers) >= self.batch:
                    self.flush()
            elif isinstance(record, Deleted):
                self._gone.append(record.paper_id)
            elif isinstance(record, Cited):
                self._cited.append(record)
            else:
                self.problems.append(record)

    def flush(self) -> None:
        """Write what was taken."""
        papers, gone, cited = self._papers, self._gone, self._cited
        self._papers, self._gone, self._cited = [], [], []
        if papers:
            self.written.add(upsert_papers(self.con, papers, self.job))
        if cited:
            write_citations(self.con, cited)
        if gone:
            self.deleted += delete_papers(self.con, gone)

    def close(self) -> None:
        """Write the rest, and the problems."""
        self.flush()
        record_problems(self.con, self.origin, self.problems)
