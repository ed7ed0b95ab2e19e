"""The part of the data that a performance was measured on: told by rank in lists, beside it, or by its sentence or the one before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from miner.extract.relation.document import Document, Performance
from miner.extract.spans import Span

# How a part is told, the surest first.
HOW = ("list", "behind", "before", "sentence", "carried", "carried from words")
SAID = frozenset({"list", "behind", "before"})
_JOINT = re.compile(r"\s?(?:[-/,;&]|and|or|, ?and|, ?or)?\s?(?:in |on |for )?(?:the |an? )?", re.IGNORECASE)
_LEAD = re.compile(
    r"(?:\s?%)?\s*(?:[([][^()\[\]]{0,80}[)\]])?\s*,?\s*(?:(?:accuracy|auc|sensitivity|specificity|precision|recall|score)\b\s*)?"
    r"(?:in|on|for|from|within|at|during|with|using|when|to|\(|\[|across|under|over)\s+(?:[\w-]+ ){0,3}$",
    re.IGNORECASE,
)
_OWN = re.compile(r"(?:in|on|for|during|under) ", re.IGNORECASE)
_CLAUSE = re.compile(r";|\b(?:while|whereas|but)\b|, (?:and|with|compared)\b", re.IGNORECASE)
# A sentence that begins so speaks of other data than the one before.
_NEW = re.compile(r"(?:\w+: )?(?:in|on|among|for|when|across|with) [^,]{3,80},|(?:when|among)\b|(?:zero-shot|subgroup)", re.IGNORECASE)


def place(document: Document) -> None:
    """Say of each performance on which parts it was measured, and how that is told (one of `HOW`, or '')."""
    by_sentence: dict[int, list[Performance]] = {}
    for p in document.performances:
        by_sentence.setdefault(p.sentence, []).append(p)
    if not any(s.kind == "part" for spans in document.spans_of.values() for s in spans):
        return
    carried: tuple[str, ...] = ()
    how, last = "", -1
    for at in range(len(document.sentences)):
        mentions = [s for s in document.spans_of.get(at, []) if s.kind == "part"]
        here = by_sentence.get(at)
        if here is None:
            values = {m.value for m in mentions if m.sure}
            if values:
                carried, how, last = (tuple(values) if len(values) == 1 else ()), "carried from words", at
            continue
        _in_sentence(document.text, here, mentions)
        if carried and not mentions and at - last <= (2 if how == "carried" else 1) and not _anew(document, at):
            for p in here:
                p.parts, p.how = carried, how
            last = at
        elif mentions:
            carried, how, last = next((p.parts for p in reversed(here) if p.parts), ()), "carried", at
        elif _anew(document, at):
            carried = ()
    _recall(document.performances)


def _anew(document: Document, at: int) -> bool:
    sentence = document.sentences[at]
    return sentence.section == "conclusions" or _NEW.match(document.text, sentence.start, sentence.end) is not None


def _recall(performances: Sequence[Performance]) -> None:
    """Take back parts that were only carried from words where another value is said to be of them; a value that is repeated is of its part."""
    said = {part for p in performances if p.how in SAID for part in p.parts}
    first: dict[tuple[str, float], Performance] = {}
    for p in performances:
        if p.how == "carried from words" and said & set(p.parts):
            p.parts, p.how = (), ""
        earlier = first.setdefault((p.metric, float(p.label.value)), p)
        if not p.parts and earlier.parts:
            p.parts, p.how = earlier.parts, "carried"


def _in_sentence(text: str, here: list[Performance], mentions: list[Span]) -> None:
    sets = [m for m in mentions if m.value != "cross-validation"]
    for spans in (sets, mentions) if sets and len(sets) < len(mentions) else (mentions,):
        # Cross-validation says how, not on what: it counts where nothing else is named.
        _assign_all(text, [p for p in here if not p.parts], spans)


def _assign_all(text: str, here: list[Performance], mentions: list[Span]) -> None:
    if not mentions or not here:
        return
    groups = _groups(text, mentions, here)
    for run in _runs(here, mentions):
        end, start = run[-1].end, run[0].start
        after = next((g for g in groups if g[0].start >= end), None)
        before = next((g for g in reversed(groups) if g[-1].end <= start), None)
        if after and _leads(text, end, after[0].start) and _assign(run, after, "behind"):
            continue
        if before and _assign(run, before, "before" if _close(text, before[-1].end, start) else "sentence"):
            continue
        if after:
            _assign(run, after, "sentence")


def _groups(text: str, mentions: Sequence[Span], here: Sequence[Performance]) -> list[list[Span]]:
    """Return the mentions of parts by the lists that they stand in; a value ends a list."""
    groups: list[list[Span]] = []
    for mention in mentions:
        apart = groups and any(groups[-1][-1].end <= p.start < mention.start for p in here)
        if groups and not apart and _JOINT.fullmatch(_NOUN.sub("", text[groups[-1][-1].end : mention.start], count=1)):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return groups


_NOUN = re.compile(
    r"^(?:\s?(?:sub)?(?:sets?|cohorts?|data(?: ?sets?)?|groups?|samples?)\b)?(?:\s?\([^()]{0,40}\)| (?:of|with|comprising) \d[\d, ]*(?: [\w-]+){1,2}?(?= and\b|,))?",
    re.IGNORECASE,
)


def _runs(here: list[Performance], mentions: Sequence[Span]) -> list[list[Performance]]:
    """Return the performances of a sentence by the stretches that no mention of a part divides."""
    runs: list[list[Performance]] = []
    for p in here:
        if runs and not any(runs[-1][-1].end <= m.start < p.start for m in mentions):
            runs[-1].append(p)
        else:
            runs.append([p])
    return runs


def _leads(text: str, end: int, start: int) -> bool:
    """Whether what stands between values and the name of a part ties it to them, as in "0.90 (0.85-0.95) in the external set"."""
    if (own := _OWN.match(text, start)) is not None:
        start = own.end()  # the name itself begins with the word that ties it: 88% in validation
    return start - end <= 140 and _LEAD.search(text[end:start]) is not None and not _CLAUSE.search(text[end:start])


def _close(text: str, end: int, start: int) -> bool:
    return start - end <= 120 and _CLAUSE.search(text[end:start]) is None


def _assign(run: list[Performance], group: list[Span], how: str) -> bool:
    """Give a run of values the parts of a list: by rank where there are as many of each, else all of them."""
    parts = list(dict.fromkeys(m.value for m in group))
    values = [m.value for m in group]
    if len(parts) == 1:
        for p in run:
            p.parts, p.how = (parts[0],), how
        return True
    metrics: dict[str, list[Performance]] = {}
    for p in run:
        metrics.setdefault(p.metric, []).append(p)
    for listed in metrics.values():
        if len(listed) == len(values):
            for p, part in zip(listed, values, strict=True):
                p.parts, p.how = (part,), "list"
        elif len(listed) == 1 or len(listed) % len(values):
            for p in listed:
                p.parts, p.how = tuple(parts), how
        else:
            for rank, p in enumerate(listed):
                p.parts, p.how = (values[rank % len(values)],), "list"
    return True
