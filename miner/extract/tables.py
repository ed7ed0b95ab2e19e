"""Extraction from tables: what a number measures stands in its headers and caption; the evidence is the cell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from miner.extract.names import NameFinder, name_finder
from miner.extract.table_claims import Claims
from miner.extract.table_layout import Place, ReadTable, places_of
from miner.text.patterns import load_patterns
from miner.types import Evidence, Extraction
from miner.vocabulary import Vocabulary, vocabulary

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_NOT_LEVEL = _PATTERNS["not_level"]
_DELTA = _PATTERNS["delta"]
_LEVEL = _PATTERNS["level"]
_BEHAVIOUR = _PATTERNS["behaviour"]
_MACHINE = _PATTERNS["machine"]
_TASK = _PATTERNS["task"]
_COUNTED = _PATTERNS["counted"]

_N = re.compile(r"(?<![\w])[nN]\s?=\s?(?P<n>\d{1,3}(?:[,\u2009\u202f ]\d{3})+|\d+)")
_UNITS = {"image": ("image", "scan", "slice", "video"), "sample": ("sample", "lesion", "exam"), "study": ("studies",)}
_ROLES = (
    ("train", re.compile(r"\b(?:train(?:ing)?|derivation|development|discovery)\b", re.IGNORECASE)),
    ("external", re.compile(r"\b(?:external|independent|prospective)\b", re.IGNORECASE)),
    ("validation", re.compile(r"\b(?:validation|tuning)\b", re.IGNORECASE)),
    ("test", re.compile(r"\b(?:test(?:ing)?|hold-?out)\b", re.IGNORECASE)),
    ("total", re.compile(r"\b(?:total|all|overall|whole|entire)\b", re.IGNORECASE)),
)
_WHOLE = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,7}")


def extract_tables(
    tables: Iterable[ReadTable],
    *,
    versions: dict[str, str] | None = None,
    document_id: str | None = None,
    words: Vocabulary | None = None,
) -> list[Extraction]:
    """Extract performances and sample sizes from tables.

    Parameters
    ----------
    tables : iterable of ReadTable
        As ``miner.fulltext`` reads them: cells have offsets into the document's text; those without are passed over.
    versions : dict, optional
        The versions of the rules ``performance`` and ``sample_size`` that the values are filed under; one that is absent gives none.
    document_id : str, optional
        What goes into the evidence.
    words : Vocabulary, optional
        How metrics are called; the one that ships with miner by default.

    Returns
    -------
    list of Extraction
        ``performance`` with ``metric`` (and ``name``, for a score that is filed as ``other``), ``claim``, ``sd``, ``ci_low``, ``ci_high``,
        ``task`` and ``n`` in its fields; ``sample_size`` with ``unit``, ``role``, ``own``. The quote is the number, the sentence the caption with the headers and the cell.
    """
    versions = {"performance": "1.0.0", "sample_size": "1.0.0"} if versions is None else versions
    words = words or vocabulary()
    found: list[Extraction] = []
    for table in tables:
        places = places_of(table)
        if "performance" in versions:
            found += _performances(table, places, versions["performance"], document_id, words)
        if "sample_size" in versions:
            found += _sizes(table, places, versions["sample_size"], document_id)
    return sorted(found, key=lambda e: (e.evidence.start, e.evidence.end, e.kind))


def metric_of(words: str, finder: NameFinder | None = None, around: str = "") -> str | None:
    """Return the metric that a header names; None where it names none, or something about a metric that is no level of it.

    Parameters
    ----------
    words : str
        The header.
    finder : NameFinder, optional
        Knows the names; those of the vocabulary that ships with miner by default.
    around : str
        All headers of the table, and its caption.

    Examples
    --------
    >>> metric_of("Accuracy (%)"), metric_of("ROC-AUC"), metric_of("Sens."), metric_of("Accuracy SD"), metric_of("Age")
    ('accuracy', 'auc', 'sensitivity', None, None)
    """
    return _reading(words, finder or name_finder(vocabulary()), around)[1]


def _reading(words: str, finder: NameFinder, around: str) -> tuple[bool, str | None]:
    """Return whether a header says what stands below it, and its metric where that is one."""
    if _NOT_LEVEL.search(words):
        return True, None
    named = finder.find(words, head=around)
    return bool(named), named[0].metric if named else None


def _performances(table: ReadTable, places: list[Place], version: str, document_id: str | None, words: Vocabulary) -> list[Extraction]:
    finder = name_finder(words)
    only = {n.metric for n in finder.find(table.caption)}
    of_caption = only.pop() if len(only) == 1 else None
    around = " | ".join([table.caption, *dict.fromkeys(h for p in places for h in (*p.above, *p.left))])
    if _BEHAVIOUR.search(around) and not _MACHINE.search(around):
        return []
    claims, counts = Claims(table, places), _row_counts(places)
    found = []
    for place in places:
        level = _LEVEL.match(place.cell.text.strip())
        if level is None or place.cell.start is None or place.cell.column == 0:
            continue
        metric, header = _metric_above(place, of_caption, table.caption, finder, around)
        if metric is None:
            continue
        fields = _level_fields(level, header)
        if fields is None:
            continue
        value = fields.pop("value")
        claim = "delta" if _DELTA.search(place.heads) else claims.of(place)
        n, task = _first_n(place, table) or counts.get(place.cell.row), _first_task(place, table)
        extras = {k: v for k, v in (("n", n), ("task", task)) if v is not None}
        evidence = _evidence(table, place, level["n"], document_id)
        found.append(
            Extraction(
                "performance",
                value or 0.0,
                evidence,
                "performance",
                version,
                0.9,
                {**_filed(metric, words), "claim": claim, **fields, **extras},
            )
        )
    return found


def _filed(metric: str, words: Vocabulary) -> dict[str, str]:
    """Return the codebook's metric, and beside it the own name of a score that it has none for."""
    filed = words.filed(metric)
    return {"metric": filed} if filed == metric else {"metric": filed, "name": metric}


def _metric_above(place: Place, of_caption: str | None, caption: str, finder: NameFinder, around: str) -> tuple[str | None, str]:
    """Return the metric of a cell, by the nearest header that names one, and the words that may say percent."""
    for words in (*reversed(place.above), *reversed(place.left)):
        decides, metric = _reading(words, finder, around)
        if decides:
            return metric, words
    # A caption names the metric of a whole table only where no header says that a column is something else.
    plain = all(re.fullmatch(r"[^()%]*", w) for w in place.above)
    return (of_caption, caption) if of_caption and plain and place.above else (None, "")


def _level_fields(level: re.Match[str], words: str) -> dict[str, float | None] | None:
    """Return value, sd and interval as fractions; None where the number cannot be a level."""
    value = _number(level["n"])
    percent = bool(level["percent"]) or "%" in words or value > 1
    scale = 100.0 if percent else 1.0
    if (
        value > scale
        or (percent and level["n"].startswith((".", "·")))
        or (not level["percent"] and "%" not in words and value > 1 and value < 10)
    ):
        return None
    if percent and not level["percent"] and value <= 1 and not level["n"].isdigit():
        scale = 1.0  # a fraction under a header that says percent
    spread = level["sd"] or level["spread"]
    fields: dict[str, float | None] = {"value": _scaled(value, scale), "ci_low": None, "ci_high": None, "sd": None}
    if level["low"]:
        fields["ci_low"], fields["ci_high"] = _scaled(_number(level["low"]), scale), _scaled(_number(level["high"]), scale)
    if spread:
        fields["sd"] = _scaled(_number(spread), scale)
    return fields


def _number(words: str) -> float:
    return float(words.replace("·", ".").replace(",", "."))


def _scaled(value: float, scale: float) -> float:
    return round(value / scale, 10)


def _row_counts(places: list[Place]) -> dict[int, int]:
    """Return for each row the number of units under the header that counts them, where there is one such column."""
    found: dict[int, set[int]] = {}
    for place in places:
        if place.cell.column > 0 and any(_COUNTED.match(h.strip()) for h in place.above) and _WHOLE.fullmatch(place.cell.text.strip()):
            found.setdefault(place.cell.row, set()).add(int(place.cell.text.strip().replace(",", "")))
    return {row: counts.pop() for row, counts in found.items() if len(counts) == 1}


def _first_n(place: Place, table: ReadTable) -> int | None:
    for words in (*reversed(place.left), *reversed(place.above), table.caption):
        match = _N.search(words)
        if match:
            return int(re.sub(r"\D", "", match["n"]))
    return None


def _first_task(place: Place, table: ReadTable) -> str | None:
    for words in (*reversed(place.above), *reversed(place.left), table.caption):
        match = _TASK.search(words)
        if match:
            return match[0]
    return None


def _evidence(table: ReadTable, place: Place, number: str, document_id: str | None, at: int | None = None) -> Evidence:
    offset = place.cell.text.find(number) if at is None else at
    start = (place.cell.start or 0) + max(0, offset)
    heads = " | ".join(h for h in (*place.left, *place.above) if h)
    sentence = f"{table.label} {table.caption}".strip()[:300] + f" | {heads}: {place.cell.text}"
    return Evidence(start, start + len(number), number, sentence, table.page, document_id)


def _sizes(table: ReadTable, places: list[Place], version: str, document_id: str | None) -> list[Extraction]:
    """Find sizes: ``n = 398`` in headers and labels, and whole numbers under a header that counts people or images."""
    claims, found = Claims(table, places), []
    for cell in table.cells:
        if not (cell.header or cell.column == 0) or cell.start is None:
            continue
        for match in _N.finditer(cell.text):
            value = int(re.sub(r"\D", "", match["n"]))
            fields = {"unit": _unit(f"{cell.text} {table.caption}"), "role": _role(cell.text), "own": True}
            evidence = _evidence(table, Place(cell, (), ()), match["n"], document_id, match.start("n"))
            found.append(Extraction("sample_size", value, evidence, "sample_size", version, 0.8, fields))
    for place in places:
        counted = next((m for h in (*place.above, *place.left) if (m := _COUNTED.match(h.strip()))), None)
        if counted is None or place.cell.start is None or place.cell.column == 0 or not _WHOLE.fullmatch(place.cell.text.strip()):
            continue
        words = place.cell.text.strip()
        value = int(words.replace(",", ""))
        if value < 1:
            continue
        fields = {"unit": _unit(counted["noun"]), "role": _role(place.heads), "own": claims.of(place) == "own"}
        found.append(Extraction("sample_size", value, _evidence(table, place, words, document_id), "sample_size", version, 0.7, fields))
    return found


def _unit(words: str) -> str:
    lowered = words.lower()
    return next((unit for unit, nouns in _UNITS.items() if any(n in lowered for n in nouns)), "participant")


def _role(words: str) -> str:
    return next((role for role, pattern in _ROLES if pattern.search(words)), "group")
