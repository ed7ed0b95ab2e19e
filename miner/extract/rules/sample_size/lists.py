"""Counts that stand in lists: what they count follows from the one whose noun is written."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from miner.extract.sentence import Sentence

from .counted import SEXES, Count

UnitOf = Callable[[Sentence, int], str | None]


def siblings(sentence: Sentence, counts: list[Count], first_unit: UnitOf, never: frozenset[str]) -> None:
    """Give counts without a noun the unit of the count that they are listed with: ``617 AD, 404 MCI and 229 controls``."""
    ordered = sorted(counts, key=lambda c: c.token)
    for position in range(len(ordered) - 2, -1, -1):
        count, following = ordered[position], ordered[position + 1]
        if (
            count.unit is None
            and count.form == "bare"
            and following.unit is not None
            and following.form in {"noun", "sibling", "of"}
            and _listed(sentence, count, following)
        ):
            count.unit, count.form, count.noun = following.unit, "sibling", following.noun
    _forwards(sentence, ordered)
    _subsets(sentence, ordered, first_unit)
    _forwards(sentence, ordered)
    for position in range(len(ordered) - 2, -1, -1):
        count, following = ordered[position], ordered[position + 1]
        # 270 and 188 had active and inactive profiles
        if count.unit is None and count.form == "bare" and following.form == "subset" and _listed(sentence, count, following):
            count.unit, count.form, count.noun = following.unit, "subset", following.noun
    for count in ordered:
        if count.unit is None and count.form == "bare" and _is_share(sentence, count):
            count.form, count.unit = "share", _unit_near(count, ordered) or first_unit(sentence, count.token)
    _named(sentence, ordered, first_unit)
    _sized_list(sentence, ordered)
    _mates(sentence, ordered, never)
    _breakdown(sentence, ordered, never)
    _bracketed(sentence, ordered)
    run = [c for c in ordered if c.code and c.unit is None]
    if len(run) >= 2 and all(_listed(sentence, a, b) for a, b in pairwise(run)):
        for count in run:
            own_unit = first_unit(sentence, count.token) if count.noun in ADJECTIVES else None
            count.unit, count.form = own_unit or "participant", "sibling"


def _subsets(sentence: Sentence, ordered: list[Count], first_unit: UnitOf) -> None:
    """Find bare counts of some of what was counted, and what they count."""
    for position, count in enumerate(ordered):
        if count.unit is None and count.form == "bare":
            _as_subset(sentence, count, first_unit)
            if count.form == "subset" and position and ordered[position - 1].unit and _verb_again(sentence, ordered[position - 1], count):
                count.unit = ordered[position - 1].unit
            if count.form == "subset" and sentence.lower[count.token + 1 : count.token + 2] in (["with"], ["without"]):
                count.unit = _unit_near(count, ordered) or count.unit  # 90 adults: 40 with gout and 50 without
            if (
                count.form == "subset"
                and position
                and ordered[position - 1].unit
                and "which" in sentence.lower[max(0, count.token - 2) : count.token + 3]
            ):
                count.unit = ordered[position - 1].unit


# Codes that describe whatever is counted: the images (60 benign and 75 malignant).
ADJECTIVES = frozenset(["benign", "malignant", "normal", "abnormal", "positive", "negative", "normals", "positives", "negatives"])


def _forwards(sentence: Sentence, ordered: list[Count]) -> None:
    """Let bare counts have the unit of the count before them: ``22 patients who relapsed and 24 who did not``."""
    for earlier, count in pairwise(ordered):
        if (
            count.unit is not None
            or count.form != "bare"
            or earlier.unit is None
            or earlier.form not in {"noun", "sibling", "size", "subset"}
        ):
            continue
        says = _verb_follows(sentence, count) or _in_follows(sentence, count)
        # 14 studies on causes, five on outcomes
        again = _verb_again(sentence, earlier, count)
        says = says or again
        on = sentence.lower[count.token + 1 : count.token + 2] == ["on"] and not any(
            earlier.token < k < count.token for k in sentence.numbers
        )
        says = says or (on and earlier.unit == "study")
        if says and (again or earlier.unit in {"participant", "study"}) and _joined(sentence, earlier, count):
            count.unit, count.form, count.noun = earlier.unit, "sibling", earlier.noun
            # Of 81 patients in the cohort, 17 relapsed: the first is no group.
            whole = sentence.lower[earlier.token - 1] in {"of", "among", "from", "in", "the", "all", "these"} and earlier.token
            if not whole and not _is_whole(sentence, earlier, count):
                earlier.reason = "listed"
        elif _listed(sentence, earlier, count) and (says or earlier.form == "size" or count.code):
            count.unit, count.form, count.noun = earlier.unit, earlier.form if earlier.form == "size" else "sibling", earlier.noun


def _is_whole(sentence: Sentence, earlier: Count, count: Count) -> bool:
    """Whether a larger count is said to be all that were taken: 80 adults were included; 50 had gout. 80 adults, 50 with gout."""
    lower = sentence.lower
    if sentence.numbers[earlier.token].value <= sentence.numbers[count.token].value:
        return False
    behind = lower[earlier.last + 1 : count.token]
    taken = behind[:1] in (["were"], ["was"]) and not _TAKEN.isdisjoint(behind[1:3])
    return taken or (behind == [","] and earlier.noun not in SEXES and lower[count.token + 1 : count.token + 2] in (["with"], ["without"]))


_TAKEN = frozenset(
    ["included", "enrolled", "recruited", "studied", "analysed", "analyzed", "evaluated", "examined", "reviewed", "identified", "assessed"]
)


def _bracketed(sentence: Sentence, ordered: list[Count]) -> None:
    """Call what a bracket lists the groups of the count before it, where it adds up: 84 scans (n = 55 of low grade, n = 29 of high)."""
    for position, first in enumerate(ordered[:-2]):
        closing = _closing(sentence.lower, first.last + 1)
        inside = [c for c in ordered[position + 1 :] if closing is not None and c.token < closing]
        opening = next((k for k in range(first.last + 1, closing or 0) if sentence.lower[k] in {"(", "["}), 0)
        inside = [c for c in inside if c.token > opening or c.unit is not None]
        total = sentence.numbers[first.token].value
        if first.unit and len(inside) >= 2 and sum(sentence.numbers[c.token].value for c in inside) == total:
            for c in inside:
                c.reason, c.unit = "listed", c.unit or first.unit


def _mates(sentence: Sentence, ordered: list[Count], never: frozenset[str]) -> None:
    """Let bare counts that a bracket lists behind people count the same: (34 controls; 70 Crohn's disease, 50 colitis)."""
    lower = sentence.lower
    for earlier, count in pairwise(ordered):
        between = lower[earlier.last + 1 : count.token]
        if count.form != "bare" or count.unit is not None or earlier.unit != "participant" or earlier.form not in {"noun", "sibling"}:
            continue
        named = lower[count.token + 1 : count.token + 4]
        joined = between[-1:] in ([","], [";"], ["and"]) and len(between) <= 8 and between.count("(") == between.count(")")
        inside = lower[earlier.token - 1] == "(" or (earlier.form == "sibling" and lower[earlier.token - 1] in {",", ";", "and"})
        worded = bool(named) and named[0][0].isalpha() and never.isdisjoint(named)
        if joined and inside and worded and not {"age", "aged", "mean", "years"} & set(between):
            count.unit, count.form, count.noun = earlier.unit, "sibling", earlier.noun
            earlier.reason = "listed"


def _sized_list(sentence: Sentence, ordered: list[Count]) -> None:
    """Let bare counts behind ``n =`` in one bracket count the same: (n = 93, 62 and 63)."""
    for earlier, count in pairwise(ordered):
        joined = sentence.lower[earlier.token + 1 : count.token] in ([","], ["and"], [",", "and"])
        if (
            earlier.form == "n"
            and count.form == "bare"
            and count.unit is None
            and joined
            and sentence.numbers[count.token].kind == "integer"
        ):
            after = sentence.lower[count.token + 1 : count.token + 2]
            if after in ([","], ["and"], [")"], [";"]):
                count.unit, count.form, count.noun = earlier.unit, "n", earlier.noun
                earlier.reason = count.reason = "listed"


def _closing(lower: list[str], start: int) -> int | None:
    """Return the token that closes the first bracket behind ``start``, which must open soon."""
    opening = next((k for k in range(start, min(start + 8, len(lower))) if lower[k] in {"(", "["}), None)
    return None if opening is None else next((k for k in range(opening, min(opening + 60, len(lower))) if lower[k] in {")", "]"}), None)


def _is_share(sentence: Sentence, count: Count) -> bool:
    """Whether a bare count has its share in a bracket behind it: ``1171 (58%) with corticosteroids``."""
    lower, k = sentence.lower, count.token
    if (
        sentence.numbers[k].value >= 2
        and lower[k - 1 : k] == ["("]
        and lower[k + 1 : k + 2] in ([","], [";"])
        and (k + 2) in sentence.numbers
    ):
        return lower[k + 3 : k + 5] in (["%", ")"], ["%", ","], ["%", ";"]) and _METRICS.isdisjoint(lower[max(0, k - 15) : k + 10])
    if lower[k - 1] in {",", "and", ";"} and lower[k + 1 : k + 2] and lower[k + 1][0].isalpha():
        # 546 of grade two (4.0%): behind a count whose share was told
        k = next((j for j in range(k + 1, min(k + 8, len(lower))) if lower[j] in {"(", ",", ";", ".", "and"}), k) - 1
        has_share = lower[k + 1 : k + 2] == ["("] and "%" in lower[: count.token]
        return has_share and (k + 2) in sentence.numbers and lower[k + 3 : k + 5] == ["%", ")"] and _METRICS.isdisjoint(lower[: k + 5])
    return (
        sentence.numbers[k].value >= 2
        and lower[k + 1 : k + 2] in (["("], ["["])
        and (k + 2) in sentence.numbers
        and lower[k + 3 : k + 5] in (["%", ")"], ["%", "]"])
        and _METRICS.isdisjoint(lower[max(0, k - 15) : k + 10])
    )


def _unit_near(count: Count, ordered: list[Count]) -> str | None:
    """Return the unit of the last count before this one in the sentence."""
    return next((c.unit for c in reversed(ordered) if c.unit and c.token < count.token), None)


def _named(sentence: Sentence, ordered: list[Count], first_unit: UnitOf) -> None:
    """``cohorts of South Asia (575) and Sub-Saharan Africa (736)``: two or more names, each with its size in a bracket."""
    lower = sentence.lower
    alone = [
        c
        for c in ordered
        if c.unit is None
        and c.form == "bare"
        and sentence.numbers[c.token].value >= 20
        and lower[c.token - 1 : c.token] == ["("]
        and lower[c.token + 1 : c.token + 2] == [")"]
        and sentence.words[c.token - 2 : c.token - 1] != []
        and sentence.words[c.token - 2][:1].isupper()
    ]
    if (
        len(alone) >= 2
        and not _SETS.isdisjoint(lower[max(0, alone[0].token - 12) : alone[0].token])
        and _METRICS.isdisjoint(lower[max(0, alone[0].token - 8) : alone[-1].token])
    ):
        for c in alone:
            c.form, c.unit = "sibling", first_unit(sentence, c.token) or "participant"


_SETS = frozenset(
    [
        "cohort",
        "cohorts",
        "populations",
        "patients",
        "participants",
        "subjects",
        "datasets",
        "databases",
        "images",
        "scans",
        "samples",
        "cases",
    ]
)
_METRICS = frozenset(
    ["accuracy", "accuracies", "sensitivity", "specificity", "precision", "recall", "auc", "f1", "dice", "correctly", "predictive", "kappa"]
)

_VERBS = frozenset(
    [
        "had",
        "have",
        "were",
        "was",
        "developed",
        "died",
        "experienced",
        "received",
        "underwent",
        "showed",
        "presented",
        "relapsed",
        "progressed",
        "met",
        "survived",
        "met",
        "completed",
        "did",
        "with",
        "without",
        "who",
    ]
)


def _breakdown(sentence: Sentence, ordered: list[Count], never: frozenset[str]) -> None:
    """``120 patients (60 AD, 40 MCI, 20 others)``: bare counts behind a count are its groups if a word opens a list or they add up to it."""
    for position, whole_count in enumerate(ordered):
        if whole_count.unit is None or whole_count.form not in {"noun", "n", "size", "of", "sibling"}:
            continue
        run = []
        for c in ordered[position + 1 :]:
            if not (c.unit is None and c.form == "bare") and not (c.form in {"sibling", "subset"} and c.unit == whole_count.unit):
                break
            run.append(c)
        total = sentence.numbers[whole_count.token].value
        values = [sentence.numbers[c.token].value for c in run]
        exact = next((k for k in range(2, len(run) + 1) if sum(values[:k]) == total), 0)
        opened = _opened(sentence, whole_count, run[0]) if run and values[0] < total else False
        for k, c in enumerate(run):
            following = sentence.lower[c.token + 1 : c.token + 2]
            worded = bool(following) and (following[0][0].isalpha() or following[0] in {"(", ",", ")"}) and following[0] not in never
            if k < exact or (opened and worded and sum(values[: k + 1]) <= total + total // 50):
                c.unit, c.form, c.noun = whole_count.unit, "sibling", whole_count.noun
            else:
                break


_OPENERS = frozenset(
    ["(", "[", ":", "including", "comprising", "consisting", "whom", "which", "comprised", "consisted", "i.e", "namely", "divided"]
)


def _opened(sentence: Sentence, earlier: Count, count: Count) -> bool:
    between = sentence.lower[earlier.last + 1 : count.token]
    return (
        len(between) <= 10
        and bool(set(between) & _OPENERS)
        and ")" not in between
        and "aged" not in between
        and "age" not in between
        and "mean" not in between
        and "median" not in between
    )


def _joined(sentence: Sentence, earlier: Count, count: Count) -> bool:
    """``24 patients were in coma and 13 in recovery``: joined by what stands just before the second."""
    return sentence.lower[count.token - 1] in {"and", ",", "while", "whereas", ";"} and count.token - earlier.last <= 16


def _verb_again(sentence: Sentence, earlier: Count, count: Count) -> bool:
    """Whether what was said of one count is said of the next: fifteen studies tested ultrasound, twelve tested MRI."""
    said, again = sentence.lower[earlier.last + 1 : earlier.last + 2], sentence.lower[count.token + 1 : count.token + 2]
    return said == again and bool(said) and len(said[0]) > 3 and said[0].endswith("ed")


def _verb_follows(sentence: Sentence, count: Count) -> bool:
    following = sentence.lower[count.token + 1 : count.token + 2]
    return bool(following) and following[0] in _VERBS


def _in_follows(sentence: Sentence, count: Count) -> bool:
    return sentence.lower[count.token + 1 : count.token + 2] in (
        ["in"],
        ["with"],
        ["without"],
        ["from"],
        ["for"],
        ["as"],
        ["among"],
        ["others"],
    ) or (sentence.lower[count.token + 1 : count.token + 2] == ["to"] and not _ASSIGNED.isdisjoint(sentence.lower))


_ASSIGNED = frozenset(["randomized", "randomised", "assigned", "allocated"])


_SEEN = frozenset(["confirmed", "diagnosed", "found", "seen", "observed", "detected", "present", "absent", "noted"])


def _as_subset(sentence: Sentence, count: Count, unit_of: UnitOf) -> None:
    """``of whom 45 were women``, ``18 had cancer``: people of the sentence or the document."""
    lower = sentence.lower
    before = lower[max(0, count.token - 3) : count.token]
    if (
        before[-1:] in (["whom"], ["which"])
        or (before[-2:] in (["of", "these"], ["of", "them"], ["of", "those"]) and _verb_follows(sentence, count))
        or lower[count.token + 1 : count.token + 3] in (["of", "which"], ["of", "whom"], ["of", "these"], ["of", "them"], ["of", "those"])
        or before[-2:]
        in (
            ["whom", ","],
            ["these", ","],
            ["these", "only"],
            ["them", ","],
        )
        or (
            _verb_follows(sentence, count)
            and sentence.numbers[count.token].value >= 3
            and (count.token == 0 or before[-1:] in ([","], ["and"], [":"], [";"], ["while"], ["whereas"]) or before[-2:] == ["and", "all"])
        )
    ):
        count.form = "subset"
    at = count.token
    if before[-1:] == ["in"] and not _SEEN.isdisjoint(before[-2:-1]) and lower[at + 1 : at + 2] in (["."], [","], [";"], ["and"]):
        count.form = "subset" if sentence.numbers[at].value >= 3 else count.form  # gout was confirmed in 41
    if (
        lower[at - 1 : at] == [","]
        and lower[:1] in (["of"], ["among"])
        and lower[at + 1 : at + 2]
        and lower[at + 1].endswith("ed")
        and sentence.numbers[at].value >= 3
    ):
        count.form = "subset"  # of the 24 studies, 10 used …
    if (
        lower[at - 1 : at] in (["had"], ["included"], ["comprised"], ["contained"])
        and lower[at - 3 : at - 2] == ["group"]
        and lower[at + 1 : at + 2] in (["."], [","], [";"], ["and"], [])
    ):
        count.form = "subset"  # group B had 70
    if count.form == "subset":
        count.unit = unit_of(sentence, count.token)


def _listed(sentence: Sentence, first: Count, second: Count) -> bool:
    """Whether two counts stand in one list: separators and short descriptions between them, no verb."""
    between = sentence.lower[first.last + 1 : second.token]
    if len(between) > 12 or not between or (_leaves_bracket(between) and (len(between) > 5 or "(" not in between)):
        return False
    if not set(between) & {",", "and", "or", "versus", "vs", "plus", "/", ";", "&"}:
        return False
    return not set(between) & {
        "were",
        "was",
        "is",
        "are",
        "using",
        "by",
        "from",
        "of",
        "while",
        "had",
        "have",
        "than",
        "p",
        "=",
        "which",
        "that",
        "achieved",
    }


def _leaves_bracket(words: list[str]) -> bool:
    """Whether a bracket that was open before the words closes among them."""
    depth = 0
    for word in words:
        depth += (word == "(") - (word == ")")
        if depth < 0:
            return True
    return False
