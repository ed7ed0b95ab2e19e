"""Paths as people hand them to the library."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from miner.errors import UsageError


def as_path(name: str, given: object) -> Path:
    """Return what was given for ``name`` as a path.

    Raises
    ------
    UsageError
        If it cannot be one.

    Examples
    --------
    >>> as_path("output", 3)
    Traceback (most recent call last):
    miner.errors.UsageError: output: it is 3 (give a path)
    """
    if not isinstance(given, str | os.PathLike) or "\0" in os.fsdecode(given):
        raise UsageError(f"it is {given!r}", where=name, hint="give a path")
    return Path(os.fsdecode(given))


def as_paths(name: str, given: object) -> list[Path]:
    """Return several paths.

    Raises
    ------
    UsageError
        If it is one path, or one of them can be none.

    Examples
    --------
    >>> as_paths("paths", "x.pdf")
    Traceback (most recent call last):
    miner.errors.UsageError: x.pdf: paths is one path (put it into a list)
    """
    if isinstance(given, str | os.PathLike):
        raise UsageError(f"{name} is one path", where=os.fsdecode(given), hint="put it into a list")
    if not isinstance(given, Iterable):
        raise UsageError(f"it is {given!r}", where=name, hint="give a list of paths")
    return [as_path(name, one) for one in given]


def maybe_path(name: str, given: object) -> Path | None:
    """Return a path, or None where nothing was given."""
    return None if given is None else as_path(name, given)


def put_text(path: Path, text: str) -> None:
    """Write a file of a workspace whole, in the place of one that may be there, whose rights it keeps.

    Raises
    ------
    UsageError
        If it cannot be written; what was there stays.
    """
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(exist_ok=True)
        part.write_text(text, encoding="utf-8")
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(path), hint="see to its permissions and the space") from error
    finally:
        part.unlink(missing_ok=True)
