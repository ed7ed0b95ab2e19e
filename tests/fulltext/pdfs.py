"""Small PDFs written by hand, so that tests say what is on a page, and can be as broken as they want."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

Item = tuple[float, float, float, str]  # left, baseline, size of type, words


@dataclass(frozen=True)
class Page:
    """What is printed on one page: words, rules (x0, y0, x1, y1) and whether it is a picture (a scan)."""

    items: Sequence[Item] = ()
    rules: Sequence[tuple[float, float, float, float]] = ()
    picture: bool = False
    content: bytes | None = None
    filters: str = ""


def _escaped(words: str) -> bytes:
    return words.encode("latin-1").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _content(page: Page) -> bytes:
    parts = [b"BT /F1 %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET" % (size, x, y, _escaped(words)) for x, y, size, words in page.items]
    parts += [b"%g %g m %g %g l S" % rule for rule in page.rules]
    if page.picture:
        parts.append(b"q 612 0 0 792 0 0 cm /I1 Do Q")
    return b"\n".join(parts)


def make_pdf(pages: Sequence[Page], *, catalog: str = "", trailer: str = "", info: str = "", extra: Sequence[bytes] = ()) -> bytes:
    """Return a PDF; ``catalog`` and ``trailer`` add entries there; ``extra`` objects get the numbers from 6 on."""
    first = 6 + len(extra)
    kids = " ".join(f"{first + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog.encode(),
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids.encode(), len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\nstream\n\x80\nendstream",
        b"<< %s >>" % info.encode(),
        *extra,
    ]
    for number, page in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> /XObject << /I1 4 0 R /X1 6 0 R >> >> >>"
            % (first + 2 * number + 1)
        )
        content = _content(page) if page.content is None else page.content
        objects.append(b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), page.filters.encode(), content))
    return written(objects, trailer)


def written(objects: Sequence[bytes], trailer: str = "") -> bytes:
    """Number the objects from 1, with the table of where each begins."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R /Info 5 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer.encode(), table)
    return bytes(out)


def lines(words: Sequence[str], *, x: float = 72, top: float = 720, size: float = 10, step: float = 12) -> list[Item]:
    """Return lines of type one below the other."""
    return [(x, top - i * step, size, w) for i, w in enumerate(words)]


def bomb(megabytes: int) -> Page:
    """Return a page whose content is small, and unpacks to so many megabytes of spaces."""
    packer = zlib.compressobj(9)
    block = b" " * (1 << 20)
    once = b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()
    return Page(content=zlib.compress(once, 9), filters="/Filter [/FlateDecode /FlateDecode]")


SENTENCES = [
    "We scanned 120 patients and 80 controls of a made-up clinic.",
    "The classifier reached an accuracy of 87.5% on the test set of 60",
    "participants, which is what we hoped for.",
]


def paper(*, doi: str = "10.9999/made.up.1", title: str = "An invented study of classifiers for a made-up disease") -> bytes:
    """Return a paper of two pages, with headings in larger type, a table with rules above and below, and a running header."""
    first = [
        (150.0, 760.0, 8.0, "Journal of Made-up Results 12, 2021"),
        (72.0, 730.0, 18.0, title),
        (72.0, 705.0, 10.0, "A. Author and B. Author"),
        (72.0, 690.0, 10.0, f"doi: {doi}"),
        (72.0, 660.0, 13.0, "Abstract"),
        *lines(["We tell diseased from healthy brains with a machine. It works well enough."], top=640),
        (72.0, 600.0, 13.0, "1. Introduction"),
        *lines(["Smith et al. [3] scanned 999 patients and reported an accuracy of 71.0%."], top=580),
        (72.0, 540.0, 13.0, "2. Methods"),
        *lines(SENTENCES[:1], top=520),
        (300.0, 40.0, 9.0, "1"),
    ]
    second = [
        (150.0, 760.0, 8.0, "Journal of Made-up Results 12, 2021"),
        (72.0, 730.0, 13.0, "3. Results"),
        *lines(SENTENCES[1:], top=710),
        (72.0, 660.0, 10.0, "Table 1. Accuracy of AD vs CN on the made-up cohort (n = 814)"),
        *[(x, 640.0, 10.0, w) for x, w in ((72.0, "Method"), (220.0, "Accuracy (%)"), (360.0, "AUC"))],
        *[(x, 620.0, 10.0, w) for x, w in ((72.0, "Proposed"), (220.0, "91.2"), (360.0, "0.95"))],
        *[(x, 606.0, 10.0, w) for x, w in ((72.0, "Jones et al."), (220.0, "84.0"), (360.0, "0.88"))],
        *[(x, 592.0, 10.0, w) for x, w in ((72.0, "Baseline"), (220.0, "80.1"), (360.0, "0.83"))],
        (72.0, 540.0, 13.0, "References"),
        *lines(
            ["[1] C. Author. On 555 patients with a made-up disease. 2019.", "[2] D. Author. Accuracy of 99.9% at last. 2020."], top=520
        ),
        (300.0, 40.0, 9.0, "2"),
    ]
    rules = [(72.0, 652.0, 420.0, 652.0), (72.0, 634.0, 420.0, 634.0), (72.0, 586.0, 420.0, 586.0)]
    return make_pdf([Page(first), Page(second, rules)])
