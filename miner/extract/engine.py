"""The engine: screen, tokenise what passes, let triggers dispatch to patterns, and hand candidates to a rule's component.

A sentence costs a rule nothing unless one of the rule's triggers stands in it: one PhraseMatcher looks for the triggers of all
rules at once, and only the rules it finds run their own patterns, on a window around the trigger. The rules of labels (``labels = true``)
have no patterns: what a study asked, of whom and how is read once from each text (see ``miner.extract.labels``). ``exhaustive=True`` runs every
rule's patterns on the whole of every sentence instead; a property test holds the two equal. A component is no pattern: its rule's
triggers are part of what it means, so neither mode runs it where none of them stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from miner.errors import RuleError
from miner.extract.compile import CompiledRule, compile_rule
from miner.extract.labels.document import labels_of
from miner.extract.relation.relate import Trace, relate
from miner.extract.rule import BUILT_IN, Rule, RuleSet
from miner.extract.screen import Screen, Verdict
from miner.extract.sentence import DocumentText, Found, Match, Sentence
from miner.extract.spans import Span, read_spans, words_of
from miner.extract.tokens import blank, tokenise
from miner.text.normalise import Normalised, normalise
from miner.text.sentences import SentenceSpan, split
from miner.types import Evidence, Extraction
from miner.vocabulary.lexicon import lexicon
from miner.vocabulary.phrases import phrases

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

# spaCy keeps every string it has seen; past this many the vocabulary is made anew, so that memory stays bounded.
MOST_STRINGS = 400_000


@dataclass(slots=True)
class RuleTrace:
    """What one rule did in one sentence."""

    rule: str
    triggers: list[str] = field(default_factory=list)
    matches: list[tuple[str, str]] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)


@dataclass(slots=True)
class SentenceTrace:
    """What the engine did with one sentence."""

    sentence: str
    section: str
    screen: Verdict
    tokens: list[str] = field(default_factory=list)
    rules: list[RuleTrace] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rules found in a text, sorted by start, and the sentences with offsets into it."""

    labels: list[Extraction]
    sentences: list[SentenceSpan]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was found in a text and how: by sentence, the typed spans between, and the relation of performances to sample sizes."""

    labels: list[Extraction]
    sentences: list[SentenceTrace]
    spans: list[Span]
    relation: list[Trace]


class Extractor:
    """Runs rules over texts.

    Parameters
    ----------
    rules : RuleSet
        From `load_rules`.
    exhaustive : bool
        Run every rule on every sentence, without screen, dispatch and windows: slow, and the measure of the fast way.

    Examples
    --------
    >>> from miner.extract.api import load_rules
    >>> [(e.value, e.fields["unit"]) for e in Extractor(load_rules()).extract("We enrolled 29 823 patients.") if e.kind == "sample_size"]
    [(29823, 'participant')]
    """

    def __init__(self, rules: RuleSet, *, exhaustive: bool = False) -> None:
        self.rules = rules
        self.exhaustive = exhaustive
        self._compile()

    def _compile(self) -> None:
        from spacy.matcher import PhraseMatcher

        self._nlp: Language = blank(_asked(self.rules))
        self._compiled = [compile_rule(rule, self._nlp) for rule in self.rules]
        self._readers = [r.rule for r in self._compiled if r.rule.spec.labels]
        self.names = lexicon(self.rules.places)
        self._lower = PhraseMatcher(self._nlp.vocab, attr="LOWER")
        self._exact = PhraseMatcher(self._nlp.vocab, attr="ORTH")
        self._keys: dict[int, tuple[int, str | None]] = {}
        for index, rule in enumerate(self._compiled):
            for position, (value, wanted) in enumerate([(None, rule.triggers), *rule.terms]):
                self._add(f"{index}.{position}", index, value, wanted)
        self._matchers = [m for m in (self._lower, self._exact) if len(m)]
        self._screen = Screen(
            (p for r in self._compiled if r.rule.spec.number for p in r.phrases()),
            (p for r in self._compiled if not r.rule.spec.number for p in r.phrases()),
        )

    def _add(self, key: str, index: int, value: str | None, wanted: Iterable[str]) -> None:
        lower: list[Doc] = []
        exact: list[Doc] = []
        for phrase in wanted:
            # Smart case: a term with a capital letter means just that; triggers and terms in lower case mean any case.
            (exact if value is not None and phrase != phrase.lower() else lower).append(self._nlp.make_doc(phrase))
        self._keys[self._nlp.vocab.strings.add(key)] = (index, value)
        if lower:
            self._lower.add(key, lower)
        if exact:
            self._exact.add(key, exact)

    def extract(
        self, text: str, *, document_id: str | None = None, page: int | None = None, relation: list[Trace] | None = None
    ) -> list[Extraction]:
        """Return what the rules find in a text, and on which sample sizes each performance was measured.

        Parameters
        ----------
        text : str
            A title, a line break and an abstract; or any text. Offsets of the result are code points into it.
        document_id, page : str, int, optional
            What goes into the evidence.
        relation : list, optional
            Filled in with how each performance came to its n.

        Returns
        -------
        list of Extraction
            Sorted by start, then end, kind and rule.

        Raises
        ------
        RuleError
            If a rule's component fails.
        """
        read = self.find(text, document_id=document_id, page=page)
        return self.relate(text, read.sentences, read.labels, trace=relation)

    def find(self, text: str, *, document_id: str | None = None, page: int | None = None) -> Reading:
        """Return what the rules find in a text, each by itself."""
        return self._run(text, document_id, page, None)

    def relate(
        self, text: str, sentences: list[SentenceSpan], labels: list[Extraction], *, trace: list[Trace] | None = None
    ) -> list[Extraction]:
        """Return the labels with what each performance was measured on (see `miner.extract.relation`)."""
        return relate(text, sentences, labels, phrases(self.rules.vocabulary), trace=trace)

    def explain(self, text: str) -> Explanation:
        """Return what the rules find in a text, how they came to it, and how each performance came to its n."""
        trace: list[SentenceTrace] = []
        relation: list[Trace] = []
        read = self._run(text, None, None, trace)
        labels = self.relate(text, read.sentences, read.labels, trace=relation)
        return Explanation(labels, trace, read_spans(words_of(text), phrases(self.rules.vocabulary)), relation)

    def _run(self, text: str, document_id: str | None, page: int | None, trace: list[SentenceTrace] | None) -> Reading:
        if len(self._nlp.vocab.strings) > MOST_STRINGS:
            self._compile()
        normal = normalise(text)
        document = DocumentText(normal.text, split(normal.text), self.rules.vocabulary, self.names)
        found: dict[int, list[Found]] = {}
        latin = normal.text.encode("latin-1", "replace")
        for index, span in enumerate(document.sentences):
            verdict = self._screen.look(latin[span.start : span.end])
            seen = None
            if trace is not None:
                seen = SentenceTrace(normal.text[span.start : span.end], span.section, verdict)
                trace.append(seen)
            if verdict.passes or self.exhaustive:
                self._read(document, index, verdict, found, seen)
        source = _Source(document, normal, document_id, page)
        results: list[Extraction] = []
        for rule_index, candidates in found.items():
            compiled = self._compiled[rule_index]
            results += [source.extraction(compiled.rule, f) for f in self._finish(compiled, document, candidates)]
        for rule in self._readers:
            for label in labels_of(document)[rule.kind]:
                results.append(source.extraction(rule, label))
                if trace is not None:
                    trace[label.sentence].rules.append(RuleTrace(rule.id, found=[label]))
        results.sort(key=lambda e: (e.evidence.start, e.evidence.end, e.kind, e.rule_id, str(e.value)))
        sentences = document.sentences
        if normal.text is not text:
            sentences = [SentenceSpan(*normal.raw_span(s.start, s.end), s.section) for s in sentences]
        return Reading(results, sentences)

    def _read(
        self, document: DocumentText, index: int, verdict: Verdict, found: dict[int, list[Found]], seen: SentenceTrace | None
    ) -> None:
        """Tokenise one sentence and run on it the rules whose triggers stand in it."""
        from spacy.tokens import Doc

        span = document.sentences[index]
        text = document.text[span.start : span.end]
        words, starts, ends, numbers = tokenise(text, number_words=verdict.number_words, digits=verdict.digits)
        doc = Doc(self._nlp.vocab, words=words)
        hits: dict[int, list[tuple[int, int, str | None]]] = {}
        for matcher in self._matchers:
            for key, start, end in matcher(doc):
                rule_index, value = self._keys[key]
                hits.setdefault(rule_index, []).append((start, end, value))
        if seen is not None:
            seen.tokens = words
        # Only components read words in lower case.
        lower = [w.lower() for w in words] if any(self._compiled[i].component is not None for i in hits) else []
        for rule_index in range(len(self._compiled)) if self.exhaustive else sorted(hits):
            compiled = self._compiled[rule_index]
            here = sorted(hits.get(rule_index, []), key=lambda h: (h[0], h[1], h[2] or ""))
            if compiled.rule.spec.number and not numbers and not self.exhaustive:
                continue
            triggers = [(s, e) for s, e, _ in here]
            sentence = Sentence(doc, text, index, span, document, words, lower, starts, ends, numbers, triggers)
            self._apply(compiled, sentence, here)
            for candidate in sentence.found:
                candidate.sentence = index
            if sentence.found:
                found.setdefault(rule_index, []).extend(sentence.found)
            if seen is not None:
                seen.rules.append(_rule_trace(compiled, sentence))

    def _apply(self, compiled: CompiledRule, sentence: Sentence, hits: list[tuple[int, int, str | None]]) -> None:
        compiled.match(sentence, whole=self.exhaustive)
        # A trigger, and a number where the rule needs one, are part of what terms and components mean: so in either mode.
        awake = bool(hits) and (bool(sentence.numbers) or not compiled.rule.spec.number)
        for start, end, value in hits:
            if value is not None and awake:
                sentence.found.append(Found(sentence.starts[start], sentence.ends[end - 1], value, pattern="term"))
        compiled.candidates(sentence)
        if compiled.component is not None and awake:
            sentence.doc.user_data["sentence"] = sentence
            try:
                compiled.component(sentence.doc)
            except Exception as error:
                raise RuleError(
                    f"its component failed: {type(error).__name__}: {error}",
                    where=f"rule {compiled.rule.id}",
                    hint=f"sentence: {sentence.text[:120]!r}",
                ) from error

    def _finish(self, compiled: CompiledRule, document: DocumentText, found: list[Found]) -> list[Found]:
        finish: Callable[[DocumentText, list[Found]], list[Found]] | None = getattr(compiled.component, "finish", None)
        found = resolve(found)
        if finish is not None:
            try:
                found = finish(document, found)
            except Exception as error:
                raise RuleError(
                    f"its component's finish failed: {type(error).__name__}: {error}", where=f"rule {compiled.rule.id}"
                ) from error
        kept = [f for f in found if f.suppressed is None]
        if compiled.rule.spec.once:
            first: dict[Any, Found] = {}
            for f in kept:
                first.setdefault(f.value, f)
            kept = list(first.values())
        return kept


def _asked(rules: RuleSet) -> frozenset[str] | None:
    """Return what patterns ask of a word, or None where a workspace's own component may ask for anything."""
    if any(r.spec.component and BUILT_IN not in r.folder.parents for r in rules):
        return None
    return frozenset(key for r in rules for p in (*r.patterns, *r.suppress) for token in p.match for key in token)


def resolve(found: list[Found]) -> list[Found]:
    """Keep of candidates that overlap the longest (the first where equal); suppressed ones suppress nobody.

    Examples
    --------
    >>> [f.value for f in resolve([Found(0, 3, "MRI", sentence=0), Found(0, 14, "functional MRI", sentence=0)])]
    ['functional MRI']
    """
    order = sorted(range(len(found)), key=lambda i: (found[i].suppressed is not None, found[i].start - found[i].end, i))
    taken: dict[int, list[tuple[int, int]]] = {}
    kept = []
    for i in order:
        f = found[i]
        spans = taken.setdefault(f.sentence, [])
        if any(f.start < end and start < f.end for start, end in spans):
            continue
        if f.suppressed is None:
            spans.append((f.start, f.end))
        kept.append(f)
    return sorted(kept, key=lambda f: (f.sentence, f.start, f.end))


@dataclass(frozen=True, slots=True)
class _Source:
    """What an extraction's evidence is made from."""

    document: DocumentText
    normal: Normalised
    document_id: str | None
    page: int | None

    def extraction(self, rule: Rule, found: Found) -> Extraction:
        span, normal = self.document.sentences[found.sentence], self.normal
        start, end = normal.raw_span(span.start + found.start, span.start + found.end)
        begin, stop = normal.raw_span(span.start, span.end)
        evidence = Evidence(start, end, normal.raw[start:end], normal.raw[begin:stop], self.page, self.document_id)
        fields = {**rule.spec.fields, **found.fields}
        if (also := fields.get("also")) is not None:
            fields["also"] = [list(normal.raw_span(*place)) for place in also]
        return Extraction(rule.kind, found.value, evidence, rule.id, rule.version, found.score, fields)


def _rule_trace(compiled: CompiledRule, sentence: Sentence) -> RuleTrace:
    def quote(start: int, end: int) -> str:
        return sentence.text[sentence.starts[start] : sentence.ends[end - 1]]

    matches = [(m.pattern, quote(m.start, m.end)) for m in sentence.matches]
    return RuleTrace(compiled.rule.id, [quote(s, e) for s, e in sentence.triggers], matches, list(sentence.found))


__all__ = ["Explanation", "Extractor", "Match", "Reading", "RuleTrace", "SentenceTrace", "resolve"]
