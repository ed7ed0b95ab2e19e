"""What a whole analysis is: one line for each method, in the order in which they should be believed, each with its reading in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from miner.errors import MetaError
from miner.meta.result import Result
from miner.say import counted, p_text

if TYPE_CHECKING:
    import pandas as pd

    from miner.meta.analysis.record import Record
    from miner.meta.analysis.sample import Sample

TOGETHER = "All tasks together: what differs between tasks counts as a difference between studies here."


@dataclass(frozen=True)
class Row(Result):
    """One line of the table of models: what was estimated, and what it says.

    ``id`` is that of its analysis, ``adjusted`` names the moderators that were held: ``year``, ``task``.
    """

    name: str
    k: int
    estimate: str = "–"
    interval: str = "–"
    p: str = "–"
    words: str = ""
    warnings: tuple[str, ...] = ()
    numbers: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    adjusted: tuple[str, ...] = ()

    @property
    def p_is(self) -> str:
        """The p-value with its sign of relation; empty where nothing was tested."""
        return "" if self.p == "–" else f"p {self.p}" if self.p.startswith("<") else f"p = {self.p}"


@dataclass(frozen=True)
class Analysis(Result):
    """All analyses of one sample.

    ``pooled`` and ``tau2`` are on the scale of the models (the logit, for accuracies); ``notes`` say where analyses disagree, and why. ``grouping`` says
    what the values are grouped by, as the methods do.
    """

    rows: tuple[Row, ...]
    sample: Sample = field(repr=False)
    pooled: float | None = None
    tau2: float = 0.0
    warnings: tuple[str, ...] = ()
    kind: str = "accuracies"
    notes: tuple[str, ...] = ()
    grouping: str = ""

    @property
    def frame(self) -> pd.DataFrame:
        """The values."""
        return self.sample.frame

    def row(self, name: str) -> Row | None:
        """Return the line of the analysis with this id."""
        return next((r for r in self.rows if r.id == name), None)

    @property
    def primary(self) -> Row:
        """The line of the primary analysis; one that says so where it was not made."""
        return (
            self.row("trend")
            or self.row("trend-scores")
            or Row("", self.sample.k, words="Not computed: the primary analysis was not asked for.", id="trend")
        )

    def __str__(self) -> str:
        """Return the lines as text: figures, words, warnings."""
        lines = [f"! {w}" for w in self.warnings]
        for r in self.rows:
            figures = ", ".join(
                [
                    r.estimate,
                    *([f"95 % interval {r.interval}"] if r.interval != "–" else []),
                    *([r.p_is] if r.p_is else []),
                ]
            )
            lines += [
                "",
                f"{r.name} (k = {r.k})",
                *([f"  {figures}"] if r.estimate != "–" else []),
                f"  {r.words}",
                *(f"  ! {w}" for w in r.warnings),
            ]
        lines += [f"\n{note}" for note in self.notes]
        return "\n".join(lines).lstrip("\n")


def attempt(record: Record, sample: Sample, name: str | None = None) -> Row:
    """Return the line of an analysis under its title, or under ``name``; what cannot be computed becomes a line with its reason."""
    held = ("task",) if sample.several_tasks and record.tasks == "held" else ()
    try:
        row = record.run(sample)
    except MetaError as error:
        return Row(name or record.title, sample.k, words=f"Not computed: {error.what}.", id=record.id)
    warnings = (*row.warnings, TOGETHER) if sample.several_tasks and not held else row.warnings
    return replace(row, name=name or record.title, id=record.id, warnings=warnings, adjusted=row.adjusted or held)


def need(sample: Sample, least: int) -> None:
    """Refuse too few values, and values that are all of one size."""
    if sample.k < least:
        raise MetaError(f"{counted(sample.k, 'value')}, at least {least} are needed")
    if sample.frame["n"].nunique() < 2:
        raise MetaError("all sample sizes are the same")


def need_counts(sample: Sample) -> None:
    """Refuse values that are no binomial shares."""
    if not sample.counts:
        raise MetaError(f"the {sample.what} is no share of n units, or n is not their number, so there are no counts")


def refuse_untested(sample: Sample) -> None:
    """Refuse a test, which gives nothing else, of values from too few papers."""
    if sample.untested:
        raise MetaError(sample.untested)


def line(
    sample: Sample, estimate: float, ends: tuple[float, float], p: float, words: str, warnings: tuple[str, ...] = (), **more: Any
) -> Row:
    """Return a line with an estimate on the models' scale and its interval; the p-value against an effect of 0 says nothing of logits."""
    shown = "–" if sample.logits else p_text(p)
    numbers = {"estimate": estimate, "ci": ends, **({} if sample.logits else {"p": p}), **more}
    return Row("", sample.k, sample.show(estimate, 4), sample.span(*ends), shown, words, tuple(warnings), numbers)
