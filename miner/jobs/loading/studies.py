"""Importing tables of studies, leaderboards and publication counts; what cannot be read is recorded and counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from miner.digits import STORED, significant
from miner.errors import ConfigError, ParseError
from miner.harvest.records import Problem
from miner.resources import resource
from miner.store.ledger import record_problems
from miner.store.studies import write_competitions, write_counts, write_leaderboard, write_study_rows
from miner.studies.clean import is_missing
from miner.studies.counts import read_counts
from miner.studies.facts import read_facts
from miner.studies.leaderboard import competition_of, read_leaderboard
from miner.studies.mapping import Mapping, load_mapping
from miner.studies.rows import StudyRow, import_table, mapped_table, read_rows
from miner.studies.sources import BoardMapping, SourcePart, kind_of, load_board_mapping, load_count_mapping, load_parts

if TYPE_CHECKING:
    import duckdb

    from miner.vocabulary import Vocabulary

PAPER = "varoquaux2022"
# The order in which the paper's script joins the reviews: its random jitter of the years depends on it.
PAPER_REVIEWS = ("sakai2019", "dallora2017", "wen2020", "arbabshirani2017", "gautam2020", "ansart2019")


@dataclass(slots=True)
class StudyImport:
    """What an import did.

    ``used`` counts rows in use, ``effects`` those of them that give an effect, ``without_estimate`` those without an accuracy, ``with_n``
    those with a sample size, ``n_unread`` those whose cell has one that could not be read, ``inexact`` those with a bound or an approximate
    number; ``set_aside`` and ``rejected`` count the rest. ``problems`` holds a place and a reason for each row that gave none, and for each
    cell that was not read or is no exact number.
    """

    file: str
    kind: str
    used: int = 0
    effects: int = 0
    without_estimate: int = 0
    with_n: int = 0
    n_unread: int = 0
    inexact: int = 0
    set_aside: int = 0
    rejected: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)

    def to_dict(self) -> dict[str, object]:
        """Return JSON-ready data."""
        return {
            "file": self.file,
            "kind": self.kind,
            "used": self.used,
            "effects": self.effects,
            "without_estimate": self.without_estimate,
            "with_n": self.with_n,
            "n_unread": self.n_unread,
            "inexact": self.inexact,
            "set_aside": self.set_aside,
            "rejected": self.rejected,
            "problems": [{"record": place, "reason": reason} for place, reason in self.problems],
        }


def import_studies(
    con: duckdb.DuckDBPyConnection, path: Path, mapping: Path | str | None = None, words: Vocabulary | None = None
) -> list[StudyImport]:
    """Import tables of studies.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    path : pathlib.Path
        A table; or a folder that holds the tables which the mappings name.
    mapping : pathlib.Path or str, optional
        A mapping file, a folder of mappings, or the name of a bundled folder (``varoquaux2022``, the default for a folder of tables).
    words : Vocabulary, optional
        Has the aliases of tasks; the one that ships with miner by default.

    Returns
    -------
    list of StudyImport
        One a table. A table that cannot be read has no row in use and one problem; it never stops the others.

    Raises
    ------
    ConfigError
        If a mapping is wrong, or which to use is not told.
    ParseError
        If the only table cannot be read.
    """
    mappings = _mappings(mapping, path)
    done: list[StudyImport] = []
    for each in mappings:
        table = path / str(each.file) if path.is_dir() else path
        try:
            rows = import_table(table, each, words)
        except ParseError as error:
            if len(mappings) == 1:
                raise
            done.append(StudyImport(table.name, "studies", problems=[("table", str(error))]))
            record_problems(con, table.name, [Problem("table", str(error))])
            continue
        done.append(_store(con, rows, table.name, words))
    return done


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """What was read of one row of a table, beside its cells; nothing is stored.

    Attributes
    ----------
    row : StudyRow
    reference_column : str
        What the table calls the column of references.
    cells : dict
        The row's own cells that the mapping names, by column.
    """

    row: StudyRow
    reference_column: str
    cells: dict[str, str]

    def to_dict(self) -> dict[str, object]:
        """Return JSON-ready data; ``reported`` is ``yes`` where ``why`` says something of the row."""
        r = self.row
        return {
            self.reference_column: r.reference,
            "n": r.n,
            **{
                name: None if (v := getattr(r, name)) is None else significant(v, STORED)
                for name in ("estimate", "ci_low", "ci_high", "sd")
            },
            "reported": "yes" if r.why else "no",
            "why": r.why,
            "row": r.row + 1,
            "item": r.item + 1,
            **{name: getattr(r, name) for name in ("used", "year", "task", "metric", "bound", "n_bound")},
            "cells": self.cells,
        }


def check_studies(path: Path, mapping: Path | str | None = None, words: Vocabulary | None = None) -> list[CheckedRow]:
    """Read tables of studies as :func:`import_studies` does, cell by cell, and store nothing.

    Raises
    ------
    ConfigError
        If a mapping is wrong, or which to use is not told.
    ParseError
        If a table cannot be read.
    """
    found = []
    for each in _mappings(mapping, path):
        table = mapped_table(path / str(each.file) if path.is_dir() else path, each)
        name, records, named = " ".join(each.columns["reference"]), table.records(), each.source_columns()
        found += [CheckedRow(row, name, {c: records[row.row][c] for c in named}) for row in read_rows(table, each, words)]
    return found


def _mappings(mapping: Path | str | None, path: Path) -> list[Mapping]:
    place = Path(mapping) if mapping is not None else None
    if place is None and not path.is_dir():
        raise ConfigError("no mapping is named", where=path.name, hint="--mapping FILE.toml says which column is which")
    if place is None or (not place.exists() and str(mapping) == PAPER):
        folder = resource("pipelines", PAPER)
        known = [load_mapping(folder / f"{name}.toml") for name in PAPER_REVIEWS]
        return known if path.is_dir() else [_for_file(known, path)]
    if not place.is_dir():
        return [load_mapping(place)]
    found = [load_mapping(file) for file in sorted(place.glob("*.toml")) if kind_of(file) == "studies"]
    if not found:
        raise ConfigError("there is no mapping in this folder", where=str(place), hint="a mapping is a .toml file")
    return found if path.is_dir() else [_for_file(found, path)]


def _for_file(mappings: list[Mapping], path: Path) -> Mapping:
    for mapping in mappings:
        if mapping.file is not None and Path(mapping.file).name == path.name:
            return mapping
    known = ", ".join(Path(m.file).name for m in mappings if m.file)
    raise ConfigError("no mapping is for a file of this name", where=path.name, hint=f"they are for {known}; or name one with --mapping")


def _store(con: duckdb.DuckDBPyConnection, rows: list[StudyRow], file: str, words: Vocabulary | None) -> StudyImport:
    effects = write_study_rows(con, rows, words)
    unread = [r for r in rows if r.used and r.n is None and not is_missing(r.n_raw)]
    problems = [
        (f"row {r.row + 1}, accuracy {r.item + 1}", r.why)
        for r in rows
        if r.why and (not r.used or r.estimate is None or r.note or r in unread)
    ]
    record_problems(con, file, [Problem(*p) for p in problems])
    return StudyImport(
        file,
        "studies",
        used=sum(r.used for r in rows),
        effects=effects,
        without_estimate=sum(r.used and r.estimate is None for r in rows),
        with_n=sum(r.used and r.n is not None for r in rows),
        n_unread=len(unread),
        inexact=sum(r.used and bool(r.bound or r.n_bound) for r in rows),
        set_aside=sum(r.aside for r in rows),
        rejected=sum(not r.used and not r.aside for r in rows),
        problems=problems,
    )


def import_facts_table(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Import a facts table (``reports/data/varoquaux2022_studies.csv``); return how many effects it gave.

    Their ``origin`` is the review, ``n_unit`` participant, ``n_role`` total, ``decided`` imported.

    Raises
    ------
    ParseError
        If it is no facts table.
    """
    return write_study_rows(con, read_facts(path))


def import_leaderboard(con: duckdb.DuckDBPyConnection, path: Path, mapping: Path | None = None) -> StudyImport:
    """Import a leaderboard, or all that a folder holds (``NAME_public`` and ``NAME_private``, HTML or CSV).

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    path : pathlib.Path
        A board's file, or a folder.
    mapping : pathlib.Path, optional
        See :func:`miner.studies.sources.load_board_mapping`; of a folder, boards of competitions that it doesn't name are set aside.

    Raises
    ------
    ConfigError
        If the mapping is wrong.
    ParseError
        If it cannot be read, or the folder holds none.
    """
    known = load_board_mapping(mapping) if mapping else BoardMapping()
    files = sorted(f for f in path.iterdir() if f.stem.endswith(("_public", "_private"))) if path.is_dir() else [path]
    report = StudyImport(path.name, "leaderboards")
    read: set[str] = set()
    for file in files:
        name = competition_of(file)[0]
        if known.competitions and name not in known.competitions:
            report.set_aside += 1
            continue
        try:
            board = read_leaderboard(file, known.columns)
        except ParseError as error:
            if len(files) == 1:
                raise
            report.problems.append((file.name, str(error)))
            report.rejected += 1
            continue
        report.used += write_leaderboard(con, board.entries)
        read.add(name)
        report.problems += [(f"{file.name}, {place}", reason) for place, reason in board.problems]
        report.rejected += len(board.problems)
    if not report.used:
        raise ParseError("no leaderboard could be read", where=str(path), hint="files are named NAME_public.html and NAME_private.html")
    write_competitions(con, [c for name, c in known.competitions.items() if name in read])
    record_problems(con, path.name, [Problem(*p) for p in report.problems])
    return report


def import_counts(con: duckdb.DuckDBPyConnection, path: Path, mapping: Path | None = None) -> StudyImport:
    """Import publication counts: a table with a column ``year`` and one column a topic, or as the mapping says.

    Raises
    ------
    ConfigError
        If the mapping is wrong.
    ParseError
        If it cannot be read.
    """
    counts, problems = read_counts(path, load_count_mapping(mapping) if mapping else None)
    record_problems(con, path.name, [Problem(*p) for p in problems])
    return StudyImport(path.name, "counts", used=write_counts(con, counts), rejected=len(problems), problems=problems)


def import_sources(
    con: duckdb.DuckDBPyConnection, folder: Path, mapping: Path | str = PAPER, words: Vocabulary | None = None
) -> list[StudyImport]:
    """Import a collection of sources: tables of studies, leaderboards and counts, as its ``sources.toml`` lists them.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    folder : pathlib.Path
        What the collection's repository holds.
    mapping : pathlib.Path or str
        The folder of ``sources.toml`` and its mappings, or the name of a bundled one.
    words : Vocabulary, optional
        Has the aliases of tasks; the one that ships with miner by default.

    Returns
    -------
    list of StudyImport
        One a table or part. A part that is absent or cannot be read has one problem; it never stops the others.

    Raises
    ------
    ConfigError
        If a mapping is wrong.
    ParseError
        If the folder holds no part at all.
    """
    home = _bundle(mapping)
    done: list[StudyImport] = []
    for part in load_parts(home / "sources.toml"):
        place = next((folder / p for p in part.paths if (folder / p).exists()), None)
        if place is None:
            reason = f"there is no {' or '.join(part.paths)} in {folder.name}"
            done.append(StudyImport(part.paths[0], part.kind, problems=[("file", reason)]))
            continue
        try:
            done += _part(con, part, place, home, mapping, words)
        except ParseError as error:
            done.append(StudyImport(place.name, part.kind, problems=[("file", str(error))]))
    if not any(r.used for r in done):
        raise ParseError("none of its parts could be read", where=str(folder), hint="; ".join(p[1] for r in done for p in r.problems)[:300])
    return done


def _part(
    con: duckdb.DuckDBPyConnection, part: SourcePart, place: Path, home: Path, mapping: Path | str, words: Vocabulary | None
) -> list[StudyImport]:
    own = home / part.mapping if part.mapping else None
    if part.kind == "studies":
        return import_studies(con, place, own or mapping, words)
    return [(import_leaderboard if part.kind == "leaderboards" else import_counts)(con, place, own)]


def bundled(name: str) -> Path:
    """Return one of the paper's bundled mappings."""
    return resource("pipelines", PAPER, name)


def _bundle(mapping: Path | str) -> Path:
    place = Path(mapping)
    if not place.exists():
        bundled = resource("pipelines", str(mapping)) if str(mapping) == PAPER else None
        if bundled is None:
            raise ConfigError(f"there is no folder {str(mapping)!r} of mappings", hint=f"the bundled one is {PAPER}")
        return bundled
    return place if place.is_dir() else place.parent
