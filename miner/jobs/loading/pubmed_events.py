"""What a PubMed file holds, in batches ready to be loaded: read here, or by a process of its own that sends them through a pipe."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import IO

from miner.errors import ParseError
from miner.harvest.pubmed_xml import read_numbered
from miner.harvest.readahead import open_binary
from miner.harvest.records import Deleted, Problem
from miner.store.paper_tables import PaperTables, pack, paper_tables, unpack
from miner.types import Paper

BATCH = 4_000  # papers: some tens of megabytes
_MAIN = "from miner.jobs.loading.pubmed_events import main; main()"
_SIZE = 8  # bytes of a length


@dataclass(frozen=True, slots=True)
class Deletions:
    """Records to remove, after all that came before."""

    paper_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Records that could not be read."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class EndOfBatch:
    """The end of a batch: where several processes read one file, the next batch is another's."""


Event = PaperTables | Deletions | Unreadable | EndOfBatch


def read_events(path: Path, sha256: str, part: int = 0, of: int = 1) -> Iterator[Event]:
    """Yield a file's papers, deletions and problems, in their order.

    Parameters
    ----------
    path : pathlib.Path
    sha256 : str
        The file's checksum, recorded in each paper.
    part, of : int
        Of ``of`` processes that share the file, this is number ``part``: it reads every ``of``-th batch of records.

    Raises
    ------
    ParseError
        If it is no PubMed XML.
    """
    papers: list[Paper] = []
    gone: list[str] = []
    problems: list[Problem] = []
    batch = part
    with open_binary(path) as handle:
        for number, record in read_numbered(handle, sha256, lambda n: n // BATCH % of == part):
            while number // BATCH > batch:
                yield from _flushed(papers, gone, problems)
                yield EndOfBatch()
                batch += of
            if isinstance(record, Paper):
                if gone:  # a record that comes after its deletion is here to stay
                    yield from _flushed(papers, gone, problems)
                papers.append(record)
            elif isinstance(record, Problem):
                problems.append(record)
            elif isinstance(record, Deleted):
                gone.append(record.paper_id)
    yield from _flushed(papers, gone, problems)
    yield EndOfBatch()


def _flushed(papers: list[Paper], gone: list[str], problems: list[Problem]) -> Iterator[Event]:
    if papers:
        yield paper_tables(papers)
        papers.clear()
    if gone:
        yield Deletions(tuple(gone))
        gone.clear()
    if problems:
        yield Unreadable(tuple(problems))
        problems.clear()


class Reader:
    """Processes that read one file ahead; they wait where nobody takes what they have read, so memory stays bounded.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    sha256 : str
        Its checksum, recorded in each paper.
    processes : int
        How many share it.
    """

    def __init__(self, path: Path, sha256: str, processes: int = 1) -> None:
        import miner

        home = str(Path(miner.__file__).resolve().parents[1])
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))}
        self.path = path
        command = [sys.executable, "-P", "-c", _MAIN, str(path.resolve()), sha256]
        self.processes = [
            subprocess.Popen(  # noqa: S603 -- this interpreter, this package, and a path that is no option
                [*command, str(part), str(processes)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment
            )
            for part in range(processes)
        ]

    def events(self) -> Iterator[Event]:
        """Yield what they read, in the order of the file.

        Raises
        ------
        ParseError
            If the file is no PubMed XML, or a process ended before the file did.
        """
        for process in cycle(self.processes):  # a batch from each in turn
            assert process.stdout is not None  # noqa: S101 -- it is a pipe
            while not isinstance(event := _received(process.stdout, self.path), EndOfBatch):
                if event is None:
                    return
                yield event

    def close(self) -> None:
        """End the processes."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


def _received(stream: IO[bytes], path: Path) -> Event | None:
    """Return the next event that a process has sent, or None where it has reached the file's end."""
    kind = stream.read(1)
    if kind == b"N":
        return EndOfBatch()
    if kind == b"Z":
        return None
    if kind == b"T":
        return unpack([_frame(stream) for _ in range(int.from_bytes(_frame(stream)))])
    if not kind:
        raise ParseError("the process that read it ended before its end", where=str(path), hint="run again; is there memory enough?")
    value = json.loads(_frame(stream))
    if kind == b"E":
        raise ParseError(value["what"], where=value["where"], hint=value["hint"])
    return Deletions(tuple(value)) if kind == b"D" else Unreadable(tuple(Problem(*p) for p in value))


def _frame(stream: IO[bytes]) -> bytes:
    size = int.from_bytes(stream.read(_SIZE))
    content = stream.read(size)
    if len(content) < size:
        raise ParseError("the process that read it ended before its end", hint="run again; is there memory enough?")
    return content


def main() -> None:
    """Read the file named on the command line, and write its events to standard output."""
    gc.disable()  # what is made here makes no cycles, and searching for them takes a twentieth of the time
    out = sys.stdout.buffer
    try:
        for event in read_events(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])):
            _send(out, event)
        out.write(b"Z")
    except ParseError as error:
        out.write(b"E" + _framed(json.dumps({"what": error.what, "where": error.where, "hint": error.hint}).encode()))
    except OSError as error:
        out.write(b"E" + _framed(json.dumps({"what": f"it cannot be read: {error}", "where": None, "hint": "run again"}).encode()))
    out.flush()


def _send(out: IO[bytes], event: Event) -> None:
    if isinstance(event, PaperTables):
        parts = pack(event)
        out.write(b"T" + _framed(len(parts).to_bytes(2)))
        for part in parts:
            out.write(len(part).to_bytes(_SIZE))
            out.write(part)
    elif isinstance(event, EndOfBatch):
        out.write(b"N")
    elif isinstance(event, Deletions):
        out.write(b"D" + _framed(json.dumps(event.paper_ids).encode()))
    else:
        out.write(b"P" + _framed(json.dumps([[p.record, p.reason, p.cut_short] for p in event.problems]).encode()))
    out.flush()


def _framed(content: bytes) -> bytes:
    return len(content).to_bytes(_SIZE) + content
