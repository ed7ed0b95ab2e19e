"""Job files: found by path or name, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from miner.jobs.check import read_job
from miner.jobs.manage import job_path

if TYPE_CHECKING:
    from miner.config import Workspace
    from miner.jobs.definition import Job


@dataclass(frozen=True, slots=True)
class JobFile:
    """A job and the file it stands in."""

    job: Job
    path: Path


def load_job(path: Path, workspace: Workspace | None = None) -> Job:
    """Read and check a job file; the workspace's rules, vocabulary and reports count too.

    Raises
    ------
    ConfigError
        Naming the line, the key and what is allowed.
    """
    job, problems = read_job(path, workspace)
    if problems or job is None:
        raise problems[0]
    return job


def find_job(name: str, workspace: Workspace) -> JobFile:
    """Find a job by its file's path, or by its name among the workspace's jobs.

    Raises
    ------
    ConfigError
        If it cannot be read.
    UsageError
        If there is none.
    """
    path = Path(name)
    if path.suffix != ".toml" and not path.is_file():
        path = job_path(workspace, name)
    return JobFile(load_job(path, workspace), path)
