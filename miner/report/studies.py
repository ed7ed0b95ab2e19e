"""The table of studies: each value with its sentence, once as the page's data and its first rows as markup."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from miner.say import num

if TYPE_CHECKING:
    from collections.abc import Callable

    from miner.report.data import Quote, ReportData

SHOWN = 200  # rows that stand in the markup; the others come from the page's data
COLUMNS = (
    ("Paper", False), ("Year", True), ("Task", False), ("Metric", False), ("Value", True), ("n", True), ("Which n, and how chosen", False),
    ("Sentences", False),
)  # fmt: skip
CSV = ("effect_id", "study_id", "paper_id", "title", "year", "task", "metric", "estimate", "n", "n_unit", "n_role", "decided")
_FIELDS = (*CSV, "link", "label", "decisions", "quotes")


@dataclass(frozen=True, slots=True)
class StudyTable:
    """The rows of the studies.

    Attributes
    ----------
    rows : list of dict
        One an effect: the columns of the CSV, ``link``, ``label`` (author and year), ``decisions`` (texts) and ``quotes`` (:class:`miner.report.data.Quote`).
    labels : dict of str to str
        What is printed for each metric.
    """

    rows: list[dict[str, Any]] = field(repr=False)
    labels: dict[str, str] = field(default_factory=dict)
    columns: tuple[tuple[str, bool], ...] = COLUMNS

    @property
    def first(self) -> list[dict[str, Any]]:
        """The rows that stand in the markup."""
        return self.rows[:SHOWN]

    def packed(self) -> dict[str, Any]:
        """Return the rows for the page's data: each sentence, rule and link prefix stands there once."""
        sentences: dict[str, int] = {}
        rules: dict[str, int] = {}
        rows = []
        for row in self.rows:
            quotes = [_pack(q, sentences, rules) for q in row["quotes"]]
            rows.append([*(row[name] for name in _FIELDS[:-1]), quotes])
        return {
            "fields": list(_FIELDS), "csv": len(CSV), "shown": SHOWN, "metrics": self.labels,
            "sentences": list(sentences), "rules": list(rules), "rows": rows,
        }  # fmt: skip


def _pack(quote: Quote, sentences: dict[str, int], rules: dict[str, int]) -> list[Any]:
    text = quote.before + quote.value + quote.after
    at = sentences.setdefault(text, len(sentences))
    start = len(quote.before.encode("utf-16-le")) // 2  # JavaScript counts UTF-16 units
    end = start + len(quote.value.encode("utf-16-le")) // 2
    return [at, start, end, rules.setdefault(quote.rule, len(rules)), quote.page]


def study_table(data: ReportData, pages: Callable[[str], str | None] | None = None) -> StudyTable:
    """Return the table of a report's effects; ``pages`` gives the address of a paper's own page, by its identifier."""
    import pandas as pd

    rows = []
    row: Any  # pandas' types say that a cell may be anything
    for row in data.effects.itertuples():
        ids = [i for i in (row.performance_extraction_id, row.sample_size_extraction_id) if isinstance(i, str)]
        decisions = list(dict.fromkeys(text for i in ids for text in data.decisions.get(i, [])))
        quotes = list(dict.fromkeys(data.quotes[i] for i in ids if i in data.quotes))
        values: dict[str, Any] = {name: _text(getattr(row, name)) for name in CSV if name not in {"year", "estimate", "n"}}
        values |= {
            "title": values["title"] or _text(row.reference) or row.effect_id,
            "year": None if pd.isna(row.year) else int(row.year),
            "estimate": float(row.estimate),
            "n": int(row.n),
            "link": _page_of(row, pages) or link_of(row),
            "label": _text(row.study_label),
            "decisions": decisions,
            "quotes": quotes,
        }
        rows.append(values)
    return StudyTable(rows, {m: data.words.label(m) for m in sorted({r["metric"] for r in rows})})


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _page_of(row: Any, pages: Callable[[str], str | None] | None) -> str | None:
    """Return where the value's sentence stands on the page of its paper; None where that has none."""
    page = pages(row.paper_id) if pages is not None and isinstance(row.paper_id, str) else None
    found = _text(row.performance_extraction_id)
    return f"{page}#x-{found}" if page and found else page


def places_of(table: StudyTable, *, own: bool) -> dict[str, tuple[str, str]]:
    """Return where the points of effects lead, and what they say: to their papers' pages, or (``own``) to their rows in the table, as far as it is markup."""
    places = {}
    for row in table.first if own else table.rows:
        address = f"#{row['effect_id']}" if own else row["link"]
        if address:
            said = f"{row['label'] or row['title']}: {table.labels.get(row['metric'], row['metric'])} {num(100 * row['estimate'], '.1f')} %, n {row['n']:,}"
            places[row["effect_id"]] = (address, said)
    return places


def link_of(row: Any) -> str | None:
    """Return the address of a paper: by DOI, arXiv identifier or PMID; None where it has none of them."""
    from urllib.parse import quote

    if isinstance(row.doi, str) and row.doi:
        return "https://doi.org/" + quote(row.doi, safe="/.;()-_:")
    if isinstance(row.arxiv_id, str) and row.arxiv_id:
        return "https://arxiv.org/abs/" + quote(row.arxiv_id, safe="/.")
    if isinstance(row.pmid, str) and row.pmid:
        return f"https://pubmed.ncbi.nlm.nih.gov/{quote(row.pmid)}/"
    return None


def embedded(content: Any) -> str:
    r"""Return data as JSON that may stand inside a script element: numbers are rounded, no markup can end it, and NaN is null.

    Examples
    --------
    >>> embedded({"title": "</script>", "p": float("nan"), "b": 1 / 3})
    '{"title":"\\u003c/script>","p":null,"b":0.3333333}'
    """
    from miner.cells import plain
    from miner.digits import significant

    text = json.dumps(plain(significant(_listed(content))), ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_number)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _listed(value: Any) -> Any:
    """Return nested tuples and arrays as lists, so that all of them are cleaned."""
    if isinstance(value, dict):
        return {str(k): _listed(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_listed(v) for v in value]
    if hasattr(value, "tolist"):
        return _listed(value.tolist())
    return value


def _number(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)
