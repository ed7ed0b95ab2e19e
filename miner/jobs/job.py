"""Job files: what a job asks, of which sources, and what is made of it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from miner.errors import ConfigError
from miner.harvest.registry import sources
from miner.harvest.windows import day
from miner.jobs.cron import Cron, time_zone
from miner.settings import explained, line_of, suggest
from miner.vocabulary.keys import read_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from miner.config import Workspace


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
            raise ValueError(f"there is no source {value!r}; there are: {', '.join(sources())}")
        return value

    @field_validator("since", "until", mode="before")
    @classmethod
    def _is_day(cls, value: Any) -> Any:
        if isinstance(value, date):
            return value.isoformat()
        return None if value is None else day(str(value))


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


def _check_metrics(job: Job, path: Path, text: str, folders: Sequence[Path]) -> None:
    """Refuse a metric that neither the vocabulary names nor a rule finds."""
    from miner.extract.rule import load_rules, rule_vocabulary

    words = rule_vocabulary(folders)
    strange = [m for m in job.effects.metrics if words.metric(m) is None]
    if not strange:
        return
    known = [*words.metric_names(), *load_rules(folders).metrics()]
    for name in strange:
        if name not in known:
            line = line_of(text, ("effects", "metrics", job.effects.metrics.index(name)), name)
            raise ConfigError(
                f"no metric is called {name!r}",
                where=f"{path}, line {line}" if line else str(path),
                hint=f"{suggest(name, known)}; miner rules vocabulary says what each is, and a workspace can add to them",
            )


@dataclass(frozen=True, slots=True)
class JobFile:
    """A job and the file it stands in."""

    job: Job
    path: Path


def load_job(path: Path, workspace: Workspace | None = None) -> Job:
    """Read and check a job file; the workspace's rules and vocabulary say which further metrics there are.

    Raises
    ------
    ConfigError
        Naming the line, the key and what is allowed.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), hint="name a job file, or a job of the workspace's jobs/") from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"is not TOML: {error}", where=str(path), hint="the message names the line") from error
    try:
        job = Job.model_validate(content)
    except ValidationError as error:
        raise explained(path, text, error, Job, "pipelines/ has examples") from error
    _check_metrics(job, path, text, [workspace.rules] if workspace else [])
    return job


def find_job(name: str, workspace: Workspace) -> JobFile:
    """Find a job by its file's path, or by its name among the workspace's jobs.

    Raises
    ------
    ConfigError
        If there is none, or it cannot be read.
    """
    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        return JobFile(load_job(path, workspace), path)
    inside = workspace.jobs / f"{name}.toml"
    if inside.is_file():
        return JobFile(load_job(inside, workspace), inside)
    there = sorted(p.stem for p in workspace.jobs.glob("*.toml"))
    raise ConfigError(
        f"there is no job {name!r}",
        where=str(workspace.jobs),
        hint=f"there are: {', '.join(there)}" if there else "copy one of pipelines/ there",
    )
