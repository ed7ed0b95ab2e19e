"""JSON lines, an object a paper: what its keys may hold, and what is told where one holds something else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from miner.harvest.answers import text
from miner.harvest.ris import lines

Fields = dict[str, list[str]]
_TEXTS = {
    "title": ("title",), "date": ("published", "date", "year"), "doi": ("doi",), "venue": ("venue", "journal"), "pmid": ("pmid",), "pmcid": ("pmcid",),
    "arxiv": ("arxiv_id", "arxiv"), "language": ("language",), "identifier": ("paper_id", "id"),
}  # fmt: skip
_LABELS, _WORDS = ("label", "heading", "section", "name"), ("text", "content", "value")
_FORMS = {
    "arxiv": re.compile(r"(?:\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}|[a-z-]{2,16}(?:\.[A-Z]{2})?/\d{7})(?:v\d{1,3})?"),
    "doi": re.compile(r"10\.\d{4,9}/\S+"),
}
_NAMES = (("name",), ("literal",), ("family", "given"), ("last", "first"))
_KINDS = ((bool, "true or false"), (int | float, "a number"), (str, "a text"), (list, "a list"), (dict, "an object"))


def json_lines(words: str) -> Iterator[tuple[str, Fields | str]]:
    r"""Yield each line that holds something: its fields, or what is wrong with it.

    An abstract is a text, or its sections: pairs of label and text, objects with both, or an object of texts by label. What a known key holds that is
    neither its kind nor nothing stands in the field ``unread``, in words.

    Examples
    --------
    >>> list(json_lines('{"title": "A title", "abstract": [["Aims", "To see."], "We saw."], "year": 2021, "authors": 3}'))
    [('line 1', {'title': ['A title'], 'date': ['2021'], 'section': ['Aims\tTo see.', '\tWe saw.'], 'unread': ['authors, which is a number']})]
    """
    for number, line in enumerate(lines(words), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield f"line {number}", f"not JSON: {error}"
            continue
        yield f"line {number}", {k: v for k, v in _fields(value).items() if v} if isinstance(value, dict) else "not a JSON object"


def unread(item: Mapping[str, Any], keys: Iterable[str], kind: type | Any = str | int) -> list[str]:
    """Return in words which of these keys hold something that is not of their kind.

    Examples
    --------
    >>> unread({"title": ["A"], "note": None, "year": 2020}, ("title", "note", "year"))
    ['title, which is a list']
    """
    return [
        f"{k}, which is {_kind(v)}" for k in keys if not _nothing(v := item.get(k)) and (isinstance(v, bool) or not isinstance(v, kind))
    ]


def _fields(value: dict[str, Any]) -> Fields:
    found: Fields = {name: [t for k in keys if (t := _scalar(value.get(k)))][:1] for name, keys in _TEXTS.items()}
    (identifier,) = found.pop("identifier") or [""]
    kind, plain = _identified(identifier)
    known = {kind: [plain]} if kind and not found[kind] else {}
    wrong = [
        f"{k}, which is {_kind(value[k])}"
        for keys in _TEXTS.values()
        for k in keys
        if _scalar(value.get(k)) is None and not _nothing(value.get(k))
    ]
    sections, lost = _abstract(value)
    authors, nameless = _listed(value, "authors", _name, r"\s*;\s*|\s+and\s+")
    keywords, odd = _listed(value, "keywords", _scalar, r"\s*[,;]\s*")
    return {**found, **known, "section": sections, "author": authors, "keyword": keywords, "unread": [*wrong, *lost, *nameless, *odd]}


def _identified(identifier: str) -> tuple[str, str]:
    """Return whose identifier this is, and it; a bare one is arXiv's or a DOI where it has their form, which nothing else has.

    Examples
    --------
    >>> _identified("pmid:12"), _identified("2405.03420"), _identified("math.GT/0309136v2"), _identified("10.5555/a"), _identified("12")
    (('pmid', '12'), ('arxiv', '2405.03420'), ('arxiv', 'math.GT/0309136v2'), ('doi', '10.5555/a'), ('', '12'))
    """
    kind, mark, plain = identifier.partition(":")
    if mark and kind.lower() in {"pmid", "arxiv", "doi"}:
        return kind.lower(), plain.strip()
    return next(((kind, identifier) for kind, form in _FORMS.items() if form.fullmatch(identifier)), ("", identifier))


def _abstract(value: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the sections of the abstract, label and text parted by a tab, and what of it cannot be read."""
    wrong: list[str] = []
    for key in ("abstract", "text"):
        held = value.get(key)
        if _nothing(held):
            continue
        parts = list(held.items()) if isinstance(held, dict) and _section(held) is None else held if isinstance(held, list) else [held]
        read = [_section(list(p) if isinstance(p, tuple) else p) for p in parts if not _nothing(p)]
        found = [s for s in read if s]
        if len(found) < len(read):
            some = f"{len(read) - len(found):,} of the {len(read):,} parts of " if found else ""
            wrong.append(f"{some}{key}, which is {_kind(held)}" if not some else f"{some}{key}")
        if found:
            return found, wrong
    return [], wrong


def _section(part: Any) -> str | None:
    """Return a section, or None where this is none."""
    label: str | None
    if isinstance(part, dict):
        label = next((t for k in _LABELS if (t := _scalar(part.get(k)))), "")
        words = next((t for k in _WORDS if (t := _scalar(part.get(k)))), None)
    elif isinstance(part, list) and 1 <= len(part) <= 2:
        label, words = _scalar(part[0]) if len(part) > 1 else "", _scalar(part[-1])
    else:
        label, words = "", _scalar(part)
    return None if words is None else f"{label or ''}\t{words}"


def _listed(value: dict[str, Any], key: str, read: Any, between: str) -> tuple[list[str], list[str]]:
    """Return what a list holds, or a text with parts, and how much of it cannot be read."""
    held = value.get(key)
    if _nothing(held):
        return [], []
    if isinstance(held, str):
        return [p for p in re.split(between, held.strip()) if p], []
    if not isinstance(held, list):
        return [], [f"{key}, which is {_kind(held)}"]
    parts = [p for p in held if not _nothing(p)]
    found = [t for p in parts if (t := read(p))]
    return found, [f"{len(parts) - len(found):,} of the {len(parts):,} {key}"] if len(found) < len(parts) else []


def _name(value: Any) -> str | None:
    if not isinstance(value, dict):
        return _scalar(value)
    return next((", ".join(found) for keys in _NAMES if (found := [t for k in keys if (t := _scalar(value.get(k)))])), None)


def _scalar(value: Any) -> str | None:
    """Return a text or a whole number as text; tables written as JSON have 2020.0 for 2020."""
    return text(int(value) if isinstance(value, float) and value.is_integer() else value)


def _nothing(value: Any) -> bool:
    return value is None or value in ("", [], {}) or value != value or (isinstance(value, str) and not value.strip())  # noqa: PLR0124 -- NaN


def _kind(value: Any) -> str:
    return next(words for kind, words in _KINDS if isinstance(value, kind))
