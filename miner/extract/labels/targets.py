"""What a question is asked of: a condition, an event in a condition, or the short noun that stands where conditions would."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from miner.extract.labels.asked import Asked
from miner.extract.labels.reading import Mention, Reading
from miner.text.words import normal
from miner.vocabulary.lexicon import Lexicon

OF_CONDITIONS = frozenset({"diagnosis", "differential", "grading", "subtype", "onset", "treatment response"})
_WEIGHTS = {"title": 0.6, "aim": 0.3, "results": 0.15, "methods": 0.1, "conclusions": 0.1, "background": 0.0}
_ASKS = frozenset({"detect", "identify", "classify", "apart", "biomarker", "predict"})
_GROUPS = {
    "segmentation": ("image",), "registration": ("image",), "reconstruction": ("image",), "generation": ("image",), "localisation": ("image",),
    "measurement": ("measurement", "image"), "regression": ("regression", "measurement"), "state": ("state",), "molecular": ("molecular",),
    "text extraction": ("text",), "question answering": ("question",), "report generation": ("report", "question"), "retrieval": ("retrieval", "text"),
    "other": ("other",), "simulation": ("image", "other"), "forecast": ("other",), "decision support": ("question",),
}  # fmt: skip
_LESIONS = frozenset({"segmentation", "localisation", "generation", "decision support", "forecast", "report generation", "measurement"})
_FALLBACK = {
    "segmentation": "several organs", "registration": "brain", "reconstruction": "image", "generation": "image", "text extraction": "clinical entities",
    "question answering": "medical exam", "report generation": "radiology report", "molecular": "molecular property", "other": "software",
    "decision support": "several diseases", "retrieval": "scientific text",
}  # fmt: skip
_EMPTY = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "for",
        "in",
        "on",
        "with",
        "and",
        "or",
        "to",
        "by",
        "from",
        "using",
        "based",
        "via",
        "towards",
        "toward",
        "automated",
        "automatic",
        "early",
        "accurate",
        "robust",
        "deep",
        "learning",
        "machine",
        "efficient",
        "real",
        "time",
        "fast",
        "improved",
        "improving",
        "novel",
        "new",
        "multi",
        "modal",
        "multimodal",
        "supervised",
        "self",
        "semi",
        "weakly",
        "unsupervised",
        "explainable",
        "interpretable",
        "large",
        "scale",
        "model",
        "network",
        "framework",
        "approach",
        "method",
        "system",
        "study",
        "analysis",
        "data",
        "dataset",
        "image",
        "images",
        "imaging",
        "medical",
        "clinical",
        "human",
        "level",
        "cross",
        "domain",
        "towards",
        "enhanced",
        "high",
        "zero",
        "shot",
        "few",
        "based",
        "driven",
        "aware",
        "guided",
        "free",
        "end",
        "non",
        "invasive",
        "noninvasive",
        "computer",
        "aided",
        "ai",
        "artificial",
        "intelligence",
        "algorithm",
        "task",
        "neural",
        "convolutional",
    ]
)

_HABITS = frozenset({"smoking", "alcohol drinking"})
_AUXILIARY = frozenset(["be", "is", "are", "was", "were", "been", "being", "wa", "ha", "has", "have", "had", "can", "could", "may"])


@dataclass(frozen=True, slots=True)
class Target:
    """A target as a key tells it, with what it is compared with, where it stands, and how it was come by."""

    value: str
    comparator: str | None
    mention: Mention | None
    how: str
    margin: float


class Targets:
    """Chooses the targets of one document's questions."""

    def __init__(
        self,
        reading: Reading,
        roles: list[str],
        clue: list[set[str]],
        labels: Mapping[str, Mapping[str, float]],
        asks: list[Asked],
        lexicon: Lexicon,
    ) -> None:
        self.reading, self.roles, self.clue, self.labels, self.asks, self.lexicon = reading, roles, clue, labels, asks, lexicon
        self.conditions = labels.get("condition", {})
        self.first: dict[tuple[str, str], Mention] = {}
        for kind in ("condition", "event", "target"):
            for m in reading.mentions.get(kind, ()):
                self.first.setdefault((kind, m.value), m)

    def of(self, question: str) -> Target | None:
        """Return the target of a question, or None where nothing tells it."""
        if question == "prognosis":
            return self._prognosis()
        if question in OF_CONDITIONS:
            return self._of_condition(question) or self._several(question)
        return self._noun(question)

    def _scores(self, question: str) -> dict[str, float]:
        """Score the conditions as targets of a question."""
        scores: dict[str, float] = {v: p for v, p in self.conditions.items() if p >= 0.2}
        compatible = {question, *_ASKS} | ({"diagnosis"} if question == "differential" else set())
        best: dict[tuple[str, str], float] = {}
        for a in self.asks:
            if a.group == "condition" and a.value in scores and (a.question in compatible):
                role = self.roles[a.sentence]
                weight = (
                    _WEIGHTS[role] * (1.0 if a.question == question or a.question in _ASKS else 0.7) * (1.0 if abs(a.distance) < 4 else 0.7)
                )
                best[a.value, role] = max(best.get((a.value, role), 0.0), weight)
        for (value, _), weight in best.items():
            scores[value] += weight
        for m in self.reading.mentions.get("condition", ()):
            if self.roles[m.sentence] == "title" and m.value in scores:
                scores[m.value] += 0.15
        for value in list(scores):
            if any(value in self.lexicon.above("condition", other) for other in scores if other != value and scores[other] > 0.4):
                scores[value] -= 0.5
        for value in self._population():
            if value in scores:
                scores[value] -= 0.35
        for value in _HABITS & scores.keys() if question != "diagnosis" and len(scores) > 1 else ():
            scores[value] -= 0.6  # who smokes is at risk of something else
        return scores

    def _population(self) -> set[str]:
        """Return the conditions of the title that say in whom: those behind ``in``, ``after`` or ``among``, where another stands before."""
        title = [m for m in self.reading.mentions.get("condition", ()) if self.roles[m.sentence] == "title"]
        if len({m.value for m in title}) < 2:
            return set()
        raw = self.reading.norm
        return {
            m.value
            for m in title[1:]
            if m.value != title[0].value
            and any(w in {"in", "after", "following", "among", "undergoing"} for w in raw[title[0].last : m.first])
        }

    def _of_condition(self, question: str) -> Target | None:
        scores = self._scores(question)
        if not scores:
            return None
        order = sorted(scores, key=lambda v: (-scores[v], self._at("condition", v)))
        best = order[0]
        if scores[best] < 0.4:
            return None
        margin = scores[best] - (scores[order[1]] if len(order) > 1 else 0.0)
        if question == "differential":
            pair = self._pair(scores)
            if pair:
                return Target(pair[0], pair[1], self.first.get(("condition", pair[0])), "pair", scores[pair[0]])
        if question == "diagnosis" and self._against_healthy(best):
            return Target(best, "healthy", self.first.get(("condition", best)), "condition vs healthy", min(scores[best], margin))
        return Target(best, None, self.first.get(("condition", best)), "condition", min(scores[best], margin))

    def _at(self, kind: str, value: str) -> int:
        m = self.first.get((kind, value))
        return m.first if m else 1 << 30

    def _pair(self, scores: Mapping[str, float]) -> tuple[str, str] | None:
        """Return two conditions that a title or an aim tells apart."""
        for index, role in enumerate(self.roles):
            if role not in ("title", "aim", "results") or "apart" not in self.clue[index]:
                continue
            first, last = self.reading.bounds[index]
            here = [m.value for m in self.reading.mentions.get("condition", ()) if first <= m.first < last and scores.get(m.value, 0) > 0.4]
            here = [v for v in dict.fromkeys(here) if not any(v in self.lexicon.above("condition", o) for o in here)]
            if len(here) == 2:
                return here[0], here[1]
        return None

    def _against_healthy(self, condition: str) -> bool:
        """Whether an estimate is of the ill against people who are called healthy or normal, and of no third group."""
        compared = False
        for index, role in enumerate(self.roles):
            clue = self.clue[index]
            if role == "background" or "healthy" not in clue:
                continue
            first, last = self.reading.bounds[index]
            here = {m.value for m in self.reading.mentions.get("condition", ()) if first <= m.first < last}
            here = {
                v
                for v in here
                if v == condition or (v not in self.lexicon.above("condition", condition) and self.conditions.get(v, 0) > 0.3)
            }
            if here - {condition}:
                return False
            asks = any(first <= m.first < last for m in self.reading.mentions.get("question", ()))
            if condition in here and (asks or clue & {"apart", "control", "people"}):
                compared = True
        return compared

    def _several(self, question: str) -> Target | None:
        everywhere = set().union(*self.clue) if self.clue else set()
        inputs = {m for m, p in self.labels.get("modality", {}).items() if p >= 0.5}
        if question in ("diagnosis", "differential", "grading"):
            if inputs & {"chest X-ray"}:
                return Target("chest X-ray findings", None, None, "findings", 0.3)
            if "many" in everywhere or "several" in everywhere or "large language model" in self.labels.get("method", {}):
                return Target("several diseases", None, None, "several", 0.2)
            if inputs & {"histopathology", "cytology"}:
                return Target("cancer", None, None, "histology", 0.2)
        if question == "subtype" and inputs & {"histopathology", "genomics", "transcriptomics"}:
            return Target("cancer", None, None, "histology", 0.2)
        return self._phrase(question)

    def _prognosis(self) -> Target | None:
        event, mention, weight = self._event()
        if event is None:
            return None
        scores = {v: p for v, p in self.conditions.items() if p >= 0.35 and v != event}
        for m in self.reading.mentions.get("condition", ()):
            if m.value in scores and self.roles[m.sentence] in ("title", "aim"):
                scores[m.value] += 0.3 if self.roles[m.sentence] == "title" else 0.1
        for value in list(scores):
            if any(value in self.lexicon.above("condition", other) for other in scores if other != value):
                scores[value] -= 0.6
        if not scores:
            return Target(event, None, mention, "event", weight)
        population = max(scores, key=lambda v: (scores[v], -self._at("condition", v)))
        return Target(f"{event} in {population}", None, mention, "event in condition", min(weight, scores[population]))

    def _event(self) -> tuple[str | None, Mention | None, float]:
        scores: dict[str, float] = {}
        where: dict[str, Mention] = {}
        for m in self.reading.mentions.get("event", ()):
            role = self.roles[m.sentence]
            weight = {"title": 1.0, "aim": 0.5, "results": 0.3, "conclusions": 0.2, "methods": 0.2, "background": 0.05}[role]
            if m.value in {"outcome", "severe outcome", "many outcomes", "deterioration", "progression"}:
                weight *= 0.7
            scores[m.value] = max(scores.get(m.value, 0.0), weight) + 0.05
            where.setdefault(m.value, m)
        for a in self.asks:
            if a.group == "event" and a.question in {"predict", "prognosis", *_ASKS} and a.value in scores:
                scores[a.value] += 0.4 * _WEIGHTS[self.roles[a.sentence]]
        if not scores:
            named = [a for a in self.asks if a.question == "prognosis"]
            return ("survival", None, 0.2) if named or any("concordance" in c for c in self.clue) else ("outcome", None, 0.1)
        best = max(scores, key=lambda v: scores[v])
        if best == "outcome" and len(scores) > 1:
            best = max((v for v in scores if v != "outcome"), key=lambda v: scores[v])
        return best, where[best], scores[best]

    def _noun(self, question: str) -> Target | None:
        """Return the target of image work, states, molecules, texts and the rest: one that the vocabulary knows, else the words of the title."""
        groups = _GROUPS.get(question, ())
        scores: dict[tuple[str, str], float] = {}
        for m in self.reading.mentions.get("target", ()):
            group = self.lexicon.values["target"][m.value].group
            if group in groups:
                weight = {"title": 1.0, "aim": 0.5, "results": 0.3, "methods": 0.2, "conclusions": 0.2, "background": 0.1}[
                    self.roles[m.sentence]
                ]
                key = ("target", m.value)
                scores[key] = max(scores.get(key, 0.0), weight * (1.0 if group == groups[0] else 0.6)) + 0.04
        for a in self.asks:
            if a.group in groups and (a.question == question or a.question in _ASKS) and ("target", a.value) in scores:
                scores["target", a.value] += 0.7 * _WEIGHTS[self.roles[a.sentence]]
        if question in _LESIONS:
            for value, p in self.conditions.items():
                if p >= 0.4:
                    asked = max(
                        (_WEIGHTS[self.roles[a.sentence]] for a in self.asks if a.value == value and a.question in {question, *_ASKS}),
                        default=0.0,
                    )
                    titled = any(m.value == value and self.roles[m.sentence] == "title" for m in self.reading.mentions.get("condition", ()))
                    scores["condition", value] = 0.45 * p + asked + (0.45 if titled else 0.0)
        if not scores:
            return self._phrase(question)
        best = max(scores, key=lambda k: scores[k])
        if scores[best] < 0.45 and (phrase := self._phrase(question, sure=True)) is not None:
            return phrase
        how = "named" if best[0] == "target" and self._named(question, best[1]) else best[0]
        return Target(best[1], None, self.first.get(best), how, scores[best])

    def _named(self, question: str, target: str) -> bool:
        """Whether the title asks a question of a target in so many words: retinal vessel segmentation."""
        return any(
            a.value == target and a.question == question and abs(a.distance) <= 1 and self.roles[a.sentence] == "title" for a in self.asks
        )

    def _phrase(self, question: str, *, sure: bool = False) -> Target | None:
        """Return the words that stand before or behind a question's word in the title or an aim."""
        for wanted in ("title", "aim"):
            for m in sorted(
                (*self.reading.mentions.get("question", ()), *(c for c in self.reading.mentions.get("clue", ()) if c.value == "predict")),
                key=lambda m: m.first,
            ):
                if self.roles[m.sentence] != wanted or (m.value != question and m.value not in _ASKS):
                    continue
                if noun := self._around(m):
                    return Target(noun, None, m, f"words of the {wanted}", 0.15 if wanted == "title" else 0.05)
        if sure:
            return None
        fallback = _FALLBACK.get(question)
        return Target(fallback, None, None, "usual", 0.05) if fallback else None

    def _around(self, m: Mention) -> str | None:
        """Return up to three words of a noun before a question's word, or behind its ``of`` or itself."""
        norm, raw = self.reading.norm, self.reading.raw
        first, last = self.reading.bounds[m.sentence]
        words: list[str] = []
        at = m.first - 1
        while at >= first and norm[at] in _AUXILIARY:
            at -= 1
        if at >= first and norm[at] == ")":
            at = next((i for i in range(at, first - 1, -1) if norm[i] == "("), first) - 1
        while at >= first and len(words) < (2 if at == m.first - 1 - len(words) else 3) and norm[at] not in _EMPTY and raw[at][0].isalpha():
            words.insert(0, norm[at])
            at -= 1
        if words:
            return " ".join(words)
        at = m.last
        while at < last and norm[at] in {"of", "the", "a", "for", "and", "in"}:
            at += 1
        while (
            at < last
            and len(words) < 3
            and raw[at][0].isalpha()
            and norm[at] not in _AUXILIARY | {"in", "from", "with", "using", "of", "for", "on", "by", "and", "via", "based"}
        ):
            words.append(norm[at])
            at += 1
        return " ".join(words) or None


def comparators(keys: Iterable[str]) -> list[str]:
    """Return what keys are compared with.

    Examples
    --------
    >>> comparators(["diagnosis: gout vs healthy", "grading: gout"])
    ['healthy']
    """
    return [m[1] for k in keys if (m := re.search(r" vs (.+)$", k))]


__all__ = ["Target", "Targets", "comparators", "normal"]
