"""The words of an element of JATS or NLM XML with its inline mark-up: formulae, powers, entities, and where the literature is cited."""

from __future__ import annotations

import re
from html.entities import html5
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml import etree

# Stands in words where a reference to the literature was; a character of no text (the last of the private use area).
CITATION = "\uf8ff"
_SPACE = re.compile(r"\s+")
# What stands in a paragraph but is not of its words.
_LEFT_OUT = {
    "table-wrap",
    "fig",
    "disp-quote-source",
    "object-id",
    "alt-text",
    "long-desc",
    "graphic",
    "media",
    "supplementary-material",
    "fn",
}
_BLOCKS = {
    "p",
    "disp-formula",
    "disp-formula-group",
    "list",
    "disp-quote",
    "def-list",
    "boxed-text",
    "verse-group",
    "statement",
    "code",
    "preformat",
}
_TEX = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
_CITES = {"bibr", "ref", "bib"}


def name_of(element: etree._Element) -> str:
    """Return an element's name without its namespace; '' for what is no element."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def clean(words: str) -> str:
    """Return words with single spaces, without marks of citations."""
    return _SPACE.sub(" ", words.replace(CITATION, "")).strip()


def words_of(element: etree._Element, *, stop: set[str] | None = None, notes: bool = True, cites: bool = False) -> str:
    """Return the words of an element with its inline mark-up; powers keep a ``^``, citations set as superscripts go.

    Parameters
    ----------
    element : lxml element
    stop : set of str
        Elements to leave out, besides floats and footnotes.
    notes : bool
        Whether marks that refer to footnotes stay.
    cites : bool
        Whether ``CITATION`` stands where the literature is cited.
    """
    parts: list[str] = []
    _words(element, parts, _LEFT_OUT | (stop or set()), notes=notes)
    words = "".join(parts)
    return words if cites else words.replace(CITATION, "")


def _words(element: etree._Element, parts: list[str], without: set[str], *, notes: bool) -> None:
    if element.text:
        parts.append(element.text)
    for child in element:
        name = name_of(child)
        if not name:
            parts.append(_entity(child))
        elif name not in without:
            _inline(child, name, parts, without, notes=notes)
        if child.tail:
            parts.append(child.tail)


def _entity(node: Any) -> str:
    """Return the character of an entity that the file's DTD would have defined; nothing declared in the file is expanded."""
    name = getattr(node, "name", None)
    return html5.get(f"{name};", "") if isinstance(name, str) else ""


def _inline(child: etree._Element, name: str, parts: list[str], without: set[str], *, notes: bool) -> None:
    if name == "sup":
        _superscript(child, parts, without, notes=notes)
        if any(is_citation(x) for x in child.iter("xref")):
            parts.append(CITATION)
    elif name == "xref" and is_citation(child):
        if not _raised_citation(child):
            _words(child, parts, without, notes=notes)
        parts.append(CITATION)
    elif name == "xref" and (_raised_citation(child) or (not notes and child.get("ref-type") in {"fn", "table-fn", "other", None})):
        return
    elif name in {"inline-formula", "disp-formula", "alternatives"}:
        parts.append(_formula(child))
    elif name == "tex-math":
        parts.append(_tex(child))
    elif name == "break":
        parts.append(" ")
    elif name in _BLOCKS or name in {"title", "label", "list-item", "def", "term"}:
        parts.append(" ")
        _words(child, parts, without, notes=notes)
        parts.append(" ")
    else:
        _words(child, parts, without, notes=notes)


def is_citation(xref: etree._Element) -> bool:
    """Whether a cross-reference leads to the list of references."""
    return xref.get("ref-type") in _CITES


def _raised_citation(child: etree._Element) -> bool:
    """Whether a reference is printed as raised numbers: behind a word or a number they would read as part of it."""
    inner = [c for c in child if name_of(c)]
    return (
        len(inner) == 1
        and name_of(inner[0]) == "sup"
        and not (child.text or "").strip()
        and re.fullmatch(r"[\d\s,;–-]+", "".join(map(str, child.itertext()))) is not None
    )


def _superscript(child: etree._Element, parts: list[str], without: set[str], *, notes: bool) -> None:
    inner: list[str] = []
    _words(child, inner, without, notes=notes)
    words = "".join(inner).replace(CITATION, "").strip()
    before = "".join(parts[-2:])[-1:]
    if any(True for _ in child.iter("xref")):
        if not notes or re.fullmatch(r"[\d\s,;–-]+", words):
            return
        parts.append(words)
    elif before.isdigit() and re.fullmatch(r"[-–−+]?\d{1,3}", words):
        parts.append("^" + words)
    else:
        parts.append(words)


def _formula(element: etree._Element) -> str:
    math = next(element.iter("{http://www.w3.org/1998/Math/MathML}math"), None)
    if math is not None:
        return _math(math)
    tex = next(element.iter("tex-math"), None)
    if tex is not None:
        return _tex(tex)
    return "".join(words_of(c) for c in list(element)[:1]) if name_of(element) == "alternatives" else words_of(element)


def _tex(element: etree._Element) -> str:
    words = "".join(map(str, element.itertext()))
    body = _TEX.search(words)
    return (body[1] if body else words).strip().strip("$").strip()


def _math(element: etree._Element) -> str:
    name = name_of(element)
    if name in {"annotation", "annotation-xml"}:
        return ""
    inner = [_math(c) for c in element if isinstance(c.tag, str)]
    text = (element.text or "").strip()
    if name == "mfrac" and len(inner) == 2:
        return f"{inner[0]}/{inner[1]}"
    if name == "msup" and len(inner) == 2:
        return f"{inner[0]}^{inner[1]}"
    if name == "mo" and text in "=<>≤≥±×+−":
        return f" {text} "
    return text + "".join(inner)
