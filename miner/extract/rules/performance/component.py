"""Performances: which numbers state how well a prediction did, in which metric, whose, with which interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacy.language import Language

from miner.extract.sentence import Found, Sentence, sentence_of

from .assign import link, runs
from .claims import claim
from .metrics import find_metrics, groups
from .values import Value, find_values

if TYPE_CHECKING:
    from spacy.tokens import Doc


class Performance:
    """The component: reads one sentence at a time."""

    def __call__(self, doc: Doc) -> Doc:
        """Find the performances of one sentence."""
        sentence = sentence_of(doc)
        text = sentence.text
        mentions = find_metrics(text)
        if not mentions or not sentence.numbers:
            return doc
        inside = {(m.start, m.end) for m in mentions}
        numbers = [n for n in sentence.numbers.values() if not any(a <= n.start < b for a, b in inside)]
        numbers.sort(key=lambda n: n.start)
        values, rejected = find_values(text, numbers)
        link(text, values, groups(text, mentions))
        claim(text, values, runs(text, values))
        for value in values:
            _emit(sentence, value)
        for number, why in rejected:
            sentence.found.append(Found(number.start, number.end, number.value, pattern="number", suppressed=why))
        return doc


def _emit(sentence: Sentence, value: Value) -> None:
    number = value.number
    if value.metric is None:
        sentence.found.append(Found(number.start, number.end, value.fraction, pattern="number", suppressed=value.how))
        return
    fields = {"metric": value.metric, "claim": value.claim, "ci_low": value.low, "ci_high": value.high, "sd": value.sd}
    sentence.found.append(Found(number.start, number.end, value.fraction, fields, pattern=value.how))


@Language.factory("miner_performance")
def create(nlp: Language, name: str) -> Performance:  # noqa: ARG001 -- spaCy's signature
    """Make the component."""
    return Performance()
