"""JATS and NLM XML: sections, paragraphs, tables with spans, captions and formulae; hardened against what a file may try."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import FullTextError
from miner.fulltext.jats_tables import label_and_caption, notes_of, table_cells
from miner.fulltext.jats_words import CITATION, clean, name_of, words_of
from miner.fulltext.model import FullText, Section, Table
from miner.text.outline import Heading, kind_of, outline

if TYPE_CHECKING:
    from lxml import etree

_SPACE = re.compile(r"\s+")
_TYPES = {
    "intro": "introduction", "background": "introduction", "methods": "methods", "materials": "methods", "subjects": "methods",
    "results": "results", "discussion": "discussion", "conclusions": "discussion", "conclusion": "discussion",
    "supplementary-material": "back", "supplementary": "back", "cases": "results",
}  # fmt: skip
# Where tables and figures stand that are not in the text: JATS has floats-group, NLM 2.x floats-wrap.
_FLOATS = ("floats-group", "floats-wrap")


def read_jats(path: Path) -> FullText:
    """Read an article in JATS or NLM XML.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    FullTextError
        If it is not well-formed, or not an article.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.parse(str(path), parser).getroot()
    except (etree.XMLSyntaxError, OSError) as error:
        raise FullTextError(f"not well-formed XML: {str(error)[:200]}", where=str(path)) from error
    for element in root.iter(etree.Element):
        tag = element.tag
        if isinstance(tag, str) and tag[0] == "{" and not tag.startswith("{http://www.w3.org/1998/Math"):
            element.tag = etree.QName(tag).localname
    article = root if name_of(root) in {"article", "book-part"} else next(root.iter("article"), None)
    if article is None:
        raise FullTextError(f"XML, but not JATS: its root is <{name_of(root)[:60]}>", where=str(path))
    builder = _Builder()
    _article(article, builder)
    if not builder.text.strip():
        raise FullTextError("no text in the article", where=str(path))
    return builder.document(_license(article), _meta(article))


@dataclass(frozen=True, slots=True)
class _Wrap:
    """A table met on the way: the element, where in the text it was met, and whether it floats and belongs where the text refers to it."""

    element: Any
    at: int
    floats: bool


@dataclass(slots=True)
class _Builder:
    """The text as it grows, with the headings, tables and citations met on the way; ``referred`` says where the text first refers to a table."""

    parts: list[str] = field(default_factory=list)
    at: int = 0
    found: list[Heading] = field(default_factory=list)
    wraps: list[_Wrap] = field(default_factory=list)
    cited: list[int] = field(default_factory=list)
    referred: dict[str, int] = field(default_factory=dict)
    floating: bool = False

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def add(self, words: str) -> tuple[int, int] | None:
        """Write one paragraph; return its span."""
        pieces = _SPACE.sub(" ", words).strip().split(CITATION)
        words = pieces[0]
        for piece in pieces[1:]:
            self.cited.append(self.at + len(words.rstrip()))
            words += piece.removeprefix(" ") if words.endswith(" ") else piece
        words = words.rstrip()
        if not words:
            return None
        start = self.at
        self.parts += (words, "\n")
        self.at += len(words) + 1
        return start, start + len(words)

    def heading(self, title: str, level: int, kind: str) -> None:
        """Write a heading; one without words still begins a section."""
        span = self.add(title) or (self.at, self.at)
        self.found.append(Heading(span[0], span[1], level, kind, _SPACE.sub(" ", title).strip()))

    def document(self, license_: str | None, meta: dict[str, str]) -> FullText:
        """Finish the document: its tables go behind all else, so that each cell has its offsets."""
        sections = tuple(Section(s.kind, s.title, s.start, s.end) for s in outline(self.text, self.found))
        read = FullText("jats", self.text, sections, license=license_, meta=meta, cited=tuple(self.cited))
        tables = []
        for wrap in self.wraps:
            label, caption = label_and_caption(wrap.element)
            at = self.referred.get(wrap.element.get("id") or "") if wrap.floats else wrap.at
            section = read.section_at(at) if at is not None else None
            foot = notes_of(wrap.element)
            tables += [
                Table(label, caption, tuple(cells), section=section.kind if section else "", foot=foot)
                for table in wrap.element.iter("table")
                if (cells := table_cells(table))
            ]
        return read.with_tables(tables)


def _article(article: etree._Element, builder: _Builder) -> None:
    meta = article.find("front/article-meta")
    if meta is not None:
        title = meta.find("title-group/article-title")
        if title is not None:
            builder.add(words_of(title))
        for abstract in meta.findall("abstract"):
            builder.heading(_title(abstract) or "Abstract", 1, "abstract")
            _section(abstract, builder, 1)
    body = article.find("body")
    if body is not None:
        if not any(True for _ in body.iterchildren("sec")) or name_of(body[0]) != "sec":
            builder.heading("", 1, "other")
        _section(body, builder, 0)
    back = article.find("back")
    if back is not None:
        _back(back, builder)
    for floats in article.iter(*_FLOATS):
        if any(True for _ in floats.iterancestors("sub-article", "response")):
            continue
        builder.heading("", 1, "other")
        builder.floating = True
        _children(floats, builder, 1)


def _back(back: etree._Element, builder: _Builder) -> None:
    for child in back:
        name = name_of(child)
        if name == "ref-list":
            builder.heading(_title(child) or "References", 1, "references")
            for reference in child.iter("ref"):
                builder.add(words_of(reference))
        elif name in {"ack", "app-group", "app", "sec", "notes", "fn-group", "glossary", "bio"}:
            builder.heading(_title(child), 1, "back")
            _section(child, builder, 1)


def _title(element: etree._Element) -> str:
    title = element.find("title")
    return words_of(title) if title is not None else ""


def _section(element: etree._Element, builder: _Builder, level: int) -> None:
    for child in element:
        name = name_of(child)
        if name in {"sec", "app"}:
            title = _title(child)
            label = child.findtext("label") or ""
            types = [t for t in re.split(r"[|\s]+", (child.get("sec-type") or "").lower()) if t in _TYPES]
            builder.heading(f"{label} {title}", level + 1, kind_of(title) or (_TYPES[types[0]] if types else ""))
            _section(child, builder, level + 1)
        elif name not in {"title", "label", "sec-meta"}:
            _block(child, builder, level)


def _children(element: etree._Element, builder: _Builder, level: int) -> None:
    for child in element:
        _block(child, builder, level)


def _block(element: etree._Element, builder: _Builder, level: int) -> None:
    """Write one block; floats inside a paragraph come after it."""
    name = name_of(element)
    if name == "table-wrap":
        builder.wraps.append(_Wrap(element, builder.at, builder.floating))
        builder.add(" ".join(label_and_caption(element)))
    elif name == "fig":
        builder.add(" ".join(label_and_caption(element)))
    elif name in {
        "table-wrap-group",
        "fig-group",
        "disp-quote",
        "boxed-text",
        "statement",
        "fn-group",
        "fn",
        "list",
        "list-item",
        "ref-list",
        "notes",
        "sec",
    }:
        _children(element, builder, level)
    elif name in {"p", "title"}:
        _paragraph(element, builder, level)
    elif name and name not in _FLOATS:
        builder.add(words_of(element, cites=True))


def _paragraph(element: etree._Element, builder: _Builder, level: int) -> None:
    """Write a paragraph; a list in it begins new lines, its displayed formulae stay in the sentence."""
    for xref in element.iter("xref"):
        if xref.get("ref-type") == "table":
            for target in (xref.get("rid") or "").split():
                builder.referred.setdefault(target, builder.at)
    builder.add(words_of(element, stop={"list", "boxed-text"}, cites=True))
    for inner in element.iter("list", "boxed-text", "table-wrap", "fig"):
        outer = inner.getparent()
        while outer is not None and outer is not element and name_of(outer) not in {"list", "boxed-text", "table-wrap", "fig"}:
            outer = outer.getparent()
        if outer is element:
            _block(inner, builder, level)


def _license(article: etree._Element) -> str | None:
    for element in article.iter("license"):
        for link in element.iter():
            for key, value in link.attrib.items():
                if str(key).endswith("href") and "creativecommons" in str(value):
                    return str(value)
        words = clean(words_of(element))
        return element.get("license-type") or words[:200] or None
    return None


def _meta(article: etree._Element) -> dict[str, str]:
    """Return what the article's front matter says of it."""
    meta = article.find("front/article-meta")
    if meta is None:
        return {}
    title = meta.find("title-group/article-title")
    names = {"doi": "doi", "pmid": "pmid", "pmc": "pmcid", "pmcid": "pmcid"}
    found = {"title": clean(words_of(title)) if title is not None else "", "journal": clean(article.findtext(".//journal-title") or "")}
    for identifier in meta.findall("article-id"):
        name = names.get(identifier.get("pub-id-type") or "")
        if name:
            found.setdefault(name, clean(identifier.text or ""))
    years = [y for y in (clean(d.findtext("year") or "") for d in meta.findall("pub-date")) if re.fullmatch(r"(?:19|20)\d\d", y)]
    found["year"] = min(years, default="")
    return {k: v for k, v in found.items() if v}
