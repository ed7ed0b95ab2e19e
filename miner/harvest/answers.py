"""Parsing small answers safely: XML without entities, without network, with bounded depth and size; and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def parse_json(content: bytes, what: str) -> dict[str, Any]:
    """Return the object of a JSON answer.

    Raises
    ------
    ParseError
        If it is none, for example a page of HTML.
    """
    import json

    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        kind = (
            "a page of HTML"
            if b"<html" in content[:1000].lower()
            else "something that is no JSON"
            if content.strip()
            else "an empty answer"
        )
        raise ParseError(f"{kind} instead of {what}") from None
    if not isinstance(value, dict):
        raise ParseError(f"a {type(value).__name__} instead of {what}")
    return value


def obj(value: Any) -> dict[str, Any]:
    """Return an object of a JSON answer, or an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list of a JSON answer."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """Return a text or number of a JSON answer as text on one line, None where there is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return " ".join(str(value).split()) or None
