"""What a model was made from or checked on, where no word names a part of the data."""

from __future__ import annotations

from miner.extract.sentence import Sentence

from .parts import BUILT, CHECKING, MODEL

_BUILDING = BUILT | {
    "develop",
    "derive",
    "build",
    "construct",
    "create",
    "establish",
    "developing",
    "deriving",
    "building",
    "constructing",
    "creating",
    "establishing",
    "train",
    "learn",
}


def is_built_on(sentence: Sentence, number: int, last: int) -> bool:
    """Whether a model was made from what is counted: a score was developed using 120 cases, 120 cases were used to develop it."""
    return _is_purpose(sentence.lower, number) or _is_made_with(sentence, number, last) or _is_used_for(sentence.lower, last)


def _is_purpose(lower: list[str], number: int) -> bool:
    """Whether the sentence opens with what it is for: to train the model, we took all reports of our ward (n = 90)."""
    opens = lower[0] == "to" and lower[1] in {"train", "develop", "build"}
    return opens and _CHECKS.isdisjoint(lower[2:number]) and "we" in lower[2:number]


def _is_made_with(sentence: Sentence, number: int, last: int) -> bool:
    """Whether the verb of making stands before the count, or behind its "using": using scans of 70 subjects, we trained a forest."""
    lower = sentence.lower
    before = lower[max(0, number - 12) : number]
    at = max((k for k, w in enumerate(before) if w in _BUILDING), default=None)
    if (
        at is not None
        and not _BUILT_WITH.isdisjoint(before[at + 1 :])
        and not MODEL.isdisjoint(lower)
        and not {";", "validated", "tested"} & set(before[at + 1 :])
    ):
        return True
    if "using" not in before[-6:]:
        return False
    trained = lower[last + 1 : last + 12]
    if "," in trained and any(
        trained[j] == "we" and trained[j + 1 : j + 2] in (["trained"], ["developed"], ["built"]) for j in range(len(trained))
    ):
        return True
    k = next((j for j in range(last + 1, len(lower) - 2) if lower[j] == "to" and lower[j + 1] in _BUILDING), None)
    return k is not None and "we" in lower[last:k] and not MODEL.isdisjoint(lower[k + 2 : k + 7])


def _is_used_for(lower: list[str], last: int) -> bool:
    """Whether what is counted is said to be used for making: 120 cases were used to develop the score."""
    behind = lower[last + 1 : last + 28]
    creation = next((k for k in range(1, len(behind)) if _is_making(behind, k)), None)
    used = next((k for k, w in enumerate(behind) if w == "used" or (w in _PICKED and behind[k - 1] in {"were", "was"})), None)
    direct = behind[:1] == ["to"] and behind[1:2] and behind[1] in _BUILDING and not MODEL.isdisjoint(behind[2:6])
    if direct:
        used = 0  # we took 120 cases to develop the score
    if used is None and creation is not None and _CHOSEN & set(behind[max(0, creation - 6) : creation]):
        used = max(0, creation - 4)
    if used is None or ";" in behind[:used]:
        return False
    at = next((k for k in range(used + 1, min(used + 5, len(behind))) if behind[k] in _BUILDING or _is_making(behind, k)), None)
    if at is None or (behind[at - 1] not in {"to", "for"} and not _is_making(behind, at)):
        return False
    end = next((k for k in range(at, min(at + 9, len(behind))) if behind[k] in {"which", "that"}), at + 9)
    return CHECKING.isdisjoint(behind[at:end])  # not of what is used to develop and validate


def _is_making(behind: list[str], k: int) -> bool:
    """Whether a noun tells that a model is made: for model creation, for construction of the model."""
    return behind[k] in {"creation", "construction", "generation"} and (
        (behind[k - 1] in MODEL and behind[k - 2] == "for") or (behind[k - 1] == "for" and not MODEL.isdisjoint(behind[k + 1 : k + 5]))
    )


def is_checked_on(sentence: Sentence, last: int) -> bool:
    """Whether a model is said to be checked on what is counted: 90 films were used to test the classifier."""
    behind = sentence.lower[last + 1 : last + 28]
    if behind[:2] == ["for", "tests"]:
        return True
    passive = next((k for k, w in enumerate(behind) if w in {"were", "was"}), None)
    at = None if passive is None else next((k for k in range(passive + 1, passive + 4) if behind[k : k + 1] == ["to"]), None)
    if at is None or behind[at - 1] not in _CHOSEN | {"used"}:
        return False
    return behind[at + 1 : at + 2] in (["test"], ["evaluate"], ["assess"]) and not _IT.isdisjoint(behind[at + 2 : at + 3])


_IT = frozenset(["the", "our", "its", "this", "it", "them", "their"])
# Of what was collected to build a model, some may be kept for its test.
_PICKED = frozenset(["enrolled", "recruited", "chosen", "selected", "generated", "employed", "utilized", "utilised"])
_CHOSEN = _PICKED | {"collected", "gathered", "obtained"}
_CHECKS = frozenset(["validate", "test", "evaluate", "assess", "compare", "validation", "evaluation"])
_BUILT_WITH = frozenset(["on", "in", "using", "from", "with", "among", "including"])
