"""One document read into words and mentions: what the vocabulary finds in it, after abbreviations got the meaning that the text gives them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from miner.extract.sentence import DocumentText
from miner.text.words import normals, words
from miner.vocabulary.lexicon import Lexicon, Term

_VERSION = re.compile(r"([A-Za-z]+?)'?v?\d[\w.]*$")
_STAGES = frozenset(
    [
        "multi",
        "multiple",
        "single",
        "one",
        "two",
        "three",
        "four",
        "dual",
        "first",
        "second",
        "third",
        "next",
        "final",
        "early",
        "late",
        "advanced",
        "end",
        "each",
    ]
)
_ONE_STAGE = re.compile(r"(?:I{1,3}|IV|V|[0-5])[ABCabc]?[0-3]?")
_DENYING = frozenset({"without", "no", "none", "excluding", "exclude", "excluded"})
_ABBREVIATION = re.compile(r"\(([A-Za-z0-9][\w+/&-]{1,11})(?=[);])")


class Mention(NamedTuple):
    """Words ``first`` to ``last`` (exclusive) of the document that mean a value."""

    kind: str
    value: str
    first: int
    last: int
    sentence: int
    weak: bool = False


@dataclass(slots=True)
class Reading:
    """A document as words, as sentences of words, and its mentions by kind, in order."""

    document: DocumentText
    raw: list[str]
    norm: list[str]
    starts: list[int]
    ends: list[int]
    sentence: list[int]
    bounds: list[tuple[int, int]] = field(default_factory=list)
    mentions: dict[str, list[Mention]] = field(default_factory=dict)
    meant: dict[str, list[Mention]] = field(default_factory=dict)

    def text(self, first: int, last: int) -> str:
        """Return the text of words ``first`` to ``last`` (exclusive)."""
        return self.document.text[self.starts[first] : self.ends[last - 1]]


def read(document: DocumentText, lexicon: Lexicon) -> Reading:
    """Read a document with a lexicon."""
    text = document.text
    where = [m.span() for m in words(text)]
    raw = [text[a:b] for a, b in where]
    starts = [a for a, _ in where]
    sentence: list[int] = []
    bounds: list[tuple[int, int]] = []
    at = 0
    for index, span in enumerate(document.sentences):
        end = bisect_left(starts, span.end, at)
        bounds.append((at, end))
        sentence += [index] * (end - at)
        at = end
    reading = Reading(document, raw[:at], normals(raw[:at]), starts[:at], [b for _, b in where[:at]], sentence, bounds)
    reading.mentions = _mentions(reading, lexicon)
    _outside(reading, "question", ("method", "dataset", "condition"))
    _outside(reading, "target", ("condition",))
    _outside(reading, "event", ("condition", "dataset"))
    _no_stages(reading)
    _stand_alone(reading)
    _not_denied(reading)
    _spelled_out(reading)
    return reading


def _mentions(reading: Reading, lexicon: Lexicon) -> dict[str, list[Mention]]:
    """Return the mentions of each kind: from left to right the longest."""
    tree, versions = lexicon.tree, lexicon.versions
    raw, norm, sentence, bounds = reading.raw, reading.norm, reading.sentence, reading.bounds
    found: dict[str, list[Mention]] = {}
    free: dict[str, int] = {}
    for at, word in enumerate(norm):
        node = tree.get(word)
        if node is None:
            if len(word) > 3 and not word.isalpha() and word[0].isalpha() and (term := _versioned(raw[at], versions)):
                _take(found, free, [Mention(term.kind, term.value, at, at + 1, sentence[at])])
            continue
        best: dict[str, tuple[int, list[Term]]] = {}
        here, end = sentence[at], at
        last = bounds[here][1]
        while node is not None:
            end += 1
            if None in node:
                for term in node[None]:
                    if term.exact is None or _as_written(raw, at, term.exact):
                        known = best.get(term.kind)
                        if known is not None and known[0] == end:
                            known[1].append(term)
                        else:
                            best[term.kind] = (end, [term])
            node = node.get(norm[end]) if end < last else None
        for kind, (until, terms) in best.items():
            if at >= free.get(kind, 0):
                _take(found, free, [Mention(kind, t.value, at, until, here, t.weak) for t in terms])
    return found


def _outside(reading: Reading, kind: str, others: tuple[str, ...]) -> None:
    """Leave out the mentions of a kind that lie within longer ones of other kinds: logistic regression asks for no regression."""
    taken = {i for other in others for m in reading.mentions.get(other, ()) if m.last - m.first > 1 for i in range(m.first, m.last)}
    if taken and kind in reading.mentions:
        reading.mentions[kind] = [m for m in reading.mentions[kind] if m.first not in taken]


def _no_stages(reading: Reading) -> None:
    """Leave out stages that nobody is sorted into: those of a method (``multi-stage``), and one that all have (``stage III``)."""

    def asks(m: Mention) -> bool:
        if reading.norm[m.first] != "stage" or m.last != m.first + 1:
            return True
        before = reading.norm[m.first - 1] if m.first else ""
        after = reading.raw[m.last] if m.last < len(reading.raw) else ""
        return before not in _STAGES and _ONE_STAGE.fullmatch(after) is None

    if "question" in reading.mentions:
        reading.mentions["question"] = [m for m in reading.mentions["question"] if m.value != "grading" or asks(m)]


def _stand_alone(reading: Reading) -> None:
    """Leave out conditions within longer nouns that are none: stroke volume, fractures of rocks."""
    longer = [(m.first, m.last) for m in reading.mentions.get("target", ()) if m.last - m.first > 1]
    if longer and "condition" in reading.mentions:
        reading.mentions["condition"] = [
            m
            for m in reading.mentions["condition"]
            if not any(a <= m.first and m.last <= b and b - a > m.last - m.first for a, b in longer)
        ]


def _not_denied(reading: Reading) -> None:
    """Leave out conditions that people are said not to have, unless those who have it stand beside them."""
    kept = []
    for m in reading.mentions.get("condition", ()):
        before = reading.norm[max(m.first - 3, reading.bounds[m.sentence][0]) : m.first]
        at = max((i for i, w in enumerate(before) if w in _DENYING), default=None)
        if (
            at is None
            or set(before[:at]) & {"with", "or", "and", "versus", "vs"}
            or (before[at] == "no" and "had" not in before[:at] and "have" not in before[:at])
        ):
            kept.append(m)
    if "condition" in reading.mentions:
        reading.mentions["condition"] = kept


def _take(found: dict[str, list[Mention]], free: dict[str, int], mentions: list[Mention]) -> None:
    kind = mentions[0].kind
    found.setdefault(kind, []).extend(mentions)
    free[kind] = mentions[0].last


def _as_written(raw: list[str], at: int, exact: tuple[str, ...]) -> bool:
    return all(w == e or (w == e + "s") for w, e in zip(raw[at : at + len(exact)], exact, strict=False))


def _versioned(word: str, versions: dict[str, tuple[str, Term]]) -> Term | None:
    match = _VERSION.match(word)
    known = versions.get(match[1].lower()) if match else None
    return known[1] if known and match and (known[0] == match[1] or len(match[1]) > 4) else None


def _spelled_out(reading: Reading) -> None:
    """Give each abbreviation that the text spells out the meaning of its long form, or none."""
    shorts = dict(_definitions(reading))
    if not shorts:
        return
    places: dict[str, list[int]] = {short: [] for short in shorts}
    for i, w in enumerate(reading.raw):
        if w in shorts or w.rstrip("s") in shorts:
            places[w if w in shorts else w.rstrip("s")].append(i)
    for kind, mentions in list(reading.mentions.items()):
        spelled: dict[str, list[Mention]] = {}
        firsts = [m.first for m in mentions]
        for short, (first, last) in shorts.items():
            inside = [m for m in mentions[bisect_left(firsts, first) : bisect_left(firsts, last)] if m.last <= last]
            spelled[short] = [m for m in inside if m.last == last] or [m for m in inside if _same(m, mentions, short, reading)]
        kept = [meant for m in mentions if (meant := m if m.last - m.first > 1 else _meant(m, reading.raw[m.first], spelled)) is not None]
        covered = {i for m in kept for i in range(m.first, m.last)} if any(spelled.values()) else set()
        for short, long in spelled.items():
            if long:
                kept += [Mention(kind, long[-1].value, i, i + 1, reading.sentence[i]) for i in places[short] if i not in covered]
        reading.mentions[kind] = sorted(kept, key=lambda m: m.first)


def _meant(m: Mention, word: str, spelled: Mapping[str, list[Mention]]) -> Mention | None:
    """Return a mention as its abbreviation's long form means it; none where the long form means nothing of its kind."""
    if word not in spelled and word.rstrip("s") not in spelled:
        return m
    long = spelled.get(word, spelled.get(word.rstrip("s"), []))
    if not long:
        # The long forms of data sets' names are seldom in the vocabulary.
        return m if m.kind == "dataset" and not (len(word) < 5 and word.isupper()) else None
    if all(x.value != m.value for x in long):
        return Mention(m.kind, long[-1].value, m.first, m.last, m.sentence)
    return Mention(m.kind, m.value, m.first, m.last, m.sentence) if m.weak else m


def _same(mention: Mention, mentions: list[Mention], short: str, reading: Reading) -> bool:
    """Whether an abbreviation stands for a value that its long form names too, though not at its end."""
    return any(m.value == mention.value and reading.raw[m.first].rstrip("s") == short.rstrip("s") for m in mentions)


def _definitions(reading: Reading) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the abbreviations that the text spells out, with the words of their long forms (Schwartz and Hearst 2003, section 3)."""
    text = reading.document.text
    for match in _ABBREVIATION.finditer(text):
        short = match[1]
        if sum(c.isupper() for c in short) < 2 and not (short[0].isupper() and len(short) <= 4 and short[1:].islower() is False):
            continue
        last = bisect_right(reading.ends, match.start())
        floor = reading.bounds[reading.sentence[last - 1]][0] if last else 0
        first = _long_form(short, text, reading, last, max(floor, last - min(2 * len(short), len(short) + 5)))
        if first is not None:
            yield short, (first, last)


def _long_form(short: str, text: str, reading: Reading, last: int, floor: int) -> int | None:
    """Return the first word of the long form before word ``last``, matching the abbreviation's letters from right to left."""
    letters = [c.lower() for c in short.rstrip("s") if c.isalnum()]
    if last <= floor or not letters:
        return None
    low, high = reading.starts[floor], reading.ends[last - 1]
    at = high - 1
    for index in range(len(letters) - 1, -1, -1):
        while at >= low and (text[at].lower() != letters[index] or (index == 0 and at > low and text[at - 1].isalnum())):
            at -= 1
        if at < low:
            return None
        at -= 1
    return bisect_right(reading.starts, at + 1) - 1
