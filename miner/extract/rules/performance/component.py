"""Performances: which numbers state how well a prediction did, in which metric, whose, with which interval."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spacy.language import Language

from miner.extract.sentence import Found, Sentence, sentence_of

from .assign import link
from .carry import carry, document_metrics, is_on_prediction, link_differences, link_listed, link_unnamed
from .claims import claim
from .metrics import groups
from .people import is_of_people
from .runs import runs
from .shares import caught
from .values import Value, find_values

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from miner.vocabulary import Vocabulary


class Performance:
    """The component: reads one sentence at a time, and looks back where a sentence names no metric."""

    def __call__(self, doc: Doc) -> Doc:
        """Find the performances of one sentence."""
        sentence = sentence_of(doc)
        if sentence.triggers and _can_state(sentence):
            _read(sentence)
        return doc


def _can_state(sentence: Sentence) -> bool:
    """Whether any number has the form of a score; whole numbers have it only beside the name of a metric."""
    numbers = sentence.numbers.values()
    if any(n.kind == "percent" or (n.decimals and n.value <= 1) for n in numbers):
        return True
    return (
        "(+" in sentence.text
        or "($+" in sentence.text
        or (any(n.value <= 100 for n in numbers) and _NAME.search(sentence.text) is not None)
    )


_NAME = re.compile(
    r"accura|sensitiv|specific|precision|recall|AU[RC]|ROC|dice|DSC|F-?1|F-|IoU|jaccard|kappa|κ|index|score|predictive|PPV|NPV|rate|concord|correct|MCC|C-|points?\b|BLEU|ROUGE|mAP",
    re.IGNORECASE,
)


def _read(sentence: Sentence) -> None:
    text = sentence.text
    mentions = document_metrics(sentence.document, text)
    inside = {n for m in mentions for n in range(m.start, m.end)}
    numbers = [n for n in sentence.numbers.values() if n.start not in inside]  # a metric's name may hold a number: F1, mAP@0.5
    values, rejected = find_values(text, numbers)
    if values:
        link(text, values, groups(text, mentions))
        lists = runs(text, values)
        link_listed(text, values, mentions)
        on_prediction = is_on_prediction(sentence.document)
        if on_prediction:
            link_differences(text, values, mentions)
        caught(text, values)
        carry(sentence, lists, mentions)
        if on_prediction:
            link_unnamed(sentence.document, text, values, mentions)
        claim(text, values, lists, _title(sentence))
    for value in values:
        if is_of_people(text, value.metric):
            value.metric, value.how = None, "what people got right"
        _emit(sentence, value)
    for number, why in rejected:
        sentence.found.append(Found(number.start, number.end, number.value, pattern="number", suppressed=why))


def _title(sentence: Sentence) -> str:
    spans = sentence.document.sentences
    return sentence.document.text[spans[0].start : spans[0].end] if spans and spans[0].section == "title" else ""


def _emit(sentence: Sentence, value: Value) -> None:
    number = value.number
    if value.metric is None or not _plausible(value, sentence.document.vocabulary):
        why = value.how if value.metric is None else "no score of this metric"
        sentence.found.append(Found(number.start, number.end, value.fraction, pattern="number", suppressed=why))
        return
    metric = sentence.document.vocabulary.filed(value.metric)
    # A score that the codebook has no name for keeps its own, which says which way it is better.
    name = {"name": value.metric} if metric != value.metric else {}
    fields = {"metric": metric, **name, "claim": value.claim, "ci_low": value.low, "ci_high": value.high, "sd": value.sd}
    sentence.found.append(Found(number.start, number.end, value.fraction, fields, pattern=value.how))


def _plausible(value: Value, words: Vocabulary) -> bool:
    """Levels are at most 1; a number from 1 to 10 without a per cent sign is a mark on a scale, or a distance."""
    if value.claim == "delta":
        return True
    return value.fraction <= 1 and not (
        value.bare and value.number.value < 10 and words.filed(value.metric or "") not in {"error_rate", "other"} and not value.listed
    )


@Language.factory("miner_performance")
def create(nlp: Language, name: str) -> Performance:  # noqa: ARG001 -- spaCy's signature
    """Make the component."""
    return Performance()
