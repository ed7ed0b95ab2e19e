"""The labels of one document: what it asked, of whom, from what data, by which methods, and how that was checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from miner.extract.labels.asked import Asked, asked
from miner.extract.labels.features import candidates, support_weak
from miner.extract.labels.model import FIRST, SECOND, SURE, Weights, weights
from miner.extract.labels.names import folds, named_sets
from miner.extract.labels.pairs import pairs
from miner.extract.labels.questions import NONE, features
from miner.extract.labels.reading import Mention, Reading, read
from miner.extract.labels.roles import clues, roles
from miner.extract.labels.targets import OF_CONDITIONS, Target, Targets
from miner.extract.sentence import DocumentText, Found
from miner.text.outline import outline
from miner.vocabulary.lexicon import Lexicon, lexicon

KINDS = ("condition", "modality", "dataset", "method", "validation")
# No abstract is longer; of a full text without one, the first page tells the question.
_LONGEST, _FRONT = 6_000, 3_000
# How much less sure a label may be in a sentence or two than in an abstract, which speaks of more things than it is about.
_LENIENT = 0.15
# A sentence or two that ask a question word by word leave little doubt: what else would tell is not there.
_DIRECT, _SURE_DIRECT, _BESIDE = 0.9, 0.8, 3
_RIGHT = {
    "named": 0.85,
    "condition": 0.9,
    "told": 0.85,
    "findings": 0.8,
    "event in condition": 0.65,
    "target": 0.5,
    "condition vs healthy": 0.4,
    "pair": 0.4,
}
_BEST = {"title": 0, "results": 1, "aim": 2, "methods": 3, "conclusions": 4, "background": 5}


@dataclass(slots=True)
class Label:
    """A value, how sure it is, and where it is mentioned: the best place first."""

    value: str
    score: float
    mentions: list[Mention]
    fields: dict[str, object] = field(default_factory=dict)


def labels_of(document: DocumentText) -> dict[str, list[Found]]:
    """Return the labels of a document by kind; read once, however many rules ask."""
    return document.once("labels", lambda: Labels(_front(document), document.labels or lexicon()).found())


def _front(document: DocumentText) -> DocumentText:
    """Return the title and abstract of a full text, which say what it asked; any other text as it is."""
    if len(document.text) <= _LONGEST:
        return document
    ends = [s.end for s in outline(document.text) if s.kind == "abstract"]
    end = min(ends[-1] if ends else _FRONT, _LONGEST)
    return DocumentText(document.text[:end], [s for s in document.sentences if s.end <= end], document.vocabulary, document.labels)


class Labels:
    """One document at work."""

    def __init__(self, document: DocumentText, words: Lexicon, weight: Weights | None = None) -> None:
        self.reading = read(document, words)
        self.lexicon = words
        self.weight = weight or weights()
        _with_folds(self.reading)
        support_weak(self.reading)
        self.clue = clues(self.reading)
        self.roles = roles(self.reading, self.clue)
        self.brief = "title" not in {s.section for s in document.sentences}
        self.probable: dict[str, dict[str, float]] = {kind: self._probable(kind) for kind in KINDS}

    def found(self) -> dict[str, list[Found]]:
        """Return the labels of each kind as candidates of rules."""
        tasks = list(self.tasks())
        asked_of = {
            ("condition", v)
            for t in tasks
            for v in (str(t.fields["target"]).split(" in ")[-1], t.fields["comparator"])
            if isinstance(v, str)
        }
        return {**{kind: [self._found(x) for x in self.chosen(kind, asked_of)] for kind in KINDS}, "task": [self._found(x) for x in tasks]}

    def evidence(self, kind: str) -> dict[str, set[str]]:
        """Return what speaks for each value of a kind."""
        found = candidates(self.reading, kind, self.roles, self.clue, self.lexicon)
        if kind == "dataset":
            known = {m.value for m in self.reading.mentions.get("dataset", ())}
            starts = {self.reading.starts[m.first] for k in ("condition", "modality", "method") for m in self.reading.mentions.get(k, ())}
            found = {**{v: f for v, f in named_sets(self.reading, known, starts).items() if v not in found}, **found}
        return found

    def _probable(self, kind: str) -> dict[str, float]:
        return {value: self.weight.label(kind, f) for value, f in self.evidence(kind).items()}

    def chosen(self, kind: str, also: Set[tuple[str, str]] = frozenset()) -> Iterator[Label]:
        """Yield the labels of a kind, in order of their first mention, and the values ``also`` whatever speaks for them."""
        for value, score in self.probable[kind].items():
            if self.brief and self._aside(kind, value):
                continue
            if score >= SURE[kind] - (_LENIENT if self.brief else 0.0) or (kind, value) in also:
                mentions = [m for m in self.reading.mentions.get(kind, ()) if m.value == value] or list(self._spelled(kind, value))
                if mentions:
                    yield Label(value, score, self._ordered(mentions))

    def _aside(self, kind: str, value: str) -> bool:
        """Whether a value is told of others' work, of plans, or of why it matters, and nowhere else."""
        at = [self.roles[m.sentence] for m in self.reading.mentions.get(kind, ()) if m.value == value]
        return bool(at) and set(at) == {"background"}

    def _ordered(self, mentions: Sequence[Mention]) -> list[Mention]:
        return sorted(mentions, key=lambda m: (_BEST[self.roles[m.sentence]], m.first))

    def _spelled(self, kind: str, value: str) -> Iterator[Mention]:
        """Yield the mentions of a name that no vocabulary holds."""
        text, reading = self.reading.document.text, self.reading
        at = text.find(value)
        while at >= 0:
            first = next((i for i, e in enumerate(reading.ends) if e > at), None)
            if first is None:
                return
            last = first + 1
            while last < len(reading.ends) and reading.ends[last - 1] < at + len(value):
                last += 1
            yield Mention(kind, value, first, last, reading.sentence[first])
            at = text.find(value, at + len(value))

    def tasks(self) -> Iterator[Label]:
        """Yield the keys of the questions that the study asked, the main one first."""
        asks = asked(self.reading, self.lexicon)
        odds = self.weight.question(features(self.reading, self.roles, self.clue, self.probable, self.lexicon, asks, brief=self.brief))
        if self.brief and asks:
            odds = _asked_anyway(odds)
        targets = Targets(self.reading, self.roles, self.clue, self.probable, asks, self.lexicon)
        given: dict[tuple[str, str, str | None], Label] = {}
        for question in _likely(odds):
            target = targets.of(question)
            if target is not None and not (self.brief and target.how == "usual"):
                direct = self.brief and _asked_directly(asks, question, target.value)
                if self.brief and not direct and target.how == "condition" and not self._asks_of(asks, target.value):
                    continue
                given[question, target.value, target.comparator] = self._task(question, odds[question], target, direct=direct)
        yield from self._with_pairs(given)

    def _with_pairs(self, given: dict[tuple[str, str, str | None], Label]) -> Iterator[Label]:
        """Yield the keys, with those of groups that the text sets against each other word by word in the place of vaguer ones."""
        paired = pairs(self.reading, self.roles, self.clue, self.lexicon)
        # Where one condition is graded, normal is a grade.
        graded = {value for (question, value, _), label in given.items() if question in ("grading", "subtype") and label.score >= SECOND}
        paired = [p for p in paired if p.target not in graded]
        sides = {v for p in paired for v in (p.target.split(" in ")[-1], p.comparator)}
        same = {frozenset((p.target, p.comparator)) for p in paired}
        for (question, value, comparator), label in given.items():
            if self.brief and paired:
                break
            vague = question in OF_CONDITIONS | {"prognosis"} and value.split(" in ")[-1] in sides
            if not vague or (comparator and frozenset((value, comparator)) in same and all(p.question != question for p in paired)):
                yield label
        for pair in paired:
            target = Target(pair.target, pair.comparator, pair.mention, "told", 1.0)
            yield self._task(pair.question, 1.0, target)

    def _asks_of(self, asks: Sequence[Asked], condition: str) -> bool:
        """Whether a brief text asks anything of a condition; where groups are told apart, they need not be the ill and the others."""
        return any(a.value == condition for a in asks) and not any("apart" in c for c in self.clue)

    def _task(self, question: str, odds: float, target: Target, *, direct: bool = False) -> Label:
        sure = max(_sure(target), _SURE_DIRECT) if direct else _sure(target)
        odds = max(odds, _DIRECT) if direct else odds
        key = f"{question}: {target.value}" + (f" vs {target.comparator}" if target.comparator else "")
        cues = [m for m in self.reading.mentions.get("question", ()) if m.value == question]
        mentions = ([target.mention] if target.mention else []) + self._ordered(cues)
        if not mentions and self.reading.raw:
            mentions = [Mention("question", question, 0, self.reading.bounds[0][1], 0)]
        fields: dict[str, object] = {
            "question": question,
            "target": target.value,
            "comparator": target.comparator,
            "told": target.how == "told",
            "asked": round(odds, 4),
        }
        return Label(key, odds * sure, mentions, fields)

    def _found(self, label: Label) -> Found:
        best = label.mentions[0]
        reading = self.reading
        origin = reading.document.sentences[best.sentence].start
        last = best.last if reading.sentence[best.last - 1] == best.sentence else best.first + 1
        also = sorted({(reading.starts[m.first], reading.ends[m.last - 1]) for m in label.mentions[1:]})
        fields = {**label.fields, **({"also": also} if also else {})}
        start, end = reading.starts[best.first] - origin, reading.ends[last - 1] - origin
        return Found(start, end, label.value, fields, round(label.score, 4), "label", sentence=best.sentence)


def _asked_anyway(odds: Mapping[str, float]) -> dict[str, float]:
    """Return the odds of the questions where one is asked: short texts lack what else would tell that they ask none."""
    return {q: p / (1 - odds[NONE]) for q, p in odds.items() if q != NONE}


def _asked_directly(asks: Sequence[Asked], question: str, target: str) -> bool:
    """Whether a question's own word, or one that asks any, stands beside the target: ``we segment the liver``, ``polyps were detected``."""
    words = (
        {question, "predict"}
        if question in ("prognosis", "onset")
        else {question, "detect", "identify"}
        if question == "diagnosis"
        else {question}
    )
    words |= {"classify"} if question == "diagnosis" else set()
    return any(a.question in words and a.value == target.split(" in ", maxsplit=1)[0] and abs(a.distance) <= _BESIDE for a in asks)


def _likely(odds: Mapping[str, float]) -> Iterator[str]:
    """Yield the questions that are likely enough, the likeliest first."""
    for rank, question in enumerate(sorted(odds, key=lambda q: -odds[q])[:3]):
        if question != NONE and odds[question] >= (FIRST if rank == 0 else SECOND):
            yield question


def _sure(target: Target) -> float:
    """Return how often targets that were come by so are right where their question is, on abstracts that no vocabulary was written on."""
    return _RIGHT.get(target.how, 0.2)


def _with_folds(reading: Reading) -> None:
    """Put the cross-validations that tell their folds in the place of those that don't."""
    counted = list(folds(reading))
    if counted:
        others = [m for m in reading.mentions.get("validation", ()) if m.value != "cross-validation"]
        reading.mentions["validation"] = sorted([*others, *counted], key=lambda m: m.first)
