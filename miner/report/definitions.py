"""Finding, reading and checking report definitions."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from pydantic import ValidationError

from miner.errors import ConfigError
from miner.report.definition import Definition
from miner.report.publication import publications
from miner.resources import resource
from miner.settings import explained, line_of, suggest

if TYPE_CHECKING:
    from pathlib import Path

    from miner.config import Workspace


def _check_names(path: Path, text: str, content: Definition) -> None:
    """Check names of panels and options; done after pydantic, so that the message can name the line of the name itself."""
    from miner.report.gallery.registry import panels  # the gallery brings all of the statistics: what only lists reports starts without

    known = panels()

    def fail(what: str, hint: str, place: tuple[str | int, ...], value: str | None = None) -> ConfigError:
        line = line_of(text, place, value)
        return ConfigError(what, where=f"{path}, line {line}" if line else str(path), hint=hint)

    places: list[tuple[tuple[str | int, ...], list[str]]] = [(("panels",), content.panels)]
    places += [(("sections", i, "panels"), section.panels) for i, section in enumerate(content.sections)]
    for place, names in places:
        for i, name in enumerate(names):
            if name not in known:
                raise fail(f"there is no panel {name!r}", suggest(name, list(known)), (*place, i), name)
    compared = content.publication.compared if content.publication else None
    if compared is not None and compared not in publications():
        what = f"there is no publication {compared!r} to compare with"
        raise fail(what, suggest(compared, list(publications())), ("publication", "compared"))
    for key, texts in (("panels", content.texts.panels), ("publication", content.texts.publication)):
        for name in texts:
            if name not in known:
                raise fail(f"there is no panel {name!r}", suggest(name, list(known)), ("texts", key, name))
    for name, options in content.options.items():
        if name not in known:
            raise fail(f"there is no panel {name!r}", suggest(name, list(known)), ("options", name))
        options_of = known[name].options
        for key, value in options.items():
            place = ("options", name, key)
            if key not in options_of:
                raise fail(
                    f"the panel {name!r} has no option {key!r}", suggest(key, list(options_of)) if options_of else "it has none", place
                )
            if not isinstance(value, int | float if isinstance(options_of[key], float) else type(options_of[key])) or isinstance(
                value, bool
            ):
                raise fail(f"{key} of {name!r} is {value!r}", f"a value such as {options_of[key]!r}", place)


def definitions(workspace: Workspace | None = None) -> dict[str, Path]:
    """Return the files of all definitions by name; a workspace's own override those that ship with miner."""
    found = {f.stem: f for f in sorted(resource("reports", "definitions").glob("*.toml"))}
    if workspace is not None:
        found |= {f.stem: f for f in sorted(workspace.report_definitions.glob("*.toml"))}
    return found


def load_definition(path: Path) -> Definition:
    """Read and check a definition.

    Raises
    ------
    ConfigError
        Naming the line, what is not understood, and what would be.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot be read: {error}", where=str(path), hint="miner init copies none: take one of reports/definitions"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"is not TOML: {error}", where=str(path), hint="the message names the line") from error
    try:
        made = Definition.model_validate(content)
    except ValidationError as error:
        raise explained(path, text, error, Definition, "docs/how-to/make-a-report.md has an example") from error
    _check_names(path, text, made)
    return made
