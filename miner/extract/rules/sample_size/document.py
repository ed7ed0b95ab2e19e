"""What only the whole document tells: the unit of bare counts, and which counts are parts of a total."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from miner.extract.sentence import DocumentText, Found, Sentence
from miner.text.numbers import Number

_KEY = "sample_size"


@dataclass(slots=True)
class _Note:
    reason: str
    noun: str


def remember(sentence: Sentence, number: Number, reason: str, noun: str, unit: str | None = None) -> None:
    """Keep what a sentence knew of a count for the end of the document."""
    if unit and unit != "study":
        sentence.document.memory[f"{_KEY}.unit"] = unit
    notes: dict[tuple[int, int], _Note] = sentence.document.memory.setdefault(_KEY, {})
    notes[sentence.index, number.start] = _Note(reason, noun)
    values: set[float] = sentence.document.memory.setdefault(f"{_KEY}.values", set())
    values.add(number.value)


def knows(document: DocumentText, value: float) -> bool:
    """Whether an earlier sentence counted as many units."""
    values: set[float] = document.memory.get(f"{_KEY}.values", set())
    return value in values


def last_unit(document: DocumentText) -> str | None:
    """Return the unit of the last count of the document so far."""
    unit: str | None = document.memory.get(f"{_KEY}.unit")
    return unit


def settle(document: DocumentText, found: list[Found]) -> list[Found]:
    """Fill in units and roles that no sentence told."""
    kept = [f for f in found if f.suppressed is None]
    _studies(document, kept)
    _units(kept, document)
    kept = [f for f in kept if f.suppressed is None]
    _external(document, kept)
    _totals(document, kept)
    return found


def _studies(document: DocumentText, kept: list[Found]) -> None:
    """Studies are papers only in a review; elsewhere they are scans and exams, and small numbers of them are the study's own parts."""
    lowered = document.text.lower()
    if any(w in lowered for w in ("review", "meta-analy", "meta analy", "literature", "bibliometric", "pubmed", "publications")):
        return
    for f in kept:
        if f.fields["unit"] == "study":
            f.fields["unit"] = "sample"
            if float(f.value) < 20:
                f.suppressed = "parts of the study itself"


def _units(kept: list[Found], document: DocumentText) -> None:
    told = Counter(f.fields["unit"] for f in kept if f.fields["unit"] and f.fields["own"])
    common = told.most_common(1)[0][0] if told else _default(document.text)
    previous: Any = None
    for f in kept:
        if not f.fields["unit"]:
            f.fields["unit"] = previous or common
        previous = f.fields["unit"] if f.fields["unit"] != "study" else previous


def _default(text: str) -> str:
    lowered = text.lower()
    return (
        "participant"
        if any(w in lowered for w in ("patient", "participant", "subject", "people", "women", "adults", "children", "clinical"))
        else "sample"
    )


def _external(document: DocumentText, kept: list[Found]) -> None:
    """A validation cohort of its own is an external one, where the text says so elsewhere."""
    lowered = document.text.lower()
    if any(f.fields["role"] == "external" for f in kept):
        return
    if (
        "external validation" in lowered
        or "externally validated" in lowered
        or "independent validation" in lowered
        or "independent, " in lowered
    ):
        roles = {f.fields["role"] for f in kept}
        if "train" in roles and "test" not in roles and "internal validation" not in lowered and "internally" not in lowered:
            for f in kept:
                if f.fields["role"] == "validation":
                    f.fields["role"] = "external"


def _totals(document: DocumentText, kept: list[Found]) -> None:
    """Decide between total and group for the counts that no word told about."""
    by_value: dict[tuple[Any, str], str] = {}
    largest: dict[str, float] = {}
    for f in kept:
        unit, role = f.fields["unit"], f.fields["role"]
        value = float(f.value)
        if not role:
            earlier = by_value.get((value, unit))
            role = earlier or ("group" if _outcome(document, f) and largest.get(unit, 0) > value else "total")
            f.fields["role"] = role
        if f.fields["own"]:
            by_value.setdefault((value, unit), role)
            largest[unit] = max(largest.get(unit, 0), value)
    _sums(kept)
    _validated(document, kept)


def _validated(document: DocumentText, kept: list[Found]) -> None:
    """A paper that only validates a model elsewhere: its total is an external set."""
    lowered = document.text.lower()
    title = lowered.split("\n", 1)[0]
    if ("external validation" in title or "externally validat" in title) and not any(
        w in title for w in ("development", "develop", "deriv", "internal")
    ):
        if not any(f.fields["role"] in {"train", "validation", "test", "external"} for f in kept):
            for f in kept:
                if f.fields["role"] == "total" and f.fields["own"]:
                    f.fields["role"] = "external"


def _outcome(document: DocumentText, f: Found) -> bool:
    """Whether the sentence goes on to say what befell these: 45 patients died."""
    span = document.sentences[f.sentence]
    behind = document.text[span.start + f.end : span.end].lower().split()[:8]
    words = {w.strip(",.;()") for w in behind}
    return bool(
        words
        & {
            "had",
            "developed",
            "died",
            "experienced",
            "survived",
            "relapsed",
            "progressed",
            "suffered",
            "responded",
            "converted",
            "positive",
            "died,",
        }
    )


def _sums(kept: list[Found]) -> None:
    """Counts called total that add up to another total of their unit are its groups."""
    for unit in {f.fields["unit"] for f in kept}:
        totals = [f for f in kept if f.fields["unit"] == unit and f.fields["role"] == "total" and f.fields["own"]]
        values = {float(f.value) for f in totals}
        if not 3 <= len(totals) <= 12:
            continue
        for size in (2, 3, 4):
            for parts in combinations(totals, size):
                whole = sum(float(p.value) for p in parts)
                if whole in values and len({p.value for p in parts}) >= 1 and all(float(p.value) < whole for p in parts):
                    for p in parts:
                        p.fields["role"] = "group"
