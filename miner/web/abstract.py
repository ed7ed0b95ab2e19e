"""The abstract with what was read in it: numbers and labels marked where they stand, each linked with its row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from miner.text.normalise import Normalised, readable

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: what covers it decides how it looks and where it leads.

    ``number`` is the extraction whose row it leads to, ``kind`` that of the extraction (size, perf or label), ``ids`` the anchors that begin here, and
    ``says`` what was read, in words. ``supports`` are the anchors of the sentences around it that claims of the summary lean on.
    """

    text: str
    kind: str = ""
    number: str = ""
    ids: tuple[str, ...] = ()
    says: str = ""
    supports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A section of an abstract: its label, where it has one, and its pieces."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """What was found at a place of a raw text."""

    start: int
    end: int
    anchor: str
    kind: str = ""
    says: str = ""


def spans_of(extractions: Sequence[dict[str, Any]], listed: set[str], text: str) -> list[Span]:
    """Return the places of numbers that are listed and of labels in the abstract's document; those whose text has changed since are left out."""
    found = []
    for x in extractions:
        if x["document"] != "abstract" or text[x["start"] : x["end"]] != x["quote"]:
            continue
        if x["kind"] in {"sample_size", "performance"}:
            if x["extraction_id"] in listed:
                found.append(Span(x["start"], x["end"], x["extraction_id"], "size" if x["kind"] == "sample_size" else "perf"))
        else:
            value = x["value_text"] or (f"{x['value']:g}" if x["value"] is not None else x["quote"])
            found.append(Span(x["start"], x["end"], "", "label", f"{x['kind']}: {value}"))
    return found


def summary_spans(claims: Sequence[dict[str, Any]]) -> list[Span]:
    """Return the places of the sentences that claims of a summary lean on, numbered in the order of the text."""
    places = sorted({place for c in claims for place in zip(c["starts"], c["ends"], strict=True)})
    return [Span(start, end, f"g-{i}", "supports") for i, (start, end) in enumerate(places, 1)]


def paragraphs(title: str, abstract: str, labels: Sequence[str], spans: Sequence[Span]) -> tuple[tuple[Piece, ...], list[Paragraph]]:
    """Return the title's pieces and the abstract's paragraphs.

    Parameters
    ----------
    title, abstract : str
        As the record has them: the spans count in the title, a line break, and the abstract.
    labels : sequence of str
        The labels of its sections, which begin their lines.
    spans : sequence of Span
    """
    raw = f"{title}\n{abstract}"
    shown = readable(raw)
    placed = sorted((_in_normal(shown, s) for s in spans), key=lambda s: (s.start, -s.end, s.anchor))
    ends = _lines(shown.text)
    head, *rest = [(a, b) for a, b in ends] or [(0, 0)]
    body, text = [], shown.text
    for start, end in rest:
        label = next((name for name in labels if name and text.startswith(f"{name}:", start, end)), "")
        begin = start + len(label) + 1 if label else start
        body.append(Paragraph(label, _pieces(text, begin + (text[begin : begin + 1] == " "), end, placed)))
    return _pieces(text, *head, placed), body


def marked(sentence: str, spans: Sequence[Span]) -> tuple[Piece, ...]:
    """Return a sentence in pieces, by what was found in it."""
    shown = readable(sentence)
    return _pieces(shown.text, 0, len(shown.text), [_in_normal(shown, s) for s in spans])


def _lines(text: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = 0
    for line in text.split("\n"):
        if line.strip() or not found:
            found.append((at, at + len(line)))
        at += len(line) + 1
    return found


def _in_normal(text: Normalised, span: Span) -> Span:
    """Return a span of the raw text in the normal one."""
    return replace(span, start=text.normal_offset(span.start), end=text.normal_offset(span.end))


def _pieces(text: str, start: int, end: int, spans: Sequence[Span]) -> tuple[Piece, ...]:
    inside = [s for s in spans if s.start < end and s.end > start]
    cuts = sorted({start, end, *(min(max(at, start), end) for s in inside for at in (s.start, s.end))})
    return tuple(_piece(text, a, b, inside) for a, b in pairwise(cuts)) if start < end else ()


def _piece(text: str, start: int, end: int, spans: Sequence[Span]) -> Piece:
    over = [s for s in spans if s.start <= start and s.end >= end]
    numbers = [s for s in over if s.kind in {"size", "perf"}]
    ids = tuple(s.anchor for s in spans if s.anchor and s.start == start)
    says = "; ".join(dict.fromkeys(s.says for s in over if s.says))
    supports = tuple(s.anchor for s in over if s.kind == "supports")
    if numbers:
        return Piece(text[start:end], numbers[0].kind, numbers[0].anchor, ids, says, supports)
    marked = next((s.kind for s in over if s.kind and s.kind != "supports"), "")
    return Piece(text[start:end], marked, "", ids, says, supports)
