"""A report from the published snapshot: read, compute, draw, write; the same snapshot gives the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.resources import resource
from miner.store.connect import open_reader

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace

DEFAULT = "accuracy-vs-sample-size"
BUILT_IN = (DEFAULT, "varoquaux2022")


def build_report(workspace: Workspace, name: str | None = None, *, job: str | None = None, output: Path | None = None) -> Path:
    """Make a report and return its path.

    Parameters
    ----------
    workspace : Workspace
    name : str, optional
        A built-in report, or the name of a job, whose report is made; everything in the database by default.
    job : str, optional
        The job whose records the report is on.
    output : pathlib.Path, optional
        The folder; by default the workspace's ``data/reports``.

    Raises
    ------
    UsageError
        If there is no such report or job.
    StoreError
        If nothing has been published.
    """
    data = render_report(workspace, name, job=job)
    path = report_path(workspace, job or name, output)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(path), hint="name another folder with -o") from error
    return path


def report_path(workspace: Workspace, name: str | None, output: Path | None = None) -> Path:
    """Return where the report of this name stands."""
    return (output or workspace.reports) / f"{name or DEFAULT}.html"


def render_report(workspace: Workspace, name: str | None = None, *, job: str | None = None) -> bytes:
    """Return a report's bytes (see :func:`build_report`)."""
    with open_reader(workspace.current) as con:
        kind, subject = _which(con, name, job)
        context = _context(con, kind, subject)
        context["provenance"] = _provenance(workspace, context.pop("facts"), job or name)
    return _render(context)


def _which(con: duckdb.DuckDBPyConnection, name: str | None, job: str | None) -> tuple[str, str | None]:
    if name is None or name in BUILT_IN:
        return name or DEFAULT, job
    known = {r[0]: json.loads(r[1]) for r in con.execute("SELECT job, definition FROM job").fetchall()}
    if name not in known:
        there = ", ".join([*BUILT_IN, *known])
        raise UsageError(f"there is no report or job {name!r} in the published snapshot", hint=f"there are: {there}")
    return known[name].get("report", {}).get("name", DEFAULT), name


def _context(con: duckdb.DuckDBPyConnection, kind: str, job: str | None) -> dict[str, Any]:
    if kind == "varoquaux2022":
        from miner.report.varoquaux2022 import context

        return context(con, job)
    from miner.report.accuracy import context as accuracy_context

    return accuracy_context(con, job)


def _provenance(workspace: Workspace, facts: list[tuple[str, str]], name: str | None) -> list[tuple[str, str]]:
    from importlib.metadata import version

    from miner import __version__

    packages = ("duckdb", "spacy", "numpy", "scipy", "pandas", "statsmodels", "matplotlib")
    return [
        ("Snapshot", workspace.current.resolve().stem),
        *facts,
        ("miner", __version__),
        ("Packages", ", ".join(f"{p} {version(p)}" for p in packages)),
        ("Made by", "miner report" + (f" {name}" if name else "")),
    ]


def _render(context: dict[str, Any]) -> bytes:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from miner import __version__

    folder = resource("reports", "templates")
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style = (folder / "style.css").read_text(encoding="utf-8")
    script = (folder / "page.js").read_text(encoding="utf-8")
    template = environment.get_template(context.pop("template", "report.html"))
    return template.render(style=style, script=script, version=__version__, **context).encode()
