"""PubMed XML, of any size, record by record: baseline and update files, and answers of EFetch.

The stream is cut into records at their tags, and each is parsed on its own: a damaged record costs itself and no other, memory is that
of the largest record, and no entity can be declared, because the document type stands outside of every record.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from miner.errors import ParseError
from miner.harvest.pubmed_article import read_article, read_book
from miner.harvest.readahead import open_binary
from miner.harvest.reader import FileReader
from miner.harvest.records import Deleted, Parsed, Problem

if TYPE_CHECKING:
    from lxml.etree import _Element

PARSER_VERSION = "2"  # a file that another version has read is read again
CHUNK = 1 << 20
MAX_RECORD = 32 << 20  # the largest records of the baseline, with thousands of authors, have some 3 MB
_START = re.compile(rb"<(PubmedArticle|PubmedBookArticle|DeleteCitation|DeleteDocument)(?=[\s>])")
_ROOT = re.compile(rb"<(?![?!])([A-Za-z_][\w:.-]*)")
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)["']""")
_ROOTS = {b"PubmedArticleSet", b"PubmedBookArticleSet", b"PubmedArticle", b"PubmedBookArticle"}
_PMID = re.compile(rb"<PMID[^>]*>\s*(\d+)")
_ERROR = re.compile(rb"<ERROR>\s*(.*?)\s*</ERROR>", re.S)
_CLOSE_SET = re.compile(rb"</Pubmed(?:Book)?ArticleSet\s*>|<Pubmed(?:Book)?ArticleSet\s*/>")
_TAG = 32  # longer than any tag that is looked for


class Readable(Protocol):
    """What gives bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes; none at the end."""
        ...


def read_pubmed(stream: Readable, raw_sha256: str | None = None) -> Iterator[Parsed]:
    """Yield what a PubMed file holds: papers, deletions, and problems in place of records that cannot be read.

    Parameters
    ----------
    stream : file-like
        Gives bytes of XML, not compressed.
    raw_sha256 : str, optional
        Recorded in each paper.

    Yields
    ------
    Paper, Deleted or Problem

    Raises
    ------
    ParseError
        If it is no PubMed XML at all, or the service's own message of an error.
    """
    for _, found in read_numbered(stream, raw_sha256):
        yield found


def read_numbered(
    stream: Readable, raw_sha256: str | None = None, wanted: Callable[[int], bool] = lambda _: True
) -> Iterator[tuple[int, Parsed]]:
    """Yield the same with the number of the record that it comes from, and read only those that are wanted: finding them is cheap."""
    reader = _Reader(stream)
    reader.check_root()
    parse = _parser()
    for number, (kind, record) in enumerate(reader.records()):
        if not wanted(number):
            continue
        if record is None:
            yield number, Problem(kind, f"longer than {MAX_RECORD >> 20} MB")
        elif kind in {"DeleteCitation", "DeleteDocument"}:
            yield from ((number, Deleted(f"pmid:{int(pmid)}")) for pmid in _PMID.findall(record))
        else:
            yield from ((number, found) for found in _read_record(record, parse, raw_sha256))
    if reader.problem and wanted(reader.count):
        yield reader.count, Problem(f"after record {reader.count}", reader.problem, cut_short=True)


def _read_record(record: bytes, parse: Callable[[bytes], _Element], raw_sha256: str | None) -> Iterator[Parsed]:
    try:
        root = parse(_without_unread(record))
        yield read_book(root, raw_sha256) if root.tag == "PubmedBookArticle" else read_article(root, raw_sha256)
    except ValueError as error:
        yield Problem(_name(record), str(error))
        # A record that was never closed swallows the one after it: that one is whole.
        later = [m.start() for m in _START.finditer(record, 1)]
        if later:
            yield from _read_record(record[later[-1] :], parse, raw_sha256)


def _without_unread(record: bytes) -> bytes:
    """Cut out history and references, from which nothing is read: they are half of a record."""
    start = record.find(b"<History>")
    end = record.find(b"</History>", start)
    if start < 0 or end < 0 or b"<![CDATA[" in record:  # in CDATA tags are text
        return record
    end += 10
    references = record.find(b"<ReferenceList>", end)
    last = record.rfind(b"</ReferenceList>", references)  # the last: reference lists can stand in reference lists
    if references < 0 or last < 0:
        return record[:start] + record[end:]
    return record[:start] + record[end:references] + record[last + 16 :]


def _parser() -> Callable[[bytes], _Element]:
    from lxml import etree

    settings = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, collect_ids=False, remove_comments=True, remove_pis=True
    )
    fromstring = etree.fromstring

    def parse(record: bytes) -> _Element:
        try:
            return fromstring(record, settings)
        except etree.XMLSyntaxError as error:
            raise ValueError(f"not well-formed: {error.msg}") from None

    return parse


def _name(record: bytes) -> str:
    match = _PMID.search(record)
    return f"pmid:{int(match[1])}" if match else "record without PMID"


class _Reader:
    """Cuts a stream into records."""

    def __init__(self, stream: Readable) -> None:
        self.stream, self.buffer, self.count = stream, b"", 0
        self.problem: str | None = None
        self.ended = False
        self.closed = False
        self.decoder: codecs.IncrementalDecoder | None = None

    def _more(self) -> bool:
        """Append a chunk; say whether there was one."""
        if self.ended:
            return False
        try:
            data = self.stream.read(CHUNK)
        except (EOFError, OSError, ValueError) as error:  # a gzip stream that is cut short or damaged
            self.problem, self.ended = f"the file is cut short or damaged: {error}", True
            return False
        if not data:
            self.ended = True
        if self.decoder is not None:
            data = self._transcode(data)
        self.buffer += data
        return not self.ended or bool(data)

    def _transcode(self, data: bytes) -> bytes:
        assert self.decoder is not None  # noqa: S101 -- for the type checker
        try:
            return self.decoder.decode(data, final=not data).encode()
        except UnicodeError as error:
            self.problem, self.ended = f"not in the encoding that it declares: {error}", True
            return b""

    def check_root(self) -> None:
        """Read on to the root element, and see that it is one of ours."""
        while not (match := _ROOT.search(self.buffer)) and len(self.buffer) < CHUNK and self._more():
            self._choose_encoding()
        if not match:
            match = _ROOT.search(self.buffer)
        if match and match[1] in _ROOTS:
            self.closed = not match[1].endswith(b"Set")  # a record that stands alone is closed by its own end
            return
        error = _ERROR.search(self.buffer)
        if error:
            raise ParseError(f"the service answered: {error[1].decode(errors='replace')}", hint="try again")
        found = f"its root is <{match[1].decode(errors='replace')}>" if match else "it has no element"
        raise ParseError(f"not PubMed XML: {self.problem or found}", hint="give a PubmedArticleSet file")

    def _choose_encoding(self) -> None:
        if self.decoder is not None or not self.buffer:
            return
        head = self.buffer[:4]
        name = None
        if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            name = "utf-16"
        elif match := _ENCODING.search(self.buffer[:400].removeprefix(codecs.BOM_UTF8)):
            name = match[1].decode().lower()
        if name in {None, "utf-8", "utf8", "us-ascii", "ascii"}:
            return
        try:
            self.decoder = codecs.getincrementaldecoder(str(name))()
        except LookupError:
            raise ParseError(f"unknown encoding {name!r}", hint="convert the file to UTF-8") from None
        self.buffer = self._transcode(self.buffer)

    def records(self) -> Iterator[tuple[str, bytes | None]]:
        """Yield (element name, bytes of the element), or None instead of bytes where it is too long."""
        position = 0
        while True:
            match = _START.search(self.buffer, position)
            if match is None:
                self.closed = self.closed or _CLOSE_SET.search(self.buffer, position) is not None
                self.buffer, position = self.buffer[max(position, len(self.buffer) - _TAG) :], 0  # a tag may be cut here
                if not self._more():
                    break
                continue
            close = b"</" + match[1] + b">"
            end = self.buffer.find(close, match.end())
            start = match.start()
            if end < 0:
                self.buffer, start = self.buffer[start:], 0
                end = self._read_until(close)
            if end < 0 and len(self.buffer) <= MAX_RECORD:
                break
            self.count += 1
            if end < 0:
                yield match[1].decode(), None
                end, start = self._skip_until(close), 0
            else:
                yield match[1].decode(), self.buffer[start : end + len(close)]
            position = end + len(close)
        if not self.closed and not self.problem:
            self.problem = "the file ends before its last record does: it is cut short"

    def _read_until(self, close: bytes) -> int:
        """Read on until the buffer has ``close``; say where, or -1 where the stream ends or the record is too long."""
        searched = 0
        while (end := self.buffer.find(close, searched)) < 0:
            searched = max(0, len(self.buffer) - len(close))
            if len(self.buffer) > MAX_RECORD or not self._more():
                return -1
        return end

    def _skip_until(self, close: bytes) -> int:
        """Read on until ``close`` without keeping what stands before; say where it is, or where the stream ends."""
        while (end := self.buffer.find(close)) < 0:
            self.buffer = self.buffer[-len(close) :]
            if not self._more():
                return len(self.buffer)
        return end


def _read(path: Path, sha256: str) -> Iterator[Parsed]:
    with open_binary(path) as stream:
        yield from read_pubmed(stream, sha256)


# Whatever begins as XML and is nothing else: it says what is wrong.
READER = FileReader("pubmed", "PubMed XML", lambda head: head.startswith(b"<"), _read, rank=90, bulk=True)
