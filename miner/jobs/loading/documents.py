"""Full texts into the database: files read in the sandbox, told whose they are, stored with their sections, failures with their reasons."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import StoreError
from miner.fulltext.identity import Identity, identity_of
from miner.fulltext.sandbox import Limits, Outcome, Sandbox
from miner.fulltext.sets import articles_in
from miner.harvest.rawstore import RawStore
from miner.harvest.records import Problem
from miner.jobs.partial import Partial
from miner.store.fulltexts import Origin, find_paper, known_document, outdated, write_failed, write_read
from miner.store.ledger import record_problems
from miner.store.write import upsert_papers
from miner.types import Paper

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace

_SUFFIXES = {".pdf": "pdf", ".nxml": "jats"}
_JATS = re.compile(rb"<(?:!DOCTYPE\s+)?(?:article|pmc-articleset|book-part)[\s>]")
_HEAD = 16_384


@dataclass(frozen=True, slots=True)
class DocumentReport(Partial):
    """What became of one file: ``state`` is read, failed, or known (the same bytes were read, or failed, before with this parser)."""

    file: str
    sha256: str | None
    state: str
    reason: str | None = None
    document_id: str | None = None
    paper_id: str | None = None
    pages: int = 0
    sections: int = 0
    tables: int = 0
    new_paper: bool = False

    @property
    def partial(self) -> bool:
        """Whether it could not be read."""
        return self.reason is not None


def workers() -> int:
    """Return how many documents are parsed at once: one a processor, four at most."""
    return min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def is_document(path: Path) -> bool:
    """Whether a file is a full text, or says by its name that it is one: a PDF or JATS; what is in it is seen when it is read."""
    if not path.is_file():
        return False
    if path.suffix.lower() in _SUFFIXES:
        return True
    try:
        with path.open("rb") as handle:
            head = handle.read(_HEAD)
    except OSError:
        return False
    return b"%PDF-" in head[:1024] or _JATS.search(head.replace(b"\0", b"")) is not None


def import_documents(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    job: str = "import",
    limits: Limits | None = None,
) -> Iterator[DocumentReport]:
    """Read files, several at once, and store each with the record that it belongs to; reports come in the order of the files.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    workspace : Workspace
        Its raw store keeps the files' bytes.
    paths : sequence of pathlib.Path
        A set of articles (``pmc-articleset``) gives one report an article.
    job : str
        What papers that are new are recorded under.
    limits : Limits, optional
        What one document may take.
    """
    limits = limits or Limits()
    raw = RawStore(workspace.raw)
    with Sandbox(workers(), limits) as sandbox, tempfile.TemporaryDirectory(prefix="miner-") as folder:
        single = [p for path in paths for p in articles_in(path, Path(folder))]
        waiting: list[tuple[Path, str | None, str | None]] = [(p, *_kept(p, raw, limits)) for p in single]
        fresh: dict[str, Path] = {}
        for path, sha256, _ in waiting:
            if sha256 is not None and sha256 not in fresh and not _is_current(con, sha256):
                fresh[sha256] = path
        outcomes = sandbox.read_many(list(fresh.values()))
        for path, sha256, problem in waiting:
            if sha256 is None:
                record_problems(con, path.name, [Problem("file", problem or "")])
                yield DocumentReport(path.name, None, "failed", problem)
            elif fresh.get(sha256) is path:
                yield store_outcome(con, next(outcomes), Origin(sha256, path.name), job=job)
            else:
                yield _known(con, path.name, sha256)


def _kept(path: Path, raw: RawStore, limits: Limits) -> tuple[str | None, str | None]:
    """Keep a file's bytes; return their checksum, or None and why not."""
    try:
        size = path.stat().st_size
        if size > limits.size:
            return None, f"larger than {limits.size >> 20} MB"
        return raw.put(path.read_bytes()), None
    except OSError as error:
        return None, f"cannot be opened: {error.strerror}"


def _is_current(con: duckdb.DuckDBPyConnection, sha256: str) -> bool:
    known = known_document(con, sha256)
    return known is not None and known.current


def _known(con: duckdb.DuckDBPyConnection, name: str, sha256: str) -> DocumentReport:
    known = known_document(con, sha256)
    assert known is not None  # noqa: S101 -- it was settled, or stored a moment ago
    return DocumentReport(name, sha256, "known", known.reason, known.document_id, known.paper_id)


def store_outcome(
    con: duckdb.DuckDBPyConnection, outcome: Outcome, origin: Origin, *, job: str = "import", paper_id: str | None = None
) -> DocumentReport:
    """Store what the sandbox gave; the paper is the one named, else the one that the document names, else a new one."""
    name = origin.file or outcome.path.name
    read = outcome.document
    if read is None:
        kind = _SUFFIXES.get(Path(name).suffix.lower(), "pdf")
        reason = outcome.reason or "it could not be read"
        document_id = write_failed(con, paper_id, kind, reason, origin)
        return DocumentReport(name, origin.raw_sha256, "failed", reason, document_id, paper_id)
    new = False
    if paper_id is None:
        identity = identity_of(read, Path(name).stem)
        paper_id = find_paper(con, identity)
        if paper_id is None:
            paper = _paper(identity, origin.raw_sha256)
            upsert_papers(con, [paper], job)
            paper_id, new = paper.paper_id, True
    document_id = write_read(con, paper_id, read, origin)
    return DocumentReport(
        name, origin.raw_sha256, "read", None, document_id, paper_id, read.pages, len(read.sections), len(read.tables), new
    )


def _paper(identity: Identity, raw_sha256: str) -> Paper:
    """Make a record of a paper that no source has brought yet; the source's own takes its place when it comes."""
    common: dict[str, Any] = {
        "title": identity.title,
        "abstract": identity.abstract,
        "year": identity.year,
        "published": str(identity.year) if identity.year else None,
        "venue": identity.venue,
        "doi": identity.doi,
        "arxiv_id": identity.arxiv_id,
        "pmid": identity.pmid,
        "pmcid": identity.pmcid,
        "version": identity.version if identity.arxiv_id else 1,
        "raw_sha256": raw_sha256,
    }
    if identity.arxiv_id:
        return Paper(f"arxiv:{identity.arxiv_id}", "arxiv", **common)
    if identity.pmid:
        return Paper(f"pmid:{identity.pmid}", "pubmed", **common)
    return Paper(f"file:{raw_sha256[:16]}", "file", **common)


def reread_outdated(con: duckdb.DuckDBPyConnection, workspace: Workspace, say: Callable[[str], None]) -> int:
    """Read again, from the raw store, the full texts that another version of the parser read or failed on; return how many."""
    todo = outdated(con)
    if not todo:
        return 0
    raw = RawStore(workspace.raw)
    done = 0
    with Sandbox(workers()) as sandbox:
        for row in todo:
            try:
                content = raw.get(row["raw_sha256"])
            except StoreError as error:
                say(f"{row['document_id']}: not read again: {error.what}")
                continue
            with as_file(content, row["kind"]) as path:
                outcome = sandbox.read(path)
            origin = Origin(row["raw_sha256"], row["file"], row["url"], row["license"])
            store_outcome(con, outcome, origin, paper_id=row["paper_id"])
            done += 1
    say(f"{done} full texts read again with the present parser")
    return done


@contextmanager
def as_file(content: bytes, kind: str) -> Iterator[Path]:
    """Give bytes a file for as long as the block runs: parsers want one."""
    with tempfile.TemporaryDirectory(prefix="miner-") as folder:
        path = Path(folder) / f"document.{'pdf' if kind == 'pdf' else 'xml'}"
        path.write_bytes(content)
        yield path
