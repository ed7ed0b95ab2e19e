"""Values that no list can hold: cross-validation with its number of folds, and data sets by the names that texts give them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from miner.extract.labels.reading import Mention, Reading
from miner.text.patterns import load_patterns

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_FOLDS = _PATTERNS["folds"]
_AFTER = _PATTERNS["after"]
_DATA = _PATTERNS["data"]
_IS_SET = _PATTERNS["is_set"]
_BEFORE = _PATTERNS["before"]
_NAMES_IT = _PATTERNS["names_it"]
_MODEL = _PATTERNS["model"]
_TITLED = _PATTERNS["titled"]

_NUMBERS = {w: n for n, w in enumerate(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 2)} | {
    "fifteen": 15,
    "twenty": 20,
}
_CHUNK = re.compile(r"(?<![\w@./-])[A-Za-z0-9][\w&'-]*\w")
_CAPITALS = re.compile(r"[A-Z][^A-Z]*[A-Z]|[A-Z].*\d|\d.*[A-Z]")
_TAIL = re.compile(r"(?:[-' ]?(?:20)?\d\d|[- ]?[vV]\d|-[A-Z]{2}\d+|-0\d)$")
_IS_NAME = re.compile(r"(?:QA|Bench|DB|Set|Corpus|Data|[A-Z]{2,}-?\d+|\d+[kK]|CXR|Seg|Challenge)$")
_OPENERS = frozenset(
    [
        "The",
        "This",
        "These",
        "Our",
        "We",
        "A",
        "An",
        "In",
        "On",
        "For",
        "From",
        "Using",
        "Methods",
        "Results",
        "Background",
        "Data",
        "Design",
        "Objective",
        "Setting",
        "Cohort",
        "Observational",
        "Prospective",
        "Retrospective",
        "Clinical",
        "Validation",
        "Test",
        "Training",
        "External",
        "Internal",
        "National",
        "Deep",
        "Machine",
        "Public",
    ]
)


def folds(reading: Reading) -> Iterator[Mention]:
    """Yield the cross-validations that tell their number of folds."""
    text = reading.document.text
    if "fold" not in text and "times" not in text:
        return
    for match in _FOLDS.finditer(text):
        written = next(g for g in match.groups() if g).lower()
        number = _NUMBERS.get(written) or int(written)
        if number < 2:
            continue
        first = next((i for i, s in enumerate(reading.starts) if s >= match.start()), None)
        if first is not None:
            last = first + 1
            while last < len(reading.ends) and reading.ends[last] <= match.end() + 12 and reading.sentence[last] == reading.sentence[first]:
                last += 1
            yield Mention("validation", f"{number}-fold cross-validation", first, last, reading.sentence[first])


def named_sets(reading: Reading, known: set[str], other: set[int]) -> dict[str, set[str]]:
    """Return names that may be data sets unknown to the vocabulary, each with what speaks for it.

    Parameters
    ----------
    reading : Reading
    known : set of str
        The vocabulary's data sets that the text mentions.
    other : set of int
        Offsets at which words of other kinds begin: these name no data set.
    """
    text = reading.document.text
    found: dict[str, set[str]] = {}
    title = text.find("\n")
    sets = [(reading.starts[m.first], reading.ends[m.last - 1]) for m in reading.mentions.get("dataset", ())]
    for word, start, end in _capitals(reading):
        if start in other or any(a <= start < b for a, b in sets):
            continue
        before, after = text[max(0, start - 40) : start], text[end : end + 130]
        features = set(_speaks(word, before, after, [s for s in sets if abs(s[0] - end) < 60 or abs(s[1] - start) < 60], start, end))
        if features:
            value = _TAIL.sub("", word)
            if len(value) > 2:
                found.setdefault(value, {"bias unknown"}).update(features, {"u title" if start < title else "u text"})
    for match in _TITLED.finditer(text, max(title, 0)):
        name = match[1].split()
        while name and name[0] in _OPENERS:
            name.pop(0)
        if name and not any(a < match.end() and match.start() < b for a, b in sets):
            value = (
                " ".join(name)
                if match[2].lower() in {"database", "dataset", "data set", "benchmark", "corpus"}
                else " ".join([*name, match[2]])
            )
            found.setdefault(value, {"bias unknown"}).update({"u titled", f"u {match[2].lower()}", f"u words {min(len(name), 3)}"})
    for value, features in found.items():
        count = text.count(value)
        if count > 1:
            features.add("u twice")
        if known:
            features.add("u beside known")
    return found


def _capitals(reading: Reading) -> Iterator[tuple[str, int, int]]:
    """Yield the words that hold two capitals, or one and a digit, whole with their hyphens, and where they stand."""
    text, starts, ends = reading.document.text, reading.starts, reading.ends
    done = 0
    for i, word in enumerate(reading.raw):
        if starts[i] < done or len(word) < 2 or word[1:].islower() or word.isdigit():
            continue
        at = i
        while at and ends[at - 1] == starts[at] - 1 and text[ends[at - 1]] in "-'&":
            at -= 1
        match = _CHUNK.match(text, starts[at])
        if match and match.start() >= done and _CAPITALS.search(match.group()):
            done = match.end()
            yield match.group(), match.start(), done


def _speaks(word: str, before: str, after: str, sets: list[tuple[int, int]], start: int, end: int) -> Iterator[str]:
    """Yield what the words around a name say of its being a data set."""
    if _AFTER.match(after.lstrip(" ")):
        yield "u set behind"
    elif _DATA.match(after.lstrip(" ")):
        yield "u data behind"
    if _IS_SET.match(after):
        yield "u is a set"
    if preposition := _BEFORE.search(before):
        yield f"u {preposition[1].lower()}"
    if _NAMES_IT.search(before):
        yield "u named"
    if _MODEL.match(after):
        yield "u model"
    if _IS_NAME.search(word):
        yield "u shape"
    if re.search(r"(?:Net|Former|GPT|BERT|LLM|Mamba|GAN|Formers?|[Mm]er)$", word):
        yield "u model shape"
    if after[:1] == ")" and before.endswith("("):
        yield "u bracket"
    if re.search(r"(?:datasets?|databases?|benchmarks?|cohorts?)\b[^.]{0,40}[(:,] ?(?:[\w&'-]+,? (?:and )?){0,4}$", before):
        yield "u listed"
    for a, b in sets:
        between = (before[len(before) - (start - b) :] if b <= start else after[: a - end]) if b <= start or a >= end else ""
        if re.fullmatch(r"[\s,&()]*(?:and|or|plus)?(?: the)?\s*", between):
            yield "u beside set"
