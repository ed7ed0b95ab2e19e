"""What only the whole document tells: the unit of bare counts, and which counts are parts of a total."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from typing import Any

from miner.extract.sentence import DocumentText, Found, Sentence
from miner.text.numbers import Number

_KEY = "sample_size"


def remember(sentence: Sentence, number: Number, unit: str | None, *, built: bool = False) -> None:
    """Keep what a sentence knew of a count for the end of the document: its value and unit, and whether a model was made from it."""
    memory = sentence.document.memory
    if unit and unit != "study":
        memory[f"{_KEY}.unit"] = unit
    memory.setdefault(f"{_KEY}.values", set()).add(number.value)
    if built:
        memory.setdefault(f"{_KEY}.built", set()).add((sentence.index, number.start))


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
    _built(document, kept)
    _external(document, kept)
    _totals(document, kept)
    return found


_REVIEW = re.compile(
    r"\b(?:(?:systematic|scoping|literature|umbrella|narrative|mini|rapid|critical|comprehensive|integrative|bibliometric)[ -]?(?:\w+ )?(?:re)?views?|reviews? of|review (?:and|article|paper)"
    r"|this review|we review(?:ed)?\b(?! of)|meta-? ?analy|bibliometric|prisma|(?:were|was|we) (?:systematically )?search|searche[ds]\b[^.]{0,80}(?:databases?|pubmed|medline|scopus|embase|scholar)"
    r"|search(?:es)? (?:identified|yielded|returned|retrieved|found)|(?:studies|articles|papers|publications|trials) (?:were |was |that |which )?(?:included|met|identified|reviewed|selected|eligible|retrieved|published))"
)
_HITS = re.compile(
    r"\b(?:identified|screened|retrieved|retrieval|yielded|returned|search(?:es|ed)?|initial(?:ly)?|potentially|duplicates?|hits|found|resulted|abstracts)\b"
)
_USED = re.compile(
    r"\b(?:included|inclusion|eligible|met|analy[sz]ed|selected|reviewed|final(?:ly)?|relevant|evaluated|extracted|assessed|reported|used|using|remain(?:ed|ing)?)\b"
)
_PAPERS = re.compile(
    r"[^.;]{0,40}?\b(?:studies|articles|papers|publications|records|citations|abstracts|titles|references|results|hits)\b", re.IGNORECASE
)


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
        elif f.fields["unit"] == "study":
            f.fields["unit"] = "sample"
            if float(f.value) < 20:
                f.suppressed = "parts of the study itself"


def _is_hit(sentence: str, f: Found) -> bool:
    """Whether a count of papers tells what a search found rather than what was included."""
    noun = _PAPERS.match(sentence, f.end)
    if noun is None:
        return False
    clause_start = max(sentence.rfind(mark, 0, f.start) for mark in (";", ", ", ". ", " of which ", " and "))
    before = re.split(r"\d", sentence[max(0, clause_start, f.start - 60) : f.start].lower())[-1]
    following = re.split(r"[;.]|, | and | of which ", sentence[noun.end() : noun.end() + 60].lower())[0]
    around = f"{before} {noun.group().lower()} {following}"
    return _HITS.search(around) is not None and _USED.search(around) is None


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


def _built(document: DocumentText, kept: list[Found]) -> None:
    """Call what a model was made from its training set, where another set is told that it was checked on."""
    built: set[tuple[int, int]] = document.memory.get(f"{_KEY}.built", set())
    checked = [f for f in kept if f.fields["role"] in {"validation", "test", "external"} and f.fields["own"]]
    if not checked or any(f.fields["role"] == "train" for f in kept):
        return
    for f in kept:
        if not f.fields["role"] and (f.sentence, f.start) in built:
            f.fields["role"] = "train"


_INDEPENDENT_TEST = re.compile(r"\b(?:independent|external)(?:ly)?,? (?:[\w-]+ ){0,2}test(?:ing)?\b")
_INDEPENDENT_VALIDATION = re.compile(r"\bexternal validation|\bexternally validated|\bindependent validation|\bindependent, ")


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
    """Call counts that add up to another total of their unit its groups."""
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
