"""A workspace and all that can be done with it: what the command line does, from Python.

Heavy libraries are loaded by the methods that need them, so that ``import miner`` stays fast.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from miner.config import Workspace as Settings
from miner.config import find_workspace, init_workspace
from miner.registry import use_plugins
from miner.resources import resource

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from miner.harvest.http import Budget
    from miner.jobs.crawling.enrich import EnrichReport
    from miner.jobs.crawling.report import HarvestReport
    from miner.jobs.extracting.extract import ExtractReport
    from miner.jobs.loading.files import FilesReport
    from miner.jobs.review import RecordedDecisions
    from miner.jobs.run import RunReport
    from miner.store.search import Hit

Say = Callable[[str], None]


def _silent(message: str) -> None:
    """Say nothing."""


class Workspace:
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

    Examples
    --------
    >>> import tempfile, miner
    >>> ws = miner.Workspace.create(tempfile.mkdtemp())
    >>> int(ws.sql("SELECT count(*) AS n FROM v_paper")["n"][0])
    0
    """

    def __init__(self, settings: Settings, say: Say = _silent) -> None:
        self._settings = settings
        self.say = say
        use_plugins(settings.plugins)

    @classmethod
    def create(cls, path: str | Path, *, say: Say = _silent) -> Workspace:
        """Make a workspace at ``path``, with jobs to change and an empty snapshot; what is already there stays as it is.

        Raises
        ------
        WorkspaceError
            If it cannot be made there.
        """
        made = cls(init_workspace(Path(path)), say)
        for job in sorted(resource("pipelines").glob("*.toml")):
            if not (made.settings.jobs / job.name).exists():
                shutil.copyfile(job, made.settings.jobs / job.name)
        if not made.settings.current.exists():
            made.publish()
        return made

    @classmethod
    def open(cls, path: str | Path | None = None, *, say: Say = _silent) -> Workspace:
        """Open the workspace at ``path``; without one, that of ``MINER_WORKSPACE``, else the one around the current folder.

        Raises
        ------
        WorkspaceError
            If there is none.
        ConfigError
            If its ``miner.toml`` cannot be read.
        """
        return cls(find_workspace(Path(path) if path is not None else None), say)

    def __repr__(self) -> str:
        return f"Workspace({str(self.root)!r})"

    @property
    def settings(self) -> Settings:
        """Where things lie; who asks works in this workspace, so that its ``plugins/`` are in force from now on."""
        use_plugins(self._settings.plugins)
        return self._settings

    @property
    def root(self) -> Path:
        """The folder that holds ``miner.toml``."""
        return self.settings.root

    def run(
        self,
        job: str | Path,
        *,
        since: str | None = None,
        until: str | None = None,
        limit: int | None = None,
        start: str = "harvest",
        replay: bool = False,
        workers: int = 1,
    ) -> RunReport:
        """Run a job from harvest to report; safe to stop and start again.

        Parameters
        ----------
        job : str or pathlib.Path
            A job file, or the name of a job in the workspace's ``jobs/``.
        since, until : str, optional
            Days (``YYYY-MM-DD``) in place of the job's.
        limit : int, optional
            At most so many records of each source.
        start : str
            The step to begin with, one of ``miner.jobs.run.STEPS``.
        replay : bool
            Read the raw store in place of the network.
        workers : int
            Processes that extract; the result is the same with any number.
        """
        from miner.jobs.job import find_job
        from miner.jobs.run import run_job

        found = find_job(str(job), self.settings).job
        return run_job(self.settings, found, self.say, since=since, until=until, limit=limit, start=start, replay=replay, workers=workers)

    def plan(self, job: str | Path, *, since: str | None = None, until: str | None = None) -> dict[str, Any]:
        """Say what :meth:`run` would fetch of each source; only counts are asked, and nothing is written."""
        from miner.jobs.job import find_job
        from miner.jobs.run import plan_job

        return plan_job(self.settings, find_job(str(job), self.settings).job, since=since, until=until)

    def harvest(
        self,
        source: str,
        query: str,
        *,
        since: str | None = None,
        until: str | None = None,
        limit: int | None = None,
        budget: Budget | None = None,
        job: str = "harvest",
        replay: bool = False,
    ) -> HarvestReport:
        """Fetch all records of a query, or what is new and changed since the last time.

        Parameters
        ----------
        source : str
            ``arxiv``, ``arxiv-oai``, ``pubmed``, ``europepmc``, ``openalex``, or one that a package brings.
        query : str
            In the source's syntax.
        since, until : str, optional
            Days (``YYYY-MM-DD``), both included.
        limit : int, optional
            Stop after so many records; the next call goes on.
        budget : miner.harvest.http.Budget, optional
            Requests and seconds that may be spent.
        job : str
            The name under which the ledger is kept.
        replay : bool
            Read the raw store in place of the network.
        """
        from miner.jobs.crawling.harvest import harvest_into

        return harvest_into(
            self.settings, source, query, self.say, since=since, until=until, limit=limit, budget=budget, job=job, replay=replay
        )

    def plan_harvest(
        self, source: str, query: str, *, since: str | None = None, until: str | None = None, job: str = "harvest"
    ) -> dict[str, Any]:
        """Say what :meth:`harvest` would fetch: windows, records, requests and seconds."""
        from miner.jobs.crawling.harvest import plan

        return plan(self.settings, source, query, self.say, since=since, until=until, job=job)

    def enrich(self, source: str, *, limit: int | None = None, budget: Budget | None = None, job: str = "harvest") -> EnrichReport:
        """Ask about papers that are here: ``citations`` (OpenAlex) or ``pmc`` (full texts of PMC's open subset)."""
        from miner.jobs.crawling.harvest import enrich

        return enrich(self.settings, source, self.say, limit=limit, budget=budget, job=job)

    def import_files(
        self,
        files: str | Path | Sequence[str | Path],
        *,
        kind: str = "records",
        mapping: str | Path | None = None,
        job: str = "import",
        again: bool = False,
        say: Say | None = None,
    ) -> FilesReport:
        """Import files; a bad one, or a bad record, is reported and recorded, and stops no other.

        Parameters
        ----------
        files : path or sequence of paths
            Bibliographic records, full texts (PDF, JATS), tables; or folders of records.
        kind : str
            ``records``, or of tables ``studies``, ``leaderboards``, ``counts`` or ``sources``.
        mapping : path, optional
            Of tables: the file that says which column means what.
        job : str
            The name under which the records are kept.
        again : bool
            Read PubMed files again that were read whole before.
        say : callable, optional
            Told what is wrong with a file; the workspace's own by default.
        """
        from miner.jobs.loading.files import import_into

        paths = [Path(f) for f in ([files] if isinstance(files, str | Path) else files)]
        chosen = Path(mapping) if mapping is not None else None
        return import_into(self.settings, paths, say or self.say, kind=kind, mapping=chosen, job=job, again=again)

    def extract(
        self,
        *,
        engine: Literal["local", "dask"] = "local",
        workers: int = 1,
        scheduler: str | None = None,
        shards: str | None = None,
    ) -> ExtractReport:
        """Run each rule over the documents that it has not read yet, choose the effects anew, and publish.

        Parameters
        ----------
        engine, workers, scheduler, shards
            See :func:`miner.jobs.extracting.engines.engine`.
        """
        from miner.jobs.extracting.extract import EngineChoice, extract_workspace

        return extract_workspace(self.settings, self.say, EngineChoice(engine, workers, scheduler, shards))

    def publish(self) -> Path:
        """Publish the database as it is to readers; return the snapshot's path."""
        from miner.store.connect import writing
        from miner.store.snapshot import publish

        with writing(self.settings) as con:
            return publish(con, self.settings).path

    def select(self, query: str, parameters: Mapping[str, Any] | None = None, *, timeout: float = 60.0) -> pa.Table:
        """Run one SELECT on the published snapshot and return an Arrow table (see :meth:`sql`)."""
        from miner.store.query import run_select

        return run_select(self.settings, query, parameters, timeout=timeout)

    def select_named(self, name: str, parameters: Mapping[str, str] | None = None, *, timeout: float = 60.0) -> pa.Table:
        """Run a named query with parameters as text and return an Arrow table (see :meth:`query`)."""
        from miner.store.query import run_named

        return run_named(self.settings, name, parameters, timeout=timeout)

    def sql(self, query: str, parameters: Mapping[str, Any] | None = None, *, timeout: float = 60.0) -> pd.DataFrame:
        """Run one SELECT on the published snapshot.

        Parameters
        ----------
        query : str
            One statement that reads.
        parameters : mapping, optional
            Values for ``$name`` in the statement.
        timeout : float
            Seconds after which it is stopped.

        Raises
        ------
        QueryError
            If the statement does not only read, fails, or goes beyond a limit.
        """
        frame: pd.DataFrame = self.select(query, parameters, timeout=timeout).to_pandas()
        return frame

    def query(self, name: str, *, timeout: float = 60.0, **parameters: Any) -> pd.DataFrame:
        """Run a named query (``miner query`` lists them) with its parameters as keywords."""
        frame: pd.DataFrame = self.select_named(name, {k: str(v) for k, v in parameters.items()}, timeout=timeout).to_pandas()
        return frame

    def effects(self, metric: str | None = None, *, task: str | None = None, origin: str | None = None) -> pd.DataFrame:
        """Return the effects: one row a study, metric, task and part of the data (the view ``v_effect``).

        Parameters
        ----------
        metric, task, origin : str, optional
            Only these; ``origin`` is ``extracted`` or the review whose table an effect was imported from.
        """
        from miner.store.effects import CHOSEN_EFFECTS

        return self.sql(CHOSEN_EFFECTS, {"metric": metric, "task": task, "origin": origin})

    def search(self, words: str, *, years: tuple[int | None, int | None] = (None, None), limit: int = 20) -> list[Hit]:
        """Return the records whose titles and abstracts fit best, the best first."""
        from miner.store.connect import open_reader
        from miner.store.search import search

        with open_reader(self.settings.current) as con:
            return search(con, words, years=years, limit=limit)

    def why(self, identifier: str) -> dict[str, Any]:
        """Return the chain behind an effect or extraction: sentence, document, fetch, rule and decisions."""
        from miner.store.connect import open_reader
        from miner.store.why import explain

        with open_reader(self.settings.current) as con:
            return explain(con, identifier)

    def review(
        self, identifier: str, action: str, *, reviewer: str, value: float | None = None, note: str | None = None
    ) -> RecordedDecisions:
        """Record a decision on an extracted value; effects honour it from now on, the extraction stays as it is.

        Parameters
        ----------
        identifier : str
            An ``extraction_id``, or an ``effect_id`` for the estimate it rests on.
        action : str
            ``accept``, ``correct`` or ``reject``.
        reviewer : str
            Who decides.
        value : float, optional
            The right value, with ``correct``: performances as fractions.
        note : str, optional
            Why.
        """
        from miner.jobs.review import ReviewerDecision, apply_words

        return apply_words(self.settings, [ReviewerDecision(identifier, action, reviewer, value, note)])

    def report(
        self,
        name: str | None = None,
        *,
        job: str | None = None,
        output: str | Path | None = None,
        form: str = "html",
        figures: str | Path | None = None,
        snapshot: str | Path | None = None,
        interactive: bool = False,
    ) -> Path:
        """Make a report and return its path; parameters as for :func:`miner.report.build.build_report`."""
        from miner.report.build import build_report

        output, figures, snapshot = (Path(p) if p is not None else None for p in (output, figures, snapshot))
        return build_report(
            self.settings, name, job=job, output=output, form=form, figures=figures, snapshot=snapshot, interactive=interactive
        )

    def export(self, form: str, output: str | Path, *, query: str | None = None, metric: str | None = None) -> str:
        """Write records or effects for other programs, and return a sentence on what was written.

        Parameters
        ----------
        form : str
            ``ris``, ``bibtex``, ``csl-json``, ``asreview``, ``metafor``, ``parquet``, ``datapackage``, ``duckdb``, or one that a package brings.
        output : path
            The file; for ``datapackage`` a folder or a ``.zip`` file.
        query : str, optional
            A named query or a SELECT that chooses the rows.
        metric : str, optional
            Of ``metafor``: which metric, or ``all``.

        Raises
        ------
        UsageError
            If there is no such format, or it does not take what was asked for.
        ExportError
            If the file cannot be written.
        """
        from miner.export.format import Export, write_export
        from miner.store.connect import open_reader

        with open_reader(self.settings.current) as con:
            return write_export(form, Export(con, Path(output), query, metric))

    def status(self) -> dict[str, Any]:
        """Return what has been crawled, extracted and published."""
        from miner.store.status import read_status

        return read_status(self.settings)
