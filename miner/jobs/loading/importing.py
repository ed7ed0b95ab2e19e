"""Importing files of records, whole or as far as they can be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from miner.errors import MinerError, ParseError, UsageError
from miner.harvest.reader import FileReader, reader_of
from miner.harvest.records import Parsed
from miner.harvest.source import Say
from miner.jobs.loading.bulk import Ahead, Loaded, known_file, load, reading_ahead, record_file
from miner.jobs.loading.intake import Intake
from miner.jobs.loading.limit import Limit
from miner.jobs.partial import Partial
from miner.progress import Meter

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace


@dataclass(slots=True)
class ImportReport(Partial):
    """What a file brought. ``partial`` is true where some of it could not be read; what and why stands in ``import_problem``.

    ``left`` is how many records a limit left out.
    """

    file: str
    format: str
    sha256: str
    received: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    problems: int = 0
    left: int = 0
    skipped: bool = False
    reasons: list[str] = field(default_factory=list)

    @property
    def partial(self) -> bool:
        """Whether something could not be read."""
        return self.problems > 0


def import_file(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,  # noqa: ARG001 -- the same call as harvest_source
    path: Path,
    *,
    job: str = "import",
    say: Say = lambda _: None,
    again: bool = False,
) -> ImportReport:
    """Import one file.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    workspace : Workspace
    path : pathlib.Path
        PubMed XML (``.xml``, ``.xml.gz``; checked against ``<name>.md5`` where that stands beside it), an Atom feed or OAI-PMH answer of arXiv, JSON lines, RIS or
        BibTeX. What it is, is seen from its content.
    job : str
        What the papers are recorded under.
    say : callable
        Told of progress.
    again : bool
        Read a PubMed file that was read whole before once more.

    Raises
    ------
    UsageError
        If there is no such file.
    ParseError
        If it is nothing that can be imported, or not what its ``.md5`` says; nothing of it is imported then.
    """
    with reading_ahead() as ahead:
        report = next(import_files(con, [path], job=job, say=say, again=again, ahead=ahead))
    if isinstance(report, MinerError):
        raise report
    return report


def import_files(
    con: duckdb.DuckDBPyConnection,
    paths: Iterable[Path],
    *,
    job: str,
    ahead: Ahead,
    say: Say = lambda _: None,
    again: bool = False,
    limit: int | None = None,
) -> Iterator[ImportReport | MinerError]:
    """Import files one after another; yield a report for each, or the error that stopped it and no other.

    The next PubMed files are read by processes of their own while one is loaded. A PubMed file that was read whole before is not read
    again, unless ``again``: a run that was killed goes on with the file in which it was. ``limit`` is how many records that the job does not have are taken, of all files.
    """
    files = [_Opened(path) for path in paths]
    within = None if limit is None else Limit(con, job, limit)
    for number, file in enumerate(files):
        for later in files[number:]:
            if not ahead.free:
                break
            later.look(con, job, again=again)
            if limit is None and later.reader is not None and later.reader.bulk and later.known is None:
                ahead.start(later.path, later.sha256, len(files) - number)
        file.look(con, job, again=again)
        try:
            if file.reader is not None:
                yield _import(con, file, file.reader, job, ahead, say, within)
            elif file.error is not None:
                yield file.error
        except MinerError as error:
            yield error


@dataclass(slots=True)
class _Opened:
    """A file, and what is known of it once it has been looked at."""

    path: Path
    sha256: str = ""
    reader: FileReader | None = None
    known: int | None = None
    error: MinerError | None = None

    def look(self, con: duckdb.DuckDBPyConnection, job: str, *, again: bool) -> None:
        if self.reader or self.error:
            return
        try:
            if not self.path.is_file():
                raise UsageError("there is no such file", where=str(self.path), hint="check the name")
            self.sha256 = _checked(self.path)
            self.reader = reader_of(self.path)
            if self.reader.bulk and not again:
                self.known = known_file(con, job, self.sha256)
        except MinerError as error:
            self.error = error
        except OSError as error:
            self.error = ParseError(f"it cannot be read: {error.strerror}", where=str(self.path), hint="see to its permissions")


def _import(
    con: duckdb.DuckDBPyConnection, file: _Opened, reader: FileReader, job: str, ahead: Ahead, say: Say, limit: Limit | None
) -> ImportReport:
    name = file.path.name
    report = ImportReport(name, reader.name, file.sha256)
    if file.known is not None:
        report.received = report.unchanged = file.known
        report.skipped = True
        say(f"{name}: was imported before, and is not read again")
        return report
    try:
        if reader.bulk and limit is None:
            done = load(con, ahead.events(file.path, file.sha256), job, name, say)
        else:
            done = _taken(con, file, reader, job, say, limit)
    except ParseError as error:
        if error.where:
            raise
        raise ParseError(error.what, where=str(file.path), hint=error.hint) from error
    w = done.written
    report.received, report.new, report.changed, report.unchanged = w.received, w.new, w.changed, w.unchanged
    report.deleted, report.problems, report.left = done.deleted, len(done.problems), limit.left() if limit else 0
    report.reasons = [f"{p.record}: {p.reason}" for p in done.problems[:10]]
    if not (report.received or report.deleted or report.problems or report.left):
        report.problems += 1
        report.reasons.append("it holds no records")
    elif reader.bulk and limit is None and not any(p.cut_short for p in done.problems):
        record_file(con, job, file.path, file.sha256, done)
    return report


def _taken(con: duckdb.DuckDBPyConnection, file: _Opened, reader: FileReader, job: str, say: Say, limit: Limit | None) -> Loaded:
    intake = Intake(con, job, file.path.name)
    try:
        records = _counted(reader.read(file.path, file.sha256), Meter(say, file.path.name, "record"))
        intake.take(limit.within(records) if limit else records)
    finally:
        intake.close()
    return Loaded(intake.written, intake.deleted, intake.problems)


def _counted(records: Iterator[Parsed], meter: Meter) -> Iterator[Parsed]:
    for record in records:
        yield record
        meter.add()


def _checked(path: Path) -> str:
    """Return the file's SHA-256; compare its MD5 with the file beside it that holds it."""
    md5_file = path.with_name(path.name + ".md5")
    wanted = _wanted_md5(md5_file) if md5_file.is_file() else None
    sha256 = hashlib.sha256()
    md5 = hashlib.md5(usedforsecurity=False)  # what NLM publishes
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            sha256.update(block)
            if wanted:
                md5.update(block)
    if wanted and md5.hexdigest() != wanted:
        raise ParseError(f"its MD5 is {md5.hexdigest()}, not {wanted} as {md5_file.name} says", where=str(path), hint="download it again")
    return sha256.hexdigest()


def _wanted_md5(md5_file: Path) -> str:
    """Return the checksum in a .md5 file, as NLM (``MD5(name)= sum``) and md5sum (``sum  name``) write it."""
    import re

    match = re.search(r"\b([0-9a-fA-F]{32})\b", md5_file.read_text(encoding="utf-8", errors="replace"))
    if not match:
        raise ParseError("it holds no MD5", where=str(md5_file), hint="download it again, or remove it")
    return match[1].lower()
