"""Records as BibTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from miner.export.format import Export, ExportFormat
from miner.export.records import write_references
from miner.export.references import Reference, one_line
from miner.say import letters

_TEX = str.maketrans({"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"})  # fmt: skip
_ESCAPED = re.compile(r"\\([%&$#_{}])")


def _tex(text: str | None) -> str:
    # arXiv's abstracts are half TeX already: what is escaped there must not be escaped twice.
    return _ESCAPED.sub(r"\1", one_line(text)).translate(_TEX)


def _plain_letters(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]", "", letters)


def citation_keys(references: Iterable[Reference]) -> list[str]:
    """Return a key for each record, ``Lund2020``; a second one of the same author and year gets a letter.

    Examples
    --------
    >>> r = Reference("pmid:1", "pubmed", "A title", authors=(("Lund", "Ada"),), year=2020)
    >>> citation_keys([r, r])
    ['Lund2020', 'Lund2020b']
    """
    seen: dict[str, int] = {}
    keys = []
    for r in references:
        base = (_plain_letters(r.authors[0][0]) if r.authors else "") or "Anonymous"
        base += str(r.year or "nd")
        seen[base] = seen.get(base, 0) + 1
        keys.append(base + ("" if seen[base] == 1 else letters(seen[base])))
    return keys


def to_bibtex(references: Iterable[Reference]) -> str:
    """Return BibTeX; what TeX would read as a command is escaped, titles keep their capitals."""
    references = list(references)
    out = []
    for key, r in zip(citation_keys(references), references, strict=True):
        fields: list[tuple[str, str | None]] = [
            ("title", "{" + _tex(r.title) + "}"),
            (
                "author",
                " and ".join(f"{_tex(family)}, {_tex(given)}" if given else "{" + _tex(family) + "}" for family, given in r.authors),
            ),
            ("year", str(r.year) if r.year else None),
            ("journal", _tex(r.venue)),
            ("doi", one_line(r.doi)),
            ("url", one_line(r.url)),
            ("pmid", one_line(r.pmid)),
            ("abstract", _tex(r.abstract)),
            ("keywords", ", ".join(_tex(k) for k in r.keywords)),
        ]
        if r.arxiv_id:
            fields += [("eprint", one_line(r.arxiv_id)), ("archiveprefix", "arXiv")]
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields if value)
        out.append(f"@{'misc' if r.is_preprint else 'article'}{{{key},\n{body}\n}}\n")
    return "\n".join(out)


def _write(asked: Export) -> str:
    return write_references(asked, to_bibtex)


FORMAT = ExportFormat("bibtex", "records for LaTeX", _write, suffixes=(".bib",))
