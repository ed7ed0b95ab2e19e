"""A number that may count units, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

SEXES = frozenset(["women", "men", "females", "males", "female", "male", "girls", "boys"])


@dataclass(slots=True)
class Count:
    """A number that may count units: its token, the last token of its noun phrase, and what is known of it."""

    token: int
    last: int
    unit: str | None
    form: str
    noun: str = ""
    role: str | None = None
    own: bool = True
    reason: str = ""
    code: bool = False
