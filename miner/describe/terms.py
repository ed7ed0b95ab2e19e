"""Key terms of a record: its authors' keywords and its subject headings first, then the phrases of its text, one form a concept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import exp, log2
from operator import mul
from pathlib import Path

from miner.describe.candidates import Candidate, Key, candidates, key_of, nested, short_forms
from miner.describe.lexis import Lexis, lexis
from miner.describe.surface import canonical, long_surface, plainest
from miner.text.normalise import normalise

FILE = Path(__file__).with_name("terms.tsv")
STOP = Path(__file__).with_name("stop.txt")
MOST = 8
LEAST = 0.22
"""Below this share of the weightiest a phrase of the text is none of its terms."""
_BONUS = {"author": 3.0, "mesh": 1.5}
# What authors do and readers do not like: single common words, adjectives alone (also as compounds: high-risk), what is said once in passing.
_COMMON = 7
_TOO_LITTLE = {"common": -1.5, "adjective": -1.0, "compound": -3.0, "passing": -0.8}
_ADJECTIVE = re.compile(r"(?:ic|ive|ous|able|less|ful)$")
_NOUN = re.compile(r"(?:ing|ions?|sis|ment|ity|ness|logy|graphy)$")
_INVERTED = re.compile(r"([^,]+), ([^,]+)")
# Formulas, addresses and what is left of LaTeX are no words.
_NO_WORDS = re.compile(r"\$[^$\n]{1,200}\$|\\[A-Za-z]{1,20}\*?|https?://\S+|www\.\S+|\S+@\S+\.\S+|[{}]")
_LATEX = re.compile(r"\\(?:text\w*|emph|math\w+)\*?\{([^{}$]*)\}")
_LOG = tuple(log2(1 + k) for k in range(64))


@dataclass(frozen=True, slots=True)
class Term:
    """One key term: its one form, how the record writes it most often, its weight, and whose it is (``author``, ``mesh`` or ``text``)."""

    term: str
    surface: str
    weight: float
    source: str


def readable(text: str) -> str:
    r"""Return a text without formulas, commands and addresses.

    Examples
    --------
    >>> readable(r"A \emph{deep} net with $O(n^2)$ steps")
    'A deep net with  ,  steps'
    """
    plain = _LATEX.sub(r"\1", text) if "\\" in text else text
    return normalise(_NO_WORDS.sub(" , ", plain) if any(c in plain for c in "\\$@{}/") else plain).text


NAMES = (
    "bias", "count", "own", "title", "first", "rarity", "alone", "begin", "end", "inside", "words 1", "words 3", "words 4", "capitals", "acronym", "once", "modifier", "compound",
)  # fmt: skip
"""What speaks for a phrase, or against it."""
_ONCE, _ACRONYM, _COMPOUND = (NAMES.index(n) for n in ("once", "acronym", "compound"))


def features(one: Candidate, longer: Candidate | None, words: Lexis, introduced: frozenset[Key]) -> tuple[float, ...]:
    """Return the values of ``NAMES`` for a phrase; ``longer`` is the one that holds it most often, ``introduced`` are those with an acronym."""
    key = one.key
    known = [words[w] for w in key]
    count, size = min(one.count, 63), len(key)
    own = count - min(count, longer.count) if longer else count
    rarity = sum(min(w.rarity, 10) for w in known) / size / 10
    if size == 1:
        shape = (known[0].alone / 10, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, float(any(s[1:].lower() != s[1:] for s in one.surfaces)))
    else:
        inside = min((max(w.first, w.last) for w in known[1:-1]), default=0) / 10
        shape = (0.0, known[0].first / 10, known[-1].last / 10, inside, 0.0, float(size == 3), float(size >= 4), 0.0)
    modifier = max(0, known[0].first - known[0].last) / 10 if size == 1 else 0.0
    compound = size > 1 and bool(one.surfaces) and all("-" in s and " " not in s and s.islower() for s in one.surfaces)
    flags = (key in introduced, count == 1 and not one.title, modifier, compound)
    return (1.0, _LOG[count], _LOG[own], float(one.title), one.first, rarity, *shape, *map(float, flags))


@lru_cache(maxsize=1)
def term_weights(file: Path = FILE) -> tuple[float, ...]:
    """Return the weights of features, in the order of ``NAMES``."""
    found = dict(line.split("\t") for line in file.read_text(encoding="utf-8").splitlines())
    return tuple(float(found[name]) for name in NAMES)


@lru_cache(maxsize=1)
def stop_phrases(file: Path = STOP) -> frozenset[Key]:
    """Return the phrases that are never terms."""
    return frozenset(key_of(line) for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))


@dataclass(frozen=True, slots=True)
class _Pick:
    """A candidate with its score, and whose it is."""

    one: Candidate
    score: float
    source: str


@dataclass(frozen=True, slots=True)
class _Reader:
    """What phrases of one record are scored by."""

    known: Lexis
    short: dict[str, Key]
    introduced: frozenset[Key]
    within: dict[Key, Candidate]
    weights: tuple[float, ...]

    def score(self, one: Candidate) -> float:
        """Return the log odds that an author would name the phrase a keyword, less what single common words say too little for a reader."""
        values = features(one, self.within.get(one.key), self.known, self.introduced)
        return float(sum(map(mul, self.weights, values))) + _taste(one, values, self.known)


def _taste(one: Candidate, values: tuple[float, ...], known: Lexis) -> float:
    """Return what is taken off for a phrase that tells a reader too little."""
    less = _TOO_LITTLE["passing"] if values[_ONCE] and not values[_ACRONYM] and len(one.key) > 1 else 0.0
    if len(one.key) == 1:
        less += _TOO_LITTLE["common"] if known[one.key[0]].rarity < _COMMON else 0.0
        less += _TOO_LITTLE["adjective"] if _ADJECTIVE.search(one.key[0]) else 0.0
    elif values[_COMPOUND] and not _NOUN.search(one.key[-1]):
        less += _TOO_LITTLE["compound"]
    return less


def key_terms(title: str, abstract: str, keywords: Sequence[str] = (), mesh: Sequence[str] = ()) -> tuple[Term, ...]:
    """Return the key terms of a record, the weightiest first.

    Phrases are weighed by how often and where they stand, how rare their words are, and how often such words make keywords: a logistic regression fitted to
    the keywords that authors chose (KEA: Witten et al., ACM Digital Libraries 1999, does so by naive Bayes).

    Parameters
    ----------
    title, abstract : str
    keywords : sequence of str
        Its authors' keywords.
    mesh : sequence of str
        Its subject headings; those that nothing in the text supports are left out.

    Returns
    -------
    tuple of Term
        At most ``MOST``, none a part of another, none twice in another form.

    Examples
    --------
    >>> [t.term for t in key_terms("Hippocampal atrophy in Alzheimer's disease (AD)", "We measured hippocampal atrophy in AD.", ["hippocampus"])][:2]
    ['hippocampus', "Alzheimer's disease"]
    """
    known, text = lexis(), readable(f"{title}\n{abstract}")
    short = short_forms(text)
    found = candidates(text, known, short)
    reader = _Reader(known, short, frozenset(short.values()), nested(found.values()), term_weights())
    picks = _own(found, reader)
    picks += _given(chain(((k, "author") for k in keywords), ((k, "mesh") for k in map(_upright, mesh))), found, reader)
    return _forms(_chosen(picks), text, reader)


def _own(found: dict[Key, Candidate], reader: _Reader) -> list[_Pick]:
    """Return the phrases of the text with their scores, without those that stand in a longer one alone that is a term as well."""
    scores = {key: reader.score(one) for key, one in found.items()}
    picks = []
    stop = stop_phrases()
    for key, one in found.items():
        if key in stop:
            continue
        longer = reader.within.get(key)
        if longer is None or longer.count < 0.8 * one.count or scores.get(longer.key, -99.0) < scores[key] - 2:
            picks.append(_Pick(one, scores[key], "text"))
    return picks


def _upright(heading: str) -> str:
    """Turn an inverted heading: ``Diabetes Mellitus, Type 2``."""
    match = _INVERTED.fullmatch(heading)
    return f"{match[2]} {match[1]}" if match else heading


def _given(given: Iterable[tuple[str, str]], found: dict[Key, Candidate], reader: _Reader) -> list[_Pick]:
    """Score keywords and headings as if they stood in the text once, or as often as they do."""
    there = {w for key in found for w in key}
    picks = []
    for words, source in given:
        plain = " ".join(readable(words).replace(",", " ").split()).strip(" .;*")
        key = reader.short.get(plain) or key_of(plain)
        support = len(set(key) & there) / max(1, len(set(key)))
        if not key or len(plain) > 80 or (source == "mesh" and key in stop_phrases()) or (source == "mesh" and not support):
            continue
        one = found.get(key) or Candidate(key, 1)
        if not one.surfaces:
            one.surfaces[plain] += 1
        picks.append(_Pick(one, reader.score(one) + _BONUS[source] * (support if source == "mesh" else 1.0), source))
    return picks


def _chosen(picks: Sequence[_Pick]) -> list[_Pick]:
    chosen: list[tuple[_Pick, frozenset[str]]] = []
    for pick in sorted(picks, key=lambda p: (-round(p.score, 6), p.one.key, p.source)):
        words = frozenset(pick.one.key)
        if all(_differ(words, others) for _, others in chosen):
            chosen.append((pick, words))
        if len(chosen) == MOST:
            break
    return [pick for pick, _ in chosen]


def _differ(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether two phrases are two concepts: neither holds the other, nor do they share most of their words."""
    return not (a <= b or b <= a) and len(a & b) / len(a | b) < 0.5


def _forms(chosen: Sequence[_Pick], text: str, reader: _Reader) -> tuple[Term, ...]:
    terms = []
    for pick in chosen:
        weight = round(exp((pick.score - chosen[0].score) / 3), 2)
        if weight >= LEAST or pick.source == "author":
            long = long_surface(pick.one, reader.short, text)
            terms.append(
                Term(
                    canonical(long, reader.known, text),
                    plainest(pick.one.surfaces) if pick.one.surfaces else long,
                    max(weight, 0.01),
                    pick.source,
                )
            )
    return tuple(terms)
