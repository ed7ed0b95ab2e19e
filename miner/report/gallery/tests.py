"""The table of all models and tests, each with what it assumes and what should be doubted."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from miner.errors import MetaError
from miner.meta.analysis.registry import chosen, record
from miner.meta.analysis.rows import attempt
from miner.report.gallery.spec import PanelSpec
from miner.report.gallery.subject import MANY, Subject
from miner.report.panels import Panel
from miner.say import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miner.meta.analysis.rows import Row


# What the accuracies have of their own, by models that fit them better.
_THERE = frozenset({"effect-asymmetry", "effect-pooled", "effect-three-level", "leave-one-out"})


def tests(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Lay all lines of ``miner meta analyse`` side by side: those of accuracies, then those of effects (the logits)."""
    del options
    name, title = f"{subject.metric}-tests", "All models and tests"
    if subject.k == 0:
        return Panel(name, title, None, "Nothing can be computed without studies.", kind="models")
    rows = [_known(r) for r in (*subject.analysis.rows, *_on_logits(subject))]
    computed = sum(1 for r in rows if r.numbers)
    small = sum(1 for r in rows if r.numbers and isinstance(p := r.numbers.get("p"), float) and p < 0.05)
    reading = tests_words(len(rows), computed, small, subject.k)
    data = {r.id: {"k": r.k, "estimate": r.estimate, "interval": r.interval, "p": r.p} for r in rows}
    shown = [(r, record(r.id).assumes) for r in rows]
    return Panel(name, title, None, reading, subject.analysis.warnings, rows=shown, data=data, kind="models")


def _known(row: Row) -> Row:
    """Return a line whose figures are not numbers, and that says no reason, as one that could not be computed."""
    figure = next((float(row.numbers[name]) for name in ("estimate", "beta", "stat", "tau") if name in row.numbers), 0.0)
    if not math.isnan(figure) or row.numbers.get("untested"):
        return row
    return replace(
        row,
        estimate="–",
        interval="–",
        p="–",
        words=f"Not computed: {' '.join(row.warnings) or 'the data do not allow it.'}",
        warnings=(),
        numbers={},
    )


def _on_logits(subject: Subject) -> list[Row]:
    """Return the lines of a meta-analysis of logits, but for those that the accuracies have already; for very many values they are left out."""
    if subject.k > MANY or subject.k < 3 or "tests" not in subject.definition.panels or "trim-and-fill" not in subject.definition.panels:
        return []
    try:
        sample = subject.fit_for("precision").sample.as_effects()
    except MetaError:
        return []
    return [attempt(one, sample) for one in chosen("effects") if one.id not in _THERE]


def tests_words(total: int, computed: int, small: int, k: int) -> str:
    """Say how many lines there are, that they are ordered by how far they are to be believed, and that many tests find something by chance."""
    said = f"{computed} of {counted(total, 'analysis', 'analyses')} could be computed on {k:,} value{'s' if k != 1 else ''}, in the order in which they should be believed: the first is the primary one."
    many = (
        f" {small} of their p-values {'is' if small == 1 else 'are'} below 0.05; the more tests, the more of them by chance, so none but the primary one should be quoted alone."
        if small
        else ""
    )
    return said + many


PANELS = (PanelSpec("tests", tests, "metric", "all models and tests with what they assume"),)
