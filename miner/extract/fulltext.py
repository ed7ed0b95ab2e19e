"""Extraction from full texts: what a section says of the labels found in it, and how papers count their participants.

The rules read every sentence as they read an abstract's. Here the section decides further: what stands in the introduction or under
related work is other work, references and acknowledgements say nothing of the study, and in the discussion a count is of other
studies unless the sentence says that it is ours. Methods sections write participants in forms of their own (``12 M/9 F``,
``thirty-eight healthy, childless adults``, ``leaving an N of 34``), which abstracts lack.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Protocol

from miner.extract.citing import marked, quotes
from miner.extract.counts import participant_counts
from miner.extract.engine import Extractor
from miner.extract.relation.papers import relate_paper
from miner.extract.table_layout import ReadTable
from miner.extract.tables import extract_tables
from miner.text.outline import outline
from miner.text.patterns import load_patterns
from miner.types import Extraction
from miner.vocabulary.phrases import phrases

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_OURS = _PATTERNS["ours"]
_CITED = _PATTERNS["cited"]
_THEIRS = _PATTERNS["theirs"]
_METHOD_COUNTS = _PATTERNS["method_counts"]
_TOOK_PART = _PATTERNS["took_part"]
_FIGURE = _PATTERNS["figure"]
_PREDICTION = _PATTERNS["prediction"]
_ASSAY = _PATTERNS["assay"]
_MACHINE = _PATTERNS["machine"]

# A shorter text is an abstract, whatever its first words are.
SHORTEST = 6_000
_SILENT = frozenset({"references", "back", "tables"})
_OTHERS = frozenset({"introduction", "related"})


class Section(Protocol):
    """What is asked of a section: its kind (see ``miner.text.outline``) and its span of the text."""

    @property
    def kind(self) -> str: ...  # noqa: D102 -- named in the class
    @property
    def start(self) -> int: ...  # noqa: D102 -- as above
    @property
    def end(self) -> int: ...  # noqa: D102 -- as above


def is_full_text(text: str) -> bool:
    """Whether a text is a whole paper: long, with sections beyond an abstract; or longer than any abstract."""
    return len(text) >= 4 * SHORTEST or (
        len(text) >= SHORTEST and sum(s.kind in {"methods", "results", "discussion", "introduction"} for s in outline(text)) >= 2
    )


def extract_document(
    extractor: Extractor,
    text: str,
    sections: Sequence[Section] | None = None,
    tables: Sequence[ReadTable] = (),
    *,
    document_id: str | None = None,
) -> list[Extraction]:
    """Extract from an abstract or a full text, whichever it is.

    Parameters
    ----------
    extractor : Extractor
    text : str
    sections : sequence of Section, optional
        Spans with a ``kind`` (see ``miner.text.outline``), where the caller knows them; found by the headings otherwise.
    tables : sequence of ReadTable, optional
        Tables whose cells have offsets into the text.
    document_id : str, optional
        What goes into the evidence.

    Returns
    -------
    list of Extraction
        Sorted by start.
    """
    if sections is None and not is_full_text(text):
        return extractor.extract(text, document_id=document_id)
    return extract_full_text(extractor, text, sections, tables, document_id=document_id)


def extract_full_text(
    extractor: Extractor,
    text: str,
    sections: Sequence[Section] | None = None,
    tables: Sequence[ReadTable] = (),
    *,
    aside: Sequence[tuple[int, int]] = (),
    cited: Sequence[int] = (),
    document_id: str | None = None,
) -> list[Extraction]:
    """Extract from a full text; each label knows the section that it stands in (``fields["section"]``).

    Parameters
    ----------
    extractor, text, sections, tables, document_id
        As for ``extract_document``.
    aside : sequence of (int, int)
        Spans of the text, sorted, from which nothing is taken: where a PDF's text prints the cells of tables, which are read as tables.

    cited : sequence of int
        Where the text cites the literature, sorted, as far as its mark-up says so (see ``miner.fulltext.model.FullText``).

    Returns
    -------
    list of Extraction
        Labels of other work have ``own`` false or ``claim`` ``comparator``; references and the like give none.
    """
    spans: list[Section] = list(outline(text) if sections is None else sections)
    starts = [s.start for s in spans]
    read = extractor.find(text, document_id=document_id)
    found = read.labels
    versions = {r.id: r.version for r in extractor.rules}
    if "sample_size" in versions:
        found = _with_counts(found, participant_counts(text, spans, document_id, version=versions["sample_size"]))
    result = []
    for extraction in found:
        at = bisect_right(starts, extraction.evidence.start) - 1
        kind = spans[at].kind if at >= 0 else "other"
        if _inside(aside, extraction.evidence.start):
            continue
        if (
            kind not in _SILENT
            and not _single(extraction)
            and not _referring(extraction, text)
            and not _of_an_assay(extraction, kind)
            and not _is_unknown_score(extraction, kind)
        ):
            result.append(_judged(_with_source(extraction, text, cited), kind))
    result += [
        replace(x, fields={**x.fields, "section": "tables"})
        for x in extract_tables(tables, versions=versions, document_id=document_id, words=extractor.rules.vocabulary)
    ]
    if len(text) >= SHORTEST and not _predicts(text, spans):
        result = [x for x in result if not _of_people(x)]
    result.sort(key=lambda e: (e.evidence.start, e.evidence.end, e.kind, e.rule_id, str(e.value)))
    return relate_paper(text, read.sentences, result, spans, phrases(extractor.rules.vocabulary))


def _inside(spans: Sequence[tuple[int, int]], offset: int) -> bool:
    at = bisect_right(spans, offset, key=lambda s: s[0]) - 1
    return at >= 0 and offset < spans[at][1]


def _with_counts(found: list[Extraction], counts: list[Extraction]) -> list[Extraction]:
    """Add what only the participants' forms find; where both found a number, theirs tells that it counts people."""
    sizes = sorted((e for e in found if e.kind == "sample_size"), key=lambda e: e.evidence.start)
    others = [e for e in found if e.kind != "sample_size"]
    for count in counts:
        touching = [e for e in sizes if e.evidence.start < count.evidence.end and count.evidence.start < e.evidence.end]
        same = [e for e in touching if e.value == count.value]
        if not same:
            # A number that runs over a comma into the next ("n = 223, 162 females") gives way to its parts.
            sizes = [e for e in sizes if e not in touching]
            sizes.append(count)
        elif same[0].fields.get("unit") != "participant" and count.score >= 0.5:
            sizes = [replace(e, fields={**e.fields, "unit": "participant"}) if e is same[0] else e for e in sizes]
    return sizes + others


def _referring(extraction: Extraction, text: str) -> bool:
    """Whether what was taken for a count is a citation (``cells [29]``, ``[3–5]``), or part of a figure's name (``Figure 3F``)."""
    if extraction.kind != "sample_size":
        return False
    start, end = extraction.evidence.start, extraction.evidence.end
    before, after = text[max(0, start - 40) : start], text[end : end + 40]
    return (_OPEN_CITATION.search(before) is not None and _CLOSE_CITATION.match(after) is not None) or _FIGURE.search(before) is not None


_OPEN_CITATION = re.compile(r"\[\s?(?:\d{1,3}\s?[,;–-]\s?)*$")
_CLOSE_CITATION = re.compile(r"(?:\s?[,;–-]\s?\d{1,3})*\s?\]")


def _single(extraction: Extraction) -> bool:
    """Whether a count speaks of one person (``one participant moved``): an anecdote, not a size, unless it splits a group by sex."""
    if extraction.kind != "sample_size" or extraction.value != 1 or extraction.fields.get("unit") != "participant":
        return False
    sentence = extraction.evidence.sentence or ""
    return _ONE_SEX.search(sentence) is None


_ONE_SEX = re.compile(r"\b(?:one|1) ?(?:(?:fe)?male|man|woman|boy|girl|M|F|m|f)\b")


def _predicts(text: str, spans: Sequence[Section]) -> bool:
    """Whether a paper predicts, classifies or diagnoses anything: its own words say so, and more than once."""
    silent = [s for s in spans if s.kind in _SILENT]
    end = min((s.start for s in silent if s.start > len(text) // 4), default=len(text))
    return sum(1 for _ in islice(_PREDICTION.finditer(text, 0, end), _OFTEN)) == _OFTEN


_OFTEN = 3
_PEOPLES = frozenset({"accuracy", "sensitivity", "specificity", "precision", "error_rate", "other", "kappa", "balanced_accuracy"})


def _of_people(x: Extraction) -> bool:
    """Whether a performance can be what people did, in a paper that predicts nothing."""
    return x.kind == "performance" and x.fields.get("metric") in _PEOPLES


def _is_unknown_score(x: Extraction, section: str) -> bool:
    """Whether a full text's body tells a score of a name that nobody knows: marks on scales, mostly."""
    return x.kind == "performance" and section != "abstract" and x.fields.get("metric") == "other" and "name" not in x.fields


def _with_source(extraction: Extraction, text: str, cited: Sequence[int]) -> Extraction:
    """Make a performance a comparator whose sentence quotes it, whatever section it stands in."""
    if extraction.kind != "performance" or extraction.fields.get("claim") != "own":
        return extraction
    x = extraction.evidence
    sentence = x.sentence or ""
    begin = text.find(sentence, max(0, x.end - len(sentence)), x.start + len(sentence))
    before = marked(text, max(0, begin - _BACK), begin, cited).rpartition("\n")[2] if begin > 0 else ""
    if quotes(text, x.start, x.end, sentence, cited, before):
        return replace(extraction, fields={**extraction.fields, "claim": "comparator"})
    return extraction


_BACK = 400


def _of_an_assay(extraction: Extraction, section: str) -> bool:
    """Whether methods tell how sensitive, specific or precise an assay is: no prediction."""
    if section != "methods" or extraction.kind != "performance":
        return False
    sentence = extraction.evidence.sentence or ""
    return _ASSAY.search(sentence) is not None and _MACHINE.search(sentence) is None


def _judged(extraction: Extraction, section: str) -> Extraction:
    sentence = extraction.evidence.sentence or ""
    fields = {**extraction.fields, "section": section}
    if extraction.kind == "sample_size" and fields.get("own", True):
        fields["own"] = _own_count(sentence, section)
    elif extraction.kind == "performance" and fields.get("claim") == "own" and _other_result(sentence, section):
        fields["claim"] = "comparator"
    return replace(extraction, fields=fields, score=extraction.score * _TRUST.get(section, 0.9))


# How far a label is trusted by where it stands: effects are chosen by it where several compete.
_TRUST = {
    "abstract": 1.0,
    "results": 1.0,
    "front": 1.0,
    "methods": 0.95,
    "discussion": 0.8,
    "introduction": 0.6,
    "related": 0.5,
    "other": 0.9,
}


# A sentence of methods holds many counts: it is judged once.
@lru_cache(maxsize=512)
def _own_count(sentence: str, section: str) -> bool:
    ours = _OURS.search(sentence) is not None
    if section in _OTHERS:
        return ours and _CITED.search(sentence) is None and _THEIRS.search(sentence) is None
    if section == "discussion":
        return ours and _CITED.search(sentence) is None and _THEIRS.search(sentence) is None
    if section in {"methods", "results"}:
        if _TOOK_PART.search(sentence):
            return True
        return _THEIRS.search(sentence) is None and (section == "results" or _METHOD_COUNTS.search(sentence) is None)
    return True


@lru_cache(maxsize=512)
def _other_result(sentence: str, section: str) -> bool:
    ours = _OURS.search(sentence) is not None
    if section in _OTHERS:
        return not ours
    return section == "discussion" and not ours and (_CITED.search(sentence) is not None or _THEIRS.search(sentence) is not None)
