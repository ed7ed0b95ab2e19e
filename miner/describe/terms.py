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

from miner.describe.candidates import Candidate, Key, candidates, key_of, nested, short_forms, unfinished
from miner.describe.lexis import Lexis, lexis
from miner.describe.surface import canonical, long_surface, plainest
from miner.text.normalise import normalise
from miner.vocabulary import vocabulary
from miner.vocabulary.entries import alternatives

FILE = Path(__file__).with_name("terms.tsv")
STOP = Path(__file__).with_name("stop.txt")
MOST = 8
LEAST = 0.3
"""Below this share of the weightiest phrase of the text another is none of its terms."""
_SCALE = 3.0  # of log odds to weights: a third, so that weights of a list differ and do not vanish
_BONUS = {"author": 5.0, "mesh": 2.5}
_FIRST = {"author": 0, "mesh": 1, "text": 2}
_HEADINGS = 3
# What authors do and readers do not like: single words that are common or not in the title, adjectives alone (also as compounds: high-risk), halves of phrases, what is
# said once in passing.
_COMMON, _NAMED, _MODIFIER = 9, 6, 6
_TOO_LITTLE = {"common": -2.0, "untitled": -1.0, "adjective": -1.5, "compound": -3.0, "half": -3.0, "passing": -1.4}
_VERB = re.compile(r"(?:ing|ed)$")
_ADJECTIVE = re.compile(r"(?:ic|ive|ous|able|less|ful|alist|tal|nal|ral|cal)$")
_NOUN = re.compile(r"(?:ing|ions?|sis|ment|ity|ness|logy|graphy)$")
_HEADS = frozenset(
    {
        "model",
        "system",
        "method",
        "approach",
        "framework",
        "algorithm",
        "technique",
        "patient",
        "application",
        "task",
        "strategy",
        "tool",
        "data",
        "analysis",
        "score",
    }
)
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


_FUNDING = re.compile(
    r"\b(?:[Ff]unded by|FUNDING|Funding:|[Ss]upported by (?:the |a )?[A-Z]|[Gg]rant (?:[Nn]o|number)|[Cc]opyright|[Tt]rial [Rr]egistration|TRIAL REGISTRATION)|©"
)


def without_funding(text: str) -> str:
    """Return a text without the sentences that tell who paid, registered or owns it.

    Examples
    --------
    >>> without_funding("We slept well. Funded by the Bed Trust. It helped.")
    'We slept well. It helped.'
    """
    if not _FUNDING.search(text):
        return text
    return "\n".join(" ".join(s for s in re.split(r"(?<=\.)\s", line) if not _FUNDING.search(s)) for line in text.split("\n"))


NAMES = (
    "bias", "count", "own", "title", "first", "rarity", "alone", "begin", "end", "inside", "words 1", "words 3", "words 4", "capitals", "acronym", "once", "modifier", "compound",
)  # fmt: skip
"""What speaks for a phrase, or against it."""
_ONCE, _ACRONYM, _COMPOUND, _CAPITALS = (NAMES.index(n) for n in ("once", "acronym", "compound", "capitals"))


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
    """Return the phrases that are never terms: those of the file, and the names of metrics."""
    metrics = (w for entry in vocabulary().metrics for written in entry.written() for w in alternatives(written))
    lines = (line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return frozenset(map(key_of, chain(lines, metrics)))


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
    unfinished: frozenset[Key]
    weights: tuple[float, ...]

    def score(self, one: Candidate) -> float:
        """Return the log odds that an author would name the phrase a keyword, less what single common words say too little for a reader."""
        values = features(one, self.within.get(one.key), self.known, self.introduced)
        cut = _TOO_LITTLE["half"] if one.key in self.unfinished and one.key not in self.introduced else 0.0
        return float(sum(map(mul, self.weights, values))) + _taste(one, values, self.known) + cut


def _taste(one: Candidate, values: tuple[float, ...], known: Lexis) -> float:
    """Return what is taken off for a phrase that tells a reader too little."""
    key, introduced = one.key, bool(values[_ACRONYM])
    if len(key) == 1:
        return 0.0 if introduced or values[_CAPITALS] else _single_taste(one, known)
    less = _TOO_LITTLE["passing"] if values[_ONCE] and not introduced else 0.0
    if values[_COMPOUND] and not _NOUN.search(key[-1]):
        less += _TOO_LITTLE["compound"]
    first, last = known[key[0]], known[key[-1]]
    if last.first - last.last >= _MODIFIER:
        less += _TOO_LITTLE["half"]
    # A verb's form is part of a term where keywords begin (end) with it more often than with the average word.
    if not introduced and ((_VERB.search(key[0]) and first.first < 0) or (_VERB.search(key[-1]) and last.last < 0)):
        less += _TOO_LITTLE["half"]
    return less


def _single_taste(one: Candidate, known: Lexis) -> float:
    word = known[one.key[0]]
    less = _TOO_LITTLE["adjective"] if _ADJECTIVE.search(one.key[0]) or _VERB.search(one.key[0]) else 0.0
    if word.rarity < _COMMON and word.alone < _NAMED:
        less += _TOO_LITTLE["common"]
    return less if one.title or word.alone >= _NAMED else less + _TOO_LITTLE["untitled"]


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
    known, text = lexis(), readable(f"{title}\n{without_funding(abstract)}")
    short = short_forms(text)
    found = candidates(text, known, short)
    reader = _Reader(known, short, frozenset(short.values()), nested(found.values()), unfinished(found, known), term_weights())
    picks = _own(found, reader)
    picks += _given(chain(((k, "author") for k in keywords), ((k, "mesh") for k in map(_upright, mesh))), found, reader)
    return _forms(_chosen(picks), text, reader)


def _own(found: dict[Key, Candidate], reader: _Reader) -> list[_Pick]:
    """Return the phrases of the text with their scores, without those that stand in a longer one alone that is a term as well."""
    scores = {key: reader.score(one) for key, one in found.items()}
    stop = stop_phrases()
    picks = []
    for key, one in found.items():
        if key in stop or key[:2] == ("area", "under") or (_headed(key, found) and not one.title and key not in reader.introduced):
            continue
        longer = reader.within.get(key)
        generic = longer is not None and _headed(longer.key, found) and not longer.title
        if longer is None or generic or longer.count < 0.8 * one.count or scores.get(longer.key, -99.0) < scores[key] - 2:
            picks.append(_Pick(one, scores[key], "text"))
    return picks


def _headed(key: Key, found: dict[Key, Candidate]) -> bool:
    """Whether a phrase says no more than the one without its head: machine learning model."""
    return len(key) > 2 and key[-1] in _HEADS and key[:-1] in found


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
    """Choose those of the authors first, then a few subject headings, then phrases of the text; return them by score."""
    chosen: list[tuple[_Pick, frozenset[str]]] = []
    for pick in sorted(picks, key=lambda p: (_FIRST[p.source], -round(p.score, 6), p.one.key)):
        words = frozenset(pick.one.key)
        room = pick.source != "mesh" or sum(p.source == "mesh" for p, _ in chosen) < _HEADINGS
        if room and all(_differ(words, others) for _, others in chosen):
            chosen.append((pick, words))
        if len(chosen) == MOST:
            break
    return sorted((pick for pick, _ in chosen), key=lambda p: (-round(p.score, 6), p.one.key))


def _differ(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether two phrases are two concepts: neither holds the other, nor do they share most of their words."""
    return not (a <= b or b <= a) and len(a & b) / len(a | b) < 0.5


def _forms(chosen: Sequence[_Pick], text: str, reader: _Reader) -> tuple[Term, ...]:
    own = max((p.score for p in chosen if p.source == "text"), default=0.0)
    terms = []
    for pick in chosen:
        if pick.source == "text" and exp((pick.score - own) / _SCALE) < LEAST:
            continue
        weight = max(0.01, round(exp((pick.score - chosen[0].score) / _SCALE), 2))
        long = long_surface(pick.one, reader.short, text)
        surface = plainest(pick.one.surfaces) if pick.one.surfaces else long
        terms.append(Term(canonical(long, reader.known, text), surface, weight, pick.source))
    return tuple(terms)
