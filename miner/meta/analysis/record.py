"""What an analysis is: a record of what it computes, how a paper would describe it, whom it cites and what it assumes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from miner.meta.analysis.rows import Row
    from miner.meta.analysis.sample import Kind, Sample


SCALED = 2  # values above which pooled effects are tested by Knapp and Hartung's test: it rests on what residuals vary by


@dataclass(frozen=True, slots=True)
class Record:
    """One analysis; everything that is said of it is found by its ``id``.

    Attributes
    ----------
    id : str
        Its name in programs, files and links; never changed, as ``title`` may be.
    title : str
        What readers see.
    of : str or tuple of str
        ``accuracies``, ``scores`` or ``effects``: the samples that it is made on.
    run : callable
        Takes a :class:`~miner.meta.analysis.sample.Sample` and returns a :class:`~miner.meta.analysis.rows.Row`; raises
        :class:`~miner.errors.MetaError` where it cannot be computed.
    place : int
        Its place in the order in which analyses should be believed; the first is the primary one.
    method : str
        A clause for the methods of a paper, without full stop and citations; ``{adjusted}`` in it stands for the moderators of the model, ``{scaled}`` for Knapp and
        Hartung's test, ``{within}`` for "within tasks", where they were; ``{what}``, ``{values}`` and ``{hits}`` for the metric, several of its values, and what is
        counted ("accuracy", "accuracies", "correct answers").
    assumes : str
        What must hold for it to say what it says.
    citations : mapping
        Works by short name.
    tasks : str
        ``held``: what differs between tasks is taken out; ``together``: it is not, and the line says so where there are several.
    asked_for : bool
        Whether it is computed only where it is asked for by its id.
    """

    id: str
    title: str
    of: Kind | tuple[Kind, ...]
    run: Callable[[Sample], Row]
    place: int
    method: str
    assumes: str
    citations: Mapping[str, str] = field(default_factory=dict)
    tasks: Literal["held", "together"] = "held"
    asked_for: bool = False

    def cited(self, k: int) -> Mapping[str, str]:
        """Return the works that the methods cite for k values."""
        return {name: work for name, work in self.citations.items() if k > SCALED or name != "Knapp & Hartung, 2003"}

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The samples that it is made on."""
        return (self.of,) if isinstance(self.of, str) else self.of

    def described(self, adjusted: tuple[str, ...], sample: Sample, k: int) -> str:
        """Return the clause for the methods of a paper on k values, naming the metric and what the model was adjusted for."""
        year, task = "year" in adjusted, "task" in adjusted
        named = (" and year" if year else "") + (", with an intercept for each task" if task else "")
        said = {
            "adjusted": named,
            "scaled": " with Knapp and Hartung's test" if k > SCALED else "",
            "within": " within tasks" if task else "",
            "what": sample.what,
            "values": sample.plural,
            "hits": sample.event.many,
        }
        return re.sub(r"\{(\w+)\}", lambda found: said.get(found[1], found[0]), self.method)
