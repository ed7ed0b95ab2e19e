"""On which part of the data an estimate was measured, by the words around it."""

from __future__ import annotations

import re

# What the words of a sentence say about the data that a metric was measured on; the first that fits counts.
_PARTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (role, re.compile(pattern, re.IGNORECASE))
    for role, pattern in (
        (
            "external",
            r"\bexternal(?:ly)?\b|\bindependent (?:test|validation|cohort|data|set|sample)|\bprospective(?:ly)? (?:test|validat|cohort|set|data)",
        ),
        (
            "test",
            r"\btest(?:ing)?[ -](?:set|data|dataset|cohort|group|sample|split|images|cases|subset)|\bhold-?[ -]?out\b|\bheld[ -]out\b|\bunseen\b",
        ),
        ("validation", r"(?<!cross-)(?<!cross )\bvalidation[ -](?:set|data|dataset|cohort|group|sample)"),
        ("train", r"\b(?:training|derivation|development|discovery)[ -](?:set|data|dataset|cohort|group|sample)"),
    )
)
# Behind an estimate: 0.95 in the training cohort and 0.90 in validation. Before it: in the test set, 0.90.
_BEHIND = re.compile(
    r"(?:\s?%)?\s*(?:\([^()]{0,60}\)|\[[^\[\]]{0,60}\])?\s*(?:,\s*)?(?:in|on|for|from|within|at|during|with)\s+(?:the|an?|our|its)?\s*(?P<part>[^.;,()0-9]{3,60})",
    re.IGNORECASE,
)
_NAMES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (role, re.compile(pattern, re.IGNORECASE))
    for role, pattern in (
        ("external", r"external|independent|prospective"),
        ("train", r"training|derivation|development|discovery"),
        ("test", r"\btest(?:ing)?\b|hold-?out|held-out|unseen"),
        ("validation", r"(?<!cross-)(?<!cross )\bvalidation\b"),
    )
)
_NUMBER = re.compile(r"\d")


def measured_on(sentence: str | None) -> str | None:
    """Return the part of the data that a sentence says its figures were measured on, or None.

    Examples
    --------
    >>> measured_on("On the external validation cohort the AUC was 0.9."), measured_on("10-fold cross-validation gave 0.9.")
    ('external', None)
    """
    return next((role for role, pattern in _PARTS if sentence and pattern.search(sentence)), None)


def measured_here(sentence: str | None, start: int | None, quote: str) -> str | None:
    """Return the part of the data that the words beside one estimate name, else what its sentence names, or None.

    Parameters
    ----------
    sentence : str or None
        The sentence.
    start : int or None
        Where the estimate stands in it; None if that is not known.
    quote : str
        The estimate as written.

    Examples
    --------
    >>> sentence = "The AUC was 0.95 in the training cohort and 0.90 in validation."
    >>> measured_here(sentence, 12, "0.95"), measured_here(sentence, 44, "0.90")
    ('train', 'validation')
    """
    if not sentence or start is None:
        return measured_on(sentence)
    behind = _BEHIND.match(sentence, start + len(quote))
    if behind is not None and (role := _named(behind["part"].split(" and ")[0])) is not None:
        return role
    # Back to the number before, which has words of its own.
    numbers = [m.end() for m in _NUMBER.finditer(sentence, 0, start)]
    before = sentence[max(numbers[-1] if numbers else 0, start - 80) : start]
    return measured_on(before) or measured_on(sentence)


def _named(words: str) -> str | None:
    return next((role for role, pattern in _NAMES if pattern.search(words)), None)


def place_in(sentence: str | None, quote: str, rank: int) -> int | None:
    """Return where the ``rank``-th (from 0) writing of a number stands in a sentence, or None.

    Examples
    --------
    >>> place_in("from 0.9 to 0.95 and 0.9", "0.9", 1)
    21
    """
    found = [m.start() for m in re.finditer(rf"(?<![\d.]){re.escape(quote)}(?![\d]|\.\d)", sentence or "")]
    return found[rank] if rank < len(found) else None
