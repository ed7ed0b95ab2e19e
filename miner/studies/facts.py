"""The facts table: studies as plain CSV (which review, which paper, year, task, size, accuracy), written and read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from miner.digits import STORED, significant
from miner.errors import ParseError
from miner.studies.clean import NO_ACCURACY, parse_number
from miner.studies.read import read_table
from miner.studies.rows import StudyRow

COLUMNS = ("review", "origin", "reference", "year", "task", "n", "n_task", "accuracy", "used", "note", "row", "item")


def facts_csv(rows: Iterable[StudyRow]) -> str:
    """Return the facts of ``rows`` that are used, or readable but set aside, as CSV with a header.

    Numbers are rounded (see :func:`miner.digits.significant`), so that ``0.788`` stays ``0.788``. The order of ``rows`` is kept.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for r in rows:
        if r.used or (r.estimate is not None and r.aside):
            accuracy = None if r.estimate is None else format(significant(r.estimate, STORED), f".{STORED}g")
            note = None if r.used else r.reason
            writer.writerow(
                ["" if v is None else v for v in (r.review, r.origin, r.reference, r.year, r.task, r.n, r.n_task, accuracy)]
                + ["yes" if r.used else "no", note or "", r.row, r.item]
            )
    return out.getvalue()


def read_facts(path: Path) -> list[StudyRow]:
    """Read a facts table.

    Raises
    ------
    ParseError
        If it has other columns, or a value that is no number where one must be; the message names the line.
    """
    table = read_table(path)
    if table.columns != COLUMNS:
        raise ParseError("this is no facts table", where=Path(path).name, hint=f"its columns must be {', '.join(COLUMNS)}")
    return [_row(record, f"{Path(path).name}, line {i}", Path(path).name) for i, record in enumerate(table.records(), 2)]


def _row(record: dict[str, str], where: str, file: str) -> StudyRow:
    year, n, n_task, row, item = (_whole(record[k], k, where) for k in ("year", "n", "n_task", "row", "item"))
    accuracy = parse_number(record["accuracy"]) if record["accuracy"] else None
    if (record["accuracy"] and accuracy is None) or (accuracy is not None and accuracy > 1):
        raise ParseError(f"accuracy must be a number from 0 to 1, not {record['accuracy']!r}", where=where)
    if record["used"] not in {"yes", "no"}:
        raise ParseError(f"used must be yes or no, not {record['used']!r}", where=where)
    used = record["used"] == "yes"
    reason = record["note"] or (f"{NO_ACCURACY} in the table" if accuracy is None else None)
    return StudyRow(
        review=record["review"],
        origin=record["origin"],
        file=file,
        row=row or 0,
        item=item or 0,
        reference=record["reference"],
        study=f"{record['review']}:{record['reference'].casefold()}",
        year=year,
        task=record["task"] or None,
        metric="accuracy",
        estimate=accuracy,
        n=n,
        n_task=n_task,
        dataset=None,
        validation=None,
        modality=None,
        condition=None,
        estimate_raw=record["accuracy"],
        n_raw=record["n"],
        used=used,
        aside=not used and accuracy is not None,
        reason=reason,
    )


def _whole(text: str, name: str, where: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal():
        raise ParseError(f"{name} must be a whole number, not {text!r}", where=where)
    return int(text)
