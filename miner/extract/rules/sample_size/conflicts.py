"""Counts that are told of as a part of the data and as a group, or whose unit and part follow from the count beside them."""

from __future__ import annotations

from itertools import pairwise

from miner.extract.sentence import Sentence

from .counted import Count

Roles = dict[int, tuple[str, str]]


def is_group(sentence: Sentence, counts: list[Count], roles: Roles, position: int, reason: str) -> bool:
    """Whether a count that is told of as a group is one, though it may also be told of as a part of the data.

    Parameters
    ----------
    sentence : Sentence
        The sentence.
    counts : list of Count
        Its counts in order, those before ``position`` with their roles.
    roles : dict of int to (str, str)
        From `roles.assign_roles`.
    position : int
        Which count.
    reason : str
        Why it is a group, from `groups.group_reason`.
    """
    count = counts[position]
    how = roles.get(count.token, ("", ""))[1]
    if count.role is None or reason in {"fraction", "apposed"} or (reason == "subset" and how not in {"behind", "inside"}):
        return True
    if how == "bracket" and sentence.lower[count.token + 1 : count.token + 3] in (["of", "which"], ["of", "whom"]):
        return True  # 900 calibration records (150 of which told of trials)
    if how in {"front", "beside", "several"} and reason != "included" and lists_people(sentence, counts, roles, position):
        return True
    if how in {"bracket", "shared"} and _lists_classes(sentence, counts, position):
        return True
    alone = not _is_bare_list(sentence, counts, position) and not _changes(roles, counts, position)
    return count.form == "sibling" and how in {"front", "beside"} and alone


def _is_bare_list(sentence: Sentence, counts: list[Count], position: int) -> bool:
    """Whether a count is joined to the next without a word of its own: trained on 260 and 160 compounds."""
    following = counts[position + 1].token if position + 1 < len(counts) else -1
    return sentence.lower[counts[position].token + 1 : following] in (["and"], [","], [",", "and"])


def lists_people(sentence: Sentence, counts: list[Count], roles: Roles, position: int) -> bool:
    """Whether a count behind the name of a set is the first of its classes of people: the discovery set held 80 cases and 70 controls."""
    if position + 1 == len(counts):
        return False
    count, following = counts[position], counts[position + 1]
    between = sentence.lower[count.last + 1 : following.token]
    people = count.unit == following.unit == "participant" and "noun" in {count.form, following.form}
    return people and count.noun != following.noun and between in (["and"], [","], ["/"], [",", "and"]) and following.token not in roles


def _changes(roles: Roles, counts: list[Count], position: int) -> bool:
    """Whether the next count belongs to another part: validated with 100 and tested on 200."""
    following = roles.get(counts[position + 1].token, ("", ""))[0] if position + 1 < len(counts) else ""
    return following not in {"", roles[counts[position].token][0]}


def _lists_classes(sentence: Sentence, counts: list[Count], position: int) -> bool:
    """Whether a count is one of those of classes in one bracket: the test set (20 AD and 30 controls)."""
    count, lower = counts[position], sentence.lower
    others = [c for c in counts[max(0, position - 1) : position + 2] if c is not count]
    for other in others:
        first, second = (other, count) if other.token < count.token else (count, other)
        between = lower[first.token + 1 : second.token]
        named = lower[second.token + 1 : second.token + 2]
        apart = (
            2 <= len(between) <= 5
            and between[0][0].isalpha()
            and between[-1] in {"and", ",", "vs", "/"}
            and not {"(", ")", "in", "from"} & set(between)
        )
        if apart and first.unit == second.unit and named and named[0][0].isalpha() and lower[first.token - 1] in {"(", "and", ","}:
            return True
    return False


_RESULTING = frozenset(["(", "resulted", "in", "with", "comprising", "a", "total", "of", "corresponding", "to", "from"])


def in_own_bracket(sentence: Sentence, counts: list[Count], roles: Roles) -> None:
    """Let what a bracket tells in another unit be of the same part: 109 patients (989 videos) for training."""
    lower = sentence.lower
    for count, other in pairwise(counts):
        between = lower[count.last + 1 : other.token]
        sized = count.form == "size" and between[-1:] == ["and"] and len(between) <= 3 and count.unit == other.unit
        if sized and count.token in roles and other.token not in roles:
            roles[other.token] = roles[count.token]  # the derivation cohort of 60 early and 40 late cases
        if (
            count.token in roles
            and roles[count.token][0]
            and other.token not in roles
            and count.unit != other.unit is not None
            and between[:1] == ["("]
            and set(between) <= _RESULTING
            and lower[other.last + 1 : other.last + 2] == [")"]
        ):
            roles[other.token] = (roles[count.token][0], "behind")


def of_people(sentence: Sentence, counts: list[Count]) -> None:
    """Call cases that come from people no people themselves: 900 cases from 700 patients."""
    for count, following in pairwise(counts):
        between = sentence.lower[count.last + 1 : following.token]
        if (
            count.noun == "cases"
            and following.unit == "participant"
            and following.noun != "cases"
            and between in (["from"], ["of"], ["in"])
        ):
            count.unit = "sample"
