"""What changes a workspace: harvesting, importing, extracting, deciding; each holds its lock and publishes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.paths import as_paths, maybe_path
from miner.workspace import arguments
from miner.workspace.base import Place, Say

if TYPE_CHECKING:
    from miner.harvest.http import Budget
    from miner.jobs.crawling.counts import CountReport
    from miner.jobs.crawling.enrich import EnrichReport
    from miner.jobs.crawling.report import HarvestReport
    from miner.jobs.extracting.extract import ExtractReport
    from miner.jobs.loading.files import FilesReport
    from miner.jobs.review import RecordedDecisions
    from miner.jobs.run import RunReport
    from miner.jobs.summarising import SummaryReport


class Writes(Place):
    """The methods of a workspace that write, and those that say what would be."""

    ABOUT_PAPERS = ("citations", "pmc")
    """What :meth:`enrich` asks, about papers that are here."""

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
        former: str | None = None,
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
        former : str, optional
            What becomes of records that only former queries of the job brought: ``keep`` says that they stay in it, ``drop`` takes them out of it (the
            database keeps them). By default they stay, and are told of at each run.

        Raises
        ------
        UsageError
            If there is no such job or step, a day is none, or a number cannot be.
        LockedError
            If another run holds the workspace.
        """
        from miner.jobs.job import find_job
        from miner.jobs.run import run_job

        arguments.whole(limit=limit, workers=workers)
        found = find_job(str(job), self.settings).job
        return run_job(
            self.settings,
            found,
            self.say,
            since=since,
            until=until,
            limit=limit,
            start=start,
            replay=replay,
            workers=workers,
            former=former,
        )

    def plan(self, job: str | Path, *, since: str | None = None, until: str | None = None) -> dict[str, Any]:
        """Say what :meth:`run` would fetch of each source; only counts are asked, and nothing is written."""
        from miner.jobs.job import find_job
        from miner.jobs.run import plan_job

        return plan_job(self.settings, find_job(str(job), self.settings).job, self.say, since=since, until=until)

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

        Raises
        ------
        UsageError
            If there is no such source, the query is empty, a day is none, or a number cannot be.
        HarvestError
            If the service cannot be harvested.
        """
        from miner.jobs.crawling.harvest import harvest_into

        arguments.text(query=query, job=job)
        arguments.whole(limit=limit)
        arguments.spendable(budget)
        return harvest_into(
            self.settings, source, query, self.say, since=since, until=until, limit=limit, budget=budget, job=job, replay=replay
        )

    def plan_harvest(
        self, source: str, query: str, *, since: str | None = None, until: str | None = None, job: str = "harvest"
    ) -> dict[str, Any]:
        """Say what :meth:`harvest` would fetch: windows, records, requests and seconds."""
        from miner.jobs.crawling.harvest import plan

        arguments.text(query=query, job=job)
        return plan(self.settings, source, query, self.say, since=since, until=until, job=job)

    def enrich(self, source: str, *, limit: int | None = None, budget: Budget | None = None, job: str = "harvest") -> EnrichReport:
        """Ask about papers that are here: ``citations`` (OpenAlex) or ``pmc`` (full texts of PMC's open subset).

        Raises
        ------
        UsageError
            If there is no such source, or a number cannot be.
        """
        from miner.jobs.crawling.harvest import enrich

        arguments.text(job=job)
        arguments.whole(limit=limit)
        arguments.spendable(budget)
        return enrich(self.settings, source, self.say, limit=limit, budget=budget, job=job)

    def count(self, job: str | Path, *, budget: Budget | None = None) -> CountReport:
        """Count the publications of a job's topics in PubMed, year by year; nothing is downloaded.

        Parameters
        ----------
        job : str or pathlib.Path
            A job file with ``[counts]``, or the name of a job in the workspace's ``jobs/``.
        budget : miner.harvest.http.Budget, optional
            Requests and seconds that may be spent.

        Raises
        ------
        ConfigError
            If the job names no topics.
        HarvestError
            If no topic could be counted.
        """
        from miner.jobs.crawling.counts import count_publications
        from miner.jobs.job import find_job

        arguments.spendable(budget)
        return count_publications(self.settings, find_job(str(job), self.settings).job, self.say, budget=budget)

    def import_files(
        self,
        files: str | Path | Sequence[str | Path],
        *,
        kind: str = "records",
        mapping: str | Path | None = None,
        job: str = "import",
        again: bool = False,
        limit: int | None = None,
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
        limit : int, optional
            At most so many records that the job does not have, of all files together; the same call again goes on.
        say : callable, optional
            Told what is wrong with a file; the workspace's own by default.

        Raises
        ------
        UsageError
            If there is no such kind, records come with a mapping, or tables with a limit.
        """
        from miner.jobs.loading.files import import_into

        arguments.text(job=job)
        if mapping is not None and kind == "records":
            raise UsageError("records need no mapping", where="mapping", hint="leave it out, or say which tables these are with kind")
        arguments.whole(limit=limit)
        if limit is not None and kind != "records":
            raise UsageError("tables are read whole", where="limit", hint="leave it out")
        paths = as_paths("files", [files] if isinstance(files, str | Path) else files)
        chosen = maybe_path("mapping", mapping)
        return import_into(self.settings, paths, say or self.say, kind=kind, mapping=chosen, job=job, again=again, limit=limit)

    def extract(
        self,
        *,
        engine: str = "local",
        workers: int = 1,
        scheduler: str | None = None,
        shards: str | None = None,
        limit: int | None = None,
    ) -> ExtractReport:
        """Run each rule over the documents that it has not read yet, choose the effects anew, and publish.

        Parameters
        ----------
        engine : str
            ``local`` or ``dask``.
        workers : int
            Processes of the local engine; also how many are made for ``dask`` where no scheduler is named. The result is the same with any.
        scheduler : str, optional
            The address of a Dask scheduler.
        shards : str, optional
            For ``dask``: a folder, or an address that fsspec knows, that all workers see; finished shards are not done again.
        limit : int, optional
            At most so many documents; the next call goes on.

        Raises
        ------
        UsageError
            If there is no such engine, or it does not take what was given.
        RuleError
            If a rule cannot be loaded.
        """
        from miner.jobs.extracting.extract import EngineChoice, extract_workspace

        arguments.engine(engine, workers, scheduler=scheduler, shards=shards)
        arguments.whole(limit=limit)
        where = EngineChoice("dask" if engine == "dask" else "local", workers, scheduler, shards)
        return extract_workspace(self.settings, self.say, where, limit)

    def summarise(self, *, job: str | None = None, limit: int | None = None, dry_run: bool = False) -> SummaryReport:
        """Have abstracts summarised in plain words by the endpoint that ``[llm]`` in ``miner.toml`` names, keep the claims that their sentences support, and publish.

        The sentences of each abstract are sent there, and nothing else; abstracts that were read before, in the same text by the same model and prompt, are not.

        Parameters
        ----------
        job : str, optional
            Whose records; all by default.
        limit : int, optional
            At most so many abstracts; the next call goes on.
        dry_run : bool
            Only count the abstracts that would be sent; nothing is sent or written.

        Raises
        ------
        ConfigError
            If no endpoint is named, or its address is none that texts may be sent to.
        UsageError
            If the job has no records here, or a number cannot be.
        EndpointError
            If the endpoint refuses before anything was read.
        """
        from miner.jobs.summarising import plan_summaries, summarise_workspace

        arguments.text(job=job)
        arguments.whole(limit=limit)
        if dry_run:
            return plan_summaries(self.settings, job, limit)
        return summarise_workspace(self.settings, self.say, job, limit)

    def publish(self) -> Path:
        """Publish the database as it is to readers; return the snapshot's path."""
        from miner.jobs.lock import writing
        from miner.jobs.publishing import publish

        with writing(self.settings) as con:
            return publish(con, self.settings, self.say).path

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

        Raises
        ------
        UsageError
            If there is no such value or action, nobody decides, or ``correct`` comes without a finite value.
        """
        from miner.jobs.review import ReviewerDecision, apply_words

        arguments.text(identifier=identifier, reviewer=reviewer)
        arguments.number(value=value)
        return apply_words(self.settings, [ReviewerDecision(identifier, action, reviewer, value, note)])
