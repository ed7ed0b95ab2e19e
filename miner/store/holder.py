"""Who holds a workspace's lock: written beside the lock by who takes it, read by whom it keeps out."""

from __future__ import annotations

import json
import os
import shlex
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miner.config import Workspace


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a lock: its command, since when (ISO 8601, UTC), and the run of a job that it is at, if it is at one.

    Examples
    --------
    >>> print(Holder(12, "miner run weekly", "2026-01-05T06:00:00+00:00"))
    miner run weekly (process 12, since 2026-01-05 06:00 UTC)
    """

    pid: int
    command: str
    since: str
    run: str | None = None

    def __str__(self) -> str:
        return f"{self.command} (process {self.pid}, since {self.since[:16].replace('T', ' ')} UTC)"


def _path(workspace: Workspace) -> Path:
    return workspace.lock.with_suffix(".json")


def this_process() -> Holder:
    """Return this process, as it was called."""
    program = Path(sys.argv[0] or "python")
    name = {"__main__.py": program.parent.name, "-c": "python"}.get(program.name, program.name)
    return Holder(os.getpid(), shlex.join([name, *sys.argv[1:]]), datetime.now(UTC).isoformat(timespec="seconds"))


def write_holder(workspace: Workspace, holder: Holder) -> None:
    """Write down who holds the lock; one step, so that nobody reads half of it."""
    path = _path(workspace)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(holder), ensure_ascii=False), encoding="utf-8")
    part.replace(path)


def forget_holder(workspace: Workspace) -> None:
    """Remove what :func:`write_holder` wrote."""
    _path(workspace).unlink(missing_ok=True)


def read_holder(workspace: Workspace) -> Holder | None:
    """Return who wrote that it holds the lock; None where nobody did. Whether it is held, only the lock itself says: a dead process leaves this behind."""
    try:
        return Holder(**json.loads(_path(workspace).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
