"""The mapping from a table's columns to studies: a TOML file, so that a new review takes a mapping and no code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from miner.errors import ConfigError

TARGETS = ("reference", "year", "task", "metric", "estimate", "n", "dataset", "validation", "modality", "condition")
# The keys of a mapping file by section: their types, and what they mean.
SECTIONS: dict[str, dict[str, tuple[type | tuple[type, ...], str]]] = {
    "": {
        "review": (str, "A short name of the review, the first part of the studies' identifiers."),
        "origin": (str, "What the column `origin` of the effects says."),
        "source": (str, "Where the table comes from, for reports."),
        "missing": (list, "Cells that mean that there is no value, beside empty ones."),
        "metric": (str, "The metric of all rows; `accuracy` where it is left out and no column says it."),
        "task": (str, "The task of all rows, where no column says it."),
    },
    "table": {
        "file": (str, "The file within a folder of sources."),
        "table": (int, "Which table of the file, from 0."),
        "sheet": (str, "Which sheet of a spreadsheet; the first where it is left out."),
        "header_rows": (int, "How many rows the head has; 1 where it is left out."),
        "replace": (dict, "Characters or words to be replaced in every cell."),
    },
    "columns": {target: ((str, list), f"The column, or columns joined by a space, that say the {target}.") for target in TARGETS},
    "estimate": {
        "percentage": (bool, "Whether numbers without a sign are percentages."),
        "several": (bool, "Whether a cell holds a list of values, with tasks in parentheses."),
        "optional": (bool, "Whether rows without an estimate count as studies."),
        "by_task": (dict, "Column to task, where the table has a column of estimates for each task."),
    },
    "n": {"combine": (str, "`total`: the cell's number or total; `sum`: of several columns.")},
    "task": {
        "map": (dict, "What the cell says, and the task that it means; rows that say something else have none."),
        "rename": (dict, "Words within a task, and what stands for them."),
    },
    "reference": {"strip": (str, "Characters that are taken off both ends of references.")},
    "rows": {
        "complete": (bool, "Whether a row with any empty cell is left out."),
        "keep": (list, "Rules of which a row must meet every one."),
        "drop": (list, "Rules of which a row must meet none."),
        "set_aside": (list, "Rules of rows that are read, and not used; each has a `reason`."),
    },
}
_RULE_KEYS = {"column": str, "equals": str, "starts_with": str, "matches": str, "reason": str}


@dataclass(frozen=True, slots=True)
class RowRule:
    """A condition on one column of a row: ``equals``, ``starts_with`` or ``matches`` (a regular expression)."""

    column: str
    equals: str | None = None
    starts_with: str | None = None
    matches: str | None = None
    reason: str | None = None

    def holds(self, row: MappingType[str, str]) -> bool:
        """Tell whether the row meets the condition."""
        import re

        cell = row[self.column]
        if self.equals is not None:
            return cell == self.equals
        if self.starts_with is not None:
            return cell.startswith(self.starts_with)
        return re.search(self.matches or "", cell) is not None

    def describe(self) -> str:
        """Say the condition in words."""
        if self.equals is not None:
            return f"{self.column} is {self.equals!r}"
        return (
            f"{self.column} begins with {self.starts_with!r}" if self.starts_with is not None else f"{self.column} matches {self.matches!r}"
        )


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one table of a review is read.

    Parameters
    ----------
    review : str
        A short name, the first part of study identifiers.
    origin : str
        What the effect's ``origin`` says.
    columns : dict
        Target (``reference, year, task, metric, estimate, n …``) to source columns; several are joined by a space.
    by_task : dict
        Source column to task, where the table has one column of estimates a task.
    percentage, several, optional : bool
        Numbers without a sign are percentages; a cell holds a list with tasks in parentheses; rows without an estimate count as studies.
    n_combine : str
        ``"total"`` (the cell's number or total) or ``"sum"`` (of several columns).
    complete : bool
        A row with any empty cell (or one of ``missing``) is not used.
    keep, drop, set_aside : tuple of RowRule
        Rows must meet every ``keep`` and no ``drop``; those that meet ``set_aside`` are read, but not used.
    """

    review: str
    origin: str
    columns: dict[str, tuple[str, ...]]
    source: str = ""
    file: str | None = None
    table: int = 0
    sheet: str | None = None
    header_rows: int = 1
    replace: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    metric: str = "accuracy"
    task: str | None = None
    by_task: dict[str, str] = field(default_factory=dict)
    percentage: bool = False
    several: bool = False
    optional: bool = False
    n_combine: str = "total"
    task_map: dict[str, str] | None = None
    task_rename: dict[str, str] = field(default_factory=dict)
    reference_strip: str = ""
    complete: bool = False
    keep: tuple[RowRule, ...] = ()
    drop: tuple[RowRule, ...] = ()
    set_aside: tuple[RowRule, ...] = ()

    def source_columns(self) -> list[str]:
        """Return every column of the table that the mapping names."""
        named = [c for columns in self.columns.values() for c in columns] + list(self.by_task)
        return list(dict.fromkeys(named + [rule.column for rule in (*self.keep, *self.drop, *self.set_aside)]))


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises
    ------
    ConfigError
        If it is no TOML, lacks what is needed, or has a key that is not known; the message names it.
    """
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), hint="take one of pipelines/varoquaux2022 as a start") from error
    return parse_mapping(content, where=Path(path).name)


def parse_mapping(content: dict[str, Any], where: str = "mapping") -> Mapping:
    """Check a mapping's content; see :func:`load_mapping`."""
    top = {k: v for k, v in content.items() if not isinstance(v, dict)}
    sections = {k: v for k, v in content.items() if isinstance(v, dict)}
    _check("", top, where)
    for name, keys in sections.items():
        if name not in SECTIONS:
            raise ConfigError(f"unknown section [{name}]", where=where, hint=f"known: {', '.join(s for s in SECTIONS if s)}")
        _check(name, keys, where)
    for needed in ("review", "origin"):
        if not top.get(needed):
            raise ConfigError(f"the key {needed!r} is missing", where=where, hint="name the review whose table this is")
    table, estimate, task, rows = (sections.get(s, {}) for s in ("table", "estimate", "task", "rows"))
    columns = {target: _names(target, value, where) for target, value in sections.get("columns", {}).items()}
    if "reference" not in columns or ("estimate" not in columns and "by_task" not in estimate):
        raise ConfigError("[columns] must name 'reference', and 'estimate' or [estimate] by_task", where=where)
    combine = sections.get("n", {}).get("combine", "total")
    if combine not in {"total", "sum"}:
        raise ConfigError(f"[n] combine must be 'total' or 'sum', not {combine!r}", where=where)
    return Mapping(
        review=top["review"],
        origin=top["origin"],
        columns=columns,
        source=top.get("source", ""),
        metric=top.get("metric", "accuracy"),
        task=top.get("task"),
        missing=tuple(top.get("missing", ())),
        n_combine=combine,
        task_map=task.get("map"),
        task_rename=task.get("rename", {}),
        reference_strip=sections.get("reference", {}).get("strip", ""),
        complete=rows.get("complete", False),
        **table,
        **estimate,
        keep=_rules("keep", rows, where),
        drop=_rules("drop", rows, where),
        set_aside=_rules("set_aside", rows, where),
    )


def _check(section: str, keys: dict[str, Any], where: str) -> None:
    known = {key: allowed for key, (allowed, _) in SECTIONS[section].items()}
    place = f"[{section}] " if section else ""
    for key, value in keys.items():
        if key not in known:
            raise ConfigError(f"unknown key {place}{key!r}", where=where, hint=f"known keys: {', '.join(known)}")
        if not isinstance(value, known[key]) or (known[key] is int and isinstance(value, bool)):
            raise ConfigError(f"{place}{key} is not of the right type: {value!r}", where=where)


def _names(target: str, value: Any, where: str) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else tuple(value)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ConfigError(f"[columns] {target} must be a column's name or a list of names", where=where)
    return names


def _rules(name: str, rows: dict[str, Any], where: str) -> tuple[RowRule, ...]:
    return tuple(_rule(name, rule, where) for rule in rows.get(name, ()))


def _rule(name: str, value: Any, where: str) -> RowRule:
    import re

    if not isinstance(value, dict) or not isinstance(value.get("column"), str):
        raise ConfigError(f"each of [rows] {name} must be a table with a column", where=where)
    for key in value:
        if key not in _RULE_KEYS:
            raise ConfigError(f"unknown key [rows] {name} {key!r}", where=where, hint=f"known keys: {', '.join(_RULE_KEYS)}")
    if len({"equals", "starts_with", "matches"} & set(value)) != 1:
        raise ConfigError(f"each of [rows] {name} takes one of equals, starts_with and matches", where=where)
    try:
        re.compile(value.get("matches", ""))
    except re.error as error:
        raise ConfigError(f"[rows] {name} matches is no regular expression: {error}", where=where) from error
    return RowRule(**value)
