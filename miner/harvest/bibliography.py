"""Records of reference managers and of one's own: RIS, BibTeX, and JSON lines."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from miner.harvest.answers import text
from miner.harvest.atom import split_arxiv_id
from miner.harvest.inline import squeeze
from miner.harvest.pubmed_dates import iso_date
from miner.harvest.reader import FileReader, read_whole
from miner.harvest.records import Parsed, Problem
from miner.types import AbstractSection, Author, Paper

MAX_BYTES = 256 << 20
_RIS = re.compile(r"^([A-Z][A-Z0-9])  -(?: (.*))?$")
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>{}]+")
_ENTRY = re.compile(r"@\s*(\w+)\s*[{(]\s*")
_FIELD = re.compile(r"\s*([A-Za-z][\w-]*)\s*=\s*")
_MARKUP = re.compile(r"\\(?:text\w*|emph|mathrm|url)\b\s*|(?<!\\)[{}]")
_ARXIV = re.compile(r"arxiv(?:\.org/abs/|[:. ]\s*)([\w.-]+/?\d{4,7}(?:\.\d{4,5})?(?:v\d+)?)", re.I)

Fields = dict[str, list[str]]


def read_bibliography(kind: str, path: Path, raw_sha256: str) -> Iterator[Parsed]:
    """Yield the papers of a file, and problems in place of entries that cannot be read.

    A record that names a PubMed or arXiv identifier becomes that paper, with version 0: the service's own record takes its place.

    Parameters
    ----------
    kind : str
        ``ris``, ``bibtex`` or ``jsonl``.
    path : pathlib.Path
    raw_sha256 : str
        The file's checksum.

    Raises
    ------
    ParseError
        If the file cannot be read at all.
    """
    content = read_whole(path, MAX_BYTES)
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        words = content.decode("cp1252", errors="replace")  # what older reference managers write
    readers = {"ris": _ris, "bibtex": _bibtex, "jsonl": _jsonl}
    for name, fields in readers[kind](words):
        if isinstance(fields, str):
            yield Problem(name, fields)
            continue
        try:
            yield _paper(fields, raw_sha256)
        except ValueError as error:
            yield Problem(name, str(error))


def lines(words: str) -> list[str]:
    r"""Return the lines of a file: a form feed or a line separator inside a field ends none.

    Examples
    --------
    >>> lines("a\u2028b\r\nc\rd\n")
    ['a\u2028b', 'c', 'd']
    """
    return words.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


def _ris(words: str) -> Iterator[tuple[str, Fields | str]]:
    fields: Fields = {}
    last, start = "", 1
    for number, line in enumerate(lines(words), 1):
        match = _RIS.match(line)
        if match and match[1] == "TY":
            if fields:
                yield f"line {start}", "it has no ER line"
            fields, start = {"TY": [match[2] or ""]}, number
        elif match and match[1] == "ER":
            if fields:
                yield f"line {start}", _named(fields, _RIS_NAMES)
            fields = {}
        elif match and fields:
            last = match[1]
            fields.setdefault(last, []).append((match[2] or "").strip())
        elif line.strip() and fields and last in fields:
            fields[last][-1] += " " + line.strip()  # a line that goes on
    if fields:
        yield f"line {start}", "it has no ER line: the file is cut short"


_RIS_NAMES = {
    "identifier": ("ID",), "title": ("TI", "T1", "CT"), "abstract": ("AB", "N2"), "author": ("AU", "A1"), "date": ("DA", "PY", "Y1"), "doi": ("DO",), "language": ("LA",),
    "venue": ("JF", "JO", "T2", "JA"), "url": ("UR", "L1", "L2"), "accession": ("AN",), "database": ("DB", "DP"), "pmid": ("C5",), "pmcid": ("C2",),
}  # fmt: skip


def _named(fields: Fields, names: dict[str, tuple[str, ...]]) -> Fields:
    return {name: next((fields[t] for t in tags if fields.get(t)), []) for name, tags in names.items()}


def _bibtex(words: str) -> Iterator[tuple[str, Fields | str]]:
    strings: dict[str, str] = {}
    position = 0
    while match := _ENTRY.search(words, position):
        line = words.count("\n", 0, match.start()) + 1
        kind = match[1].lower()
        if kind in {"comment", "preamble"}:
            position = match.end()
            continue
        try:
            fields, position = _bibtex_fields(words, match.end(), strings, keyed=kind != "string")
        except ValueError as error:
            yield f"line {line}", str(error)
            position = match.end()
            continue
        if kind == "string":
            strings |= fields
        else:
            yield f"line {line}", _bibtex_named(fields)


def _bibtex_fields(words: str, position: int, strings: dict[str, str], *, keyed: bool) -> tuple[dict[str, str], int]:
    fields: dict[str, str] = {}
    if keyed:
        comma = words.find(",", position)
        if comma < 0:
            raise ValueError("an entry without fields")
        position = comma + 1
    while match := _FIELD.match(words, position):
        value, position = _bibtex_value(words, match.end(), strings)
        fields[match[1].lower()] = value
        rest = re.compile(r"\s*,?").match(words, position)
        position = rest.end() if rest else position
    end = re.compile(r"\s*[})]").match(words, position)
    if not end:
        raise ValueError("an entry that is not closed, or a field that cannot be read")
    return fields, end.end()


def _bibtex_value(words: str, position: int, strings: dict[str, str]) -> tuple[str, int]:
    parts: list[str] = []
    while position < len(words):
        if words[position] in '{"':
            part, position = _delimited(words, position)
        else:
            bare = re.compile(r"[^\s,#{}()\"]+").match(words, position)
            if not bare:
                raise ValueError("a field without a value")
            part, position = strings.get(bare[0].lower(), bare[0]), bare.end()
        parts.append(part)
        more = re.compile(r"\s*#\s*").match(words, position)
        if not more:
            return "".join(parts), position
        position = more.end()
    raise ValueError("an entry that is not closed")


def _delimited(words: str, start: int) -> tuple[str, int]:
    quoted, depth = words[start] == '"', 0
    for i in range(start + 1, len(words)):
        c = words[i]
        if c in "{}" and words[i - 1] != "\\":
            if c == "}" and depth == 0 and not quoted:
                return words[start + 1 : i], i + 1
            depth += 1 if c == "{" else -1
        elif c == '"' and quoted and depth == 0:
            return words[start + 1 : i], i + 1
    raise ValueError("a field that is not closed")


def _bibtex_named(f: dict[str, str]) -> Fields:
    month, year = f.get("month", ""), f.get("year", "")
    found = {
        "title": f.get("title"), "abstract": f.get("abstract"), "date": f.get("date") or (f"{year}/{month}" if month else year), "doi": f.get("doi"),
        "venue": f.get("journal") or f.get("journaltitle") or f.get("booktitle"), "url": f.get("url"), "pmid": f.get("pmid"), "pmcid": f.get("pmcid"),
        "language": f.get("language"), "arxiv": f.get("eprint") if "arxiv" in f.get("archiveprefix", f.get("eprinttype", "")).lower() else None,
    }  # fmt: skip
    fields = {k: [_unlatexed(v)] for k, v in found.items() if v}
    names = re.split(r"\s+and\s+", f.get("author", ""))
    return fields | {"author": [_unlatexed(n) for n in names if n.strip()]}


def _unlatexed(value: str) -> str:
    return squeeze(_MARKUP.sub("", value).replace("\\&", "&").replace("\\%", "%").replace("\\_", "_").replace("~", " ").replace("--", "–"))


def _jsonl(words: str) -> Iterator[tuple[str, Fields | str]]:
    for number, line in enumerate(lines(words), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield f"line {number}", f"not JSON: {error}"
            continue
        yield f"line {number}", _json_named(value) if isinstance(value, dict) else "not a JSON object"


def _json_named(value: dict[str, Any]) -> Fields:
    def of(*keys: str) -> list[str]:
        return [t for k in keys if (t := text(value.get(k)))][:1]

    identifier = (of("paper_id", "id") or [""])[0]
    known = {k: [identifier.removeprefix(f"{k}:")] for k in ("pmid", "arxiv", "doi") if identifier.startswith(f"{k}:")}
    listed = value.get("authors")
    authors = [t for a in listed if (t := text(a.get("name") if isinstance(a, dict) else a))] if isinstance(listed, list) else []
    return {
        "title": of("title"), "abstract": of("abstract", "text"), "date": of("published", "date", "year"), "doi": of("doi"), "venue": of("venue", "journal"),
        "pmid": of("pmid"), "pmcid": of("pmcid"), "arxiv": of("arxiv_id", "arxiv"), "language": of("language"), "author": authors,
        **{k: v for k, v in known.items() if not of(k)},
    }  # fmt: skip


def _first(fields: Fields, name: str) -> str:
    return squeeze(next(iter(fields.get(name, [])), ""))


def _paper(f: Fields, raw_sha256: str) -> Paper:
    title = _first(f, "title")
    if not title:
        raise ValueError("it has no title")
    match = _DOI.search(_first(f, "doi") or _first(f, "url"))
    doi = match[0].rstrip(".,;").lower() if match else None
    pmid, arxiv = _pmid(f), _arxiv(f, doi)
    date = iso_date(*([*re.split(r"[/-]", _first(f, "date")), "", ""])[:3])
    abstract = _first(f, "abstract")
    mark = hashlib.sha256(f"{title.casefold()}\n{date}".encode()).hexdigest()[:24]
    pmcid = re.search(r"PMC\d+", _first(f, "pmcid"))
    return Paper(
        paper_id=f"pmid:{pmid}" if pmid else f"arxiv:{arxiv}" if arxiv else f"doi:{doi}" if doi else f"file:{mark}",
        source="pubmed" if pmid else "arxiv" if arxiv else "file",
        title=title,
        abstract=abstract,
        year=int(date[:4]) if date else None,
        published=date,
        venue=_first(f, "venue") or None,
        doi=doi,
        arxiv_id=arxiv,
        pmid=pmid,
        pmcid=pmcid[0] if pmcid else None,
        version=0 if pmid or arxiv else 1,
        language=_first(f, "language") or None,
        authors=tuple(_author(a) for a in f.get("author", []) if a.strip()),
        sections=(AbstractSection(None, None, abstract),) if abstract else (),
        raw_sha256=raw_sha256,
    )


def _pmid(f: Fields) -> str | None:
    where = re.search(r"pubmed(?:\.ncbi\.nlm\.nih\.gov)?/(\d{1,9})\b", " ".join(f.get("url", [])))
    in_pubmed = "pubmed" in _first(f, "database").lower() or "nlm" in _first(f, "database").lower()
    own = re.fullmatch(r"pmid:(\d{1,9})", _first(f, "identifier"))  # as miner writes it; a bare number is anything
    for value in (_first(f, "pmid"), own[1] if own else "", _first(f, "accession") if in_pubmed else "", where[1] if where else ""):
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


def _author(name: str) -> Author:
    family, comma, given = (p.strip() for p in squeeze(name).partition(","))
    return Author(f"{given} {family}", family, given) if comma and given else Author(squeeze(name))


def _reader(name: str, label: str, recognises: Callable[[bytes], bool]) -> FileReader:
    return FileReader(name, label, recognises, lambda path, sha256: read_bibliography(name, path, sha256))


READER = (
    _reader("ris", "RIS", lambda head: b"\nty  -" in b"\n" + head.lower()),
    _reader("bibtex", "BibTeX", lambda head: head.startswith((b"@", b"%"))),
    _reader("jsonl", "JSON lines", lambda head: head.startswith(b"{")),
)
