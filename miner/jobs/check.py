"""All that is wrong with a job file, found before anything is fetched: keys, sources, metrics, tasks, the report."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from miner.errors import ConfigError, MinerError
from miner.extract.rule import load_rules, rule_lexicon, rule_vocabulary
from miner.jobs.definition import Job
from miner.report.build import check_report
from miner.settings import explained_all, line_of, suggest
from miner.vocabulary.keys import aliases_of, read_key

if TYPE_CHECKING:
    from miner.config import Workspace

_NEAR = 0.85


def read_job(path: Path, workspace: Workspace | None = None) -> tuple[Job | None, list[ConfigError]]:
    """Read a job file; return the job, None where it is none, and all that is wrong with it.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    workspace : Workspace, optional
        Whose rules, vocabulary and reports count too.
    """
    try:
        refuse_folder(path)
        text = path.read_text(encoding="utf-8")
    except ConfigError as error:
        return None, [error]
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        return None, [ConfigError(f"cannot be read: {why}", where=str(path), hint="name a job file, or a job of the workspace's jobs/")]
    return check_text(path, text, workspace)


def refuse_folder(path: Path) -> None:
    """Raise ConfigError where a folder has the name of a job file."""
    if path.is_dir():
        raise ConfigError("it is a folder, and no job file", where=str(path), hint="move it out of the way, or name a file")


def check_text(path: Path, text: str, workspace: Workspace | None = None) -> tuple[Job | None, list[ConfigError]]:
    """Check a text that is, or shall be, a job file at ``path`` (see :func:`read_job`)."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, [ConfigError(f"is not TOML: {error}", where=str(path), hint="the message names the line")]
    found: list[ConfigError] = []
    job: Job | None = None
    try:
        rest: Job | None = (job := Job.model_validate(content))
    except ValidationError as error:
        found += explained_all(path, text, error, Job, "pipelines/ has examples")
        rest = _what_stands(content, error)
    if rest is not None:
        for check in (_twins, _metrics, _tasks, _report):
            found += check(rest, path, text, workspace)
    return job, found


def _what_stands(content: dict[str, Any], error: ValidationError) -> Job | None:
    """Return the job without the keys that are wrong, so that what is wrong with the others is told in the same go."""
    kept: dict[str, Any] = {"name": "unnamed", "question": "?"} | content
    for first, *rest in (e["loc"] for e in error.errors() if e["loc"]):
        table = kept.get(str(first))
        if first in {"name", "question"}:
            kept[str(first)] = "unnamed"
        elif rest and isinstance(table, dict):
            kept[str(first)] = {k: v for k, v in table.items() if k != rest[0]}
        else:
            kept.pop(str(first), None)
    try:
        return Job.model_validate(kept)
    except ValidationError:
        return None


def _twins(job: Job, path: Path, text: str, workspace: Workspace | None) -> Iterator[ConfigError]:
    """Tell other files whose job has the same name: both would be filed as one."""
    if workspace is None or path.resolve().parent != workspace.jobs.resolve():
        return
    for other in sorted(workspace.jobs.glob("*.toml")):
        if other.name != path.name and _name_in(other) == job.name:
            yield ConfigError(
                f"there are two jobs named {job.name!r}: they would share ledger and records",
                where=_at(path, line_of(text, ("name",))),
                hint=f"give this one or that of {other.name} another name",
            )


def _name_in(path: Path) -> Any:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")).get("name")
    except (OSError, ValueError):
        return None


def _at(path: Path, line: int | None) -> str:
    return f"{path}, line {line}" if line else str(path)


def _folders(workspace: Workspace | None) -> list[Path]:
    return [workspace.rules] if workspace else []


def _metrics(job: Job, path: Path, text: str, workspace: Workspace | None) -> Iterator[ConfigError]:
    """Tell metrics that neither the vocabulary names nor a rule finds."""
    words = rule_vocabulary(_folders(workspace))
    strange = [m for m in job.effects.metrics if words.metric(m) is None]
    if not strange:
        return
    known = [*words.metric_names(), *load_rules(_folders(workspace)).metrics()]
    for name in strange:
        if name not in known:
            yield ConfigError(
                f"no metric is called {name!r}",
                where=_at(path, line_of(text, ("effects", "metrics", job.effects.metrics.index(name)), name)),
                hint=f"{suggest(name, known)}; miner rules vocabulary says what each is, and a workspace can add to them",
            )


def _tasks(job: Job, path: Path, text: str, workspace: Workspace | None) -> Iterator[ConfigError]:
    """Tell tasks whose question is none, or whose target is nearly, but not, what the vocabulary calls it."""
    words = rule_vocabulary(_folders(workspace))
    aliases = {**aliases_of(words), **{k.casefold(): v for k, v in job.effects.aliases.items()}}
    names = [*job.effects.pools, *job.effects.aliases, *words.table("aliases")["aliases"]]
    named = [("tasks", i, task) for i, task in enumerate(job.effects.tasks)]
    named += [(f"pools.{pool}", i, task) for pool, tasks in job.effects.pools.items() for i, task in enumerate(tasks)]
    named = [(key, i, task) for key, i, task in named if task not in words.table("aliases")["aliases"]]  # those are the vocabulary's own
    values = rule_lexicon(_folders(workspace)).values if named else {}
    questions = [*values.get("question", ()), "other"]
    for key, i, task in named:
        problem = _task_problem(task, aliases, questions, names, [v for k in _TARGETS for v in values[k]])
        if problem:
            yield ConfigError(problem[0], where=_at(path, line_of(text, ("effects", *key.split("."), i), task)), hint=problem[1])


_TARGETS = ("condition", "event", "target")


def _task_problem(
    task: str, aliases: Mapping[str, str], questions: list[str], names: Iterable[str], targets: list[str]
) -> tuple[str, str] | None:
    key = read_key(task, aliases)
    if key is None:
        if task in questions or task in names:
            return None
        near_key = _nearest_key(task, targets)
        if near_key:
            return f"there is no task {task!r}", f"did you mean {near_key!r}?"
        return (
            f"there is no task {task!r}",
            f"{suggest(task, [*names, *questions])}; a task is QUESTION: TARGET vs COMPARATOR, such as 'diagnosis: gout vs healthy'",
        )
    if key.question not in questions:
        return f"the task {task!r} asks no known question", suggest(key.question, questions)
    for word in {w for side in (key.target, key.comparator) if side for w in side.split(" in ")} - {"healthy", *targets}:
        near = difflib.get_close_matches(word, [*targets, "healthy"], 1, _NEAR)
        if near:
            return f"the task {task!r} names {word!r}", f"did you mean {near[0]!r}?"
    return None


def _nearest_key(task: str, targets: list[str]) -> str | None:
    """Return the key that was meant where only the two sides stand, as the vocabulary writes them."""
    sides = [difflib.get_close_matches(side.strip(), [*targets, "healthy"], 1, 0.75) for side in task.rpartition(": ")[2].split(" vs ")]
    if len(sides) != 2 or not all(sides):
        return None
    target, comparator = (s[0] for s in sides)
    return f"{'diagnosis' if comparator == 'healthy' else 'differential'}: {target} vs {comparator}"


def _report(job: Job, path: Path, text: str, workspace: Workspace | None) -> Iterator[ConfigError]:
    if workspace is None:
        return
    try:
        check_report(workspace, job.report.name)
    except MinerError as error:
        where = _at(path, line_of(text, ("report", "name")))
        yield ConfigError(error.what, where=where if error.where is None else f"{where}: {error.where}", hint=error.hint)
