"""What stands beside a figure: a table of its numbers, and what a publication says of the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from miner.say import counted, interval, listed, p_is, p_text, percent, signed

__all__ = ["Agreement", "Comparison", "Table", "counted", "interval", "listed", "p_is", "p_text", "percent", "signed"]

Agreement = Literal["agrees", "agrees in part", "differs", "cannot be told"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a publication says, whether these data agree (None where nothing compares them), and the figures on which that rests.

    A panel leaves ``says`` empty: the report's definition has the words.
    """

    agreement: Agreement | None = None
    figures: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text; ``columns`` are names with whether they hold numbers, ``note`` stands below it."""

    title: str
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    folded: bool = False
