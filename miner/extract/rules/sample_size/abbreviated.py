"""Nouns that a document abbreviates: after "subepithelial lesions (SELs)", 375 SELs count lesions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from miner.extract.sentence import DocumentText

_KEY = "sample_size.abbreviations"
_DEFINED = re.compile(r"\b([A-Za-z]+)(?:'s)?\s[(\[]([A-Z][A-Z0-9]{1,6})s?[)\]]")
# Kinds of tumours and cells are classes of what is counted; these are what is counted.
_WHOLE = frozenset(
    ["metastases", "biopsies", "stenoses", "plaques", "embryos", "implants", "admissions", "encounters", "lesions", "nodules", "aneurysms", "polyps", "masses", "cysts", "fractures", "records", "reports", "notes", "sequences", "samples", "specimens", "examinations", "nodes"]
)  # fmt: skip


def abbreviated(document: DocumentText, word: str, units: Mapping[str, str]) -> str | None:
    """Return the unit of an abbreviation in the plural, if the document tells what it stands for.

    Parameters
    ----------
    document : DocumentText
        The document; what it defines is read once.
    word : str
        As it is written: ``SELs``.
    units : mapping of str to str
        Units by noun.
    """
    if word[-1:] != "s" or len(word) < 3 or not word[:-1].isupper():
        return None
    return document.once(_KEY, lambda: _defined(document.text, units)).get(word)


def _defined(text: str, units: Mapping[str, str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for noun, short in _DEFINED.findall(text):
        plural = noun.lower() if noun.lower().endswith("s") else f"{noun.lower()}s"
        if plural in _WHOLE or units.get(plural) in {"participant", "image"}:
            known.setdefault(f"{short}s", units[plural])
    return known
