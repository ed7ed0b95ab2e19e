"""Readers of files of records: each says by a file's first bytes whether it is its own, and gives what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from miner.errors import ParseError
from miner.harvest.readahead import open_binary
from miner.harvest.records import Parsed
from miner.registry import PerWorkspace, collect

ENTRY_POINTS = "miner.readers"
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class FileReader:
    """A format of files that ``miner import`` takes.

    Parameters
    ----------
    name : str
        What reports call the format.
    label : str
        How people call it.
    recognises : callable
        ``recognises(head)`` for the first 4,096 bytes, without NUL bytes (UTF-16 looks like ASCII then) and without what stands before the
        first mark; letters as they are.
    read : callable
        ``read(path, sha256)`` yields papers, deletions, and problems in place of records that cannot be read; it raises ParseError for a
        file that cannot be read at all. `read_whole` gives a file's bytes, unzipped.
    rank : int
        Readers are asked in order of rank: those that look for a signature before those that are content with a first letter.
    bulk : bool
        Whether its files come in an order, and a file that was read whole is not read again (PubMed).
    """

    name: str
    label: str
    recognises: Callable[[bytes], bool]
    read: Callable[[Path, str], Iterator[Parsed]]
    rank: int = 50
    bulk: bool = False


@PerWorkspace
def readers() -> dict[str, FileReader]:
    """Return every reader by its name: the ``READER`` of each module of this package, then those of packages with an entry point in ``miner.readers`` and of a workspace's plugins.

    Raises
    ------
    ConfigError
        If an entry point gives something else, or a name stands twice.
    """
    return collect("miner.harvest", "READER", ENTRY_POINTS, FileReader)


def reader_of(path: Path) -> FileReader:
    """Return the reader of a file, by its content.

    Raises
    ------
    ParseError
        If none knows it.
    """
    try:
        with open_binary(path) as handle:
            head = handle.read(_HEAD)
    except (OSError, EOFError) as error:
        raise ParseError(f"it cannot be read: {error}", where=str(path), hint="download it again") from error
    head = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if not head:
        raise ParseError("it is empty", where=str(path), hint="download it again")
    if head[:14].lower().startswith((b"<!doctype html", b"<html")):
        raise ParseError("a page of HTML, not a file of records", where=str(path), hint="download it again")
    for reader in sorted(readers().values(), key=lambda r: (r.rank, r.name)):
        if reader.recognises(head):
            return reader
    known = ", ".join(sorted(r.label for r in readers().values()))
    raise ParseError("not a format that can be imported", where=str(path), hint=f"{known}; for tables see --as studies")


def read_whole(path: Path, most: int) -> bytes:
    """Return all bytes of a file, unzipped where it is gzip, of one member or several.

    Raises
    ------
    ParseError
        If it is cut short, damaged, or larger than ``most`` bytes.
    """
    blocks, size = [], 0
    try:
        with open_binary(path) as handle:
            # A reader that unzips gives what it has, not all that it is asked for.
            while block := handle.read(1 << 20):
                blocks.append(block)
                size += len(block)
                if size > most:
                    raise ParseError(f"more than {most >> 20} MB", where=str(path), hint="cut it into several files")
    except (OSError, EOFError) as error:
        raise ParseError(f"it is cut short or damaged: {error}", where=str(path), hint="download it again") from error
    return b"".join(blocks)
