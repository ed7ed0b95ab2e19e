"""How two counts of a sentence stand to each other: side by side, one within the other, one among the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from miner.extract.sentence import Sentence


class Counted(Protocol):
    """What is known of a number that counts units."""

    token: int
    last: int
    unit: str | None
    form: str
    noun: str
    code: bool


_DOES = frozenset(
    [
        "evaluate",
        "evaluated",
        "annotate",
        "annotated",
        "generated",
        "collected",
        "analyzed",
        "analysed",
        "obtained",
        "tested",
        "selected",
        "used",
        "recruited",
        "enrolled",
        "including",
    ]
)

_DATA = frozenset(
    [
        "network",
        "networks",
        "project",
        "initiative",
        "consortium",
        "biobank",
        "program",
        "programme",
        "survey",
        "trial",
        "sample",
        "databases",
        "registries",
        "repository",
        "dataset",
        "datasets",
        "database",
        "cohort",
        "cohorts",
        "registry",
        "study",
        "center",
        "centre",
        "data",
    ]
)

SEVERAL = frozenset(["sets", "datasets", "cohorts", "databases", "benchmarks", "registries", "corpora", "surveys", "trials", "studies"])


def in_its_bracket(sentence: Sentence, first: Counted, second: Counted) -> bool:
    """Whether a smaller count stands in one bracket with ``n =``, or inside the other's phrase: (n = 34; 17 female), 34 (17 female) adults."""
    if sentence.numbers[first.token].value <= sentence.numbers[second.token].value or second.form == "n":
        return False
    between = sentence.lower[first.token + 1 : second.token]
    return second.token < first.last or (first.form == "n" and ")" not in between and {";", ","} >= set(between[:1]) and len(between) <= 3)


def is_among(sentence: Sentence, count: Counted, following: Counted) -> bool:
    """Whether a count is one of a larger one that follows: 34 deaths among 154 patients."""
    numbers = sentence.numbers
    between = sentence.lower[count.last + 1 : following.token]
    close = between[:1] in (["among"], ["in"]) and len(between) <= 3
    close = close or (between[:1] == ["occurred"] and "among" in between[:3] and len(between) <= 5)
    return close and following.unit == count.unit and numbers[count.token].value < numbers[following.token].value


def neighbours(lower: list[str], counts: Sequence[Counted], position: int) -> list[Counted]:
    """Return the counts before and behind one, past those in a bracket of their own: 159 boys (12 with asthma) and 77 girls."""
    found = [*counts[:position][-1:]]
    found += [
        c
        for c in counts[max(0, position - 4) : position - 1]
        if _outside_brackets(lower, c.last + 1, counts[position].token) and c.form != "n"
    ][-1:]
    found += [
        c
        for c in counts[position + 1 : position + 5]
        if (c.form == counts[position].form == "n") or _level(lower, counts[position].last + 1, c.token)
    ][:1]
    return found


def _level(lower: list[str], start: int, end: int) -> bool:
    between = lower[start:end]
    return between.count("(") == between.count(")")


def _outside_brackets(lower: list[str], start: int, end: int) -> bool:
    between = lower[start:end]
    return "(" in between and between.count("(") == between.count(")")


def _without_brackets(words: list[str]) -> list[str]:
    kept, depth = [], 0
    for word in words:
        depth += word == "("
        if not depth:
            kept.append(word)
        depth = max(0, depth - (word == ")"))
    return kept


def share_follows(sentence: Sentence, token: int, *, closed: bool = False) -> bool:
    """Whether a percentage stands in a bracket behind a token: 21 (15%); where ``closed``, nothing else does: 459 patients (13.3%)."""
    following = sentence.lower[token + 1 : token + 5]
    if following[:1] not in (["("], ["["]):
        return False
    return (
        following[2:4] in (["%", ")"], ["%", "]"]) or sentence.lower[token + 3 : token + 6] == ["%", "of", "all"]
        if closed
        else "%" in following[1:4]
    )


def in_bracket_of(lower: list[str], earlier: Counted, count: Counted) -> bool:
    """Whether a count stands in the bracket behind another: 90 adults (40 women)."""
    between = lower[earlier.last + 1 : count.token]
    return between[:1] == ["("] and ")" not in between


def includes(lower: list[str], earlier: Counted, count: Counted) -> bool:
    """Whether one count is said to include the other: 90 adults, including 40 women."""
    between = lower[earlier.last + 1 : count.token]
    held = not {"including", "namely", "comprising", "consisting", "consisted"}.isdisjoint(between)
    generic = earlier.unit == "image" and count.noun in {"samples", "cases", "instances", "examples"} and "including" in between[:3]
    return held and (earlier.unit == count.unit or generic) and ";" not in between


def are_beside(sentence: Sentence, first: Counted, second: Counted) -> bool:
    """Whether two counts of one unit are parts named side by side: 299 controls and 347 patients, (n = 24) or (n = 19)."""
    lower = sentence.lower
    between = lower[first.last + 1 : second.token]
    if first.form != "n" and second.form != "n" and _level(lower, first.last + 1, second.token):
        between = _without_brackets(between)
    if between == ["+"] or _numbers_item(between) or set(between) & (_DATA | _DIVIDES) or {first.form, second.form} & {"of", "fraction"}:
        return False
    if set(between) & {"second", "third"}:
        return False  # the first held 320 patients and the second 150 patients
    if _are_compared(lower, first, between):
        return True
    if set(between) & _STEPS and first.form != "n":
        return False
    purpose, again = between[:1], lower[second.last + 1 : second.last + 2]
    if purpose == again and (purpose == ["to"] or (purpose == ["for"] and first.unit != "participant")):
        return False  # 900 images for counting and 800 images for grading
    if _holds(sentence, first, second, between) or _names_data(sentence, first, second):
        return False
    if first.form == "n" and in_its_bracket(sentence, first, second):
        return False
    bracketed = lower[first.token - 1] == lower[second.token - 1] == "("
    if (first.form == "n" and second.form == "n") or bracketed:
        # One bracket with two sizes tells of two data sets; a bracket each, of two groups.
        return len(between) <= 25 and ")" in between + lower[first.token + 1 : first.token + 6]
    return _is_list(lower, between, second) and second.noun != "" and (first.noun != "" or first.form == "size")


def _are_compared(lower: list[str], first: Counted, between: list[str]) -> bool:
    """Whether one count is compared with the next: we compared 60 patients with 50 controls, 60 patients were compared with 50 controls."""
    if between[-1:] not in (["with"], ["to"], ["against"], ["versus"], ["vs"]) or len(between) > 9 or {",", ";", "("} & set(between):
        return False
    return "compared" in between[-2:] or lower[max(0, first.token - 1) : first.token] in (["compared"], ["comparing"])


def _numbers_item(between: list[str]) -> bool:
    """Whether a new item of a numbered list begins between two counts: 90 films; (ii) 40 scans."""
    return any(
        between[k - 1 : k] == ["("] and between[k + 1 : k + 2] == [")"] and (between[k].isdigit() or between[k] in _ROMAN)
        for k in range(1, len(between))
    )


_ROMAN = frozenset(["i", "ii", "iii", "iv", "v", "vi", "a", "b", "c", "d", "e"])
_DIVIDES = frozenset(["divided", "split", "separated", "randomized", "randomised", "partitioned", "stratified"])

_STEPS = frozenset(["were", "was", "from", "trained", "tested", "validated", "using", ";"])

_JOINTS = frozenset(["and", ",", "or", "versus", "vs", "plus", ";", "/"])


def _holds(sentence: Sentence, first: Counted, second: Counted, between: list[str]) -> bool:
    """Whether the first count holds the second rather than stands beside it."""
    if sentence.numbers[first.token].value <= sentence.numbers[second.token].value:
        return False
    if is_of(sentence.lower, first) and between[-1:] == [","]:
        return True  # among 90 nurses, 11 had …
    if between[-2:] == [",", "with"]:
        return True  # 150 participants, with 50 controls …
    if between == [","] and sentence.lower[second.token + 1 : second.token + 2] in (["with"], ["without"], ["who"]):
        return True  # 540 patients, 34 with sepsis, …
    # 800 patients, 325 (40.6%) of them …
    return share_follows(sentence, second.token) and not share_follows(sentence, first.token)


def is_of(lower: list[str], count: Counted) -> bool:
    """Whether a count is the whole that some are taken from: of 890 patients, among the 890."""
    ahead = lower[max(0, count.token - 2) : count.token]
    return ahead[-1:] in (["of"], ["among"]) or ahead in (["of", "the"], ["among", "the"], ["of", "these"], ["of", "all"])


def _names_data(sentence: Sentence, first: Counted, second: Counted) -> bool:
    """Whether brackets tell the sizes of data sets: two cohorts, A (405 cases) and B (263 cases)."""
    lower = sentence.lower
    if lower[second.token - 1] not in {"(", "=", "["}:
        return False
    opening = next((k for k in range(second.token - 1, max(0, second.token - 5), -1) if lower[k] in {"(", "["}), 0)
    name = sentence.words[opening - 1] if opening else ""
    coined = len(name) > 3 and not name.isupper() and any(c.isupper() for c in name[1:])  # RadQA (400 samples), MathVista-2
    if name.lower() in _DATA_SETS or (coined and second.unit in {"sample", "image"}):
        return True
    return not SEVERAL.isdisjoint([*lower[max(0, first.token - 12) : first.token], *lower[second.last + 1 : second.last + 4]])


_DATA_SETS = frozenset(
    ["adni", "aibl", "oasis", "oasis-3", "ukb", "ukbb", "nhanes", "mimic", "mimic-iii", "mimic-iv", "eicu", "eicu-crd", "tcga", "icgc", "gtex", "abide", "hcp", "ppmi", "nlst", "mesa",
     "seer", "camus", "brats", "isic", "padchest", "chexpert", "mimic-cxr", "physionet", "framingham", "rotterdam", "elsa", "hrs", "charls", "nacc", "ms-celeb", "ptb-xl"]
)  # fmt: skip


def _is_list(lower: list[str], between: list[str], second: Counted) -> bool:
    """Whether what stands between two counts joins them."""
    before = lower[second.token - 1]
    joint = before if second.form != "n" else next((w for w in reversed(between[:-3]) if w in {"and", ",", "or"}), "")
    if joint not in _JOINTS | {"to", "with"} and not set(between[-3:]) & {"and", "versus", "vs"}:
        return False
    if before not in _JOINTS | {"&"} and set(between) & _DOES:
        return False
    return bool(set(between) & (_JOINTS | {"compared"})) and len(between) <= 14
