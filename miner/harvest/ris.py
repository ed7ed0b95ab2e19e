"""RIS as reference managers and databases write it: rispy reads a record, this finds the records of a file and what of it is broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Fields = dict[str, list[str]]

# Two spaces stand before the hyphen; some programs write one.
_TAG = re.compile(r"^([A-Z][A-Z0-9]) {1,2}-(?: (.*))?$")

# rispy's names of the tags that carry a field, the best first.
_NAMES = {
    "identifier": ("id",), "title": ("title", "primary_title", "caption"), "abstract": ("abstract", "notes_abstract"), "doi": ("doi",), "language": ("language",),
    "venue": ("alternate_title3", "journal_name", "secondary_title", "alternate_title2"), "url": ("urls", "file_attachments1", "file_attachments2"),
    "accession": ("accession_number",), "database": ("name_of_database", "database_provider"), "pmid": ("custom5",), "pmcid": ("custom2",),
    "keyword": ("keywords",), "note": ("notes",), "type": ("type_of_work",),
}  # fmt: skip
_DATES = ("date", "year", "publication_year")
_AUTHORS = ("first_authors", "authors")


def ris_records(words: str) -> Iterator[tuple[str, Fields | str]]:
    r"""Yield each record of a file with the line where it begins: its fields, or what is wrong with it.

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
    >>> list(ris_records("TY  - JOUR\nT1  - A title\n that goes on\nA1  - Uno A.\nY1  - 2020/03/05\nPY  - 2020\nER  -"))
    [('line 1', {'title': ['A title that goes on'], 'author': ['Uno A.'], 'date': ['2020/03/05']})]
    """
    import rispy

    for start, record in _records(words):
        if isinstance(record, str):
            yield f"line {start}", record
            continue
        (read,) = rispy.loads("\n".join([*record, "ER  - "]), enforce_list_tags=False)
        yield f"line {start}", _fields(read)


def _records(words: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the lines of each record, a value a line, or why there is none."""
    record: list[str] = []
    start = 1
    for number, line in enumerate(lines(words), 1):
        match = _TAG.match(line)
        tag, value = (match[1], (match[2] or "").strip()) if match else (None, line.strip())
        if tag == "ER":
            if record:
                yield start, record if record[0].startswith("TY") else "it has no TY line"
            record = []
        elif tag == "EF" and not record:  # Web of Science's end of file
            continue
        elif tag == "TY" or (tag and not record):
            if record:
                yield start, "it has no ER line"
            record, start = [f"{tag}  - {value}"], number
        elif tag:
            record.append(f"{tag}  - {value}")
        elif value and record:
            record[-1] += f" {value}"  # a line that goes on
    if record:
        yield start, "it has no ER line: the file is cut short"


def _fields(read: dict[str, Any]) -> Fields:
    def of(name: str) -> list[str]:
        value = read.get(name, [])
        return [v for v in ([value] if isinstance(value, str) else value) if v]

    fields = {field: next((v for name in names if (v := of(name))), []) for field, names in _NAMES.items()}
    fields["abstract"] = [" ".join(fields["abstract"])] if fields["abstract"] else []  # its paragraphs
    fields["author"] = list(dict.fromkeys(a for name in _AUTHORS for a in of(name)))
    dates = _whole([d for name in _DATES for d in of(name)])
    fields["date"] = [max(dates, key=lambda d: len(re.findall(r"\w+", d)))] if dates else []  # 2020/03/05 says more than 2020
    if "scopus" in " ".join(fields["database"]).lower():
        fields["pmid"] = fields["pmid"] or of("custom2")  # where Scopus puts it
        cited = re.search(r"Cited By\s*:\s*(\d+)", " ".join(fields["note"]))
        work = re.search(r"eid=([\w.-]+)", " ".join(fields["url"]))
        fields["cited"] = ["scopus", work[1], cited[1]] if cited and work else []
    return {name: values for name, values in fields.items() if values}


def _whole(dates: list[str]) -> list[str]:
    """Return dates with the record's year before those that tell month and day alone, as Web of Science writes them (``PY 2020``, ``DA JAN 15``)."""
    year = next((d for d in dates if re.search(r"\d{4}", d)), None)
    return [d if year is None or re.search(r"\d{4}", d) else f"{year}/{d}" for d in dates]


def lines(words: str) -> list[str]:
    r"""Return the lines of a file: a form feed or a line separator inside a field ends none.

    Examples
    --------
    >>> lines("a\u2028b\r\nc\rd\n")
    ['a\u2028b', 'c', 'd']
    """
    return words.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
