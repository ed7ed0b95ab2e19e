"""Claims about an abstract, checked against the sentences that they name: what those do not support is dropped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from miner.describe.quantities import strange_numbers
from miner.text.words import normals

MOST = 4
"""Claims that a summary may have."""
MOST_SENTENCES = 3
"""Sentences that a claim may lean on: any number stands somewhere in ten."""
LONGEST = 300
SHARED = 0.4
"""The share of a claim's content words that must stand in its sentences (docs/adr/0039-summaries.md has the figures)."""
LEAST = 2
_STEM = 5

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
# Function words, and what a summary says around its subject.
_EMPTY = frozenset({
    "about", "above", "across", "after", "again", "against", "also", "although", "among", "and", "another", "any", "are", "around",
    "article", "author", "authors", "because", "been", "before", "being", "below", "between", "both", "but", "can", "could", "did",
    "does", "doing", "down", "during", "each", "even", "ever", "find", "findings", "for", "found", "from", "further", "had", "has",
    "have", "having", "here", "how", "however", "into", "its", "itself", "just", "less", "many", "may", "might", "more", "most", "much",
    "must", "nor", "not", "now", "off", "once", "only", "other", "our", "out", "over", "own", "paper", "per", "rather", "report",
    "reported", "reports", "research", "researchers", "result", "results", "same", "should", "show", "showed", "shown", "shows", "since",
    "some", "studies", "study", "such", "suggest", "suggests", "team", "than", "that", "the", "their", "them", "then", "there", "these",
    "they", "this", "those", "through", "thus", "too", "toward", "under", "until", "upon", "used", "uses", "using", "very", "was", "well",
    "were", "what", "when", "where", "whether", "which", "while", "who", "whom", "whose", "why", "will", "with", "within", "without",
    "work", "would", "yet", "you", "your",
})  # fmt: skip
_NOT = frozenset({"no", "not", "nor", "neither", "never", "none", "without", "cannot"})
_UNLIKE = re.compile(
    r"\b(?:lack|absen|fail|unable|few|hardly|rarely|seldom|un[a-z]{4}|non|insuff|insign|ineff|inconsist|inconcl|inaccura|negative|free of|exclu|limited|only|too )"
)
# What a sentence denies: the word behind the negation, beyond an adverb and an article.
_DENIED = re.compile(
    r"\b(?:not|no|never|neither|nor|without|cannot)\s+(?:be\s+|been\s+|have\s+)?(?:[a-z]+ly\s+)?(?:an?\s+|the\s+|any\s+)?([a-z]{4,})"
)
_UP = re.compile(
    r"\b(?:higher|increas|improv|better|greater|larger|bigger|rise[sn]?\b|rose\b|gain|outperform|exceed|superior|surpass|longer|faster|more\b)"
)
_DOWN = re.compile(
    r"\b(?:lower|decreas|reduc|wors|smaller|declin|fell\b|falls?\b|fallen|drop|inferior|underperform|deteriorat|shorter|slower|fewer|less\b|diminish)"
)

NO_SENTENCE = "named no sentence that is there"
LEANS = f"leaned on more than {MOST_SENTENCES} sentences"
FORM = f"was no text of up to {LONGEST} letters"
NUMBER = "had a number that its sentences do not have"
WORDS = "shared too few words with its sentences"
DENIAL = "denied what its sentences say, or said what they deny"
DIRECTION = "had the other direction than its sentences"
AGAIN = "said the same again"
MANY = f"was one more than {MOST}"


@dataclass(frozen=True, slots=True)
class Stated:
    """What was claimed, unchecked: a text, and the numbers, from 1, of the sentences that are said to support it."""

    text: str
    sentences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """The claims that hold, with numbers of sentences that are there, and those that were dropped, each with the reason."""

    kept: tuple[Stated, ...]
    dropped: tuple[tuple[Stated, str], ...]


def check_claims(stated: Sequence[Stated], sentences: Sequence[str]) -> Checked:
    """Keep what its sentences support, as far as numbers, words, plain denials and directions tell.

    Parameters
    ----------
    stated : sequence of Stated
        What was claimed, the most important first.
    sentences : sequence of str
        The sentences that the claims number from 1.

    Returns
    -------
    Checked

    Examples
    --------
    >>> sentences = ["We scanned 82 patients.", "The accuracy of the classifier was 88.3%."]
    >>> checked = check_claims([Stated("The classifier had an accuracy of 0.883", (2, 9)), Stated("The classifier read 90 scans", (1, 2))], sentences)
    >>> checked.kept
    (Stated(text='The classifier had an accuracy of 0.883', sentences=(2,)),)
    >>> [reason for _, reason in checked.dropped]
    ['had a number that its sentences do not have']
    """
    kept: list[Stated] = []
    dropped: list[tuple[Stated, str]] = []
    for one in stated:
        clean = Stated(_clean(one.text), tuple(dict.fromkeys(n for n in one.sentences if 1 <= n <= len(sentences))))
        reason = _fault(clean, sentences)
        if reason is None and clean.text.casefold() in {k.text.casefold() for k in kept}:
            reason = AGAIN
        if reason is None and len(kept) == MOST:
            reason = MANY
        if reason is None:
            kept.append(clean)
        else:
            dropped.append((clean, reason))
    return Checked(tuple(kept), tuple(dropped))


def _clean(text: str) -> str:
    """Return a text in one line, without characters that nobody sees (marks of direction, controls)."""
    return " ".join("".join(c for c in text if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs", "Cn"}).split())


def _fault(claim: Stated, sentences: Sequence[str]) -> str | None:
    if not 0 < len(claim.text) <= LONGEST:
        return FORM
    if not claim.sentences:
        return NO_SENTENCE
    if len(claim.sentences) > MOST_SENTENCES:
        return LEANS
    source = "\n".join(sentences[n - 1] for n in claim.sentences)
    return next((reason for reason, wrong in _CHECKS if wrong(claim.text, source)), None)


def shared_words(claim: str, source: str) -> tuple[int, int]:
    """Return how many of a claim's content words stand in a text, and how many it has. Words are one where their first five letters are.

    Examples
    --------
    >>> shared_words("The study classifies tumours", "Classification of a tumor"), shared_words("It was so", "It was so")
    ((2, 2), (0, 0))
    """
    ours, theirs = _content(claim), _content(source)
    return len(ours & theirs), len(ours)


def _content(text: str) -> set[str]:
    words = [w for w in _WORD.findall(text.lower()) if len(w) > 2 and w not in _EMPTY]
    return {w[:_STEM] for w in normals(words)}


def _shares_too_little(claim: str, source: str) -> bool:
    both, all_ = shared_words(claim, source)
    return both < min(LEAST, max(1, all_)) or both < SHARED * all_


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def _negated(words: Iterable[str]) -> bool:
    return any(w in _NOT or w.endswith("n't") for w in words)


def _denies(claim: str, source: str) -> bool:
    """Whether a claim negates where its sentences have nothing of the kind, or says the very word that they deny and do not say otherwise."""
    ours, theirs = _words(claim), _words(source)
    if _negated(ours):
        return not _negated(theirs) and _UNLIKE.search(source.lower()) is None
    plain = re.sub(r"n't\b", " not", source.lower().replace("’", "'"))
    stems = {w[:_STEM] for w in ours}
    if _UNLIKE.search(claim.lower()):
        return False
    said = {w[:_STEM] for w in _WORD.findall(_DENIED.sub(" ", plain))}
    return any((stem := m[1][:_STEM]) in stems and stem not in said for m in _DENIED.finditer(plain))


def _turns(claim: str, source: str) -> bool:
    """Whether a claim tells of more where its sentences tell of less alone, or the reverse."""
    (up, down), (more, less) = ((_UP.search(text) is not None, _DOWN.search(text) is not None) for text in (claim.lower(), source.lower()))
    return (up and not down and less and not more) or (down and not up and more and not less)


_CHECKS: tuple[tuple[str, Callable[[str, str], object]], ...] = (
    (NUMBER, strange_numbers),
    (WORDS, _shares_too_little),
    (DENIAL, _denies),
    (DIRECTION, _turns),
)
