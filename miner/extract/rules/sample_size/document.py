"""What only the whole document tells: the unit of bare counts, and which counts are parts of a total."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from miner.extract.sentence import DocumentText, Found, Sentence
from miner.text.numbers import Number
from miner.text.patterns import load_patterns

from .totals import decide

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_FLAGGED = _PATTERNS["flagged"]
_REVIEW = _PATTERNS["review"]
_HITS = _PATTERNS["hits"]
_USED = _PATTERNS["used"]
_PAPERS = _PATTERNS["papers"]
_CHECKED = _PATTERNS["checked"]
_SCREENED = _PATTERNS["screened"]
_PUBLISHED = _PATTERNS["published"]
_INCLUDED = _PATTERNS["included"]
_TESTED = _PATTERNS["tested"]
_VALIDATED = _PATTERNS["validated"]
_LEARNS = _PATTERNS["learns"]
_INDEPENDENT_TEST = _PATTERNS["independent_test"]
_INDEPENDENT_VALIDATION = _PATTERNS["independent_validation"]

_KEY = "sample_size"


def remember_count(sentence: Sentence, number: Number, unit: str | None, *, built: bool = False, checked: bool = False) -> None:
    """Keep what a sentence knew of a count for the end of the document: its value and unit, and whether a model was made from it or checked on it."""
    memory = sentence.document.memory
    if unit and unit != "study":
        memory[f"{_KEY}.unit"] = unit
    memory.setdefault(f"{_KEY}.values", {}).setdefault(number.value, unit)
    if built:
        memory.setdefault(f"{_KEY}.built", set()).add((sentence.index, number.start))
    if checked:
        memory.setdefault(f"{_KEY}.checked", set()).add((sentence.index, number.start))


def remember_joined(sentence: Sentence, number: Number) -> None:
    """Keep that a count is of two parts in one: 800 scans for training and validation."""
    sentence.document.memory.setdefault(f"{_KEY}.joined", set()).add((sentence.index, number.start))


def was_counted(document: DocumentText, value: float) -> bool:
    """Whether an earlier sentence counted as many units."""
    return value in document.memory.get(f"{_KEY}.values", ())


def holds_more(document: DocumentText, value: float) -> bool:
    """Whether an earlier sentence counted more, of whatever."""
    return any(v > value for v in document.memory.get(f"{_KEY}.values", ()))


def unit_of(document: DocumentText, value: float) -> str | None:
    """Return what an earlier sentence counted as many of."""
    values: dict[float, str | None] = document.memory.get(f"{_KEY}.values", {})
    return values.get(value)


def last_unit(document: DocumentText) -> str | None:
    """Return the unit of the last count of the document so far."""
    unit: str | None = document.memory.get(f"{_KEY}.unit")
    return unit


def complete_counts(document: DocumentText, found: list[Found]) -> list[Found]:
    """Fill in units and roles that no sentence told."""
    kept = [f for f in found if f.suppressed is None]
    _studies(document, kept)
    _units(kept, document)
    kept = [f for f in kept if f.suppressed is None]
    _built(document, kept)
    _tested(document, kept)
    _external(document, kept)
    _external_again(kept)
    decide(document, kept)
    _validated(document, kept)
    _repeated(found, kept)
    _found_again(document, found, kept)
    return found


def _found_again(document: DocumentText, found: list[Found], kept: list[Found]) -> None:
    """Leave out what was said before to be found, where it is spoken of again: these 180 active compounds."""
    flagged = _flagged(document, kept)
    named = {float(f.value) for f in found if f.suppressed in {"what was found", "a mean, or what was found"}}
    for f in kept:
        span = document.sentences[f.sentence]
        before = document.text[span.start : span.start + f.start].lower()
        again = float(f.value) in flagged and f.pattern in {"fraction", "of"}
        if again or (float(f.value) in named and before.endswith(("these ", "those ", "the "))):
            f.suppressed = "what was found"


def _flagged(document: DocumentText, kept: list[Found]) -> set[float]:
    """Leave out those that a screening or a model flagged, and return how many: 2684 newborns were positive in the screening."""
    values: set[float] = set()
    for f in kept:
        span = document.sentences[f.sentence]
        if _FLAGGED.match(document.text[span.start : span.end], f.end):
            f.suppressed = "what was found"
            values.add(float(f.value))
    return values


_EXACT = 1000  # a number as large as this is hardly met twice by chance


def _repeated(found: list[Found], kept: list[Found]) -> None:
    """Let a large number count once more what it counted before, under another name: all 26,170 sources."""
    known = {f.value: f for f in reversed(kept) if f.fields["own"] and float(f.value) >= _EXACT and not 1900 <= float(f.value) <= 2039}
    for f in found:
        if f.suppressed is not None and f.suppressed.startswith("counts ") and f.value in known and float(f.value) % _EXACT:
            f.suppressed, f.fields = None, dict(known[f.value].fields)


def _studies(document: DocumentText, kept: list[Found]) -> None:
    """Papers are studies in a review, less those that its search found; elsewhere they are data, and in small numbers the work's own parts."""
    kept = [f for f in kept if f.fields["unit"] in {"study", "sample"}]
    review = bool(kept) and _REVIEW.search(document.text.lower()) is not None
    for f in kept:
        if review:
            span = document.sentences[f.sentence]
            sentence = document.text[span.start : span.end]
            if _is_hit(sentence, f):
                f.suppressed = "what a search found"
            elif f.fields["unit"] == "study" and f.fields["role"] == "group" and _INCLUDED.match(sentence, f.end):
                f.fields["role"] = "total"  # out of 900 studies identified, 40 were included
        elif f.fields["unit"] == "study":
            span = document.sentences[f.sentence]
            before, behind = document.text[span.start : span.start + f.start], document.text[span.start + f.end : span.end]
            if float(f.value) >= 20 and _PUBLISHED.match(behind):
                continue
            f.fields["unit"] = "sample"
            if float(f.value) < 20 or (float(f.value) < 100 and before.endswith(" from ")):
                f.suppressed = "parts of the study itself"
    studies = [f for f in kept if f.fields["unit"] == "study" and f.suppressed is None]
    if review and len(studies) == 1 and studies[0].fields["role"] == "group" and studies[0].pattern != "fraction":
        studies[0].fields["role"] = "total"  # out of 340 screened articles, 17 were taken in


def _is_hit(sentence: str, f: Found) -> bool:
    """Whether a count of papers tells what a search found rather than what was included."""
    if _CHECKED.match(sentence, f.end):
        return True
    noun = _PAPERS.match(sentence, f.end)
    if noun is None:
        return False
    clause_start = max(sentence.rfind(mark, 0, f.start) for mark in (";", ", ", ". ", " of which ", " and "))
    before = re.split(r"\d", sentence[max(0, clause_start, f.start - 60) : f.start].lower())[-1]
    following = re.split(r"[;.]|, | and | of which ", sentence[noun.end() : noun.end() + 60].lower())[0]
    if _SCREENED.match(sentence, f.end):
        return True  # 28 of 1300 screened articles were included
    around = f"{before} {noun.group().lower()} {following}"
    return _HITS.search(around) is not None and _USED.search(around) is None


def _units(kept: list[Found], document: DocumentText) -> None:
    units = Counter(f.fields["unit"] for f in kept if f.fields["unit"] and f.fields["own"])
    common = units.most_common(1)[0][0] if units else _default(document.text)
    previous: Any = None
    for f in kept:
        if not f.fields["unit"]:
            f.fields["unit"] = previous or common
        previous = f.fields["unit"] if f.fields["unit"] != "study" else previous


_PEOPLE_WORDS = (
    "patient", "participant", "subject", "people", "women", "adults", "children", "clinical", "survivor", "survival", "infants", "adolescent", "students", "veterans",
    "residents", "phase iii", "mortality", "cohort study", "lifetime",
)  # fmt: skip


def _default(text: str) -> str:
    lowered = text.lower()
    return "participant" if any(w in lowered for w in _PEOPLE_WORDS) else "sample"


def _built(document: DocumentText, kept: list[Found]) -> None:
    """Call what a model was made from its training set, where another set is told that it was checked on, or it is some of a larger whole."""
    memory = document.memory
    built: set[tuple[int, int]] = memory.get(f"{_KEY}.built", set())
    tested: set[tuple[int, int]] = memory.get(f"{_KEY}.checked", set())
    joined: set[tuple[int, int]] = memory.get(f"{_KEY}.joined", set())
    if not (built or tested or joined):
        return
    if built or any(f.fields["role"] == "train" for f in kept):
        for f in kept:
            if not f.fields["role"] and (f.sentence, f.start) in tested:
                f.fields["role"] = "test"
    own = [f for f in kept if f.fields["own"]]
    roles = {f.fields["role"] for f in own}
    if "train" in roles:
        return
    largest: dict[str, float] = {}
    for f in own:
        unit, place = f.fields["unit"], (f.sentence, f.start)
        some = largest.get(unit, 0) > float(f.value)
        if not f.fields["role"] and (
            (place in built and (some or roles & {"validation", "test", "external"})) or (place in joined and roles & {"test", "external"})
        ):
            f.fields["role"] = "train"
        largest[unit] = max(largest.get(unit, 0), float(f.value))


def _tested(document: DocumentText, kept: list[Found]) -> None:
    """Call what something was tested on a total, where nothing was trained: the platform was tested on 12 letters."""
    parts = [f for f in kept if f.fields["role"] in {"train", "validation", "test", "external"}]
    if not parts or _LEARNS.search(document.text) or document.memory.get(f"{_KEY}.built"):
        return
    sentence_roles: dict[int, str] = {}
    for f in parts:
        span, role = document.sentences[f.sentence], f.fields["role"]
        form = {"test": _TESTED, "validation": _VALIDATED}.get(role)
        if sentence_roles.get(f.sentence) != role and (form is None or not form.search(document.text[span.start : span.start + f.start])):
            return
        sentence_roles[f.sentence] = role  # tested on 12 letters of 9 patients
    for f in parts:
        f.fields["role"] = "total"


def _external(document: DocumentText, kept: list[Found]) -> None:
    """Call a validation cohort or test set external, where the text calls it so elsewhere and tells of no other."""
    lowered = document.text.lower()
    roles = {f.fields["role"] for f in kept}
    if "external" in roles:
        return
    promoted = ""
    if _INDEPENDENT_VALIDATION.search(lowered) and "train" in roles and "test" not in roles and "internal" not in lowered:
        promoted = "validation"
    elif _INDEPENDENT_TEST.search(lowered) and "internal test" not in lowered:
        promoted = "test"
    for f in kept:
        if promoted and f.fields["role"] == promoted:
            f.fields["role"] = "external"


def _external_again(kept: list[Found]) -> None:
    """Call a test set external where one of its size was called so before: 45 of the 187 patients of this testing cohort."""
    external = {(float(f.value), f.fields["unit"]) for f in kept if f.fields["role"] == "external"}
    for f in kept:
        if f.fields["role"] in {"test", "validation"} and (float(f.value), f.fields["unit"]) in external:
            f.fields["role"] = "external"


def _validated(document: DocumentText, kept: list[Found]) -> None:
    """Call the total of a paper that only validates a model elsewhere an external set."""
    lowered = document.text.lower()
    title = lowered.split("\n", 1)[0]
    if ("external validation" in title or "externally validat" in title) and not any(
        w in title for w in ("development", "develop", "deriv", "internal")
    ):
        if any(f.fields["role"] in {"train", "validation", "test", "external"} for f in kept):
            return
        for f in kept:
            if f.fields["role"] == "total" and f.fields["own"]:
                f.fields["role"] = "external"
