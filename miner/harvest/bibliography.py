"""Records of reference managers, databases and of one's own: RIS, BibTeX, tagged lines, libraries as JSON, and JSON lines."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from miner.harvest.atom import split_arxiv_id
from miner.harvest.bibtex import bibtex_entries
from miner.harvest.csl import csl_records
from miner.harvest.inline import squeeze
from miner.harvest.jsonlines import json_lines
from miner.harvest.pubmed_article import joined
from miner.harvest.pubmed_dates import iso_date
from miner.harvest.reader import FileReader, read_whole
from miner.harvest.records import Cited, Parsed, Problem
from miner.harvest.ris import ris_records
from miner.harvest.tagged import enw_records, nbib_records, wos_records
from miner.types import AbstractSection, Author, Grant, Keyword, Paper

MAX_BYTES = 256 << 20
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>{}]+")
_ARXIV = re.compile(r"arxiv(?:\.org/abs/|[:. ]\s*)([\w.-]+/?\d{4,7}(?:\.\d{4,5})?(?:v\d+)?)", re.I)

Fields = dict[str, list[str]]


def read_bibliography(kind: str, path: Path, raw_sha256: str) -> Iterator[Parsed]:
    """Yield the papers of a file, and problems in place of entries that cannot be read, and after those of which a part cannot.

    A record that names a PubMed or arXiv identifier becomes that paper, with version 0: the service's own record takes its place.

    Parameters
    ----------
    kind : str
        One of ``FORMATS``.
    path : pathlib.Path
    raw_sha256 : str
        The file's checksum.

    Raises
    ------
    ParseError
        If the file cannot be read at all.
    """
    words = _decoded(read_whole(path, MAX_BYTES))
    for name, fields in FORMATS[kind](words):
        if isinstance(fields, str):
            yield Problem(name, fields)
            continue
        try:
            paper = _paper(fields, raw_sha256)
        except ValueError as error:
            yield Problem(name, str(error))
            continue
        yield paper
        yield from (Problem(name, f"taken without its {what}") for what in fields.get("unread", []))
        yield from _cited(paper, fields)


def _cited(paper: Paper, f: Fields) -> Iterator[Cited]:
    """Yield how often a database says that the paper is cited: its name, the paper's there, and the count."""
    if len(f.get("cited", [])) == 3 and f["cited"][2].isdecimal():
        provider, work, count = f["cited"]
        yield Cited(paper.paper_id, provider, work, int(count), None, paper.raw_sha256)


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    if content[:64].count(0) > len(content[:64]) // 4:  # UTF-16 without its mark
        return content.decode("utf-16-be" if content[0] == 0 else "utf-16-le", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # what older reference managers write


def _first(fields: Fields, name: str) -> str:
    return squeeze(next(iter(fields.get(name, [])), ""))


def _paper(f: Fields, raw_sha256: str) -> Paper:
    title = _first(f, "title")
    if not title:
        raise ValueError("it has no title")
    match = _DOI.search(_first(f, "doi") or _first(f, "url"))
    doi = match[0].rstrip(".,;").lower() if match else None
    pmid, arxiv = _pmid(f), _arxiv(f, doi)
    date = _date(_first(f, "date"))
    sections = _sections(f)
    mark = hashlib.sha256(f"{title.casefold()}\n{date}".encode()).hexdigest()[:24]
    pmcid = re.search(r"PMC\d+", _first(f, "pmcid"))
    return Paper(
        paper_id=f"pmid:{pmid}" if pmid else f"arxiv:{arxiv}" if arxiv else f"doi:{doi}" if doi else f"file:{mark}",
        source="pubmed" if pmid else "arxiv" if arxiv else "file",
        title=title,
        abstract=joined(sections),
        year=int(date[:4]) if date else None,
        published=date,
        venue=_first(f, "venue") or None,
        doi=doi,
        arxiv_id=arxiv,
        pmid=pmid,
        pmcid=pmcid[0] if pmcid else None,
        version=0 if pmid or arxiv else 1,
        language=_first(f, "language") or None,
        retracted=bool(f.get("retracted")) or any(t.lower() == "retracted publication" for t in f.get("type", [])),
        publication_types=tuple(squeeze(t) for t in f.get("type", [])),
        mesh=tuple(f.get("mesh", [])),
        authors=tuple(_author(a, f, i) for i, a in enumerate(f.get("author", [])) if a.strip()),
        sections=sections,
        raw_sha256=raw_sha256,
        keywords=tuple(Keyword(k) for k in dict.fromkeys(squeeze(k) for k in f.get("keyword", [])) if k),
        grants=tuple(_grant(g) for g in f.get("grant", [])),
    )


def _sections(f: Fields) -> tuple[AbstractSection, ...]:
    """Return the sections of an abstract, whose labels stand before a tab; one where it is a text."""
    parted = [tuple(squeeze(p) for p in section.split("\t", 1)) for section in f.get("section", [])] or [("", _first(f, "abstract"))]
    return tuple(AbstractSection(label.rstrip(": ") or None, None, words) for label, words in parted if words)


def _date(words: str) -> str | None:
    """Return a date whose year stands first, or the year alone of one in another order (05/03/2020 is May or March)."""
    parts = [p for p in re.split(r"[/\s-]+", words) if p]
    return (iso_date(*[*parts, "", ""][:3]) if parts else None) or iso_date(words)


def _grant(words: str) -> Grant:
    funder, number, country = words.split("\t")
    return Grant(funder, number or None, country or None)


def _pmid(f: Fields) -> str | None:
    where = re.search(r"pubmed(?:\.ncbi\.nlm\.nih\.gov)?/(\d{1,9})\b", " ".join(f.get("url", [])))
    in_pubmed = any(name in " ".join(f.get("database", [])).lower() for name in ("pubmed", "medline", "nlm"))
    own = re.fullmatch(r"pmid:(\d{1,9})", _first(f, "identifier"))  # as miner writes it; a bare number is anything
    noted = re.search(r"\bPMID:\s*(\d{1,9})\b", " ".join(f.get("note", [])))  # as Zotero keeps it
    found = [m[1] if m else "" for m in (own, noted, where)]
    for value in (_first(f, "pmid"), *found[:2], _first(f, "accession") if in_pubmed else "", found[2]):
        if re.fullmatch(r"\d{1,9}", value):
            return str(int(value))
    return None


def _arxiv(f: Fields, doi: str | None) -> str | None:
    found = _ARXIV.search(" ".join([*f.get("url", []), _first(f, "venue"), doi or ""]))
    for value in (_first(f, "arxiv"), found[1] if found else ""):
        try:
            if value:
                return split_arxiv_id(value)[0]
        except ValueError:
            continue
    return None


def _author(name: str, f: Fields, place: int) -> Author:
    """Return an author, with what stands in the fields ``collective``, ``orcid`` and ``affiliation`` of that place."""
    family, comma, given = (p.strip() for p in squeeze(name).partition(","))
    more: dict[str, Any] = {"orcid": _first(f, f"orcid {place}") or None, "affiliations": tuple(f.get(f"affiliation {place}", []))}
    if f.get(f"collective {place}"):
        return Author(squeeze(name), collective=squeeze(name), **more)
    return Author(f"{given} {family}", family, given, **more) if comma and given else Author(squeeze(name), **more)


def _reader(name: str, label: str, recognises: Callable[[bytes], bool], rank: int = 50) -> FileReader:
    return FileReader(name, label, recognises, lambda path, sha256: read_bibliography(name, path, sha256), rank)


FORMATS: dict[str, Callable[[str], Iterator[tuple[str, Fields | str]]]] = {
    "ris": ris_records, "bibtex": bibtex_entries, "jsonl": json_lines, "nbib": nbib_records, "enw": enw_records, "wos": wos_records, "csl-json": csl_records,
}  # fmt: skip


def _like(pattern: bytes) -> Callable[[bytes], bool]:
    return lambda head: re.match(pattern, head) is not None


READER = (
    _reader("nbib", "PubMed's format (.nbib)", _like(rb"PMID *- ?\d"), 40),
    _reader("enw", "EndNote's tags (.enw)", _like(rb"%[0ATDJX] [^\n]*\r?\n\s*%[0-9A-Za-z@!~+] "), 40),
    _reader("wos", "Web of Science's plain text", _like(rb"FN [^\n]*\r?\nVR 1|PT [A-Z]\r?\n[A-Z][A-Z0-9] "), 40),
    _reader("csl-json", "libraries as JSON (CSL-JSON, Zotero)", _like(rb'\[|\{\s*"(config|items)"\s*:'), 70),
    _reader("ris", "RIS", lambda head: b"\nty  -" in b"\n" + head.lower()),
    _reader("bibtex", "BibTeX", lambda head: head.startswith((b"@", b"%")), 80),
    _reader("jsonl", "JSON lines", lambda head: head.startswith(b"{"), 80),
)
