"""The process inside the sandbox: reads requests from standard input, one a line, and answers on standard output."""

from __future__ import annotations

import json
import resource
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

_LENGTH = struct.Struct("<Q")


def main() -> None:
    """Serve until standard input ends."""
    limits: dict[str, Any] = json.loads(sys.argv[1])
    _confine(limits)
    # What parsers print must not get into the answers.
    answers, requests = sys.stdout.buffer, sys.stdin.buffer
    sys.stdout = sys.stderr
    for line in requests:
        request = json.loads(line)
        _allow_cpu(limits["cpu"])
        _answer(answers, _read(request, limits), limits["output"])


def _confine(limits: dict[str, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    _set_memory(limits["memory"])


def _set_memory(size: int) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    except (ValueError, OSError):  # macOS refuses; time and output stay limited there
        return


def _allow_cpu(seconds: int) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(usage.ru_utime + usage.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds + 1, resource.RLIM_INFINITY))


def _read(request: dict[str, Any], limits: dict[str, Any]) -> dict[str, Any]:
    from miner.errors import FullTextError

    try:
        if "page" in request:
            from miner.fulltext.picture import encoded

            return encoded(Path(request["path"]), request)
        from miner.fulltext.read import read_here

        return read_here(Path(request["path"]), pages=limits["pages"], size=limits["size"], tables=request["tables"]).to_json()
    except FullTextError as error:
        return {"reason": error.what}
    except MemoryError:
        return {"reason": f"more than {limits['memory'] >> 20} MB of memory"}
    except RecursionError:
        return {"reason": "nested too deeply"}
    except Exception as error:  # noqa: BLE001 -- whatever a hostile file provokes is a reason, not the end of the batch
        return {"reason": f"the parser failed: {type(error).__name__}: {str(error)[:200]}"}


def _answer(answers: BinaryIO, document: dict[str, Any], most: int) -> None:
    try:
        body = json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    except MemoryError:
        body = b'{"reason": "more text than memory"}'
    if len(body) > most:
        body = json.dumps({"reason": f"more than {most >> 20} MB of text"}).encode("ascii")
    answers.write(_LENGTH.pack(len(body)) + body)
    answers.flush()


if __name__ == "__main__":
    main()
