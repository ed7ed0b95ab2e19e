"""What is new in a workspace, since a run or a day, or between two of its snapshots."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from miner.workspace import arguments
from miner.workspace.base import Place

if TYPE_CHECKING:
    from miner.store.news import News


class WhatIsNew(Place):
    """The methods of a workspace that say what is new."""

    def news(self, since: str | None = None, *, job: str | None = None) -> News:
        """Return what is new: records, effects and verdicts that changed.

        Parameters
        ----------
        since : str, optional
            A run, a day (``YYYY-MM-DD``) or a time; by default the start of the last run, else the beginning.
        job : str, optional
            Whose records; all by default.

        Raises
        ------
        UsageError
            If ``since`` is no run and no day, or there is no such job.
        StoreError
            If nothing has been published, or what was is of an earlier miner.

        Examples
        --------
        >>> import tempfile, miner
        >>> ws = miner.Workspace.create(tempfile.mkdtemp())
        >>> notes = ws.root / "notes.jsonl"
        >>> _ = notes.write_text('{"title": "A title", "year": 2020}')
        >>> _ = ws.import_files(notes)
        >>> [p["title"] for p in ws.news().papers]
        ['A title']
        """
        from miner.jobs.news import news_of

        arguments.text(since=since, job=job)
        return news_of(self.settings, since, job)

    def diff(self, before: str | Path, now: str | Path | None = None, *, job: str | None = None) -> News:
        """Return what a snapshot has that another has not, what it lacks, what changed, and the verdicts that differ.

        Parameters
        ----------
        before, now : str or path
            Names in ``data/snapshots`` (the first letters do) or files; ``now`` is the published snapshot by default.
        job : str, optional
            Whose records; all by default.

        Raises
        ------
        UsageError
            If there is no such snapshot.

        Examples
        --------
        >>> import tempfile, miner
        >>> ws = miner.Workspace.create(tempfile.mkdtemp())
        >>> before, notes = ws.settings.current.resolve(), ws.root / "notes.jsonl"
        >>> _ = notes.write_text('{"title": "A title", "year": 2020}')
        >>> _ = ws.import_files(notes)
        >>> len(ws.diff(before).papers)
        1
        """
        from miner.jobs.news import difference

        arguments.text(before=str(before), now=None if now is None else str(now), job=job)
        return difference(self.settings, str(before), None if now is None else str(now), job)
