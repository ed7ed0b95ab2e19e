"""Which part of the data a number counts: that of the words beside it."""

from __future__ import annotations

from itertools import pairwise

from miner.extract.sentence import Sentence

from .brackets import opening_at
from .counted import SEXES
from .parts import AFTER_VERB, MODEL, SETS, Mention
from .ranks import SETS_NAMED, all_of_one, in_list, in_rank

_LINK = frozenset(
    ["for", "in", "as", "to", "into", "the", "used", "a", "an", "(", "were", "was", "our", "assigned", "allocated", "and", "which", "served", "formed", "constituted", "comprised", "be", "model", "used", "within", "of"]
)  # fmt: skip


def assign_roles(sentence: Sentence, counts: list[tuple[int, int]], found: list[Mention]) -> dict[int, tuple[str, str]]:
    """Return the role of each number that a mention belongs to, and where the mention stands (``front``, ``behind`` …).

    Parameters
    ----------
    sentence : Sentence
        The sentence.
    counts : list of (int, int)
        The numbers that count units, in order: token of the number, last token of its noun phrase.
    found : list of Mention
        From `mentions`.
    """
    roles: dict[int, tuple[str, str]] = {}
    if not found or not counts:
        return roles
    roles.update(in_rank(sentence, counts, found))
    joined: list[int] = []
    for position, (number, last) in enumerate(counts):
        if number in roles:
            continue
        left = _left(sentence, counts, position)
        right = _right(sentence, counts, position)
        for how, role in (
            ("inside", _inside(sentence, number, last, found)),
            ("bracket", _bracket(sentence, number, left, found)),
            ("beside", _beside(sentence, number, left, found)),
            ("behind", None if _is_shared_out(sentence.lower, number) else _behind(sentence, last, right, found)),
            ("front", _front(sentence, number, left, found)),
        ):
            if role is not None:
                if role == "both":
                    joined.append(number)
                elif role != "whole":
                    several = how in {"front", "beside"} and _after_several(sentence, number, found)
                    roles[number] = (role, "several" if several else how)
                break
    if any(role in {"test", "external"} for role, _ in roles.values()):
        # 360 for training and validation, 100 for testing
        roles.update(dict.fromkeys(joined, ("train", "joined")))
    _learnt(sentence, counts, found, roles)
    all_of_one(sentence, counts, found, roles)
    in_list(sentence, counts, found, roles)
    _shared(sentence, counts, roles)
    _plural(sentence, counts, roles)
    for number in joined:
        roles.setdefault(number, ("", "joined"))
    return roles


def _left(sentence: Sentence, counts: list[tuple[int, int]], position: int) -> int:
    """Return the token where the search before a count ends: the count before it, or the one before that for the total of a share."""
    if not position:
        return -1
    before = counts[position - 1]
    ahead = sentence.lower[max(0, counts[position][0] - 2) : counts[position][0]]
    if (ahead[-1:] in (["of"], ["/"]) or ahead in (["of", "the"], ["of", "all"])) and before[0] == before[1]:
        return counts[position - 2][1] if position > 1 else -1
    return before[1]


def _right(sentence: Sentence, counts: list[tuple[int, int]], position: int) -> int:
    """Return the token where the search behind a count ends: the next count that is not in a bracket of this one's own."""
    lower, last = sentence.lower, counts[position][1]
    for number, _ in counts[position + 1 :]:
        between = lower[last + 1 : number]
        if between.count("(") <= between.count(")"):
            return number
    return len(lower)


def _inside(sentence: Sentence, number: int, last: int, found: list[Mention]) -> str | None:
    """Return the part named inside the noun phrase: 120 training images, 50 prospective samples."""
    behind = [m for m in found if number < m.start <= last]
    # (604 training, 272 test)
    alone = [m for m in behind if m.start == number + 1 and sentence.lower[m.end : m.end + 1] in ([","], [")"], [";"], ["and"], ["]"])]
    if not behind:
        # 1200 training and 500 test samples; a 1200-image training set
        reach = 2 if sentence.lower[number + 1 : number + 2] == ["-"] else 1  # a 90-image primary test set
        close = [m for m in found if m.start == number + 1 or (last < m.start <= last + reach and last > number and not m.verb)]
        joins = (["and"], [","], [")"], [";"])
        return next((m.role for m in close if not m.verb or sentence.lower[m.end : m.end + 1] in joins), None)
    return next((m.role for m in behind if m in alone or sentence.lower[m.start] not in _DONE), None)


# Before a noun these describe it: 900 expert-validated images.
_DONE = frozenset(
    ["validated", "verified", "tested", "evaluated", "developed", "established", "derived", "created", "built", "constructed"]
)  # fmt: skip


def _bracket(sentence: Sentence, number: int, left: int, found: list[Mention]) -> str | None:
    """Return the part named just before or in the bracket that a number stands in."""
    lower = sentence.lower
    opening = opening_at(lower, number)
    if opening is None:
        return None
    inside = [
        m for m in found if max(opening, left) < m.start < number and (left < opening or lower[m.end : number] in ([","], [":"], ["="]))
    ]
    if inside:
        return inside[-1].role
    # (n = 87; training cohort)
    behind = [m for m in found if number < m.start <= number + 3 and not m.verb and not {"(", ")", "["} & set(lower[number + 1 : m.start])]
    if behind and lower[behind[0].end : behind[0].end + 1] in ([")"], ["]"], [";"]):
        return behind[0].role
    ahead = [m for m in found if left < m.end <= opening and opening - m.end <= 7]
    if ahead and {"and", "while", ";"} & set(lower[ahead[-1].end : opening]) and _leads_on(lower, number, found):
        return None  # … the training set, and the remaining patients (n = 92) to the validation set
    return _one(ahead, lower) if ahead else None


def _leads_on(lower: list[str], number: int, found: list[Mention]) -> bool:
    """Whether what stands just behind a bracket leads to a part."""
    closing = next((k for k in range(number, min(number + 4, len(lower))) if lower[k] in {")", "]"}), None)
    nearest = next((m for m in found if closing is not None and closing < m.start <= closing + 6), None)
    return nearest is not None and closing is not None and set(lower[closing + 1 : nearest.start]) <= _LEADING


_LEADING = frozenset(["to", "in", "into", "for", "as", "the", "a", "our", "were", "was", "used", "assigned", "included", "formed"])


def _shared(sentence: Sentence, counts: list[tuple[int, int]], roles: dict[int, tuple[str, str]]) -> None:
    """Let counts have the part of the count before them: in one bracket with it, or in a bare list (439, 186 and 82)."""
    lower = sentence.lower
    counts_end = dict(counts)
    for (number, last), (following, _) in pairwise(counts):
        if number not in roles or following in roles:
            continue
        between = lower[last + 1 : following]
        opening = opening_at(lower, number)
        same_bracket = opening is not None and opening == opening_at(lower, following)
        cohorts = (
            lower[number - 1] == lower[following - 1] == "=" and "and" in between and bool({"cohort", "dataset", "set"} & set(between[-5:]))
        )
        if (
            cohorts
            or between
            in (
                ["from"],
                ["in"],
                ["of"],
                ["across"],
                ["extracted", "from"],
                ["obtained", "from"],
                ["taken", "from"],
                ["derived", "from"],
                ["acquired", "from"],
            )
            or (same_bracket and len(between) <= 3 and lower[counts_end[following]] not in _SOME)
            or (between == ["("] and lower[number] == lower[following])  # 243 subjects (243 eyes)
            or (last == number and 0 < len(between) <= 2 and set(between) <= {",", "and", "/"})
        ):
            roles[following] = (roles[number][0], "shared")
    for (number, _), (following, _) in reversed(list(pairwise(counts))):
        if number in roles or roles.get(following, ("", ""))[1] not in {"behind", "back"}:
            continue
        # 711 and 298 volumes were used for external validation; 429 scans from 345 eyes for testing
        if lower[number + 1 : following] in (["and"], [","], [",", "and"]) or _from(lower, counts, number, following):
            roles[number] = (roles[following][0], "back")


def _learnt(sentence: Sentence, counts: list[tuple[int, int]], found: list[Mention], roles: dict[int, tuple[str, str]]) -> None:
    """Let all that a model is said to be trained on be training data: pretrained on 900,000 films, 400 reports and 20 atlases."""
    lower = sentence.lower
    for (number, last), (following, end) in pairwise(counts):
        if following in roles or roles.get(number) != ("train", "front"):
            continue
        mention = next((m for m in reversed(found) if m.end <= number), None)
        joined = lower[last + 1 : following] in (["and"], [","], [",", "and"])
        ended = lower[end + 1 : end + 2] in ([","], ["and"], ["."], [";"], [], ["from"], ["of"], ["spanning"], ["covering"])
        if joined and ended and end > following and mention is not None and mention.verb:
            roles[following] = roles[number]


# In one bracket with a set's size, these are some of it.
_SOME = SEXES | {"events", "deaths"}


def _after_several(sentence: Sentence, number: int, found: list[Mention]) -> bool:
    """Whether the part named before a count is one of several sets: two independent cohorts of 200 and 150 patients."""
    return any(m.end <= number <= m.end + 4 and sentence.lower[m.end - 1] in {"sets", "cohorts", "datasets", "subsets"} for m in found)


def _plural(sentence: Sentence, counts: list[tuple[int, int]], roles: dict[int, tuple[str, str]]) -> None:
    """Let the counts of several sets share their part: two test sets with 195 videos and 260 reports."""
    lower = sentence.lower
    for (number, last), (following, _) in pairwise(counts):
        between = lower[last + 1 : following]
        sized = lower[number - 1] == lower[following - 1] == "=" and len(between) <= 9 and ")" in between and "(" in between
        several = roles.get(number, ("", ""))[1] == "plural" or bool(SETS_NAMED & set(lower[max(0, number - 12) : number]))
        if sized and number in roles and following not in roles and several:
            roles[following] = (roles[number][0], "plural")  # three external cohorts: A (n = 500), B (n = 90) and C (n = 370)
        if (
            roles.get(number, ("", ""))[1] == "several"
            and following not in roles
            and between[-1:] in (["and"], [","])
            and len(between) <= 3
        ):
            roles[following] = (roles[number][0], "several")


def _from(lower: list[str], counts: list[tuple[int, int]], number: int, following: int) -> bool:
    """Whether two counts tell of the same data: 429 pairs from 345 eyes."""
    last = next(end for start, end in counts if start == number)
    return lower[last + 1 : following] in (["from"], ["of"], ["in"], ["containing"], ["across"], ["paired", "with"])


def _one(ahead: list[Mention], lower: list[str]) -> str:
    """Return the last mention's part, unless two are joined: training and validation cohorts (n = 100) is neither."""
    end = ahead[-1].end
    if lower[end : end + 1] == ["and"] and not {"evaluated", "assessed", "evaluate", "evaluating", "assess"}.isdisjoint(
        lower[end + 1 : end + 3]
    ):
        return "both"
    if len(ahead) >= 2 and _are_joined(lower, ahead[-2], ahead[-1]):
        return "both"
    return ahead[-1].role


# Between the noun and the part that it became: were randomly assigned to the …, served as the …, were reserved for …
_BECAME = frozenset(
    ["were", "was", "are", "is", "being", "then", "randomly", "random", "retrospectively", "prospectively", "also", "further", "subsequently", "respectively",
     "used", "annotated", "labeled", "labelled", "included", "enrolled", "assigned", "allocated", "reserved", "selected", "drawn", "chosen", "taken", "put", "placed", "split", "divided", "separated",
     "partitioned", "set", "aside", "kept", "held", "left", "employed", "utilized", "utilised", "recruited", "collected", "gathered", "obtained", "served",
     "serving", "formed", "forming", "constituted", "comprised", "acted", "applied", "involved", "part", "making", "up", "made", "remaining", "only", "exclusively", "available", "internal", "separate", "constitute", "form", "serve", "comprise", "build", "make", "act", "local", "final", "primary", "initial", "first", "second", "third", "generated", "simulated"]
)  # fmt: skip
# For external validation, we used another 120 scans.
_WE_USED = frozenset([",", "we", "used", "collected", "included", "analyzed", "analysed", "obtained", "employed", "recruited", "enrolled", "applied", "a", "an", "another",
                      "additional", "separate", "further", "total", "over", "about", "approximately", "of", "the", "data", "from", "dataset", "cohort", "set", "were", "was"])  # fmt: skip
_DIVIDED = frozenset(["divided", "split", "separated", "partitioned", "subdivided"])
_TOWARDS = frozenset(["for", "in", "as", "to", "into", "of", "formed", "constituted", "comprised"])


_OF = frozenset(
    ["of", "with", "(", ":", "=", "n", "comprising", "containing", "including", "involving", "comprised", "contained", "included", "had", "a", "total", "over"]
)  # fmt: skip


def _beside(sentence: Sentence, number: int, left: int, found: list[Mention]) -> str | None:
    """Return the part named just before a number: an external hold-out set of 176 images for final validation."""
    ahead = [m for m in found if left < m.start and m.end <= number and not m.verb]
    if not ahead or number - ahead[-1].end > 4 or sentence.lower[ahead[-1].end - 1] not in SETS:
        return None
    between = sentence.lower[ahead[-1].end : number]
    return _one(ahead, sentence.lower) if between and set(between) <= _OF else None


def _behind(sentence: Sentence, last: int, right: int, found: list[Mention]) -> str | None:
    """Return the part named behind the noun: 120 scans for training, 80 images with labels were randomly assigned to the test set."""
    lower = sentence.lower
    ahead = [m for m in found if last < m.start < right]
    if not ahead:
        return None
    mention = ahead[0]
    between = _without_bracket(lower[last + 1 : mention.start])
    if _is_apposed(lower, between, mention):
        return mention.role
    if between[:1] == ["("] or (between.count("(") > between.count(")") and any(w[0].isdigit() for w in between)):
        return None  # 90 were included (60 in the training set, 30 in the test set)
    if len(between) > (28 if {"were", "was"} & set(between) else 16) or not between:
        return None
    if between.count(")") > between.count("(") and _shares_bracket(lower, last):
        return None  # one of several in a bracket; the part is that of what stands before it
    passive = next((k for k, w in enumerate(between) if w in {"were", "was", "served", "formed", "constituted", "acted"}), None)
    # What describes the noun may stand before "were"; behind it, only what leads to the part.
    link = between if passive is None or {";", "."} & set(between[:passive]) else between[passive:]
    if "for" in link[-4:-1]:
        link = link[: len(link) - link[::-1].index("for")]  # for CNN training, for zero-shot external validation
    the_part = len(link) == 2 and link[0] in {"were", "was"} and link[1] in {"the", "our", "a"}
    if the_part or (link in (["were"], ["was"]) and lower[mention.start] == "held"):
        return mention.role  # the other 120 were the validation cohort; 30 patients were held out
    if len(link) > 9 or not all(w in _LINK or w in _BECAME or w in {"%", ")"} or w[0].isdigit() for w in link) or not _TOWARDS & set(link):
        return None
    if _DIVIDED & set(between) or lower[mention.end : mention.end + 1] in (["("], ["["]):
        return "whole"
    if lower[mention.end : mention.end + 1] in (["and"], ["or"], ["/"]) and lower[mention.end + 1 : mention.end + 2] in _CHECKING:
        return "both"  # 900 episodes were used for training and evaluation
    if mention.verb and "to" in between and len(ahead) > 1 and _are_joined(lower, ahead[0], ahead[1]):
        return "both"  # 900 curves were used to train and test
    if mention.verb and "to" in between:
        # "12 scans to train": a part only where another part is told too.
        alone = lower[mention.start] == "train" and (
            lower[mention.end : mention.end + 1] in (["the"], ["a"], ["an"], ["our"])
            or "".join(sentence.words[mention.end : mention.end + 1])[:1].isupper()
        )
        return mention.role if alone or len({m.role for m in found}) > 1 else None
    return "both" if len(ahead) > 1 and _are_joined(lower, ahead[0], ahead[1]) else mention.role


_CHECKING = (["evaluation"], ["evaluate"], ["assessment"], ["testing"], ["validation"], ["test"])


def _is_apposed(lower: list[str], between: list[str], mention: Mention) -> bool:
    """Whether the part stands in a bracket behind the noun, or behind its "from"."""
    if between == ["("] and lower[mention.end : mention.end + 1] == [")"]:
        return True  # 500 patients (test set)
    if between == ["the"] and mention.end - mention.start > 1 and lower[mention.start - 3] in {"and", ",", "remaining", "other", "last"}:
        return True  # 70 formed the training set and 30 the test set
    if between[:1] == ["from"] and len(between) <= 3 and lower[mention.end - 1] in SETS and mention.end - mention.start > 1:
        return True  # 50 patients from the external cohort
    formed = not {"formed", "constituted", "served"}.isdisjoint(lower[: mention.start - len(between)])
    if between[-1:] == ["the"] and formed and between[:1] in (["from"], ["of"], ["in"]) and len(between) <= _SHORT and "," not in between:
        return True  # 90 from one ward formed the training cohort and 40 from another the test cohort
    if between[:1] == ["("]:
        return False
    # 270 patients from one hospital (training cohort)
    alone = between[-1:] in (["("], ["["]) and lower[mention.end : mention.end + 1] in ([")"], ["]"], [";"], [","])
    return alone and len(between) <= 14 and not {"were", "was", ";", ".", ")", "and"} & set(between) and between.count("(") <= 1


_SHORT = 8


def _is_shared_out(lower: list[str], number: int) -> bool:
    """Whether only a share of a count became the part: sixty percent of the 500 samples were used for training."""
    k = number - 1
    while k > 1 and lower[k] in {"the", "all", "these", "our"}:
        k -= 1
    return k > 0 and lower[k] == "of" and lower[k - 1] in {"%", "percent"}


def _without_bracket(words: list[str]) -> list[str]:
    """Leave out a bracket at the beginning: 35 patients (6 with and 29 without it) were enrolled as the test set."""
    if words[:1] == ["("] and ")" in words:
        return words[words.index(")") + 1 :]
    return words


def _shares_bracket(lower: list[str], last: int) -> bool:
    opening = opening_at(lower, last)
    numbers = sum(w[0].isdigit() for w in lower[opening + 1 : last]) if opening is not None else 0
    return numbers > (lower[opening - 1] in {"%", "percent"} if opening else 0)  # 20% (90 notes) were held out


def _are_joined(lower: list[str], first: Mention, second: Mention) -> bool:
    """Whether two mentions of different parts share what is said of them: training, and internal validation."""
    between = lower[first.end : second.start]
    return first.role != second.role and (
        between in (["/"], ["or"], [","], [",", "and"], ["or"]) or (between[:1] == ["and"] and len(between) <= 2)
    )


def _is_used(between: list[str]) -> bool:
    """Whether a verb's object is told after some detour: trained in two stages (first A then B) using only 900 samples."""
    k = len(between)
    while k and between[k - 1] in {"only", "over", "about", "just", "a", "total", "of", "approximately", "more", "than", "the"}:
        k -= 1
    detour = between[: k - 1]
    return 0 < k <= 18 and between[k - 1] in {"using", "on"} and _LEAVES.isdisjoint(detour)


_LEAVES = frozenset(
    [",", ";", "and", "tested", "evaluated", "validated", "that", "which", "on", "using", "with", "achieved", "reached", "showed", "performed", "to"]
)  # fmt: skip


_IN_THE = (["in", "the"], ["in", "our"], ["for", "the"], ["in", "an"])


def _front(sentence: Sentence, number: int, left: int, found: list[Mention]) -> str | None:
    """Return the part named before the number: a training set of 639 images, validated in 50 patients, the test set included 70."""
    lower = sentence.lower
    ahead = [m for m in found if left < m.start and m.end <= number]
    if not ahead:
        return None
    mention = ahead[-1]
    between = lower[mention.end : number]
    if mention.verb and mention.role == "train" and _is_used(between):
        return mention.role
    if len(between) > 10 or ";" in between or (")" in between and "(" not in between):
        return None
    if mention.verb and not ((set(between[:5]) & AFTER_VERB and len(between) <= 8) or between[:1] in (["a"], ["the"], ["an"], [":"])):
        return None
    if not mention.verb and not between and lower[mention.end - 1] not in SETS:
        return _one(ahead, lower)
    purpose = mention.start - 1 if mention.start and lower[mention.start - 1] not in MODEL else mention.start - 2
    if between[:1] == [","] and purpose >= 0 and lower[purpose] in {"for", "as"} and set(between) <= _WE_USED:
        return mention.role
    shared = between[-1:] in (["of"], ["/"]) or between[-2:] in (["of", "the"], ["of", "all"])
    if between[:1] == [","] and shared and lower[max(0, mention.start - 2) : mention.start] in _IN_THE:
        return _one(ahead, lower)  # in the validation cohort, 12 of the 45 patients
    if between[:1] == [":"] and 2 <= len(between) <= 5 and between[-1] == "," and between.count(",") == 1:
        return mention.role  # validation data: one hospital, 160 patients
    if "," in between and not (
        set(between) & {"comprised", "included", "contained", "consisted", "had", "with", "of", "on", "in", "n", "involving"}
    ):
        return None
    return _one(ahead, lower)
