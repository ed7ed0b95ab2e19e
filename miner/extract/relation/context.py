"""What holds for a whole document, whatever a performance was measured on: worked out once, read by rules and features."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from miner.extract.relation.candidates import Candidate
from miner.extract.relation.classes import named, short_names
from miner.extract.relation.document import EVALUATED, Document, Size
from miner.extract.relation.names import proper_names
from miner.extract.relation.nouns import singular
from miner.extract.relation.parts import SAID
from miner.types import Extraction

_FAR = 100  # characters beside a size in which a name belongs to it


class Context:
    """What holds for a whole document."""

    def __init__(self, document: Document) -> None:
        self.d = document
        self.sizes = document.sizes
        self.roles = {s.role for s in self.sizes}
        self.parts = {s.part for s in self.sizes if s.part}
        self.totals = [s for s in self.sizes if s.role == "total"]
        self.total_values = {s.value for s in self.totals}
        self.values = {s.value for s in self.sizes}
        self.groups = [s for s in self.sizes if s.role == "group"]
        self.still: dict[Candidate, list[str]] = {}
        self._said: list[frozenset[str]] = []
        self._names: dict[int, set[str]] = {}
        self._stretches: dict[int, set[str]] = {}
        self._own: dict[int, frozenset[str]] = {}

    @cached_property
    def named(self) -> frozenset[str]:
        """The parts of the data that words name."""
        return frozenset(s.value for spans in self.d.spans_of.values() for s in spans if s.kind == "part" and s.sure)

    @cached_property
    def regime(self) -> str:
        """How the text tells that the data were divided: into parts with sizes, without sizes, crosswise or not at all."""
        if self.parts & EVALUATED:
            return "sized"
        crossed = "cross-validation" in self.named
        if crossed and self.named & EVALUATED == {"validation"} and not self.d.dividing:
            # The sets that folds are validated on.
            return "crossed"
        if self.named & EVALUATED or self.d.dividing:
            return "held and crossed" if crossed else "held"
        if crossed:
            return "crossed"
        return "train sized" if "train" in self.roles else "plain"

    @cached_property
    def claimed(self) -> frozenset[str]:
        """The parts that values are said to be of."""
        return frozenset(part for p in self.d.performances if p.how in SAID for part in p.parts)

    @cached_property
    def sectioned(self) -> bool:
        """Whether the text has sections."""
        return any(s.section not in {"", "title"} for s in self.d.sentences)

    @cached_property
    def size_words(self) -> frozenset[str]:
        """The words of the title and of the sentences that have sizes."""
        spans = (self.d.sentences[at] for at in {0, *(s.sentence for s in self.sizes)})
        return frozenset(singular(w) for s in spans for w in self.d.words.between(s.start, s.end))

    def verb(self, size: Size) -> str:
        """Return how the data are said to be used: by the nearest verb before the size in its sentence, else behind; '' where none is."""
        spans = [s for s in self.d.spans_of.get(size.sentence, []) if s.kind in {"use", "purpose"}]
        low, high = self._between(size)
        spans = [s for s in spans if low <= s.start < high] or [s for s in spans if s.value != "source"]
        before = [s for s in spans if s.end <= size.start]
        after = [s for s in spans if s.start >= size.end]
        value = before[-1].value if before else after[0].value if after else ""
        return {"test": "evaluated", "train": "trained"}.get(value, value)

    def final(self, size: Size) -> bool:
        """Whether a size's sentence says that it was what remained, or what was analysed in the end."""
        low, high = self._between(size)
        if size.role == "group":
            run = [self._between(s) for s in self.groups if s.sentence == size.sentence]
            low, high = run[0][0], run[-1][1]
        used = (s for s in self.d.spans_of.get(size.sentence, []) if s.kind == "use" and s.value == "analysed")
        return self.verb(size) != "source" and any(low <= s.start < high for s in used)

    @cached_property
    def left(self) -> list[Size]:
        """What was analysed in the end, of a larger number of the same units told before: after exclusions 100 patients remained."""
        return [
            s
            for s in self.sizes
            if not s.share and self.final(s) and any(q.unit == s.unit and q.value > s.value for q in self.sizes[: s.index])
        ]

    def _between(self, size: Size) -> tuple[int, int]:
        """Return the stretch of a size's sentence between its neighbours."""
        sentence, at = self.d.sentences[size.sentence], size.index
        low = self.sizes[at - 1].end if at and self.sizes[at - 1].sentence == size.sentence else sentence.start
        following = self.sizes[at + 1 : at + 2]
        return low, following[0].start if following and following[0].sentence == size.sentence else sentence.end

    def said(self, size: Size) -> frozenset[str]:
        """Return the words of content near a size that are near no other."""
        if not self._said:
            near = [self._near(s) for s in self.sizes]
            for k, s in enumerate(self.sizes):
                others: set[str] = set().union(*(n for j, n in enumerate(near) if self.sizes[j].value != s.value))
                self._said.append(frozenset(near[k] - others))
        return self._said[size.index]

    def _near(self, size: Size) -> set[str]:
        sentence, words, known = self.d.sentences[size.sentence], self.d.words, self.d.known
        at = words.index(size.start)
        low, high = words.index(sentence.start), words.index(sentence.end)
        return {
            singular(w)
            for w in words.words[max(low, at - 7) : min(high, at + 9)]
            if len(w) > 2 and w not in known.plain and w not in known.ends
        }

    def names(self, size: Size) -> set[str]:
        """Return the proper names near a size."""
        if size.index not in self._names:
            sentence = self.d.sentences[size.sentence]
            low, high = max(sentence.start, size.start - _FAR), min(sentence.end, size.end + _FAR)
            self._names[size.index] = proper_names(self.d.text, low, high, self.d.known.capitals)
        return self._names[size.index]

    def proper(self, size: Size) -> frozenset[str]:
        """Return the proper names in the stretch of a size that stand in that of no size of another value."""
        others: set[str] = set().union(*(self._in_stretch(s) for s in self.sizes if s.value != size.value))
        return frozenset(self._in_stretch(size) - others)

    def _in_stretch(self, size: Size) -> set[str]:
        """Return the proper names between the marks that part a size from its neighbours."""
        if size.index not in self._stretches:
            sentence, at = self.d.sentences[size.sentence], size.index
            low, high = max(sentence.start, size.start - _FAR), min(sentence.end, size.end + _FAR)
            if at and self.sizes[at - 1].sentence == size.sentence:
                low = max(low, self._mark(self.sizes[at - 1].end, size.start))
            if at + 1 < len(self.sizes) and self.sizes[at + 1].sentence == size.sentence:
                high = min(high, self._mark(size.end, self.sizes[at + 1].start))
            values = [p for p in self.d.performances if p.sentence == size.sentence]
            low = max([low, *(p.end for p in values if p.end <= size.start)])
            high = min([high, *(p.start for p in values if p.start >= size.end)])
            self._stretches[at] = proper_names(self.d.text, low, high, self.d.known.capitals)
        return self._stretches[size.index]

    def _mark(self, start: int, end: int) -> int:
        """Return where what is said of one size ends and that of the next begins: at a semicolon, else an and, else a comma."""
        text = self.d.text
        return next((at for mark in (";", " and ", ", ") if (at := text.find(mark, start, end)) >= 0), end)

    def own_names(self, size: Size) -> frozenset[str]:
        """Return the nouns of a group that are not also those of another group in its sentence."""
        if size.index not in self._own:
            rivals = (s for s in self.groups if s.sentence == size.sentence and s.value != size.value)
            others: set[str] = set().union(*(self.classes(s.nouns) for s in rivals))
            self._own[size.index] = self.classes(size.nouns) - others - self.d.known.common
        return self._own[size.index]

    def classes(self, words: Iterable[str]) -> frozenset[str]:
        """Return words with what else the same classes are called."""
        return named(words, self._short, self.d.known.controls)

    @cached_property
    def _short(self) -> dict[str, frozenset[str]]:
        return short_names(self.d.text, self.d.known.ends | self.d.known.common)

    @cached_property
    def tasks(self) -> list[Extraction]:
        """The labels of tasks."""
        return [x for x in self.d.labels if x.kind == "task"]
