"""What a whole analysis is: one line for each method, in the order in which they should be believed, each with its reading in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from miner.errors import MetaError
from miner.meta.result import Result

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

FEW = 10


@dataclass(frozen=True)
class Row(Result):
    """One line of the table of models: what was estimated, and what it says."""

    name: str
    k: int
    estimate: str = "–"
    interval: str = "–"
    p: str = "–"
    words: str = ""
    warnings: tuple[str, ...] = ()
    numbers: dict[str, Any] = field(default_factory=dict)


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
        """Return the line of this name."""
        return next((r for r in self.rows if r.name == name), None)

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


def attempt(name: str, k: int, step: Callable[[pd.DataFrame, str], Row], data: pd.DataFrame, what: str) -> Row:
    """Return a step's line under its name; what cannot be computed becomes a line with its reason."""
    try:
        row = step(data, what)
    except MetaError as error:
        return Row(name, k, words=f"Not computed: {error}.")
    return Row(name, row.k, row.estimate, row.interval, row.p, row.words, row.warnings, row.numbers)


def p_value(p: float) -> str:
    """Return a p-value as journals print it."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
