"""A job from harvest to report; each step is safe to repeat, and what it did is recorded."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from miner.errors import LockedError, MinerError, UsageError
from miner.extract.rule import rule_vocabulary
from miner.jobs.crawling.crawl import harvest_source, plan_source
from miner.jobs.crawling.harvest import days
from miner.jobs.extracting.extract import EngineChoice, extract_pending
from miner.jobs.link import link_all
from miner.jobs.lock import writing
from miner.jobs.log import RunLog
from miner.jobs.news import told_by_run
from miner.jobs.notify import notify, worth_telling
from miner.jobs.publishing import publish
from miner.jobs.queries import former_queries, query_digest, settle_queries
from miner.jobs.summary import StateBefore, before, summarise
from miner.progress import waiting
from miner.report.build import build_report, check_report
from miner.settings import suggest
from miner.store.connect import open_for_planning
from miner.store.holder import this_process, write_holder
from miner.store.runs import begin_run, end_run, mend_interrupted, record_step, write_job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb

    from miner.config import Workspace
    from miner.jobs.definition import Job

STEPS = ("harvest", "fulltext", "extract", "link", "publish", "report")
State = Literal["done", "partial", "failed"]
NOTHING = "nothing came from any source: the snapshot and the report that are published stay as they are; run again later"


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of a run did. ``state`` is done, partial (some of it will be tried again) or failed (nothing came of it)."""

    step: str
    state: State
    counts: dict[str, Any] = field(default_factory=dict)
    message: str | None = None


@dataclass(slots=True)
class RunReport:
    """What a run did, step by step."""

    run_id: str
    job: str
    steps: list[Step] = field(default_factory=list)
    summary: dict[str, Any] | None = None

    @property
    def state(self) -> State:
        """``done`` if all steps are, ``failed`` if the last one failed, else ``partial``."""
        if self.steps and self.steps[-1].state == "failed":
            return "failed"
        return "done" if all(s.state == "done" for s in self.steps) else "partial"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "run_id": self.run_id,
            "job": self.job,
            "state": self.state,
            "steps": [asdict(s) for s in self.steps],
            "summary": self.summary,
        }


def run_job(
    workspace: Workspace,
    job: Job,
    say: Callable[[str], None],
    *,
    since: str | None = None,
    until: str | None = None,
    limit: int | None = None,
    start: str = "harvest",
    replay: bool = False,
    workers: int = 1,
    former: str | None = None,
) -> RunReport:
    """Run a job; ``since``, ``until`` and ``limit`` override those of its sources.

    Parameters
    ----------
    workspace : Workspace
    job : Job
    say : callable
        Told what is going on, for people.
    since, until : str, optional
        Days, ``YYYY-MM-DD``.
    limit : int, optional
        At most so many records of each source.
    start : str
        The step to begin with, one of ``STEPS``.
    replay : bool
        Read the raw store in place of the network.
    workers : int
        Processes that extract.
    former : str, optional
        What becomes of records that only former queries of the job brought: ``keep`` or ``drop``; by default they stay, and are told of at each run.

    Raises
    ------
    LockedError
        If another run holds the workspace.
    UsageError
        If there is no report of the name that the job gives, no such step, no process to extract with, or a day is none.
    """
    if start not in STEPS:
        raise UsageError(f"there is no step {start!r}", where="start", hint=suggest(start, STEPS, all_too=True))
    if workers < 1:
        raise UsageError(f"{workers} processes extract nothing", where="workers", hint="one or more")
    if former not in {None, "keep", "drop"}:
        raise UsageError(f"what only former queries brought is kept or dropped, not {former!r}", where="former", hint="give keep or drop")
    since, until = days(since, until)
    check_report(workspace, job.report.name)
    with writing(workspace) as con:
        mend_interrupted(con)
        if not workspace.current.exists():
            publish(con, workspace)  # so that readers have a database from the first moment on
        earlier = before(con, job.name)
        report = _begin(con, job, settle_queries(con, workspace, job, former, say))
        options = {"since": since, "until": until, "limit": limit, "replay": replay, "workers": workers}
        write_holder(workspace, replace(this_process(), run=report.run_id))
        with RunLog(workspace.logs, report.run_id, job.name, say) as log, _ending(con, report, log):
            log.event("started", options=options, start=start)
            for name in STEPS[STEPS.index(start) :]:
                done = len(report.steps)
                goes_on = _steps(con, workspace, job, log.say, report, name, options)
                for step in report.steps[done:]:
                    log.event("step", **asdict(step))
                if not goes_on:
                    break
            report.summary = _summary(con, workspace, job, earlier, report)
            told = report.to_dict()
            if job.notify and worth_telling(told):
                told["news"] = told_by_run(con, report.run_id, job.name, report.summary, words=rule_vocabulary([workspace.rules]))
    if job.notify and worth_telling(told):
        notify(job.notify, told, say)
    return report


@contextmanager
def _ending(con: duckdb.DuckDBPyConnection, report: RunReport, log: RunLog) -> Iterator[None]:
    """Write how a run ended, also where it was stopped or broke: else it would be called running until the next one."""
    try:
        yield
    except BaseException as error:
        why = "stopped" if isinstance(error, KeyboardInterrupt) else f"broken off: {error}"
        log.event("ended", state="failed", message=why)
        with suppress(Exception):  # a full disk, a database that is closed: the first error is the one to tell
            end_run(con, report.run_id, "failed", why)
        raise
    end_run(con, report.run_id, report.state, "; ".join(f"{s.step}: {s.message}" for s in report.steps if s.message) or None)
    log.event("ended", state=report.state, summary=report.summary)


def _summary(con: duckdb.DuckDBPyConnection, workspace: Workspace, job: Job, earlier: StateBefore, report: RunReport) -> dict[str, Any]:
    summary = summarise(con, job, earlier, report.run_id, rule_vocabulary([workspace.rules]))
    record_step(con, report.run_id, len(report.steps), "summary", "done", summary)
    return summary


def plan_job(
    workspace: Workspace, job: Job, say: Callable[[str], None] = lambda _: None, *, since: str | None = None, until: str | None = None
) -> dict[str, Any]:
    """Say what a run would fetch from each source: windows, records, requests and seconds. Only counts are asked; nothing is written."""
    since, until = days(since, until)
    with open_for_planning(workspace.current) as con:
        sources = [
            plan_source(con, workspace, job.name, s.source, s.query, since=since or s.since, until=until or s.until, say=say)
            for s in job.harvest
        ]
        former = [asdict(f) for f in former_queries(con, job)]
    return {"job": job.name, "sources": sources, "former_queries": former}


def _steps(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    job: Job,
    say: Callable[[str], None],
    report: RunReport,
    name: str,
    options: dict[str, Any],
) -> bool:
    """Do one step; return whether the next can be done."""
    if name == "harvest":
        nothing = bool(job.harvest)
        for source in job.harvest:
            chosen = {key: options[key] or getattr(source, key) for key in ("since", "until", "limit")} | {"replay": options["replay"]}
            harvested = _harvest(con, workspace, job.name, source.source, source.query, chosen, say)
            _record(con, report, harvested)
            nothing &= harvested.state == "failed"
        if nothing:
            _record(con, report, Step("publish", "failed", message=NOTHING))
            return False
        if job.citations.fetch and not options["replay"]:
            _record(con, report, _citations(con, workspace, job, say))
        return True
    actions: dict[str, Callable[[], Step | None]] = {
        "fulltext": lambda: None if options["replay"] else _fulltext(con, workspace, job, say),
        "extract": lambda: _extract(con, workspace, say, options["workers"]),
        "link": lambda: Step("link", "done", dict(zip(("studies", "effects"), link_all(con, [workspace.rules], say), strict=True))),
        "publish": lambda: _publish(con, workspace, say),
        "report": lambda: _report(workspace, job, say),
    }
    try:
        step = actions[name]()
    except MinerError as error:
        step = Step(name, "failed", message=str(error))
        say(f"{name}: {error}")
    if step is not None:
        _record(con, report, step)
    return step is None or step.state != "failed"


def _harvest(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    job: str,
    source: str,
    query: str,
    options: dict[str, Any],
    say: Callable[[str], None],
) -> Step:
    try:
        done = harvest_source(con, workspace, job, source, query, **options, say=say)
    except LockedError:
        raise
    except MinerError as error:
        # The other sources go on; the ledger has what is still to be fetched.
        say(f"{source}: {error}")
        return Step(f"harvest {source}", "failed", message=str(error))
    came = done.received or done.new or done.changed or done.unchanged
    state: State = "done" if not done.partial else "partial" if came else "failed"
    return Step(f"harvest {source}", state, done.to_dict(), "; ".join(done.errors[:3]) or None)


def _citations(con: duckdb.DuckDBPyConnection, workspace: Workspace, job: Job, say: Callable[[str], None]) -> Step:
    from miner.jobs.crawling.enrich import fetch_citations

    try:
        done = fetch_citations(con, workspace, job.name, limit=job.citations.limit, say=say)
    except MinerError as error:
        say(f"citations: {error}")
        return Step("citations", "partial", message=str(error))
    return Step("citations", "partial" if done.partial else "done", done.to_dict())


def _fulltext(con: duckdb.DuckDBPyConnection, workspace: Workspace, job: Job, say: Callable[[str], None]) -> Step | None:
    if not job.fulltext.fetch:
        return None
    from miner.jobs.crawling.fulltext import fetch_fulltexts

    done = fetch_fulltexts(con, workspace, job.name, limit=job.fulltext.limit, say=say)
    return Step("fulltext", "partial" if done.partial else "done", done.to_dict())


def _extract(con: duckdb.DuckDBPyConnection, workspace: Workspace, say: Callable[[str], None], workers: int) -> Step:
    done = extract_pending(con, workspace, say, EngineChoice(workers=workers))
    counts = {"documents": done.documents, "values": done.values, "failed": len(done.failed)}
    return Step("extract", "partial" if done.failed else "done", counts, "; ".join(f"{d}: {r}" for d, r in done.failed[:5]) or None)


def _publish(con: duckdb.DuckDBPyConnection, workspace: Workspace, say: Callable[[str], None]) -> Step:
    snapshot = publish(con, workspace, say)
    return Step("publish", "done", {"snapshot": snapshot.path.name, "new": snapshot.new})


def _report(workspace: Workspace, job: Job, say: Callable[[str], None]) -> Step:
    with waiting(say, "making the report"):
        path = build_report(workspace, job.report.name, job=job.name)
    return Step("report", "done", {"path": str(path.relative_to(workspace.root))})


def _begin(con: duckdb.DuckDBPyConnection, job: Job, kept: list[str]) -> RunReport:
    report = RunReport(begin_run(con, job.name), job.name)
    asked = {"digest": query_digest(job), "kept_queries": kept}
    write_job(con, job.name, job.question, job.model_dump(exclude_none=True, exclude={"schedule", "notify"}) | asked)
    return report


def _record(con: duckdb.DuckDBPyConnection, report: RunReport, step: Step) -> None:
    record_step(con, report.run_id, len(report.steps), step.step, step.state, step.counts, step.message)
    report.steps.append(step)
