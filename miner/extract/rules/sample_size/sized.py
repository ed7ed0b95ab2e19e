"""Sizes written with ``n =``: what they count is told before their bracket, behind it, inside it, or by their neighbours in a list."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from miner.extract.sentence import Sentence

from .between import SEVERAL
from .counted import Count
from .nouns import Lexicon

_JOINTS = frozenset([",", ";", "and", "or", "versus", "vs", "/"])
# A verb between two brackets ends the list.
_ENDS = frozenset(["were", "was", "is", "are", "had", "from", "using", "with", "than", "while", "whereas", "of", ".", "to", "in"])
_COMMON = frozenset(
    ["samples", "specimens", "pairs", "records", "reports", "cells", "lesions", "recordings", "sequences", "exams", "examinations"]
)  # fmt: skip
_LONGEST_LABEL = 9


def is_labelled(sentence: Sentence, token: int, opening: int) -> bool:
    """Whether the bracket itself says what its size counts: (high dose n = 20, low dose n = 24)."""
    label = sentence.lower[opening + 1 : token]
    return (
        sentence.lower[opening] in {"(", "["}
        and len(label) > 2
        and label[0][0].isalpha()
        and label[-3:-2] != [","]
        and len(label) <= _LONGEST_LABEL
    )


def share_units(sentence: Sentence, counts: list[Count], rejected: Sequence[int], lexicon: Lexicon) -> list[int]:
    """Let the sizes of a list have the unit that stands beside one of them, and return those to reject with a neighbour.

    Parameters
    ----------
    sentence : Sentence
        The sentence.
    counts : list of Count
        Those found so far; the sizes among them are changed.
    rejected : sequence of int
        Tokens of the sizes in brackets that count no units: medications (n = 14).
    lexicon : Lexicon
        The units by noun.
    """
    sizes = {c.token: c for c in counts if c.form == "n"}
    _call_groups(sentence, sizes)
    _nested(sentence, counts, sizes)
    barred: list[int] = []
    for run in _runs(sentence, sorted([*sizes, *rejected])):
        if any(k in rejected for k in run):
            barred += [k for k in run if k in sizes and _beside(sentence, k, lexicon) not in {"participant", "image"}]
            continue
        _unify(sentence, [sizes[k] for k in run], lexicon)
    return barred


def _call_groups(sentence: Sentence, sizes: dict[int, Count]) -> None:
    """Call two or more sizes that one bracket tells by their own labels groups: (high dose n = 20, low dose n = 24)."""
    lower = sentence.lower
    for first, second in pairwise(sorted(sizes)):
        opening = _opening(lower, first)
        between = lower[first + 1 : second]
        between = [] if "total" in between else between
        labels = (
            len(between) > 3 and between[0] in {",", ";", "and"} and between[1][0].isalpha() and not {"(", ")", "[", "]"} & set(between)
        )
        if opening and labels and is_labelled(sentence, first, opening) and SEVERAL.isdisjoint(lower[max(0, opening - 4) : opening]):
            sizes[first].reason = sizes[second].reason = "listed"
        elif sizes[first].reason and labels:
            sizes[second].reason = "listed"


def _nested(sentence: Sentence, counts: list[Count], sizes: dict[int, Count]) -> None:
    """Let the sizes that a bracket lists behind people count people: 50 patients [gallstones (n = 6), viral disease (n = 4)]."""
    lower = sentence.lower
    for run in _runs(sentence, sorted(sizes)):
        opening = _opening(lower, run[0])
        outer = next((k for k in range((opening or 0) - 1, max(-1, (opening or 0) - 8), -1) if lower[k] in {"(", "[", ")", "]"}), None)
        if len(run) < 2 or outer is None or lower[outer] not in {"(", "["}:
            continue
        whole = next((c for c in sorted(counts, key=lambda c: -c.token) if outer - 8 <= c.last < outer and c.form != "n"), None)
        if (
            whole is not None
            and whole.unit == "participant"
            and all(sentence.numbers[k].value <= sentence.numbers[whole.token].value for k in run)
        ):
            for k in run:
                sizes[k].unit, sizes[k].reason = "participant", "listed"


def _unify(sentence: Sentence, run: list[Count], lexicon: Lexicon) -> None:
    """Give one list of sizes the noun behind its last bracket, else that beside one of its own."""
    if len(run) < 2:
        return
    behind = _noun_behind(sentence, run[-1].token, lexicon)
    nouns = {c.token: _beside(sentence, c.token, lexicon) for c in run}
    for count in run:
        if nouns[count.token] is not None:
            continue
        alone = all(nouns[c.token] is None for c in run[:-1]) and _names_all(sentence, run[-1].token, nouns[run[-1].token])
        count.unit = behind or (nouns[run[-1].token] if alone else None) or count.unit


def _names_all(sentence: Sentence, token: int, unit: str | None) -> bool:
    """Whether the noun before a list's last size is that of all: abdominal (n = 21) and pelvic slices (n = 29); not fever (n = 6) and gallstones (n = 3)."""
    opening = _opening(sentence.lower, token)
    return unit in {"participant", "image"} or (opening is not None and sentence.lower[opening - 1] in _COMMON)


def _runs(sentence: Sentence, tokens: list[int]) -> list[list[int]]:
    """Split sizes into lists: nothing but labels, joints and brackets between two of one list."""
    runs: list[list[int]] = []
    for token in tokens:
        between = sentence.lower[runs[-1][-1] + 1 : token] if runs else []
        joined = (
            bool(runs)
            and between[:1] in ([")"], ["]"])
            and len(between) <= _LONGEST_LABEL + 6
            and not _JOINTS.isdisjoint(between)
            and _ENDS.isdisjoint(between)
        )
        if joined:
            runs[-1].append(token)
        else:
            runs.append([token])
    return runs


def _opening(lower: list[str], token: int) -> int | None:
    return next((k for k in range(token - 1, max(-1, token - 6), -1) if lower[k] in {"(", "["}), None)


def _beside(sentence: Sentence, token: int, lexicon: Lexicon) -> str | None:
    """Return the unit of the noun just before the bracket that a size stands in."""
    opening = _opening(sentence.lower, token)
    return lexicon.unit(sentence, opening - 1) if opening else None


def _noun_behind(sentence: Sentence, token: int, lexicon: Lexicon) -> str | None:
    """Return the unit of the noun behind the bracket that a size stands in: chronic (n = 14) participants."""
    if sentence.lower[token + 1 : token + 2] not in ([")"], ["]"]):
        return None
    for k in range(token + 2, min(token + 4, len(sentence.lower))):
        if (unit := lexicon.unit(sentence, k)) is not None:
            return unit
        if not sentence.lower[k][0].isalpha() or sentence.lower[k] in _ENDS | _JOINTS:
            break
    return None
