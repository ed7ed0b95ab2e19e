"""Files of tagged lines that are not RIS: PubMed's .nbib (MEDLINE), EndNote's .enw (Refer) and Web of Science's plain text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

from miner.harvest.pubmed_dates import earliest, iso_date, medline_date
from miner.harvest.ris import lines

Fields = dict[str, list[str]]
_Record = dict[str, list[str]]
_NBIB = re.compile(r"^([A-Z][A-Z0-9 ]{3})- ?(.*)$")
_ENW = re.compile(r"^%([0-9A-Za-z@!~+*^><\[\]()&#$?=\\]) ?(.*)$")
_WOS = re.compile(r"^([A-Z][A-Z0-9])(?: (.*))?$")
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")


def nbib_records(words: str) -> Iterator[tuple[str, Fields | str]]:
    r"""Yield each record of a file in PubMed's format (MEDLINE, ``.nbib``) with the line where it begins: its fields, or what is wrong with it.

    Examples
    --------
    >>> list(nbib_records("PMID- 7\nTI  - A title\n      that goes on\nFAU - Uno, Ada\nAD  - Hall, Oslo, Norway.\nDP  - 2021 Mar 5\n"))
    [('line 1', {'pmid': ['7'], 'title': ['A title that goes on'], 'date': ['2021-03-05'], 'author': ['Uno, Ada'], 'affiliation 0': ['Hall, Oslo, Norway.']})]
    """
    for start, listed in _split(words, _NBIB, lambda tag, record, blank: tag == "PMID" or (blank and tag in record)):
        record = _grouped(listed)
        yield f"line {start}", _nbib(record, listed) if "PMID" in record else "it has no PMID line"


def enw_records(words: str) -> Iterator[tuple[str, Fields | str]]:
    r"""Yield each record of a file of EndNote's tags (``%0``, ``%T`` …) with the line where it begins: its fields, or what is wrong with it.

    Examples
    --------
    >>> list(enw_records("%0 Journal Article\n%T A title\n%A Uno, Ada\n%D 2021\n%K one\ntwo\n"))
    [('line 1', {'title': ['A title'], 'date': ['2021'], 'keyword': ['one', 'two'], 'author': ['Uno, Ada'], 'type': ['Journal Article']})]
    """

    def begins(tag: str, record: _Record, blank: bool) -> bool:
        # Some programs write %0 in the middle of a record, and blank lines inside.
        return "0" in record and (tag == "0" or (blank and tag in record and tag in "AT"))

    for start, listed in _split(words, _ENW, begins):
        yield f"line {start}", _enw(_grouped(listed))


def wos_records(words: str) -> Iterator[tuple[str, Fields | str]]:
    r"""Yield each record of Web of Science's plain text with the line where it begins: its fields, or what is wrong with it.

    Examples
    --------
    >>> list(wos_records("FN Clarivate\nVR 1.0\nPT J\nAU Uno, A\n   Duo, B\nTI A title\nPY 2021\nTC 4\nUT WOS:1\nER\n\nEF"))[0][1]["cited"]
    ['wos', 'WOS:1', '4']
    """
    for start, listed in _split(words, _WOS, lambda tag, _record, _blank: tag == "PT"):
        record = _grouped(listed)
        if record.keys() <= {"FN", "VR", "EF"}:
            continue
        whole = "ER" in record
        yield f"line {start}", _wos(record) if whole and "PT" in record else f"it has no {'PT' if whole else 'ER'} line"


def _split(
    words: str, pattern: re.Pattern[str], begins: Callable[[str, _Record, bool], bool]
) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Yield, with the line where it begins, the tags and values of each record; a value that goes on keeps its lines."""
    record: list[tuple[str, str]] = []
    seen: _Record = {}
    start, blank = 1, True
    for number, line in enumerate(lines(words), 1):
        match = pattern.match(line)
        if match:
            tag = match[1].strip()
            if record and begins(tag, seen, blank):
                yield start, record
                record, seen = [], {}
            if not record:
                start = number
            record.append((tag, (match[2] or "").strip()))
            seen.setdefault(tag, [])
        elif line.strip() and record:
            record[-1] = record[-1][0], f"{record[-1][1]}\n{line.strip()}"
        blank = not line.strip()
    if record:
        yield start, record


def _grouped(record: list[tuple[str, str]]) -> _Record:
    found: _Record = defaultdict(list)
    for tag, value in record:
        if value or tag in {"ER", "EF", "0"}:
            found[tag].append(value)
    return dict(found)


def _some(**fields: list[str]) -> Fields:
    return {name: kept for name, values in fields.items() if (kept := [v for v in values if v])}


def _joined(record: _Record, *tags: str) -> list[str]:
    """Return the first of the tags that the record has, each value on one line."""
    return next(([" ".join(v.split("\n")) for v in record[t]] for t in tags if record.get(t)), [])


def _nbib(r: _Record, listed: list[tuple[str, str]]) -> Fields:
    ids = [v for tag in ("LID", "AID") for v in r.get(tag, [])]
    electronic = next(iter(r.get("DEP", [])), "")
    printed = medline_date(next(iter(r.get("DP", [])), ""))
    date = earliest(printed, iso_date(electronic[:4], electronic[4:6], electronic[6:8]) if electronic else None)
    grants = []
    for value in _joined(r, "GR"):
        number, *rest = value.split("/")
        funder, country = (rest[-2], rest[-1]) if len(rest) > 1 else (rest[0] if rest else number, "")
        grants.append("\t".join([funder, number if rest else "", country]))
    fields = _some(
        pmid=_joined(r, "PMID")[:1], title=_joined(r, "TI", "BTI", "CTI")[:1], abstract=_joined(r, "AB")[:1], date=[date or ""],
        doi=[v.removesuffix(" [doi]") for v in ids if v.endswith(" [doi]")][:1], venue=_joined(r, "JT", "TA", "BTI")[:1], pmcid=_joined(r, "PMC")[:1],
        language=[",".join(_joined(r, "LA"))], mesh=list(dict.fromkeys(v.lstrip("*").partition("/")[0] for v in _joined(r, "MH"))),
        type=_joined(r, "PT"), keyword=[v.lstrip("*") for v in _joined(r, "OT")], grant=grants, retracted=_joined(r, "RIN")[:1],
    )  # fmt: skip
    return fields | _nbib_authors(listed)


def _nbib_authors(listed: list[tuple[str, str]]) -> Fields:
    """Return the authors with what stands behind each: its affiliations and ORCID."""
    full = any(tag == "FAU" for tag, _ in listed)
    found: Fields = {}
    authors: list[str] = []
    for tag, value in listed:
        words = " ".join(value.split("\n"))
        if tag in {"FAU" if full else "AU", "CN"}:
            authors.append(words)
            if tag == "CN":
                found[f"collective {len(authors) - 1}"] = [words]
        elif tag == "AD" and authors:
            found.setdefault(f"affiliation {len(authors) - 1}", []).append(words)
        elif tag == "AUID" and authors and (orcid := _ORCID.search(words)):
            found[f"orcid {len(authors) - 1}"] = [orcid[0]]
    return _some(author=authors) | found


def _enw(r: _Record) -> Fields:
    keywords = [k.strip() for v in r.get("K", []) for k in re.split(r"[\n;]", v)]
    return _some(
        title=_joined(r, "T")[:1], abstract=_joined(r, "X")[:1], identifier=_joined(r, "F")[:1], date=_enw_date(r), doi=_joined(r, "R")[:1], venue=_joined(r, "J", "B")[:1],
        url=_joined(r, "U"), accession=_joined(r, "M")[:1], database=_joined(r, "~", "W"), pmcid=_joined(r, "2")[:1], language=_joined(r, "G")[:1],
        keyword=keywords, author=[a.rstrip(",") for a in _joined(r, "A")], note=_joined(r, "Z"), type=_joined(r, "9", "0")[:1],
    )  # fmt: skip


def _enw_date(r: _Record) -> list[str]:
    year = next(iter(_joined(r, "D")), "")
    named = re.match(r"([A-Za-z]{3})[a-z]*\.?(?:\s+(\d{1,2}))?\b", next(iter(_joined(r, "8")), ""))
    return ["/".join(p for p in (year, named[1], named[2]) if p)] if named else [year]


def _wos(r: _Record) -> Fields:
    authors = r.get("AF", r.get("AU", [""]))[0].split("\n")
    found: Fields = {}
    for part in re.split(r"(?=\[)", " ".join(_joined(r, "C1"))):
        named = re.match(r"\[([^\]]*)\]\s*(.+)", part)
        for name in named[1].split(";") if named else ():
            if name.strip() in authors:
                found.setdefault(f"affiliation {authors.index(name.strip())}", []).append(named[2].strip() if named else "")
    for part in " ".join(_joined(r, "OI")).split(";"):
        name, _, orcid = part.strip().partition("/")
        if name in authors and _ORCID.fullmatch(orcid):
            found[f"orcid {authors.index(name)}"] = [orcid]
    day = next(iter(_joined(r, "PD")), "").split()
    cited, work = _joined(r, "TC", "Z9")[:1], _joined(r, "UT")[:1]
    grants = [
        f"{m[1].strip()}\t{(m[2] or '').strip()}\t"
        for g in " ".join(_joined(r, "FU")).split(";")
        if (m := re.match(r"([^\[]+)(?:\[([^\]]*)\])?", g.strip()))
    ]
    return found | _some(
        title=_joined(r, "TI")[:1], abstract=_joined(r, "AB")[:1], date=["/".join([*_joined(r, "PY")[:1], *day])], doi=_joined(r, "DI")[:1],
        venue=_joined(r, "SO")[:1], pmid=_joined(r, "PM")[:1], language=_joined(r, "LA")[:1], author=authors, type=_joined(r, "DT")[:1],
        keyword=[k.strip() for k in ";".join(_joined(r, "DE")).split(";")], grant=grants,
        cited=["wos", *work, *cited] if cited and work else [],
    )  # fmt: skip
