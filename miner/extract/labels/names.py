"""Values that no list can hold: cross-validation with its number of folds, and data sets by the names that texts give them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.extract.labels.reading import Mention, Reading

_NUMBERS = {w: n for n, w in enumerate(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 2)} | {
    "fifteen": 15,
    "twenty": 20,
}
_K = rf"(\d{{1,2}}|{'|'.join(_NUMBERS)})"
_FOLDS = re.compile(
    rf"\b{_K}[- ]?folds?\b(?:[- ,]*(?:\(?(?:stratified|nested|repeated|grouped|group|patient|subject|outer|inner|level|wise|double|internal|random|independent|leave|CV)\b\)?[- ]*)*)"
    rf"(?:cross|\(?CV|x-?val)|\bcross[- ]?validat\w+ (?:\(?CV\)? )?\(?(?:with|using|over|of|in|into|k ?=|,|scheme with)*\s*{_K}[- ]?folds?\b"
    rf"|\b{_K} cross[- ]validation folds|\bK ?= ?{_K}[- ]fold cross|\b{_K}[- ]?folds? (?:validation|testing)\b|\b{_K}[- ]times? cross[- ]?validation",
    re.IGNORECASE,
)
_CHUNK = re.compile(r"(?<![\w@./-])[A-Za-z0-9][\w&'-]*\w")
_CAPITALS = re.compile(r"[A-Z][^A-Z]*[A-Z]|[A-Z].*\d|\d.*[A-Z]")
_TAIL = re.compile(r"(?:[-' ]?(?:20)?\d\d|[- ]?[vV]\d|-[A-Z]{2}\d+|-0\d)$")
_SET = r"(?:data ?sets?|databases?|benchmarks?|corpus|corpora|challenges?|cohorts?|collections?|repositor(?:y|ies)|archives?|biobank|registry|register)"
_AFTER = re.compile(rf"(?:[\w.-]+ ){{0,2}}{_SET}\b", re.IGNORECASE)
_DATA = re.compile(
    r"(?:test |training |public )?(?:data|subset|set|test|trial|stud(?:y|ies)|consortium|images|recordings|corpus)\b", re.IGNORECASE
)
_IS_SET = re.compile(
    rf"(?:\([^()]{{3,80}}\))?,? (?:is |as )?(?:an?|the|our|one of|consisting|comprising|containing)\b[^.;]{{0,90}}?\b{_SET}\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\b(on|from|using|in|across|with|of|via|and|or|including|namely|the)(?: the| our| both| an?)?(?: \w+)? ?$", re.IGNORECASE
)
_NAMES_IT = re.compile(
    r"\b(?:introduc|present|releas|construct|creat|develop|curat|propos|build|built|call|nam|dubb|term|contribut)\w*(?: the| our| an?| as| new| novel)* ?$",
    re.IGNORECASE,
)
_MODEL = re.compile(
    r"(?:[- ]?based|,? (?:an?|the|our) [^.;,]{0,80}?\b(?:network|framework|model|method|architecture|approach|system|pipeline|algorithm|agent|tool|classifier)\b"
    r"| (?:model|network|framework|method|algorithm|architecture|outperform|achiev|classifier|system|loss|module|tool|score|features?|patients|group|gene|protein|cells?)\b)",
    re.IGNORECASE,
)
_IS_NAME = re.compile(r"(?:QA|Bench|DB|Set|Corpus|Data|[A-Z]{2,}-?\d+|\d+[kK]|CXR|Seg|Challenge)$")
_TITLED = re.compile(
    r"\b((?:[A-Z][\w'-]+ ){1,5})(Study|Register|Registry|Cohort|Biobank|Survey|Initiative|Project|Trial|Database|Dataset|Challenge|database|dataset|data set|benchmark|corpus|challenge)\b"
)
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
        told = next(g for g in match.groups() if g).lower()
        number = _NUMBERS.get(told) or int(told)
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
    if told := _BEFORE.search(before):
        yield f"u {told[1].lower()}"
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
