"""The site of the published snapshot, page by page as they are asked for: written by what writes the whole site, into a folder that goes with the process."""

from __future__ import annotations

import html
import re
import shutil
import tempfile
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

from miner.errors import StoreError
from miner.store.connect import open_reader
from miner.store.site.papers import check_snapshot
from miner.web.changes import FEED, write_changes
from miner.web.changes import PAGE as CHANGES
from miner.web.explorer import write_explorer
from miner.web.home import write_home
from miner.web.papers import known_of, write_papers
from miner.web.place import paper_path
from miner.web.reports import write_reports
from miner.web.serve.guard import FRAMED
from miner.web.site import shell_of, site_of

if TYPE_CHECKING:
    from miner.config import Workspace
    from miner.web.pages import Known
    from miner.web.shell import Door, Shell

_META = re.compile(rb'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


class Snapshot:
    """The pages of one snapshot."""

    def __init__(self, workspace: Workspace, source: Path, job: str | None, doors: tuple[Door, ...], *, review: bool) -> None:
        self.source = source
        self._con = open_reader(source)
        check_snapshot(self._con)
        self.folder = Path(tempfile.mkdtemp(prefix="miner-serve-"))
        shell = shell_of(self._con, source, job)
        self.shell: Shell = replace(shell, doors=(*shell.doors, *doors), review=review)
        self._site = site_of(workspace, self._con, self.folder, self.shell, job)
        self._by_path = {paper_path(paper_id): paper_id for paper_id in self._site.papers}
        self._writers = {"index.html": write_home, "papers": write_explorer, CHANGES: write_changes}
        # What reads by the connection, and what draws (with matplotlib, and a connection of its own), each one thing at a time.
        self._reads, self._draws = Lock(), Lock()
        self._made: set[str] = set()
        self._drawn = Thread(target=self._draw, daemon=True)

    def close(self) -> None:
        """Let go of the snapshot and what was made of it."""
        with self._reads:
            self._con.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def address_of(self, paper_id: str) -> str | None:
        """Return where a paper's page lies, None where it has none."""
        path = paper_path(paper_id)
        return path if path in self._by_path else None

    def read(self, path: str) -> bytes | None:
        """Return a file of the site, made where it is not there yet; None where the site has none of that name."""
        part = self._part(path)
        if part is None:
            return None
        if part == "report":
            self._draw()
        else:
            with self._reads:
                self._make(part)
        if part.startswith("papers/") and self._drawn.ident is None:
            self._drawn.start()  # pages of papers name the reports that they stand in, from when these are there
        file = self.folder / path
        inside = file.resolve().is_relative_to(self.folder.resolve())
        return file.read_bytes() if inside and file.is_file() else None

    def _part(self, path: str) -> str | None:
        """Return what must be made for a file to be there."""
        if path in self._writers:
            return path
        page = f"{path.removesuffix('.json')}.html" if path.endswith(".json") else path
        if page in self._by_path:
            return page
        if path == FEED:
            return CHANGES
        if re.fullmatch(r"papers/(index|list/[\w-]+)\.html|data/[\w-]+\.js", path):
            return "papers"
        return "report" if any(path == report for report, _ in self._site.reports) else None

    @cached_property
    def _known(self) -> Known:
        return known_of(self._site)

    def _make(self, part: str) -> None:
        if part in self._made:
            return
        if part in self._writers:
            self._writers[part](self._site)
        else:
            write_papers(self._site, [self._by_path[part]], self._known)
        self._made.add(part)

    def _draw(self) -> None:
        """Make the reports; the papers that stand in them say so from then on."""
        with self._draws:
            if "report" in self._made:
                return
            write_reports(self._site)
            with self._reads:
                self._made = {part for part in self._made if part in self._writers} | {"report"}


class Live:
    """The snapshot that is published when a page is asked for."""

    def __init__(self, workspace: Workspace, job: str | None, doors: tuple[Door, ...], *, review: bool) -> None:
        self._workspace, self._job, self._doors, self._review = workspace, job, doors, review
        self._lock = Lock()
        self._now: Snapshot | None = None
        self._before: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """Return the published one.

        Raises
        ------
        StoreError
            If nothing has been published.
        """
        with self._lock:
            source = self._workspace.current.resolve()
            if self._now is None or self._now.source != source:
                made = Snapshot(self._workspace, source, self._job, self._doors, review=self._review)
                # The one before may still be read from; the one before that is not.
                if self._before is not None:
                    self._before.close()
                self._before, self._now = self._now, made
            return self._now

    def close(self) -> None:
        """Let go of all."""
        with self._lock:
            for one in (self._now, self._before):
                if one is not None:
                    one.close()


def policy_of(page: bytes) -> str:
    """Return the policy that a page of the site has in itself, as a header: the page may do no more than where it lies on disk.

    Raises
    ------
    StoreError
        If it has none.
    """
    found = _META.search(page[:4000])
    if found is None:
        raise StoreError("a page has no policy", hint="this is a fault of miner; please tell")
    return html.unescape(found[1].decode()) + FRAMED
