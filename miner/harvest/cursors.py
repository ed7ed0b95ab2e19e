"""Lists that a service hands out page by page, where each answer names the place at which the next begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from miner.errors import ServiceError
from miner.harvest.source import Outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """One page: how many records there are in all, those of the page, and where the next begins."""

    count: int
    results: tuple[dict[str, Any], ...]
    cursor: str | None


def refuse_gap(answer: Answer, received: int) -> None:
    """Refuse an empty page before the list's end, which a service under load may send.

    Raises
    ------
    ServiceError
        If there is nothing on the page, though fewer records than the list holds were received.
    """
    if not answer.results and answer.count > received:
        raise ServiceError(f"an empty page of a list of {answer.count}")


def walk(ask: Callable[[str, int], tuple[str, Answer]], outcome: Outcome) -> Iterator[tuple[str, Answer]]:
    """Yield the answers of a list with their SHA-256, until one names no next place, or one that was seen before.

    Parameters
    ----------
    ask : callable
        Given a cursor and how many records were received so far, the answer.
    outcome : Outcome
        Told how many records the service reports.
    """
    cursor, received = "*", 0
    seen: set[str] = set()
    while True:
        sha256, answer = ask(cursor, received)
        outcome.reported = answer.count
        received += len(answer.results)
        yield sha256, answer
        seen.add(cursor)
        if not answer.cursor or answer.cursor in seen or not answer.results:
            return
        cursor = answer.cursor
