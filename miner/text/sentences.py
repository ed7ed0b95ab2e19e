"""Sentences with offsets: a splitter for abstracts that is fast and knows their abbreviations, decimals and section labels."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 2_000
"""No sentence is longer: what has no ends (a megabyte of digits) is cut, so that work stays linear."""

# An end is a full stop, question or exclamation mark, perhaps with closing brackets, before space and something that can begin a
# sentence; or a line break. One pattern a mark: each begins with a literal, which Python's engine finds at the speed of memchr.
_ENDS = {mark: re.compile(rf"""{re.escape(mark)}[")'\]]{{0,3}} {{1,9}}(?=["'(\[<]{{0,2}}[A-Z0-9À-ÞΑ-Ω~$>≥])""") for mark in ".?!"}
_ABBREVIATIONS = frozenset({
    "vs", "e.g", "i.e", "cf", "al", "fig", "figs", "no", "nos", "dr", "drs", "prof", "mr", "mrs", "ms", "st", "approx", "ca",
    "resp", "incl", "est", "eq", "eqs", "ref", "refs", "sect", "sec", "tab", "suppl", "vol", "viz", "spp", "sp", "subsp", "var",
    "inc", "ltd", "corp", "jr", "sr", "avg", "max", "min", "dept", "univ", "ed", "eds", "pp", "a.k.a", "w.r.t",
})  # fmt: skip
_LABEL = re.compile(r"(?P<label>[A-Z][A-Za-z]*(?:(?:,? (?:and|&) |, | |/| / )[A-Za-z]+){0,4})\s?:\s")
_SECTIONS = (
    ("background", ("background", "introduction", "importance", "context", "rationale", "significance")),
    ("aim", ("objective", "aim", "purpose", "goal", "question", "hypothes")),
    ("methods", ("method", "material", "patient", "participant", "design", "setting", "approach", "data", "procedure", "intervention",
                 "subject", "measure", "outcome", "exposure")),
    ("results", ("result", "finding")),
    ("conclusions", ("conclusion", "interpretation", "discussion", "implication", "summary", "limitation")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SentenceSpan:
    """Where a sentence stands, and its section.

    ``section`` is ``title``, ``background``, ``aim``, ``methods``, ``results``, ``conclusions`` or ''.
    """

    start: int
    end: int
    section: str = ""


def split(text: str, *, title: bool = True) -> list[SentenceSpan]:
    r"""Split a normal text into sentences.

    Parameters
    ----------
    text : str
        A normalised text: a title, a line break, an abstract; or anything else.
    title : bool
        Whether the first line is a title.

    Returns
    -------
    list of SentenceSpan
        In order, without surrounding space, none empty, none longer than ``LONGEST``. All that is not space lies in exactly one.

    Examples
    --------
    >>> text = "On scans\nMethods: We compared A vs. B in 12 patients. AUC was 0.91."
    >>> [text[s.start:s.end] for s in split(text)]
    ['On scans', 'Methods: We compared A vs. B in 12 patients.', 'AUC was 0.91.']
    """
    spans: list[tuple[int, int]] = []
    begin = 0
    for end in sorted(_ends(text)):
        _add(text, begin, end, spans)
        begin = end
    _add(text, begin, len(text), spans)
    return _with_sections(text, spans, title=title)


def _ends(text: str) -> list[int]:
    ends = []
    at = text.find("\n")
    while at >= 0:
        ends.append(at)
        at = text.find("\n", at + 1)
    for mark, pattern in _ENDS.items():
        if mark not in text:
            continue
        ends.extend(m.end() for m in pattern.finditer(text) if mark != "." or not _abbreviates(text, m.start()))
    return ends


def _abbreviates(text: str, stop: int) -> bool:
    """Whether the full stop at ``stop`` ends an abbreviation: the word before it decides."""
    begin = stop
    while begin > 0 and stop - begin < 8 and (text[begin - 1].isalpha() or text[begin - 1] == "."):
        begin -= 1
    word = text[begin:stop].lower()
    if len(word) == 1:
        return word.isalpha() and word not in "ai" and text[begin - 1 : begin] in {" ", "(", ""}
    return word in _ABBREVIATIONS or (len(word) == 3 and word[1] == ".")


def _add(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST:
        cut = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
        cut = start + LONGEST if cut < 0 else cut
        _add(text, start, cut, spans)
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        spans.append((start, end))


def _with_sections(text: str, spans: list[tuple[int, int]], *, title: bool) -> list[SentenceSpan]:
    section = ""
    found: list[SentenceSpan] = []
    first_break = text.find("\n") if title else -1
    for start, end in spans:
        if start < first_break:
            found.append(SentenceSpan(start, end, "title"))
            continue
        if ":" in text[start : start + 60] and (label := _LABEL.match(text, start, min(end, start + 80))):
            section = section_of(label.group("label")) or section
        found.append(SentenceSpan(start, end, section))
    return found


def section_of(label: str) -> str:
    """Return the section that a printed label names, or ''.

    Examples
    --------
    >>> section_of("Materials and Methods"), section_of("FINDINGS"), section_of("Note")
    ('methods', 'results', '')
    """
    lowered = label.lower()
    best, where = "", len(lowered) + 1
    for name, stems in _SECTIONS:
        for stem in stems:
            at = lowered.find(stem)
            if 0 <= at < where:
                best, where = name, at
    return best
