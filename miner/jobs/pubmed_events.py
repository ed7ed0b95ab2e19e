"""What a PubMed file holds, in batches ready to be loaded: read here, or by a process of its own that sends them through a pipe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from miner.errors import ParseError
from miner.harvest.pubmed_xml import open_binary, read_pubmed
from miner.harvest.records import Problem
from miner.store.paper_tables import PaperTables, pack, paper_tables, unpack
from miner.types import Paper

BATCH = 4_000  # papers: some tens of megabytes
_MAIN = "from miner.jobs.pubmed_events import main; main()"
_SIZE = 8  # bytes of a length


@dataclass(frozen=True, slots=True)
class Gone:
    """Records to remove, after all that came before."""

    paper_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bad:
    """Records that could not be read."""

    problems: tuple[Problem, ...]


Event = PaperTables | Gone | Bad


def read_events(path: Path, sha256: str) -> Iterator[Event]:
    """Yield a file's papers, deletions and problems, in their order.

    Raises
    ------
    ParseError
        If it is no PubMed XML.
    """
    papers: list[Paper] = []
    gone: list[str] = []
    problems: list[Problem] = []
    with open_binary(path) as handle:
        for record in read_pubmed(handle, sha256):
            if isinstance(record, Paper):
                if gone:  # a record that comes after its deletion is here to stay
                    yield from _flushed(papers, gone)
                papers.append(record)
                if len(papers) >= BATCH:
                    yield from _flushed(papers, gone)
            elif isinstance(record, Problem):
                problems.append(record)
            else:
                gone.append(record.paper_id)
    yield from _flushed(papers, gone)
    if problems:
        yield Bad(tuple(problems))


def _flushed(papers: list[Paper], gone: list[str]) -> Iterator[Event]:
    if papers:
        yield paper_tables(papers)
        papers.clear()
    if gone:
        yield Gone(tuple(gone))
        gone.clear()


class Reader:
    """A process that reads one file ahead; it waits where nobody takes what it has read, so memory stays bounded.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    sha256 : str
        Its checksum, recorded in each paper.
    """

    def __init__(self, path: Path, sha256: str) -> None:
        import miner

        home = str(Path(miner.__file__).resolve().parents[1])
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))}
        self.path = path
        self._process = subprocess.Popen(  # noqa: S603 -- this interpreter, this package, and a path that is no option
            [sys.executable, "-P", "-c", _MAIN, str(path.resolve()), sha256],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=environment,
        )

    def events(self) -> Iterator[Event]:
        """Yield what it reads.

        Raises
        ------
        ParseError
            If the file is no PubMed XML, or the process ended before the file did.
        """
        assert self._process.stdout is not None  # noqa: S101 -- it is a pipe
        stream = self._process.stdout
        while kind := stream.read(1):
            if kind == b"T":
                yield unpack([_frame(stream) for _ in range(int.from_bytes(_frame(stream)))])
            elif kind == b"Z":
                return
            else:
                value = json.loads(_frame(stream))
                if kind == b"E":
                    raise ParseError(value["what"], where=value["where"], hint=value["hint"])
                yield Gone(tuple(value)) if kind == b"D" else Bad(tuple(Problem(*p) for p in value))
        raise ParseError("the process that read it ended before its end", where=str(self.path), hint="run again; is there memory enough?")

    def close(self) -> None:
        """End the process."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


def _frame(stream: IO[bytes]) -> bytes:
    size = int.from_bytes(stream.read(_SIZE))
    content = stream.read(size)
    if len(content) < size:
        raise ParseError("the process that read it ended before its end", hint="run again; is there memory enough?")
    return content


def main() -> None:
    """Read the file named on the command line, and write its events to standard output."""
    out = sys.stdout.buffer
    try:
        for event in read_events(Path(sys.argv[1]), sys.argv[2]):
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
    elif isinstance(event, Gone):
        out.write(b"D" + _framed(json.dumps(event.paper_ids).encode()))
    else:
        out.write(b"P" + _framed(json.dumps([[p.record, p.reason, p.cut_short] for p in event.problems]).encode()))
    out.flush()


def _framed(content: bytes) -> bytes:
    return len(content).to_bytes(_SIZE) + content
