"""The forms in which counts are written without a noun behind them: ``n = 24``, ``39/791``, ``a sample size of 120``."""

from __future__ import annotations

import re

from miner.extract.sentence import Sentence

from .behind import noun_before
from .frames import in_holder
from .names import like_year
from .nouns import Lexicon, Noun
from .parts import Mention

_KEPT = frozenset(["held", "reserved", "kept", "set", "used", "retained"])


def written_value(sentence: Sentence, token: int) -> tuple[int, int]:
    """Return a count's value and where it ends, be its thousands written apart: 15 k reports."""
    number, lower = sentence.numbers[token], sentence.lower
    apart = lower[token + 1 : token + 2] == ["k"] and lower[token + 2 : token + 3] and lower[token + 2][0].isalpha()
    if not apart or number.value >= _THOUSAND:
        return int(number.value), number.end
    return int(number.value * _THOUSAND), sentence.ends[token + 1]


_THOUSAND = 1000


def is_part(sentence: Sentence, token: int, parts: list[Mention]) -> bool:
    """``(2442 in training and 3651 in external validation)``: a bare number and, at once, its part of the data."""
    lower = sentence.lower
    if sentence.numbers[token].value < 5:
        return False
    if lower[token + 1 : token + 2] and lower[token + 1] in _KEPT and lower[token - 1] in {"with", "and", ",", ";"}:
        return any(token < m.start <= token + 5 for m in parts)  # 200 patients, with 40 held out for testing
    if _is_told_part(lower, token) and any(token + 1 < m.start <= token + 3 and m.end - m.start > 1 for m in parts):
        return True
    if any(m.start == token + 1 for m in parts) and (lower[token - 1] in {"(", ",", "and", ";", "into"} or not token):
        return True
    if any(m.start == token + 1 == m.end - 1 and lower[m.end : m.end + 1] in ([","], ["and"], ["/"]) for m in parts):
        return True  # 900 training, 100 validation and 100 test images
    if any(m.end == token and m.end - m.start > 1 for m in parts) and lower[token + 1 : token + 2] in ([")"], *_CLOSES):
        return sentence.numbers[token].value >= 20
    if _is_tested_on(sentence, token, parts):
        return True
    if (said := _is_said_before(lower, token, parts)) is not None:
        return said
    if lower[token - 2 : token] == ["%", "("] and lower[token + 1 : token + 2] == [")"]:  # 70% (1200) were used for training
        follows = next((m for m in parts if token + 2 < m.start <= token + 7), None)
        return (
            follows is not None
            and not {",", ";", "and", "("} & set(lower[token + 2 : follows.start])
            and lower[follows.start - 1] in {"for", "as", "to", "the", "in"}
        )
    if lower[token + 1 : token + 2] not in (["in"], ["for"], ["as"], ["to"]) or (token and lower[token - 1] in {"to", "of", "than", "at"}):
        return False
    k = token + 3 if lower[token + 2 : token + 3] in (["the"], ["our"], ["an"], ["a"]) else token + 2
    return any(m.start == k for m in parts)


_CLOSES: tuple[list[str], ...] = ([","], ["."], [";"], ["and"], [])


def _is_said_before(lower: list[str], token: int, parts: list[Mention]) -> bool | None:
    """Whether the part that stands right before is the bare number's, with a word or a sign between; None where none stands there."""
    if (
        lower[token - 1] in {"comprised", "contained", "included"}
        and lower[token + 1 : token + 2] in _CLOSES
        and any(m.end == token - 1 and m.end - m.start > 1 for m in parts)
    ):
        return True  # the test data comprised 300
    if any(m.end == token - 1 for m in parts) and lower[token - 1] in {":", "=", ","} and lower[token + 1 : token + 2] != ["-"]:
        return (
            lower[token - 1] != ","
            or not lower[token + 1 : token + 2]
            or not lower[token + 1][0].isalpha()
            or lower[token + 1] in {"and", "in", "for"}
        )
    if any(m.end == token - 1 for m in parts) and lower[token - 1] == "(" and lower[token + 1 : token + 2] in ([")"], [","], [";"]):
        return True  # training (1200), validation (300)
    if any(m.end == token - 1 and m.end - m.start > 1 for m in parts) and lower[token - 1] == "of":
        return lower[token + 1 : token + 2] in (["("], *_CLOSES)  # a training set of 140 (70%)
    return None


def _is_tested_on(sentence: Sentence, token: int, parts: list[Mention]) -> bool:
    """Whether a bare number closes what a verb says of it: trained on 900 films and tested on 300."""
    lower = sentence.lower
    year = lower[token - 1] == "in" and like_year(sentence.numbers[token])
    if (
        lower[token - 1] not in {"on", "with", "in"}
        or year
        or len(parts) < 2
        or not any(m.start and m.end == token - 1 and (m.verb or lower[m.end - 1] in {"validated", "tested"}) for m in parts)
    ):
        return False
    return lower[token + 1 : token + 2] in ([","], ["."], [";"], ["and"], [], ["from"]) and sentence.numbers[token].value >= 20


def _is_told_part(lower: list[str], token: int) -> bool:
    """Whether a bare number is said to be what follows: 70 formed the training set and 30 the test set."""
    if lower[token + 1 : token + 2] in (["formed"], ["constituted"], ["comprised"]):
        return lower[token - 1] in {",", ";", "and", "which", "whom"} or not token
    rest = lower[token - 1] in {"remaining", "other", "last"} and bool({"and", ","} & set(lower[max(0, token - 3) : token]))
    return lower[token + 1 : token + 2] == ["the"] and (rest or lower[token - 1] in {"and", ","})


# Things that are mostly what is found or measured, and data only where they make up a set.
_MOLECULES = frozenset(
    ["proteins", "genes", "drugs", "interactions", "sites", "species", "associations", "mirnas", "lncrnas", "peptides", "words", "points", "targets", "residues", "materials",
     "diseases", "domains", "tasks", "ligands", "toxins", "enzymes", "antibodies", "antigens", "promoters", "enhancers", "mutations", "alleles", "conversations"]
)  # fmt: skip


_MANY_HELD = 100
_KEPT_IN_SETS = frozenset(
    [
        "proteins",
        "peptides",
        "drugs",
        "sites",
        "ligands",
        "enzymes",
        "antibodies",
        "toxins",
        "mutations",
        "materials",
        "antigens",
        "conversations",
    ]
)


def is_set_of(sentence: Sentence, token: int, why: str, parts: list[Mention]) -> int | None:
    """Return the noun's token where a part of the data is told to hold things that are no units otherwise: a test set of 120 proteins."""
    word = why.removeprefix("counts ")
    if word not in _MOLECULES or sentence.numbers[token].value < 10:
        return None
    lower = sentence.lower
    last = next((k for k in range(token + 1, min(token + 9, len(lower))) if lower[k] == word), None)
    if word == "tasks":  # the work of a study, but the items of a benchmark
        bench = sentence.numbers[token].value >= 30 and not {"benchmark", "suite", "environment"}.isdisjoint(
            lower[max(0, token - 4) : token]
        )
        return last if bench else None
    kept = word in _KEPT_IN_SETS and sentence.numbers[token].value >= _MANY_HELD and in_holder(lower, token)
    front = kept or _is_judged_on(lower, token) or any(0 < token - m.end <= 4 and set(lower[m.end : token]) <= _HOLDING for m in parts)
    behind = any(last is not None and 0 < m.start - last <= 5 and {"for", "as"} & set(lower[last + 1 : m.start]) for m in parts)
    return last if front or behind else None


def _is_judged_on(lower: list[str], token: int) -> bool:
    """Whether a method is said to be judged on what follows: we evaluated the tool on 60 proteins."""
    return lower[token - 1 : token] in (["on"], ["with"]) and not {"evaluated", "evaluate", "tested", "benchmarked", "trained"}.isdisjoint(
        lower[max(0, token - 9) : token]
    )


_HOLDING = frozenset(
    [
        "of",
        "on",
        "with",
        "using",
        "comprising",
        "containing",
        "including",
        "comprised",
        "contained",
        "included",
        "consisted",
        "had",
        "a",
        "total",
        "the",
        ":",
        "(",
    ]
)

# n with its index: nfemale = 24, n_train = 80.
_SUBSCRIPTED = re.compile(r"n_?(?:fe)?males?|n_?\d|n_?(?:train|test|val|total|controls|patients)")


def is_sized(sentence: Sentence, token: int) -> int:
    """Return the token of the bracket (or of ``n``) where the number stands behind ``n =``, else 0."""
    lower = sentence.lower
    if (
        token >= 2
        and lower[token - 1] in {"=", ":"}
        and (lower[token - 2] in {"n", "ns", "no", "number", "total"} or _SUBSCRIPTED.fullmatch(lower[token - 2]))
    ):
        opening = token - 2
    elif token >= 3 and lower[token - 1] in {"~", "≈", ">", "≥"} and lower[token - 2] == "=" and lower[token - 3] == "n":
        opening = token - 3
    elif token >= 4 and lower[token - 1] == "+" and token - 2 in sentence.numbers:
        return is_sized(sentence, token - 2)  # n = 900 + 300
    else:
        return 0
    for k in range(opening - 1, max(-1, opening - 8), -1):
        if lower[k] in {"(", "["}:
            return k
        if lower[k] in {")", ";"}:
            break
    return max(1, opening)


def after_size_noun(sentence: Sentence, token: int, lexicon: Lexicon) -> str | None:
    """Return the unit of a number that its noun stands before: ``a sample size of 120``, ``the number of patients was 45``, ``a cohort of 120``, ``a total of 120``."""
    lower = sentence.lower
    k = token - 1
    if k < 1:
        return None
    if lower[k] in {"(", "["} and lower[token + 1 : token + 2] in ([")"], ["]"]):
        noun = noun_before(lexicon, sentence, k, reach=4)
        return (
            noun.unit if isinstance(noun, Noun) and not noun.code and noun.index == k - 1 and sentence.numbers[token].value >= 10 else None
        )
    if lower[token + 1 : token + 3] == ["in", "total"]:
        noun = noun_before(lexicon, sentence, token)
        return noun.unit if isinstance(noun, Noun) else None
    while k >= 0 and lower[k] in {
        "of",
        "was",
        "were",
        "is",
        "=",
        ":",
        "to",
        "over",
        "about",
        "approximately",
        "nearly",
        "only",
        "be",
        "than",
        "more",
    }:
        k -= 1
    if k == token - 1:
        return None
    head = lower[k]
    phrase = lower[max(0, k - 6) : k + 1]
    if "number" in phrase or "numbers" in phrase:
        for j in range(k, max(-1, k - 7), -1):
            if (unit := lexicon.unit(sentence, j)) is not None:
                return unit
        return None
    if head == "size" and lower[k - 1 : k] == ["sample"]:
        return "participant"
    if head in {"cohort", "sample", "population"} and lower[token - 1] == "of" and lower[token + 1 : token + 2] != ["-"]:
        return "participant" if sentence.numbers[token].value >= 10 else None
    return None


def is_sexes(sentence: Sentence, first: int) -> bool:
    """``male/female = 136/16``: two counts, whichever is the larger."""
    before = sentence.lower[max(0, first - 6) : first]
    return (
        before[-1:] in (["="], [":"], ["("])
        and "/" in before
        and not {"male", "males", "female", "females", "m", "f", "men", "women"}.isdisjoint(before)
    )


def is_sex_letter(sentence: Sentence, token: int) -> bool:
    """``34 M/20 F``: a count and the letter of a sex."""
    following = [*sentence.words[token + 1 : token + 3], "", ""][:2]
    return following[0] in {"M", "F"} and following[1] in {"/", ")", ",", ";", "and"}


def is_sex_named(sentence: Sentence, token: int) -> bool:
    """``(male 614, mean age 70)``: a sex and its count."""
    lower = sentence.lower
    named = token >= 2 and lower[token - 1] in {"male", "female", "males", "females"} and lower[token - 2] in {"(", ",", ";"}
    return named and sentence.numbers[token].value >= 3 and lower[token + 1 : token + 2] in ([","], [")"], [";"], ["("])


def slashed(sentence: Sentence, token: int) -> list[int]:
    """Return the tokens of ``20/5/20``: three counts or more in a row, one of which is at ``token``."""
    run = [token]
    while sentence.lower[run[0] - 1] == "/" and run[0] - 2 in sentence.numbers and run[0] >= 2:
        run.insert(0, run[0] - 2)
    while sentence.lower[run[-1] + 1 : run[-1] + 2] == ["/"] and run[-1] + 2 in sentence.numbers:
        run.append(run[-1] + 2)
    return run if len(run) >= 3 and all(sentence.numbers[k].is_count for k in run) else []


def find_denominator(lower: list[str], token: int) -> tuple[int, str]:
    """Return the token where the whole of a share stands, and the joint before it (``of``, ``/``, ``out``, or '' for none)."""
    k, size = token + 1, len(lower)
    if k + 2 < size and lower[k] == "(":
        closing = next((j for j in range(k, min(k + 6, size)) if lower[j] == ")"), None)
        if closing is not None and "%" in lower[k:closing]:
            k = closing + 1
    if lower[k : k + 2] == ["(", "out"]:
        k += 1
    joint = lower[k] if k < size else ""
    if joint not in {"of", "/", "out"}:
        return -1, ""
    k += 2 if joint == "out" else 1
    while (
        joint != "/"
        and k < min(size, token + 10)
        and lower[k]
        in {"the", "all", "these", "our", "total", "a", "of", "included", "eligible", "enrolled", "remaining", "analysed", "analyzed"}
    ):
        k += 1
    return k, joint


def is_count_ratio(sentence: Sentence, first: int, second: int) -> bool:
    """Whether ``a/b`` can be a share of counts: digits close together, not a date, scale or pair of percentages."""
    a, b = sentence.numbers[first], sentence.numbers[second]
    after = sentence.lower[second + 1 : second + 2]
    before = sentence.lower[first - 1 : first]
    if (a.value <= 12 or like_year(a)) and like_year(b):
        return False  # 05/2020, 2006/2014
    return (
        a.kind == b.kind == "integer"
        and b.start - a.end <= 3
        and b.value >= 10
        and after not in (["/"], ["%"], ["mm"], ["mmhg"])
        and before not in (["/"], ["^"], ["p"])
    )


def has_percent(sentence: Sentence, first: int, last: int) -> bool:
    """Whether a percentage stands beside a share."""
    near = sentence.lower[max(0, first - 3) : last + 5]
    return "%" in near


_CORRECT = frozenset(
    ["correct", "correctly", "incorrectly", "misclassified", "accurately", "accuracy", "accuracies", "sensitivity", "sensitivities", "specificity",
     "specificities", "recall", "precision", "ppv", "npv", "predictive", "agreement", "concordance", "auc", "misdiagnosed"]
)  # fmt: skip
# Figures over the members of one class rather than over all.
_OF_CLASS = frozenset(["sensitivity", "sensitivities", "specificity", "specificities", "recall", "precision", "ppv", "npv", "predictive"])


def is_correct(sentence: Sentence, first: int, last: int) -> bool:
    """Whether a share is one of right or wrong predictions: 74 of 86 correctly classified, an accuracy of 79.8% (87/109)."""
    lower = sentence.lower
    # A bracket behind a percentage explains it, and so belongs to the metric named before, however many figures stand between.
    reach = 40 if lower[max(0, first - 2) : first] in (["%", "("], ["%", "["]) else 8
    near = lower[max(0, first - reach) : last + 8]
    if lower[0] in {"concordance", "agreement"} and first <= 20:
        return True
    respective = reach > 8 and not {"respective", "corresponding"}.isdisjoint(near) and "values" in near  # of the metrics named before
    named = _CORRECT.intersection(near)
    if named == {"predictive"}:  # a predictive value, rather than features that are predictive
        return respective or any(w == "predictive" and near[k + 1] in {"value", "values"} for k, w in enumerate(near[:-1]))
    return respective or bool(named)


def of_class(sentence: Sentence, first: int) -> bool:
    """Whether the metric named last before a share, or at once behind it, is one of a class, such as sensitivity."""
    named = [w for w in sentence.lower[max(0, first - 40) : first] if w in _CORRECT]
    behind = sentence.lower[first + 3 : first + 5]  # a 9/11 negative predictive value
    return (bool(named) and named[-1] in _OF_CLASS) or not _OF_CLASS.isdisjoint(behind)


_RESAMPLING = frozenset(["bootstrap", "bootstrapped", "bootstrapping", "permuted", "permutation"])
_LEAVE = frozenset(["excluding", "excluded", "exclude", "exclusion", "exclusions", "except"])


def is_left_out(sentence: Sentence, token: int) -> str | None:
    """Return why the number counts what was left out: after excluding 12 patients, 12 patients were excluded; or None."""
    lower = sentence.lower
    if not _RESAMPLING.isdisjoint(lower[token + 1 : token + 3]) or (
        lower[token + 1 : token + 2] == ["samples"] and not _RESAMPLING.isdisjoint(lower[max(0, token - 5) : token])
    ):
        return "drawn again from the data"
    if _LEAVE.isdisjoint(lower):
        return None
    clause = lower[0] == "excluding" or not {"after", "following"}.isdisjoint(lower[max(0, token - 8) : token])
    counted = clause and any(k in sentence.numbers for k in range(max(0, token - 4), token))
    k = token
    while k > 1 and lower[k - 1] in {"the", "remaining", "a", "total", "of", "all"}:
        k -= 1
    applied = lower[k - 1 : k] == [","] and (
        counted or not {"criteria", "exclusions", "exclusion"}.isdisjoint(lower[max(0, k - 3) : k])
    )  # after excluding 12 patients, 90 patients were left
    # 9 were excluded and 90 analysed; 9 were excluded, leaving 90
    other = lower[token - 2 : token] == ["excluded", "and"] and lower[token - 3] in {"were", "was"}
    other = other or not {"leaving", "yielding"}.isdisjoint(lower[max(0, token - 2) : token])
    if (not applied and not other and not _LEAVE.isdisjoint(lower[max(0, token - 4) : token])) or not {
        "exclusions",
        "excluded",
        "exclusion",
    }.isdisjoint(_bracketed_by(lower, token)):
        return "left out"
    if lower[token - 1] == "=" and any(lower[k : k + 3] == ["exclusion", "criteria", "were"] for k in range(token)):
        return "left out"  # exclusion criteria were gout (n = 9), missing data (n = 7)
    if lower[token - 1] == "and" and _is_left_out_too(sentence, token):
        return "left out"
    for k in range(token + 1, min(len(lower), token + 14)):
        if lower[token + 1 : k + 1] == [")", ","]:
            return None  # gout (n = 9), and the others were excluded
        if (k in sentence.numbers and "%" not in lower[k : k + 2]) or lower[k] in {";", "included", "after", "when"}:
            return None
        if lower[k] == "excluded" and lower[k - 1] in {"were", "was", "been"}:
            return "left out"
    return None


def _is_left_out_too(sentence: Sentence, token: int) -> bool:
    """Whether a number is the second that a clause leaves out: excluding 30 adults with gout and 40 adults with stones."""
    lower = sentence.lower
    at = next((k for k in range(token - 2, max(-1, token - 20), -1) if lower[k] in {"excluding", "exclude", "excluded"}), None)
    if at is None or {",", ";", "were", "was", "included", "remaining"} & set(lower[at:token]):
        return False
    return lower[at - 1] not in {"were", "was"} and any(at < k <= at + 4 for k in sentence.numbers)


def _bracketed_by(lower: list[str], token: int) -> list[str]:
    """Return the three words before the outermost bracket that is open at a token."""
    depth, opening = 0, None
    for k in range(token - 1, max(-1, token - 40), -1):
        if lower[k] in {")", "]"}:
            depth += 1
        elif lower[k] in {"(", "["}:
            depth -= 1
            if depth < 0:
                opening, depth = k, 0
    return lower[max(0, opening - 3) : opening] if opening is not None else []
