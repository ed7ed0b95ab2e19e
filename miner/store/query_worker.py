"""The process in which a SELECT runs: it can be killed, so that a time limit holds where DuckDB does not look up from its work.

Requests come on standard input, each a pickle of what :func:`miner.store.select.select` takes; the answer on standard output is an Arrow stream or an error.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

from miner.errors import MinerError

READY, TABLE, ERROR = b"R", b"T", b"E"


def main() -> None:
    """Answer until standard input ends, or whoever asked has gone."""
    parent = os.getppid()
    threading.Thread(target=_go_with, args=(parent,), daemon=True).start()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    _load()
    answers.write(READY)
    answers.flush()
    while True:
        try:
            request = pickle.load(requests)  # noqa: S301 -- from the process that started this one
        except EOFError:
            return
        _answer(answers, *request)


def _load() -> None:
    """Load what queries need before there is one: its time is the query's alone."""
    import duckdb  # noqa: F401
    import pyarrow as pa  # noqa: F401

    import miner.store.select  # noqa: F401


def _go_with(parent: int) -> None:
    """End in the midst of a query where nobody waits for it any more."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _answer(answers: BinaryIO, path: Path, sql: str, parameters: dict[str, Any] | None, timeout: float, max_bytes: int) -> None:
    import pyarrow as pa

    from miner.store.connect import open_reader
    from miner.store.select import select

    try:
        with open_reader(path) as con:
            table = select(con, sql, parameters, timeout=timeout, max_bytes=max_bytes)
    except MinerError as error:
        answers.write(ERROR)
        pickle.dump((type(error), error.what, error.where, error.hint), answers)
    else:
        answers.write(TABLE)
        with pa.ipc.new_stream(answers, table.schema) as stream:
            stream.write_table(table)
    answers.flush()


if __name__ == "__main__":
    main()
