"""The jobs of a workspace: made, checked, changed and removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from miner.errors import ConfigError
from miner.paths import as_path
from miner.workspace import arguments
from miner.workspace.base import Place


class Jobs:
    """The jobs of a workspace, as ``Workspace.jobs`` gives it; ``Workspace.run`` runs one.

    Examples
    --------
    >>> import tempfile, miner
    >>> jobs = miner.Workspace.create(tempfile.mkdtemp()).jobs
    >>> jobs.new("Does accuracy fall with sample size in gout?", {"pubmed": "gout[tiab] AND accuracy[tiab]"}, name="gout").name
    'gout.toml'
    >>> [row["job"] for row in jobs.list()], jobs.check("gout")
    (['alzheimer-mri', 'cancer-imaging-counts', 'gout', 'medical-imaging'], [])
    """

    def __init__(self, place: Place) -> None:
        self._place = place

    def list(self) -> list[dict[str, Any]]:
        """Return each job: those with a file in ``jobs/``, and those that only the database knows.

        Returns
        -------
        list of dict
            ``job, file, question, schedule, problems`` (how many), ``papers``, ``last_run``, ``state``.
        """
        from miner.jobs.manage import list_jobs

        return list_jobs(self._place.settings)

    def show(self, name: str) -> dict[str, Any]:
        """Return all of a job.

        Parameters
        ----------
        name : str
            The job's, or its file's without the ending.

        Returns
        -------
        dict
            ``job, file, text, definition, digest`` (of its queries), ``problems, papers, last_run, state, asked`` (the queries of its ledger, with the
            records received) and ``former_queries`` (those that it asks no more).

        Raises
        ------
        UsageError
            If there is no such job.
        """
        from miner.jobs.manage import show_job

        arguments.text(name=name)
        return show_job(self._place.settings, name)

    def check(self, name: str | Path | None = None) -> Sequence[ConfigError]:
        """Return all that is wrong with a job, or with all of ``jobs/``: unknown keys, sources, metrics, tasks, reports. Nothing is fetched.

        Parameters
        ----------
        name : str or path, optional
            A job, or the path of a job file.

        Raises
        ------
        UsageError
            If there is no such job.
        """
        from miner.jobs.check import read_job
        from miner.jobs.manage import job_files, job_path

        settings = self._place.settings
        if name is None:
            files = [*job_files(settings).values()]
        else:
            path = as_path("name", name)
            files = [path if path.suffix == ".toml" else job_path(settings, str(name))]
        return [problem for file in files for problem in read_job(file, settings)[1]]

    def new(
        self,
        question: str,
        queries: Mapping[str, str] | None = None,
        *,
        metrics: Sequence[str] = ("accuracy",),
        name: str | None = None,
        since: str | None = None,
        schedule: str | None = None,
        report: str | None = None,
    ) -> Path:
        """Write a job file that asks one question, of all tasks, and return its path.

        Parameters
        ----------
        question : str
            What the report answers, in words.
        queries : mapping of str to str, optional
            Queries by source, each in the source's syntax; they can be written into the file later.
        metrics : sequence of str
            Metrics by the vocabulary's names.
        name : str, optional
            The job's name; made of the question's words by default.
        since, schedule, report : str, optional
            The first day, a cron line, and the report's name.

        Raises
        ------
        UsageError
            If there is a job of this name already, or something that is given cannot be.
        """
        from miner.jobs.crawling.harvest import days
        from miner.jobs.manage import new_job
        from miner.jobs.neutral import job_name, neutral_job

        arguments.text(question=question, name=name, since=since, schedule=schedule, report=report)
        arguments.mapping(queries=queries)
        called, since = name or job_name(question), days(since, None)[0]
        options = {k: v for k, v in (("since", since), ("schedule", schedule), ("report", report)) if v}
        wanted = arguments.texts(metrics=metrics)
        arguments.texts(queries=list((queries or {}).values()))
        return new_job(self._place.settings, called, neutral_job(called, question, list((queries or {}).items()), wanted, options))

    def change(self, name: str, text: str) -> Path:
        """Put a text in the place of a job's file and return its path; a text with which something is wrong changes nothing.

        Raises
        ------
        UsageError
            If there is no such job.
        ConfigError
            Naming the first thing that is wrong.
        """
        from miner.jobs.manage import change_job

        arguments.text(name=name, text=text)
        return change_job(self._place.settings, name, text)

    def what_removal_takes(self, name: str) -> dict[str, Any]:
        """Say what :meth:`remove` would take; nothing is changed.

        Returns
        -------
        dict
            ``job, file, queries`` (of its ledger), ``papers`` (that it brought) and ``only_here`` (those that nothing else brought).

        Raises
        ------
        UsageError
            If there is no such job.
        """
        from miner.jobs.manage import what_removal_takes

        arguments.text(name=name)
        return what_removal_takes(self._place.settings, name)

    def remove(self, name: str, *, records: bool = False) -> dict[str, Any]:
        """Remove a job: its file, its ledger, and what says that it brought its records; publish.

        Parameters
        ----------
        name : str
            The job.
        records : bool
            Whether the records that nothing else brought go too, with all that was read from them. Runs, answers of services, reviewers' words and
            pages that were made stay in any case.

        Returns
        -------
        dict
            As :meth:`what_removal_takes`, with ``removed``: how many records went.

        Raises
        ------
        UsageError
            If there is no such job.
        LockedError
            If another process holds the workspace.
        """
        from miner.jobs.manage import remove_job

        arguments.text(name=name)
        return remove_job(self._place.settings, name, records=records)
