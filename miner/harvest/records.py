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


@dataclass(frozen=True, slots=True)
class Cited:
    """How often a paper is cited, and what it cites (None where not told), as ``provider`` counts; ``work_id`` is the paper's name there."""

    paper_id: str
    provider: str
    work_id: str
    cited_by: int
    references: tuple[str, ...] | None = None
    raw_sha256: str | None = None


Parsed = Paper | Deleted | Problem | Cited
