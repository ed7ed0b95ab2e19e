"""Files of any kind into a workspace: records, full texts, tables of studies; a bad one is reported and stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import MinerError, UsageError
from miner.extract.rule import rule_vocabulary
from miner.jobs.loading.bulk import in_order, reading_ahead
from miner.jobs.loading.documents import import_documents, is_document
from miner.jobs.loading.importing import import_files
from miner.jobs.loading.studies import PAPER, bundled, import_counts, import_leaderboard, import_sources, import_studies
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.settings import suggest

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace
    from miner.vocabulary import Vocabulary

    Say = Callable[[str], None]

KINDS = ("records", "studies", "leaderboards", "counts", "sources")
SHOWN = 5  # problems of a table that are told; all are recorded


@dataclass(slots=True)
class FilesReport:
    """What became of some files.

    ``files`` holds one JSON-ready report a file or table, in order (``{"file", "error"}`` for one that could not be read);
    ``errors`` the reasons of those, as exceptions.
    """

    asked: int = 0
    files: list[dict[str, Any]] = field(default_factory=list)
    errors: list[MinerError] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether nothing could be read."""
        return bool(self.errors) and len(self.errors) == self.asked

    @property
    def partial(self) -> bool:
        """Whether some of it could not be read."""
        return bool(self.errors) or any(r.get("partial") for r in self.files)


def import_into(
    workspace: Workspace,
    files: Sequence[Path],
    say: Say,
    *,
    kind: str = "records",
    mapping: Path | None = None,
    job: str = "import",
    again: bool = False,
    limit: int | None = None,
) -> FilesReport:
    """Import files into a workspace and publish.

    Parameters
    ----------
    workspace : Workspace
    files : sequence of pathlib.Path
        Files, or (for records) folders of them.
    say : callable
        Told what is wrong with a file, for people.
    kind : str
        One of ``KINDS``: ``records`` takes bibliographic records and full texts, the others tables.
    mapping : pathlib.Path, optional
        Of tables: which column means what.
    job : str
        The name under which records are kept.
    again : bool
        Read PubMed files again that were read whole before.
    limit : int, optional
        Of records: at most so many that the job does not have, of all files together.

    Raises
    ------
    UsageError
        If there is no such kind.
    LockedError
        If another run holds the workspace.
    """
    if kind not in KINDS:
        raise UsageError(f"there is no kind {kind!r}", where="--as", hint=suggest(kind, KINDS, all_too=True))
    if kind == "records":
        files = in_order(files, say)
    texts = [p for p in files if is_document(p)] if kind == "records" else []
    report = FilesReport(len(files))
    with writing(workspace) as con:
        found = (
            _records(con, [p for p in files if p not in texts], job, say, again=again, limit=limit)
            if kind == "records"
            else _tables(con, files, kind, mapping, rule_vocabulary([workspace.rules]), say)
        )
        for path, result in found:
            if isinstance(result, MinerError):
                report.errors.append(result)
                report.files.append({"file": str(path), "error": str(result)})
                say(f"Error: {result}")
            else:
                report.files += result
        report.files += _documents(con, workspace, texts, job, say)
        publish(con, workspace, say)
    return report


Result = list[dict[str, Any]] | MinerError


def _records(
    con: duckdb.DuckDBPyConnection, files: list[Path], job: str, say: Say, *, again: bool, limit: int | None
) -> Iterator[tuple[Path, Result]]:
    with reading_ahead() as ahead:
        for path, report in zip(files, import_files(con, files, job=job, ahead=ahead, say=say, again=again, limit=limit), strict=True):
            if isinstance(report, MinerError):
                yield path, report
                continue
            for reason in report.reasons:
                say(f"{report.file}: {reason}")
            yield path, [report.to_dict()]


def _documents(con: duckdb.DuckDBPyConnection, workspace: Workspace, paths: list[Path], job: str, say: Say) -> list[dict[str, Any]]:
    reports = []
    for report in import_documents(con, workspace, paths, job=job) if paths else ():
        if report.reason:
            say(f"{report.file}: {report.reason}")
        reports.append(report.to_dict())
    return reports


def _tables(
    con: duckdb.DuckDBPyConnection, files: Sequence[Path], kind: str, mapping: Path | None, words: Vocabulary, say: Say
) -> Iterator[tuple[Path, Result]]:
    for path in files:
        try:
            yield path, _table(con, path, kind, mapping, words, say)
        except MinerError as error:
            yield path, error


def _table(
    con: duckdb.DuckDBPyConnection, path: Path, kind: str, mapping: Path | None, words: Vocabulary, say: Say
) -> list[dict[str, Any]]:
    if not path.exists():
        raise UsageError("there is no such file or folder", where=str(path))
    if kind == "studies":
        reports = import_studies(con, path, mapping, words)
    elif kind == "sources":
        reports = import_sources(con, path, mapping or PAPER, words)
    else:
        own = bundled(f"{kind}.toml") if mapping is not None and str(mapping) == PAPER and not mapping.exists() else mapping
        reports = [(import_leaderboard if kind == "leaderboards" else import_counts)(con, path, own)]
    for report in reports:
        for place, reason in report.problems[:SHOWN]:
            say(f"{report.file}, {place}: {reason}")
        if len(report.problems) > SHOWN:
            say(f"{report.file}: {len(report.problems) - SHOWN} more; all stand in the table import_problem")
    return [{**r.to_dict(), "partial": not r.used} for r in reports]
