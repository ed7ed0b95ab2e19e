"""A report from the published snapshot: read, compute, draw, write; the same snapshot gives the same bytes."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import StoreError, UsageError
from miner.report.definitions import definitions, load_definition
from miner.report.formats.provenance import VOLATILE, footer
from miner.resources import resource
from miner.say import legible, minus
from miner.settings import suggest
from miner.store.connect import open_reader
from miner.store.reports import defined_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import duckdb

    from miner.config import Workspace
    from miner.report.figures import Recorded
    from miner.report.page import Drawing

DEFAULT = "accuracy-vs-sample-size"
FORMATS = ("html", "md", "pdf")


@dataclass(frozen=True, slots=True)
class Request:
    """A report that was asked for: its kind, the job it is on, and the name of its file."""

    kind: str
    job: str | None
    stem: str

    @property
    def command(self) -> str:
        """The command that makes it."""
        if self.job == self.stem:
            return f"miner report {shlex.quote(self.job)}"
        return f"miner report {shlex.quote(self.kind)}" + (f" --job {shlex.quote(self.job)}" if self.job else "")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A report that was computed and drawn from a snapshot: it can be written as often as its points lead elsewhere."""

    request: Request
    source: Path
    drawing: Drawing = field(repr=False)

    def context(self, pages: Callable[[str], str | None] | None = None, *, interactive: bool = False) -> dict[str, Any]:
        """Return what the template shows; ``pages`` gives the address of a paper's page by its identifier, None where it has none."""
        context = self.drawing.context(pages)
        if interactive:
            if not any(panel.kind == "studies" for block in context["blocks"] for panel in block.panels):
                raise UsageError(f"the report {self.request.kind} has no interactive figures", hint="leave --interactive out")
            from miner.report.formats.interactive import exploring

            context["explore"] = exploring(context["table"])
        context["provenance"] = footer(self.source, context.pop("facts"), self.request.command + (" --interactive" if interactive else ""))
        context["bar"] = ()
        context["report_request"] = json.dumps({"report": self.request.kind, "job": self.request.job, "interactive": interactive})
        return context


def check_report(workspace: Workspace, name: str) -> None:
    """Check that there is such a report and that its definition can be read, before hours of work go into its records.

    Those that ship with miner are not read: that they are right is tested, and reading them brings all of the statistics.

    Raises
    ------
    UsageError
        If there is none, or its definition says something that is not understood.
    """
    found = definitions(workspace)
    if name not in found:
        raise UsageError(f"there is no report {name!r}", hint=suggest(name, list(found)))
    if not found[name].is_relative_to(resource("reports")):
        load_definition(found[name])


def build_report(
    workspace: Workspace,
    name: str | None = None,
    *,
    job: str | None = None,
    output: Path | None = None,
    form: str = "html",
    figures: Path | None = None,
    snapshot: Path | None = None,
    interactive: bool = False,
) -> Path:
    """Make a report and return its path.

    Parameters
    ----------
    workspace : Workspace
    name : str, optional
        A report's name, or that of a job, whose report is made; everything in the database by default.
    job : str, optional
        The job whose records the report is on.
    output : pathlib.Path, optional
        The folder; by default the workspace's ``data/reports``.
    form : str
        ``html``, ``md`` or ``pdf``.
    figures : pathlib.Path, optional
        A folder for the figures alone, as SVG and PNG of 300 dots per inch.
    snapshot : pathlib.Path, optional
        A snapshot; the published one by default.
    interactive : bool
        Whether the page gets figures that answer to the reader, too.

    Raises
    ------
    UsageError
        If there is no such report or job, or nothing can be written there.
    StoreError
        If nothing has been published.
    """
    from miner.report import figures as drawing

    if form not in FORMATS:
        raise UsageError(f"there is no format {form!r}", hint=suggest(form, FORMATS, all_too=True))
    if figures or form != "html":
        with drawing.recording(300 if figures else 0) as recorded:
            drawn = draw_report(workspace, name, job=job, snapshot=snapshot)
    else:
        recorded, drawn = [], draw_report(workspace, name, job=job, snapshot=snapshot)
    return write_report(drawn, output or workspace.reports, form, recorded, figures, interactive=interactive)


def draw_report(workspace: Workspace, name: str | None = None, *, job: str | None = None, snapshot: Path | None = None) -> Drawn:
    """Read, compute and draw a report (see :func:`build_report`)."""
    from miner.extract.rule import rule_vocabulary
    from miner.report.page import draw

    if snapshot is not None and not snapshot.is_file():
        raise StoreError("there is no such snapshot", where=str(snapshot), hint=f"those that are kept lie in {workspace.snapshots}")
    source = snapshot or workspace.current
    with open_reader(source) as con:
        request = _resolve(con, workspace, name, job)
        definition = load_definition(definitions(workspace)[request.kind])
        return Drawn(request, source.resolve(), draw(con, definition, request.job, rule_vocabulary([workspace.rules])))


def write_report(
    drawn: Drawn,
    folder: Path,
    form: str = "html",
    recorded: Sequence[Recorded] = (),
    figures: Path | None = None,
    *,
    interactive: bool = False,
) -> Path:
    """Write a report that was drawn, with the figures that were recorded meanwhile (see :func:`build_report`)."""
    stem = drawn.request.stem
    path = folder / f"{stem}.{form}"
    filled = drawn.context(interactive=interactive)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _put(path, _written(filled, form, recorded, folder, stem))
        if figures is not None:
            save_figures(figures, recorded)
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror}", where=str(error.filename or path), hint="name another folder with -o"
        ) from error
    return path


def _written(filled: dict[str, Any], form: str, recorded: Sequence[Recorded], folder: Path, stem: str) -> bytes:
    if form == "html":
        return _render(filled)
    if form == "pdf":
        from miner.report.formats.pdf import render_pdf

        return render_pdf(filled, list(recorded))
    from miner.report.formats.markdown import render_markdown

    save_figures(folder / f"{stem}-figures", recorded, png=False)
    return render_markdown(filled, f"{stem}-figures").encode()


def _put(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)


def save_figures(folder: Path, recorded: Sequence[Recorded], *, png: bool = True) -> None:
    """Write figures as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for figure in recorded:
        _put(folder / f"{figure.name}.svg", figure.svg)
        if png:
            _put(folder / f"{figure.name}.png", figure.png)


def report_path(workspace: Workspace, name: str | None, output: Path | None = None, *, job: str | None = None) -> Path:
    """Return where the report of this name stands."""
    return (output or workspace.reports) / f"{_stem(name, job, None)}.html"


def render_report(
    workspace: Workspace, name: str | None = None, *, job: str | None = None, snapshot: Path | None = None, interactive: bool = False
) -> bytes:
    """Return a report's bytes as HTML (see :func:`build_report`)."""
    return _render(draw_report(workspace, name, job=job, snapshot=snapshot).context(interactive=interactive))


def render_in_site(
    drawn: Drawn, *, pages: Callable[[str], str | None], bar: Sequence[tuple[str, str, bool]]
) -> tuple[str, list[dict[str, Any]], bytes]:
    """Return a report as a page of a site: its title, the rows of its studies, and its bytes.

    Parameters
    ----------
    drawn : Drawn
    pages : callable
        Gives the address of a paper's page by its identifier, None where it has none: points and rows lead there.
    bar : sequence of (str, str, bool)
        The site's navigation: words, address, and whether it leads to this page.
    """
    context = drawn.context(pages)
    return context["title"], context["table"].rows, _render({**context, "bar": bar})


def _resolve(con: duckdb.DuckDBPyConnection, workspace: Workspace, name: str | None, job: str | None) -> Request:
    there = list(definitions(workspace))
    jobs = {name: definition.get("report", {}).get("name", DEFAULT) for name, (_, definition) in defined_jobs(con).items()}
    if job is not None and job not in jobs:
        raise UsageError(f"the published snapshot has no job {job!r}", hint=suggest(job, jobs, all_too=True) if jobs else "run one first")
    own = jobs.get(job) if job else None
    if name in there or name is None:
        kind = name or own or DEFAULT
    elif name in jobs and job is None:
        job, kind = name, jobs[name]
        own = kind
    else:
        raise UsageError(f"there is no report or job {name!r}", hint=suggest(name, [*there, *jobs], all_too=True))
    if kind not in there:
        raise UsageError(f"there is no report {kind!r}, which the job {job} names", hint=suggest(kind, there, all_too=True))
    return Request(kind, job, _stem(kind, job, own))


def _stem(kind: str | None, job: str | None, own: str | None) -> str:
    if job is None:
        return kind or DEFAULT
    return job if kind in {None, own} else f"{job}-{kind}"


def _render(context: dict[str, Any]) -> bytes:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from miner import __version__

    folder = resource("reports", "templates")
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["data_link"] = _data_link
    environment.filters["typeset"] = typeset
    style, script = (f"\n{(folder / name).read_text(encoding='utf-8')}\n" for name in ("style.css", "page.js"))
    policy = _policy(style, script, context["explore"])
    template = environment.get_template("report.html")
    page = template.render(style=style, script=script, policy=policy, version=__version__, volatile=VOLATILE, **context)
    return legible(page).encode()


def _policy(style: str, script: str, explore: Mapping[str, Any] | None) -> str:
    """Return what the page may do: run its own scripts and no other, ask nobody for anything.

    Figures carry their colours in attributes; what draws interactive ones brings style sheets of its own.
    """
    scripts = " ".join(_hash(s) for s in (script, *([explore["script"]] if explore else [])))
    styles = "'unsafe-inline'" if explore else f"{_hash(style)}; style-src-attr 'unsafe-inline'"
    return f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    import base64
    import hashlib

    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def typeset(text: str) -> str:
    r"""Return a sentence with minus signs before numbers, and per cent signs that stay with theirs.

    Examples
    --------
    >>> typeset("about -3.9 points (95 % interval -6.6 to +1.2) of three-level")
    'about −3.9 points (95\xa0% interval −6.6 to +1.2) of three-level'
    """
    return re.sub(r"(?<=\d) %", "\u00a0%", minus(text))


def _data_link(file: tuple[str, str, bytes]) -> str:
    """Return a file's content inside a link."""
    import base64

    return "data:text/csv;base64," + base64.b64encode(file[2]).decode()
