"""Which estimate stands for a paper, and on how many units it was measured: one effect a metric and task.

Nothing here reads a database. What was chosen among several, and why, is said in ``Effect.decided``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from miner.link.measured import measured_here, place_in
from miner.link.tasks import task_of
from miner.types import Decision, Effect, EffectCandidate, Extraction
from miner.vocabulary import Vocabulary, vocabulary

_GENERAL = frozenset(
    [
        "cancer",
        "dementia",
        "cognitive decline",
        "diabetes",
        "machine learning",
        "deep learning",
        "MRI",
        "X-ray",
        "cross-validation",
        "radiomics",
    ]
)
_UNITS = ("participant", "image", "sample")


@dataclass(frozen=True, slots=True)
class _Item:
    """An extraction with its identifier, after the reviewers' decisions."""

    id: str
    x: Extraction
    reviewed: bool = False
    measured: str | None = None

    @property
    def document(self) -> str:
        return self.x.evidence.document_id or ""

    @property
    def value(self) -> float:
        return float(self.x.value)

    @property
    def role(self) -> str:
        return str(self.x.fields.get("role", "total"))

    @property
    def unit(self) -> str:
        return str(self.x.fields.get("unit", ""))

    def same_sentence(self, other: _Item) -> bool:
        a, b = self.x.evidence, other.x.evidence
        return self.document == other.document and a.sentence is not None and a.sentence == b.sentence

    def distance(self, other: _Item) -> int:
        """Characters apart; another document is farther than any text is long."""
        far = 0 if self.document == other.document else 1 << 40
        return far + abs(self.x.evidence.start - other.x.evidence.start)


@dataclass(frozen=True, slots=True)
class _Size:
    n: int
    unit: str
    role: str
    id: str | None
    why: str


def choose_effects(
    paper_id: str,
    year: int | None,
    extractions: Sequence[tuple[str, Extraction]],
    decisions: Mapping[str, Decision] | None = None,
    *,
    origin: str = "extracted",
    words: Vocabulary | None = None,
) -> list[Effect]:
    """Choose the effects of one paper: for each metric and task the best estimate of its own, and its sample size.

    Parameters
    ----------
    paper_id : str
        The paper; also the ``study_id`` of the result, until records are linked to studies.
    year : int or None
        Its year.
    extractions : sequence of (str, Extraction)
        All that was found in it, with identifiers.
    decisions : mapping of str to Decision, optional
        The last decision on each extraction that has one: a rejected one is left out, a corrected one has the reviewer's value, and
        an accepted or corrected one goes before those that nobody looked at.
    origin : str
        Written into each effect.
    words : Vocabulary, optional
        Says of which metrics the best value is the lowest; the one that ships with miner by default.

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
    >>> a = x("performance", 0.9, 40, metric="accuracy", claim="own")
    >>> [(e.metric, e.estimate, e.n, e.decided) for e in choose_effects("pmid:1", 2020, [n, a])]
    [('accuracy', 0.9, 120, 'the only accuracy; n: total in the same sentence')]
    """
    words = words or vocabulary()
    items = _reviewed(extractions, decisions or {})
    sizes = [i for i in items if i.x.kind == "sample_size" and i.x.fields.get("own", True) and i.unit in _UNITS and i.value >= 2]
    tasks = [i for i in items if i.x.kind == "task"]
    groups: dict[tuple[str, str], list[_Item]] = {}
    performances = _placed(items)
    for item in performances:
        if item.x.kind == "performance" and item.x.fields.get("claim", "own") == "own" and 0 <= item.value <= 1:
            groups.setdefault((task_of(item, tasks, performances) or "", str(item.x.fields.get("metric", "other"))), []).append(item)
    return [
        _effect(paper_id, year, task or None, metric, found, sizes, items, origin, words)
        for (task, metric), found in sorted(groups.items())
    ]


def _reviewed(extractions: Iterable[tuple[str, Extraction]], decisions: Mapping[str, Decision]) -> list[_Item]:
    items = []
    for identifier, x in extractions:
        decision = decisions.get(identifier)
        if decision is not None and decision.action == "reject":
            continue
        corrected = decision is not None and decision.action == "correct" and decision.value is not None
        items.append(
            _Item(
                identifier,
                replace(x, value=decision.value) if corrected and decision is not None and decision.value is not None else x,
                decision is not None,
            )
        )
    return sorted(items, key=lambda i: (i.document, i.x.evidence.start, i.x.evidence.end, i.x.kind, i.id))


def _placed(items: Sequence[_Item]) -> list[_Item]:
    """Say of each performance on which part of the data its own words or its sentence put it."""
    ranks: dict[tuple[str, str | None, str], int] = {}
    placed = []
    for item in items:
        if item.x.kind != "performance":
            continue
        evidence = item.x.evidence
        key = (item.document, evidence.sentence, evidence.quote)
        rank = ranks[key] = ranks.get(key, -1) + 1
        start = place_in(evidence.sentence, evidence.quote, rank)
        placed.append(replace(item, measured=measured_here(evidence.sentence, start, evidence.quote)))
    return placed


def _effect(
    paper_id: str,
    year: int | None,
    task: str | None,
    metric: str,
    found: list[_Item],
    sizes: list[_Item],
    items: list[_Item],
    origin: str,
    words: Vocabulary,
) -> Effect:
    best, how = _best(metric, found, words)
    size = _size(best, sizes)
    missing = "no sample size found" if not sizes else f"the size of the {best.measured} set is not told"
    decided = f"{how}; n: {size.why}" if size else f"{how}; {missing}"
    digest = hashlib.sha256("\0".join((origin, paper_id, metric, task or "")).encode()).hexdigest()[:20]
    return Effect(
        effect_id=f"effect:{digest}",
        study_id=paper_id,
        origin=origin,
        metric=metric,
        estimate=best.value,
        reference=paper_id,
        task=task,
        n=size.n if size else None,
        n_unit=size.unit if size else None,
        n_role=size.role if size else None,
        year=year,
        condition=_label(items, "condition", best),
        modality=_label(items, "modality", best),
        validation=_label(items, "validation", best),
        decided=decided,
        performance_extraction_id=best.id,
        sample_size_extraction_id=size.id if size else None,
        part=best.measured,
        score=best.x.score,
        on=(size.id,) if size and size.id else (),
        candidates=tuple(
            EffectCandidate(i.id, i.value, i.measured, None, i.x.score, i is best, how if i is best else "another value") for i in found
        ),
    )


def _best(metric: str, found: list[_Item], words: Vocabulary) -> tuple[_Item, str]:
    """Return the best estimate: reviewed ones first, those on training data last, before them those from sections about other work."""
    sign = 1 if words.lower_is_better(metric) else -1
    best = min(
        found,
        key=lambda i: (
            not i.reviewed,
            i.measured == "train",
            _doubtful(i),
            sign * i.value,
            i.document,
            i.x.evidence.start,
            i.id,
        ),
    )
    name = metric.replace("_", " ")
    if best.reviewed:
        how = f"{name} confirmed by a reviewer"
    elif len(found) == 1:
        how = f"the only {name}"
    else:
        how = f"{'lowest' if sign == 1 else 'highest'} of {len(found)} {name} values"
    return best, how


def _doubtful(item: _Item) -> bool:
    """Whether a value stands where papers tell of others' results more often than of their own."""
    return item.x.fields.get("section") in {"introduction", "related", "discussion"}


def _size(best: _Item, sizes: list[_Item]) -> _Size | None:
    """Return the units on which an estimate was measured: of the part that its sentence names, else of the test set, else of the whole."""
    told = best.x.fields.get("n")
    if told:
        return _Size(int(told), "participant", best.measured or "total", None, "told by the table's header or caption")
    if not sizes:
        return None
    wanted = best.measured
    here = [s for s in sizes if s.same_sentence(best)]
    if wanted is not None:
        matching = [s for s in sizes if s.role == wanted] or (
            [s for s in sizes if s.role in {"external", "validation", "test"}] if wanted != "train" else []
        )
        if matching:
            return _nearest(best, matching)
    for role in ("test", "external", "total"):
        if among := [s for s in here if s.role == role]:
            return _nearest(best, among)
    if wanted is None and (tests := [s for s in sizes if s.role == "test"]):
        return _nearest(best, tests)
    totals = [s for s in sizes if s.role == "total"]
    if totals:
        first = min((_UNITS.index(s.unit) for s in totals if s.unit != "sample"), default=2)
        most = max(
            (s for s in totals if _UNITS.index(s.unit) <= max(first, 1) or first == 2),
            key=lambda s: (s.reviewed, s.value, -s.x.evidence.start),
        )
        why = "the only total" if len(totals) == 1 else f"largest of {len(totals)} totals"
        return _Size(int(most.value), most.unit, "total", most.id, why)
    if wanted in {"test", "validation", "external"}:
        sizes = [s for s in sizes if s.role != "train"]
    return _summed(sizes) or (_nearest(best, sizes) if sizes else None)


def _nearest(best: _Item, among: list[_Item]) -> _Size:
    chosen = min(among, key=lambda s: (not s.reviewed, not s.same_sentence(best), s.distance(best), s.id))
    name = (
        chosen.role
        if chosen.role in {"total", "group"}
        else {"train": "training set", "test": "test set", "validation": "validation set", "external": "external set"}[chosen.role]
    )
    where = "in the same sentence" if chosen.same_sentence(best) else "nearest to the estimate" if len(among) > 1 else "the only one"
    return _Size(int(chosen.value), chosen.unit, chosen.role, chosen.id, f"{name} {where}")


def _summed(sizes: list[_Item]) -> _Size | None:
    """Add up the groups that one sentence lists, where no total is told: 30 patients and 30 controls are 60."""
    groups = [s for s in sizes if s.role == "group"]
    if not groups:
        return None
    first = groups[0]
    together = [s for s in groups if s.same_sentence(first) and s.unit == first.unit]
    if len(together) < 2:
        return None
    return _Size(
        int(sum(s.value for s in together)), first.unit, "total", None, f"sum of the {len(together)} groups that one sentence lists"
    )


def _label(items: list[_Item], kind: str, best: _Item) -> str | None:
    """Return the paper's label of a kind: in the estimate's sentence, else the first; a general one only where there is no other."""
    labels = [i for i in items if i.x.kind == kind]
    if not labels:
        return None
    chosen = min(
        labels,
        key=lambda i: (
            str(i.x.value) in _GENERAL,
            not (kind == "validation" and i.same_sentence(best)),
            i.document,
            i.x.evidence.start,
            i.id,
        ),
    )
    return str(chosen.x.value)
