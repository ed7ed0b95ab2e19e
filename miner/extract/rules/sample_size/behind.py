"""Which unit a number in a bracket, or behind its noun, counts: the walk back to the noun that it belongs to."""

from __future__ import annotations

from miner.extract.sentence import Sentence

from .nouns import STOP, Lexicon, Noun

_HAVE = frozenset(["with", "without", "having"])
_TIMES = frozenset(
    ["years", "months", "weeks", "days", "hours", "minutes", "seconds", "times", "decades", "s", "ms", "hrs", "mins", "yrs", "points"]
)
_INSTRUMENTS = frozenset(
    ["questionnaires", "surveys", "measures", "tests", "assessments", "tasks", "scales", "interviews", "scans", "instruments"]
)
_ANSWERED = frozenset(["completed", "complete", "completing", "underwent", "answered", "took", "filled", "performed", "performing"])
_COHORTS = frozenset(["sample", "cohort", "cohorts", "population", "populations", "arm", "arms"])
# In the singular, these are counted by a bracket; others are measured or only told of.
_ONE_OF = frozenset(
    ["image", "scan", "radiograph", "slice", "video", "frame", "photograph", "sample", "specimen", "lesion", "nodule", "polyp", "aneurysm", "record", "report", "document", "sentence",
     "sequence", "eye", "knee", "hip", "exam", "examination", "recording", "biopsy", "slide", "case", "cell", "tissue", "isolate", "ulcer", "carcinoma", "adenoma", "mass", "section"]
)  # fmt: skip
# Behind these a sample is what the bracket's noun stands in, rather than what the bracket counts.
_FAR = frozenset(["in", "from", "between", "using", "by", "on", "for", "were", "was"])
_SET_NOUNS = frozenset(
    ["set", "sets", "subset", "subsets", "cohort", "cohorts", "dataset", "datasets", "group", "groups", "subgroups", "arms", "arm", "database", "databases", "registries", "sites", "site", "centers", "centres", "center", "hospital", "hospitals", "institutes", "departments", "institutions", "institution", "clinics", "countries", "cities", "time", "types", "classes"]
)  # fmt: skip


def _owner(lexicon: Lexicon, sentence: Sentence, index: int) -> Noun | None:
    """Return those who have what stands at a token: women with early fractures."""
    lower = sentence.lower
    joint = next((k for k in range(index - 1, max(0, index - 6), -1) if lower[k] in _HAVE), None)
    if joint is None or {",", "(", ")", ";", "in", "of", "from"} & set(lower[joint + 1 : index]) or lower[joint - 1] in {",", ")"}:
        return None
    return Noun("participant", joint - 1, lower[joint - 1]) if lexicon.unit(sentence, joint - 1) == "participant" else None


def _unit_before(lexicon: Lexicon, sentence: Sentence, k: int, index: int) -> str | None:
    """Return the unit of token ``k`` before a bracket at ``index``; right before it a singular may stand for a sample: a scan (n = 90)."""
    word = sentence.lower[k]
    alone = k == index - 1 and k and not word.endswith("oma") and word in _ONE_OF and sentence.lower[k - 1] not in STOP
    one = lexicon.units.get(f"{word}s") if alone else None
    return lexicon.unit(sentence, k) or (one if one in {"sample", "image"} else None)


def noun_before(lexicon: Lexicon, sentence: Sentence, index: int, reach: int = 12) -> Noun | str | None:
    """Return the noun that a bracket at token ``index`` belongs to, or why that is no unit."""
    lower = sentence.lower
    head = True
    code: Noun | None = None
    far = cohort = False
    for k in range(index - 1, max(-1, index - reach), -1):
        word = lower[k]
        if word in {";", ":"} or (k in sentence.numbers and not head):
            break
        if word == ")":
            continue
        if word in _COHORTS and head:
            cohort = True
        if (
            (unit := _unit_before(lexicon, sentence, k, index)) is not None
            and not (far and unit in {"sample", "study"})
            and not (cohort and unit == "sample")
            and word != "sample"
        ):
            owner = _owner(lexicon, sentence, k) if unit == "sample" else None
            return Noun(unit, k, word) if owner is None else owner
        far = far or word in _FAR
        # Those who answered questionnaires are counted, not the questionnaires.
        if word in _INSTRUMENTS and not _ANSWERED.isdisjoint(lower[max(0, k - 4) : k]):
            head = False
            continue
        # A noun in the singular is not what a bracket counts; time is what goes by until it is counted.
        if (
            head
            and code is None
            and word not in _SET_NOUNS
            and word not in _TIMES
            and word in lexicon.never
            and word.endswith("s")
            and lower[k - 1] != "by"
        ):
            if (owner := _owner(lexicon, sentence, k)) is not None:
                return owner  # women with two risk factors (n = 90)
            return f"counts {word}"
        if word in lexicon.codes and code is None:
            code = Noun("participant", k, word, code=True)
        if word[0].isalpha():
            head = False
    return code or (Noun("participant", index - 1, "cohort") if cohort else None)
