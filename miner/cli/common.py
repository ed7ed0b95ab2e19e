"""What the commands share: options, finding the workspace, talking to people and writing data."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from miner.digits import STORED, significant
from miner.errors import UsageError, WorkspaceError

if TYPE_CHECKING:
    from miner.workspace import Workspace

DONE, FAILED, USAGE, PARTIAL, LOCKED, GATE = range(6)
STOPPED = 130  # 128 and the number of SIGINT, as shells say it

WorkspaceOption = Annotated[
    Path | None,
    typer.Option("--workspace", metavar="DIR", help="The workspace; by default the one around the current folder, or $MINER_WORKSPACE."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]


@dataclass(slots=True)
class _Talk:
    quiet: bool = False
    verbose: bool = False
    workspace: Path | None = None


talk = _Talk()


class _Progress:
    """The line that says how far something is: rewritten in place on a terminal; written anew, now and then, where nobody could rewrite it."""

    EVERY = 5.0

    def __init__(self) -> None:
        self._shown = False
        self._last = time.monotonic()

    def show(self, message: str) -> None:
        """Show the next state."""
        if sys.stderr.isatty():
            columns = shutil.get_terminal_size().columns
            sys.stderr.write("\r\x1b[K" + message[: max(1, columns - 1)])
            sys.stderr.flush()
            self._shown = True
        elif time.monotonic() - self._last >= self.EVERY:
            self._last = time.monotonic()
            print(message, file=sys.stderr, flush=True)  # noqa: T201 -- as below

    def clear(self) -> None:
        """Take the line away, so that the next one stands alone."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False


_progress = _Progress()
settle = _progress.clear


def workspace(option: Path | None = None) -> Workspace:
    """Return the workspace that the options, the environment or the current folder name; it speaks as the command line does."""
    from miner.workspace import Workspace

    return Workspace.open(option or talk.workspace, say=say)


def workspace_around(option: Path | None = None) -> Workspace | None:
    """Return the workspace, for commands that work without one too; None where none was named and none is around the current folder.

    What a workspace adds in its ``plugins/`` counts from then on.
    """
    try:
        return workspace(option)
    except WorkspaceError:
        if option is not None:
            raise
        return None


def say(message: str) -> None:
    """Tell people something, on standard error, unless ``-q`` was given; how far something is stands in place on a terminal, else every few seconds."""
    if talk.quiet:
        return
    if getattr(message, "passing", False):
        with outliving(sys.stderr):
            _progress.show(message)
    else:
        _print(message)


def complain(message: str) -> None:
    """Say that something went wrong, on standard error, also where ``-q`` was given; how far something is, only where it was not."""
    if getattr(message, "passing", False):
        say(message)
    else:
        _print(message)


def _print(message: str) -> None:
    with outliving(sys.stderr):
        _progress.clear()
        print(_fitted(message, sys.stderr), file=sys.stderr, flush=True)  # noqa: T201 -- this is where the command line speaks


def _fitted(text: str, stream: TextIO) -> str:
    """Fold what is too long for the terminal that shows it; what goes to a file or a pipe stays as it is."""
    if not stream.isatty():
        return text
    from miner.library import wrapped

    return str(wrapped(text, terminal_width()))


@contextmanager
def outliving(stream: TextIO) -> Iterator[None]:
    """Go on where the reader of a pipe has gone (``miner … | head``): what is still written goes nowhere, and work that was begun is done."""
    try:
        yield
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def detail(message: str) -> None:
    """Tell people something that only ``-v`` asks for."""
    if talk.verbose:
        say(message)


def tell(text: str) -> None:
    """Write an answer for people to standard output: on a terminal its lines fit."""
    write(_fitted(text, sys.stdout))


def write(text: str) -> None:
    """Write data to standard output, as it is."""
    with outliving(sys.stdout):
        _progress.clear()
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()


def write_json(value: Any) -> None:
    """Write ``value`` as JSON to standard output; keys keep their order, nothing is escaped that needs not be, numbers are rounded."""
    write(json.dumps(significant(value, STORED), ensure_ascii=False, indent=2, default=str))


def deliver(data: bytes, output: Path | None, what: str) -> None:
    """Write data to a file, saying so, or to standard output.

    Raises
    ------
    UsageError
        If the file cannot be written.
    """
    if output is None:
        with outliving(sys.stdout):
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(output), hint="name another file with -o") from error
    say(f"{what} written to {output}")


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: 1 row, 1,200 rows."""
    from miner.library import counted as words

    return str(words(number, one, many))


def terminal_width() -> int:
    """Return how many columns the terminal has; ``COLUMNS`` goes first."""
    return shutil.get_terminal_size().columns


def statement_of(text: str) -> str:
    """Return the SQL that an argument is, or names: ``@FILE`` a file, ``-`` standard input.

    Raises
    ------
    UsageError
        If the file cannot be read.
    """
    if text == "-":
        return sys.stdin.read()
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"cannot be read: {reason}", where=text[1:], hint="after @ stands the path of a file of SQL") from error


def check_suffix(path: Path | None, known: tuple[str, ...], what: str) -> None:
    """Refuse a file whose name promises another format than the one that is written.

    Raises
    ------
    UsageError
        If its name ends otherwise than in one of ``known``; the first is what is recommended.
    """
    if path is not None and path.suffix.lower() not in known:
        raise UsageError(f"{what}, which its name does not say", where=str(path), hint=f"let it end in {known[0]}")
