"""``miner shell``: ask the snapshot one statement after another."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from miner.cli.common import WorkspaceOption, say, terminal_width, workspace, write
from miner.errors import MinerError

if TYPE_CHECKING:
    from miner.workspace import Console


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("shell")(shell)


def shell(where: WorkspaceOption = None) -> None:
    """Ask the snapshot one statement after another; .help says what else there is, .quit or end of file leaves.

    A statement goes on in the next line where a bracket or quote is open, or the line ends with a backslash. On a terminal there are history
    (kept in data/shell_history) and, with the tab key, completion.

    Example: echo "show tables" | miner shell
    """
    place = workspace(where)
    console = place.console(width=terminal_width if sys.stdout.isatty() else None)
    history = place.root / "data" / "shell_history"
    if sys.stdin.isatty():
        _edit(console, history)
    while True:
        try:
            line = input(("miner> " if not console.open else "   ...> ") if sys.stdin.isatty() else "")
        except EOFError:
            line = None
        except KeyboardInterrupt:
            console.drop()
            say("")
            continue
        try:
            answer = console.take(line)
        except MinerError as error:
            say(f"Error: {error}")
            answer = ""
        if answer is None:
            return
        if answer:
            write(answer)
        if line is None:
            return


def _edit(console: Console, history: Path) -> None:
    """Give the terminal history and completion, where Python has them."""
    import atexit
    from contextlib import suppress

    try:
        import readline
    except ImportError:
        return
    with suppress(OSError):
        readline.read_history_file(history)
    readline.set_history_length(1000)

    def keep() -> None:
        with suppress(OSError):
            readline.write_history_file(history)

    atexit.register(keep)
    readline.set_completer_delims(" \t\n,;()=<>+*/'\"")
    readline.set_completer(lambda text, state: console.complete(text, readline.get_line_buffer(), state))
    readline.parse_and_bind("bind ^I rl_complete" if "libedit" in (readline.__doc__ or "") else "tab: complete")
