"""A job's own command, run after a run that failed or found something new."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TIMEOUT = 60.0
# Keys of services must not reach a program that a job names.
_SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD")


def worth_telling(report: Mapping[str, Any]) -> bool:
    """Say whether a run failed in whole or part, or changed what is known."""
    summary = report.get("summary") or {}
    return report["state"] != "done" or any(
        summary.get(k) for k in ("new_papers", "new_effects", "gone_papers", "gone_effects", "changed_verdicts")
    )


def notify(command: str, report: Mapping[str, Any], say: Callable[[str], None]) -> int | None:
    """Run the command; what happened is told, never raised: a message that fails must not make a run fail.

    The command is cut into words as a shell would, and run without one: nothing that a paper or a service says can become part of it. The
    report of the run goes to its standard input as JSON; the environment has ``MINER_RUN_ID``, ``MINER_JOB`` and ``MINER_STATE``, and no keys.

    Returns
    -------
    int or None
        Its exit code; None if it could not be run, or took longer than a minute.
    """
    kept = {k: v for k, v in os.environ.items() if not any(s in k.upper() for s in _SECRET)}
    variables = {"MINER_RUN_ID": report["run_id"], "MINER_JOB": report["job"], "MINER_STATE": report["state"]}
    try:
        words = shlex.split(command)
        done = subprocess.run(  # noqa: S603 -- the command is the user's own, from the job file
            words,
            input=json.dumps(report, ensure_ascii=False),
            text=True,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            env=kept | variables,
        )
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
        say(f"notify: {error}")
        return None
    if done.returncode:
        say(f"notify: exit code {done.returncode}: {done.stderr.strip()[:500]}")
    return done.returncode
