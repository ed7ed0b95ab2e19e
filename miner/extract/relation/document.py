"""What the relation sees of a document: its performances and sample sizes by sentence, and the spans between them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from miner.extract.relation.nouns import nouns_of
from miner.extract.spans import Span, Words, read_spans, words_of
from miner.text.sentences import SentenceSpan
from miner.types import Extraction
from miner.vocabulary.phrases import Phrases

SETS = frozenset({"train", "validation", "test", "external"})
EVALUATED = frozenset({"validation", "test", "external"})
_UNITS = frozenset({"participant", "image", "sample", "study"})
_WITH_SHARE = re.compile(r"(?: [\w-]+){0,2}\s?[(\[]\s?\d+(?:\.\d+)?\s?%")
_OF_SHARE = re.compile(r"(?<![-–.\d])\d{1,3}(?:\.\d+)?\s?%(?: of(?: (?:all|the|our))? [\w-]+)?\s?[(\[](?:[nN]\s?=\s?)?$")
# 49,025 records (1,587 of which reported trials)
_OF_WHICH = re.compile(r"(?: [\w-]+){0,2} of (?:which|whom|them|these)\b")
# So many for each person or run are no size of a set.
_EACH = re.compile(r"(?: [\w-]+){1,2}\s?(?:/|per\b|(?:for |from |of )?(?:each|every)\b) ?\w", re.IGNORECASE)
_MANY = re.compile(
    r"\b(?:for|in|from|of) each\b|\b(?:per|every) (?:run|scan|subject|participant|patient|session|person|block)\b|\beach of (?:them|whom)\b",
    re.IGNORECASE,
)
_SOME_OF = re.compile(r"[^()]*\([nN]\s?=\s?\d[\d,]*[,;] ")
# Sizes in a list: of adenoma (n = 73), of polyps (n = 20), and of controls (n = 71).
_FROM = re.compile(r"(?: [\w-]+){1,5} (?:from|of|in) (?:the )?")
_NEXT = re.compile(r"[^()]*\)(?: [^().;,]{1,60})?(?:, ?(?:and|or)?|,? and|,? or) [^().;]{1,60}\([nN]\s?=\s?$")
# A share of the data for a part of them: 70% for training; 7:3; 80/20.
_SHARE = re.compile(r"\b\d\d?(?:\.\d)?\s?(?:%|percent)|\b\d\d?\s?[:/]\s?\d\d?\b")
# 70% of the data were used to train
_TRAINED_ON = re.compile(r"\b\d\d\s?(?:%|percent) (?:of|for)\b|\brandom(?:ly)?\b[^.]{0,40}\b\d\d\s?%", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Size:
    """One sample size of the study's own, with where it stands.

    ``part`` is the part of the data that its role or the words beside it name, ``share`` whether it is some of another one, ``nouns`` what it counts, ``stop`` the
    end of the words behind it that say so.
    """

    index: int
    label: Extraction
    sentence: int
    nouns: frozenset[str]
    value: int
    unit: str
    role: str
    start: int
    end: int
    stop: int
    part: str = ""
    share: bool = False


@dataclass(slots=True)
class Performance:
    """One performance, and the parts of the data that it was measured on with how that is told (see ``parts``)."""

    index: int
    label: Extraction
    sentence: int
    start: int
    end: int
    metric: str
    claim: str
    parts: tuple[str, ...] = ()
    how: str = ""


@dataclass
class Document:
    """A text with what was found in it, ready for the relation.

    Parameters
    ----------
    text : str
    sentences : sequence of SentenceSpan
        With offsets into ``text``.
    labels : sequence of Extraction
        What was found, sorted by start.
    known : Phrases
        From the vocabulary.
    quiet : frozenset of int
        Sentences whose words say nothing of how the data were divided.
    """

    text: str
    sentences: Sequence[SentenceSpan]
    labels: Sequence[Extraction]
    known: Phrases
    quiet: frozenset[int] = frozenset()
    starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.starts = [s.start for s in self.sentences]

    def sentence_at(self, offset: int) -> int:
        """Return the index of the sentence that holds an offset."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def sentence_text(self, index: int) -> str:
        """Return a sentence."""
        return self.text[self.sentences[index].start : self.sentences[index].end]

    @cached_property
    def words(self) -> Words:
        """The words of the text."""
        return words_of(self.text)

    @cached_property
    def spans_of(self) -> dict[int, list[Span]]:
        """The typed spans of each sentence that has any; a sentence on what remains to be done names no part."""
        found: dict[int, list[Span]] = {}
        for span in read_spans(self.words, self.known):
            if (at := self.sentence_at(span.start)) not in self.quiet:
                found.setdefault(at, []).append(span)
        if not self._trains(found):
            # With nothing said of training, testing is what a test does, and prospective a design.
            found = {
                at: [s for s in spans if s.kind != "part" or (s.sure and self.text[s.start : s.end].lower() != "prospective")]
                for at, spans in found.items()
            }
        measured = {self.sentence_at(x.evidence.start) for x in self.labels if x.kind in {"performance", "sample_size"}}
        for at in [a for a, spans in found.items() if a not in measured and any(s.kind == "later" for s in spans)]:
            found[at] = [s for s in found[at] if s.kind != "part"]
        return found

    def _trains(self, found: dict[int, list[Span]]) -> bool:
        """Whether anything says that something was trained or divided, or has a size as a part."""
        said = {(s.kind, s.value) for spans in found.values() for s in spans}
        has_sets = any(x.kind == "sample_size" and x.fields.get("role") in SETS for x in self.labels)
        return has_sets or bool(said & {("part", "train"), ("part", "cross-validation"), ("use", "trained"), ("purpose", "train")})

    @cached_property
    def dividing(self) -> frozenset[int]:
        """The sentences that say that the data were divided into parts."""
        return frozenset(at for at, spans in self.spans_of.items() if self._divides(at, spans))

    def _divides(self, at: int, spans: Sequence[Span]) -> bool:
        named = {s.value for s in spans if s.kind == "part"}
        used = {s.value for s in spans if s.kind in {"use", "purpose"}}
        parts = (
            (named | used & {"train", "test"}) & SETS
            | ({"train"} if "trained" in used else set())
            | ({"test"} if "evaluated" in used else set())
        )
        sentence = self.sentences[at]
        split = any(s.kind == "split" for s in spans)
        if len(parts) > 1 and "cross-validation" not in named and self._apart(spans):
            return True
        if len(parts) > 1:
            return split or _SHARE.search(self.text, sentence.start, sentence.end) is not None
        if parts and split and named:
            return True
        return parts == {"train"} and _TRAINED_ON.search(self.text, sentence.start, sentence.end) is not None

    def _apart(self, spans: Sequence[Span]) -> bool:
        """Whether something was trained on one thing and tested on another: trained on data from 2013 to 2017 and validated on data from 2018."""
        trained = next((s for s in spans if s.kind == "use" and s.value == "trained"), None)
        tested = next((s for s in spans if trained and s.kind == "use" and s.value == "evaluated" and s.start > trained.end), None)
        return trained is not None and tested is not None and len(self.words.between(trained.end, tested.start)) > 3

    @cached_property
    def sizes(self) -> list[Size]:
        """The sample sizes of the study's own, in order."""
        found: list[Size] = []
        for x in self.labels:
            unit = x.fields.get("unit")
            if (
                x.kind != "sample_size"
                or not x.fields.get("own", True)
                or unit not in _UNITS
                or not isinstance(x.value, int)
                or x.value < 1
            ):
                continue
            start, end = x.evidence.start, x.evidence.end
            if _EACH.match(self.text, end) is not None:
                continue
            role = str(x.fields.get("role", "total"))
            nouns, stop = nouns_of(
                self.text, self.words, start, end, self.sentences[self.sentence_at(start)], self.known.ends, group=role == "group"
            )
            if nouns & self.known.many and _MANY.search(self.sentence_text(self.sentence_at(start))) is not None:
                continue
            found.append(Size(len(found), x, self.sentence_at(start), nouns, x.value, str(unit), role, start, end, stop))
        found = self._as_classes(found)
        return self._alike([self._placed(found, k) for k in range(len(found))])

    def _alike(self, sizes: list[Size]) -> list[Size]:
        """Let the units that others are of be of the same part: 280 images from 140 patients were used to test."""
        if self.dividing and not any(s.part in EVALUATED for s in sizes):
            # What a model was developed on is the whole where that was divided.
            sizes = [replace(s, part="") if s.role == "total" else s for s in sizes]
        for k in range(len(sizes) - 1):
            left, right = sizes[k : k + 2]
            if (
                left.unit != right.unit
                and bool(left.part) != bool(right.part)
                and _FROM.fullmatch(self.text, left.end, right.start) is not None
            ):
                sizes[k : k + 2] = (replace(s, part=left.part or right.part) for s in (left, right))
        return sizes

    def _as_classes(self, sizes: list[Size]) -> list[Size]:
        """Take a total for a class that stands in a list with other ones, and a class that is the sum of the ones behind it for the total."""
        has_total = any(s.role == "total" for s in sizes)
        for k in range(len(sizes) - 2, -1, -1):
            left = sizes[k]
            run = [s for s in sizes[k + 1 : k + 6] if s.sentence == left.sentence and s.role == "group"]
            if (
                left.role == "group"
                and not has_total
                and any(sum(s.value for s in run[:length]) == left.value for length in range(2, len(run) + 1))
            ):
                sizes[k] = replace(left, role="total")
            elif left.role == "total":
                beside = (s for s in run[:3] if left.value < 5 * s.value and _NEXT.fullmatch(self.text, left.end, s.start) is not None)
                if (other := next(beside, None)) is not None:
                    sizes[k] = replace(left, role="group", unit=other.unit)
        return sizes

    def _placed(self, sizes: Sequence[Size], k: int) -> Size:
        """Say whether a size is a share of another, and which part of the data it is: by its role, else by the words of its own stretch."""
        size = sizes[k]
        before = self.text[max(0, size.start - 48) : size.start]
        share = _WITH_SHARE.match(self.text, size.end) is not None or _OF_SHARE.search(before) is not None
        # Those inside the bracket of another are some of them: 73 patients (n = 73, 41 women).
        share = share or _OF_WHICH.match(self.text, size.end) is not None
        share = share or (k > 0 and _SOME_OF.fullmatch(self.text, max(0, sizes[k - 1].start - 6), size.start) is not None)
        if size.role in SETS:
            return replace(size, part=size.role, share=share)
        if size.role == "group" and not share and size.sentence not in self.dividing:
            named = {s.value for s in self.spans_of.get(size.sentence, []) if s.kind == "part" and s.sure} & SETS
            return replace(size, part=named.pop() if len(named) == 1 else "")
        if size.role != "total" or size.sentence in self.dividing:
            return replace(size, share=share)
        sentence = self.sentences[size.sentence]
        low = max(sentence.start, sizes[k - 1].end if k else 0)
        high = min(sentence.end, sizes[k + 1].start if k + 1 < len(sizes) else sentence.end)
        spans = self.spans_of.get(size.sentence, [])
        high = min([high, *(s.start for s in spans if s.start >= size.end and s.kind == "use" and s.value in {"evaluated", "trained"})])
        named = {s.value for s in spans if s.kind == "part" and s.sure and low <= s.start < high} & SETS
        named = named or {s.value for s in spans if s.kind == "purpose" and size.end <= s.start < high}
        return replace(size, part=named.pop() if len(named) == 1 else "", share=share)

    @cached_property
    def performances(self) -> list[Performance]:
        """The performances that state a level, in order."""
        found: list[Performance] = []
        for x in self.labels:
            claim = str(x.fields.get("claim", "own"))
            if x.kind == "performance" and claim != "delta":
                e = x.evidence
                metric = str(x.fields.get("metric", "other"))
                found.append(Performance(len(found), x, self.sentence_at(e.start), e.start, e.end, metric, claim))
        return found
