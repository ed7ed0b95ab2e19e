"""Where the brackets of a sentence open and close."""

from __future__ import annotations

from collections.abc import Sequence


def opening_at(lower: list[str], number: int) -> int | None:
    """Return the token of the bracket that is open at a number, if it opened not long before."""
    depth = 0
    for k in range(number - 1, max(-1, number - 16), -1):
        if lower[k] in {")", "]"}:
            depth += 1
        elif lower[k] in {"(", "["}:
            if depth == 0:
                return k
            depth -= 1
    return None


def closing_of(lower: Sequence[str], index: int) -> int | None:
    """Return the token that closes the bracket at ``index``, if it does so soon and holds no ``n =``."""
    depth = 0
    for k in range(index, min(len(lower), index + 14)):
        if lower[k] == "(":
            depth += 1
        elif lower[k] == ")":
            depth -= 1
            if depth == 0:
                return k
    return None
