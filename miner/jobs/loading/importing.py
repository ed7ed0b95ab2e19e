"""Importing files: PubMed XML and arXiv's Atom feeds, whole or as far as they can be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import MinerError, ParseError, UsageError
from miner.harvest.pubmed_xml import open_binary
from miner.harvest.records import Parsed, Problem
from miner.harvest.source import Say
from miner.jobs.loading.bulk import Ahead, Loaded, known_file, load, reading_ahead, record_file
from miner.jobs.loading.intake import Intake

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace

_HEAD = 4096


@dataclass(slots=True)
class ImportReport:
    """What a file brought. ``partial`` is true where some of it could not be read; what and why stands in ``import_problem``."""

    file: str
    format: str
    sha256: str
    received: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    problems: int = 0
    skipped: bool = False
    reasons: list[str] = field(default_factory=list)

    @property
    def partial(self) -> bool:
        """Whether something could not be read."""
        return self.problems > 0

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {**asdict(self), "partial": self.partial}


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
) -> Iterator[ImportReport | MinerError]:
    """Import files one after another; yield a report for each, or the error that stopped it and no other.

    The next PubMed files are read by processes of their own while one is loaded. A PubMed file that was read whole before is not read
    again, unless ``again``: a run that was killed goes on with the file in which it was.
    """
    files = [_Opened(path) for path in paths]
    for number, file in enumerate(files):
        for later in files[number:]:
            if not ahead.free:
                break
            later.look(con, job, again=again)
            if later.error is None and later.kind == "pubmed" and later.known is None:
                ahead.start(later.path, later.sha256, len(files) - number)
        file.look(con, job, again=again)
        try:
            yield file.error or _import(con, file, job, ahead, say)
        except MinerError as error:
            yield error


@dataclass(slots=True)
class _Opened:
    """A file, and what is known of it once it has been looked at."""

    path: Path
    sha256: str = ""
    kind: str = ""
    known: int | None = None
    error: MinerError | None = None

    def look(self, con: duckdb.DuckDBPyConnection, job: str, *, again: bool) -> None:
        if self.kind or self.error:
            return
        try:
            if not self.path.is_file():
                raise UsageError("there is no such file", where=str(self.path), hint="check the name")
            self.sha256 = _checked(self.path)
            self.kind = sniff(self.path)
            if self.kind == "pubmed" and not again:
                self.known = known_file(con, job, self.sha256)
        except MinerError as error:
            self.error = error
        except OSError as error:
            self.error = ParseError(f"it cannot be read: {error.strerror}", where=str(self.path), hint="see to its permissions")


def _import(con: duckdb.DuckDBPyConnection, file: _Opened, job: str, ahead: Ahead, say: Say) -> ImportReport:
    name = file.path.name
    report = ImportReport(name, file.kind, file.sha256)
    if file.known is not None:
        report.received = report.unchanged = file.known
        report.skipped = True
        say(f"{name}: was imported before, and is not read again")
        return report
    try:
        done = load(con, ahead.events(file.path, file.sha256), job, name, say) if file.kind == "pubmed" else _taken(con, file, job, say)
    except ParseError as error:
        if error.where:
            raise
        raise ParseError(error.what, where=str(file.path), hint=error.hint) from error
    w = done.written
    report.received, report.new, report.changed, report.unchanged = w.received, w.new, w.changed, w.unchanged
    report.deleted, report.problems = done.deleted, len(done.problems)
    report.reasons = [f"{p.record}: {p.reason}" for p in done.problems[:10]]
    if not (report.received or report.deleted or report.problems):
        report.problems += 1
        report.reasons.append("it holds no records")
    elif file.kind == "pubmed" and not any(p.cut_short for p in done.problems):
        record_file(con, job, file.path, file.sha256, done)
    return report


def _taken(con: duckdb.DuckDBPyConnection, file: _Opened, job: str, say: Say) -> Loaded:
    intake = Intake(con, job, file.path.name)
    try:
        intake.take(_limited(_records(file.kind, file.path, file.sha256), say, file.path.name))
    finally:
        intake.close()
    return Loaded(intake.written, intake.deleted, intake.problems)


def _limited(records: Iterator[Parsed], say: Say, name: str) -> Iterator[Parsed]:
    for number, record in enumerate(records, 1):
        yield record
        if number % 10_000 == 0:
            say(f"{name}: {number:,} records")


def _checked(path: Path) -> str:
    """Return the file's SHA-256; compare its MD5 with the file beside it that holds it."""
    beside = path.with_name(path.name + ".md5")
    wanted = _wanted_md5(beside) if beside.is_file() else None
    sha256 = hashlib.sha256()
    md5 = hashlib.md5(usedforsecurity=False)  # what NLM publishes
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            sha256.update(block)
            if wanted:
                md5.update(block)
    if wanted and md5.hexdigest() != wanted:
        raise ParseError(f"its MD5 is {md5.hexdigest()}, not {wanted} as {beside.name} says", where=str(path), hint="download it again")
    return sha256.hexdigest()


def _wanted_md5(beside: Path) -> str:
    """Return the checksum in a .md5 file, as NLM (``MD5(name)= sum``) and md5sum (``sum  name``) write it."""
    import re

    match = re.search(r"\b([0-9a-fA-F]{32})\b", beside.read_text(encoding="utf-8", errors="replace"))
    if not match:
        raise ParseError("it holds no MD5", where=str(beside), hint="download it again, or remove it")
    return match[1].lower()


def sniff(path: Path) -> str:
    """Return a file's format, by its content.

    Raises
    ------
    ParseError
        If it is no format that can be imported.
    """
    try:
        with open_binary(path) as handle:
            head = handle.read(_HEAD)
    except (OSError, EOFError) as error:
        raise ParseError(f"it cannot be read: {error}", where=str(path), hint="download it again") from error
    text = head.replace(b"\0", b"")  # UTF-16 looks like ASCII then
    if b"http://www.w3.org/2005/Atom" in text:
        return "atom"
    if b"http://www.openarchives.org/OAI/2.0/" in text:
        return "oai"
    if b"<Pubmed" in text or b"<!DOCTYPE Pubmed" in text:
        return "pubmed"
    if not text.strip():
        raise ParseError("it is empty", where=str(path), hint="download it again")
    lowered = text.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if lowered.startswith((b"<!doctype html", b"<html")):
        raise ParseError("a page of HTML, not a file of records", where=str(path), hint="download it again")
    if lowered.startswith(b"<"):
        return "pubmed"  # its reader says what is wrong
    if lowered.startswith(b"{"):
        return "jsonl"
    if b"\nty  -" in b"\n" + lowered:
        return "ris"
    if lowered.startswith((b"@", b"%")):
        return "bibtex"
    raise ParseError(
        "not a format that can be imported",
        where=str(path),
        hint="PubMed XML, Atom, JSON lines, RIS or BibTeX; for tables see --as studies",
    )


def _records(kind: str, path: Path, sha256: str) -> Iterator[Parsed]:
    if kind == "atom":
        yield from _atom(path, sha256)
    elif kind == "oai":
        yield from _oai(path, sha256)
    else:
        from miner.harvest.bibliography import read_bibliography

        yield from read_bibliography(kind, path, sha256)


def _content(path: Path) -> bytes:
    try:
        with open_binary(path) as handle:
            return handle.read()
    except (OSError, EOFError) as error:
        raise ParseError(f"it is cut short or damaged: {error}", where=str(path), hint="download it again") from error


def _atom(path: Path, sha256: str) -> Iterator[Parsed]:
    from miner.harvest.atom import parse_feed

    feed = parse_feed(_content(path), sha256)
    yield from feed.records
    if not feed.records:
        yield Problem("feed", "it holds no entries" + (f", though it counts {feed.total}" if feed.total else ""))


def _oai(path: Path, sha256: str) -> Iterator[Parsed]:
    from miner.harvest.oai import parse_oai

    yield from parse_oai(_content(path), sha256).records
