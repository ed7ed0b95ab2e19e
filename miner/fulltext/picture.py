"""Evidence pictures: a page of a PDF as PNG, with the places marked that a value was read from."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from miner.errors import FullTextError
from miner.fulltext.model import Box

_DOTS_MOST = 12_000_000  # pixels of a picture: a page may be metres wide
_LINE = (255, 214, 0, 70)
_MARK = (220, 30, 30, 255)


def page_picture(path: Path, page: int, boxes: Sequence[Box], lines: Sequence[Box] = (), *, quote: str = "", dpi: float = 150.0) -> bytes:
    """Render a page with boxes marked, in this process; use the sandbox for files of others.

    Parameters
    ----------
    path : pathlib.Path
    page : int
        From 1.
    boxes : sequence of Box
        What is marked with a frame: left, bottom, right, top in points from the page's lower left.
    lines : sequence of Box
        What is shaded behind it.
    quote : str
        The words that the boxes stand around: where the page has them there, their own box takes the place of the estimate.
    dpi : float
        Dots an inch; fewer where the page is so large that the picture would not fit into memory.

    Returns
    -------
    bytes
        A PNG file.

    Raises
    ------
    FullTextError
        If the page cannot be drawn.
    """
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(str(path))
    except pdfium.PdfiumError as error:
        raise FullTextError(f"the PDF cannot be opened: {error}", where=str(path)) from error
    try:
        if not 1 <= page <= len(document):
            raise FullTextError(f"there is no page {page} of {len(document)}", where=str(path))
        try:
            sheet = document[page - 1]
            return _drawn(sheet, [_exact(sheet, b, quote) for b in boxes] if quote else boxes, lines, dpi)
        except pdfium.PdfiumError as error:
            raise FullTextError(f"page {page} cannot be drawn: {error}", where=str(path)) from error
    finally:
        document.close()


def _exact(page: Any, box: Box, quote: str) -> Box:
    """Return the box of the words that stand nearest to a box on its line, or the box itself where they are not there."""
    textpage = page.get_textpage()
    try:
        search = textpage.search(quote)
        best, least = box, 6.0 * max(6.0, box[3] - box[1])
        while (hit := search.get_next()) is not None:
            rects = [textpage.get_rect(i) for i in range(textpage.count_rects(*hit))]
            for rect in rects[:1]:
                level = min(rect[3], box[3]) - max(rect[1], box[1])
                distance = abs(rect[0] + rect[2] - box[0] - box[2]) / 2
                if level > 0 and distance < least:
                    best, least = rect, distance
        search.close()
        return best
    finally:
        textpage.close()


def _drawn(page: Any, boxes: Sequence[Box], lines: Sequence[Box], dpi: float) -> bytes:
    from PIL import Image, ImageDraw

    width, height = page.get_size()
    if width <= 0 or height <= 0:
        raise FullTextError("the page has no size")
    scale = min(dpi / 72.0, (_DOTS_MOST / (width * height)) ** 0.5)
    bitmap = page.render(scale=scale)
    image = bitmap.to_pil().convert("RGB")
    veil = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(veil)
    for box in lines:
        draw.rectangle(_placed(page, bitmap, box, 1), fill=_LINE)
    for box in boxes:
        draw.rectangle(_placed(page, bitmap, box, 3), outline=_MARK, width=max(2, round(scale * 1.2)))
    image.paste(veil, (0, 0), veil)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _placed(page: Any, bitmap: Any, box: Box, margin: int) -> tuple[int, int, int, int]:
    """Return a box in dots of the picture: rotation and crop of the page are the renderer's business."""
    converter = bitmap.get_posconv(page)
    corners = [converter.to_bitmap(x, y) for x, y in ((box[0], box[1]), (box[2], box[3]))]
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    return min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin


def encoded(path: Path, request: dict[str, Any]) -> dict[str, str]:
    """Answer a request of the sandbox for a picture."""
    png = page_picture(path, request["page"], request["boxes"], request["lines"], quote=request["quote"])
    return {"png": base64.b64encode(png).decode("ascii")}
