"""Values that name no metric in their own sentence: anaphora (``the corresponding values were 85% and 90%``) and gains of unnamed performance."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from miner.extract.names import name_finder
from miner.extract.sentence import DocumentText, Sentence
from miner.text.patterns import load_patterns
from miner.vocabulary import Vocabulary

from .assign import link
from .metrics import Mention, coined_names, find_metrics, foreign_names, groups
from .runs import Run
from .values import Value

_FURTHEST = 3
_LONG = 20_000  # as much of a document as is read at once
_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_BACK = _PATTERNS["back"]
_MODEL = _PATTERNS["model"]
_GAIN_BEFORE = _PATTERNS["gain_before"]
_GAINING = _PATTERNS["gaining"]
_LISTED = _PATTERNS["listed"]
_GAIN_AFTER = _PATTERNS["gain_after"]
_UNNAMED = _PATTERNS["unnamed"]
_ACHIEVED = _PATTERNS["achieved"]
_ON_TASK = _PATTERNS["on_task"]
_CLINICAL_SCORE = _PATTERNS["clinical_score"]
_OF_THINGS = _PATTERNS["of_things"]
_OF_ANOTHER = _PATTERNS["of_another"]
_GAINED = _PATTERNS["gained"]
_GAINED_AFTER = _PATTERNS["gained_after"]
_OVER = _PATTERNS["over"]
_POINTS = _PATTERNS["points"]
_RAISED = _PATTERNS["raised"]
_CLOSED = _PATTERNS["closed"]
_BEATEN = _PATTERNS["beaten"]
_NAMED_GAIN = _PATTERNS["named_gain"]
_LEARNS = _PATTERNS["learns"]
_RELATIVE = _PATTERNS["relative"]
_NEXT_NAME = _PATTERNS["next_name"]
_BOUND = _PATTERNS["bound"]
_OUTCOME = _PATTERNS["outcome"]
_STRANGE = _PATTERNS["strange"]
_NAMED = {"name before", "unknown name"}
_FRACTIONS = {"auc", "auprc", "c_index", "kappa", "mcc"}  # seldom written in per cent: only where a sentence before does so


def coined(document: DocumentText) -> dict[str, str]:
    """Return the abbreviations of metrics that the document introduces; read once for each document."""
    return document.once("performance.names", lambda: coined_names(document.text, name_finder(document.vocabulary)))


def document_metrics(document: DocumentText, text: str) -> list[Mention]:
    """Return the metrics that a text of the document names (see :func:`.metrics.find_metrics`)."""
    finder = name_finder(document.vocabulary)
    foreign = document.once("performance.foreign", lambda: foreign_names(document.text, finder))
    return find_metrics(text, coined(document), finder, foreign)


def _all_names(document: DocumentText) -> set[str | None]:
    return document.once("performance.all", lambda: {m.metric for m in document_metrics(document, document.text[:_LONG])})


def is_on_prediction(document: DocumentText) -> bool:
    """Whether a document speaks of predictions at all: gains and performances that no metric names are meant elsewhere."""
    return document.once("performance.learns", lambda: _LEARNS.search(document.text[:_LONG]) is not None)


def link_differences(text: str, values: list[Value], mentions: list[Mention]) -> None:
    """Link differences of performance that no name stands beside: to the name before them, else to none in particular."""
    if not _GAINING.search(text):
        return
    for value in values:
        if (
            (value.metric is not None and value.how not in {"name later", "same sentence"})
            or value.how in {"another quantity", "has a unit"}
            or not (value.percent or value.number.decimals or _POINTS.match(text, value.number.end))
        ):
            continue
        before = text[max(0, value.start - 220) : value.start]
        after = _GAIN_AFTER.match(text, value.end)
        if value.metric is not None and value.how in {"name later", "same sentence"} and _OF_ANOTHER.search(before):
            value.metric, value.how, value.claim = "other", "a gain", "delta"
            continue
        over = value.signed and (
            _RAISED.search(before)
            or _OVER.match(text, value.number.end)
            or (_CLOSED.match(text, value.number.end) and _BEATEN.search(text, max(0, value.start - 300), value.start))
        )
        if (
            after is None
            and not over
            and not _GAIN_BEFORE.search(before)
            and not (_GAINED_AFTER.match(text, value.number.end) and _GAINED.search(before))
            and not _NAMED_GAIN.search(before[-70:])
        ):
            continue
        value.claim = "delta"
        if value.metric is None or "erformance" in (after.group() if after else before[-90:]):
            named = [m.metric for m in mentions if m.metric is not None and m.end <= value.start and not m.weak]
            value.metric, value.how = (named[-1] if named else "other"), "a gain"
    for value, following in pairwise(values):
        if following.how == "a gain" and value.metric is None and _LISTED.fullmatch(text, value.end, following.start):
            value.metric, value.how, value.claim = following.metric, "a gain", "delta"
        elif (
            value.how == "a gain"
            and following.metric is None
            and _RELATIVE.match(text, following.number.end)
            and following.start - value.end < 25
        ):
            following.metric, following.how, following.claim = value.metric, "a gain", "delta"


def link_listed(text: str, values: list[Value], mentions: list[Mention]) -> None:
    """Call ``other`` what goes on a list of two metrics with their values under names that we do not know."""
    for before, earlier, value in zip(values, values[1:], values[2:], strict=False):
        name = _NEXT_NAME.fullmatch(text, earlier.end, value.start)
        if name is None or any(not m.weak and m.start < name.end("name") and name.start("name") < m.end for m in mentions):
            continue
        if (
            {before.how, earlier.how} <= _NAMED
            and _NEXT_NAME.fullmatch(text, before.end, earlier.start) is not None
            and before.number.kind == value.number.kind
            and before.metric != earlier.metric
        ):
            value.metric, value.how = "other", "unknown name"


def carry(sentence: Sentence, runs: list[Run], mentions: list[Mention]) -> None:
    """Link values before which the sentence names no metric to the names of the sentences before it."""
    first = min((m.start for m in mentions if not m.weak), default=len(sentence.text))
    waiting = [r for r in runs if r[-1].end <= first and all(v.metric is None and v.how == "no metric near" for v in r)]
    waiting = [r for r in waiting if _looks_back(sentence.text, r)]
    if not waiting:
        return
    names = _names_before(sentence)
    in_percent = any(
        "%" in sentence.document.text[s.start : s.end]
        for s in sentence.document.sentences[max(0, sentence.index - _FURTHEST) : sentence.index]
    )
    for run in waiting:
        for value, metric in zip(run, _chosen(names, run, sentence.document.vocabulary), strict=True):
            if metric is not None and not (value.percent and metric in _FRACTIONS and not in_percent):
                value.metric, value.how = metric, "sentence before"


def _looks_back(text: str, run: Run) -> bool:
    if _BOUND.search(text, max(0, run[0].start - 3), run[0].start):
        return False  # ``cells ≥ 15%``: a criterion
    if run[0].percent and _OUTCOME.search(text, 0, run[0].start):
        return False
    fraction = all(not v.percent and v.number.decimals >= 2 and v.number.value <= 1 for v in run)
    if fraction:
        return (all(v.fraction >= 0.3 for v in run) and _MODEL.search(text) is not None) or run[0].low is not None
    if any(not v.scorelike for v in run):
        return False
    if _STRANGE.search(text, max(0, run[0].start - 40), run[0].start):
        return False
    return _BACK.search(text) is not None and not _OF_THINGS.match(text, run[-1].end)


def _names_before(sentence: Sentence) -> list[list[Mention]]:
    """Return the groups of names of the nearest sentence before that names any metric."""
    document = sentence.document
    for index in range(sentence.index - 1, max(-1, sentence.index - 1 - _FURTHEST), -1):
        span = document.sentences[index]
        if span.section == "title":
            break
        text = document.text[span.start : span.end]
        named = [m for m in document_metrics(document, text) if not m.weak]
        if named:
            return groups(text, named)
    return []


def _chosen(names: list[list[Mention]], run: Run, words: Vocabulary) -> list[str | None]:
    n = len(run)
    metrics = list(dict.fromkeys(m.metric for g in names for m in g))
    if not metrics:
        return [None] * n
    if len(metrics) == 1:
        return metrics * n
    for group in reversed(names):
        if len(group) == n > 1:
            return [m.metric for m in group]
    if len(metrics) == n > 1:
        return metrics
    known = [m for m in metrics if m is None or words.filed(m) != "other"] or metrics
    fraction = not run[0].percent and "auc" in known
    return ["auc" if fraction else known[-1]] * n


def link_unnamed(document: DocumentText, text: str, values: list[Value], mentions: list[Mention]) -> None:
    """Link values of a sentence without any metric to ``performance`` or a score of no name: they are ``other``."""
    waiting = [v for v in values if v.metric is None and v.how == "no metric near" and v.scorelike and not v.bare]
    if not waiting or any(m.metric is not None and not m.weak for m in mentions) or _CLINICAL_SCORE.search(text):
        return
    for value in waiting:
        if value.percent and _ACHIEVED.search(text[max(0, value.start - 50) : value.start]) and _ON_TASK.match(text, value.end):
            value.metric, value.how = "other", "achieved"
    waiting = [v for v in waiting if v.metric is None]
    unknown = _UNNAMED.finditer(text) if waiting else ()
    names = [[Mention(m.start(), m.end(), "other")] for m in unknown if not any(m.start() < x.end and x.start < m.end() for x in mentions)]
    if not names:
        return
    link(text, waiting, sorted([*names, *([m] for m in mentions)], key=lambda g: g[0].start))
    for value in waiting:
        if value.metric == "other" and not value.percent and value.fraction >= 0.5 and "auc" in _all_names(document):
            value.metric = "auc"  # a fraction of discrimination, where the document knows no better
