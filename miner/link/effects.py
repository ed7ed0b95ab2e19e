"""Which estimates stand for a paper, and on how many units they were measured: one effect a metric, task and kind of data (the study's own, or external).

Nothing here reads a database. What was chosen among several, and why, is said in ``Effect.decided`` and ``Effect.candidates``; ``docs/reference/effects.md`` has the
policy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from miner.link.labels import group_of, key_of, label_of, labels_of, pool_condition, pool_key
from miner.link.policy import EXTERNAL, Item, best, why_not
from miner.types import Decision, Effect, EffectCandidate, Extraction
from miner.vocabulary import Vocabulary, vocabulary
from miner.vocabulary.keys import Key, aliases_of
from miner.vocabulary.lexicon import Lexicon, lexicon

_UNREAD = "not read yet: run miner extract"


@dataclass(frozen=True, slots=True)
class _Paper:
    """What is known of one paper."""

    id: str
    year: int | None
    items: list[Item]
    sizes: dict[tuple[str, int], Item]
    rejected: set[tuple[str, int]]
    origin: str
    words: Vocabulary
    names: Lexicon

    @property
    def aliases(self) -> Mapping[str, str]:
        """The other names of keys."""
        return aliases_of(self.words)


def choose_effects(
    paper_id: str,
    year: int | None,
    extractions: Sequence[tuple[str, Extraction]],
    decisions: Mapping[str, Decision] | None = None,
    *,
    origin: str = "extracted",
    words: Vocabulary | None = None,
    names: Lexicon | None = None,
) -> list[Effect]:
    """Choose the effects of one paper: for each metric and task the estimate that stands for it, and one more for external data.

    Parameters
    ----------
    paper_id : str
        The paper; also the ``study_id`` of the result, until records are linked to studies.
    year : int or None
        Its year.
    extractions : sequence of (str, Extraction)
        All that was found in it, with identifiers; performances know what they were measured on (see ``miner.extract.relation``).
    decisions : mapping of str to Decision, optional
        The last decision on each extraction that has one: a rejected one is left out, a corrected one has the reviewer's value, and
        an accepted or corrected one goes before those that nobody looked at. An n falls with a size that is rejected.
    origin : str
        Written into each effect.
    words : Vocabulary, optional
        Says of which metrics the best value is the lowest, and which keys the aliases of tasks stand for; the one that ships with miner by default.
    names : Lexicon, optional
        Says which group a modality belongs to, and which data sets are benchmarks; the one that ships with miner by default.

    Returns
    -------
    list of Effect
        In order of task and metric; the same input gives the same output and identifiers, whatever its order.

    Examples
    --------
    >>> from miner.types import Evidence
    >>> def x(kind, value, start, **fields):
    ...     return (f"x{start}", Extraction(kind, value, Evidence(start, start + 3, str(value), "s"), kind, "1", 1.0, fields))
    >>> n = x("sample_size", 120, 0, unit="participant", role="total", own=True)
    >>> a = x("performance", 0.9, 40, metric="accuracy", claim="own", on=[0], n=120, n_why="total")
    >>> [(e.metric, e.estimate, e.n, e.decided) for e in choose_effects("pmid:1", 2020, [n, a])]
    [('accuracy', 0.9, 120, 'the only accuracy; n: total')]
    """
    words = words or vocabulary()
    decided = decisions or {}
    items = _reviewed(extractions, decided)
    sizes = {(i.document, i.x.evidence.start): i for i in items if i.x.kind == "sample_size"}
    refused = {i for i, d in decided.items() if d.action == "reject"}
    items = _unlabelled(items, {(x.kind, str(x.value)) for i, x in extractions if i in refused})
    rejected = {(x.evidence.document_id or "", x.evidence.start) for i, x in extractions if i in refused and x.kind == "sample_size"}
    paper = _Paper(paper_id, year, items, sizes, rejected, origin, words, names or lexicon())
    groups: dict[tuple[str, str, str], list[Item]] = {}
    for item in items:
        fields = item.x.fields
        if item.x.kind == "performance" and fields.get("claim", "own") == "own" and _possible(item, words):
            groups.setdefault((_task(item.x, paper.aliases), str(fields.get("metric", "other")), str(fields.get("name") or "")), []).append(
                item
            )
    return [
        effect
        for (task, metric, name), found in sorted(groups.items())
        for effect in _effects(paper, task or None, metric, name or None, found)
    ]


def _task(x: Extraction, aliases: Mapping[str, str]) -> str:
    """Return what an estimate answers, as far as it is sure; a task that is no key as it is told."""
    return str(key_of(x, aliases) or (x.fields.get("task") if not x.fields.get("labels") else "") or "")


def _unlabelled(items: list[Item], rejected: set[tuple[str, str]]) -> list[Item]:
    """Take the labels that a reviewer rejected from the estimates that carry them."""
    return [
        replace(i, x=replace(i.x, fields={**i.x.fields, "labels": [t for t in labels if (t["kind"], t["value"]) not in rejected]}))
        if rejected and (labels := i.x.fields.get("labels"))
        else i
        for i in items
    ]


def _possible(item: Item, words: Vocabulary) -> bool:
    return in_range(str(item.x.fields.get("name") or item.x.fields.get("metric", "other")), item.value, words)


def in_range(metric: str, value: float, words: Vocabulary) -> bool:
    """Whether a value lies in the range of its metric, by its name; that of a metric that is not known is 0 to 1."""
    known = words.metric(metric)
    low, high = (known.low, known.high) if known is not None else (0.0, 1.0)
    return low <= value <= high


def _reviewed(extractions: Iterable[tuple[str, Extraction]], decisions: Mapping[str, Decision]) -> list[Item]:
    items = []
    for identifier, x in extractions:
        decision = decisions.get(identifier)
        if decision is not None and decision.action == "reject":
            continue
        said = None if decision is None else "confirmed"
        if decision is not None and decision.action == "correct" and decision.value is not None:
            said = f"corrected from {float(x.value):,.10g} to {decision.value:,.10g}"
            x = replace(x, value=decision.value)  # noqa: PLW2901 -- the reviewer's value stands for it from here on
        items.append(Item(identifier, x, said))
    return sorted(items, key=lambda i: (i.document, i.x.evidence.start, i.x.evidence.end, i.x.kind, i.id))


def _effects(paper: _Paper, task: str | None, metric: str, name: str | None, found: list[Item]) -> list[Effect]:
    """Return the effect of the study's own data and that of external data, as far as there are values of each."""
    outside = [i for i in found if i.part == EXTERNAL]
    inside = [i for i in found if i.part != EXTERNAL]
    if outside and all(i.part == "train" for i in inside):
        # Training data count only where there is nothing else.
        return [_effect(paper, task, metric, name, outside, found)]
    return [_effect(paper, task, metric, name, items, found) for items in (inside, outside) if items]


def _effect(paper: _Paper, task: str | None, metric: str, name: str | None, found: list[Item], everything: list[Item]) -> Effect:
    chosen = best(found, metric, name, paper.words)
    measured = _measured(paper, chosen)
    how = _how(chosen, found, metric, name, paper.words)
    lower = paper.words.lower_is_better(metric, name)
    part = chosen.part
    key = (paper.origin, paper.id, metric, name or "", task or "", EXTERNAL if part == EXTERNAL else "own")
    asked = key_of(chosen.x, paper.aliases) or Key("")
    why = measured["n_why"] or _UNREAD
    return Effect(
        effect_id=f"effect:{hashlib.sha256(chr(0).join(key).encode()).hexdigest()[:20]}",
        study_id=paper.id,
        origin=paper.origin,
        metric=metric,
        estimate=chosen.value,
        reference=paper.id,
        task=task if asked.target or not asked.question else None,
        question=asked.question or None,
        target=asked.target,
        comparator=asked.comparator,
        dataset=label_of(chosen.x, "dataset"),
        method=label_of(chosen.x, "method"),
        modality_group=group_of(chosen.x, paper.names),
        pool_key=pool_key(asked, chosen.x, paper.names),
        pool_condition=pool_condition(asked, chosen.x, paper.aliases),
        labels=tuple(labels_of(chosen.x, asked, paper.aliases)),
        year=paper.year,
        condition=label_of(chosen.x, "condition"),
        modality=label_of(chosen.x, "modality"),
        validation=label_of(chosen.x, "validation"),
        decided=f"{how}; n: {why}" if measured["n"] is not None else f"{how}; n not told: {why}",
        performance_extraction_id=chosen.id,
        sample_size_extraction_id=measured["on"][0] if len(measured["on"]) == 1 else None,
        part=part,
        name=name,
        score=chosen.x.score,
        candidates=tuple(_candidate(paper, i, chosen, how, lower_is_better=lower) for i in everything),
        **measured,
    )


def _measured(paper: _Paper, item: Item) -> dict[str, Any]:
    """Return what an estimate was measured on; a reviewer's correction of a size counts, and without a rejected size nothing is told."""
    fields = item.x.fields
    n, why, score = fields.get("n"), fields.get("n_why"), fields.get("n_score")
    places = [(item.document, start) for start in fields.get("on") or ()]
    on = [paper.sizes[place] for place in places if place in paper.sizes]
    if any(place in paper.rejected for place in places):
        n, why, on = None, "its sample size was rejected by a reviewer", []
    elif n is not None and any(i.reviewed for i in on) and len(on) == len(places):
        n, score = sum(int(i.value) for i in on), 1.0
        why = "; ".join([*([why] if why else []), *(f"{i.said} by a reviewer" for i in on if i.said)])
    return {
        "n": None if n is None else int(n),
        "n_unit": None if n is None else fields.get("n_unit"),
        "n_role": None if n is None else fields.get("n_role"),
        "n_score": score,
        "n_why": why,
        "on": tuple(i.id for i in on),
    }


def _how(chosen: Item, found: Sequence[Item], metric: str, name: str | None, words: Vocabulary) -> str:
    called = (name or metric).replace("_", " ")
    part = f" on {chosen.part} data" if chosen.part in {"test", "validation", "train", EXTERNAL} else ""
    if chosen.reviewed:
        return f"{called} {chosen.said} by a reviewer"
    if len(found) == 1:
        return f"the only {called}{part}"
    rivals = [i for i in found if i.part == chosen.part and i.scope == chosen.scope and i.document == chosen.document]
    if len(rivals) == 1:
        scope = "overall figure" if chosen.scope == "overall" else called
        return f"the {scope}{part}, of {len(found)} values"
    return f"{'lowest' if words.lower_is_better(metric, name) else 'highest'} of {len(rivals)} {called} values{part}"


def _candidate(paper: _Paper, item: Item, chosen: Item, how: str, *, lower_is_better: bool) -> EffectCandidate:
    other = (item.part == EXTERNAL) != (chosen.part == EXTERNAL)
    why = how if item is chosen else "of an effect of its own" if other else why_not(item, chosen, lower_is_better=lower_is_better)
    return EffectCandidate(item.id, item.value, item.part, _measured(paper, item)["n"], item.x.score, item is chosen, why)
