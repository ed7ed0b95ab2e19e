"""Performances: which numbers state how well a prediction did, in which metric, whose, with which interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacy.language import Language

from miner.extract.sentence import Found, Sentence, sentence_of

from .assign import link, runs
from .carry import carry, coined, gains, unnamed
from .claims import claim
from .metrics import find_metrics, groups
from .values import Value, find_values

if TYPE_CHECKING:
    from spacy.tokens import Doc


class Performance:
    """The component: reads one sentence at a time, and looks back where a sentence names no metric."""

    def __call__(self, doc: Doc) -> Doc:
        """Find the performances of one sentence."""
        sentence = sentence_of(doc)
        if sentence.numbers and sentence.triggers:
            _read(sentence)
        return doc


def _read(sentence: Sentence) -> None:
    text = sentence.text
    mentions = find_metrics(text, coined(sentence.document))
    numbers = [n for n in sentence.numbers.values() if not any(m.start <= n.start < m.end for m in mentions)]
    numbers.sort(key=lambda n: n.start)
    values, rejected = find_values(text, numbers)
    if values:
        link(text, values, groups(text, mentions))
        lists = runs(text, values)
        gains(text, values, mentions)
        carry(sentence, lists, mentions)
        unnamed(sentence.document, text, values, mentions)
        claim(text, values, lists, _title(sentence))
    for value in values:
        _emit(sentence, value)
    for number, why in rejected:
        sentence.found.append(Found(number.start, number.end, number.value, pattern="number", suppressed=why))


def _title(sentence: Sentence) -> str:
    spans = sentence.document.sentences
    return sentence.document.text[spans[0].start : spans[0].end] if spans and spans[0].section == "title" else ""


def _emit(sentence: Sentence, value: Value) -> None:
    number = value.number
    if value.metric is None or (value.fraction > 1 and value.claim != "delta"):
        sentence.found.append(Found(number.start, number.end, value.fraction, pattern="number", suppressed=value.how or "above 100%"))
        return
    fields = {"metric": value.metric, "claim": value.claim, "ci_low": value.low, "ci_high": value.high, "sd": value.sd}
    sentence.found.append(Found(number.start, number.end, value.fraction, fields, pattern=value.how))


@Language.factory("miner_performance")
def create(nlp: Language, name: str) -> Performance:  # noqa: ARG001 -- spaCy's signature
    """Make the component."""
    return Performance()
