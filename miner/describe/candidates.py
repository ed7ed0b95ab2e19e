"""The phrases of a text that may be terms: runs of words, acronyms and their long forms as one, each with how often and where it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from miner.describe.acronyms import acronyms
from miner.describe.lexis import Lexis
from miner.text.words import normals, words

LONGEST = 4
Key = tuple[str, ...]
"""A phrase as the words that it is compared by: without plural, hyphen, capitals, possessive and British spelling."""

# Twice log2: a word that begins (ends) a keyword eight times less often than the average word begins (ends) no term.
_LEAST = -6
_LEADS = 2  # a word that begins keywords twice as often as it ends them, against the average word
_INSIDE = frozenset({"of", "the", "in"})
_WHOLE = (False, False)
_TERM = (True, True, True, False)
# Words of praise and novelty begin no term.
_PRAISE = frozenset(
    {
        "novel",
        "new",
        "comprehensive",
        "generalizable",
        "accurate",
        "universal",
        "significant",
        "promising",
        "rapid",
        "powerful",
        "effective",
        "strong",
        "generic",
    }
)


@dataclass(slots=True)
class Candidate:
    """One phrase: how often it stands in the text, where it stands first (0 to 1), whether in the title, how it is written in the text, and in a title in capitals.

    ``open`` is how often a longer phrase could go on behind it, ``after`` are the words that follow it there.
    """

    key: Key
    count: int = 0
    first: float = 0.5
    title: bool = False
    surfaces: Counter[str] = field(default_factory=Counter)
    heading: str = ""
    open: int = 0
    after: set[Key] = field(default_factory=set)


class Read(NamedTuple):
    """One word of the text: its normal form (of an acronym those of the words that it stands for) and its place.

    Whether a mark stands before it; whether a phrase that begins or ends here cuts a word with a hyphen in two; whether it may begin a phrase, end one, be one, or
    parts phrases; whether it has capitals inside.
    """

    key: Key
    start: int
    end: int
    after_mark: bool
    cut_before: bool
    cut_behind: bool
    begins: bool
    ends: bool
    alone: bool
    parts: bool
    upper: bool


def key_of(text: str) -> Key:
    """Return a phrase as the words that it is compared by.

    Examples
    --------
    >>> key_of("Alzheimer's diseases"), key_of("X-ray")
    (('alzheimer', 'disease'), ('x', 'ray'))
    """
    return tuple(normals(m.group().removesuffix("'s") for m in words(text) if m.group()[0].isalnum()))


def short_forms(text: str) -> dict[str, Key]:
    """Return the acronyms of a text with the words that they stand for."""
    short = {a: key_of(text[s:e]) for a, (s, e) in acronyms(text).items()}
    return short | {f"{a}s": key for a, key in short.items()}


def candidates(text: str, lexis: Lexis, short: Mapping[str, Key]) -> dict[Key, Candidate]:
    r"""Return the phrases of a normal text (title, line break, abstract) that may be terms.

    A phrase stands between marks, has at most ``LONGEST`` words, and begins and ends with words that begin and end keywords.

    Examples
    --------
    >>> from miner.describe.lexis import lexis
    >>> text = "Brain atrophy\nWe saw brain atrophy in the hippocampus. The hippocampus is small."
    >>> {" ".join(k): c.count for k, c in candidates(text, lexis(), {}).items()}
    {'brain': 2, 'brain atrophy': 2, 'atrophy': 2, 'saw brain': 1, 'saw brain atrophy': 1, 'atrophy in the hippocampus': 1, 'hippocampus': 2}
    """
    found: dict[Key, Candidate] = {}
    title = max(0, text.find("\n"))
    sequence = _read(text, lexis, short)
    for i, head in enumerate(sequence):
        if not head.begins or head.cut_before:
            continue
        key: Key = ()
        for j in range(i, min(i + LONGEST, len(sequence))):
            tail = sequence[j]
            if j > i and (tail.after_mark or tail.parts):
                break
            key += tail.key
            if (tail.alone if i == j else tail.ends) and not (tail.cut_behind and _cuts(sequence, j)):
                _count(found, key, head.start, text[head.start : tail.end], title, len(text))
                if _goes_on(sequence, j):
                    found[key].open += 1
                    found[key].after.add(sequence[j + 1].key)
    return {k: c for k, c in found.items() if c.count > 1 or c.title or len(k) > 1 or not c.surfaces.keys().isdisjoint(short) or _named(c)}


def _goes_on(sequence: Sequence[Read], j: int) -> bool:
    """Whether words follow of which one can end a term, without a mark or a word between that parts phrases."""
    for after in sequence[j + 1 : j + LONGEST]:
        if after.after_mark or after.parts:
            return False
        if after.ends:
            return True
    return False


def _cuts(sequence: Sequence[Read], j: int) -> bool:
    """Whether a phrase must not end before the hyphen: in HIV-1, MRI-guided and BRAF-mutated it may, in semi-supervised and C2W-Tune it may not."""
    tail, after = sequence[j], sequence[j + 1] if j + 1 < len(sequence) else None
    if after is None or after.parts or after.key[0][0].isdigit():
        return False
    return not (tail.upper and after.key[0].endswith(("ed", "ing", "positive", "negative", "specific", "related", "like")))


def _named(one: Candidate) -> bool:
    return any(s[1:].lower() != s[1:] for s in one.surfaces)


def _count(found: dict[Key, Candidate], key: Key, at: int, surface: str, title: int, length: int) -> None:
    one = found.get(key)
    if one is None:
        one = found[key] = Candidate(key, first=at / max(1, length))
    one.count += 1
    if at < title:
        one.title = True
        if surface.istitle():
            one.heading = surface  # its capitals say nothing
            return
    one.surfaces[surface] += 1


def _read(text: str, lexis: Lexis, short: Mapping[str, Key]) -> list[Read]:
    found, mark, last = [], True, 0
    odd = [a for a in short if not a.isalnum()]  # COVID-19: several words to the reader of words
    for match in words(text):
        word, (start, end) = match.group(), match.span()
        if start < last:
            continue
        if not word[0].isalnum():
            mark = True
            continue
        mark = mark or not {"\n", '"'}.isdisjoint(text[last:start])
        whole = _whole_at(text, start, odd) if odd else None
        if whole is not None:
            last = start + len(whole)
            found.append(Read(short[whole], start, last, mark, *_WHOLE, *_TERM, upper=True))
        else:
            if word.endswith("'s"):
                word, end = word[:-2], end - 2
            cut = last > 0 and last == start - 1 and text[last] == "-"
            behind = text[match.end() : match.end() + 1] == "-" and text[match.end() + 1 : match.end() + 2].isalnum()
            last = match.end()
            long = short.get(word)
            key = long or tuple(normals((word,)))
            roles = _TERM if long else lexis.roles.get(key[0]) or _roles(key[0], lexis)
            found.append(Read(key, start, end, mark, cut, behind, *roles, word[1:].lower() != word[1:]))
        mark = False
    return found


def _whole_at(text: str, start: int, odd: Sequence[str]) -> str | None:
    """Return the acronym with a mark in it that stands here, if one does."""
    found = next((a for a in odd if text.startswith(a, start)), None)
    return found if found and not text[start + len(found) : start + len(found) + 1].isalnum() else None


def _roles(form: str, lexis: Lexis) -> tuple[bool, bool, bool, bool]:
    known, digit = lexis[form], form[0].isdigit()
    alone = not digit and len(form) > 2 and known.alone >= _LEAST
    begins = not digit and max(known.first, known.alone) >= _LEAST and form not in _INSIDE and form not in _PRAISE
    ends = known.last >= _LEAST and form not in _INSIDE if not digit else len(form) <= 2
    parts = form not in _INSIDE and max(known.first, known.last) < _LEAST
    roles = lexis.roles[form] = (begins, ends, alone, parts)
    return roles


def unfinished(found: Mapping[Key, Candidate], lexis: Lexis) -> frozenset[Key]:
    r"""Return the phrases that are only the beginning of a longer one, as another word stands behind each.

    These are those that end with a word that rather begins keywords, as adjectives, participles and 2D do; those as long as phrases may be, or with an "of" or
    "in"; those of three words before a word that ends none; and what of one stands nowhere else.

    Examples
    --------
    >>> from miner.describe.lexis import lexis
    >>> found = candidates("Chronic kidney disease progression risk prediction\n", lexis(), {})
    >>> sorted(" ".join(k) for k in unfinished(found, lexis()) if len(k) == 4)
    ['chronic kidney disease progression', 'kidney disease progression risk']
    >>> found = candidates("Surface enhanced resonance Raman scattering by a densely connected 2D network\n", lexis(), {})
    >>> [" ".join(k) in {" ".join(u) for u in unfinished(found, lexis())} for k in (("surface", "enhanced", "resonance"), ("connected", "2d"))]
    [True, True]
    """
    cut: set[Key] = set()
    ends: set[Key] = set()  # of those before a word that ends none
    for key, one in sorted(found.items(), key=lambda item: -len(item[0])):
        if len(key) > 1 and one.open == one.count:
            last = lexis[key[-1]]
            leads = not key[-1].isdigit() and last.first - last.last >= _LEADS  # a bare number may be part of a name: SARS-CoV-2
            long = len(key) >= LONGEST or not _INSIDE.isdisjoint(key)
            before = (len(key) >= LONGEST - 1 and all(key + more not in found for more in one.after)) or (one.count == 1 and key in ends)
            if before:
                ends.add(key[1:])
            if leads or long or before or (one.count == 1 and any(key + more in cut for more in one.after)):
                cut.add(key)
    return frozenset(cut)


def nested(found: Iterable[Candidate]) -> dict[Key, Candidate]:
    """Return for each phrase the longer one that holds it most often (Frantzi, Ananiadou & Mima, IJDL 3, 2000, count all that do)."""
    inside: dict[Key, Candidate] = {}
    for one in found:
        key = one.key
        for i in range(len(key)) if len(key) > 1 else ():
            for j in range(i + 1, len(key) + (i > 0)):
                before = inside.get(key[i:j])
                if before is None or one.count > before.count:
                    inside[key[i:j]] = one
    return inside
