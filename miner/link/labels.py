"""Which labels of its paper an effect carries: those of the estimate that stands for it; a task only where it is sure enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from miner.types import EffectLabel, Extraction
from miner.vocabulary.keys import Key, read_key
from miner.vocabulary.lexicon import Lexicon

# From these probabilities on a key, and a question without its target, are right often enough (docs/adr/0024: of those given, .85 and more).
KEY, QUESTION, SURE_ASKED = 0.68, 0.6, 0.75
_ON_SETS = frozenset({"question answering", "report generation", "other"})


def field_of(x: Extraction, kind: str) -> Mapping[str, Any] | None:
    """Return what was told of an estimate, of a kind, with where and how near it stands (see ``miner.extract.relation.labels``)."""
    label: Mapping[str, Any] | None = next((t for t in x.fields.get("labels") or () if t["kind"] == kind), None)
    return label


def label_of(x: Extraction, kind: str) -> str | None:
    """Return the value of an estimate's label of a kind."""
    label = field_of(x, kind)
    return None if label is None else str(label["value"])


def labels_of(x: Extraction, key: Key, aliases: Mapping[str, str] | None = None) -> Iterator[EffectLabel]:
    """Yield the labels of an estimate with their evidence; a task that is not sure enough is not taken."""
    for t in x.fields.get("labels") or ():
        taken = t["kind"] != "task" or str(read_key(str(t["value"]), aliases)) == str(key)
        yield EffectLabel(t["kind"], str(t["value"]), t["reach"], t["start"], t["score"], taken)


def group_of(x: Extraction, names: Lexicon) -> str | None:
    """Return the group of inputs that an estimate's modality belongs to."""
    modality = label_of(x, "modality")
    return None if modality is None else names.group(modality)


def pool_key(key: Key, x: Extraction, names: Lexicon) -> str | None:
    """Return the finest level of a roll-up: the key, with the data set where accuracies compare on that one only."""
    if key.target is None:
        return None
    name = label_of(x, "dataset")
    known = names.values["dataset"].get(name) if name else None
    benchmark = known is not None and known.benchmark
    return f"{key} on {name}" if name and (benchmark or key.question in _ON_SETS) else str(key)


def pool_condition(key: Key, x: Extraction, aliases: Mapping[str, str] | None = None) -> str | None:
    """Return the middle level of a roll-up, question and condition; of a prognosis also where the event is not sure, but in whom it is."""
    label = field_of(x, "task")
    if key.target is None and key.question == "prognosis" and label is not None and (label["asked"] or 0.0) >= SURE_ASKED:
        whole = read_key(str(label["value"]), aliases)
        key = whole if whole is not None and " in " in (whole.target or "") else key
    return f"{key.question}: {key.condition}" if key.condition else None


def key_of(x: Extraction, aliases: Mapping[str, str] | None = None) -> Key | None:
    """Return what an estimate answers: the whole key, or just its question where only that is sure, or nothing.

    ``aliases`` are the other names of keys, those that ship with miner by default.

    Examples
    --------
    >>> from miner.types import Evidence
    >>> told = {"kind": "task", "value": "diagnosis: gout", "reach": "title", "start": 0, "score": 0.4, "asked": 0.9}
    >>> str(key_of(Extraction("performance", 0.9, Evidence(0, 1, "0"), "r", "1", 1.0, {"labels": [told]})))
    'diagnosis'
    """
    label = field_of(x, "task")
    if label is None:
        return read_key(x.fields.get("task"), aliases)
    key = read_key(str(label["value"]), aliases)
    if key is None or label["score"] >= KEY:
        return key
    return Key(key.question) if (label["asked"] or 0.0) >= QUESTION else None
