"""A table and its mapping become rows of studies; what cannot be read stands beside them with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from miner.errors import ParseError
from miner.studies.clean import INCOMPLETE, NO_TASK, Estimate, Size, is_missing, parse_estimates, parse_number, parse_size, parse_year
from miner.studies.mapping import Mapping
from miner.studies.read import Table, read_table


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One accuracy of one study, as a review's table tells it.

    ``used`` says that the row is part of the review's evidence; ``aside`` that it could be, but the mapping sets it aside;
    ``estimate`` is None where the table gives none. ``reason`` says why a row is not used, or why it has no estimate. ``row`` counts
    the table's rows from 0, ``item`` the accuracies of the row. ``n`` is the sample size of the study, ``n_task`` that of the two
    groups which the task compares, where the table tells them.
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


def import_table(path: Path, mapping: Mapping) -> list[StudyRow]:
    """Read a review's table through its mapping.

    Parameters
    ----------
    path : pathlib.Path
        The table's file.
    mapping : Mapping
        See :func:`miner.studies.mapping.load_mapping`.

    Returns
    -------
    list of StudyRow
        Every row of the table at least once: those in use, and those that are not, with the reason.

    Raises
    ------
    ParseError
        If the file cannot be read, a column that the mapping names is not there, or no row at all can be read.
    """
    table = read_table(path, table=mapping.table, sheet=mapping.sheet, header_rows=mapping.header_rows)
    return rows_of(table, mapping)


def rows_of(table: Table, mapping: Mapping) -> list[StudyRow]:
    """Apply a mapping to a table that has been read; see :func:`import_table`."""
    absent = [c for c in mapping.source_columns() if c not in table.columns]
    if absent:
        raise ParseError(
            f"the table has no column {', '.join(map(repr, absent))}: its columns have moved or been renamed",
            where=table.source,
            hint=f"its columns: {', '.join(table.columns)}",
        )
    records = [{k: _replaced(v, mapping.replace) for k, v in record.items()} for record in table.records()]
    found = [row for i, record in enumerate(records) for row in _rows(i, record, table.source, mapping)]
    # Items of one place together, rows within them: the order in which the paper's own script, and a melted table, hold them.
    found.sort(key=lambda r: (r.item, r.row))
    if not any(r.used for r in found):
        reasons = sorted({r.reason or "" for r in found})[:3]
        raise ParseError("no row could be read", where=table.source, hint=f"the columns may have moved; {'; '.join(reasons)}")
    return found


def _replaced(text: str, replace: dict[str, str]) -> str:
    for old, new in replace.items():
        text = text.replace(old, new)
    return text


def _rows(i: int, record: dict[str, str], file: str, mapping: Mapping) -> Iterator[StudyRow]:
    refused = _refused(record, mapping)
    aside = next((rule.reason or rule.describe() for rule in mapping.set_aside if rule.holds(record)), None)
    size = _size(record, mapping)
    for item, (cell, estimate, task) in enumerate(_estimates(record, mapping)):
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
            year=parse_year(_joined(record, mapping, "year") or _reference(record, mapping)),
            task=task,
            metric=_joined(record, mapping, "metric") or mapping.metric,
            estimate=estimate.value,
            n=size.total,
            n_task=(size.total if mapping.n_combine == "sum" else _task_size(size, task)) if size.groups else None,
            dataset=_optional(record, mapping, "dataset"),
            validation=_optional(record, mapping, "validation"),
            modality=_optional(record, mapping, "modality"),
            condition=_optional(record, mapping, "condition"),
            estimate_raw=cell,
            n_raw=_joined(record, mapping, "n", " + "),
            used=used,
            aside=refused is None and aside is not None and estimate.value is not None,
            reason=reason or aside or size.reason,
        )


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


def _estimates(record: dict[str, str], mapping: Mapping) -> Iterator[tuple[str, Estimate, str | None]]:
    if mapping.by_task:
        for column, task in mapping.by_task.items():
            yield record[column], parse_estimates(record[column], percentage=mapping.percentage)[0], task
        return
    cell = _joined(record, mapping, "estimate")
    named = _task(_joined(record, mapping, "task"), mapping)
    for estimate in parse_estimates(cell, percentage=mapping.percentage, several=mapping.several):
        if mapping.several and estimate.value is not None and estimate.task is None:
            yield cell, Estimate(None, None, estimate.raw, f"{NO_TASK} is named beside {estimate.raw!r}"), None
        else:
            yield cell, estimate, _renamed(estimate.task, mapping) if estimate.task else named


def _task(cell: str, mapping: Mapping) -> str | None:
    if not cell:
        return mapping.task
    return _renamed(mapping.task_map.get(cell) if mapping.task_map is not None else cell, mapping)


def _renamed(task: str | None, mapping: Mapping) -> str | None:
    if task is None:
        return None
    for old, new in mapping.task_rename.items():
        task = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, task)
    return task


def _joined(record: dict[str, str], mapping: Mapping, target: str, by: str = " ") -> str:
    return by.join(record[c] for c in mapping.columns.get(target, ()) if record[c])


def _optional(record: dict[str, str], mapping: Mapping, target: str) -> str | None:
    text = _joined(record, mapping, target)
    return None if is_missing(text) else text


def _reference(record: dict[str, str], mapping: Mapping) -> str:
    return _joined(record, mapping, "reference").strip(mapping.reference_strip + " ")


def _size(record: dict[str, str], mapping: Mapping) -> Size:
    columns = mapping.columns.get("n")
    if columns is None:
        return Size(None, (), None)
    if mapping.n_combine == "total":
        return parse_size(_joined(record, mapping, "n"))
    counts = [parse_number(record[c]) for c in columns]
    if any(c is None or c != int(c) for c in counts):
        return Size(None, (), f"no sample size: {_joined(record, mapping, 'n', ' + ')!r}")
    groups = tuple((c, int(x)) for c, x in zip(columns, counts, strict=True) if x is not None)
    return Size(sum(x for _, x in groups), groups)


_SAME = {"nc": "hc", "cn": "hc"}


def _task_size(size: Size, task: str | None) -> int | None:
    """Return the size of the two groups that ``A vs B`` compares, where both are told by those names."""
    names = re.split(r"\s*vs\s+", task) if task else []
    if len(names) != 2:
        return None
    counts = {_SAME.get(name.casefold(), name.casefold()): count for name, count in size.groups}
    sides = [_SAME.get(side.strip().casefold(), side.strip().casefold()) for side in names]
    return sum(counts[s] for s in sides) if all(s in counts for s in sides) else None
