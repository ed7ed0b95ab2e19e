"""What a job file says: what a job asks, of which sources, and what is made of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from miner.errors import ConfigError
from miner.harvest.registry import sources
from miner.harvest.windows import day, past
from miner.jobs.cron import Cron, time_zone
from miner.settings import suggest
from miner.vocabulary.keys import read_key

if TYPE_CHECKING:
    from collections.abc import Callable


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Harvest(_Table):
    """One source to harvest: its query in the source's own syntax, and from when to when."""

    source: str
    """Which source: ``miner harvest --list`` names them."""
    query: Annotated[str, Field(min_length=1)]
    """The query, in the source's own syntax."""
    since: str | None = None
    """Records from this day on; from the source's first where it is left out."""
    until: str | None = None
    """Records up to this day; up to today where it is left out."""
    limit: Annotated[int, Field(ge=1)] | None = None
    """Stop after so many records; the next run goes on."""

    @field_validator("source")
    @classmethod
    def _is_source(cls, value: str) -> str:
        if value not in sources():
            raise ValueError(f"there is no source {value!r} | {suggest(value, sources(), all_too=True)}")
        return value

    @field_validator("since", "until", mode="before")
    @classmethod
    def _is_day(cls, value: Any) -> Any:
        if isinstance(value, date):
            return value.isoformat()
        return None if value is None else day(str(value))

    @field_validator("since")
    @classmethod
    def _has_come(cls, value: str | None) -> str | None:
        return None if value is None else past(value)

    @model_validator(mode="after")
    def _holds_a_day(self) -> Harvest:
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"since {self.since} is after until {self.until} | no day lies between them")
        return self


class Citations(_Table):
    """Whether OpenAlex is asked how often the papers are cited and what they cite, and for how many a run at most."""

    fetch: bool = False
    """Whether OpenAlex is asked how often the papers are cited, and what they cite."""
    limit: Annotated[int, Field(ge=1)] | None = None
    """Papers a run, at most; all where it is left out."""


class Effects(_Table):
    """Which effects the analyses take: metrics by the vocabulary's names or a rule's, and tasks (all where none is named).

    A task is a key such as ``diagnosis: gout vs healthy``, the beginning of one (``diagnosis: gout``, ``diagnosis``), or an alias. ``pools`` says which tasks are
    analysed together under which name, in the place of the pools of ``v_pool``; ``aliases`` are further names of keys.
    """

    metrics: list[str] = ["accuracy"]
    """Metrics by the vocabulary's names (``miner rules vocabulary``) or a rule's."""
    tasks: list[str] = []
    """Tasks: keys as ``v_effect.task`` has them, beginnings of keys, or aliases; all where none is named."""
    pools: dict[str, list[str]] = {}
    """Which tasks are analysed together under which name, in the place of the pools of ``v_effect.pool``."""
    aliases: dict[str, str] = {}
    """Further names of tasks, each with the key that it stands for."""

    @field_validator("aliases")
    @classmethod
    def _are_keys(cls, value: dict[str, str]) -> dict[str, str]:
        for name, key in value.items():
            if read_key(key, {}) is None:
                raise ValueError(f"the alias {name!r} stands for {key!r}, which is no key such as 'diagnosis: gout'")
        return value


class Fulltext(_Table):
    """Whether open PDFs are fetched and read, and how many a run at most."""

    fetch: bool = False
    """Whether open PDFs are fetched and read."""
    limit: Annotated[int, Field(ge=1)] = 100
    """PDFs a run, at most."""


class Counts(_Table):
    """Which publications are counted: topics with their PubMed queries, and the years (until last year where none is named)."""

    since: Annotated[int, Field(ge=1800, le=2200)]
    """The first year."""
    until: Annotated[int, Field(ge=1800, le=2200)] | None = None
    """The last year; last year where it is left out."""
    topics: dict[Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")], Annotated[str, Field(min_length=1)]] = {}
    """Topics, each with its query in PubMed's syntax."""


class Report(_Table):
    """Which report is made."""

    name: str = "accuracy-vs-sample-size"
    """The report's name: one that ships with miner, or a file of the workspace's ``reports/``."""


class Job(_Table):
    """One job, as its file says."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    """What records and reports of the job are filed under: small letters, digits and hyphens."""
    question: Annotated[str, Field(min_length=1)]
    """The question that the report answers, in words."""
    schedule: str | None = None
    """When it runs by itself: a cron line."""
    timezone: str | None = None
    """The time zone of the schedule; the machine's where it is left out."""
    notify: str | None = None
    """A command that is run after a run that failed or found something new."""
    harvest: list[Harvest] = []
    """What is crawled: one table a source."""
    citations: Citations = Citations()
    """Whether citations are fetched."""
    effects: Effects = Effects()
    """Which effects the analyses take."""
    fulltext: Fulltext = Fulltext()
    """Whether open full texts are read."""
    counts: Counts | None = None
    """Which publications are counted by topic and year."""
    report: Report = Report()
    """Which report is made."""

    @model_validator(mode="after")
    def _counts_a_year(self) -> Job:
        if self.counts and self.counts.until is not None and self.counts.since > self.counts.until:
            raise ValueError(f"counts: there is no year from {self.counts.since} to {self.counts.until} | let since be no later than until")
        return self

    @field_validator("schedule")
    @classmethod
    def _fires(cls, value: str | None) -> str | None:
        return value if value is None else _checked(Cron.parse, value)

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str | None) -> str | None:
        return value if value is None else _checked(time_zone, value)


def _checked(check: Callable[[str], object], value: str) -> str:
    """Let pydantic tell what a check of ours says, so that the message gets the line of the key."""
    try:
        check(value)
    except ConfigError as error:
        raise ValueError(error.what) from error
    return value
