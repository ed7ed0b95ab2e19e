"""Extraction from texts in memory, as a data frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.extract.api import Extractor, extract_document, load_rules
from miner.extract.rule import named_folders
from miner.types import Extraction

if TYPE_CHECKING:
    import pandas as pd

FIRST = ["id", "kind", "value", "start", "end", "quote"]
LAST = ["rule", "rule_version", "score"]


def extract(texts: Iterable[str] | Mapping[Any, str], *, rules: Sequence[str | Path] = ()) -> pd.DataFrame:
    """Extract sample sizes, performances and labels from texts.

    Parameters
    ----------
    texts : iterable of str, mapping, or pandas.Series
        Titles with abstracts, or whole papers. The keys of a mapping, or the index of a Series, become ``id``; else the position does.
    rules : sequence of path, optional
        Folders of further rules.

    Returns
    -------
    pandas.DataFrame
        One row a label, in the order of the texts and of their places: ``id, kind, value, start, end, quote``, the fields of the kinds
        (``metric``, ``claim``, ``n``, ``unit``, ``role``, …; missing where a kind has none), ``rule, rule_version, score``. Offsets are
        code points into the text, ``end`` exclusive.

    Raises
    ------
    UsageError
        If something is not a text, or a folder holds no rule.
    RuleError
        If a rule cannot be loaded or fails.

    Examples
    --------
    >>> extract(["We scanned 42 patients."])[["value", "unit", "role"]].values.tolist()
    [[42, 'participant', 'total']]
    """
    if isinstance(texts, str):
        raise UsageError("texts is one string", where="miner.extract", hint="put it into a list: miner.extract([text])")
    if not isinstance(texts, Iterable):
        raise UsageError(f"texts is {texts!r}", where="miner.extract", hint="give a list of texts, or texts by their identifiers")
    pairs = list(texts.items() if hasattr(texts, "items") else enumerate(texts))
    for identifier, text in pairs:
        if not isinstance(text, str):
            raise UsageError(f"not a text but {type(text).__name__}", where=f"id {identifier!r}", hint="leave out what has no text")
    extractor = Extractor(load_rules(named_folders(rules)))
    return to_frame((identifier, extract_document(extractor, text)) for identifier, text in pairs)


def to_frame(found: Iterable[tuple[Any, Iterable[Extraction]]]) -> pd.DataFrame:
    """Return extractions, with the identifiers of their texts, as the data frame of :func:`extract`."""
    import pandas as pd

    rows = [{"id": identifier, **x.to_label()} for identifier, labels in found for x in labels]
    fields = sorted({name for row in rows for name in row} - {*FIRST, *LAST})
    frame = pd.DataFrame(rows, columns=[*FIRST, *fields, *LAST])
    # Counts, fractions and names share the column: each keeps its type.
    frame["value"] = pd.Series([row["value"] for row in rows], index=frame.index, dtype=object)
    return frame
