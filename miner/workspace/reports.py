"""The reports that a workspace has, and whether a page is still what its snapshot gives."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from miner.errors import UsageError
from miner.paths import as_path, maybe_path
from miner.settings import suggest
from miner.workspace import arguments
from miner.workspace.base import Place

if TYPE_CHECKING:
    from miner.report.check import Verdict
    from miner.report.definition import Definition


class Reports:
    """The reports of a workspace, as ``Workspace.reports`` gives it; ``Workspace.report`` makes one.

    Examples
    --------
    >>> import tempfile, miner
    >>> reports = miner.Workspace.create(tempfile.mkdtemp()).reports
    >>> reports.definitions()["publication-bias"].title
    'Publication bias of reported {metric}'
    >>> reports.check("publication-bias")[1] is None
    True
    """

    def __init__(self, place: Place) -> None:
        self._place = place

    def paths(self) -> dict[str, Path]:
        """Return the files of the definitions by name: miner's own, and those of the workspace's ``reports/``, which go first."""
        from miner.report.definitions import definitions

        return definitions(self._place.settings)

    def definitions(self) -> dict[str, Definition]:
        """Return the definitions by name, read and checked.

        Raises
        ------
        ConfigError
            If one says something that is not understood.
        """
        from miner.report.definitions import load_definition

        return {name: load_definition(path) for name, path in sorted(self.paths().items())}

    def definition(self, name: str | None = None) -> str:
        """Return a definition as its file has it (TOML), to be copied and changed; that of the default report without a name.

        Raises
        ------
        UsageError
            If there is none of this name.
        """
        from miner.report.build import DEFAULT

        there = self.paths()
        if (name or DEFAULT) not in there:
            raise UsageError(f"there is no report definition {name!r}", hint=suggest(str(name), list(there)))
        return there[name or DEFAULT].read_text(encoding="utf-8")

    def check(
        self,
        name: str | Path | None = None,
        *,
        job: str | None = None,
        output: str | Path | None = None,
        snapshot: str | Path | None = None,
    ) -> tuple[Path, Verdict | None]:
        """Compare a page that is there with what the snapshot gives.

        Parameters
        ----------
        name : str or path, optional
            A report's name or a job's, or the path of a page (``….html``).
        job : str, optional
            The job that the report is on.
        output : path, optional
            The folder of the page; by default the workspace's ``data/reports``.
        snapshot : path, optional
            An older snapshot than the published one.

        Returns
        -------
        pathlib.Path
            The page.
        str or None
            ``same`` for the same bytes; ``versions`` for the same words and numbers, made by other versions of packages; ``differs``; or None
            where the page is not there.
        """
        from miner.report.build import render_report, report_path
        from miner.report.check import compare, report_request

        arguments.text(job=job)
        settings = self._place.settings
        named = os.fspath(as_path("name", name)) if name is not None else None
        folder, older = maybe_path("output", output), maybe_path("snapshot", snapshot)
        page = Path(named) if named and named.endswith(".html") else report_path(settings, named, folder, job=job)
        if not page.is_file():
            return page, None
        content = page.read_bytes()
        report, on, interactive = report_request(content, str(page))
        return page, compare(content, render_report(settings, report, job=on, snapshot=older, interactive=interactive))
