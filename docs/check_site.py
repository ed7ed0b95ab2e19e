"""Check the built site: every link and anchor leads somewhere, and nothing is loaded from a network.

python docs/check_site.py build/site
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import html

_LOADED = "//script/@src | //img/@src | //iframe/@src | //link[@rel='stylesheet' or @rel='preload' or @rel='icon']/@href"


@cache
def _page(path: Path) -> html.HtmlElement:
    return html.fromstring(path.read_bytes())


@cache
def _anchors(path: Path) -> frozenset[str]:
    return frozenset(_page(path).xpath("//@id | //a/@name"))


def faults(site: Path) -> Iterator[str]:
    """Yield what is wrong, a line each."""
    for page in sorted(p for p in site.rglob("*.html") if "_static" not in p.parts):
        name = page.relative_to(site)
        for target in _page(page).xpath(_LOADED):
            if urlsplit(target).netloc:
                yield f"{name} loads {target}"
        for target in {*_page(page).xpath("//a/@href"), *_page(page).xpath(_LOADED)}:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not path.is_file():
                yield f"{name} points to {target}, which is not there"
            elif parts.fragment and path.suffix == ".html" and unquote(parts.fragment) not in _anchors(path):
                yield f"{name} points to {target}, which has no such place"


if __name__ == "__main__":
    found = list(faults(Path(sys.argv[1]).resolve()))
    print("\n".join(found) or "every link leads somewhere; nothing is loaded from a network")
    sys.exit(bool(found))
