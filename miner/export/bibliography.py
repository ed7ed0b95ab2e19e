"""Records as RIS, BibTeX and CSL-JSON, for reference managers and word processors."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_SCREENED = {True: "ASReview_relevant", False: "ASReview_irrelevant", None: "ASReview_not_seen"}


@dataclass(frozen=True, slots=True)
class Reference:
    """What a bibliography says of one record. ``authors`` are (family, given) pairs; a collective has no given name and ``""`` in its place.

    ``published`` is an ISO 8601 date, cut to what is known; ``included`` is the reviewers' word, None where there is none.
    """

    paper_id: str
    source: str
    title: str
    abstract: str = ""
    authors: tuple[tuple[str, str], ...] = ()
    year: int | None = None
    published: str | None = None
    venue: str | None = None
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    arxiv_id: str | None = None
    language: str | None = None
    keywords: tuple[str, ...] = field(default=())
    included: bool | None = None

    @property
    def url(self) -> str | None:
        """The page of the record: at the DOI's resolver, arXiv or PubMed."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.arxiv_id:
            return f"https://arxiv.org/abs/{self.arxiv_id}"
        return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/" if self.pmid else None

    @property
    def is_preprint(self) -> bool:
        """Whether it is an arXiv record without a journal."""
        return self.source == "arxiv" and not self.venue


def _line(text: str | None) -> str:
    return _CONTROL.sub(" ", text or "").strip()


def to_ris(references: Iterable[Reference], *, labels: bool = False) -> str:
    """Return RIS; with ``labels``, each record has its screening label in the form of ASReview (a note ``ASReview_relevant`` …).

    Examples
    --------
    >>> print(to_ris([Reference("pmid:1", "pubmed", "A title", authors=(("Lund", "Ada"),), year=2020)]).strip())
    TY  - JOUR
    ID  - pmid:1
    TI  - A title
    AU  - Lund, Ada
    PY  - 2020
    ER  -
    """
    out = []
    for r in references:
        tags: list[tuple[str, str | None]] = [("TY", "UNPB" if r.is_preprint else "JOUR"), ("ID", r.paper_id), ("TI", r.title)]
        tags += [("AU", f"{family}, {given}" if given else family) for family, given in r.authors]
        tags += [
            ("PY", str(r.year or "")),
            ("DA", (r.published or "").replace("-", "/")),
            ("JO", r.venue),
            ("AB", r.abstract),
            ("DO", r.doi),
        ]
        tags += [("AN", r.pmid or r.arxiv_id), ("C2", r.pmcid), ("LA", r.language), ("UR", r.url)]
        tags += [("KW", k) for k in r.keywords]
        if labels:
            tags.append(("N1", _SCREENED[r.included]))
        out += [f"{tag}  - {_line(value)}" for tag, value in tags if _line(value)]
        out += ["ER  -", ""]
    return "\n".join(out)


_TEX = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}  # fmt: skip


_ESCAPED = re.compile(r"\\([%&$#_{}])")


def _tex(text: str | None) -> str:
    # arXiv's abstracts are half TeX already: what is escaped there must not be escaped twice.
    return "".join(_TEX.get(c, c) for c in _ESCAPED.sub(r"\1", _line(text)))


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
        keys.append(base + ("" if seen[base] == 1 else _letters(seen[base])))
    return keys


def _letters(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(97 + rest) + text
    return text


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
            ("doi", _line(r.doi)),
            ("url", _line(r.url)),
            ("pmid", _line(r.pmid)),
            ("abstract", _tex(r.abstract)),
            ("keywords", ", ".join(_tex(k) for k in r.keywords)),
        ]
        if r.arxiv_id:
            fields += [("eprint", _line(r.arxiv_id)), ("archiveprefix", "arXiv")]
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields if value)
        out.append(f"@{'misc' if r.is_preprint else 'article'}{{{key},\n{body}\n}}\n")
    return "\n".join(out)


def to_csl_json(references: Iterable[Reference]) -> str:
    """Return CSL-JSON (Citation Style Language 1.0.2, ``csl-data.json``)."""
    return json.dumps([_csl(r) for r in references], ensure_ascii=False, indent=1) + "\n"


def _csl(r: Reference) -> dict[str, Any]:
    item: dict[str, Any] = {"id": r.paper_id, "type": "article" if r.is_preprint else "article-journal", "title": r.title}
    if r.authors:
        item["author"] = [{"family": family, "given": given} if given else {"literal": family} for family, given in r.authors]
    parts = [int(p) for p in (r.published or "").split("-") if p.isdigit()] or ([r.year] if r.year else [])
    if parts:
        item["issued"] = {"date-parts": [parts[:3]]}
    if r.arxiv_id:
        item["archive"], item["archive_location"] = "arXiv", r.arxiv_id
    optional = {
        "container-title": r.venue,
        "DOI": r.doi,
        "PMID": r.pmid,
        "PMCID": r.pmcid,
        "URL": r.url,
        "abstract": r.abstract,
        "language": r.language,
    }
    return item | {k: v for k, v in optional.items() if v} | ({"keyword": ", ".join(r.keywords)} if r.keywords else {})
