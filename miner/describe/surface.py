"""The one form in which a term is written."""

from __future__ import annotations

import re
from collections import Counter

from miner.describe.acronyms import acronyms
from miner.describe.candidates import Candidate, Key
from miner.describe.lexis import Lexis
from miner.text.words import normal

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
# What ends so is a word of the language, and its capital that of a heading.
_COMMON_ENDING = re.compile(r"(?:al|ing|ive|ic|ion|ment|ity|ness|ed|able|ous|ism|ly)s?$")

_GREEK = re.compile(r"(?:aly|gno|the|cri|oa)ses$")


def plainest(surfaces: Counter[str]) -> str:
    """Return how a phrase is written most often; of equals the one with the fewest capitals, then the shortest."""
    return max(surfaces, key=lambda s: (surfaces[s], -sum(c.isupper() for c in s), -len(s), s))


def as_written(stem: str, text: str) -> str:
    """Return a word of a text for the stem that a search compares it by; the stem where no word begins so.

    Examples
    --------
    >>> as_written("inferiori", "A trial of inferiority."), as_written("therapi", "Therapies"), as_written("mri", "MRI scans"), as_written("deep learning", "")
    ('inferiority', 'therapies', 'MRI', 'deep learning')
    """
    if " " in stem:
        return stem
    root = stem[:-1] if len(stem) > 4 else stem
    found = Counter(m.group() for m in re.finditer(rf"\b{re.escape(root)}\w{{0,6}}", text, re.IGNORECASE))
    if not found:
        return stem
    word = min(found, key=lambda w: (abs(len(w) - len(stem)), -found[w], w))
    return word.lower() if word.istitle() else word


def long_surface(one: Candidate, short: dict[str, Key], text: str) -> str:
    """Return how a phrase is written where it is written out."""
    if not one.surfaces:
        return one.heading
    long = Counter({s: n for s, n in one.surfaces.items() if not any(w in short for w in (s, *s.replace("-", " ").split()))})
    if long:
        return plainest(long)
    whole = plainest(one.surfaces)
    places = acronyms(text)
    return next((text[slice(*places[s])] for s in (whole, whole.removesuffix("s")) if s in places), whole)


def canonical(surface: str, known: Lexis, text: str) -> str:
    """Return the one form of a phrase: names and abbreviations as they are, else lower case; the last word singular.

    Examples
    --------
    >>> from miner.describe.lexis import lexis
    >>> canonical("Convolutional Neural Networks", lexis(), ""), canonical("Alzheimer's disease", lexis(), ""), canonical("MRI scans", lexis(), "")
    ('convolutional neural network', "Alzheimer's disease", 'MRI scan')
    """
    body = text.partition("\n")[2]
    parts = surface.split()
    if len(parts) > 1 and all(w[0].isupper() for w in parts) and any("c" in known[normal(w)].flags for w in parts if w.isalpha()):
        return surface  # United States
    plain = _WORD.sub(lambda m: _cased(m.group(), known, body), surface)
    head, _, last = plain.rpartition(" ")
    return f"{head} {_singular(last, known, text)}".strip()


def _cased(word: str, known: Lexis, body: str) -> str:
    """Lower a capital that only begins a title or a heading."""
    if len(word) == 1 or any(c.isdigit() for c in word):
        return word
    shouted = word.isalpha() and word.isupper() and len(word) > 6 and word not in body  # a title in capitals
    if any(c.isupper() for c in word[1:]) and not shouted:
        return word
    low = word.lower()
    found = known.get(normal(low.removesuffix("'s")))
    if found is not None:
        return low[:1].upper() + low[1:] if "c" in found.flags else low
    named = re.search(rf"[a-z,;)] {re.escape(word)}\b", body)  # not only where every word has a capital
    if word.endswith("'s"):
        return word
    return low if f" {low}" in body or word.isupper() or not named or _COMMON_ENDING.search(low) else word


def _singular(word: str, known: Lexis, text: str) -> str:
    """Drop a plural's ending where the word is known without it, or stands without it in the text."""
    if _GREEK.search(word):
        return f"{word[:-2]}is"
    form = normal(word)
    single = word[:-3] + "y" if word.endswith("ies") else word[: len(form)]
    if single == word or word[-1:] != "s" or word.istitle() or normal(single) != form or word.endswith("ics"):
        return word
    found = known.get(form)
    return (
        single
        if (found is not None and "p" not in found.flags) or (found is None and re.search(rf"\b{re.escape(single)}\b", text))
        else word
    )
