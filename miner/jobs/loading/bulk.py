"""PubMed's baseline and update files: in their order, each read by a process of its own while another is loaded, none twice."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from miner.errors import ParseError, UsageError
from miner.harvest.pubmed_xml import PARSER_VERSION
from miner.harvest.source import Say
from miner.jobs.loading.pubmed_events import Deletions, Event, Reader, Unreadable, read_events
from miner.progress import Meter
from miner.say import counted
from miner.store.bulk import received_of, write_file, write_once
from miner.store.ledger import record_problems
from miner.store.paper_tables import PaperTables
from miner.store.write import WriteCounts, delete_in_order, upsert_tables

if TYPE_CHECKING:
    import duckdb

    from miner.harvest.records import Problem

_NLM = re.compile(r"pubmed(\d\d)n(\d{4,6})\.xml(?:\.gz)?$")
_RECORDS = (".xml", ".atom", ".jsonl", ".json", ".ris", ".bib", ".nbib", ".enw", ".ciw")
_SUFFIXES = (*_RECORDS, *(f"{s}.gz" for s in _RECORDS), ".nxml", ".pdf")
_SHARED = 4  # processes that read one file at most: each has to find all records in it
_SMALL = 1 << 20  # bytes: a process of its own takes longer to start than this takes to read


@dataclass(slots=True)
class Loaded:
    """What a file brought."""

    written: WriteCounts = field(default_factory=WriteCounts)
    deleted: int = 0
    problems: list[Problem] = field(default_factory=list)


def sequence_of(name: str) -> int | None:
    """Return a file's place among NLM's files, or None where its name is not one of theirs.

    Examples
    --------
    >>> sequence_of("pubmed21n1298.xml.gz"), sequence_of("mine.xml")
    (211298, None)
    """
    match = _NLM.search(name)
    return int(match[1]) * 10_000 + int(match[2]) if match else None


def in_order(paths: Iterable[Path], say: Say = lambda _: None) -> list[Path]:
    """Return files, and those of folders, with NLM's in their order; say which are missing between them.

    Raises
    ------
    UsageError
        If a folder holds nothing that can be imported.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(p for p in path.iterdir() if p.is_file() and p.name.lower().endswith(_SUFFIXES))
        if not inside:
            raise UsageError(
                "nothing in this folder can be imported",
                where=str(path),
                hint=f"files that end with {', '.join([*_RECORDS, '.nxml', '.pdf'])}; or name the files",
            )
        found += inside
    numbered = {p: n for p in found if (n := sequence_of(p.name)) is not None}
    for year in sorted({n // 10_000 for n in numbered.values()}):
        there = {n for n in numbered.values() if n // 10_000 == year}
        lacking = [n for n in range(min(there), max(there)) if n not in there]
        if lacking:
            names = ", ".join(f"pubmed{year:02d}n{n % 10_000:04d}" for n in lacking[:5]) + (" …" if len(lacking) > 5 else "")
            say(f"note: {counted(len(lacking), 'file is', 'files are')} missing between those given: {names}")
    rest = [p for p in found if p not in numbered]
    return [*sorted(numbered, key=lambda p: numbered[p]), *rest]


class Ahead:
    """Starts the processes that read the next files while one is loaded.

    Parameters
    ----------
    workers : int, optional
        How many at once; by default as many as there are cores.
    """

    def __init__(self, workers: int | None = None) -> None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        self.workers = workers or cores or 1
        self._readers: dict[Path, Reader] = {}

    @property
    def free(self) -> bool:
        """Whether one more may be started."""
        return sum(len(r.processes) for r in self._readers.values()) < self.workers

    def start(self, path: Path, sha256: str, files: int = 1) -> None:
        """Begin to read a file, if it is worth a process; of the last ``files`` files each has its share of them."""
        if path not in self._readers and path.stat().st_size >= _SMALL:
            self._readers[path] = Reader(path, sha256, max(1, min(self.workers // files, _SHARED)))

    def events(self, path: Path, sha256: str) -> Iterator[Event]:
        """Yield what a file holds."""
        self.start(path, sha256)
        reader = self._readers.get(path)
        if reader is None:
            yield from read_events(path, sha256)
            return
        try:
            yield from reader.events()
        finally:
            self._readers.pop(path, reader).close()

    def close(self) -> None:
        """End all processes."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()


@contextmanager
def reading_ahead(workers: int | None = None) -> Iterator[Ahead]:
    """Have an ``Ahead`` whose processes end with the block."""
    ahead = Ahead(workers)
    try:
        yield ahead
    finally:
        ahead.close()


def load(con: duckdb.DuckDBPyConnection, events: Iterator[Event], job: str, name: str, say: Say) -> Loaded:
    """Write a file's events, in their order."""
    sequence, done, meter = sequence_of(name), Loaded(), Meter(say, name, "record")
    write_once(con)
    try:
        for event in events:
            if isinstance(event, PaperTables):
                done.written.add(upsert_tables(con, event, job, sequence))
                meter.add(done.written.received - meter.done)
            elif isinstance(event, Deletions):
                done.deleted += delete_in_order(con, event.paper_ids, name, sequence)
            elif isinstance(event, Unreadable):
                done.problems += event.problems
    except ParseError:
        record_problems(con, name, done.problems)
        raise
    record_problems(con, name, done.problems)
    return done


def known_file(con: duckdb.DuckDBPyConnection, job: str, sha256: str) -> int | None:
    """Return how many records a file brought that this reader has read whole before; None where it has not."""
    return received_of(con, job, sha256, PARSER_VERSION)


def record_file(con: duckdb.DuckDBPyConnection, job: str, path: Path, sha256: str, done: Loaded) -> None:
    """Note that a file was read whole."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    row = [job, sha256, PARSER_VERSION, path.name, path.stat().st_size, sequence_of(path.name)]
    row += [done.written.received, done.deleted, len(done.problems), now]
    write_file(con, row)
