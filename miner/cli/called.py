"""How miner was called, so that the commands which it names for the next step can be typed as they stand."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from shlex import quote

COMMANDS: set[str] = set()
"""The names of the commands, told by the entry point once they are registered."""


def program(*, elsewhere: bool = False) -> str:
    """Return what this program is called by: ``miner`` where the shell finds it by that name, else its path.

    Parameters
    ----------
    elsewhere : bool
        Whether the command is to be typed in another folder, where a relative path would not hold.
    """
    called = Path(sys.argv[0])
    if called.parts[-2:] == ("miner", "__main__.py"):
        return f"{_place(Path(sys.executable), elsewhere=elsewhere)} -m miner"
    # What is not called miner has miner within it, and says nothing of how the command line is found.
    return _place(called, elsewhere=elsewhere) if called.name == "miner" else "miner"


def _place(file: Path, *, elsewhere: bool) -> str:
    found = shutil.which(file.name)
    if found and Path(found).absolute() == file.absolute():
        return file.name
    path = file.absolute()
    if not elsewhere and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return quote(str(path) if len(path.parts) > 1 else f"./{path}")


def as_called(text: str, *, elsewhere: bool = False) -> str:
    """Return a text in which the commands of miner begin as this one did."""
    name = program(elsewhere=elsewhere)
    if name == "miner":
        return text
    return re.sub(rf"(?<![\w./-])miner (?=(?:{'|'.join(map(re.escape, COMMANDS))})\b)", lambda _: f"{name} ", text)
