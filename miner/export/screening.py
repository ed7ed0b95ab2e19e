"""Records with screening labels for ASReview, and labels back from it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from miner.cells import guarded, safe_cell
from miner.errors import UsageError
from miner.export.format import Export, ExportFormat
from miner.export.records import write_references
from miner.export.references import Reference
from miner.export.ris import to_ris

# Names that ASReview takes for the label of a record, in its order.
_LABELS = ("included", "label", "label_included", "included_label", "included_final", "included_flag", "abstract_screening")
_COLUMNS = ("record_id", "title", "abstract", "authors", "year", "doi", "url", "keywords", "included")
_NOTES = {"asreview_relevant": True, "asreview_irrelevant": False, "asreview_not_seen": None}


@dataclass(frozen=True, slots=True)
class Label:
    """A label and what may tell its record: our identifier, a DOI, a PubMed identifier, or the title."""

    included: bool
    paper_id: str | None = None
    doi: str | None = None
    pmid: str | None = None
    title: str | None = None
    note: str | None = None


def to_asreview_csv(references: Iterable[Reference]) -> str:
    """Return the CSV that ASReview reads: ``included`` is 1, 0 or empty (not screened); cells that a spreadsheet would run are neutralised."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for r in references:
        authors = "; ".join(f"{family}, {given}" if given else family for family, given in r.authors)
        included = "" if r.included is None else int(r.included)
        row = [r.paper_id, r.title, r.abstract, authors, r.year, r.doi, r.url, "; ".join(r.keywords), included]
        writer.writerow([safe_cell(v) for v in row])
    return out.getvalue()


def _write(asked: Export) -> str:
    ris = asked.output.suffix.lower() == ".ris"
    told = write_references(asked, partial(to_ris, labels=True) if ris else to_asreview_csv)
    return told if ris else guarded(told, asked.output.read_bytes())


FORMAT = ExportFormat("asreview", "records with labels for ASReview, as CSV, or as RIS if the file ends in .ris", _write)


def read_labels(path: Path) -> list[Label]:
    """Read the labels of a CSV, TSV or RIS file as ASReview exports it; records without a label are left out.

    Raises
    ------
    UsageError
        If it cannot be read, or has no labels.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", where=str(path), hint="give a CSV or RIS file in UTF-8") from error
    labels = list(_from_ris(text) if "TY  -" in text[:2000] else _from_table(text, path))
    if not labels:
        raise UsageError(
            "no record in it has a label", where=str(path), hint=f"a column {_LABELS[0]} with 1 and 0, or notes ASReview_relevant"
        )
    return labels


def _from_table(text: str, path: Path) -> Iterator[Label]:
    head = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text), delimiter="\t" if head.count("\t") > head.count(",") else ",")
    names = {(name or "").strip().lower(): name for name in reader.fieldnames or []}
    column = next((names[label] for label in _LABELS if label in names), None)
    if column is None:
        raise UsageError("it has no column of labels", where=str(path), hint=f"name it {_LABELS[0]}")

    def cell(row: dict[str, str], *keys: str) -> str | None:
        for key in keys:
            value = (row.get(names.get(key, "")) or "").strip().removeprefix("'")
            if value:
                return value
        return None

    for number, row in enumerate(reader, start=2):
        value = (row.get(column) or "").strip().lower()
        if value in {"", "-1", "nan", "na"}:
            continue
        if value not in {"1", "0", "1.0", "0.0", "true", "false", "yes", "no"}:
            raise UsageError(
                f"a label is 1 or 0, not {value!r}",
                where=f"{path}, line {number}",
                hint="leave it empty for a record that was not screened",
            )
        yield Label(
            value in {"1", "1.0", "true", "yes"},
            cell(row, "paper_id", "record_id"),
            cell(row, "doi"),
            cell(row, "pmid", "pubmed_id"),
            cell(row, "title", "primary_title"),
            cell(row, "note", "notes", "exported_notes_1"),
        )


def _from_ris(text: str) -> Iterator[Label]:
    record: dict[str, list[str]] = {}
    for line in text.splitlines():
        tag, dash, value = line[:2], line[2:6], line[6:].strip()
        if dash.strip() != "-" or not tag.strip():
            continue
        if tag == "ER":
            label = _ris_label(record)
            if label is not None:
                yield label
            record = {}
        else:
            record.setdefault(tag, []).append(value)


def _ris_label(record: dict[str, list[str]]) -> Label | None:
    marks = [_NOTES[n.lower()] for n in record.get("N1", []) if n.lower() in _NOTES]
    included = next((m for m in marks if m is not None), None)
    if included is None:
        return None
    first = {tag: values[0] for tag, values in record.items()}
    notes = [n for n in record.get("N1", []) if n.lower() not in _NOTES]
    return Label(
        included, first.get("ID"), first.get("DO"), first.get("AN"), first.get("TI") or first.get("T1"), notes[0] if notes else None
    )
