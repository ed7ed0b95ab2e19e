"""The relation in a full text: the abstract by itself, then the body and its tables, on the sizes of the abstract where it tells any."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from miner.extract.relation.labels import KINDS
from miner.extract.relation.relate import relate
from miner.extract.spans import PARTS, read_spans, words_of
from miner.text.sentences import SentenceSpan
from miner.types import Extraction
from miner.vocabulary.phrases import Phrases

ABSTRACT = frozenset({"front", "abstract"})
# Where papers tell of others' data: nothing there says how this study's were divided.
_QUIET = frozenset({"introduction", "related", "discussion", "references", "back"})
_MOST = 40  # sizes of the body that may be meant from anywhere


class Section(Protocol):
    """What is asked of a section: its kind (see ``miner.text.outline``) and where it begins."""

    @property
    def kind(self) -> str: ...  # noqa: D102 -- named in the class
    @property
    def start(self) -> int: ...  # noqa: D102 -- as above


def relate_paper(
    text: str, sentences: Sequence[SentenceSpan], labels: Sequence[Extraction], sections: Sequence[Section], known: Phrases
) -> list[Extraction]:
    """Say of each performance of a full text on what it was measured (see :func:`miner.extract.relation.relate.relate`).

    Parameters
    ----------
    text, sentences, known
        As for ``relate``.
    labels : sequence of Extraction
        Sorted by start; each has its ``section`` in its fields.
    sections : sequence of Section
        Sorted by start.
    """
    performances = [x for x in labels if x.kind == "performance"]
    if not performances:
        return list(labels)
    sizes = [x for x in labels if x.kind == "sample_size" and x.fields.get("own", True)]
    abstract = [x for x in sizes if _in_abstract(x)]
    general = abstract or [x for x in sizes if x.fields.get("section") not in _QUIET | {"tables"}][:_MOST]
    here = {_at(sentences, x.evidence.start) for x in performances}
    parts = {id(x): part for x in performances if (part := table_part(x, known)) is not None}
    related: dict[int, Extraction] = {}
    for inside in (True, False):
        # What a study asked is told by its title and abstract, for the body too.
        chosen = [x for x in labels if x.kind in KINDS or (x.kind != "sample_size" and _in_abstract(x) == inside)]
        local = [x for x in sizes if _in_abstract(x) == inside and _at(sentences, x.evidence.start) in here]
        view = sorted({id(x): x for x in (*chosen, *general, *local)}.values(), key=lambda x: (x.evidence.start, x.evidence.end))
        quiet = _quiet(sentences, sections, inside=inside)
        for before, after in zip(view, relate(text, sentences, view, known, quiet=quiet, parts=parts), strict=True):
            if after is not before:
                related[id(before)] = _with_table(before, after)
    return [related.get(id(x), x) for x in labels]


def _in_abstract(x: Extraction) -> bool:
    return x.fields.get("section") in ABSTRACT


def _at(sentences: Sequence[SentenceSpan], offset: int) -> int:
    return bisect_right(sentences, offset, key=lambda s: s.start) - 1


def _quiet(sentences: Sequence[SentenceSpan], sections: Sequence[Section], *, inside: bool) -> frozenset[int]:
    """Return the sentences whose words say nothing of how the data were divided: those on others' work, and the other half of the paper."""
    silent = set()
    for index, sentence in enumerate(sentences):
        at = bisect_right(sections, sentence.start, key=lambda s: s.start) - 1
        kind = sections[at].kind if at >= 0 else ""
        if kind in _QUIET or (kind in ABSTRACT) != inside:
            silent.add(index)
    return frozenset(silent)


def table_part(x: Extraction, known: Phrases) -> str | None:
    """Return the part of the data that the headers of a table's cell name, the nearest first, then its caption.

    Examples
    --------
    >>> from miner.vocabulary import vocabulary
    >>> from miner.vocabulary.phrases import phrases
    >>> from miner.types import Evidence
    >>> cell = Evidence(0, 4, "81.0", "Table 1 Performance | SVM | Test accuracy (%): 81.0")
    >>> table_part(Extraction("performance", 0.81, cell, "p", "1", fields={"section": "tables"}), phrases(vocabulary()))
    'test'
    """
    if x.fields.get("section") != "tables":
        return None
    caption, _, heads = (x.evidence.sentence or "").partition(" | ")
    for words in (*reversed(heads.rsplit(":", 1)[0].split(" | ")), caption):
        named = {s.value for s in read_spans(words_of(f"in {words}"), known) if s.kind == "part"} & set(PARTS)
        if len(named) == 1:
            return named.pop()
    return None


def _with_table(before: Extraction, after: Extraction) -> Extraction:
    """Keep an n that a table's header or caption tells."""
    n = before.fields.get("n")
    if before.fields.get("section") != "tables" or n is None:
        return after
    measured_on = {"n": n, "on": [], "n_unit": "participant", "n_role": "total", "n_score": 0.9, "n_why": "told by the table"}
    return replace(after, fields={**after.fields, **measured_on})
