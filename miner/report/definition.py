"""Report definitions: what a report asks, of which effects, and which panels it shows in which order."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from miner.errors import ConfigError
from miner.report.gallery.registry import PANELS
from miner.resources import resource
from miner.text.settings import explained, suggest

if TYPE_CHECKING:
    from pathlib import Path

    from miner.config import Workspace


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Texts(_Table):
    """Texts of the author's: before all, on the limits, and above single panels (by their names)."""

    introduction: str | None = None
    limits: str | None = None
    panels: dict[str, str] = {}


class Definition(_Table):
    """One report, as its file says.

    Attributes
    ----------
    title : str
        ``{metric}`` in it stands for the metric, or for "performance" where there are several.
    question : str
        Shown where the report is on no job, whose own question goes first.
    query : str
        ``effects`` (the job's effects), the name of a query, or a SELECT that returns ``estimate`` and ``n``, and further columns of
        ``v_effect`` where it has them; ``$job`` in it is the job's name.
    groups : list of str
        Columns: the first is told apart by colour and groups forest plots, each has pooled values of its own in ``subgroups``.
    moderators : list of str
        Columns (or ``log10_n``) that the panel ``regression`` puts into one model.
    panels : list of str
        Names of the gallery, in order.
    texts : Texts
    options : dict
        By panel: its options.
    """

    title: Annotated[str, Field(min_length=1)]
    question: Annotated[str, Field(min_length=1)]
    query: Annotated[str, Field(min_length=1)] = "effects"
    groups: Annotated[list[str], Field(min_length=1)] = ["task"]
    moderators: Annotated[list[str], Field(min_length=1)] = ["log10_n", "year", "task"]
    panels: Annotated[list[str], Field(min_length=1)]
    texts: Texts = Texts()
    options: dict[str, dict[str, Any]] = {}

    @field_validator("panels")
    @classmethod
    def _exist(cls, panels: list[str]) -> list[str]:
        for i, name in enumerate(panels):
            if name in panels[:i]:
                raise ValueError(f"the panel {name!r} stands there twice | leave one out")
        return panels


def _check_names(path: Path, text: str, content: Definition) -> None:
    """Check names of panels and options; done after pydantic, so that the message can name the line of the name itself."""
    from miner.text.settings import line_of

    def fail(what: str, hint: str, place: tuple[str | int, ...], value: str | None = None) -> ConfigError:
        line = line_of(text, place, value)
        return ConfigError(what, where=f"{path}, line {line}" if line else str(path), hint=hint)

    for i, name in enumerate(content.panels):
        if name not in PANELS:
            raise fail(f"there is no panel {name!r}", suggest(name, list(PANELS)), ("panels", i), name)
    for name in content.texts.panels:
        if name not in PANELS:
            raise fail(f"there is no panel {name!r}", suggest(name, list(PANELS)), ("texts", "panels", name))
    for name, options in content.options.items():
        if name not in PANELS:
            raise fail(f"there is no panel {name!r}", suggest(name, list(PANELS)), ("options", name))
        known = PANELS[name].options
        for key, value in options.items():
            place = ("options", name, key)
            if key not in known:
                raise fail(f"the panel {name!r} has no option {key!r}", suggest(key, list(known)) if known else "it has none", place)
            if not isinstance(value, int | float if isinstance(known[key], float) else type(known[key])) or isinstance(value, bool):
                raise fail(f"{key} of {name!r} is {value!r}", f"a value such as {known[key]!r}", place)


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
