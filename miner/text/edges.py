"""Long alternatives of words, searched for where words begin and end only."""

from __future__ import annotations

import re


def at_edges(pattern: str, flags: int = 0) -> re.Pattern[str]:
    r"""Return a pattern that is not tried inside words, where the alternatives of a list of words can't begin.

    For patterns whose alternatives all begin with ``\b`` or a sign this changes no match, and makes searching several times as fast.

    Examples
    --------
    >>> at_edges(r"\bthan|;").findall("Othan than;")
    ['than', ';']
    """
    return re.compile(rf"(?:(?<!\w)|(?!\w))(?:{pattern})", flags)
