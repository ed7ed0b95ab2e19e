"""Parts of the data that are named once for several counts: in lists of one length, before a colon, for a whole sentence."""

from __future__ import annotations

from itertools import pairwise

from miner.extract.sentence import Sentence

from .brackets import opening_at
from .parts import Mention

SETS_NAMED = frozenset(["cohorts", "datasets", "sets", "databases"])


def in_rank(sentence: Sentence, counts: list[tuple[int, int]], found: list[Mention]) -> dict[int, tuple[str, str]]:
    """Return the roles of counts that stand in a list of one length with the parts: 20/5/20 patients for training/validation/test."""
    if "respectively" not in sentence.lower and not _stand_in_rank(sentence, counts, found):
        return {}
    runs = [run for run in _in_a_row(sentence.lower, found) if len(run) == len(counts) and run[-1].end <= counts[0][0]]
    return {number: (role, "respectively") for number, role in _respectively(counts, runs[0] if runs else found).items()}


def _stand_in_rank(sentence: Sentence, counts: list[tuple[int, int]], found: list[Mention]) -> bool:
    """Whether bare counts and parts stand in two lists of one length: 20/5/20 patients for training/validation/test."""
    lower = sentence.lower
    joints = (["/"], [","], ["and"], [",", "and"])
    return (
        len(counts) == len(found) >= 2
        and (found[0].start > counts[-1][0] or found[-1].end <= counts[0][0])
        and len({m.role for m in found}) == len(found)
        and all(lower[a + 1 : b] in joints for (a, _), (b, _) in pairwise(counts))
        and all(lower[a.end : b.start] in joints for a, b in pairwise(found))
    )


def _in_a_row(lower: list[str], found: list[Mention]) -> list[list[Mention]]:
    """Split mentions where more than a joint stands between two: training and test sets of 900 and 300 films, respectively, to develop it."""
    runs = [found[:1]]
    for earlier, mention in pairwise(found):
        if set(lower[earlier.end : mention.start]) <= {",", "and", "/"}:
            runs[-1].append(mention)
        else:
            runs.append([mention])
    return runs


def _respectively(counts: list[tuple[int, int]], found: list[Mention]) -> dict[int, str]:
    """Pair k numbers with k mentions that stand together, in order."""
    k = len(found)
    if k < 2 or len({m.role for m in found}) < 2:
        return {}
    if len(counts) == k:
        return {number: mention.role for (number, _), mention in zip(counts, found, strict=True)}
    # More numbers than mentions: those just before the mentions, else just behind them. A mention between them belongs to its own.
    before = [c for c in counts if c[0] < found[0].start]
    after = [c for c in counts if c[0] > found[-1].start]
    chosen = before[-k:] if len(before) >= k else after[:k] if len(after) == k else []
    return {number: mention.role for (number, _), mention in zip(chosen, found, strict=True)} if chosen else {}


def all_of_one(sentence: Sentence, counts: list[tuple[int, int]], found: list[Mention], roles: dict[int, tuple[str, str]]) -> None:
    """Let sizes in brackets, far behind what the sentence does with them, have the one part that it names: trained on films of our ward (90 films)."""
    lower, mention = sentence.lower, found[0]
    if len(found) > 1 or roles or counts[0][0] - mention.end > _FAR or {";", "respectively"} & set(lower[mention.end : counts[-1][0]]):
        return
    used = mention.verb and lower[mention.end : mention.end + 1] == ["on"] and mention.role == "train"
    used = used or (mention.role == "external" and lower[mention.end : mention.end + 1] in (["using"], ["on"], ["with"], ["in"]))
    openings = {opening_at(lower, number) for number, _ in counts}
    if used and None not in openings and len(openings) == 1:
        roles.update({number: (mention.role, "front") for number, _ in counts})


_FAR = 40


def in_list(sentence: Sentence, counts: list[tuple[int, int]], found: list[Mention], roles: dict[int, tuple[str, str]]) -> None:
    """Let all that a colon lists have the part named before it: tested on three kinds of data: 90 films, 40 scans and 12 plates."""
    lower = sentence.lower
    for mention, following in zip(found, [*(m.start for m in found[1:]), len(lower)], strict=True):
        colon = next((k for k in range(mention.end, min(mention.end + 9, len(lower))) if lower[k] in {":", ";"}), None)
        if mention.role == "train" or colon is None or _KINDS.isdisjoint(lower[max(0, mention.start - 4) : colon]):
            continue
        if not (SETS_NAMED | {"data", "dataset"}).isdisjoint(lower[mention.start : colon]):
            listed = [number for number, _ in counts if colon < number < following and number not in roles]
            roles.update(dict.fromkeys(listed, (mention.role, "plural")))


_KINDS = frozenset(["types", "kinds", "different", "distinct", "two", "three", "four", "five", "several", "2", "3", "4", "5"])
