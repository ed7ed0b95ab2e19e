"""Lines for people, folded to the width of a terminal; what can be pasted stays in one piece."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.export.grid import across

_WORD = re.compile(r"(\s*)(\S+)")
_PROGRAMS = {"miner", "pip", "pipx", "make", "crontab", "systemctl"}
# What follows a command in our sentences: there it ends.
_AFTER = {
    "again", "and", "as", "brings", "compares", "does", "gives", "goes", "has", "in", "leaves", "lists", "makes", "names", "on", "or", "reads", "removes", "says",
    "shows", "takes", "to", "with", "writes",
}  # fmt: skip
_ESCAPE = re.compile("\x1b\\[[0-9;]*m")
_LABEL = re.compile(r"\s*\S+ {2,}(?=\S)")
_WIDE = re.compile("([\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef])")


def wrapped(text: str, width: int) -> str:
    r"""Return a text whose lines are no longer than a terminal is wide; nothing is cut.

    A line that is too long goes on below, further to the right: under the word after its label where it has one (``rule      sample_size``).
    Words stay whole, as do addresses, paths and commands, which may stand out; scripts that are written without spaces are broken between letters.

    Parameters
    ----------
    text : str
        One or more lines; colours count nothing.
    width : int
        Columns (see :func:`miner.export.grid.across`).

    Examples
    --------
    >>> print(wrapped("file  a long sentence on something\n  and miner jobs check gout-mri says why", 24))
    file  a long sentence on
          something
      and
          miner jobs check gout-mri
          says why
    """
    return "\n".join(_folded(line.expandtabs(), width) for line in text.split("\n"))


def _seen(text: str) -> int:
    return across(_ESCAPE.sub("", text))


def _folded(line: str, width: int) -> str:
    if _seen(line) <= width:
        return line
    indent = len(line) - len(line.lstrip())
    label = _LABEL.match(line)
    hang = label.end() if label and label.end() <= width * 2 // 5 else min(indent + 4, width // 3)
    lines, now = [], ""
    for gap, atom in _atoms(line):
        if now.strip() and _seen(now) + len(gap) + _seen(atom) > width:
            lines.append(now)
            now = " " * hang + atom
        else:
            now += gap + atom
    return "\n".join(part.rstrip() for part in [*lines, now])


def _atoms(line: str) -> Iterator[tuple[str, str]]:
    """Yield what stays whole, each with the spaces before it."""
    words = [(m[1], m[2]) for m in _WORD.finditer(line)]
    at = 0
    while at < len(words):
        gap, word = words[at]
        at += 1
        if word.lstrip("(").rpartition("/")[2] not in _PROGRAMS:
            for i, piece in enumerate(p for p in _WIDE.split(word) if p):
                yield ("" if i else gap), piece
            continue
        while at < len(words) and (_quoting(word) or (words[at][1] not in _AFTER and word[-1] not in ";:,)")):
            word += "".join(words[at])
            at += 1
        yield gap, word


def _quoting(command: str) -> bool:
    return command.count("'") % 2 == 1 or command.count('"') % 2 == 1
