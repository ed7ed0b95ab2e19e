"""Values in lists, and how the names of metrics are spread over them: in turn, by blocks, or one for all."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from miner.text.patterns import load_patterns

from .metrics import Mention
from .values import Value

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
Group = list[Mention]
Run = list[Value]
BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_COUNTS = re.compile(r"\b\d[\d, ]*(?: (?:out )?of | ?/ ?)\d[\d,]*\b(?: ?[;,]?(?= ?\())?")
_JOINER = _PATTERNS["joiner"]
_JOINED = re.compile(r"\band\b|\bor\b|/|&|as well as|\+|-")


@dataclass(slots=True)
class Sequence:
    """Values in runs that one group of names governs, in the order of the text."""

    group: Group
    how: str
    runs: list[Run] = field(default_factory=list)


def runs(text: str, values: list[Value]) -> list[Run]:
    """Return values in lists: those with nothing but a comma, ``and``, a slash, a count or a bracketed name between them."""
    found: list[Run] = []
    for value in values:
        if found and _JOINER.match(bare_gap(text, found[-1][-1].end, value.start)):
            found[-1].append(value)
        else:
            found.append([value])
    return found


def bare_gap(text: str, start: int, end: int) -> str:
    """Return the text between two places without brackets and counts."""
    return _COUNTS.sub(" ", BRACKETS.sub(" ", text[start:end])).replace("--", "-")


def gap_between(text: str, start: int, end: int) -> str:
    """Return the text between two places without counts, and without brackets where all of them close."""
    gap = text[start:end]
    return _COUNTS.sub(" ", BRACKETS.sub(" ", gap)) if gap.count("(") == gap.count(")") else _COUNTS.sub(" ", gap)


def spread(text: str, sequence: Sequence) -> None:
    """Give each value of a sequence its metric: in turn, by blocks, one for all, or one for each run."""
    names, lists = [m.metric for m in sequence.group], sequence.runs
    k, total = len(names), sum(len(r) for r in lists)
    for i, run in enumerate(lists):
        n = len(run)
        if (
            n == 1 == total
            and k > 1
            and sequence.how == "name before"
            and text.count("(", sequence.group[-1].start, sequence.group[-1].end)
            > text.count(")", sequence.group[-1].start, sequence.group[-1].end)
        ):
            chosen = [names[-1]]  # ``precision, recall and F1 scores (F1 = 0.9)``
        elif (
            n == 1 == total
            and k > 1
            and sequence.how == "name before"
            and not _JOINED.search(text, sequence.group[-2].end, sequence.group[-1].start)
        ):
            chosen = [names[-1]]  # ``by the Youden index, the sensitivity was 90%``
        elif k == 1 or (n == 1 and total == 1):
            chosen = [names[0]] * n
        elif n == 2 and bare_gap(text, run[0].end, run[1].start).strip(" %") in {"-", "to"}:
            # one range for all, or one for each: ``from 0.7 to 1 and from 0.6 to 1, respectively``
            chosen = [names[i if len(lists) == k else 0]] * n
        elif n == k:
            chosen = names
        elif n % k == 0:
            chosen = _blocks(text, run, names)
        elif total == k:
            done = sum(len(r) for r in lists[:i])
            chosen = names[done : done + n]
        elif len(lists) == k and n > 1:
            chosen = [names[i]] * n
        elif n < k:
            chosen = names[:n] if n > 1 or sequence.how == "name after" else [names[0]]
        else:
            chosen = [names[min(j, k - 1)] for j in range(n)]
        for value, metric in zip(run, chosen, strict=True):
            value.metric, value.how = metric, sequence.how if metric else "another quantity"


def _blocks(text: str, run: Run, names: list[str | None]) -> list[str | None]:
    """``96%/96%, 98%/68%`` goes metric by metric; ``0.9 vs 0.8, 0.7 vs 0.6`` and ``0.9, 0.8; 0.7, 0.6`` by blocks."""
    n, k = len(run), len(names)
    size = n // k
    joints = [bare_gap(text, a.end, b.start).strip(" %") for a, b in pairwise(run)]
    tight = [j in {"/", "-", "vs", "vs.", "versus", "to"} for j in joints]
    at = [(i + 1) % size == 0 for i in range(n - 1)]
    if (
        size > 1
        and all(t != a for t, a in zip(tight, at, strict=True))
        and not (size == k and "/" in text[: run[0].start] and joints[0] == "/")
    ):
        return [names[i // size] for i in range(n)]
    if size > 1 and all((";" in j) == a for j, a in zip(joints, at, strict=True)):
        return [names[i // size] for i in range(n)]
    return [names[i % k] for i in range(n)]
