"""Formats of exports: each says how a snapshot, or a query on it, is written to a file of its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miner.errors import ExportError, UsageError
from miner.registry import PerWorkspace, collect
from miner.settings import suggest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb

ENTRY_POINTS = "miner.exports"


@dataclass(frozen=True, slots=True)
class Export:
    """One export that was asked for.

    Attributes
    ----------
    con : duckdb.DuckDBPyConnection
        A reader of the snapshot.
    output : pathlib.Path
        Where it goes.
    query : str or None
        A named query or a SELECT that chooses the rows; the format's own by default.
    metric : str or None
        The metric that is wanted.
    """

    con: duckdb.DuckDBPyConnection
    output: Path
    query: str | None = None
    metric: str | None = None


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format that ``miner export`` writes.

    Parameters
    ----------
    name : str
        What the command line calls it.
    label : str
        What it is, for lists.
    write : callable
        ``write(export)`` writes the file and returns a sentence on what is in it. It may let OSError through.
    queries, metrics : bool
        Whether it takes a query, and a metric; where it does not, it is never called with one.
    suffixes : tuple of str
        What files of this format, and of no other, end with: ``(".ris",)``.
    """

    name: str
    label: str
    write: Callable[[Export], str]
    queries: bool = True
    metrics: bool = False
    suffixes: tuple[str, ...] = ()


@PerWorkspace
def formats() -> dict[str, ExportFormat]:
    """Return every format by its name: the ``FORMAT`` of each module of this package, then those with an entry point in ``miner.exports``.

    Raises
    ------
    ConfigError
        If an entry point gives something else, or a name stands twice.

    Examples
    --------
    >>> sorted(formats())
    ['asreview', 'bibtex', 'csl-json', 'datapackage', 'duckdb', 'endnote', 'metafor', 'parquet', 'ris']
    """
    return collect("miner.export", "FORMAT", ENTRY_POINTS, ExportFormat)


def export_form(output: Path) -> str:
    """Return the format that a file's name asks for.

    Raises
    ------
    UsageError
        If no format, or more than one, writes files that end so.

    Examples
    --------
    >>> from pathlib import Path
    >>> export_form(Path("found.ris")), export_form(Path("found.bib"))
    ('ris', 'bibtex')
    """
    from miner.export.rows import form_of

    return form_of(output, {suffix: form.name for form in formats().values() for suffix in form.suffixes})


def write_export(name: str, asked: Export) -> str:
    """Write an export and return a sentence on what is in it.

    Raises
    ------
    UsageError
        If there is no such format, or it does not take what was asked for.
    ExportError
        If the file cannot be written.
    """
    known = formats()
    if name not in known:
        raise UsageError(f"there is no format {name!r}", hint=suggest(name, known, all_too=True))
    form = known[name]
    if asked.metric is not None and not form.metrics:
        takers = ", ".join(f.name for f in known.values() if f.metrics)
        raise UsageError(f"--metric is for the format {takers}", hint="leave it out, or choose rows with --from")
    if asked.query is not None and not form.queries:
        raise UsageError(f"{name} holds all of the snapshot ({form.label})", hint="leave --from out, or use miner sql -f csv")
    try:
        return form.write(asked)
    except OSError as error:
        raise ExportError(
            f"cannot be written: {error.strerror or error}", where=str(asked.output), hint="name another file with -o"
        ) from error
