"""The jobs of a workspace: which there are, how they stand, and what goes when one is removed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.jobs.check import check_text, read_job, refuse_folder
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.jobs.queries import former_queries, query_digest
from miner.paths import put_text
from miner.settings import suggest
from miner.store.connect import open_writer
from miner.store.ledger import asked_queries
from miner.store.reports import defined_jobs
from miner.store.runs import delete_job, jobs_known, last_run, only_of_job, papers_of
from miner.store.status import open_newest
from miner.store.write import delete_papers

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace


def _reading(workspace: Workspace) -> duckdb.DuckDBPyConnection:
    return open_newest(workspace, {}) or open_writer(Path(":memory:"))


def job_files(workspace: Workspace) -> dict[str, Path]:
    """Return the job files of a workspace by the names that they go by: the file's, without its ending."""
    return {p.stem: p for p in sorted(workspace.jobs.glob("*.toml"))}


def job_path(workspace: Workspace, name: str) -> Path:
    """Return the file of a job.

    Raises
    ------
    UsageError
        If there is none of this name.
    ConfigError
        If it is a folder.
    """
    files = job_files(workspace)
    if name in files:
        refuse_folder(files[name])
        return files[name]
    named = {job.name: path for path in files.values() if (job := read_job(path, workspace)[0]) is not None}
    if name in named:
        return named[name]
    hint = suggest(name, files, all_too=True) if files else "miner jobs new makes one"
    raise UsageError(f"there is no job {name!r}", where=str(workspace.jobs), hint=hint)


def list_jobs(workspace: Workspace) -> list[dict[str, Any]]:
    """Return each job, those with a file and those that only the database knows.

    Returns
    -------
    list of dict
        ``job, file, question, schedule, problems`` (how many), ``papers``, ``last_run``, ``state``.
    """
    rows = []
    with _reading(workspace) as con:
        known = jobs_known(con)
        for path in job_files(workspace).values():
            job, problems = read_job(path, workspace)
            name = job.name if job else path.stem
            known.discard(name)
            row: dict[str, Any] = {"job": name, "file": _inside(path, workspace), "question": job.question if job else None}
            rows.append(row | {"schedule": job.schedule if job else None, "problems": len(problems)} | _standing(con, name))
        defined = defined_jobs(con)
        for name in sorted(known):
            row = {"job": name, "file": None, "question": defined.get(name, (None,))[0], "schedule": None, "problems": 0}
            rows.append(row | _standing(con, name))
    return rows


def _inside(path: Path, workspace: Workspace) -> str:
    return str(path.relative_to(workspace.root))


def _standing(con: duckdb.DuckDBPyConnection, name: str) -> dict[str, Any]:
    started, state = last_run(con, name)
    return {"papers": len(papers_of(con, name)), "last_run": started, "state": state}


def show_job(workspace: Workspace, name: str) -> dict[str, Any]:
    """Return all of a job: its file's text, its definition, what is wrong, its queries as they were asked, and how it stands.

    Raises
    ------
    UsageError
        If there is none of this name.
    """
    path = job_path(workspace, name)
    job, problems = read_job(path, workspace)
    found: dict[str, Any] = {
        "job": job.name if job else path.stem,
        "file": str(path),
        "text": path.read_text(encoding="utf-8", errors="replace"),
        "definition": job.model_dump(exclude_none=True) if job else None,
        "digest": query_digest(job) if job else None,
        "problems": [str(p) for p in problems],
    }
    with _reading(workspace) as con:
        found |= _standing(con, found["job"])
        found["asked"] = [{"source": s, "query": q, "received": n} for s, q, n in asked_queries(con, found["job"])]
        found["former_queries"] = [asdict(f) for f in former_queries(con, job)] if job else []
    return found


def change_job(workspace: Workspace, name: str, text: str) -> Path:
    """Put a text in the place of a job's file, if nothing is wrong with it.

    Raises
    ------
    ConfigError
        Naming the first thing that is wrong; the file stays as it is.
    """
    path = job_path(workspace, name)
    _put(path, text, workspace)
    return path


def _put(path: Path, text: str, workspace: Workspace) -> None:
    """Write a job file whole, if nothing is wrong with it."""
    problems = check_text(path, text, workspace)[1]
    if problems:
        raise problems[0]
    put_text(path, text)


def new_job(workspace: Workspace, name: str, text: str) -> Path:
    """Write a new job file.

    Raises
    ------
    UsageError
        If there is a job of this name.
    ConfigError
        If something is wrong with the text; nothing is written then.
    """
    path = workspace.jobs / f"{name}.toml"
    if path.exists() or name in job_files(workspace):
        raise UsageError(
            f"there is a job {name!r} already", where=str(path), hint="give the new one another name, or change it: miner jobs edit"
        )
    workspace.jobs.mkdir(parents=True, exist_ok=True)
    _put(path, text, workspace)
    return path


def what_removal_takes(workspace: Workspace, name: str) -> dict[str, Any]:
    """Say what the removal of a job takes, and what stays; nothing is changed.

    Returns
    -------
    dict
        ``job``, ``file`` (None where it has none), ``queries`` (of its ledger), ``papers`` (that it brought) and ``only_here`` (those of them that no
        other job or import brought).

    Raises
    ------
    UsageError
        If neither a file nor the database knows it.
    """
    with _reading(workspace) as con:
        return _takes(con, workspace, name)


def _takes(con: duckdb.DuckDBPyConnection, workspace: Workspace, name: str) -> dict[str, Any]:
    path = _file_of(workspace, name, jobs_known(con))
    job = read_job(path, workspace)[0] if path else None
    called = job.name if job else name
    return {
        "job": called,
        "file": str(path) if path else None,
        "queries": len(asked_queries(con, called)),
        "papers": len(papers_of(con, called)),
        "only_here": len(only_of_job(con, called)),
    }


def _file_of(workspace: Workspace, name: str, known: set[str]) -> Path | None:
    try:
        return job_path(workspace, name)
    except UsageError:
        if name not in known:
            raise
        return None


def remove_job(workspace: Workspace, name: str, *, records: bool = False) -> dict[str, Any]:
    """Remove a job: its file, its ledger, and what says that it brought its records; with ``records`` those that nothing else brought, too.

    Runs, answers of services and reviewers' words stay on record, and pages of reports that were made.

    Returns
    -------
    dict
        As :func:`what_removal_takes` gives it, with ``removed``, the number of records that went.
    """
    with writing(workspace) as con:
        told = _takes(con, workspace, name)
        gone = only_of_job(con, told["job"]) if records else []
        delete_job(con, told["job"])
        told["removed"] = delete_papers(con, gone) if gone else 0
        publish(con, workspace)
    if told["file"]:
        Path(told["file"]).unlink(missing_ok=True)
    return told
