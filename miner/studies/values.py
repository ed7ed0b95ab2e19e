"""What one row of a table says by its mapping: the estimates, the sample size, the task, the metric."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from miner.studies.clean import NO_ACCURACY, NO_TASK, is_missing, numeral
from miner.studies.estimates import Estimate, Scale, parse_estimates
from miner.studies.mapping import Mapping
from miner.studies.sizes import Size, parse_size
from miner.vocabulary import Vocabulary, vocabulary

Record = dict[str, str]


def joined(record: Record, mapping: Mapping, target: str, by: str = " ") -> str:
    """Return the cells of a target, joined; empty where the mapping names none."""
    return by.join(record[c] for c in mapping.columns.get(target, ()) if record[c])


def metric(record: Record, mapping: Mapping, words: Vocabulary | None) -> str:
    """Return the metric of a row by the vocabulary's name, where it knows what the table calls it."""
    written = joined(record, mapping, "metric")
    return ((words or vocabulary()).canonical(written) or written) if written else mapping.metric


def estimates(record: Record, mapping: Mapping, words: Vocabulary | None) -> Iterator[tuple[str, Estimate, str | None]]:
    """Yield the cell, the estimate and the task of each value of a row."""
    scale = Scale(metric(record, mapping, words), mapping.percentage, mapping.below_one, mapping.take, mapping.numerals)
    if mapping.by_task:
        for column, task in mapping.by_task.items():
            yield record[column], parse_estimates(record[column], scale, words=words)[0], task
        return
    cell = joined(record, mapping, "estimate")
    named = _task(joined(record, mapping, "task"), mapping)
    if mapping.split:
        yield from _parts(cell, named, scale, mapping, words)
        return
    for estimate in parse_estimates(cell, scale, several=mapping.several, words=words):
        if mapping.several and estimate.value is not None and estimate.task is None:
            yield cell, Estimate(None, None, estimate.raw, f"{NO_TASK} is named beside {estimate.raw!r}"), None
        else:
            whole = _with_interval(record, estimate, scale, mapping)
            yield cell, whole, _renamed(estimate.task, mapping) if estimate.task else named


def _parts(
    cell: str, task: str | None, scale: Scale, mapping: Mapping, words: Vocabulary | None
) -> Iterator[tuple[str, Estimate, str | None]]:
    """Read a cell whose parts are values of several metrics or tasks."""
    count = len(mapping.metrics or mapping.tasks)
    metrics, tasks = mapping.metrics or (scale.metric,) * count, mapping.tasks or (task,) * count
    texts = [part.strip() for part in cell.split(mapping.split or "/")]
    for i, (metric, its_task) in enumerate(zip(metrics, tasks, strict=True)):
        if is_missing(cell) or len(texts) == count:
            estimate = parse_estimates(cell if is_missing(cell) else texts[i], replace(scale, metric=metric), words=words)[0]
        else:
            estimate = Estimate(None, None, cell, f"{NO_ACCURACY}: {cell!r} has {len(texts)} parts, the mapping names {count}")
        yield cell, replace(estimate, metric=metric), its_task


def _with_interval(record: Record, estimate: Estimate, scale: Scale, mapping: Mapping) -> Estimate:
    """Add the interval and the spread that stand in columns of their own, on the scale of the estimate."""
    texts = {name: joined(record, mapping, name) for name in ("ci_low", "ci_high", "sd")}
    told = {name: numeral(text.rstrip("% "), scale.numerals, share=True) for name, text in texts.items() if not is_missing(text)}
    if estimate.value is None or not told:
        return estimate
    unread = [f"{name} can not be read in {texts[name]!r}" for name, value in told.items() if value is None]
    shown = numeral(re.sub(r"[^\d.,·].*", "", estimate.raw), scale.numerals, share=True)
    per = 100.0 if shown is not None and shown > 1 >= estimate.value else 1.0
    values = {name: float(f"{value / per:.15g}") for name, value in told.items() if value is not None}
    found = replace(
        estimate,
        ci_low=values.get("ci_low", estimate.ci_low),
        ci_high=values.get("ci_high", estimate.ci_high),
        sd=values.get("sd", estimate.sd),
        note="; ".join(filter(None, (estimate.note, *unread))) or None,
    )
    low, high = found.ci_low, found.ci_high
    if low is not None and high is not None and not low <= estimate.value <= high:
        return replace(
            found, ci_low=None, ci_high=None, note=f"the interval from {texts['ci_low']} to {texts['ci_high']} does not hold the value"
        )
    return found


def _task(cell: str, mapping: Mapping) -> str | None:
    if not cell:
        return mapping.task
    return _renamed(mapping.task_map.get(cell) if mapping.task_map is not None else cell, mapping)


def _renamed(task: str | None, mapping: Mapping) -> str | None:
    if task is None:
        return None
    for old, new in mapping.task_rename.items():
        task = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, task)
    return task


def size(record: Record, mapping: Mapping) -> Size:
    """Return the sample size of a row."""
    columns = mapping.columns.get("n")
    if columns is None:
        return Size(None, (), None)
    if mapping.n_combine == "total":
        return parse_size(joined(record, mapping, "n"), mapping.n_take, mapping.numerals)
    counts = [numeral(record[c], mapping.numerals, share=False) for c in columns]
    if any(c is None or c != int(c) for c in counts):
        return Size(None, (), f"no sample size: {joined(record, mapping, 'n', ' + ')!r}")
    groups = tuple((c, int(x)) for c, x in zip(columns, counts, strict=True) if x is not None)
    return Size(sum(x for _, x in groups), groups)


_SAME = {"nc": "hc", "cn": "hc"}


def task_size(size: Size, task: str | None) -> int | None:
    """Return the size of the two groups that ``A vs B`` compares, where both are told by those names."""
    names = re.split(r"\s*vs\s+", task) if task else []
    if len(names) != 2:
        return None
    counts = {_SAME.get(name.casefold(), name.casefold()): count for name, count in size.groups}
    sides = [_SAME.get(side.strip().casefold(), side.strip().casefold()) for side in names]
    return sum(counts[s] for s in sides) if all(s in counts for s in sides) else None
