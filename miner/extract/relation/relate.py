"""The relation at work: every performance of a document gets its part of the data, what it was measured on, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from miner.extract.relation.candidates import Candidate, shared, some_groups, written
from miner.extract.relation.context import Context
from miner.extract.relation.document import Document, Performance
from miner.extract.relation.features import View, features, named
from miner.extract.relation.model import Choice, choose, weights
from miner.extract.relation.parts import place
from miner.extract.relation.scope import scope_of
from miner.extract.relation.seen import Seen
from miner.extract.relation.why import reason
from miner.text.sentences import SentenceSpan
from miner.types import Extraction
from miner.vocabulary.phrases import Phrases

_NOTHING: dict[str, Any] = {
    "part": None, "on": [], "n": None, "n_unit": None, "n_role": None, "n_score": 1.0, "n_why": "no level beside the difference", "scope": None, "task": None, "labels": [],
}  # fmt: skip


# A denominator that is written behind its share was right in all of the labelled abstracts that have one; some doubt is left.
_WRITTEN = 0.95


@dataclass(slots=True)
class Trace:
    """How a performance came to its n: each candidate with the features that hold for it."""

    performance: Performance
    options: list[tuple[Candidate, list[str]]] = field(default_factory=list)


def relate(
    text: str,
    sentences: Sequence[SentenceSpan],
    labels: Sequence[Extraction],
    known: Phrases,
    *,
    weight: Mapping[str, float] | None = None,
    trace: list[Trace] | None = None,
    quiet: frozenset[int] = frozenset(),
    parts: Mapping[int, str] | None = None,
) -> list[Extraction]:
    """Say of each performance on what it was measured.

    Parameters
    ----------
    text : str
    sentences : sequence of SentenceSpan
        With offsets into ``text``, in order.
    labels : sequence of Extraction
        What was found in it, sorted by start.
    known : Phrases
        From the vocabulary.
    weight : mapping of str to float, optional
        Of each feature; those that ship with miner by default.
    trace : list, optional
        Filled in with how each performance came to its n.
    quiet : frozenset of int, optional
        Sentences whose words say nothing of how the data were divided.
    parts : mapping of int to str, optional
        The part of the data of performances (by the ``id`` of the label) where something else than the text tells it, such as a table's header.

    Returns
    -------
    list of Extraction
        The labels in the same order; performances have ``part``, ``on`` (starts of sample sizes), ``n``, ``n_unit``, ``n_role``, ``n_score`` (the probability that
        n, or its absence, is right), ``n_why`` (see :func:`miner.extract.relation.why.reason`), ``scope`` (see :func:`miner.extract.relation.scope.scope_of`),
        ``task``, and ``labels``: what it was a measure of (see :func:`miner.extract.relation.labels.labels_of`) in their fields.
    """
    if not any(x.kind == "performance" for x in labels):
        return list(labels)
    document = Document(text, sentences, labels, known, quiet)
    place(document)
    for p in document.performances:
        if (part := (parts or {}).get(id(p.label))) is not None:
            p.parts, p.how = (part,), "behind"
    relations = {id(p.label): found for p, found in _relations(document, weights() if weight is None else weight, trace)}
    return [
        replace(x, fields={**x.fields, **relations[id(x)]}) if id(x) in relations else x for x in _with_deltas(labels, document, relations)
    ]


def _relations(document: Document, weight: Mapping[str, float], trace: list[Trace] | None) -> Iterable[tuple[Performance, dict[str, Any]]]:
    context = Context(document)
    common = shared(document.sizes)
    for p in document.performances:
        seen = Seen(p, context)
        fraction = written(document.text, p, document.sizes)
        if fraction is not None:
            choice, why = Choice(fraction, _WRITTEN), "written denominator"
        elif len(common) == 1:
            choice, why = Choice(common[0], 1.0), "no size"
        else:
            view = View(p, context, seen)
            options = [(x, list(features(view, x))) for x in (*common, *some_groups(named(view)))]
            choice = choose(options, weight)
            why = reason(view, choice)
            if trace is not None:
                trace.append(Trace(p, options))
        about = {"scope": scope_of(p, seen, document), "task": seen.task, "labels": [x.to_field() for x in seen.labels]}
        yield p, {**_fields(p, choice, why), **about}


def _fields(p: Performance, choice: Choice, why: str) -> dict[str, Any]:
    sizes, n = choice.candidate.sizes, choice.candidate.n
    given = n is not None
    return {
        "part": p.parts[0] if len(p.parts) == 1 else None,
        "on": [s.start for s in sizes] if given else [],
        "n": n,
        "n_unit": sizes[0].unit if sizes and given else None,
        "n_role": _role(choice.candidate) if given else None,
        "n_score": round(choice.probability, 4),
        "n_why": why,
    }


def _role(candidate: Candidate) -> str:
    roles = {s.role for s in candidate.sizes}
    return roles.pop() if len(roles) == 1 and candidate.kind in {"size", "fraction"} else "total"


def _with_deltas(labels: Sequence[Extraction], document: Document, relations: dict[int, dict[str, Any]]) -> Sequence[Extraction]:
    """Let a difference be on what the level before it in its sentence is on, or the one behind it; on nothing where there is none."""
    for x in labels:
        if x.kind == "performance" and id(x) not in relations:
            at = document.sentence_at(x.evidence.start)
            here = [p for p in document.performances if p.sentence == at]
            before = [p for p in here if p.start < x.evidence.start]
            beside = before[-1] if before else here[0] if here else None
            relations[id(x)] = relations[id(beside.label)] if beside else _NOTHING
    return labels
