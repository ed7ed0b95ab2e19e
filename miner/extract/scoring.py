"""Scoring of labels against a gold set, as the gold codebook defines it.

A label found and a gold label of one kind are the same where their spans overlap and their values agree. Gold counts that are not
the study's own neither help nor harm. Each gold label takes the first of the labels still free, in order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from miner.errors import UsageError

Label = Mapping[str, Any]
_TOLERANCE = 1e-6


def read_gold(path: Path) -> dict[str, dict[str, Any]]:
    """Read a gold file: one ``{"id", "text", "labels"}`` a line.

    Raises
    ------
    UsageError
        If it cannot be read, with the line.
    """
    records: dict[str, dict[str, Any]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", where=str(path)) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            records[record["id"]] = {"text": record["text"], "labels": list(record["labels"])}
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"not a gold record: {error}", where=f"{path}, line {number}", hint='each line is {"id": …, "text": …, "labels": […]}'
            ) from error
    return records


def match(gold: Iterable[Label], found: Iterable[Label]) -> tuple[list[tuple[Label, Label]], list[Label]]:
    """Return the pairs (gold, found), and what was found that no gold label has."""
    free = list(found)
    pairs = []
    for g in gold:
        for index, f in enumerate(free):
            if f["start"] < g["end"] and g["start"] < f["end"] and _near(f["value"], g["value"], relative=True):
                pairs.append((g, free.pop(index)))
                break
    return pairs, free


def _near(a: float | None, b: float | None, *, relative: bool = False) -> bool:
    return a is not None and b is not None and abs(a - b) <= _TOLERANCE * (max(1.0, abs(b)) if relative else 1.0)


def _of(labels: Iterable[Label], kind: str) -> list[Label]:
    return [x for x in labels if x["kind"] == kind]


def study_values(labels: Iterable[Label]) -> tuple[float | None, float | None]:
    """Return what a study comes down to: its largest own total of people or images, and its best own accuracy, else AUC."""
    labels = list(labels)
    totals = [
        x["value"]
        for x in _of(labels, "sample_size")
        if x.get("own", True) and x.get("role") == "total" and x.get("unit") in {"participant", "image"}
    ]
    own = [x for x in _of(labels, "performance") if x.get("claim") == "own"]
    best = [x["value"] for x in own if x.get("metric") == "accuracy"] or [x["value"] for x in own if x.get("metric") == "auc"]
    return max(totals, default=None), max(best, default=None)


def score(gold: Mapping[str, Mapping[str, Any]], found: Mapping[str, Iterable[Label]]) -> dict[str, Any]:
    """Score labels.

    Parameters
    ----------
    gold : mapping of str to mapping
        By id, each with ``labels``.
    found : mapping of str to iterable of labels
        By id; an id that is missing found nothing.

    Returns
    -------
    dict
        ``records``; ``sample_size``: ``gold, found, unit, role, strict``; ``performance``: ``gold, found, metric, claim, strict, interval``;
        ``study``: the shares ``n_some, n_none, best_some, best_none``. F1s come as ``precision, recall, f1``; four decimals.

    Examples
    --------
    >>> n = {"kind": "sample_size", "start": 0, "end": 2, "value": 12, "unit": "participant", "role": "total", "own": True}
    >>> score({"a": {"labels": [n]}}, {"a": [n]})["sample_size"]["strict"]["f1"]
    1.0
    """
    n: Counter[str] = Counter()
    for identifier, record in gold.items():
        labels = list(found.get(identifier, ()))
        _count_sizes(n, record["labels"], labels)
        _count_performance(n, record["labels"], labels)
        _count_study(n, record["labels"], labels)
    return {
        "records": len(gold),
        "sample_size": {
            "gold": n["s.gold"],
            "found": _f1(n["s.hit"], n["s.found"], n["s.gold"]),
            "unit": _share(n["s.unit"], n["s.hit"]),
            "role": _share(n["s.role"], n["s.hit"]),
            "strict": _f1(n["s.strict"], n["s.found"], n["s.gold"]),
        },
        "performance": {
            "gold": n["p.gold"],
            "found": _f1(n["p.hit"], n["p.found"], n["p.gold"]),
            "metric": _f1(n["p.metric"], n["p.found"], n["p.gold"]),
            "claim": _share(n["p.claim"], n["p.metric"]),
            "strict": _f1(n["p.claim"], n["p.found"], n["p.gold"]),
            "interval": _share(n["p.interval"], n["p.intervals"]),
        },
        "study": {
            f"{what}_{has}": _share(n[f"{what}.{has}.right"], n[f"{what}.{has}"]) for what in ("n", "best") for has in ("some", "none")
        },
    }


def _count_sizes(n: Counter[str], gold: Iterable[Label], labels: Iterable[Label]) -> None:
    wanted, got = _of(gold, "sample_size"), _of(labels, "sample_size")
    pairs, _ = match(wanted, got)
    own = [(g, f) for g, f in pairs if g.get("own", True)]
    n["s.hit"] += len(own)
    n["s.found"] += len(got) - (len(pairs) - len(own))
    n["s.gold"] += sum(1 for g in wanted if g.get("own", True))
    for g, f in own:
        unit, role = g["unit"] == f.get("unit"), g["role"] == f.get("role")
        n["s.unit"] += unit
        n["s.role"] += role
        n["s.strict"] += unit and role


def _count_performance(n: Counter[str], gold: Iterable[Label], labels: Iterable[Label]) -> None:
    wanted, got = _of(gold, "performance"), _of(labels, "performance")
    pairs, _ = match(wanted, got)
    n["p.hit"] += len(pairs)
    n["p.found"] += len(got)
    n["p.gold"] += len(wanted)
    n["p.intervals"] += sum(1 for g in wanted if g.get("ci_low") is not None)
    for g, f in pairs:
        metric = g["metric"] == f.get("metric")
        n["p.metric"] += metric
        n["p.claim"] += metric and g["claim"] == f.get("claim")
        if g.get("ci_low") is not None:
            n["p.interval"] += _near(g["ci_low"], f.get("ci_low")) and _near(g["ci_high"], f.get("ci_high"))


def _count_study(n: Counter[str], gold: Iterable[Label], labels: Iterable[Label]) -> None:
    for what, want, got in zip(("n", "best"), study_values(gold), study_values(labels), strict=True):
        key = f"{what}.{'none' if want is None else 'some'}"
        n[key] += 1
        n[f"{key}.right"] += got is None if want is None else _near(got, want, relative=True)


def _share(part: int, of: int) -> float | None:
    return round(part / of, 4) if of else None


def _f1(hits: int, found: int, gold: int) -> dict[str, float]:
    precision, recall = hits / found if found else 0.0, hits / gold if gold else 0.0
    both = precision + recall
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(2 * precision * recall / both if both else 0.0, 4)}
