"""``miner site``: all pages of a published snapshot; the same snapshot gives the same bytes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from miner.errors import UsageError
from miner.store.connect import open_reader
from miner.store.reports import defined_jobs
from miner.store.site.papers import check_snapshot, site_papers
from miner.store.snapshot import file_of
from miner.web.changes import PAGE as CHANGES
from miner.web.changes import checked_address, write_changes
from miner.web.explorer import write_explorer
from miner.web.home import write_home
from miner.web.papers import write_papers
from miner.web.place import MARKER, Site, whole_folder
from miner.web.reports import reports_of, write_reports
from miner.web.shell import ASSETS, Door, Shell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from miner.config import Workspace
    from miner.report.build import Drawn

DOORS = (
    Door("Home", "index.html"),
    Door("Papers", "papers/index.html", "Search, filter, draw and take away what was found."),
    Door("What changed", CHANGES, "New records and effects, those that changed or went, and verdicts; also as a feed."),
)
_INVENTED = "Demo: every paper harvested here is invented. The figures say nothing about the world."

# What is written, in this order; each part takes the site and writes its files.
PARTS: tuple[Callable[[Site], None], ...] = (write_home, write_explorer, write_reports, write_papers, write_changes)


def build_site(
    workspace: Workspace,
    output: Path | None = None,
    *,
    job: str | None = None,
    limit: int | None = None,
    before: str | None = None,
    address: str | None = None,
    drawn: Sequence[Drawn] = (),
) -> Path:
    """Write the site of the published snapshot and return the path of its first page.

    Parameters
    ----------
    workspace : Workspace
    output : pathlib.Path, optional
        The folder; by default the workspace's ``data/site``. A site that is there is replaced, as a whole.
    job : str, optional
        Whose records; all by default.
    limit : int, optional
        The most papers that get a page, in the order of their identifiers; for a look, so without the reports.
    before : str, optional
        The snapshot against which the site says what changed: its name, the first letters of it, or a file; by default that is told since the last run.
    address : str, optional
        Where the site will be served, for the feed: its host names the entries.
    drawn : sequence of Drawn
        Reports on jobs that were drawn a moment ago: those of this snapshot are not drawn again.

    Raises
    ------
    UsageError
        If there is no such job or snapshot, the address is none, or nothing can be written there.
    StoreError
        If nothing has been published.
    """
    checked_address(address)
    source = workspace.current.resolve()
    with open_reader(source) as con:
        check_snapshot(con)
        target = output or workspace.data / "site"
        shell = shell_of(con, source, job, reports=limit is None)
        with whole_folder(target) as folder:
            there: dict[str | None, Drawn] = {d.request.job: d for d in drawn if d.source == source and d.request.stem == d.request.job}
            site = site_of(workspace, con, folder, shell, job, limit=limit, before=before, address=address)
            site = replace(site, drawn=there)
            shutil.copytree(ASSETS, folder / "assets", ignore=shutil.ignore_patterns("*.py", "__pycache__", "serve"))
            for part in PARTS:
                part(site)
            facts = {"written_by": "miner", "snapshot": source.stem, "job": job, "papers": len(site.papers)}
            site.write(MARKER, json.dumps(facts, indent=1) + "\n")
    return target / "index.html"


def site_of(
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    shell: Shell,
    job: str | None,
    *,
    limit: int | None = None,
    before: str | None = None,
    address: str | None = None,
) -> Site:
    """Return a site of the snapshot that a reader has open, of which nothing is written yet (see :func:`build_site`)."""
    jobs = list(defined_jobs(con))
    asks = job or (jobs[0] if len(jobs) == 1 else None)
    reports = reports_of(jobs, job) if limit is None else ()
    return Site(workspace, con, folder, shell, job, asks, tuple(site_papers(con, job, limit)), file_of(con), reports, before, address)


def shell_of(con: duckdb.DuckDBPyConnection, source: Path, job: str | None, *, reports: bool = True) -> Shell:
    """Return the frame of a site's pages.

    Raises
    ------
    UsageError
        If the snapshot has no such job.
    """
    jobs = defined_jobs(con)
    if job is not None and job not in jobs:
        raise UsageError(f"the published snapshot has no job {job!r}", hint=f"it has: {', '.join(jobs) or 'none; run one first'}")
    wanted = [jobs[job]] if job else list(jobs.values())
    invented = any(definition.get("invented") for _, definition in wanted)
    name = job or (next(iter(jobs)) if len(jobs) == 1 else "Literature")
    words = "What the values say together: trends, funnels, tests, with every study and its sentence."
    there = reports_of(list(jobs), job) if reports else ()
    doors = [Door("Report" if len(there) == 1 else f"Report: {on}", path, words) for path, on in there]
    return Shell(name, source.stem, (*DOORS, *doors), _INVENTED if invented else "")
