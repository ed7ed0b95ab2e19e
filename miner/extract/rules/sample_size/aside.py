"""Handfuls that are counted in passing, and counts that are only rates."""

from __future__ import annotations

from miner.extract.sentence import Sentence

from .between import share_follows
from .frames import in_holder
from .nouns import Noun

_FEW_HELD = 4
_REPEATED = frozenset(
    [
        "trials",
        "sessions",
        "images",
        "scans",
        "samples",
        "recordings",
        "measurements",
        "questions",
        "videos",
        "stimuli",
        "strides",
        "sequences",
        "tests",
    ]
)
# Nouns that name people or data only where there are many of them.
_LOOSE_NOUNS = frozenset(
    [
        "families",
        "members",
        "candidates",
        "structures",
        "users",
        "pairs",
        "sections",
        "lines",
        "blocks",
        "regions",
        "nights",
        "sessions",
        "series",
        "paths",
        "layers",
        "labels",
        "annotations",
        "seeds",
        "files",
        "turns",
        "comparisons",
        "submissions",
    ]
)
_PERSONS = frozenset(
    ["patients", "participants", "subjects", "women", "men", "children", "adults", "males", "females", "male", "female", "girls", "boys", "individuals", "volunteers", "cases", "controls",
     "infants", "neonates", "patient", "persons", "people", "deaths", "survivors", "donors", "recipients", "twins", "students", "workers", "adolescents"]
)  # fmt: skip


# Studied in such small numbers that a handful of them is the data.
_ANIMALS = frozenset(
    ["mice", "rats", "dogs", "cats", "pigs", "rabbits", "monkeys", "macaques", "sheep", "goats", "horses", "cows", "piglets", "brains", "cadavers"]
)  # fmt: skip
_RARE = frozenset(
    ["specimens", "cadavers", "phantoms", "brains", "organs", "patients", "subjects", "volunteers", "participants", "recordings", "videos"]
)
_ONE_PERSON = (["participant"], ["patient"], ["subject"], ["person"], ["individual"], ["volunteer"], ["task"])


_EACH_DID = frozenset(["each", "performed", "performing", "completed", "completing", "repeated"])
_DESCRIBED = frozenset(
    ["adult", "adults", "implant", "healthy", "older", "young", "wheelchair", "hearing", "drug", "cannabis", "novice", "active"]
)


def is_rate(sentence: Sentence, last: int) -> bool:
    """Whether a count is one of a rate: more than 100 scans per day."""
    lower = sentence.lower
    if lower[last + 1 : last + 2] in (["/"], ["per"]) and lower[last + 2 : last + 3] in _ONE_PERSON:
        return True
    return lower[last + 1 : last + 2] in (["per"], ["each"], ["every"]) and lower[last + 2 : last + 3] in (
        ["day"],
        ["week"],
        ["month"],
        ["hour"],
        ["minute"],
        ["second"],
        ["session"],
        ["condition"],
    )


def is_aside(sentence: Sentence, token: int, noun: Noun) -> bool:
    """Whether a handful is counted in passing rather than as data: two samples of adults, assigned to two individuals, three model families.

    Data in such numbers are people in a group, or written with ``n =``.
    """
    value = sentence.numbers[token].value
    before = sentence.lower[max(0, token - 7) : token]
    if noun.unit == "participant" and value > 1 and share_follows(sentence, noun.index, closed=True):
        return False
    if value < 10 and "between" in before[-3:]:
        return True
    if before[-1:] in (["and"], [","]) and any(
        k in sentence.numbers and sentence.numbers[k].is_count and sentence.lower[k + 1] != "-" for k in range(max(0, token - 7), token)
    ):
        return value < (10 if noun.word == "personas" else 2)  # the last of a list
    did = (
        {"each"} if noun.word in _REPEATED | {"pictures"} else _EACH_DID if noun.word in {"gestures", "movements", "repetitions"} else set()
    )
    if not did.isdisjoint(before) or (did and sentence.lower[noun.index + 1 : noun.index + 2] == ["each"]):
        return True  # each of 34 participants completed 120 trials
    if noun.word in _LOOSE_NOUNS:
        words = sentence.lower[token + 1 : noun.index]
        described = (noun.word == "users" and not _DESCRIBED.isdisjoint(words)) or (noun.word == "lines" and words[-1:] == ["cell"])
        return value < (5 if described else 30)
    if before[-2:] in (["one", "in"], ["1", "in"]):
        return True
    if value >= 10 or noun.unit == "study":
        return False
    if noun.unit != "participant" and value >= _FEW_HELD and noun.word not in _LOOSE_NOUNS and in_holder(sentence.lower, token):
        return False  # the benchmark comprises nine slide images
    if noun.word in _RARE and value > 1 and before[-1:] == ["on"] and before[-2:-1] in (["evaluated"], ["tested"], ["validated"]):
        return False  # evaluated on three resected specimens
    if noun.word in _ANIMALS and value >= 3:
        return before[-1:] in (["each"], ["every"], ["than"], ["per"])
    if noun.unit != "participant" or noun.word not in _PERSONS:
        return True
    return not {"each", "every", "than", "least", "per", "by", "between"}.isdisjoint(before[-3:]) or value < 3
