"""Telling people where a TOML file says something that is not understood: the line, the key, and what is allowed."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, Any, get_args

from miner.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pydantic import BaseModel, ValidationError

Place = tuple[str | int, ...]


def explained(path: Path, text: str, error: ValidationError, model: type[BaseModel], example: str) -> ConfigError:
    """Return the first thing that is wrong in a TOML file as an error (see :func:`explained_all`)."""
    return explained_all(path, text, error, model, example)[0]


def explained_all(path: Path, text: str, error: ValidationError, model: type[BaseModel], example: str) -> list[ConfigError]:
    """Return all that is wrong in a TOML file, as errors that name the line and what would be right.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    text : str
        Its content.
    error : pydantic.ValidationError
        What pydantic found when it checked the content against ``model``.
    model : type of pydantic.BaseModel
        What the file is checked against; its fields are the known keys.
    example : str
        Where examples stand, for the hint on a missing key.
    """
    # A key that is missing is most often one that is misspelt: unknown keys go first.
    found = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    return [_explained(path, text, dict(one), model, example) for one in found]


def _explained(path: Path, text: str, first: dict[str, Any], model: type[BaseModel], example: str) -> ConfigError:
    place: Place = tuple(first["loc"])
    line = line_of(text, place, first["input"])
    where = f"{path}, line {line}" if line else str(path)
    named = ".".join(str(p) for p in place)
    if first["type"] == "extra_forbidden":
        key, known = str(place[-1]), _known_keys(model, place[:-1])
        return ConfigError(f"unknown key {key!r}", where=where, hint=suggest(key, known))
    if first["type"] == "missing":
        return ConfigError(f"the key {named!r} is missing", where=where, hint=f"add it; {example}")
    if first["type"] == "list_type" and isinstance(first["input"], dict):
        return ConfigError(f"{named} is one table, where several may stand", where=where, hint=f"write [[{named}]], with two brackets")
    if first["type"] == "model_type" and isinstance(first["input"], list):
        return ConfigError(f"{named} is a list, where one table stands", where=where, hint=f"write [{named}], with one bracket")
    message = first["msg"].removeprefix("Value error, ")
    what, _, hint = message.partition(" | ")
    return ConfigError(f"{named}: {what}" if named else what, where=where, hint=hint or f"it is {first['input']!r}")


def suggest(name: str, known: Iterable[str], *, all_too: bool = False) -> str:
    """Return a hint: the known name that is nearest, whatever its case, or all of them; with ``all_too`` both.

    Examples
    --------
    >>> suggest("Forrest", ["forest", "funnel"]), suggest("x", ["forest", "funnel"]), suggest("x", [])
    ("did you mean 'forest'?", 'known: forest, funnel', 'there is none yet')
    >>> suggest("funel", ["forest", "funnel"], all_too=True)
    "did you mean 'funnel'? known: forest, funnel"
    """
    folded = {k.casefold(): k for k in known}
    close = difflib.get_close_matches(str(name).casefold(), folded, 1)
    every = f"known: {', '.join(folded.values())}" if folded else "there is none yet"
    if not close:
        return every
    near = f"did you mean {folded[close[0]]!r}?"
    return f"{near} {every}" if all_too else near


def as_toml(value: Any) -> str:
    r"""Return a text, number, truth or list of them on one line of TOML, whose strings escape what JSON's do, and DEL.

    Examples
    --------
    >>> print(as_toml('say "no"'), as_toml(True), as_toml([1, 0.5]), as_toml("\x7f"))
    "say \"no\"" true [1, 0.5] "\u007f"
    """
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _known_keys(model: Any, place: Place) -> list[str]:
    """Return the fields of the table at ``place``."""
    for name in place:
        if isinstance(name, str) and hasattr(model, "model_fields") and name in model.model_fields:
            model = _table_of(model.model_fields[name].annotation)
    return list(getattr(model, "model_fields", {}))


def _table_of(annotation: Any) -> Any:
    """Return the model in an annotation such as ``list[Harvest]`` or ``Counts | None``."""
    if hasattr(annotation, "model_fields"):
        return annotation
    return next((found for a in get_args(annotation) if (found := _table_of(a)) is not None), None)


def line_of(text: str, place: Place, value: Any = None) -> int | None:
    r"""Return the line of a key, or of a text in its array; TOML's parser tells none.

    Examples
    --------
    >>> line_of('title = "x"\n[[harvest]]\nquery = "a"\n[[harvest]]\nquery = "b"', ("harvest", 1, "query"))
    5
    """
    table: Place = ()
    seen: dict[str, int] = {}
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]", line)
        if header:
            name = header[2]
            seen[name] = seen.get(name, -1) + 1
            table = (*_names(name), seen[name]) if header[1] == "[[" else _names(name)
            here = table
        else:
            key = re.match(r"\s*([\w.\"'-]+)\s*=", line)
            if key is None:
                continue
            here = (*table, *_names(key[1]))
        shared = min(len(here), len(place))  # the first table of an array stands for the array
        depth = shared if place[:shared] == here[:shared] else 0
        if depth and (best is None or depth > best[0]):
            best = (depth, number)
    if best is None:
        return None
    within = text.splitlines()[best[1] - 1 :]
    if isinstance(value, str) and place and isinstance(place[-1], int):
        return next((best[1] + i for i, line in enumerate(within) if f'"{value}"' in line or f"'{value}'" in line), best[1])
    return best[1]


def _names(key: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in key.split("."))
