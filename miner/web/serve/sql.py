"""The SQL page: what views there are, one statement that reads, its rows as a table, a chart or a file, and queries that are kept."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from miner.errors import MinerError, QueryError, UsageError
from miner.export.rows import render_rows
from miner.paths import put_text
from miner.settings import as_toml, suggest
from miner.store.catalogue import COLUMNS_OF_VIEWS, VIEWS, first_rows
from miner.store.query import NamedQuery, named_queries, query_named, run_query, run_select, typed
from miner.web.chart import MARKS, Chart, draw

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from miner.config import Workspace
    from miner.web.serve.live import Snapshot

SECONDS, BYTES, ROWS = 10.0, 200_000_000, 1_000  # of a query: its time, its result, and what is shown of it
FILES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "parquet": "application/vnd.apache.parquet"}
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\$\$.*?\$\$", re.DOTALL)
_PARAMETER = re.compile(r"\$([A-Za-z_]\w*)")


@dataclass(frozen=True)
class Asked:
    """What an address asks: a statement, or a named query; its parameters as text; and the chart."""

    sql: str = ""
    query: NamedQuery | None = None
    given: dict[str, str] = field(default_factory=dict)
    chart: Chart | None = None
    tab: str = "table"

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Asked:
        """Read an address's parameters.

        Raises
        ------
        UsageError
            If it names a query that is not there.
        """
        given = {k.removeprefix("p."): v for k, v in values.items() if k.startswith("p.")}
        query = query_named(name) if (name := values.get("query", "")) else None
        said = dict(query.chart) if query else {}
        chart = Chart.of(
            {**said, **{k: v for k, v in values.items() if v or k == "color"}} | ({"log": values.get("log", "")} if "x" in values else {})
        )
        tab = values.get("tab") or ("chart" if said else "table")
        return cls(values.get("sql", "") if query is None else query.sql, query, given, chart, tab if chart or tab == "chart" else "table")

    @property
    def parameters(self) -> dict[str, Any]:
        """The statement's parameters: of a named query with the types that its head gives, else as they look."""
        if self.query is not None:
            return dict(self.query.parameters)
        return {name: typed(self.given.get(name, "")) for name in _PARAMETER.findall(_QUOTED.sub(" ", self.sql))}

    def address(self, **other: str) -> str:
        """Return the address that asks the same, with some things otherwise."""
        said: dict[str, str] = {"query": self.query.name} if self.query else {"sql": self.sql}
        said |= {f"p.{k}": v for k, v in self.given.items()}
        if self.chart:
            said |= {
                "mark": self.chart.mark,
                "x": self.chart.x,
                "y": self.chart.y,
                "color": self.chart.color,
                "log": "1" if self.chart.log else "",
            }
        said |= {"tab": self.tab, **other}
        return f"sql?{urlencode({k: v for k, v in said.items() if v or k == 'color'}, quote_via=quote)}"


def answer(workspace: Workspace, asked: Asked) -> pa.Table:
    """Run what is asked, within its limits.

    Raises
    ------
    MinerError
        If it does not only read, fails, or goes beyond a limit.
    """
    if asked.query is not None:
        return run_query(workspace, asked.query, asked.given, timeout=SECONDS)
    return run_select(workspace, asked.sql, asked.parameters, timeout=SECONDS, max_bytes=BYTES)


def as_file(table: pa.Table, form: str) -> bytes:
    """Return rows as a file; what a spreadsheet would run as a formula is told from it as in all files of miner's.

    Raises
    ------
    UsageError
        If there is no such format.
    """
    if form not in FILES:
        raise UsageError(f"there is no format {form!r} here", hint=suggest(form, FILES, all_too=True))
    return render_rows(table, form, guard=True)


@lru_cache(maxsize=2)
def views_of(source: Path) -> list[dict[str, Any]]:
    """Return the views of a snapshot, each with its columns, their types and meanings."""
    from miner.store.connect import open_reader
    from miner.store.select import select

    with open_reader(source) as con:
        views, columns = select(con, VIEWS).to_pylist(), select(con, COLUMNS_OF_VIEWS).to_pylist()
    by_view: dict[str, list[dict[str, Any]]] = {}
    for column in columns:
        by_view.setdefault(column["view"], []).append(column)
    return [{**view, "columns": by_view.get(view["view"], [])} for view in views]


def examples_of(workspace: Workspace, view: str) -> dict[str, str]:
    """Return an example value of each column of a view."""
    rows = run_select(workspace, first_rows(view, 20), timeout=SECONDS).to_pylist()
    names = rows[0] if rows else {}
    return {name: cell(next((r[name] for r in rows if r[name] is not None), None))[:80] for name in names}


def page_values(workspace: Workspace, snapshot: Snapshot, values: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """Return the status and what the template shows."""
    views = views_of(snapshot.source)
    view = next((v for v in views if v["view"] == values.get("view")), None)
    shown: dict[str, Any] = {
        "views": views,
        "view": view,
        "asked": Asked(sql=values.get("sql", "")),
        "error": None,
        "table": None,
        "drawn": None,
    }
    shown |= {"marks": MARKS, "files": FILES, "queries": [], "seconds": SECONDS, "examples": {}, "shown": ROWS, "own": frozenset()}
    status = 200
    try:
        known = named_queries()
        own = {name for name in known if (workspace.root / "queries" / f"{name}.sql").is_file()}
        shown |= {"queries": list(known.values()), "own": own}
        if view:
            shown["examples"] = examples_of(workspace, view["view"])
        asked = shown["asked"] = Asked.of(values)
        needs = asked.query is None and any(asked.given.get(name, "") == "" for name in asked.parameters)
        if asked.sql.strip() and not needs:
            shown["table"] = table = answer(workspace, asked)
            shown["rows"] = _rows(snapshot, table)
            if asked.tab == "chart" and asked.chart:
                shown["drawn"] = draw(table, asked.chart)
    except MinerError as error:
        shown["error"] = error
        status = 400
    return status, shown


def _rows(snapshot: Snapshot, table: pa.Table) -> list[list[tuple[str, str, bool]]]:
    """Return the first rows, cell by cell: the text, the address of a paper's page, and whether it is a number."""
    columns = []
    for name, column in zip(table.column_names, table.slice(0, ROWS).columns, strict=True):
        values = column.to_pylist()
        links = [snapshot.address_of(v) or "" if name == "paper_id" and isinstance(v, str) else "" for v in values]
        columns.append([(cell(v), link, isinstance(v, int | float)) for v, link in zip(values, links, strict=True)])
    return [list(row) for row in zip(*columns, strict=True)]


def cell(value: Any) -> str:
    """Write a value as a table shows it.

    Examples
    --------
    >>> cell(0.1 + 0.2), cell(None), cell(["a", 1]), cell(1200)
    ('0.3', '', '["a", 1]', '1200')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.12g}"
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else str(value)


def save(workspace: Workspace, values: Mapping[str, str]) -> str:
    """Keep a statement as a named query in the workspace's ``queries/``, and return its name.

    Raises
    ------
    UsageError
        If the name cannot be one or is taken, or a word on what it answers is missing.
    QueryError
        If the statement does not run.
    """
    name, summary, sql = (values.get(k, "").strip() for k in ("name", "summary", "sql"))
    if not _NAME.fullmatch(name):
        raise UsageError(f"it is {name!r}", where="name", hint="small letters, digits and hyphens, as in titles-since")
    if not summary:
        raise UsageError("it is missing", where="summary", hint="say in a sentence what the query answers")
    known, file = named_queries(), workspace.root / "queries" / f"{name}.sql"
    if name in known and not file.is_file():
        raise UsageError(f"a query {name} ships with miner", where="name", hint="give yours another name")
    if file.exists() and not values.get("replace"):
        raise UsageError(f"there is a query {name} of yours already", where="name", hint="give another name, or tick that it is replaced")
    body = "\n".join(row for row in sql.replace("\r\n", "\n").split("\n") if not row.startswith("--")).strip()
    asked = Asked.of({**values, "sql": body, "query": ""})
    if not body:
        raise QueryError("there is no statement", hint="write one that begins with SELECT")
    answer(workspace, asked)
    put_text(file, _head(summary, asked) + body + "\n")
    return name


def _head(summary: str, asked: Asked) -> str:
    lines = [f"-- summary = {as_toml(summary)}"]
    if asked.parameters:
        lines.append(f"-- parameters = {{ {', '.join(f'{k} = {as_toml(v)}' for k, v in asked.parameters.items())} }}")
    if asked.chart:
        c = asked.chart
        said = {"mark": c.mark, "x": c.x, "y": c.y, "color": c.color, "log": c.log}
        lines.append(f"-- chart = {{ {', '.join(f'{k} = {as_toml(v)}' for k, v in said.items() if v)} }}")
    return "\n".join(lines) + "\n"
