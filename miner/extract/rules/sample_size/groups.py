"""Whether a count is a group of the data rather than the whole of it."""

from __future__ import annotations

from collections.abc import Sequence

from miner.extract.sentence import Sentence

from .between import SEVERAL, Counted, are_beside, in_bracket_of, in_its_bracket, includes, is_among, is_of, neighbours, share_follows
from .counted import SEXES
from .document import holds_more

_SUBSET = frozenset(["whom", "which", "these", "those", "them"])

_FORMS = {"fraction": "fraction", "subset": "subset", "sibling": "listed", "share": "share"}


def group_reason(sentence: Sentence, counts: Sequence[Counted], position: int) -> str | None:
    """Return why the count at ``position`` is a group rather than a total, or None."""
    count, lower = counts[position], sentence.lower
    if _of_several(lower, counts, position) or _in_sets(lower, count):
        return None
    if count.form in _FORMS:
        return _FORMS[count.form]
    before = lower[max(0, count.token - 4) : count.token]
    if reason := _by_itself(sentence, count, before):
        return reason
    if before[-3:] in (["%", "of", "the"], ["%", "of", "all"]) or before[-2:] == ["%", "of"]:
        return None
    if position:
        earlier = counts[position - 1]
        smaller = sentence.numbers[count.token].value < sentence.numbers[earlier.token].value
        if (
            count.form == "noun"
            and smaller
            and earlier.unit == count.unit
            and (in_bracket_of(lower, earlier, count) or in_its_bracket(sentence, earlier, count))
        ):
            return "in the bracket of a total"
        if includes(lower, earlier, count):
            return "included"
        screened = not _SCREENED.isdisjoint(lower[earlier.last + 1 : count.token]) and "included" in lower[count.last + 1 : count.last + 4]
        if (
            smaller
            and not screened
            and count.form == "noun"
            and earlier.unit == count.unit
            and is_of(lower, earlier)
            and lower[count.token - 1] == ","
        ):
            return "among"  # of 890 enrolled, 230 patients failed
    if _is_of_first(sentence, counts, position) or (position + 1 < len(counts) and is_among(sentence, count, counts[position + 1])):
        return "among"
    if count.form != "n" and _adds_up(sentence, counts, position):
        return None
    for other in neighbours(lower, counts, position):
        pair = (other, count) if other.token < count.token else (count, other)
        alike = (
            count.unit == "participant" or other.noun == count.noun or (other.form == count.form == "n" and "" in {other.noun, count.noun})
        )
        # there were 90 adults and 12 deaths
        befell = other.noun in _EVENTS and count.noun not in _EVENTS and count.noun != "cases"
        if other.unit == count.unit and alike and not befell and are_beside(sentence, *pair):
            return "listed"
    return None


def _is_of_first(sentence: Sentence, counts: Sequence[Counted], position: int) -> bool:
    """Whether the sentence begins with the whole that some are told of: of the 90 adults, 20 adults had gout, 30 adults had stones."""
    first, count, lower = counts[0], counts[position], sentence.lower
    return (
        position > 0
        and is_of(lower, first)
        and _opens(lower, first.token)
        and count.form == "noun"
        and first.unit == count.unit
        and sentence.numbers[count.token].value < sentence.numbers[first.token].value
        and lower[count.token - 1] in {",", "and", ";"}
        and lower[count.last + 1 : count.last + 2]
        in (["were"], ["had"], ["was"], ["with"], ["without"], ["showed"], ["underwent"], ["developed"])
        and "included" not in lower[count.last + 1 :]
    )


def _opens(lower: list[str], token: int) -> bool:
    """Whether the "of" before a count opens the sentence, be it behind a heading: Results: Of the 90 adults."""
    at = next((k for k in range(token - 1, max(-1, token - 4), -1) if lower[k] in {"of", "among"}), None)
    return at is not None and (at == 0 or (lower[at - 1] == ":" and at <= 3))


def _by_itself(sentence: Sentence, count: Counted, before: list[str]) -> str | None:
    """Return why a count is a group by the words beside it, whatever else is counted; or None."""
    lower, token = sentence.lower, count.token
    if (before[-1:] in (["whom"], ["which"]) and before[-2:] != ["in", "which"]) or (
        len(before) > 1 and before[-2] in _SUBSET and before[-1] == ","
    ):
        return "subset"
    if before[-1:] in (["these"], ["them"]) and "of" in before:
        return "subset"
    shared = share_follows(sentence, token) or share_follows(sentence, count.last, closed=True)
    if not shared and count.form == "noun" and lower[count.last + 1 : count.last + 2] == ["of"]:  # 140 cases of gout (4.6%)
        opening = next((k for k in range(count.last + 2, min(count.last + 6, len(lower))) if lower[k] == "("), None)
        shared = opening is not None and share_follows(sentence, opening - 1, closed=True)
    shared = shared or (count.form == "noun" and _says_share(sentence, count.last))
    shared = shared or (count.form == "noun" and lower[token - 1] == "(" and _share_in_bracket(sentence, count.last))
    opened = lower[token - 2 : token] == ["%", "("] and count.form == "noun" and lower[count.last + 1 : count.last + 2] == [")"]
    shared = shared or opened  # mortality was 28% (114 patients)
    if (count.form != "of" and shared and not _whole(sentence, token)) or (count.form == "n" and _explains_share(sentence, token)):
        return "share"
    if count.form == "n" and (_named_group(lower, token) or (lower[token - 3 : token - 2] in ([":"], [","]) and lower[token - 4] in SEXES)):
        return "group"  # women: n = 14
    if _is_apposed(lower, count.last):
        return "apposed"
    if _in_named(lower, token) or (
        count.noun in _EVENTS and _befell(lower, token, count.last) and holds_more(sentence.document, sentence.numbers[token].value)
    ):
        return "group"
    if (
        lower[token - 1] == ","
        and lower[token - 3 : token - 2] == ["each"]
        and lower[token - 4 : token - 3] in (["in"], ["within"], ["from"])
    ):
        return "each"  # within each practice, 90 patients
    each = lower[token + 1 : token + 3] in (["/", "group"], ["per", "group"], ["per", "arm"], ["in", "each"])
    if _in_group(lower[max(0, token - 5) : token]):
        return "group"
    end = next((k for k in range(count.last + 1, count.last + 9) if k in sentence.numbers), count.last + 9)
    behind, ahead = lower[count.last + 1 : end], lower[max(0, token - 8) : token]
    if "each" in behind and {"group", "arm"} & set(behind[behind.index("each") + 1 : behind.index("each") + 3]):
        return "each"
    if _joins_group(lower, token, count.last):
        return "group"
    if ahead[-1:] == [","] and ahead[-2:-1] in (["group"], ["arm"], ["subgroup"]) and {"in", "among", "for"} & set(ahead):
        return "group"
    each = each or lower[token - 3 : token - 2] == ["each"]  # cultures (each n = 10)
    return "each" if lower[token + 1 : token + 2] == ["each"] or (count.form == "n" and each) else None


def _in_named(lower: list[str], token: int) -> bool:
    """Whether a named group is spoken of just before: in group C, 7 patients; adults in group B without a cause (n = 33)."""
    if "group" not in lower:
        return False
    k = token - 1
    while k > 0 and token - k < 5 and lower[k] in {"n", "=", "(", "["}:
        k -= 1
    near = 5 if k == token - 1 else 9
    if k == token - 1 and lower[k] != ",":
        return False
    return any(lower[j] in {"in", "among"} and lower[j + 1] == "group" and len(lower[j + 2]) <= 2 for j in range(max(0, k - near), k - 2))


def _share_in_bracket(sentence: Sentence, last: int) -> bool:
    """Whether a percentage closes the bracket that a count stands in: (310 children; 80%)."""
    behind = sentence.lower[last + 1 : last + 5]
    return behind[:1] in ([","], [";"]) and last + 2 in sentence.numbers and behind[2:] in (["%", ")"], ["%", ","], ["%", ";"])


_EVENTS = frozenset(
    ["exacerbations", "readmissions", "recurrences", "events", "deaths", "strokes", "falls", "seizures", "haemorrhages", "hemorrhages", "infarcts", "fractures", "relapses"]
)  # fmt: skip


def _befell(lower: list[str], token: int, last: int) -> bool:
    """Whether events are told to have come to pass: there were 40 strokes, 40 strokes occurred."""
    return (
        lower[max(0, token - 2) : token] == ["there", "were"]
        or lower[token - 1] == "including"
        or "experienced" in lower[max(0, token - 4) : token]
        or "occurred" in lower[last + 1 : last + 16]
    )


def _is_apposed(lower: list[str], last: int) -> bool:
    """Whether a bracket behind a count calls it a group: 65 patients with gout (gout group)."""
    opening = next((k for k in range(last + 1, min(last + 7, len(lower))) if not lower[k][0].isalpha()), None)
    if opening is None or lower[opening] != "(":
        return False
    closing = next((k for k in range(opening + 2, min(opening + 6, len(lower))) if lower[k] == ")"), None)
    if closing is not None and not {"per", "each"}.isdisjoint(lower[opening:closing]):
        return False  # 90 patients (45 per arm)
    return closing is not None and bool({"group", "arm", "subgroup"} & {lower[closing - 1], lower[opening + 1]})


def _of_several(lower: list[str], counts: Sequence[Counted], position: int) -> bool:
    """Whether a count is one of a bare list that tells the sizes of data sets: three data sets with 340, 220 and 150 images."""
    start, end = position, position
    while start and set(lower[counts[start - 1].token + 1 : counts[start].token]) <= {",", "and"}:
        start -= 1
    while end + 1 < len(counts) and set(lower[counts[end].token + 1 : counts[end + 1].token]) <= {",", "and"}:
        end += 1
    return start < end and not SEVERAL.isdisjoint(lower[max(0, counts[start].token - 4) : counts[start].token])


def _in_sets(lower: list[str], count: Counted) -> bool:
    """Whether a bracket behind data sets lists their sizes: two data sets (96 made transcripts, 34 real transcripts)."""
    if count.form != "noun":
        return False
    opening = next((k for k in range(count.token - 1, max(-1, count.token - 12), -1) if lower[k] in {"(", ")"}), None)
    return (
        bool(opening)
        and lower[opening or 0] == "("
        and lower[(opening or 0) - 1] in {"datasets", "databases", "benchmarks", "corpora", "registries"}
    )


def _joins_group(lower: list[str], token: int, last: int) -> bool:
    """Whether a count was taken for a group: for the control group, we selected 50 patients; 50 women were put into the control group."""
    ahead = lower[max(0, token - 9) : token]
    at = next((k for k in range(len(ahead) - 1, 0, -1) if ahead[k] == "," and ahead[k - 1] in {"group", "arm"}), None)
    if at is not None and "we" in ahead[at:] and len(ahead) - at <= 5:
        return True
    if "total" in ahead[-3:]:
        return False
    behind = lower[last + 1 : last + 24]
    at = next((k for k, w in enumerate(behind) if w in {"group", "arm"}), None)
    passive = next((k for k, w in enumerate(behind) if w in {"were", "was"}), None)
    if at is None or passive is None or passive > at:
        return False
    labelled = behind[at + 1 : at + 2] and (behind[at + 1] in _LABELS or len(behind[at + 1]) == 1) and behind[at + 1][0].isalnum()
    if labelled and behind[at - 1] in {"in", "into", "to"} and set(behind[passive + 1 : at]) <= _PUT and passive <= 6:
        return True  # 76 patients were included in group one
    if behind[at + 1 : at + 2] not in (["."], [";"], []):
        return False
    link = behind[passive + 1 : at]
    the = next((k for k, w in enumerate(link) if w == "the"), None)
    return the is not None and 1 <= len(link) - the <= 4 and set(link[:the]) <= _PUT and link[the - 1] in {"in", "into", "to"}


_LABELS = frozenset(["one", "two", "three", "four", "five", "i", "ii", "iii"])

_PUT = frozenset(
    [
        "randomly",
        "randomized",
        "randomised",
        "assigned",
        "allocated",
        "selected",
        "for",
        "inclusion",
        "included",
        "put",
        "in",
        "into",
        "to",
        "enrolled",
        "then",
        "also",
    ]
)

# A group of these kinds is the whole: a diverse group of 80 patients.
_UNNAMED = frozenset(
    [
        "a",
        "diverse",
        "large",
        "small",
        "heterogeneous",
        "homogeneous",
        "mixed",
        "this",
        "our",
        "unselected",
        "consecutive",
        "random",
        "representative",
    ]
)


def _in_group(ahead: list[str]) -> bool:
    """Whether a group is said to hold what follows: the control group comprised 150 patients."""
    at = max((k for k, w in enumerate(ahead) if w in {"group", "arm", "subgroup"}), default=None)
    if at is not None and ahead[at : at + 2] == ["group", "of"] and at and ahead[at - 1] in _UNNAMED:
        return False
    if at is None:
        return False
    between = ahead[at + 2 :] if len(ahead) > at + 2 and len(ahead[at + 1]) == 1 else ahead[at + 1 :]  # group A had 40 patients
    return 0 < len(between) <= 2 and set(between) <= _HOLDS


_HOLDS = frozenset(["comprised", "included", "consisted", "contained", "had", "of", "comprising", "including", "with", "involved"])


def _adds_up(sentence: Sentence, counts: Sequence[Counted], position: int) -> bool:
    """Whether the counts that follow are the parts of this one: 340 subjects, 170 male and 170 female."""
    if position + 1 == len(counts) or "(" in sentence.lower[counts[position].last + 1 : counts[position + 1].token]:
        return False
    total = sentence.numbers[counts[position].token].value
    following = [c for c in counts[position + 1 : position + 7] if c.unit == counts[position].unit]
    values = [sentence.numbers[c.token].value for c in following]
    return any(sum(values[:k]) == total for k in range(2, len(values) + 1))


def _says_share(sentence: Sentence, last: int) -> bool:
    """Whether a percentage closes what is said of a count: 90 patients were of grade two (31%)."""
    lower = sentence.lower
    opening = next((k for k in range(last + 1, min(last + 8, len(lower))) if not lower[k][0].isalnum() and lower[k] != "-"), None)
    if opening is None or lower[last + 1] not in _TELLS or _USES & set(lower[last + 1 : opening]):
        return False
    if lower[last + 1] in {"with", "without"} and _shares_go_on(lower, opening):
        return False  # 50 patients with mild (36%), moderate (46%) and severe (18%) gout
    return lower[opening] == "(" and share_follows(sentence, opening - 1, closed=True)


def _shares_go_on(lower: list[str], opening: int) -> bool:
    """Whether the bracket of a share is followed by that of another, joined to it."""
    closing = next((k for k in range(opening + 1, min(opening + 6, len(lower))) if lower[k] == ")"), None)
    if closing is None or lower[closing + 1 : closing + 2] not in ([","], ["and"], ["or"], ["/"]):
        return False
    again = next((k for k in range(closing + 2, min(closing + 8, len(lower))) if lower[k] == "("), None)
    return again is not None and lower[again + 2 : again + 3] == ["%"]


_USES = frozenset(
    ["included", "enrolled", "recruited", "collected", "analysed", "analyzed", "used", "for", "training", "testing", "assigned", "allocated", "split", "divided", "randomly", "available"]
)  # fmt: skip

_TELLS = frozenset(["were", "was", "had", "received", "underwent", "developed", "showed", "with", "without"])


def _explains_share(sentence: Sentence, token: int) -> bool:
    """``53.7% (n = 227)``: a bracket behind a percentage."""
    lower = sentence.lower
    opening = next((k for k in range(token - 1, max(-1, token - 5), -1) if lower[k] in {"(", "["}), None)
    if opening is None:
        return False
    for k in range(opening - 1, max(-1, opening - 12), -1):
        if lower[k] in {"%", "percent"}:
            return True  # 98% of eyes (n = 235), 8% had gout at admission (n = 60)
        if k in sentence.numbers or not (lower[k][0].isalnum() or lower[k] == "-"):
            return False
    return False


def _whole(sentence: Sentence, token: int) -> bool:
    return sentence.lower[token + 2 : token + 3] == ["100"]


def _named_group(lower: list[str], token: int) -> bool:
    """Whether a bracket belongs to a group: ``the control group (n = 13)``."""
    opening = next((k for k in range(token - 1, max(-1, token - 16), -1) if lower[k] in {"(", "[", ")"}), None)
    if not opening or lower[opening] == ")":
        return False
    if "group" in lower[max(opening, token - 4) : token] and lower[token - 3] in {";", ","}:
        return True  # patients with stones (high-risk group; n = 90)
    if lower[token - 3 : token - 2] == [","] and any(lower[k : k + 2] == ["subset", "of"] for k in range(opening + 1, token - 3)):
        return True  # B (a subset of A, n = 9)
    if {"rest", "remaining", "remainder"} & set(lower[max(0, opening - 8) : opening]):
        return True  # the rest were treated at home (n = 8)
    if any(lower[k] in _GROUPS and lower[k + 1] == "of" for k in range(max(0, opening - 9), opening - 1)) and not _PARTLY.isdisjoint(
        lower[max(0, opening - 9) : opening]
    ):
        return True  # a subset of survivors (n = 7)
    # group 2 (low grade, n = 13), subgroup B (n = 7)
    labelled = opening >= 2 and (lower[opening - 1].isdigit() or len(lower[opening - 1]) == 1) and lower[opening - 2] in _NUMBERED
    return labelled or (lower[opening - 1] in _GROUPS and (token - opening <= 4 or lower[opening - 1] == "group"))


_PARTLY = frozenset(["subset", "subgroup", "subsample", "subcohort"])

_GROUPS = frozenset(["group", "arm", "subgroup", "subset", "subsample", "subcohort", "subpopulation"])

_NUMBERED = frozenset(["group", "arm", "subgroup", "cluster", "subtype", "phenotype"])

_SCREENED = frozenset(["screened", "screening", "identified", "approached", "invited", "eligibility", "contacted"])
