"""The words that name a part of the data (training, validation, test or external set), and those that tell what a model was made from."""

from __future__ import annotations

from dataclasses import dataclass

from miner.extract.sentence import Sentence

_TRAIN = frozenset(
    [
        "training",
        "train",
        "derivation",
        "development",
        "discovery",
        "learning",
        "modeling",
        "modelling",
        "building",
        "construction",
        "trained",
        "pretrained",
        "derive",
        "develop",
        "fine-tuning",
        "pretraining",
        "pre-training",
    ]
)
BUILT = frozenset(["fitted", "developed", "derived", "built", "constructed", "established", "created"])
_VALIDATION = frozenset(
    [
        "validation",
        "validating",
        "validate",
        "validated",
        "tuning",
        "tune",
        "tuned",
        "verification",
        "val",
        "internally",
        "verified",
        "dev",
        "calibration",
        "calibrating",
    ]
)
_TEST = frozenset(["test", "testing", "tested", "evaluated", "holdout", "unseen", "evaluation", "evaluating"])
_EXTERNAL = frozenset(["external", "externally", "independent", "independently", "replication", "prospective", "prospectively"])
SETS = frozenset(
    ["set", "sets", "subset", "subsets", "cohort", "cohorts", "dataset", "datasets", "data", "group", "groups", "sample", "samples", "database", "images", "image", "scans", "cases", "patients", "participants", "subjects", "subset", "split", "splits", "partition", "partitions", "phase", "stage", "site", "sites", "center", "centre", "population", "populations", "collection", "images", "records", "series", "study", "individuals", "users", "examples"]
)  # fmt: skip
_VERBS = frozenset(
    [
        "verified",
        "internally",
        "developed",
        "derived",
        "built",
        "constructed",
        "established",
        "created",
        "trained",
        "pretrained",
        "train",
        "derive",
        "develop",
        "validate",
        "validated",
        "tune",
        "tuned",
        "tested",
        "externally",
        "evaluated",
        "calibrating",
        "training",
        "validating",
        "testing",
        "tuning",
        "developing",
        "evaluating",
        "fine-tuning",
    ]
)
AFTER_VERB = frozenset(["on", "using", "with", "in", "by", "from", "over", "across", "("])
CHECKING = _VALIDATION | _TEST
_WORDS = BUILT | _TRAIN | _VALIDATION | _TEST | _EXTERNAL | {"held", "hold", "out", "primary"}


@dataclass(frozen=True, slots=True)
class Mention:
    """Words that name a part of the data, tokens ``start`` to ``end`` (exclusive)."""

    start: int
    end: int
    role: str
    verb: bool = False


def mentions(sentence: Sentence) -> list[Mention]:
    """Return the mentions of parts of the data in a sentence, in order."""
    lower, size = sentence.lower, len(sentence.lower)
    found: list[Mention] = []
    if _WORDS.isdisjoint(lower):
        return found
    index = 0
    while index < size:
        role = _role_at(sentence, index)
        if role is None:
            index += 1
            continue
        start, end = index, index + 1
        # external validation cohort, independent held-out test set: one mention; the outermost word decides.
        while end < size and (
            lower[end] in SETS
            or (other := _role_at(sentence, end)) is not None
            or lower[end] in {"-", "set", "only"}
            or _slashed(sentence, end)
        ):
            if lower[end] not in SETS and (other := _role_at(sentence, end)) is not None:
                # training-validation set: what is developed on
                role = "train" if lower[end - 1] in {"-", "/"} and {role, other} == {"train", "validation"} else _stronger(role, other)
            end += 1
        verb = end == start + 1 and lower[start] in _VERBS
        if {"site", "center", "centre", "hospital"} & set(lower[start:end]) and role in {"validation", "test"}:
            role = "external"
        if _names_all(sentence, start, end):
            index = end
            continue
        previous = lower[start - 1] if start else ""
        if previous == "internal" and role == "external":
            role = "validation"
        named = lower[end - 1] in {"group", "groups", "cohort", "cohorts", "set", "sets"}
        if previous in {"cross", "-"} and lower[start] in _VALIDATION and not named and _is_cross(lower, start):
            index = end
            continue
        found.append(Mention(start, end, role, verb))
        index = end
    return found


def _names_all(sentence: Sentence, start: int, end: int) -> bool:
    """Whether all parts are named at once: train-validation-test splits."""
    if end - start < 5 or "-" not in sentence.lower[start:end]:
        return False
    return {"train", "validation", "test"} <= {_role_at(sentence, k) for k in range(start, end)}


def _slashed(sentence: Sentence, end: int) -> bool:
    """Whether a slash joins this part and one other: training/validation, but not training/validation/test."""
    lower = sentence.lower
    return (
        lower[end] == "/"
        and end + 1 < len(lower)
        and _role_at(sentence, end + 1) is not None
        and lower[end + 2 : end + 3] != ["/"]
        and lower[end - 2] != "/"
    )


def _is_cross(lower: list[str], index: int) -> bool:
    return any(w in {"cross", "fold", "k"} for w in lower[max(0, index - 3) : index])


def _stronger(role: str, other: str) -> str:
    order = {"external": 3, "test": 2, "validation": 1, "train": 0}
    return role if order[role] >= order[other] else other


def _role_at(sentence: Sentence, index: int) -> str | None:
    """Return the part that the word at a token names, or None."""
    lower = sentence.lower
    word = lower[index]
    if word not in _WORDS:
        return None
    following = lower[index + 1] if index + 1 < len(lower) else ""
    if word in BUILT:
        on = following in {"in", "on", "using", "from", "with"} or _is_model_checked(lower, index)
        return "train" if on and _has_other(lower, index) else None
    if word == "primary":
        return "train" if following == "cohort" and not _MODELLED.isdisjoint(lower) else None
    if word in _TRAIN:
        # A Project in Development (n = 80): part of a name
        named = word == "development" and sentence.words[index][0].isupper() and index and lower[index - 1] in {"in", "of", "on"}
        return "train" if not named and _is_training(lower, index) else None
    if word in _VALIDATION:
        if word in {"tuning", "tuned"} and lower[max(0, index - 2) : index] == ["fine", "-"]:
            return "train"
        if word == "verified":
            return "validation" if _is_model_checked(lower, index) or _was_model_checked(lower, index) else None
        if word == "internally":
            checked = lower[max(0, index - 1) : index] in (["verified"], ["validated"], ["tested"], ["evaluated"])
            return "validation" if checked and following in AFTER_VERB else None
        doubtful = word in {"dev", "val", "validate", "calibration", "verification"} and following not in {"(", "and", "on", "in"}
        doubtful = doubtful and not (word == "validate" and _on_follows(sentence, index))
        doubtful = doubtful and not (word == "validate" and index > 1 and lower[index - 1] == "to" and index - 2 in sentence.numbers)
        doubtful = doubtful or (word == "tuned" and following not in AFTER_VERB)
        return None if doubtful and not _is_named(lower, index) else "validation"
    if word in {"held", "hold", "out"}:
        return "test" if _is_held_out(lower, index, following) else None
    if word in _TEST:
        return "test" if _is_test(sentence, index, following) else None
    return "external" if _is_external(lower, index, following) else None


# Where a model is made or checked, the primary cohort is the one that it is made from.
_MODELLED = frozenset(["developed", "built", "constructed", "established", "nomogram", "validation"])


def _is_named(lower: list[str], index: int) -> bool:
    """Whether a set, or another part, is named behind a word: validation cohort, training and test sets."""
    following = lower[index + 1] if index + 1 < len(lower) else ""
    after = lower[index + 2] if index + 2 < len(lower) else ""
    part = following in SETS or following in _VALIDATION or following in _TEST or following in _TRAIN
    return part or (following in {"and", "or", ",", "/"} and _any_role(after))


def _is_training(lower: list[str], index: int) -> bool:
    word, before = lower[index], lower[index - 1] if index else ""
    if word in {"modeling", "modelling"} and lower[index + 1 : index + 2] in (["data"], ["study"], ["phase"]):
        return False
    if word in {"modeling", "modelling", "building", "construction"}:
        return _is_named(lower, index) or (before == "for" and lower[index + 1 : index + 2] == ["and"]) or before in {"model", "models"}
    if word not in {
        "learning",
        "development",
        "discovery",
        "derivation",
        "derive",
        "develop",
        "train",
    } or _is_named(lower, index):
        return True
    if word == "development" and before in _GROWTH:
        return False
    if _has_size(lower, index):
        return True
    if before == "for" and word in {"derivation", "development", "discovery"}:
        return lower[index + 1 : index + 2] in (["and"], [","], ["."], [";"], [")"], [])
    if word == "train" and _is_trained_on(lower, index):
        return True
    if word == "train":
        joined = lower[index + 1 : index + 2] in (["and"], [","], ["/"]) and {"test", "validate", "evaluate"} & set(
            lower[index + 2 : index + 5]
        )
        return before == "to" and not joined
    return word == "development" and before in {"model", "models", "algorithm", "score", "nomogram", "tool"}


def _is_trained_on(lower: list[str], index: int) -> bool:
    """Whether a model is what is trained, on what follows: we train a small network on 900 films."""
    behind = lower[index + 1 : index + 8]
    at = next((k for k, w in enumerate(behind) if w in MODEL), None)
    return at is not None and behind[:1] in (["a"], ["an"], ["our"], ["the"]) and behind[at + 1 : at + 2] == ["on"]


# Development of children and the like, rather than of a model.
_GROWTH = frozenset(
    ["typical", "normal", "atypical", "child", "childhood", "infant", "fetal", "brain", "motor", "cognitive", "language", "drug", "disease"]
)


def _is_model_checked(lower: list[str], index: int) -> bool:
    """Whether a verb has a model as its object, and what follows says on what: we verified the nomogram with 60 patients."""
    behind = lower[index + 1 : index + 6]
    at = next((k for k, w in enumerate(behind) if w in MODEL), None)
    return (
        at is not None
        and behind[:1] in (["the"], ["our"], ["this"], ["these"])
        and behind[at + 1 : at + 2] in (["with"], ["in"], ["using"], ["on"])
    )


def _was_model_checked(lower: list[str], index: int) -> bool:
    """Whether a model is the subject of a passive verb: the model was verified in 60 patients."""
    return (
        lower[index - 1 : index] in (["was"], ["were"])
        and lower[index + 1 : index + 2] in (["by"], ["in"], ["with"], ["on"], ["using"])
        and not MODEL.isdisjoint(lower[max(0, index - 6) : index])
    )


def _has_size(lower: list[str], index: int) -> bool:
    """Whether the size follows at once: discovery (n = 34), training, 240."""
    first, second = [*lower[index + 1 : index + 3], "", ""][:2]
    if first == "n":
        return second == "="
    return first in {"(", ":", ","} and (second == "n" or second[:1].isdigit())


def _is_held_out(lower: list[str], index: int, following: str) -> bool:
    word = lower[index]
    if word == "out":
        return index >= 2 and (lower[index - 1] in {"held", "hold"} or (lower[index - 1] == "-" and lower[index - 2] in {"held", "hold"}))
    return following == "-" or (word == "held" and following == "out")


_TESTED = frozenset(
    [
        "results",
        "scores",
        "positives",
        "negatives",
        "kits",
        "items",
        "performances",
        "statistics",
        "is",
        "was",
        "has",
        "questions",
        "conditions",
        "days",
    ]
)


def _is_test(sentence: Sentence, index: int, following: str) -> bool:
    lower, word = sentence.lower, sentence.lower[index]
    if word == "evaluated":  # trained on 900 and evaluated on 100 sentences
        return following in {"on", "using"} and "trained" in lower[max(0, index - 16) : index]
    if word == "test" and index and lower[index - 1] == "internal":
        return True
    if word in {"testing", "test"} and index and _is_examination(lower, index):
        return False
    if word not in {"test", "evaluation", "tested", "evaluating"} or _is_named(lower, index) or following == ":" or _has_size(lower, index):
        return True
    if following == "(":
        # A precipitin test (280 adults) is no set.
        return word != "test" or not (_TRAIN | _VALIDATION | _EXTERNAL).isdisjoint(lower) or lower[index + 2 : index + 3] == ["n"]
    if word == "test" and index - 1 in sentence.numbers and following.endswith("s") and following not in _TESTED:
        return True  # 120 test lesions
    if word == "test" and index and lower[index - 1][0].isdigit() and following in {")", ",", ";", "and", "]"}:
        return True  # (604 training, 272 test)
    if word == "test" and index and lower[index - 1] == "to":
        return not {"train", "training", "develop"}.isdisjoint(lower[:index]) and lower[index - 2] not in {"and", ","}
    if word == "test":
        return index >= 2 and lower[index - 1] in {"/", "and"} and lower[index - 2] in _VALIDATION | _TRAIN
    return word == "tested" and (following in AFTER_VERB or _on_follows(sentence, index))


_PLURAL = frozenset(["datasets", "cohorts", "sets", "samples", "databases", "populations", "collections"])


def _is_external(lower: list[str], index: int, following: str) -> bool:
    word = lower[index]
    if word in {"external", "externally"}:
        return True
    if word == "independently":
        return following in {"validated", "tested"} and lower[index + 2 : index + 3] in (["on"], ["in"], ["with"], ["using"], ["by"])
    if word == "prospectively":
        return following in {"validated", "tested"} or (lower[index - 1] in {"validated", "tested"} and following in AFTER_VERB)
    if word == "prospective":
        if following == "cohort" and lower[index + 2 : index + 3] not in (["study"], ["analysis"]):
            return bool({"validated", "tested"} & set(lower[max(0, index - 4) : index])) or _for_validation(lower, index)
        return following in {"test", "testing", "validation", "set", "dataset", "samples", "sample", "images", "data"}
    near = {following, lower[index + 2] if index + 2 < len(lower) else ""}
    if word == "independent" and following == "records":
        return False
    if (
        word == "independent"
        and following in _PLURAL
        and not any(w.startswith(("validat", "verif", "test", "replicat", "external")) for w in lower)
    ):
        return False  # an analysis of independent data sets
    if word == "replication" and _has_size(lower, index):
        return True
    return bool(near & (SETS | _VALIDATION | _TEST)) or (following in {",", "and"} and bool(near & _EXTERNAL))


def _for_validation(lower: list[str], index: int) -> bool:
    """Whether what a word names is said to be for validation: a prospective cohort of 90 adults was used for validation."""
    at = next((k for k in range(index + 2, min(index + 14, len(lower))) if lower[k] in {"validation", "validate"}), None)
    return at is not None and bool({"for", "to", "as"} & set(lower[at - 3 : at])) and "used" in lower[index:at]


MODEL = frozenset(
    [
        "model",
        "models",
        "nomogram",
        "nomograms",
        "score",
        "scores",
        "algorithm",
        "algorithms",
        "classifier",
        "classifiers",
        "network",
        "networks",
        "tool",
        "signature",
        "system",
        "rule",
    ]
)


_EXAMINATIONS = frozenset(
    ["clinical", "genetic", "laboratory", "diagnostic", "molecular", "back", "hypothesis", "stress", "skin", "drug", "exercise", "neuropsychological", "cognitive",
     "pcr", "hiv", "covid", "antigen", "antibody", "susceptibility", "psychometric", "usability", "statistical", "permutation", "blood", "function", "visual"]
)  # fmt: skip


def _is_examination(lower: list[str], index: int) -> bool:
    """Whether a test is one of patients or of hypotheses: genetic testing, back-testing."""
    before = lower[index - 2] if lower[index - 1] == "-" and index >= 2 else lower[index - 1]
    return before in _EXAMINATIONS and lower[index + 1 : index + 2] not in (["set"], ["sets"], ["cohort"], ["dataset"], ["data"])


def _on_follows(sentence: Sentence, index: int) -> bool:
    """Whether a verb has its object before its ``on``: tested its performance on 128 nodules."""
    behind = sentence.lower[index + 1 : index + 6]
    return behind[:1] in (["its"], ["the"], ["their"], ["our"], ["it"], ["them"]) and not {"on", "in", "using"}.isdisjoint(behind)


def _has_other(lower: list[str], index: int) -> bool:
    """Whether the sentence goes on to another part: built in 500 patients and validated in 200."""
    return any(w in {"validated", "tested", "validation", "testing"} for w in lower[index + 1 :])


def _any_role(word: str) -> bool:
    return word in _TRAIN or word in _VALIDATION or word in _TEST or word in _EXTERNAL
