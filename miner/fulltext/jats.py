"""JATS and NLM XML: sections, paragraphs, tables with spans, captions and formulae; hardened against what a file may try."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.entities import html5
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import FullTextError
from miner.fulltext.model import Cell, FullText, Section, Table
from miner.text.outline import Heading, kind_of, outline

if TYPE_CHECKING:
    from lxml import etree

_SPACE = re.compile(r"\s+")
_SPAN_MOST = 1_000
_CELLS_MOST = 200_000
_TYPES = {
    "intro": "introduction", "background": "introduction", "methods": "methods", "materials": "methods", "subjects": "methods",
    "results": "results", "discussion": "discussion", "conclusions": "discussion", "conclusion": "discussion",
    "supplementary-material": "back", "supplementary": "back", "cases": "results",
}  # fmt: skip
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
    article = root if _name(root) in {"article", "book-part"} else next(root.iter("article"), None)
    if article is None:
        raise FullTextError(f"XML, but not JATS: its root is <{_name(root)[:60]}>", where=str(path))
    builder = _Builder()
    _article(article, builder)
    if not builder.text.strip():
        raise FullTextError("no text in the article", where=str(path))
    return builder.document(_license(article), _meta(article))


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


@dataclass(slots=True)
class _Builder:
    """The text as it grows, with the headings and tables met on the way."""

    parts: list[str] = field(default_factory=list)
    at: int = 0
    found: list[Heading] = field(default_factory=list)
    wraps: list[Any] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def add(self, words: str) -> tuple[int, int] | None:
        """Write one paragraph; return its span."""
        words = _SPACE.sub(" ", words).strip()
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
        tables = []
        for wrap in self.wraps:
            label, caption = _label_and_caption(wrap)
            tables += [Table(label, caption, tuple(cells)) for table in wrap.iter("table") if (cells := table_cells(table))]
        sections = tuple(Section(s.kind, s.title, s.start, s.end) for s in outline(self.text, self.found))
        return FullText("jats", self.text, sections, license=license_, meta=meta).with_tables(tables)


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
        if not any(True for _ in body.iterchildren("sec")) or _name(body[0]) != "sec":
            builder.heading("", 1, "other")
        _section(body, builder, 0)
    back = article.find("back")
    if back is not None:
        _back(back, builder)
    floats = article.find("floats-group")
    if floats is not None:
        _children(floats, builder, 1)


def _back(back: etree._Element, builder: _Builder) -> None:
    for child in back:
        name = _name(child)
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
        name = _name(child)
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
    name = _name(element)
    if name == "table-wrap":
        builder.wraps.append(element)
        builder.add(" ".join(_label_and_caption(element)))
    elif name == "fig":
        builder.add(" ".join(_label_and_caption(element)))
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
    elif name:
        builder.add(words_of(element))


def _paragraph(element: etree._Element, builder: _Builder, level: int) -> None:
    """Write a paragraph; a list in it begins new lines, its displayed formulae stay in the sentence."""
    builder.add(words_of(element, stop={"list", "boxed-text"}))
    for inner in element.iter("list", "boxed-text", "table-wrap", "fig"):
        outer = inner.getparent()
        while outer is not None and outer is not element and _name(outer) not in {"list", "boxed-text", "table-wrap", "fig"}:
            outer = outer.getparent()
        if outer is element:
            _block(inner, builder, level)


def _label_and_caption(wrap: etree._Element) -> tuple[str, str]:
    label = wrap.find("label")
    caption = wrap.find("caption")
    parts = [words_of(c) for c in caption] if caption is not None else []
    return _clean(words_of(label)) if label is not None else "", _clean(" ".join(parts))


def _clean(words: str) -> str:
    return _SPACE.sub(" ", words).strip()


def words_of(element: etree._Element, *, stop: set[str] | None = None, notes: bool = True) -> str:
    """Return the words of an element with its inline mark-up; powers keep a ``^``, citations set as superscripts go.

    Parameters
    ----------
    element : lxml element
    stop : set of str
        Elements to leave out, besides floats and footnotes.
    notes : bool
        Whether marks that refer to footnotes stay.
    """
    parts: list[str] = []
    _words(element, parts, _LEFT_OUT | (stop or set()), notes=notes)
    return "".join(parts)


def _words(element: etree._Element, parts: list[str], without: set[str], *, notes: bool) -> None:
    if element.text:
        parts.append(element.text)
    for child in element:
        name = _name(child)
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


def _raised_citation(child: etree._Element) -> bool:
    """Whether a reference is printed as raised numbers: behind a word or a number they would read as part of it."""
    inner = [c for c in child if _name(c)]
    return (
        len(inner) == 1
        and _name(inner[0]) == "sup"
        and not (child.text or "").strip()
        and re.fullmatch(r"[\d\s,;–-]+", "".join(map(str, child.itertext()))) is not None
    )


def _superscript(child: etree._Element, parts: list[str], without: set[str], *, notes: bool) -> None:
    inner: list[str] = []
    _words(child, inner, without, notes=notes)
    words = "".join(inner).strip()
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
    return "".join(words_of(c) for c in list(element)[:1]) if _name(element) == "alternatives" else words_of(element)


def _tex(element: etree._Element) -> str:
    words = "".join(map(str, element.itertext()))
    body = _TEX.search(words)
    return (body[1] if body else words).strip().strip("$").strip()


def _math(element: etree._Element) -> str:
    name = _name(element)
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


def table_cells(table: etree._Element) -> list[Cell]:
    """Return the cells of a table at their places in the grid, spans honoured.

    Rows of ``thead`` are headers; without one, the leading rows that are all ``th``.
    """
    cells: list[Cell] = []
    held: dict[int, int] = {}  # column → rows below that a cell from above still covers
    leading = table.find(".//thead") is None
    for at, row in enumerate(table.iter("tr")):
        places = [c for c in row if _name(c) in {"td", "th"}]
        head = any(_name(a) == "thead" for a in row.iterancestors())
        leading = leading and bool(places) and all(_name(c) == "th" for c in places)
        column, mine = 0, dict(held)
        for place in places:
            while mine.get(column, 0) > 0:
                column += 1
            rows, columns = _span(place, "rowspan"), _span(place, "colspan")
            text = _clean(words_of(place, notes=False))
            cells.append(Cell(at, column, text, rows, columns, head or leading or _name(place) == "th"))
            for c in range(column, column + columns):
                held[c] = rows
            column += columns
        held = {c: n - 1 for c, n in held.items() if n > 1}
        if len(cells) > _CELLS_MOST:
            break
    return _within(cells)


def _within(cells: list[Cell]) -> list[Cell]:
    """Cut row spans that reach below the table."""
    last = max((c.row for c in cells), default=0)
    return [c if c.row + c.rows <= last + 1 else Cell(c.row, c.column, c.text, last + 1 - c.row, c.columns, c.header) for c in cells]


def _span(place: etree._Element, name: str) -> int:
    words = place.get(name) or "1"
    return min(max(1, int(words)), _SPAN_MOST) if words.isdecimal() and len(words) < 9 else 1


def _license(article: etree._Element) -> str | None:
    for element in article.iter("license"):
        for link in element.iter():
            for key, value in link.attrib.items():
                if str(key).endswith("href") and "creativecommons" in str(value):
                    return str(value)
        words = _clean(words_of(element))
        return element.get("license-type") or words[:200] or None
    return None


def _meta(article: etree._Element) -> dict[str, str]:
    """Return what the article's front matter says of it."""
    meta = article.find("front/article-meta")
    if meta is None:
        return {}
    title = meta.find("title-group/article-title")
    names = {"doi": "doi", "pmid": "pmid", "pmc": "pmcid", "pmcid": "pmcid"}
    found = {"title": _clean(words_of(title)) if title is not None else "", "journal": _clean(article.findtext(".//journal-title") or "")}
    for identifier in meta.findall("article-id"):
        name = names.get(identifier.get("pub-id-type") or "")
        if name:
            found.setdefault(name, _clean(identifier.text or ""))
    years = [y for y in (_clean(d.findtext("year") or "") for d in meta.findall("pub-date")) if re.fullmatch(r"(?:19|20)\d\d", y)]
    found["year"] = min(years, default="")
    return {k: v for k, v in found.items() if v}
