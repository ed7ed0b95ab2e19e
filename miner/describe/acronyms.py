"""Acronyms with the words that they stand for, where a text introduces them."""

from __future__ import annotations

import re

_BRACKETED = re.compile(r"[(\[]\s?([A-Za-z][\w./-]{1,9}s?)\s?[)\]]")
_WORD = re.compile(r"[^\W_]+")


def acronyms(text: str) -> dict[str, tuple[int, int]]:
    r"""Return the acronyms that stand in brackets behind their long forms, each with the place of its long form.

    The algorithm of Schwartz & Hearst (Pacific Symposium on Biocomputing 8:451-462, 2003): letters are sought from the right, the first must begin a word; at most
    ``min(letters + 5, 2 letters)`` words are looked at.

    Examples
    --------
    >>> text = "In mild cognitive impairment (MCI) and on chest computed tomography (CT) scans"
    >>> {short: text[a:b] for short, (a, b) in acronyms(text).items()}
    {'MCI': 'mild cognitive impairment', 'CT': 'computed tomography'}
    """
    found: dict[str, tuple[int, int]] = {}
    for match in _BRACKETED.finditer(text):
        short = match[1].rstrip("s") if match[1][:-1].isupper() else match[1]
        if short in found or not any(c.isupper() for c in short) or sum(c.isalpha() for c in short) < 2:
            continue
        begin = max(text.rfind(mark, 0, match.start()) for mark in "\n.;:([") + 1
        words = [w.start() for w in _WORD.finditer(text, begin, match.start())][-min(len(short) + 5, 2 * len(short)) :]
        start = _long_form(text, short, words[0], match.start()) if words else None
        if start is not None:
            found[short] = (start, len(text[: match.start()].rstrip()))
    return found


def _long_form(text: str, short: str, begin: int, end: int) -> int | None:
    """Return where the long form begins, or None."""
    at = end
    for k in range(len(short) - 1, -1, -1):
        letter = short[k].lower()
        if not letter.isalnum():
            continue
        at -= 1
        while at >= begin and (text[at].lower() != letter or (k == 0 and at > 0 and text[at - 1].isalnum())):
            at -= 1
        if at < begin:
            return None
    long = text[at:end].strip()
    return at if " " in long or "-" in long or len(long) >= 2 * len(short) + 2 else None
