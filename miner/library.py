"""What ``import miner`` offers beside the workspace, where several rooms are needed for it; and what is given back, by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from miner.lazy import lazy
from miner.paths import as_path, as_paths, maybe_path
from miner.workspace import arguments

if TYPE_CHECKING:
    import pandas as pd

    from miner.cells import formulas_told, guarded, is_formula
    from miner.export.format import export_form
    from miner.export.news import heading, render_news
    from miner.export.rows import FORMATS, form_of, render_rows
    from miner.export.wrap import wrapped
    from miner.fulltext.model import FullText, Section, Table
    from miner.fulltext.sandbox import Outcome
    from miner.jobs.crawling.counts import CountReport
    from miner.jobs.crawling.enrich import EnrichReport
    from miner.jobs.crawling.report import HarvestReport
    from miner.jobs.extracting.extract import ExtractReport
    from miner.jobs.loading.files import FilesReport
    from miner.jobs.loading.foresee import Foreseen
    from miner.jobs.loading.studies import CheckedRow
    from miner.jobs.review import RecordedDecisions
    from miner.jobs.run import STEPS, RunReport
    from miner.jobs.summarising import SummaryReport
    from miner.say import counted
    from miner.settings import suggest
    from miner.store.news import News
    from miner.store.search import Hit
    from miner.text.outline import KINDS
    from miner.workspace.demo import DemoReport

__all__ = [
    "FORMATS", "KINDS", "STEPS", "CheckedRow", "CountReport", "DemoReport", "EnrichReport", "ExtractReport", "FilesReport", "Foreseen", "FullText", "HarvestReport",
    "Hit", "News", "Outcome", "RecordedDecisions", "RunReport", "Section", "SummaryReport", "Table", "check_studies", "counted", "export_form", "extract_file", "form_of", "formulas_told", "guarded", "heading", "is_formula",
    "propose_mapping", "read_files", "render_news", "render_rows", "suggest", "wrapped",
]  # fmt: skip

HOMES = {
    "miner.cells": "formulas_told guarded is_formula",
    "miner.export.news": "heading render_news",
    "miner.export.format": "export_form",
    "miner.export.rows": "FORMATS form_of render_rows",
    "miner.export.wrap": "wrapped",
    "miner.fulltext.model": "FullText Section Table",
    "miner.fulltext.sandbox": "Outcome",
    "miner.jobs.crawling.counts": "CountReport",
    "miner.jobs.crawling.enrich": "EnrichReport",
    "miner.jobs.crawling.report": "HarvestReport",
    "miner.workspace.demo": "DemoReport",
    "miner.jobs.extracting.extract": "ExtractReport",
    "miner.jobs.loading.files": "FilesReport",
    "miner.jobs.loading.foresee": "Foreseen",
    "miner.jobs.loading.studies": "CheckedRow",
    "miner.jobs.review": "RecordedDecisions",
    "miner.jobs.run": "STEPS RunReport",
    "miner.jobs.summarising": "SummaryReport",
    "miner.say": "counted",
    "miner.settings": "suggest",
    "miner.store.news": "News",
    "miner.store.search": "Hit",
    "miner.text.outline": "KINDS",
}

__getattr__, __dir__ = lazy(__name__, HOMES)


def extract_file(path: str | Path, *, rules: Sequence[str | Path] = ()) -> pd.DataFrame:
    """Extract from one full text (PDF or JATS), read in a sandboxed process.

    Parameters
    ----------
    path : path
        The file.
    rules : sequence of path, optional
        Folders of further rules.

    Returns
    -------
    pandas.DataFrame
        As :func:`miner.extract.frame.extract` gives it, with ``page`` (None for JATS), ``section`` and ``sentence``; ``id`` is the file's name.

    Raises
    ------
    FullTextError
        If it cannot be read; the message says why.
    UsageError
        If a folder holds no rule.
    """
    from miner.errors import FullTextError
    from miner.extract.api import Extractor, load_rules
    from miner.extract.frame import to_frame
    from miner.extract.fulltext import extract_full_text
    from miner.extract.rule import named_folders
    from miner.fulltext.sandbox import Sandbox

    path, folders = as_path("path", path), named_folders(rules)
    if not path.is_file():
        raise FullTextError("there is no such file", where=str(path), hint="name a PDF or JATS file")
    with Sandbox(1) as sandbox:
        outcome = sandbox.read(path)
    full = outcome.document
    if full is None:
        raise FullTextError(outcome.reason or "it could not be read", where=str(path), hint="open it in a viewer to see what it is")
    extractor = Extractor(load_rules(folders))
    found = extract_full_text(
        extractor, full.text, full.sections, full.tables, aside=full.printed_tables(), cited=full.cited, document_id=path.name
    )
    where = [
        replace(x, fields={**x.fields, "page": x.evidence.page or full.page_at(x.evidence.start), "sentence": x.evidence.sentence})
        for x in found
    ]
    return to_frame([(path.name, where)])


def check_studies(path: str | Path, mapping: str | Path | None = None, *, rules: Sequence[str | Path] = ()) -> list[CheckedRow]:
    r"""Read a table of studies as an import does, cell by cell; nothing is stored.

    Parameters
    ----------
    path : path
        The table, or a folder of those which the mappings name.
    mapping : path, optional
        A mapping file, a folder of mappings, or the name of a bundled one (``varoquaux2022``, the default for a folder).
    rules : sequence of path
        Folders of rules whose vocabulary adds metrics.

    Returns
    -------
    list of CheckedRow
        One an estimate: its ``row`` with what was read, ``cells`` with what the table says, and ``to_dict()``.

    Raises
    ------
    ConfigError
        If a mapping is wrong, or which to use is not told.
    ParseError
        If a table cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "t.csv").write_text("Study,N,Acc\nDoe 2019,20-30,91.2 ± 1.5\n")
    >>> mapping = 'review = "r"\norigin = "R"\n[columns]\nreference = "Study"\nestimate = "Acc"\nn = "N"\n'
    >>> _ = (folder / "m.toml").write_text(mapping)
    >>> [(c.row.estimate, c.row.sd, c.row.n, c.row.why) for c in check_studies(folder / "t.csv", folder / "m.toml")]
    [(0.912, 0.015, None, "no sample size: '20-30' is a range; [n] take in the mapping may say what counts")]
    """
    from miner.jobs.loading.studies import check_studies as check
    from miner.vocabulary import vocabulary

    return check(as_path("path", path), maybe_path("mapping", mapping), vocabulary(as_paths("rules", rules)))


def read_files(paths: Sequence[str | Path], *, tables: bool = True, workers: int | None = None) -> Iterator[Outcome]:
    """Read full texts (PDF, JATS), each in a sandboxed process with limits.

    Parameters
    ----------
    paths : sequence of path
        The files.
    tables : bool
        Whether tables of PDFs are read: they take most of the time.
    workers : int, optional
        How many are read at once; by default one a processor, four at most.

    Yields
    ------
    miner.fulltext.sandbox.Outcome
        In the order of the files: ``path``, and ``document`` with text, sections and tables, or None and the ``reason``.

    Examples
    --------
    >>> [outcome.reason for outcome in read_files(["/absent.pdf"])]
    ['the file is not there']
    """
    from miner.jobs.loading.documents import workers as usual

    arguments.whole(workers=workers)
    files = as_paths("paths", paths)
    return _read(files, tables=tables, workers=min(workers or usual(), len(files)))


def _read(files: list[Path], *, tables: bool, workers: int) -> Iterator[Outcome]:
    from miner.fulltext.sandbox import Sandbox

    with Sandbox(workers) as sandbox:
        yield from sandbox.read_many(files, tables=tables)


def propose_mapping(path: str | Path, *, table: int = 0, sheet: str | None = None) -> str:
    r"""Return a mapping for a table of studies as TOML, made from its header and its first rows: something to check and change.

    Parameters
    ----------
    path : path
        An HTML page, a CSV file or a spreadsheet.
    table : int
        Which of an HTML page's tables, from 0.
    sheet : str, optional
        Which sheet of a spreadsheet; the first by default.

    Raises
    ------
    ParseError
        If it cannot be read, or no column of it is named as a metric is.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp(), "review.csv")
    >>> _ = file.write_text("Study,Year,N,Acc (%)\nDoe et al.,2019,40,91.2\n")
    >>> [line for line in propose_mapping(file).splitlines() if line.startswith(("n =", "estimate ="))]
    ['estimate = "Acc (%)"', 'n = "N"']
    """
    from miner.studies.layout import Layout
    from miner.studies.propose import propose_mapping as propose

    arguments.whole(0, table=table)
    if sheet is not None:
        arguments.text(sheet=sheet)
    return propose(as_path("path", path), Layout(table=table, sheet=sheet))
