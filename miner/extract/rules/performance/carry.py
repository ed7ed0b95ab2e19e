"""Values that name no metric in their own sentence: anaphora (``the corresponding values were 85% and 90%``) and gains of unnamed performance."""

from __future__ import annotations

import re
from itertools import pairwise

from miner.extract.names import name_finder
from miner.extract.sentence import DocumentText, Sentence
from miner.vocabulary import Vocabulary

from .assign import link
from .metrics import Mention, coined_names, find_metrics, foreign_names, groups
from .runs import Run
from .values import Value

_FURTHEST = 3
_LONG = 20_000  # as much of a document as is read at once
_BACK = re.compile(
    r"\b(?:corresponding|respective|these|those|this value|same|the range was|results (?:are|were)|values?|figures|scores?|performances?|performed|reach|reached|reaching|reaches|dropp\w+|drops|fell|falls|rose|rises|rais\w+|restor\w+|recover\w*|maintain\w*|outperform\w*|perform\w*|declin\w+|degrad\w+|"
    r"attain\w*|score[sd]?|discriminat\w+)\b",
    re.IGNORECASE,
)
_MODEL = re.compile(
    r"\b(?:corresponding|respective|values?|scores?|perform\w*|achiev\w+|reach\w*|yield\w*|obtain\w*|dropp\w+|decreas\w+|increas\w+|improv\w+|maintain\w*|models?|classifiers?|networks?|algorithms?|compared|versus|vs|validation|"
    r"test(?:ing)?|cohort|predict\w*|outperform\w*|superior|inferior|discriminat\w+|nomogram|signature|those|higher|lower|regression|forest|SVM)\b",
    re.IGNORECASE,
)
_GAIN_BEFORE = re.compile(
    r"(?:perform\w*|remain\w*|stay\w*|is|are) (?:[\w-]+ ){0,3}within (?:about |approximately |only )?(?:[\d.]+ ?%?(?:-| to) ?)?$|(?:\b(?:up|down)|outperform\w*|surpass\w*|exceed\w*|beat\w*|improv\w+ (?:over|upon|on|the (?:state[- ]of[- ]the[- ]art|SOTA|baseline))|better than|superior to|(?:improv\w+|boost\w*|enhanc\w+|increas\w+) (?:the |its |their )?(?:[\w-]+ ){0,3}?(?:performances?|detection|classification|segmentation|recognition|prediction|diagnosis|generation|results|robustness|generalization|retrieval))\b(?:[^.;]|\.\d){0,120}?\b(?:by|with) (?:up to |about |approximately |around |nearly |over |more than |at least |as much as |an average (?:of )?|an? (?:[\w-]+ ){0,2}(?:margin|gap) of |an? (?:absolute |relative |average |mean )?)?"
    r"\+?(?:[\d.]+ ?%?(?: (?:on|in|for) [^.;,\d]{1,25})?(?:,|-| to| and|, and) ?\+?)*$"
    r"|performance (?:gains?|improvements?|boosts?|increases?|drops?|degradations?|gaps?)\b[^.;,]{0,40}?\b(?:of|by|from|=|ranging from)\s(?:up to |about |approximately |around |over |at least )?~?\+?(?:[\d.]+ ?%?(?: (?:on|in|for) [^.;,\d]{1,25})?(?:,|-| to| and|, and) ?\+?)*$",
    re.IGNORECASE,
)
_GAINING = re.compile(
    r"\bup by\b|\bdown by\b|\+|within|outperform|surpass|exceed|beat|improv|better|superior|boost|enhanc|increas|gains? (?:of|up)|performance (?:gain|drop|degrad|gap)",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\s?%?(?:,| and|, and|-|/| to) ?\+?")
_GAIN_AFTER = re.compile(
    r"\s?(?:%|percent(?:age points?)?|points?|pp)?\s(?:(?:absolute|relative|average|mean|overall|significant) ){0,2}(?:performance (?:gains?|improvements?|boosts?|increases?|drops?|degradations?)|better (?:system |overall )?performance|overall (?:improvements?|gains?)\b|(?:[\w-]+ ){1,2}(?:improvements?|gains?|boosts?) over|(?:improvements?|gains?|boosts?) (?:over|compared|in|on|for|across))\b",
    re.IGNORECASE,
)
# Names of no particular metric, which count where a sentence has no other: ``the performance of the network reached 98%``.
_UNNAMED = re.compile(
    r"\b(?:(?:predictive|classification|diagnostic|overall|recognition|detection|prediction|model|system|task) (?:performances?|scores?)|(?<!rate )performances?(?! (?:status|scale|test|score))|(?:average|mean|composite|final|macro-averaged|matching|match|fidelity) scores?|average overlap|plausibility|fidelity|faithfulness|factuality|completeness|groundedness|correctness|coherence|(?:high|strong|structural|syntactic|chemical|schema|JSON) validity|(?:(?:average|mean|overall|end-to-end|task) )+(?:reward|success|completion|resolution|validity|faithfulness|factuality|compliance|adherence|coverage|fidelity)(?: rates?| scores?)?)\b",
    re.IGNORECASE,
)
_ACHIEVED = re.compile(
    r"\b(?:achiev|reach|attain|obtain|scor)\w* (?:about |approximately |around |nearly |over |only |up to |~ ?)?$|(?:achiev|reach|attain|obtain|scor)\w* [^.;,]{0,50}% (?:on|for|in) [^.;,]{2,30},? and $",
    re.IGNORECASE,
)
_ON_TASK = re.compile(r"\s?%? (?:on|for|across) ", re.IGNORECASE)
_CLINICAL_SCORE = re.compile(
    r"\b(?:risk|pain|severity|quality|propensity|polygenic|symptom|prognostic|clinical|disability|cognitive|test|survey|satisfaction|image quality|Z|T|SOFA|APACHE|confidence|docking|usability) scores?\b",
    re.IGNORECASE,
)
_OF_THINGS = re.compile(r"\s*(?:%|percent)?\s*(?:of\b|\w+s\b(?! (?:of|for|in)\b))", re.IGNORECASE)


# ``improves structural validity by up to 0.51``: what is improved is no metric that we know.
_OF_ANOTHER = re.compile(
    r"(?:\b(?:improv|boost|enhanc|rais|lift|increas)\w* (?:the |its )?|, (?:and )?)(?:(?!accura|balanced|error|AU[CR]|ROC|area|sens|spec|precision|recall|F1|F-|dice|DSC|perform|misclass|[\w-]*rates?\b|IoU|mIoU|jaccard|score|ECE|brier|kappa|mAP|BLEU|ROUGE|average|by\b|and\b|"
    r"over\b|upon\b|on\b|the\b|from\b|to\b|in\b|for\b|results?|surpass\w*|outperform\w*|exceed\w*|beat\w*|detection|classification|segmentation|it\b|them\b|both\b|baselines?|models?|methods?|C-|c-|AP\b|R@|top)[A-Za-z][\w-]+ ){1,3}by (?:up to |about |an average of )?$",
    re.IGNORECASE,
)
_GAINED = re.compile(
    r"\b(?:yield|achiev|show|with|deliver|provid|obtain|demonstrat|bring|report|giv|lead)\w*(?: to)? (?:an? )?(?:(?:average|mean|relative|absolute|overall|consistent|significant|substantial|notable|further|maximum|additional|up to|remarkable) ){1,3}(?:improvements?|gains?|boosts?) (?:of|up to|by) (?:up to |about |over |nearly )?\+?(?:[\d.]+ ?%?(?:,|-| to| and|, and) ?\+?)*$",
    re.IGNORECASE,
)
_GAINED_AFTER = re.compile(r"\s?%?(?:[.,;)]|$| (?:over|compared|relative|across|on|for|in|with|and|while|when)\b)")
_OVER = re.compile(r"\s?%?(?: (?:points?|pp))? (?:over|on|above|against|vs\.?|versus|compared|relative|better|than)\b", re.IGNORECASE)
_POINTS = re.compile(r"\s?(?:percentage )?points?\b")
_RAISED = re.compile(r"\b(?:improv|boost|increas|enhanc|rais|lift)\w*\b[^.;,]{0,60}\bby (?:up to )?\+?$", re.IGNORECASE)
_CLOSED = re.compile(r"\s?\\?%?\$?\s?(?:pp|points?|pts)?[);]")
_BEATEN = re.compile(r"improv|boost|enhanc|outperform|surpass|exceed|beat|superior|better than", re.IGNORECASE)
_NAMED_GAIN = re.compile(
    r"\b(?:[A-Z][A-Z0-9@-]{1,8}) (?:improvements?|gains?|boosts?) (?:of|by) (?:up to )?\+?(?:[\d.]+ ?%?(?:,|-| to| and|, and) ?\+?)*$"
)


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


_LEARNS = re.compile(
    r"learning|neural|network|classif|predict|algorithm|\bAI\b|artificial|LLM|language model|transformer|benchmark|baselines?\b|state[- ]of[- ]the[- ]art|segmentation|detector|model",
    re.IGNORECASE,
)


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


_RELATIVE = re.compile(r"\s?%? (?:relative|absolute)", re.IGNORECASE)


# ``precision (84%), recall (86%), coverage (92%), and graph consistency (83%)``
_NEXT_NAME = re.compile(r"\s?%?\)(?:,| and|, and) (?P<name>[a-z][a-z-]{3,20}(?: [a-z][a-z-]{3,20})?) \(")


_NAMED = {"name before", "unknown name"}


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


_BOUND = re.compile(r"[≥≤] ?$")
_FRACTIONS = {"auc", "auprc", "c_index", "kappa", "mcc"}  # seldom written in per cent: only where a sentence before does so
_OUTCOME = re.compile(
    r"\b(?:incidence|prevalence|mortality|frequency|proportion|rate)s? (?:of [\w -]{3,40} )?(?:was|were)\b", re.IGNORECASE
)


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


# ``answerability 93-95%``: the share has a name, only not one of ours.
_STRANGE = re.compile(r"\w+(?:ability|iveness|ness|ence|ance|tion|ment|age|ity) $(?<!performance )")


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
