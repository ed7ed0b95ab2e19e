"""What is said around a number decides, whatever it counts: data sets that hold things of any name, and what only could be."""

from __future__ import annotations

from miner.extract.sentence import Sentence

from .names import like_year

_HOLDERS = frozenset(
    ["dataset", "datasets", "database", "corpus", "collection", "sample", "benchmark", "registry", "repository", "resource", "data", "set", "library"]
)  # fmt: skip
_HOLDING = frozenset(
    ["of", "with", "comprising", "comprises", "comprised", "containing", "contains", "contained", "including", "includes", "included", "consisting", "consisted",
     "consists", "has", "had", "holds", "spanning", "covering", "a", "total", "over", "about", "approximately", "nearly", "around", "more", "than", "the", ":"]
)  # fmt: skip
# Verbs that say that what was counted became the study's data.
_TAKEN = frozenset(["collected", "enrolled", "recruited", "annotated", "acquired", "recorded", "harvested", "analyzed", "analysed"])
_ENDS = frozenset(
    ["is", "are", "was", "were", "be", "been", "has", "have", "had", "who", "which", "that", "as", "at", "by", "for", "from", "in", "into", "on", "with", "within",
     "without", "across", "to", "and", "or", "but", "of", "using", "used", "per", "between", "labeled", "labelled", "annotated", "covering", "spanning"]
)  # fmt: skip
_SINGULAR = ("ss", "us", "is", "ous")


def end_of_holding(sentence: Sentence, token: int, never: frozenset[str]) -> int | None:
    """Return the last token of a phrase of any name that a data set holds or that was collected: a corpus of 900 haikus, 300 mugs were collected.

    Parameters
    ----------
    sentence : Sentence
        The sentence.
    token : int
        The number's token; no noun that the lists know is near it.
    never : frozenset of str
        Nouns that are no units of data.
    """
    lower, number = sentence.lower, sentence.numbers[token]
    if number.value < 10 or like_year(number):
        return None
    head = head_of(sentence, token, never)
    if head is None or not (
        in_holder(lower, token) or _is_taken(lower, token) or _is_learnt(lower, token, number.value) or _come_from(sentence, token, head)
    ):
        return None
    return head


def head_of(sentence: Sentence, token: int, never: frozenset[str]) -> int | None:
    """Return the last token of the phrase behind a number, if that is a noun in the plural that may name data."""
    lower, head = sentence.lower, None
    for k in range(token + 1, min(token + 6, len(lower))):
        if lower[k] in _ENDS or not (lower[k][0].isalpha() or lower[k] == "-"):
            break
        head = k
    if head is None:
        return None
    word = sentence.words[head]
    plural = word.lower().endswith("s") and not word.lower().endswith(_SINGULAR)
    return head if plural and word.lower() not in never and len(word) >= 4 and not word[:-1].isupper() else None


def _come_from(sentence: Sentence, token: int, head: int) -> bool:
    """Whether what is counted was taken from so many others, or so many others from it: 240 profiles from 800 serum samples."""
    lower = sentence.lower
    if lower[head + 1 : head + 2] in (["from"], ["of"]) and (head + 2 in sentence.numbers or head + 3 in sentence.numbers):
        other = head + 2 if head + 2 in sentence.numbers else head + 3
        source = sentence.numbers[other]
        return source.is_count and source.value >= _FEW_SOURCES and not like_year(source) and lower[other + 1 : other + 2] != ["%"]
    earlier = max((k for k in sentence.numbers if k < token), default=None)
    before = lower[token - 1 : token] == ["from"] and earlier is not None and token - earlier <= 4
    return before and sentence.numbers[token].value >= _MANY_SOURCES


_FEW_SOURCES = 20
_MANY_SOURCES = 100


def in_holder(lower: list[str], token: int) -> bool:
    """Whether a data set is said to hold what follows."""
    k = token - 1
    while k >= 0 and lower[k] in _HOLDING:
        k -= 1
    return token - 1 > k >= 0 and lower[k] in _HOLDERS


def _is_taken(lower: list[str], token: int) -> bool:
    """Whether what follows was collected: we collected 120 …, a total of 120 … were collected."""
    k = token - 1
    while k >= 0 and lower[k] in {"of", "total", "a", "the", "all", "over", "about", "than", "more"}:
        k -= 1
    if k >= 0 and lower[k] in _TAKEN:
        return True
    end = next((j for j in range(token + 2, min(token + 7, len(lower))) if lower[j] in {"were", "was"}), None)
    return end is not None and not _TAKEN.isdisjoint(lower[end + 1 : end + 3])


def _is_learnt(lower: list[str], token: int, value: float) -> bool:
    """Whether a model was trained on what follows: pretrained on 40,000 films and 90,000 haikus."""
    before = lower[max(0, token - 24) : token]
    at = max((k for k, w in enumerate(before) if w in {"trained", "pretrained", "pre-trained", "fine-tuned"}), default=None)
    if at is None or value < _MANY_LEARNT or {";", "tested", "evaluated", "were", "was"} & set(before[at:]):
        return False
    return "on" in before[at : at + 3] and before[-1] in {"on", "and", ",", "over", "than", "about", "approximately"}


_MANY_LEARNT = 1000

_MODALS = frozenset(["can", "could", "would", "may", "might"])
_MAKES = frozenset(
    [
        "generate",
        "produce",
        "yield",
        "handle",
        "process",
        "support",
        "save",
        "prevent",
        "avoid",
        "require",
        "need",
        "reach",
        "help",
        "scale",
        "take",
        "demand",
        "detect",
        "identify",
    ]
)
_JUDGED = frozenset(
    [
        "testing",
        "evaluation",
        "assessment",
        "rated",
        "ratings",
        "rating",
        "scored",
        "annotated",
        "labeled",
        "labelled",
        "graded",
        "reviewed",
        "interpreted",
    ]
)
_CHEMICALS = frozenset(
    [
        "compounds",
        "molecules",
        "peptides",
        "inhibitors",
        "substances",
        "metabolites",
        "proteins",
        "chemicals",
        "variants",
        "ligands",
        "epitopes",
    ]
)
_FOUND = frozenset(["identified", "detected", "discovered", "revealed"])
_AVOIDED = frozenset(["prevented", "avoided", "saved", "averted"])
_MACHINES = frozenset(
    [
        "algorithms",
        "algorithm",
        "models",
        "model",
        "networks",
        "network",
        "classifiers",
        "methods",
        "method",
        "architectures",
        "architecture",
        "transformers",
        "llms",
    ]
)


_FINDS = frozenset(["identified", "detected", "flagged", "predicted", "found", "discovered"])
_FINDERS = _MACHINES | {"ml", "ai", "system", "tool", "classifier", "software"}
# Named by these words, such nouns are kinds or examples rather than data, unless there are more than that.
_KINDS = {
    "cells": frozenset(["immune", "infiltrating", "tumor-infiltrating", "immune-infiltrating"]),
    "pairs": frozenset(["gene", "mirna", "lncrna", "hyperparameter"]),
    "calls": frozenset(["llm", "model", "tool", "function"]),
    "templates": frozenset(["question", "prompt", "task", "query"]),
    "cases": frozenset(["use", "edge", "corner", "failure", "complex", "example", "illustrative", "demonstration"]),
}
_MANY_KINDS = {"cells": 100, "pairs": 1_000_000, "calls": 1_000_000, "templates": 1000, "cases": 10}


def is_prediction(lower: list[str], token: int) -> bool:
    """Whether a number counts right or wrong predictions by the verb before it: correctly assigned 260, but missed 22."""
    before = lower[max(0, token - 2) : token]
    return "correctly" in before or before[-1:] in (["missed"], ["misclassified"])


def is_condition(lower: list[str], token: int) -> str | None:
    """Return why a size is only a condition: when n = 90; or None."""
    return "a supposed size" if lower[token - 3 : token - 2] in (["when"], ["if"]) else None


_RIGHT = frozenset(["correct", "incorrect", "wrong", "erroneous", "misclassified"])
_TINY = {"pixels": 20_000, "voxels": 20_000}
_OPERATE = frozenset(["captured", "annotated", "labelled", "labeled", "rated", "scored", "graded", "interpreted", "independently"])
_STAFF = frozenset(
    ["midwives", "nurses", "students", "volunteers", "trainees", "residents", "fellows", "interns", "workers", "users", "speakers", "teachers"]
)  # fmt: skip


def _is_effort(lower: list[str], before: list[str], token: int, last: int) -> str | None:
    """Return why a count is of the work done or of those who did it: a budget of 200 evaluations, 90 lines of code, 12 nurses rated."""
    if "budget" in before:
        return "a budget"
    if lower[last] == "lines" and lower[last + 1 : last + 3] == ["of", "code"]:
        return "lines of code"
    if lower[last] == "mentions" and lower[token - 1] == "(":
        return "how often a word was met"
    if not _RIGHT.isdisjoint(lower[token + 1 : last]):
        return "right or wrong predictions"
    behind = lower[last + 1 : last + 3]
    if lower[last] in _STAFF and behind[:1] and behind[0] in _OPERATE and behind[1:] not in (["in"], ["as"], ["by"], ["with"], ["on"]):
        return "those who judge"
    if lower[last + 1 : last + 4] == ["were", "detected", "by"]:
        return "what was found"
    return None


def is_supposed(sentence: Sentence, token: int, last: int) -> str | None:
    """Return why a count is of what could be or was kept from being, or of forms of a method: can generate 900 samples, 500 deaths were prevented."""
    lower = sentence.lower
    before = lower[max(0, token - 6) : token]
    if sentence.numbers[token].value < _TINY.get(lower[last], 0):
        return "the size of an image"
    modal = next((k for k in range(len(before) - 1, -1, -1) if before[k] in _MODALS), None)
    if modal is not None and not _MAKES.isdisjoint(before[modal + 1 : modal + 3]):
        return "what could be"
    if before[-1:] == ["of"] and before[-2:-1] in (["average"], ["mean"], ["median"], ["identification"]):
        return "a mean, or what was found"
    if before[-2:] in (["groups", "of"], ["batches", "of"], ["steps", "of"]):
        return "the size of a step"
    if why := _is_effort(lower, before, token, last) or _is_need(lower, before, last):
        return why
    if before[-1:] == ["by"] and not _JUDGED.isdisjoint(before[-4:]):
        return "those who judge"  # images rated by 30 volunteers
    if why := _is_found(sentence, token, last) or _is_kind(sentence, token, last):
        return why
    behind = lower[last + 1 : last + 4]
    if not _AVOIDED.isdisjoint(behind) and not {"were", "was", "be"}.isdisjoint(behind):
        return "what was avoided"
    return _is_form(sentence, token, last)


_ANSWERERS = frozenset(
    [
        "chatgpt",
        "gpt-4",
        "gpt-4o",
        "gpt-3.5",
        "gpt",
        "llm",
        "llms",
        "model",
        "models",
        "chatbot",
        "chatbots",
        "gemini",
        "claude",
        "bard",
        "copilot",
    ]
)


def _is_need(lower: list[str], before: list[str], last: int) -> str | None:
    """Return why a count is of what is needed, asked or estimated: it requires only 30 cases, adults were asked 60 questions."""
    k = len(before)
    while k and before[k - 1] in {"as", "few", "little", "only", "at", "least", "about", "approximately", "just", "over"}:
        k -= 1
    if k and before[k - 1] in {"requires", "require", "requiring", "needs"}:
        return "what is needed"
    if lower[last] in {"questions", "queries"} and _has_questions(before):
        return "the size of an instrument"
    if {"predicted", "projected"} & set(before) and before[-2:] in (["there", "were"], ["would", "be"]):
        return "an estimate"
    if lower[last] == "questions" and "asked" in before[-2:] and _ANSWERERS.isdisjoint(lower):
        return "what was asked"
    return "an estimate" if _is_estimate(lower, last) else None


def _has_questions(before: list[str]) -> bool:
    """Whether an instrument is said to hold what follows: the questionnaire had 24 questions."""
    k = len(before)
    while k and before[k - 1] in _HOLDING:
        k -= 1
    return 0 < k < len(before) and before[k - 1] in {"questionnaire", "survey", "scale", "instrument", "inventory", "interview", "form"}


def _is_found(sentence: Sentence, token: int, last: int) -> str | None:
    """Return why a count is of what a method or a search found: 40 compounds were identified, the model flagged 90 patients."""
    lower = sentence.lower
    passive = {"were", "was"} & set(lower[last + 1 : last + 4]) and _FOUND & set(lower[last + 2 : last + 6])
    if lower[last] in _CHEMICALS and (passive or not _FOUND.isdisjoint(lower[max(0, token - 2) : token])):
        return "what was found"
    finder = lower[token - 1] in _FINDS and not _FINDERS.isdisjoint(lower[max(0, token - 3) : token - 1])
    return "what was found" if token and finder else None


def _is_kind(sentence: Sentence, token: int, last: int) -> str | None:
    """Return why a count is of parts of a network or of kinds: 512 neurons in each layer, 22 immune cells, three use cases."""
    lower, word = sentence.lower, sentence.lower[last]
    if word == "nodes" and "lymph" not in lower and "nodal" not in lower:
        return "nodes of a network"
    if word in {"neurons", "units", "nodes"} and not {"layer", "layers", "hidden"}.isdisjoint(lower[max(0, token - 8) : last + 6]):
        return "the size of a layer"
    kinds = _KINDS.get(word, frozenset())
    return "kinds" if not kinds.isdisjoint(lower[token + 1 : last]) and sentence.numbers[token].value < _MANY_KINDS[word] else None


def _is_estimate(lower: list[str], last: int) -> bool:
    """Whether an interval stands in the bracket behind: 900 deaths (95% CI 700 to 1100)."""
    return lower[last + 1 : last + 2] in (["("], ["["]) and not {"ci", "cri", "credible", "confidence"}.isdisjoint(
        lower[last + 2 : last + 6]
    )


def _is_form(sentence: Sentence, token: int, last: int) -> str | None:
    """Return why a count is of forms of a method rather than of data: 40 variants of algorithms."""
    lower = sentence.lower
    of = lower[last + 1 : last + 2] == ["of"]
    if lower[last] in {"variants", "versions", "examples", "types", "pairs", "combinations"}:
        around = lower[last + 2 : last + 5] if of else lower[token + 1 : last]
        if not _MACHINES.isdisjoint(around):
            return "forms of a method"
    if lower[last] == "variants" and not of and sentence.words[last - 1].isupper() and sentence.numbers[token].value < 50:
        return "forms of a method"  # 13 UNET variants
    return None
