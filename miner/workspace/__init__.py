"""A workspace and all that can be done with it: what the command line does, from Python.

Heavy libraries are loaded by the methods that need them, so that ``import miner`` stays fast.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from miner.config import MARKER, find_workspace, init_workspace
from miner.paths import as_path, maybe_path
from miner.resources import resource
from miner.workspace.base import Say, silent
from miner.workspace.console import Console
from miner.workspace.doctor import check_up
from miner.workspace.jobs import Jobs
from miner.workspace.news import WhatIsNew
from miner.workspace.reads import Reads
from miner.workspace.reports import Reports
from miner.workspace.reviews import Reviews
from miner.workspace.schedule import Schedule
from miner.workspace.upkeep import Upkeep
from miner.workspace.writes import Writes

__all__ = ["Console", "Jobs", "Reports", "Reviews", "Schedule", "Workspace", "check_up"]


class Workspace(Reads, Writes, WhatIsNew, Upkeep):
    """A folder of one literature: its database, raw store, jobs, rules and reports.

    Parameters
    ----------
    settings : miner.config.Workspace
        Where things lie; :meth:`open` and :meth:`create` make it.
    say : callable, optional
        Told what is going on, a line at a time, for people; nobody by default.

    Notes
    -----
    Methods that read (``sql``, ``query``, ``effects``, ``why``, ``search``, ``report``) see the published snapshot and never wait for a
    crawl. Methods that write hold the workspace's lock and publish when they are done; they raise ``LockedError`` where another process
    holds it. All raise :class:`miner.errors.MinerError` and its children, never anything else for bad input.

    The ``plugins/`` of one workspace are in force at a time in a process: those of the workspace that was used last. Two workspaces with plugins
    may take turns in one process; at the same time, in threads, they may not: give each a process of its own.

    Examples
    --------
    >>> import tempfile, miner
    >>> ws = miner.Workspace.create(tempfile.mkdtemp())
    >>> int(ws.sql("SELECT count(*) AS n FROM v_paper")["n"][0])
    0
    """

    @classmethod
    def create(cls, path: str | Path, *, contact: str | None = None, say: Say = silent, samples: bool = True) -> Workspace:
        """Make a workspace at ``path``, with jobs to change and an empty snapshot; what is already there stays as it is.

        Parameters
        ----------
        path : path
            Where.
        contact : str, optional
            The e-mail address that services are told, kept in ``miner.toml``, also where that is there already.
        say : callable, optional
            As for :meth:`open`.
        samples : bool
            Whether a new workspace gets the jobs that ship with miner; one that is there never gets back what was deleted.

        Raises
        ------
        WorkspaceError
            If it cannot be made there.
        ConfigError
            If the address is none.
        """
        root = as_path("path", path)
        new = not (root / MARKER).exists()
        made = cls(init_workspace(root, contact), say)
        for job in sorted(resource("pipelines").glob("*.toml")) if new and samples else ():
            if not (made.settings.jobs / job.name).exists():
                shutil.copyfile(job, made.settings.jobs / job.name)
        if not made.settings.current.exists():
            made.publish()
        return made

    @classmethod
    def open(cls, path: str | Path | None = None, *, say: Say = silent) -> Workspace:
        """Open the workspace at ``path``; without one, that of ``MINER_WORKSPACE``, else the one around the current folder.

        Raises
        ------
        WorkspaceError
            If there is none.
        ConfigError
            If its ``miner.toml`` cannot be read.
        """
        return cls(find_workspace(maybe_path("path", path)), say)

    @classmethod
    def restore(cls, archive: str | Path, path: str | Path, *, say: Say = silent) -> Workspace:
        """Make a workspace at ``path`` from what :meth:`backup` wrote: each file is checked, the database brought up to date and published.

        Parameters
        ----------
        archive : path
            What :meth:`backup` wrote.
        path : path
            Must not exist, or be empty; the workspace is there whole or not at all.
        say : callable, optional
            As for :meth:`open`.

        Raises
        ------
        UsageError
            If there is no such archive, or something is at ``path``.
        StoreError
            If the archive is none of ours, damaged or cut short, or its database comes from a newer miner.
        """
        from miner.jobs.upkeep.backup import restore

        return cls(restore(as_path("archive", archive), as_path("path", path)), say)

    def console(self, *, width: Callable[[], int] | None = None) -> Console:
        """Return a session on the published snapshot, as ``miner shell`` has it: lines in, text out.

        Parameters
        ----------
        width : callable, optional
            Says how wide the terminal is, so that tables fit it; nothing is cut without it.
        """
        return Console(self, width)

    @property
    def jobs(self) -> Jobs:
        """The jobs: made, checked, changed and removed."""
        return Jobs(self)

    @property
    def reviews(self) -> Reviews:
        """What several people decide: screening, sheets, conflicts, agreement, links."""
        return Reviews(self)

    @property
    def reports(self) -> Reports:
        """The reports that there are, their definitions, and whether a page is what the snapshot gives."""
        return Reports(self)

    @property
    def schedule(self) -> Schedule:
        """The jobs that run by themselves."""
        return Schedule(self)
