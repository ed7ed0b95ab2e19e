"""Which task a performance belongs to: by the clause that it stands in, its place in a list, or the paper's only pair."""

from __future__ import annotations

import re
from collections.abc import Sequence

from miner.extract.relation.document import Document, Performance
from miner.types import Extraction

SEVERAL = "several"
_PAIR = re.compile(r"(.+?)\s+(?:vs\.?|versus|against)\s+(.+)")
_CLAUSE = re.compile(r"[;,:]|\b(?:and|while|whereas|but|compared)\b")


def task_of(p: Performance, tasks: Sequence[Extraction], document: Document) -> str | None:
    """Return the pair that a value's table or sentence names; else the paper's only pair; else the kind of task; ``several`` where they can't be told apart.

    Parameters
    ----------
    p : Performance
    tasks : sequence of Extraction
        The document's labels of kind ``task``, in order.
    document : Document
    """
    if headed := _headed(p, tasks):
        return headed
    pairs = [t for t in tasks if " vs " in str(t.value)]
    here = [t for t in pairs if document.sentence_at(t.evidence.start) == p.sentence]
    if here:
        return str(_nearest(p, here, document).value)
    names = {str(t.value) for t in pairs}
    if len(names) == 1:
        return names.pop()
    if names:
        return SEVERAL
    kinds = {str(t.value) for t in tasks if document.sentence_at(t.evidence.start) == p.sentence}
    if len(kinds) == 1:
        return kinds.pop()
    return str(tasks[0].value) if tasks else None


def _headed(p: Performance, tasks: Sequence[Extraction]) -> str | None:
    """Return the pair that the header of a value's table names, under the rule's name where it read the same words in the paper."""
    match = _PAIR.fullmatch(str(p.label.fields.get("task") or ""))
    if match is None:
        return None
    same = (str(t.value) for t in tasks if t.evidence.quote.casefold() == match[0].casefold())
    return next(same, f"{match[1]} vs {match[2]}")


def _nearest(p: Performance, here: Sequence[Extraction], document: Document) -> Extraction:
    """Choose the task of a list by rank, else the one with the fewest joints between, and then the nearest."""
    listed = [q for q in document.performances if q.sentence == p.sentence and q.metric == p.metric]
    if "respectively" in document.sentence_text(p.sentence) and len(listed) == len(here):
        return here[listed.index(p)]

    def distance(t: Extraction) -> tuple[int, int, int]:
        low, high = sorted(((t.evidence.start, t.evidence.end), (p.start, p.end)))
        return len(_CLAUSE.findall(document.text, low[1], high[0])), abs(t.evidence.start - p.start), t.evidence.start

    return min(here, key=distance)
