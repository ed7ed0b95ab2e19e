"""What parsers yield beside papers, and the errors of a response that is not what was asked."""

from __future__ import annotations

from dataclasses import dataclass

from miner.types import Paper


@dataclass(frozen=True, slots=True)
class Deleted:
    """A record that its source says to remove (PubMed's DeleteCitation, OAI's deleted status)."""

    paper_id: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A record that could not be read: which one, and why; ``cut_short`` where all that follows is lost with it."""

    record: str
    reason: str
    cut_short: bool = False


Parsed = Paper | Deleted | Problem
