"""Where things lie in a site, and writing it: complete under its name, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from miner.errors import UsageError
from miner.extract.rule import rule_vocabulary
from miner.say import legible
from miner.web.peers import Fit, fits

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace
    from miner.report.build import Drawn
    from miner.vocabulary import Vocabulary
    from miner.web.shell import Shell

MARKER = "site.json"


def paper_path(paper_id: str) -> str:
    """Return where a paper's page lies: by a hash of its identifier, so that it stays, and any identifier makes a file's name.

    Examples
    --------
    >>> paper_path("pmid:1")
    'papers/15/152ca6fca1b590e7.html'
    """
    name = hashlib.sha256(paper_id.encode()).hexdigest()[:16]
    return f"papers/{name[:2]}/{name}.html"


@dataclass(frozen=True)
class Site:
    """A site that is being written.

    Attributes
    ----------
    workspace : Workspace
    con : duckdb.DuckDBPyConnection
        A reader of the snapshot.
    folder : pathlib.Path
        Where it is written.
    shell : Shell
    job : str or None
        Whose records; all where it is None.
    asks : str or None
        The job whose question and effects the analyses are of: that one, or the only one that there is.
    papers : tuple of str
        The papers that have a page, in the order of their identifiers.
    source : pathlib.Path
        The snapshot.
    reports : tuple of (str, str or None)
        Where the reports lie, and the job that each is on.
    before, address : str or None
        The snapshot that changes are told against, and where the site will be served.
    drawn : mapping
        Reports of this snapshot that are drawn already, by their job.
    reported : dict
        By paper the effects that stand in reports: the report's title, its path and the effect.
    """

    workspace: Workspace
    con: duckdb.DuckDBPyConnection = field(repr=False)
    folder: Path
    shell: Shell
    job: str | None
    asks: str | None
    papers: tuple[str, ...] = field(repr=False)
    source: Path
    reports: tuple[tuple[str, str | None], ...] = ()
    before: str | None = None
    address: str | None = None
    drawn: Mapping[str | None, Drawn] = field(default_factory=dict, repr=False)
    reported: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict, repr=False)

    @cached_property
    def pages(self) -> frozenset[str]:
        """The papers that have a page."""
        return frozenset(self.papers)

    @cached_property
    def words(self) -> Vocabulary:
        """How metrics are called, in this workspace."""
        return rule_vocabulary([self.workspace.rules])

    @cached_property
    def fits(self) -> list[Fit]:
        """The primary analysis of each metric; made once."""
        return fits(self.con, self.asks, self.words)

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file of the site; ``path`` is below its top, with ``/``."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(legible(content).encode() if isinstance(content, str) else content)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give a folder to write in, which takes the place of ``target`` once all is written; a link is followed, and nothing that is no site is touched.

    Raises
    ------
    UsageError
        If there is something else than a site, or nothing can be written there.
    """
    target = Path(os.path.realpath(target))  # a link to itself is no error yet
    part = None
    try:
        if target.exists() and not _is_ours(target):
            raise UsageError(
                "there is something else than a site, which would be lost", where=str(target), hint="name another folder with -o"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        part.chmod(0o777 & ~_umask())
        yield part
        _exchange(part, target)
    except OSError as error:
        raise UsageError(
            f"the site cannot be written: {error.strerror or error}",
            where=str(error.filename or target),
            hint="name another folder with -o",
        ) from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def _exchange(part: Path, target: Path) -> None:
    old = part.with_name(part.name + ".old")
    if target.exists():
        target.rename(old)
    try:
        part.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    """Tell whether a folder is empty, or a site that miner wrote: its marker says so by what is in it, not only by its name."""
    if not folder.is_dir():
        return False
    if not any(folder.iterdir()):
        return True
    try:
        facts = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(facts, dict) and facts.get("written_by") == "miner" and (folder / "assets" / "site.css").is_file()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
