"""Libraries as JSON: CSL-JSON (Zotero, Mendeley, miner's own), Zotero's API, and Better BibTeX's JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from miner.harvest.answers import items, obj, text
from miner.harvest.inline import text_of
from miner.harvest.jsonlines import unread

Fields = dict[str, list[str]]
_MARKUP = re.compile(r"</?(?:i|b|sub|sup|span|p|em|strong)\b", re.I)
_CSL_TEXTS = ("title", "abstract", "DOI", "container-title", "URL", "PMID", "PMCID", "language", "keyword", "note")
_ZOTERO_TEXTS = ("title", "abstractNote", "date", "DOI", "publicationTitle", "url", "PMID", "PMCID", "language", "extra")
_NO_RECORDS = frozenset({"attachment", "note", "annotation"})  # of a Zotero library


def csl_records(words: str) -> Iterator[tuple[str, Fields | str]]:
    r"""Yield each item of a library with the line where it begins: its fields, or what is wrong with it.

    What is whole before a place that cannot be read is read, and what stands behind it where the next item begins a line of its own.

    Examples
    --------
    >>> list(csl_records('[{"title": "A title", "issued": {"date-parts": [[2021, 3]]}, "author": [{"family": "Uno", "given": "Ada"}]}]'))
    [('line 1', {'title': ['A title'], 'date': ['2021/3'], 'author': ['Uno, Ada']})]
    """
    for line, item in _items(words):
        if isinstance(item, str):
            yield f"line {line}", item
            continue
        data = obj(item.get("data")) or item
        if text(data.get("itemType")) in _NO_RECORDS:
            continue
        yield f"line {line}", {k: kept for k, v in (_zotero if "itemType" in data else _csl)(data).items() if (kept := [x for x in v if x])}


def _items(words: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    listed = re.search(r"\[", words) if words.lstrip().startswith("[") else re.search(r'"items"\s*:\s*\[', words)
    if listed is None:
        yield 1, "it has no list of items"
        return
    decoder = json.JSONDecoder()
    at, line, counted, indent = listed.end(), 1, 0, None
    while True:
        at = _skip(words, at)
        if words[at : at + 1] == "]":
            return
        line, counted = line + words.count("\n", counted, at), at
        if at >= len(words):
            yield line, "the file is cut short"
            return
        indent = words[words.rfind("\n", 0, at) + 1 : at] if indent is None else indent
        try:
            value, at = decoder.raw_decode(words, at)
        except (ValueError, RecursionError) as error:
            yield line, f"not JSON: {error}"
            following = re.compile(rf"\n{re.escape(indent)}\{{").search(words, at + 1) if not indent.strip() else None
            if following is None:
                return
            at = following.end() - 1
            continue
        yield line, value if isinstance(value, dict) else "not a JSON object"


def _skip(words: str, at: int) -> int:
    match = re.compile(r"[\s,]*").match(words, at)
    return match.end() if match else at


def _of(item: dict[str, Any], *keys: str) -> list[str]:
    return [t for k in keys if (t := text(item.get(k)))][:1]


def _plain(item: dict[str, Any], key: str) -> list[str]:
    """Return a text without the markup that Zotero keeps in titles; raised and lowered numbers keep their meaning."""
    from lxml import html

    words = _of(item, key)
    return [text_of(html.fragment_fromstring(w, create_parent="div")) if _MARKUP.search(w) else w for w in words]


def _csl(item: dict[str, Any]) -> Fields:
    archive = (text(item.get("archive")) or "").lower() == "arxiv"
    return {
        "title": _plain(item, "title"), "abstract": _plain(item, "abstract"), "date": [_csl_date(item.get("issued"))], "doi": _of(item, "DOI"),
        "venue": _of(item, "container-title", "event-title"), "url": [*_of(item, "URL"), *_of(item, "number")], "pmid": _of(item, "PMID"),
        "pmcid": _of(item, "PMCID"), "arxiv": _of(item, "archive_location") if archive else [], "language": _of(item, "language"),
        "identifier": _of(item, "id"), "note": _of(item, "note"), "keyword": re.split(r"\s*[,;]\s*", text(item.get("keyword")) or ""),
        "author": [_csl_name(a) for a in items(item.get("author"))],
        "unread": [*unread(item, _CSL_TEXTS), *unread(item, ("author",), list), *unread(item, ("issued",), dict)],
    }  # fmt: skip


def _csl_date(issued: Any) -> str:
    parts = obj(issued).get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], list) else []
    return (
        "/".join(str(p) for p in first if isinstance(p, int | str))
        or text(obj(issued).get("raw"))
        or text(obj(issued).get("literal"))
        or ""
    )


def _csl_name(name: dict[str, Any]) -> str:
    family = " ".join(t for k in ("non-dropping-particle", "family") if (t := text(name.get(k))))
    return ", ".join(t for t in (family, text(name.get("given"))) if t) or text(name.get("literal")) or ""


def _zotero(item: dict[str, Any]) -> Fields:
    names = [c for c in items(item.get("creators")) if c.get("creatorType", "author") == "author"]
    return {
        "title": _plain(item, "title"), "abstract": _plain(item, "abstractNote"), "date": _of(item, "date"), "doi": _of(item, "DOI"),
        "venue": _of(item, "publicationTitle", "proceedingsTitle", "bookTitle"), "url": [*_of(item, "url"), *_of(item, "archiveID")],
        "pmid": _of(item, "PMID"), "pmcid": _of(item, "PMCID"), "language": _of(item, "language"), "note": _of(item, "extra"),
        "keyword": [t for k in items(item.get("tags")) if (t := text(k.get("tag")))],
        "author": [", ".join(t for t in (text(c.get("lastName")) or text(c.get("name")), text(c.get("firstName"))) if t) for c in names],
        "unread": [*unread(item, _ZOTERO_TEXTS), *unread(item, ("creators", "tags"), list)],
    }  # fmt: skip
