"""Reading one document in this process: what it is is told by its content, never by its name. Use the sandbox for files of others."""

from __future__ import annotations

import re
from pathlib import Path

from miner.errors import FullTextError
from miner.fulltext.model import FullText

# What may stand before the document type or the first element, and then HTML's: JATS has a body, too.
_HTML = re.compile(rb"(?:\s|<\?.*?\?>|<!--.*?-->)*<\s*(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_XML = re.compile(rb"^\s*(?:<\?xml|<!DOCTYPE|<[A-Za-z])")


def sniff(head: bytes) -> str:
    """Say what the first bytes of a file are: ``pdf``, ``xml``, ``html``, ``gzip``, ``zip``, ``empty`` or ``unknown``.

    Examples
    --------
    >>> sniff(b"%PDF-1.7 ..."), sniff(b"<!DOCTYPE html><html>"), sniff(b"")
    ('pdf', 'html', 'empty')
    """
    if not head.strip():
        return "empty"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    text = head.removeprefix(b"\xef\xbb\xbf")
    if text[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        text = text.replace(b"\0", b"")[2:]
    if _HTML.match(text):
        return "html"
    return "xml" if _XML.search(text) else "unknown"


_REFUSED = {
    "empty": "the file is empty",
    "html": "an HTML page, neither PDF nor JATS",
    "gzip": "compressed with gzip: unpack it first",
    "zip": "a zip archive (or an office document), neither PDF nor JATS",
    "unknown": "neither PDF nor JATS",
}


def read_here(path: Path, *, pages: int = 1_000, size: int = 200 << 20, tables: bool = True) -> FullText:
    """Read a PDF or JATS file.

    Parameters
    ----------
    path : pathlib.Path
    pages : int
        The most pages a PDF may have.
    size : int
        The most bytes the file may have.
    tables : bool
        Whether tables of a PDF are read too; running text alone is some fifty times faster.

    Raises
    ------
    FullTextError
        If it cannot be read; ``what`` is the reason to record.
    """
    try:
        length = path.stat().st_size
        if path.is_dir():
            raise FullTextError("a folder, not a file", where=str(path))
        if length > size:
            raise FullTextError(f"larger than {size >> 20} MB", where=str(path))
        with path.open("rb") as handle:
            kind = sniff(handle.read(4096))
    except FileNotFoundError:
        raise FullTextError("the file is not there", where=str(path)) from None
    except OSError as error:
        raise FullTextError(f"cannot be opened: {error.strerror}", where=str(path)) from error
    if kind == "pdf":
        from miner.fulltext.pdf import read_pdf

        return read_pdf(path, pages=pages, tables=tables)
    if kind == "xml":
        from miner.fulltext.jats import read_jats

        return read_jats(path)
    raise FullTextError(_REFUSED[kind], where=str(path), hint="give a PDF, or JATS XML (.xml, .nxml)")
