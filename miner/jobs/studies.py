"""Importing tables of studies, leaderboards and publication counts; what cannot be read is recorded and counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from miner.errors import ConfigError, ParseError
from miner.resources import resource
from miner.store.studies import write_counts, write_leaderboard, write_study_rows
from miner.studies.counts import read_counts
from miner.studies.facts import read_facts
from miner.studies.leaderboard import read_leaderboard
from miner.studies.mapping import Mapping, load_mapping
from miner.studies.rows import StudyRow, import_table

if TYPE_CHECKING:
    import duckdb

PAPER = "varoquaux2022"
# The order in which the paper's script joins the reviews: its random jitter of the years depends on it.
PAPER_REVIEWS = ("sakai2019", "dallora2017", "wen2020", "arbabshirani2017", "gautam2020", "ansart2019")


@dataclass(slots=True)
class StudyImport:
    """What an import did.

    ``used`` counts rows in use, ``effects`` those of them that give an effect, ``without_estimate`` those without an accuracy;
    ``set_aside`` and ``rejected`` count the rest. ``problems`` holds a place and a reason for each row that gave none.
    """

    file: str
    kind: str
    used: int = 0
    effects: int = 0
    without_estimate: int = 0
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
            "set_aside": self.set_aside,
            "rejected": self.rejected,
            "problems": [{"record": place, "reason": reason} for place, reason in self.problems],
        }


def import_studies(con: duckdb.DuckDBPyConnection, path: Path, mapping: Path | str | None = None) -> list[StudyImport]:
    """Import tables of studies.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    path : pathlib.Path
        A table; or a folder that holds the tables which the mappings name.
    mapping : pathlib.Path or str, optional
        A mapping file, a folder of mappings, or the name of a bundled folder (``varoquaux2022``, the default for a folder of tables).

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
            rows = import_table(table, each)
        except ParseError as error:
            if len(mappings) == 1:
                raise
            done.append(StudyImport(table.name, "studies", problems=[("table", str(error))]))
            _record(con, table.name, [("table", str(error))])
            continue
        done.append(_store(con, rows, table.name))
    return done


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
    found = [load_mapping(file) for file in sorted(place.glob("*.toml"))]
    if not found:
        raise ConfigError("there is no mapping in this folder", where=str(place), hint="a mapping is a .toml file")
    return found if path.is_dir() else [_for_file(found, path)]


def _for_file(mappings: list[Mapping], path: Path) -> Mapping:
    for mapping in mappings:
        if mapping.file is not None and Path(mapping.file).name == path.name:
            return mapping
    known = ", ".join(Path(m.file).name for m in mappings if m.file)
    raise ConfigError("no mapping is for a file of this name", where=path.name, hint=f"they are for {known}; or name one with --mapping")


def _store(con: duckdb.DuckDBPyConnection, rows: list[StudyRow], file: str) -> StudyImport:
    effects = write_study_rows(con, rows)
    problems = [(f"row {r.row + 1}, accuracy {r.item + 1}", r.reason) for r in rows if r.reason and (not r.used or r.estimate is None)]
    _record(con, file, problems)
    return StudyImport(
        file,
        "studies",
        used=sum(r.used for r in rows),
        effects=effects,
        without_estimate=sum(r.used and r.estimate is None for r in rows),
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


def import_leaderboard(con: duckdb.DuckDBPyConnection, path: Path) -> StudyImport:
    """Import a leaderboard, or all that a folder holds (``NAME_public`` and ``NAME_private``, HTML or CSV).

    Raises
    ------
    ParseError
        If it cannot be read, or the folder holds none.
    """
    files = sorted(f for f in path.iterdir() if f.stem.endswith(("_public", "_private"))) if path.is_dir() else [path]
    report = StudyImport(path.name, "leaderboard")
    for file in files:
        try:
            board = read_leaderboard(file)
        except ParseError as error:
            if len(files) == 1:
                raise
            report.problems.append((file.name, str(error)))
            report.rejected += 1
            continue
        report.used += write_leaderboard(con, board.entries)
        report.problems += [(f"{file.name}, {place}", reason) for place, reason in board.problems]
        report.rejected += len(board.problems)
    if not report.used:
        raise ParseError("no leaderboard could be read", where=str(path), hint="files are named NAME_public.html and NAME_private.html")
    _record(con, path.name, report.problems)
    return report


def import_counts(con: duckdb.DuckDBPyConnection, path: Path) -> StudyImport:
    """Import publication counts: a table with a column ``year`` and one column a topic.

    Raises
    ------
    ParseError
        If it cannot be read.
    """
    counts, problems = read_counts(path)
    _record(con, path.name, problems)
    return StudyImport(path.name, "counts", used=write_counts(con, counts), rejected=len(problems), problems=problems)


def _record(con: duckdb.DuckDBPyConnection, file: str, problems: list[tuple[str, str]]) -> None:
    if problems:
        con.executemany(
            "INSERT INTO import_problem (file, record, reason) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [[file, place, reason] for place, reason in problems],
        )
