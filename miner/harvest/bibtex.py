"""BibTeX: bibtexparser finds the entries and goes on after broken ones, pylatexenc reads the accents; this reads what both leave."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from miner.harvest.inline import squeeze

if TYPE_CHECKING:
    from bibtexparser.model import Block

Fields = dict[str, list[str]]

_KEYLESS = re.compile(r"^(\s*@(?!string\b)\w+\s*[{(])(?=\s*[a-z][\w-]*\s*=)", re.I | re.M)
_BARE = re.compile(r"[^\s,#{}()\"]+")
_HASH = re.compile(r"\s*#\s*")
_ANOTHER = re.compile(r"\s*([A-Za-z][\w-]*)\s*=\s*")
_STRAY = re.compile(r"^\W*[A-Za-z][\w-]*\s*=\s*[{\"\d]", re.M)
_LATEX = re.compile(r"[\\{}~$]|--|``|''")
_LITERAL = re.compile(r"(?<!\\)[%&#]")  # a comment and a tab stop in LaTeX; in a bibliography people mean the sign
_LEFT = {"textgreater": ">", "textless": "<", "textpm": "±", "textasciitilde": "~"}  # what pylatexenc has no letter for


def bibtex_entries(words: str) -> Iterator[tuple[str, Fields | str]]:
    r"""Yield each entry of a file with the line where it begins: its fields, or what is wrong with it.

    Strings are put in and joined, letters written in LaTeX are read, and an entry takes from the one that its ``crossref`` names what it
    lacks. Formulas between dollars stay as they are.

    Parameters
    ----------
    words : str
        The file's text.

    Yields
    ------
    tuple of str and (dict of str to list of str, or str)
        ``line N``, and the values of each field in their order, or a reason.

    Examples
    --------
    >>> list(bibtex_entries(r'@article{u, title = "{\"U}ber {95%}", author = {Uno, Ad{\`e}}, year = 2020}'))
    [('line 1', {'title': ['Über 95%'], 'date': ['2020'], 'author': ['Uno, Adè']})]
    """
    from bibtexparser.entrypoint import parse_string

    for name in ("bibtexparser", "pylatexenc"):
        logging.getLogger(name).addHandler(logging.NullHandler())  # what they find broken is yielded below
    blocks = parse_string(_KEYLESS.sub(r"\1,", words), parse_stack=[]).blocks
    strings: dict[str, str] = {}
    entries: list[tuple[int, str, dict[str, str] | str]] = []
    for block in blocks:
        line = (block.start_line or 0) + 1
        try:
            entries += [(line, *found) for found in _read(block, strings)]
        except ValueError as error:
            entries.append((line, "", str(error)))
    by_key = {key.lower(): fields for _, key, fields in reversed(entries) if isinstance(fields, dict) and key}
    for line, _, fields in entries:
        yield f"line {line}", fields if isinstance(fields, str) else _named(_inherited(fields, by_key))


def _read(block: Block | None, strings: dict[str, str]) -> Iterator[tuple[str, dict[str, str] | str]]:
    """Yield a block's key and fields, or what is wrong; put a string among the ``strings``."""
    from bibtexparser.model import DuplicateBlockKeyBlock, DuplicateFieldKeyBlock, Entry, ImplicitComment, ParsingFailedBlock, String

    if isinstance(block, DuplicateBlockKeyBlock | DuplicateFieldKeyBlock):
        yield from _read(block.ignore_error_block, strings)  # the same key twice: both are read; the same field twice: the first
    elif isinstance(block, ParsingFailedBlock):
        yield "", f"an entry that is not closed, or a field that cannot be read: {getattr(block.error, 'abort_reason', block.error)}"
    elif isinstance(block, String):
        strings |= {k: v for k, v in _fields(block.key, block.value, strings) if k == block.key.lower()}
    elif isinstance(block, ImplicitComment) and _STRAY.search(block.comment):
        yield "", f"a field outside of any entry: {squeeze(block.comment)[:60]}"
    elif isinstance(block, Entry):
        fields: dict[str, str] = {}
        for field in block.fields:
            for name, value in _fields(field.key, str(field.value), strings):
                fields.setdefault(name, value)
        yield block.key, fields


def _fields(name: str, raw: str, strings: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield a field, and those that follow it where a comma is missing."""
    position = 0
    while True:
        value, position = _value(raw, position, strings)
        yield name.lower(), value
        if position == len(raw):
            return
        another = _ANOTHER.match(raw, position)
        if not another:
            raise ValueError(f"a field that cannot be read: {name} = {squeeze(raw)[:60]}")
        name, position = another[1], another.end()


def _value(raw: str, position: int, strings: dict[str, str]) -> tuple[str, int]:
    """Return the parts of a value that ``#`` joins, strings put in, and where it ends."""
    parts: list[str] = []
    while position < len(raw):
        if raw[position] in '{"':
            part, position = _delimited(raw, position)
        else:
            bare = _BARE.match(raw, position)
            if not bare:
                break
            part, position = strings.get(bare[0].lower(), bare[0]), bare.end()
        parts.append(part)
        more = _HASH.match(raw, position)
        if not more:
            return "".join(parts), position
        position = more.end()
    raise ValueError("a field without a value, or one that is not closed")


def _delimited(raw: str, start: int) -> tuple[str, int]:
    quoted, depth = raw[start] == '"', 0
    for i in range(start + 1, len(raw)):
        c = raw[i]
        if c in "{}" and raw[i - 1] != "\\":
            if c == "}" and depth == 0 and not quoted:
                return raw[start + 1 : i], i + 1
            depth += 1 if c == "{" else -1
        elif c == '"' and quoted and depth == 0 and raw[i - 1] != "\\":
            return raw[start + 1 : i], i + 1
    raise ValueError("a field that is not closed")


def _inherited(fields: dict[str, str], by_key: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return an entry with what it lacks of the one that it refers to; the title of a volume is the venue of what stands in it."""
    parent = by_key.get(fields.get("crossref", "").lower(), {})
    venue = parent.get("booktitle") or parent.get("title")
    taken = {k: v for k, v in parent.items() if k in {"year", "date", "month", "journal", "journaltitle", "language", "publisher"}}
    return taken | ({"booktitle": venue} if venue else {}) | fields


def _named(f: dict[str, str]) -> Fields:
    month, year = f.get("month", ""), f.get("year", "")
    found = {
        "title": f.get("title"), "abstract": f.get("abstract"), "date": f.get("date") or (f"{year}/{month}" if month else year), "doi": f.get("doi"),
        "venue": f.get("journal") or f.get("journaltitle") or f.get("booktitle"), "url": f.get("url"), "pmid": f.get("pmid"), "pmcid": f.get("pmcid"),
        "language": f.get("language"), "arxiv": f.get("eprint") if "arxiv" in f.get("archiveprefix", f.get("eprinttype", "")).lower() else None,
    }  # fmt: skip
    lists = {
        "author": list(_authors(f.get("author", ""))), "keyword": [k for w in re.split(r"[,;]", f.get("keywords", "")) if (k := unlatexed(w))],
        "note": [v for name in ("note", "annote") if (v := f.get(name))],
    }  # fmt: skip
    return {k: [unlatexed(v)] for k, v in found.items() if v} | {k: v for k, v in lists.items() if v}


def _authors(names: str) -> Iterator[str]:
    """Yield the authors as ``family, given``; what stands in braces is one name."""
    from bibtexparser.middlewares.names import parse_single_name_into_parts, split_multiple_persons_names

    for name in split_multiple_persons_names(names):
        parts = parse_single_name_into_parts(name, strict=False)
        family, given = (unlatexed(" ".join(p)) for p in ([*parts.von, *parts.last, *parts.jr], parts.first))
        if family and family.lower() != "others":
            yield f"{family}, {given}" if given else family


def unlatexed(value: str) -> str:
    r"""Return a value with its LaTeX read: letters with accents, signs, no braces; formulas between dollars as they are.

    Examples
    --------
    >>> unlatexed(r"M{\"u}ller \& S{\o}n: 95% of {DNA}, \textgreater 5, $\pm 3$")
    'Müller & Søn: 95% of DNA, >5, $\\pm 3$'
    """
    if not _LATEX.search(value):
        return squeeze(value)
    try:
        return squeeze(_decoder().latex_to_text(_LITERAL.sub(r"\\\g<0>", value)))
    except (ValueError, RecursionError):  # nonsense: what it says without markup
        return squeeze(re.sub(r"\\[A-Za-z]+|[{}]", "", value))


@cache
def _decoder() -> Any:
    from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

    signs = get_default_latex_context_db()
    macros = [MacroTextSpec("url", simplify_repl="%s"), *(MacroTextSpec(name, simplify_repl=sign) for name, sign in _LEFT.items())]
    signs.add_context_category("bibliographies", prepend=True, macros=macros)
    return LatexNodes2Text(latex_context=signs, math_mode="verbatim", keep_comments=True)
