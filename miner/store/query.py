"""Questions to the published snapshot: a statement, or a named query."""

from __future__ import annotations

import re
import shlex
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import QueryError, UsageError
from miner.paths import as_path
from miner.registry import own_folder
from miner.resources import resource
from miner.settings import suggest
from miner.store.select import MAX_BYTES, TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from miner.config import Workspace


def run_select(
    workspace: Workspace, sql: str, parameters: Mapping[str, Any] | None = None, *, timeout: float = TIMEOUT, max_bytes: int = MAX_BYTES
) -> pa.Table:
    """Run one SELECT on the workspace's published snapshot.

    Parameters
    ----------
    workspace : Workspace
    sql : str
        One statement that reads: SELECT, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN.
    parameters : mapping, optional
        Values for ``$name`` in the statement.
    timeout : float
        Seconds after which the query is stopped.
    max_bytes : int
        Size of the result above which the query is stopped.

    Raises
    ------
    StoreError
        If nothing has been published yet.
    QueryError
        If the statement does not only read, fails, or goes beyond a limit.
    """
    from miner.store.query_process import ask

    return ask(workspace.current, sql, dict(parameters) if parameters else None, timeout, max_bytes)


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One file of ``db/queries``: what it answers, its parameters (name to default, whose type is the parameter's) and its SQL.

    ``exists`` names, by parameter, a SELECT of the values that it may have; ``chart`` how its rows are drawn: ``mark`` (point, line or bar), ``x``, ``y`` and
    ``color`` (columns), ``log`` (whether x is).
    """

    name: str
    summary: str
    parameters: dict[str, Any]
    sql: str
    exists: dict[str, str] = field(default_factory=dict)
    chart: dict[str, Any] = field(default_factory=dict)


def named_queries(folder: Path | None = None) -> dict[str, NamedQuery]:
    """Return the named queries, by name: those of ``folder``, else those that ship with miner and those in ``queries/`` of the workspace in use.

    A file begins with a comment block in TOML, each line after ``--``: ``summary = "…"`` and, if it takes any,
    ``parameters = { max_n = 100 }`` and ``exists = { effect_id = 'SELECT effect_id FROM v_effect' }``; or with a comment in plain words,
    whose first line is the summary.

    Raises
    ------
    QueryError
        If there is no such folder, or a file's head is meant to be TOML and is none, or a workspace's has the name of one that ships with miner.
    """
    if folder is not None:
        return _queries_in(as_path("folder", folder))
    found, own = _queries_in(resource("db", "queries")), own_folder("queries")
    added = _queries_in(own) if own is not None else {}
    for name in added.keys() & found.keys():
        raise QueryError(f"a query {name} ships with miner", where=f"{own}/{name}.sql", hint="give yours another name")
    return found | added


def _queries_in(place: Path) -> dict[str, NamedQuery]:
    if not place.is_dir():
        raise QueryError("there is no such folder", where=str(place), hint="name a folder of .sql files")
    found = {}
    for file in sorted(place.glob("*.sql")):
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise QueryError(f"it cannot be read: {error}", where=str(file), hint="see to its permissions, and save it in UTF-8") from error
        meta = _head(file, text)
        asked, exists, chart = (meta.get(key, {}) for key in ("parameters", "exists", "chart"))
        found[file.stem] = NamedQuery(file.stem, str(meta["summary"]), asked, text, exists, chart)
    return found


def _head(file: Path, text: str) -> dict[str, Any]:
    """Return what the comment at the top of a query says in TOML; of one in plain words, the first line is the summary."""
    lines = [
        line.removeprefix("--").strip() for line in takewhile(lambda line: line.startswith("--"), text.lstrip("\ufeff\n").splitlines())
    ]
    if not any(re.match(r"[A-Za-z_]+\s*=", line) for line in lines):
        return {"summary": next(filter(None, lines), "a query of this workspace")}
    try:
        meta = tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        raise QueryError(f"its head cannot be read: {error}", where=str(file), hint='begin with: -- summary = "…"') from error
    return {"summary": "a query of this workspace", **meta}


def run_named(workspace: Workspace, name: str, given: Mapping[str, str] | None = None, *, timeout: float = TIMEOUT) -> pa.Table:
    """Run a named query with parameters given as text; each is converted to the type of its default.

    Raises
    ------
    UsageError
        If there is no such query or parameter, or a value has the wrong type.
    """
    return run_query(workspace, query_named(name), given, timeout=timeout)


def query_named(name: str) -> NamedQuery:
    """Return a named query (see :func:`named_queries`).

    Raises
    ------
    UsageError
        If there is none of this name.
    """
    queries = named_queries()
    if name not in queries:
        raise UsageError(f"there is no query {name!r}", hint=suggest(name, queries, all_too=True))
    return queries[name]


def run_query(workspace: Workspace, query: NamedQuery, given: Mapping[str, str] | None = None, *, timeout: float = TIMEOUT) -> pa.Table:
    """Run a query that was looked up (see :func:`run_named`)."""
    name, values = query.name, dict(query.parameters)
    for key, text in (given or {}).items():
        if key not in values:
            raise UsageError(f"query {name} has no parameter {key!r}", hint=suggest(key, values, all_too=True) if values else "it has none")
        values[key] = _convert(name, key, text, values[key])
    for key, sql in query.exists.items():
        _must_exist(workspace, name, key, values[key], sql)
    return run_select(workspace, query.sql, values, timeout=timeout)


def _must_exist(workspace: Workspace, query: str, key: str, value: Any, sql: str) -> None:
    if not value:
        raise UsageError(
            f"query {query} needs a value for {key}",
            hint=f"miner query {shlex.quote(query)} VALUE, or --param {key}=VALUE; miner sql {shlex.quote(sql)} lists them",
        )
    if not run_select(workspace, f"SELECT 1 FROM ({sql}) AS known({key}) WHERE {key} = $value LIMIT 1", {"value": value}).num_rows:  # noqa: S608 -- the query's own SQL
        raise UsageError(f"there is no {key} {value!r}", hint=f"miner sql {shlex.quote(sql)} lists them")


def _convert(query: str, key: str, text: str, default: Any) -> Any:
    try:
        return _TYPES.get(type(default), type(default))(text)
    except (ValueError, KeyError) as error:
        raise UsageError(f"parameter {key} of {query} must be {type(default).__name__}, not {text!r}") from error


# How a text becomes a value of a parameter, where the type's own way is another one.
_TYPES: dict[type, Any] = {
    bool: lambda text: {"true": True, "false": False}[text.strip().lower()],
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    time: time.fromisoformat,
    list: lambda text: [typed(part) for part in text.split(",") if part.strip()],
}


def typed(text: str) -> int | float | str:
    """Return a number where the text is one.

    Examples
    --------
    >>> typed("50"), typed(" 0.5"), typed("AD vs HC")
    (50, 0.5, 'AD vs HC')
    """
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
