"""What an analysis is: a record of what it computes, how a paper would describe it, whom it cites and what it assumes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

    from miner.meta.analysis.rows import Row

Kind = Literal["accuracies", "effects"]


@dataclass(frozen=True, slots=True)
class Record:
    """One analysis; everything that is said of it is found by its ``id``.

    Attributes
    ----------
    id : str
        Its name in programs, files and links; never changed, as ``title`` may be.
    title : str
        What readers see.
    of : str
        ``accuracies``: of a frame as :func:`miner.meta.analysis.analyse.prepare` makes it; ``effects``: of one with ``yi`` and ``vi``.
    run : callable
        Takes the frame and the metric in words and returns a :class:`~miner.meta.analysis.rows.Row`; raises
        :class:`~miner.errors.MetaError` where it cannot be computed.
    place : int
        Its place in the order in which analyses should be believed; the first is the primary one.
    method : str
        A clause for the methods of a paper, without full stop and citations.
    assumes : str
        What must hold for it to say what it says.
    citations : mapping
        Works by short name.
    asked_for : bool
        Whether it is computed only where it is asked for by its id.
    """

    id: str
    title: str
    of: Kind
    run: Callable[[pd.DataFrame, str], Row]
    place: int
    method: str
    assumes: str
    citations: Mapping[str, str] = field(default_factory=dict)
    asked_for: bool = False
