"""Summaries in plain words: each abstract is sent to the endpoint that the workspace names, and of the answer is kept what holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from miner.describe.claims import check_claims
from miner.describe.sentences import sentences_of
from miner.errors import EndpointError, ParseError
from miner.harvest.rawstore import RawStore
from miner.jobs.lock import writing
from miner.jobs.partial import Partial
from miner.jobs.publishing import publish
from miner.llm.client import Chat, endpoint_of
from miner.llm.summary import INSTRUCTIONS, VERSION, first_sentences, question, read_claims
from miner.progress import Meter
from miner.store.connect import open_for_planning
from miner.store.summaries import (
    Maker,
    Summary,
    Unsummarised,
    check_job,
    forget_summaries,
    unsummarised,
    waiting_summaries,
    write_summary,
)
from miner.text.normalise import readable

if TYPE_CHECKING:
    import duckdb

    from miner.config import Endpoint, Workspace
    from miner.progress import Say

GIVE_UP = 3  # answers one after another that are of no use: the model cannot do it


@dataclass(slots=True)
class SummaryReport(Partial):
    """What was asked and what held.

    ``waiting`` counts the abstracts that were to be read, ``read`` those whose summary is in the database now, ``sent`` the sentences that left this machine's miner.
    ``dropped`` counts claims that were dropped, by the reason; ``failed`` holds papers without a usable answer, ``errors`` what ended the run.
    """

    model: str
    address: str
    waiting: int = 0
    read: int = 0
    sent: int = 0
    claims: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    failed: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def partial(self) -> bool:
        """Whether something is left that was asked for."""
        return bool(self.failed or self.errors)


def plan_summaries(workspace: Workspace, job: str | None = None, limit: int | None = None) -> SummaryReport:
    """Say what would be asked of whom; nothing is sent or written."""
    endpoint = endpoint_of(workspace)
    with open_for_planning(workspace.current) as con:
        check_job(con, job)
        return _begun(con, endpoint, job, limit)


def summarise_workspace(workspace: Workspace, say: Say, job: str | None = None, limit: int | None = None) -> SummaryReport:
    """Have the abstracts summarised that are yet to be, write what holds, and publish; what a stopped run has written is not asked again.

    Raises
    ------
    ConfigError
        If the workspace names no endpoint, or its address is none that texts may be sent to.
    UsageError
        If the job has no records here.
    EndpointError
        If the endpoint refuses before anything was read.
    """
    endpoint = endpoint_of(workspace)
    with writing(workspace) as con:
        check_job(con, job)
        chat = Chat(endpoint, RawStore(workspace.raw), say)
        forget_summaries(con)
        report = _begun(con, endpoint, job, limit)
        try:
            _summarise(con, chat, report, say, job)
        except EndpointError as error:
            if not report.read:
                raise
            report.errors.append(str(error))
        finally:
            publish(con, workspace, say)
    return report


def _begun(con: duckdb.DuckDBPyConnection, endpoint: Endpoint, job: str | None, limit: int | None) -> SummaryReport:
    waiting = waiting_summaries(con, Maker(endpoint.model, VERSION), job)
    return SummaryReport(endpoint.model, endpoint.base_url, waiting if limit is None else min(waiting, limit))


def _summarise(con: duckdb.DuckDBPyConnection, chat: Chat, report: SummaryReport, say: Say, job: str | None) -> None:
    maker, dropped, useless = Maker(chat.endpoint.model, VERSION), Counter[str](), 0
    meter = Meter(say, "summarising", "abstract", report.waiting)
    for paper in islice(unsummarised(con, maker, job), report.waiting):
        try:
            summary, reasons = _summary(chat, paper, report)
        except ParseError as error:
            report.failed.append((paper.paper_id, str(error.what)))
            useless += 1
            if useless == GIVE_UP:
                raise EndpointError(
                    f"{GIVE_UP} answers one after another were of no use; the last: {error.what}",
                    where=chat.endpoint.model,
                    hint="name another model in miner.toml, or give it more room by options.max_tokens",
                ) from None
            continue
        write_summary(con, paper, maker, summary)
        useless, report.read, report.claims = 0, report.read + 1, report.claims + len(summary.claims)
        dropped.update(reasons)
        report.dropped = dict(sorted(dropped.items()))
        meter.add()


def _summary(chat: Chat, paper: Unsummarised, report: SummaryReport) -> tuple[Summary, list[str]]:
    """Ask about one paper; return what held, and why the rest was dropped.

    Raises
    ------
    ParseError
        If the answer is of no use.
    """
    text = f"{paper.title}\n{paper.abstract}"
    found = sentences_of(text)
    sent = first_sentences([" ".join(readable(text[s.start : s.end]).text.split()) for s in found])
    if not sent:
        return Summary(()), []
    report.sent += len(sent)
    answer = chat.ask(INSTRUCTIONS, question(sent))
    try:
        stated = read_claims(answer.text)
    except ParseError:
        if answer.whole:
            raise
        raise ParseError("the model's answer was cut off", hint="give it more room by options.max_tokens in miner.toml") from None
    checked = check_claims(stated, sent)
    claims = [(c.text, [(found[n - 1].start, found[n - 1].end) for n in sorted(c.sentences)]) for c in checked.kept]
    return Summary(claims, len(checked.dropped), answer.sha256), [reason for _, reason in checked.dropped]
