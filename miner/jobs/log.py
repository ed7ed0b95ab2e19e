"""What a run says, as JSON lines with the run's identifier, beside what people read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from miner.progress import Passing

KEPT = 200


class RunLog:
    """The log of one run: ``data/logs/<run_id>.jsonl``; what is said goes there and to people. Old logs are removed, the last 200 stay.

    A log that cannot be written (a full disk) does not stop the run: people still read what is said.
    """

    def __init__(self, folder: Path, run_id: str, job: str, say: Callable[[str], None]) -> None:
        self.path = folder / f"{run_id}.jsonl"
        self._head = {"run_id": run_id, "job": job}
        self._say = say
        self._file = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("a", encoding="utf-8")
            for old in sorted(folder.glob("*.jsonl"))[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError as error:
            say(f"the log cannot be written: {error}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def say(self, message: str) -> None:
        """Tell people, and the log: but for what the next line replaces."""
        self._say(message)
        if not isinstance(message, Passing):
            self.event("said", message=message)

    def event(self, event: str, **fields: Any) -> None:
        """Write one line."""
        if self._file is None:
            return
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), **self._head, "event": event, **fields}
        try:
            self._file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
            self._file.flush()
        except OSError:
            self._file = None
