"""What an import would bring: what each file is, and which of its records are new. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from miner.errors import MinerError, ParseError, UsageError
from miner.harvest.reader import FileReader, reader_of
from miner.harvest.records import Deleted, Problem
from miner.jobs.loading.bulk import in_order
from miner.jobs.loading.documents import is_document
from miner.jobs.loading.limit import Limit
from miner.jobs.partial import Partial
from miner.store.connect import open_for_planning
from miner.store.write import foresee
from miner.types import Paper

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace


@dataclass(slots=True)
class Foreseen(Partial):
    """What one file is and would bring, counted as if it came alone; ``error`` says why it cannot be read at all.

    Attributes
    ----------
    file, format, label : str
        Its name, and what it is: for reports and for people.
    received, new, changed, unchanged, deleted, problems : int
        Records in it, what would become of them, and what of it cannot be read.
    left : int
        Records that a limit would leave out.
    reasons : list of str
        The first ten problems.
    sample : list of str
        The first three titles.
    """

    file: str
    format: str = ""
    label: str = ""
    received: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    problems: int = 0
    left: int = 0
    reasons: list[str] = field(default_factory=list)
    sample: list[str] = field(default_factory=list)
    error: str | None = None

    @property
    def partial(self) -> bool:
        """Whether some of it cannot be read."""
        return self.error is not None or self.problems > 0


def foresee_import(
    workspace: Workspace,
    files: Sequence[Path],
    say: Callable[[str], None] = lambda _: None,
    *,
    job: str = "import",
    limit: int | None = None,
) -> list[Foreseen]:
    """Say of each file what it is and what importing it would bring, against the published snapshot.

    Parameters
    ----------
    workspace : Workspace
    files : sequence of pathlib.Path
        Files, or folders of them.
    say : callable, optional
        Told which of NLM's files are missing between those given.
    job, limit : str and int, optional
        At most so many records that this job does not have, of all files together.

    Raises
    ------
    UsageError
        If a folder holds nothing that can be imported.
    """
    with open_for_planning(workspace.current) as con:
        within = None if limit is None else Limit(con, job, limit)
        return [_foreseen(con, path, within) for path in in_order(files, say)]


def _foreseen(con: duckdb.DuckDBPyConnection, path: Path, limit: Limit | None) -> Foreseen:
    found = Foreseen(str(path))
    try:
        if not path.is_file():
            raise UsageError("there is no such file", where=str(path), hint="check the name")
        if is_document(path):
            found.format, found.label = "document", "a full text: it goes to the record that it names, else makes a new one"
            return found
        reader = reader_of(path)
        found.format, found.label = reader.name, reader.label
        counts = foresee(con, _papers(reader, path, found, limit))
        found.left = limit.left() if limit else 0
        found.received, found.new, found.changed, found.unchanged = counts.received, counts.new, counts.changed, counts.unchanged
    except MinerError as error:
        found.error = str(error)
    except OSError as error:
        found.error = str(ParseError(f"it cannot be read: {error.strerror}", where=str(path), hint="see to its permissions"))
    return found


def _papers(reader: FileReader, path: Path, found: Foreseen, limit: Limit | None) -> Iterator[Paper]:
    records = reader.read(path, "")
    for record in limit.within(records) if limit else records:
        if isinstance(record, Paper):
            if len(found.sample) < 3:
                found.sample.append(record.title)
            yield record
        elif isinstance(record, Problem):
            found.problems += 1
            if len(found.reasons) < 10:
                found.reasons.append(f"{record.record}: {record.reason}")
        elif isinstance(record, Deleted):
            found.deleted += 1
