"""Ad hoc SQL on the published snapshot: one read-only statement, bounded in time and memory."""

from __future__ import annotations

import re
import shlex
import tomllib
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

from miner.errors import QueryError, UsageError
from miner.paths import as_path
from miner.registry import own_folder
from miner.resources import resource
from miner.settings import suggest
from miner.store.connect import open_reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    import pyarrow as pa

    from miner.config import Workspace

TIMEOUT = 60.0
MAX_BYTES = 1_000_000_000
_BATCH_ROWS = 100_000


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
    con = open_reader(workspace.current)
    try:
        return select(con, sql, parameters, timeout=timeout, max_bytes=max_bytes)
    finally:
        con.close()


def select(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    timeout: float = TIMEOUT,
    max_bytes: int = MAX_BYTES,
) -> pa.Table:
    """Run one SELECT on an open reader (see :func:`run_select`)."""
    import duckdb

    statement = _only_reading(con, sql)
    timer = Timer(timeout, con.interrupt)
    timer.daemon = True
    timer.start()
    try:
        return _fetch(con.sql(statement, params=dict(parameters) if parameters else None), max_bytes)
    except duckdb.InterruptException as error:
        raise QueryError(f"the query was stopped after {timeout:g} s", hint="narrow it, or give a longer --timeout") from error
    except duckdb.OutOfMemoryException as error:
        raise QueryError("the query needs more memory than it may use", hint="narrow it with WHERE, LIMIT or an aggregate") from error
    except (duckdb.Error, RuntimeError) as error:
        raise QueryError(str(error).strip(), hint="miner sql 'SHOW TABLES' lists views; DESCRIBE NAME shows columns") from error
    finally:
        timer.cancel()


def _only_reading(con: duckdb.DuckDBPyConnection, sql: str) -> Any:
    import duckdb

    try:
        statements = con.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryError(str(error).strip(), hint="correct the statement") from error
    if len(statements) != 1:
        raise QueryError(f"exactly one statement is allowed, not {len(statements)}", hint="run them one by one")
    if statements[0].type not in {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}:
        raise QueryError(
            f"only statements that read are allowed, not {statements[0].type.name}",
            hint="the snapshot is read-only; open a copy of data/current.duckdb with duckdb to do more",
        )
    return statements[0]


def _fetch(result: duckdb.DuckDBPyRelation, max_bytes: int) -> pa.Table:
    import pyarrow as pa

    reader = result.to_arrow_reader(_BATCH_ROWS)
    batches, size = [], 0
    for batch in reader:
        size += batch.nbytes
        if size > max_bytes:
            raise QueryError(f"the result is larger than {max_bytes / 1e6:,.0f} MB", hint="narrow it with WHERE, LIMIT or an aggregate")
        batches.append(batch)
    return pa.Table.from_batches(batches, schema=reader.schema)


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One file of ``db/queries``: what it answers, its parameters (name to default, whose type is the parameter's) and its SQL.

    ``exists`` names, by parameter, a SELECT of the values that it may have.
    """

    name: str
    summary: str
    parameters: dict[str, Any]
    sql: str
    exists: dict[str, str] = field(default_factory=dict)


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
        found[file.stem] = NamedQuery(file.stem, str(meta["summary"]), meta.get("parameters", {}), text, meta.get("exists", {}))
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
    queries = named_queries()
    if name not in queries:
        raise UsageError(f"there is no query {name!r}", hint=suggest(name, queries, all_too=True))
    query = queries[name]
    values = dict(query.parameters)
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
        return type(default)(text)
    except ValueError as error:
        raise UsageError(f"parameter {key} of {query} must be {type(default).__name__}, not {text!r}") from error
