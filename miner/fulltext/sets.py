"""Files that hold several articles, as PubMed Central answers: taken apart, so that each is a document of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_SET = re.compile(rb"<(?:!DOCTYPE\s+)?pmc-articleset[\s>]")


def is_set(path: Path) -> bool:
    """Tell whether a file is a ``pmc-articleset``, by its beginning."""
    try:
        with path.open("rb") as handle:
            return _SET.search(handle.read(4096).replace(b"\0", b"")) is not None
    except OSError:
        return False


def articles_in(path: Path, folder: Path) -> Iterator[Path]:
    """Write each article of a set into ``folder``, named by the set and its number; a file that is no set is given as it is.

    Where the set is cut or damaged, the articles before that come, and the file itself last, whose reason is recorded.
    """
    if not is_set(path):
        yield path
        return
    from lxml import etree

    number = 0
    try:
        found = etree.iterparse(str(path), tag="{*}article", resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
        for _, element in found:
            if next(element.iterancestors("{*}article"), None) is not None:  # a reply or a translation belongs to its article
                continue
            number += 1
            target = folder / f"{path.stem}-{number:04d}.xml"
            target.write_bytes(etree.tostring(element, encoding="utf-8", with_tail=False))
            yield target
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError:
        yield path
        return
    if not number:
        yield path
