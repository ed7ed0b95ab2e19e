"""One limiter a service for the whole machine: jobs that run side by side share it through a file lock."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

_FUTURE = 3600.0  # a time further ahead than this is a clock that was set, not a limit


def state_dir() -> Path:
    """Return the folder that all processes of this machine share: ``MINER_STATE_DIR``, else the user's cache."""
    named = os.environ.get("MINER_STATE_DIR")
    return Path(named) if named else user_cache_path("miner", appauthor=False)


class Limiter:
    """At most ``number`` requests in ``seconds``, one at a time, over all processes.

    Times are counted from the end of one request to the start of another, so that the service can never see them closer together.

    Parameters
    ----------
    name : str
        The service and its host.
    number : int
        How many requests.
    seconds : float
        In how many seconds.
    """

    def __init__(self, name: str, number: int, seconds: float, folder: Path | None = None) -> None:
        from filelock import FileLock

        folder = folder or state_dir()
        folder.mkdir(parents=True, exist_ok=True)
        stem = re.sub(r"[^A-Za-z0-9.-]+", "_", name)
        self.number, self.seconds = number, seconds
        self._state = folder / f"{stem}.json"
        self._lock = FileLock(folder / f"{stem}.lock")

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and hold it for the time of the request."""
        with self._lock:
            ends, not_before = self._read()
            now = time.time()
            wait = max(not_before - now, ends[-self.number] + self.seconds - now if len(ends) >= self.number else 0.0)
            if wait > 0:
                time.sleep(min(wait, _FUTURE))
            try:
                yield
            finally:
                _, not_before = self._read()
                self._write([*ends, time.time()], not_before)

    def pause(self, seconds: float) -> None:
        """Let nobody ask before ``seconds`` have passed: the service said so."""
        with self._lock:
            ends, not_before = self._read()
            self._write(ends, max(not_before, time.time() + seconds))

    def _read(self) -> tuple[list[float], float]:
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
            horizon = time.time() + _FUTURE
            return [t for t in state["ends"] if t < horizon], state["not_before"] if state["not_before"] < horizon else 0.0
        except (OSError, ValueError, KeyError, TypeError):
            return [], 0.0

    def _write(self, ends: list[float], not_before: float) -> None:
        part = self._state.with_suffix(".part")
        part.write_text(json.dumps({"ends": ends[-self.number :], "not_before": not_before}), encoding="utf-8")
        part.replace(self._state)
