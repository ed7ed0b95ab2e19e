"""Numbers that are names, dates, ranges, ratios or figures of a distribution, and so count nothing."""

from __future__ import annotations

from miner.extract.sentence import Sentence
from miner.text.numbers import Number

# A number behind one of these names something.
_NAMES = frozenset(
    ["subtype", "cluster", "phenotype", "type", "types", "stage", "grade", "level", "class", "phase", "version", "day", "days", "week", "weeks", "month", "months", "year", "years", "age", "aged", "table", "figure", "fig", "chapter", "section", "step", "model", "task", "group", "cohort", "trial", "study", "experiment", "top", "category", "score", "threshold", "cutoff", "visit", "session", "time", "wave", "site", "case", "patient", "subject", "layer", "fold", "round", "part", "appendix", "equation", "ref", "reference", "level", "factor", "gpt", "llama", "qwen", "no", "number", "rank", "tier", "arm", "quartile", "decile", "mode", "chromosome", "exon", "channel", "lead", "scenario", "aim", "question", "hypothesis", "objective", "reader", "radiologist", "gleason", "pi-rads", "bi-rads", "li-rads", "ti-rads", "icd", "dsm", "hz", "tesla", "p", "rads", "iqr", "sd", "median", "interquartile"]
)  # fmt: skip
# … unless it counts what follows: to study 23 patients.
_LOOSE = frozenset(
    [
        "study",
        "case",
        "group",
        "cohort",
        "trial",
        "model",
        "time",
        "reference",
        "task",
        "session",
        "experiment",
        "patient",
        "subject",
        "step",
        "aim",
    ]
)
_MONTHS = frozenset(
    ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
     "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"]
)  # fmt: skip
_YEAR_BEFORE = frozenset(
    [
        "in",
        "from",
        "since",
        "between",
        "until",
        "till",
        "through",
        "to",
        "and",
        "of",
        "during",
        "de",
        "before",
        "after",
        "by",
        "year",
        "-",
        "/",
        ",",
    ]
)
_PART_NAMES = frozenset(["training", "validation", "test", "testing", "derivation", "development", "discovery", "replication", "external"])
_MOST_PARTS = 12
_SIGNS = frozenset(["$", "€", "£", "#", "@", "^", "*", "×", "x", "±", "<", ">", "≤", "≥"])
_FIGURES = frozenset(["iqr", "range", "sd", "mean", "median", "interquartile", "age", "score", "scores"])


def is_name(sentence: Sentence, index: int) -> str | None:
    """Return why the number at a token is a name, a date or a part of something else, or None."""
    number = sentence.numbers[index]
    before = sentence.lower[index - 1] if index else ""
    after = sentence.lower[index + 1] if index + 1 < len(sentence.lower) else ""
    if before in {"years", "months", "weeks", "days"} and index >= 2 and index - 2 in sentence.numbers and after == "(":
        return None  # in 8 years 1362 (9%) subjects
    if before == "(" and after == ")" and _is_enumerator(sentence, index):
        return "an enumerator"
    if before in _NAMES and not _counts_on(sentence, index, before, after):
        return f"{before} {sentence.words[index]}"
    if before == "per":
        return "a rate"  # 2.5 episodes per 1000 admissions
    if (
        before == "="
        and index >= 2
        and sentence.lower[index - 2][-1].isdigit()
        and sentence.lower[index - 2][0].isalpha()
        and not sentence.lower[index - 2].startswith("n")
    ):
        return "a value"  # CD4 = 660
    if before in _SIGNS and not (before in {">", "≥"} and number.value >= 100):
        return f"behind {before}"
    if index >= 2 and (why := _is_part(sentence, index, before, after)) is not None:
        return why
    if index + 2 in sentence.numbers and (why := _begins(number, before, after)) is not None:
        return why
    if after in {"×", "x", "*", "^", "±", "°", "<"} and sentence.lower[index + 2 : index + 3] != ["-"]:
        return f"before {after}"
    if before == "disease" and like_year(number):
        return "part of a disease's name"
    if number.value >= 2000 and like_year(number) and len(before) >= 3 and sentence.words[index - 1].isupper():
        return "part of a name"  # MICCAI 2023
    if _is_year(sentence, index, before, after):
        return "year"
    return "date" if before in _MONTHS or (after in _MONTHS and number.value <= 31) else None


def _begins(number: Number, before: str, after: str) -> str | None:
    """Return what a number begins with the one two tokens behind it: a range or a ratio; or None."""
    if number.value < 100 and (after == "-" or (before == "between" and after == "and")):
        return "begin of a range"
    return "ratio" if after == ":" and (number.value <= 20 or number.value % 10 == 0) else None


def _is_enumerator(sentence: Sentence, index: int) -> bool:
    """Whether a small number in brackets of its own numbers the parts of a sentence: (1) a corpus; (2) a set."""
    lower, value = sentence.lower, sentence.numbers[index].value
    if value > _MOST_PARTS or index + 2 == len(lower):
        return False
    counterpart = "1" if value > 1 else "2"
    return any(lower[k - 1 : k + 2] == ["(", counterpart, ")"] for k in sentence.numbers if k != index)


def _counts_on(sentence: Sentence, index: int, before: str, after: str) -> bool:
    """Whether a word that names (study 2) does not do so here: number of 12, to study 23 patients, the validation cohort 104."""
    value = sentence.numbers[index].value
    if before in {"number", "no"} and after:
        return True
    if before in _LOOSE and value > 4 and after[:1].isalpha():
        return True
    part = index >= 2 and sentence.lower[index - 2] in _PART_NAMES
    return before in {"cohort", "group"} and value >= 20 and not after[:1].isalnum() and part


def _is_part(sentence: Sentence, index: int, before: str, after: str) -> str | None:
    """Return why a number belongs to what stands two tokens before it: a range, a compound, a distribution, a ratio; or None."""
    lower, numbers, number = sentence.lower, sentence.numbers, sentence.numbers[index]
    second = numbers.get(index - 2)
    if before == "and" and second is not None and lower[index - 3] == "between" and number.value < 100:
        return "end of a range"
    if (
        before == "-"
        and second is None
        and sentence.starts[index] == sentence.ends[index - 1]
        and sentence.starts[index - 1] > sentence.ends[index - 2]
    ):
        return "negative"
    if before == "-" and (lower[index - 2] in {"-", ":"} or (second is not None and second.value < 100)):
        return "end of a range"
    if before in {"-", "/"} and second is not None and like_year(second) and like_year(number):
        return "end of a range"
    if before == "-" and lower[index - 2][0].isalpha() and sentence.starts[index] == sentence.ends[index - 2] + 1:
        return "part of a compound"
    if (
        before == "/"
        and lower[index - 2][0].isalpha()
        and lower[index - 2][-1].isdigit()
        and sentence.starts[index] == sentence.ends[index - 2] + 1
    ):
        return "part of a compound"  # grade2/3
    if before in {"=", ":"} and lower[index - 2] in _FIGURES:
        return "a figure of a distribution"
    if before == "(" and after == ")" and second is not None and second.value == number.value:
        return "the number before once more"
    return "ratio" if before == ":" and second is not None and (number.value <= 20 or number.value % 10 == 0) else None


def like_year(number: Number) -> bool:
    """Whether a number is written as a year of our time is."""
    return number.kind == "integer" and 1900 <= number.value <= 2039 and number.end - number.start == 4


def _is_year(sentence: Sentence, index: int, before: str, after: str) -> bool:
    if not like_year(sentence.numbers[index]):
        return False
    return before == "'s" or before in _YEAR_BEFORE or before in _MONTHS or after in {"-", "and", "to", ".", ",", ")"} or not after
