"""Which of the counts that no word told about are totals, and which are groups of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from miner.extract.sentence import DocumentText, Found
from miner.text.patterns import load_patterns

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_MOST_PAIRS = 400  # an abstract has a few dozen counts; whole papers tell of many studies
_LONGEST_RUN = 10
_NO_CHANCE = 10  # below, two numbers add up to a third too often
_MOST_OF = 0.9  # a share of nearly all is one of those who had data


def decide(document: DocumentText, kept: list[Found]) -> None:
    """Decide between total and group for the counts that no word told about, and set the unit of parts by the total that they add up to."""
    _parts_of(kept)
    by_value: dict[tuple[Any, str], str] = {}
    largest: dict[str, float] = {}
    previous: Found | None = None
    for f in kept:
        unit, role = f.fields["unit"], f.fields["role"]
        value = float(f.value)
        if not role:
            smaller = largest.get(unit, 0) > value
            some = smaller and (
                (f.pattern == "of" and value < _MOST_OF * largest[unit])
                or _is_some(document, f, previous)
                or (unit == "study" and not _taken_in(document, f))
            )
            role = by_value.get((value, unit)) or ("group" if some else "total")
            f.fields["role"] = role
        if f.fields["own"]:
            by_value.setdefault((value, unit), role)
            largest[unit] = max(largest.get(unit, 0), value)
        previous = f
    _classes(kept)
    _split_groups(kept)
    _same_again(kept)
    _runs(kept)
    _sums(kept)


def _is_some(document: DocumentText, f: Found, previous: Found | None) -> bool:
    """Whether a count that is smaller than one before it is told of as some of those."""
    span = document.sentences[f.sentence]
    before = document.text[max(span.start, span.start + f.start - 40) : span.start + f.start].lower()
    behind = document.text[span.start + f.end : span.end].lower()[:160]
    if (
        _outcome(behind)
        or before.endswith("subset of ")
        or _BEFELL_IN.search(before)
        or (_AMONG.search(before) and _RESTRICTED.match(behind))
        or (before.endswith("among ") and _DESCRIBED.match(behind))
        or (
            _FURTHER.search(before)
            and "exclu" not in document.text[max(0, span.start + f.start - 200) : span.start + f.start]
            and f.fields["unit"] == "participant"
            and not _TAKEN.match(behind)
        )
    ):
        return True
    if (
        previous is None
        or previous.sentence != f.sentence
        or previous.fields["role"] != "group"
        or previous.fields["unit"] != f.fields["unit"]
    ):
        return False
    # 240 reports were found to have cysts and 214 reports with stones
    return before.endswith(" and ") and f.start - previous.end < 150 and _WITH.match(behind) is not None


def _taken_in(document: DocumentText, f: Found) -> bool:
    """Whether papers are said to be those that a review took in: 27 studies were thus included."""
    span = document.sentences[f.sentence]
    return re.match(r"[^.;,]{0,60}\b(?:included|eligible|selected)\b", document.text[span.start + f.end : span.end]) is not None


_BEFELL_IN = _PATTERNS["befell_in"]
_AMONG = re.compile(r"\b(?:among|of|in) (?:the |these |those )?$")
_RESTRICTED = re.compile(
    r"\s*(?:[\w-]+\s+){1,4}?(?:in which|in whom|who|whose|treated|stratified|classified|matched|without|receiving|undergoing)\b"
)
_DESCRIBED = re.compile(
    r"\s*(?!(?:patients|participants|subjects|adults|men|women|children|individuals|people|cases|images|scans)\b)[\w-]+ [\w-]+s,"
)
# More people than told so far are some of another kind; the remaining may be all that were used.
_FURTHER = re.compile(r"\b(?:an additional|the (?:remaining|other)) $")
_TAKEN = re.compile(
    r"[^.;]{0,80}\b(?:included|enrolled|recruited|analy[sz]ed|analysis|used|eligible|selected|studied|validat\w+|test\w*|training)\b"
)
_WITH = re.compile(r"\s*(?:[\w-]+\s+){1,2}?(?:with|without|had)\b")


def _parts_of(kept: list[Found]) -> None:
    """Let the parts of a split have the unit of the total that they add up to: 900 traces of 500 patients were split into 600, 200 and 100."""
    _bracketed_unit(kept)
    parts = [f for f in kept if f.fields["role"] in {"train", "validation", "test"} and f.fields["own"]]
    for size in (3, 2):
        for k in range(len(parts) - size + 1):
            run = parts[k : k + size]
            units = {f.fields["unit"] for f in run}
            if len(units) != 1 or run[0].sentence != run[-1].sentence or len({f.fields["role"] for f in run}) < size:
                continue
            sum_units = {
                f.fields["unit"] for f in kept if float(f.value) == sum(float(p.value) for p in run) and f.fields["role"] in {"", "total"}
            }
            if len(sum_units) == 1 and not sum_units & units:
                for p in run:
                    p.fields["unit"] = next(iter(sum_units))


def _bracketed_unit(kept: Sequence[Found]) -> None:
    """Call groups written with ``n =`` people, where they add up to those of their sentence: 33 adults with early (n = 28) or late (n = 5) variants."""
    for k, total in enumerate(kept):
        run: list[Found] = []
        if total.fields["unit"] != "participant":
            continue
        for f in kept[k + 1 : k + 7]:
            if f.sentence != total.sentence or f.pattern != "n" or f.fields["unit"] != "sample":
                break
            run.append(f)
            if len(run) >= 2 and sum(float(g.value) for g in run) == float(total.value):
                for g in run:
                    g.fields["unit"] = total.fields["unit"]
                break


def _classes(kept: Sequence[Found]) -> None:
    """Tell a size written with ``n =`` from those of its classes: patients (n = 370) were of type A (n = 120), B (n = 220) or C (n = 30)."""
    for k, total in enumerate(kept):
        if total.pattern != "n" or total.fields["role"] not in {"total", "group"} or float(total.value) < _NO_CHANCE:
            continue
        run: list[Found] = []
        for f in kept[k + 1 : k + 8]:
            if f.sentence != total.sentence or f.pattern != "n" or f.fields["role"] not in {"total", "group"}:
                break
            run.append(f)
            if len(run) >= 2 and sum(float(g.value) for g in run) == float(total.value):
                total.fields["role"] = "total"
                for g in run:
                    g.fields["role"] = "group"
                break


def _split_groups(kept: Sequence[Found]) -> None:
    """Call what the parts hold of a group groups: 250 adults had falls (170 in the training set and 80 in the test set)."""
    for k, total in enumerate(kept):
        if total.fields["role"] != "group":
            continue
        run: list[Found] = []
        for f in kept[k + 1 : k + 4]:
            if f.sentence != total.sentence or f.fields["role"] not in {"train", "validation", "test", "external"}:
                break
            run.append(f)
            if len(run) >= 2 and sum(float(g.value) for g in run) == float(total.value):
                for g in run:
                    g.fields["role"] = "group"
                break


def _same_again(kept: Sequence[Found]) -> None:
    """Call the whole of a share a total in every part, if it is as large as all of the data: a testing accuracy of 72% (72/100) by cross-validation."""
    totals = {(float(f.value), f.fields["unit"]) for f in kept if f.fields["role"] == "total" and f.fields["own"]}
    for f in kept:
        if f.pattern == "of" and f.fields["role"] in {"train", "validation", "test"} and (float(f.value), f.fields["unit"]) in totals:
            f.fields["role"] = "total"


def _runs(kept: Sequence[Found]) -> None:
    """Call counts in a row that add up to a total, before or behind them, its groups: 60 scans, 50 films and 40 angiograms of 150 cases."""
    free = [f for f in kept if f.fields["own"] and f.fields["role"] == "total"]
    totals = {(float(f.value), f.fields["unit"]) for f in free}
    values = {value for value, _ in totals}
    start = 0
    while start < len(free):
        step = 1
        summed, unit = 0.0, free[start].fields["unit"]
        for size, f in enumerate(free[start : start + _LONGEST_RUN], 1):
            summed += float(f.value)
            run = free[start : start + size]
            alike = {g.fields["unit"] for g in run} == {unit} and (summed, unit) in totals
            adjoining = (
                start > 0 and float(free[start - 1].value) == summed and free[start - 1].sentence == run[0].sentence == run[-1].sentence
            )
            if size >= 3 and summed in values and (alike or adjoining):
                for g in run:
                    g.fields["role"] = "group"
                step = size
                break
        start += step


# What became of some, or where some of them come from: 70 patients were diagnosed with …, 180 samples were from …
_BEFELL = _PATTERNS["befell"]


def _outcome(following: str) -> bool:
    """Whether the sentence goes on to say what befell these: 45 patients died."""
    if _BEFELL.match(following):
        return True
    words = {w.strip(",.;()") for w in following.split()[:8]}
    return not _BEFALLS.isdisjoint(words)


_BEFALLS = frozenset(
    [
        "discontinued",
        "completed",
        "withdrew",
        "proceeded",
        "had",
        "developed",
        "died",
        "experienced",
        "survived",
        "relapsed",
        "progressed",
        "suffered",
        "responded",
        "required",
        "needed",
        "failed",
        "achieved",
        "exhibited",
        "remained",
        "recurred",
        "converted",
        "positive",
    ]
)


def _sums(kept: list[Found]) -> None:
    """Call counts that add up to another total of their unit its groups."""
    for unit in {f.fields["unit"] for f in kept}:
        own = [f for f in kept if f.fields["unit"] == unit and f.fields["own"]]
        totals = [f for f in own if f.fields["role"] == "total"]
        _complements(totals, {float(f.value) for f in own if f.fields["role"] == "group"})
        totals = [f for f in totals if f.fields["role"] == "total"]
        values = {float(f.value) for f in totals}
        if not 3 <= len(totals) <= 12:
            continue
        for size in (2, 3, 4):
            for parts in combinations(totals, size):
                whole = sum(float(p.value) for p in parts)
                if whole in values and len({p.value for p in parts}) >= 1 and all(float(p.value) < whole for p in parts):
                    for p in parts:
                        p.fields["role"] = "group"


def _complements(totals: list[Found], groups: set[float]) -> None:
    """Call what a known group leaves of a total a group as well: 788 of 1160 answered, 897 of 2057 did not."""
    values = {float(f.value) for f in totals}
    if len(values) * len(groups) > _MOST_PAIRS:
        return
    for f in totals:
        if any(float(f.value) + group in values for group in groups if group != f.value):
            f.fields["role"] = "group"
