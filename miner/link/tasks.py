"""Which task an estimate belongs to: by the clause that it stands in, or its place in a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from miner.types import Extraction

_PAIR = re.compile(r"(.+?)\s+(?:vs\.?|versus|against)\s+(.+)")
_CLAUSE = re.compile(r"[;,:]|\b(?:and|while|whereas|but|compared)\b")


class Placed(Protocol):
    """What is asked of an item: its identifier and its extraction."""

    @property
    def id(self) -> str: ...  # noqa: D102 -- named in the class
    @property
    def x(self) -> Extraction: ...  # noqa: D102 -- as above


def task_of(item: Placed, tasks: Sequence[Placed], performances: Sequence[Placed]) -> str | None:
    """Return the pair that an estimate's table or sentence names; else the paper's only pair; else the kind of task.

    Parameters
    ----------
    item : Placed
        The estimate.
    tasks, performances : sequence of Placed
        The paper's labels of kind ``task``, and its estimates, in order.
    """
    if headed := _headed(item, tasks):
        return headed
    pairs = [t for t in tasks if " vs " in str(t.x.value)]
    here = [t for t in pairs if _same_sentence(t, item)]
    if here:
        return str(_nearest(item, here, performances).x.value)
    if len({str(t.x.value) for t in pairs}) == 1:
        return str(pairs[0].x.value)
    if pairs:
        return None
    kinds = {str(t.x.value) for t in tasks if _same_sentence(t, item)}
    if len(kinds) == 1:
        return kinds.pop()
    return str(tasks[0].x.value) if tasks else None


def _headed(item: Placed, tasks: Sequence[Placed]) -> str | None:
    """Return the pair that the header of an estimate's table names, under the rule's name where it read the same words in the paper."""
    match = _PAIR.fullmatch(str(item.x.fields.get("task") or ""))
    if match is None:
        return None
    same = (str(t.x.value) for t in tasks if t.x.evidence.quote.casefold() == match[0].casefold())
    return next(same, f"{match[1]} vs {match[2]}")


def _same_sentence(a: Placed, b: Placed) -> bool:
    x, y = a.x.evidence, b.x.evidence
    return x.document_id == y.document_id and x.sentence is not None and x.sentence == y.sentence


def _nearest(item: Placed, here: list[Placed], performances: Sequence[Placed]) -> Placed:
    """Choose the task of a list by rank, else the one with the fewest joints between, and then the nearest."""
    sentence = item.x.evidence.sentence or ""
    metric = item.x.fields.get("metric")
    listed = [p for p in performances if _same_sentence(p, item) and p.x.fields.get("metric") == metric]
    if "respectively" in sentence and len(listed) == len(here) and item.id in [p.id for p in listed]:
        return here[[p.id for p in listed].index(item.id)]
    origin = _origin(item)
    return min(here, key=lambda t: (_joints(sentence, origin, item, t), abs(t.x.evidence.start - item.x.evidence.start), t.id))


def _origin(item: Placed) -> int:
    """Return where the sentence begins in the document, by where the estimate stands in it."""
    evidence = item.x.evidence
    at = (evidence.sentence or "").find(evidence.quote)
    return evidence.start - max(at, 0)


def _joints(sentence: str, origin: int, item: Placed, task: Placed) -> int:
    a, b = sorted((item.x.evidence, task.x.evidence), key=lambda e: e.start)
    return len(_CLAUSE.findall(sentence[a.end - origin : b.start - origin]))
