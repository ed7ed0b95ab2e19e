"""Which unit a number counts: the walk from the number through its noun phrase, and back from a bracket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from miner.extract.sentence import Sentence
from miner.text.numbers import Number

# Where a noun phrase that begins with a number ends.
_STOP = frozenset(
    ["is", "are", "was", "were", "be", "been", "being", "has", "have", "had", "do", "does", "did", "will", "would", "can", "could", "may", "might", "must", "should", "shall", "who", "whom", "whose", "which", "that", "where", "when", "while", "because", "if", "then", "than", "as", "at", "by", "for", "from", "in", "into", "on", "onto", "over", "under", "with", "within", "without", "after", "before", "during", "between", "among", "through", "via", "per", "using", "used", "achieved", "showed", "demonstrated", "underwent", "received", "developed", "died", "experienced", "participated", "completed", "met", "reported", "included", "comprised", "contained", "to", "not", "but", "so", "however", "there", "we", "they", "it", "its", "their", "our", "this", "these", "those", "he", "she"]
)  # fmt: skip
# Nouns that hand on to what stands behind their "of": pairs of images, sets of records.
_CARRIERS = frozenset(
    [
        "pairs",
        "sets",
        "series",
        "groups",
        "collections",
        "sequences",
        "types",
        "hundreds",
        "thousands",
        "millions",
        "each",
        "cases",
        "batches",
        "samples",
    ]
)
# A number behind one of these names something.
_NAMES = frozenset(
    ["type", "types", "stage", "grade", "level", "class", "phase", "version", "day", "days", "week", "weeks", "month", "months", "year", "years", "age", "aged", "table", "figure", "fig", "chapter", "section", "step", "model", "task", "group", "cohort", "trial", "study", "experiment", "top", "category", "score", "threshold", "cutoff", "visit", "session", "time", "wave", "site", "case", "patient", "subject", "layer", "fold", "round", "part", "appendix", "equation", "ref", "reference", "level", "factor", "gpt", "llama", "qwen", "no", "number", "rank", "tier", "arm", "quartile", "decile", "chromosome", "exon", "channel", "lead", "scenario", "aim", "question", "hypothesis", "objective", "reader", "radiologist", "gleason", "pi-rads", "bi-rads", "li-rads", "ti-rads", "icd", "dsm", "hz", "tesla", "p", "rads", "iqr", "sd", "median", "interquartile"]
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
        "top",
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
        "before",
        "after",
        "by",
        "year",
        "-",
        "/",
        ",",
    ]
)
_LONGEST = 11
_PART_NAMES = frozenset(["training", "validation", "test", "testing", "derivation", "development", "discovery", "replication", "external"])


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun that is counted: its unit, its token, and whether it is a class label rather than a noun."""

    unit: str
    index: int
    word: str
    code: bool = False


class Lexicon:
    """Units by noun, from the rule's lists.

    Parameters
    ----------
    lists : mapping of str to sequence of str
        ``people``, ``images``, ``samples``, ``studies``, ``codes`` and ``never``.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self.units: dict[str, str] = {}
        for name, unit in (("samples", "sample"), ("studies", "study"), ("images", "image"), ("people", "participant")):
            self.units.update(dict.fromkeys(lists.get(name, []), unit))
        self.codes = frozenset(lists.get("codes", []))
        self.never = frozenset(lists.get("never", []))

    def unit(self, sentence: Sentence, index: int) -> str | None:
        """Return the unit of the noun at a token; hyphenated nouns (``new-borns``, ``X-rays``) count by their last part."""
        word = sentence.lower[index]
        if word == "points" and (not index or sentence.lower[index - 1] != "data"):
            return None
        unit = self.units.get(word)
        if unit is None and index >= 2 and sentence.lower[index - 1] == "-":
            unit = self.units.get(f"{sentence.lower[index - 2]}-{word}")
            if unit is None and word in {"borns", "offs"}:
                unit = "participant"
            if unit is None and word in {"rays", "ray"} and sentence.lower[index - 2] == "x":
                unit = "image"
        return unit

    def after(self, sentence: Sentence, number: int) -> Noun | str | None:
        """Return the noun that the number at token ``number`` counts, a reason why it counts no unit, or None if no noun is near."""
        lower, size = sentence.lower, len(sentence.lower)
        index = number + 1
        first_code: Noun | None = None
        attribute: Noun | None = None
        passed = 0
        while index < size and passed < _LONGEST:
            word = lower[index]
            if word == "(":
                index = _close(lower, index)
                if index is None or index >= size:
                    break
                index += 1
                continue
            if index in sentence.numbers:
                # A measure inside the phrase (1,000 10-second strips, 12-lead); anything else begins something new.
                if index + 1 < size and (lower[index + 1] == "-" or lower[index + 1] in self.never) and index > number:
                    index += 2
                    passed += 2
                    continue
                break
            if word == "of" and index > number + 1:
                before = lower[index - 1]
                if before in _CARRIERS or before == "each":
                    index += 1
                    passed += 1
                    continue
                break
            if word in {"-", "/", "'", '"', "'s", "&", "+"}:
                if index == number + 1 and word != "'" and word != '"':
                    return "compound"
            elif word in {",", "and", "or"}:
                follows = index + 1
                if (
                    follows >= size
                    or follows in sentence.numbers
                    or not lower[follows][0].isalpha()
                    or lower[follows] in _STOP
                    or index == number + 1
                ):
                    break
                if lower[index - 1] in self.codes and word != "or" and self.unit(sentence, follows) is None:
                    break
            elif not word[0].isalnum():
                if word != "." or len(lower[index - 1]) != 1:  # A. baumannii
                    break
            elif (unit := self.unit(sentence, index)) is not None:
                if not _hyphen_follows(sentence, index):
                    noun = self._last(sentence, index, unit)
                    few = sentence.numbers[number].value < _FEW
                    if not (few and _is_attribute(sentence, noun.index)):
                        return self._headed(sentence, noun) if few else noun
                    attribute, index = noun, noun.index
            elif word in _SINGULAR and index <= number + 2 and _ends_phrase(sentence, index):
                return Noun("participant", index, word)
            elif word in self.never or f"{word}s" in self.never or word.endswith(_READERS):
                if (
                    word in _CORPORA
                    and sentence.numbers[number].value >= 1000
                    and index > number + 1
                    and not _like_year(sentence.numbers[number])
                ):
                    return Noun("sample", index, word)
                if self._heads(sentence, index):
                    return f"counts {word}"
            elif word in self.codes:
                first_code = first_code or Noun("participant", index, word, code=True)
            elif word in _STOP:
                break
            index += 1
            passed += 1
        return attribute or first_code

    def _headed(self, sentence: Sentence, noun: Noun) -> Noun | str:
        """Return the noun, unless it belongs to one behind it that is no unit: two image datasets, three patient groups."""
        following = sentence.lower[noun.index + 1] if noun.index + 1 < len(sentence.lower) else ""
        heads = not noun.word.endswith("s") and following.endswith("s") and following in self.never and following not in _SHORT
        return f"counts {following}" if heads else noun

    def _heads(self, sentence: Sentence, index: int) -> bool:
        """Whether the noun at ``index`` ends its phrase: what follows is no further word of the phrase."""
        lower = sentence.lower
        if index + 1 >= len(lower):
            return True
        following = lower[index + 1]
        if self.unit(sentence, index + 1) is not None:
            return False
        if following == "-":
            return False
        return (
            not following[0].isalpha()
            or following in _STOP
            or following in {"and", "or", "of"}
            or len(sentence.words[index]) < 3
            or sentence.lower[index].endswith("s")
        )

    def _last(self, sentence: Sentence, index: int, unit: str) -> Noun:
        """Follow compounds to their last noun: patient records, ECG recordings, image pairs."""
        lower = sentence.lower
        while index + 1 < len(lower):
            following = self.unit(sentence, index + 1)
            if following is None and lower[index + 1] == "of" and lower[index] in _CARRIERS:
                ahead = next((k for k in range(index + 2, min(index + 7, len(lower))) if self.unit(sentence, k) is not None), None)
                if ahead is not None and not any(lower[k] in _STOP or k in sentence.numbers for k in range(index + 2, ahead)):
                    unit, index = self.unit(sentence, ahead) or unit, ahead
                    continue
                break
            if following is None:
                break
            unit, index = following, index + 1
        return Noun(unit, index, lower[index])

    def before(self, sentence: Sentence, index: int, reach: int = 12) -> Noun | str | None:
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
                (unit := self.unit(sentence, k)) is not None
                and not (far and unit in {"sample", "study"})
                and not (cohort and unit == "sample")
                and word != "sample"
            ):
                return Noun(unit, k, word)
            far = far or word in _FAR
            # A noun in the singular is not what a bracket counts; time is what goes by until it is counted.
            if head and code is None and word not in _SET_NOUNS and word not in _TIMES and word in self.never and word.endswith("s"):
                return f"counts {word}"
            if word in self.codes and code is None:
                code = Noun("participant", k, word, code=True)
            if word[0].isalpha():
                head = False
        return code or (Noun("participant", index - 1, "cohort") if cohort else None)


def _hyphen_follows(sentence: Sentence, index: int) -> bool:
    """Whether the word is the first of a compound: biopsy-proven, patient-level."""
    k = index + 1
    return (
        k + 1 < len(sentence.lower)
        and sentence.lower[k] == "-"
        and sentence.ends[index] == sentence.starts[k]
        and sentence.lower[k + 1][0].isalpha()
    )


def _is_attribute(sentence: Sentence, index: int) -> bool:
    """Whether a unit in the singular only describes the noun behind it: 26 blood cell traits."""
    following = sentence.lower[index + 1] if index + 1 < len(sentence.lower) else "."
    return (
        not sentence.lower[index].endswith("s")
        and following[0].isalpha()
        and following not in _STOP
        and following not in {"and", "or", "of"}
    )


def _ends_phrase(sentence: Sentence, index: int) -> bool:
    """Whether no further word of a noun phrase follows."""
    following = sentence.lower[index + 1] if index + 1 < len(sentence.lower) else "."
    return not following[0].isalnum() and following not in {"-", "/", "'s", "'"} or following in _STOP or following in {"and", "or"}


# People in the singular (49 male, 399 385 patient), and nouns of procedures and cells whatever they begin with.
_SINGULAR = frozenset(["male", "female", "patient", "participant", "subject", "control"])
_SUFFIXES = ("ectomies", "plasties", "cytes", "otomies", "mutants", "curves", "files")
# Those who read, rate and annotate: neuroradiologists, ophthalmologists.
_READERS = ("ologists", "iatrists")
# Sets, groups and the like are counted in such numbers.
_FEW = 50
_HEADLESS = frozenset(["patient", "participant", "subject", "image", "case", "sample"])
_SHORT = frozenset(["s", "hrs", "yrs", "mins", "ms"])
_TIMES = frozenset(
    ["years", "months", "weeks", "days", "hours", "minutes", "seconds", "times", "decades", "s", "ms", "hrs", "mins", "yrs", "points"]
)
_COHORTS = frozenset(["sample", "cohort", "cohorts", "population", "populations", "arm", "arms"])
# Behind these a sample is what the bracket's noun stands in, rather than what the bracket counts.
_FAR = frozenset(["in", "from", "between", "using", "by", "on", "for", "were", "was"])
_CORPORA = frozenset(["dataset", "corpus", "benchmark", "database", "repository"])
_SET_NOUNS = frozenset(
    ["set", "sets", "subset", "subsets", "cohort", "cohorts", "dataset", "datasets", "group", "groups", "subgroups", "arms", "arm", "database", "databases", "registries", "sites", "site", "centers", "centres", "center", "hospital", "hospitals", "time", "types", "classes"]
)  # fmt: skip


def _close(lower: Sequence[str], index: int) -> int | None:
    """Return the token that closes the bracket at ``index``, if it does so soon and holds no ``n =``."""
    depth = 0
    for k in range(index, min(len(lower), index + 14)):
        if lower[k] == "(":
            depth += 1
        elif lower[k] == ")":
            depth -= 1
            if depth == 0:
                return k
    return None


def is_name(sentence: Sentence, index: int) -> str | None:
    """Return why the number at a token is a name, a date or a part of something else, or None."""
    lower, words = sentence.lower, sentence.words
    number = sentence.numbers[index]
    before = lower[index - 1] if index else ""
    after = lower[index + 1] if index + 1 < len(lower) else ""
    if (
        before in _NAMES
        and not (before in {"number", "no"} and after)
        and not (before in _LOOSE and number.value > 4 and after[:1].isalpha())
        and not (
            before in {"cohort", "group"}
            and number.value >= 20
            and not after[:1].isalnum()
            and index >= 2
            and lower[index - 2] in _PART_NAMES
        )
    ):
        return f"{before} {words[index]}"
    if before in {"$", "€", "£", "#", "@", "^", "*", "×", "x", "±", "<", ">", "≤", "≥"} and not (
        before in {">", "≥"} and number.value >= 100
    ):
        return f"behind {before}"
    if (
        before == "-"
        and index >= 2
        and (lower[index - 2] in {"-", ":"} or (index - 2 in sentence.numbers and sentence.numbers[index - 2].value < 100))
    ):
        return "end of a range"
    if before == "-" and index >= 2 and lower[index - 2][0].isalpha() and sentence.starts[index] == sentence.ends[index - 2] + 1:
        return "part of a compound"
    if (
        before in {"=", ":"}
        and index >= 2
        and lower[index - 2] in {"iqr", "range", "sd", "mean", "median", "interquartile", "age", "score", "scores"}
    ):
        return "a figure of a distribution"
    if (
        before == "("
        and after == ")"
        and index >= 2
        and index - 2 in sentence.numbers
        and sentence.numbers[index - 2].value == number.value
    ):
        return "the number before once more"
    if after == "-" and index + 2 in sentence.numbers and number.value < 100:
        return "begin of a range"
    if number.value <= 20 or number.value % 10 == 0:
        if after == ":" and index + 2 in sentence.numbers:
            return "ratio"
        if before == ":" and index >= 2 and index - 2 in sentence.numbers:
            return "ratio"
    if after in {"×", "x", "*", "^", "±", "°", "<"}:
        return f"before {after}"
    if _is_year(sentence, index, before, after):
        return "year"
    if before in _MONTHS or (after in _MONTHS and number.value <= 31):
        return "date"
    return None


def _like_year(number: Number) -> bool:
    return number.kind == "integer" and 1900 <= number.value <= 2039 and number.end - number.start == 4


def _is_year(sentence: Sentence, index: int, before: str, after: str) -> bool:
    if not _like_year(sentence.numbers[index]):
        return False
    return before in _YEAR_BEFORE or before in _MONTHS or after in {"-", "and", "to", ".", ",", ")"} or not after
