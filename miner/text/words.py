"""Words as a vocabulary compares them: hyphens and slashes are spaces, plurals and British spellings are one with the others."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Hyphens, slashes and the like part words without being any; every other mark is a word of its own that no phrase reaches across.
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+|\.(?=\d)[^\W_]+)*|[^\w\s\-/+&*^~|'\"_.]|\.(?=\s|$)")
_SPELLINGS = tuple(
    (re.compile(british), american)
    for british, american in (
        ("haem", "hem"), ("aemi", "emi"), ("oede", "ede"), ("^oes", "es"), ("^oest", "est"), ("tumour", "tumor"), ("paed", "ped"),
        ("anaesth", "anesth"), ("gynaec", "gynec"), ("foet", "fet"), ("rrhoe", "rrhe"), ("pnoe", "pne"), ("coeli", "celi"), ("caec", "cec"),
        ("faec", "fec"), ("sulph", "sulf"), ("(beh?avi|col|lab|neighb|fav|harb|vap)our", r"\1or"), ("centre", "center"), ("fibre", "fiber"),
        ("litre", "liter"), ("grey", "gray"), ("programme", "program"), ("isation", "ization"), ("(?<=[a-z]{4})ise(d|s|r)?$", r"ize\1"),
        ("(?<=[a-z]{4})ising$", "izing"), ("orthopaed", "orthoped"), ("labelled", "labeled"), ("labelling", "labeling"), ("modelling", "modeling"),
        ("analyse", "analyze"), ("aetiolog", "etiolog"), ("oesophag", "esophag"),
    )
)  # fmt: skip
_BRITISH = re.compile("ae|oe|our|tre|bre|grey|sulph|is[aei]|gramme|ell|yse")


_MOST = 200_000


class _Forms(dict[str, str]):
    """The words seen so far with their normal forms, and never more than memory can bear."""

    def __missing__(self, word: str) -> str:
        if len(self) > _MOST:
            self.clear()
        form = self[word] = normal(word)
        return form


def normal(word: str) -> str:
    """Return the form of a word that a vocabulary knows.

    Examples
    --------
    >>> normal("Tumours"), normal("Biopsies"), normal("oesophageal"), normal("diagnosis"), normal("MRIs")
    ('tumor', 'biopsy', 'esophageal', 'diagnosis', 'mri')
    """
    low = word.lower()
    if low.endswith("is") and word[:-1].isupper() and len(word) > 3:
        return low[:-1]  # of an abbreviation: MRIs
    if _BRITISH.search(low):
        for pattern, american in _SPELLINGS:
            low = pattern.sub(american, low)
    if len(low) > 3 and low.endswith("s") and low[-2] not in "sui'":
        if low.endswith("ies") and len(low) > 4:
            return low[:-3] + "y"
        if low.endswith(("sses", "ches", "shes", "xes")):
            return low[:-2]
        return low[:-1]
    return low


_FORMS = _Forms()


def normals(words: Iterable[str]) -> list[str]:
    """Return the normal forms of words."""
    forms = _FORMS
    return [forms[w] for w in words]


def words(text: str) -> list[re.Match[str]]:
    """Return the matches of a text's words, marks among them.

    Examples
    --------
    >>> [m.group() for m in words("X-ray of COVID-19 (n=3, v2.5).")]
    ['X', 'ray', 'of', 'COVID', '19', '(', 'n', '=', '3', ',', 'v2.5', ')', '.']
    """
    return list(_WORD.finditer(text))


def phrase(text: str) -> tuple[str, ...]:
    """Return a phrase as the words that a vocabulary knows.

    Examples
    --------
    >>> phrase("non-small-cell lung cancers")
    ('non', 'small', 'cell', 'lung', 'cancer')
    """
    return tuple(_FORMS[m.group()] for m in _WORD.finditer(text))
