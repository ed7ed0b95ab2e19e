"""What a whole analysis is: one line for each method, in the order in which they should be believed, each with its reading in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.digits import significant
from miner.errors import MetaError
from miner.meta.result import Result

if TYPE_CHECKING:
    import pandas as pd

    from miner.meta.analysis.record import Record

FEW = 10
RARE = 3  # a task of fewer values has no intercept of its own


@dataclass(frozen=True)
class Row(Result):
    """One line of the table of models: what was estimated, and what it says; ``id`` is that of its analysis."""

    name: str
    k: int
    estimate: str = "–"
    interval: str = "–"
    p: str = "–"
    words: str = ""
    warnings: tuple[str, ...] = ()
    numbers: dict[str, Any] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class Analysis(Result):
    """All analyses of one set of effects; ``pooled`` and ``tau2`` are on the scale of the models (the logit, for accuracies)."""

    rows: tuple[Row, ...]
    frame: pd.DataFrame = field(repr=False)
    pooled: float | None = None
    tau2: float = 0.0
    warnings: tuple[str, ...] = ()
    kind: str = "accuracies"

    def row(self, name: str) -> Row | None:
        """Return the line of the analysis with this id."""
        return next((r for r in self.rows if r.id == name), None)

    @property
    def primary(self) -> Row:
        """The line of the primary analysis; one that says so where it was not made."""
        return self.row("trend") or Row("", len(self.frame), words="Not computed: the primary analysis was not asked for.", id="trend")

    def __str__(self) -> str:
        """Return the lines as text: figures, words, warnings."""
        lines = [f"! {w}" for w in self.warnings]
        for r in self.rows:
            figures = ", ".join(
                [
                    r.estimate,
                    *([f"95 % interval {r.interval}"] if r.interval != "–" else []),
                    *([f"p = {r.p}".replace("= <", "<")] if r.p != "–" else []),
                ]
            )
            lines += [
                "",
                f"{r.name} (k = {r.k})",
                *([f"  {figures}"] if r.estimate != "–" else []),
                f"  {r.words}",
                *(f"  ! {w}" for w in r.warnings),
            ]
        return "\n".join(lines).lstrip("\n")


def attempt(record: Record, data: pd.DataFrame, what: str, name: str | None = None) -> Row:
    """Return the line of an analysis under its title, or under ``name``; what cannot be computed becomes a line with its reason."""
    try:
        row = record.run(data, what)
    except MetaError as error:
        row = Row("", len(data), words=f"Not computed: {error}.")
    return replace(row, name=name or record.title, id=record.id)


def need(data: pd.DataFrame, least: int) -> None:
    """Refuse too few values, and values that are all of one size."""
    if len(data) < least:
        raise MetaError(f"{len(data)} values, at least {least} are needed")
    if data["n"].nunique() < 2:
        raise MetaError("all sample sizes are the same")


def line(k: int, estimate: float, low: float, high: float, p: float, words: str, warnings: tuple[str, ...] = (), **more: Any) -> Row:
    """Return a line with an estimate and its interval."""
    interval = f"{low:.4g} to {high:.4g}" if np.isfinite([low, high]).all() else "–"
    return Row(
        "", k, f"{estimate:.4g}", interval, p_value(p), words, tuple(warnings), {"estimate": estimate, "ci": (low, high), "p": p, **more}
    )


def p_value(p: float) -> str:
    """Return a p-value as journals print it."""
    p = significant(p)
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
