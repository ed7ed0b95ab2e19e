"""What a rule sees: the document, one of its sentences as tokens, and what it may hand back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from miner.text.numbers import Number
from miner.text.sentences import SentenceSpan
from miner.vocabulary import Vocabulary, vocabulary
from miner.vocabulary.lexicon import Lexicon

if TYPE_CHECKING:
    from spacy.tokens import Doc

T = TypeVar("T")


@dataclass(slots=True)
class DocumentText:
    """One document: its normal text and sentences, and the vocabulary that it is read with.

    ``labels`` is the vocabulary of labels, where a rule reads them. ``memory`` is a rule's own notebook
    while the document is read.
    """

    text: str
    sentences: list[SentenceSpan]
    vocabulary: Vocabulary = field(default_factory=vocabulary, repr=False)
    labels: Lexicon | None = field(default=None, repr=False)
    memory: dict[str, Any] = field(default_factory=dict)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Return what ``make`` gives, made at the first asking and remembered under ``key``."""
        if key not in self.memory:
            self.memory[key] = make()
        made: T = self.memory[key]
        return made


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern that matched: tokens ``start`` to ``end`` (exclusive) of the sentence."""

    pattern: str
    start: int
    end: int


@dataclass(slots=True)
class Found:
    """A candidate of a rule. Offsets are code points into the sentence's ``text``, ``end`` exclusive.

    ``suppressed`` says why it is no result after all; such candidates are shown by ``miner rules explain`` only.
    """

    start: int
    end: int
    value: float | int | str
    fields: dict[str, Any] = field(default_factory=dict)
    score: float = 1.0
    pattern: str = ""
    suppressed: str | None = None
    sentence: int = -1


@dataclass(slots=True)
class Sentence:
    """One sentence as tokens: plain lists, because rules walk over them far more often than spaCy does.

    A number is one token, however it is written (``29 823``, ``two hundred and five``). ``starts`` and ``ends`` are offsets of
    the tokens into ``text``; ``lower`` is filled where a component will read it; ``numbers`` leads from a token's index to its `Number` (offsets into ``text`` too).
    """

    doc: Doc
    text: str
    index: int
    span: SentenceSpan
    document: DocumentText
    words: list[str]
    lower: list[str]
    starts: list[int]
    ends: list[int]
    numbers: dict[int, Number]
    triggers: list[tuple[int, int]] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)

    @property
    def section(self) -> str:
        """The section of the abstract that it stands in, as `SentenceSpan.section`."""
        return self.span.section


def sentence_of(doc: Doc) -> Sentence:
    """Return the sentence that the engine put into ``doc.user_data`` for a rule's component.

    Examples
    --------
    A component is a spaCy factory::

        @Language.factory("my_rule")
        def create(nlp, name):
            return component

        def component(doc):
            sentence = sentence_of(doc)
            sentence.found += [...]
            return doc
    """
    data: Mapping[Any, Any] = doc.user_data
    sentence: Sentence = data["sentence"]
    return sentence
