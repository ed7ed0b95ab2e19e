"""The mapping from a table's columns to studies: a TOML file, so that a new review takes a mapping and no code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from miner.errors import ConfigError
from miner.studies.clean import TAKES, Numerals
from miner.studies.sections import SECTIONS

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
class Join:
    """A second file whose columns are added to a table, by a column that both have."""

    file: str
    on: str
    sheet: str | None = None


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
    percentage : bool or None
        Whether numbers without a sign are percentages; None where each number tells it.
    below_one, several, optional : bool
        Percentages at or below 1 are meant; a cell holds a list with tasks in parentheses; rows without an estimate count as studies.
    take, n_take : str or None
        Which of several values, or of a range, counts, of estimates and of sample sizes.
    split, metrics, tasks : str, tuple of str, tuple of str
        What parts the values of a cell, and what they are.
    n_combine : str
        ``"total"`` (the cell's number or total) or ``"sum"`` (of several columns).
    join : Join or None
        A second file whose columns are added.
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
    skip_rows: int = 0
    header_rows: int = 1
    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    fill_down: tuple[str, ...] = ()
    join: Join | None = None
    replace: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    metric: str = "accuracy"
    task: str | None = None
    by_task: dict[str, str] = field(default_factory=dict)
    percentage: bool | None = None
    below_one: bool = False
    several: bool = False
    optional: bool = False
    take: str | None = None
    split: str | None = None
    metrics: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    n_combine: str = "total"
    n_take: str | None = None
    task_map: dict[str, str] | None = None
    task_rename: dict[str, str] = field(default_factory=dict)
    reference_strip: str = ""
    complete: bool = False
    keep: tuple[RowRule, ...] = ()
    drop: tuple[RowRule, ...] = ()
    set_aside: tuple[RowRule, ...] = ()

    @property
    def numerals(self) -> Numerals:
        """How the table writes numbers."""
        return Numerals(self.decimal, self.thousands)

    def source_columns(self) -> list[str]:
        """Return every column of the table that the mapping names."""
        named = [c for columns in self.columns.values() for c in columns] + [*self.by_task, *self.fill_down]
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
    n = sections.get("n", {})
    _choices(table, estimate, n, where)
    return Mapping(
        review=top["review"],
        origin=top["origin"],
        columns=columns,
        source=top.get("source", ""),
        metric=top.get("metric", "accuracy"),
        task=top.get("task"),
        missing=tuple(top.get("missing", ())),
        n_combine=n.get("combine", "total"),
        n_take=n.get("take"),
        join=_join(sections.get("join"), where),
        task_map=task.get("map"),
        task_rename=task.get("rename", {}),
        reference_strip=sections.get("reference", {}).get("strip", ""),
        complete=rows.get("complete", False),
        **_tupled(table),
        **_tupled(estimate),
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


def _choices(table: dict[str, Any], estimate: dict[str, Any], n: dict[str, Any], where: str) -> None:
    """Refuse what is none of a key's words."""
    allowed: list[tuple[str, Any, tuple[str, ...]]] = [
        ("[n] combine", n.get("combine"), ("total", "sum")),
        ("[n] take", n.get("take"), TAKES),
        ("[estimate] take", estimate.get("take"), TAKES),
        ("[table] decimal", table.get("decimal"), (".", ",")),
        ("[table] thousands", table.get("thousands"), (".", ",", " ", "'", "’")),
    ]
    for key, value, known in allowed:
        if value is not None and value not in known:
            raise ConfigError(f"{key} must be one of {', '.join(map(repr, known))}, not {value!r}", where=where)
    if table.get("decimal") and table.get("decimal") == table.get("thousands"):
        raise ConfigError("[table] decimal and thousands are the same sign", where=where, hint="leave one of them out")
    parts = [key for key in ("metrics", "tasks") if estimate.get(key)]
    if bool(estimate.get("split")) != bool(parts):
        raise ConfigError(
            "[estimate] split and the metrics or tasks of its parts belong together",
            where=where,
            hint='split = "/", metrics = ["sensitivity", "specificity"]',
        )
    if len({len(estimate[key]) for key in parts}) > 1:
        raise ConfigError(
            "[estimate] metrics and tasks name parts of different number", where=where, hint="one of each for every part of a cell"
        )
    if len(table.get("delimiter", ",")) != 1:
        raise ConfigError(f"[table] delimiter must be one character, not {table['delimiter']!r}", where=where)


def _join(section: dict[str, Any] | None, where: str) -> Join | None:
    if section is None:
        return None
    if not section.get("file") or not section.get("on"):
        raise ConfigError("[join] needs a file and the column on which it joins", where=where, hint='file = "sizes.csv", on = "Study"')
    return Join(**section)


def _tupled(section: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in section.items()}


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
