"""Counts of publications by topic and year: read from a spreadsheet, and turned into shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from miner.errors import ParseError
from miner.studies.clean import is_missing, parse_number
from miner.studies.layout import Layout
from miner.studies.read import read_table
from miner.studies.sources import CountMapping


@dataclass(frozen=True, slots=True)
class Count:
    """How many publications a topic has in a year; ``query`` is what was asked, where it is known."""

    topic: str
    year: int
    count: int
    source: str
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A topic as a share of a field's literature, in percent, by year."""

    topic: str
    whole: str
    years: tuple[int, ...]
    percent: tuple[float, ...]


def read_counts(path: Path, mapping: CountMapping | None = None) -> tuple[list[Count], list[tuple[str, str]]]:
    """Read a table with a column ``year`` and one column a topic.

    Parameters
    ----------
    path : pathlib.Path
        A spreadsheet, HTML or CSV file.
    mapping : CountMapping, optional
        Where the columns have other names, or only some are wanted.

    Returns
    -------
    counts : list of Count
    problems : list of (str, str)
        Cells that hold no whole number, and why.

    Raises
    ------
    ParseError
        If there is no column ``year`` (or another that the mapping names), or no count at all.
    """
    mapping = mapping or CountMapping()
    table = read_table(path, Layout(sheet=mapping.sheet))
    named = next((c for c in table.columns if c.casefold() == mapping.year.casefold()), None)
    absent = [c for c in mapping.topics if c not in table.columns]
    if named is None or absent:
        lacking = ", ".join(repr(c) for c in ([mapping.year] if named is None else absent))
        raise ParseError(f"there is no column {lacking}", where=table.source, hint=f"its columns: {', '.join(table.columns)}")
    topics = mapping.topics or {c: c for c in table.columns if c != named}
    counts: list[Count] = []
    problems: list[tuple[str, str]] = []
    for i, record in enumerate(table.records(), 1):
        year = parse_number(record[named])
        if year is None or not 1800 <= year < 2100:
            problems.append((f"row {i}", f"{record[named]!r} is no year"))
            continue
        for column, topic in topics.items():
            value = parse_number(record[column])
            if value is None or value != int(value):
                if not is_missing(record[column]):
                    problems.append((f"row {i}, {column}", f"{record[column]!r} is no count"))
                continue
            counts.append(Count(topic, int(year), int(value), mapping.source or table.source))
    if not counts:
        raise ParseError("no count could be read", where=table.source, hint="one row a year, one column a topic")
    return counts, problems


def share(counts: Iterable[Count], topic: str, whole: str) -> Share | None:
    """Return ``topic`` as a percentage of ``whole`` for the years that have both, or None if there are none.

    Examples
    --------
    >>> share([Count("lung", 2011, 5, "x"), Count("all", 2011, 200, "x")], "lung", "all").percent
    (2.5,)
    """
    table = {(c.topic, c.year): c.count for c in counts}
    years = sorted(year for name, year in table if name == topic and table.get((whole, year), 0) > 0)
    if not years:
        return None
    return Share(topic, whole, tuple(years), tuple(table[topic, y] / table[whole, y] * 100 for y in years))


def shares(counts: Iterable[Count]) -> list[Share]:
    """Return every topic ``X_F`` as a share of ``all_F``, for each field F that has a count of all.

    Examples
    --------
    >>> [s.topic for s in shares([Count("lung_ai", 2011, 5, "x"), Count("all_ai", 2011, 200, "x"), Count("lung_other", 2011, 5, "x")])]
    ['lung_ai']
    """
    counts = list(counts)
    topics = sorted({c.topic for c in counts})
    found = []
    for whole in (t for t in topics if t.startswith("all_")):
        ending = whole.removeprefix("all")
        found += [share(counts, t, whole) for t in topics if t.endswith(ending) and t != whole]
    return [s for s in found if s is not None]
