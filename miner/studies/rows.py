"""A table and its mapping become rows of studies; what cannot be read stands beside them with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from miner.errors import ParseError
from miner.studies.clean import INCOMPLETE, is_missing, parse_year
from miner.studies.estimates import Estimate
from miner.studies.layout import Layout
from miner.studies.mapping import Mapping
from miner.studies.read import Table, read_table
from miner.studies.sizes import Size
from miner.studies.tables import fill_down, is_heading, with_columns
from miner.studies.values import estimates, joined, metric, size, task_size
from miner.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One accuracy of one study, as a review's table tells it.

    ``used`` says that the row is part of the review's evidence; ``aside`` that it could be, but the mapping sets it aside;
    ``estimate`` is None where the table gives none. ``reason`` says why a row is not used, or why it has no estimate. ``row`` counts
    the table's rows from 0, ``item`` the accuracies of the row. ``n`` is the sample size of the study, ``n_task`` that of the two
    groups which the task compares, where the table tells them. ``ci_low``, ``ci_high`` and ``sd`` are on the scale of the estimate; ``bound`` and
    ``n_bound`` are ``~``, ``>``, ``≥``, ``<`` or ``≤`` where a cell gives no exact number; ``note`` says what of the cells was not read.
    """

    review: str
    origin: str
    file: str
    row: int
    item: int
    reference: str
    study: str
    year: int | None
    task: str | None
    metric: str
    estimate: float | None
    n: int | None
    n_task: int | None
    dataset: str | None
    validation: str | None
    modality: str | None
    condition: str | None
    estimate_raw: str
    n_raw: str
    used: bool
    aside: bool
    reason: str | None
    ci_low: float | None = None
    ci_high: float | None = None
    sd: float | None = None
    bound: str | None = None
    n_bound: str | None = None
    note: str | None = None

    @property
    def why(self) -> str | None:
        """All that is to be said of the row's cells: why it is not used, what was not read, what is no exact number."""
        return "; ".join(filter(None, (self.reason, self.note))) or None

    @property
    def paper_key(self) -> str:
        """First author's surname and year: the same paper in two reviews has the same key (two papers may share one)."""
        return paper_key(self.reference, self.year)


def paper_key(reference: str, year: int | None) -> str:
    """Return the first author's surname and the year.

    Examples
    --------
    >>> paper_key("Jane Q. Doe et al. (2011a)", 2011), paper_key("Roe, P. et al. [4] 2012", 2012)
    ('doe2011', 'roe2012')
    """
    first = re.split(r",|\bet al\b|\set\s|\sand\s|\(|\[", reference, maxsplit=1)[0]
    words = [w for w in re.sub(r"\b(1[89]|20)\d\d[a-z]?\b", "", first).replace(".", " ").split() if len(w) > 1]
    return f"{words[-1].casefold() if words else '?'}{year or ''}"


def import_table(path: Path, mapping: Mapping, words: Vocabulary | None = None) -> list[StudyRow]:
    """Read a review's table through its mapping.

    Parameters
    ----------
    path : pathlib.Path
        The table's file.
    mapping : Mapping
        See :func:`miner.studies.mapping.load_mapping`.
    words : Vocabulary, optional
        Has the metrics and their ranges; the one that ships with miner by default.

    Returns
    -------
    list of StudyRow
        Every row of the table at least once: those in use, and those that are not, with the reason.

    Raises
    ------
    ParseError
        If the file cannot be read, a column that the mapping names is not there, or no row at all can be read.
    """
    table = mapped_table(path, mapping)
    rows = read_rows(table, mapping, words)
    if not any(r.used for r in rows):
        reasons = sorted({r.reason or "" for r in rows})[:3]
        raise ParseError("no row could be read", where=table.source, hint=f"the columns may have moved; {'; '.join(reasons)}")
    return rows


def mapped_table(path: Path, mapping: Mapping) -> Table:
    """Read the table that a mapping means, with the columns of the one that it joins."""
    layout = Layout(mapping.table, mapping.sheet, mapping.skip_rows, mapping.header_rows, mapping.delimiter, mapping.encoding)
    table = read_table(path, layout)
    if mapping.join is None:
        return table
    return with_columns(table, read_table(path.parent / mapping.join.file, Layout(sheet=mapping.join.sheet)), mapping.join)


def read_rows(table: Table, mapping: Mapping, words: Vocabulary | None = None) -> list[StudyRow]:
    """Apply a mapping to a table that has been read; see :func:`import_table`. There may be no row in use."""
    absent = [c for c in mapping.source_columns() if c not in table.columns]
    if absent:
        raise ParseError(
            f"the table has no column {', '.join(map(repr, absent))}: its columns have moved or been renamed",
            where=table.source,
            hint=f"its columns: {', '.join(table.columns)}",
        )
    records = [{k: _replaced(v, mapping.replace) for k, v in record.items()} for record in table.records()]
    headings = [is_heading(record) for record in records]
    fill_down(records, headings, mapping.fill_down)
    found = [
        row
        for i, (record, heading) in enumerate(zip(records, headings, strict=True))
        for row in _rows(i, record, heading, table.source, mapping, words)
    ]
    # Items of one place together, rows within them: the order in which the paper's own script, and a melted table, hold them.
    found.sort(key=lambda r: (r.item, r.row))
    return found


def _replaced(text: str, replace: dict[str, str]) -> str:
    for old, new in replace.items():
        text = text.replace(old, new)
    return text


def _rows(i: int, record: dict[str, str], heading: bool, file: str, mapping: Mapping, words: Vocabulary | None) -> Iterator[StudyRow]:
    refused = "a heading within the table" if heading else _refused(record, mapping)
    aside = next((rule.reason or rule.describe() for rule in mapping.set_aside if rule.holds(record)), None)
    told = size(record, mapping)
    for item, (cell, estimate, task) in enumerate(estimates(record, mapping, words)):
        reason = refused or estimate.reason
        used = refused is None and aside is None and (estimate.value is not None or mapping.optional)
        yield StudyRow(
            review=mapping.review,
            origin=mapping.origin,
            file=file,
            row=i,
            item=item,
            reference=_reference(record, mapping),
            study=f"{mapping.review}:{_reference(record, mapping).casefold()}",
            year=parse_year(joined(record, mapping, "year") or _reference(record, mapping)),
            task=task,
            metric=estimate.metric or metric(record, mapping, words),
            estimate=estimate.value,
            n=told.total,
            n_task=(told.total if mapping.n_combine == "sum" else task_size(told, task)) if told.groups else None,
            dataset=_optional(record, mapping, "dataset"),
            validation=_optional(record, mapping, "validation"),
            modality=_optional(record, mapping, "modality"),
            condition=_optional(record, mapping, "condition"),
            estimate_raw=cell,
            n_raw=joined(record, mapping, "n", " + "),
            used=used,
            aside=refused is None and aside is not None and estimate.value is not None,
            reason=reason or aside or told.reason,
            ci_low=estimate.ci_low,
            ci_high=estimate.ci_high,
            sd=estimate.sd,
            bound=estimate.bound,
            n_bound=told.bound,
            note=_note(record, mapping, told, estimate, first=reason or aside),
        )


def _note(record: dict[str, str], mapping: Mapping, told: Size, estimate: Estimate, first: str | None) -> str | None:
    """Say what of a row's cells was not read, or is no exact number, beside the ``first`` reason."""
    unread = told.reason if first and told.reason and not is_missing(joined(record, mapping, "n")) else None
    inexact = [f"{name} is {_BOUND_WORDS[bound]}" for name, bound in (("n", told.bound), ("the estimate", estimate.bound)) if bound]
    return "; ".join(filter(None, (unread, estimate.note, *inexact))) or None


_BOUND_WORDS = {"~": "approximate", ">": "a lower bound", "≥": "a lower bound", "<": "an upper bound", "≤": "an upper bound"}


def _refused(record: dict[str, str], mapping: Mapping) -> str | None:
    """Return why the whole row is not used, if it is not."""
    for rule in mapping.keep:
        if not rule.holds(record):
            return rule.reason or f"{rule.column} is {record[rule.column]!r}"
    for rule in mapping.drop:
        if rule.holds(record):
            return rule.reason or rule.describe()
    if mapping.complete:
        for column, cell in record.items():
            if not cell or cell in mapping.missing:
                return f"{INCOMPLETE}: {column} is {cell!r}"
    return None


def _optional(record: dict[str, str], mapping: Mapping, target: str) -> str | None:
    text = joined(record, mapping, target)
    return None if is_missing(text) else text


def _reference(record: dict[str, str], mapping: Mapping) -> str:
    return joined(record, mapping, "reference").strip(mapping.reference_strip + " ")
