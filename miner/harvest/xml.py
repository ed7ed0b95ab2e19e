"""Parsing small XML answers safely: no entities, no network, bounded depth and size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miner.errors import ParseError

if TYPE_CHECKING:
    from lxml.etree import _Element


def parse_answer(content: bytes, what: str) -> _Element:
    """Return the root of an XML answer.

    Raises
    ------
    ParseError
        If it is not well-formed, or is a page of HTML.
    """
    from lxml import etree

    settings = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
    )
    if not content.strip():
        raise ParseError(f"an empty answer instead of {what}")
    try:
        root = etree.fromstring(content, settings)
    except etree.XMLSyntaxError as error:
        kind = "a page of HTML" if b"<html" in content[:1000].lower() else f"something not well-formed ({error.msg})"
        raise ParseError(f"{kind} instead of {what}") from None
    if str(root.tag).lower().endswith("html"):
        raise ParseError(f"a page of HTML instead of {what}")
    return root
