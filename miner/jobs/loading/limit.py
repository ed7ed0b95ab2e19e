"""At most so many records that are not here yet; how many more there were is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from miner.harvest.records import Parsed
from miner.store.ledger import known_papers
from miner.types import Paper

if TYPE_CHECKING:
    import duckdb

BATCH = 2_000


class Limit:
    """A limit of records, of all files together: what the job has already does not count, as in a harvest, so that the next import goes on.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A reader, or the writer.
    job : str
        Whose records.
    most : int
        The limit.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, job: str, most: int) -> None:
        self.con, self.job, self.most = con, job, most
        self._taken: set[str] = set()
        self._left: set[str] = set()

    def within(self, records: Iterable[Parsed]) -> Iterator[Parsed]:
        """Yield the records that fit, and all that are none."""
        stream = iter(records)
        self._left = set()
        while batch := list(islice(stream, BATCH)):
            here = known_papers(self.con, {r.paper_id for r in batch if isinstance(r, Paper)}, self.job) | self._taken
            for record in batch:
                if isinstance(record, Paper) and record.paper_id not in here:
                    if len(self._taken) == self.most:
                        self._left.add(record.paper_id)
                        continue
                    self._taken.add(record.paper_id)
                    here.add(record.paper_id)
                yield record

    def left(self) -> int:
        """Return how many records of the file that was read last did not fit."""
        return len(self._left)
