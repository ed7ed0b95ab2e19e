"""Which estimate stands for a paper, and on how many units it was measured: one effect a metric and task.

Nothing here reads a database. What was chosen among several, and why, is said in ``Effect.decided``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from miner.types import Decision, Effect, Extraction

# What the words of a sentence say about the data that a metric was measured on; the first that fits counts.
_MEASURED_ON: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (role, re.compile(pattern, re.IGNORECASE))
    for role, pattern in (
        (
            "external",
            r"\bexternal(?:ly)?\b|\bindependent (?:test|validation|cohort|data|set|sample)|\bprospective(?:ly)? (?:test|validat|cohort|set|data)",
        ),
        (
            "test",
            r"\btest(?:ing)?[ -](?:set|data|dataset|cohort|group|sample|split|images|cases|subset)|\bhold-?[ -]?out\b|\bheld[ -]out\b|\bunseen\b",
        ),
        ("validation", r"(?<!cross-)(?<!cross )\bvalidation[ -](?:set|data|dataset|cohort|group|sample)"),
        ("train", r"\b(?:training|derivation|development|discovery)[ -](?:set|data|dataset|cohort|group|sample)"),
    )
)
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
_LOWER_IS_BETTER = frozenset(["error_rate"])
_UNITS = ("participant", "image", "sample")


@dataclass(frozen=True, slots=True)
class _Item:
    """An extraction with its identifier, after the reviewers' decisions."""

    id: str
    x: Extraction
    reviewed: bool = False

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
    items = _reviewed(extractions, decisions or {})
    sizes = [i for i in items if i.x.kind == "sample_size" and i.x.fields.get("own", True) and i.unit in _UNITS and i.value >= 2]
    tasks = [i for i in items if i.x.kind == "task"]
    groups: dict[tuple[str, str], list[_Item]] = {}
    for item in items:
        if item.x.kind == "performance" and item.x.fields.get("claim", "own") == "own" and 0 <= item.value <= 1:
            groups.setdefault((_task_of(item, tasks) or "", str(item.x.fields.get("metric", "other"))), []).append(item)
    return [_effect(paper_id, year, task or None, metric, found, sizes, items, origin) for (task, metric), found in sorted(groups.items())]


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


def _task_of(item: _Item, tasks: list[_Item]) -> str | None:
    """Return the pair that a table's header names; else the one named nearest in the sentence; else the paper's only pair; else the kind of task."""
    headed = re.fullmatch(r"(.+?)\s+(?:vs\.?|versus|against)\s+(.+)", str(item.x.fields.get("task") or ""))
    if headed:
        # The rule's name for the pair, where it read the same words anywhere in the paper.
        same = (str(t.x.value) for t in tasks if t.x.evidence.quote.casefold() == headed[0].casefold())
        return next(same, f"{headed[1]} vs {headed[2]}")
    pairs = [t for t in tasks if " vs " in str(t.x.value)]
    here = [t for t in pairs if t.same_sentence(item)]
    if here:
        return str(min(here, key=lambda t: (t.distance(item), t.id)).x.value)
    if len({str(t.x.value) for t in pairs}) == 1:
        return str(pairs[0].x.value)
    if pairs:
        return None
    kinds = {str(t.x.value) for t in tasks if t.same_sentence(item)}
    if len(kinds) == 1:
        return kinds.pop()
    return str(tasks[0].x.value) if tasks else None


def measured_on(sentence: str | None) -> str | None:
    """Return the part of the data that a sentence says its figures were measured on, or None.

    Examples
    --------
    >>> measured_on("On the external validation cohort the AUC was 0.9."), measured_on("10-fold cross-validation gave 0.9.")
    ('external', None)
    """
    return next((role for role, pattern in _MEASURED_ON if sentence and pattern.search(sentence)), None)


def _effect(
    paper_id: str, year: int | None, task: str | None, metric: str, found: list[_Item], sizes: list[_Item], items: list[_Item], origin: str
) -> Effect:
    best, how = _best(metric, found)
    size = _size(best, sizes)
    decided = f"{how}; n: {size.why}" if size else f"{how}; no sample size found"
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
    )


def _best(metric: str, found: list[_Item]) -> tuple[_Item, str]:
    """Return the best estimate: reviewed ones first, those on training data last, before them those from sections about other work."""
    sign = 1 if metric in _LOWER_IS_BETTER else -1
    best = min(
        found,
        key=lambda i: (
            not i.reviewed,
            measured_on(i.x.evidence.sentence) == "train",
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
        return _Size(
            int(told), "participant", measured_on(best.x.evidence.sentence) or "total", None, "told by the table's header or caption"
        )
    if not sizes:
        return None
    wanted = measured_on(best.x.evidence.sentence)
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
    return _summed(sizes) or _nearest(best, sizes)


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
    """Return the groups that one sentence lists, where no total is told: 30 patients and 30 controls are 60."""
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
