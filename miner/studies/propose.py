"""A mapping proposed for a table, from its header and its first rows: something to check and change."""

from __future__ import annotations

import re
from pathlib import Path

from miner.errors import ParseError
from miner.settings import as_toml
from miner.studies.clean import is_missing, parse_year
from miner.studies.estimates import Estimate, Scale, parse_estimates
from miner.studies.layout import Layout
from miner.studies.read import Table, delimiter_of, read_table
from miner.studies.sizes import parse_size
from miner.vocabulary import Vocabulary, vocabulary

FIRST_ROWS = 200
MOST_SKIPPED = 10
# What the headers of tables call each target; a whole header goes before one that has the word in it.
_NAMES = {
    "reference": ("study", "reference", "paper", "authors", "author", "first author", "citation", "article", "publication", "source", "title"),
    "year": ("year", "publication year", "date"),
    "n": (
        "n", "sample size", "participants", "subjects", "patients", "number of participants", "number of subjects", "number of patients", "no of patients",
        "no of subjects", "n total", "total n", "total", "size", "samples", "cases",
    ),
    "task": ("task", "classification", "comparison", "contrast", "groups", "problem", "target"),
    "metric": ("metric", "measure", "outcome measure"),
    "dataset": ("dataset", "data set", "database", "data", "cohort"),
    "validation": ("validation", "cross validation", "cv", "evaluation"),
    "modality": ("modality", "modalities", "imaging", "input"),
    "condition": ("condition", "disease", "disorder", "diagnosis"),
    "ci_low": ("ci low", "ci lower", "lower ci", "95 ci lower", "lower", "lcl"),
    "ci_high": ("ci high", "ci upper", "upper ci", "95 ci upper", "upper", "ucl"),
    "sd": ("sd", "std", "standard deviation"),
}  # fmt: skip


def propose_mapping(path: Path, layout: Layout | None = None, words: Vocabulary | None = None) -> str:
    """Return a mapping for a table as TOML, with comments on what is to be decided.

    Parameters
    ----------
    path : pathlib.Path
        The table's file.
    layout : Layout, optional
        Which table or sheet of it.
    words : Vocabulary, optional
        Has the names of metrics; the one that ships with miner by default.

    Raises
    ------
    ParseError
        If it cannot be read, or no column of it is named as a metric is.
    """
    known = words or vocabulary()
    table, skipped = _below_its_title(path, layout or Layout())
    columns = {target: name for target in _NAMES if (name := _named(table, _NAMES[target])) is not None}
    metrics = {name: metric for name in table.columns if name not in columns.values() and (metric := known.canonical(name))}
    estimate = next((name for name, metric in metrics.items() if metric == "accuracy"), next(iter(metrics), None))
    if estimate is None:
        raise ParseError(
            "no column is named as a metric is",
            where=table.source,
            hint=f"write a mapping by hand; its columns: {', '.join(table.columns)}",
        )
    columns.setdefault("reference", table.columns[0])
    columns = {"reference": columns["reference"], "estimate": estimate, **columns}
    rows = table.records()[:FIRST_ROWS]
    head = [*_head(table, layout, path, skipped, metrics[estimate]), *_table_keys(rows, columns)]
    return "\n".join([*head, *_columns(columns, metrics), *_cells(rows, columns, metrics[estimate], known)]) + "\n"


def _below_its_title(path: Path, layout: Layout) -> tuple[Table, int]:
    """Read a table from the first row that names most of its columns."""
    for skipped in range(MOST_SKIPPED):
        table = read_table(path, Layout(layout.table, layout.sheet, skipped, 1, layout.delimiter, layout.encoding))
        unnamed = sum(name.startswith("column ") for name in table.columns)
        if 2 * unnamed < len(table.columns):
            return table, skipped
    return read_table(path, layout), layout.skip_rows


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[^\w]+|_", " ", name.casefold().replace("#", "number of ")).split())


def _named(table: Table, names: tuple[str, ...]) -> str | None:
    """Return the column that is called one of these names, else the first that has one in it."""
    plain = {column: _plain(column) for column in table.columns}
    whole = next((column for name in names for column, said in plain.items() if said == name), None)
    return whole or next((c for name in names if len(name) > 3 for c, said in plain.items() if re.search(rf"\b{name}\b", said)), None)


def _head(table: Table, layout: Layout | None, path: Path, skipped: int, metric: str) -> list[str]:
    review = re.sub(r"\W+", "-", path.stem).strip("-").casefold() or "review"
    lines = [
        "# Proposed by miner init-mapping: check each line, then miner import --as studies --mapping THIS --check TABLE", "",
        f"review = {as_toml(review)}",
        f"origin = {as_toml(path.stem)}  # what reports call the review: its authors and year",
        *([] if metric == "accuracy" else [f"metric = {as_toml(metric)}"]),
        "", "[table]", f"file = {as_toml(table.source)}",
    ]  # fmt: skip
    if layout and layout.table:
        lines.append(f"table = {layout.table}")
    if layout and layout.sheet:
        lines.append(f"sheet = {as_toml(layout.sheet)}")
    if skipped:
        lines.append(f"skip_rows = {skipped}")
    if path.suffix.lower() in {".csv", ".txt"} and (delimiter := delimiter_of(path)) != ",":
        lines.append(f"delimiter = {as_toml(delimiter)}")
    return lines


def _columns(columns: dict[str, str], metrics: dict[str, str]) -> list[str]:
    others = [name for name in metrics if name != columns["estimate"]]
    lines = ["", "[columns]", *(f"{target} = {as_toml(name)}" for target, name in columns.items())]
    return [
        *lines,
        *(f"# {as_toml(name)} holds {metrics[name]}: a mapping of its own, with metric = {as_toml(metrics[name])}" for name in others),
    ]


def _table_keys(rows: list[dict[str, str]], columns: dict[str, str]) -> list[str]:
    """Return what of the table is to be decided, as comments of its section."""
    points = [r[columns["n"]] for r in rows if "thousands" in (parse_size(r[columns["n"]]).reason or "")] if "n" in columns else []
    gaps = any(not r[columns["reference"]] and sum(map(bool, r.values())) > 1 for r in rows)
    lines = [f'# thousands = "."  # {points[0]!r}: a thousand, or a fraction?'] if points else []
    return lines + ([f"fill_down = [{as_toml(columns['reference'])}]  # empty cells mean what stands above"] if gaps else [])


def _cells(rows: list[dict[str, str]], columns: dict[str, str], metric: str, words: Vocabulary) -> list[str]:
    """Return what the first cells need to be read."""
    cells = [row[columns["estimate"]] for row in rows if not is_missing(row[columns["estimate"]])]
    read = [e for cell in cells for e in parse_estimates(cell, Scale(metric), words=words)]
    sides = [e for e in read if e.reason and ("is a range" in e.reason or "several values" in e.reason)]
    lines: list[str] = []
    if any(e.reason and "1 % or 100 %" in e.reason for e in read):
        lines.append(_percentage(read))
    if sides:
        lines.append(f'# take = "midpoint"  # or first, last, low, high: {", ".join(repr(e.raw) for e in sides[:3])}')
    found = ["", "[estimate]", *lines] if lines else []
    ranges = [r[columns["n"]] for r in rows if "is a range" in (parse_size(r[columns["n"]]).reason or "")] if "n" in columns else []
    found += ["", "[n]", f'# take = "low"  # or high, midpoint: {ranges[0]!r}'] if ranges else []
    no_year = "year" not in columns and not any(parse_year(row[columns["reference"]]) for row in rows)
    return found + (["", "# no column tells the year"] if no_year else [])


def _percentage(read: list[Estimate]) -> str:
    """Return the line that says what a bare 1 means, which is left open where the other numbers are of both kinds."""
    numbers = [m[0] for e in read if e.value is not None and "%" not in e.raw and (m := re.search(r"[\d.,·]+", e.raw))]
    fractions = [bool(re.match(r"[01]?[.,·]", number)) for number in numbers]
    mixed = "# " if len(set(fractions)) > 1 else ""
    return f"{mixed}percentage = {'false' if all(fractions) else 'true'}  # a bare 1 stands in the table: 100 % or 1 %?"
