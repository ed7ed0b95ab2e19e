"""PDFs: running text in reading order by pypdfium2, with the page and box of every line; tables where asked for."""

from __future__ import annotations

import ctypes
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from miner.errors import FullTextError
from miner.fulltext.interleaved import Wide, part_columns
from miner.fulltext.layout import Printed, assemble, clean, drop_marginal, join_fragments, order_columns, paragraphs
from miner.fulltext.model import FullText, Line, Table
from miner.fulltext.sections import sections_of_blocks
from miner.say import counted, out_of

_PIECE = re.compile("[^\r\n\ufffe]+\ufffe?")
_POWER = re.compile(r"(?<=[x×·* ])10(\d{1,2})(?![\d.,])")
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+")
_FILE = re.compile(r"\.(?:dvi|docx?|tex|pdf|indd|qxd|ps|rtf|fm)\b|^Microsoft Word|^untitled", re.IGNORECASE)
_FAILED = {
    "password": "encrypted: it needs a password",
    "format": "damaged, or not a PDF inside",
    "security": "encrypted in a way that is not known",
    "file": "cannot be opened",
    "page": "its page tree is damaged",
    "success": "it has no pages, or none that can be read",
}


def read_pdf(path: Path, *, pages: int = 1_000, tables: bool = True) -> FullText:
    """Read a PDF in this process.

    Parameters
    ----------
    path : pathlib.Path
    pages : int
        The most pages it may have.
    tables : bool
        Whether tables are read too.

    Raises
    ------
    FullTextError
        If it has no text that can be read; ``what`` says why.
    """
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(str(path))
    except pdfium.PdfiumError as error:
        raise FullTextError(_reason(str(error)), where=str(path)) from error
    try:
        number = len(document)
        if number == 0:
            raise FullTextError("it has no pages", where=str(path))
        if number > pages:
            raise FullTextError(f"{counted(number, 'page')}; at most {pages:,} are read", where=str(path))
        return _read(document, path, tables=tables)
    finally:
        document.close()


def _reason(message: str) -> str:
    for word, reason in _FAILED.items():
        if word in message.lower():
            return reason
    return f"cannot be read: {message[:200]}"


def _read(document: Any, path: Path, *, tables: bool) -> FullText:
    printed: list[list[Printed]] = []
    sizes: list[tuple[float, float]] = []
    silent: list[int] = []
    broken: list[int] = []
    pictures = 0
    for index in range(len(document)):
        lines, size, bad, picture = _page(document, index)
        printed.append(lines)
        sizes.append(size)
        if bad:
            broken.append(index + 1)
        elif not lines:
            silent.append(index + 1)
            pictures += picture
    if not any(printed):
        raise FullTextError(_why_silent(len(document), broken, pictures), where=str(path))
    ordered = [order_columns(lines, size[0]) for lines, size in zip(drop_marginal(printed, sizes), sizes, strict=True)]
    found = paragraphs(ordered)
    if not found:  # nothing but page numbers: better those than nothing
        found = paragraphs(printed)
    text, spans, blocks = assemble(found)
    if not text.strip():
        raise FullTextError(_why_silent(len(document), broken, pictures), where=str(path))
    notes = _notes(silent, broken, pictures)
    if text.count("\ufffd") > 0.05 * len(text):
        notes.append("much of the text has no character map")
    read = FullText(
        kind="pdf",
        text=text,
        sections=sections_of_blocks(text, blocks, _heights(blocks, spans)),
        lines=tuple(Line(a, b, n.page, (_r(n.x0), _r(n.y0), _r(n.x1), _r(n.y1))) for a, b, n in spans),
        pages=len(document),
        meta=_meta(document),
    )
    if tables:
        from miner.fulltext.tables import tables_of_pdf

        tables_ = tables_of_pdf(path, printed, notes, lambda n: _drawn(document, n - 1))
        kept = tuple(t for t in tables_ if not _among_references(t, read))
        read = replace(read, text=_in_rows(replace(read, tables=kept))).with_tables(kept)
    return replace(read, notes=tuple(notes))


def _heights(blocks: list[tuple[int, int]], spans: list[tuple[int, int, Printed]]) -> list[float]:
    """Return the size of type of each paragraph: that of its first line."""
    at = {start: printed.height for start, _, printed in spans}
    return [at.get(start, 0.0) for start, _ in blocks]


def _in_rows(read: FullText) -> str:
    """Return the text with the lines that print a table on lines of their own, so that they make no sentence with the caption."""
    text = list(read.text)
    for start, end in read.printed_tables():
        for at in (start - 1, end):
            if 0 <= at < len(text) and text[at] == " ":
                text[at] = "\n"
    return "".join(text)


def _among_references(table: Table, read: FullText) -> bool:
    """Whether what looks like a table stands among the references: lists of names and years align by chance."""
    if table.box is None or table.label:
        return False
    x0, y0, x1, y1 = table.box
    inside = [n for n in read.lines if n.page == table.page and n.box[0] < x1 and x0 < n.box[2] and y0 < (n.box[1] + n.box[3]) / 2 < y1]
    cited = sum((section := read.section_at(n.start)) is not None and section.kind == "references" for n in inside)
    return cited > 0.5 * len(inside)


def _meta(document: Any) -> dict[str, str]:
    """Return the title and DOI of the document's own information, where they look like any."""
    try:
        metadata = document.get_metadata_dict(skip_empty=True)
    except Exception:  # noqa: BLE001 -- a damaged dictionary must not lose the text
        return {}
    title = " ".join(clean(str(metadata.get("Title", ""))).split())
    doi = _DOI.search(f"{metadata.get('Subject', '')} {metadata.get('Keywords', '')} {title}")
    found = {
        "title": title[:500] if len(title.split()) >= 3 and not _FILE.search(title) else "",
        "doi": doi[0].rstrip(".,;)") if doi else "",
    }
    return {k: v for k, v in found.items() if v}


def _drawn(document: Any, index: int) -> bool:
    """Whether a page has several drawn paths: rules or boxes, as tables have."""
    from pypdfium2 import raw

    page = document[index]
    try:
        number = min(5_000, raw.FPDFPage_CountObjects(page))
        paths = sum(raw.FPDFPageObj_GetType(raw.FPDFPage_GetObject(page, i)) == raw.FPDF_PAGEOBJ_PATH for i in range(number))
    finally:
        page.close()
    return bool(paths >= 4)


def _r(number: float) -> float:
    return round(number, 1)


def _why_silent(pages: int, broken: list[int], pictures: int) -> str:
    if pictures:
        return f"no text layer: scanned, {out_of(pictures, pages, 'page', 'are')} pictures; read it with OCR first"
    if broken:
        return f"no text: {out_of(len(broken), pages, 'page', 'are')} damaged"
    return f"no text on its {pages} page{'s' if pages > 1 else ''}"


def _notes(silent: list[int], broken: list[int], pictures: int) -> list[str]:
    notes = []
    if silent:
        scanned = f", {pictures} of them pictures (scanned?)" if pictures else ""
        notes.append(f"no text on {counted(len(silent), 'page')}{scanned}: {_some(silent)}")
    if broken:
        notes.append(f"{len(broken)} damaged pages: {_some(broken)}")
    return notes


def _some(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:8])) + (" …" if len(numbers) > 8 else "")


def _page(document: Any, index: int) -> tuple[list[Printed], tuple[float, float], bool, bool]:
    """Read one page: its lines, its size, whether it is damaged, whether it holds a picture (asked only where there is no text)."""
    import pypdfium2 as pdfium

    try:
        page = document[index]
    except pdfium.PdfiumError:
        return [], (0.0, 0.0), True, False
    try:
        size = page.get_size()
        try:
            textpage = page.get_textpage()
        except pdfium.PdfiumError:
            return [], size, True, False
        try:
            lines = _lines(textpage, index + 1, size[0])
        finally:
            textpage.close()
        picture = not lines and any(True for _ in page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE], max_depth=4))
        return lines, size, False, picture
    finally:
        page.close()


def _lines(textpage: Any, number: int, width: float) -> list[Printed]:
    from pypdfium2 import raw

    count = raw.FPDFText_CountChars(textpage)
    if count <= 0:
        return []
    buffer = ctypes.create_string_buffer(4 * (count + 1))
    written = raw.FPDFText_GetText(textpage, 0, count, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)))
    text = buffer.raw[: 2 * max(0, written - 1)].decode("utf-16-le", errors="replace")
    first, last = raw.FS_RECTF(), raw.FS_RECTF()
    locate, box = raw.FPDFText_GetCharIndexFromTextIndex, raw.FPDFText_GetLooseCharBox
    lines: list[Printed] = []
    wide: list[Wide] = []
    for piece in _PIECE.finditer(text):
        words = piece[0]
        stripped = words.rstrip(" \t\ufffe\u00a0")
        begin = piece.start() + len(words) - len(words.lstrip())
        end = piece.start() + len(stripped) - 1
        if end < begin:
            continue
        start = locate(textpage, begin)
        if not box(textpage, start, first) or not box(textpage, start + end - begin, last):
            continue
        if max(last.right, first.right) - min(first.left, last.left) > 0.55 * width:
            wide.append(Wide(len(lines), start, words.strip(" \t\u00a0")))
        cut = words[-1] == "\ufffe"
        plain = clean(words.rstrip("\ufffe"))
        if "10" in plain:
            plain = _powers(textpage, plain, start, stripped, words)
        lines.append(
            Printed(
                plain,
                number,
                min(first.left, last.left),
                min(first.bottom, last.bottom),
                max(last.right, first.right),
                max(first.top, last.top),
                cut=cut,
            )
        )
    return join_fragments(part_columns(textpage, lines, wide, width))


def _powers(textpage: Any, plain: str, start: int, stripped: str, words: str) -> str:
    """Write ``10³`` as ``10^3``: a raised exponent that reads as ``103`` would be another number."""
    from pypdfium2 import raw

    match = _POWER.search(plain)
    if match is None or plain != words or not stripped:
        return plain
    lead = len(words) - len(words.lstrip())
    base = raw.FPDFText_GetFontSize(textpage, start + match.start() - lead)
    low, high = raw.FS_RECTF(), raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(textpage, start + match.start() - lead, low)
    raw.FPDFText_GetLooseCharBox(textpage, start + match.start(1) - lead, high)
    exponent = raw.FPDFText_GetFontSize(textpage, start + match.start(1) - lead)
    if exponent < 0.9 * base or high.bottom > low.bottom + 0.15 * (low.top - low.bottom):
        return plain[: match.start(1)] + "^" + plain[match.start(1) :]
    return plain
