"""Which labels are an estimate's own: those of its clause, else of its sentence, else of the title; each with the place that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from miner.extract.relation.document import Document, Performance
from miner.types import Extraction

KINDS = ("task", "condition", "modality", "dataset", "validation", "method")
_PAIR = re.compile(r"(.+?)\s+(?:vs\.?|versus|against)\s+(.+)")
_JOINT = re.compile(r"[;,:]|\b(?:and|while|whereas|but|compared)\b")
_IMAGE = frozenset({"segmentation", "localisation", "registration", "reconstruction", "generation", "measurement"})
# Overlap answers no question about people, and concordance none but what will happen.
_ANSWERS = {"dice": _IMAGE, "iou": _IMAGE, "c_index": frozenset({"prognosis", "onset", "treatment response"})}
_OF_PIXELS = frozenset({"segmentation", "registration", "reconstruction", "generation"})
_ABOUT_PEOPLE = frozenset({"auc", "npv", "balanced_accuracy"})


@dataclass(frozen=True, slots=True)
class Told:
    """A label of an estimate: its value, how near it stands (``clause``, ``sentence``, ``title``, ``table``), and where.

    ``score`` is the probability that the label is right; of a task, ``asked`` is the probability that its question is.
    """

    kind: str
    value: str
    reach: str
    start: int
    score: float
    asked: float | None = None

    def to_field(self) -> dict[str, Any]:
        """Return it as an extraction's fields hold it."""
        return {"kind": self.kind, "value": self.value, "reach": self.reach, "start": self.start, "score": self.score, "asked": self.asked}


@dataclass(frozen=True, slots=True)
class _Mention:
    label: Extraction
    start: int
    end: int


def labels_of(p: Performance, document: Document, stretch: tuple[int, int], item: str | None) -> list[Told]:
    """Return the labels of an estimate, at most one a kind.

    Parameters
    ----------
    p : Performance
    document : Document
        Its labels know all places where they are mentioned.
    stretch : tuple of int
        Where the estimate's clause begins and ends.
    item : str or None
        What a list of names says of the estimate where it stands in a list of values.

    Returns
    -------
    list of Told
        In the order of `KINDS`; no label of a kind where neither clause, sentence nor title tells one, or the sentence tells several that can't be told apart.
    """
    return [label for kind in KINDS if (label := _one(kind, p, document, stretch, item)) is not None]


def _one(kind: str, p: Performance, document: Document, stretch: tuple[int, int], item: str | None) -> Told | None:
    labels = [x for x in document.labels if x.kind == kind]
    if kind == "task":
        if (headed := _headed(p, labels)) is not None:
            return headed
        labels = [x for x in labels if _answers(p.metric, x)]
    if not labels:
        return None
    mentions = [m for x in labels for m in _mentions(x)]
    here = [m for m in mentions if document.sentence_at(m.start) == p.sentence]
    near = _clause(here, p, document, stretch, item)
    if near is not None:
        return _label(near, "clause")
    if here:
        # Several in the sentence, none in the clause: whose they are is not told.
        values = {str(m.label.value) for m in here}
        return _label(here[0], "sentence") if len(values) == 1 or kind in ("method", "modality", "condition") else None
    if kind == "validation":
        return None
    titled = [m for m in mentions if document.sentences[document.sentence_at(m.start)].section == "title"]
    if kind == "task" and len({str(m.label.value) for m in titled}) > 1:
        return None
    return _label(min(titled, key=lambda m: m.start), "title") if titled else None


def _clause(here: Sequence[_Mention], p: Performance, document: Document, stretch: tuple[int, int], item: str | None) -> _Mention | None:
    """Return the mention of the estimate's clause: by rank in a list, else the one with the fewest joints between, and then the nearest."""
    if item is not None:
        listed = [m for m in here if document.text[m.start : m.end] in item]
        if len({str(m.label.value) for m in listed}) == 1:
            return listed[0]
    values = list(dict.fromkeys(str(m.label.value) for m in sorted(here, key=lambda m: m.start)))
    row = [q for q in document.performances if q.sentence == p.sentence and q.metric == p.metric]
    if len(values) > 1 and len(row) == len(values) and "respectively" in document.sentence_text(p.sentence):
        return next(m for m in here if m.label.value == values[row.index(p)])
    inside = [m for m in here if stretch[0] <= m.start < stretch[1]]
    return min(inside, key=lambda m: _distance(m, p, document)) if inside else None


def _distance(m: _Mention, p: Performance, document: Document) -> tuple[int, int, int]:
    low, high = sorted(((m.start, m.end), (p.start, p.end)))
    return len(_JOINT.findall(document.text, low[1], high[0])), abs(m.start - p.start), m.start


def _mentions(x: Extraction) -> Iterator[_Mention]:
    yield _Mention(x, x.evidence.start, x.evidence.end)
    for start, end in x.fields.get("also") or ():
        yield _Mention(x, start, end)


def _label(m: _Mention, reach: str) -> Told:
    asked = m.label.fields.get("asked")
    return Told(m.label.kind, str(m.label.value), reach, m.start, round(m.label.score, 4), None if asked is None else float(asked))


def _answers(metric: str, task: Extraction) -> bool:
    """Whether a metric can be the measure of a task: overlap is none of what people have, the area under a curve is seldom one of an image's parts."""
    question = str(task.fields.get("question"))
    if metric in _ANSWERS:
        return question in _ANSWERS[metric]
    return not (metric in _ABOUT_PEOPLE and question in _OF_PIXELS)


def _headed(p: Performance, tasks: Sequence[Extraction]) -> Told | None:
    """Return the pair that the header of a value's table names, under the key where the paper's own words are the same."""
    match = _PAIR.fullmatch(str(p.label.fields.get("task") or ""))
    if match is None:
        return None
    same = (str(t.value) for t in tasks if t.evidence.quote.casefold() == match[0].casefold())
    return Told("task", next(same, f"{match[1]} vs {match[2]}"), "table", p.start, 1.0, 1.0)


def groups_of(task: str | None, tasks: Sequence[Extraction]) -> str:
    """Return the words by which a text calls the groups that a task compares, where it sets them against each other."""
    if not task or " vs " not in task:
        return ""
    same = [t for t in tasks if t.value == task]
    quotes = [t.evidence.quote for t in same if t.fields.get("told", True)]
    return " ".join([task.partition(": ")[2] or task, *quotes]) if quotes or not same else ""
